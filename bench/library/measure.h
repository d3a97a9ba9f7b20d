/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How something is measured: in many short runs, turn by turn with the bare
 * references that it is compared with, in random order.  Every run has another
 * random sequence, so that none finds in a processor's cache what another has
 * just touched.
 */
#ifndef VTD_BENCH_MEASURE_H
#define VTD_BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

/* A linear congruential generator: its cost is the same in all that is
 * measured, and small. */
struct bench_random {
	uint64_t state;
};

static inline uint64_t bench_random(struct bench_random *random)
{
	random->state = random->state * UINT64_C(6364136223846793005) +
			UINT64_C(1442695040888963407);
	return random->state >> 24;
}

/* `count` operations in a row. */
typedef void bench_run(void *context, struct bench_random *random,
		       unsigned int count);

struct bench_side {
	const char *name;
	bench_run *run;
	void *context;
	bench_run *prepare; /* before each run, not measured; may be NULL */
};

#define BENCH_REFERENCES 3

struct bench_case {
	const char *name;
	uint64_t size; /* working set or fill */
	struct bench_side subject;
	struct bench_side reference[BENCH_REFERENCES]; /* run NULL: none */
	/* Operations of a run; 0: as many as take about 0.2 ms.  One that is
	 * given is not preceded by operations to warm up either. */
	unsigned int count;
	unsigned int rounds; /* 0: the default */
	/* The subject's instructions are recorded (instructions.txt). */
	bool guarded;
};

/* What the command line asks for. */
struct bench_options {
	bool instructions; /* count them, in guarded cases only */
	bool quick;	   /* few rounds: does it work? */
	char **wanted;	   /* names of cases, or how they begin; NULL: all */
};
extern struct bench_options bench_options;

/* Whether the case is to be measured: setting one up can take long. */
bool bench_is_wanted(const char *name);

/* Measure it and print a row for each side, if it is wanted. */
void bench_measure(const struct bench_case *bench);
/* The heading of these rows. */
void bench_heading(void);

/* Instructions of a run in this process; 0: not known on this machine. */
uint64_t bench_instructions(const struct bench_side *side,
			    struct bench_random *random, unsigned int count);

/* Where results go, so that no compiler leaves out what makes them. */
extern volatile uint64_t bench_sink;
/* 0, and no compiler knows. */
extern volatile uint64_t bench_zero;

_Noreturn void bench_die(const char *reason);
/* The bench itself is wrong if this does not hold. */
static inline void bench_expect(bool holds, const char *what)
{
	if (!holds)
		bench_die(what);
}

#endif /* VTD_BENCH_MEASURE_H */
