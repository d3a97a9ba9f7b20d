/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of a unit: requesters, mappings, caches (vtd/dump.h). */
#include <string.h>

#include <vtd/dump.h>

#include "page_request_fixture.h"

#define ROOM 64
#define OTHER 0x02f8 /* in the upper half of its root entry */

static size_t all_requesters(struct fixture *f, struct vtd_dump_requester *list,
			     size_t room)
{
	struct vtd_dump_requesters cursor = { .done = false };
	unsigned int calls = 0;
	size_t count = 0;

	while (!cursor.done) {
		assert_in_range(calls++, 0, 1000);
		count += vtd_unit_dump_requesters(f->unit, &cursor,
						  list + count, room - count);
	}
	return count;
}

static void assert_requester(const struct vtd_dump_requester *r, uint16_t sid,
			     int64_t pasid, enum vtd_requester_state state)
{
	assert_int_equal(r->sid, sid);
	assert_int_equal(r->pasid_present, pasid >= 0);
	assert_int_equal(r->pasid, pasid >= 0 ? pasid : 0);
	assert_int_equal(r->info.state, state);
}

static void requesters_are_told_in_order_when_they_have_entries(void **state)
{
	struct vtd_dump_requester list[ROOM];
	struct fixture *f = *state;
	struct fixture_context other = fixture_sm_context(f, OTHER, 0);
	struct page_table table;

	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	fixture_pasid_second_stage(f, other.dir, 0, &table);
	fixture_pasid_second_stage(f, other.dir, 0x1234, &table);
	assert_int_equal(all_requesters(f, list, ROOM), 4);
	assert_requester(&list[0], SID, -1, VTD_REQUESTER_PASS_THROUGH);
	assert_requester(&list[1], SID, 5, VTD_REQUESTER_TRANSLATED);
	assert_requester(&list[2], OTHER, -1, VTD_REQUESTER_TRANSLATED);
	/* Not RID_PASID, which no request may name. */
	assert_requester(&list[3], OTHER, 0x1234, VTD_REQUESTER_TRANSLATED);
	assert_int_equal(list[3].info.second_stage_root, table.root);
}

static void requesters_go_on_when_there_is_little_room(void **state)
{
	struct vtd_dump_requesters cursor = { .done = false };
	struct vtd_dump_requester one;
	struct fixture *f = *state;
	unsigned int count = 0;

	while (!cursor.done)
		count += vtd_unit_dump_requesters(f->unit, &cursor, &one, 1);
	assert_int_equal(count, 2);
}

/* 8192 PASIDs whose table is there and empty. */
static void
requesters_end_a_call_when_there_are_many_steps_to_none(void **state)
{
	struct vtd_dump_requesters cursor = { .in_pasids = true, .sid = OTHER };
	struct fixture *f = *state;
	struct fixture_context other = fixture_sm_context(f, OTHER, 0);
	uint64_t table = tables_page(&f->tables);
	struct vtd_dump_requester one;

	for (unsigned int i = 0; i < 128; i++)
		fake_host_set_64(&f->host, other.dir + 8 * i, table | 1);
	assert_int_equal(vtd_unit_dump_requesters(f->unit, &cursor, &one, 1),
			 0);
	assert_false(cursor.done);
	assert_true(cursor.in_pasids);
	assert_int_equal(cursor.sid, OTHER);
	assert_int_equal(cursor.pasid, VTD_DUMP_STEPS);
}

static void requesters_are_none_when_translation_is_off(void **state)
{
	struct vtd_dump_requesters cursor = { .done = false };
	struct vtd_dump_requester one;
	struct fixture *f = *state;

	regs_command_clear(f->unit, VTD_GCMD_TE);
	assert_int_equal(vtd_unit_dump_requesters(f->unit, &cursor, &one, 1),
			 0);
	assert_true(cursor.done);
}

static struct vtd_dump_mappings mappings_of_pasid(void)
{
	return (struct vtd_dump_mappings){
		.sid = SID,
		.pasid_present = true,
		.pasid = 5,
		.last = UINT64_MAX,
	};
}

static size_t all_mappings(struct fixture *f, struct vtd_dump_mappings *cursor,
			   struct vtd_dump_mapping *list)
{
	unsigned int calls = 0;
	size_t count = 0;

	while (!cursor->done) {
		assert_in_range(calls++, 0, 1000);
		count += vtd_unit_dump_mappings(f->unit, cursor, list + count,
						ROOM - 1 - count);
	}
	return count;
}

static void assert_mapping(const struct vtd_dump_mapping *m, uint64_t first,
			   uint64_t last, uint64_t address)
{
	assert_true(m->first == first && m->last == last &&
		    m->address == address);
}

/* 4 KiB pages at an address, one behind the other. */
struct pages {
	uint64_t address;
	uint64_t output;
	unsigned int count;
	uint64_t rights;
};

static void map_pages(struct fixture *f, const struct pages *pages,
		      unsigned int count)
{
	struct page_table table;

	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int j = 0; j < pages[i].count; j++)
			page_table_map(&table, pages[i].address + 0x1000 * j,
				       pages[i].output + 0x1000 * j, 12,
				       pages[i].rights);
	fixture_pasid_first_stage(f, scene.context.dir, 5, &table);
	regs_queue_flush(&f->queue);
}

static void mappings_are_put_together_when_they_touch(void **state)
{
	static const struct pages pages[] = {
		{ 0x7000, 0x90000, 3, FS_USER_RW },
		/* Elsewhere in memory; then with other rights. */
		{ 0xa000, 0x80000, 1, FS_USER_RW },
		{ 0xb000, 0x81000, 1, FS_USER_RO },
		{ 0x7f0000000000, 0x93000, 2, FS_USER_RW },
	};
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_mapping list[ROOM];
	struct fixture *f = *state;

	map_pages(f, pages, 4);
	assert_int_equal(all_mappings(f, &cursor, list), 4);
	assert_mapping(&list[0], 0x7000, 0x9fff, 0x90000);
	assert_mapping(&list[1], 0xa000, 0xafff, 0x80000);
	assert_mapping(&list[2], 0xb000, 0xbfff, 0x81000);
	assert_mapping(&list[3], 0x7f0000000000, 0x7f0000001fff, 0x93000);
	assert_true(list[1].read && list[1].write);
	assert_true(list[2].read && !list[2].write);
	assert_int_equal(list[0].size_shift, 12);
}

static void mappings_are_two_when_only_the_right_to_read_differs(void **state)
{
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_mapping list[ROOM];
	struct fixture *f = *state;
	struct page_table table;

	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	page_table_map(&table, 0x7000, 0x90000, 12, SS_RW);
	page_table_map(&table, 0x8000, 0x91000, 12, VTD_SS_W);
	fixture_pasid_second_stage(f, scene.context.dir, 5, &table);
	regs_queue_flush(&f->queue);
	assert_int_equal(all_mappings(f, &cursor, list), 2);
	assert_true(list[0].read && list[0].write);
	assert_true(!list[1].read && list[1].write);
}

/* Nobody may write behind an entry, and nobody may read a page behind that: this holds
 * for the page, and not for all that is behind the entry. */
static void
mapping_is_told_when_it_is_behind_a_page_without_rights(void **state)
{
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_mapping list[ROOM];
	struct fixture *f = *state;
	struct page_table table;
	uint64_t entry;

	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	page_table_map(&table, 0x7000, 0x90000, 12, VTD_SS_W);
	page_table_map(&table, 0x8000, 0x91000, 12, SS_RW);
	entry = table.root;
	for (unsigned int level = 0; level < 2; level++)
		entry = fake_host_get_64(&f->host, entry) & ~UINT64_C(0xfff);
	tables_change(&f->tables, entry, 0, VTD_SS_W);
	fixture_pasid_second_stage(f, scene.context.dir, 5, &table);
	regs_queue_flush(&f->queue);
	assert_int_equal(all_mappings(f, &cursor, list), 1);
	assert_mapping(&list[0], 0x8000, 0x8fff, 0x91000);
	assert_true(list[0].read && !list[0].write);
}

static void mappings_begin_and_end_where_they_are_asked_for(void **state)
{
	static const struct pages pages[] = { { 0x7000, 0x90000, 8,
						FS_USER_RW } };
	/* The last one is of one address. */
	static const struct {
		uint64_t first;
		uint64_t last;
		uint64_t address;
	} asked[] = { { 0x8000, 0xafff, 0x91000 },
		      { 0x7fff, 0x7fff, 0x90fff } };
	struct fixture *f = *state;

	map_pages(f, pages, 1);
	for (unsigned int i = 0; i < 2; i++) {
		struct vtd_dump_mappings cursor = mappings_of_pasid();
		struct vtd_dump_mapping list[ROOM];

		cursor.address = asked[i].first;
		cursor.last = asked[i].last;
		assert_int_equal(all_mappings(f, &cursor, list), 1);
		assert_mapping(&list[0], asked[i].first, asked[i].last,
			       asked[i].address);
	}
}

static void mapping_is_new_when_the_one_before_is_not_of_this_call(void **state)
{
	static const struct pages pages[] = { { 0x7000, 0x90000, 1,
						FS_USER_RW } };
	const struct vtd_dump_mapping before = {
		.first = 0x6000,
		.last = 0x6fff,
		.address = 0x8f000,
		.read = true,
		.write = true,
	};
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_mapping list[ROOM] = { before };

	map_pages(*state, pages, 1);
	assert_int_equal(all_mappings(*state, &cursor, list + 1), 1);
	assert_memory_equal(&list[0], &before, sizeof(before));
}

static void mappings_are_none_when_the_end_is_before_the_beginning(void **state)
{
	struct vtd_dump_mappings cursor = { .sid = SID,
					    .address = 0x8000,
					    .last = 0x7fff };
	struct vtd_dump_mapping list[ROOM];

	assert_int_equal(all_mappings(*state, &cursor, list), 0);
}

static void one_call_is_bounded_when_tables_map_without_end(void **state)
{
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_mapping list[ROOM];
	struct fixture *f = *state;
	uint64_t loop = tables_page(&f->tables);
	struct page_table table;

	/* Every entry of every level is the table itself. */
	for (unsigned int i = 0; i < 512; i++)
		fake_host_set_64(&f->host, loop + 8 * i, loop | FS_USER_RW);
	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	table.root = loop;
	fixture_pasid_first_stage(f, scene.context.dir, 5, &table);
	regs_queue_flush(&f->queue);
	cursor.address = 0;
	assert_int_equal(vtd_unit_dump_mappings(f->unit, &cursor, list, ROOM),
			 ROOM);
	assert_false(cursor.done);
	assert_true(cursor.address <= (uint64_t)VTD_DUMP_STEPS * 0x1000);
}

static void one_call_is_bounded_when_tables_map_nothing(void **state)
{
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_mapping list[ROOM];
	struct fixture *f = *state;
	uint64_t tables[3];
	struct page_table table;

	/* All of a table are the next one, and all of the last are none. */
	for (unsigned int level = 0; level < 3; level++)
		tables[level] = tables_page(&f->tables);
	for (unsigned int i = 0; i < 2 * 512; i++)
		fake_host_set_64(&f->host, tables[i / 512] + 8 * (i % 512),
				 tables[i / 512 + 1] | FS_USER_RW);
	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	fake_host_set_64(&f->host, table.root, tables[0] | FS_USER_RW);
	fixture_pasid_first_stage(f, scene.context.dir, 5, &table);
	regs_queue_flush(&f->queue);
	assert_int_equal(vtd_unit_dump_mappings(f->unit, &cursor, list, ROOM),
			 0);
	assert_false(cursor.done);
	assert_true(cursor.address == (uint64_t)VTD_DUMP_STEPS * 0x1000);
}

static void mappings_end_when_addresses_are_beyond_the_tables(void **state)
{
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_mapping list[ROOM];
	struct fixture *f = *state;
	struct page_table table;

	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	fixture_pasid_second_stage(f, scene.context.dir, 5, &table);
	regs_queue_flush(&f->queue);
	cursor.address = UINT64_C(1) << 47;
	assert_int_equal(vtd_unit_dump_mappings(f->unit, &cursor, list, ROOM),
			 0);
	assert_true(cursor.done);
}

static void nothing_is_cached_when_it_is_told(void **state)
{
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_requester requesters[ROOM];
	struct vtd_dump_mapping mappings[ROOM];
	struct vtd_dump_cached cached[ROOM];
	struct fixture *f = *state;
	uint32_t place = 0;

	assert_int_equal(all_requesters(f, requesters, ROOM), 2);
	all_mappings(f, &cursor, mappings);
	assert_int_equal(vtd_unit_dump_cache(f->unit, &place, cached, ROOM), 0);
}

static void mapping_is_everything_when_requester_passes_through(void **state)
{
	struct vtd_dump_mappings cursor = { .sid = SID, .last = 0xffffffff };
	struct vtd_dump_mapping list[ROOM];
	struct fixture *f = *state;
	size_t count = all_mappings(f, &cursor, list);

	/* But for the interrupt range. */
	assert_int_equal(count, 2);
	assert_mapping(&list[0], 0, 0xfedfffff, 0);
	assert_mapping(&list[1], 0xfef00000, 0xffffffff, 0xfef00000);
}

static void cache_is_told_when_requests_were_made(void **state)
{
	struct vtd_dump_cached list[ROOM];
	struct fixture *f = *state;
	uint32_t cursor = 0;

	assert_int_equal(vtd_unit_dump_cache(f->unit, &cursor, list, ROOM), 0);
	assert_true(cursor == VTD_DUMP_END);
	fixture_access(f, SID, 0x1000, VTD_ACCESS_READ);
	cursor = 0;
	assert_int_equal(vtd_unit_dump_cache(f->unit, &cursor, list, ROOM), 1);
	assert_int_equal(list[0].sid, SID);
	assert_true(list[0].pass_through && !list[0].pasid_present);
	assert_int_equal(list[0].tag, RID_PASID);
	regs_queue_flush(&f->queue);
	cursor = 0;
	assert_int_equal(vtd_unit_dump_cache(f->unit, &cursor, list, ROOM), 0);
}

static void nothing_is_recorded_when_a_unit_is_dumped(void **state)
{
	struct vtd_dump_mappings cursor = mappings_of_pasid();
	struct vtd_dump_requester requesters[ROOM];
	struct vtd_dump_mapping mappings[ROOM];
	struct vtd_counters before, after;
	struct fixture *f = *state;

	vtd_unit_counters(f->unit, &before, sizeof(before));
	all_requesters(f, requesters, ROOM);
	all_mappings(f, &cursor, mappings);
	vtd_unit_counters(f->unit, &after, sizeof(after));
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(fixture_take_reason(f), 0);
}

#define SCENE_TEST(name)                                                    \
	cmocka_unit_test_setup_teardown(name, setup_with_empty_first_stage, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(requesters_are_told_in_order_when_they_have_entries),
		SCENE_TEST(requesters_go_on_when_there_is_little_room),
		SCENE_TEST(
			requesters_end_a_call_when_there_are_many_steps_to_none),
		SCENE_TEST(requesters_are_none_when_translation_is_off),
		SCENE_TEST(mappings_are_put_together_when_they_touch),
		SCENE_TEST(
			mappings_are_two_when_only_the_right_to_read_differs),
		SCENE_TEST(mappings_begin_and_end_where_they_are_asked_for),
		SCENE_TEST(
			mapping_is_told_when_it_is_behind_a_page_without_rights),
		SCENE_TEST(
			mapping_is_new_when_the_one_before_is_not_of_this_call),
		SCENE_TEST(
			mappings_are_none_when_the_end_is_before_the_beginning),
		SCENE_TEST(one_call_is_bounded_when_tables_map_without_end),
		SCENE_TEST(one_call_is_bounded_when_tables_map_nothing),
		SCENE_TEST(mappings_end_when_addresses_are_beyond_the_tables),
		SCENE_TEST(nothing_is_cached_when_it_is_told),
		SCENE_TEST(mapping_is_everything_when_requester_passes_through),
		SCENE_TEST(cache_is_told_when_requests_were_made),
		SCENE_TEST(nothing_is_recorded_when_a_unit_is_dumped),
	};

	return RUN_TESTS(tests);
}
