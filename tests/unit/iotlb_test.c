/* SPDX-License-Identifier: BSD-3-Clause */
/* What each invalidation request drops and leaves: F 5.5, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cache/iotlb.h"

#define DID 7
#define PASID 5
#define SID 0x0105
#define ADDRESS UINT64_C(0x7f0012345000)

static struct vtd_iotlb_entry entry_of(enum vtd_cache cache,
				       enum vtd_walk_kind kind)
{
	struct vtd_iotlb_entry entry = {
		.key = { .cache = (uint8_t)cache,
			 .source = SID,
			 .address = ADDRESS,
			 .shift = 12 },
		.kind = (uint8_t)kind,
		.did = DID,
		.pasid = PASID,
	};

	if (cache == VTD_CACHE_FIRST_STAGE_TABLE ||
	    cache == VTD_CACHE_SECOND_STAGE_TABLE) {
		entry.key.shift = 21;
		entry.key.address &= UINT64_MAX << 21;
	}
	return entry;
}

struct row {
	const char *name;
	struct vtd_invalidation request;
	/* The first letter of what becomes of: second-stage, pass-through,
	 * first-stage, nested page; first-, second-stage table; context, PASID
	 * entry.  g: goes, else why not: d(omain), p(asid), r(ange), s(tage),
	 * l(eaf), c(ache), v: device. */
	const char *fate;
};

#define NEAR .first = ADDRESS, .last = ADDRESS + 0xfff
#define FAR .first = ADDRESS + 0x40000000, .last = ADDRESS + 0x40000fff
#define ALL .first = 0, .last = UINT64_MAX

/* clang-format off */
static const struct row rows[] = {
	{ "all", { VTD_INVALIDATION_ALL, false, false, false, { .scope = VTD_CHANGE_GLOBAL, ALL } }, "gggggggg" },
	{ "IOTLB global", { VTD_INVALIDATION_IOTLB, false, false, false, { .scope = VTD_CHANGE_GLOBAL, ALL } }, "ggggggcc" },
	{ "IOTLB domain", { VTD_INVALIDATION_IOTLB, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .did = DID, ALL } }, "ggggggcc" },
	{ "IOTLB other domain", { VTD_INVALIDATION_IOTLB, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .did = 8, ALL } }, "ddddddcc" },
	{ "IOTLB page", { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, NEAR } }, "ggggggcc" },
	{ "IOTLB page, IH", { VTD_INVALIDATION_IOTLB, true, true, false, { .scope = VTD_CHANGE_RANGE, .did = DID, NEAR } }, "gggggl""cc" },
	{ "IOTLB other page", { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, FAR } }, "rrgggrcc" },
	{ "IOTLB first byte", { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .first = ADDRESS, .last = ADDRESS } }, "ggggggcc" },
	{ "IOTLB last byte", { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .first = ADDRESS + 0xfff, .last = ADDRESS + 0xfff } }, "ggggggcc" },
	{ "IOTLB byte before", { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .first = 0, .last = ADDRESS - 1 } }, "rrggggcc" },
	{ "IOTLB byte behind", { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .first = ADDRESS + 0x1000, .last = UINT64_MAX } }, "rrggggcc" },
	{ "IOTLB page, other domain", { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = 8, NEAR } }, "ddddddcc" },
	{ "PASID", { VTD_INVALIDATION_PASID_IOTLB, false, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = PASID, ALL } }, "gggggccc" },
	{ "other PASID", { VTD_INVALIDATION_PASID_IOTLB, false, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = 6, ALL } }, "pppppccc" },
	{ "PASID, other domain", { VTD_INVALIDATION_PASID_IOTLB, false, false, false, { .scope = VTD_CHANGE_RANGE, .did = 8, .pasid = PASID, ALL } }, "dddddccc" },
	{ "page in PASID", { VTD_INVALIDATION_PASID_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = PASID, NEAR } }, "ssgggccc" },
	{ "page in PASID, IH", { VTD_INVALIDATION_PASID_IOTLB, true, true, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = PASID, NEAR } }, "ssgglccc" },
	{ "other page in PASID", { VTD_INVALIDATION_PASID_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = PASID, FAR } }, "ssrrrccc" },
	{ "context global", { VTD_INVALIDATION_CONTEXT, false, false, false, { .scope = VTD_CHANGE_GLOBAL, ALL } }, "ccccccgc" },
	{ "context domain", { VTD_INVALIDATION_CONTEXT, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .did = DID, ALL } }, "ccccccgc" },
	{ "context other domain", { VTD_INVALIDATION_CONTEXT, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .did = 8, ALL } }, "ccccccgc" },
	{ "context device", { VTD_INVALIDATION_CONTEXT, false, false, false, { .scope = VTD_CHANGE_DEVICE, .sid = SID, ALL } }, "ccccccgc" },
	{ "context functions", { VTD_INVALIDATION_CONTEXT, false, false, false, { .scope = VTD_CHANGE_DEVICE, .sid = SID & ~7, .sid_mask = 7, ALL } }, "ccccccgc" },
	{ "context other device", { VTD_INVALIDATION_CONTEXT, false, false, false, { .scope = VTD_CHANGE_DEVICE, .sid = SID + 1, ALL } }, "ccccccvc" },
	{ "PASID cache global", { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_GLOBAL, ALL } }, "cccccccg" },
	{ "PASID cache domain", { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .did = DID, ALL } }, "cccccccg" },
	{ "PASID cache other domain", { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .did = 8, ALL } }, "cccccccd" },
	{ "PASID cache PASID", { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = PASID, ALL } }, "cccccccg" },
	{ "device-TLB", { VTD_INVALIDATION_DEVICE_TLB, false, false, true, { .scope = VTD_CHANGE_RANGE, .sid = SID, ALL } }, "cccccccc" },
	{ "PASID cache other PASID", { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = 6, ALL } }, "cccccccp" },
};
/* clang-format on */

static char fate_of(const struct vtd_invalidation *request,
		    const struct vtd_iotlb_entry *entry)
{
	static const char letters[] = {
		[VTD_SPARED_NOT] = 'g',
		[VTD_SPARED_OTHER_CACHE] = 'c',
		[VTD_SPARED_OTHER_DEVICE] = 'v',
		[VTD_SPARED_OTHER_DOMAIN] = 'd',
		[VTD_SPARED_OTHER_PASID] = 'p',
		[VTD_SPARED_OTHER_RANGE] = 'r',
		[VTD_SPARED_OTHER_STAGE] = 's',
		[VTD_SPARED_LEAF_ONLY] = 'l',
	};

	return letters[vtd_invalidation_spares(request, entry)];
}

static void invalidation_drops_what_it_must_when_scalable(void **state)
{
	const struct vtd_iotlb_entry entries[] = {
		entry_of(VTD_CACHE_IOTLB, VTD_WALK_SECOND_STAGE),
		entry_of(VTD_CACHE_IOTLB, VTD_WALK_PASS_THROUGH),
		entry_of(VTD_CACHE_IOTLB, VTD_WALK_FIRST_STAGE),
		entry_of(VTD_CACHE_IOTLB, VTD_WALK_NESTED),
		entry_of(VTD_CACHE_FIRST_STAGE_TABLE, VTD_WALK_NESTED),
		entry_of(VTD_CACHE_SECOND_STAGE_TABLE, VTD_WALK_NESTED),
		entry_of(VTD_CACHE_CONTEXT, VTD_WALK_PASS_THROUGH),
		entry_of(VTD_CACHE_PASID, VTD_WALK_FIRST_STAGE),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char fate[9] = { 0 };

		for (unsigned int e = 0; e < 8; e++)
			fate[e] = fate_of(&rows[i].request, &entries[e]);
		if (strcmp(fate, rows[i].fate) != 0)
			fail_msg("%s: %s instead of %s", rows[i].name, fate,
				 rows[i].fate);
	}
}

static void context_goes_by_its_domain_too_when_legacy(void **state)
{
	struct vtd_iotlb_entry entry =
		entry_of(VTD_CACHE_CONTEXT, VTD_WALK_SECOND_STAGE);
	struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_CONTEXT,
		.change = { .scope = VTD_CHANGE_DEVICE, .sid = SID, .did = 8 },
	};

	(void)state;
	entry.u.config.config.legacy = true;
	assert_int_equal(vtd_invalidation_spares(&request, &entry),
			 VTD_SPARED_OTHER_DOMAIN);
	request.change.did = DID;
	assert_int_equal(vtd_invalidation_spares(&request, &entry),
			 VTD_SPARED_NOT);
	request.change.scope = VTD_CHANGE_DOMAIN;
	request.change.did = 8;
	assert_int_equal(vtd_invalidation_spares(&request, &entry),
			 VTD_SPARED_OTHER_DOMAIN);
}

static struct vtd_iotlb_entry numbered(uint64_t number)
{
	struct vtd_iotlb_entry entry =
		entry_of(VTD_CACHE_IOTLB, VTD_WALK_SECOND_STAGE);

	entry.key.address = number << 12;
	return entry;
}

static bool has(struct vtd_iotlb *iotlb, uint64_t number)
{
	struct vtd_iotlb_entry wanted = numbered(number);

	return vtd_iotlb_find(iotlb, &wanted.key, &wanted);
}

static struct vtd_iotlb *filled(uint32_t ways, uint64_t count)
{
	const struct vtd_iotlb_size size = {
		.slots = { 16, 16, 16 },
		.ways = ways,
	};
	struct vtd_iotlb *iotlb = vtd_iotlb_create(&size);

	assert_non_null(iotlb);
	for (uint64_t i = 0; i < count; i++) {
		const struct vtd_iotlb_entry entry = numbered(i);

		vtd_iotlb_put(iotlb, vtd_iotlb_generation(iotlb), &entry);
	}
	return iotlb;
}

static void oldest_gives_way_and_is_counted_when_all_is_taken(void **state)
{
	struct vtd_iotlb *iotlb = filled(0, 19);

	(void)state;
	for (uint64_t i = 0; i < 19; i++)
		assert_int_equal(has(iotlb, i), i >= 3);
	assert_int_equal(vtd_iotlb_dropped(iotlb), 3);
	vtd_iotlb_destroy(iotlb);
}

static void entry_is_the_newest_when_it_is_filled_again(void **state)
{
	struct vtd_iotlb *iotlb = filled(0, 16);
	const struct vtd_iotlb_entry again = numbered(0);
	const struct vtd_iotlb_entry more = numbered(16);

	(void)state;
	vtd_iotlb_put(iotlb, vtd_iotlb_generation(iotlb), &again);
	vtd_iotlb_put(iotlb, vtd_iotlb_generation(iotlb), &more);
	assert_true(has(iotlb, 0));
	assert_false(has(iotlb, 1));
	assert_int_equal(vtd_iotlb_dropped(iotlb), 1);
	vtd_iotlb_destroy(iotlb);
}

static void same_entries_are_left_when_sets_overflow_alike(void **state)
{
	struct vtd_iotlb *one = filled(4, 100);
	struct vtd_iotlb *other = filled(4, 100);
	unsigned int left = 0;

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		assert_int_equal(has(one, i), has(other, i));
		left += has(one, i);
	}
	assert_int_equal(left, 16);
	assert_int_equal(vtd_iotlb_dropped(one), 84);
	vtd_iotlb_destroy(one);
	vtd_iotlb_destroy(other);
}

/* In each set as many as it has ways, and all of them in order of their age. */
static void sets_hold_their_ways_when_they_overflow(void **state)
{
	(void)state;
	for (uint32_t ways = 1; ways <= 16; ways *= 2) {
		struct vtd_iotlb *iotlb = filled(ways, 200);
		const struct vtd_iotlb_store *store =
			&iotlb->store[VTD_IOTLB_PAGES];

		assert_int_equal(store->buckets, 16 / ways);
		for (uint32_t i = 0; i < store->buckets; i++) {
			uint64_t address = UINT64_MAX;
			uint32_t held = 0;

			for (uint32_t at = store->bucket[i];
			     at != VTD_IOTLB_NO_SLOT;
			     at = store->slot[at].next, held++) {
				const struct vtd_iotlb_key *key =
					&store->slot[at].entry.key;

				assert_true(key->address < address);
				address = key->address;
			}
			assert_int_equal(held, ways);
		}
		vtd_iotlb_destroy(iotlb);
	}
}

/* Who looks at all entries looks no further. */
static void
entries_are_where_the_store_was_touched_when_filled_anew(void **state)
{
	struct vtd_iotlb *iotlb = filled(0, 16);
	const struct vtd_iotlb_store *store = &iotlb->store[VTD_IOTLB_PAGES];
	const struct vtd_invalidation all = {
		.kind = VTD_INVALIDATION_ALL,
		.change = { .scope = VTD_CHANGE_GLOBAL },
	};

	(void)state;
	assert_int_equal(store->touched, 16);
	vtd_iotlb_invalidate(iotlb, &all);
	for (uint64_t i = 0; i < 4; i++) {
		const struct vtd_iotlb_entry entry = numbered(i);

		vtd_iotlb_put(iotlb, vtd_iotlb_generation(iotlb), &entry);
	}
	for (uint32_t i = 0; i < 16; i++)
		if (store->slot[i].used)
			assert_true(i < store->touched);
	vtd_iotlb_destroy(iotlb);
}

/* All keys are in the one set there is. */
static void entry_is_found_when_all_of_its_key_is_the_same(void **state)
{
	const struct vtd_iotlb_size size = { .slots = { 1, 1, 1 } };
	struct vtd_iotlb *iotlb = vtd_iotlb_create(&size);
	const struct vtd_iotlb_entry entry = {
		.key = { .address = ADDRESS,
			 .pasid = PASID,
			 .source = SID,
			 .cache = VTD_CACHE_IOTLB,
			 .shift = 12,
			 .flags = VTD_IOTLB_KEY_PASID },
	};
	struct vtd_iotlb_key other[6];
	struct vtd_iotlb_entry found;

	(void)state;
	assert_non_null(iotlb);
	for (unsigned int i = 0; i < 6; i++)
		other[i] = entry.key;
	other[0].address += 0x1000;
	other[1].pasid++;
	other[2].source++;
	other[3].cache = VTD_CACHE_DEVICE_TLB;
	other[4].shift = 21;
	other[5].flags = 0;
	vtd_iotlb_put(iotlb, vtd_iotlb_generation(iotlb), &entry);
	assert_true(vtd_iotlb_find(iotlb, &entry.key, &found));
	for (unsigned int i = 0; i < 6; i++)
		assert_false(vtd_iotlb_find(iotlb, &other[i], &found));
	vtd_iotlb_destroy(iotlb);
}

static void fill_is_lost_when_an_invalidation_came_in_between(void **state)
{
	struct vtd_iotlb *iotlb = filled(0, 1);
	uint64_t before = vtd_iotlb_generation(iotlb);
	const struct vtd_iotlb_entry entry = numbered(1);
	const struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_IOTLB,
		.change = { .scope = VTD_CHANGE_DOMAIN, .did = 99 },
	};

	(void)state;
	vtd_iotlb_invalidate(iotlb, &request);
	vtd_iotlb_put(iotlb, before, &entry);
	assert_false(has(iotlb, 1));
	assert_true(has(iotlb, 0));
	vtd_iotlb_destroy(iotlb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invalidation_drops_what_it_must_when_scalable),
		cmocka_unit_test(context_goes_by_its_domain_too_when_legacy),
		cmocka_unit_test(
			oldest_gives_way_and_is_counted_when_all_is_taken),
		cmocka_unit_test(entry_is_the_newest_when_it_is_filled_again),
		cmocka_unit_test(
			same_entries_are_left_when_sets_overflow_alike),
		cmocka_unit_test(
			entries_are_where_the_store_was_touched_when_filled_anew),
		cmocka_unit_test(sets_hold_their_ways_when_they_overflow),
		cmocka_unit_test(
			entry_is_found_when_all_of_its_key_is_the_same),
		cmocka_unit_test(
			fill_is_lost_when_an_invalidation_came_in_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
