/* SPDX-License-Identifier: BSD-3-Clause */
/* When a stale entry is told of, and which invalidations are told with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cache/iotlb_notice.h"

#define DID 7
#define PASID 5
#define SID 0x0105
#define ADDRESS UINT64_C(0x7f0012345000)

static struct vtd_iotlb *make_iotlb(void)
{
	const struct vtd_iotlb_size size = { .slots = { 16, 16, 16 } };
	struct vtd_iotlb *iotlb = vtd_iotlb_create(&size);

	assert_non_null(iotlb);
	return iotlb;
}

/* An entry of a first stage in that cache, as a look-up gives it. */
static struct vtd_iotlb_entry put(struct vtd_iotlb *iotlb, enum vtd_cache cache)
{
	struct vtd_iotlb_entry entry = {
		.key = { .cache = (uint8_t)cache,
			 .source = SID,
			 .pasid = PASID,
			 .address = ADDRESS,
			 .shift = 12 },
		.kind = VTD_WALK_FIRST_STAGE,
		.did = DID,
		.pasid = PASID,
	};

	vtd_iotlb_put(iotlb, vtd_iotlb_generation(iotlb), &entry);
	assert_true(vtd_iotlb_find(iotlb, &entry.key, &entry));
	return entry;
}

static struct vtd_iotlb_entry put_page(struct vtd_iotlb *iotlb)
{
	return put(iotlb, VTD_CACHE_IOTLB);
}

/* ------------------------------------------------------------- when it is */

static bool differs(struct vtd_iotlb *iotlb,
		    const struct vtd_iotlb_entry *entry, unsigned int waits)
{
	struct vtd_stale_use use;

	return vtd_iotlb_differs(iotlb, entry, waits, &use);
}

static void use_is_told_once_when_so_many_waits_have_completed(void **state)
{
	struct vtd_iotlb *iotlb = make_iotlb();
	const struct vtd_iotlb_entry entry = put_page(iotlb);
	struct vtd_stale_use use;

	(void)state;
	vtd_iotlb_note_wait(iotlb);
	assert_false(differs(iotlb, &entry, 2));
	vtd_iotlb_note_wait(iotlb);
	assert_false(differs(iotlb, &entry, 2));
	vtd_iotlb_note_wait(iotlb);
	assert_true(vtd_iotlb_differs(iotlb, &entry, 2, &use));
	assert_int_equal(use.cache, VTD_CACHE_IOTLB);
	assert_int_equal(use.did, DID);
	assert_int_equal(use.pasid, PASID);
	assert_int_equal(use.uses, 3);
	assert_int_equal(use.waits, 2);
	assert_int_equal(use.near_count, 0);
	assert_false(differs(iotlb, &entry, 0));
	vtd_iotlb_destroy(iotlb);
}

static void waits_count_anew_when_memory_agreed_in_between(void **state)
{
	struct vtd_iotlb *iotlb = make_iotlb();
	const struct vtd_iotlb_entry entry = put_page(iotlb);
	struct vtd_stale_use use;

	(void)state;
	assert_false(differs(iotlb, &entry, 1));
	vtd_iotlb_note_wait(iotlb);
	vtd_iotlb_agrees(iotlb, &entry);
	assert_false(differs(iotlb, &entry, 1));
	vtd_iotlb_note_wait(iotlb);
	assert_true(vtd_iotlb_differs(iotlb, &entry, 1, &use));
	assert_int_equal(use.uses, 2);
	assert_int_equal(use.waits, 1);
	vtd_iotlb_destroy(iotlb);
}

/* What a request has found may not be there any more when it is compared. */
static void use_is_not_told_when_the_entry_is_another_by_now(void **state)
{
	struct vtd_iotlb *iotlb = make_iotlb();
	const struct vtd_iotlb_entry first = put_page(iotlb);
	const struct vtd_iotlb_entry second = put_page(iotlb);
	const struct vtd_invalidation all = {
		.kind = VTD_INVALIDATION_ALL,
		.change = { .scope = VTD_CHANGE_GLOBAL },
	};
	struct vtd_stale_use use;

	(void)state;
	assert_false(differs(iotlb, &first, 0));
	assert_false(differs(iotlb, &second, 1));
	vtd_iotlb_agrees(iotlb, &first);
	vtd_iotlb_note_wait(iotlb);
	assert_true(vtd_iotlb_differs(iotlb, &second, 1, &use));
	assert_int_equal(use.uses, 2);
	vtd_iotlb_invalidate(iotlb, &all);
	assert_false(differs(iotlb, &second, 0));
	vtd_iotlb_agrees(iotlb, &second);
	vtd_iotlb_destroy(iotlb);
}

/* --------------------------------------------------- which are told with it */

#define AT(from, to) .first = (from), .last = (to)
#define PAGE AT(ADDRESS, ADDRESS + 0xfff)
#define BELOW AT(ADDRESS - 0x1000, ADDRESS - 1)
#define ABOVE AT(ADDRESS + 0x1000, ADDRESS + 0x1fff)
#define ALL AT(0, UINT64_MAX)

struct row {
	const char *name;
	enum vtd_cache cache; /* where the entry is */
	struct vtd_invalidation request;
	enum vtd_spared near; /* why it was spared; VTD_SPARED_NOT: not told */
};

/* clang-format off */
static const struct row rows[] = {
	{ "context cache, the device", VTD_CACHE_IOTLB, { VTD_INVALIDATION_CONTEXT, false, false, false, { .scope = VTD_CHANGE_DEVICE, .sid = SID, ALL } }, VTD_SPARED_OTHER_CACHE },
	{ "context cache, another device", VTD_CACHE_IOTLB, { VTD_INVALIDATION_CONTEXT, false, false, false, { .scope = VTD_CHANGE_DEVICE, .sid = 8, .did = DID, ALL } }, VTD_SPARED_NOT },
	{ "device-TLB, the device", VTD_CACHE_IOTLB, { VTD_INVALIDATION_DEVICE_TLB, false, false, false, { .scope = VTD_CHANGE_RANGE, .sid = SID, ALL } }, VTD_SPARED_OTHER_CACHE },
	{ "device-TLB, another device", VTD_CACHE_IOTLB, { VTD_INVALIDATION_DEVICE_TLB, false, false, false, { .scope = VTD_CHANGE_RANGE, .sid = 8, .did = DID, ALL } }, VTD_SPARED_NOT },
	{ "PASID cache, the domain", VTD_CACHE_IOTLB, { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .did = DID, ALL } }, VTD_SPARED_OTHER_CACHE },
	{ "PASID cache, another domain", VTD_CACHE_IOTLB, { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .sid = SID, .did = 8, ALL } }, VTD_SPARED_NOT },
	{ "page in another domain", VTD_CACHE_IOTLB, { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = 8, PAGE } }, VTD_SPARED_OTHER_DOMAIN },
	{ "page below, in another domain", VTD_CACHE_IOTLB, { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = 8, BELOW } }, VTD_SPARED_NOT },
	{ "page above, in another domain", VTD_CACHE_IOTLB, { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = 8, ABOVE } }, VTD_SPARED_NOT },
	{ "byte in another domain", VTD_CACHE_IOTLB, { VTD_INVALIDATION_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = 8, AT(ADDRESS, ADDRESS) } }, VTD_SPARED_OTHER_DOMAIN },
	{ "all of another domain", VTD_CACHE_IOTLB, { VTD_INVALIDATION_IOTLB, false, false, false, { .scope = VTD_CHANGE_DOMAIN, .did = 8, ALL } }, VTD_SPARED_NOT },
	{ "page in another PASID", VTD_CACHE_IOTLB, { VTD_INVALIDATION_PASID_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = 6, PAGE } }, VTD_SPARED_OTHER_PASID },
	{ "page above, in another PASID", VTD_CACHE_IOTLB, { VTD_INVALIDATION_PASID_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = 6, ABOVE } }, VTD_SPARED_NOT },
	{ "all of another PASID", VTD_CACHE_IOTLB, { VTD_INVALIDATION_PASID_IOTLB, false, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = 6, ALL } }, VTD_SPARED_NOT },
	{ "another page in the PASID", VTD_CACHE_IOTLB, { VTD_INVALIDATION_PASID_IOTLB, true, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = PASID, ABOVE } }, VTD_SPARED_OTHER_RANGE },
	{ "PASID entry, another PASID", VTD_CACHE_PASID, { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = 6, ALL } }, VTD_SPARED_OTHER_PASID },
	{ "PASID entry, another domain", VTD_CACHE_PASID, { VTD_INVALIDATION_PASID, false, false, false, { .scope = VTD_CHANGE_RANGE, .did = 8, .pasid = PASID, ALL } }, VTD_SPARED_NOT },
	{ "table, IH", VTD_CACHE_FIRST_STAGE_TABLE, { VTD_INVALIDATION_PASID_IOTLB, true, true, false, { .scope = VTD_CHANGE_RANGE, .did = DID, .pasid = PASID, PAGE } }, VTD_SPARED_LEAF_ONLY },
	{ "in the device, another one", VTD_CACHE_DEVICE_TLB, { VTD_INVALIDATION_DEVICE_TLB, false, false, true, { .scope = VTD_CHANGE_RANGE, .sid = 8, PAGE } }, VTD_SPARED_OTHER_DEVICE },
	{ "in the device, another PASID", VTD_CACHE_DEVICE_TLB, { VTD_INVALIDATION_DEVICE_TLB, false, false, false, { .scope = VTD_CHANGE_RANGE, .sid = SID, .pasid = 6, PAGE } }, VTD_SPARED_OTHER_PASID },
	{ "in the device, another page", VTD_CACHE_DEVICE_TLB, { VTD_INVALIDATION_DEVICE_TLB, false, false, true, { .scope = VTD_CHANGE_RANGE, .sid = SID, ABOVE } }, VTD_SPARED_OTHER_RANGE },
	{ "in the device, page above in another", VTD_CACHE_DEVICE_TLB, { VTD_INVALIDATION_DEVICE_TLB, false, false, true, { .scope = VTD_CHANGE_RANGE, .sid = 8, ABOVE } }, VTD_SPARED_NOT },
};
/* clang-format on */

static void invalidation_is_told_when_it_may_have_meant_the_entry(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vtd_iotlb *iotlb = make_iotlb();
		const struct vtd_iotlb_entry entry = put(iotlb, rows[i].cache);
		enum vtd_spared near = VTD_SPARED_NOT;
		struct vtd_stale_use use;

		vtd_iotlb_invalidate(iotlb, &rows[i].request);
		assert_true(vtd_iotlb_differs(iotlb, &entry, 0, &use));
		if (use.near_count > 0)
			near = use.near[0].spared;
		if (near != rows[i].near)
			fail_msg("%s: %d instead of %d", rows[i].name, near,
				 rows[i].near);
		vtd_iotlb_destroy(iotlb);
	}
}

static void invalidation_is_told_whole_when_it_came_near(void **state)
{
	struct vtd_iotlb *iotlb = make_iotlb();
	const struct vtd_iotlb_entry entry = put_page(iotlb);
	const struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_IOTLB,
		.pages = true,
		.change = { .scope = VTD_CHANGE_RANGE,
			    .sid = 3,
			    .did = 8,
			    .pasid = 9,
			    PAGE },
	};
	struct vtd_stale_use use;

	(void)state;
	vtd_iotlb_note_wait(iotlb);
	vtd_iotlb_invalidate(iotlb, &request);
	vtd_iotlb_note_wait(iotlb);
	vtd_iotlb_note_wait(iotlb);
	assert_true(vtd_iotlb_differs(iotlb, &entry, 0, &use));
	assert_int_equal(use.near_count, 1);
	assert_int_equal(use.near[0].kind, VTD_INVALIDATION_IOTLB);
	assert_int_equal(use.near[0].spared, VTD_SPARED_OTHER_DOMAIN);
	assert_int_equal(use.near[0].scope, VTD_CHANGE_RANGE);
	assert_int_equal(use.near[0].sid, 3);
	assert_int_equal(use.near[0].did, 8);
	assert_int_equal(use.near[0].pasid, 9);
	assert_true(use.near[0].first == ADDRESS);
	assert_true(use.near[0].last == ADDRESS + 0xfff);
	assert_int_equal(use.near[0].waits_since, 2);
	vtd_iotlb_destroy(iotlb);
}

/* Of the page in another domain. */
static void invalidate_near(struct vtd_iotlb *iotlb, uint16_t did)
{
	const struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_IOTLB,
		.pages = true,
		.change = { .scope = VTD_CHANGE_RANGE, .did = did, PAGE },
	};

	vtd_iotlb_invalidate(iotlb, &request);
}

static void latest_are_told_when_many_came_near(void **state)
{
	struct vtd_iotlb *iotlb = make_iotlb();
	struct vtd_iotlb_entry entry;
	struct vtd_stale_use use;

	(void)state;
	/* The entry came after this one. */
	invalidate_near(iotlb, 99);
	entry = put_page(iotlb);
	for (uint16_t did = 101; did < 101 + 2; did++)
		invalidate_near(iotlb, did);
	assert_true(vtd_iotlb_differs(iotlb, &entry, 0, &use));
	assert_int_equal(use.near_count, 2);
	assert_int_equal(use.near[0].did, 102);
	assert_int_equal(use.near[1].did, 101);

	entry = put_page(iotlb);
	for (uint16_t did = 101; did < 101 + VTD_NEAR_MAX + 1; did++)
		invalidate_near(iotlb, did);
	assert_true(vtd_iotlb_differs(iotlb, &entry, 0, &use));
	assert_int_equal(use.near_count, VTD_NEAR_MAX);
	for (unsigned int i = 0; i < VTD_NEAR_MAX; i++)
		assert_int_equal(use.near[i].did, 101 + VTD_NEAR_MAX - i);
	vtd_iotlb_destroy(iotlb);
}

/* One that came near, and then so many that did not. */
static unsigned int near_behind(unsigned int others)
{
	struct vtd_iotlb *iotlb = make_iotlb();
	const struct vtd_iotlb_entry entry = put_page(iotlb);
	const struct vtd_invalidation other = {
		.kind = VTD_INVALIDATION_IOTLB,
		.change = { .scope = VTD_CHANGE_DOMAIN, .did = 8, ALL },
	};
	struct vtd_stale_use use;

	invalidate_near(iotlb, 8);
	for (unsigned int i = 0; i < others; i++)
		vtd_iotlb_invalidate(iotlb, &other);
	assert_true(vtd_iotlb_differs(iotlb, &entry, 0, &use));
	vtd_iotlb_destroy(iotlb);
	return use.near_count;
}

static void
invalidation_is_forgotten_when_as_many_came_as_are_kept(void **state)
{
	(void)state;
	assert_int_equal(near_behind(0), 1);
	assert_int_equal(near_behind(VTD_IOTLB_NOTES - 1), 1);
	assert_int_equal(near_behind(VTD_IOTLB_NOTES), 0);
	assert_int_equal(near_behind(2 * VTD_IOTLB_NOTES), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			use_is_told_once_when_so_many_waits_have_completed),
		cmocka_unit_test(
			waits_count_anew_when_memory_agreed_in_between),
		cmocka_unit_test(
			use_is_not_told_when_the_entry_is_another_by_now),
		cmocka_unit_test(
			invalidation_is_told_when_it_may_have_meant_the_entry),
		cmocka_unit_test(invalidation_is_told_whole_when_it_came_near),
		cmocka_unit_test(latest_are_told_when_many_came_near),
		cmocka_unit_test(
			invalidation_is_forgotten_when_as_many_came_as_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
