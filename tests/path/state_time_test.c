/* SPDX-License-Identifier: BSD-3-Clause */
/* When what was on its way goes on in another machine, and the time that is left
 * to it. */
#include "state_moves.h"

static void requests_have_the_time_that_was_left_when_loaded(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	f->host.now += 900;
	f->host.timer = 0;
	migrate(f);
	assert_int_equal(f->host.timer, 100);
	f->host.now += 99;
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(control_fsts(f), 0);
	f->host.now += 1;
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(control_fsts(f), FSTS_ITE);
}

static void request_has_hardly_any_time_when_saved_at_its_end(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	f->host.now += 1000;
	migrate(f);
	assert_int_equal(f->host.invalidations, 1);
	assert_int_equal(f->host.timer, 1);
}

/* Hosts may load their clock after the unit. */
static void time_left_begins_with_the_run_when_the_clock_changes(void **state)
{
	struct fixture *f = *state;

	f->host.now = 1000000;
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	f->host.now += 400;
	migrate_to_a_stop(f);
	f->host.now = 7;
	run(f);
	assert_int_equal(f->host.timer, 600);
	f->host.now += 600;
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(control_fsts(f), FSTS_ITE);
}

static void time_left_is_kept_when_saved_before_it_runs(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	f->host.now += 900;
	migrate_to_a_stop(f);
	f->host.now = 3;
	migrate(f);
	assert_int_equal(f->host.timer, 100);
}

/* One whose time is over is given the chance to be answered. */
static void request_is_sent_again_when_its_time_is_over(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	f->host.now += 5000;
	f->host.on_invalidation = fake_host_complete_at_once;
	migrate(f);
	assert_int_equal(f->host.invalidations, 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void nothing_goes_on_when_the_machine_does_not_run_yet(void **state)
{
	struct vtd_dma_bracket bracket;
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	f->host.on_invalidation = fake_host_complete_at_once;
	migrate_to_a_stop(f);
	vtd_unit_dma_begin(f->unit, &bracket);
	vtd_unit_dma_end(f->unit, &bracket);
	control_translate(f);
	assert_int_equal(f->host.invalidations, 0);
	assert_false(regs_queue_is_done(&f->queue));
	run(f);
	assert_int_equal(f->host.invalidations, 1);
	assert_true(regs_queue_is_done(&f->queue));
}

/* An answer of before the load, under the same ITag. */
static void
completion_ends_nothing_when_its_request_is_not_sent_yet(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	migrate_to_a_stop(f);
	vtd_unit_device_tlb_complete(f->unit, SID, UINT32_MAX, 1);
	run(f);
	assert_int_equal(f->host.invalidations, 1);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void queue_goes_on_when_a_register_is_written_first(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	f->host.on_invalidation = fake_host_complete_at_once;
	migrate_to_a_stop(f);
	regs_write_32(f->unit, 0x0a4, 0);
	assert_int_equal(f->host.invalidations, 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void queue_goes_on_at_once_when_the_host_has_no_timer(void **state)
{
	struct vtd_host_ops ops = fake_host_ops;
	struct fixture *f = *state;
	uint8_t blob[VTD_STATE_SIZE_MAX];
	size_t size;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	vtd_unit_destroy(f->unit);
	ops.timer_set = NULL;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	f->host.unit = f->unit;
	f->host.on_invalidation = fake_host_complete_at_once;
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	assert_true(regs_queue_is_done(&f->queue));
}

/* On a host without a timer nothing ends in time, and so none of it is over. */
static void requests_have_all_their_time_when_they_had_no_end(void **state)
{
	struct vtd_host_ops ops = fake_host_ops;
	struct fixture *f = *state;

	vtd_unit_destroy(f->unit);
	ops.timer_set = NULL;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	f->host.unit = f->unit;
	f->host.now = 5;
	fixture_enable(f, VTD_TTM_SCALABLE);
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	f->host.now += 900;
	migrate(f);
	assert_int_equal(f->host.timer, 1000);
}

static void unit_is_not_suspended_when_reset_after_loading(void **state)
{
	struct fixture *f = *state;

	migrate_to_a_stop(f);
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	f->host.timer = 0;
	fixture_enable(f, VTD_TTM_SCALABLE);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_true(regs_queue_is_done(&f->queue));
}

#define ITAGS 32u

struct loading {
	uint8_t blob[VTD_STATE_SIZE_MAX];
	size_t size;
	bool loaded;
};

static void load_when_traced(void *opaque, const char *line)
{
	struct fake_host *host = opaque;
	struct loading *loading = host->hook_data;

	(void)line;
	if (loading->loaded)
		return;
	loading->loaded = true;
	assert_int_equal(vtd_unit_load(host->unit, loading->blob, loading->size,
				       NULL),
			 0);
}

/* The host says of ITag 0 that nobody is there, and it is of another request when
 * the unit has told software. */
static void
requests_are_kept_when_loaded_while_another_is_found_unsent(void **state)
{
	struct loading loading = { .loaded = false };
	struct vtd_host_ops ops = fake_host_ops;
	struct fixture *f = *state;

	for (unsigned int i = 0; i < ITAGS; i++)
		regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	loading.size =
		vtd_unit_save(f->unit, loading.blob, sizeof(loading.blob));
	vtd_unit_destroy(f->unit);
	ops.trace = load_when_traced;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	f->host.unit = f->unit;
	f->host.hook_data = &loading;
	f->host.on_invalidation = fake_host_no_endpoint;
	fixture_enable(f, VTD_TTM_SCALABLE);
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	assert_true(loading.loaded);
	assert_int_equal(control_fsts(f), 0);
	f->host.on_invalidation = fake_host_complete_at_once;
	fake_host_forget(&f->host);
	run(f);
	assert_int_equal(f->host.invalidations, ITAGS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_UNIT(requests_have_the_time_that_was_left_when_loaded),
		ON_UNIT(request_has_hardly_any_time_when_saved_at_its_end),
		ON_UNIT(time_left_begins_with_the_run_when_the_clock_changes),
		ON_UNIT(time_left_is_kept_when_saved_before_it_runs),
		ON_UNIT(request_is_sent_again_when_its_time_is_over),
		ON_UNIT(nothing_goes_on_when_the_machine_does_not_run_yet),
		ON_UNIT(completion_ends_nothing_when_its_request_is_not_sent_yet),
		ON_UNIT(queue_goes_on_when_a_register_is_written_first),
		ON_UNIT(queue_goes_on_at_once_when_the_host_has_no_timer),
		ON_UNIT(requests_have_all_their_time_when_they_had_no_end),
		ON_UNIT(unit_is_not_suspended_when_reset_after_loading),
		ON_UNIT(requests_are_kept_when_loaded_while_another_is_found_unsent),
	};

	return RUN_TESTS(tests);
}
