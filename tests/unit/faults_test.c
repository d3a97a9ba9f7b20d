/* SPDX-License-Identifier: BSD-3-Clause */
/* How fault records fill up, overflow and are emptied.  F 1.9, 1.11. */
#include "control.h"

#define RECORDS 4
#define FECTL 0x038

static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->config.fault_records = RECORDS;
	control_run(f);
	regs_set_event(f->unit, FECTL, 0xfee00000, 0x31);
	return 0;
}

static uint64_t record_high(struct fixture *f, unsigned int index)
{
	uint64_t offset = (regs_read_64(f->unit, 0x008) >> 24 & 0x3ff) * 16;

	return regs_read_64(f->unit, offset + index * 16 + 8);
}

static bool is_full(struct fixture *f, unsigned int index)
{
	return record_high(f, index) >> 63 != 0;
}

static uint16_t sid_of(struct fixture *f, unsigned int index)
{
	return (uint16_t)record_high(f, index);
}

/* As Linux does it: 32 bits at offset +12. */
static void clear_record(struct fixture *f, unsigned int index)
{
	uint64_t offset = (regs_read_64(f->unit, 0x008) >> 24 & 0x3ff) * 16;

	regs_write_32(f->unit, offset + index * 16 + 12, UINT32_C(1) << 31);
}

static void faults(struct fixture *f, uint16_t sid, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		control_fault(f, (uint16_t)(sid + i));
}

static void first_fault_sets_status_when_none_was_pending(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 1);
	assert_int_equal(control_fsts(f), FSTS_PPF);
	assert_true(is_full(f, 0));
	assert_int_equal(sid_of(f, 0), 0x0200);
	assert_int_equal(record_high(f, 0) >> 32 & 0xff, 0x25);
}

static void faults_fill_records_in_order_when_several_come(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 3);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(sid_of(f, i), 0x0200 + i);
	assert_false(is_full(f, 3));
	assert_int_equal(FSTS_FRI(control_fsts(f)), 0);
}

static void fault_event_comes_once_when_several_faults_come(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 3);
	assert_int_equal(f->host.messages, 1);
}

static void
pending_status_stays_when_one_of_two_records_is_cleared(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 2);
	clear_record(f, 0);
	assert_int_equal(control_fsts(f) & FSTS_PPF, FSTS_PPF);
	clear_record(f, 1);
	assert_int_equal(control_fsts(f) & FSTS_PPF, 0);
}

static void pending_status_stays_when_software_writes_one_to_it(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 1);
	regs_write_32(f->unit, 0x034, UINT32_MAX);
	assert_int_equal(control_fsts(f), FSTS_PPF);
}

static void record_stays_when_software_writes_all_but_f(void **state)
{
	struct fixture *f = *state;
	uint64_t offset = (regs_read_64(f->unit, 0x008) >> 24 & 0x3ff) * 16;
	uint64_t low, high;

	faults(f, 0x0200, 1);
	low = regs_read_64(f->unit, offset);
	high = regs_read_64(f->unit, offset + 8);
	regs_write_64(f->unit, offset, UINT64_MAX);
	regs_write_64(f->unit, offset + 8, UINT64_MAX >> 1);
	assert_true(regs_read_64(f->unit, offset) == low);
	assert_true(regs_read_64(f->unit, offset + 8) == high);
}

static void record_is_cleared_when_written_with_64_bits(void **state)
{
	struct fixture *f = *state;
	uint64_t offset = (regs_read_64(f->unit, 0x008) >> 24 & 0x3ff) * 16;

	faults(f, 0x0200, 1);
	regs_write_64(f->unit, offset + 8, UINT64_C(1) << 63);
	assert_false(is_full(f, 0));
	assert_int_equal(control_fsts(f) & FSTS_PPF, 0);
}

static void first_index_follows_when_earlier_records_were_cleared(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 2);
	clear_record(f, 0);
	clear_record(f, 1);
	faults(f, 0x0210, 1);
	assert_int_equal(FSTS_FRI(control_fsts(f)), 2);
	assert_int_equal(sid_of(f, 2), 0x0210);
}

static void index_wraps_when_last_record_was_written(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, RECORDS);
	clear_record(f, 0);
	faults(f, 0x0210, 1);
	assert_int_equal(sid_of(f, 0), 0x0210);
	assert_int_equal(control_fsts(f) & FSTS_PFO, 0);
}

/* The slot at the index counts, not whether another one is free. */
static void overflow_is_set_when_next_record_is_full(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, RECORDS);
	assert_int_equal(control_fsts(f) & FSTS_PFO, 0);
	clear_record(f, 1);
	faults(f, 0x0210, 1);
	assert_int_equal(control_fsts(f) & FSTS_PFO, FSTS_PFO);
	assert_false(is_full(f, 1));
	assert_int_equal(sid_of(f, 0), 0x0200);
}

static void overflow_sends_no_event_when_faults_are_pending(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, RECORDS + 1);
	assert_int_equal(f->host.messages, 1);
}

static void faults_are_dropped_when_overflow_is_set(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, RECORDS + 1);
	for (unsigned int i = 0; i < RECORDS; i++)
		clear_record(f, i);
	faults(f, 0x0210, 1);
	for (unsigned int i = 0; i < RECORDS; i++)
		assert_false(is_full(f, i));
	assert_int_equal(control_fsts(f) & FSTS_PPF, 0);
}

/* Recording goes on at the index, not at FRI. */
static void recording_resumes_at_index_when_overflow_is_cleared(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 2);
	clear_record(f, 0);
	clear_record(f, 1);
	/* FRI is 2; the index wraps to 2 and overflows there. */
	faults(f, 0x0210, RECORDS + 1);
	assert_int_equal(FSTS_FRI(control_fsts(f)), 2);
	for (unsigned int i = 0; i < RECORDS; i++)
		clear_record(f, i);
	regs_write_32(f->unit, 0x034, FSTS_PFO);
	assert_int_equal(control_fsts(f) & (FSTS_PFO | FSTS_PPF), 0);
	faults(f, 0x0220, 1);
	assert_int_equal(sid_of(f, 2), 0x0220);
	assert_int_equal(control_fsts(f), FSTS_PPF | 2u << 8);
	assert_int_equal(f->host.messages, 3);
}

/* What Linux writes after its loop: PFO, PPF and bit 7. */
static void status_is_clean_when_linux_has_handled_it(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, RECORDS + 3);
	for (unsigned int i = 0; i < RECORDS; i++)
		clear_record(f, i);
	regs_write_32(f->unit, 0x034, 0x83);
	assert_int_equal(control_fsts(f) & (FSTS_PFO | FSTS_PPF | 0x80), 0);
}

static void index_starts_over_when_nothing_can_fault_any_more(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 2);
	regs_drop_faults(f->unit);
	regs_command_clear(f->unit, UINT32_C(1) << 25);
	faults(f, 0x0200, 1); /* passes: no remapping */
	regs_command_set(f->unit, UINT32_C(1) << 25);
	faults(f, 0x0210, 1); /* TES was still 1 */
	assert_int_equal(FSTS_FRI(control_fsts(f)), 2);
	regs_drop_faults(f->unit);
	regs_command_clear(f->unit, UINT32_C(1) << 25);
	regs_command_clear(f->unit, UINT32_C(1) << 31);
	regs_command_set(f->unit, UINT32_C(1) << 25);
	faults(f, 0x0220, 1);
	assert_int_equal(FSTS_FRI(control_fsts(f)), 0);
	assert_int_equal(sid_of(f, 0), 0x0220);
}

/* In the other order. */
static void index_starts_over_when_remapping_goes_off_last(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 2);
	regs_drop_faults(f->unit);
	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_TE);
	faults(f, 0x0210, 1); /* IRES is still 1 */
	assert_int_equal(FSTS_FRI(control_fsts(f)), 2);
	regs_drop_faults(f->unit);
	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_IRE);
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_IRE);
	faults(f, 0x0220, 1);
	assert_int_equal(FSTS_FRI(control_fsts(f)), 0);
}

static void storm_costs_nothing_but_counts_when_records_are_full(void **state)
{
	struct fixture *f = *state;
	struct vtd_counters counters;

	faults(f, 0x0000, 50000);
	assert_int_equal(f->host.messages, 1);
	assert_int_equal(f->host.writes, 0);
	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	assert_int_equal(counters.faults_recorded, RECORDS);
	assert_int_equal(counters.faults_dropped, 50000 - RECORDS);
	for (unsigned int i = 0; i < RECORDS; i++)
		assert_int_equal(sid_of(f, i), i);
}

/* One device in a loop, then another: both are seen, nothing overflows. */
static void
other_device_is_recorded_when_faults_of_one_are_compressed(void **state)
{
	struct fixture *f = *state;
	struct vtd_counters counters;

	for (unsigned int i = 0; i < 2 * RECORDS; i++)
		faults(f, 0x0200, 1);
	faults(f, 0x0300, 1);
	assert_int_equal(control_fsts(f), FSTS_PPF);
	assert_int_equal(sid_of(f, 0), 0x0200);
	assert_true(is_full(f, 1));
	assert_int_equal(sid_of(f, 1), 0x0300);
	assert_false(is_full(f, 2));
	assert_int_equal(f->host.messages, 1);
	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	assert_int_equal(counters.faults_recorded, 2);
	assert_int_equal(counters.faults_dropped, 2 * RECORDS - 1);
}

static void device_is_recorded_again_when_its_record_is_cleared(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, 2);
	clear_record(f, 0);
	faults(f, 0x0200, 2);
	assert_int_equal(sid_of(f, 2), 0x0200);
	assert_true(is_full(f, 2));
	assert_false(is_full(f, 3));
}

/* F 1.11: compression comes before the look at the next record. */
static void nothing_overflows_when_full_records_have_the_device(void **state)
{
	struct fixture *f = *state;

	faults(f, 0x0200, RECORDS);
	faults(f, 0x0200 + RECORDS - 1, 1);
	assert_int_equal(control_fsts(f) & FSTS_PFO, 0);
	faults(f, 0x0200 + RECORDS, 1);
	assert_int_equal(control_fsts(f) & FSTS_PFO, FSTS_PFO);
}

static void every_fault_is_recorded_when_compression_is_off(void **state)
{
	struct fixture *f = *state;

	f->config.fault_records = RECORDS;
	f->config.fault_compression = false;
	control_run(f);
	for (unsigned int i = 0; i < RECORDS; i++)
		faults(f, 0x0200, 1);
	assert_true(is_full(f, RECORDS - 1));
	assert_int_equal(control_fsts(f) & FSTS_PFO, 0);
	faults(f, 0x0200, 1);
	assert_int_equal(control_fsts(f) & FSTS_PFO, FSTS_PFO);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(first_fault_sets_status_when_none_was_pending),
		ON_UNIT(faults_fill_records_in_order_when_several_come),
		ON_UNIT(fault_event_comes_once_when_several_faults_come),
		ON_UNIT(pending_status_stays_when_one_of_two_records_is_cleared),
		ON_UNIT(pending_status_stays_when_software_writes_one_to_it),
		ON_UNIT(record_stays_when_software_writes_all_but_f),
		ON_UNIT(record_is_cleared_when_written_with_64_bits),
		ON_UNIT(first_index_follows_when_earlier_records_were_cleared),
		ON_UNIT(index_wraps_when_last_record_was_written),
		ON_UNIT(overflow_is_set_when_next_record_is_full),
		ON_UNIT(overflow_sends_no_event_when_faults_are_pending),
		ON_UNIT(faults_are_dropped_when_overflow_is_set),
		ON_UNIT(recording_resumes_at_index_when_overflow_is_cleared),
		ON_UNIT(status_is_clean_when_linux_has_handled_it),
		ON_UNIT(index_starts_over_when_nothing_can_fault_any_more),
		ON_UNIT(index_starts_over_when_remapping_goes_off_last),
		ON_UNIT(storm_costs_nothing_but_counts_when_records_are_full),
		ON_UNIT(other_device_is_recorded_when_faults_of_one_are_compressed),
		ON_UNIT(device_is_recorded_again_when_its_record_is_cleared),
		ON_UNIT(nothing_overflows_when_full_records_have_the_device),
		FIXTURE_TEST(every_fault_is_recorded_when_compression_is_off),
	};

	return RUN_TESTS(tests);
}
