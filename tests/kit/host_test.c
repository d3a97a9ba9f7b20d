/* SPDX-License-Identifier: BSD-3-Clause */
/* The kit's host: RAM with holes, accesses that fail, a timer by hand. */
#include <endian.h>
#include <errno.h>

#include "control.h"

static void host_is_refused_when_its_size_is_no_multiple_of_a_page(void **state)
{
	struct vtd_kit_host host;

	(void)state;
	assert_int_equal(vtd_kit_host_init(&host, 0), -EINVAL);
	assert_int_equal(vtd_kit_host_init(&host, 4095), -EINVAL);
}

static void memory_is_the_programs_when_the_host_is_made_on_it(void **state)
{
	static uint64_t memory[512];
	struct vtd_kit_host host;

	(void)state;
	assert_int_equal(vtd_kit_host_init_on(&host, (char *)memory + 4, 4096),
			 -EINVAL);
	assert_int_equal(vtd_kit_host_init_on(&host, memory, 4096), 0);
	vtd_kit_host_set_64(&host, 8, 5);
	vtd_kit_host_destroy(&host);
	assert_true(le64toh(memory[1]) == 5);
}

static void word_reads_as_ones_when_it_is_beyond_ram(void **state)
{
	struct fixture *f = *state;

	vtd_kit_host_set_64(&f->host, FAKE_HOST_RAM_SIZE, 5);
	vtd_kit_host_set_32(&f->host, FAKE_HOST_RAM_SIZE, 5);
	assert_true(vtd_kit_host_get_64(&f->host, FAKE_HOST_RAM_SIZE) ==
		    UINT64_MAX);
	assert_true(vtd_kit_host_get_32(&f->host, FAKE_HOST_RAM_SIZE) ==
		    UINT32_MAX);
}

static void word_is_not_written_when_it_is_misaligned(void **state)
{
	struct fixture *f = *state;

	vtd_kit_host_set_64(&f->host, 0x1004, UINT64_MAX);
	assert_true(vtd_kit_host_get_64(&f->host, 0x1000) == 0);
	assert_true(vtd_kit_host_get_64(&f->host, 0x1008) == 0);
}

static void hole_is_refused_when_it_is_empty_or_wraps(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(vtd_kit_host_add_hole(&f->host, 0x1000, 0), -EINVAL);
	assert_int_equal(vtd_kit_host_add_hole(&f->host, 0x1000, UINT64_MAX),
			 -EINVAL);
}

static void hole_is_refused_when_there_are_too_many(void **state)
{
	struct fixture *f = *state;

	for (unsigned int i = 0; i < VTD_KIT_HOLES_MAX; i++)
		assert_int_equal(
			vtd_kit_host_add_hole(&f->host, i * 0x2000, 0x1000), 0);
	assert_int_equal(vtd_kit_host_add_hole(&f->host, 0, 1), -ENOSPC);
}

/* Four pages that map 0x0..0x3fff, each by a table in a page of its own. */
#define SID 0x0008
static void map_four(struct fixture *f, uint64_t leaf_tables[4])
{
	struct vtd_kit_page_table table;
	const struct vtd_kit_translation translation = {
		.second_stage = &table,
		.did = 1,
	};

	vtd_kit_page_table_init(&table, &f->tables, VTD_KIT_SECOND_STAGE, 4);
	for (unsigned int i = 0; i < 4; i++)
		leaf_tables[i] = vtd_kit_page_table_map(&table,
							(uint64_t)i << 21,
							0x5000, 12, SS_RW) &
				 ~UINT64_C(0xfff);
	vtd_kit_context_set(&f->tables, f->root, SID, &translation, false);
	fixture_run(f, VTD_TTM_LEGACY);
}

static bool reads(struct fixture *f, unsigned int i)
{
	return fixture_access(f, SID, (uint64_t)i << 21, VTD_ACCESS_READ)
		       .status == VTD_STATUS_SUCCESS;
}

static void check_holes(struct fixture *f)
{
	uint64_t leaf_tables[4];

	map_four(f, leaf_tables);
	/* Not in ascending order, and not of whole pages. */
	vtd_kit_host_add_hole(&f->host, leaf_tables[2], 0x1000);
	vtd_kit_host_add_hole(&f->host, leaf_tables[0], 8);
	assert_false(reads(f, 0));
	assert_true(reads(f, 1));
	assert_false(reads(f, 2));
	assert_true(reads(f, 3));
	vtd_kit_host_fill_holes(&f->host);
	assert_true(reads(f, 0));
	assert_true(reads(f, 2));
}

static void holes_are_no_ram_when_it_is_read_by_callbacks(void **state)
{
	((struct fixture *)*state)->host.published = false;
	check_holes(*state);
}

static void holes_are_no_ram_when_it_is_published(void **state)
{
	((struct fixture *)*state)->host.published = true;
	check_holes(*state);
}

/* Whether the host can read a word. */
static bool can_read(struct fixture *f)
{
	uint64_t word;

	return fake_host_ops.memory_read(&f->host, 0, &word, 8) == 0;
}

static void access_fails_when_it_is_one_of_those_that_are_to(void **state)
{
	struct fixture *f = *state;

	vtd_kit_host_fail_access(&f->host, 2, 2);
	assert_true(can_read(f));
	assert_false(can_read(f));
	assert_false(can_read(f));
	assert_true(can_read(f));
	assert_int_equal(f->host.failed, 2);
}

static void request_faults_when_published_memory_is_to_fail(void **state)
{
	struct fixture *f = *state;
	uint64_t leaf_tables[4];

	f->host.published = true;
	map_four(f, leaf_tables);
	assert_true(reads(f, 0));
	vtd_kit_host_fail_access(&f->host, 1, UINT32_MAX);
	assert_false(reads(f, 0));
	vtd_kit_host_fail_access(&f->host, 0, 0);
	assert_true(reads(f, 0));
}

/* An invalidation that nobody answers. */
static void invalidate(struct fixture *f)
{
	regs_queue_do(&f->queue,
		      VTD_DESC_DEVICE_TLB |
			      vtd_field_make(VTD_DESC_DTLB0_SID, CONTROL_SID),
		      0x1000);
}

static void timer_expires_when_its_time_has_passed_in_pieces(void **state)
{
	struct fixture *f = *state;

	invalidate(f);
	vtd_kit_host_pass_time(&f->host, CONTROL_TIMEOUT - 1);
	assert_int_equal(control_fsts(f) & FSTS_ITE, 0);
	vtd_kit_host_pass_time(&f->host, 1);
	assert_int_equal(control_fsts(f) & FSTS_ITE, FSTS_ITE);
	assert_true(f->host.now == CONTROL_NOW + CONTROL_TIMEOUT);
}

static void time_ends_where_it_should_when_it_would_wrap(void **state)
{
	struct fixture *f = *state;

	vtd_kit_host_pass_time(&f->host, UINT64_MAX);
	assert_true(f->host.now == UINT64_MAX);
}

static void last_place_is_used_again_when_a_list_is_full(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = vtd_kit_complete_at_once;
	for (unsigned int i = 0; i <= VTD_KIT_LIST_MAX; i++) {
		const uint64_t first = (i + 1) * UINT64_C(0x1000);

		regs_queue_do(&f->queue,
			      VTD_DESC_DEVICE_TLB |
				      vtd_field_make(VTD_DESC_DTLB0_SID,
						     CONTROL_SID),
			      first);
	}
	assert_int_equal(f->host.invalidations, VTD_KIT_LIST_MAX + 1);
	assert_true(f->host.invalidation[0].first == 0x1000);
	assert_true(f->host.invalidation[VTD_KIT_LIST_MAX - 1].first ==
		    (VTD_KIT_LIST_MAX + 1) * UINT64_C(0x1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			host_is_refused_when_its_size_is_no_multiple_of_a_page),
		cmocka_unit_test(
			memory_is_the_programs_when_the_host_is_made_on_it),
		FIXTURE_TEST(word_reads_as_ones_when_it_is_beyond_ram),
		FIXTURE_TEST(word_is_not_written_when_it_is_misaligned),
		FIXTURE_TEST(hole_is_refused_when_it_is_empty_or_wraps),
		FIXTURE_TEST(hole_is_refused_when_there_are_too_many),
		FIXTURE_TEST(holes_are_no_ram_when_it_is_read_by_callbacks),
		FIXTURE_TEST(holes_are_no_ram_when_it_is_published),
		FIXTURE_TEST(access_fails_when_it_is_one_of_those_that_are_to),
		FIXTURE_TEST(request_faults_when_published_memory_is_to_fail),
		cmocka_unit_test_setup_teardown(
			timer_expires_when_its_time_has_passed_in_pieces,
			control_setup_with_timeout, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			time_ends_where_it_should_when_it_would_wrap,
			control_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			last_place_is_used_again_when_a_list_is_full,
			control_setup, fixture_teardown),
	};

	return RUN_TESTS(tests);
}
