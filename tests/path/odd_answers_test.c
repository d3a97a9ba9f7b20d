/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hosts and endpoints that answer invalidate requests at once, later, never, twice,
 * from another thread, for somebody else, or with errors: every combination for
 * three requests with waits between them.  A wait completes only when what precedes
 * it is answered; errors are raised where there is one, and where there is none, not;
 * and the queue goes on when software has cleared them.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "control.h"

#define DEVICE_TLB UINT64_C(0x0000010000000003)
#define REQUESTS 3
#define TIMEOUT 1000000

enum answer {
	AT_ONCE,
	LATER,
	NEVER,
	TWICE,
	BY_ANOTHER_THREAD,
	FOR_SOMEBODY_ELSE, /* and never for itself */
	BUSY_ONCE,
	BUSY,
	GONE,
	ANSWERS
};

/* Errors that come of it. */
static const uint32_t raises[ANSWERS] = {
	[NEVER] = FSTS_ITE,
	[TWICE] = FSTS_ICE,
	[FOR_SOMEBODY_ELSE] = FSTS_ICE | FSTS_ITE,
	[BUSY] = FSTS_ITE,
	[GONE] = FSTS_ITE,
};

struct request {
	enum answer answer;
	bool sent;
	atomic_bool answered;
	bool running; /* the thread */
	bool was_busy;
	uint8_t itag;
	pthread_t thread;
};

struct scene {
	struct fixture *f;
	struct request request[REQUESTS];
	uint64_t status[REQUESTS]; /* where the wait behind each writes */
};

static void complete(struct scene *scene, struct request *request, uint16_t sid)
{
	if (sid == CONTROL_SID)
		request->answered = true;
	vtd_unit_device_tlb_complete(scene->f->unit, sid,
				     UINT32_C(1) << request->itag, 1);
}

static struct scene scene_of_threads;

static void *complete_in_thread(void *opaque)
{
	complete(&scene_of_threads, opaque, CONTROL_SID);
	return NULL;
}

/* The range says which one it is. */
static int answer(struct fake_host *host,
		  const struct vtd_device_tlb_invalidation *item)
{
	struct scene *scene = host->hook_data;
	struct request *request = &scene->request[item->first >> 12];
	bool was_busy = request->was_busy;

	request->itag = item->itag;
	request->was_busy = true;
	switch (request->answer) {
	case BUSY_ONCE:
		if (!was_busy)
			return -EBUSY;
		break;
	case BUSY:
		return -EBUSY;
	case GONE:
		return -ENODEV;
	default:
		break;
	}
	assert_false(request->sent);
	request->sent = true;
	request->running = request->answer == BY_ANOTHER_THREAD;
	if (request->running)
		assert_int_equal(pthread_create(&request->thread, NULL,
						complete_in_thread, request),
				 0);
	if (request->answer == AT_ONCE || request->answer == TWICE ||
	    request->answer == BUSY_ONCE)
		complete(scene, request, CONTROL_SID);
	if (request->answer == TWICE)
		complete(scene, request, CONTROL_SID);
	if (request->answer == FOR_SOMEBODY_ELSE)
		complete(scene, request, CONTROL_SID + 1);
	return 0;
}

static void submit(struct scene *scene)
{
	struct regs_queue *queue = &scene->f->queue;

	for (unsigned int i = 0; i < REQUESTS; i++) {
		regs_queue_put(queue, DEVICE_TLB, UINT64_C(0x1000) * i);
		regs_queue_put(queue, 0x25 | UINT64_C(1) << 32,
			       scene->status[i]);
	}
	regs_queue_submit(queue);
}

static bool is_done(struct scene *scene, unsigned int i)
{
	return fake_host_get_32(&scene->f->host, scene->status[i]) != 0;
}

/* The promise. */
static void check_waits(struct scene *scene)
{
	for (unsigned int i = 0; i < REQUESTS; i++)
		for (unsigned int j = 0; j <= i && is_done(scene, i); j++)
			assert_true(scene->request[j].answered);
}

/* All that is to come, and the errors that software sees meanwhile. */
static uint32_t go_on(struct scene *scene)
{
	struct fixture *f = scene->f;
	uint32_t errors = 0;

	for (unsigned int round = 0; round < 4 * REQUESTS; round++) {
		for (unsigned int i = 0; i < REQUESTS; i++) {
			struct request *request = &scene->request[i];

			if (request->running)
				pthread_join(request->thread, NULL);
			request->running = false;
			if (request->answer == LATER && request->sent &&
			    !request->answered)
				complete(scene, request, CONTROL_SID);
		}
		check_waits(scene);
		errors |= control_fsts(f) & (FSTS_ICE | FSTS_ITE | FSTS_IQE);
		regs_write_32(f->unit, 0x034, FSTS_ICE | FSTS_ITE);
		vtd_kit_host_pass_time(&f->host, TIMEOUT / 2);
		check_waits(scene);
	}
	return errors;
}

static void check_combination(struct scene *scene)
{
	struct fixture *f = scene->f;
	uint32_t expected = 0;
	uint32_t errors;

	for (unsigned int i = 0; i < REQUESTS; i++) {
		fake_host_set_32(&f->host, scene->status[i], 0);
		expected |= raises[scene->request[i].answer];
	}
	submit(scene);
	check_waits(scene);
	errors = go_on(scene);
	assert_int_equal(errors, expected);
	for (unsigned int i = 0; i < REQUESTS && (expected & FSTS_ITE) == 0;
	     i++)
		assert_true(is_done(scene, i));
	f->host.on_invalidation = fake_host_complete_at_once;
	assert_true(regs_queue_do(&f->queue, DEVICE_TLB, 0x7000));
	f->host.on_invalidation = answer;
}

static void promises_are_kept_when_answers_are_odd(void **state)
{
	struct fixture *f = *state;
	struct scene *scene = &scene_of_threads;
	unsigned int combinations = 1;

	*scene = (struct scene){ .f = f };
	f->host.hook_data = scene;
	f->host.on_invalidation = answer;
	for (unsigned int i = 0; i < REQUESTS; i++) {
		scene->status[i] = tables_page(&f->tables);
		combinations *= ANSWERS;
	}
	for (unsigned int number = 0; number < combinations; number++) {
		unsigned int rest = number;

		for (unsigned int i = 0; i < REQUESTS; i++) {
			scene->request[i] = (struct request){
				.answer = (enum answer)(rest % ANSWERS),
			};
			rest /= ANSWERS;
		}
		check_combination(scene);
	}
}

static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->config.device_tlb_timeout = TIMEOUT;
	f->host.now = 1;
	control_run(f);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			promises_are_kept_when_answers_are_odd, setup,
			fixture_teardown),
	};

	return RUN_TESTS(tests);
}
