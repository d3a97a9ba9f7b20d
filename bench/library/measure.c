/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIDES (1 + BENCH_REFERENCES)
#define ROUNDS 101
#define ROUNDS_MAX 501
#define ROUNDS_QUICK 3
#define RUN_NANOSECONDS 200000.0

struct bench_options bench_options;
volatile uint64_t bench_sink;
volatile uint64_t bench_zero;

void bench_die(const char *reason)
{
	fprintf(stderr, "vtd-bench: %s\n", reason);
	exit(2);
}

bool bench_is_wanted(const char *name)
{
	char **wanted = bench_options.wanted;

	if (wanted == NULL || *wanted == NULL)
		return true;
	for (; *wanted != NULL; wanted++)
		if (strncmp(name, *wanted, strlen(*wanted)) == 0)
			return true;
	return false;
}

static double nanoseconds(const struct timespec *begin,
			  const struct timespec *end)
{
	return (double)(end->tv_sec - begin->tv_sec) * 1e9 +
	       (double)(end->tv_nsec - begin->tv_nsec);
}

/* What reading the clock adds to a run: the least that it was found to be. */
static double clock_cost(void)
{
	static double cost;
	struct timespec begin, end;

	if (cost != 0)
		return cost;
	cost = RUN_NANOSECONDS;
	for (unsigned int i = 0; i < 10000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &begin);
		clock_gettime(CLOCK_MONOTONIC, &end);
		if (nanoseconds(&begin, &end) < cost)
			cost = nanoseconds(&begin, &end);
	}
	return cost;
}

/* Nanoseconds of a run. */
static double time_run(const struct bench_side *side,
		       struct bench_random *random, unsigned int count)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	side->run(side->context, random, count);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return nanoseconds(&begin, &end) - clock_cost();
}

struct samples {
	const struct bench_side *side;
	struct bench_random random;
	unsigned int count;
	double time[ROUNDS_MAX]; /* nanoseconds of one operation */
	double per[ROUNDS_MAX];	 /* the subject's time in times of this one */
};

static void calibrate(struct samples *samples, unsigned int given)
{
	double time;

	samples->count = given;
	if (given != 0)
		return;
	for (unsigned int count = 16;; count *= 2) {
		time = time_run(samples->side, &samples->random, count);
		samples->count = count;
		if (time >= RUN_NANOSECONDS || count >= 1u << 20)
			return;
	}
}

static void take_sample(struct samples *samples, unsigned int round, bool warm)
{
	const struct bench_side *side = samples->side;

	if (side->prepare != NULL)
		side->prepare(side->context, &samples->random, samples->count);
	if (warm)
		side->run(side->context, &samples->random, samples->count / 8);
	samples->time[round] =
		time_run(side, &samples->random, samples->count) /
		samples->count;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, unsigned int rounds, double part)
{
	return sorted[(unsigned int)(part * (rounds - 1) + 0.5)];
}

void bench_heading(void)
{
	if (bench_options.instructions)
		printf("case\tsize\tinstructions\n");
	else
		printf("case\tsize\tside\tmedian_ns\tlow_ns\thigh_ns\tmin_ns\tsubject_per\n");
}

static void print_row(const struct bench_case *bench, struct samples *samples,
		      unsigned int rounds)
{
	bool subject = samples->side == &bench->subject;

	qsort(samples->time, rounds, sizeof(double), compare);
	qsort(samples->per, rounds, sizeof(double), compare);
	printf("%s\t%" PRIu64 "\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t", bench->name,
	       bench->size, subject ? "subject" : samples->side->name,
	       quantile(samples->time, rounds, 0.5),
	       quantile(samples->time, rounds, 0.25),
	       quantile(samples->time, rounds, 0.75), samples->time[0]);
	if (subject)
		printf("\n");
	else
		printf("%.3f\n", quantile(samples->per, rounds, 0.5));
	fflush(stdout);
}

/* One round: every side once, in random order. */
static void run_round(struct samples **order, unsigned int sides,
		      unsigned int round, bool warm)
{
	static struct bench_random shuffle;

	for (unsigned int i = sides; i > 1; i--) {
		unsigned int j =
			(unsigned int)(bench_random(&shuffle) >> 8) % i;
		struct samples *other = order[j];

		order[j] = order[i - 1];
		order[i - 1] = other;
	}
	for (unsigned int i = 0; i < sides; i++)
		take_sample(order[i], round, warm);
}

static void measure_time(const struct bench_case *bench)
{
	static struct samples samples[SIDES];
	struct samples *order[SIDES];
	unsigned int sides = 0;
	unsigned int rounds = bench->rounds != 0 ? bench->rounds : ROUNDS;

	if (bench_options.quick)
		rounds = ROUNDS_QUICK;
	for (unsigned int i = 0; i < SIDES; i++) {
		const struct bench_side *side =
			i == 0 ? &bench->subject : &bench->reference[i - 1];

		if (side->run == NULL)
			break;
		samples[i].side = side;
		samples[i].random.state = i + 1;
		calibrate(&samples[i], bench->count);
		order[sides++] = &samples[i];
	}
	for (unsigned int round = 0; round < rounds; round++) {
		run_round(order, sides, round, bench->count == 0);
		for (unsigned int i = 0; i < sides; i++)
			samples[i].per[round] =
				samples[0].time[round] / samples[i].time[round];
	}
	for (unsigned int i = 0; i < sides; i++)
		print_row(bench, &samples[i], rounds);
}

/* The difference of two runs leaves out what a run costs by itself. */
#define FEW 2u
#define MORE 6u

static void count_instructions(const struct bench_case *bench)
{
	struct bench_random random = { 1 };
	uint64_t few, more;

	/* What happens for the first time costs more. */
	bench->subject.run(bench->subject.context, &random, MORE);
	few = bench_instructions(&bench->subject, &random, FEW);
	more = bench_instructions(&bench->subject, &random, MORE);
	if (few == 0 || more == 0)
		bench_die("instructions cannot be counted on this machine");
	printf("%s\t%" PRIu64 "\t%.1f\n", bench->name, bench->size,
	       (double)(more - few) / (MORE - FEW));
	fflush(stdout);
}

void bench_measure(const struct bench_case *bench)
{
	if (!bench_is_wanted(bench->name))
		return;
	if (!bench_options.instructions)
		measure_time(bench);
	else if (bench->guarded)
		count_instructions(bench);
}
