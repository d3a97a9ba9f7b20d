/* SPDX-License-Identifier: BSD-3-Clause */
/* What a warm reset keeps and a power-good reset does not.  F 1.1, 1.2. */
#include "control.h"

#define FRCD 0x220 /* CAP.FRO is checked in registers_absent_test.c */

/* An unknown descriptor type. */
static void queue_error(struct fixture *f)
{
	regs_queue_put(&f->queue, 0xf, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_fsts(f) & FSTS_IQE, FSTS_IQE);
}

static void queue_error_survives_when_reset_is_warm(void **state)
{
	struct fixture *f = *state;

	queue_error(f);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	assert_int_equal(control_fsts(f), FSTS_IQE);
	assert_int_equal(control_iqei(f), 3);
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	assert_int_equal(control_fsts(f), 0);
	assert_int_equal(control_iqei(f), 0);
}

static void fault_record_survives_when_reset_is_warm(void **state)
{
	struct fixture *f = *state;

	control_fault(f, 0x4321);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	assert_int_equal(control_fsts(f), FSTS_PPF);
	assert_int_equal(regs_read_64(f->unit, FRCD + 8) & 0xffff, 0x4321);
	assert_int_equal(regs_read_64(f->unit, FRCD + 8) >> 63, 1);
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	assert_int_equal(control_fsts(f), 0);
	assert_true(regs_read_64(f->unit, FRCD + 8) == 0);
}

static void wait_completion_survives_when_reset_is_warm(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, 0x15, 0);
	regs_queue_submit(&f->queue);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	assert_int_equal(regs_read_32(f->unit, 0x09c), 1);
	regs_write_32(f->unit, 0x09c, 1);
	assert_int_equal(regs_read_32(f->unit, 0x09c), 0);
}

static void page_request_status_survives_when_reset_is_warm(void **state)
{
	struct fixture *f = *state;
	struct regs_page_queue queue;

	regs_page_queue_start(&queue, f->unit, &f->tables);
	control_page_request(f);
	/* At the second descriptor there is no writable RAM. */
	f->host.read_only =
		(struct fake_range){ queue.base, queue.base + 4095 };
	control_page_request(f);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	assert_int_equal(regs_read_32(f->unit, 0x0dc), 3);
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	assert_int_equal(regs_read_32(f->unit, 0x0dc), 0);
}

static void everything_is_off_when_reset(void **state)
{
	struct fixture *f = *state;

	assert_true(vtd_unit_translation_enabled(f->unit));
	assert_true(vtd_unit_interrupt_remapping_enabled(f->unit));
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	assert_int_equal(regs_read_32(f->unit, 0x01c), 0);
	assert_false(vtd_unit_translation_enabled(f->unit));
	assert_false(vtd_unit_interrupt_remapping_enabled(f->unit));
}

static void event_is_neither_pending_nor_unmasked_when_reset(void **state)
{
	struct fixture *f = *state;

	control_fault(f, 0x0200); /* masked: it is held */
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	assert_int_equal(regs_read_32(f->unit, 0x038), UINT32_C(1) << 31);
}

/* The latched root table is forgotten too: mode 01 needs SRTP again. */
static void root_table_is_forgotten_when_reset(void **state)
{
	const struct vtd_request request = {
		.sid = CONTROL_SID,
		.access = VTD_ACCESS_READ,
		.address = 0x1000,
		.length = 4,
		.pasid_present = true,
		.pasid = 1,
	};
	struct fixture *f = *state;
	struct vtd_translation result;

	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	regs_command_set(f->unit, UINT32_C(1) << 31);
	vtd_unit_translate(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_RTA_2);
}

static void waits_are_forgotten_when_reset(void **state)
{
	struct fixture *f = *state;

	/* Device-TLB invalidation that nobody completes, then a wait. */
	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.invalidations, 1);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	vtd_unit_device_tlb_complete(f->unit, 0x0100, 1, 1);
	assert_false(regs_queue_is_done(&f->queue));
	assert_int_equal(regs_read_32(f->unit, 0x09c), 0);
	/* A completion that is late by one reset is no error of anybody. */
	assert_int_equal(control_fsts(f), 0);
}

static void queue_works_again_when_set_up_after_reset(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_submit(&f->queue);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
	assert_true(regs_queue_do(&f->queue, 0x11, 0));
}

/* The timer that was set before is not relied on after. */
static void silent_endpoint_times_out_when_reset_before(void **state)
{
	struct fixture *f = *state;
	uint64_t timeout = f->config.device_tlb_timeout;

	f->host.now = 1;
	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.timer, timeout);
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	assert_int_equal(f->host.timer, 0);
	fixture_enable(f, VTD_TTM_SCALABLE);
	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.timer, timeout);
	f->host.now += timeout;
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(control_fsts(f), FSTS_ITE);
}

static size_t save(struct fixture *f, uint8_t *blob)
{
	size_t size = vtd_unit_save(f->unit, blob, VTD_STATE_SIZE_MAX);

	assert_true(size <= VTD_STATE_SIZE_MAX);
	return size;
}

/* Pointers and indices too, which no register shows. */
static void state_is_that_of_a_new_unit_when_power_was_lost(void **state)
{
	static uint8_t reset[VTD_STATE_SIZE_MAX], new[VTD_STATE_SIZE_MAX];
	struct fixture *f = *state;
	size_t size;

	control_fault(f, 0x4321);
	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	size = save(f, reset);
	vtd_unit_destroy(f->unit);
	fixture_start(f);
	assert_int_equal(save(f, new), size);
	assert_memory_equal(reset, new, size);
}

static void host_is_told_of_everything_when_reset(void **state)
{
	struct fixture *f = *state;

	fake_host_forget(&f->host);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	assert_int_equal(f->host.mappings_changes, 1);
	assert_int_equal(f->host.mappings_change[0].scope, VTD_CHANGE_GLOBAL);
	assert_int_equal(f->host.interrupts_changes, 1);
	assert_int_equal(f->host.interrupts_change[0].first, 0);
	assert_int_equal(f->host.interrupts_change[0].last, 0xffff);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, control_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(queue_error_survives_when_reset_is_warm),
		ON_UNIT(fault_record_survives_when_reset_is_warm),
		ON_UNIT(wait_completion_survives_when_reset_is_warm),
		ON_UNIT(page_request_status_survives_when_reset_is_warm),
		ON_UNIT(everything_is_off_when_reset),
		ON_UNIT(event_is_neither_pending_nor_unmasked_when_reset),
		ON_UNIT(root_table_is_forgotten_when_reset),
		ON_UNIT(waits_are_forgotten_when_reset),
		ON_UNIT(queue_works_again_when_set_up_after_reset),
		ON_UNIT(silent_endpoint_times_out_when_reset_before),
		ON_UNIT(state_is_that_of_a_new_unit_when_power_was_lost),
		ON_UNIT(host_is_told_of_everything_when_reset),
	};

	return RUN_TESTS(tests);
}
