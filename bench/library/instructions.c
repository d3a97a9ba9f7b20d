/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Instructions of a run, by single-stepping: the processor traps after each one,
 * and the handler counts.  Exact, whatever else the machine does, and it needs no
 * tool and no permission.
 */
#include "measure.h"

#include <signal.h>
#include <stddef.h>

#if defined(__x86_64__)

#define TRAP_FLAG UINT64_C(0x100)

static volatile uint64_t steps;

static void count_step(int signal)
{
	(void)signal;
	steps = steps + 1;
}

uint64_t bench_instructions(const struct bench_side *side,
			    struct bench_random *random, unsigned int count)
{
	struct sigaction action = { .sa_handler = count_step };
	struct sigaction before;
	uint64_t flags = __builtin_ia32_readeflags_u64();

	if (side->prepare != NULL)
		side->prepare(side->context, random, count);
	if (sigaction(SIGTRAP, &action, &before) != 0)
		return 0;
	steps = 0;
	__builtin_ia32_writeeflags_u64(flags | TRAP_FLAG);
	side->run(side->context, random, count);
	__builtin_ia32_writeeflags_u64(flags & ~TRAP_FLAG);
	sigaction(SIGTRAP, &before, NULL);
	return steps;
}

#else

uint64_t bench_instructions(const struct bench_side *side,
			    struct bench_random *random, unsigned int count)
{
	(void)side;
	(void)random;
	(void)count;
	return 0;
}

#endif
