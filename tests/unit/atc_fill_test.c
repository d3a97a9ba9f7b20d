/* SPDX-License-Identifier: BSD-3-Clause */
/* The address translation cache of an endpoint: what gives way to a fill, and fills
 * that an invalidation makes void. */
#include "atc_fixture.h"

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

/* An ATC that notes one use of several: one entry is used often, all others are as
 * many as there are entries. */
static void fill_spares_page_when_it_is_used_often(void **state)
{
	const unsigned int entries = 16384;
	struct vtd_atc *atc = make_atc(entries, 4, VTD_PAGE_4K);
	const struct vtd_atc_access often = read_of(1, 0x1000);

	(void)state;
	fill(atc, &often, to(0x1000, 12));
	for (uint64_t page = 2; page < 2 * entries; page++) {
		const struct vtd_atc_access other = read_of(1, page << 12);

		fill(atc, &other, to(page << 12, 12));
		assert_true(hits(atc, &often));
	}
	vtd_atc_destroy(atc);
}

/* It takes the place of what was there, in a set that is full too. */
static void fill_replaces_entry_when_it_is_of_the_same_page(void **state)
{
	struct vtd_atc *atc = make_atc(4, 4, VTD_PAGE_4K);
	struct vtd_translation writable = to(0x99000, 12);
	struct vtd_atc_access access = read_of(1, 0x3000);
	struct vtd_atc_counters counters;

	(void)state;
	writable.write = true;
	for (uint64_t page = 1; page <= 4; page++) {
		const struct vtd_atc_access each = read_of(1, page << 12);

		fill(atc, &each, to(page << 12, 12));
	}
	fill(atc, &access, writable);
	access.access = VTD_ACCESS_WRITE;
	assert_true(hits(atc, &access));
	for (uint64_t page = 1; page <= 4; page++) {
		access = read_of(1, page << 12);
		assert_true(hits(atc, &access));
	}
	vtd_atc_flush(atc);
	vtd_atc_counters(atc, &counters, sizeof(counters));
	assert_int_equal(counters.evictions, 0);
	assert_int_equal(counters.invalidated_entries, 4);
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

/* However short ago that was used which has been there. */
static void fill_evicts_none_when_a_place_is_free(void **state)
{
	struct vtd_atc *atc = make_atc(4, 4, VTD_PAGE_4K);
	struct vtd_atc_counters counters;

	(void)state;
	for (uint64_t free = 1; free <= 4; free++) {
		struct vtd_atc_access access;

		for (uint64_t page = 1; page <= 4; page++) {
			access = read_of(1, page << 12);
			fill(atc, &access, to(page << 12, 12));
		}
		access = read_of(1, free << 12);
		assert_true(hits(atc, &access));
		invalidate(atc, range(1, free << 12, free << 12 | 0xfff));
		access = read_of(1, 0x9000);
		fill(atc, &access, to(0x9000, 12));
		assert_true(hits(atc, &access));
		vtd_atc_flush(atc);
	}
	vtd_atc_counters(atc, &counters, sizeof(counters));
	assert_int_equal(counters.evictions, 0);
	vtd_atc_destroy(atc);
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
	/* The other half of 8 KiB. */
	invalidate(*state, range(1, 0, 0xfff));
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
		ATC_TEST(fill_evicts_least_recently_used_when_set_is_full),
		ATC_TEST(fill_spares_page_when_it_is_used_often),
		ATC_TEST(fill_replaces_entry_when_it_is_of_the_same_page),
		ATC_TEST(fill_uses_whole_capacity_when_pages_are_neighbours),
		cmocka_unit_test(fill_evicts_none_when_a_place_is_free),
		ATC_TEST(fill_is_void_when_page_was_invalidated_meanwhile),
		ATC_TEST(fill_is_void_when_its_large_page_was_touched),
		ATC_TEST(fill_is_held_when_others_were_invalidated_meanwhile),
		ATC_TEST(fill_is_void_when_cache_was_flushed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
