/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints that do not answer in time.  F 1.13, 5.7, 5.8. */
#include "device_tlb_timeout.h"

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

/* The ITag of the younger one is the lower one. */
static void timer_is_for_the_elder_when_two_requests_are_left(void **state)
{
	struct fixture *f = *state;

	use_itags(f, 31);
	for (unsigned int i = 0; i < 2; i++) {
		f->host.now += 50;
		regs_queue_put(&f->queue, DEVICE_TLB_OF(SID), 0);
		regs_queue_submit(&f->queue);
	}
	assert_true(itag(f, 31) > itag(f, 32));
	pass_time(f, 100);
	assert_int_equal(f->host.timer, TIMEOUT - 150);
	pass_time(f, TIMEOUT - 150);
	assert_int_equal(control_fsts(f), FSTS_ITE);
	assert_int_equal(f->host.timer, 50);
}

/* And the other way round. */
static void timer_is_for_the_elder_when_its_itag_is_the_lower(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID);
	f->host.now += 50;
	put_and_wait(f, SID);
	pass_time(f, 100);
	assert_int_equal(f->host.timer, TIMEOUT - 150);
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
		ON_UNIT(timer_is_for_the_elder_when_two_requests_are_left),
		ON_UNIT(timer_is_for_the_elder_when_its_itag_is_the_lower),
		FIXTURE_TEST(nothing_times_out_when_host_has_no_timer),
		ON_UNIT(completion_ends_nothing_when_translation_is_off),
		ON_UNIT(completion_counts_when_translation_is_on_again),
		ON_UNIT(request_never_times_out_when_time_out_is_the_largest),
	};

	return RUN_TESTS(tests);
}
