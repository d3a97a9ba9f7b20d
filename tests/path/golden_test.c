/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * States that earlier versions saved (golden_units.h): each is loaded for ever,
 * and means what it meant.  The scene is always the same, and what is saved of it
 * now is the latest of them, byte by byte.
 *
 * With VTD_GOLDEN_WRITE in the environment the program prints what is saved: a new
 * version of the state goes into golden_units.h behind the others.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <vtd/capabilities.h>

#include "control.h"
#include "golden_units.h"
#include "saved.h"

#define DEVICE_TLB UINT64_C(0x0000010000000003)
#define PASID_DEVICE_TLB UINT64_C(0x0000000501000008)
#define QUEUE_ERROR 0xf

#define LATEST (sizeof(golden_units) / sizeof(*golden_units) - 1)

/* As it was when the first of them was saved, whatever defaults become. */
static void take_config(struct fixture *f)
{
	f->config.size = sizeof(f->config);
	assert_int_equal(vtd_state_config(golden_units[0].words,
					  8 * golden_units[0].count, &f->config,
					  NULL),
			 0);
	f->config.device_tlb_timeout = 1000;
}

static int setup(void **state)
{
	if (fixture_setup(state) != 0)
		return -1;
	take_config(*state);
	return 0;
}

/* Two requests, of which the first has 600 ns left, and the second, sent later,
 * 900; a wait between them and one behind; then an error.  Two faults, a page
 * request, an event that is held. */
static void play(struct fixture *f)
{
	struct regs_page_queue queue;

	control_run(f);
	f->host.now = 10000;
	control_fault(f, 1);
	control_fault(f, 2);
	regs_page_queue_start(&queue, f->unit, &f->tables);
	control_page_request(f);
	regs_queue_put(&f->queue, DEVICE_TLB, 0x7000);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
	f->host.now += 300;
	regs_queue_put(&f->queue, PASID_DEVICE_TLB,
		       UINT64_C(0x7ffffffffffff800) | 1);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_put(&f->queue, QUEUE_ERROR, 0);
	regs_queue_submit(&f->queue);
	f->host.now += 100;
}

static void save(struct fixture *f, struct saved *saved)
{
	saved->size = vtd_unit_save(f->unit, saved->byte, sizeof(saved->byte));
	assert_in_range(saved->size, 1, VTD_STATE_SIZE_MAX);
}

static void take_words(struct saved *saved, const struct golden *golden)
{
	saved->size = 8 * golden->count;
	for (size_t i = 0; i < golden->count; i++)
		saved_set_raw(saved, i, golden->words[i]);
}

static void bytes_are_the_latest_when_saved(void **state)
{
	static struct saved saved, golden;
	struct fixture *f = *state;

	play(f);
	save(f, &saved);
	take_words(&golden, &golden_units[LATEST]);
	assert_int_equal(saved.size, golden.size);
	assert_memory_equal(saved.byte, golden.byte, saved.size);
}

/* What software, the host and the endpoint see of it. */
static void check_meaning(struct fixture *f, unsigned int left)
{
	const struct fake_host *host = &f->host;

	assert_int_equal(control_fsts(f) & (FSTS_IQE | FSTS_PPF),
			 FSTS_IQE | FSTS_PPF);
	assert_int_equal(host->invalidations, 2);
	assert_int_equal(host->invalidation[0].sid, 0x0100);
	assert_false(host->invalidation[0].pasid_present);
	assert_true(host->invalidation[0].first == 0x7000);
	assert_true(host->invalidation[1].pasid_present);
	assert_int_equal(host->invalidation[1].pasid, 5);
	assert_true(host->invalidation[1].first == 0 &&
		    host->invalidation[1].last == UINT64_MAX);
	assert_int_equal(host->timer, left);
	assert_int_equal(control_translate(f).status, VTD_STATUS_SUCCESS);

	vtd_unit_device_tlb_complete(
		f->unit, 0x0100, UINT32_C(1) << host->invalidation[1].itag, 1);
	assert_int_equal(regs_read_32(f->unit, 0x09c), 0);
	vtd_unit_device_tlb_complete(
		f->unit, 0x0100, UINT32_C(1) << host->invalidation[0].itag, 1);
	assert_int_equal(regs_read_32(f->unit, 0x09c), 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void check_golden(struct fixture *f, const struct golden *golden)
{
	static struct saved saved;
	const char *reason = NULL;

	/* What software has in memory, then another machine. */
	play(f);
	vtd_unit_destroy(f->unit);
	fixture_start(f);
	f->queue.unit = f->unit;
	fake_host_forget(&f->host);
	fake_host_set_32(&f->host, f->queue.status, 0);
	take_words(&saved, golden);
	assert_int_equal(
		vtd_unit_load(f->unit, saved.byte, saved.size, &reason), 0);
	f->host.timer = 0;
	vtd_unit_timer_expired(f->unit);
	check_meaning(f, golden->left);
}

static void state_means_the_same_when_version_2_saved_it(void **state)
{
	check_golden(*state, &golden_units[0]);
}

static void state_means_the_same_when_version_3_saved_it(void **state)
{
	check_golden(*state, &golden_units[1]);
}

/* The documented upgrade. */
static void state_is_of_the_latest_version_when_it_is_saved_again(void **state)
{
	static struct saved old, again;
	struct fixture *f = *state;

	fixture_start(f);
	take_words(&old, &golden_units[0]);
	assert_int_equal(vtd_unit_load(f->unit, old.byte, old.size, NULL), 0);
	save(f, &again);
	assert_true(saved_word(&again, 0) >> 32 > saved_word(&old, 0) >> 32);
	assert_int_equal(vtd_unit_load(f->unit, again.byte, again.size, NULL),
			 0);
}

static void print(void)
{
	static struct saved saved;
	struct fixture *f;
	void *state;

	assert_int_equal(setup(&state), 0);
	f = state;
	play(f);
	save(f, &saved);
	for (size_t i = 0; i < saved.size / 8; i++)
		printf("%s0x%016" PRIx64 ",%s", i % 3 ? " " : "\t",
		       saved_word(&saved, i), i % 3 == 2 ? "\n" : "");
	printf("\n");
	fixture_teardown(&state);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(bytes_are_the_latest_when_saved),
		ON_UNIT(state_means_the_same_when_version_2_saved_it),
		ON_UNIT(state_means_the_same_when_version_3_saved_it),
		ON_UNIT(state_is_of_the_latest_version_when_it_is_saved_again),
	};

	if (getenv("VTD_GOLDEN_WRITE") != NULL) {
		print();
		return 0;
	}
	return RUN_TESTS(tests);
}
