/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory of the toy OS: frames that are poisoned while they are free, and
 * page-table entries that are changed as processors do it, with atomics.
 *
 * Frames are read and written by plain accesses on purpose.  Nothing orders
 * those of a device and of the OS but the promise of invalidation, so that
 * ThreadSanitizer sees it when the promise is broken, even if the values happen
 * to be right.
 */
#ifndef VTD_TESTS_TOY_FRAMES_H
#define VTD_TESTS_TOY_FRAMES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fake_host.h"

/* Pseudo-random numbers of one thread. */
struct toy_random {
	uint64_t state;
};
uint64_t toy_random(struct toy_random *random);
unsigned int toy_random_below(struct toy_random *random, unsigned int limit);
static inline bool toy_one_in(struct toy_random *random, unsigned int n)
{
	return toy_random_below(random, n) == 0;
}

/* What went wrong, from any thread; printed with the seed, the first few. */
struct toy_log {
	uint64_t seed;
	atomic_uint failures;
};
void toy_fail(struct toy_log *log, const char *what, uint64_t value);

/*
 * What free memory holds: words that look like present, not yet accessed paging
 * entries, so that a walk that comes too late goes astray visibly.
 */
#define TOY_POISON UINT64_C(0x0000000001eaf007)

/* Of a large page only these 4 KiB places are used: ends and middle. */
#define TOY_PLACES 3
unsigned int toy_places(unsigned int shift);
uint64_t toy_place_offset(unsigned int shift, unsigned int place);

#define TOY_FRAMES_MAX 64

struct toy_frames {
	struct fake_host *host;
	struct toy_log *log;
	unsigned int shift;
	pthread_mutex_t lock;
	unsigned int free;
	uint64_t frame[TOY_FRAMES_MAX]; /* the free ones, a stack */
};

void toy_frames_init(struct toy_frames *frames, struct fake_host *host,
		     struct toy_log *log, unsigned int shift, uint64_t base,
		     unsigned int count);
void toy_frames_destroy(struct toy_frames *frames);
/* Take the frame that was given back last, and check that nobody has touched it
 * since; it is still poisoned.  0: none is free. */
uint64_t toy_frames_take(struct toy_frames *frames);
/* Poison it and make it free. */
void toy_frames_give(struct toy_frames *frames, uint64_t frame);

/* A word of RAM for plain accesses. */
volatile uint64_t *toy_word(struct fake_host *host, uint64_t address);

/* Set and clear bits of a paging entry at once; returns what it was. */
uint64_t toy_entry_change(struct fake_host *host, uint64_t entry, uint64_t set,
			  uint64_t clear);

#endif /* VTD_TESTS_TOY_FRAMES_H */
