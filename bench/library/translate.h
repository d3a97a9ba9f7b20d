/* SPDX-License-Identifier: BSD-3-Clause */
/* Translations by a unit, of random pages. */
#ifndef VTD_BENCH_TRANSLATE_H
#define VTD_BENCH_TRANSLATE_H

#include "measure.h"
#include "reference.h"
#include "scene.h"

#define BENCH_INPUT UINT64_C(0x7f0000000000)
#define BENCH_OUTPUT UINT64_C(0x100000000000)
#define BENCH_PAGES_MAX (UINT64_C(1) << 20)

struct bench_translations {
	struct vtd_unit *unit;
	struct vtd_request request; /* what all requests have */
	struct bench_pages pages;
};

void bench_run_translate(void *translations, struct bench_random *random,
			 unsigned int count);
/* With a bracket of the host's own around each. */
void bench_run_translate_bracketed(void *translations,
				   struct bench_random *random,
				   unsigned int count);

/* What is measured is what it says: ends the program unless every page of the
 * working set, or 64 Ki of them, is translated to where it should be. */
void bench_check_translations(const struct bench_translations *translations,
			      uint64_t output);

/* Working sets of translations. */
extern const uint64_t bench_working_sets[4];
#define BENCH_WORKING_SETS 4

#endif /* VTD_BENCH_TRANSLATE_H */
