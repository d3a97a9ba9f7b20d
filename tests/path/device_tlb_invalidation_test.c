/* SPDX-License-Identifier: BSD-3-Clause */
/* Invalidate requests to endpoints and their completions.  F 5.7. */
#include <pthread.h>

#include "control.h"

#define SID 0x0100
#define DEVICE_TLB_OF(sid) (UINT64_C(0x3) | (uint64_t)(sid) << 32)

static void put(struct fixture *f, uint16_t sid, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		regs_queue_put(&f->queue, DEVICE_TLB_OF(sid), 0);
}

static void put_and_wait(struct fixture *f, uint16_t sid, unsigned int count)
{
	put(f, sid, count);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
}

static uint32_t itag(struct fixture *f, unsigned int index)
{
	return UINT32_C(1) << f->host.invalidation[index].itag;
}

static void wait_completes_when_endpoint_answers_at_once(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = fake_host_complete_at_once;
	put_and_wait(f, SID, 40);
	assert_int_equal(f->host.invalidations, 40);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), 0);
}

static void wait_completes_when_last_of_several_is_answered(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID, 3);
	assert_int_equal(f->host.invalidations, 3);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 2), 1);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 1), 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void wait_completes_when_one_message_answers_all(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID, 3);
	vtd_unit_device_tlb_complete(f->unit, SID,
				     itag(f, 0) | itag(f, 1) | itag(f, 2), 1);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), 0);
}

static void *complete_in_thread(void *opaque)
{
	struct fixture *f = opaque;

	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	return NULL;
}

static void wait_completes_when_another_thread_answers(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;

	put_and_wait(f, SID, 1);
	assert_int_equal(pthread_create(&thread, NULL, complete_in_thread, f),
			 0);
	pthread_join(thread, NULL);
	assert_true(regs_queue_is_done(&f->queue));
}

/* The answer to the first comes from inside the request of the second. */
static int complete_previous(struct fake_host *host,
			     const struct vtd_device_tlb_invalidation *item)
{
	if (host->invalidations > 1)
		vtd_unit_device_tlb_complete(
			host->unit, item->sid,
			UINT32_C(1) << host->invalidation[0].itag |
				UINT32_C(1) << item->itag,
			1);
	return 0;
}

static void wait_completes_when_callback_answers_an_earlier_one(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = complete_previous;
	put_and_wait(f, SID, 2);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), 0);
}

/* Software submits from inside a callback: another processor could, too. */
static int submit_more(struct fake_host *host,
		       const struct vtd_device_tlb_invalidation *item)
{
	struct fixture *f = host->hook_data;

	if (host->invalidations == 1)
		put_and_wait(f, SID, 1);
	return fake_host_complete_at_once(host, item);
}

static void queue_goes_on_when_callback_writes_the_tail(void **state)
{
	struct fixture *f = *state;

	f->host.hook_data = f;
	f->host.on_invalidation = submit_more;
	put(f, SID, 1);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.invalidations, 2);
	assert_true(regs_queue_is_done(&f->queue));
}

static void completion_counts_only_when_all_have_come(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID, 1);
	for (unsigned int i = 0; i < 7; i++)
		vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 8);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 8);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), 0);
}

static void itags_differ_when_requests_are_under_way_together(void **state)
{
	struct fixture *f = *state;
	uint32_t seen = 0;

	put(f, SID, 32);
	regs_queue_submit(&f->queue);
	for (unsigned int i = 0; i < 32; i++) {
		assert_int_equal(seen & itag(f, i), 0);
		seen |= itag(f, i);
	}
	assert_int_equal(seen, UINT32_MAX);
}

static void request_waits_when_no_itag_is_free(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID, 33);
	assert_int_equal(f->host.invalidations, 32);
	/* It was not taken. */
	assert_int_equal(regs_read_64(f->unit, 0x080), 32 * 32);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 7), 1);
	assert_int_equal(f->host.invalidations, 33);
	assert_int_equal(itag(f, 32), itag(f, 7));
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_device_tlb_complete(f->unit, SID, UINT32_MAX, 1);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), 0);
}

/* --------------------------------------------------- Wrong completions */

static void ice_is_raised_when_itag_is_not_in_use(void **state)
{
	struct fixture *f = *state;

	regs_set_event(f->unit, 0x038, 0xfee00000, 0x31);
	vtd_unit_device_tlb_complete(f->unit, 0x0207, 0x10, 1);
	assert_int_equal(control_fsts(f), FSTS_ICE);
	assert_int_equal(regs_read_64(f->unit, 0x0b0) >> 48, 0x0207);
	assert_int_equal(f->host.messages, 1);
}

static void ice_is_raised_when_itag_belongs_to_another_endpoint(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID, 1);
	vtd_unit_device_tlb_complete(f->unit, 0x0207, itag(f, 0), 1);
	assert_int_equal(control_fsts(f), FSTS_ICE);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void right_itags_count_when_wrong_ones_come_with_them(void **state)
{
	struct fixture *f = *state;

	put_and_wait(f, SID, 2);
	vtd_unit_device_tlb_complete(f->unit, SID, UINT32_MAX, 1);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(control_fsts(f), FSTS_ICE);
	assert_int_equal(regs_read_64(f->unit, 0x0b0) >> 48, SID);
}

static void first_source_stays_when_ice_is_raised_again(void **state)
{
	struct fixture *f = *state;

	vtd_unit_device_tlb_complete(f->unit, 0x0207, 1, 1);
	vtd_unit_device_tlb_complete(f->unit, 0x0300, 1, 1);
	assert_int_equal(regs_read_64(f->unit, 0x0b0) >> 48, 0x0207);
	regs_write_32(f->unit, 0x034, FSTS_ICE);
	assert_int_equal(control_fsts(f), 0);
	vtd_unit_device_tlb_complete(f->unit, 0x0300, 1, 1);
	assert_int_equal(regs_read_64(f->unit, 0x0b0) >> 48, 0x0300);
}

static void queue_goes_on_when_ice_is_raised(void **state)
{
	struct fixture *f = *state;

	vtd_unit_device_tlb_complete(f->unit, 0x0207, 1, 1);
	assert_true(regs_queue_do(&f->queue, 0x11, 0));
}

static void completion_is_ignored_when_unit_has_no_device_tlb(void **state)
{
	struct fixture *f = *state;

	f->config.device_tlb = false;
	f->config.no_write_flag = false;
	f->config.page_request = false;
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_device_tlb_complete(f->unit, SID, UINT32_MAX, 1);
	assert_int_equal(control_fsts(f), 0);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, control_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(wait_completes_when_endpoint_answers_at_once),
		ON_UNIT(wait_completes_when_last_of_several_is_answered),
		ON_UNIT(wait_completes_when_one_message_answers_all),
		ON_UNIT(wait_completes_when_another_thread_answers),
		ON_UNIT(wait_completes_when_callback_answers_an_earlier_one),
		ON_UNIT(queue_goes_on_when_callback_writes_the_tail),
		ON_UNIT(completion_counts_only_when_all_have_come),
		ON_UNIT(itags_differ_when_requests_are_under_way_together),
		ON_UNIT(request_waits_when_no_itag_is_free),
		ON_UNIT(ice_is_raised_when_itag_is_not_in_use),
		ON_UNIT(ice_is_raised_when_itag_belongs_to_another_endpoint),
		ON_UNIT(right_itags_count_when_wrong_ones_come_with_them),
		ON_UNIT(first_source_stays_when_ice_is_raised_again),
		ON_UNIT(queue_goes_on_when_ice_is_raised),
		FIXTURE_TEST(completion_is_ignored_when_unit_has_no_device_tlb),
	};

	return RUN_TESTS(tests);
}
