/* SPDX-License-Identifier: BSD-3-Clause */
/* How page requests of an endpoint end early, and what leaves before what. */
#include "endpoint_bus.h"

/* ---------------------------------------- disabling, reset, cancelling */

static void pri_is_stopped_when_last_response_has_come(void **state)
{
	struct bus *bus = *state;
	struct asked sent;
	struct asked queued;

	vtd_endpoint_pri_allocation(bus->ep, 1);
	ask(bus, &sent);
	ask(bus, &queued);
	vtd_endpoint_pri_control(bus->ep, false, false);
	assert_int_equal(queued.result, VTD_ENDPOINT_REFUSED);
	assert_int_equal(sent.result, BUS_PENDING);
	assert_false(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(sent.result, VTD_ENDPOINT_OK);
	assert_true(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
}

static void requests_are_forgotten_when_pri_is_reset(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	ask(bus, &asked);
	vtd_endpoint_pri_control(bus->ep, false, true);
	assert_int_equal(asked.result, VTD_ENDPOINT_ABORTED);
	assert_true(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
}

static void requests_are_kept_when_reset_comes_with_enable(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	ask(bus, &asked);
	vtd_endpoint_pri_control(bus->ep, true, true);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(asked.result, VTD_ENDPOINT_OK);
}

static void everything_is_off_when_function_was_reset(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	ask(bus, &asked);
	vtd_endpoint_reset(bus->ep);
	assert_int_equal(asked.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(bus_try(bus, &access), VTD_ENDPOINT_OFF);
	assert_int_equal(vtd_endpoint_pri_status(bus->ep),
			 VTD_PRI_STOPPED | VTD_PRI_RESPONSE_PASID_REQUIRED);
}

static void waits_end_when_their_canceller_is_used(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_canceller canceller = { 0 };
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked mine;
	struct asked later;
	struct asked other;

	access.canceller = &canceller;
	ask_for(bus, &mine, &access, 1);
	ask(bus, &other);
	vtd_endpoint_cancel(bus->ep, &canceller);
	ask_for(bus, &later, &access, 1);
	assert_int_equal(mine.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(later.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(other.result, BUS_PENDING);
	assert_int_equal(bus->logged, 2);
	vtd_endpoint_reset(bus->ep);
}

static void allocation_comes_back_when_response_is_late(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_canceller canceller = { 0 };
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked cancelled;
	struct asked next;

	vtd_endpoint_pri_allocation(bus->ep, 1);
	access.canceller = &canceller;
	ask_for(bus, &cancelled, &access, 1);
	vtd_endpoint_cancel(bus->ep, &canceller);
	vtd_endpoint_cancel_end(bus->ep, &canceller);
	ask_for(bus, &next, &access, 1);
	assert_int_equal(bus->logged, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(next.result, BUS_PENDING);
	assert_int_equal(bus->logged, 2);
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	assert_int_equal(next.result, VTD_ENDPOINT_OK);
}

/* ------------------------------------------------------------- ordering */

static void stop_marker_follows_requests_when_pasid_stops(void **state)
{
	struct bus *bus = *state;
	struct asked request;
	struct asked stop = { .result = BUS_PENDING };

	stop.wait.done = note_result;
	stop.wait.opaque = &stop;
	vtd_endpoint_pri_allocation(bus->ep, 1);
	ask(bus, &request);
	vtd_endpoint_pasid_stop(bus->ep, BUS_PASID, &stop.wait);
	assert_int_equal(stop.result, VTD_ENDPOINT_OK);
	assert_int_equal(bus->logged, 2);
	assert_true(bus->log[1].last);
	assert_true(bus->log[1].pasid_present);
	assert_false(bus->log[1].read || bus->log[1].write);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
}

static void reset_during_marker(struct bus *bus)
{
	bus->in_page_request = NULL;
	vtd_endpoint_reset(bus->ep);
}

/* Whoever stops the PASID is told that nothing is ordered behind the marker. */
static void stop_is_aborted_when_marker_is_reset_on_its_way(void **state)
{
	struct bus *bus = *state;
	struct asked stop = { .result = BUS_PENDING };

	stop.wait.done = note_result;
	stop.wait.opaque = &stop;
	bus->in_page_request = reset_during_marker;
	vtd_endpoint_pasid_stop(bus->ep, BUS_PASID, &stop.wait);
	assert_int_equal(bus->logged, 1);
	assert_int_equal(stop.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(stop.wait.reason, VTD_REASON_RESET);
}

static void note_completion(void *opaque,
			    const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	struct bus *bus = opaque;

	bus->opaque = bus;
}

static void invalidate_during_request(struct bus *bus)
{
	const struct vtd_device_tlb_invalidation all = { .last = UINT64_MAX };
	static struct vtd_atc_invalidation invalidation;

	bus->in_page_request = NULL;
	invalidation = (struct vtd_atc_invalidation){
		.done = note_completion,
		.opaque = bus,
	};
	vtd_endpoint_invalidate(bus->ep, &all, &invalidation);
	assert_null(bus->opaque);
}

static void invalidation_ends_after_request_when_it_is_passed_on(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	bus->in_page_request = invalidate_during_request;
	ask(bus, &asked);
	assert_ptr_equal(bus->opaque, bus);
	vtd_endpoint_reset(bus->ep);
}

/* Asks again from inside `done`, as a device does while a unit's queue is
 * full.  Must not go deeper into the stack each time. */
struct stubborn {
	struct vtd_endpoint_wait wait;
	struct bus *bus;
	unsigned int left;
};

static void ask_again(void *opaque, enum vtd_endpoint_result result)
{
	struct stubborn *stubborn = opaque;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	assert_int_equal(result, VTD_ENDPOINT_OK);
	if (stubborn->left--)
		vtd_endpoint_page_request(stubborn->bus->ep, &access, 1,
					  &stubborn->wait);
}

static void request_does_not_recurse_when_answered_at_once(void **state)
{
	struct bus *bus = *state;
	struct stubborn stubborn = { .bus = bus, .left = 300000 };

	stubborn.wait.done = ask_again;
	stubborn.wait.opaque = &stubborn;
	bus->respond_at_once = true;
	ask_again(&stubborn, VTD_ENDPOINT_OK);
	assert_int_equal(stubborn.left, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(pri_is_stopped_when_last_response_has_come),
		BUS_TEST(requests_are_forgotten_when_pri_is_reset),
		BUS_TEST(requests_are_kept_when_reset_comes_with_enable),
		BUS_TEST(everything_is_off_when_function_was_reset),
		BUS_TEST(waits_end_when_their_canceller_is_used),
		BUS_TEST(allocation_comes_back_when_response_is_late),
		BUS_TEST(stop_marker_follows_requests_when_pasid_stops),
		BUS_TEST(stop_is_aborted_when_marker_is_reset_on_its_way),
		BUS_TEST(invalidation_ends_after_request_when_it_is_passed_on),
		BUS_TEST(request_does_not_recurse_when_answered_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
