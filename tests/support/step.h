/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Something happens after any one instruction of the code under test: the
 * processor stops after each until then.  So a race is tried out at every place
 * where it can be, and not left to luck.
 */
#ifndef VTD_TESTS_STEP_H
#define VTD_TESTS_STEP_H

#include <stdbool.h>

struct step {
	unsigned int at; /* after so many instructions from step_arm() on */
	void (*happen)(void *opaque);
	void *opaque;
};

/* Whether this machine can. */
bool step_begin(void);
void step_end(void);

/* From now on, in this thread.  step_disarm() if it has not happened. */
void step_arm(const struct step *step);
void step_disarm(void);

#endif /* VTD_TESTS_STEP_H */
