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

/* Once to see that there is something to set, unless the unit is recorded, and once to
 * set it. */
static void tables_are_read_twice_at_most_when_dirty_is_set(void **state)
{
	struct fixture *fixture = *state;
	unsigned int reads;

	fixture->host.published = false;
	run_process(fixture, FS_USER_RW | VTD_FS_A);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	reads = fixture->host.reads;
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_in_range(fixture->host.reads - reads, 4, 2 * 4);
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

/* What software makes of the leaf before the first swap. */
static struct {
	uint64_t leaf;
	uint64_t word;
} change;

static void change_leaf(struct fake_host *host, uint64_t address)
{
	if (address != change.leaf)
		return;
	host->before_swap = NULL;
	fake_host_set_64(host, address, change.word);
}

static struct vtd_translation write_while_changed(struct fixture *fixture,
						  uint64_t word)
{
	struct process process = run_process(fixture, FS_USER_RW | VTD_FS_A);

	change.leaf = process.leaf;
	change.word = word;
	fixture->host.before_swap = change_leaf;
	return access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
}

static void new_page_is_used_when_entry_changes_before_the_swap(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result = write_while_changed(
		fixture, (PAGE + 0x1000) | FS_USER_RW | VTD_FS_A);

	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, PAGE + 0x1000);
	assert_int_equal(fake_host_get_64(&fixture->host, change.leaf),
			 (PAGE + 0x1000) | FS_USER_RW | VTD_FS_A | VTD_FS_D);
}

static void write_is_denied_when_right_goes_before_the_swap(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result =
		write_while_changed(fixture, PAGE | FS_USER_RO | VTD_FS_A);

	assert_int_equal(result.condition, VTD_SGN_6);
	assert_int_equal(fake_host_get_64(&fixture->host, change.leaf),
			 PAGE | FS_USER_RO | VTD_FS_A);
}

/* Others set bits, too: that is no other entry. */
static void bits_are_added_when_others_come_before_the_swap(void **state)
{
	struct fixture *fixture = *state;

	write_while_changed(fixture, PAGE | FS_USER_RW | VTD_FS_A | VTD_FS_EA);
	assert_int_equal(fake_host_get_64(&fixture->host, change.leaf),
			 PAGE | FS_USER_RW | VTD_FS_A | VTD_FS_EA | VTD_FS_D);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(accessed_is_set_on_all_levels_when_page_is_read),
		FIXTURE_TEST(extended_accessed_is_set_too_when_it_is_enabled),
		FIXTURE_TEST(dirty_is_set_when_page_is_written),
		FIXTURE_TEST(nothing_is_swapped_when_bits_are_set_already),
		FIXTURE_TEST(tables_are_read_twice_at_most_when_dirty_is_set),
		FIXTURE_TEST(
			write_is_not_offered_when_a_read_left_the_page_clean),
		FIXTURE_TEST(dirty_stays_when_write_is_denied),
		FIXTURE_TEST(dirty_is_set_when_translation_request_gets_write),
		FIXTURE_TEST(write_is_withheld_when_translation_request_has_nw),
		FIXTURE_TEST(nw_is_ignored_when_unit_does_not_know_it),
		FIXTURE_TEST(write_is_withheld_when_nw_meets_a_dirty_page),
		FIXTURE_TEST(
			new_page_is_used_when_entry_changes_before_the_swap),
		FIXTURE_TEST(write_is_denied_when_right_goes_before_the_swap),
		FIXTURE_TEST(bits_are_added_when_others_come_before_the_swap),
	};

	return RUN_TESTS(tests);
}
