/* SPDX-License-Identifier: BSD-3-Clause */
/* A bus whose answers to translation requests come later. */
#include "endpoint_later.h"

static void bus_is_refused_when_it_has_neither_kind_of_answer(void **state)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.page_request = bus_page_request,
	};
	struct vtd_endpoint_config config;

	(void)state;
	vtd_endpoint_config_init(&config);
	assert_non_null(vtd_endpoint_create_check(&config, &ops));
}

static void nothing_is_asked_when_the_access_was_only_tried(void **state)
{
	struct later *later = *state;
	struct going going = { .later = later,
			       .access = bus_access(VTD_ACCESS_READ) };

	assert_int_equal(try_it(&going), VTD_ENDPOINT_TRANSLATION_NEEDED);
	assert_int_equal(later->asked, 0);
}

static void request_is_that_of_the_access_when_it_is_asked(void **state)
{
	struct vtd_endpoint_counters counters;
	struct later *later = *state;
	struct going going;

	go(later, &going);
	assert_int_equal(later->asked, 1);
	assert_int_equal(going.ended, 0);
	assert_int_equal(later->request[0].type, VTD_AT_TRANSLATION);
	assert_int_equal(later->request[0].sid, 0x0108);
	assert_int_equal(later->request[0].pasid, BUS_PASID);
	assert_true(later->request[0].address == BUS_ADDRESS);
	assert_true(later->request[0].no_write);
	vtd_endpoint_counters(later->bus.ep, &counters, sizeof(counters));
	assert_int_equal(counters.translation_requests, 1);
	assert_int_equal(answer(later, 0), 0);
	end_access(&going);
}

static void access_is_open_when_the_answer_comes(void **state)
{
	struct later *later = *state;
	struct going going;

	go(later, &going);
	assert_int_equal(answer(later, 0), 0);
	assert_int_equal(going.result, VTD_ENDPOINT_OK);
	assert_true(going.translation.mapping.address == 0x77123);
	assert_true(going.translation.mapping.length == 0xedd);
	end_access(&going);
	/* And it was kept. */
	assert_int_equal(try_it(&going), VTD_ENDPOINT_OK);
}

static void access_is_open_when_the_answer_comes_inside_the_call(void **state)
{
	struct later *later = *state;
	struct going going;

	later->at_once = true;
	go(later, &going);
	assert_int_equal(going.result, VTD_ENDPOINT_OK);
	assert_int_equal(going.ended, 1);
	end_access(&going);
}

static void answer_is_refused_when_there_was_one(void **state)
{
	struct later *later = *state;
	struct going going;

	go(later, &going);
	assert_int_equal(answer(later, 0), 0);
	assert_int_equal(answer(later, 0), -ENOENT);
	assert_int_equal(going.ended, 1);
	end_access(&going);
}

static void answer_is_refused_when_nobody_asked(void **state)
{
	struct later *later = *state;
	struct going going;

	go(later, &going);
	later->ticket[1] = later->ticket[0] + 1;
	assert_int_equal(answer(later, 1), -ENOENT);
	assert_int_equal(going.ended, 0);
	assert_int_equal(answer(later, 0), 0);
	end_access(&going);
}

static void check_given_up(struct later *later, struct going *going,
			   enum vtd_endpoint_result result,
			   enum vtd_endpoint_reason reason)
{
	assert_int_equal(going->ended, 1);
	assert_int_equal(going->result, result);
	assert_int_equal(going->translation.mapping.reason, reason);
	assert_int_equal(answer(later, 0), -ENOENT);
	assert_int_equal(going->ended, 1);
	bus_enable(&later->bus);
	going->access.epoch = 0;
	assert_int_equal(try_it(going), VTD_ENDPOINT_TRANSLATION_NEEDED);
}

static void answer_opens_nothing_when_the_function_was_reset(void **state)
{
	struct later *later = *state;
	struct going going;

	go(later, &going);
	vtd_endpoint_reset(later->bus.ep);
	check_given_up(later, &going, VTD_ENDPOINT_ABORTED, VTD_REASON_RESET);
}

/* What the mapping said of an access before is forgotten. */
static void condition_is_none_when_no_answer_told_one(void **state)
{
	struct later *later = *state;
	struct going going = {
		.later = later,
		.access = bus_access(VTD_ACCESS_READ),
		.translation = { .done = done,
				 .opaque = &going,
				 .mapping.condition = VTD_SCT_2 },
	};

	vtd_endpoint_translate(later->bus.ep, &going.access,
			       &going.translation);
	vtd_endpoint_reset(later->bus.ep);
	assert_int_equal(going.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(going.translation.mapping.condition,
			 VTD_CONDITION_NONE);
}

static void answer_opens_nothing_when_ats_went_off(void **state)
{
	struct later *later = *state;
	struct going going;

	go(later, &going);
	vtd_endpoint_ats_control(later->bus.ep, false, 0);
	check_given_up(later, &going, VTD_ENDPOINT_OFF, VTD_REASON_ATS_OFF);
}

static void request_does_not_leave_when_the_epoch_is_over(void **state)
{
	struct later *later = *state;
	struct going going;

	memset(&going, 0, sizeof(going));
	going.later = later;
	going.access = bus_access(VTD_ACCESS_READ);
	assert_int_equal(try_it(&going), VTD_ENDPOINT_TRANSLATION_NEEDED);
	vtd_endpoint_reset(later->bus.ep);
	bus_enable(&later->bus);
	ask_again(&going);
	assert_int_equal(going.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(later->asked, 0);
}

static void request_does_not_leave_when_it_was_cancelled_before(void **state)
{
	struct vtd_endpoint_canceller canceller = { 0 };
	struct later *later = *state;
	struct going going = { .later = later,
			       .access = bus_access(VTD_ACCESS_READ) };

	going.access.canceller = &canceller;
	vtd_endpoint_cancel(later->bus.ep, &canceller);
	ask_again(&going);
	assert_int_equal(going.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(going.translation.mapping.reason,
			 VTD_REASON_CANCELLED);
	assert_int_equal(later->asked, 0);
}

/* An answer of before the load must meet nobody, whichever side it is of. */
static void tickets_go_on_when_a_state_is_loaded(void **state)
{
	static uint8_t none[VTD_ENDPOINT_STATE_SIZE_MAX];
	static uint8_t some[VTD_ENDPOINT_STATE_SIZE_MAX];
	struct later *later = *state;
	size_t size = vtd_endpoint_save(later->bus.ep, none, sizeof(none));
	struct going going;

	for (unsigned int i = 0; i < 3; i++) {
		go(later, &going);
		vtd_endpoint_reset(later->bus.ep);
		assert_int_equal(
			vtd_endpoint_load(later->bus.ep, none, size, NULL), 0);
		assert_int_equal(later->ticket[i], 1 + i);
	}
	assert_int_equal(vtd_endpoint_save(later->bus.ep, some, sizeof(some)),
			 size);
	bus_teardown(state);
	later_setup(state);
	assert_int_equal(vtd_endpoint_load(later->bus.ep, some, size, NULL), 0);
	go(later, &going);
	assert_int_equal(later->ticket[0], 4);
	vtd_endpoint_reset(later->bus.ep);
}

static void page_is_needed_when_the_answer_gives_no_right(void **state)
{
	const struct vtd_translation nothing = { .size_shift = 12 };
	struct later *later = *state;
	struct going going;

	go(later, &going);
	assert_int_equal(answer_with(later, 0, &nothing), 0);
	assert_int_equal(going.result, VTD_ENDPOINT_PAGE_NEEDED);
}

/* The others that are under way are told why. */
static void ats_stops_when_the_answer_is_unsupported(void **state)
{
	const struct vtd_translation unsupported = {
		.status = VTD_STATUS_UNSUPPORTED_REQUEST,
		.condition = VTD_SCT_2,
	};
	struct later *later = *state;
	struct going first, second;

	go(later, &first);
	go(later, &second);
	answer_with(later, 0, &unsupported);
	assert_int_equal(first.result, VTD_ENDPOINT_OFF);
	assert_int_equal(try_it(&first), VTD_ENDPOINT_OFF);
	assert_int_equal(second.translation.mapping.condition, VTD_SCT_2);
}

static void completed(void *opaque,
		      const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	*(bool *)opaque = true;
}

static void answer_is_void_when_an_invalidation_came_in_between(void **state)
{
	const struct vtd_device_tlb_invalidation request = {
		.sid = 0x0108,
		.last = UINT64_MAX,
	};
	struct later *later = *state;
	bool complete = false;
	struct vtd_atc_invalidation invalidation = {
		.done = completed,
		.opaque = &complete,
	};
	struct going going;

	go(later, &going);
	vtd_endpoint_invalidate(later->bus.ep, &request, &invalidation);
	assert_true(complete);
	assert_int_equal(answer(later, 0), 0);
	assert_int_equal(going.result, VTD_ENDPOINT_TRANSLATION_NEEDED);
	/* Asked again, it is another request. */
	ask_again(&going);
	assert_int_equal(answer(later, 1), 0);
	assert_int_equal(going.result, VTD_ENDPOINT_OK);
	end_access(&going);
}

static void request_is_aborted_when_its_canceller_says_so(void **state)
{
	struct vtd_endpoint_canceller canceller = { 0 };
	struct later *later = *state;
	struct going going;

	memset(&going, 0, sizeof(going));
	going.later = later;
	going.access = bus_access(VTD_ACCESS_READ);
	going.access.canceller = &canceller;
	ask_again(&going);
	vtd_endpoint_finish(later->bus.ep, &canceller);
	assert_int_equal(going.ended, 0);
	vtd_endpoint_cancel(later->bus.ep, &canceller);
	assert_int_equal(going.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(answer(later, 0), -ENOENT);
}

static void access_is_open_when_the_bus_answers_in_the_call(void **state)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;
	struct going going = { .result = BUS_PENDING };

	going.translation = (struct vtd_endpoint_translation){
		.done = done,
		.opaque = &going,
	};
	vtd_endpoint_translate(bus->ep, &access, &going.translation);
	assert_int_equal(going.result, VTD_ENDPOINT_OK);
	vtd_endpoint_access_end(bus->ep, &going.translation.mapping);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			bus_is_refused_when_it_has_neither_kind_of_answer),
		LATER_TEST(nothing_is_asked_when_the_access_was_only_tried),
		LATER_TEST(request_is_that_of_the_access_when_it_is_asked),
		LATER_TEST(access_is_open_when_the_answer_comes),
		LATER_TEST(
			access_is_open_when_the_answer_comes_inside_the_call),
		LATER_TEST(answer_is_refused_when_there_was_one),
		LATER_TEST(answer_is_refused_when_nobody_asked),
		LATER_TEST(answer_opens_nothing_when_the_function_was_reset),
		LATER_TEST(condition_is_none_when_no_answer_told_one),
		LATER_TEST(answer_opens_nothing_when_ats_went_off),
		LATER_TEST(request_does_not_leave_when_the_epoch_is_over),
		LATER_TEST(request_does_not_leave_when_it_was_cancelled_before),
		LATER_TEST(tickets_go_on_when_a_state_is_loaded),
		LATER_TEST(page_is_needed_when_the_answer_gives_no_right),
		LATER_TEST(ats_stops_when_the_answer_is_unsupported),
		LATER_TEST(answer_is_void_when_an_invalidation_came_in_between),
		LATER_TEST(request_is_aborted_when_its_canceller_says_so),
		BUS_TEST(access_is_open_when_the_bus_answers_in_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
