/* SPDX-License-Identifier: BSD-3-Clause */
/* Completions of invalidate requests that the unit has forgotten: they end
 * nothing that was sent later.  F 5.7. */
#include <errno.h>

#include <vtd/spec/regs.h>

#include "control.h"

#define SID 0x0100
#define DEVICE_TLB (UINT64_C(0x3) | (uint64_t)SID << 32)
#define OTHER UINT64_C(0x0208)
#define ITAGS 32u
#define TIMEOUT CONTROL_TIMEOUT

static int setup(void **state)
{
	struct fixture *f;

	if (control_setup_with_timeout(state) != 0)
		return -1;
	f = *state;
	fake_host_forget(&f->host);
	return 0;
}

static void put_requests(struct fixture *f, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		regs_queue_put(&f->queue, DEVICE_TLB, 0);
}

/* The ITags of the invalidations `first`..`end` - 1 in the host's list. */
static uint32_t itags(struct fixture *f, unsigned int first, unsigned int end)
{
	uint32_t itags = 0;

	for (unsigned int i = first; i < end; i++)
		itags |= UINT32_C(1) << f->host.invalidation[i].itag;
	return itags;
}

/* Half of the requests are not answered; `forget` makes the unit forget them.
 * Then as many as still have ITags of their own are sent: the completions that
 * come late must not end them; they leave `error` in FSTS. */
static void check_late(struct fixture *f, void (*forget)(struct fixture *f),
		       uint32_t error)
{
	uint32_t late, open;

	put_requests(f, ITAGS);
	regs_queue_submit(&f->queue);
	late = itags(f, 0, ITAGS / 2);
	vtd_unit_device_tlb_complete(f->unit, SID, ~late, 1);
	forget(f);
	fake_host_forget(&f->host);
	put_requests(f, ITAGS / 2);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.invalidations, ITAGS / 2);
	open = itags(f, 0, ITAGS / 2);
	assert_int_equal(late & open, 0);
	vtd_unit_device_tlb_complete(f->unit, SID, late, 1);
	assert_int_equal(control_fsts(f), error);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_device_tlb_complete(f->unit, SID, open, 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void reset(struct fixture *f)
{
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	fixture_enable(f, VTD_TTM_SCALABLE);
}

static void restart_queue(struct fixture *f)
{
	regs_command_clear(f->unit, UINT32_C(1) << 26);
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
}

/* The state that is loaded has as many requests on their way; they are sent
 * again, and are not the ones that are sent after. */
static void load(struct fixture *f)
{
	uint8_t blob[VTD_STATE_SIZE_MAX];
	size_t size = vtd_unit_save(f->unit, blob, sizeof(blob));
	uint32_t before = itags(f, 0, ITAGS / 2);

	fake_host_forget(&f->host);
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(f->host.invalidations, ITAGS / 2);
	assert_int_equal(itags(f, 0, ITAGS / 2) & before, 0);
	vtd_unit_device_tlb_complete(f->unit, SID, ~before, 1);
}

static void time_out(struct fixture *f)
{
	f->host.now += TIMEOUT;
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(control_fsts(f), FSTS_ITE);
	regs_write_32(f->unit, 0x034, FSTS_ITE);
}

static void late_completion_ends_nothing_when_unit_was_reset(void **state)
{
	check_late(*state, reset, 0);
}

static void late_completion_ends_nothing_when_queue_was_off(void **state)
{
	check_late(*state, restart_queue, 0);
}

static void late_completion_ends_nothing_when_a_state_was_loaded(void **state)
{
	check_late(*state, load, 0);
}

static void late_completion_ends_nothing_when_it_had_timed_out(void **state)
{
	check_late(*state, time_out, FSTS_ICE);
}

static void time_out_and_reset(struct fixture *f)
{
	time_out(f);
	reset(f);
}

static void
late_completion_is_no_error_when_reset_followed_time_out(void **state)
{
	check_late(*state, time_out_and_reset, 0);
}

/* One request, and a reset; returns its ITag. */
static uint32_t forget_one(struct fixture *f)
{
	put_requests(f, 1);
	regs_queue_submit(&f->queue);
	reset(f);
	return itags(f, 0, 1);
}

/* Something has looked for a free ITag meanwhile. */
static void late_completion_is_no_error_when_its_time_has_passed(void **state)
{
	struct fixture *f = *state;
	uint32_t late = forget_one(f);

	f->host.now += TIMEOUT;
	fake_host_forget(&f->host);
	put_requests(f, ITAGS - 1);
	regs_queue_submit(&f->queue);
	assert_int_equal(itags(f, 0, ITAGS - 1) & late, 0);
	vtd_unit_device_tlb_complete(f->unit, SID, late, 1);
	assert_int_equal(control_fsts(f), 0);
}

static void second_late_completion_is_an_error_when_unit_was_reset(void **state)
{
	struct fixture *f = *state;
	uint32_t late = forget_one(f);

	vtd_unit_device_tlb_complete(f->unit, SID, late, 1);
	assert_int_equal(control_fsts(f), 0);
	vtd_unit_device_tlb_complete(f->unit, SID, late, 1);
	assert_int_equal(control_fsts(f), FSTS_ICE);
}

/* Something has looked for a free ITag meanwhile. */
static void
second_late_completion_is_an_error_when_its_time_has_passed(void **state)
{
	struct fixture *f = *state;
	uint32_t late = forget_one(f);

	f->host.now += TIMEOUT;
	put_requests(f, ITAGS - 1);
	regs_queue_submit(&f->queue);
	vtd_unit_device_tlb_complete(f->unit, SID, late, 1);
	assert_int_equal(control_fsts(f), 0);
	vtd_unit_device_tlb_complete(f->unit, SID, late, 1);
	assert_int_equal(control_fsts(f), FSTS_ICE);
}

static void completion_of_another_is_an_error_when_unit_was_reset(void **state)
{
	struct fixture *f = *state;
	uint32_t late = forget_one(f);

	vtd_unit_device_tlb_complete(f->unit, SID + 1, late, 1);
	assert_int_equal(control_fsts(f), FSTS_ICE);
}

/* All are owed, so that another endpoint's request gets one of theirs. */
static void
completion_ends_no_request_of_another_when_itag_is_used_again(void **state)
{
	struct fixture *f = *state;
	uint32_t itag;

	put_requests(f, ITAGS);
	regs_queue_submit(&f->queue);
	reset(f);
	fake_host_forget(&f->host);
	regs_queue_put(&f->queue, 0x3 | OTHER << 32, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	itag = itags(f, 0, 1);
	/* Of two messages. */
	vtd_unit_device_tlb_complete(f->unit, SID, itag, 2);
	vtd_unit_device_tlb_complete(f->unit, SID, itag, 2);
	assert_int_equal(control_fsts(f), 0);
	assert_false(regs_queue_is_done(&f->queue));
	/* That was all that could come. */
	vtd_unit_device_tlb_complete(f->unit, SID, itag, 1);
	assert_int_equal(control_fsts(f), FSTS_ICE);
	vtd_unit_device_tlb_complete(f->unit, OTHER, itag, 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void completion_is_no_error_when_translation_is_off(void **state)
{
	struct fixture *f = *state;

	vtd_unit_device_tlb_complete(f->unit, SID, 1, 1);
	assert_int_equal(control_fsts(f), FSTS_ICE);
	regs_write_32(f->unit, VTD_REG_FSTS, FSTS_ICE);
	regs_command_clear(f->unit, VTD_GCMD_TE);
	vtd_unit_device_tlb_complete(f->unit, SID, 1, 1);
	assert_int_equal(control_fsts(f), 0);
}

static void itag_is_used_again_when_its_late_completion_came(void **state)
{
	struct fixture *f = *state;
	uint32_t late;

	put_requests(f, ITAGS);
	regs_queue_submit(&f->queue);
	late = UINT32_C(1) << f->host.invalidation[7].itag;
	reset(f);
	vtd_unit_device_tlb_complete(f->unit, SID, late, 1);
	fake_host_forget(&f->host);
	put_requests(f, 1);
	regs_queue_submit(&f->queue);
	assert_int_equal(itags(f, 0, 1), late);
}

static void itag_is_used_again_when_its_completion_came_too_late(void **state)
{
	struct fixture *f = *state;
	uint32_t late;

	put_requests(f, ITAGS);
	regs_queue_submit(&f->queue);
	late = itags(f, 7, 8);
	time_out(f);
	vtd_unit_device_tlb_complete(f->unit, SID, late, 1);
	fake_host_forget(&f->host);
	put_requests(f, 1);
	regs_queue_submit(&f->queue);
	assert_int_equal(itags(f, 0, 1), late);
}

static void itag_is_used_again_when_its_time_has_passed(void **state)
{
	struct fixture *f = *state;

	put_requests(f, ITAGS - 1);
	regs_queue_submit(&f->queue);
	reset(f);
	f->host.now += TIMEOUT;
	fake_host_forget(&f->host);
	put_requests(f, ITAGS);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.invalidations, ITAGS);
}

/* All are owed, and the oldest is not the one whose turn it is: that is behind the
 * sixth, which was used once more. */
static void owe_all(struct fixture *f)
{
	put_requests(f, ITAGS);
	regs_queue_submit(&f->queue);
	vtd_unit_device_tlb_complete(f->unit, SID, itags(f, 5, 6), 1);
	put_requests(f, 1);
	regs_queue_submit(&f->queue);
	assert_int_equal(itags(f, ITAGS, ITAGS + 1), itags(f, 5, 6));
	reset(f);
}

static void check_next_itag(struct fixture *f, uint32_t expected)
{
	fake_host_forget(&f->host);
	put_requests(f, 1);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.invalidations, 1);
	assert_int_equal(itags(f, 0, 1), expected);
}

static void itags_have_their_turn_when_the_time_of_all_has_passed(void **state)
{
	struct fixture *f = *state;

	owe_all(f);
	f->host.now += TIMEOUT;
	check_next_itag(f, itags(f, 6, 7));
}

static void oldest_itag_is_used_again_when_all_are_owed(void **state)
{
	struct fixture *f = *state;

	owe_all(f);
	check_next_itag(f, itags(f, 0, 1));
}

/* Nothing says that its time has passed. */
static void late_completion_ends_nothing_when_host_has_no_clock(void **state)
{
	struct fixture *f = *state;
	struct vtd_host_ops ops = fake_host_ops;

	vtd_unit_destroy(f->unit);
	ops.timer_set = NULL;
	ops.clock = NULL;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	f->host.unit = f->unit;
	fixture_enable(f, VTD_TTM_SCALABLE);
	check_late(f, restart_queue, 0);
}

struct saved {
	size_t size;
	uint8_t blob[VTD_STATE_SIZE_MAX];
};

/* A state is loaded in the middle of the delivery of a request that the host
 * cannot send. */
static int load_and_refuse(struct fake_host *host,
			   const struct vtd_device_tlb_invalidation *item)
{
	const struct saved *saved = host->hook_data;

	(void)item;
	if (host->invalidations > 1)
		return 0;
	assert_int_equal(
		vtd_unit_load(host->unit, saved->blob, saved->size, NULL), 0);
	return -ENODEV;
}

/* It has a request under every ITag. */
static void requests_live_on_when_loaded_in_a_delivery_that_fails(void **state)
{
	struct fixture *f = *state;
	static struct saved saved;

	put_requests(f, ITAGS);
	regs_queue_submit(&f->queue);
	saved.size = vtd_unit_save(f->unit, saved.blob, sizeof(saved.blob));
	reset(f);
	f->host.hook_data = &saved;
	f->host.on_invalidation = load_and_refuse;
	fake_host_forget(&f->host);
	put_requests(f, 1);
	regs_queue_submit(&f->queue);
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(f->host.invalidations, 1 + ITAGS);
	assert_int_equal(control_fsts(f), 0);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(late_completion_ends_nothing_when_unit_was_reset),
		ON_UNIT(late_completion_ends_nothing_when_queue_was_off),
		ON_UNIT(late_completion_ends_nothing_when_a_state_was_loaded),
		ON_UNIT(late_completion_ends_nothing_when_it_had_timed_out),
		ON_UNIT(late_completion_is_no_error_when_reset_followed_time_out),
		ON_UNIT(late_completion_is_no_error_when_its_time_has_passed),
		ON_UNIT(second_late_completion_is_an_error_when_unit_was_reset),
		ON_UNIT(second_late_completion_is_an_error_when_its_time_has_passed),
		ON_UNIT(completion_of_another_is_an_error_when_unit_was_reset),
		ON_UNIT(completion_ends_no_request_of_another_when_itag_is_used_again),
		ON_UNIT(completion_is_no_error_when_translation_is_off),
		ON_UNIT(itag_is_used_again_when_its_late_completion_came),
		ON_UNIT(itag_is_used_again_when_its_completion_came_too_late),
		ON_UNIT(itag_is_used_again_when_its_time_has_passed),
		ON_UNIT(itags_have_their_turn_when_the_time_of_all_has_passed),
		ON_UNIT(oldest_itag_is_used_again_when_all_are_owed),
		ON_UNIT(late_completion_ends_nothing_when_host_has_no_clock),
		ON_UNIT(requests_live_on_when_loaded_in_a_delivery_that_fails),
	};

	return RUN_TESTS(tests);
}
