/* SPDX-License-Identifier: BSD-3-Clause */
/* What software is told of entries that requests use: interrupt remapping entries that
 * change without an invalidation, tables whose A and D may be lost. */
#include "lint_fixture.h"

#define COUNT 2048 /* entries: indices that are remembered in one place */
#define SAME_PLACE 1024
#define P VTD_IRTE0_P
#define VECTOR(n) ((uint64_t)(n) << 16)

static uint64_t table;

static void put(struct fixture *f, uint32_t index, uint64_t vector,
		uint64_t high)
{
	tables_irte(&f->tables, table, index, P | VECTOR(vector), high);
}

static struct vtd_interrupt send(struct fixture *f, uint32_t index)
{
	const struct vtd_interrupt_request request = {
		.sid = SID,
		.address = UINT64_C(0xfee00010) | (index & 0x7fff) << 5,
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	return result;
}

/* A remapped interrupt, and how many reports that made. */
static unsigned int reports_of(struct fixture *f, uint32_t index)
{
	unsigned int before = f->host.lints;

	assert_false(send(f, index).blocked);
	return f->host.lints - before;
}

static void run(struct fixture *f, unsigned int waits)
{
	configure(f);
	f->config.check_waits = waits;
	fixture_run(f, VTD_TTM_SCALABLE);
	table = tables_pages(&f->tables, COUNT * 16 / 4096);
	regs_set_interrupt_table(f->unit, table, 10, false);
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_IRE);
}

/* Entries first..first + 2^mask - 1. */
static void invalidate(struct fixture *f, uint32_t first, unsigned int mask)
{
	assert_true(regs_queue_do(
		&f->queue,
		VTD_DESC_INTERRUPT_ENTRY_CACHE | VTD_DESC_IEC0_G |
			(uint64_t)mask << 27 | (uint64_t)first << 32,
		0));
}

static void entry_is_found_when_changed_without_invalidation(void **state)
{
	struct fixture *f = *state;

	run(f, 0);
	put(f, 3, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	put(f, 3, 0x31, 0);
	assert_int_equal(reports_of(f, 3), 1);
	assert_int_equal(f->host.lint.address, 3);
	assert_int_equal(f->host.lint.value, P | VECTOR(0x31));
	assert_found(f, VTD_LINT_INTERRUPT_ENTRY);
	/* That is what it is from now on. */
	assert_int_equal(reports_of(f, 3), 0);
}

/* Who may use it is in the second word. */
static void entry_is_found_when_its_second_word_changed(void **state)
{
	struct fixture *f = *state;

	run(f, 0);
	put(f, 3, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	put(f, 3, 0x30, 1 << 18 | SID);
	assert_int_equal(reports_of(f, 3), 1);
}

static void entry_is_found_when_so_many_waits_have_completed(void **state)
{
	struct fixture *f = *state;

	run(f, 2);
	put(f, 3, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	put(f, 3, 0x31, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(reports_of(f, 3), 0);
		invalidate(f, 5, 0);
	}
	assert_int_equal(reports_of(f, 3), 1);
}

static void change_is_forgotten_when_it_was_taken_back(void **state)
{
	struct fixture *f = *state;

	run(f, 1);
	for (int i = 0; i < 3; i++) {
		put(f, 3, 0x30, 0);
		assert_int_equal(reports_of(f, 3), 0);
		invalidate(f, 5, 0);
		put(f, 3, 0x31, 0);
		assert_int_equal(reports_of(f, 3), 0);
	}
}

static void nothing_is_found_when_entries_are_used_first(void **state)
{
	static const uint32_t indices[] = { 0, 3, 3 + SAME_PLACE, 3, 0 };
	struct fixture *f = *state;

	run(f, 0);
	for (uint32_t i = 0; i < COUNT; i++)
		put(f, i, 0x30 + i % 7, 0);
	for (size_t i = 0; i < sizeof(indices) / sizeof(*indices); i++)
		assert_int_equal(reports_of(f, indices[i]), 0);
}

/* What was invalidated may change, and its neighbours may not. */
static void entries_are_not_found_when_they_were_invalidated(void **state)
{
	struct fixture *f = *state;

	run(f, 0);
	for (uint32_t i = 5; i <= 8; i++) {
		put(f, i, 0x30, 0);
		assert_int_equal(reports_of(f, i), 0);
	}
	invalidate(f, 6, 1);
	for (uint32_t i = 5; i <= 8; i++)
		put(f, i, 0x31, 0);
	assert_int_equal(reports_of(f, 6), 0);
	assert_int_equal(reports_of(f, 7), 0);
	assert_int_equal(reports_of(f, 5), 1);
	assert_int_equal(reports_of(f, 8), 1);
}

/* What it is now is remembered, as at first. */
static void entry_is_found_when_changed_after_an_invalidation(void **state)
{
	struct fixture *f = *state;

	run(f, 0);
	put(f, 3, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	invalidate(f, 3, 0);
	put(f, 3, 0x31, 0);
	assert_int_equal(reports_of(f, 3), 0);
	put(f, 3, 0x32, 0);
	assert_int_equal(reports_of(f, 3), 1);
}

/* One of two that share a place. */
static void entry_is_found_when_it_took_the_place_of_another(void **state)
{
	struct fixture *f = *state;

	run(f, 0);
	put(f, 3, 0x30, 0);
	put(f, 3 + SAME_PLACE, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	assert_int_equal(reports_of(f, 3 + SAME_PLACE), 0);
	put(f, 3 + SAME_PLACE, 0x31, 0);
	assert_int_equal(reports_of(f, 3 + SAME_PLACE), 1);
	assert_int_equal(f->host.lint.address, 3 + SAME_PLACE);
}

static void nothing_is_found_when_remapping_is_off(void **state)
{
	struct fixture *f = *state;

	run(f, 0);
	put(f, 3, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_IRE);
	for (uint64_t vector = 0x31; vector < 0x34; vector++) {
		put(f, 3, vector, 0);
		assert_int_equal(reports_of(f, 3), 0);
	}
}

/* In compatibility format the same bits are no index. */
static void nothing_is_found_when_request_names_no_entry(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt_request request = {
		.sid = SID,
		.address = UINT64_C(0xfee00000) | 3 << 5,
	};
	struct vtd_interrupt result;

	run(f, 0);
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_CFI);
	put(f, 3, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	put(f, 3, 0x31, 0);
	vtd_unit_interrupt(f->unit, &request, &result);
	assert_false(result.blocked);
	assert_int_equal(result.address, request.address);
	assert_int_equal(f->host.lints, 0);
}

static void nothing_is_found_when_request_is_blocked(void **state)
{
	struct fixture *f = *state;

	run(f, 0);
	put(f, 3, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	put(f, 3, 0x30, 1 << 18 | (SID + 1));
	assert_true(send(f, 3).blocked);
	assert_int_equal(f->host.lints, 0);
}

/* The second look at the entry finds none. */
static void take_entry_away(struct fake_host *host, uint64_t address)
{
	unsigned int *looks = host->hook_data;

	if (address == table + 3 * 16 && ++*looks == 2)
		fake_host_set_64(host, address, 0);
}

static void nothing_is_found_when_entry_goes_meanwhile(void **state)
{
	struct fixture *f = *state;
	unsigned int looks = 0;

	run(f, 0);
	put(f, 3, 0x30, 0);
	assert_int_equal(reports_of(f, 3), 0);
	f->host.hook_data = &looks;
	fake_host_watch_reads(&f->host, take_entry_away);
	assert_int_equal(reports_of(f, 3), 0);
	f->host.before_read = NULL;
	assert_int_equal(looks, 2);
}

/* ---------------------------------------------------------- Coherency */

/* Tables without snooping that are used as the entry says. */
static void use_without_snooping(struct fixture *f, uint64_t entry)
{
	tables_change(&f->tables, entry + 8, 0, VTD_PASID1_PWSNP);
	fixture_run(f, VTD_TTM_SCALABLE);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
}

static void coherency_is_found_when_walks_do_not_snoop(void **state)
{
	struct fixture *f = *state;
	struct process process;

	configure(f);
	process = map_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	use_without_snooping(f, process.entry);
	assert_int_equal(f->host.lint.sid, SID);
	assert_int_equal(f->host.lint.pasid, PASID);
	assert_found(f, VTD_LINT_AD_NOT_COHERENT);
}

static void coherency_is_found_when_walks_are_nested(void **state)
{
	struct fixture *f = *state;
	struct page_table second;
	struct process process;

	configure(f);
	process = map_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	page_table_init(&second, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	page_table_map(&second, 0, 0, 30, SS_RW);
	fixture_pasid_nest(f, process.entry, &process.table, &second);
	use_without_snooping(f, process.entry);
	assert_found(f, VTD_LINT_AD_NOT_COHERENT);
}

/* A process whose tables are of the second stage. */
static uint64_t put_second_stage(struct fixture *f, uint64_t bits)
{
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table second;
	uint64_t entry;

	configure(f);
	page_table_init(&second, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	page_table_map(&second, ADDRESS, PAGE, 12, SS_RW | VTD_SS_A);
	entry = fixture_pasid_second_stage(f, context.dir, PASID, &second);
	tables_change(&f->tables, entry, bits, 0);
	return entry;
}

static void coherency_is_found_when_second_stage_tracks(void **state)
{
	struct fixture *f = *state;

	use_without_snooping(f, put_second_stage(f, VTD_PASID0_SSADE));
	assert_found(f, VTD_LINT_AD_NOT_COHERENT);
}

static void
coherency_is_not_found_when_second_stage_tracks_nothing(void **state)
{
	struct fixture *f = *state;

	use_without_snooping(f, put_second_stage(f, 0));
	assert_int_equal(f->host.lints, 0);
}

static void coherency_is_not_found_when_mode_has_no_entries(void **state)
{
	struct fixture *f = *state;

	configure(f);
	f->config.abort_dma = true;
	fixture_run(f, VTD_TTM_ABORT_DMA);
	assert_int_equal(
		fixture_access(f, SID, ADDRESS, VTD_ACCESS_READ).condition,
		VTD_RTA_4);
	assert_int_equal(f->host.lints, 0);
}

static void coherency_is_not_found_when_a_request_is_explained(void **state)
{
	const struct vtd_request request = read_request(ADDRESS);
	struct fixture *f = *state;
	struct vtd_explanation explanation;
	struct vtd_counters counters;
	struct process process;

	configure(f);
	process = map_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	tables_change(&f->tables, process.entry + 8, 0, VTD_PASID1_PWSNP);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_explain(f->unit, &request, &explanation, NULL, 0);
	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	assert_int_equal(counters.lints, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(entry_is_found_when_changed_without_invalidation),
		FIXTURE_TEST(entry_is_found_when_its_second_word_changed),
		FIXTURE_TEST(entry_is_found_when_so_many_waits_have_completed),
		FIXTURE_TEST(change_is_forgotten_when_it_was_taken_back),
		FIXTURE_TEST(nothing_is_found_when_entries_are_used_first),
		FIXTURE_TEST(entries_are_not_found_when_they_were_invalidated),
		FIXTURE_TEST(entry_is_found_when_changed_after_an_invalidation),
		FIXTURE_TEST(entry_is_found_when_it_took_the_place_of_another),
		FIXTURE_TEST(nothing_is_found_when_remapping_is_off),
		FIXTURE_TEST(nothing_is_found_when_request_names_no_entry),
		FIXTURE_TEST(nothing_is_found_when_request_is_blocked),
		FIXTURE_TEST(nothing_is_found_when_entry_goes_meanwhile),
		FIXTURE_TEST(coherency_is_found_when_walks_do_not_snoop),
		FIXTURE_TEST(coherency_is_found_when_walks_are_nested),
		FIXTURE_TEST(coherency_is_found_when_second_stage_tracks),
		FIXTURE_TEST(
			coherency_is_not_found_when_second_stage_tracks_nothing),
		FIXTURE_TEST(coherency_is_not_found_when_mode_has_no_entries),
		FIXTURE_TEST(
			coherency_is_not_found_when_a_request_is_explained),
	};

	return RUN_TESTS(tests);
}
