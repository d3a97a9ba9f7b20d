/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers that a unit does not have read as 0 and ignore writes, and those
 * whose place the capabilities tell are where these say (F 1.2, 1.4, 1.5).
 */
#include "check.h"

struct span {
	uint32_t first;
	uint32_t last; /* of the last word */
};

static void check_absent(struct fixture *f, const struct span *span,
			 size_t spans)
{
	for (size_t i = 0; i < spans; i++)
		for (uint32_t at = span[i].first; at <= span[i].last; at += 4) {
			regs_write_32(f->unit, at, UINT32_MAX);
			if (regs_read_32(f->unit, at) != 0)
				fail_msg("there is something at %x", at);
		}
}

static void places_are_empty_when_reserved_or_never_offered(void **state)
{
	/* Reserved; protected memory; MTRRs, performance counters, enhanced
	 * and virtual commands, RDT. */
	static const struct span spans[] = {
		{ 0x030, 0x030 }, { 0x048, 0x060 }, { 0x064, 0x07c },
		{ 0x098, 0x098 }, { 0x0d8, 0x0d8 }, { 0x100, 0x21c },
		{ 0x300, 0xffc },
	};
	struct fixture *f = *state;

	fixture_start(f);
	check_absent(f, spans, sizeof(spans) / sizeof(*spans));
}

static void page_request_registers_are_absent_when_not_supported(void **state)
{
	static const struct span span = { 0x0c0, 0x0ec };
	struct fixture *f = *state;

	f->config.page_request = false;
	fixture_start(f);
	check_absent(f, &span, 1);
}

static void interrupt_table_is_absent_when_not_supported(void **state)
{
	static const struct span span = { 0x0b8, 0x0bc };
	struct fixture *f = *state;

	f->config.interrupt_remapping = false;
	f->config.extended_interrupt_mode = false;
	fixture_start(f);
	check_absent(f, &span, 1);
}

static void eime_stays_zero_when_not_supported(void **state)
{
	struct fixture *f = *state;

	f->config.extended_interrupt_mode = false;
	fixture_start(f);
	regs_write_64(f->unit, 0x0b8, 0x7000 | VTD_BIT(11) | 0xf);
	assert_true(regs_read_64(f->unit, 0x0b8) == 0x700f);
}

static void addresses_end_at_host_width_when_it_is_small(void **state)
{
	static const uint32_t offsets[] = { 0x020, 0x090, 0x0b8, 0x0d0 };
	struct fixture *f = *state;

	f->config.host_address_width = 39;
	fixture_start(f);
	for (size_t i = 0; i < 4; i++) {
		regs_write_64(f->unit, offsets[i], VTD_BITS(63, 12));
		assert_true(regs_read_64(f->unit, offsets[i]) ==
			    VTD_BITS(38, 12));
	}
}

static void addresses_end_at_bit_51_when_host_width_is_52(void **state)
{
	struct fixture *f = *state;

	f->config.host_address_width = 52;
	f->config.guest_address_width = 57;
	fixture_start(f);
	regs_write_64(f->unit, 0x020, VTD_BITS(63, 12));
	assert_true(regs_read_64(f->unit, 0x020) == VTD_BITS(51, 12));
}

static uint32_t fault_offset(struct fixture *f)
{
	return (uint32_t)(regs_read_64(f->unit, 0x008) >> 24 & 0x3ff) * 16;
}

static void fault_records_are_read_only_when_nothing_faulted(void **state)
{
	struct fixture *f = *state;
	struct span span;

	fixture_start(f);
	span.first = fault_offset(f);
	span.last = span.first + 8 * 16 - 4;
	check_absent(f, &span, 1);
}

static void iotlb_registers_keep_their_fields_when_written(void **state)
{
	struct fixture *f = *state;
	uint32_t iotlb;

	fixture_start(f);
	iotlb = (uint32_t)(regs_read_64(f->unit, 0x010) >> 8 & 0x3ff) * 16 + 8;
	assert_true(regs_read_64(f->unit, iotlb) == 0);
	/* All but IVT: DID, DW, DR and IIRG stay, IAIG is read-only. */
	regs_write_64(f->unit, iotlb, UINT64_MAX >> 1);
	assert_true(regs_read_64(f->unit, iotlb) ==
		    (VTD_BITS(47, 32) | VTD_BITS(49, 48) | VTD_BITS(61, 60)));
}

/* Registers of the map that every unit has are where others are not. */
static void placed_registers_are_apart_when_there_are_most_of_them(void **state)
{
	struct fixture *f = *state;
	uint32_t faults, iva;

	fixture_start(f);
	faults = fault_offset(f);
	iva = (uint32_t)(regs_read_64(f->unit, 0x010) >> 8 & 0x3ff) * 16;
	assert_true(faults >= 0x0f0 && faults + 8 * 16 <= 0x1000);
	assert_true(iva >= 0x0f0 && iva + 16 <= 0x1000);
	assert_true(iva + 16 <= faults || faults + 8 * 16 <= iva);
}

static void capabilities_stay_when_they_are_written(void **state)
{
	struct fixture *f = *state;
	uint64_t before[3], after[3];

	fixture_start(f);
	for (unsigned int i = 0; i < 3; i++) {
		before[i] = regs_read_64(f->unit, i * 8);
		regs_write_64(f->unit, i * 8, ~before[i]);
		after[i] = regs_read_64(f->unit, i * 8);
	}
	assert_memory_equal(before, after, sizeof(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(places_are_empty_when_reserved_or_never_offered),
		FIXTURE_TEST(
			page_request_registers_are_absent_when_not_supported),
		FIXTURE_TEST(interrupt_table_is_absent_when_not_supported),
		FIXTURE_TEST(eime_stays_zero_when_not_supported),
		FIXTURE_TEST(addresses_end_at_host_width_when_it_is_small),
		FIXTURE_TEST(addresses_end_at_bit_51_when_host_width_is_52),
		FIXTURE_TEST(fault_records_are_read_only_when_nothing_faulted),
		FIXTURE_TEST(iotlb_registers_keep_their_fields_when_written),
		FIXTURE_TEST(
			placed_registers_are_apart_when_there_are_most_of_them),
		FIXTURE_TEST(capabilities_stay_when_they_are_written),
	};

	return RUN_TESTS(tests);
}
