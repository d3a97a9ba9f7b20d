/* SPDX-License-Identifier: BSD-3-Clause */
/* The address translation cache of an endpoint: few and many open holds. */
#include "atc_fixture.h"

/* More than have a place of their own. */
#define MANY 200u
#define FEW 3u

static uint64_t page_at(unsigned int i)
{
	return UINT64_C(0x100000) + (uint64_t)i * 0x1000;
}

/* An ATC with a hold on each of `count` pages of PASID 1. */
static struct vtd_atc *hold_pages(struct vtd_atc_hold *hold, unsigned int count)
{
	struct vtd_atc *atc =
		make_atc(1024, 4, VTD_PAGE_4K | VTD_PAGE_2M | VTD_PAGE_1G);

	for (unsigned int i = 0; i < count; i++) {
		const struct vtd_atc_access access = read_of(1, page_at(i));

		fill(atc, &access, to(0x77000, 12));
		assert_true(vtd_atc_lookup(atc, &access, &hold[i]));
	}
	return atc;
}

static void release_all(struct vtd_atc *atc, struct vtd_atc_hold *hold,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		vtd_atc_release(atc, &hold[i]);
	vtd_atc_destroy(atc);
}

/* What a device needs that holds a page while it waits for another one. */
static void other_pages_do_not_wait_with(unsigned int count)
{
	static struct vtd_atc_hold hold[MANY];
	struct vtd_device_tlb_invalidation request;
	struct vtd_atc *atc = hold_pages(hold, count);

	invalidate(atc, range(1, page_at(count), page_at(count + 600)));
	invalidate(atc, range(1, 0, page_at(0) - 1));
	invalidate(atc, range(2, 0, UINT64_MAX));
	for (unsigned int i = 0; i < 1000; i++)
		invalidate(atc, range(1, page_at(count + i),
				      page_at(count + i) + 0xfff));
	request = range(0, page_at(count), UINT64_MAX);
	request.global = true;
	invalidate(atc, request);
	request.pasid_present = false;
	invalidate(atc, request);
	release_all(atc, hold, count);
}

static void invalidation_does_not_wait_when_other_pages_are_held(void **state)
{
	(void)state;
	other_pages_do_not_wait_with(FEW);
	other_pages_do_not_wait_with(MANY);
}

/* Each invalidation waits for the hold on its page, whichever goes first. */
static void each_page_waits_with(unsigned int count)
{
	static struct vtd_atc_hold hold[MANY];
	static struct vtd_atc_invalidation invalidation[MANY];
	static unsigned int done[MANY];
	struct vtd_atc *atc = hold_pages(hold, count);

	for (unsigned int i = 0; i < count; i++) {
		const struct vtd_device_tlb_invalidation request =
			range(1, page_at(i), page_at(i) + 0xfff);

		done[i] = 0;
		invalidation[i] = counting(&done[i]);
		vtd_atc_invalidate(atc, &request, &invalidation[i]);
	}
	for (unsigned int i = 0; i < count; i++) {
		unsigned int next = (i * 7 + 1) % count;

		assert_int_equal(done[next], 0);
		vtd_atc_release(atc, &hold[next]);
		assert_int_equal(done[next], 1);
	}
	vtd_atc_destroy(atc);
}

static void invalidation_waits_for_its_page_when_all_are_held(void **state)
{
	(void)state;
	each_page_waits_with(FEW - 1);
	each_page_waits_with(MANY);
}

static void all_are_waited_for(struct vtd_device_tlb_invalidation request,
			       unsigned int count)
{
	static struct vtd_atc_hold hold[MANY];
	struct vtd_atc *atc = hold_pages(hold, count);
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	vtd_atc_invalidate(atc, &request, &invalidation);
	for (unsigned int i = 0; i < count; i++) {
		assert_int_equal(done, 0);
		vtd_atc_release(atc, &hold[i]);
	}
	assert_int_equal(done, 1);
	vtd_atc_destroy(atc);
}

static void invalidation_waits_for_all_when_range_is_wide(void **state)
{
	struct vtd_device_tlb_invalidation plain = range(0, 0, UINT64_MAX);

	(void)state;
	plain.pasid_present = false;
	all_are_waited_for(plain, MANY);
	all_are_waited_for(plain, FEW);
	all_are_waited_for(range(1, 0, UINT64_MAX), MANY);
	all_are_waited_for(range(1, page_at(0), page_at(MANY)), MANY);
	all_are_waited_for(range(1, page_at(0), page_at(FEW)), FEW);
	/* The one without a slot is both in the first list and in the last. */
	all_are_waited_for(range(1, page_at(0), page_at(64)), 65);
}

static void last_of_many_is_waited_for_with(unsigned int shift)
{
	static struct vtd_atc_hold hold[MANY];
	struct vtd_atc *atc = hold_pages(hold, MANY);
	const uint64_t size = UINT64_C(1) << shift;
	const uint64_t first = UINT64_C(0x4000000000);
	const struct vtd_atc_access access = read_of(1, first + 0x1000);
	const struct vtd_device_tlb_invalidation request =
		range(1, first + size - 0x1000, first + size - 1);
	struct vtd_atc_hold large;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	fill(atc, &access, to(0x8000001000, shift));
	assert_true(vtd_atc_lookup(atc, &access, &large));
	invalidate(atc, range(1, first + size, first + size + 0xfff));
	vtd_atc_invalidate(atc, &request, &invalidation);
	assert_int_equal(done, 0);
	vtd_atc_release(atc, &large);
	assert_int_equal(done, 1);
	release_all(atc, hold, MANY);
}

static void invalidation_waits_when_one_of_many_is_of_a_large_page(void **state)
{
	(void)state;
	last_of_many_is_waited_for_with(21);
	last_of_many_is_waited_for_with(30);
}

static void invalidation_waits_for_barrier_when_many_are_held(void **state)
{
	static struct vtd_atc_hold hold[MANY];
	struct vtd_atc *atc = hold_pages(hold, MANY);
	const struct vtd_device_tlb_invalidation request = range(9, 0, 0xfff);
	struct vtd_atc_hold barrier;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	(void)state;
	vtd_atc_barrier(atc, &barrier);
	vtd_atc_invalidate(atc, &request, &invalidation);
	assert_int_equal(done, 0);
	vtd_atc_release(atc, &barrier);
	assert_int_equal(done, 1);
	release_all(atc, hold, MANY);
}

static void younger_holds_are_not_waited_for_when_they_are_many(void **state)
{
	static struct vtd_atc_hold hold[MANY];
	const struct vtd_device_tlb_invalidation all = range(1, 0, UINT64_MAX);
	struct vtd_atc *atc = hold_pages(hold, FEW);
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	(void)state;
	vtd_atc_invalidate(atc, &all, &invalidation);
	for (unsigned int i = FEW; i < MANY; i++) {
		const struct vtd_atc_access access = read_of(1, page_at(0));

		fill(atc, &access, to(0x88000, 12));
		assert_true(vtd_atc_lookup(atc, &access, &hold[i]));
	}
	/* Looks at the younger ones, which stay uncounted by the first one. */
	invalidate(atc, range(2, 0, UINT64_MAX));
	for (unsigned int i = FEW; i < MANY; i++)
		vtd_atc_release(atc, &hold[i]);
	assert_int_equal(done, 0);
	for (unsigned int i = 0; i < FEW; i++)
		vtd_atc_release(atc, &hold[i]);
	assert_int_equal(done, 1);
	vtd_atc_destroy(atc);
}

static void hits_are_counted_when_they_are_many(void **state)
{
	static struct vtd_atc_hold hold[MANY];
	struct vtd_atc *atc = hold_pages(hold, MANY);
	struct vtd_atc_counters counters;

	(void)state;
	vtd_atc_counters(atc, &counters, sizeof(counters));
	assert_int_equal(counters.hits, MANY);
	assert_int_equal(counters.misses, 0);
	release_all(atc, hold, MANY);
}

/* Wherever it is: each of the slots is looked at, and so are the lists. */
static void invalidation_waits_when_any_one_hold_is_left(void **state)
{
	enum { HOLDS = 66 };

	(void)state;
	for (unsigned int left = 0; left < HOLDS; left++) {
		struct vtd_atc_hold hold[HOLDS];
		struct vtd_atc *atc = hold_pages(hold, HOLDS);
		const struct vtd_device_tlb_invalidation request =
			range(1, 0, UINT64_MAX);
		unsigned int done = 0;
		struct vtd_atc_invalidation invalidation = counting(&done);

		for (unsigned int i = 0; i < HOLDS; i++)
			if (i != left)
				vtd_atc_release(atc, &hold[i]);
		vtd_atc_invalidate(atc, &request, &invalidation);
		assert_int_equal(done, 0);
		vtd_atc_release(atc, &hold[left]);
		assert_int_equal(done, 1);
		vtd_atc_destroy(atc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			invalidation_does_not_wait_when_other_pages_are_held),
		cmocka_unit_test(
			invalidation_waits_for_its_page_when_all_are_held),
		cmocka_unit_test(invalidation_waits_for_all_when_range_is_wide),
		cmocka_unit_test(
			invalidation_waits_when_one_of_many_is_of_a_large_page),
		cmocka_unit_test(
			invalidation_waits_for_barrier_when_many_are_held),
		cmocka_unit_test(
			younger_holds_are_not_waited_for_when_they_are_many),
		cmocka_unit_test(hits_are_counted_when_they_are_many),
		cmocka_unit_test(invalidation_waits_when_any_one_hold_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
