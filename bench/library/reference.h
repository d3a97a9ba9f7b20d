/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What could not be done with less: bare loops over the same memory, with the
 * checks that cannot be left out, no unit, no library.
 */
#ifndef VTD_BENCH_REFERENCE_H
#define VTD_BENCH_REFERENCE_H

#include <stdint.h>

#include "memory.h"

/* Random pages of a working set. */
struct bench_pages {
	uint64_t base;
	uint64_t mask; /* pages - 1; their number is a power of two */
};

static inline uint64_t bench_page(const struct bench_pages *pages,
				  uint64_t random)
{
	return pages->base + (random & pages->mask) * BENCH_PAGE;
}

/* What a walk needs to know of its tables. */
struct bench_walk {
	const uint8_t *ram;
	uint64_t size;
	uint64_t root;
	uint64_t want; /* bits that every entry must have */
	uint64_t reserved;
};

void bench_walk_init(struct bench_walk *walk,
		     const struct bench_tables *tables);
/* The translation of an address by four loads; 0: there is none. */
uint64_t bench_walk(const struct bench_walk *walk, uint64_t address);
/* The same by 24 loads: addresses of tables are translated, too. */
uint64_t bench_walk_nested(const struct bench_walk *first_stage,
			   const struct bench_walk *second_stage,
			   uint64_t address);

/* Runs (measure.h) over random pages.  Dependent: the next address is known when
 * the last one has been translated. */
struct bench_walks {
	struct bench_pages pages;
	struct bench_walk first;
	struct bench_walk second;
};
struct bench_random;
void bench_run_walk(void *walks, struct bench_random *random,
		    unsigned int count);
void bench_run_walk_dependent(void *walks, struct bench_random *random,
			      unsigned int count);
void bench_run_walk_nested(void *walks, struct bench_random *random,
			   unsigned int count);
void bench_run_walk_nested_dependent(void *walks, struct bench_random *random,
				     unsigned int count);
/* A call of an empty function with three arguments; needs no context. */
void bench_run_empty_call(void *context, struct bench_random *random,
			  unsigned int count);

#endif /* VTD_BENCH_REFERENCE_H */
