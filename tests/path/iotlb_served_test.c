/* SPDX-License-Identifier: BSD-3-Clause */
/* Which requests the IOTLB serves: those of requesters whose entries are there no more,
 * and none in the interrupt range; and what a first request leaves to the next ones.
 * F 5.1. */
#include "kept_process.h"

#define INTERRUPT UINT64_C(0xfee00000)
#define RID 0

struct place {
	const char *name;
	uint64_t address;
	uint64_t set, clear;
	enum vtd_condition condition;
	bool serves; /* what is cached of translations */
};

/* The entries of the requester, and not its translations. */
static void flush_requester(struct fixture *f)
{
	assert_true(
		regs_queue_do(&f->queue, VTD_DESC_CONTEXT_CACHE | 1 << 4, 0));
	assert_true(regs_queue_do(&f->queue, VTD_DESC_PASID_CACHE | 3 << 4, 0));
}

static void assert_serves(struct fixture *f, const struct place *place)
{
	uint64_t word = fake_host_get_64(&f->host, place->address);
	struct vtd_translation result;

	tables_change(&f->tables, place->address, place->set, place->clear);
	flush_requester(f);
	result = access_at(f, ADDRESS, VTD_ACCESS_READ);
	check_row(place->name,
		  result.condition == (place->serves ? VTD_CONDITION_NONE :
						       place->condition));
	check_row(place->name, !place->serves || result.address == PAGE);
	/* Without the translation it is what it is. */
	assert_true(flush_pasid(f, PASID));
	result = access_at(f, ADDRESS, VTD_ACCESS_READ);
	check_row(place->name, result.condition == place->condition);
	fake_host_set_64(&f->host, place->address, word);
	assert_true(regs_queue_flush(&f->queue));
	access_at(f, ADDRESS, VTD_ACCESS_READ);
}

static void translation_serves_when_an_entry_is_not_present(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);
	uint64_t context = tables_sm_context(&f->tables, f->root, SID);
	uint64_t dir = fake_host_get_64(&f->host, context) &
		       VTD_SM_CONTEXT0_PASIDDIRPTR;
	const struct place places[] = {
		{ "root", tables_sm_root_half(f->root, SID), 0, 1, VTD_SRT_2,
		  true },
		{ "context", context, 0, 1, VTD_SCT_2, true },
		{ "directory", tables_pasid_dir_entry(dir, PASID), 0, 1,
		  VTD_SPD_2, true },
		{ "PASID entry", process.entry, 0, 1, VTD_SPT_2, true },
		{ "context that is reserved", context, VTD_BIT(7), 0, VTD_SCT_3,
		  false },
		{ "PASIDE", context, 0, VTD_SM_CONTEXT0_PASIDE, VTD_SCT_6,
		  false },
		{ "PASID entry that is reserved", process.entry, VTD_BIT(5), 0,
		  VTD_SPT_3, false },
		{ "no type", process.entry, 0, VTD_PASID0_PGTT, VTD_SPT_4_2,
		  false },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		assert_serves(f, &places[i]);
}

/* Requests for one page of a large one are not answered for another. */
static void assert_range_refused(struct fixture *f, enum vtd_iotlb_kind kind)
{
	const uint64_t base = UINT64_C(0x7f0000000000);
	const uint64_t page = INTERRUPT & UINT64_MAX << 30;
	struct process process;

	f->config.iotlb = kind;
	process = make_process(f, 4);
	page_table_map(&process.table, base, page, 30,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	fixture_run(f, VTD_TTM_SCALABLE);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(access_at(f, base, VTD_ACCESS_WRITE).address,
				 page);
		assert_int_equal(access_at(f, base + (INTERRUPT - page),
					   VTD_ACCESS_WRITE)
					 .condition,
				 VTD_SGN_8_1);
	}
}

static void
interrupt_range_is_refused_when_pages_are_kept_in_parts(void **state)
{
	assert_range_refused(*state, VTD_IOTLB_KEEP);
}

static void interrupt_range_is_refused_when_large_pages_are_kept(void **state)
{
	assert_range_refused(*state, VTD_IOTLB_SIZED);
}

/* What is dirty already serves writes, whoever came first. */
static void write_is_served_when_page_was_dirty_for_a_read(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	remap(f, &process);
	assert_int_equal(access_at(f, ADDRESS, VTD_ACCESS_WRITE).address, PAGE);
}

static void read_is_served_when_page_was_clean_for_a_read(void **state)
{
	struct fixture *f = *state;
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = run_process(f, FS_USER_RW);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	remap(f, &process);
	assert_int_equal(access_at(f, ADDRESS, VTD_ACCESS_READ).address, PAGE);
	/* A write has to set D. */
	assert_int_equal(access_at(f, ADDRESS, VTD_ACCESS_WRITE).address,
			 OTHER_PAGE);
}

/* And not at the leaf, where a second look at the tables ends. */
static void fault_is_where_the_right_was_lost_when_tables_are_kept(void **state)
{
	struct fixture *f = *state;
	struct process process;
	struct vtd_translation result;
	uint64_t upper;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = run_process(f, FS_USER_RW);
	upper = page_table_entry(&process.table, ADDRESS, 3);
	tables_change(&f->tables, upper, 0, VTD_FS_RW);
	result = ask(f, ADDRESS, false);
	assert_true(result.read && !result.write);
	assert_int_equal(result.condition, VTD_SGN_6);
	assert_int_equal(result.place.level, 3);
	assert_int_equal(result.place.address, upper);
}

/* Tables are kept with their A set, by the request that sets it. */
static void tables_are_kept_when_the_request_set_accessed(void **state)
{
	struct fixture *f = *state;
	const uint64_t neighbour = ADDRESS + 0x1000;
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = map_process(f, FS_USER_RW);
	page_table_map(&process.table, neighbour, OTHER_PAGE, 12, FS_USER_RW);
	fixture_run(f, VTD_TTM_SCALABLE);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	fake_host_set_64(&f->host, page_table_entry(&process.table, ADDRESS, 2),
			 0);
	assert_int_equal(access_at(f, neighbour, VTD_ACCESS_READ).address,
			 OTHER_PAGE);
}

static void rights_of_upper_entries_count_when_table_is_kept(void **state)
{
	struct fixture *f = *state;
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = map_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	page_table_map(&process.table, ADDRESS + 0x1000, OTHER_PAGE, 12,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	tables_change(&f->tables, page_table_entry(&process.table, ADDRESS, 3),
		      0, VTD_FS_RW);
	fixture_run(f, VTD_TTM_SCALABLE);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	assert_int_equal(
		access_at(f, ADDRESS + 0x1000, VTD_ACCESS_WRITE).condition,
		VTD_SGN_6);
	assert_false(access_at(f, ADDRESS + 0x1000, VTD_ACCESS_READ).write);
}

/* And nothing else, when there is nothing to set. */
static void one_entry_is_read_when_its_table_is_kept(void **state)
{
	struct fixture *f = *state;
	struct process process;
	unsigned int reads;

	f->host.published = false;
	process = keep_process(f);
	page_table_map(&process.table, ADDRESS + 0x1000, OTHER_PAGE, 12,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	reads = f->host.reads;
	access_at(f, ADDRESS + 0x1000, VTD_ACCESS_WRITE);
	assert_int_equal(f->host.reads, reads + 1);
}

/* Of large pages only the top entry leads to a table. */
static void top_entry_is_kept_when_pages_are_large(void **state)
{
	struct fixture *f = *state;
	const uint64_t bits = FS_USER_RW | VTD_FS_A | VTD_FS_D;
	const uint64_t first = UINT64_C(0x7f0000000000);
	const uint64_t second = UINT64_C(0x7f0040000000);
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = make_process(f, 4);
	page_table_map(&process.table, first, 0, 30, bits);
	page_table_map(&process.table, second, UINT64_C(0x40000000), 30, bits);
	tables_change(&f->tables, page_table_entry(&process.table, first, 4),
		      VTD_FS_A, 0);
	fixture_run(f, VTD_TTM_SCALABLE);
	access_at(f, first, VTD_ACCESS_READ);
	fake_host_set_64(&f->host, page_table_entry(&process.table, first, 4),
			 0);
	assert_int_equal(access_at(f, second, VTD_ACCESS_READ).address,
			 UINT64_C(0x40000000));
}

/* Each by the right that it has. */
static void rights_are_kept_apart_when_privileges_differ(void **state)
{
	struct fixture *f = *state;
	struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_WRITE,
		.address = ADDRESS,
		.pasid_present = true,
		.pasid = PASID,
	};

	f->config.iotlb = VTD_IOTLB_KEEP;
	run_process(f, FS_USER_RO | VTD_FS_A | VTD_FS_D);
	for (int i = 0; i < 2; i++) {
		/* WPE is off. */
		request.privileged = true;
		assert_int_equal(fixture_translate(f, request).condition,
				 VTD_CONDITION_NONE);
		request.privileged = false;
		assert_int_equal(fixture_translate(f, request).condition,
				 VTD_SGN_6);
	}
}

static void requests_are_kept_apart_when_pasids_differ(void **state)
{
	struct fixture *f = *state;
	struct page_table table;
	uint64_t dir;

	keep_process(f);
	dir = fake_host_get_64(&f->host,
			       tables_sm_context(&f->tables, f->root, SID)) &
	      VTD_SM_CONTEXT0_PASIDDIRPTR;
	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	page_table_map(&table, ADDRESS, OTHER_PAGE, 12,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	fixture_pasid_first_stage(f, dir, PASID + 1, &table);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(access_at(f, ADDRESS, VTD_ACCESS_READ).address,
				 PAGE);
		assert_int_equal(fixture_access_with_pasid(f, SID, PASID + 1,
							   ADDRESS,
							   VTD_ACCESS_READ)
					 .address,
				 OTHER_PAGE);
	}
}

/* RID_PASID's translations are those of requests without PASID. */
static void requests_are_kept_apart_when_one_has_the_rid_pasid(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context;
	struct page_table table;

	keep_process(f);
	context = fixture_sm_context(f, SID + 8, RID);
	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	page_table_map(&table, ADDRESS, OTHER_PAGE, 12,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	fixture_pasid_first_stage(f, context.dir, RID, &table);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fixture_access(f, SID + 8, ADDRESS,
						VTD_ACCESS_READ)
					 .address,
				 OTHER_PAGE);
		assert_int_equal(fixture_access_with_pasid(f, SID + 8, RID,
							   ADDRESS,
							   VTD_ACCESS_READ)
					 .condition,
				 VTD_SCT_9);
	}
}

/* ADDRESS and its neighbour are mapped, by one stage or both, and used. */
static void run_stages(struct fixture *f, uint64_t type, uint64_t leaf[2])
{
	const bool first = type != VTD_PGTT_SECOND_STAGE;
	const uint64_t bits = first ? FS_USER_RW | VTD_FS_A | VTD_FS_D : SS_RW;
	struct fixture_context context = fixture_sm_context(f, SID, RID);
	struct page_table table, all;
	uint64_t entry;

	f->config.iotlb = VTD_IOTLB_KEEP;
	page_table_init(
		&table, &f->tables,
		first ? PAGE_TABLE_FIRST_STAGE : PAGE_TABLE_SECOND_STAGE, 4);
	for (unsigned int i = 0; i < 2; i++)
		leaf[i] = page_table_map(&table, ADDRESS + i * 0x1000,
					 PAGE + i * 0x1000, 12, bits);
	if (first)
		entry = fixture_pasid_first_stage(f, context.dir, PASID,
						  &table);
	else
		entry = fixture_pasid_second_stage(f, context.dir, PASID,
						   &table);
	page_table_init(&all, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	page_table_map(&all, 0, 0, 30, SS_RW);
	if (type == VTD_PGTT_NESTED)
		fixture_pasid_nest(f, entry, &table, &all);
	fixture_run(f, VTD_TTM_SCALABLE);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(access_at(f, ADDRESS + i * 0x1000,
					   VTD_ACCESS_READ)
					 .address,
				 PAGE + i * 0x1000);
}

/* A page request for ADDRESS, when both pages are mapped elsewhere. */
static void assert_goes(struct fixture *f, uint64_t type, bool neighbour)
{
	struct regs_page_queue queue;
	uint64_t leaf[2];

	run_stages(f, type, leaf);
	regs_page_queue_start(&queue, f->unit, &f->tables);
	for (unsigned int i = 0; i < 2; i++)
		tables_change(&f->tables, leaf[i], 0x4000, 0);
	assert_int_equal(ask_for_page(f, ADDRESS + 0x123),
			 VTD_PAGE_REQUEST_QUEUED);
	assert_int_equal(access_at(f, ADDRESS, VTD_ACCESS_READ).address,
			 PAGE + 0x4000);
	assert_int_equal(
		access_at(f, ADDRESS + 0x1000, VTD_ACCESS_READ).address,
		PAGE + (neighbour ? 0x5000 : 0x1000));
}

static void only_its_page_goes_when_first_stage_is_asked_for(void **state)
{
	assert_goes(*state, VTD_PGTT_FIRST_STAGE, false);
}

static void only_its_page_goes_when_second_stage_is_asked_for(void **state)
{
	assert_goes(*state, VTD_PGTT_SECOND_STAGE, false);
}

/* By its guest-physical address nobody finds it. */
static void domain_goes_when_both_stages_are_asked_for(void **state)
{
	assert_goes(*state, VTD_PGTT_NESTED, true);
}

static void page_request_is_taken_when_its_entry_is_kept(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);
	struct regs_page_queue queue;

	regs_page_queue_start(&queue, f->unit, &f->tables);
	fake_host_set_64(&f->host, process.entry, 0);
	assert_int_equal(ask_for_page(f, ADDRESS), VTD_PAGE_REQUEST_QUEUED);
	flush_requester(f);
	assert_int_equal(ask_for_page(f, ADDRESS), VTD_PAGE_REQUEST_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(translation_serves_when_an_entry_is_not_present),
		FIXTURE_TEST(
			interrupt_range_is_refused_when_pages_are_kept_in_parts),
		FIXTURE_TEST(
			interrupt_range_is_refused_when_large_pages_are_kept),
		FIXTURE_TEST(write_is_served_when_page_was_dirty_for_a_read),
		FIXTURE_TEST(read_is_served_when_page_was_clean_for_a_read),
		FIXTURE_TEST(
			fault_is_where_the_right_was_lost_when_tables_are_kept),
		FIXTURE_TEST(tables_are_kept_when_the_request_set_accessed),
		FIXTURE_TEST(rights_of_upper_entries_count_when_table_is_kept),
		FIXTURE_TEST(one_entry_is_read_when_its_table_is_kept),
		FIXTURE_TEST(top_entry_is_kept_when_pages_are_large),
		FIXTURE_TEST(rights_are_kept_apart_when_privileges_differ),
		FIXTURE_TEST(requests_are_kept_apart_when_pasids_differ),
		FIXTURE_TEST(
			requests_are_kept_apart_when_one_has_the_rid_pasid),
		FIXTURE_TEST(only_its_page_goes_when_first_stage_is_asked_for),
		FIXTURE_TEST(only_its_page_goes_when_second_stage_is_asked_for),
		FIXTURE_TEST(domain_goes_when_both_stages_are_asked_for),
		FIXTURE_TEST(page_request_is_taken_when_its_entry_is_kept),
	};

	return RUN_TESTS(tests);
}
