/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One thread of scenarios-hostile.c: what it does next.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "scenario.h"

struct hostile {
	uint64_t seed;
	uint64_t count; /* numbers that have been drawn */
};

/* Once, before the threads of a process: memory, and signals. */
void hostile_begin(void);
/* One call, or some that belong together. */
void hostile_act(struct hostile *h);

#endif /* HOSTILE_H */
