/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two threads at the same time, against one: the time of both until the later
 * one is ready, for each operation of a thread.  What scales costs the same.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>

#include "atc.h"
#include "cases.h"
#include "translate.h"

#define SIDS 2
#define RAM_SIZE (UINT64_C(64) << 20)
#define COUNT 4000u
#define ROUNDS 101u

/* A second thread that does what the first does, with a context of its own. */
struct pair {
	bench_run *run;
	void *context[2];
	pthread_t thread;
	unsigned int count;
	_Atomic unsigned int start; /* rounds that may begin */
	_Atomic unsigned int ready; /* rounds that have ended */
	_Atomic bool quit;
};

/* A processor for each thread, or they may take turns on one. */
static void pin(pthread_t thread, unsigned int number, cpu_set_t *before)
{
	cpu_set_t one;
	int cpu = -1;

	if (sched_getaffinity(0, sizeof(*before), before) != 0)
		bench_die("no processors");
	if (CPU_COUNT(before) < 2)
		return;
	for (unsigned int i = 0; i <= number; i++)
		do
			cpu++;
		while (!CPU_ISSET(cpu, before));
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_setaffinity_np(thread, sizeof(one), &one);
}

/* Wait for the other thread; with one processor for both, it needs this one. */
static void wait_until(_Atomic unsigned int *value, unsigned int round,
		       const _Atomic bool *quit)
{
	for (unsigned int i = 1; *value < round && !*quit; i++)
		if (i % 4096 == 0)
			sched_yield();
}

static void *second_thread(void *argument)
{
	struct pair *pair = argument;
	struct bench_random random = { 12345 };

	for (unsigned int round = 1;; round++) {
		wait_until(&pair->start, round, &pair->quit);
		if (pair->quit)
			return NULL;
		pair->run(pair->context[1], &random, pair->count);
		pair->ready = round;
	}
}

static void run_both(void *context, struct bench_random *random,
		     unsigned int count)
{
	struct pair *pair = context;
	unsigned int round = pair->start + 1;

	pair->count = count;
	pair->start = round;
	pair->run(pair->context[0], random, count);
	wait_until(&pair->ready, round, &pair->quit);
}

static void run_one(void *context, struct bench_random *random,
		    unsigned int count)
{
	struct pair *pair = context;

	pair->run(pair->context[0], random, count);
}

static void measure(const char *name, uint64_t size, bench_run *run,
		    void *first, void *second)
{
	struct pair pair = { .run = run, .context = { first, second } };
	cpu_set_t before;
	const struct bench_case bench = {
		.name = name,
		.size = size,
		.subject = { "subject", run_both, &pair, NULL },
		.reference = { { "one_thread", run_one, &pair, NULL } },
		.count = COUNT,
		.rounds = ROUNDS,
	};

	if (pthread_create(&pair.thread, NULL, second_thread, &pair) != 0)
		bench_die("no thread");
	pin(pair.thread, 1, &before);
	pin(pthread_self(), 0, &before);
	bench_measure(&bench);
	pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
	pair.quit = true;
	pthread_join(pair.thread, NULL);
}

/* What the machine makes of two threads that share nothing but the tables. */
static void measure_walks(const struct bench_tables *tables, uint64_t pages)
{
	struct bench_walks walks = { .pages = { BENCH_INPUT, pages - 1 } };

	bench_walk_init(&walks.first, tables);
	measure("threads.bare_walk", pages, bench_run_walk_dependent, &walks,
		&walks);
}

static void measure_translations(struct bench_scene *scene, uint64_t pages)
{
	struct bench_translations translations[SIDS];

	for (uint16_t sid = 0; sid < SIDS; sid++)
		translations[sid] = (struct bench_translations){
			.unit = scene->unit,
			.request = { .sid = sid, .access = VTD_ACCESS_READ },
			.pages = { BENCH_INPUT, pages - 1 },
		};
	measure("threads.same_requester", pages, bench_run_translate,
		&translations[0], &translations[0]);
	measure("threads.two_requesters", pages, bench_run_translate,
		&translations[0], &translations[1]);
}

static void translations(void)
{
	struct bench_scene scene;
	struct bench_tables tables;

	bench_scene_init(&scene, RAM_SIZE, true);
	bench_tables_init(&tables, &scene.memory, BENCH_FIRST_STAGE);
	bench_tables_map(&tables, BENCH_INPUT, BENCH_OUTPUT, BENCH_PAGES_MAX);
	for (uint16_t sid = 0; sid < SIDS; sid++)
		bench_scene_pasid(&scene, bench_scene_scalable(&scene, sid, 0),
				  0, &tables, NULL);
	bench_scene_enable(&scene, VTD_TTM_SCALABLE);
	measure_walks(&tables, 512);
	measure_translations(&scene, 512);
	measure_walks(&tables, BENCH_PAGES_MAX);
	measure_translations(&scene, BENCH_PAGES_MAX);
	bench_scene_destroy(&scene);
}

static void atcs(uint64_t entries)
{
	struct bench_atc one, other;

	bench_atc_init(&one, entries, 1);
	bench_atc_init(&other, entries, 1);
	measure("threads.same_atc", entries, bench_run_atc_hit, &one, &one);
	measure("threads.two_atcs", entries, bench_run_atc_hit, &one, &other);
	bench_atc_destroy(&one);
	bench_atc_destroy(&other);
}

void bench_thread_cases(void)
{
	if (bench_options.instructions || !bench_is_wanted("threads"))
		return;
	translations();
	atcs(1024);
	atcs(65536);
}
