/* SPDX-License-Identifier: BSD-3-Clause */
/* The address translation cache of an endpoint: invalidations and holds. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "atc_fixture.h"

/* ---------------------------------------------------------- invalidations */

/* Pages 1 and 2 of PASID 1, page 1 of PASID 2, page 1 without PASID. */
static void fill_four(struct vtd_atc *atc)
{
	const struct vtd_atc_access none = { .address = 0x1000,
					     .access = VTD_ACCESS_READ };
	const struct vtd_atc_access all[] = {
		read_of(1, 0x1000),
		read_of(1, 0x2000),
		read_of(2, 0x1000),
		none,
	};

	for (unsigned int i = 0; i < 4; i++)
		fill(atc, &all[i], to(0x77000, 12));
}

/* Which of the four are left, as bits. */
static unsigned int left_of_four(struct vtd_atc *atc)
{
	const struct vtd_atc_access none = { .address = 0x1000,
					     .access = VTD_ACCESS_READ };
	const struct vtd_atc_access all[] = {
		read_of(1, 0x1000),
		read_of(1, 0x2000),
		read_of(2, 0x1000),
		none,
	};
	unsigned int left = 0;

	for (unsigned int i = 0; i < 4; i++)
		left |= hits(atc, &all[i]) ? 1u << i : 0;
	return left;
}

static void invalidation_drops_page_when_range_is_one_page(void **state)
{
	fill_four(*state);
	invalidate(*state, range(1, 0x1000, 0x1fff));
	assert_int_equal(left_of_four(*state), 0xe);
}

static void invalidation_drops_page_when_range_is_one_byte(void **state)
{
	fill_four(*state);
	invalidate(*state, range(1, 0x1000, 0x1000));
	assert_int_equal(left_of_four(*state), 0xe);
}

static void invalidation_drops_pasid_when_range_is_everything(void **state)
{
	fill_four(*state);
	invalidate(*state, range(1, 0, UINT64_MAX));
	assert_int_equal(left_of_four(*state), 0xc);
}

static void invalidation_drops_every_pasid_when_global(void **state)
{
	struct vtd_device_tlb_invalidation global = range(1, 0x1000, 0x1fff);

	global.global = true;
	fill_four(*state);
	invalidate(*state, global);
	assert_int_equal(left_of_four(*state), 0x2);
}

static void invalidation_drops_every_tag_when_there_is_no_pasid(void **state)
{
	struct vtd_device_tlb_invalidation plain = range(0, 0x1000, 0x1fff);

	plain.pasid_present = false;
	fill_four(*state);
	invalidate(*state, plain);
	assert_int_equal(left_of_four(*state), 0x2);
}

static void invalidation_drops_all_when_range_is_upside_down(void **state)
{
	fill_four(*state);
	invalidate(*state, range(1, 0x5000, 0x4000));
	assert_int_equal(left_of_four(*state), 0xc);
	fill_four(*state);
	invalidate(*state, range(1, 0x1000, 0));
	assert_int_equal(left_of_four(*state), 0xc);
}

static void invalidation_drops_large_page_when_it_is_touched(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);

	fill(*state, &access, to(0x40001000, 30));
	invalidate(*state, range(1, 0x3ffff000, 0x3fffffff));
	assert_false(hits(*state, &access));
}

static void invalidation_waits_when_page_is_held(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_device_tlb_invalidation all = range(1, 0, UINT64_MAX);
	struct vtd_atc_hold hold;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	vtd_atc_invalidate(*state, &all, &invalidation);
	assert_int_equal(done, 0);
	assert_false(hits(*state, &access));
	vtd_atc_release(*state, &hold);
	assert_int_equal(done, 1);
}

static void invalidation_waits_when_held_page_was_evicted(void **state)
{
	struct vtd_atc *atc = make_atc(1, 1, VTD_PAGE_4K);
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_atc_access other = read_of(1, 0x2000);
	const struct vtd_device_tlb_invalidation page =
		range(1, 0x1000, 0x1fff);
	struct vtd_atc_hold hold;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	(void)state;
	fill(atc, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(atc, &access, &hold));
	fill(atc, &other, to(0x78000, 12));
	vtd_atc_invalidate(atc, &page, &invalidation);
	assert_int_equal(done, 0);
	vtd_atc_release(atc, &hold);
	assert_int_equal(done, 1);
	vtd_atc_destroy(atc);
}

static void invalidation_does_not_wait_when_other_page_is_held(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	struct vtd_atc_hold hold;

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	invalidate(*state, range(1, 0x2000, 0x2fff));
	invalidate(*state, range(2, 0x1000, 0x1fff));
	vtd_atc_release(*state, &hold);
}

static void invalidation_does_not_wait_when_hold_is_younger(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_device_tlb_invalidation all = range(1, 0, UINT64_MAX);
	struct vtd_atc_hold older;
	struct vtd_atc_hold younger;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &older));
	vtd_atc_invalidate(*state, &all, &invalidation);
	fill(*state, &access, to(0x88000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &younger));
	vtd_atc_release(*state, &older);
	assert_int_equal(done, 1);
	vtd_atc_release(*state, &younger);
	assert_int_equal(done, 1);
}

static void invalidation_waits_for_barrier_when_one_is_open(void **state)
{
	const struct vtd_device_tlb_invalidation page =
		range(9, 0x1000, 0x1fff);
	struct vtd_atc_hold barrier;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	vtd_atc_barrier(*state, &barrier);
	vtd_atc_invalidate(*state, &page, &invalidation);
	assert_int_equal(done, 0);
	vtd_atc_release(*state, &barrier);
	assert_int_equal(done, 1);
}

static void invalidations_all_wait_when_they_are_many(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_device_tlb_invalidation all = range(1, 0, UINT64_MAX);
	static struct vtd_atc_invalidation many[2000];
	struct vtd_atc_hold hold;
	unsigned int done = 0;

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	for (unsigned int i = 0; i < 2000; i++) {
		many[i] = counting(&done);
		vtd_atc_invalidate(*state, &all, &many[i]);
	}
	assert_int_equal(done, 0);
	vtd_atc_release(*state, &hold);
	assert_int_equal(done, 2000);
}

static void note_request(void *opaque,
			 const struct vtd_device_tlb_invalidation *request)
{
	*(struct vtd_device_tlb_invalidation *)opaque = *request;
}

static void invalidation_names_its_request_when_it_is_done(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	struct vtd_device_tlb_invalidation request = range(1, 0x1000, 0x1fff);
	struct vtd_device_tlb_invalidation noted = { 0 };
	struct vtd_atc_invalidation invalidation = {
		.done = note_request,
		.opaque = &noted,
	};
	struct vtd_atc_hold hold;

	request.sid = 0x0108;
	request.itag = 17;
	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	vtd_atc_invalidate(*state, &request, &invalidation);
	request = (struct vtd_device_tlb_invalidation){ 0 };
	vtd_atc_release(*state, &hold);
	assert_int_equal(noted.sid, 0x0108);
	assert_int_equal(noted.itag, 17);
	assert_int_equal(noted.first, 0x1000);
}

/* A unit gave up on the first one and uses its ITag again. */
static void invalidation_waits_for_both_when_it_is_given_again(void **state)
{
	const struct vtd_atc_access first = read_of(1, 0x1000);
	const struct vtd_atc_access second = read_of(2, 0x5000);
	const struct vtd_device_tlb_invalidation one = range(1, 0x1000, 0x1fff);
	const struct vtd_device_tlb_invalidation other =
		range(2, 0x5000, 0x5fff);
	struct vtd_atc_hold hold[2];
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	fill(*state, &first, to(0x77000, 12));
	fill(*state, &second, to(0x88000, 12));
	assert_true(vtd_atc_lookup(*state, &first, &hold[0]));
	assert_true(vtd_atc_lookup(*state, &second, &hold[1]));
	vtd_atc_invalidate(*state, &one, &invalidation);
	vtd_atc_invalidate(*state, &other, &invalidation);
	vtd_atc_release(*state, &hold[1]);
	assert_int_equal(done, 0);
	vtd_atc_release(*state, &hold[0]);
	assert_int_equal(done, 1);
}

/* Whichever of them is for every PASID; a third page, in between and of another
 * PASID, is only waited for if one is. */
static void given_again_waits_for(struct vtd_atc *atc,
				  struct vtd_device_tlb_invalidation one,
				  struct vtd_device_tlb_invalidation other)
{
	const struct vtd_atc_access first = read_of(1, 0x1000);
	const struct vtd_atc_access between = read_of(2, 0x3000);
	const struct vtd_atc_access second = read_of(1, 0x5000);
	bool all = one.global || other.global;
	struct vtd_atc_hold hold[3];
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	fill(atc, &first, to(0x77000, 12));
	fill(atc, &between, to(0x77000, 12));
	fill(atc, &second, to(0x88000, 12));
	assert_true(vtd_atc_lookup(atc, &first, &hold[0]));
	assert_true(vtd_atc_lookup(atc, &between, &hold[1]));
	assert_true(vtd_atc_lookup(atc, &second, &hold[2]));
	vtd_atc_invalidate(atc, &one, &invalidation);
	vtd_atc_invalidate(atc, &other, &invalidation);
	vtd_atc_release(atc, &hold[0]);
	assert_int_equal(done, 0);
	vtd_atc_release(atc, &hold[2]);
	assert_int_equal(done, !all);
	vtd_atc_release(atc, &hold[1]);
	assert_int_equal(done, 1);
}

static void invalidation_waits_for_all_between_when_given_again(void **state)
{
	const struct vtd_device_tlb_invalidation low = range(1, 0x1000, 0x1fff);
	const struct vtd_device_tlb_invalidation high =
		range(1, 0x5000, 0x5fff);
	struct vtd_device_tlb_invalidation low_of_all = low;
	struct vtd_device_tlb_invalidation high_of_all = high;

	low_of_all.global = true;
	high_of_all.global = true;
	given_again_waits_for(*state, low, high);
	given_again_waits_for(*state, high, low);
	given_again_waits_for(*state, low_of_all, high);
	given_again_waits_for(*state, low, high_of_all);
	given_again_waits_for(*state, high_of_all, low_of_all);
}

static void page_can_be_released_when_nobody_wants_to_know(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_device_tlb_invalidation page =
		range(1, 0x1000, 0x1fff);
	struct vtd_atc_invalidation nobody = { .done = NULL };
	struct vtd_atc_hold hold;

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	vtd_atc_invalidate(*state, &page, &nobody);
	vtd_atc_invalidate(*state, &page, NULL);
	vtd_atc_release(*state, &hold);
	assert_false(hits(*state, &access));
}

/* From inside `done`: another thread's view of one that is about to end. */
struct again {
	struct vtd_atc *atc;
	struct vtd_atc_invalidation *later;
};

static void give_later_again(void *opaque,
			     const struct vtd_device_tlb_invalidation *request)
{
	struct again *again = opaque;

	vtd_atc_invalidate(again->atc, request, again->later);
}

static void invalidation_ends_once_when_given_again_at_its_end(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_device_tlb_invalidation all = range(1, 0, UINT64_MAX);
	struct vtd_atc_hold hold;
	unsigned int done = 0;
	struct vtd_atc_invalidation later = counting(&done);
	struct again again = { .atc = *state, .later = &later };
	struct vtd_atc_invalidation first = {
		.done = give_later_again,
		.opaque = &again,
	};

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	vtd_atc_invalidate(*state, &all, &first);
	vtd_atc_invalidate(*state, &all, &later);
	vtd_atc_release(*state, &hold);
	assert_int_equal(done, 1);
}

/* ---------------------------------------------------------------- threads */

/*
 * The promise under load: a page of which the tenant changes.  The readers'
 * accesses through a hold must see the tenant that they were translated to.
 */
#define READERS 3
#define CHANGES 400

struct tenancy {
	struct vtd_atc *atc;
	atomic_uint tenant;   /* 1..; what a translation gives */
	unsigned int room[2]; /* plain memory: only the promise protects it */
	atomic_bool stop;
	atomic_uint wrong;
};

static bool open_page(struct tenancy *tenancy, struct vtd_atc_hold *hold)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	struct vtd_translation translation;
	struct vtd_atc_fill on_its_way;

	if (vtd_atc_lookup(tenancy->atc, &access, hold))
		return true;
	vtd_atc_fill_begin(tenancy->atc, &access, &on_its_way);
	translation = to((uint64_t)atomic_load(&tenancy->tenant) << 12, 12);
	return vtd_atc_fill(tenancy->atc, &on_its_way, &translation, hold) ==
	       VTD_ATC_FILL_HELD;
}

static void *read_rooms(void *opaque)
{
	struct tenancy *tenancy = opaque;
	struct vtd_atc_hold hold;

	while (!atomic_load(&tenancy->stop)) {
		if (!open_page(tenancy, &hold))
			continue;
		if (tenancy->room[(hold.address >> 12) & 1] !=
		    hold.address >> 12)
			atomic_fetch_add(&tenancy->wrong, 1);
		vtd_atc_release(tenancy->atc, &hold);
	}
	return NULL;
}

static void set_done(void *opaque,
		     const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	atomic_store((atomic_bool *)opaque, true);
}

static void held_page_stays_valid_when_threads_invalidate(void **state)
{
	const struct vtd_device_tlb_invalidation page =
		range(1, 0x1000, 0x1fff);
	struct tenancy tenancy = { .atc = *state, .room = { 0, 1 } };
	pthread_t readers[READERS];

	atomic_init(&tenancy.tenant, 1);
	for (unsigned int i = 0; i < READERS; i++)
		pthread_create(&readers[i], NULL, read_rooms, &tenancy);
	for (unsigned int tenant = 2; tenant < CHANGES; tenant++) {
		atomic_bool done = false;
		struct vtd_atc_invalidation invalidation = {
			.done = set_done,
			.opaque = &done,
		};

		/* Nobody is in this room since the last invalidation. */
		tenancy.room[tenant & 1] = tenant;
		atomic_store(&tenancy.tenant, tenant);
		vtd_atc_invalidate(tenancy.atc, &page, &invalidation);
		while (!atomic_load(&done))
			sched_yield();
	}
	atomic_store(&tenancy.stop, true);
	for (unsigned int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(tenancy.wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATC_TEST(invalidation_drops_page_when_range_is_one_page),
		ATC_TEST(invalidation_drops_page_when_range_is_one_byte),
		ATC_TEST(invalidation_drops_pasid_when_range_is_everything),
		ATC_TEST(invalidation_drops_every_pasid_when_global),
		ATC_TEST(invalidation_drops_every_tag_when_there_is_no_pasid),
		ATC_TEST(invalidation_drops_all_when_range_is_upside_down),
		ATC_TEST(invalidation_drops_large_page_when_it_is_touched),
		ATC_TEST(invalidation_waits_when_page_is_held),
		ATC_TEST(invalidation_waits_when_held_page_was_evicted),
		ATC_TEST(invalidation_does_not_wait_when_other_page_is_held),
		ATC_TEST(invalidation_does_not_wait_when_hold_is_younger),
		ATC_TEST(invalidation_waits_for_barrier_when_one_is_open),
		ATC_TEST(invalidations_all_wait_when_they_are_many),
		ATC_TEST(invalidation_names_its_request_when_it_is_done),
		ATC_TEST(invalidation_waits_for_both_when_it_is_given_again),
		ATC_TEST(invalidation_waits_for_all_between_when_given_again),
		ATC_TEST(page_can_be_released_when_nobody_wants_to_know),
		ATC_TEST(invalidation_ends_once_when_given_again_at_its_end),
		ATC_TEST(held_page_stays_valid_when_threads_invalidate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
