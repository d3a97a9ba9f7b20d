/* SPDX-License-Identifier: BSD-3-Clause */
#include "lint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define LINE_MAX 300

bool vtd_lint_init(struct vtd_unit *unit)
{
	struct vtd_lint_state *lint;

	if (!unit->config.check)
		return true;
	lint = calloc(1, sizeof(*lint));
	if (lint == NULL)
		return false;
	if (pthread_mutex_init(&lint->lock, NULL) != 0) {
		free(lint);
		return false;
	}
	atomic_init(&lint->pending, 0);
	unit->lint = lint;
	return true;
}

void vtd_lint_free(struct vtd_unit *unit)
{
	if (unit->lint == NULL)
		return;
	pthread_mutex_destroy(&unit->lint->lock);
	free(unit->lint);
}

void vtd_lint_reset(struct vtd_unit *unit)
{
	struct vtd_lint_state *lint = unit->lint;

	if (lint == NULL)
		return;
	lint->unflushed = 0;
	lint->device_tlbs = 0;
	memset(lint->group, 0, sizeof(lint->group));
	pthread_mutex_lock(&lint->lock);
	memset(lint->irte, 0, sizeof(lint->irte));
	pthread_mutex_unlock(&lint->lock);
}

/* The first, the second, the fourth: each half as often as all before. */
static bool is_told(uint64_t count)
{
	return (count & (count - 1)) == 0;
}

void vtd_lint_raise(struct vtd_unit *unit, const struct vtd_lint_report *of)
{
	struct vtd_lint_state *lint = unit->lint;

	if (lint == NULL)
		return;
	vtd_unit_count(unit, VTD_COUNT_LINTS);
	pthread_mutex_lock(&lint->lock);
	if (is_told(++lint->count[of->lint])) {
		lint->report[of->lint] = *of;
		lint->report[of->lint].count = lint->count[of->lint];
		atomic_fetch_or(&lint->pending, UINT32_C(1) << of->lint);
	}
	pthread_mutex_unlock(&lint->lock);
}

static void tell(struct vtd_unit *unit, const struct vtd_lint_report *report)
{
	char line[LINE_MAX];

	if (unit->ops.lint != NULL)
		unit->ops.lint(unit->host, report);
	if (unit->ops.trace == NULL)
		return;
	snprintf(line, sizeof(line),
		 "lint: %s: %s (SPEC %s); source-id %04x pasid %" PRIx32
		 " address %" PRIx64 " value %" PRIx64 ", time %" PRIu64,
		 vtd_lint_name(report->lint), vtd_lint_text(report->lint),
		 vtd_lint_section(report->lint), report->sid, report->pasid,
		 report->address, report->value, report->count);
	unit->ops.trace(unit->host, line);
}

/* False: there is none of this any more, another thread has told of it. */
static bool take(struct vtd_lint_state *lint, unsigned int index,
		 struct vtd_lint_report *report)
{
	uint32_t bit = UINT32_C(1) << index;
	bool pending;

	pthread_mutex_lock(&lint->lock);
	pending = (atomic_fetch_and(&lint->pending, ~bit) & bit) != 0;
	*report = lint->report[index];
	pthread_mutex_unlock(&lint->lock);
	return pending;
}

void vtd_lint_deliver(struct vtd_unit *unit)
{
	struct vtd_lint_state *lint = unit->lint;
	struct vtd_lint_report report;

	if (atomic_load(&lint->pending) == 0)
		return;
	for (unsigned int i = 0; i < VTD_LINTS; i++)
		if (take(lint, i, &report))
			tell(unit, &report);
}
