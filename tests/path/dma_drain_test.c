/* SPDX-License-Identifier: BSD-3-Clause */
/* Invalidation waits and uses of translations in flight: the promise of
 * vtd_unit_dma_begin() (vtd.h; F 5.6, draining). */
#include <pthread.h>
#include <stdlib.h>

#include "control.h"

#define IOTLB_GLOBAL 0x12
#define IEC_GLOBAL 0x04

static int setup(void **state)
{
	if (control_setup(state) != 0)
		return -1;
	/* SRTP and TE asked for a drain of their own. */
	regs_queue_do(&((struct fixture *)*state)->queue, IOTLB_GLOBAL, 0);
	return 0;
}

static int setup_recorded(void **state)
{
	int error;

	setenv("VTD_RECORDED", "1", 0);
	error = setup(state);
	unsetenv("VTD_RECORDED");
	return error;
}

static void wait_completes_when_no_bracket_is_open(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
}

static void wait_completes_with_the_bracket_when_one_is_open(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_is_done(&f->queue));
}

/* These go other ways (begin_recorded(), end_recorded() in unit.c). */
static void wait_completes_with_the_bracket_when_unit_is_recorded(void **state)
{
	wait_completes_with_the_bracket_when_one_is_open(state);
}

static void wait_ignores_brackets_when_they_open_after_it(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket first, second;

	vtd_unit_dma_begin(f->unit, &first);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	vtd_unit_dma_begin(f->unit, &second);
	vtd_unit_dma_end(f->unit, &first);
	assert_true(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &second);
}

/* A wait without an invalidation before it has nothing to cover. */
static void wait_ignores_brackets_when_nothing_was_invalidated(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_true(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &bracket);
}

/* Nor in a unit in which nothing was ever invalidated. */
static void wait_ignores_brackets_when_unit_is_new(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	fixture_start(f);
	vtd_unit_dma_begin(f->unit, &bracket);
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_true(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &bracket);
}

static void wait_covers_every_bracket_when_several_are_open(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket[3];

	for (int i = 0; i < 3; i++)
		vtd_unit_dma_begin(f->unit, &bracket[i]);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	vtd_unit_dma_end(f->unit, &bracket[1]);
	vtd_unit_dma_end(f->unit, &bracket[0]);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &bracket[2]);
	assert_true(regs_queue_is_done(&f->queue));
}

/* The second wait needs a drain that begins after the first one's. */
static void
second_wait_covers_brackets_when_opened_during_the_first(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket first, second;

	vtd_unit_dma_begin(f->unit, &first);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	vtd_unit_dma_begin(f->unit, &second);
	regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	vtd_unit_dma_end(f->unit, &first);
	assert_false(regs_queue_is_done(&f->queue));
	assert_int_equal(fake_host_get_32(&f->host, f->queue.status),
			 f->queue.sequence - 1);
	vtd_unit_dma_end(f->unit, &second);
	assert_true(regs_queue_is_done(&f->queue));
}

/* SRTP drains too; it must not make the earlier drain forget its brackets. */
static void wait_still_covers_bracket_when_root_is_set_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_is_done(&f->queue));
}

static void wait_needs_both_when_bracket_and_endpoint_are_busy(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	vtd_unit_device_tlb_complete(f->unit, 0x0100,
				     1u << f->host.invalidation[0].itag, 1);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_is_done(&f->queue));
}

/* Interrupt entry cache invalidation drains interrupts the same way. */
static void wait_covers_brackets_when_interrupt_entries_changed(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	assert_false(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_is_done(&f->queue));
}

static void bracket_closes_when_unit_was_reset_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_is_done(&f->queue));
}

struct user {
	struct fixture *f;
	pthread_barrier_t opened;
	pthread_barrier_t close;
};

static void *use(void *opaque)
{
	struct user *user = opaque;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(user->f->unit, &bracket);
	pthread_barrier_wait(&user->opened);
	pthread_barrier_wait(&user->close);
	vtd_unit_dma_end(user->f->unit, &bracket);
	return NULL;
}

/* The first drain of a unit is just what its first command asks for: another one
 * would have to end before that of the wait begins. */
static void
wait_ignores_later_brackets_when_first_command_was_drained(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket first, second, third;

	f->config.self_flush = false;
	fixture_start(f);
	vtd_unit_dma_begin(f->unit, &first);
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	assert_int_equal(regs_read_32(f->unit, VTD_REG_GSTS), 0);
	vtd_unit_dma_begin(f->unit, &second);
	vtd_unit_dma_end(f->unit, &first);
	assert_int_equal(regs_read_32(f->unit, VTD_REG_GSTS), VTD_GSTS_RTPS);
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	vtd_unit_dma_begin(f->unit, &third);
	vtd_unit_dma_end(f->unit, &second);
	assert_true(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &third);
}

static void wait_covers_brackets_when_other_threads_opened_them(void **state)
{
	struct user user = { .f = *state };
	struct fixture *f = *state;
	pthread_t thread[4];

	pthread_barrier_init(&user.opened, NULL, 5);
	pthread_barrier_init(&user.close, NULL, 5);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, use, &user),
				 0);
	pthread_barrier_wait(&user.opened);
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	pthread_barrier_wait(&user.close);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_true(regs_queue_is_done(&f->queue));
	pthread_barrier_destroy(&user.opened);
	pthread_barrier_destroy(&user.close);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(wait_completes_when_no_bracket_is_open),
		ON_UNIT(wait_completes_with_the_bracket_when_one_is_open),
		cmocka_unit_test_setup_teardown(
			wait_completes_with_the_bracket_when_unit_is_recorded,
			setup_recorded, fixture_teardown),
		ON_UNIT(wait_ignores_brackets_when_they_open_after_it),
		ON_UNIT(wait_ignores_brackets_when_nothing_was_invalidated),
		FIXTURE_TEST(wait_ignores_brackets_when_unit_is_new),
		ON_UNIT(wait_covers_every_bracket_when_several_are_open),
		ON_UNIT(second_wait_covers_brackets_when_opened_during_the_first),
		ON_UNIT(wait_still_covers_bracket_when_root_is_set_meanwhile),
		ON_UNIT(wait_needs_both_when_bracket_and_endpoint_are_busy),
		ON_UNIT(wait_covers_brackets_when_interrupt_entries_changed),
		ON_UNIT(bracket_closes_when_unit_was_reset_meanwhile),
		ON_UNIT(wait_covers_brackets_when_other_threads_opened_them),
		cmocka_unit_test_setup_teardown(
			wait_ignores_later_brackets_when_first_command_was_drained,
			fixture_setup, fixture_teardown),
	};

	return RUN_TESTS(tests);
}
