/* SPDX-License-Identifier: BSD-3-Clause */
/* Wait descriptors: what they do when they complete, and when that is.
 * F 5.3, 5.6, 6.5. */
#include "control.h"

#define ICS 0x09c
#define IF 0x10
#define SW 0x20
#define FN 0x40
#define PD 0x80
#define WAIT(flags, data) (UINT64_C(0x5) | (flags) | (uint64_t)(data) << 32)

static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	control_run(f);
	regs_set_event(f->unit, 0x0a0, 0xfee01000, 0x55);
	fake_host_forget(&f->host);
	return 0;
}

static void submit(struct fixture *f, uint64_t word0, uint64_t word1)
{
	regs_queue_put(&f->queue, word0, word1);
	regs_queue_submit(&f->queue);
}

static void status_is_written_when_sw_is_set(void **state)
{
	struct fixture *f = *state;
	uint64_t page = tables_page(&f->tables);

	fake_host_set_64(&f->host, page, UINT64_MAX);
	submit(f, WAIT(SW, 0xcafe1234), page + 4);
	assert_true(fake_host_get_64(&f->host, page) ==
		    UINT64_C(0xcafe1234ffffffff));
	assert_int_equal(f->host.messages, 0);
	assert_int_equal(regs_read_32(f->unit, ICS), 0);
}

static void interrupt_comes_when_if_is_set(void **state)
{
	struct fixture *f = *state;

	submit(f, WAIT(IF, 2), 0);
	assert_int_equal(regs_read_32(f->unit, ICS), 1);
	assert_int_equal(f->host.messages, 1);
	assert_true(f->host.message[0].address == 0xfee01000);
	assert_int_equal(f->host.message[0].data, 0x55);
	assert_int_equal(f->host.writes, 0);
}

static void nothing_happens_when_neither_is_set(void **state)
{
	struct fixture *f = *state;

	submit(f, WAIT(0, 2), tables_page(&f->tables));
	submit(f, WAIT(FN, 2), 0);
	assert_int_equal(f->host.writes, 0);
	assert_int_equal(f->host.messages, 0);
	assert_int_equal(control_fsts(f), 0);
	assert_int_equal(regs_read_64(f->unit, 0x080), 64);
}

static void look_at_status(struct fake_host *host,
			   const struct fake_message *item)
{
	(void)item;
	*(uint32_t *)host->hook_data =
		fake_host_get_32(host, 2 * UINT64_C(1048576));
}

static void status_is_there_when_the_interrupt_comes(void **state)
{
	struct fixture *f = *state;
	uint32_t seen = 0;

	f->host.hook_data = &seen;
	f->host.on_message = look_at_status;
	submit(f, WAIT(IF | SW, 77), 2 * UINT64_C(1048576));
	assert_int_equal(f->host.messages, 1);
	assert_int_equal(seen, 77);
}

static void second_interrupt_is_merged_when_iwc_is_still_set(void **state)
{
	struct fixture *f = *state;

	submit(f, WAIT(IF, 0), 0);
	submit(f, WAIT(IF, 0), 0);
	assert_int_equal(f->host.messages, 1);
	regs_write_32(f->unit, ICS, 1);
	submit(f, WAIT(IF, 0), 0);
	assert_int_equal(f->host.messages, 2);
}

static void status_is_written_when_address_has_bits_beyond_haw(void **state)
{
	struct fixture *f = *state;
	uint64_t page = tables_page(&f->tables);

	submit(f, WAIT(SW, 9), page | VTD_BITS(63, 48));
	assert_int_equal(fake_host_get_32(&f->host, page), 9);
	assert_int_equal(control_fsts(f), 0);
}

static void queue_goes_on_when_status_is_not_in_memory(void **state)
{
	struct fixture *f = *state;

	submit(f, WAIT(SW, 9), FAKE_HOST_RAM_SIZE);
	assert_int_equal(control_fsts(f), 0);
	assert_true(regs_queue_do(&f->queue, 0x11, 0));
}

/* ----------------------- Parked behind a device-TLB invalidation (ITag 0) */

#define DEVICE_TLB UINT64_C(0x0000010000000003)

static void check_parks(struct fixture *f, uint64_t flags)
{
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put(&f->queue, WAIT(flags, 1), f->queue.status);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.writes, 0);
	assert_int_equal(f->host.messages, 0);
	vtd_unit_device_tlb_complete(f->unit, 0x0100, 1, 1);
}

static void status_waits_when_device_tlb_invalidation_is_under_way(void **state)
{
	struct fixture *f = *state;

	check_parks(f, SW);
	assert_int_equal(fake_host_get_32(&f->host, f->queue.status), 1);
}

static void
interrupt_waits_when_device_tlb_invalidation_is_under_way(void **state)
{
	struct fixture *f = *state;

	check_parks(f, IF);
	assert_int_equal(f->host.messages, 1);
}

/* Linux's drain: a fence, then invalidations, then a wait with PD. */
static void later_invalidation_waits_when_fence_is_before_it(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put(&f->queue, WAIT(FN, 2), 0);
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put(&f->queue, WAIT(SW | PD, 2), f->queue.status);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.invalidations, 1);
	vtd_unit_device_tlb_complete(f->unit, 0x0100, 1, 1);
	assert_int_equal(f->host.invalidations, 2);
	assert_int_equal(fake_host_get_32(&f->host, f->queue.status), 0);
	vtd_unit_device_tlb_complete(f->unit, 0x0100,
				     1u << f->host.invalidation[1].itag, 1);
	assert_int_equal(fake_host_get_32(&f->host, f->queue.status), 2);
}

static void waits_complete_in_order_when_several_are_parked(void **state)
{
	struct fixture *f = *state;
	uint64_t page = tables_page(&f->tables);

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put(&f->queue, WAIT(SW, 1), page);
	regs_queue_put(&f->queue, WAIT(SW, 2), page + 8);
	regs_queue_put(&f->queue, WAIT(SW, 3), page);
	regs_queue_submit(&f->queue);
	assert_int_equal(fake_host_get_32(&f->host, page), 0);
	vtd_unit_device_tlb_complete(f->unit, 0x0100, 1, 1);
	assert_int_equal(fake_host_get_32(&f->host, page), 3);
	assert_int_equal(fake_host_get_32(&f->host, page + 8), 2);
	assert_int_equal(f->host.writes, 3);
}

/* PD: requests that were received before are in memory when it completes. */
static void page_requests_are_visible_when_drain_completes(void **state)
{
	struct fixture *f = *state;
	struct regs_page_queue queue;
	uint64_t words[2];

	regs_page_queue_start(&queue, f->unit, &f->tables);
	control_page_request(f);
	submit(f, WAIT(SW | PD, 5), f->queue.status);
	assert_int_equal(fake_host_get_32(&f->host, f->queue.status), 5);
	assert_true(regs_page_queue_take(&queue, words));
}

static void wait_is_dropped_when_queue_is_switched_off(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put(&f->queue, WAIT(SW, 1), f->queue.status);
	regs_queue_submit(&f->queue);
	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_QIE);
	vtd_unit_device_tlb_complete(f->unit, 0x0100, 1, 1);
	assert_int_equal(f->host.writes, 0);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(status_is_written_when_sw_is_set),
		ON_UNIT(interrupt_comes_when_if_is_set),
		ON_UNIT(nothing_happens_when_neither_is_set),
		ON_UNIT(status_is_there_when_the_interrupt_comes),
		ON_UNIT(second_interrupt_is_merged_when_iwc_is_still_set),
		ON_UNIT(status_is_written_when_address_has_bits_beyond_haw),
		ON_UNIT(queue_goes_on_when_status_is_not_in_memory),
		ON_UNIT(status_waits_when_device_tlb_invalidation_is_under_way),
		ON_UNIT(interrupt_waits_when_device_tlb_invalidation_is_under_way),
		ON_UNIT(later_invalidation_waits_when_fence_is_before_it),
		ON_UNIT(waits_complete_in_order_when_several_are_parked),
		ON_UNIT(page_requests_are_visible_when_drain_completes),
		ON_UNIT(wait_is_dropped_when_queue_is_switched_off),
	};

	return RUN_TESTS(tests);
}
