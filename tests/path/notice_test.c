/* SPDX-License-Identifier: BSD-3-Clause */
/* Notices: an invalidation wait covers what the host keeps (host.h). */
#include "control.h"

#define IOTLB_GLOBAL 0x12
#define IOTLB_PAGE 0x32
#define IEC_GLOBAL 0x04
#define IEC_INDEX 0x14
#define TICKETS 8

struct pending {
	unsigned int count;
	struct vtd_notice_ticket ticket[TICKETS];
};

static int setup(void **state)
{
	if (control_setup(state) != 0)
		return -1;
	regs_queue_do(&((struct fixture *)*state)->queue, IOTLB_GLOBAL, 0);
	return 0;
}

static int note_wait(struct fake_host *host,
		     const struct vtd_notice_ticket *ticket)
{
	struct fixture *f = host->hook_data;

	(void)ticket;
	assert_int_not_equal(fake_host_get_32(host, f->queue.status),
			     f->queue.sequence);
	return 0;
}

static int defer(struct fake_host *host, const struct vtd_notice_ticket *ticket)
{
	struct pending *pending = host->hook_data;

	assert_true(pending->count < TICKETS);
	pending->ticket[pending->count++] = *ticket;
	return VTD_NOTICE_PENDING;
}

static void
wait_completes_after_the_notice_when_both_are_submitted(void **state)
{
	struct fixture *f = *state;

	f->host.hook_data = f;
	f->host.on_notice = note_wait;
	fake_host_forget(&f->host);
	assert_true(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	assert_true(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	assert_int_equal(f->host.mappings_changes, 1);
	assert_int_equal(f->host.interrupts_changes, 1);
}

static bool wants_more_than_pages(struct fake_host *host,
				  const struct vtd_mappings_changed *change)
{
	(void)host;
	return change->scope != VTD_CHANGE_RANGE;
}

static void change_makes_no_notice_when_the_host_does_not_want_it(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };

	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	f->host.on_change = wants_more_than_pages;
	fake_host_forget(&f->host);
	assert_true(regs_queue_do(&f->queue, IOTLB_PAGE, 0x5000));
	assert_int_equal(f->host.mappings_changes, 0);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	assert_int_equal(f->host.mappings_changes, 1);
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_true(regs_queue_is_done(&f->queue));
}

static void wait_completes_with_the_notice_when_it_is_pending(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };

	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_true(regs_queue_is_done(&f->queue));
	assert_false(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	vtd_unit_notice_done(f->unit, &pending.ticket[1]);
	assert_true(regs_queue_is_done(&f->queue));
}

static void
wait_completes_with_the_last_notice_when_several_are_pending(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };

	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put(&f->queue, IEC_INDEX, 0);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	assert_int_equal(pending.count, 3);
	vtd_unit_notice_done(f->unit, &pending.ticket[2]);
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_notice_done(f->unit, &pending.ticket[1]);
	assert_true(regs_queue_is_done(&f->queue));
}

/* A host that has yet to look needs to be told once. */
static void
wait_completes_with_the_first_notice_when_it_covers_others(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };

	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	f->host.on_notice = NULL;
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	assert_false(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_true(regs_queue_is_done(&f->queue));
}

/* What a register command told the host is covered too. */
static void wait_covers_the_notice_when_a_command_made_it(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };

	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	f->host.on_notice = NULL;
	assert_int_equal(pending.count, 1);
	assert_false(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_true(regs_queue_is_done(&f->queue));
}

/* Like brackets: those in a later phase delay nothing. */
static void wait_ignores_the_notice_when_it_is_of_later(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };

	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	assert_int_equal(pending.count, 2);
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_true(regs_queue_is_done(&f->queue));
	vtd_unit_notice_done(f->unit, &pending.ticket[1]);
}

/* The bracket of the notice belongs to its phase, and outlives a reset. */
static void notice_is_done_when_the_unit_was_reset_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };

	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	f->host.on_notice = NULL;
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	fixture_enable(f, VTD_TTM_SCALABLE);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_true(regs_queue_is_done(&f->queue));
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(wait_completes_after_the_notice_when_both_are_submitted),
		ON_UNIT(change_makes_no_notice_when_the_host_does_not_want_it),
		ON_UNIT(wait_completes_with_the_notice_when_it_is_pending),
		ON_UNIT(wait_completes_with_the_last_notice_when_several_are_pending),
		ON_UNIT(wait_completes_with_the_first_notice_when_it_covers_others),
		ON_UNIT(wait_covers_the_notice_when_a_command_made_it),
		ON_UNIT(wait_ignores_the_notice_when_it_is_of_later),
		ON_UNIT(notice_is_done_when_the_unit_was_reset_meanwhile),
	};

	return RUN_TESTS(tests);
}
