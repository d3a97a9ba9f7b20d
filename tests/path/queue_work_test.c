/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread that came for something else does a bounded amount of what software
 * submits (host.h); counted in descriptors. */
#include <pthread.h>
#include <semaphore.h>

#include "control.h"

#define IOTLB_GLOBAL 0x12
#define FENCE 0x40
/* What is in the queue when it runs, and what software submits on and on. */
#define HELD 100u
#define NARROW 240u
#define SUBMISSIONS 3000u
#define A_LITTLE 64u
#define HARDLY_ANY 4u

static int setup(void **state)
{
	if (control_setup(state) != 0)
		return -1;
	regs_queue_do(&((struct fixture *)*state)->queue, IOTLB_GLOBAL, 0);
	return 0;
}

static uint64_t executed(struct fixture *f)
{
	struct vtd_counters counters;

	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	return counters.descriptors;
}

/* Behind a wait that what is open now holds up. */
static void submit_behind_a_fence(struct fixture *f)
{
	regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put_wait(&f->queue, FENCE);
	for (unsigned int i = 0; i < HELD; i++)
		regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_false(regs_queue_is_done(&f->queue));
}

/* How often it took the timer. */
static unsigned int let_the_timer_do_the_rest(struct fixture *f)
{
	unsigned int times = 0;

	while (__atomic_exchange_n(&f->host.timer, 0, __ATOMIC_SEQ_CST) == 1) {
		vtd_unit_timer_expired(f->unit);
		times++;
	}
	assert_true(regs_queue_is_done(&f->queue));
	return times;
}

static void bracket_runs_a_little_when_the_queue_holds_much(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;
	uint64_t before;

	vtd_unit_dma_begin(f->unit, &bracket);
	submit_behind_a_fence(f);
	before = executed(f);
	vtd_unit_dma_end(f->unit, &bracket);
	assert_in_range(executed(f) - before, 1, A_LITTLE);
	assert_int_equal(let_the_timer_do_the_rest(f), 1);
}

/* Each is fetched, and completes. */
static void bracket_runs_half_as_many_when_all_are_waits(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;
	uint64_t before;

	vtd_unit_dma_begin(f->unit, &bracket);
	regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	for (unsigned int i = 0; i < HELD; i++)
		regs_queue_put_wait(&f->queue, FENCE);
	regs_queue_submit(&f->queue);
	before = executed(f);
	vtd_unit_dma_end(f->unit, &bracket);
	assert_in_range(executed(f) - before, 1, A_LITTLE / 2 + 1);
	assert_int_equal(let_the_timer_do_the_rest(f), 1);
}

static void completion_runs_a_little_when_the_queue_holds_much(void **state)
{
	struct fixture *f = *state;
	uint64_t before;

	regs_queue_put(&f->queue, 0x3 | (uint64_t)CONTROL_SID << 32, 0);
	submit_behind_a_fence(f);
	before = executed(f);
	vtd_unit_device_tlb_complete(
		f->unit, CONTROL_SID,
		UINT32_C(1) << f->host.invalidation[0].itag, 1);
	assert_in_range(executed(f) - before, 1, A_LITTLE);
	assert_int_equal(let_the_timer_do_the_rest(f), 1);
}

struct walker {
	struct fixture *f;
	pthread_t thread;
	sem_t entered;
	sem_t go;
	unsigned int walks;
};

static void stop_on_the_way(struct fake_host *host, uint64_t address)
{
	struct walker *walker = host->hook_data;

	(void)address;
	if (!pthread_equal(pthread_self(), walker->thread) ||
	    walker->walks++ > 0)
		return;
	sem_post(&walker->entered);
	sem_wait(&walker->go);
}

static void *translate(void *opaque)
{
	struct walker *walker = opaque;

	sem_wait(&walker->go);
	control_translate(walker->f);
	return NULL;
}

static void
translation_runs_hardly_anything_when_the_queue_holds_much(void **state)
{
	struct fixture *f = *state;
	struct walker walker = { .f = f };
	uint64_t before;

	sem_init(&walker.entered, 0, 0);
	sem_init(&walker.go, 0, 0);
	assert_int_equal(
		pthread_create(&walker.thread, NULL, translate, &walker), 0);
	f->host.hook_data = &walker;
	fake_host_watch_reads(&f->host, stop_on_the_way);
	sem_post(&walker.go);
	sem_wait(&walker.entered);
	submit_behind_a_fence(f);
	before = executed(f);
	sem_post(&walker.go);
	pthread_join(walker.thread, NULL);
	f->host.before_read = NULL;
	assert_in_range(executed(f) - before, 1, HARDLY_ANY);
	let_the_timer_do_the_rest(f);
	sem_destroy(&walker.entered);
	sem_destroy(&walker.go);
}

struct submitter {
	struct fixture *f;
	unsigned int left;
};

/* Another processor is as fast as the queue. */
static int submit_one_more(struct fake_host *host,
			   const struct vtd_notice_ticket *ticket)
{
	struct submitter *submitter = host->hook_data;

	(void)ticket;
	if (submitter->left == 0)
		return 0;
	submitter->left--;
	regs_queue_put(&submitter->f->queue, IOTLB_GLOBAL, 0);
	if (submitter->left == 0)
		regs_queue_put_wait(&submitter->f->queue, 0);
	regs_queue_submit(&submitter->f->queue);
	return 0;
}

static void bracket_runs_a_little_when_software_keeps_submitting(void **state)
{
	struct fixture *f = *state;
	struct submitter submitter = { .f = f, .left = SUBMISSIONS };
	struct vtd_dma_bracket bracket;
	uint64_t before;

	f->host.hook_data = &submitter;
	vtd_unit_dma_begin(f->unit, &bracket);
	submit_behind_a_fence(f);
	f->host.on_notice = submit_one_more;
	before = executed(f);
	vtd_unit_dma_end(f->unit, &bracket);
	assert_in_range(executed(f) - before, 1, A_LITTLE);
	/* So does the timer, which comes again. */
	assert_true(let_the_timer_do_the_rest(f) > 1);
	assert_int_equal(submitter.left, 0);
}

static void submission_runs_all_when_the_queue_holds_much(void **state)
{
	struct fixture *f = *state;

	f->host.timer = 0;
	for (unsigned int i = 0; i < HELD; i++)
		regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(f->host.timer, 0);
}

/* A unit whose descriptors have 128 bits: a page holds most of them. */
static void run_narrow(struct fixture *f)
{
	vtd_unit_destroy(f->unit);
	fixture_legacy_only(&f->config);
	fixture_run(f, VTD_TTM_LEGACY);
	regs_queue_do(&f->queue, IOTLB_GLOBAL, 0);
	f->host.timer = 0;
}

static void check_runs_all(struct fixture *f)
{
	regs_queue_submit(&f->queue);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(f->host.timer, 0);
}

static void submission_runs_all_when_each_notice_has_its_fence(void **state)
{
	struct fixture *f = *state;

	run_narrow(f);
	for (unsigned int i = 0; i < NARROW / 2; i++) {
		regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
		regs_queue_put_wait(&f->queue, FENCE);
	}
	check_runs_all(f);
}

/* Each has a trace to deliver before the next one completes. */
static void
submission_runs_all_when_no_wait_has_ram_for_its_status(void **state)
{
	struct fixture *f = *state;

	run_narrow(f);
	for (unsigned int i = 0; i < NARROW; i++)
		regs_queue_put(&f->queue, 0x25 | FENCE, FAKE_HOST_RAM_SIZE);
	regs_queue_put_wait(&f->queue, 0);
	check_runs_all(f);
}

static void submission_is_bounded_when_software_keeps_submitting(void **state)
{
	struct fixture *f = *state;
	struct submitter submitter = { .f = f, .left = SUBMISSIONS };
	uint64_t before = executed(f);

	f->host.hook_data = &submitter;
	f->host.on_notice = submit_one_more;
	regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_submit(&f->queue);
	assert_in_range(executed(f) - before, 1, 2 * A_LITTLE);
	let_the_timer_do_the_rest(f);
}

/* Nobody else would go on. */
static void bracket_runs_all_when_the_host_has_no_timer(void **state)
{
	struct fixture *f = *state;
	struct vtd_host_ops ops = fake_host_ops;
	struct vtd_dma_bracket bracket;

	vtd_unit_destroy(f->unit);
	ops.timer_set = NULL;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	f->host.unit = f->unit;
	fixture_enable(f, VTD_TTM_SCALABLE);
	regs_queue_do(&f->queue, IOTLB_GLOBAL, 0);
	vtd_unit_dma_begin(f->unit, &bracket);
	submit_behind_a_fence(f);
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_is_done(&f->queue));
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(bracket_runs_a_little_when_the_queue_holds_much),
		ON_UNIT(bracket_runs_half_as_many_when_all_are_waits),
		ON_UNIT(completion_runs_a_little_when_the_queue_holds_much),
		ON_UNIT(translation_runs_hardly_anything_when_the_queue_holds_much),
		ON_UNIT(bracket_runs_a_little_when_software_keeps_submitting),
		ON_UNIT(submission_runs_all_when_the_queue_holds_much),
		ON_UNIT(submission_runs_all_when_each_notice_has_its_fence),
		ON_UNIT(submission_runs_all_when_no_wait_has_ram_for_its_status),
		ON_UNIT(submission_is_bounded_when_software_keeps_submitting),
		ON_UNIT(bracket_runs_all_when_the_host_has_no_timer),
	};

	return RUN_TESTS(tests);
}
