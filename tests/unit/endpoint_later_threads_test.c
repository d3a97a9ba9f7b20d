/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers of another thread, while accesses wait for them and others end them. */
#include <sched.h>

#include "endpoint_later.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		LATER_TEST(blocked_access_opens_when_another_thread_answers),
		LATER_TEST(blocked_access_ends_when_the_function_is_reset),
		LATER_TEST(
			every_request_ends_once_when_resets_and_answers_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
