/* SPDX-License-Identifier: BSD-3-Clause */
/* Page requests and responses of an endpoint, in one thread. */
#include "endpoint_bus.h"

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
	/* In milliseconds, from the first attempt on. */
	static const unsigned int pauses[] = {
		0, 0, 1, 2, 4, 8, 16, 32, 50, 50
	};
	static struct bus bus;
	struct vtd_endpoint_config config;
	uint64_t pause;

	(void)state;
	vtd_endpoint_config_init(&config);
	config.page_request_limit = 10;
	bus_start(&bus, &config);
	for (unsigned int i = 0; i < 10; i++) {
		assert_true(vtd_endpoint_retry_delay(bus.ep, i + 1, &pause));
		assert_int_equal(pause, pauses[i] * UINT64_C(1000000));
	}
	assert_false(vtd_endpoint_retry_delay(bus.ep, 11, &pause));
	assert_int_equal(pause, 0);
	vtd_endpoint_destroy(bus.ep);
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
	assert_int_equal(first.result, BUS_PENDING);
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

static void message_says_what_the_access_is_when_it_leaves(void **state)
{
	static const struct {
		enum vtd_access access;
		bool pasid_present, privileged;
	} rows[] = {
		{ VTD_ACCESS_READ, true, false },
		{ VTD_ACCESS_WRITE, true, true },
		{ VTD_ACCESS_ATOMIC, false, true },
		{ VTD_ACCESS_ZERO_LENGTH_READ, false, false },
	};
	struct bus *bus = *state;

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vtd_endpoint_access access = bus_access(rows[i].access);
		const struct vtd_page_request *message = &bus->log[i];
		struct asked asked;

		access.pasid_present = rows[i].pasid_present;
		access.privileged = rows[i].privileged;
		ask_for(bus, &asked, &access, 1);
		assert_int_equal(message->sid, 0x0108);
		assert_int_equal(message->pasid_present, access.pasid_present);
		assert_int_equal(message->pasid,
				 access.pasid_present ? BUS_PASID : 0);
		assert_int_equal(message->privileged,
				 access.pasid_present && access.privileged);
		assert_int_equal(message->write,
				 (access.access & VTD_ACCESS_WRITE) != 0);
		assert_int_equal(message->read,
				 access.access != VTD_ACCESS_WRITE);
		assert_true(message->last);
		assert_true(message->address == BUS_ADDRESS);
		bus_respond(bus, message, VTD_RESPONSE_SUCCESS);
		assert_int_equal(asked.result, VTD_ENDPOINT_OK);
	}
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

/* Only what was off is enabled. */
static void pri_stays_stopped_when_control_does_not_change(void **state)
{
	const uint16_t failed = VTD_PRI_RESPONSE_FAILURE |
				VTD_PRI_RESPONSE_PASID_REQUIRED;
	struct bus *bus = *state;
	struct asked asked;

	ask(bus, &asked);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_FAILURE);
	vtd_endpoint_pri_control(bus->ep, true, false);
	assert_int_equal(vtd_endpoint_pri_status(bus->ep), failed);
	ask(bus, &asked);
	assert_int_equal(asked.wait.reason, VTD_REASON_PRI_STOPPED);
	for (unsigned int i = 0; i < 2; i++) {
		vtd_endpoint_pri_control(bus->ep, false, false);
		assert_int_equal(vtd_endpoint_pri_status(bus->ep),
				 failed | VTD_PRI_STOPPED);
	}
}

static void requests_stay_as_they_are_when_enabled_with_reset(void **state)
{
	struct bus *bus = *state;
	struct asked asked[2];

	vtd_endpoint_pri_allocation(bus->ep, 1);
	for (unsigned int i = 0; i < 2; i++)
		ask(bus, &asked[i]);
	vtd_endpoint_pri_control(bus->ep, true, true);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(asked[i].result, BUS_PENDING);
		bus_respond(bus, &bus->log[i], VTD_RESPONSE_SUCCESS);
		assert_int_equal(asked[i].result, VTD_ENDPOINT_OK);
	}
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
	struct bus *used = *state;
	struct asked asked[2];

	/* Other indices than at first are behind the last group. */
	for (unsigned int i = 0; i < 2; i++)
		ask(used, &asked[i]);
	for (unsigned int i = 2; i-- > 0;)
		bus_respond(used, &used->log[i], VTD_RESPONSE_SUCCESS);
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
	assert_int_equal(asked.result, BUS_PENDING);
	assert_true(vtd_endpoint_pri_status(bus->ep) &
		    VTD_PRI_UNEXPECTED_INDEX);
	vtd_endpoint_reset(bus->ep);
}

static void counters_tell_of_everything_when_it_has_happened(void **state)
{
	const struct vtd_endpoint_counters expected = {
		.translation_requests = 1,
		.page_requests = 5, /* the stop marker is none */
		.responses_success = 1,
		.responses_invalid = 1,
		.responses_failure = 1,
		.responses_unexpected = 1,
		.cancelled_waits = 1,
	};
	struct bus *bus = *state;
	struct vtd_endpoint_canceller canceller = { 0 };
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	const struct vtd_page_group_response stray = { .prgi = 500 };
	struct vtd_endpoint_counters counters;
	struct asked asked[4];
	struct asked stop = { .wait.done = note_result,
			      .wait.opaque = &stop,
			      .result = BUS_PENDING };

	bus_try(bus, &access);
	bus_try(bus, &access);
	ask_for(bus, &asked[0], &access, 2);
	ask(bus, &asked[1]);
	ask(bus, &asked[2]);
	access.canceller = &canceller;
	ask_for(bus, &asked[3], &access, 1);
	vtd_endpoint_pasid_stop(bus->ep, BUS_PASID, &stop.wait);
	vtd_endpoint_cancel(bus->ep, &canceller);
	vtd_endpoint_response(bus->ep, &stray);
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	bus_respond(bus, &bus->log[2], VTD_RESPONSE_INVALID);
	bus_respond(bus, &bus->log[3], VTD_RESPONSE_FAILURE);
	vtd_endpoint_counters(bus->ep, &counters, sizeof(counters));
	assert_memory_equal(&counters, &expected, sizeof(counters));
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
		cmocka_unit_test(delay_grows_when_attempts_go_on),
		BUS_TEST(request_ends_when_its_response_comes),
		BUS_TEST(group_is_one_request_when_pages_are_many),
		BUS_TEST(message_says_what_the_access_is_when_it_leaves),
		BUS_TEST(request_queues_up_when_allocation_is_used),
		BUS_TEST(request_is_refused_when_larger_than_allocation),
		BUS_TEST(request_queues_up_when_indices_are_used),
		BUS_TEST(index_rests_when_others_are_free),
		BUS_TEST(pri_stops_when_response_is_failure),
		BUS_TEST(pri_stops_when_response_code_is_unused),
		BUS_TEST(pri_works_when_enabled_after_failure),
		BUS_TEST(pri_stays_stopped_when_control_does_not_change),
		BUS_TEST(requests_stay_as_they_are_when_enabled_with_reset),
		BUS_TEST(late_response_is_ignored_when_pri_has_failed),
		BUS_TEST(status_says_unexpected_when_index_is_unknown),
		BUS_TEST(status_says_unexpected_when_pasid_is_missing),
		BUS_TEST(counters_tell_of_everything_when_it_has_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
