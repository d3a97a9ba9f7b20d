/* SPDX-License-Identifier: BSD-3-Clause */
/* A unit that tells what software should not do, and what it was told of. */
#ifndef VTD_TESTS_LINT_FIXTURE_H
#define VTD_TESTS_LINT_FIXTURE_H

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
