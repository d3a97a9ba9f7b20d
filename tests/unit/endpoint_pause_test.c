/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a blocking access pauses between page requests.  The library reads the
 * clock that is here: what a test says, and then the machine's.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "endpoint_bus.h"

#define COUNT(times) ((unsigned int)(sizeof(times) / sizeof(*(times))))

static struct {
	const struct timespec *times;
	unsigned int count;
	atomic_uint reads;
	bool stopped; /* at the first of the times */
	/* Called when the clock is read for the first time: the access is about to
	 * pause. */
	void (*at_first)(void);
} clock_said;

int clock_gettime(clockid_t clock, struct timespec *now)
{
	unsigned int read = atomic_fetch_add(&clock_said.reads, 1);

	if (clock_said.stopped)
		read = 0;
	if (read == 0 && clock_said.at_first)
		clock_said.at_first();
	if (read >= clock_said.count)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = clock_said.times[read];
	return 0;
}

static void say_times(const struct timespec *times, unsigned int count)
{
	clock_said.times = times;
	clock_said.count = count;
	atomic_store(&clock_said.reads, 0);
	clock_said.stopped = false;
	clock_said.at_first = NULL;
}

/* Two page requests are answered, and bring nothing: before the third there is a
 * pause. */
static void bring_with_the_third(struct bus *bus)
{
	if (bus->logged == 3)
		bus->brings = bus_page(0x77000);
}

static void prepare(struct bus *bus)
{
	bus_take_page_away(bus);
	bus->brings = bus->answer;
	bus->respond_at_once = true;
	bus->in_page_request = bring_with_the_third;
}

/* The last of the times is the first at which a pause of a millisecond that began
 * at the first of them is over. */
static void check_pause(struct bus *bus, const struct timespec *times,
			unsigned int count)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	prepare(bus);
	say_times(times, count);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	assert_int_equal(clock_said.reads, count);
	assert_int_equal(bus->logged, 3);
}

static void pause_ends_to_the_nanosecond_when_its_time_is_over(void **state)
{
	static const struct timespec times[] = {
		{ 0, 2000 },	{ 0, 2000 },	{ 0, 999999 },
		{ 0, 1001999 }, { 0, 1002000 },
	};

	check_pause(*state, times, COUNT(times));
}

static void pause_ends_when_its_time_is_in_the_next_second(void **state)
{
	static const struct timespec times[] = {
		{ 0, 999900000 }, { 0, 999900000 }, { 0, 999999999 },
		{ 1, 0 },	  { 1, 899999 },    { 1, 900000 },
	};

	check_pause(*state, times, COUNT(times));
}

/* The thread did not run for seconds. */
static void pause_ends_when_its_second_is_over(void **state)
{
	static const struct timespec times[] = { { 0, 500000000 }, { 2, 0 } };

	check_pause(*state, times, COUNT(times));
}

/* -------------------------------------- what happens just before the pause */

static struct bus *paused;
static struct vtd_endpoint_canceller canceller;

static void check_no_pause(struct bus *bus, void (*change)(void),
			   enum vtd_endpoint_reason reason)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;

	paused = bus;
	access.canceller = &canceller;
	prepare(bus);
	say_times(NULL, 0);
	clock_said.at_first = change;
	assert_int_equal(vtd_endpoint_access_begin(bus->ep, &access, &mapping),
			 VTD_ENDPOINT_ABORTED);
	assert_int_equal(mapping.reason, reason);
	assert_int_equal(clock_said.reads, 1);
	assert_int_equal(bus->logged, 2);
}

static void reset(void)
{
	vtd_endpoint_reset(paused->ep);
}

static void access_does_not_pause_when_there_was_a_reset(void **state)
{
	check_no_pause(*state, reset, VTD_REASON_RESET);
}

static void cancel(void)
{
	vtd_endpoint_cancel(paused->ep, &canceller);
}

static void access_does_not_pause_when_it_was_cancelled(void **state)
{
	check_no_pause(*state, cancel, VTD_REASON_CANCELLED);
	vtd_endpoint_cancel_end(paused->ep, &canceller);
}

/* ------------------------------------------ what happens during the pause */

static void *begin(void *opaque)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	access.canceller = &canceller;
	*(enum vtd_endpoint_result *)opaque = bus_begin(paused, &access);
	return NULL;
}

/* Time stands still: the pause has no other end. */
static void check_woken(struct bus *bus, void (*change)(void),
			enum vtd_endpoint_result expected)
{
	static const struct timespec times[] = { { 1 << 30, 0 } };
	enum vtd_endpoint_result result = VTD_ENDPOINT_OK;
	pthread_t thread;

	paused = bus;
	prepare(bus);
	say_times(times, COUNT(times));
	clock_said.stopped = true;
	assert_int_equal(pthread_create(&thread, NULL, begin, &result), 0);
	while (atomic_load(&clock_said.reads) < 2)
		sched_yield();
	change();
	pthread_join(thread, NULL);
	assert_int_equal(result, expected);
}

static void change_source_id(void)
{
	vtd_endpoint_set_source_id(paused->ep, 0x0208);
}

static void finish(void)
{
	vtd_endpoint_finish(paused->ep, &canceller);
}

static void pause_ends_at_once_when_its_access_does(void **state)
{
	struct bus *bus = *state;

	check_woken(bus, change_source_id, VTD_ENDPOINT_OFF);
	bus->logged = 0;
	check_woken(bus, cancel, VTD_ENDPOINT_ABORTED);
	vtd_endpoint_cancel_end(bus->ep, &canceller);
	bus->logged = 0;
	check_woken(bus, finish, VTD_ENDPOINT_ABORTED);
	vtd_endpoint_cancel_end(bus->ep, &canceller);
	bus->logged = 0;
	check_woken(bus, reset, VTD_ENDPOINT_ABORTED);
}

/* ------------------------------------------------------ the machine's clock */

static int64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* One and two milliseconds, asleep. */
static void access_sleeps_when_it_pauses(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_counters counters;
	int64_t began;

	prepare(bus);
	bus->in_page_request = NULL;
	say_times(NULL, 0);
	began = nanoseconds();
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_REFUSED);
	assert_true(nanoseconds() - began >= 3000000);
	assert_int_equal(bus->logged, 4);
	vtd_endpoint_counters(bus->ep, &counters, sizeof(counters));
	/* POSIX allows some for no reason. */
	assert_in_range(counters.wakeups, 2, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(pause_ends_to_the_nanosecond_when_its_time_is_over),
		BUS_TEST(pause_ends_when_its_time_is_in_the_next_second),
		BUS_TEST(pause_ends_when_its_second_is_over),
		BUS_TEST(access_does_not_pause_when_there_was_a_reset),
		BUS_TEST(access_does_not_pause_when_it_was_cancelled),
		BUS_TEST(pause_ends_at_once_when_its_access_does),
		BUS_TEST(access_sleeps_when_it_pauses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
