/* SPDX-License-Identifier: BSD-3-Clause */
/* A bus whose answers to translation requests come later. */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "endpoint_bus.h"

#define ASKED_MAX 64u

/* What the bus has been asked; `bus` has the page that is the answer. */
struct later {
	struct bus bus;
	bool at_once;
	atomic_uint asked;
	uint64_t ticket[ASKED_MAX];
	struct vtd_request request[ASKED_MAX];
	/* Answered by a thread of its own. */
	pthread_t thread;
	atomic_bool stop;
};

static int answer_with(struct later *later, unsigned int i,
		       const struct vtd_translation *page)
{
	return vtd_endpoint_translation_done(
		later->bus.ep, later->ticket[i % ASKED_MAX], page);
}

static int answer(struct later *later, unsigned int i)
{
	const struct vtd_translation page = bus_page(0x77000);

	return answer_with(later, i, &page);
}

static void request_later(void *opaque, const struct vtd_request *request,
			  uint64_t ticket)
{
	struct later *later = opaque;
	unsigned int i;

	pthread_mutex_lock(&later->bus.lock);
	i = atomic_load(&later->asked);
	later->ticket[i % ASKED_MAX] = ticket;
	later->request[i % ASKED_MAX] = *request;
	atomic_store(&later->asked, i + 1);
	pthread_mutex_unlock(&later->bus.lock);
	if (later->at_once)
		assert_int_equal(answer(later, i), 0);
}

static int setup(void **state)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.page_request = bus_page_request,
		.translation_request_later = request_later,
	};
	static struct later later;
	struct vtd_endpoint_config config;

	memset(&later, 0, sizeof(later));
	pthread_mutex_init(&later.bus.lock, NULL);
	vtd_endpoint_config_init(&config);
	config.sid = 0x0108;
	assert_int_equal(
		vtd_endpoint_create(&config, &ops, &later, &later.bus.ep), 0);
	bus_enable(&later.bus);
	*state = &later;
	return 0;
}

/* One access that goes on when something happens. */
struct going {
	struct later *later;
	struct vtd_endpoint_access access;
	struct vtd_endpoint_translation translation;
	atomic_uint ended; /* how often `done` was called */
	unsigned int result;
};

static void done(void *opaque, enum vtd_endpoint_result result)
{
	struct going *going = opaque;

	going->result = result;
	atomic_fetch_add(&going->ended, 1);
}

static enum vtd_endpoint_result try_it(struct going *going)
{
	struct vtd_endpoint_mapping mapping;
	enum vtd_endpoint_result result = vtd_endpoint_access_try(
		going->later->bus.ep, &going->access, &mapping);

	if (result == VTD_ENDPOINT_OK)
		vtd_endpoint_access_end(going->later->bus.ep, &mapping);
	return result;
}

static void ask_again(struct going *going)
{
	going->translation = (struct vtd_endpoint_translation){
		.done = done,
		.opaque = going,
	};
	vtd_endpoint_translate(going->later->bus.ep, &going->access,
			       &going->translation);
}

/* Begin an access and ask for its translation. */
static void go(struct later *later, struct going *going)
{
	memset(going, 0, sizeof(*going));
	going->later = later;
	going->result = BUS_PENDING;
	going->access = bus_access(VTD_ACCESS_READ);
	assert_int_equal(try_it(going), VTD_ENDPOINT_TRANSLATION_NEEDED);
	ask_again(going);
}

static void end_access(struct going *going)
{
	vtd_endpoint_access_end(going->later->bus.ep,
				&going->translation.mapping);
}

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

/* A thread that answers whatever has been asked, and once more. */
static void *answer_all(void *opaque)
{
	struct later *later = opaque;
	unsigned int answered = 0;

	while (!atomic_load(&later->stop)) {
		uint64_t ticket;

		if (answered == atomic_load(&later->asked)) {
			sched_yield();
			continue;
		}
		pthread_mutex_lock(&later->bus.lock);
		ticket = later->ticket[answered++ % ASKED_MAX];
		pthread_mutex_unlock(&later->bus.lock);
		for (unsigned int i = 0; i < 2; i++) {
			const struct vtd_translation page = bus_page(0x77000);

			vtd_endpoint_translation_done(later->bus.ep, ticket,
						      &page);
		}
	}
	return NULL;
}

static void start_answers(struct later *later)
{
	pthread_create(&later->thread, NULL, answer_all, later);
}

static void stop_answers(struct later *later)
{
	atomic_store(&later->stop, true);
	pthread_join(later->thread, NULL);
}

static void blocked_access_opens_when_another_thread_answers(void **state)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct later *later = *state;

	start_answers(later);
	assert_int_equal(bus_begin(&later->bus, &access), VTD_ENDPOINT_OK);
	stop_answers(later);
	assert_int_equal(later->asked, 1);
}

/* Ends what is asked, as soon as it is. */
static void *reset_when_asked(void *opaque)
{
	struct later *later = opaque;

	while (atomic_load(&later->asked) == 0)
		sched_yield();
	vtd_endpoint_reset(later->bus.ep);
	return NULL;
}

static void blocked_access_ends_when_the_function_is_reset(void **state)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct later *later = *state;
	pthread_t thread;

	pthread_create(&thread, NULL, reset_when_asked, later);
	assert_int_equal(bus_begin(&later->bus, &access), VTD_ENDPOINT_ABORTED);
	pthread_join(thread, NULL);
	assert_int_equal(answer(later, 0), -ENOENT);
}

#define ROUNDS 2000u

static void every_request_ends_once_when_resets_and_answers_race(void **state)
{
	struct later *later = *state;

	start_answers(later);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct going going;

		go(later, &going);
		if (i % 4 == 0)
			sched_yield();
		if (i % 2 == 0)
			vtd_endpoint_reset(later->bus.ep);
		else
			vtd_endpoint_ats_control(later->bus.ep, false, 0);
		while (atomic_load(&going.ended) == 0)
			sched_yield();
		assert_true(going.result == VTD_ENDPOINT_OK ||
			    going.result == (i % 2 == 0 ? VTD_ENDPOINT_ABORTED :
							  VTD_ENDPOINT_OFF));
		if (going.result == VTD_ENDPOINT_OK)
			end_access(&going);
		bus_enable(&later->bus);
		assert_int_equal(atomic_load(&going.ended), 1);
	}
	stop_answers(later);
}

#define LATER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, bus_teardown)

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
		LATER_TEST(answer_opens_nothing_when_ats_went_off),
		LATER_TEST(request_does_not_leave_when_the_epoch_is_over),
		LATER_TEST(page_is_needed_when_the_answer_gives_no_right),
		LATER_TEST(ats_stops_when_the_answer_is_unsupported),
		LATER_TEST(answer_is_void_when_an_invalidation_came_in_between),
		LATER_TEST(request_is_aborted_when_its_canceller_says_so),
		BUS_TEST(access_is_open_when_the_bus_answers_in_the_call),
		LATER_TEST(blocked_access_opens_when_another_thread_answers),
		LATER_TEST(blocked_access_ends_when_the_function_is_reset),
		LATER_TEST(
			every_request_ends_once_when_resets_and_answers_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
