/* SPDX-License-Identifier: BSD-3-Clause */
/* Hosts that leave the optional callbacks out, or publish their memory. */
#include "control.h"

static void start_bare(struct fixture *f)
{
	const struct vtd_host_ops ops = {
		.size = sizeof(ops),
		.memory_read = fake_host_ops.memory_read,
		.memory_write = fake_host_ops.memory_write,
		.memory_compare_exchange =
			fake_host_ops.memory_compare_exchange,
		.interrupt_message = fake_host_ops.interrupt_message,
		.device_tlb_invalidate = fake_host_ops.device_tlb_invalidate,
		.page_group_response = fake_host_ops.page_group_response,
	};

	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	f->host.unit = f->unit;
	fixture_enable(f, VTD_TTM_SCALABLE);
}

static void commands_work_when_host_wants_no_notices(void **state)
{
	struct fixture *f = *state;

	start_bare(f);
	regs_set_interrupt_table(f->unit, tables_page(&f->tables), 7, false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
	assert_true(regs_queue_flush(&f->queue));
	assert_true(regs_queue_do(&f->queue, 0x04, 0));
	assert_int_equal(f->host.mappings_changes, 0);
	assert_int_equal(f->host.interrupts_changes, 0);
}

static void device_tlb_works_when_host_has_no_timer(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = fake_host_complete_at_once;
	start_bare(f);
	assert_true(regs_queue_do(&f->queue, UINT64_C(0x0000010000000003), 0));
	assert_int_equal(f->host.timer, 0);
}

/* The page that a device uses is another, and nobody wants to know. */
static void stale_use_is_counted_when_host_wants_no_reports(void **state)
{
	const struct vtd_request request = {
		.sid = CONTROL_SID,
		.access = VTD_ACCESS_READ,
		.address = 0x5000,
	};
	const struct vtd_translation used = { .address = 0x6000, .read = true };
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, CONTROL_SID, 0);
	struct vtd_counters counters;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.check = true;
	f->config.check_waits = 0;
	fixture_pasid_pass_through(f, context.dir, 0);
	start_bare(f);
	vtd_unit_device_tlb_used(f->unit, &request, &used);
	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	assert_int_equal(counters.stale_uses, 1);
	assert_int_equal(f->host.stale_uses, 0);
	assert_string_equal(f->host.trace, "");
}

/* The same bytes by another way. */
static void queue_and_interrupts_work_when_memory_is_published(void **state)
{
	const struct vtd_interrupt_request request = {
		.address = 0xfee00010 | 5 << 5,
	};
	struct vtd_interrupt result;
	struct fixture *f = *state;
	uint64_t table = tables_page(&f->tables);

	f->host.published = true;
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_set_interrupt_table(f->unit, table, 7, false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
	tables_irte(&f->tables, table, 5, 1 | 0x31 << 16, 0);
	assert_true(regs_queue_flush(&f->queue));
	vtd_unit_interrupt(f->unit, &request, &result);
	assert_int_equal(result.data & 0xff, 0x31);
}

static void fetch_fails_when_neither_way_leads_to_memory(void **state)
{
	struct fixture *f = *state;

	f->host.published = true;
	fixture_run(f, VTD_TTM_SCALABLE);
	fake_host_set_hole(&f->host, f->queue.base, 4096);
	regs_queue_put(&f->queue, 0x11, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_iqei(f), 2);
}

static void counters_fill_in_what_fits_when_program_is_old(void **state)
{
	struct vtd_counters counters = { .page_requests = 99 };
	struct fixture *f = *state;

	fixture_run(f, VTD_TTM_SCALABLE);
	assert_true(regs_queue_do(&f->queue, 0x11, 0));
	vtd_unit_counters(f->unit, &counters,
			  offsetof(struct vtd_counters, page_requests));
	assert_int_equal(counters.descriptors, 2);
	assert_int_equal(counters.page_requests, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(commands_work_when_host_wants_no_notices),
		FIXTURE_TEST(device_tlb_works_when_host_has_no_timer),
		FIXTURE_TEST(stale_use_is_counted_when_host_wants_no_reports),
		FIXTURE_TEST(
			queue_and_interrupts_work_when_memory_is_published),
		FIXTURE_TEST(fetch_fails_when_neither_way_leads_to_memory),
		FIXTURE_TEST(counters_fill_in_what_fits_when_program_is_old),
	};

	return RUN_TESTS(tests);
}
