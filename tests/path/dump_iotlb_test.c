/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of a unit's caches (vtd/dump.h). */
#include <vtd/dump.h>

#include "iotlb_flush.h"

#define ROOM 32
#define DID 9 /* in legacy mode */

/* All of it, `step` at a time. */
static size_t dump(struct fixture *f, struct vtd_dump_kept *list, size_t step)
{
	uint32_t cursor = 0;
	unsigned int calls = 0;
	size_t count = 0;

	while (cursor != VTD_DUMP_END) {
		assert_in_range(calls++, 0, 1000);
		count += vtd_unit_dump_iotlb(f->unit, &cursor, list + count,
					     step);
		assert_in_range(count, 0, ROOM - step);
	}
	return count;
}

static const struct vtd_dump_kept *find(const struct vtd_dump_kept *list,
					size_t count, enum vtd_cache cache)
{
	const struct vtd_dump_kept *found = NULL;

	for (size_t i = 0; i < count; i++) {
		if (list[i].cache != cache)
			continue;
		assert_null(found);
		found = &list[i];
	}
	assert_non_null(found);
	return found;
}

static struct process keep_page(struct fixture *f, uint64_t bits)
{
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.iotlb_entries = 64;
	f->config.check = true;
	process = run_process(f, FS_USER_RW | bits);
	access_at(f, ADDRESS + 0x10, VTD_ACCESS_READ);
	return process;
}

static struct process keep(struct fixture *f)
{
	return keep_page(f, VTD_FS_A | VTD_FS_D);
}

static void nothing_is_told_when_unit_walks_live(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_kept list[ROOM];

	run_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	assert_int_equal(dump(f, list, 1), 0);
}

static void page_is_told_when_it_passes_through(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_kept list[ROOM];
	const struct vtd_dump_kept *kept;
	uint64_t second;
	struct process process = keep(f);

	second = process.entry + 8;
	fake_host_set_64(&f->host, process.entry,
			 VTD_PASID0_P | (uint64_t)4 << 6);
	fake_host_set_64(&f->host, second, FIXTURE_DID);
	regs_queue_flush(&f->queue);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	kept = find(list, dump(f, list, 16), VTD_CACHE_IOTLB);
	assert_true(kept->target == ADDRESS);
}

static void translation_is_told_when_it_was_used(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_kept list[ROOM];
	const struct vtd_dump_kept *kept;

	keep(f);
	kept = find(list, dump(f, list, 16), VTD_CACHE_IOTLB);
	assert_false(kept->by_domain);
	assert_int_equal(kept->sid, SID);
	assert_int_equal(kept->did, FIXTURE_DID);
	assert_true(kept->pasid_present && !kept->privileged);
	assert_int_equal(kept->pasid, PASID);
	assert_true(kept->address == ADDRESS);
	assert_int_equal(kept->size_shift, 12);
	assert_true(kept->target == PAGE);
	assert_true(kept->read && kept->write && !kept->clean);
	assert_false(kept->reported);
	assert_int_equal(kept->uses + kept->waits, 0);
}

static void page_is_clean_when_it_was_only_read(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_kept list[ROOM];

	keep_page(f, VTD_FS_A);
	assert_true(find(list, dump(f, list, 16), VTD_CACHE_IOTLB)->clean);
}

static void tables_and_entries_are_told_when_they_were_read(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_kept list[ROOM];
	struct process process = keep(f);
	size_t count = dump(f, list, 1);
	const struct vtd_dump_kept *pasid = find(list, count, VTD_CACHE_PASID);
	const struct vtd_dump_kept *context =
		find(list, count, VTD_CACHE_CONTEXT);
	unsigned int tables = 0;

	assert_true(pasid->target == process.table.root);
	assert_int_equal(pasid->pasid, PASID);
	assert_int_equal(context->sid, SID);
	assert_true(context->target != 0);
	for (size_t i = 0; i < count; i++)
		tables += list[i].cache == VTD_CACHE_FIRST_STAGE_TABLE &&
			  list[i].target != 0;
	assert_int_equal(tables, 3);
}

static void translation_is_found_by_domain_when_mode_is_legacy(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_kept list[ROOM];
	const struct vtd_dump_kept *kept;
	struct page_table table;

	f->config.iotlb = VTD_IOTLB_KEEP;
	fixture_legacy_only(&f->config);
	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	page_table_map(&table, 0x7000, PAGE, 12, SS_RW);
	tables_put(&f->tables, tables_legacy_context(&f->tables, f->root, SID),
		   (const uint64_t[]){ 1 | table.root, 2 | DID << 8 }, 2);
	fixture_run(f, VTD_TTM_LEGACY);
	fixture_access(f, SID, 0x7000, VTD_ACCESS_READ);
	kept = find(list, dump(f, list, 16), VTD_CACHE_IOTLB);
	assert_true(kept->by_domain);
	assert_int_equal(kept->sid, 0);
	assert_int_equal(kept->did, DID);
	assert_false(kept->pasid_present);
}

static void nothing_is_told_when_it_was_invalidated(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_kept list[ROOM];
	size_t count;

	keep(f);
	assert_true(flush_pasid(f, PASID));
	count = dump(f, list, 16);
	for (size_t i = 0; i < count; i++)
		assert_true(list[i].cache == VTD_CACHE_CONTEXT ||
			    list[i].cache == VTD_CACHE_PASID);
}

static void difference_is_told_when_it_was_seen(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_kept list[ROOM];
	struct process process = keep(f);
	const struct vtd_dump_kept *kept;

	fake_host_set_64(&f->host, process.leaf, 0);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	assert_true(flush_page(f, PASID, ADDRESS + 0x1000));
	kept = find(list, dump(f, list, 16), VTD_CACHE_IOTLB);
	assert_int_equal(kept->uses, 2);
	assert_int_equal(kept->waits, 1);
	assert_false(kept->reported);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(nothing_is_told_when_unit_walks_live),
		FIXTURE_TEST(page_is_told_when_it_passes_through),
		FIXTURE_TEST(translation_is_told_when_it_was_used),
		FIXTURE_TEST(page_is_clean_when_it_was_only_read),
		FIXTURE_TEST(tables_and_entries_are_told_when_they_were_read),
		FIXTURE_TEST(
			translation_is_found_by_domain_when_mode_is_legacy),
		FIXTURE_TEST(nothing_is_told_when_it_was_invalidated),
		FIXTURE_TEST(difference_is_told_when_it_was_seen),
	};

	return RUN_TESTS(tests);
}
