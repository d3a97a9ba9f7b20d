/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocked interrupt requests: every fault, in the order of decisions, with and
 * without FPD.  F 4.10, 7.2. */
#include "interrupt_fixture.h"

#define CFI (UINT32_C(1) << 23)
#define P 1u
#define FPD 2u
#define IM VTD_BIT(15)
#define SHV 8

static void send(struct fixture *f, uint64_t address, uint32_t data,
		 struct vtd_interrupt *result)
{
	const struct vtd_interrupt_request request = {
		.sid = SID,
		.address = address,
		.data = data,
	};

	vtd_unit_interrupt(f->unit, &request, result);
}

static void check_recorded(struct fixture *f, uint8_t reason, uint64_t index)
{
	struct regs_fault fault;

	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, reason);
	assert_int_equal(fault.sid, SID);
	assert_true(fault.address >> 48 == index);
	assert_true((fault.address & VTD_BITS(47, 12)) == 0);
}

/* Blocked, with this code in the record. */
static void check_fault(struct fixture *f, uint64_t address, uint32_t data,
			uint8_t reason)
{
	struct vtd_interrupt result;
	struct regs_fault fault;

	send(f, address, data, &result);
	assert_true(result.blocked);
	assert_int_equal(vtd_condition_code(result.condition), reason);
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, reason);
	assert_int_equal(fault.sid, SID);
	/* No index yet: data and format come first. */
	if (reason == 0x20 || reason == 0x25)
		assert_true(fault.address == 0);
}

/* The entry's fault is recorded with its index; with FPD it is not at all. */
static void check_entry_fault(struct fixture *f, uint64_t low, uint64_t high,
			      uint8_t reason)
{
	struct vtd_interrupt result;

	tables_irte(&f->tables, table, INDEX, low, high);
	send(f, ADDRESS, 0, &result);
	assert_true(result.blocked);
	assert_int_equal(vtd_condition_code(result.condition), reason);
	check_recorded(f, reason, INDEX);
	tables_irte(&f->tables, table, INDEX, low | FPD, high);
	send(f, ADDRESS, 0, &result);
	assert_true(result.blocked);
	assert_int_equal(vtd_condition_code(result.condition), reason);
	assert_int_equal(control_fsts(f) & FSTS_PPF, 0);
}

static void request_faults_20_when_data_is_reserved(void **state)
{
	check_fault(*state, ADDRESS | SHV, 0x10000, 0x20);
}

static void request_faults_21_when_index_is_beyond_the_table(void **state)
{
	check_fault(*state, UINT64_C(0xfee00010) | 256 << 5, 0, 0x21);
}

static void
request_faults_21_when_subhandle_leads_beyond_the_table(void **state)
{
	check_fault(*state, ADDRESS | SHV, 251, 0x21);
}

static void request_faults_21_when_index_has_17_bits(void **state)
{
	struct fixture *f = *state;

	regs_set_interrupt_table(f->unit, tables_pages(&f->tables, 256), 15,
				 false);
	/* Handle FFFFh and subhandle 1. */
	check_fault(f, UINT64_C(0xfee00010) | 0x7fff << 5 | 4 | SHV, 1, 0x21);
}

/* The table reaches beyond what addresses can have. */
static void request_faults_21_when_entry_is_beyond_host_addresses(void **state)
{
	struct fixture *f = *state;

	regs_set_interrupt_table(f->unit, VTD_BITS(47, 12), 15, false);
	check_fault(f, UINT64_C(0xfee00010) | 256 << 5, 0, 0x21);
}

static void request_faults_22_when_entry_is_not_present(void **state)
{
	check_entry_fault(*state, 0, 0, 0x22);
}

static void request_faults_23_when_entry_is_not_in_memory(void **state)
{
	struct fixture *f = *state;

	fake_host_set_hole(&f->host, table, 4096);
	check_fault(f, ADDRESS, 0, 0x23);
}

static void request_faults_24_when_bits_are_reserved(void **state)
{
	/* 14:12, 31:24; without EIME 39:32 and 63:48 too. */
	static const uint64_t low = VTD_BITS(14, 12) | VTD_BITS(31, 24) |
				    VTD_BITS(39, 32) | VTD_BITS(63, 48);
	struct fixture *f = *state;

	for (unsigned int bit = 0; bit < 64; bit++) {
		if ((low >> bit & 1) != 0)
			check_entry_fault(f, P | VTD_BIT(bit), 0, 0x24);
		if (bit >= 20)
			check_entry_fault(f, P, VTD_BIT(bit), 0x24);
	}
}

static void request_faults_24_when_source_type_is_reserved(void **state)
{
	check_entry_fault(*state, P, UINT64_C(3) << 18, 0x24);
}

static void request_faults_24_when_posted_bits_are_reserved(void **state)
{
	/* 7:2, 13:12, 37:24, 95:84. */
	static const uint64_t low = VTD_BITS(7, 2) | VTD_BITS(13, 12) |
				    VTD_BITS(37, 24);
	struct fixture *f = *state;

	for (unsigned int bit = 0; bit < 64; bit++) {
		if ((low >> bit & 1) != 0)
			check_entry_fault(f, P | IM | VTD_BIT(bit), 0, 0x24);
		if (bit >= 20 && bit <= 31)
			check_entry_fault(f, P | IM, VTD_BIT(bit), 0x24);
	}
}

static void request_faults_24_when_unit_cannot_post(void **state)
{
	struct fixture *f = *state;

	vtd_unit_destroy(f->unit);
	f->config.posted_interrupts = false;
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_set_interrupt_table(f->unit, table, 7, false);
	regs_command_set(f->unit, IRE);
	check_entry_fault(f, P | IM, 0, 0x24);
}

static void request_faults_25_when_compatibility_format_is_off(void **state)
{
	check_fault(*state, 0xfee00000 | INDEX << 5, 0x41, 0x25);
}

static void request_faults_25_when_destinations_have_32_bits(void **state)
{
	struct fixture *f = *state;

	regs_command_clear(f->unit, IRE);
	regs_set_interrupt_table(f->unit, table, 7, true);
	regs_command_set(f->unit, IRE);
	regs_command_set(f->unit, CFI);
	check_fault(f, 0xfee00000 | INDEX << 5, 0x41, 0x25);
}

static void request_faults_26_when_source_differs(void **state)
{
	check_entry_fault(*state, P, SVT_1 | (SID + 1), 0x26);
}

static void
request_faults_27_when_posted_descriptor_is_not_in_memory(void **state)
{
	/* PDA[31:6] in 63:38: right behind the RAM. */
	check_entry_fault(*state, P | IM | FAKE_HOST_RAM_SIZE >> 6 << 38, 0,
			  0x27);
}

static void request_faults_27_when_posted_descriptor_is_read_only(void **state)
{
	struct fixture *f = *state;
	uint64_t descriptor = tables_page(&f->tables);

	f->host.read_only =
		(struct fake_range){ descriptor, descriptor + 4095 };
	check_entry_fault(f, P | IM | descriptor >> 6 << 38, 0, 0x27);
}

static void request_faults_28_when_posted_descriptor_is_reserved(void **state)
{
	struct fixture *f = *state;
	uint64_t descriptor = tables_page(&f->tables);

	/* 271:258 and 287:280. */
	for (unsigned int bit = 0; bit < 32; bit++) {
		if (bit < 2 || (bit >= 16 && bit < 24))
			continue;
		fake_host_set_64(&f->host, descriptor + 32, VTD_BIT(bit));
		check_entry_fault(f, P | IM | descriptor >> 6 << 38, 0, 0x28);
	}
	assert_true(fake_host_get_64(&f->host, descriptor) == 0);
}

/* ---------------------------------------------------- Order of decisions */

static void reserved_data_wins_when_index_is_wrong_too(void **state)
{
	check_fault(*state, ADDRESS | SHV, 0x1ffff, 0x20);
}

static void absent_entry_wins_when_all_else_is_wrong_too(void **state)
{
	check_entry_fault(*state, VTD_BIT(12), SVT_1 | (SID + 1), 0x22);
}

static void reserved_bits_win_when_source_is_wrong_too(void **state)
{
	check_entry_fault(*state, P | VTD_BIT(12), SVT_1 | (SID + 1), 0x24);
}

static void source_wins_when_posted_descriptor_is_wrong_too(void **state)
{
	check_entry_fault(*state, P | IM | FAKE_HOST_RAM_SIZE >> 6 << 38,
			  SVT_1 | (SID + 1), 0x26);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(request_faults_20_when_data_is_reserved),
		ON_UNIT(request_faults_21_when_index_is_beyond_the_table),
		ON_UNIT(request_faults_21_when_subhandle_leads_beyond_the_table),
		ON_UNIT(request_faults_21_when_index_has_17_bits),
		ON_UNIT(request_faults_21_when_entry_is_beyond_host_addresses),
		ON_UNIT(request_faults_22_when_entry_is_not_present),
		ON_UNIT(request_faults_23_when_entry_is_not_in_memory),
		ON_UNIT(request_faults_24_when_bits_are_reserved),
		ON_UNIT(request_faults_24_when_source_type_is_reserved),
		ON_UNIT(request_faults_24_when_posted_bits_are_reserved),
		ON_UNIT(request_faults_24_when_unit_cannot_post),
		ON_UNIT(request_faults_25_when_compatibility_format_is_off),
		ON_UNIT(request_faults_25_when_destinations_have_32_bits),
		ON_UNIT(request_faults_26_when_source_differs),
		ON_UNIT(request_faults_27_when_posted_descriptor_is_not_in_memory),
		ON_UNIT(request_faults_27_when_posted_descriptor_is_read_only),
		ON_UNIT(request_faults_28_when_posted_descriptor_is_reserved),
		ON_UNIT(reserved_data_wins_when_index_is_wrong_too),
		ON_UNIT(absent_entry_wins_when_all_else_is_wrong_too),
		ON_UNIT(reserved_bits_win_when_source_is_wrong_too),
		ON_UNIT(source_wins_when_posted_descriptor_is_wrong_too),
	};

	return RUN_TESTS(tests);
}
