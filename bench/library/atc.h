/* SPDX-License-Identifier: BSD-3-Clause */
/* An ATC with known contents. */
#ifndef VTD_BENCH_ATC_H
#define VTD_BENCH_ATC_H

#include <vtd/atc.h>

#include "measure.h"
#include "reference.h"

#define BENCH_ATC_PASIDS 16u

/* `pages` of each of `pasids` PASIDs, which begin with 1. */
struct bench_atc {
	struct vtd_atc *atc;
	struct bench_pages pages;
	uint32_t pasids;
};

/* Entries in 4 ways, as many as are filled in. */
void bench_atc_init(struct bench_atc *atc, uint64_t entries, uint32_t pasids);
void bench_atc_destroy(struct bench_atc *atc);
/* Bring a page in. */
void bench_atc_fill(struct bench_atc *atc, uint32_t pasid, uint64_t address);

/* A look-up of a random page of the first PASID, and its release. */
void bench_run_atc_hit(void *atc, struct bench_random *random,
		       unsigned int count);

#endif /* VTD_BENCH_ATC_H */
