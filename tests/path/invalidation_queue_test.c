/* SPDX-License-Identifier: BSD-3-Clause */
/* How the invalidation queue moves, stops at errors and recovers.
 * F 1.13, 5.6, 5.8. */
#include "control.h"

#define IQH 0x080
#define IQT 0x088
#define IQA 0x090
#define CC_GLOBAL 0x11
#define BAD_TYPE 0xf

static uint32_t head(struct fixture *f)
{
	return (uint32_t)regs_read_64(f->unit, IQH);
}

static void clear_error(struct fixture *f)
{
	regs_write_32(f->unit, 0x034, FSTS_IQE);
}

static void head_reaches_tail_when_descriptors_are_valid(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++)
		regs_queue_put(&f->queue, CC_GLOBAL, 0);
	assert_int_equal(head(f), 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(head(f), 3 * 32);
	assert_int_equal(f->host.mappings_changes, 3);
}

static void nothing_is_fetched_when_queue_is_off(void **state)
{
	struct fixture *f = *state;

	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_QIE);
	fake_host_forget(&f->host);
	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.mappings_changes, 0);
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_QIE);
	assert_int_equal(f->host.mappings_changes, 1);
}

static void head_is_zero_when_queue_was_switched_off(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_submit(&f->queue);
	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_QIE);
	assert_int_equal(head(f), 0);
}

/* A queue of 2^size pages, which is empty. */
static void make_queue(struct fixture *f, unsigned int size, bool wide)
{
	uint64_t base = tables_pages(&f->tables, 1u << size);

	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_QIE);
	regs_write_32(f->unit, IQT, 0);
	regs_write_64(f->unit, IQA, base | size | (wide ? VTD_BIT(11) : 0));
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_QIE);
	f->queue.base = base;
	f->queue.size = size;
	f->queue.wide = wide;
	f->queue.tail = 0;
	fake_host_forget(&f->host);
}

/* The queue is filled to one slot before the head each time. */
static void check_wrap(struct fixture *f, unsigned int size, bool wide)
{
	uint32_t stride = wide ? 32 : 16;
	unsigned int entries = (4096u << size) / stride;
	unsigned int done;

	make_queue(f, size, wide);
	for (done = 0; done < 2 * entries; done += entries - 1) {
		for (unsigned int i = 0; i < entries - 1; i++)
			regs_queue_put(&f->queue, CC_GLOBAL, 0);
		regs_queue_submit(&f->queue);
		assert_int_equal(head(f), f->queue.tail);
	}
	assert_int_equal(f->host.mappings_changes, done);
	assert_int_equal(control_fsts(f), 0);
}

static void queue_wraps_when_its_end_is_reached(void **state)
{
	for (unsigned int size = 0; size < 8; size++)
		check_wrap(*state, size, true);
}

static void narrow_queue_wraps_when_its_end_is_reached(void **state)
{
	struct fixture *f = *state;

	regs_set_root_table(f->unit, f->root, VTD_TTM_LEGACY);
	for (unsigned int size = 0; size < 8; size++)
		check_wrap(f, size, false);
}

static void head_stays_at_the_descriptor_when_it_is_wrong(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_put(&f->queue, BAD_TYPE, 0);
	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(head(f), 32);
	assert_int_equal(control_fsts(f), FSTS_IQE);
	assert_int_equal(control_iqei(f), 3);
	assert_int_equal(f->host.mappings_changes, 1);
}

static void descriptors_are_counted_when_one_behind_them_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct vtd_counters before, after;

	vtd_unit_counters(f->unit, &before, sizeof(before));
	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_put(&f->queue, BAD_TYPE, 0);
	regs_queue_submit(&f->queue);
	vtd_unit_counters(f->unit, &after, sizeof(after));
	assert_int_equal(after.descriptors - before.descriptors, 2);
}

static void wait_completes_when_the_descriptor_behind_it_is_wrong(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_put(&f->queue, BAD_TYPE, 0);
	regs_queue_submit(&f->queue);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(head(f), 64);
	assert_int_equal(control_fsts(f), FSTS_IQE);
}

static void fault_event_comes_when_queue_is_in_error(void **state)
{
	struct fixture *f = *state;

	regs_set_event(f->unit, 0x038, 0xfee00000, 0x31);
	regs_queue_put(&f->queue, BAD_TYPE, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.messages, 1);
}

static void tail_write_starts_nothing_when_error_is_pending(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, BAD_TYPE, 0);
	regs_queue_submit(&f->queue);
	fake_host_set_64(&f->host, f->queue.base, CC_GLOBAL);
	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(head(f), 0);
	assert_int_equal(f->host.mappings_changes, 0);
}

/* Without another tail write, at the same slot. */
static void fetching_resumes_when_descriptor_is_repaired(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, BAD_TYPE, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	fake_host_set_64(&f->host, f->queue.base, CC_GLOBAL);
	clear_error(f);
	assert_int_equal(f->host.mappings_changes, 1);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(head(f), f->queue.tail);
	assert_int_equal(control_fsts(f), 0);
}

static void error_comes_back_when_cleared_without_repair(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, BAD_TYPE, 0);
	regs_queue_submit(&f->queue);
	clear_error(f);
	assert_int_equal(control_fsts(f), FSTS_IQE);
	assert_int_equal(head(f), 0);
}

/* F 10.7: its own wait descriptor over the faulty slot. */
static void both_waits_execute_when_linux_repairs_with_its_wait(void **state)
{
	struct fixture *f = *state;
	uint64_t words[2];

	regs_set_event(f->unit, 0x0a0, 0xfee00000, 0x32);
	regs_queue_put(&f->queue, BAD_TYPE, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_false(regs_queue_is_done(&f->queue));
	for (unsigned int i = 0; i < 2; i++)
		words[i] =
			fake_host_get_64(&f->host, f->queue.base + 32 + 8 * i);
	tables_put(&f->tables, f->queue.base, words, 2);
	clear_error(f);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(head(f), 64);
	assert_int_equal(f->host.writes, 2);
}

static void tail_is_refused_when_beyond_the_queue(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_write_32(f->unit, IQT, 4096);
	assert_int_equal(control_iqei(f), 1);
	assert_int_equal(control_fsts(f), FSTS_IQE);
	assert_int_equal(f->host.mappings_changes, 0);
	regs_write_32(f->unit, IQT, 32);
	clear_error(f);
	assert_int_equal(f->host.mappings_changes, 1);
}

static void tail_is_refused_when_misaligned_for_wide_descriptors(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_write_32(f->unit, IQT, 48);
	assert_int_equal(control_iqei(f), 6);
	assert_int_equal(f->host.mappings_changes, 0);
	regs_write_32(f->unit, IQT, 32);
	clear_error(f);
	assert_int_equal(f->host.mappings_changes, 1);
}

static void fetch_fails_when_queue_is_not_in_memory(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	fake_host_set_hole(&f->host, f->queue.base, 4096);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_iqei(f), 2);
	assert_int_equal(head(f), 0);
	fake_host_set_hole(&f->host, 0, 0);
	clear_error(f);
	assert_int_equal(f->host.mappings_changes, 1);
}

static void head_stays_at_the_page_when_it_is_not_in_memory(void **state)
{
	struct fixture *f = *state;

	make_queue(f, 1, true);
	for (unsigned int i = 0; i < 130; i++)
		regs_queue_put(&f->queue, CC_GLOBAL, 0);
	fake_host_set_hole(&f->host, f->queue.base + 4096, 4096);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_iqei(f), 2);
	assert_int_equal(head(f), 4096);
	assert_int_equal(f->host.mappings_changes, 128);
}

/* Nonsense that only a broken guest does; it must end, that is all. */
static void queue_ends_somehow_when_it_shrinks_below_the_head(void **state)
{
	struct fixture *f = *state;

	check_wrap(f, 1, true);
	regs_write_32(f->unit, IQT, 8192 - 32);
	regs_write_64(f->unit, IQA, f->queue.base | VTD_BIT(11));
	regs_write_32(f->unit, IQT, 32);
	assert_true(head(f) == 32 || (control_fsts(f) & FSTS_IQE) != 0);
}

/* At the end, and in the middle of a descriptor. */
static void nothing_is_fetched_when_head_is_between_descriptors(void **state)
{
	struct fixture *f = *state;

	make_queue(f, 1, true);
	for (unsigned int i = 0; i < 128; i++)
		regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(head(f), 4096);
	fake_host_forget(&f->host);
	regs_write_64(f->unit, IQA, f->queue.base | VTD_BIT(11));
	regs_write_32(f->unit, IQT, 32);
	assert_int_equal(control_iqei(f), 2);
	assert_int_equal(f->host.mappings_changes, 0);

	vtd_unit_destroy(f->unit);
	fixture_start(f);
	f->queue.unit = f->unit;
	make_queue(f, 0, false);
	regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(head(f), 16);
	fake_host_forget(&f->host);
	regs_write_64(f->unit, IQA, f->queue.base | VTD_BIT(11));
	regs_write_32(f->unit, IQT, 64);
	assert_int_equal(control_iqei(f), 2);
	assert_int_equal(head(f), 16);
	assert_int_equal(f->host.mappings_changes, 0);
}

/* The head is kept, and names no descriptor. */
static void nothing_is_fetched_when_head_is_behind_the_end(void **state)
{
	struct fixture *f = *state;

	make_queue(f, 1, true);
	for (unsigned int i = 0; i < 130; i++)
		regs_queue_put(&f->queue, CC_GLOBAL, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(head(f), 130 * 32);
	fake_host_forget(&f->host);
	regs_write_64(f->unit, IQA, f->queue.base | VTD_BIT(11));
	regs_write_32(f->unit, IQT, 32);
	assert_int_equal(control_iqei(f), 2);
	assert_int_equal(head(f), 130 * 32);
	assert_int_equal(f->host.mappings_changes, 0);
}

int main(void)
{
#define ON_UNIT(name)                                                  \
	cmocka_unit_test_setup_teardown(name, control_setup_forgotten, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(head_reaches_tail_when_descriptors_are_valid),
		ON_UNIT(nothing_is_fetched_when_queue_is_off),
		ON_UNIT(head_is_zero_when_queue_was_switched_off),
		ON_UNIT(queue_wraps_when_its_end_is_reached),
		ON_UNIT(narrow_queue_wraps_when_its_end_is_reached),
		ON_UNIT(head_stays_at_the_descriptor_when_it_is_wrong),
		ON_UNIT(descriptors_are_counted_when_one_behind_them_is_wrong),
		ON_UNIT(wait_completes_when_the_descriptor_behind_it_is_wrong),
		ON_UNIT(fault_event_comes_when_queue_is_in_error),
		ON_UNIT(tail_write_starts_nothing_when_error_is_pending),
		ON_UNIT(fetching_resumes_when_descriptor_is_repaired),
		ON_UNIT(error_comes_back_when_cleared_without_repair),
		ON_UNIT(both_waits_execute_when_linux_repairs_with_its_wait),
		ON_UNIT(tail_is_refused_when_beyond_the_queue),
		ON_UNIT(tail_is_refused_when_misaligned_for_wide_descriptors),
		ON_UNIT(fetch_fails_when_queue_is_not_in_memory),
		ON_UNIT(head_stays_at_the_page_when_it_is_not_in_memory),
		ON_UNIT(nothing_is_fetched_when_head_is_between_descriptors),
		ON_UNIT(nothing_is_fetched_when_head_is_behind_the_end),
		ON_UNIT(queue_ends_somehow_when_it_shrinks_below_the_head),
	};

	return RUN_TESTS(tests);
}
