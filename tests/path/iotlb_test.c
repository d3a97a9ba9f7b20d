/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of a unit that keeps what it read until it is told (vtd_config.iotlb).
 * F 5.1, 5.5. */
#include "kept_process.h"

#define OTHER_PASID 0x777

static uint64_t address_of(struct fixture *f, uint64_t address)
{
	struct vtd_translation result = access_at(f, address, VTD_ACCESS_READ);

	return result.status == VTD_STATUS_SUCCESS ? result.address : 0;
}

static void old_translation_serves_when_nothing_was_invalidated(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	remap(f, &process);
	assert_int_equal(address_of(f, ADDRESS + 8), PAGE + 8);
	fake_host_set_64(&f->host, process.leaf, 0);
	assert_int_equal(address_of(f, ADDRESS), PAGE);
}

static void new_translation_serves_when_its_page_was_invalidated(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	remap(f, &process);
	assert_true(flush_page(f, PASID, ADDRESS));
	assert_int_equal(address_of(f, ADDRESS), OTHER_PAGE);
}

static void
old_translation_serves_when_another_page_was_invalidated(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	remap(f, &process);
	assert_true(flush_page(f, PASID, ADDRESS + 0x1000));
	assert_true(flush_page(f, OTHER_PASID, ADDRESS));
	assert_int_equal(address_of(f, ADDRESS), PAGE);
	/* AM=1: two pages from ADDRESS - 1000h on. */
	assert_true(flush_page(f, PASID, (ADDRESS ^ 0x1000) | 1));
	assert_int_equal(address_of(f, ADDRESS), OTHER_PAGE);
}

static void probe_sees_memory_when_old_translation_serves(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);
	const struct vtd_request request = read_request(ADDRESS);
	struct vtd_translation result;

	remap(f, &process);
	vtd_unit_probe(f->unit, &request, &result);
	assert_int_equal(result.address, OTHER_PAGE);
}

static void faults_are_not_kept_when_memory_has_been_repaired(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	fake_host_set_64(&f->host, process.leaf, 0);
	assert_true(flush_pasid(f, PASID));
	assert_int_equal(address_of(f, ADDRESS), 0);
	remap(f, &process);
	assert_int_equal(address_of(f, ADDRESS), OTHER_PAGE);
}

static void write_is_walked_when_cached_translation_is_clean(void **state)
{
	struct fixture *f = *state;
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = run_process(f, FS_USER_RW);
	assert_false(access_at(f, ADDRESS, VTD_ACCESS_READ).write);
	assert_true(access_at(f, ADDRESS, VTD_ACCESS_WRITE).write);
	assert_true((fake_host_get_64(&f->host, process.leaf) & VTD_FS_D) != 0);
	/* It is dirty now, in the cache as well. */
	fake_host_set_64(&f->host, process.leaf, 0);
	assert_true(access_at(f, ADDRESS, VTD_ACCESS_WRITE).write);
	assert_true(access_at(f, ADDRESS, VTD_ACCESS_READ).write);
}

static void request_is_walked_when_cached_rights_are_less(void **state)
{
	struct fixture *f = *state;
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = run_process(f, FS_USER_RO | VTD_FS_A | VTD_FS_D);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	remap(f, &process);
	assert_int_equal(access_at(f, ADDRESS, VTD_ACCESS_WRITE).address,
			 OTHER_PAGE);
}

static void privileged_rights_do_not_serve_when_request_has_none(void **state)
{
	struct fixture *f = *state;
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_READ,
		.address = ADDRESS,
		.pasid_present = true,
		.pasid = PASID,
		.privileged = true,
	};

	f->config.iotlb = VTD_IOTLB_KEEP;
	run_process(f, FS_SUPERVISOR_RW);
	assert_int_equal(fixture_translate(f, request).status,
			 VTD_STATUS_SUCCESS);
	assert_int_equal(address_of(f, ADDRESS), 0);
}

/* A is set in each entry of the way once a request has succeeded, and not by what
 * was cached when one failed. */
static void assert_accessed_after_fault(struct fixture *f,
					struct page_table *table, uint64_t bits,
					uint64_t accessed)
{
	uint64_t neighbour = ADDRESS + 0x1000;
	uint64_t leaf = page_table_map(table, ADDRESS, PAGE, 12, bits);

	page_table_map(table, neighbour, PAGE, 12, bits);
	fake_host_set_64(&f->host, leaf, 0);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(address_of(f, ADDRESS), 0);
	assert_int_equal(address_of(f, neighbour), PAGE);
	for (unsigned int level = 1; level <= 4; level++)
		assert_int_equal(fake_host_get_64(&f->host,
						  page_table_entry(table,
								   neighbour,
								   level)) &
					 accessed,
				 accessed);
}

static void first_stage_is_accessed_when_a_request_failed_before(void **state)
{
	struct fixture *f = *state;
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = make_process(f, 4);
	assert_accessed_after_fault(f, &process.table, FS_USER_RW, VTD_FS_A);
}

static void extended_accessed_is_set_when_a_request_failed_before(void **state)
{
	struct fixture *f = *state;
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = make_process(f, 4);
	tables_change(&f->tables, process.entry + 16, VTD_PASID2_EAFE, 0);
	assert_accessed_after_fault(f, &process.table, FS_USER_RW | VTD_FS_A,
				    VTD_FS_A | VTD_FS_EA);
}

static void second_stage_is_accessed_when_a_request_failed_before(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table;
	uint64_t entry;

	f->config.iotlb = VTD_IOTLB_KEEP;
	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	entry = fixture_pasid_second_stage(f, context.dir, PASID, &table);
	tables_change(&f->tables, entry, VTD_PASID0_SSADE, 0);
	assert_accessed_after_fault(f, &table, SS_RW, VTD_SS_A);
}

/* The table that ADDRESS's leaf is in is exchanged for one that maps its
 * neighbour elsewhere. */
static void exchange_table(struct fixture *f, struct process *process)
{
	uint64_t table = tables_page(&f->tables);
	uint64_t neighbour = ADDRESS + 0x1000;

	page_table_map(&process->table, neighbour, PAGE + 0x1000, 12,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	/* In the cache are ADDRESS and the way to it. */
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	fake_host_set_64(&f->host, table + (neighbour >> 12 & 0x1ff) * 8,
			 OTHER_PAGE | FS_USER_RW | VTD_FS_A | VTD_FS_D);
	fake_host_set_64(&f->host,
			 page_table_entry(&process->table, ADDRESS, 2),
			 table | FS_USER_RW | VTD_FS_A);
}

static void old_table_is_walked_when_only_leaves_were_invalidated(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	exchange_table(f, &process);
	assert_true(flush_page(f, PASID, ADDRESS | VTD_DESC1_IH));
	assert_int_equal(address_of(f, ADDRESS + 0x1000), PAGE + 0x1000);
}

static void new_table_is_walked_when_a_page_below_was_invalidated(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	exchange_table(f, &process);
	assert_true(flush_page(f, PASID, ADDRESS));
	assert_int_equal(address_of(f, ADDRESS + 0x1000), OTHER_PAGE);
}

/* Another PASID entry, that of tables which map ADDRESS elsewhere. */
static void change_pasid_entry(struct fixture *f, struct process *process)
{
	struct page_table table;

	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	page_table_map(&table, ADDRESS, OTHER_PAGE, 12, FS_USER_RW);
	fake_host_set_64(&f->host, process->entry + 16,
			 (fake_host_get_64(&f->host, process->entry + 16) &
			  0xfff) |
				 table.root);
}

static void old_pasid_entry_serves_when_only_translations_went(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	change_pasid_entry(f, &process);
	assert_true(flush_pasid(f, PASID));
	assert_int_equal(address_of(f, ADDRESS), PAGE);
	assert_true(flush_pasid_cache(f, OTHER_PASID));
	assert_true(flush_pasid(f, PASID));
	assert_int_equal(address_of(f, ADDRESS), PAGE);
	assert_true(flush_pasid_cache(f, PASID));
	assert_true(flush_pasid(f, PASID));
	assert_int_equal(address_of(f, ADDRESS), OTHER_PAGE);
}

static void translation_serves_when_only_its_pasid_entry_went(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	fake_host_set_64(&f->host, process.entry, 0);
	assert_true(flush_pasid_cache(f, PASID));
	assert_int_equal(address_of(f, ADDRESS), PAGE);
	assert_true(flush_pasid(f, PASID));
	assert_int_equal(address_of(f, ADDRESS), 0);
}

/* What came of it is in the translation. */
static void snooping_stays_when_only_its_pasid_entry_was_changed(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	assert_true(access_at(f, ADDRESS, VTD_ACCESS_READ).snoop);
	tables_change(&f->tables, process.entry + 8, 0, VTD_PASID1_PGSNP);
	assert_true(flush_pasid_cache(f, PASID));
	assert_true(access_at(f, ADDRESS, VTD_ACCESS_READ).snoop);
	assert_true(flush_pasid(f, PASID));
	assert_false(access_at(f, ADDRESS, VTD_ACCESS_READ).snoop);
}

static void context_entry_serves_when_only_the_pasid_cache_went(void **state)
{
	struct fixture *f = *state;
	uint64_t entry;

	keep_process(f);
	entry = tables_sm_context(&f->tables, f->root, SID);
	tables_change(&f->tables, entry, 0, VTD_SM_CONTEXT0_PASIDE);
	assert_true(flush_pasid_cache(f, PASID));
	assert_true(flush_pasid(f, PASID));
	assert_int_equal(address_of(f, ADDRESS), PAGE);
	assert_true(regs_queue_do(
		&f->queue,
		VTD_DESC_CONTEXT_CACHE | 3 << 4 | (uint64_t)SID << 32, 0));
	assert_int_equal(address_of(f, ADDRESS), 0);
}

static void translations_go_when_translation_is_switched_off(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);

	remap(f, &process);
	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_TE);
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_TE);
	assert_int_equal(address_of(f, ADDRESS), OTHER_PAGE);
}

/* Whether a new root table alone makes the unit read memory again. */
static bool goes_with_root_table(struct fixture *f, bool self_flush)
{
	struct process process;

	f->config.self_flush = self_flush;
	process = keep_process(f);
	remap(f, &process);
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	return address_of(f, ADDRESS) == OTHER_PAGE;
}

static void translations_go_when_root_table_flushes_by_itself(void **state)
{
	assert_true(goes_with_root_table(*state, true));
}

static void translations_stay_when_root_table_does_not_flush(void **state)
{
	assert_false(goes_with_root_table(*state, false));
}

static void translation_goes_when_its_page_was_requested(void **state)
{
	struct fixture *f = *state;
	struct process process = keep_process(f);
	struct regs_page_queue queue;

	regs_page_queue_start(&queue, f->unit, &f->tables);
	remap(f, &process);
	assert_int_equal(ask_for_page(f, ADDRESS), VTD_PAGE_REQUEST_QUEUED);
	assert_int_equal(address_of(f, ADDRESS), OTHER_PAGE);
}

static void rest_of_large_page_stays_when_a_part_was_invalidated(void **state)
{
	struct fixture *f = *state;
	const uint64_t large = ADDRESS & UINT64_MAX << 21;
	struct process process;
	uint64_t leaf;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = make_process(f, 4);
	leaf = page_table_map(&process.table, large, PAGE & UINT64_MAX << 21,
			      21, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(f, large, VTD_ACCESS_READ).size_shift, 21);
	access_at(f, large + 0x1000, VTD_ACCESS_READ);
	fake_host_set_64(&f->host, leaf, 0);
	assert_true(flush_page(f, PASID, large));
	assert_int_equal(address_of(f, large), 0);
	assert_int_equal(
		access_at(f, large + 0x1000, VTD_ACCESS_READ).size_shift, 21);
}

static void misses_are_counted_when_cache_is_small(void **state)
{
	struct fixture *f = *state;
	struct vtd_counters counters;
	struct process process;

	f->config.iotlb = VTD_IOTLB_SIZED;
	f->config.iotlb_entries = 16;
	process = run_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	for (uint64_t i = 1; i < 40; i++)
		page_table_map(&process.table, ADDRESS + i * 0x1000,
			       PAGE + i * 0x1000, 12,
			       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	for (uint64_t i = 0; i < 40; i++)
		assert_int_equal(address_of(f, ADDRESS + i * 0x1000),
				 PAGE + i * 0x1000);
	access_at(f, ADDRESS + UINT64_C(39) * 0x1000, VTD_ACCESS_READ);
	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	assert_int_equal(counters.iotlb_misses, 40);
	assert_int_equal(counters.iotlb_hits, 1);
	assert_int_equal(counters.iotlb_dropped, 40 - 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			old_translation_serves_when_nothing_was_invalidated),
		FIXTURE_TEST(
			new_translation_serves_when_its_page_was_invalidated),
		FIXTURE_TEST(
			old_translation_serves_when_another_page_was_invalidated),
		FIXTURE_TEST(probe_sees_memory_when_old_translation_serves),
		FIXTURE_TEST(faults_are_not_kept_when_memory_has_been_repaired),
		FIXTURE_TEST(write_is_walked_when_cached_translation_is_clean),
		FIXTURE_TEST(request_is_walked_when_cached_rights_are_less),
		FIXTURE_TEST(
			privileged_rights_do_not_serve_when_request_has_none),
		FIXTURE_TEST(
			first_stage_is_accessed_when_a_request_failed_before),
		FIXTURE_TEST(
			extended_accessed_is_set_when_a_request_failed_before),
		FIXTURE_TEST(
			second_stage_is_accessed_when_a_request_failed_before),
		FIXTURE_TEST(
			old_table_is_walked_when_only_leaves_were_invalidated),
		FIXTURE_TEST(
			new_table_is_walked_when_a_page_below_was_invalidated),
		FIXTURE_TEST(
			old_pasid_entry_serves_when_only_translations_went),
		FIXTURE_TEST(translation_serves_when_only_its_pasid_entry_went),
		FIXTURE_TEST(
			snooping_stays_when_only_its_pasid_entry_was_changed),
		FIXTURE_TEST(
			context_entry_serves_when_only_the_pasid_cache_went),
		FIXTURE_TEST(translations_go_when_translation_is_switched_off),
		FIXTURE_TEST(translations_go_when_root_table_flushes_by_itself),
		FIXTURE_TEST(translations_stay_when_root_table_does_not_flush),
		FIXTURE_TEST(translation_goes_when_its_page_was_requested),
		FIXTURE_TEST(
			rest_of_large_page_stays_when_a_part_was_invalidated),
		FIXTURE_TEST(misses_are_counted_when_cache_is_small),
	};

	return RUN_TESTS(tests);
}
