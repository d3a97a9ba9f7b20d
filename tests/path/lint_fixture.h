/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of lints share: a process at work in a unit that checks, and what is
 * told of what was found. */
#ifndef VTD_TESTS_LINT_FIXTURE_H
#define VTD_TESTS_LINT_FIXTURE_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "iotlb_flush.h"

static inline void configure(struct fixture *f)
{
	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.check = true;
	f->config.check_waits = 0;
}

/* A process at work; nothing has been found. */
static inline struct process start(struct fixture *f)
{
	struct process process;

	configure(f);
	f->host.on_invalidation = fake_host_complete_at_once;
	process = run_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	assert_int_equal(f->host.lints, 0);
	return process;
}

/* The same in a new unit, for the next row of a table. */
static inline struct process start_again(struct fixture *f)
{
	vtd_unit_destroy(f->unit);
	fake_host_forget(&f->host);
	return start(f);
}

static inline void line_of(const struct vtd_lint_report *report, char *line,
			   size_t size)
{
	snprintf(line, size,
		 "lint: %s: %s (SPEC %s); source-id %04x pasid %" PRIx32
		 " address %" PRIx64 " value %" PRIx64 ", time %" PRIu64,
		 vtd_lint_name(report->lint), vtd_lint_text(report->lint),
		 vtd_lint_section(report->lint), report->sid, report->pasid,
		 report->address, report->value, report->count);
}

/* This was found, and nothing else, in row `name` of a table. */
static inline void check_told(const char *name, struct fixture *f,
			      struct vtd_lint_report expected)
{
	char line[2][512];

	expected.count = 1;
	line_of(&expected, line[0], sizeof(line[0]));
	line_of(&f->host.lint, line[1], sizeof(line[1]));
	if (f->host.lints != 1 || strcmp(line[0], line[1]) != 0)
		fail_msg("%s: %u found, '%s' instead of '%s'", name,
			 f->host.lints, f->host.lints == 0 ? "" : line[1],
			 line[0]);
}

/* The same, and it is the last line of the trace. */
static inline void check_found(const char *name, struct fixture *f,
			       struct vtd_lint_report expected)
{
	char line[512];

	check_told(name, f, expected);
	line_of(&f->host.lint, line, sizeof(line));
	if (strcmp(line, f->host.trace) != 0)
		fail_msg("%s: '%s' instead of '%s'", name, f->host.trace, line);
	fake_host_forget(&f->host);
}

static inline void check_not_found(const char *name, struct fixture *f)
{
	if (f->host.lints != 0)
		fail_msg("%s: '%s' found", name,
			 vtd_lint_name(f->host.lint.lint));
}

static inline void assert_found(struct fixture *f, enum vtd_lint lint)
{
	if (f->host.lints != 1 || f->host.lint.lint != lint)
		fail_msg("%u found, last '%s' instead of '%s'", f->host.lints,
			 f->host.lints == 0 ? "" :
					      vtd_lint_name(f->host.lint.lint),
			 vtd_lint_name(lint));
	assert_int_equal(f->host.lint.count, 1);
	assert_non_null(strstr(f->host.trace, "lint: "));
	assert_non_null(strstr(f->host.trace, vtd_lint_text(lint)));
	assert_non_null(strstr(f->host.trace, vtd_lint_section(lint)));
	fake_host_forget(&f->host);
}

#endif /* VTD_TESTS_LINT_FIXTURE_H */
