/* SPDX-License-Identifier: BSD-3-Clause */
/* What becomes of waits, accesses and messages when an endpoint is saved, and
 * when it is loaded. */
#include <sched.h>
#include <stdatomic.h>

#include "endpoint_saved.h"

static struct bus other;

struct blocked {
	struct bus *bus;
	struct vtd_endpoint_access access;
	pthread_t thread;
	enum vtd_endpoint_result result;
};

static void *begin(void *opaque)
{
	struct blocked *blocked = opaque;

	blocked->result = bus_begin(blocked->bus, &blocked->access);
	return NULL;
}

/* As a device does: what is blocked ends, and is begun anew. */
static void blocked_access_is_asked_again_when_it_is_begun_anew(void **state)
{
	struct vtd_endpoint_canceller canceller = { .cancelled = false };
	struct bus *bus = *state;
	struct blocked blocked = {
		.bus = bus,
		.access = bus_access(VTD_ACCESS_WRITE),
	};

	blocked.access.canceller = &canceller;
	bus_take_page_away(bus);
	pthread_create(&blocked.thread, NULL, begin, &blocked);
	while (bus_logged(bus) == 0)
		sched_yield();
	vtd_endpoint_cancel(bus->ep, &canceller);
	pthread_join(blocked.thread, NULL);
	assert_int_equal(blocked.result, VTD_ENDPOINT_ABORTED);
	move_endpoint(bus, &other);

	/* Software has not answered; the answer comes with the new one's. */
	vtd_endpoint_cancel_end(bus->ep, &canceller);
	other.respond_at_once = true;
	blocked.bus = &other;
	begin(&blocked);
	assert_int_equal(blocked.result, VTD_ENDPOINT_OK);
	bus_respond(&other, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(told_of(&other).pri_status, 0);
	assert_int_equal(told_of(&other).groups, 0);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

static void
access_needs_no_page_when_software_brought_it_meanwhile(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	bus_take_page_away(bus);
	ask(bus, &asked);
	move_endpoint(bus, &other);
	bus_respond(&other, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(bus_begin(&other, &access), VTD_ENDPOINT_OK);
	assert_int_equal(other.logged, 0);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

/* A migration that fails. */
static void endpoint_goes_on_when_it_was_only_saved(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;
	struct asked asked;

	assert_int_equal(vtd_endpoint_access_try(bus->ep, &access, &mapping),
			 VTD_ENDPOINT_OK);
	ask(bus, &asked);
	save_endpoint(bus->ep, &saved);
	assert_int_equal(asked.result, BUS_PENDING);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(asked.result, VTD_ENDPOINT_OK);
	vtd_endpoint_access_end(bus->ep, &mapping);
	assert_int_equal(bus_try(bus, &access), VTD_ENDPOINT_OK);
}

static void waits_end_as_by_reset_when_a_state_is_loaded_over_them(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	struct asked sent, queued;

	save_endpoint(bus->ep, &saved);
	vtd_endpoint_pri_allocation(bus->ep, 1);
	ask(bus, &sent);
	ask(bus, &queued);
	load_endpoint(bus->ep, &saved);
	assert_int_equal(sent.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(sent.wait.reason, VTD_REASON_RESET);
	assert_int_equal(queued.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(told_of(bus).pri_outstanding, 0);
	assert_int_equal(told_of(bus).pri_allocation, 2048);
	assert_int_equal(bus->logged, 1);
}

/* An entry of before the load is not found after it. */
static void cache_is_empty_when_loaded_over_it(void **state)
{
	static struct saved saved;
	struct vtd_endpoint_counters before, after;
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	save_endpoint(bus->ep, &saved);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	load_endpoint(bus->ep, &saved);
	vtd_endpoint_counters(bus->ep, &before, sizeof(before));
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	vtd_endpoint_counters(bus->ep, &after, sizeof(after));
	assert_int_equal(after.translation_requests,
			 before.translation_requests + 1);
}

/* The same values in the control registers change nothing. */
static void registers_can_be_written_again_when_loaded(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	bus_take_page_away(bus);
	ask(bus, &asked);
	move_endpoint(bus, &other);
	bus_enable(&other);
	bus_respond(&other, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(told_of(&other).pri_status, 0);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

/* What began after the load is not of before it. */
static void access_is_off_when_ats_restarts_after_the_load(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;

	bus_take_page_away(bus);
	move_endpoint(bus, &other);
	assert_int_equal(vtd_endpoint_access_try(other.ep, &access, &mapping),
			 VTD_ENDPOINT_PAGE_NEEDED);
	vtd_endpoint_ats_control(other.ep, false, 0);
	vtd_endpoint_ats_control(other.ep, true, 0);
	assert_int_equal(vtd_endpoint_access_try(other.ep, &access, &mapping),
			 VTD_ENDPOINT_OFF);
	assert_int_equal(mapping.reason, VTD_REASON_CHANGED);
	end_other(&other);
}

/* A device asks before it says that it is done with a PASID. */
static void response_is_owed_when_nobody_waits_for_it(void **state)
{
	struct vtd_endpoint_canceller canceller = { .cancelled = false };
	struct vtd_endpoint_canceller another = { .cancelled = false };
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked, before;
	uint16_t prgi = UINT16_MAX;

	access.canceller = &canceller;
	bus_take_page_away(bus);
	ask(bus, &before);
	ask_for(bus, &asked, &access, 1);
	assert_false(vtd_endpoint_awaits(bus->ep, &another, &prgi));
	assert_true(vtd_endpoint_awaits(bus->ep, &canceller, &prgi));
	assert_int_equal(prgi, bus->log[1].prgi);
	assert_false(vtd_endpoint_is_owed_response(bus->ep, prgi));
	move_endpoint(bus, &other);
	assert_false(vtd_endpoint_awaits(other.ep, &canceller, &prgi));
	assert_true(vtd_endpoint_is_owed_response(other.ep, prgi));
	bus_respond(&other, &bus->log[1], VTD_RESPONSE_SUCCESS);
	assert_false(vtd_endpoint_is_owed_response(other.ep, prgi));
	assert_true(vtd_endpoint_is_owed_response(other.ep, bus->log[0].prgi));
	assert_false(vtd_endpoint_is_owed_response(other.ep, UINT16_MAX));
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

/* A group on its way leaves whole before it is saved. */
struct saver {
	struct bus *bus;
	pthread_t thread;
	bool started;
	atomic_bool saved;
	unsigned int logged;
	struct saved state;
};

static void *save(void *opaque)
{
	struct saver *saver = opaque;

	save_endpoint(saver->bus->ep, &saver->state);
	saver->logged = bus_logged(saver->bus);
	atomic_store(&saver->saved, true);
	return NULL;
}

static void start_saver(struct bus *bus)
{
	struct saver *saver = bus->opaque;

	if (!saver->started) {
		saver->started = true;
		pthread_create(&saver->thread, NULL, save, saver);
	}
	for (unsigned int i = 0; i < 100; i++)
		sched_yield();
	assert_false(atomic_load(&saver->saved));
}

static void group_leaves_whole_when_another_thread_saves(void **state)
{
	static struct saver saver;
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	saver = (struct saver){ .bus = bus };
	bus->opaque = &saver;
	bus->in_page_request = start_saver;
	ask_for(bus, &asked, &access, 4);
	pthread_join(saver.thread, NULL);
	assert_int_equal(saver.logged, 4);
	bus->in_page_request = NULL;
	bus_respond(bus, &bus->log[3], VTD_RESPONSE_SUCCESS);
	assert_int_equal(asked.result, VTD_ENDPOINT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(blocked_access_is_asked_again_when_it_is_begun_anew),
		BUS_TEST(
			access_needs_no_page_when_software_brought_it_meanwhile),
		BUS_TEST(endpoint_goes_on_when_it_was_only_saved),
		BUS_TEST(
			waits_end_as_by_reset_when_a_state_is_loaded_over_them),
		BUS_TEST(cache_is_empty_when_loaded_over_it),
		BUS_TEST(registers_can_be_written_again_when_loaded),
		BUS_TEST(access_is_off_when_ats_restarts_after_the_load),
		BUS_TEST(response_is_owed_when_nobody_waits_for_it),
		BUS_TEST(group_leaves_whole_when_another_thread_saves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
