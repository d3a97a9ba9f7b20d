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

#define ENTRIES "entries must be 1..2^20"
#define WAYS "ways must be 1..64"
#define SETS "entries / ways must be a power of two"
#define SIZES "page_sizes must be VTD_PAGE_4K, and may be _2M and _1G"
#define GROUPS "pasid_groups must be a power of two, 1..2^20"

static void create_is_refused_when_a_member_is_beyond_its_limits(void **state)
{
	static const struct {
		unsigned int entries, ways, page_sizes, groups;
		const char *reason;
	} rows[] = {
		{ 1, 1, VTD_PAGE_4K, 1, NULL },
		{ 1u << 20, 64, 7, 1u << 20, NULL },
		{ 0, 1, 7, 1, ENTRIES },
		{ (1u << 20) + 1, 1, 7, 1, ENTRIES },
		{ 1u << 21, 1, 7, 1, ENTRIES },
		{ 64, 0, 7, 1, WAYS },
		{ 65, 65, 7, 1, WAYS },
		{ 24, 4, 7, 1, SETS },
		{ 9, 4, 7, 1, SETS },
		{ 2, 4, 7, 1, SETS },
		{ 64, 4, 0, 1, SIZES },
		{ 64, 4, VTD_PAGE_2M | VTD_PAGE_1G, 1, SIZES },
		{ 64, 4, 8 | VTD_PAGE_4K, 1, SIZES },
		{ 64, 4, 7, 0, GROUPS },
		{ 64, 4, 7, 3, GROUPS },
		{ 64, 4, 7, 1u << 21, GROUPS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vtd_atc_config config;
		const char *reason;

		vtd_atc_config_init(&config);
		config.entries = rows[i].entries;
		config.ways = rows[i].ways;
		config.page_sizes = rows[i].page_sizes;
		config.pasid_groups = rows[i].groups;
		reason = vtd_atc_config_check(&config);
		assert_string_equal(reason ? reason : "",
				    rows[i].reason ? rows[i].reason : "");
	}
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
	struct vtd_atc_counters counters;
	struct vtd_atc_hold hold;

	fill(*state, &access, to(0x40005000, 21));
	access.address = 2 * TWO_MEGABYTES - 1;
	assert_true(vtd_atc_lookup(*state, &access, &hold));
	assert_int_equal(hold.address, 0x401fffff);
	assert_int_equal(hold.size_shift, 21);
	vtd_atc_release(*state, &hold);
	vtd_atc_counters(*state, &counters, sizeof(counters));
	assert_int_equal(counters.hits, 1);
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

/* In one line of an ATC that has no other. */
#define HIGH_PASID (1u << 19)

static struct vtd_atc_hold held(struct vtd_atc *atc, uint32_t pasid,
				uint64_t address)
{
	const struct vtd_atc_access access = read_of(pasid, address);
	struct vtd_atc_hold hold;

	assert_true(vtd_atc_lookup(atc, &access, &hold));
	vtd_atc_release(atc, &hold);
	return hold;
}

static void lookup_tells_pasids_apart_when_low_bits_are_the_same(void **state)
{
	struct vtd_atc *atc = make_atc(4, 4, VTD_PAGE_4K);
	const struct vtd_atc_access low = read_of(1, 0x1000);
	const struct vtd_atc_access high = read_of(HIGH_PASID | 1, 0x1000);
	const struct vtd_atc_access none = read_of(1u << 18 | 1, 0x1000);

	(void)state;
	fill(atc, &low, to(0x5000, 12));
	fill(atc, &high, to(0x6000, 12));
	assert_int_equal(held(atc, 1, 0x1000).address, 0x5000);
	assert_int_equal(held(atc, HIGH_PASID | 1, 0x1000).address, 0x6000);
	assert_false(hits(atc, &none));
	invalidate(atc, range(HIGH_PASID | 1, 0x1000, 0x1fff));
	assert_true(hits(atc, &low));
	assert_false(hits(atc, &high));
	vtd_atc_destroy(atc);
}

static void lookup_gives_what_it_was_when_neighbours_change(void **state)
{
	struct vtd_atc *atc = make_atc(4, 4, VTD_PAGE_4K);
	const struct vtd_atc_access first = read_of(1, 0x1000);
	const struct vtd_atc_access second = read_of(1, 0x2000);
	const struct vtd_atc_access third = read_of(1, 0x3000);
	struct vtd_translation snooped = to(UINT64_C(0xfffffffffa000), 12);
	struct vtd_atc_hold hold;

	(void)state;
	snooped.snoop = true;
	fill(atc, &first, snooped);
	fill(atc, &second, to(0x6000, 12));
	fill(atc, &third, to(0x7000, 12));
	invalidate(atc, range(1, 0x3000, 0x3fff));
	hold = held(atc, 1, 0x1abc);
	assert_int_equal(hold.address, UINT64_C(0xfffffffffaabc));
	assert_true(hold.snoop && hold.read && !hold.write);
	hold = held(atc, 1, 0x2abc);
	assert_int_equal(hold.address, 0x6abc);
	assert_false(hold.snoop);
	vtd_atc_destroy(atc);
}

static void lookup_misses_when_neighbours_change_after_the_drop(void **state)
{
	struct vtd_atc *atc = make_atc(4, 4, VTD_PAGE_4K);
	const struct vtd_atc_access dropped = read_of(1, 0x1000);
	const struct vtd_atc_access other = read_of(2, 0x1000);

	(void)state;
	fill(atc, &dropped, to(0x5000, 12));
	invalidate(atc, range(1, 0, UINT64_MAX));
	fill(atc, &other, to(0x6000, 12));
	assert_false(hits(atc, &dropped));
	assert_true(hits(atc, &other));
	invalidate(atc, range(2, 0x1000, 0x1fff));
	assert_false(hits(atc, &dropped));
	vtd_atc_destroy(atc);
}

static void lookup_hits_when_address_is_sign_extended(void **state)
{
	const struct vtd_atc_access below = read_of(1, 0xff12345678abc000);
	const struct vtd_atc_access above = read_of(1, 0x0112345678abc000);

	fill(*state, &below, to(0x5000, 12));
	assert_int_equal(held(*state, 1, below.address).address, 0x5000);
	assert_false(hits(*state, &above));
	invalidate(*state, range(1, below.address, below.address | 0xfff));
	assert_false(hits(*state, &below));
}

/* It is held all the same, and never taken for another. */
static void fill_keeps_nothing_when_entries_have_no_room(void **state)
{
	const struct vtd_atc_access beyond = read_of(1, 0x0200000000001000);
	const struct vtd_atc_access pasid = read_of(1u << 20 | 1, 0x2000);
	const struct vtd_atc_access target = read_of(1, 0x3000);
	struct vtd_atc_counters counters;

	assert_int_equal(fill(*state, &beyond, to(0x5000, 12)),
			 VTD_ATC_FILL_HELD);
	assert_int_equal(fill(*state, &pasid, to(0x5000, 12)),
			 VTD_ATC_FILL_HELD);
	assert_int_equal(fill(*state, &target, to(UINT64_C(1) << 52, 12)),
			 VTD_ATC_FILL_HELD);
	assert_false(hits(*state, &beyond));
	assert_false(hits(*state, &pasid));
	assert_false(hits(*state, &target));
	vtd_atc_counters(*state, &counters, sizeof(counters));
	assert_int_equal(counters.evictions, 0);
}

static void lookup_misses_when_entries_have_no_room(void **state)
{
	const struct vtd_atc_access kept = read_of(1, 0x1000);
	const struct vtd_atc_access beyond = read_of(1, 0x0400000000001000);
	const struct vtd_atc_access pasid = read_of(1u << 20 | 1, 0x1000);

	fill(*state, &kept, to(0x5000, 12));
	assert_false(hits(*state, &beyond));
	assert_false(hits(*state, &pasid));
}

static void counters_tell_of_everything_when_it_has_happened(void **state)
{
	const struct vtd_atc_counters expected = {
		.hits = 1,
		.misses = 2,
		.fills = 5,
		.discarded_fills = 1,
		.evictions = 1,
		.invalidations = 2, /* the flush is one */
		.invalidated_entries = 4,
		.searched_entries = 4,
	};
	struct vtd_atc *atc = make_atc(4, 4, VTD_PAGE_4K);
	struct vtd_atc_access access = read_of(1, 0x1000);
	const struct vtd_translation stale = to(0x2000, 12);
	struct vtd_atc_counters counters;
	struct vtd_atc_fill on_its_way;
	struct vtd_atc_hold hold;

	(void)state;
	assert_false(hits(atc, &access));
	fill(atc, &access, to(0x1000, 12));
	assert_true(hits(atc, &access));
	access.access = VTD_ACCESS_WRITE;
	assert_false(hits(atc, &access));
	for (uint64_t page = 2; page <= 5; page++) {
		access = read_of(1, page << 12);
		fill(atc, &access, to(page << 12, 12));
	}
	access = read_of(1, 0x2000);
	vtd_atc_fill_begin(atc, &access, &on_its_way);
	invalidate(atc, range(1, 0x2000, 0x2fff));
	assert_int_equal(vtd_atc_fill(atc, &on_its_way, &stale, &hold),
			 VTD_ATC_FILL_DISCARDED);
	vtd_atc_flush(atc);
	vtd_atc_counters(atc, &counters, sizeof(counters));
	assert_memory_equal(&counters, &expected, sizeof(counters));
	vtd_atc_destroy(atc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATC_TEST(create_is_refused_when_sets_are_no_power_of_two),
		ATC_TEST(create_is_refused_when_a_member_is_beyond_its_limits),
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
		ATC_TEST(lookup_tells_pasids_apart_when_low_bits_are_the_same),
		ATC_TEST(lookup_gives_what_it_was_when_neighbours_change),
		ATC_TEST(lookup_misses_when_neighbours_change_after_the_drop),
		ATC_TEST(lookup_hits_when_address_is_sign_extended),
		ATC_TEST(fill_keeps_nothing_when_entries_have_no_room),
		ATC_TEST(lookup_misses_when_entries_have_no_room),
		cmocka_unit_test(
			counters_tell_of_everything_when_it_has_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
