/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared virtual memory without a guest: devices work in the address spaces of
 * processes, by ATS and PRI, while the toy OS takes pages back, ends processes
 * and resets devices.  What is proven is the promise of invalidation: memory
 * that the OS was told is free is used by nobody.
 *
 * With VTD_CHECK in the environment the unit keeps all that it has read, and at
 * the end, when every invalidation has been made, none of it is stale.  (Before, a
 * thread that is about to invalidate can be held up for as long as it takes.)
 *
 * VTD_SEED sets the seed.  Threads make every run another one all the same.
 */
#include <limits.h>
#include <sched.h>
#include <stdlib.h>

#include "check.h"
#include "toy_device.h"

/* Accesses of each device thread whose result is foreseeable. */
#define ACCESSES 1500
#define DEFAULT_SEED 1

struct scene {
	struct toy_os os;
	struct toy_device device[TOY_DEVICES];
	struct toy_worker worker[TOY_THREADS];
	struct toy_random random; /* of the main thread */
	uint64_t serial;
	atomic_bool stop;
	pthread_t reclaimer;
	struct toy_random reclaimer_random;
};

static struct scene scene;

static void scene_start(struct fixture *fixture)
{
	const char *text = getenv("VTD_SEED");
	uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : DEFAULT_SEED;

	scene = (struct scene){
		.random = { seed ^ 1 },
		.reclaimer_random = { seed ^ 2 },
		.serial = TOY_PROCESSES,
	};
	if (getenv("VTD_CHECK") != NULL) {
		fixture->config.iotlb = VTD_IOTLB_KEEP;
		fixture->config.check = true;
		fixture->config.check_waits = UINT_MAX;
	}
	toy_os_start(&scene.os, fixture, seed);
	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		toy_device_start(&scene.device[i], &scene.os, i);
	for (unsigned int i = 0; i < TOY_THREADS; i++)
		scene.worker[i] = (struct toy_worker){
			.device = &scene.device[i % TOY_DEVICES],
			.number = i,
			.accesses = ACCESSES,
			.random = { seed ^ (i + 3) },
		};
}

static uint64_t stale_suspects(void)
{
	struct vtd_counters counters;

	vtd_unit_counters(scene.os.unit, &counters, sizeof(counters));
	return counters.stale_suspects;
}

/* What the unit remembers of a process's pages, and memory has not. */
static uint64_t stale_of(const struct toy_process *process)
{
	uint64_t before = stale_suspects();

	for (unsigned int i = 0; i < TOY_DEVICES * TOY_PAGES * 2; i++) {
		struct vtd_request request = {
			.sid = scene.os.sid[i % TOY_DEVICES],
			.address = process->page[i / 2 % TOY_PAGES].address,
			.type = VTD_AT_TRANSLATION,
			.no_write = i % 2,
			.pasid_present = true,
			.pasid = process->pasid,
		};
		struct vtd_translation translation;

		vtd_unit_translate(scene.os.unit, &request, &translation);
	}
	return stale_suspects() - before;
}

/* No thread is left when a check fails. */
static void scene_end(void)
{
	struct vtd_counters counters;
	uint64_t stale = 0;

	toy_os_pause(&scene.os, true);
	for (unsigned int i = 0; i < TOY_PROCESSES; i++)
		stale += stale_of(&scene.os.process[i]);
	toy_os_pause(&scene.os, false);
	toy_os_stop(&scene.os);
	vtd_unit_counters(scene.os.unit, &counters, sizeof(counters));
	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		toy_device_stop(&scene.device[i]);
	assert_int_equal(stale, 0);
	assert_int_equal(scene.os.log.failures, 0);
	/* Something has happened: the queue of 128 requests went round. */
	assert_true(counters.page_requests > 256);
	assert_true(scene.os.taken_back > 100);
}

static void *reclaim(void *opaque)
{
	struct toy_random *random = &scene.reclaimer_random;
	struct toy_os *os = &scene.os;

	(void)opaque;
	while (!atomic_load(&scene.stop)) {
		if (toy_one_in(random, 2))
			toy_os_take_any(os, toy_one_in(random, 8) ? 21 : 12);
		else
			toy_process_clean(&os->process[toy_random_below(
						  random, TOY_PROCESSES)],
					  toy_random_below(random, TOY_PAGES));
		for (unsigned int i = toy_random_below(random, 16); i > 0; i--)
			sched_yield();
	}
	return NULL;
}

static bool workers_are_done(void)
{
	for (unsigned int i = 0; i < TOY_THREADS; i++)
		if (atomic_load(&scene.worker[i].done) <
		    scene.worker[i].accesses)
			return false;
	return true;
}

/* Let all threads run; meanwhile this one calls `disturb`, if any. */
static void scene_run(void (*disturb)(void))
{
	pthread_create(&scene.reclaimer, NULL, reclaim, NULL);
	for (unsigned int i = 0; i < TOY_THREADS; i++)
		toy_worker_start(&scene.worker[i]);
	while (disturb != NULL && !workers_are_done()) {
		disturb();
		for (unsigned int i = toy_random_below(&scene.random, 64);
		     i > 0; i--)
			sched_yield();
	}
	for (unsigned int i = 0; i < TOY_THREADS; i++)
		toy_worker_stop(&scene.worker[i]);
	atomic_store(&scene.stop, true);
	pthread_join(scene.reclaimer, NULL);
}

static void kill_a_process(void)
{
	struct toy_process *process = &scene.os.process[toy_random_below(
		&scene.random, TOY_PROCESSES)];

	/* Some end in order, some in the middle of everything. */
	if (toy_one_in(&scene.random, 2))
		toy_devices_quiesce(scene.device, process);
	toy_os_exit_process(&scene.os, process);
	toy_process_wait_unbound(process);
	toy_process_start(process, ++scene.serial);
}

static void disturb_a_device(void)
{
	struct toy_device *device =
		&scene.device[toy_random_below(&scene.random, TOY_DEVICES)];
	const uint32_t allocation =
		1 + toy_random_below(&scene.random, TOY_ALLOCATION_MAX);

	switch (toy_random_below(&scene.random, 6)) {
	case 0:
		toy_device_reset(device);
		break;
	case 1:
		toy_device_toggle_ats(device);
		break;
	case 2:
		toy_device_toggle_pri(device);
		break;
	case 3:
		toy_device_fail_pri(device);
		break;
	default:
		vtd_endpoint_pri_allocation(
			device->ep,
			toy_one_in(&scene.random, 2) ? 1 : allocation);
	}
}

static void do_anything(void)
{
	if (toy_one_in(&scene.random, 2))
		kill_a_process();
	else
		disturb_a_device();
}

static void device_sees_its_process_only_when_pages_are_taken_back(void **state)
{
	struct fixture *fixture = *state;

	fixture->host.published = true;
	scene_start(fixture);
	scene_run(NULL);
	scene_end();
}

static void device_sees_its_process_only_when_memory_is_copied(void **state)
{
	scene_start(*state);
	scene_run(NULL);
	scene_end();
}

static void device_sees_its_process_only_when_processes_end(void **state)
{
	struct fixture *fixture = *state;

	fixture->host.published = true;
	scene_start(fixture);
	scene_run(kill_a_process);
	scene_end();
}

static void device_sees_its_process_only_when_devices_are_reset(void **state)
{
	struct fixture *fixture = *state;

	fixture->host.published = true;
	scene_start(fixture);
	scene_run(disturb_a_device);
	scene_end();
}

static void device_sees_its_process_only_when_all_happens_at_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->host.published = true;
	scene_start(fixture);
	scene_run(do_anything);
	scene_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			device_sees_its_process_only_when_pages_are_taken_back),
		FIXTURE_TEST(
			device_sees_its_process_only_when_memory_is_copied),
		FIXTURE_TEST(device_sees_its_process_only_when_processes_end),
		FIXTURE_TEST(
			device_sees_its_process_only_when_devices_are_reset),
		FIXTURE_TEST(
			device_sees_its_process_only_when_all_happens_at_once),
	};

	return RUN_TESTS(tests);
}
