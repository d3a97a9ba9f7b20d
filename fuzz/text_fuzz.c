/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The texts that the program vtd reads: logs, register dumps, saved states.  Any
 * bytes are one.  What comes out is what the parsers promise.
 */
#include <string.h>

#include "advice.h"
#include "findings.h"
#include "fuzz.h"
#include "regset.h"
#include "walks.h"

static void check_finding(const struct finding *f)
{
	struct advice advice;

	FUZZ_CHECK(f->message.kind != MESSAGE_NONE);
	FUZZ_CHECK(f->message.kind != MESSAGE_REASON);
	FUZZ_CHECK(f->count > 0 && f->line > 0 && f->lowest <= f->highest);
	FUZZ_CHECK(f->message.pasid <= 0xfffff);
	FUZZ_CHECK(memchr(f->message.note, '\0', sizeof(f->message.note)));
	advise_fault(&f->message, &advice);
	FUZZ_CHECK(advice.causes <= CAUSES_MAX);
	FUZZ_CHECK(memchr(advice.entry, '\0', sizeof(advice.entry)));
	advise_queue(&f->message, &advice);
}

static void decode(const char *text, size_t size)
{
	static struct findings findings;

	memset(&findings, 0, sizeof(findings));
	findings_take_text(&findings, text, size);
	findings_end(&findings);
	FUZZ_CHECK(findings.count <= FINDINGS_MAX);
	for (unsigned int i = 0; i < findings.count; i++)
		check_finding(&findings.finding[i]);
}

static void tables(const char *text, size_t size)
{
	static struct walks walks;

	memset(&walks, 0, sizeof(walks));
	walks_take_text(&walks, text, size);
	FUZZ_CHECK(walks.count <= WALKS_MAX);
	for (unsigned int i = 0; i < walks.count; i++)
		FUZZ_CHECK(memchr(walks.walk[i].unit, '\0',
				  sizeof(walks.walk[i].unit)));
}

static void registers(const char *text, size_t size)
{
	static struct regsets sets;
	uint64_t value;

	memset(&sets, 0, sizeof(sets));
	if (is_state(text, size))
		regsets_take_state(&sets, text, size);
	else
		regsets_take_text(&sets, text, size);
	FUZZ_CHECK(sets.count <= REGSETS_MAX);
	for (unsigned int i = 0; i < sets.count; i++) {
		const struct regset *set = &sets.set[i];

		FUZZ_CHECK(set->count <= REGSET_VALUES);
		FUZZ_CHECK(memchr(set->unit, '\0', sizeof(set->unit)));
		if (set->count > 0)
			FUZZ_CHECK(regset_get(set, set->reg[0].info->name,
					      &value));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	decode((const char *)bytes, size);
	tables((const char *)bytes, size);
	registers((const char *)bytes, size);
	return 0;
}
