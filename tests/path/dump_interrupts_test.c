/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of the interrupt remapping table (vtd/dump.h). */
#include <vtd/dump.h>

#include "control.h"

#define IRE (UINT32_C(1) << 25)
#define ROOM 8
#define VECTOR(vector) (VTD_IRTE0_P | (uint64_t)(vector) << 16)

static uint64_t table;

/* 2^(size + 1) entries. */
static void run(struct fixture *f, unsigned int size)
{
	table = tables_pages(&f->tables, 1u << (size + 1) >> 8);
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_set_interrupt_table(f->unit, table, size, false);
	regs_command_set(f->unit, IRE);
}

static size_t dump(struct fixture *f, struct vtd_dump_interrupt *list,
		   size_t step)
{
	uint32_t cursor = 0;
	unsigned int calls = 0;
	size_t count = 0;

	while (cursor != VTD_DUMP_END) {
		assert_in_range(calls++, 0, 1000);
		count += vtd_unit_dump_interrupts(f->unit, &cursor,
						  list + count, step);
		assert_in_range(count, 0, ROOM - step);
	}
	assert_int_equal(fixture_take_reason(f), 0);
	return count;
}

static void nothing_is_told_when_remapping_is_off(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_interrupt list[ROOM];

	run(f, 7);
	tables_irte(&f->tables, table, 5, VECTOR(0x31), 0);
	regs_command_clear(f->unit, IRE);
	assert_int_equal(dump(f, list, 1), 0);
}

static void entries_are_told_in_order_when_they_are_present(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_interrupt list[ROOM];

	run(f, 7);
	tables_irte(&f->tables, table, 255, VECTOR(0x41), 0);
	tables_irte(&f->tables, table, 5, VECTOR(0x31), 1 << 18 | 0x1234);
	/* One that says nothing, and is no entry. */
	tables_irte(&f->tables, table, 6, VTD_IRTE0_FPD, 0);
	assert_int_equal(dump(f, list, 1), 2);
	assert_int_equal(list[0].index, 5);
	assert_int_equal(list[0].condition, VTD_CONDITION_NONE);
	assert_false(list[0].posted);
	assert_int_equal(list[0].data & 0xff, 0x31);
	assert_true(list[0].address == 0xfee00000);
	assert_true(list[0].entry[0] == VECTOR(0x31));
	assert_true(list[0].entry[1] == (1 << 18 | 0x1234));
	assert_int_equal(list[1].index, 255);
}

static void entry_is_told_when_its_index_is_the_last(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_interrupt list[ROOM];

	run(f, 15);
	tables_irte(&f->tables, table, 0xffff, VECTOR(0x31), 0);
	assert_int_equal(dump(f, list, 4), 1);
	assert_int_equal(list[0].index, 0xffff);
	assert_int_equal(list[0].condition, VTD_CONDITION_NONE);
}

static void condition_is_told_when_entry_has_reserved_bits(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_interrupt list[ROOM];

	run(f, 7);
	tables_irte(&f->tables, table, 5, VECTOR(0x31) | VTD_BIT(12), 0);
	assert_int_equal(dump(f, list, 4), 1);
	assert_int_equal(list[0].condition, VTD_IR_24);
	assert_true(list[0].entry[0] == (VECTOR(0x31) | VTD_BIT(12)));
}

static void call_is_bounded_when_nothing_is_present(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_interrupt one;
	uint32_t cursor = 0;

	run(f, 15);
	assert_int_equal(vtd_unit_dump_interrupts(f->unit, &cursor, &one, 1),
			 0);
	assert_int_equal(cursor, VTD_DUMP_STEPS);
}

static void entry_is_told_when_there_is_no_memory(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_interrupt list[ROOM];
	uint32_t cursor = 0;

	run(f, 7);
	regs_command_clear(f->unit, IRE);
	regs_set_interrupt_table(f->unit, FAKE_HOST_RAM_SIZE, 7, false);
	regs_command_set(f->unit, IRE);
	assert_int_equal(vtd_unit_dump_interrupts(f->unit, &cursor, list, 3),
			 3);
	assert_int_equal(cursor, 3);
	assert_int_equal(list[2].condition, VTD_IR_23);
	assert_true(list[2].entry[0] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(nothing_is_told_when_remapping_is_off),
		FIXTURE_TEST(entries_are_told_in_order_when_they_are_present),
		FIXTURE_TEST(entry_is_told_when_its_index_is_the_last),
		FIXTURE_TEST(condition_is_told_when_entry_has_reserved_bits),
		FIXTURE_TEST(call_is_bounded_when_nothing_is_present),
		FIXTURE_TEST(entry_is_told_when_there_is_no_memory),
	};

	return RUN_TESTS(tests);
}
