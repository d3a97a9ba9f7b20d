/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ticks: the rate in kHz of the counter that QEMU without an accelerator shows
 * as the guest's time stamp counter: this machine's own, or nanoseconds where
 * it has none.  A guest that measures it on a busy host can be wrong by far.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum { PAUSE_NS = 50000000, NS_PER_MS = 1000000, TRIES = 100 };

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static uint64_t counter(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#else
	return now_ns();
#endif
}

struct sample {
	uint64_t ns;
	uint64_t ticks;
};

/* Of several, the one in which least came between clock and counter. */
static struct sample take(void)
{
	struct sample best = { 0 };
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = now_ns();
		uint64_t ticks = counter();
		uint64_t took = now_ns() - before;

		if (took >= least)
			continue;
		least = took;
		best = (struct sample){ before + took / 2, ticks };
	}
	return best;
}

int main(void)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct sample first = take(), last;

	nanosleep(&pause, NULL);
	last = take();
	printf("%llu\n",
	       (unsigned long long)((last.ticks - first.ticks) * NS_PER_MS /
				    (last.ns - first.ns)));
	return 0;
}
