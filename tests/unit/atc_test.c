/* SPDX-License-Identifier: BSD-3-Clause */
/* The address translation cache of an endpoint. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <vtd/atc.h>

#define TWO_MEGABYTES UINT64_C(0x200000)

static struct vtd_atc *make_atc(unsigned int entries, unsigned int ways,
				unsigned int page_sizes)
{
	struct vtd_atc_config config;
	struct vtd_atc *atc = NULL;

	vtd_atc_config_init(&config);
	config.entries = entries;
	config.ways = ways;
	config.page_sizes = page_sizes;
	config.invalidations = 2;
	assert_int_equal(vtd_atc_create(&config, &atc), 0);
	return atc;
}

static int setup(void **state)
{
	*state = make_atc(64, 4, VTD_PAGE_4K | VTD_PAGE_2M | VTD_PAGE_1G);
	return 0;
}

static int teardown(void **state)
{
	vtd_atc_destroy(*state);
	return 0;
}

static struct vtd_atc_access read_of(uint32_t pasid, uint64_t address)
{
	return (struct vtd_atc_access){
		.address = address,
		.access = VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = pasid,
	};
}

static struct vtd_translation to(uint64_t address, unsigned int shift)
{
	return (struct vtd_translation){
		.address = address,
		.size_shift = shift,
		.read = true,
	};
}

static enum vtd_atc_filled fill(struct vtd_atc *atc,
				const struct vtd_atc_access *access,
				struct vtd_translation translation)
{
	struct vtd_atc_hold hold;
	struct vtd_atc_fill on_its_way;
	enum vtd_atc_filled filled;

	vtd_atc_fill_begin(atc, access, &on_its_way);
	filled = vtd_atc_fill(atc, &on_its_way, &translation, &hold);
	if (filled == VTD_ATC_FILL_HELD)
		vtd_atc_release(atc, &hold);
	return filled;
}

static bool hits(struct vtd_atc *atc, const struct vtd_atc_access *access)
{
	struct vtd_atc_hold hold;
	bool hit = vtd_atc_lookup(atc, access, &hold);

	if (hit)
		vtd_atc_release(atc, &hold);
	return hit;
}

static void count_done(void *opaque)
{
	++*(unsigned int *)opaque;
}

static struct vtd_device_tlb_invalidation range(uint32_t pasid, uint64_t first,
						uint64_t last)
{
	return (struct vtd_device_tlb_invalidation){
		.pasid_present = true,
		.pasid = pasid,
		.first = first,
		.last = last,
	};
}

static void invalidate(struct vtd_atc *atc,
		       struct vtd_device_tlb_invalidation invalidation)
{
	unsigned int done = 0;

	assert_int_equal(
		vtd_atc_invalidate(atc, &invalidation, count_done, &done), 0);
	assert_int_equal(done, 1);
}

/* --------------------------------------------------------------- creation */

static void create_is_refused_when_sets_are_no_power_of_two(void **state)
{
	struct vtd_atc_config config;
	struct vtd_atc *atc;

	(void)state;
	vtd_atc_config_init(&config);
	config.entries = 24;
	config.ways = 4;
	assert_int_equal(vtd_atc_create(&config, &atc), -EINVAL);
}

static void create_is_refused_when_small_pages_are_missing(void **state)
{
	struct vtd_atc_config config;
	struct vtd_atc *atc;

	(void)state;
	vtd_atc_config_init(&config);
	config.page_sizes = VTD_PAGE_2M;
	assert_int_equal(vtd_atc_create(&config, &atc), -EINVAL);
}

/* --------------------------------------------------------------- look-ups */

static void lookup_misses_when_nothing_was_filled(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);

	assert_false(hits(*state, &access));
}

static void lookup_gives_address_when_page_was_filled(void **state)
{
	struct vtd_atc_access access = read_of(1, 0x1000);
	struct vtd_atc_hold hold;

	fill(*state, &access, to(0x77000, 12));
	access.address = 0x1234;
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	assert_int_equal(hold.address, 0x77234);
	assert_int_equal(hold.size_shift, 12);
	vtd_atc_release(*state, &hold);
}

static void lookup_misses_when_pasid_differs(void **state)
{
	struct vtd_atc_access access = read_of(1, 0x1000);

	fill(*state, &access, to(0x77000, 12));
	access.pasid = 2;
	assert_false(hits(*state, &access));
	access.pasid_present = false;
	assert_false(hits(*state, &access));
}

static void lookup_misses_when_privilege_differs(void **state)
{
	struct vtd_atc_access access = read_of(1, 0x1000);

	fill(*state, &access, to(0x77000, 12));
	access.privileged = true;
	assert_false(hits(*state, &access));
}

static void lookup_misses_when_write_is_not_allowed(void **state)
{
	struct vtd_atc_access access = read_of(1, 0x1000);

	fill(*state, &access, to(0x77000, 12));
	access.access = VTD_ACCESS_WRITE;
	assert_false(hits(*state, &access));
	access.access = VTD_ACCESS_ATOMIC;
	assert_false(hits(*state, &access));
}

static void lookup_hits_when_read_of_no_bytes_meets_any_right(void **state)
{
	struct vtd_atc_access access = read_of(1, 0x1000);
	struct vtd_translation write_only = to(0x77000, 12);

	write_only.read = false;
	write_only.write = true;
	fill(*state, &access, write_only);
	assert_false(hits(*state, &access));
	access.access = VTD_ACCESS_ZERO_LENGTH_READ;
	assert_true(hits(*state, &access));
}

static void lookup_ignores_pasid_when_there_is_none(void **state)
{
	struct vtd_atc_access access = {
		.address = 0x1000,
		.access = VTD_ACCESS_READ,
		.pasid = 5,
	};

	fill(*state, &access, to(0x77000, 12));
	access.pasid = 6;
	assert_true(hits(*state, &access));
}

/* ------------------------------------------------------------------ fills */

static void fill_keeps_nothing_when_there_are_no_rights(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	struct vtd_translation none = to(0x77000, 12);
	struct vtd_atc_counters counters;

	none.read = false;
	assert_int_equal(fill(*state, &access, none), VTD_ATC_FILL_NO_ACCESS);
	vtd_atc_counters(*state, &counters, sizeof(counters));
	assert_int_equal(counters.fills, 0);
}

static void fill_keeps_nothing_when_untranslated_only(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	struct vtd_translation untranslated = to(0x77000, 12);

	untranslated.untranslated_only = true;
	assert_int_equal(fill(*state, &access, untranslated),
			 VTD_ATC_FILL_NO_ACCESS);
	assert_false(hits(*state, &access));
}

static void fill_gives_no_hold_when_rights_are_too_few(void **state)
{
	struct vtd_atc_access access = read_of(1, 0x1000);

	access.access = VTD_ACCESS_WRITE;
	assert_int_equal(fill(*state, &access, to(0x77000, 12)),
			 VTD_ATC_FILL_NO_ACCESS);
	access.access = VTD_ACCESS_READ;
	assert_true(hits(*state, &access));
}

static void fill_keeps_large_page_when_the_size_is_there(void **state)
{
	struct vtd_atc_access access = read_of(1, TWO_MEGABYTES + 0x5123);
	struct vtd_atc_hold hold;

	fill(*state, &access, to(0x40005000, 21));
	access.address = 2 * TWO_MEGABYTES - 1;
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	assert_int_equal(hold.address, 0x401fffff);
	assert_int_equal(hold.size_shift, 21);
	vtd_atc_release(*state, &hold);
}

static void fill_splits_page_when_the_size_is_missing(void **state)
{
	struct vtd_atc *atc = make_atc(16, 4, VTD_PAGE_4K);
	struct vtd_atc_access access = read_of(1, TWO_MEGABYTES + 0x5123);
	struct vtd_atc_hold hold;

	(void)state;
	fill(atc, &access, to(0x40005000, 21));
	assert_true(vtd_atc_lookup(atc, &access, &hold));
	assert_int_equal(hold.address, 0x40005123);
	assert_int_equal(hold.size_shift, 12);
	vtd_atc_release(atc, &hold);
	access.address += 0x1000;
	assert_false(hits(atc, &access));
	vtd_atc_destroy(atc);
}

static void fill_stays_sane_when_size_is_absurd(void **state)
{
	const struct vtd_atc_access access = read_of(1, UINT64_MAX);

	assert_int_equal(fill(*state, &access, to(UINT64_MAX, 200)),
			 VTD_ATC_FILL_HELD);
	assert_int_equal(fill(*state, &access, to(UINT64_MAX, 3)),
			 VTD_ATC_FILL_NO_ACCESS);
}

static void fill_evicts_least_recently_used_when_set_is_full(void **state)
{
	struct vtd_atc *atc = make_atc(2, 2, VTD_PAGE_4K);
	const struct vtd_atc_access first = read_of(1, 0x1000);
	const struct vtd_atc_access second = read_of(1, 0x2000);
	const struct vtd_atc_access third = read_of(1, 0x3000);

	(void)state;
	fill(atc, &first, to(0x1000, 12));
	fill(atc, &second, to(0x2000, 12));
	assert_true(hits(atc, &first));
	fill(atc, &third, to(0x3000, 12));
	assert_true(hits(atc, &first));
	assert_false(hits(atc, &second));
	assert_true(hits(atc, &third));
	vtd_atc_destroy(atc);
}

static void fill_uses_whole_capacity_when_pages_are_neighbours(void **state)
{
	struct vtd_atc_counters counters;

	for (uint64_t page = 0; page < 64; page++) {
		const struct vtd_atc_access access = read_of(1, page << 12);

		fill(*state, &access, to(page << 12, 12));
	}
	vtd_atc_counters(*state, &counters, sizeof(counters));
	assert_int_equal(counters.evictions, 0);
}

static void fill_is_void_when_page_was_invalidated_meanwhile(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_translation stale = to(0x77000, 12);
	struct vtd_atc_fill on_its_way;
	struct vtd_atc_hold hold;

	vtd_atc_fill_begin(*state, &access, &on_its_way);
	invalidate(*state, range(1, 0x1000, 0x1fff));
	assert_int_equal(vtd_atc_fill(*state, &on_its_way, &stale, &hold),
			 VTD_ATC_FILL_DISCARDED);
	assert_false(hits(*state, &access));
}

static void fill_is_void_when_its_large_page_was_touched(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_translation stale = to(0x40001000, 21);
	struct vtd_atc_fill on_its_way;
	struct vtd_atc_hold hold;

	vtd_atc_fill_begin(*state, &access, &on_its_way);
	invalidate(*state, range(1, 0x1ff000, 0x1fffff));
	assert_int_equal(vtd_atc_fill(*state, &on_its_way, &stale, &hold),
			 VTD_ATC_FILL_DISCARDED);
}

static void fill_is_held_when_others_were_invalidated_meanwhile(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_translation fresh = to(0x77000, 12);
	struct vtd_atc_fill on_its_way;
	struct vtd_atc_hold hold;

	vtd_atc_fill_begin(*state, &access, &on_its_way);
	invalidate(*state, range(1, 0x2000, UINT64_MAX));
	invalidate(*state, range(2, 0, UINT64_MAX));
	assert_int_equal(vtd_atc_fill(*state, &on_its_way, &fresh, &hold),
			 VTD_ATC_FILL_HELD);
	vtd_atc_release(*state, &hold);
}

static void fill_is_void_when_cache_was_flushed_meanwhile(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	struct vtd_atc_fill on_its_way;
	struct vtd_atc_hold hold;

	vtd_atc_fill_begin(*state, &access, &on_its_way);
	vtd_atc_flush(*state);
	assert_int_equal(vtd_atc_fill(*state, &on_its_way, NULL, &hold),
			 VTD_ATC_FILL_DISCARDED);
}

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

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	assert_int_equal(vtd_atc_invalidate(*state, &all, count_done, &done),
			 0);
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

	(void)state;
	fill(atc, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(atc, &access, &hold));
	fill(atc, &other, to(0x78000, 12));
	vtd_atc_invalidate(atc, &page, count_done, &done);
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

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &older));
	vtd_atc_invalidate(*state, &all, count_done, &done);
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

	vtd_atc_barrier(*state, &barrier);
	vtd_atc_invalidate(*state, &page, count_done, &done);
	assert_int_equal(done, 0);
	vtd_atc_release(*state, &barrier);
	assert_int_equal(done, 1);
}

static void invalidation_is_refused_when_too_many_wait(void **state)
{
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_device_tlb_invalidation all = range(1, 0, UINT64_MAX);
	struct vtd_atc_hold hold;
	unsigned int done = 0;

	fill(*state, &access, to(0x77000, 12));
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(vtd_atc_invalidate(*state, &all, count_done,
						    &done),
				 0);
	fill(*state, &access, to(0x77000, 12));
	assert_int_equal(vtd_atc_invalidate(*state, &all, count_done, &done),
			 -EBUSY);
	assert_false(hits(*state, &access));
	vtd_atc_release(*state, &hold);
	assert_int_equal(done, 2);
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
	atomic_uint tenant; /* 1..; what a translation gives */
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

static void set_done(void *opaque)
{
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

		/* Nobody is in this room since the last invalidation. */
		tenancy.room[tenant & 1] = tenant;
		atomic_store(&tenancy.tenant, tenant);
		assert_int_equal(vtd_atc_invalidate(tenancy.atc, &page,
						    set_done, &done),
				 0);
		while (!atomic_load(&done))
			sched_yield();
	}
	atomic_store(&tenancy.stop, true);
	for (unsigned int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	assert_int_equal(tenancy.wrong, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(create_is_refused_when_sets_are_no_power_of_two),
		TEST(create_is_refused_when_small_pages_are_missing),
		TEST(lookup_misses_when_nothing_was_filled),
		TEST(lookup_gives_address_when_page_was_filled),
		TEST(lookup_misses_when_pasid_differs),
		TEST(lookup_misses_when_privilege_differs),
		TEST(lookup_misses_when_write_is_not_allowed),
		TEST(lookup_hits_when_read_of_no_bytes_meets_any_right),
		TEST(lookup_ignores_pasid_when_there_is_none),
		TEST(fill_keeps_nothing_when_there_are_no_rights),
		TEST(fill_keeps_nothing_when_untranslated_only),
		TEST(fill_gives_no_hold_when_rights_are_too_few),
		TEST(fill_keeps_large_page_when_the_size_is_there),
		TEST(fill_splits_page_when_the_size_is_missing),
		TEST(fill_stays_sane_when_size_is_absurd),
		TEST(fill_evicts_least_recently_used_when_set_is_full),
		TEST(fill_uses_whole_capacity_when_pages_are_neighbours),
		TEST(fill_is_void_when_page_was_invalidated_meanwhile),
		TEST(fill_is_void_when_its_large_page_was_touched),
		TEST(fill_is_held_when_others_were_invalidated_meanwhile),
		TEST(fill_is_void_when_cache_was_flushed_meanwhile),
		TEST(invalidation_drops_page_when_range_is_one_page),
		TEST(invalidation_drops_pasid_when_range_is_everything),
		TEST(invalidation_drops_every_pasid_when_global),
		TEST(invalidation_drops_every_tag_when_there_is_no_pasid),
		TEST(invalidation_drops_all_when_range_is_upside_down),
		TEST(invalidation_drops_large_page_when_it_is_touched),
		TEST(invalidation_waits_when_page_is_held),
		TEST(invalidation_waits_when_held_page_was_evicted),
		TEST(invalidation_does_not_wait_when_other_page_is_held),
		TEST(invalidation_does_not_wait_when_hold_is_younger),
		TEST(invalidation_waits_for_barrier_when_one_is_open),
		TEST(invalidation_is_refused_when_too_many_wait),
		TEST(held_page_stays_valid_when_threads_invalidate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
