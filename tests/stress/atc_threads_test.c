/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An ATC and many threads: no access is stale, whatever is looked up, filled,
 * evicted, invalidated and flushed at the same time.
 *
 * Each page has versions; a translation tells of which version it is.  Software
 * counts the version up, invalidates, and notes two things: when the call has
 * returned, the version that look-ups find at `least`; when the invalidation is
 * done, that the one before is `dead`.  An access checks both when it begins,
 * and that its version is not dead when it ends.
 *
 * VTD_ACCESSES sets how many there are.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/atc_fixture.h"

#define ACCESSES 600000
#define READERS 4u
#define WRITERS 2u
#define HOLDS 24u /* of a reader; in all more than there are slots */

#define TAGS 5u /* the first is: without PASID */
#define PAGES 48u
#define LARGE_PAGES 4u /* the last of them */
#define BATCH 4u

struct page {
	_Atomic uint64_t version;
	_Atomic uint64_t least;
	_Atomic uint64_t dead;
};

static struct {
	struct vtd_atc *atc;
	struct page page[TAGS][PAGES];
	uint64_t accesses; /* of each reader */
	_Atomic unsigned int readers;
	_Atomic uint64_t stale;
	_Atomic uint64_t wrong;
	_Atomic uint64_t waits;
} s;

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1;
	return *state >> 33;
}

/* ------------------------------------------------------------------ pages */

static unsigned int shift_of(unsigned int page)
{
	return page >= PAGES - LARGE_PAGES ? 21 : 12;
}

/* Neighbours, so that ranges have some. */
static uint64_t address_of(unsigned int page)
{
	if (shift_of(page) == 21)
		return (uint64_t)(page + 8) << 21;
	return (uint64_t)(page + 1) << 12;
}

/* Its translation: version and page can be told from the address. */
static uint64_t target_of(unsigned int tag, unsigned int page, uint64_t version)
{
	return version << 32 | (uint64_t)(tag * PAGES + page) << 21;
}

static struct vtd_atc_access access_to(unsigned int tag, unsigned int page,
				       uint64_t random)
{
	return (struct vtd_atc_access){
		.address = address_of(page) +
			   random % (UINT64_C(1) << shift_of(page)),
		.access = VTD_ACCESS_READ,
		.pasid_present = tag > 0,
		.pasid = tag,
	};
}

/* --------------------------------------------------------------- accesses */

struct reader {
	uint64_t random;
	struct vtd_atc_hold hold[HOLDS];
	struct page *page[HOLDS]; /* NULL: no access is open */
	uint64_t version[HOLDS];
};

static void check_not_dead(const struct reader *r, unsigned int i)
{
	if (r->version[i] <= atomic_load(&r->page[i]->dead))
		atomic_fetch_add(&s.stale, 1);
}

static bool fill_page(struct reader *r, const struct vtd_atc_access *access,
		      unsigned int page, struct vtd_atc_hold *hold)
{
	struct vtd_atc_fill on_its_way;
	struct vtd_translation translation;
	uint64_t version;

	vtd_atc_fill_begin(s.atc, access, &on_its_way);
	version = atomic_load(&s.page[access->pasid][page].version);
	if (next_random(&r->random) % 16 == 0)
		sched_yield();
	translation =
		to(target_of(access->pasid, page, version), shift_of(page));
	return vtd_atc_fill(s.atc, &on_its_way, &translation, hold) ==
	       VTD_ATC_FILL_HELD;
}

static void begin_access(struct reader *r, unsigned int i)
{
	unsigned int tag = next_random(&r->random) % TAGS;
	unsigned int page = next_random(&r->random) % PAGES;
	struct vtd_atc_access access =
		access_to(tag, page, next_random(&r->random));
	struct page *p = &s.page[tag][page];
	struct vtd_atc_hold *hold = &r->hold[i];
	uint64_t least = atomic_load(&p->least);
	uint64_t offset = access.address &
			  ((UINT64_C(1) << shift_of(page)) - 1);

	if (!vtd_atc_lookup(s.atc, &access, hold) &&
	    !fill_page(r, &access, page, hold))
		return;
	r->page[i] = p;
	r->version[i] = hold->address >> 32;
	if (hold->address != (target_of(tag, page, r->version[i]) | offset))
		atomic_fetch_add(&s.wrong, 1);
	if (r->version[i] < least)
		atomic_fetch_add(&s.stale, 1);
	check_not_dead(r, i);
}

static void end_access(struct reader *r, unsigned int i)
{
	check_not_dead(r, i);
	r->page[i] = NULL;
	vtd_atc_release(s.atc, &r->hold[i]);
}

static void barrier(struct reader *r)
{
	struct vtd_atc_hold hold;

	vtd_atc_barrier(s.atc, &hold);
	if (next_random(&r->random) % 2)
		sched_yield();
	vtd_atc_release(s.atc, &hold);
}

/* Most of the time few accesses are open, now and then many. */
static void *read_pages(void *opaque)
{
	struct reader *r = opaque;
	unsigned int open = 1;

	for (uint64_t n = 0; n < s.accesses; n++) {
		unsigned int i = next_random(&r->random) % open;

		if (r->page[i])
			end_access(r, i);
		begin_access(r, i);
		if (next_random(&r->random) % 64 == 0)
			sched_yield();
		if (n % 1024)
			continue;
		barrier(r);
		for (i = 0; i < HOLDS; i++)
			if (r->page[i])
				end_access(r, i);
		open = next_random(&r->random) % 4 ?
			       1 :
			       1 + next_random(&r->random) % HOLDS;
	}
	for (unsigned int i = 0; i < HOLDS; i++)
		if (r->page[i])
			end_access(r, i);
	atomic_fetch_sub(&s.readers, 1);
	return NULL;
}

/* ---------------------------------------------------------- invalidations */

/* The pages of a writer are those with its number modulo their count. */
struct writer {
	uint64_t random;
	unsigned int number;
	struct {
		unsigned int tag, page;
		uint64_t old;
	} changed[BATCH];
	unsigned int count;
};

static void change(struct writer *w, unsigned int tag, unsigned int page)
{
	struct page *p = &s.page[tag][page];

	for (unsigned int i = 0; i < w->count; i++)
		if (w->changed[i].tag == tag && w->changed[i].page == page)
			return;
	w->changed[w->count].tag = tag;
	w->changed[w->count].page = page;
	w->changed[w->count++].old = atomic_fetch_add(&p->version, 1);
}

static unsigned int own_page(struct writer *w)
{
	return next_random(&w->random) % (PAGES / WRITERS) * WRITERS +
	       w->number;
}

static void change_some(struct writer *w, unsigned int tags)
{
	unsigned int tag = 1 + next_random(&w->random) % (TAGS - 1);

	for (unsigned int i = 0; i < BATCH; i++) {
		if (tags > 1)
			tag = next_random(&w->random) % TAGS;
		change(w, tag, own_page(w));
	}
}

/* Change pages, and say what covers them. */
static struct vtd_device_tlb_invalidation change_pages(struct writer *w)
{
	struct vtd_device_tlb_invalidation request = range(0, 0, UINT64_MAX);
	unsigned int kind = next_random(&w->random) % 16;
	unsigned int page = own_page(w);
	unsigned int tag = 1 + next_random(&w->random) % (TAGS - 1);

	w->count = 0;
	if (kind < 2) {
		change_some(w, 1);
		request.pasid = w->changed[0].tag;
	} else if (kind < 4) {
		change_some(w, TAGS);
		request.global = kind % 2;
		request.pasid_present = kind % 2;
	} else {
		/* One page, or the same page of all PASIDs. */
		request.first = address_of(page);
		request.last = request.first + 0xfff;
		request.pasid = tag;
		if (kind % 4 == 0 && page + WRITERS < PAGES - LARGE_PAGES) {
			change(w, tag, page + WRITERS);
			request.last = address_of(page + WRITERS) + 0xfff;
		} else if (kind % 4 == 1) {
			request.global = true;
			change(w, 0, page);
			change(w, tag % (TAGS - 1) + 1, page);
		}
		change(w, tag, page);
	}
	return request;
}

static void set_done(void *opaque,
		     const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	atomic_store((atomic_bool *)opaque, true);
}

/* Nothing finds what was before. */
static void note_least(const struct writer *w)
{
	for (unsigned int i = 0; i < w->count; i++)
		atomic_store(
			&s.page[w->changed[i].tag][w->changed[i].page].least,
			w->changed[i].old + 1);
}

/* Nothing uses it. */
static void note_dead(const struct writer *w)
{
	for (unsigned int i = 0; i < w->count; i++)
		atomic_store(
			&s.page[w->changed[i].tag][w->changed[i].page].dead,
			w->changed[i].old);
}

static void invalidate_pages(struct writer *w)
{
	const struct vtd_device_tlb_invalidation request = change_pages(w);
	atomic_bool done = false;
	struct vtd_atc_invalidation invalidation = {
		.done = set_done,
		.opaque = &done,
	};

	vtd_atc_invalidate(s.atc, &request, &invalidation);
	note_least(w);
	if (!atomic_load(&done))
		atomic_fetch_add(&s.waits, 1);
	while (!atomic_load(&done))
		sched_yield();
	note_dead(w);
}

static void flush(struct writer *w)
{
	w->count = 0;
	change_some(w, TAGS);
	vtd_atc_flush(s.atc);
	note_least(w);
}

static void *invalidate_all_the_time(void *opaque)
{
	struct writer *w = opaque;

	while (atomic_load(&s.readers)) {
		if (next_random(&w->random) % 32)
			invalidate_pages(w);
		else
			flush(w);
		/* Give the cache some time to fill. */
		sched_yield();
	}
	return NULL;
}

/* ------------------------------------------------------------------ tests */

static void run(struct vtd_atc *atc)
{
	static struct reader reader[READERS];
	struct writer writer[WRITERS];
	pthread_t thread[READERS + WRITERS];
	const char *text = getenv("VTD_ACCESSES");
	struct vtd_atc_counters counters;

	s.atc = atc;
	s.accesses = (text ? strtoull(text, NULL, 0) : ACCESSES) / READERS / 2;
	s.stale = s.wrong = s.waits = 0;
	for (unsigned int tag = 0; tag < TAGS; tag++)
		for (unsigned int page = 0; page < PAGES; page++)
			s.page[tag][page] = (struct page){ .version = 1 };
	atomic_store(&s.readers, READERS);
	for (unsigned int i = 0; i < READERS; i++) {
		reader[i] = (struct reader){ .random = i };
		pthread_create(&thread[i], NULL, read_pages, &reader[i]);
	}
	for (unsigned int i = 0; i < WRITERS; i++) {
		writer[i] = (struct writer){ .random = i + 99, .number = i };
		pthread_create(&thread[READERS + i], NULL,
			       invalidate_all_the_time, &writer[i]);
	}
	for (unsigned int i = 0; i < READERS + WRITERS; i++)
		pthread_join(thread[i], NULL);
	vtd_atc_counters(atc, &counters, sizeof(counters));
	vtd_atc_destroy(atc);
	print_message("%llu accesses, %llu hits, %llu invalidations, "
		      "%llu waited, %llu void fills, %llu evictions\n",
		      (unsigned long long)s.accesses * READERS,
		      (unsigned long long)counters.hits,
		      (unsigned long long)counters.invalidations,
		      (unsigned long long)s.waits,
		      (unsigned long long)counters.discarded_fills,
		      (unsigned long long)counters.evictions);
	assert_int_equal(s.stale, 0);
	assert_int_equal(s.wrong, 0);
	/* All of it has been tried. */
	assert_true(counters.hits > 0);
	assert_true(s.waits > 0);
}

static void accesses_are_never_stale_when_the_cache_is_small(void **state)
{
	(void)state;
	run(make_atc(128, 4, VTD_PAGE_4K | VTD_PAGE_2M));
}

static void accesses_are_never_stale_when_the_cache_is_large(void **state)
{
	(void)state;
	run(make_atc(4096, 4, VTD_PAGE_4K | VTD_PAGE_2M | VTD_PAGE_1G));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			accesses_are_never_stale_when_the_cache_is_small),
		cmocka_unit_test(
			accesses_are_never_stale_when_the_cache_is_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
