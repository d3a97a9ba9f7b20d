/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What began before a reset, or before ATS, PASID control or the source-id
 * changed, opens nothing and sends nothing after it.  The page is there, so that
 * whoever asked again would get it.
 */
#include <sched.h>
#include <stdatomic.h>

#include "endpoint_bus.h"

static uint64_t translation_requests_of(struct bus *bus)
{
	struct vtd_endpoint_counters counters;

	vtd_endpoint_counters(bus->ep, &counters, sizeof(counters));
	return counters.translation_requests;
}

/* -------------------------------------------- while a translation is asked */

static void disable_ats(struct bus *bus)
{
	vtd_endpoint_ats_control(bus->ep, false, 0);
}

static void enable_ats_anew(struct bus *bus)
{
	vtd_endpoint_ats_control(bus->ep, false, 0);
	vtd_endpoint_ats_control(bus->ep, true, 0);
}

static void reset_and_enable(struct bus *bus)
{
	vtd_endpoint_reset(bus->ep);
	bus_enable(bus);
}

static void disable_privilege(struct bus *bus)
{
	vtd_endpoint_pasid_control(bus->ep, true, false);
}

static void enable_pasid_anew(struct bus *bus)
{
	vtd_endpoint_pasid_control(bus->ep, false, false);
	vtd_endpoint_pasid_control(bus->ep, true, true);
}

static void change_source_id(struct bus *bus)
{
	vtd_endpoint_set_source_id(bus->ep, 0x0208);
}

static void access_ends_with(struct bus *bus, void (*change)(struct bus *bus),
			     enum vtd_endpoint_result result)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = change;
	assert_int_equal(bus_begin(bus, &access), result);
	assert_int_equal(bus_try(bus, &access), result);
	/* Each asked once, or found that it need not. */
	assert_true(translation_requests_of(bus) <= 2);
}

static void access_is_off_when_ats_is_disabled_while_translating(void **state)
{
	access_ends_with(*state, disable_ats, VTD_ENDPOINT_OFF);
}

static void
access_is_off_when_ats_is_enabled_anew_while_translating(void **state)
{
	access_ends_with(*state, enable_ats_anew, VTD_ENDPOINT_OFF);
}

static void
access_is_aborted_when_function_is_reset_while_translating(void **state)
{
	access_ends_with(*state, reset_and_enable, VTD_ENDPOINT_ABORTED);
}

static void
access_is_off_when_pasid_is_enabled_anew_while_translating(void **state)
{
	access_ends_with(*state, enable_pasid_anew, VTD_ENDPOINT_OFF);
}

static void access_is_off_when_privilege_changes_while_translating(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = disable_privilege;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	/* The same again is no change. */
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
}

static void access_is_off_when_source_id_changes_while_translating(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = change_source_id;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	assert_int_equal(bus->translation.sid, 0x0208);
}

static void cache_is_empty_when_source_id_has_changed(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_try(bus, &access);
	vtd_endpoint_set_source_id(bus->ep, 0x0108); /* no change */
	bus_try(bus, &access);
	assert_int_equal(translation_requests_of(bus), 1);
	change_source_id(bus);
	bus_try(bus, &access);
	assert_int_equal(translation_requests_of(bus), 2);
}

/* --------------------------------------------------- while a page is asked */

static void respond_then_reset(struct bus *bus)
{
	bus->in_page_request = NULL;
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	reset_and_enable(bus);
}

static void access_is_aborted_when_reset_follows_the_response(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	bus->in_page_request = respond_then_reset;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_ABORTED);
	assert_int_equal(translation_requests_of(bus), 1);
}

static void respond_then_enable_ats_anew(struct bus *bus)
{
	bus->in_page_request = NULL;
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	enable_ats_anew(bus);
}

static void access_is_off_when_ats_restarts_after_the_response(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	bus->in_page_request = respond_then_enable_ats_anew;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	assert_int_equal(translation_requests_of(bus), 1);
}

/* What queued up never leaves; what is outstanding stays so until its response,
 * which is no surprise. */
static void waits_are_off_when(struct bus *bus, void (*change)(struct bus *bus))
{
	struct asked sent;
	struct asked queued;
	struct asked stop = { .wait.done = note_result,
			      .wait.opaque = &stop,
			      .result = BUS_PENDING };

	vtd_endpoint_pri_allocation(bus->ep, 1);
	ask(bus, &sent);
	ask(bus, &queued);
	vtd_endpoint_pasid_stop(bus->ep, BUS_PASID, &stop.wait);
	assert_int_equal(stop.result, BUS_PENDING);
	change(bus);
	assert_int_equal(sent.result, VTD_ENDPOINT_OFF);
	assert_int_equal(queued.result, VTD_ENDPOINT_OFF);
	assert_int_equal(stop.result, VTD_ENDPOINT_OFF);
	ask(bus, &sent);
	assert_int_equal(bus->logged, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(bus->logged, 2);
	assert_int_equal(vtd_endpoint_pri_status(bus->ep),
			 VTD_PRI_RESPONSE_PASID_REQUIRED);
	vtd_endpoint_reset(bus->ep);
}

static void waits_are_off_when_ats_is_enabled_anew(void **state)
{
	waits_are_off_when(*state, enable_ats_anew);
}

static void waits_are_off_when_pasid_is_enabled_anew(void **state)
{
	waits_are_off_when(*state, enable_pasid_anew);
}

static void get_unsupported_request(struct bus *bus)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->answer.status = VTD_STATUS_UNSUPPORTED_REQUEST;
	assert_int_equal(bus_try(bus, &access), VTD_ENDPOINT_OFF);
}

static void waits_are_off_when_ats_is_stopped_by_its_answer(void **state)
{
	waits_are_off_when(*state, get_unsupported_request);
}

static void waits_are_off_when_source_id_changes(void **state)
{
	waits_are_off_when(*state, change_source_id);
}

/* --------------------------------------- messages that are under way, reset */

static void reset_once(struct bus *bus)
{
	bus->in_page_request = NULL;
	vtd_endpoint_reset(bus->ep);
}

static void reset_pri_once(struct bus *bus)
{
	bus->in_page_request = NULL;
	vtd_endpoint_pri_control(bus->ep, false, true);
}

/* From inside the call of the first message; it must not wait for that. */
static void group_ends_early_when(struct bus *bus,
				  void (*reset)(struct bus *bus))
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	bus->in_page_request = reset;
	ask_for(bus, &asked, &access, 5);
	assert_int_equal(asked.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(bus->logged, 1);
	assert_true(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
}

static void group_ends_early_when_function_is_reset(void **state)
{
	group_ends_early_when(*state, reset_once);
}

static void group_ends_early_when_pri_is_reset(void **state)
{
	group_ends_early_when(*state, reset_pri_once);
}

static void change_source_id_once(struct bus *bus)
{
	bus->in_page_request = NULL;
	change_source_id(bus);
}

/* The rest would be another function's.  No response comes to what has left, so
 * it takes nothing of the allocation. */
static void group_ends_early_when_source_id_changes(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	vtd_endpoint_pri_allocation(bus->ep, 5);
	bus->in_page_request = change_source_id_once;
	ask_for(bus, &asked, &access, 5);
	assert_int_equal(asked.result, VTD_ENDPOINT_OFF);
	assert_int_equal(bus->logged, 1);
	ask_for(bus, &asked, &access, 5);
	assert_int_equal(bus->logged, 6);
	assert_int_equal(bus->log[1].sid, 0x0208);
	vtd_endpoint_reset(bus->ep);
}

static void enable_ats_anew_once(struct bus *bus)
{
	bus->in_page_request = NULL;
	enable_ats_anew(bus);
}

static void group_leaves_whole_when_ats_is_enabled_anew(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	bus->in_page_request = enable_ats_anew_once;
	ask_for(bus, &asked, &access, 5);
	assert_int_equal(asked.result, VTD_ENDPOINT_OFF);
	assert_int_equal(bus->logged, 5);
	assert_true(bus->log[4].last);
}

static void fail_and_disable(struct bus *bus)
{
	bus->in_page_request = NULL;
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_FAILURE);
	vtd_endpoint_pri_control(bus->ep, false, false);
	assert_false(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
}

static void pri_is_not_stopped_when_message_is_on_its_way(void **state)
{
	struct bus *bus = *state;
	struct asked asked[2];

	ask(bus, &asked[0]);
	bus->in_page_request = fail_and_disable;
	ask(bus, &asked[1]);
	assert_int_equal(bus->logged, 2);
	assert_true(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(access_is_off_when_ats_is_disabled_while_translating),
		BUS_TEST(
			access_is_off_when_ats_is_enabled_anew_while_translating),
		BUS_TEST(
			access_is_aborted_when_function_is_reset_while_translating),
		BUS_TEST(
			access_is_off_when_pasid_is_enabled_anew_while_translating),
		BUS_TEST(
			access_is_off_when_privilege_changes_while_translating),
		BUS_TEST(
			access_is_off_when_source_id_changes_while_translating),
		BUS_TEST(cache_is_empty_when_source_id_has_changed),
		BUS_TEST(access_is_aborted_when_reset_follows_the_response),
		BUS_TEST(access_is_off_when_ats_restarts_after_the_response),
		BUS_TEST(waits_are_off_when_ats_is_enabled_anew),
		BUS_TEST(waits_are_off_when_pasid_is_enabled_anew),
		BUS_TEST(waits_are_off_when_ats_is_stopped_by_its_answer),
		BUS_TEST(waits_are_off_when_source_id_changes),
		BUS_TEST(group_ends_early_when_function_is_reset),
		BUS_TEST(group_ends_early_when_pri_is_reset),
		BUS_TEST(group_ends_early_when_source_id_changes),
		BUS_TEST(group_leaves_whole_when_ats_is_enabled_anew),
		BUS_TEST(pri_is_not_stopped_when_message_is_on_its_way),
		BUS_TEST(reset_returns_when_page_request_has_left),
		BUS_TEST(reset_returns_when_translation_request_has_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
