/* SPDX-License-Identifier: BSD-3-Clause */
/* The pending logic that all three events have in common.  F 1.10. */
#include <stdlib.h>

#include "control.h"

#define IM (UINT32_C(1) << 31)
#define IP (UINT32_C(1) << 30)
#define ADDRESS UINT64_C(0x00000001fee12004)
#define DATA 0x4321

struct event {
	uint32_t control; /* register */
	void (*raise)(struct fixture *f);
	void (*clear)(struct fixture *f);
};

struct state {
	struct fixture *f;
	const struct event *event;
};

static void raise_fault(struct fixture *f)
{
	control_fault(f, 0x0200);
}

static void raise_invalidation(struct fixture *f)
{
	regs_queue_put(&f->queue, 0x15, 0); /* wait with IF */
	regs_queue_submit(&f->queue);
}

static void clear_invalidation(struct fixture *f)
{
	regs_write_32(f->unit, 0x09c, 1);
}

static void clear_fault(struct fixture *f)
{
	regs_drop_faults(f->unit);
}

static void clear_page_request(struct fixture *f)
{
	regs_write_32(f->unit, 0x0dc, 1);
}

static struct event fault = { 0x038, raise_fault, clear_fault };
static struct event invalidation = { 0x0a0, raise_invalidation,
				     clear_invalidation };
static struct event page = { 0x0e0, control_page_request, clear_page_request };

static int setup(void **state)
{
	struct state *s = malloc(sizeof(*s));
	struct regs_page_queue queue;
	void *fixture;

	s->event = *state;
	if (fixture_setup(&fixture) != 0)
		return -1;
	s->f = fixture;
	control_run(s->f);
	regs_page_queue_start(&queue, s->f->unit, &s->f->tables);
	regs_set_event(s->f->unit, s->event->control, ADDRESS, DATA);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;
	void *fixture = s->f;

	free(s);
	return fixture_teardown(&fixture);
}

static void mask(struct state *s, bool on)
{
	regs_write_32(s->f->unit, s->event->control, on ? IM : 0);
}

static uint32_t control(struct state *s)
{
	return regs_read_32(s->f->unit, s->event->control);
}

static void event_sends_its_message_when_status_becomes_set(void **state)
{
	struct state *s = *state;

	s->event->raise(s->f);
	assert_int_equal(s->f->host.messages, 1);
	assert_true(s->f->host.message[0].address == ADDRESS);
	assert_int_equal(s->f->host.message[0].data, DATA);
	assert_int_equal(control(s), 0);
}

static void event_sends_nothing_when_status_is_still_set(void **state)
{
	struct state *s = *state;

	s->event->raise(s->f);
	s->event->raise(s->f);
	assert_int_equal(s->f->host.messages, 1);
	assert_int_equal(control(s), 0);
}

static void event_sends_again_when_status_was_cleared(void **state)
{
	struct state *s = *state;

	s->event->raise(s->f);
	s->event->clear(s->f);
	s->event->raise(s->f);
	assert_int_equal(s->f->host.messages, 2);
}

static void event_is_held_when_masked(void **state)
{
	struct state *s = *state;

	mask(s, true);
	s->event->raise(s->f);
	assert_int_equal(s->f->host.messages, 0);
	assert_int_equal(control(s), IM | IP);
}

static void event_is_sent_once_when_unmasked_while_pending(void **state)
{
	struct state *s = *state;

	mask(s, true);
	s->event->raise(s->f);
	mask(s, false);
	assert_int_equal(s->f->host.messages, 1);
	assert_int_equal(control(s), 0);
	mask(s, true);
	mask(s, false);
	assert_int_equal(s->f->host.messages, 1);
}

static void event_is_dropped_when_status_is_cleared_while_held(void **state)
{
	struct state *s = *state;

	mask(s, true);
	s->event->raise(s->f);
	s->event->clear(s->f);
	assert_int_equal(control(s), IM);
	mask(s, false);
	assert_int_equal(s->f->host.messages, 0);
}

static void event_is_not_pending_when_masked_after_it_was_sent(void **state)
{
	struct state *s = *state;

	s->event->raise(s->f);
	mask(s, true);
	s->event->raise(s->f);
	assert_int_equal(control(s), IM);
}

static void event_has_the_message_of_now_when_unmasked_later(void **state)
{
	struct state *s = *state;

	mask(s, true);
	s->event->raise(s->f);
	regs_write_32(s->f->unit, s->event->control + 4, 0x77);
	mask(s, false);
	assert_int_equal(s->f->host.message[0].data, 0x77);
}

/* Pending is the unit's to say. */
static void pending_stays_when_software_writes_it(void **state)
{
	struct state *s = *state;

	regs_write_32(s->f->unit, s->event->control, IM | IP);
	assert_int_equal(control(s), IM);
	s->event->raise(s->f);
	regs_write_32(s->f->unit, s->event->control, IM);
	assert_int_equal(control(s), IM | IP);
}

/* A driver may program data and mask with one access. */
static void event_is_sent_when_unmasked_by_an_access_of_8_bytes(void **state)
{
	struct state *s = *state;

	mask(s, true);
	s->event->raise(s->f);
	/* FECTL and PECTL have their data in the upper half; IECTL too. */
	regs_write_64(s->f->unit, s->event->control, UINT64_C(0x99) << 32);
	assert_int_equal(s->f->host.messages, 1);
	assert_int_equal(s->f->host.message[0].data, 0x99);
}

/* clang-format off */
#define EVENT_TEST(name, event) { #name " (" #event ")", name, setup, \
				  teardown, &(event) }
#define EVENT_TESTS(name) EVENT_TEST(name, fault), \
			  EVENT_TEST(name, invalidation), \
			  EVENT_TEST(name, page)
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		EVENT_TESTS(event_sends_its_message_when_status_becomes_set),
		EVENT_TESTS(event_sends_nothing_when_status_is_still_set),
		EVENT_TESTS(event_sends_again_when_status_was_cleared),
		EVENT_TESTS(event_is_held_when_masked),
		EVENT_TESTS(event_is_sent_once_when_unmasked_while_pending),
		EVENT_TESTS(event_is_dropped_when_status_is_cleared_while_held),
		EVENT_TESTS(event_is_not_pending_when_masked_after_it_was_sent),
		EVENT_TESTS(event_has_the_message_of_now_when_unmasked_later),
		EVENT_TESTS(pending_stays_when_software_writes_it),
		EVENT_TESTS(
			event_is_sent_when_unmasked_by_an_access_of_8_bytes),
	};

	return RUN_TESTS(tests);
}
