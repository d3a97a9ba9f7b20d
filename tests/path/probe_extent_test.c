/* SPDX-License-Identifier: BSD-3-Clause */
/* How far the answer of a probe reaches where nothing is mapped: hosts that
 * shadow an address space go through it in these steps. */
#include "check.h"

#define SID 0x0100
#define MAPPED UINT64_C(0x40000000)
#define PAGE UINT64_C(0x5000000)

static struct page_table
table_of(struct fixture *f, enum page_table_stage stage, unsigned int levels)
{
	struct page_table table;

	page_table_init(&table, &f->tables, stage, levels);
	return table;
}

static void assert_hole(struct fixture *f, uint64_t address, unsigned int shift)
{
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_READ,
		.address = address,
	};
	struct vtd_translation result;

	vtd_unit_probe(f->unit, &request, &result);
	assert_int_not_equal(result.condition, VTD_CONDITION_NONE);
	assert_false(result.read);
	assert_int_equal(result.size_shift, shift);
}

static void
holes_are_as_large_as_entries_when_first_stage_is_empty(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table = table_of(f, PAGE_TABLE_FIRST_STAGE, 4);

	page_table_map(&table, MAPPED, PAGE, 12, FS_USER_RW);
	fixture_pasid_first_stage(f, context.dir, 0, &table);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_hole(f, MAPPED + 0x1000, 12);
	assert_hole(f, MAPPED + 0x200000, 21);
	assert_hole(f, 0, 30);
	assert_hole(f, UINT64_C(1) << 39, 39);
	assert_hole(f, UINT64_C(1) << 47, 47); /* not canonical */
}

static void
holes_are_as_large_as_entries_when_second_stage_is_empty(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table = table_of(f, PAGE_TABLE_SECOND_STAGE, 3);

	page_table_map(&table, MAPPED, PAGE, 12, SS_RW);
	fixture_pasid_second_stage(f, context.dir, 0, &table);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_hole(f, MAPPED + 0x1000, 12);
	assert_hole(f, MAPPED + 0x200000, 21);
	assert_hole(f, 0, 30);
	assert_hole(f, UINT64_C(1) << 39, 39); /* beyond the width */
}

/* A large page of the first stage, of which the second has one small page. */
static void hole_is_that_of_the_smaller_entry_when_nested(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table first = table_of(f, PAGE_TABLE_FIRST_STAGE, 4);
	struct page_table second = table_of(f, PAGE_TABLE_SECOND_STAGE, 4);
	uint64_t entry;

	/* The first stage's tables are where they are. */
	page_table_map(&second, 0, 0, 30, SS_RW);
	page_table_map(&second, UINT64_C(0x80000000), PAGE, 12, SS_RW);
	page_table_map(&first, MAPPED, UINT64_C(0x80000000), 30, FS_USER_RW);
	entry = fixture_pasid_first_stage(f, context.dir, 0, &first);
	fixture_pasid_nest(f, entry, &first, &second);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_hole(f, MAPPED + 0x1000, 12);
	assert_hole(f, MAPPED + 0x200000, 21);
	assert_hole(f, 0, 30);
}

static void hole_is_everything_when_requester_has_no_context(void **state)
{
	struct fixture *f = *state;

	fixture_run(f, VTD_TTM_SCALABLE);
	assert_hole(f, MAPPED, 63);
}

/* Where the interrupt range is, and beyond the host's addresses. */
static void
holes_are_outside_the_address_space_when_passed_through(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_READ,
		.address = UINT64_C(0xfee10000),
		.pasid_present = true,
		.pasid = 1,
	};
	struct vtd_translation result;

	fixture_pasid_pass_through(f, context.dir, 1);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_probe(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_SGN_8_1);
	assert_int_equal(result.size_shift, 12);
	request.address = UINT64_C(1) << f->config.host_address_width;
	vtd_unit_probe(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_SGN_4_2);
	assert_int_equal(result.size_shift, f->config.host_address_width);
}

/* A page at most, whatever is around: reads are refused there. */
static void hole_is_a_page_when_it_is_in_the_interrupt_range(void **state)
{
	struct fixture *f = *state;
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_READ,
		.address = UINT64_C(0xfee10000),
	};
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table = table_of(f, PAGE_TABLE_FIRST_STAGE, 4);
	struct vtd_translation result;

	page_table_map(&table, MAPPED, UINT64_C(0xc0000000), 30, FS_USER_RW);
	fixture_pasid_first_stage(f, context.dir, 0, &table);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_probe(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_IR_29);
	assert_int_equal(result.size_shift, 12);
	/* By translation: the range is a part of a large page. */
	assert_hole(f, MAPPED + 0x3ee10000, 12);
}

/* What the device of a faulting request is told has no size. */
static void translation_has_no_size_when_request_is_no_probe(void **state)
{
	const struct vtd_request request = {
		.sid = SID,
		.type = VTD_AT_TRANSLATION,
		.address = UINT64_C(1) << 39,
	};
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table = table_of(f, PAGE_TABLE_FIRST_STAGE, 4);
	struct vtd_translation result;

	fixture_pasid_first_stage(f, context.dir, 0, &table);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_SFS_2);
	assert_int_equal(result.size_shift, 12);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(holes_are_as_large_as_entries_when_first_stage_is_empty),
		T(holes_are_as_large_as_entries_when_second_stage_is_empty),
		T(hole_is_that_of_the_smaller_entry_when_nested),
		T(hole_is_everything_when_requester_has_no_context),
		T(holes_are_outside_the_address_space_when_passed_through),
		T(hole_is_a_page_when_it_is_in_the_interrupt_range),
		T(translation_has_no_size_when_request_is_no_probe),
	};

	return RUN_TESTS(tests);
}
