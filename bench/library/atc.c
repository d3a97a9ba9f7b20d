/* SPDX-License-Identifier: BSD-3-Clause */
#include "atc.h"

#include "cases.h"

#define INPUT UINT64_C(0x7f0000000000)
#define OUTPUT UINT64_C(0x100000000000)
#define WAYS 4
#define NAME "atc.hit"

void bench_atc_fill(struct bench_atc *atc, uint32_t pasid, uint64_t address)
{
	const struct vtd_atc_access access = {
		.address = address,
		.access = VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = pasid,
	};
	const struct vtd_translation translation = {
		.status = VTD_STATUS_SUCCESS,
		.address = address - INPUT + OUTPUT,
		.size_shift = 12,
		.read = true,
		.write = true,
	};
	struct vtd_atc_fill fill;
	struct vtd_atc_hold hold;

	vtd_atc_fill_begin(atc->atc, &access, &fill);
	if (vtd_atc_fill(atc->atc, &fill, &translation, &hold) !=
	    VTD_ATC_FILL_HELD)
		bench_die("a translation was not taken");
	vtd_atc_release(atc->atc, &hold);
}

void bench_atc_init(struct bench_atc *atc, uint64_t entries, uint32_t pasids)
{
	struct vtd_atc_config config;

	vtd_atc_config_init(&config);
	config.entries = (unsigned int)entries;
	config.ways = WAYS;
	*atc = (struct bench_atc){
		.pages = { INPUT, entries / pasids - 1 },
		.pasids = pasids,
	};
	if (vtd_atc_create(&config, &atc->atc) != 0)
		bench_die("no ATC");
	for (uint32_t pasid = 1; pasid <= pasids; pasid++)
		for (uint64_t i = 0; i <= atc->pages.mask; i++)
			bench_atc_fill(atc, pasid, bench_page(&atc->pages, i));
}

void bench_atc_destroy(struct bench_atc *atc)
{
	vtd_atc_destroy(atc->atc);
}

void bench_run_atc_hit(void *context, struct bench_random *random,
		       unsigned int count)
{
	struct bench_atc *atc = context;
	struct vtd_atc_access access = {
		.access = VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = 1,
	};
	struct vtd_atc_hold hold;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		access.address = bench_page(&atc->pages, bench_random(random));
		if (!vtd_atc_lookup(atc->atc, &access, &hold)) {
			/* Sets of a hash are not all of the same size. */
			bench_atc_fill(atc, 1, access.address);
			continue;
		}
		sum += hold.address;
		vtd_atc_release(atc->atc, &hold);
	}
	bench_sink = sum;
}

/*
 * The bare one: sets of four tags and four addresses, a cache line each, and two
 * locked additions for what a hold and its release have to tell others.
 *
 * Both are in the loop that is timed.  No address depends on the result before it, so
 * that the processor looks for several at once: loads do not wait for a locked
 * addition, which has to wait for all that is before it.  Where addresses do
 * depend, each look is made when the one before has ended.
 */
struct probe_set {
	_Alignas(64) uint64_t tag[WAYS];
	uint64_t address[WAYS];
};

struct probe {
	struct bench_memory memory; /* in huge pages, if it is large */
	struct bench_pages pages;
	struct probe_set *sets;
	uint64_t mask;
	uint64_t holds;
};

static uint64_t set_of(const struct probe *probe, uint64_t address)
{
	return (address >> 12) & probe->mask;
}

static void probe_init(struct probe *probe, uint64_t entries)
{
	uint64_t sets = entries / WAYS;

	*probe = (struct probe){
		.pages = { INPUT, entries - 1 },
		.mask = sets - 1,
	};
	bench_memory_init(&probe->memory, sets * sizeof(*probe->sets), true);
	probe->sets = (struct probe_set *)(void *)probe->memory.ram;
	for (uint64_t i = 0; i < entries; i++) {
		uint64_t address = bench_page(&probe->pages, i);
		struct probe_set *set = &probe->sets[set_of(probe, address)];

		set->tag[i / sets] = address >> 12;
		set->address[i / sets] = address - INPUT + OUTPUT;
	}
}

__attribute__((noinline)) static uint64_t probe_find(const struct probe *probe,
						     uint64_t address)
{
	const struct probe_set *set = &probe->sets[set_of(probe, address)];

	uint64_t found = 0;

	/* No branch: which way it is cannot be predicted. */
	for (unsigned int way = 0; way < WAYS; way++)
		found |= set->address[way] &
			 -(uint64_t)(set->tag[way] == address >> 12);
	return found | (address & 0xfff);
}

static void run_probe(void *context, struct bench_random *random,
		      unsigned int count)
{
	struct probe *probe = context;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += probe_find(probe, bench_page(&probe->pages,
						    bench_random(random)));
	bench_sink = sum;
}

static void run_probe_and_adds(void *context, struct bench_random *random,
			       unsigned int count)
{
	struct probe *probe = context;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		__atomic_fetch_add(&probe->holds, 1, __ATOMIC_SEQ_CST);
		sum += probe_find(probe, bench_page(&probe->pages,
						    bench_random(random)));
		__atomic_fetch_sub(&probe->holds, 1, __ATOMIC_SEQ_CST);
	}
	bench_sink = sum;
}

static void run_probe_and_adds_dependent(void *context,
					 struct bench_random *random,
					 unsigned int count)
{
	struct probe *probe = context;
	uint64_t zero = bench_zero;
	uint64_t last = 0;

	for (unsigned int i = 0; i < count; i++) {
		__atomic_fetch_add(&probe->holds, 1, __ATOMIC_SEQ_CST);
		last = probe_find(probe, bench_page(&probe->pages,
						    bench_random(random) ^
							    (last & zero)));
		__atomic_fetch_sub(&probe->holds, 1, __ATOMIC_SEQ_CST);
	}
	bench_sink = last;
}

static void measure(uint64_t entries)
{
	struct bench_atc atc;
	struct probe probe;
	const struct bench_case bench = {
		.name = NAME,
		.size = entries,
		.subject = { "subject", bench_run_atc_hit, &atc, NULL },
		.reference = { { "probe_and_adds", run_probe_and_adds, &probe,
				 NULL },
			       { "probe_and_adds_dependent",
				 run_probe_and_adds_dependent, &probe, NULL },
			       { "probe", run_probe, &probe, NULL } },
		.guarded = entries == 1024,
	};

	if (bench_options.instructions && !bench.guarded)
		return;
	bench_atc_init(&atc, entries, 1);
	probe_init(&probe, entries);
	bench_measure(&bench);
	bench_memory_destroy(&probe.memory);
	bench_atc_destroy(&atc);
}

void bench_atc_cases(void)
{
	if (!bench_is_wanted(NAME))
		return;
	measure(1024);
	measure(65536);
	measure(1048576);
}
