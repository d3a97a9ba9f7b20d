/* SPDX-License-Identifier: BSD-3-Clause */
/* What explanations say of requests. */
#include <string.h>

#include "explain_fixture.h"

/* In the first word of a step that is cached (trail.h). */
#define FIRST_LEVELS(n) (UINT64_C(n) << 4)
#define SECOND_LEVELS(n) (UINT64_C(n) << 7)

static void check_structures(const struct explained *explained,
			     const enum vtd_structure *structures, size_t count)
{
	assert_int_equal(explained->explanation.steps, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(
			vtd_structure_name(explained->step[i].structure),
			vtd_structure_name(structures[i]));
}

static void
steps_are_in_the_order_of_the_walk_when_nothing_is_cached(void **state)
{
	static const enum vtd_structure expected[] = {
		VTD_STRUCTURE_ROOT_TABLE_ADDRESS,
		VTD_STRUCTURE_SM_ROOT_ENTRY,
		VTD_STRUCTURE_SM_CONTEXT_ENTRY,
		VTD_STRUCTURE_PASID_DIRECTORY_ENTRY,
		VTD_STRUCTURE_PASID_ENTRY,
		VTD_STRUCTURE_FIRST_STAGE_ENTRY,
		VTD_STRUCTURE_FIRST_STAGE_ENTRY,
		VTD_STRUCTURE_FIRST_STAGE_ENTRY,
		VTD_STRUCTURE_FIRST_STAGE_ENTRY,
	};
	struct device device = make_device(*state);
	struct explained explained;

	fixture_run(*state, VTD_TTM_SCALABLE);
	explain(*state, &read_request, &explained);
	check_structures(&explained, expected, 9);
	assert_int_equal(explained.step[0].words, 1);
	assert_int_equal(explained.step[0].word[0],
			 regs_read_64(((struct fixture *)*state)->unit,
				      VTD_REG_RTADDR));
	assert_int_equal(explained.step[2].address, device.context.entry);
	assert_int_equal(explained.step[4].address, device.pasid_entry);
	assert_int_equal(explained.step[4].words, VTD_PASID_ENTRY_WORDS);
	assert_int_equal(explained.step[5].level, 4);
	assert_int_equal(explained.step[8].level, 1);
	assert_int_equal(explained.step[8].address, device.leaf);
	assert_int_equal(explained.step[8].word[0],
			 PAGE | FS_USER_RW | VTD_FS_P);
	assert_int_equal(explained.step[8].rights, VTD_ACCESS_ATOMIC);
	assert_int_equal(explained.explanation.fault_step, VTD_STEP_NONE);
	assert_false(explained.explanation.cached);
	assert_int_equal(explained.explanation.recording, VTD_RECORDING_NONE);
	assert_int_equal(explained.explanation.record[0], 0);
	assert_int_equal(explained.explanation.record[1], 0);
}

static void step_says_which_bits_the_walk_would_set(void **state)
{
	struct vtd_request request = read_request;
	struct device device = make_device(*state);
	struct explained explained;

	(void)device;
	request.access = VTD_ACCESS_WRITE;
	fixture_run(*state, VTD_TTM_SCALABLE);
	explain(*state, &request, &explained);
	assert_int_equal(explained.step[7].sets, VTD_FS_A);
	assert_int_equal(explained.step[8].sets, VTD_FS_A | VTD_FS_D);
}

static void step_has_the_reserved_bits_that_are_set(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct explained explained;

	tables_change(&f->tables, device.pasid_entry + 8,
		      VTD_BIT(16) | VTD_BIT(20), 0);
	fixture_run(f, VTD_TTM_SCALABLE);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_SPT_3);
	assert_int_equal(explained.explanation.fault_step, 4);
	assert_int_equal(explained.step[4].error[0], 0);
	assert_int_equal(explained.step[4].error[1], VTD_BIT(16) | VTD_BIT(20));
	assert_int_equal(explained.explanation.result.place.word, 1);
}

static void step_has_no_words_when_memory_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct explained explained;

	fake_host_set_hole(&f->host, device.leaf, 8);
	fixture_run(f, VTD_TTM_SCALABLE);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_SFS_1);
	assert_int_equal(explained.explanation.fault_step, 8);
	assert_int_equal(explained.step[8].words, 0);
	assert_true(explained.explanation.result.place.unreadable);
}

static void fault_is_at_the_first_entry_that_takes_a_right_away(void **state)
{
	struct vtd_request request = read_request;
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct explained explained;

	request.access = VTD_ACCESS_WRITE;
	tables_change(&f->tables, page_table_entry(&device.first, ADDRESS, 3),
		      0, VTD_FS_RW);
	tables_change(&f->tables, device.leaf, 0, VTD_FS_RW);
	fixture_run(f, VTD_TTM_SCALABLE);
	explain(f, &request, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_SGN_6);
	assert_int_equal(explained.explanation.steps, 9);
	assert_int_equal(explained.explanation.fault_step, 6);
	assert_int_equal(explained.step[6].error[0], VTD_FS_RW);
	assert_int_equal(explained.step[5].rights, VTD_ACCESS_ATOMIC);
	assert_int_equal(explained.step[6].rights, VTD_ACCESS_READ);
}

/* One entry takes writing, the one below reading: only that bit is wrong there. */
static void wrong_are_the_bits_that_are_missing_when_two_would_do(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct page_table table;
	struct explained explained;
	uint64_t leaf;

	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	leaf = page_table_map(&table, ADDRESS, PAGE, 12, VTD_SS_W);
	tables_change(&f->tables, page_table_entry(&table, ADDRESS, 2), 0,
		      VTD_SS_W);
	fixture_pasid_second_stage(f, device.context.dir, PASID, &table);
	fixture_run(f, VTD_TTM_SCALABLE);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_SSS_2);
	assert_int_equal(explained.explanation.fault_step, 8);
	assert_int_equal(explained.step[8].address, leaf);
	assert_int_equal(explained.step[8].error[0], VTD_SS_R);
}

static void fault_is_suppressed_when_an_entry_has_fpd(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct explained explained;

	tables_change(&f->tables, device.leaf, 0, VTD_FS_P);
	fixture_run(f, VTD_TTM_SCALABLE);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.recording,
			 VTD_RECORDING_RECORDED);
	assert_int_equal(vtd_field_get(explained.explanation.record[1],
				       VTD_FRCD_HI_FR),
			 0x71);
	assert_true((explained.explanation.record[1] & VTD_FRCD_HI_F) != 0);
	assert_int_equal(explained.explanation.record[0], ADDRESS);
	tables_change(&f->tables, device.pasid_entry, VTD_PASID0_FPD, 0);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.recording,
			 VTD_RECORDING_SUPPRESSED);
	/* In any entry on the way. */
	tables_change(&f->tables, device.pasid_entry, 0, VTD_PASID0_FPD);
	tables_change(&f->tables, device.context.entry, VTD_SM_CONTEXT0_FPD, 0);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.recording,
			 VTD_RECORDING_SUPPRESSED);
	tables_change(&f->tables, device.context.entry, 0, VTD_SM_CONTEXT0_FPD);
	tables_change(&f->tables,
		      tables_pasid_dir_entry(device.context.dir, PASID),
		      VTD_PASID_DIR_FPD, 0);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.recording,
			 VTD_RECORDING_SUPPRESSED);
}

static void nothing_is_recorded_when_fault_is_recoverable(void **state)
{
	struct vtd_request request = read_request;
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct explained explained;

	request.type = VTD_AT_TRANSLATION;
	tables_change(&f->tables, device.leaf, 0, VTD_FS_P);
	fixture_run(f, VTD_TTM_SCALABLE);
	explain(f, &request, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_SFS_2);
	assert_int_equal(explained.explanation.recording, VTD_RECORDING_NONE);
}

static void no_more_steps_are_written_than_there_is_room_for(void **state)
{
	struct device device = make_device(*state);
	struct fixture *f = *state;
	struct vtd_explanation explanation;
	struct vtd_step step[3];

	tables_change(&f->tables, device.leaf, 0, VTD_FS_P);
	fixture_run(f, VTD_TTM_SCALABLE);
	memset(step, 0x5a, sizeof(step));
	vtd_unit_explain(f->unit, &read_request, &explanation, step, 2);
	assert_int_equal(explanation.steps, 9);
	assert_int_equal(explanation.fault_step, VTD_STEP_NONE);
	assert_int_equal(explanation.result.condition, VTD_SFS_2);
	assert_int_equal(step[1].structure, VTD_STRUCTURE_SM_ROOT_ENTRY);
	assert_int_equal(step[2].address, UINT64_C(0x5a5a5a5a5a5a5a5a));
	vtd_unit_explain(f->unit, &read_request, &explanation, NULL, 0);
	assert_int_equal(explanation.steps, 9);
}

static void
write_is_withheld_as_from_the_request_when_page_is_clean(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation translated;
	struct vtd_translation probed;
	struct explained explained;

	(void)device;
	fixture_run(f, VTD_TTM_SCALABLE);
	explain(f, &read_request, &explained);
	vtd_unit_probe(f->unit, &read_request, &probed);
	vtd_unit_translate(f->unit, &read_request, &translated);
	assert_false(translated.write);
	assert_false(explained.explanation.result.write);
	/* What tables allow, for those who shadow. */
	assert_true(probed.write);
}

static void there_are_no_steps_when_translation_is_off(void **state)
{
	struct fixture *f = *state;
	struct explained explained;

	fixture_start(f);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.steps, 0);
	assert_int_equal(explained.explanation.result.address, ADDRESS);
}

static void legacy_entries_are_steps_when_mode_is_legacy(void **state)
{
	static const enum vtd_structure expected[] = {
		VTD_STRUCTURE_ROOT_TABLE_ADDRESS,
		VTD_STRUCTURE_ROOT_ENTRY,
		VTD_STRUCTURE_CONTEXT_ENTRY,
	};
	struct vtd_request request = read_request;
	struct fixture *f = *state;
	struct explained explained;

	request.pasid_present = false;
	tables_legacy_context(&f->tables, f->root, SID);
	fixture_run(f, VTD_TTM_LEGACY);
	explain(f, &request, &explained);
	check_structures(&explained, expected, 3);
	assert_int_equal(explained.explanation.result.condition, VTD_LCT_2);
	assert_int_equal(explained.step[2].error[0], VTD_CONTEXT0_P);
}

/* Both stages with five levels, the first-stage tables mapped one to one. */
static void nest(struct fixture *f)
{
	uint64_t begin = f->tables.next;
	struct page_table first, second;
	struct fixture_context context;
	uint64_t end, entry;

	f->config.guest_address_width = 57;
	f->config.address_widths |= VTD_WIDTH_57;
	page_table_init(&first, &f->tables, PAGE_TABLE_FIRST_STAGE, 5);
	page_table_map(&first, ADDRESS, PAGE, 12, FS_USER_RW);
	end = f->tables.next;
	page_table_init(&second, &f->tables, PAGE_TABLE_SECOND_STAGE, 5);
	page_table_map(&second, PAGE, PAGE + 0x1000, 12, SS_RW);
	for (uint64_t page = begin; page < end; page += 4096)
		page_table_map(&second, page, page, 12, SS_RW);
	context = fixture_sm_context(f, SID, 0);
	entry = fixture_pasid_first_stage(f, context.dir, PASID, &first);
	fixture_pasid_nest(f, entry, &first, &second);
}

static void there_are_41_steps_when_both_stages_have_five_levels(void **state)
{
	struct fixture *f = *state;
	struct vtd_translation result;
	struct explained explained;
	const struct vtd_step *step = explained.step;

	nest(f);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &read_request, &result);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.result.address, PAGE + 0x1000);
	assert_int_equal(explained.explanation.steps, 41);
	/* Five second-stage entries for each first-stage one, five at last. */
	assert_int_equal(step[6].structure, VTD_STRUCTURE_SECOND_STAGE_ENTRY);
	assert_int_equal(step[6].level, 5);
	assert_int_equal(step[6].for_level, 5);
	assert_int_equal(step[11].structure, VTD_STRUCTURE_FIRST_STAGE_ENTRY);
	assert_true(step[11].guest);
	assert_int_equal(step[11].address, step[11].guest_address);
	assert_int_equal(step[34].for_level, 1);
	assert_int_equal(step[35].structure, VTD_STRUCTURE_FIRST_STAGE_ENTRY);
	assert_int_equal(step[40].level, 1);
	assert_int_equal(step[40].for_level, 0);
}

/* What is cached of the entries says how many levels each stage has. */
static uint64_t cached_levels(struct fixture *f)
{
	struct vtd_translation result;
	struct explained explained;

	vtd_unit_translate(f->unit, &read_request, &result);
	explain(f, &read_request, &explained);
	assert_true(explained.explanation.cached);
	assert_int_equal(explained.step[5].structure,
			 VTD_STRUCTURE_CACHED_CONFIGURATION);
	return explained.step[5].word[0] & (FIRST_LEVELS(7) | SECOND_LEVELS(7));
}

static void levels_are_of_both_stages_when_cached_entry_is_nested(void **state)
{
	struct fixture *f = *state;

	nest(f);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(cached_levels(f), FIRST_LEVELS(5) | SECOND_LEVELS(5));
}

static void levels_are_of_one_stage_when_cached_entry_has_one(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct page_table second;

	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(cached_levels(f), FIRST_LEVELS(4));
	page_table_init(&second, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	page_table_map(&second, ADDRESS, PAGE, 12, SS_RW);
	fixture_pasid_second_stage(f, device.context.dir, PASID, &second);
	regs_queue_flush(&f->queue);
	assert_int_equal(cached_levels(f), SECOND_LEVELS(4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			steps_are_in_the_order_of_the_walk_when_nothing_is_cached),
		FIXTURE_TEST(step_says_which_bits_the_walk_would_set),
		FIXTURE_TEST(step_has_the_reserved_bits_that_are_set),
		FIXTURE_TEST(step_has_no_words_when_memory_is_not_there),
		FIXTURE_TEST(
			fault_is_at_the_first_entry_that_takes_a_right_away),
		FIXTURE_TEST(
			wrong_are_the_bits_that_are_missing_when_two_would_do),
		FIXTURE_TEST(fault_is_suppressed_when_an_entry_has_fpd),
		FIXTURE_TEST(nothing_is_recorded_when_fault_is_recoverable),
		FIXTURE_TEST(no_more_steps_are_written_than_there_is_room_for),
		FIXTURE_TEST(
			write_is_withheld_as_from_the_request_when_page_is_clean),
		FIXTURE_TEST(
			there_are_41_steps_when_both_stages_have_five_levels),
		FIXTURE_TEST(
			levels_are_of_both_stages_when_cached_entry_is_nested),
		FIXTURE_TEST(levels_are_of_one_stage_when_cached_entry_has_one),
		FIXTURE_TEST(there_are_no_steps_when_translation_is_off),
		FIXTURE_TEST(legacy_entries_are_steps_when_mode_is_legacy),
	};

	return RUN_TESTS(tests);
}
