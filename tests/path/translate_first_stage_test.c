/* SPDX-License-Identifier: BSD-3-Clause */
/* First-stage translation with PASID: the path of shared virtual memory.
 * SPEC 3.6. */
#include "translate_process.h"

/* Some large pages */
#define LARGE UINT64_C(0x7f0040000000)
#define LARGE_PAGE UINT64_C(0x80000000)

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
	struct vtd_translation result;

	run_process(fixture, FS_USER_RW);
	result = access_at(fixture, ADDRESS + 0x678, VTD_ACCESS_WRITE);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, PAGE + 0x678);
	assert_int_equal(result.size_shift, 12);
	assert_true(result.write);
	assert_true(result.snoop);
}

static void address_is_translated_when_memory_is_published(void **state)
{
	struct fixture *fixture = *state;

	fixture->host.published = true;
	address_is_translated_when_page_is_mapped(state);
}

/* AW is about the stage that is not there. */
static void width_of_second_stage_is_ignored_when_there_is_none(void **state)
{
	struct fixture *fixture = *state;
	struct process process = run_process(fixture, FS_USER_RW);
	struct vtd_translation result;

	for (uint64_t aw = 0; aw < 8; aw++) {
		tables_change(&fixture->tables, process.entry,
			      vtd_field_make(VTD_PASID0_AW, aw), VTD_PASID0_AW);
		assert_true(regs_queue_flush(&fixture->queue));
		result = access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
		assert_int_equal(result.condition, VTD_CONDITION_NONE);
		assert_int_equal(result.address, PAGE);
	}
	/* A root that 39 bits do not reach, and no memory is there. */
	tables_change(&fixture->tables, process.entry,
		      vtd_field_make(VTD_PASID0_AW, 1), VTD_PASID0_AW);
	tables_change(&fixture->tables, process.entry + 16, UINT64_C(1) << 40,
		      0);
	assert_true(regs_queue_flush(&fixture->queue));
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SFS_4);
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

	run_process(fixture, FS_USER_RW | VTD_BIT(8) | VTD_BIT(9) |
				     VTD_BIT(11) | VTD_BITS(63, 52));
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).address,
			 PAGE);
}

static void supervisor_page_is_reached_when_request_is_privileged(void **state)
{
	struct fixture *fixture = *state;

	run_process(fixture, VTD_FS_P);
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
	struct process process = map_process(fixture, VTD_FS_P);

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
	struct process process = run_process(fixture, FS_USER_RW);

	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	fake_host_set_64(&fixture->host, process.leaf, 0);
	assert_true(regs_queue_flush(&fixture->queue));
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SFS_2);
}

/* Linux programs AW in all entries, whatever the unit has. */
static void aw_is_ignored_when_unit_has_no_second_stage(void **state)
{
	struct fixture *fixture = *state;
	struct process process = map_process(fixture, FS_USER_RW);

	fixture->config.second_stage = false;
	fixture->config.nested = false;
	fixture->config.second_stage_accessed_dirty = false;
	tables_change(&fixture->tables, process.entry,
		      vtd_field_make(VTD_PASID0_AW, 2), 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_CONDITION_NONE);
}

static void rights_are_those_of_all_levels_when_a_table_forbids(void **state)
{
	struct fixture *fixture = *state;
	struct process process = map_process(fixture, FS_USER_RW);
	uint64_t third;

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(address_is_translated_when_page_is_mapped),
		FIXTURE_TEST(address_is_translated_when_memory_is_published),
		FIXTURE_TEST(
			width_of_second_stage_is_ignored_when_there_is_none),
		FIXTURE_TEST(address_is_translated_when_tables_have_5_levels),
		FIXTURE_TEST(
			upper_half_is_translated_when_address_is_canonical),
		FIXTURE_TEST(size_is_2m_when_page_is_2m),
		FIXTURE_TEST(size_is_1g_when_page_is_1g),
		FIXTURE_TEST(page_of_1g_is_refused_when_unit_has_none),
		FIXTURE_TEST(low_address_bits_are_reserved_when_page_is_large),
		FIXTURE_TEST(software_bits_are_ignored_when_entry_has_them),
		FIXTURE_TEST(
			supervisor_page_is_reached_when_request_is_privileged),
		FIXTURE_TEST(
			privileged_write_is_denied_when_write_protect_is_on),
		FIXTURE_TEST(unmapped_page_is_seen_at_once_when_it_was_in_use),
		FIXTURE_TEST(aw_is_ignored_when_unit_has_no_second_stage),
		FIXTURE_TEST(
			rights_are_those_of_all_levels_when_a_table_forbids),
	};

	return RUN_TESTS(tests);
}
