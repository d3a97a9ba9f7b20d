/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Something happens after any one instruction of the code under test: the
 * processor stops after each until then.  So a race is tried out at every place
 * where it can be, and not left to luck.
 */
#ifndef VTD_TESTS_STEP_H
#define VTD_TESTS_STEP_H

#include <stdbool.h>

/* Most instructions of a program with a sanitizer are not of our code. */
#ifdef __SANITIZE_ADDRESS__
#define STEP_STRIDE 32
#else
#define STEP_STRIDE 1
#endif

struct step {
	unsigned int at; /* after so many instructions from step_arm() on */
	void (*happen)(void *opaque);
	void *opaque;
};

/* Whether this machine can. */
bool step_begin(void);
void step_end(void);

/* From now on, in this thread, until step_disarm(), which says whether it has
 * happened. */
void step_arm(const struct step *step);
bool step_disarm(void);

#endif /* VTD_TESTS_STEP_H */
