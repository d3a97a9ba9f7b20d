/* SPDX-License-Identifier: BSD-3-Clause */
/* A state is saved while software keeps the queue busy: the queue makes room for
 * that, and goes on after. */
#include <pthread.h>
#include <sched.h>

#include "control.h"
#include "unit.h"

#define IOTLB_GLOBAL 0x12
#define HELD 100u
/* Effects of a round. */
#define A_ROUND 16u

struct saver {
	struct fixture *f;
	pthread_t thread;
	bool started;
	uint64_t executed; /* at once, of what it submitted */
	uint64_t timer;	   /* the host's, after that */
	size_t size;
	uint8_t blob[VTD_STATE_SIZE_MAX];
};

static void *save(void *opaque)
{
	struct saver *saver = opaque;

	saver->size =
		vtd_unit_save(saver->f->unit, saver->blob, sizeof(saver->blob));
	return NULL;
}

static uint64_t executed(struct fixture *f)
{
	struct vtd_counters counters;

	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	return counters.descriptors;
}

static bool waits(struct vtd_unit *unit)
{
	bool waits;

	vtd_unit_lock(unit);
	waits = unit->queue.savers > 0;
	vtd_unit_unlock(unit);
	return waits;
}

/* In a callback: it cannot get through before this returns. */
static void start(struct saver *saver)
{
	if (saver->started)
		return;
	saver->started = true;
	assert_int_equal(pthread_create(&saver->thread, NULL, save, saver), 0);
	while (!waits(saver->f->unit))
		sched_yield();
}

static int start_in_notice(struct fake_host *host,
			   const struct vtd_notice_ticket *ticket)
{
	(void)ticket;
	start(host->hook_data);
	return 0;
}

static void submit(struct fixture *f)
{
	for (unsigned int i = 0; i < HELD; i++)
		regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
}

static void start_and_submit(struct fake_host *host,
			     const struct vtd_page_group_response *item)
{
	struct saver *saver = host->hook_data;
	uint64_t before = executed(saver->f);

	(void)item;
	start(saver);
	submit(saver->f);
	saver->executed = executed(saver->f) - before;
	saver->timer = __atomic_load_n(&host->timer, __ATOMIC_SEQ_CST);
}

/* The timer goes on, and so does a unit that has the state. */
static void check_goes_on(struct fixture *f, struct saver *saver)
{
	f->host.on_notice = NULL;
	f->host.on_response = NULL;
	assert_false(regs_queue_is_done(&f->queue));
	assert_int_equal(
		__atomic_exchange_n(&f->host.timer, 0, __ATOMIC_SEQ_CST), 1);
	vtd_unit_timer_expired(f->unit);
	assert_true(regs_queue_is_done(&f->queue));
	/* Once: the next one leaves nothing. */
	vtd_unit_save(f->unit, NULL, 0);
	assert_int_equal(f->host.timer, 0);
	fake_host_set_32(&f->host, f->queue.status, 0);
	assert_int_equal(vtd_unit_load(f->unit, saver->blob, saver->size, NULL),
			 0);
	vtd_unit_timer_expired(f->unit);
	assert_true(regs_queue_is_done(&f->queue));
}

static void runner_stops_after_its_round_when_another_saves(void **state)
{
	static struct saver saver;
	struct fixture *f = *state;
	uint64_t before = executed(f);

	saver = (struct saver){ .f = f };
	f->host.hook_data = &saver;
	f->host.on_notice = start_in_notice;
	submit(f);
	pthread_join(saver.thread, NULL);
	assert_in_range(executed(f) - before, 1, A_ROUND);
	check_goes_on(f, &saver);
}

static void refuse(struct fixture *f)
{
	const struct vtd_page_request refused = {
		.sid = 0x4321,
		.read = true,
		.last = true,
	};

	vtd_unit_page_request(f->unit, &refused);
}

static void submission_is_left_when_another_saves(void **state)
{
	static struct saver saver;
	struct fixture *f = *state;

	saver = (struct saver){ .f = f };
	f->host.hook_data = &saver;
	f->host.on_response = start_and_submit;
	refuse(f);
	pthread_join(saver.thread, NULL);
	assert_int_equal(saver.executed, 0);
	assert_int_equal(saver.timer, 0); /* it would find the queue held */
	check_goes_on(f, &saver);
}

/* Nobody else would go on. */
static void
submission_runs_when_another_saves_and_there_is_no_timer(void **state)
{
	static struct saver saver;
	struct fixture *f = *state;
	struct vtd_host_ops ops = fake_host_ops;

	vtd_unit_destroy(f->unit);
	ops.timer_set = NULL;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	f->host.unit = f->unit;
	fixture_enable(f, VTD_TTM_SCALABLE);
	saver = (struct saver){ .f = f };
	f->host.hook_data = &saver;
	f->host.on_response = start_and_submit;
	refuse(f);
	pthread_join(saver.thread, NULL);
	assert_int_equal(saver.executed, HELD + 1);
	assert_true(regs_queue_is_done(&f->queue));
}

int main(void)
{
#define ON_UNIT(name)                                                  \
	cmocka_unit_test_setup_teardown(name, control_setup_forgotten, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(runner_stops_after_its_round_when_another_saves),
		ON_UNIT(submission_is_left_when_another_saves),
		ON_UNIT(submission_runs_when_another_saves_and_there_is_no_timer),
	};

	return RUN_TESTS(tests);
}
