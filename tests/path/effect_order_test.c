/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of what the unit makes the host do, between threads (ARCHITECTURE,
 * "The order of effects"; F 1.10, 5.6, 6.5). */
#include <pthread.h>
#include <sched.h>

#include "control.h"

#define FECTL 0x038
#define IOTLB_GLOBAL 0x12
#define PD 0x80
#define PAGE_GROUP_RESPONSE UINT64_C(0x01000009)
/* Chances for another thread to do what it must not. */
#define CHANCES 1000

/* ------------------------------------------------------------ Messages */

struct masker {
	struct fixture *f;
	pthread_t thread;
	bool started;
	atomic_bool masked;
	bool overtaken;
};

static void *mask(void *opaque)
{
	struct masker *masker = opaque;

	regs_write_32(masker->f->unit, FECTL, UINT32_C(1) << 31);
	atomic_store(&masker->masked, true);
	return NULL;
}

/* Software masks the event while its message leaves. */
static void mask_meanwhile(struct fake_host *host,
			   const struct fake_message *item)
{
	struct masker *masker = host->hook_data;

	(void)item;
	masker->started = true;
	assert_int_equal(pthread_create(&masker->thread, NULL, mask, masker),
			 0);
	for (unsigned int i = 0; i < CHANCES; i++)
		sched_yield();
	masker->overtaken = atomic_load(&masker->masked);
}

static void message_is_out_when_the_write_that_masks_returns(void **state)
{
	struct fixture *f = *state;
	struct masker masker = { .f = f };

	regs_set_event(f->unit, FECTL, 0xfee00000, 0x31);
	f->host.hook_data = &masker;
	f->host.on_message = mask_meanwhile;
	control_fault(f, 1);
	assert_true(masker.started);
	pthread_join(masker.thread, NULL);
	assert_false(masker.overtaken);
}

/* ----------------------------------------------------------- Responses */

/* Software submits, and its wait must not be over in here. */
static void submit_in_response(struct fake_host *host,
			       const struct vtd_page_group_response *item)
{
	struct fixture *f = host->hook_data;

	(void)item;
	regs_queue_put_wait(&f->queue, PD);
	regs_queue_submit(&f->queue);
	assert_false(regs_queue_is_done(&f->queue));
}

static void wait_follows_the_response_when_the_unit_answers_itself(void **state)
{
	struct fixture *f = *state;
	const struct vtd_page_request refused = {
		.sid = 0x4321,
		.read = true,
		.last = true,
	};

	f->host.hook_data = f;
	f->host.on_response = submit_in_response;
	vtd_unit_page_request(f->unit, &refused);
	assert_int_equal(f->host.responses, 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void look_at_wait(struct fake_host *host,
			 const struct vtd_page_group_response *item)
{
	struct fixture *f = host->hook_data;

	(void)item;
	assert_false(regs_queue_is_done(&f->queue));
}

static void wait_follows_the_response_when_software_answers(void **state)
{
	struct fixture *f = *state;

	f->host.hook_data = f;
	f->host.on_response = look_at_wait;
	assert_true(regs_queue_do(&f->queue, PAGE_GROUP_RESPONSE, 0));
	assert_int_equal(f->host.responses, 1);
}

/* -------------------------------------------------------------- Faults */

struct submitter {
	struct fixture *f;
	bool submitted;
};

static void *submit(void *opaque)
{
	struct submitter *submitter = opaque;

	regs_queue_put(&submitter->f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put_wait(&submitter->f->queue, 0);
	regs_queue_submit(&submitter->f->queue);
	return NULL;
}

/* Software invalidates while a request that will fault looks at tables. */
static void invalidate_meanwhile(struct fake_host *host, uint64_t address)
{
	struct submitter *submitter = host->hook_data;
	pthread_t thread;

	(void)address;
	if (submitter->submitted)
		return;
	submitter->submitted = true;
	assert_int_equal(pthread_create(&thread, NULL, submit, submitter), 0);
	pthread_join(thread, NULL);
}

static void wait_is_not_over(struct fake_host *host,
			     const struct fake_message *item)
{
	struct submitter *submitter = host->hook_data;

	(void)item;
	assert_false(regs_queue_is_done(&submitter->f->queue));
}

static void check_fault_precedes_wait(struct fixture *f,
				      void (*cause)(struct fixture *f))
{
	struct submitter submitter = { .f = f };

	regs_set_event(f->unit, FECTL, 0xfee00000, 0x31);
	f->host.hook_data = &submitter;
	fake_host_watch_reads(&f->host, invalidate_meanwhile);
	f->host.on_message = wait_is_not_over;
	cause(f);
	f->host.before_read = NULL;
	assert_true(submitter.submitted);
	assert_int_equal(f->host.messages, 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void access_nowhere(struct fixture *f)
{
	fixture_access(f, 0x4321, 0x5000, VTD_ACCESS_WRITE);
}

static void wait_follows_the_fault_when_its_request_is_drained(void **state)
{
	check_fault_precedes_wait(*state, access_nowhere);
}

static void interrupt_nobody(struct fixture *f)
{
	const struct vtd_interrupt_request request = {
		.sid = 1,
		.address = 0xfee00010,
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
}

static void wait_follows_the_fault_when_its_interrupt_is_drained(void **state)
{
	struct fixture *f = *state;

	regs_set_interrupt_table(f->unit, tables_pages(&f->tables, 2), 8,
				 false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
	fake_host_forget(&f->host);
	check_fault_precedes_wait(f, interrupt_nobody);
}

/* -------------------------------------------------------------- States */

struct saver {
	struct fixture *f;
	pthread_t thread;
	bool started;
	atomic_bool saved;
	bool overtaken;
};

static void *save(void *opaque)
{
	static uint8_t blob[VTD_STATE_SIZE_MAX];
	struct saver *saver = opaque;

	vtd_unit_save(saver->f->unit, blob, sizeof(blob));
	atomic_store(&saver->saved, true);
	return NULL;
}

static void save_meanwhile(struct fake_host *host,
			   const struct vtd_page_group_response *item)
{
	struct saver *saver = host->hook_data;

	(void)item;
	saver->started = true;
	assert_int_equal(pthread_create(&saver->thread, NULL, save, saver), 0);
	for (unsigned int i = 0; i < CHANCES; i++)
		sched_yield();
	saver->overtaken = atomic_load(&saver->saved);
}

static void check_saver(struct fixture *f, void (*respond)(struct fixture *f))
{
	struct saver saver = { .f = f };

	f->host.hook_data = &saver;
	f->host.on_response = save_meanwhile;
	respond(f);
	assert_true(saver.started);
	pthread_join(saver.thread, NULL);
	assert_false(saver.overtaken);
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

static void answer(struct fixture *f)
{
	regs_queue_put(&f->queue, PAGE_GROUP_RESPONSE, 0);
	regs_queue_submit(&f->queue);
}

static void state_has_no_gap_when_the_unit_answers_meanwhile(void **state)
{
	check_saver(*state, refuse);
}

static void state_has_no_gap_when_software_answers_meanwhile(void **state)
{
	check_saver(*state, answer);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, control_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(message_is_out_when_the_write_that_masks_returns),
		ON_UNIT(wait_follows_the_response_when_the_unit_answers_itself),
		ON_UNIT(wait_follows_the_fault_when_its_request_is_drained),
		ON_UNIT(wait_follows_the_fault_when_its_interrupt_is_drained),
		ON_UNIT(wait_follows_the_response_when_software_answers),
		ON_UNIT(state_has_no_gap_when_the_unit_answers_meanwhile),
		ON_UNIT(state_has_no_gap_when_software_answers_meanwhile),
	};

	return RUN_TESTS(tests);
}
