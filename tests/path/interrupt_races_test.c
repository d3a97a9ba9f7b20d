/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupt remapping while software changes entries: each is read in one piece,
 * and an invalidation waits for what was posted by the old one.  F 5.6, 7.2.
 */
#include <pthread.h>
#include <string.h>

#include "control.h"
#include "step.h"

#define ENTRY 5
#define IEC_GLOBAL 0x04
#define CFI (UINT32_C(1) << 23)

static uint64_t table;

static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->config.posted_interrupts = true;
	f->host.published = true;
	table = tables_page(&f->tables);
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_set_interrupt_table(f->unit, table, 7, false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
	return 0;
}

static struct vtd_interrupt send(struct fixture *f, uint16_t sid)
{
	const struct vtd_interrupt_request request = {
		.sid = sid,
		.address = 0xfee00010 | ENTRY << 5,
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	return result;
}

/* ------------------------------------------------------------- In one piece */

/* Vector 30h + sid, for that source-id only. */
static void make_entry(uint64_t words[2], uint16_t sid)
{
	words[0] = VTD_IRTE0_P | (uint64_t)(0x30 + sid) << 16;
	words[1] = sid | UINT64_C(1) << 18;
}

static void put_entry(struct fixture *f, uint16_t sid)
{
	uint64_t words[2];

	make_entry(words, sid);
	tables_put(&f->tables, table + ENTRY * VTD_IRTE_SIZE, words, 2);
}

/* Nor does memory of the host have to be aligned to more than a word. */
static void entry_is_read_when_memory_is_aligned_to_a_word(void **state)
{
	static _Alignas(16) uint64_t copy[1 + 512];
	const struct vtd_ram_range range = { table, 4096, &copy[1], { 0 } };
	const struct vtd_ram_map map = { &range, 1, { 0 } };
	struct fixture *f = *state;

	assert_int_equal(vtd_unit_set_ram(f->unit, &map, NULL), 0);
	put_entry(f, 2);
	make_entry(&copy[1 + 2 * ENTRY], 1);
	assert_int_equal(send(f, 1).data & 0xff, 0x31);
	assert_int_equal(send(f, 2).condition, VTD_IR_26);
	assert_int_equal(vtd_unit_set_ram(f->unit, NULL, NULL), 0);
	assert_int_equal(send(f, 2).data & 0xff, 0x32);
}

static void change_entry(void *opaque)
{
	put_entry(opaque, 2);
}

/* The entry becomes that of source-id 2 after each instruction in turn, until
 * the request has ended before. */
static void check_stepwise(struct fixture *f, uint16_t sid)
{
	bool changed = true;

	for (unsigned int i = 0; changed; i += STEP_STRIDE) {
		const struct step step = { i, change_entry, f };
		struct vtd_interrupt result;

		put_entry(f, 1);
		step_arm(&step);
		result = send(f, sid);
		changed = step_disarm();
		if (result.blocked)
			assert_int_equal(result.condition, VTD_IR_26);
		else
			assert_int_equal(result.data & 0xff, 0x30 + sid);
	}
}

static void entry_is_read_in_one_piece_when_software_changes_it(void **state)
{
	struct fixture *f = *state;

	if (!step_begin())
		skip();
	check_stepwise(f, 1);
	check_stepwise(f, 2);
	step_end();
}

/* ------------------------------------------------------------- On and reset */

/* Instructions of a request up to where it has its table, and some more. */
#define STEPS 450

static void switch_on(void *opaque)
{
	struct fixture *f = opaque;

	regs_set_interrupt_table(f->unit, table, 7, false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
}

static void reset(void *opaque)
{
	struct fixture *f = opaque;

	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
}

/* An interrupt passes unchanged, or as the entry says. */
static void check_switch(struct fixture *f, void (*before)(void *),
			 void (*meanwhile)(void *))
{
	for (unsigned int i = 0; i < STEPS; i++) {
		const struct step step = { i, meanwhile, f };
		struct vtd_interrupt result;

		before(f);
		step_arm(&step);
		result = send(f, 1);
		step_disarm();
		assert_false(result.blocked);
		assert_true(result.address == (0xfee00010 | ENTRY << 5) ||
			    (result.data & 0xff) == 0x31);
		assert_int_equal(control_fsts(f), 0);
	}
}

/* Where RTADDR and IRTA lead when they are 0 there is no entry that is present. */
static void table_is_never_one_of_before_when_remapping_goes_on(void **state)
{
	struct fixture *f = *state;

	put_entry(f, 1);
	if (!step_begin())
		skip();
	check_switch(f, reset, switch_on);
	step_end();
}

static void table_is_never_0_when_unit_is_reset(void **state)
{
	struct fixture *f = *state;

	put_entry(f, 1);
	if (!step_begin())
		skip();
	check_switch(f, switch_on, reset);
	step_end();
}

/* Two units that both block the compatibility format: one by EIME, one by CFIS. */
static struct {
	uint8_t blob[2][VTD_STATE_SIZE_MAX];
	size_t size[2];
} saved;

static void load(struct fixture *f, int i)
{
	assert_int_equal(
		vtd_unit_load(f->unit, saved.blob[i], saved.size[i], NULL), 0);
}

static void save(struct fixture *f, int i)
{
	saved.size[i] =
		vtd_unit_save(f->unit, saved.blob[i], sizeof(saved.blob[i]));
}

static void load_other(void *opaque)
{
	load(opaque, 1);
}

static void
compatibility_format_is_of_one_state_when_unit_is_loaded(void **state)
{
	const struct vtd_interrupt_request request = { .address = 0xfee00000 };
	struct fixture *f = *state;
	bool happened = true;

	regs_set_interrupt_table(f->unit, table, 7, true);
	regs_command_set(f->unit, CFI);
	save(f, 0);
	regs_command_clear(f->unit, CFI);
	regs_set_interrupt_table(f->unit, table, 7, false);
	save(f, 1);
	if (!step_begin())
		skip();
	for (unsigned int i = 0; happened; i += STEP_STRIDE) {
		const struct step step = { i, load_other, f };
		struct vtd_interrupt result;

		load(f, 0);
		step_arm(&step);
		vtd_unit_interrupt_probe(f->unit, &request, &result);
		happened = step_disarm();
		assert_true(result.blocked);
	}
	step_end();
}

/* ------------------------------------------------------------------ Drained */

/*
 * What software does while the unit uses an entry.  It comes from another
 * thread, as it would: a memory callback must not call into its unit.
 */
struct meanwhile {
	struct fixture *fixture;
	bool happened;
	bool waited_on;
};

static void *invalidate(void *opaque)
{
	struct meanwhile *meanwhile = opaque;

	meanwhile->waited_on =
		!regs_queue_do(&meanwhile->fixture->queue, IEC_GLOBAL, 0);
	return NULL;
}

static void on_another_thread(void *(*act)(void *opaque), void *opaque)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, act, opaque), 0);
	pthread_join(thread, NULL);
}

static void invalidate_once(struct fake_host *host, uint64_t address)
{
	struct meanwhile *meanwhile = host->hook_data;

	(void)address;
	if (meanwhile->happened)
		return;
	meanwhile->happened = true;
	on_another_thread(invalidate, meanwhile);
}

static void wait_is_pending_when_vector_is_being_posted(void **state)
{
	struct meanwhile meanwhile = { .fixture = *state };
	struct fixture *f = *state;
	uint64_t descriptor = tables_page(&f->tables);

	tables_irte(&f->tables, table, ENTRY,
		    VTD_IRTE0_P | VTD_IRTE0_IM | 0x91 << 16 |
			    descriptor >> 6 << 38,
		    0);
	assert_true(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	f->host.hook_data = &meanwhile;
	f->host.before_swap = invalidate_once;
	assert_true(send(f, 1).posted);
	assert_true(meanwhile.happened);
	assert_true(meanwhile.waited_on);
	assert_true(regs_queue_is_done(&f->queue));
}

/* The entry has been looked at, nothing has been made of it yet. */
static void wait_is_pending_when_entry_is_being_used(void **state)
{
	struct meanwhile meanwhile = { .fixture = *state };
	struct fixture *f = *state;

	put_entry(f, 1);
	assert_true(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	f->host.hook_data = &meanwhile;
	fake_host_watch_reads(&f->host, invalidate_once);
	send(f, 1);
	assert_true(meanwhile.waited_on);
	assert_true(regs_queue_is_done(&f->queue));
}

/* EIME changes with the table: an entry and the format are of the same one. */
static void *set_other_table(void *opaque)
{
	struct fixture *f = opaque;

	regs_set_interrupt_table(f->unit, table, 7, true);
	return NULL;
}

static void set_other_table_once(struct fake_host *host, uint64_t address)
{
	if (address < table || address >= table + 4096)
		return;
	host->before_read = NULL;
	on_another_thread(set_other_table, host->hook_data);
}

static void
notification_has_the_format_of_its_table_when_another_is_set(void **state)
{
	struct fixture *f = *state;
	uint64_t descriptor = tables_page(&f->tables);
	struct vtd_interrupt result;

	tables_irte(&f->tables, table, ENTRY,
		    VTD_IRTE0_P | VTD_IRTE0_IM | 0x91 << 16 |
			    descriptor >> 6 << 38,
		    0);
	/* NDST is 5A00h. */
	fake_host_set_64(&f->host, descriptor + 32, UINT64_C(0x5a00) << 32);
	f->host.hook_data = f;
	fake_host_watch_reads(&f->host, set_other_table_once);
	result = send(f, 1);
	assert_true(result.notify);
	assert_true(result.address == (0xfee00000 | 0x5a << 12));
}

/* A probe sets up a route: interrupts_changed() tells when it is stale. */
static void wait_completes_when_entry_is_only_probed(void **state)
{
	const struct vtd_interrupt_request request = {
		.address = 0xfee00010 | ENTRY << 5,
	};
	struct meanwhile meanwhile = { .fixture = *state };
	struct fixture *f = *state;
	struct vtd_interrupt result;

	assert_true(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	f->host.hook_data = &meanwhile;
	fake_host_watch_reads(&f->host, invalidate_once);
	vtd_unit_interrupt_probe(f->unit, &request, &result);
	assert_true(meanwhile.happened);
	assert_false(meanwhile.waited_on);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(entry_is_read_in_one_piece_when_software_changes_it),
		ON_UNIT(entry_is_read_when_memory_is_aligned_to_a_word),
		ON_UNIT(table_is_never_one_of_before_when_remapping_goes_on),
		ON_UNIT(table_is_never_0_when_unit_is_reset),
		ON_UNIT(compatibility_format_is_of_one_state_when_unit_is_loaded),
		ON_UNIT(wait_is_pending_when_vector_is_being_posted),
		ON_UNIT(wait_is_pending_when_entry_is_being_used),
		ON_UNIT(notification_has_the_format_of_its_table_when_another_is_set),
		ON_UNIT(wait_completes_when_entry_is_only_probed),
	};

	return RUN_TESTS(tests);
}
