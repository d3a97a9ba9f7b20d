/* SPDX-License-Identifier: BSD-3-Clause */
/* First-stage translation: accessed and dirty, and the write that an answer
 * offers.  SPEC 3.6. */
#include "translate_process.h"

static void accessed_is_set_on_all_levels_when_page_is_read(void **state)
{
	struct fixture *fixture = *state;
	struct process process = run_process(fixture, FS_USER_RW);

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
	struct process process = map_process(fixture, FS_USER_RW | VTD_FS_A);

	tables_change(&fixture->tables, process.entry + 16, VTD_PASID2_EAFE, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	assert_true(fake_host_get_64(&fixture->host, process.leaf) & VTD_FS_EA);
}

static void dirty_is_set_when_page_is_written(void **state)
{
	struct fixture *fixture = *state;
	struct process process = run_process(fixture, FS_USER_RW);

	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_int_equal(fake_host_get_64(&fixture->host, process.leaf) &
				 (VTD_FS_A | VTD_FS_D),
			 VTD_FS_A | VTD_FS_D);
}

static void nothing_is_swapped_when_bits_are_set_already(void **state)
{
	struct fixture *fixture = *state;

	run_process(fixture, FS_USER_RW);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	fake_host_forget(&fixture->host);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_int_equal(fixture->host.swaps, 0);
}

/* Whoever keeps the answer must come back to write. */
static void write_is_not_offered_when_a_read_left_the_page_clean(void **state)
{
	struct fixture *fixture = *state;

	run_process(fixture, FS_USER_RW);
	assert_false(access_at(fixture, ADDRESS, VTD_ACCESS_READ).write);
	assert_true(access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).write);
	assert_true(access_at(fixture, ADDRESS, VTD_ACCESS_READ).write);
}

static void dirty_stays_when_write_is_denied(void **state)
{
	struct fixture *fixture = *state;
	struct process process = run_process(fixture, FS_USER_RO);

	assert_int_equal(
		access_at(fixture, ADDRESS, VTD_ACCESS_WRITE).condition,
		VTD_SGN_6);
	assert_false(fake_host_get_64(&fixture->host, process.leaf) & VTD_FS_D);
}

static void dirty_is_set_when_translation_request_gets_write(void **state)
{
	struct fixture *fixture = *state;
	struct process process = run_process(fixture, FS_USER_RW);
	struct vtd_translation result;

	result = ask(fixture, ADDRESS, false);
	assert_true(result.read);
	assert_true(result.write);
	assert_true(fake_host_get_64(&fixture->host, process.leaf) & VTD_FS_D);
}

static void write_is_withheld_when_translation_request_has_nw(void **state)
{
	struct fixture *fixture = *state;
	struct process process = run_process(fixture, FS_USER_RW);
	struct vtd_translation result;

	result = ask(fixture, ADDRESS, true);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_true(result.read);
	assert_false(result.write);
	assert_false(fake_host_get_64(&fixture->host, process.leaf) & VTD_FS_D);
}

static void nw_is_ignored_when_unit_does_not_know_it(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.no_write_flag = false;
	run_process(fixture, FS_USER_RW);
	assert_true(ask(fixture, ADDRESS, true).write);
}

static void write_is_withheld_when_nw_meets_a_dirty_page(void **state)
{
	struct fixture *fixture = *state;

	run_process(fixture, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	assert_false(ask(fixture, ADDRESS, true).write);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(accessed_is_set_on_all_levels_when_page_is_read),
		FIXTURE_TEST(extended_accessed_is_set_too_when_it_is_enabled),
		FIXTURE_TEST(dirty_is_set_when_page_is_written),
		FIXTURE_TEST(nothing_is_swapped_when_bits_are_set_already),
		FIXTURE_TEST(
			write_is_not_offered_when_a_read_left_the_page_clean),
		FIXTURE_TEST(dirty_stays_when_write_is_denied),
		FIXTURE_TEST(dirty_is_set_when_translation_request_gets_write),
		FIXTURE_TEST(write_is_withheld_when_translation_request_has_nw),
		FIXTURE_TEST(nw_is_ignored_when_unit_does_not_know_it),
		FIXTURE_TEST(write_is_withheld_when_nw_meets_a_dirty_page),
	};

	return RUN_TESTS(tests);
}
