/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints that do not answer in time, or are not there.  F 1.13, 5.7, 5.8. */
#include <errno.h>

#include "control.h"

#define SID 0x0100
#define DEVICE_TLB_OF(sid) (UINT64_C(0x3) | (uint64_t)(sid) << 32)
#define TIMEOUT CONTROL_TIMEOUT

static void put_and_wait(struct fixture *f, uint16_t sid)
{
	regs_queue_put(&f->queue, DEVICE_TLB_OF(sid), 0);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
}

static void pass_time(struct fixture *f, uint64_t nanoseconds)
{
	f->host.now += nanoseconds;
	f->host.timer = 0;
	vtd_unit_timer_expired(f->unit);
}

static uint16_t itesid(struct fixture *f)
{
	return (uint16_t)(regs_read_64(f->unit, 0x0b0) >> 32);
}

static uint32_t itag(struct fixture *f, unsigned int index)
{
	return UINT32_C(1) << f->host.invalidation[index].itag;
}

static void timer_is_set_when_request_is_sent(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	assert_int_equal(f->host.timer, TIMEOUT);
}

static void nothing_happens_when_timer_comes_early(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	pass_time(f, TIMEOUT - 1);
	assert_int_equal(control_fsts(f), 0);
	assert_int_equal(f->host.timer, 1);
}

static void nothing_happens_when_timer_comes_without_need(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = fake_host_complete_at_once;
	put_and_wait(f, SID);
	pass_time(f, 10 * TIMEOUT);
	assert_int_equal(control_fsts(f), 0);
	assert_int_equal(f->host.timer, 0);
}

static void ite_is_raised_when_endpoint_is_silent(void **state)
{
	struct fixture *f = *state;

	regs_set_event(f->unit, 0x038, 0xfee00000, 0x31);
	put_and_wait(f, SID);
	pass_time(f, TIMEOUT);
	assert_int_equal(control_fsts(f), FSTS_ITE);
	assert_int_equal(itesid(f), SID);
	assert_int_equal(f->host.messages, 1);
}

static void wait_is_aborted_when_request_times_out(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	pass_time(f, TIMEOUT);
	regs_write_32(f->unit, 0x034, FSTS_ITE);
	assert_false(regs_queue_is_done(&f->queue));
	assert_int_equal(regs_read_32(f->unit, 0x09c), 0);
}

static void nothing_is_fetched_when_time_out_is_not_cleared(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	pass_time(f, TIMEOUT);
	assert_false(regs_queue_do(&f->queue, 0x11, 0));
}

/* Without another tail write. */
static void fetching_resumes_when_time_out_is_cleared(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	pass_time(f, TIMEOUT);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_false(regs_queue_is_done(&f->queue));
	regs_write_32(f->unit, 0x034, FSTS_ITE);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), 0);
}

static void fetching_waits_when_only_one_of_two_errors_is_cleared(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	pass_time(f, TIMEOUT);
	regs_write_32(f->unit, 0x034, FSTS_ITE);
	regs_queue_put(&f->queue, DEVICE_TLB_OF(SID), 0);
	regs_queue_put(&f->queue, 0xf, 0);
	regs_queue_submit(&f->queue);
	pass_time(f, TIMEOUT);
	assert_int_equal(control_fsts(f), FSTS_ITE | FSTS_IQE);
	fake_host_set_64(&f->host, f->queue.base + f->queue.tail - 32, 0x11);
	fake_host_forget(&f->host);
	regs_write_32(f->unit, 0x034, FSTS_IQE);
	assert_int_equal(f->host.mappings_changes, 0);
	regs_write_32(f->unit, 0x034, FSTS_ITE);
	assert_int_equal(f->host.mappings_changes, 1);
}

static void itag_is_free_when_its_request_timed_out(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	pass_time(f, TIMEOUT);
	regs_write_32(f->unit, 0x034, FSTS_ITE);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_int_equal(control_fsts(f), FSTS_ICE);
}

static void completions_count_when_another_request_timed_out(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	f->host.now += 10;
	regs_queue_put(&f->queue, DEVICE_TLB_OF(0x0208), 0);
	regs_queue_submit(&f->queue);
	pass_time(f, TIMEOUT - 10);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	vtd_unit_device_tlb_complete(f->unit, 0x0208, itag(f, 1), 1);
	assert_int_equal(control_fsts(f), FSTS_ITE);
	assert_false(regs_queue_is_done(&f->queue));
	regs_write_32(f->unit, 0x034, FSTS_ITE);
	assert_true(regs_queue_is_done(&f->queue));
}

static void timer_is_set_again_when_a_later_request_is_left(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB_OF(SID), 0);
	regs_queue_submit(&f->queue);
	f->host.now += 400;
	regs_queue_put(&f->queue, DEVICE_TLB_OF(0x0208), 0);
	regs_queue_submit(&f->queue);
	pass_time(f, 600);
	assert_int_equal(itesid(f), SID);
	assert_int_equal(f->host.timer, 400);
	vtd_unit_device_tlb_complete(f->unit, 0x0208, itag(f, 1), 1);
	assert_int_equal(control_fsts(f), FSTS_ITE);
}

static void first_source_stays_when_several_time_out(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB_OF(SID), 0);
	regs_queue_submit(&f->queue);
	f->host.now += 1;
	regs_queue_put(&f->queue, DEVICE_TLB_OF(0x0208), 0);
	regs_queue_submit(&f->queue);
	pass_time(f, TIMEOUT - 1);
	pass_time(f, 1);
	assert_int_equal(itesid(f), SID);
}

static void ite_is_raised_when_endpoint_is_not_there(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = fake_host_no_endpoint;
	put_and_wait(f, SID);
	assert_int_equal(control_fsts(f), FSTS_ITE);
	assert_int_equal(itesid(f), SID);
	assert_false(regs_queue_is_done(&f->queue));
}

static int busy(struct fake_host *host,
		const struct vtd_device_tlb_invalidation *item)
{
	(void)host;
	(void)item;
	return -EBUSY;
}

static void request_is_sent_again_when_endpoint_was_busy(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	put_and_wait(f, SID);
	assert_int_equal(f->host.invalidations, 1);
	assert_true(f->host.timer > 0 && f->host.timer < TIMEOUT);
	f->host.on_invalidation = fake_host_complete_at_once;
	pass_time(f, f->host.timer);
	assert_int_equal(f->host.invalidations, 2);
	assert_int_equal(itag(f, 0), itag(f, 1));
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), 0);
}

static void busy_endpoint_is_left_alone_when_its_time_has_not_come(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	put_and_wait(f, SID);
	pass_time(f, 1);
	assert_int_equal(f->host.invalidations, 1);
	assert_true(f->host.timer > 0 && f->host.timer < TIMEOUT);
}

static void others_are_served_when_one_endpoint_is_busy(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	put_and_wait(f, SID);
	f->host.on_invalidation = NULL;
	regs_queue_put(&f->queue, DEVICE_TLB_OF(0x0208), 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.invalidation[1].sid, 0x0208);
}

static void ite_is_raised_when_endpoint_stays_busy(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	put_and_wait(f, SID);
	for (int i = 0; i < 100 && f->host.timer != 0; i++)
		pass_time(f, f->host.timer);
	assert_int_equal(control_fsts(f), FSTS_ITE);
	assert_int_equal(itesid(f), SID);
	assert_true(f->host.invalidations > 10);
	assert_int_equal(f->host.now, CONTROL_NOW + TIMEOUT);
}

static int absent_208(struct fake_host *host,
		      const struct vtd_device_tlb_invalidation *item)
{
	if (item->sid == 0x0208)
		return -ENODEV;
	return fake_host_complete_at_once(host, item);
}

/* All that was in the same wait is resubmitted: nothing hangs. */
static void software_recovers_when_one_endpoint_vanished(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = absent_208;
	regs_queue_put(&f->queue, DEVICE_TLB_OF(SID), 0);
	put_and_wait(f, 0x0208);
	assert_int_equal(itesid(f), 0x0208);
	regs_write_32(f->unit, 0x034, FSTS_ITE);
	put_and_wait(f, SID);
	assert_true(regs_queue_is_done(&f->queue));
}

static void nothing_times_out_when_host_has_no_timer(void **state)
{
	struct vtd_host_ops ops = fake_host_ops;
	struct fixture *f = *state;

	ops.timer_set = NULL;
	ops.clock = NULL;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	fixture_enable(f, VTD_TTM_SCALABLE);
	put_and_wait(f, SID);
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(control_fsts(f), 0);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_true(regs_queue_is_done(&f->queue));
}

/* F 1.6: the message is an Unsupported Request. */
static void completion_ends_nothing_when_translation_is_off(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	regs_command_clear(f->unit, UINT32_C(1) << 31);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_false(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), 0);
	pass_time(f, TIMEOUT);
	assert_int_equal(control_fsts(f), FSTS_ITE);
}

static void completion_counts_when_translation_is_on_again(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	regs_command_clear(f->unit, UINT32_C(1) << 31);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	regs_command_set(f->unit, UINT32_C(1) << 31);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_true(regs_queue_is_done(&f->queue));
}

/* The end of time is not passed. */
static void request_never_times_out_when_time_out_is_the_largest(void **state)
{
	struct fixture *f = *state;

	vtd_unit_destroy(f->unit);
	f->config.device_tlb_timeout = UINT64_MAX;
	control_run(f);
	put_and_wait(f, SID);
	assert_true(f->host.timer == UINT64_MAX - f->host.now);
	pass_time(f, UINT64_MAX / 2);
	assert_int_equal(control_fsts(f), 0);
	assert_true(f->host.timer > 0);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_true(regs_queue_is_done(&f->queue));
}

int main(void)
{
#define ON_UNIT(name)                                                     \
	cmocka_unit_test_setup_teardown(name, control_setup_with_timeout, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(timer_is_set_when_request_is_sent),
		ON_UNIT(nothing_happens_when_timer_comes_early),
		ON_UNIT(nothing_happens_when_timer_comes_without_need),
		ON_UNIT(ite_is_raised_when_endpoint_is_silent),
		ON_UNIT(wait_is_aborted_when_request_times_out),
		ON_UNIT(nothing_is_fetched_when_time_out_is_not_cleared),
		ON_UNIT(fetching_resumes_when_time_out_is_cleared),
		ON_UNIT(fetching_waits_when_only_one_of_two_errors_is_cleared),
		ON_UNIT(itag_is_free_when_its_request_timed_out),
		ON_UNIT(completions_count_when_another_request_timed_out),
		ON_UNIT(timer_is_set_again_when_a_later_request_is_left),
		ON_UNIT(first_source_stays_when_several_time_out),
		ON_UNIT(ite_is_raised_when_endpoint_is_not_there),
		ON_UNIT(software_recovers_when_one_endpoint_vanished),
		ON_UNIT(request_is_sent_again_when_endpoint_was_busy),
		ON_UNIT(busy_endpoint_is_left_alone_when_its_time_has_not_come),
		ON_UNIT(others_are_served_when_one_endpoint_is_busy),
		ON_UNIT(ite_is_raised_when_endpoint_stays_busy),
		FIXTURE_TEST(nothing_times_out_when_host_has_no_timer),
		ON_UNIT(completion_ends_nothing_when_translation_is_off),
		ON_UNIT(completion_counts_when_translation_is_on_again),
		ON_UNIT(request_never_times_out_when_time_out_is_the_largest),
	};

	return RUN_TESTS(tests);
}
