/* SPDX-License-Identifier: BSD-3-Clause */
/* For which calls of the bus a reset waits, and for which it does not. */
#include <sched.h>
#include <stdatomic.h>

#include <vtd/dump.h>

#include "endpoint_bus.h"

/* A message that takes its time, and a reset by another thread meanwhile. */
struct slow {
	atomic_bool under_way;
	atomic_bool passed_on;
	atomic_bool returned_early;
};

static void pass_slowly(struct bus *bus)
{
	struct slow *slow = bus->opaque;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = NULL;
	bus->in_page_request = NULL;
	atomic_store(&slow->under_way, true);
	/* The reset has begun, and goes on as far as it can. */
	while (bus_try(bus, &access) != VTD_ENDPOINT_OFF)
		sched_yield();
	for (unsigned int i = 0; i < 1000; i++)
		sched_yield();
	atomic_store(&slow->passed_on, true);
}

static void *reset_meanwhile(void *opaque)
{
	struct bus *bus = opaque;
	struct slow *slow = bus->opaque;

	while (!atomic_load(&slow->under_way))
		sched_yield();
	vtd_endpoint_reset(bus->ep);
	atomic_store(&slow->returned_early, !atomic_load(&slow->passed_on));
	return NULL;
}

static void reset_returns_when_page_request_has_left(void **state)
{
	struct bus *bus = *state;
	struct slow slow = { 0 };
	struct asked asked;
	pthread_t thread;

	bus->opaque = &slow;
	bus->in_page_request = pass_slowly;
	pthread_create(&thread, NULL, reset_meanwhile, bus);
	ask(bus, &asked);
	pthread_join(thread, NULL);
	assert_false(slow.returned_early);
	assert_int_equal(asked.result, VTD_ENDPOINT_ABORTED);
}

static void reset_returns_when_translation_request_has_left(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct slow slow = { 0 };
	pthread_t thread;

	bus->opaque = &slow;
	bus->in_translation = pass_slowly;
	pthread_create(&thread, NULL, reset_meanwhile, bus);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_ABORTED);
	pthread_join(thread, NULL);
	assert_false(slow.returned_early);
}

/* Translation requests that last until the test lets them go; each thread's
 * first. */
struct held {
	struct bus *bus;
	pthread_t thread;
	enum vtd_endpoint_result result;
	atomic_bool asked;
	atomic_bool go_on;
};

static _Thread_local struct held *held_here;

static void hold_translation(struct bus *bus)
{
	struct held *held = held_here;

	(void)bus;
	held_here = NULL;
	if (!held)
		return;
	atomic_store(&held->asked, true);
	while (!atomic_load(&held->go_on))
		sched_yield();
}

static void *begin_held(void *opaque)
{
	struct held *held = opaque;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	held_here = held;
	held->result = bus_begin(held->bus, &access);
	return NULL;
}

static void start_held(struct held *held, struct bus *bus)
{
	*held = (struct held){ .bus = bus };
	bus->in_translation = hold_translation;
	pthread_create(&held->thread, NULL, begin_held, held);
	while (!atomic_load(&held->asked))
		sched_yield();
}

static enum vtd_endpoint_result end_held(struct held *held)
{
	atomic_store(&held->go_on, true);
	pthread_join(held->thread, NULL);
	return held->result;
}

static void pri_reset_waits_for_no_translation(void **state)
{
	struct held held;

	start_held(&held, *state);
	vtd_endpoint_pri_control(held.bus->ep, false, true);
	assert_int_equal(end_held(&held), VTD_ENDPOINT_OK);
}

static void *reset_only(void *opaque)
{
	struct held *held = opaque;

	vtd_endpoint_reset(held->bus->ep);
	return NULL;
}

static bool ats_is_on(struct bus *bus)
{
	struct vtd_dump_endpoint told;

	vtd_endpoint_dump(bus->ep, &told, NULL, 0);
	return told.ats_enabled;
}

/* Else a busy function could not be reset. */
static void reset_waits_for_no_request_that_began_after_it(void **state)
{
	struct bus *bus = *state;
	struct held before, after;
	pthread_t resetting;

	start_held(&before, bus);
	pthread_create(&resetting, NULL, reset_only, &before);
	while (ats_is_on(bus))
		sched_yield();
	bus_enable(bus);
	start_held(&after, bus);
	assert_int_equal(end_held(&before), VTD_ENDPOINT_ABORTED);
	pthread_join(resetting, NULL);
	assert_int_equal(end_held(&after), VTD_ENDPOINT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(reset_returns_when_page_request_has_left),
		BUS_TEST(reset_returns_when_translation_request_has_left),
		BUS_TEST(pri_reset_waits_for_no_translation),
		BUS_TEST(reset_waits_for_no_request_that_began_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
