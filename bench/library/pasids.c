/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2^20 PASIDs on 2^16 source-ids, 16 on each, all tables in guest memory: each
 * source-id has a directory and a table of PASIDs of its own.  How much of that
 * is in use is the size of the case.
 */
#include <malloc.h>

#include "cases.h"
#include "translate.h"

#define NAME "pasids"
#define PASIDS_PER_SID 16u
#define SIDS 65536u
/* The RID_PASID of a source-id: one that it has no entry for. */
#define NOBODY(sid) (((sid)*PASIDS_PER_SID) ^ 0x80000)
/* A directory for all PASIDs is 128 KiB, most of which nobody ever touches. */
#define RAM_SIZE (UINT64_C(9) << 30)
#define PAGES 512

struct requesters {
	struct bench_translations translations;
	uint32_t mask; /* requesters in use - 1 */
	struct bench_walk walk;
	uint64_t root;
};

/* Neighbours share a source-id. */
static uint16_t sid_of(uint32_t pasid)
{
	return (uint16_t)(pasid / PASIDS_PER_SID);
}

static void run_requesters(void *context, struct bench_random *random,
			   unsigned int count)
{
	const struct requesters *requesters = context;
	struct vtd_request request = requesters->translations.request;
	struct vtd_translation result;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t draw = bench_random(random);

		request.pasid = (uint32_t)(draw >> 12) & requesters->mask;
		request.sid = sid_of(request.pasid);
		request.address =
			bench_page(&requesters->translations.pages, draw);
		vtd_unit_translate(requesters->translations.unit, &request,
				   &result);
		sum += result.address;
	}
	bench_sink = sum;
}

static uint64_t load(const struct requesters *requesters, uint64_t address)
{
	return *(const volatile uint64_t *)(const void *)(requesters->walk.ram +
							  address);
}

/* Eight loads for each: root, context, directory, PASID entry, four levels. */
static void run_bare(void *context, struct bench_random *random,
		     unsigned int count)
{
	const struct requesters *requesters = context;
	struct bench_walk walk = requesters->walk;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t draw = bench_random(random);
		uint32_t pasid = (uint32_t)(draw >> 12) & requesters->mask;
		uint16_t sid = sid_of(pasid);
		uint64_t at = requesters->root + (sid >> 7) * 8;

		at = load(requesters, at) & VTD_TABLE_ADDRESS;
		at = load(requesters,
			  at + (sid & 0x7f) * VTD_SM_CONTEXT_ENTRY_SIZE);
		at = load(requesters,
			  (at & VTD_TABLE_ADDRESS) + (pasid >> 6) * 8);
		at = (at & VTD_TABLE_ADDRESS) +
		     (pasid & 0x3f) * VTD_PASID_ENTRY_SIZE;
		walk.root = load(requesters, at + 16) & VTD_TABLE_ADDRESS;
		sum += bench_walk(&walk,
				  bench_page(&requesters->translations.pages,
					     draw));
	}
	bench_sink = sum;
}

static void make_requesters(struct bench_scene *scene,
			    const struct bench_tables *tables, uint32_t sids)
{
	for (uint32_t sid = 0; sid < sids; sid++) {
		uint64_t dir =
			bench_scene_scalable(scene, (uint16_t)sid, NOBODY(sid));

		for (uint32_t i = 0; i < PASIDS_PER_SID; i++)
			bench_scene_pasid(scene, dir, sid * PASIDS_PER_SID + i,
					  tables, NULL);
	}
}

static void check(const struct requesters *requesters)
{
	struct bench_translations one = requesters->translations;
	uint32_t step = requesters->mask / 4096 + 1;

	one.pages.mask = 0;
	for (uint32_t pasid = 0; pasid <= requesters->mask; pasid += step) {
		one.request.pasid = pasid;
		one.request.sid = sid_of(pasid);
		bench_check_translations(&one, BENCH_OUTPUT);
	}
}

/* A unit whose guest memory has this many source-ids. */
static void start(struct bench_scene *scene, struct requesters *requesters,
		  uint32_t sids)
{
	struct bench_tables tables;

	*requesters = (struct requesters){
		.translations = { .request = { .access = VTD_ACCESS_READ,
					       .pasid_present = true },
				  .pages = { BENCH_INPUT, PAGES - 1 } },
	};
	bench_scene_init(scene, RAM_SIZE, false);
	bench_tables_init(&tables, &scene->memory, BENCH_FIRST_STAGE);
	bench_tables_map(&tables, BENCH_INPUT, BENCH_OUTPUT, PAGES);
	make_requesters(scene, &tables, sids);
	bench_scene_enable(scene, VTD_TTM_SCALABLE);
	requesters->translations.unit = scene->unit;
	requesters->root = scene->root;
	bench_walk_init(&requesters->walk, &tables);
}

/* Next to a requester that is the only one there is. */
static void measure(struct requesters *requesters, struct requesters *alone,
		    uint32_t number)
{
	const struct bench_case bench = {
		.name = NAME,
		.size = number,
		.subject = { "subject", run_requesters, requesters, NULL },
		.reference = { { "loads_8", run_bare, requesters, NULL },
			       { "alone", run_requesters, alone, NULL } },
	};

	requesters->mask = number - 1;
	check(requesters);
	bench_measure(&bench);
}

void bench_pasid_cases(void)
{
	static const uint32_t numbers[] = { 1,	  16,	 128,	 1024,
					    8192, 65536, 1048576 };
	struct bench_scene scene, scene_alone;
	struct requesters requesters, alone;
	size_t before;

	/* None is guarded: instructions depend on who meets whom in a cache. */
	if (bench_options.instructions || !bench_is_wanted(NAME))
		return;
	start(&scene, &requesters, SIDS);
	start(&scene_alone, &alone, 1);
	before = mallinfo2().uordblks;
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		measure(&requesters, &alone, numbers[i]);
	bench_expect(mallinfo2().uordblks == before,
		     "the unit took memory for requesters");
	bench_scene_destroy(&scene_alone);
	bench_scene_destroy(&scene);
}
