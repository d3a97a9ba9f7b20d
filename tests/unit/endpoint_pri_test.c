/* SPDX-License-Identifier: BSD-3-Clause */
/* Page requests and responses of an endpoint, in one thread. */
#include "endpoint_bus.h"

#define PENDING 99u

/* A wait and how it ended. */
struct asked {
	struct vtd_endpoint_wait wait;
	unsigned int result; /* enum vtd_endpoint_result, or PENDING */
};

static void note_result(void *opaque, enum vtd_endpoint_result result)
{
	struct asked *asked = opaque;

	assert_int_equal(asked->result, PENDING);
	asked->result = result;
}

static void ask_for(struct bus *bus, struct asked *asked,
		    const struct vtd_endpoint_access *access,
		    unsigned int pages)
{
	asked->wait.done = note_result;
	asked->wait.opaque = asked;
	asked->result = PENDING;
	vtd_endpoint_page_request(bus->ep, access, pages, &asked->wait);
}

static void ask(struct bus *bus, struct asked *asked)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	ask_for(bus, asked, &access, 1);
}

/* ----------------------------------------------------- blocking accesses */

static void access_waits_for_page_when_it_is_missing(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_WRITE);

	bus_take_page_away(bus);
	bus->respond_at_once = true;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	assert_int_equal(bus->logged, 1);
	assert_int_equal(bus->log[0].address, BUS_ADDRESS);
	assert_int_equal(bus->log[0].pasid, BUS_PASID);
	assert_true(bus->log[0].write);
	assert_false(bus->log[0].read);
	assert_true(bus->log[0].last);
}

static void access_asks_for_right_when_page_is_read_only(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_WRITE);

	bus->answer.write = false;
	bus->respond_at_once = true;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	assert_int_equal(bus->logged, 1);
}

static void access_is_refused_when_response_is_invalid(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	bus->respond_at_once = true;
	bus->code = VTD_RESPONSE_INVALID;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_REFUSED);
	assert_int_equal(vtd_endpoint_pri_status(bus->ep),
			 VTD_PRI_RESPONSE_PASID_REQUIRED);
	assert_int_equal(bus_try(bus, &access), VTD_ENDPOINT_OK);
}

static void access_is_refused_when_success_brings_nothing(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	bus->brings = bus->answer;
	bus->respond_at_once = true;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_REFUSED);
	assert_int_equal(bus->logged, 4); /* page_request_limit */
}

static void read_of_no_bytes_is_no_stop_marker_when_asked_for(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access =
		bus_access(VTD_ACCESS_ZERO_LENGTH_READ);

	bus_take_page_away(bus);
	bus->respond_at_once = true;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	assert_true(bus->log[0].read);
}

static void try_says_page_needed_when_it_is_missing(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	assert_int_equal(bus_try(bus, &access), VTD_ENDPOINT_PAGE_NEEDED);
	assert_int_equal(bus->logged, 0);
}

static void delay_grows_when_attempts_go_on(void **state)
{
	struct bus *bus = *state;
	uint64_t pause;

	assert_true(vtd_endpoint_retry_delay(bus->ep, 1, &pause));
	assert_int_equal(pause, 0);
	assert_true(vtd_endpoint_retry_delay(bus->ep, 4, &pause));
	assert_int_equal(pause, 2000000);
	assert_false(vtd_endpoint_retry_delay(bus->ep, 5, &pause));
}

/* ------------------------------------------------- groups and responses */

static void request_ends_when_its_response_comes(void **state)
{
	struct bus *bus = *state;
	struct asked first;
	struct asked second;

	ask(bus, &first);
	ask(bus, &second);
	assert_int_not_equal(bus->log[0].prgi, bus->log[1].prgi);
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	assert_int_equal(first.result, PENDING);
	assert_int_equal(second.result, VTD_ENDPOINT_OK);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_INVALID);
	assert_int_equal(first.result, VTD_ENDPOINT_REFUSED);
}

static void group_is_one_request_when_pages_are_many(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	ask_for(bus, &asked, &access, 3);
	assert_int_equal(bus->logged, 3);
	assert_int_equal(bus->log[0].prgi, bus->log[2].prgi);
	assert_int_equal(bus->log[2].address, BUS_ADDRESS + 0x2000);
	assert_false(bus->log[1].last);
	assert_true(bus->log[2].last);
	bus_respond(bus, &bus->log[2], VTD_RESPONSE_SUCCESS);
	assert_int_equal(asked.result, VTD_ENDPOINT_OK);
}

static void request_queues_up_when_allocation_is_used(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked[3];

	vtd_endpoint_pri_allocation(bus->ep, 2);
	ask_for(bus, &asked[0], &access, 1);
	ask_for(bus, &asked[1], &access, 2);
	ask_for(bus, &asked[2], &access, 1); /* does not overtake */
	assert_int_equal(bus->logged, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(bus->logged, 3);
	bus_respond(bus, &bus->log[2], VTD_RESPONSE_SUCCESS);
	assert_int_equal(bus->logged, 4);
	bus_respond(bus, &bus->log[3], VTD_RESPONSE_SUCCESS);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(asked[i].result, VTD_ENDPOINT_OK);
}

static void request_is_refused_when_larger_than_allocation(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	vtd_endpoint_pri_allocation(bus->ep, 2);
	ask_for(bus, &asked, &access, 3);
	assert_int_equal(asked.result, VTD_ENDPOINT_REFUSED);
	ask_for(bus, &asked, &access, 0);
	assert_int_equal(asked.result, VTD_ENDPOINT_REFUSED);
	assert_int_equal(bus->logged, 0);
}

static void request_queues_up_when_indices_are_used(void **state)
{
	static struct asked asked[513];
	struct bus *bus = *state;

	for (unsigned int i = 0; i < 513; i++)
		ask(bus, &asked[i]);
	assert_int_equal(bus->logged, 512);
	bus_respond(bus, &bus->log[7], VTD_RESPONSE_SUCCESS);
	assert_int_equal(bus->logged, 513);
	assert_int_equal(bus->log[512].prgi, bus->log[7].prgi);
	vtd_endpoint_reset(bus->ep);
}

static void index_rests_when_others_are_free(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	ask(bus, &asked);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	ask(bus, &asked);
	assert_int_not_equal(bus->log[0].prgi, bus->log[1].prgi);
	vtd_endpoint_reset(bus->ep);
}

static void pri_stops_when_response_is_failure(void **state)
{
	struct bus *bus = *state;
	struct asked sent;
	struct asked queued;
	struct asked late;

	vtd_endpoint_pri_allocation(bus->ep, 1);
	ask(bus, &sent);
	ask(bus, &queued);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_FAILURE);
	ask(bus, &late);
	assert_int_equal(sent.result, VTD_ENDPOINT_REFUSED);
	assert_int_equal(queued.result, VTD_ENDPOINT_REFUSED);
	assert_int_equal(late.result, VTD_ENDPOINT_REFUSED);
	assert_true(vtd_endpoint_pri_status(bus->ep) &
		    VTD_PRI_RESPONSE_FAILURE);
}

static void pri_stops_when_response_code_is_unused(void **state)
{
	for (uint8_t code = 2; code <= 15; code++) {
		struct bus *bus = *state;
		struct asked asked;

		ask(bus, &asked);
		bus_respond(bus, &bus->log[bus->logged - 1], code);
		assert_int_equal(asked.result, VTD_ENDPOINT_REFUSED);
		assert_true(vtd_endpoint_pri_status(bus->ep) &
			    VTD_PRI_RESPONSE_FAILURE);
		vtd_endpoint_pri_control(bus->ep, false, true);
		vtd_endpoint_pri_control(bus->ep, true, false);
	}
}

static void pri_works_when_enabled_after_failure(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	ask(bus, &asked);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_FAILURE);
	vtd_endpoint_pri_control(bus->ep, false, false);
	assert_true(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
	vtd_endpoint_pri_control(bus->ep, true, false);
	assert_int_equal(vtd_endpoint_pri_status(bus->ep),
			 VTD_PRI_RESPONSE_PASID_REQUIRED);
	ask(bus, &asked);
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	assert_int_equal(asked.result, VTD_ENDPOINT_OK);
}

static void late_response_is_ignored_when_pri_has_failed(void **state)
{
	struct bus *bus = *state;
	struct asked asked[2];

	ask(bus, &asked[0]);
	ask(bus, &asked[1]);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_FAILURE);
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	assert_false(vtd_endpoint_pri_status(bus->ep) &
		     VTD_PRI_UNEXPECTED_INDEX);
}

static void status_says_unexpected_when_index_is_unknown(void **state)
{
	const uint16_t wrong[] = { 3, 511, 512, 0xffff };

	for (unsigned int i = 0; i < 4; i++) {
		struct bus *bus = *state;
		const struct vtd_page_group_response response = {
			.prgi = wrong[i],
			.code = VTD_RESPONSE_FAILURE,
		};

		vtd_endpoint_response(bus->ep, &response);
		assert_int_equal(vtd_endpoint_pri_status(bus->ep),
				 VTD_PRI_UNEXPECTED_INDEX |
					 VTD_PRI_RESPONSE_PASID_REQUIRED);
		vtd_endpoint_pri_status_clear(bus->ep,
					      VTD_PRI_UNEXPECTED_INDEX);
		assert_int_equal(vtd_endpoint_pri_status(bus->ep),
				 VTD_PRI_RESPONSE_PASID_REQUIRED);
	}
}

static void status_says_unexpected_when_pasid_is_missing(void **state)
{
	struct bus *bus = *state;
	struct vtd_page_request without;
	struct asked asked;

	ask(bus, &asked);
	without = bus->log[0];
	without.pasid_present = false;
	bus_respond(bus, &without, VTD_RESPONSE_SUCCESS);
	assert_int_equal(asked.result, PENDING);
	assert_true(vtd_endpoint_pri_status(bus->ep) &
		    VTD_PRI_UNEXPECTED_INDEX);
	vtd_endpoint_reset(bus->ep);
}

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
	assert_int_equal(sent.result, PENDING);
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
	assert_int_equal(other.result, PENDING);
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
	assert_int_equal(next.result, PENDING);
	assert_int_equal(bus->logged, 2);
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	assert_int_equal(next.result, VTD_ENDPOINT_OK);
}

/* ------------------------------------------------------------- ordering */

static void stop_marker_follows_requests_when_pasid_stops(void **state)
{
	struct bus *bus = *state;
	struct asked request;
	struct asked stop = { .result = PENDING };

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

static void note_completion(void *opaque)
{
	struct bus *bus = opaque;

	bus->opaque = bus;
}

static void invalidate_during_request(struct bus *bus)
{
	const struct vtd_device_tlb_invalidation all = { .last = UINT64_MAX };

	bus->in_page_request = NULL;
	vtd_endpoint_invalidate(bus->ep, &all, note_completion, bus);
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
		BUS_TEST(access_waits_for_page_when_it_is_missing),
		BUS_TEST(access_asks_for_right_when_page_is_read_only),
		BUS_TEST(access_is_refused_when_response_is_invalid),
		BUS_TEST(access_is_refused_when_success_brings_nothing),
		BUS_TEST(read_of_no_bytes_is_no_stop_marker_when_asked_for),
		BUS_TEST(try_says_page_needed_when_it_is_missing),
		BUS_TEST(delay_grows_when_attempts_go_on),
		BUS_TEST(request_ends_when_its_response_comes),
		BUS_TEST(group_is_one_request_when_pages_are_many),
		BUS_TEST(request_queues_up_when_allocation_is_used),
		BUS_TEST(request_is_refused_when_larger_than_allocation),
		BUS_TEST(request_queues_up_when_indices_are_used),
		BUS_TEST(index_rests_when_others_are_free),
		BUS_TEST(pri_stops_when_response_is_failure),
		BUS_TEST(pri_stops_when_response_code_is_unused),
		BUS_TEST(pri_works_when_enabled_after_failure),
		BUS_TEST(late_response_is_ignored_when_pri_has_failed),
		BUS_TEST(status_says_unexpected_when_index_is_unknown),
		BUS_TEST(status_says_unexpected_when_pasid_is_missing),
		BUS_TEST(pri_is_stopped_when_last_response_has_come),
		BUS_TEST(requests_are_forgotten_when_pri_is_reset),
		BUS_TEST(requests_are_kept_when_reset_comes_with_enable),
		BUS_TEST(everything_is_off_when_function_was_reset),
		BUS_TEST(waits_end_when_their_canceller_is_used),
		BUS_TEST(allocation_comes_back_when_response_is_late),
		BUS_TEST(stop_marker_follows_requests_when_pasid_stops),
		BUS_TEST(invalidation_ends_after_request_when_it_is_passed_on),
		BUS_TEST(request_does_not_recurse_when_answered_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
