/* SPDX-License-Identifier: BSD-3-Clause */
/* The address translation cache of an endpoint: look-ups and fills. */
#include <errno.h>

#include "atc_fixture.h"

#define TWO_MEGABYTES UINT64_C(0x200000)

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

/* What was there for the small page is gone, but its place is not. */
static void lookup_hits_large_page_when_a_small_one_was_dropped(void **state)
{
	const struct vtd_device_tlb_invalidation drops[] = {
		range(1, 0x40005000, 0x40005fff), /* by page */
		range(1, 0x40000000, UINT64_MAX), /* by looking at all */
		range(1, 0, UINT64_MAX),	  /* its group */
		{ .first = 0, .last = UINT64_MAX },
	};
	const struct vtd_atc_access access = read_of(1, 0x40005678);

	for (size_t i = 0; i < sizeof(drops) / sizeof(*drops); i++) {
		struct vtd_atc_hold hold;

		fill(*state, &access, to(0x9000, 12));
		assert_true(hits(*state, &access));
		invalidate(*state, drops[i]);
		assert_false(hits(*state, &access));
		fill(*state, &access, to(0x80000000, 21));
		assert_true(vtd_atc_lookup(*state, &access, &hold));
		assert_int_equal(hold.address, 0x80005678);
		vtd_atc_release(*state, &hold);
		vtd_atc_flush(*state);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATC_TEST(create_is_refused_when_sets_are_no_power_of_two),
		ATC_TEST(create_is_refused_when_small_pages_are_missing),
		ATC_TEST(lookup_misses_when_nothing_was_filled),
		ATC_TEST(lookup_gives_address_when_page_was_filled),
		ATC_TEST(lookup_misses_when_pasid_differs),
		ATC_TEST(lookup_misses_when_privilege_differs),
		ATC_TEST(lookup_misses_when_write_is_not_allowed),
		ATC_TEST(lookup_hits_when_read_of_no_bytes_meets_any_right),
		ATC_TEST(lookup_ignores_pasid_when_there_is_none),
		ATC_TEST(fill_keeps_nothing_when_there_are_no_rights),
		ATC_TEST(fill_keeps_nothing_when_untranslated_only),
		ATC_TEST(fill_gives_no_hold_when_rights_are_too_few),
		ATC_TEST(fill_keeps_large_page_when_the_size_is_there),
		ATC_TEST(lookup_hits_large_page_when_a_small_one_was_dropped),
		ATC_TEST(fill_splits_page_when_the_size_is_missing),
		ATC_TEST(fill_stays_sane_when_size_is_absurd),
		ATC_TEST(fill_evicts_least_recently_used_when_set_is_full),
		ATC_TEST(fill_uses_whole_capacity_when_pages_are_neighbours),
		ATC_TEST(fill_is_void_when_page_was_invalidated_meanwhile),
		ATC_TEST(fill_is_void_when_its_large_page_was_touched),
		ATC_TEST(fill_is_held_when_others_were_invalidated_meanwhile),
		ATC_TEST(fill_is_void_when_cache_was_flushed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
