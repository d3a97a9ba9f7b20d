/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints that cannot take a request now, or are not there.  F 1.13, 5.7. */
#include <errno.h>

#include "device_tlb_timeout.h"

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
	/* It was set when it was sent, to the end of what was left. */
	assert_int_equal(f->host.timer, TIMEOUT - TIMEOUT / 16 - 1);
}

static void busy_endpoint_is_left_alone_when_its_time_has_not_come(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	put_and_wait(f, SID);
	pass_time(f, 1);
	assert_int_equal(f->host.invalidations, 1);
	assert_int_equal(f->host.timer, TIMEOUT / 16);
}

/* What is nearer: the time to try again, or the end of all its time. */
static void
timer_is_for_the_end_when_busy_endpoint_has_little_time(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	put_and_wait(f, SID);
	pass_time(f, TIMEOUT - 20);
	assert_int_equal(f->host.invalidations, 2);
	assert_int_equal(f->host.timer, 20);
	pass_time(f, 5);
	assert_int_equal(f->host.invalidations, 2);
	assert_int_equal(f->host.timer, 15);
	pass_time(f, 15);
	assert_int_equal(control_fsts(f), FSTS_ITE);
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

/* A sixteenth of the time-out, a millisecond at most. */
static void busy_endpoint_is_left_alone_for_a_share_of_its_time(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	put_and_wait(f, SID);
	assert_int_equal(f->host.timer, TIMEOUT / 16 + 1);
	vtd_unit_destroy(f->unit);
	f->config.device_tlb_timeout = UINT64_C(1000000000);
	f->host.timer = 0;
	control_run(f);
	put_and_wait(f, SID);
	assert_int_equal(f->host.timer, 1000000);
}

/* In the order of the queue, whatever their ITags are: the first one has a free
 * one that is behind that of the second. */
static void requests_keep_their_order_when_both_are_sent_again(void **state)
{
	struct fixture *f = *state;

	use_itags(f, 31);
	f->host.on_invalidation = busy;
	regs_queue_put(&f->queue, DEVICE_TLB_OF(0x0208), 0);
	regs_queue_put(&f->queue, DEVICE_TLB_OF(SID), 0);
	regs_queue_submit(&f->queue);
	assert_true(itag(f, 31) > itag(f, 32));
	f->host.on_invalidation = NULL;
	pass_time(f, f->host.timer);
	assert_int_equal(f->host.invalidations, 35);
	assert_int_equal(f->host.invalidation[33].sid, 0x0208);
	assert_int_equal(f->host.invalidation[34].sid, SID);
}

static void nothing_is_sent_again_when_queue_was_off_meanwhile(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	put_and_wait(f, SID);
	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_QIE);
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
	f->host.on_invalidation = NULL;
	pass_time(f, TIMEOUT / 2);
	assert_int_equal(f->host.invalidations, 1);
	assert_true(regs_queue_do(&f->queue, 0x11, 0));
}

static int complete_and_say_busy(struct fake_host *host,
				 const struct vtd_device_tlb_invalidation *item)
{
	fake_host_complete_at_once(host, item);
	return -EBUSY;
}

static int
complete_and_say_absent(struct fake_host *host,
			const struct vtd_device_tlb_invalidation *item)
{
	fake_host_complete_at_once(host, item);
	return -ENODEV;
}

/* The host contradicts itself. */
static void request_has_ended_when_host_says_otherwise_after_that(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = complete_and_say_busy;
	put_and_wait(f, SID);
	assert_true(regs_queue_is_done(&f->queue));
	pass_time(f, TIMEOUT / 2);
	f->host.on_invalidation = complete_and_say_absent;
	put_and_wait(f, SID);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(f->host.invalidations, 2);
	assert_int_equal(control_fsts(f), 0);
}

static int absent_208(struct fake_host *host,
		      const struct vtd_device_tlb_invalidation *item)
{
	if (item->sid == 0x0208)
		return -ENODEV;
	return fake_host_complete_at_once(host, item);
}

/* Software has not cleared the first error: nobody is told of the second one. */
static void request_ends_when_endpoint_vanishes_while_it_is_busy(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = busy;
	regs_queue_put(&f->queue, DEVICE_TLB_OF(SID), 0);
	regs_queue_submit(&f->queue);
	f->host.on_invalidation = fake_host_no_endpoint;
	regs_queue_put(&f->queue, DEVICE_TLB_OF(0x0208), 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_fsts(f), FSTS_ITE);
	pass_time(f, TIMEOUT / 2);
	assert_int_equal(f->host.invalidations, 3);
	/* No more is to be done until then. */
	assert_int_equal(f->host.timer, TIMEOUT / 2);
	assert_int_equal(itesid(f), 0x0208);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 2), 1);
	assert_int_equal(control_fsts(f), FSTS_ITE | FSTS_ICE);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_UNIT(ite_is_raised_when_endpoint_is_not_there),
		ON_UNIT(request_ends_when_endpoint_vanishes_while_it_is_busy),
		ON_UNIT(software_recovers_when_one_endpoint_vanished),
		ON_UNIT(request_is_sent_again_when_endpoint_was_busy),
		ON_UNIT(busy_endpoint_is_left_alone_when_its_time_has_not_come),
		ON_UNIT(timer_is_for_the_end_when_busy_endpoint_has_little_time),
		ON_UNIT(others_are_served_when_one_endpoint_is_busy),
		ON_UNIT(ite_is_raised_when_endpoint_stays_busy),
		ON_UNIT(busy_endpoint_is_left_alone_for_a_share_of_its_time),
		ON_UNIT(requests_keep_their_order_when_both_are_sent_again),
		ON_UNIT(nothing_is_sent_again_when_queue_was_off_meanwhile),
		ON_UNIT(request_has_ended_when_host_says_otherwise_after_that),
	};

	return RUN_TESTS(tests);
}
