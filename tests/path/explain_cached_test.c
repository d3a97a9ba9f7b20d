/* SPDX-License-Identifier: BSD-3-Clause */
/* Explanations of requests for which something is cached: what that says, and what
 * memory does. */
#include <string.h>

#include <vtd/dump.h>

#include "explain_fixture.h"
#include "trail.h"

static void configuration_is_not_cached_when_it_is_explained(void **state)
{
	struct device device = make_device(*state);
	struct explained explained;

	(void)device;
	fixture_run(*state, VTD_TTM_SCALABLE);
	explain(*state, &read_request, &explained);
	explain(*state, &read_request, &explained);
	assert_false(explained.explanation.cached);
}

static void steps_are_bypassed_when_configuration_is_cached(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;

	(void)device;
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &read_request, &result);
	explain(f, &read_request, &explained);
	assert_true(explained.explanation.cached);
	assert_false(explained.explanation.stale);
	assert_int_equal(explained.explanation.steps, 10);
	assert_false(explained.step[0].bypassed); /* the register */
	for (unsigned int i = 1; i < 5; i++)
		assert_true(explained.step[i].bypassed);
	assert_int_equal(explained.step[5].structure,
			 VTD_STRUCTURE_CACHED_CONFIGURATION);
	assert_int_equal(explained.step[5].word[1], PASID);
	assert_int_equal(explained.step[5].word[2], device.first.root);
	assert_false(explained.step[6].bypassed);
}

static void explanation_is_stale_when_memory_is_not_what_is_cached(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;

	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &read_request, &result);
	tables_change(&f->tables, device.pasid_entry, 0, VTD_PASID0_P);
	explain(f, &read_request, &explained);
	assert_true(explained.explanation.stale);
	assert_int_equal(explained.explanation.result.condition,
			 VTD_CONDITION_NONE);
	regs_queue_flush(&f->queue);
	explain(f, &read_request, &explained);
	assert_false(explained.explanation.cached);
	assert_int_equal(explained.explanation.result.condition, VTD_SPT_2);
}

static void fault_is_in_the_cached_configuration_when_that_refuses(void **state)
{
	struct vtd_request request = read_request;
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;

	tables_change(&f->tables, device.context.entry, 0,
		      VTD_SM_CONTEXT0_DTE | VTD_SM_CONTEXT0_PRE);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &request, &result);
	request.type = VTD_AT_TRANSLATION;
	explain(f, &request, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_SCT_5);
	assert_int_equal(explained.explanation.result.place.structure,
			 VTD_STRUCTURE_CACHED_CONFIGURATION);
	assert_int_equal(explained.explanation.fault_step,
			 explained.explanation.steps - 1);
}

static void both_ways_are_told_when_translation_is_kept(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;
	const struct vtd_step *step = explained.step;

	f->config.iotlb = VTD_IOTLB_KEEP;
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &read_request, &result);
	tables_change(&f->tables, device.leaf, 0, VTD_FS_P);
	explain(f, &read_request, &explained);
	assert_true(explained.explanation.cached);
	assert_true(explained.explanation.stale);
	assert_int_equal(explained.explanation.result.address, PAGE);
	assert_int_equal(explained.explanation.memory.condition, VTD_SFS_2);
	assert_int_equal(explained.explanation.fault_step, VTD_STEP_NONE);
	/* Register, context and PASID entry, page; then nine of memory. */
	assert_int_equal(explained.explanation.steps, 4 + 9);
	assert_int_equal(step[3].structure, VTD_STRUCTURE_CACHED_TRANSLATION);
	assert_int_equal(step[3].word[0], PAGE);
	assert_false(step[3].bypassed);
	assert_true(step[12].bypassed);
	assert_int_equal(step[12].address, device.leaf);
	vtd_unit_explain(f->unit, &read_request, &explained.explanation, NULL,
			 0);
	assert_int_equal(explained.explanation.steps, 4 + 9);
}

/* The leaf is made this word after it was used. */
static bool is_stale_with(struct fixture *f, const struct device *device,
			  uint64_t word)
{
	uint64_t used = fake_host_get_64(&f->host, device->leaf);
	struct explained explained;

	fake_host_set_64(&f->host, device->leaf, word);
	explain(f, &read_request, &explained);
	assert_true(explained.explanation.cached);
	fake_host_set_64(&f->host, device->leaf, used);
	return explained.explanation.stale;
}

static void explanation_is_stale_when_any_of_the_answer_differs(void **state)
{
	const uint64_t bits = FS_USER_RW | VTD_FS_A | VTD_FS_D;
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;

	f->config.iotlb = VTD_IOTLB_KEEP;
	fake_host_set_64(&f->host, device.leaf, PAGE | bits);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &read_request, &result);
	assert_false(is_stale_with(f, &device, PAGE | bits));
	assert_true(is_stale_with(f, &device, (PAGE + 0x1000) | bits));
	assert_true(is_stale_with(f, &device, (PAGE | bits) & ~VTD_FS_RW));
	assert_true(is_stale_with(f, &device, 0));
}

/* A second-stage page with these rights that was used, and whose leaf is made this
 * word then. */
static bool second_stage_is_stale(struct fixture *f, uint64_t rights,
				  uint64_t word)
{
	struct vtd_request request = read_request;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct page_table second;
	struct explained explained;
	uint64_t leaf;

	f->config.iotlb = VTD_IOTLB_KEEP;
	request.access = rights == VTD_SS_R ? VTD_ACCESS_READ :
					      VTD_ACCESS_WRITE;
	page_table_init(&second, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	leaf = page_table_map(&second, ADDRESS, PAGE, 12, rights);
	fixture_pasid_second_stage(f, device.context.dir, PASID, &second);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &request, &result);
	fake_host_set_64(&f->host, leaf, word);
	explain(f, &request, &explained);
	assert_true(explained.explanation.cached);
	return explained.explanation.stale;
}

static void explanation_is_stale_when_read_right_went(void **state)
{
	assert_true(second_stage_is_stale(*state, SS_RW, PAGE | VTD_SS_W));
}

static void explanation_is_stale_when_readable_page_is_another(void **state)
{
	assert_true(second_stage_is_stale(*state, VTD_SS_R,
					  (PAGE + 0x1000) | VTD_SS_R));
}

static void explanation_is_stale_when_writable_page_is_another(void **state)
{
	assert_true(second_stage_is_stale(*state, VTD_SS_W,
					  (PAGE + 0x1000) | VTD_SS_W));
}

static void explanation_is_not_stale_when_page_is_the_same(void **state)
{
	assert_false(second_stage_is_stale(*state, SS_RW, PAGE | SS_RW));
}

/* Two ways to get nothing. */
static void explanation_is_stale_when_request_is_refused_otherwise(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;

	f->config.iotlb = VTD_IOTLB_KEEP;
	tables_change(&f->tables, device.context.entry, 0,
		      VTD_SM_CONTEXT0_PASIDE);
	fixture_run(f, VTD_TTM_SCALABLE);
	/* Its context entry is in the cache. */
	vtd_unit_translate(f->unit, &read_request, &result);
	explain(f, &read_request, &explained);
	assert_true(explained.explanation.cached);
	assert_false(explained.explanation.stale);
	tables_change(&f->tables, device.context.entry, 0, VTD_SM_CONTEXT0_P);
	explain(f, &read_request, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_SCT_6);
	assert_int_equal(explained.explanation.memory.condition, VTD_SCT_2);
	assert_true(explained.explanation.stale);
}

static void one_way_is_told_when_nothing_is_kept_yet(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct explained explained;

	(void)device;
	f->config.iotlb = VTD_IOTLB_KEEP;
	fixture_run(f, VTD_TTM_SCALABLE);
	/* Nor by an explanation. */
	for (int i = 0; i < 2; i++) {
		explain(f, &read_request, &explained);
		assert_false(explained.explanation.cached);
		assert_false(explained.explanation.stale);
		assert_int_equal(explained.explanation.steps, 9);
		assert_int_equal(explained.explanation.memory.address, PAGE);
	}
}

static void nothing_is_kept_when_a_request_is_explained(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct explained explained;
	struct vtd_dump_kept kept;
	uint32_t cursor = 0;

	for (unsigned int level = 1; level <= 4; level++)
		tables_change(&f->tables,
			      page_table_entry(&device.first, ADDRESS, level),
			      VTD_FS_A, 0);
	f->config.iotlb = VTD_IOTLB_KEEP;
	fixture_run(f, VTD_TTM_SCALABLE);
	explain(f, &read_request, &explained);
	while (cursor != VTD_DUMP_END)
		assert_int_equal(
			vtd_unit_dump_iotlb(f->unit, &cursor, &kept, 1), 0);
}

/* Register, context and PASID entry, the table and the leaf. */
static void table_is_a_step_when_it_is_kept(void **state)
{
	struct vtd_request request = read_request;
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;
	const struct vtd_step *step = explained.step;

	f->config.iotlb = VTD_IOTLB_KEEP;
	page_table_map(&device.first, ADDRESS + 0x1000, PAGE, 12, FS_USER_RW);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &read_request, &result);
	request.address = ADDRESS + 0x1000;
	explain(f, &request, &explained);
	assert_int_equal(explained.explanation.steps, 5 + 9);
	assert_int_equal(step[3].structure, VTD_STRUCTURE_CACHED_PAGING_ENTRY);
	assert_int_equal(step[3].level, 2);
	assert_int_equal(step[3].words, 1);
	assert_int_equal(step[3].word[0],
			 device.leaf & UINT64_MAX << VTD_PAGE_SHIFT);
	assert_int_equal(step[4].structure, VTD_STRUCTURE_FIRST_STAGE_ENTRY);
	assert_int_equal(step[4].level, 1);
}

/* All that the translation was kept with. */
static void step_says_what_is_kept_of_a_translation(void **state)
{
	struct vtd_request request = read_request;
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;
	const struct vtd_step *step = &explained.step[3];

	(void)device;
	f->config.iotlb = VTD_IOTLB_KEEP;
	fixture_run(f, VTD_TTM_SCALABLE);
	request.address = ADDRESS + 0x123;
	vtd_unit_translate(f->unit, &request, &result);
	explain(f, &request, &explained);
	assert_int_equal(step->structure, VTD_STRUCTURE_CACHED_TRANSLATION);
	assert_int_equal(step->words, VTD_CACHED_TRANSLATION_WORDS);
	assert_int_equal(step->word[0], PAGE);
	/* It is clean. */
	assert_int_equal(step->word[1],
			 VTD_CACHED_TRANSLATION1_R | VTD_CACHED_TRANSLATION1_W |
				 VTD_CACHED_TRANSLATION1_SNP | 12 << 8);
	assert_int_equal(step->rights, VTD_ACCESS_ATOMIC);
	request.access = VTD_ACCESS_WRITE;
	vtd_unit_translate(f->unit, &request, &result);
	explain(f, &request, &explained);
	assert_int_equal(step->word[1],
			 VTD_CACHED_TRANSLATION1_R | VTD_CACHED_TRANSLATION1_W |
				 VTD_CACHED_TRANSLATION1_D |
				 VTD_CACHED_TRANSLATION1_SNP | 12 << 8);
}

static void steps_of_memory_are_cut_when_there_is_less_room(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct vtd_explanation explanation;
	struct vtd_step step[VTD_STEPS_MAX];

	(void)device;
	f->config.iotlb = VTD_IOTLB_KEEP;
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &read_request, &result);
	for (size_t room = 0; room <= 14; room++) {
		memset(step, 0x5a, sizeof(step));
		vtd_unit_explain(f->unit, &read_request, &explanation, step,
				 room);
		assert_int_equal(explanation.steps, 4 + 9);
		assert_int_equal(explanation.memory.address, PAGE);
		for (size_t i = 0; i < room && i < 13; i++)
			assert_int_equal(step[i].bypassed, i >= 4);
		assert_int_equal(step[room < 13 ? room : 13].address,
				 UINT64_C(0x5a5a5a5a5a5a5a5a));
	}
}

/* The configuration that is cached has `fpd` in its context or its PASID entry, and
 * refuses translation requests. */
static enum vtd_recording recording_of(struct fixture *f, bool in_context)
{
	struct vtd_request request = read_request;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;

	tables_change(&f->tables, device.context.entry, 0,
		      VTD_SM_CONTEXT0_DTE | VTD_SM_CONTEXT0_PRE);
	if (in_context)
		tables_change(&f->tables, device.context.entry,
			      VTD_SM_CONTEXT0_FPD, 0);
	else
		tables_change(&f->tables, device.pasid_entry, VTD_PASID0_FPD,
			      0);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	request.type = VTD_AT_TRANSLATION;
	explain(f, &request, &explained);
	assert_true(explained.explanation.cached);
	assert_int_equal(explained.explanation.result.condition, VTD_SCT_5);
	return explained.explanation.recording;
}

static void refusal_is_suppressed_when_cached_context_has_fpd(void **state)
{
	assert_int_equal(recording_of(*state, true), VTD_RECORDING_SUPPRESSED);
}

static void refusal_is_recorded_when_only_cached_pasid_has_fpd(void **state)
{
	assert_int_equal(recording_of(*state, false), VTD_RECORDING_RECORDED);
}

static void fault_is_suppressed_when_cached_pasid_has_fpd(void **state)
{
	struct fixture *f = *state;
	struct device device = make_device(f);
	struct vtd_translation result;
	struct explained explained;

	tables_change(&f->tables, device.pasid_entry, VTD_PASID0_FPD, 0);
	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, &read_request, &result);
	fake_host_set_64(&f->host, device.leaf, 0);
	explain(f, &read_request, &explained);
	assert_true(explained.explanation.cached);
	assert_int_equal(explained.explanation.result.condition, VTD_SFS_2);
	assert_int_equal(explained.explanation.recording,
			 VTD_RECORDING_SUPPRESSED);
}

/* Of such an entry nothing is left that differs from one that is not there. */
static void explanation_is_stale_when_an_empty_entry_is_gone(void **state)
{
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_READ,
		.address = PAGE,
	};
	const uint64_t words[2] = {
		VTD_CONTEXT0_P |
			vtd_field_make(VTD_CONTEXT0_TT, VTD_TT_PASS_THROUGH),
		1,
	};
	struct fixture *f = *state;
	uint64_t entry = tables_legacy_context(&f->tables, f->root, SID);
	struct vtd_translation result;
	struct explained explained;

	tables_put(&f->tables, entry, words, 2);
	fixture_run(f, VTD_TTM_LEGACY);
	vtd_unit_translate(f->unit, &request, &result);
	explain(f, &request, &explained);
	assert_true(explained.explanation.cached);
	assert_false(explained.explanation.stale);
	tables_change(&f->tables, entry, 0, VTD_CONTEXT0_P);
	explain(f, &request, &explained);
	assert_true(explained.explanation.stale);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(configuration_is_not_cached_when_it_is_explained),
		FIXTURE_TEST(steps_are_bypassed_when_configuration_is_cached),
		FIXTURE_TEST(
			explanation_is_stale_when_memory_is_not_what_is_cached),
		FIXTURE_TEST(
			fault_is_in_the_cached_configuration_when_that_refuses),
		FIXTURE_TEST(both_ways_are_told_when_translation_is_kept),
		FIXTURE_TEST(
			explanation_is_stale_when_any_of_the_answer_differs),
		FIXTURE_TEST(explanation_is_stale_when_read_right_went),
		FIXTURE_TEST(
			explanation_is_stale_when_readable_page_is_another),
		FIXTURE_TEST(
			explanation_is_stale_when_writable_page_is_another),
		FIXTURE_TEST(explanation_is_not_stale_when_page_is_the_same),
		FIXTURE_TEST(
			explanation_is_stale_when_request_is_refused_otherwise),
		FIXTURE_TEST(one_way_is_told_when_nothing_is_kept_yet),
		FIXTURE_TEST(nothing_is_kept_when_a_request_is_explained),
		FIXTURE_TEST(table_is_a_step_when_it_is_kept),
		FIXTURE_TEST(step_says_what_is_kept_of_a_translation),
		FIXTURE_TEST(steps_of_memory_are_cut_when_there_is_less_room),
		FIXTURE_TEST(refusal_is_suppressed_when_cached_context_has_fpd),
		FIXTURE_TEST(
			refusal_is_recorded_when_only_cached_pasid_has_fpd),
		FIXTURE_TEST(fault_is_suppressed_when_cached_pasid_has_fpd),
		FIXTURE_TEST(explanation_is_stale_when_an_empty_entry_is_gone),
	};

	return RUN_TESTS(tests);
}
