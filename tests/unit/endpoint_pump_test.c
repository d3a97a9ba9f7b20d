/* SPDX-License-Identifier: BSD-3-Clause */
/* Who does what waits to be done in an endpoint, and who is woken up. */
#include <sched.h>
#include <stdatomic.h>

#include "endpoint_bus.h"

#define WAITS 300u
#define ROUND 64u /* vtd/endpoint.h */
#define DEVICES 16u

static struct asked asked[WAITS];

static unsigned int ended(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < WAITS; i++)
		count += asked[i].result != BUS_PENDING;
	return count;
}

/* The first is outstanding, all others wait for the room that it takes; each
 * will be answered at once and make room for the next. */
static void queue_up(struct bus *bus, uint32_t allocation)
{
	vtd_endpoint_pri_allocation(bus->ep, allocation);
	for (unsigned int i = 0; i < WAITS; i++)
		ask(bus, &asked[i]);
	bus->respond_at_once = true;
}

static void response_does_all_when_nobody_else_can(void **state)
{
	struct bus *bus = *state;

	queue_up(bus, 1);
	assert_int_equal(bus->logged, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(ended(), WAITS);
}

static void response_does_a_part_when_program_runs_later(void **state)
{
	struct bus *bus = *state;
	unsigned int before = 0;
	unsigned int rounds = 0;

	queue_up(bus, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	do {
		unsigned int now = bus->logged + ended();

		assert_true(now - before <= ROUND + 1);
		assert_int_equal(bus->run_later_calls, ++rounds);
		before = now;
		vtd_endpoint_run(bus->ep);
	} while (bus->run_later_calls > rounds);
	assert_int_equal(ended(), WAITS);
	assert_true(rounds >= 2 * WAITS / ROUND);
}

static void program_is_asked_once_when_more_comes_before_it_runs(void **state)
{
	struct bus *bus = *state;

	queue_up(bus, 2);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(bus->run_later_calls, 1);
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	assert_int_equal(bus->run_later_calls, 1);
	while (ended() < WAITS)
		vtd_endpoint_run(bus->ep);
	assert_true(bus->run_later_calls > 1);
}

/* A group that is larger than a round does not come apart. */
static void group_leaves_whole_when_round_is_over(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked group;
	struct asked next;

	ask_for(bus, &group, &access, 3 * ROUND);
	assert_int_equal(bus->logged, 3 * ROUND);
	ask(bus, &next);
	assert_int_equal(bus->logged, 3 * ROUND + 1);
	for (unsigned int i = 0; i < 3 * ROUND; i++) {
		assert_int_equal(bus->log[i].prgi, bus->log[0].prgi);
		assert_int_equal(bus->log[i].address, BUS_ADDRESS + i * 0x1000);
		assert_int_equal(bus->log[i].last, i == 3 * ROUND - 1);
	}
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(group.result, VTD_ENDPOINT_OK);
	vtd_endpoint_reset(bus->ep);
}

static struct asked elder;

/* When the group that comes next has begun. */
static void answer_the_elder(struct bus *bus)
{
	if (bus->logged == 2)
		bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(elder.result, BUS_PENDING);
}

static void end_is_told_behind_a_group_when_it_came_in_the_middle(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked group;

	ask(bus, &elder);
	bus->in_page_request = answer_the_elder;
	ask_for(bus, &group, &access, 3);
	bus->in_page_request = NULL;
	assert_int_equal(bus->logged, 4);
	assert_int_equal(elder.result, VTD_ENDPOINT_OK);
	vtd_endpoint_reset(bus->ep);
}

static void note_completion(void *opaque,
			    const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	++*(unsigned int *)opaque;
}

/* Who waits for the completion may be the one that is to run later. */
static void invalidation_is_done_when_round_is_over(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	const struct vtd_device_tlb_invalidation all = { .last = UINT64_MAX };
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = {
		.done = note_completion,
		.opaque = &done,
	};
	struct asked group;

	ask_for(bus, &group, &access, ROUND + 1);
	assert_int_equal(bus->logged, ROUND + 1);
	vtd_endpoint_invalidate(bus->ep, &all, &invalidation);
	assert_int_equal(done, 1);
	vtd_endpoint_reset(bus->ep);
}

static struct vtd_atc_invalidation *to_invalidate;

static void invalidate_and_reset(struct bus *bus)
{
	const struct vtd_device_tlb_invalidation all = { .last = UINT64_MAX };

	bus->in_page_request = NULL;
	vtd_endpoint_invalidate(bus->ep, &all, to_invalidate);
	vtd_endpoint_reset(bus->ep);
}

static void invalidation_is_done_when_rest_of_group_is_forgotten(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = {
		.done = note_completion,
		.opaque = &done,
	};
	struct asked group;

	to_invalidate = &invalidation;
	bus->in_page_request = invalidate_and_reset;
	ask_for(bus, &group, &access, ROUND + 1);
	assert_int_equal(done, 1);
	assert_int_equal(bus->logged, 1);
	assert_int_equal(group.result, VTD_ENDPOINT_ABORTED);
}

/* ---------------------------------------------------------------- threads */

struct device {
	struct bus *bus;
	pthread_t thread;
	enum vtd_endpoint_result result;
};

static void *device_access(void *opaque)
{
	struct device *device = opaque;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	device->result = bus_begin(device->bus, &access);
	return NULL;
}

static void device_start(struct device *device, struct bus *bus)
{
	*device = (struct device){ .bus = bus };
	pthread_create(&device->thread, NULL, device_access, device);
}

static pthread_t main_thread;
static atomic_uint messages_here;

static void count_thread(struct bus *bus)
{
	(void)bus;
	if (pthread_equal(pthread_self(), main_thread))
		atomic_fetch_add(&messages_here, 1);
}

static void response_does_a_part_when_a_thread_is_blocked(void **state)
{
	struct bus *bus = *state;
	struct vtd_page_request of_device;
	struct device device;

	bus_take_page_away(bus);
	device_start(&device, bus);
	while (bus_logged(bus) < 1)
		sched_yield();
	of_device = bus->log[0];
	queue_up(bus, 2);
	assert_int_equal(bus_logged(bus), 2);

	main_thread = pthread_self();
	atomic_store(&messages_here, 0);
	bus->in_page_request = count_thread;
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	assert_true(atomic_load(&messages_here) <= ROUND);
	while (bus_logged(bus) < WAITS + 1)
		sched_yield();
	assert_true(atomic_load(&messages_here) <= ROUND);
	bus_respond(bus, &of_device, VTD_RESPONSE_SUCCESS);
	pthread_join(device.thread, NULL);
	assert_int_equal(device.result, VTD_ENDPOINT_OK);
	assert_int_equal(ended(), WAITS);
}

static void access_wakes_up_once_when_others_are_answered(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_counters counters;
	struct device devices[DEVICES];

	bus_take_page_away(bus);
	for (unsigned int i = 0; i < DEVICES; i++)
		device_start(&devices[i], bus);
	while (bus_logged(bus) < DEVICES)
		sched_yield();
	for (unsigned int i = 0; i < DEVICES; i++)
		bus_respond(bus, &bus->log[i], VTD_RESPONSE_SUCCESS);
	for (unsigned int i = 0; i < DEVICES; i++) {
		pthread_join(devices[i].thread, NULL);
		assert_int_equal(devices[i].result, VTD_ENDPOINT_OK);
	}
	vtd_endpoint_counters(bus->ep, &counters, sizeof(counters));
	/* POSIX allows some for no reason. */
	assert_true(counters.wakeups <= 2 * DEVICES);
}

#define LATER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, bus_setup_later, bus_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(response_does_all_when_nobody_else_can),
		LATER_TEST(response_does_a_part_when_program_runs_later),
		LATER_TEST(
			program_is_asked_once_when_more_comes_before_it_runs),
		LATER_TEST(group_leaves_whole_when_round_is_over),
		LATER_TEST(
			end_is_told_behind_a_group_when_it_came_in_the_middle),
		LATER_TEST(invalidation_is_done_when_round_is_over),
		LATER_TEST(
			invalidation_is_done_when_rest_of_group_is_forgotten),
		BUS_TEST(response_does_a_part_when_a_thread_is_blocked),
		LATER_TEST(response_does_a_part_when_a_thread_is_blocked),
		BUS_TEST(access_wakes_up_once_when_others_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
