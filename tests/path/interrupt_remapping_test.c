/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupt requests through the remapping table.  F 7.1 to 7.3, 7.5. */
#include "control.h"

#define IRE (UINT32_C(1) << 25)
#define CFI (UINT32_C(1) << 23)
#define SID 0x1234
#define P 1u
#define SIZE 7 /* S: 256 entries */

static uint64_t table;

static void run(struct fixture *f, bool eime)
{
	table = tables_page(&f->tables);
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_set_interrupt_table(f->unit, table, SIZE, eime);
	regs_command_set(f->unit, IRE);
}

static uint64_t address_of(uint32_t handle)
{
	return UINT64_C(0xfee00010) | (handle & 0x7fff) << 5 |
	       (handle & 0x8000) >> 13;
}

static struct vtd_interrupt send(struct fixture *f, uint64_t address,
				 uint32_t data)
{
	const struct vtd_interrupt_request request = {
		.sid = SID,
		.address = address,
		.data = data,
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	return result;
}

static struct vtd_interrupt send_handle(struct fixture *f, uint32_t handle)
{
	return send(f, address_of(handle), 0);
}

/* ------------------------------------------------------- Remapped message */

static void message_has_all_fields_when_destination_has_8_bits(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	run(f, false);
	/* Destination 5Ah in 47:40, vector 31h, lowest priority, RH, logical. */
	tables_irte(&f->tables, table, 5,
		    P | VTD_BIT(2) | VTD_BIT(3) | 1 << 5 | 0x31 << 16 |
			    UINT64_C(0x5a) << 40,
		    0);
	result = send_handle(f, 5);
	assert_false(result.blocked);
	assert_false(result.level);
	assert_false(result.posted);
	assert_true(result.address == (0xfee00000 | 0x5a << 12 | 8 | 4));
	assert_int_equal(result.data & 0x87ff, 0x131);
}

static void message_has_32_bits_of_destination_when_eime_is_set(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	run(f, true);
	tables_irte(&f->tables, table, 5,
		    P | 0x31 << 16 | UINT64_C(0x12345678) << 32, 0);
	result = send_handle(f, 5);
	assert_false(result.blocked);
	/* UADDR[31:8] = destination[31:8]. */
	assert_true(result.address ==
		    (UINT64_C(0x123456) << 40 | 0xfee00000 | 0x78 << 12));
	assert_int_equal(result.data & 0x87ff, 0x31);
}

static void message_is_level_when_entry_says_so(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	run(f, false);
	tables_irte(&f->tables, table, 5, P | VTD_BIT(4) | 0x31 << 16, 0);
	result = send_handle(f, 5);
	assert_true(result.level);
	assert_int_equal(result.data & 0x8000, 0x8000);
}

static void delivery_modes_pass_when_they_are_defined(void **state)
{
	static const bool good[8] = { true, true, true,	 false,
				      true, true, false, true };
	struct fixture *f = *state;

	run(f, false);
	for (uint64_t mode = 0; mode < 8; mode++) {
		struct vtd_interrupt result;

		tables_irte(&f->tables, table, 5, P | mode << 5, 0);
		result = send_handle(f, 5);
		assert_true(result.blocked == !good[mode]);
		if (good[mode])
			assert_int_equal(result.data >> 8 & 7, mode);
	}
}

static void available_bits_are_ignored_when_set(void **state)
{
	struct fixture *f = *state;

	run(f, false);
	tables_irte(&f->tables, table, 5, P | VTD_BITS(11, 8), 0);
	assert_false(send_handle(f, 5).blocked);
}

/* --------------------------------------------------------- Index */

static void data_is_ignored_when_subhandle_is_not_valid(void **state)
{
	struct fixture *f = *state;

	run(f, false);
	tables_irte(&f->tables, table, 5, P | 0x31 << 16, 0);
	assert_int_equal(send(f, address_of(5), 0xffffffff).data & 0xff, 0x31);
}

static void subhandle_is_added_when_valid(void **state)
{
	struct fixture *f = *state;

	run(f, false);
	tables_irte(&f->tables, table, 9, P | 0x77 << 16, 0);
	assert_int_equal(send(f, address_of(5) | 8, 4).data & 0xff, 0x77);
}

static void handle_has_16_bits_when_table_is_full_size(void **state)
{
	struct fixture *f = *state;

	run(f, false);
	table = tables_pages(&f->tables, 256);
	regs_set_interrupt_table(f->unit, table, 15, false);
	tables_irte(&f->tables, table, 0xffff, P | 0x66 << 16, 0);
	assert_int_equal(send_handle(f, 0xffff).data & 0xff, 0x66);
	tables_irte(&f->tables, table, 0x8005, P | 0x67 << 16, 0);
	assert_int_equal(send_handle(f, 0x8005).data & 0xff, 0x67);
}

/* ------------------------------------------------- Source verification */

struct source_row {
	unsigned int svt;
	unsigned int sq;
	uint16_t entry;
	uint16_t request;
	bool passes;
};

static const struct source_row source_rows[] = {
	{ 0, 0, 0x0000, 0xffff, true },
	{ 1, 0, 0x1234, 0x1234, true },
	{ 1, 0, 0x1234, 0x1235, false },
	{ 1, 0, 0x1234, 0x1334, false },
	{ 1, 1, 0x1233, 0x1237, true }, /* bit 2 ignored */
	{ 1, 1, 0x1233, 0x1231, false },
	{ 1, 2, 0x1231, 0x1237, true }, /* bits 2:1 */
	{ 1, 2, 0x1231, 0x1236, false },
	{ 1, 3, 0x1230, 0x1237, true }, /* bits 2:0 */
	{ 1, 3, 0x1230, 0x1238, false },
	{ 2, 0, 0x1012, 0x0fff, false }, /* buses 10h to 12h */
	{ 2, 0, 0x1012, 0x1000, true },
	{ 2, 0, 0x1012, 0x12ff, true },
	{ 2, 0, 0x1012, 0x1300, false },
};

static void source_is_not_verified_when_it_is_not_known(void **state)
{
	const struct vtd_interrupt_request request = {
		.sid = 0xff00,
		.sid_unknown = true,
		.address = address_of(5),
	};
	struct fixture *f = *state;
	struct vtd_interrupt result;

	run(f, false);
	tables_irte(&f->tables, table, 5, P, 1 << 18 | 0x1234);
	vtd_unit_interrupt(f->unit, &request, &result);
	assert_false(result.blocked);
	vtd_unit_interrupt_probe(f->unit, &request, &result);
	assert_false(result.blocked);
	tables_irte(&f->tables, table, 5, P, 2 << 18 | 0x1011);
	vtd_unit_interrupt(f->unit, &request, &result);
	assert_false(result.blocked);
}

static void source_is_verified_when_entry_asks_for_it(void **state)
{
	struct fixture *f = *state;

	run(f, false);
	for (size_t i = 0; i < sizeof(source_rows) / sizeof(*source_rows);
	     i++) {
		const struct source_row *row = &source_rows[i];
		const struct vtd_interrupt_request request = {
			.sid = row->request,
			.address = address_of(5),
		};
		struct vtd_interrupt result;

		tables_irte(&f->tables, table, 5, P,
			    row->entry | row->sq << 16 | row->svt << 18);
		vtd_unit_interrupt(f->unit, &request, &result);
		if (result.blocked == row->passes)
			fail_msg("row %zu", i);
		if (!row->passes)
			assert_int_equal(result.condition, VTD_IR_26);
	}
}

/* --------------------------------------------------- Not remapped at all */

static void request_passes_unchanged_when_remapping_is_off(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	run(f, false);
	regs_command_clear(f->unit, IRE);
	result = send(f, 0xfee5a00c, 0xc1a1);
	assert_false(result.blocked);
	assert_true(result.address == 0xfee5a00c);
	assert_int_equal(result.data, 0xc1a1);
	assert_true(result.level);
	assert_int_equal(control_fsts(f), 0);
}

static void compatibility_request_passes_when_cfi_is_on(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	run(f, false);
	regs_command_set(f->unit, CFI);
	/* Reserved bits are those of a subhandle only. */
	result = send(f, 0xfee5a00c, 0x10041);
	assert_false(result.blocked);
	assert_true(result.address == 0xfee5a00c);
	assert_int_equal(result.data, 0x10041);
}

/* -------------------------------------------------------------- Changes */

static void new_entry_counts_when_its_cache_was_invalidated(void **state)
{
	struct fixture *f = *state;

	run(f, false);
	tables_irte(&f->tables, table, 5, P | 0x31 << 16, 0);
	send_handle(f, 5);
	tables_irte(&f->tables, table, 5, P | 0x32 << 16, 0);
	assert_true(regs_queue_do(&f->queue, 0x14 | UINT64_C(5) << 32, 0));
	assert_int_equal(send_handle(f, 5).data & 0xff, 0x32);
}

static void table_counts_only_when_it_was_latched(void **state)
{
	struct fixture *f = *state;

	run(f, false);
	tables_irte(&f->tables, table, 5, P | 0x31 << 16, 0);
	regs_write_64(f->unit, 0x0b8, tables_page(&f->tables) | SIZE);
	assert_int_equal(send_handle(f, 5).data & 0xff, 0x31);
	regs_command_set(f->unit, UINT32_C(1) << 24);
	assert_true(send_handle(f, 5).blocked);
}

static uint64_t counted(struct fixture *f)
{
	struct vtd_counters counters;

	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	return counters.interrupts_remapped;
}

static void interrupt_is_counted_when_it_was_remapped(void **state)
{
	struct fixture *f = *state;

	run(f, false);
	regs_command_set(f->unit, CFI);
	tables_irte(&f->tables, table, 5, P | 0x31 << 16, 0);
	send(f, 0xfee00000, 0x31); /* compatibility format */
	send_handle(f, 6);	   /* blocked */
	assert_int_equal(counted(f), 0);
	send_handle(f, 5);
	assert_int_equal(counted(f), 1);
	regs_command_clear(f->unit, IRE);
	send_handle(f, 5);
	assert_int_equal(counted(f), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			message_has_all_fields_when_destination_has_8_bits),
		FIXTURE_TEST(
			message_has_32_bits_of_destination_when_eime_is_set),
		FIXTURE_TEST(message_is_level_when_entry_says_so),
		FIXTURE_TEST(delivery_modes_pass_when_they_are_defined),
		FIXTURE_TEST(available_bits_are_ignored_when_set),
		FIXTURE_TEST(data_is_ignored_when_subhandle_is_not_valid),
		FIXTURE_TEST(subhandle_is_added_when_valid),
		FIXTURE_TEST(handle_has_16_bits_when_table_is_full_size),
		FIXTURE_TEST(source_is_not_verified_when_it_is_not_known),
		FIXTURE_TEST(source_is_verified_when_entry_asks_for_it),
		FIXTURE_TEST(request_passes_unchanged_when_remapping_is_off),
		FIXTURE_TEST(compatibility_request_passes_when_cfi_is_on),
		FIXTURE_TEST(new_entry_counts_when_its_cache_was_invalidated),
		FIXTURE_TEST(table_counts_only_when_it_was_latched),
		FIXTURE_TEST(interrupt_is_counted_when_it_was_remapped),
	};

	return RUN_TESTS(tests);
}
