/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Invalidations in a full ATC.  What they drop is brought back before the next
 * run, which is not measured.  All begin with a cold cache of the processor, as
 * those of a large ATC do: so what differs by size is what they do.
 */
#include "atc.h"
#include "cases.h"

struct dropped {
	struct bench_atc atc;
	uint64_t entries; /* that have been dropped in all, when it was full */
	struct vtd_atc_invalidation invalidation;
	uint64_t page;	/* dropped last: the first of `count` */
	uint32_t pasid; /* dropped last; 0: none, or all */
	unsigned int count;
	unsigned int done;
};

static void is_done(void *opaque,
		    const struct vtd_device_tlb_invalidation *request)
{
	struct dropped *dropped = opaque;

	(void)request;
	dropped->done++;
}

static void invalidate(struct dropped *dropped,
		       const struct vtd_device_tlb_invalidation *request)
{
	unsigned int before = dropped->done;

	vtd_atc_invalidate(dropped->atc.atc, request, &dropped->invalidation);
	bench_expect(dropped->done == before + 1,
		     "an ATC's invalidation was not over");
}

static void run_pages(void *context, struct bench_random *random,
		      unsigned int count)
{
	struct dropped *dropped = context;
	struct vtd_device_tlb_invalidation request = {
		.pasid_present = true,
		.global = true,
	};

	dropped->page = bench_random(random);
	dropped->count = count;
	for (unsigned int i = 0; i < count; i++) {
		request.first =
			bench_page(&dropped->atc.pages, dropped->page + i);
		request.last = request.first + BENCH_PAGE - 1;
		invalidate(dropped, &request);
	}
}

#define COLD (UINT64_C(64) << 20)

static void make_cold(void)
{
	static uint8_t other[COLD];
	uint64_t sum = 0;

	for (uint64_t i = 0; i < COLD; i += 64)
		sum += other[i]++;
	bench_sink = sum;
}

static void fill_pasid(struct bench_atc *atc, uint32_t pasid)
{
	for (uint64_t i = 0; i <= atc->pages.mask; i++)
		bench_atc_fill(atc, pasid, bench_page(&atc->pages, i));
}

static void refill_all(void *context, struct bench_random *random,
		       unsigned int count)
{
	struct dropped *dropped = context;

	(void)random;
	(void)count;
	for (uint32_t pasid = 1; pasid <= dropped->atc.pasids; pasid++)
		fill_pasid(&dropped->atc, pasid);
	make_cold();
}

/* Entries that have been dropped since the last call. */
static uint64_t newly_dropped(struct dropped *dropped)
{
	struct vtd_atc_counters counters;
	uint64_t before = dropped->entries;

	vtd_atc_counters(dropped->atc.atc, &counters, sizeof(counters));
	dropped->entries = counters.invalidated_entries;
	return dropped->entries - before;
}

/* More than the pages may have been dropped. */
static void refill_pages(void *context, struct bench_random *random,
			 unsigned int count)
{
	struct dropped *dropped = context;

	if (newly_dropped(dropped) >
	    (uint64_t)dropped->count * dropped->atc.pasids) {
		refill_all(context, random, count);
		return;
	}
	for (unsigned int i = 0; i < dropped->count; i++)
		for (uint32_t pasid = 1; pasid <= dropped->atc.pasids; pasid++)
			bench_atc_fill(&dropped->atc, pasid,
				       bench_page(&dropped->atc.pages,
						  dropped->page + i));
	make_cold();
}

static void run_pasid(void *context, struct bench_random *random,
		      unsigned int count)
{
	struct dropped *dropped = context;
	struct vtd_device_tlb_invalidation request = {
		.pasid_present = true,
		.last = UINT64_MAX,
	};

	for (unsigned int i = 0; i < count; i++) {
		dropped->pasid = 1 + (uint32_t)(bench_random(random) %
						dropped->atc.pasids);
		request.pasid = dropped->pasid;
		invalidate(dropped, &request);
	}
}

static void refill_pasid(void *context, struct bench_random *random,
			 unsigned int count)
{
	struct dropped *dropped = context;

	(void)random;
	(void)count;
	if (dropped->pasid != 0)
		fill_pasid(&dropped->atc, dropped->pasid);
	make_cold();
}

static void run_all(void *context, struct bench_random *random,
		    unsigned int count)
{
	const struct vtd_device_tlb_invalidation request = {
		.last = UINT64_MAX,
	};

	(void)random;
	for (unsigned int i = 0; i < count; i++)
		invalidate(context, &request);
}

/* What a case drops, in how many invalidations of a run, and how many rounds
 * there are when it takes long to bring that back. */
struct kind {
	const char *name;
	bench_run *run;
	bench_run *refill;
	unsigned int count;
	unsigned int rounds;
};

static const struct kind kinds[] = {
	{ "atc.invalidate_page_in_all", run_pages, refill_pages, 8, 15 },
	{ "atc.invalidate_pasid", run_pasid, refill_pasid, 1, 31 },
	{ "atc.invalidate_all", run_all, refill_all, 1, 7 },
};

static void measure(const struct kind *kind, uint64_t entries)
{
	struct dropped dropped = { .page = 0 };
	struct bench_case bench = {
		.name = kind->name,
		.size = entries,
		.subject = { "subject", kind->run, &dropped, kind->refill },
		.count = kind->count,
		.rounds = kind->rounds,
	};

	if (!bench_is_wanted(kind->name))
		return;
	/* A few entries are soon brought back. */
	if (entries <= 65536)
		bench.rounds = 31;
	bench_atc_init(&dropped.atc, entries, BENCH_ATC_PASIDS);
	dropped.invalidation.done = is_done;
	dropped.invalidation.opaque = &dropped;
	bench_measure(&bench);
	bench_atc_destroy(&dropped.atc);
}

void bench_atc_invalidation_cases(void)
{
	/* None is guarded: what they cost may depend on the fill. */
	if (bench_options.instructions)
		return;
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		measure(&kinds[i], 1024);
		measure(&kinds[i], 65536);
		measure(&kinds[i], 1048576);
	}
}
