/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The moments that svm_loop_test.c hits by chance, one by one: what has to wait
 * for what between unit, endpoint and operating system.
 */
#include <sched.h>
#include <semaphore.h>

#include "check.h"
#include "toy_device.h"

struct scene {
	struct toy_os os;
	struct toy_device device[TOY_DEVICES];
	struct toy_worker worker;
	struct toy_process *process;
};

static struct scene scene;

/* Goes on when it fails: the scene has to come to its end. */
#define CHECK(condition)                                                       \
	do {                                                                   \
		if (!(condition))                                              \
			toy_fail(&scene.os.log, "not: " #condition, __LINE__); \
	} while (0)

static void scene_start(struct fixture *fixture)
{
	scene = (struct scene){ .process = &scene.os.process[0] };
	toy_os_start(&scene.os, fixture, 1);
	for (unsigned int i = 0; i < TOY_DEVICES; i++) {
		toy_device_start(&scene.device[i], &scene.os, i);
		scene.device[i].prompt = true;
	}
	scene.worker.device = &scene.device[0];
}

static void scene_end(void)
{
	toy_os_stop(&scene.os);
	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		toy_device_stop(&scene.device[i]);
	assert_int_equal(scene.os.log.failures, 0);
}

static enum vtd_endpoint_result access_page(unsigned int page, bool write)
{
	return toy_worker_access(&scene.worker, scene.process, page, write);
}

static void wait_for(uint32_t sequence)
{
	while (!toy_queue_is_done(&scene.os.queue, sequence))
		sched_yield();
}

static struct vtd_endpoint_access read_of(unsigned int page)
{
	return (struct vtd_endpoint_access){
		.address = scene.process->page[page].address,
		.access = VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = scene.process->pasid,
	};
}

static void wait_is_pending_when_access_is_open(void **state)
{
	struct vtd_endpoint_access access;
	struct vtd_endpoint_mapping mapping;
	struct toy_batch batch = { 0 };
	uint32_t sequence;

	scene_start(*state);
	access = read_of(0);
	CHECK(vtd_endpoint_access_begin(scene.device[0].ep, &access,
					&mapping) == VTD_ENDPOINT_OK);
	toy_batch_iotlb_page(&batch, FIXTURE_DID, access.pasid, access.address,
			     12);
	toy_batch_device_tlb(&batch, scene.os.sid[0], access.pasid,
			     access.address, 12);
	sequence = toy_queue_submit(&scene.os.queue, &batch, 0);
	CHECK(!toy_queue_is_done(&scene.os.queue, sequence));
	vtd_endpoint_access_end(scene.device[0].ep, &mapping);
	CHECK(toy_queue_is_done(&scene.os.queue, sequence));
	scene_end();
}

static bool taken_back;

static void take_page_0_back(struct vtd_kit_link *link,
			     const struct vtd_request *request,
			     const struct vtd_translation *result)
{
	(void)link;
	(void)request;
	(void)result;
	if (!taken_back)
		taken_back = toy_process_take_back(scene.process, 0);
}

static void
access_finds_new_frame_when_page_is_taken_back_while_translating(void **state)
{
	struct vtd_atc_counters counters;

	scene_start(*state);
	CHECK(access_page(0, true) == VTD_ENDPOINT_OK);
	/* So that the ATC has to ask again. */
	vtd_endpoint_ats_control(scene.device[0].ep, false, 0);
	vtd_endpoint_ats_control(scene.device[0].ep, true, 0);
	taken_back = false;
	scene.device[0].link.on_translation = take_page_0_back;
	/* Checks that the frame is not the one that is free now. */
	CHECK(access_page(0, true) == VTD_ENDPOINT_OK);
	CHECK(taken_back);
	vtd_endpoint_atc_counters(scene.device[0].ep, &counters,
				  sizeof(counters));
	CHECK(counters.discarded_fills == 1);
	scene_end();
}

/* A walk that is held up just before it sets a bit in the entry at `held_entry`. */
static _Atomic uint64_t held_entry;
static sem_t walk_is_held;
static sem_t walk_goes_on;

static void hold_walk(struct fake_host *host, uint64_t address)
{
	uint64_t entry = address;

	(void)host;
	if (!atomic_compare_exchange_strong(&held_entry, &entry, UINT64_MAX))
		return;
	sem_post(&walk_is_held);
	sem_wait(&walk_goes_on);
}

static void *walk(void *opaque)
{
	const struct vtd_endpoint_access access = read_of(0);
	const struct vtd_request request = {
		.sid = scene.os.sid[0],
		.type = VTD_AT_TRANSLATION,
		.address = access.address,
		.pasid_present = true,
		.pasid = access.pasid,
	};

	vtd_unit_translate(scene.os.unit, &request, opaque);
	return NULL;
}

/* The walk sets accessed bits in tables that the wait says are free. */
static void wait_is_pending_when_walk_is_about_to_write(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation translation;
	struct toy_batch batch = { 0 };
	pthread_t walker;
	uint32_t sequence;

	sem_init(&walk_is_held, 0, 0);
	sem_init(&walk_goes_on, 0, 0);
	atomic_store(&held_entry, UINT64_MAX);
	fixture->host.before_swap = hold_walk;
	scene_start(fixture);
	CHECK(access_page(0, true) == VTD_ENDPOINT_OK);

	tables_change(&fixture->tables, scene.process->page[0].leaf, 0,
		      VTD_FS_A);
	atomic_store(&held_entry, scene.process->page[0].leaf);
	pthread_create(&walker, NULL, walk, &translation);
	sem_wait(&walk_is_held);
	toy_batch_iotlb(&batch, FIXTURE_DID, scene.process->pasid);
	sequence = toy_queue_submit(&scene.os.queue, &batch, 0);
	CHECK(!toy_queue_is_done(&scene.os.queue, sequence));
	sem_post(&walk_goes_on);
	pthread_join(walker, NULL);
	wait_for(sequence);
	scene_end();
}

static uint32_t submitted;

static void invalidate_while_requesting(struct vtd_kit_link *link,
					const struct vtd_page_request *request)
{
	struct toy_batch batch = { 0 };

	(void)request;
	link->before_page_request = NULL;
	toy_batch_device_tlb(&batch, scene.os.sid[0], scene.process->pasid, 0,
			     64);
	submitted = toy_queue_submit(&scene.os.queue, &batch, 0);
	CHECK(!toy_queue_is_done(&scene.os.queue, submitted));
}

/* PCIe: the completion pushes the request, so that a drain finds it. */
static void wait_is_pending_when_page_request_is_on_its_way(void **state)
{
	scene_start(*state);
	scene.device[0].link.before_page_request = invalidate_while_requesting;
	CHECK(access_page(0, true) == VTD_ENDPOINT_OK);
	CHECK(toy_queue_is_done(&scene.os.queue, submitted));
	scene_end();
}

struct request {
	struct vtd_endpoint_wait wait;
	enum vtd_endpoint_result result;
	atomic_bool done;
};

static void request_ended(void *opaque, enum vtd_endpoint_result result)
{
	struct request *request = opaque;

	request->result = result;
	atomic_store(&request->done, true);
}

static void ask_for(unsigned int pages, struct request *request)
{
	const struct vtd_endpoint_access access = read_of(0);

	request->wait.done = request_ended;
	request->wait.opaque = request;
	vtd_endpoint_page_request(scene.device[0].ep, &access, pages,
				  &request->wait);
}

/* The queue has 127 places. */
static void access_succeeds_when_page_request_queue_has_overflowed(void **state)
{
	struct request queued = { .result = VTD_ENDPOINT_OK };
	struct request lost = { .result = VTD_ENDPOINT_REFUSED };

	scene_start(*state);
	toy_os_pause(&scene.os, true);
	ask_for(100, &queued);
	ask_for(100, &lost);
	/* By the unit itself; the device is to ask again. */
	CHECK(lost.done);
	CHECK(lost.result == VTD_ENDPOINT_OK);
	CHECK(!queued.done);

	toy_os_pause(&scene.os, false);
	toy_os_drain(&scene.os, 0);
	CHECK(scene.os.overflows == 1);
	CHECK(queued.done);
	/* Not all of these addresses are pages of the process. */
	CHECK(queued.result == VTD_ENDPOINT_REFUSED);
	CHECK(access_page(0, true) == VTD_ENDPOINT_OK);
	scene_end();
}

static void access_is_refused_when_process_has_ended(void **state)
{
	scene_start(*state);
	CHECK(access_page(0, true) == VTD_ENDPOINT_OK);
	toy_os_exit_process(&scene.os, scene.process);
	CHECK(access_page(0, false) == VTD_ENDPOINT_REFUSED);
	scene_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(wait_is_pending_when_access_is_open),
		FIXTURE_TEST(
			access_finds_new_frame_when_page_is_taken_back_while_translating),
		FIXTURE_TEST(wait_is_pending_when_walk_is_about_to_write),
		FIXTURE_TEST(wait_is_pending_when_page_request_is_on_its_way),
		FIXTURE_TEST(
			access_succeeds_when_page_request_queue_has_overflowed),
		FIXTURE_TEST(access_is_refused_when_process_has_ended),
	};

	return RUN_TESTS(tests);
}
