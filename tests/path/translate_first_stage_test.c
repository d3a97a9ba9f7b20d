/* SPDX-License-Identifier: BSD-3-Clause */
/* First-stage translation with PASID: the path of shared virtual memory.
 * SPEC 3.6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fixture.h"

#define SID 0x0100
#define PASID 0x12345
#define ADDRESS UINT64_C(0x7f0012345000)
#define PAGE UINT64_C(0x5000000)
/* Some large pages */
#define LARGE UINT64_C(0x7f0040000000)
#define LARGE_PAGE UINT64_C(0x80000000)

struct process {
	struct page_table table;
	uint64_t entry; /* PASID entry */
};

static struct process make_process(struct fixture *fixture, unsigned int levels)
{
	struct fixture_context context = fixture_sm_context(fixture, SID, 0);
	struct process process;

	page_table_init(&process.table, &fixture->tables,
			PAGE_TABLE_FIRST_STAGE, levels);
	process.entry = fixture_pasid_first_stage(fixture, context.dir, PASID,
						  &process.table);
	return process;
}

static struct vtd_translation
access_at(struct fixture *fixture, uint64_t address, enum vtd_access access)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = SID,
						  .access = access,
						  .address = address,
						  .pasid_present = true,
						  .pasid = PASID,
					  });
}

static struct vtd_translation ask(struct fixture *fixture, uint64_t address,
				  bool no_write)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = SID,
						  .type = VTD_AT_TRANSLATION,
						  .address = address,
						  .pasid_present = true,
						  .pasid = PASID,
						  .no_write = no_write,
					  });
}

static struct vtd_translation access_privileged(struct fixture *fixture,
						uint64_t address,
						enum vtd_access access)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = SID,
						  .access = access,
						  .address = address,
						  .pasid_present = true,
						  .pasid = PASID,
						  .privileged = true,
					  });
}

static void address_is_translated_when_page_is_mapped(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	struct vtd_translation result;

	page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = access_at(fixture, ADDRESS + 0x678, VTD_ACCESS_WRITE);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, PAGE + 0x678);
	assert_int_equal(result.size_shift, 12);
	assert_true(result.write);
	assert_true(result.snoop);
}

static void address_is_translated_when_memory_is_read_directly(void **state)
{
	struct fixture *fixture = *state;

	fixture->host.direct = true;
	address_is_translated_when_page_is_mapped(state);
}

static void address_is_translated_when_tables_have_5_levels(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 5);
	uint64_t high = UINT64_C(0xff12345678901000);
	struct vtd_translation result;

	page_table_map(&process.table, high, PAGE, 12, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = access_at(fixture, high + 8, VTD_ACCESS_READ);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, PAGE + 8);
	result = access_at(fixture, UINT64_C(1) << 56, VTD_ACCESS_READ);
	assert_int_equal(result.condition, VTD_SGN_1);
}

static void upper_half_is_translated_when_address_is_canonical(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t kernel = UINT64_C(0xffff888000000000);

	page_table_map(&process.table, kernel, PAGE, 12, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, kernel, VTD_ACCESS_READ).address,
			 PAGE);
	assert_int_equal(access_at(fixture, kernel & VTD_BITS(47, 0),
				   VTD_ACCESS_READ)
				 .condition,
			 VTD_SGN_1);
}

static void check_large_page(struct fixture *fixture, unsigned int shift)
{
	struct process process = make_process(fixture, 4);
	struct vtd_translation result;

	page_table_map(&process.table, LARGE, LARGE_PAGE, shift, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = ask(fixture, LARGE + 0x123000, false);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, LARGE_PAGE + 0x123000);
	assert_int_equal(result.size_shift, shift);
}

static void size_is_2m_when_page_is_2m(void **state)
{
	check_large_page(*state, 21);
}

static void size_is_1g_when_page_is_1g(void **state)
{
	check_large_page(*state, 30);
}

static void page_of_1g_is_refused_when_unit_has_none(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	fixture->config.first_stage_1g_pages = false;
	page_table_map(&process.table, LARGE, LARGE_PAGE, 30, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, LARGE, VTD_ACCESS_READ).condition,
			 VTD_SFS_3);
}

static void low_address_bits_are_reserved_when_page_is_large(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t leaf;

	leaf = page_table_map(&process.table, LARGE, LARGE_PAGE, 21,
			      FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	/* Bit 12 is PAT there and ignored. */
	tables_change(&fixture->tables, leaf, VTD_BIT(12), 0);
	assert_int_equal(access_at(fixture, LARGE, VTD_ACCESS_READ).address,
			 LARGE_PAGE);
	tables_change(&fixture->tables, leaf, VTD_BIT(13), 0);
	assert_int_equal(access_at(fixture, LARGE, VTD_ACCESS_READ).condition,
			 VTD_SFS_3);
}

/* What Linux sets in the tables that it shares with the processor. */
static void software_bits_are_ignored_when_entry_has_them(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	page_table_map(&process.table, ADDRESS, PAGE, 12,
		       FS_USER_RW | VTD_BIT(8) | VTD_BIT(9) | VTD_BIT(11) |
			       VTD_BITS(63, 52));
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).address,
			 PAGE);
}

static void accessed_is_set_on_all_levels_when_page_is_read(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	for (unsigned int level = 1; level <= 4; level++) {
		uint64_t word = fake_host_get_64(
			&fixture->host,
			page_table_entry(&process.table, ADDRESS, level));

		assert_int_equal(word & (VTD_FS_A | VTD_FS_D | VTD_FS_EA),
				 VTD_FS_A);
	}
}

static void extended_accessed_is_set_too_when_it_is_enabled(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t leaf;

	leaf = page_table_map(&process.table, ADDRESS, PAGE, 12,
			      FS_USER_RW | VTD_FS_A);
	tables_change(&fixture->tables, process.entry + 16, VTD_PASID2_EAFE, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	assert_true(fake_host_get_64(&fixture->host, leaf) & VTD_FS_EA);
}

static void dirty_is_set_when_page_is_written(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t leaf =
		page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);

	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_int_equal(fake_host_get_64(&fixture->host, leaf) &
				 (VTD_FS_A | VTD_FS_D),
			 VTD_FS_A | VTD_FS_D);
}

static void nothing_is_swapped_when_bits_are_set_already(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	fake_host_forget(&fixture->host);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_int_equal(fixture->host.swaps, 0);
}

/* Whoever keeps the answer must come back to write. */
static void write_is_not_offered_when_a_read_left_the_page_clean(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_false(access_at(fixture, ADDRESS, VTD_ACCESS_READ).write);
	assert_true(access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).write);
	assert_true(access_at(fixture, ADDRESS, VTD_ACCESS_READ).write);
}

static void dirty_stays_when_write_is_denied(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t leaf =
		page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RO);

	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(
		access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).condition,
		VTD_SGN_6);
	assert_false(fake_host_get_64(&fixture->host, leaf) & VTD_FS_D);
}

static void dirty_is_set_when_translation_request_gets_write(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t leaf =
		page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	struct vtd_translation result;

	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = ask(fixture, ADDRESS, false);
	assert_true(result.read);
	assert_true(result.write);
	assert_true(fake_host_get_64(&fixture->host, leaf) & VTD_FS_D);
}

static void write_is_withheld_when_translation_request_has_nw(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t leaf =
		page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	struct vtd_translation result;

	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = ask(fixture, ADDRESS, true);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_true(result.read);
	assert_false(result.write);
	assert_false(fake_host_get_64(&fixture->host, leaf) & VTD_FS_D);
}

static void nw_is_ignored_when_unit_does_not_know_it(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	fixture->config.no_write_flag = false;
	page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_true(ask(fixture, ADDRESS, true).write);
}

static void supervisor_page_is_reached_when_request_is_privileged(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	page_table_map(&process.table, ADDRESS, PAGE, 12, VTD_FS_P);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SGN_2);
	/* WPE=0: the supervisor writes everywhere. */
	assert_int_equal(
		access_privileged(fixture, ADDRESS, VTD_ACCESS_WRITE).condition,
		VTD_CONDITION_NONE);
}

static void privileged_write_is_denied_when_write_protect_is_on(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	page_table_map(&process.table, ADDRESS, PAGE, 12, VTD_FS_P);
	tables_change(&fixture->tables, process.entry + 16, VTD_PASID2_WPE, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(
		access_privileged(fixture, ADDRESS, VTD_ACCESS_WRITE).condition,
		VTD_SGN_6);
	assert_int_equal(
		access_privileged(fixture, ADDRESS, VTD_ACCESS_READ).condition,
		VTD_CONDITION_NONE);
}

static void unmapped_page_is_seen_at_once_when_it_was_in_use(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t leaf =
		page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);

	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	fake_host_set_64(&fixture->host, leaf, 0);
	assert_true(regs_queue_flush(&fixture->queue));
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SFS_2);
}

/* Linux programs AW in all entries, whatever the unit has. */
static void aw_is_ignored_when_unit_has_no_second_stage(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	fixture->config.second_stage = false;
	fixture->config.nested = false;
	fixture->config.second_stage_accessed_dirty = false;
	page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	tables_change(&fixture->tables, process.entry,
		      vtd_field_make(VTD_PASID0_AW, 2), 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_CONDITION_NONE);
}

static void rights_are_those_of_all_levels_when_a_table_forbids(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);
	uint64_t third;

	page_table_map(&process.table, ADDRESS, PAGE, 12, FS_USER_RW);
	third = page_table_entry(&process.table, ADDRESS, 3);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	tables_change(&fixture->tables, third, 0, VTD_FS_RW);
	assert_int_equal(
		access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).condition,
		VTD_SGN_6);
	tables_change(&fixture->tables, third, 0, VTD_FS_US);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SGN_2);
}

static void write_is_withheld_when_nw_meets_a_dirty_page(void **state)
{
	struct fixture *fixture = *state;
	struct process process = make_process(fixture, 4);

	page_table_map(&process.table, ADDRESS, PAGE, 12,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_false(ask(fixture, ADDRESS, true).write);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(address_is_translated_when_page_is_mapped),
		TEST(address_is_translated_when_memory_is_read_directly),
		TEST(address_is_translated_when_tables_have_5_levels),
		TEST(upper_half_is_translated_when_address_is_canonical),
		TEST(size_is_2m_when_page_is_2m),
		TEST(size_is_1g_when_page_is_1g),
		TEST(page_of_1g_is_refused_when_unit_has_none),
		TEST(low_address_bits_are_reserved_when_page_is_large),
		TEST(software_bits_are_ignored_when_entry_has_them),
		TEST(accessed_is_set_on_all_levels_when_page_is_read),
		TEST(extended_accessed_is_set_too_when_it_is_enabled),
		TEST(dirty_is_set_when_page_is_written),
		TEST(nothing_is_swapped_when_bits_are_set_already),
		TEST(write_is_not_offered_when_a_read_left_the_page_clean),
		TEST(dirty_stays_when_write_is_denied),
		TEST(dirty_is_set_when_translation_request_gets_write),
		TEST(write_is_withheld_when_translation_request_has_nw),
		TEST(nw_is_ignored_when_unit_does_not_know_it),
		TEST(supervisor_page_is_reached_when_request_is_privileged),
		TEST(privileged_write_is_denied_when_write_protect_is_on),
		TEST(unmapped_page_is_seen_at_once_when_it_was_in_use),
		TEST(aw_is_ignored_when_unit_has_no_second_stage),
		TEST(rights_are_those_of_all_levels_when_a_table_forbids),
		TEST(write_is_withheld_when_nw_meets_a_dirty_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
