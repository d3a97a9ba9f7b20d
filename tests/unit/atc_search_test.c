/* SPDX-License-Identifier: BSD-3-Clause */
/* How much of an address translation cache an invalidation looks at. */
#include "atc_fixture.h"

#define LARGE 16384u

static struct vtd_atc *make_large(void)
{
	struct vtd_atc *atc = make_atc(LARGE, 4, VTD_PAGE_4K | VTD_PAGE_2M);

	for (uint64_t page = 0; page < LARGE; page++) {
		const struct vtd_atc_access access = read_of(1, page << 12);

		fill(atc, &access, to(page << 12, 12));
	}
	return atc;
}

static struct vtd_atc_counters counters_of(struct vtd_atc *atc)
{
	struct vtd_atc_counters counters;

	vtd_atc_counters(atc, &counters, sizeof(counters));
	return counters;
}

static void search_is_none_when_whole_pasid_is_invalidated(void **state)
{
	struct vtd_atc *atc = make_large();
	const struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_atc_access other = read_of(2, 0x1000);

	(void)state;
	fill(atc, &other, to(0x99000, 12));
	invalidate(atc, range(1, 0, UINT64_MAX));
	assert_false(hits(atc, &access));
	assert_true(hits(atc, &other));
	assert_int_equal(counters_of(atc).searched_entries, 0);
	/* One of them has been evicted. */
	assert_int_equal(counters_of(atc).invalidated_entries, LARGE - 1);
	vtd_atc_destroy(atc);
}

static void search_is_none_when_everything_is_invalidated(void **state)
{
	struct vtd_device_tlb_invalidation everything = { .last = UINT64_MAX };
	const struct vtd_atc_access none = { .address = 0x1000,
					     .access = VTD_ACCESS_READ };
	struct vtd_atc *atc = make_large();
	const struct vtd_atc_access access = read_of(1, 0x2000);

	(void)state;
	fill(atc, &none, to(0x99000, 12));
	invalidate(atc, everything);
	assert_false(hits(atc, &access));
	assert_false(hits(atc, &none));
	assert_int_equal(counters_of(atc).searched_entries, 0);
	assert_int_equal(counters_of(atc).invalidated_entries, LARGE);
	/* What comes after stays, and goes with the next one. */
	fill(atc, &access, to(0x77000, 12));
	assert_true(hits(atc, &access));
	invalidate(atc, range(1, 0, UINT64_MAX));
	assert_false(hits(atc, &access));
	assert_int_equal(counters_of(atc).invalidated_entries, LARGE + 1);
	vtd_atc_destroy(atc);
}

static void search_is_short_when_range_is_of_any_size(void **state)
{
	struct vtd_atc *atc = make_large();
	uint64_t before = 0;

	(void)state;
	for (unsigned int shift = 12; shift < 64; shift++) {
		for (unsigned int tagged = 0; tagged < 2; tagged++) {
			struct vtd_device_tlb_invalidation request =
				range(1, 0, (UINT64_C(1) << shift) - 1);
			uint64_t after;

			request.pasid_present = tagged;
			invalidate(atc, request);
			after = counters_of(atc).searched_entries;
			assert_true(after - before <= 1024);
			before = after;
		}
	}
	vtd_atc_destroy(atc);
}

/* Not of one PASID's, however long the range is. */
static void all_pasids_are_dropped_when_range_is_long(void **state)
{
	struct vtd_device_tlb_invalidation most = { .last = UINT64_MAX >> 1 };
	struct vtd_atc *atc = make_large();
	const struct vtd_atc_access one = read_of(1, 0x2000);
	const struct vtd_atc_access other = read_of(2, 0x3000);

	(void)state;
	fill(atc, &other, to(0x99000, 12));
	invalidate(atc, most);
	assert_false(hits(atc, &one));
	assert_false(hits(atc, &other));
	vtd_atc_destroy(atc);
}

static void search_is_none_when_pasids_share_a_group(void **state)
{
	struct vtd_atc_config config;
	struct vtd_atc *atc;
	const struct vtd_atc_access one = read_of(1, 0x1000);
	const struct vtd_atc_access alike = read_of(5, 0x1000);
	const struct vtd_atc_access other = read_of(2, 0x1000);

	(void)state;
	vtd_atc_config_init(&config);
	config.pasid_groups = 4;
	assert_int_equal(vtd_atc_create(&config, &atc), 0);
	fill(atc, &one, to(0x1000, 12));
	fill(atc, &alike, to(0x1000, 12));
	fill(atc, &other, to(0x1000, 12));
	invalidate(atc, range(1, 0, UINT64_MAX));
	assert_false(hits(atc, &one));
	assert_false(hits(atc, &alike));
	assert_true(hits(atc, &other));
	assert_int_equal(counters_of(atc).invalidated_entries, 2);
	vtd_atc_destroy(atc);
}

/* Devices that use no PASID keep the other pages. */
static void search_finds_page_when_there_is_no_pasid(void **state)
{
	struct vtd_device_tlb_invalidation plain = range(0, 0x1000, 0x1fff);
	struct vtd_atc_access access = { .address = 0x1000,
					 .access = VTD_ACCESS_READ };
	struct vtd_atc *atc = make_large();

	(void)state;
	plain.pasid_present = false;
	fill(atc, &access, to(0x99000, 12));
	access.address = 0x2000;
	fill(atc, &access, to(0x99000, 12));
	invalidate(atc, plain);
	assert_true(hits(atc, &access));
	access.address = 0x1000;
	assert_false(hits(atc, &access));
	vtd_atc_destroy(atc);
}

static struct vtd_device_tlb_invalidation of_all_pasids(uint64_t first,
							uint64_t last)
{
	struct vtd_device_tlb_invalidation request = range(0, first, last);

	request.global = true;
	return request;
}

#define PASIDS 32u

static void fill_pasids(struct vtd_atc *atc, uint64_t address)
{
	for (uint32_t pasid = 0; pasid < PASIDS; pasid++) {
		const struct vtd_atc_access access = read_of(pasid, address);

		fill(atc, &access, to(address, 12));
	}
}

static unsigned int pasids_with(struct vtd_atc *atc, uint64_t address)
{
	unsigned int count = 0;

	for (uint32_t pasid = 0; pasid < PASIDS; pasid++) {
		const struct vtd_atc_access access = read_of(pasid, address);

		count += hits(atc, &access);
	}
	return count;
}

/* Drops what it is asked to and nothing else, for one price in any ATC. */
static void search_is_one_neighbourhood_when_page_is_of_all_pasids(void **state)
{
	(void)state;
	for (unsigned int entries = 1024; entries <= 1u << 20; entries *= 4) {
		struct vtd_atc *atc = make_atc(entries, 4, VTD_PAGE_4K);

		fill_pasids(atc, 0x5000);
		fill_pasids(atc, 0x6000);
		invalidate(atc, of_all_pasids(0x5000, 0x5fff));
		assert_int_equal(pasids_with(atc, 0x5000), 0);
		assert_int_equal(pasids_with(atc, 0x6000), PASIDS);
		assert_int_equal(counters_of(atc).searched_entries, 64);
		assert_int_equal(counters_of(atc).invalidated_entries, PASIDS);
		vtd_atc_destroy(atc);
	}
}

/* The first neighbourhood that is looked at has the last entry with a PASID. */
static void search_goes_on_when_last_tagged_entry_went(void **state)
{
	struct vtd_atc *atc = make_atc(1024, 4, VTD_PAGE_4K);
	struct vtd_atc_access plain = { .access = VTD_ACCESS_READ };

	(void)state;
	for (uint64_t page = 0; page < 16; page++) {
		const struct vtd_atc_access tagged = read_of(1, 0);

		plain.address = page << 12;
		fill(atc, &plain, to(0x1000, 12));
		fill(atc, &tagged, to(0x2000, 12));
	}
	invalidate(atc, of_all_pasids(0, 0xffff));
	for (uint64_t page = 0; page < 16; page++) {
		plain.address = page << 12;
		assert_false(hits(atc, &plain));
	}
	vtd_atc_destroy(atc);
}

/* All PASIDs' entries of a page are looked at only if there are such. */
static void search_is_of_a_set_when_last_pasid_was_dropped(void **state)
{
	struct vtd_atc *atc = make_atc(LARGE, 4, VTD_PAGE_4K);
	const struct vtd_atc_access plain = { .address = 0x1000,
					      .access = VTD_ACCESS_READ };
	const struct vtd_atc_access tagged = read_of(1, 0x1000);

	(void)state;
	fill(atc, &plain, to(0x1000, 12));
	fill(atc, &tagged, to(0x2000, 12));
	invalidate(atc, range(1, 0, UINT64_MAX));
	assert_int_equal(counters_of(atc).invalidated_entries, 1);
	invalidate(atc, of_all_pasids(0x1000, 0x1fff));
	assert_false(hits(atc, &plain));
	assert_int_equal(counters_of(atc).searched_entries, 4);
	vtd_atc_flush(atc);
	assert_int_equal(counters_of(atc).invalidated_entries, 2);
	vtd_atc_destroy(atc);
}

/* All that have a PASID go, and of the others those in the range. */
static void others_are_kept_when_range_of_all_pasids_is_longer(void **state)
{
	struct vtd_atc *atc = make_atc(LARGE, 4, VTD_PAGE_4K);
	const struct vtd_atc_access tagged[] = { read_of(1, 0x1000),
						 read_of(2, 0x90000) };
	struct vtd_atc_access plain = { .access = VTD_ACCESS_READ };

	(void)state;
	for (uint64_t page = 0; page <= 17; page++) {
		plain.address = page << 12;
		fill(atc, &plain, to(0x1000, 12));
	}
	fill(atc, &tagged[0], to(0x1000, 12));
	fill(atc, &tagged[1], to(0x1000, 12));
	invalidate(atc, of_all_pasids(0, 0x10fff));
	assert_false(hits(atc, &tagged[0]));
	assert_false(hits(atc, &tagged[1]));
	assert_true(hits(atc, &plain));
	plain.address = 0x10000;
	assert_false(hits(atc, &plain));
	assert_int_equal(counters_of(atc).invalidated_entries, 2 + 17);
	assert_int_equal(counters_of(atc).searched_entries, 17 * 4);
	/* So long that it is not even short without them. */
	fill(atc, &tagged[0], to(0x1000, 12));
	invalidate(atc, of_all_pasids(0x100000, UINT64_MAX));
	assert_false(hits(atc, &tagged[0]));
	assert_int_equal(counters_of(atc).invalidated_entries, 19 + 2);
	assert_int_equal(counters_of(atc).searched_entries, 17 * 4);
	vtd_atc_destroy(atc);
}

/* A small one is looked at as a whole, and loses nothing else. */
static void others_are_kept_when_range_is_long_and_cache_small(void **state)
{
	struct vtd_atc *atc = make_atc(1024, 4, VTD_PAGE_4K);
	const struct vtd_atc_access below = read_of(1, 0x1000);
	const struct vtd_atc_access within = read_of(1, 0x5000);

	(void)state;
	fill(atc, &below, to(0x1000, 12));
	fill(atc, &within, to(0x5000, 12));
	invalidate(atc, range(1, 0x2000, UINT64_MAX));
	assert_true(hits(atc, &below));
	assert_false(hits(atc, &within));
	assert_int_equal(counters_of(atc).searched_entries, 1024);
	vtd_atc_destroy(atc);
}

/* For as long as none of the larger ones can be there. */
static void search_is_for_one_size_when_all_others_were_dropped(void **state)
{
	struct vtd_device_tlb_invalidation everything = { .last = UINT64_MAX };
	struct vtd_atc *atc = make_atc(LARGE, 4, VTD_PAGE_4K | VTD_PAGE_2M);
	const struct vtd_atc_access small = read_of(1, 0x1000);
	const struct vtd_atc_access large = read_of(1, 0x200000);

	(void)state;
	invalidate(atc, range(1, 0x1000, 0x1fff));
	assert_int_equal(counters_of(atc).searched_entries, 0);
	fill(atc, &small, to(0x1000, 12));
	fill(atc, &large, to(0x200000, 21));
	invalidate(atc, range(1, 0x1000, 0x1fff));
	assert_int_equal(counters_of(atc).searched_entries, 4 + 4);
	assert_true(hits(atc, &large));
	invalidate(atc, everything);
	fill(atc, &small, to(0x1000, 12));
	invalidate(atc, range(1, 0x1000, 0x1fff));
	assert_int_equal(counters_of(atc).searched_entries, 8 + 4);
	assert_false(hits(atc, &small));
	vtd_atc_destroy(atc);
}

static void search_is_of_sets_when_there_are_no_pasids(void **state)
{
	struct vtd_atc *atc = make_atc(LARGE, 4, VTD_PAGE_4K);
	struct vtd_atc_access plain = { .access = VTD_ACCESS_READ };

	(void)state;
	for (uint64_t page = 0; page <= 256; page++) {
		plain.address = page << 12;
		fill(atc, &plain, to(0x1000, 12));
	}
	invalidate(atc, of_all_pasids(0, 0xfffff));
	assert_true(hits(atc, &plain));
	assert_int_equal(counters_of(atc).invalidated_entries, 256);
	assert_int_equal(counters_of(atc).searched_entries, 1024);
	vtd_atc_destroy(atc);
}

/* As many as a neighbourhood has entries. */
static void page_is_kept_when_many_pasids_have_it(void **state)
{
	struct vtd_atc *atc = make_atc(LARGE, 8, VTD_PAGE_4K);

	(void)state;
	fill_pasids(atc, 0x5000);
	assert_int_equal(pasids_with(atc, 0x5000), PASIDS);
	vtd_atc_destroy(atc);
}

static void evictions_are_none_when_the_old_were_dropped(void **state)
{
	struct vtd_atc *atc = make_large();

	(void)state;
	invalidate(atc, range(1, 0, UINT64_MAX));
	for (uint64_t page = 0; page < LARGE; page++) {
		const struct vtd_atc_access access =
			read_of(2, (page + LARGE) << 12);

		fill(atc, &access, to(page << 12, 12));
	}
	assert_int_equal(counters_of(atc).evictions, 0);
	vtd_atc_destroy(atc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			search_is_none_when_whole_pasid_is_invalidated),
		cmocka_unit_test(search_is_none_when_everything_is_invalidated),
		cmocka_unit_test(search_is_short_when_range_is_of_any_size),
		cmocka_unit_test(all_pasids_are_dropped_when_range_is_long),
		cmocka_unit_test(search_is_none_when_pasids_share_a_group),
		cmocka_unit_test(search_finds_page_when_there_is_no_pasid),
		cmocka_unit_test(
			search_is_one_neighbourhood_when_page_is_of_all_pasids),
		cmocka_unit_test(search_goes_on_when_last_tagged_entry_went),
		cmocka_unit_test(
			search_is_of_a_set_when_last_pasid_was_dropped),
		cmocka_unit_test(
			others_are_kept_when_range_of_all_pasids_is_longer),
		cmocka_unit_test(
			others_are_kept_when_range_is_long_and_cache_small),
		cmocka_unit_test(
			search_is_for_one_size_when_all_others_were_dropped),
		cmocka_unit_test(search_is_of_sets_when_there_are_no_pasids),
		cmocka_unit_test(page_is_kept_when_many_pasids_have_it),
		cmocka_unit_test(evictions_are_none_when_the_old_were_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
