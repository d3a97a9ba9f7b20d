/* SPDX-License-Identifier: BSD-3-Clause */
/* What a unit says that a requester is: vtd_unit_requester(). */
#include <string.h>

#include "check.h"

#define SID 0x0108
#define RID_PASID 0x40
#define PASID 0x12345
#define PAGE UINT64_C(0x5000000)
#define CONTEXT_GLOBAL 0x11

static struct vtd_requester_info ask(struct fixture *f, bool pasid_present,
				     uint32_t pasid)
{
	struct vtd_requester_info info;

	memset(&info, 0xff, sizeof(info));
	vtd_unit_requester(f->unit, SID, pasid_present, pasid, &info);
	return info;
}

static struct vtd_requester_info ask_without_pasid(struct fixture *f)
{
	return ask(f, false, PASID);
}

static void assert_blocked(const struct vtd_requester_info *info,
			   enum vtd_condition condition)
{
	assert_int_equal(info->state, VTD_REQUESTER_BLOCKED);
	assert_int_equal(info->condition, condition);
	assert_false(info->translation_requests);
	assert_false(info->page_requests);
	assert_int_equal(info->first_stage_levels, 0);
	assert_int_equal(info->second_stage_levels, 0);
}

static struct page_table
table_of(struct fixture *f, enum page_table_stage stage, unsigned int levels)
{
	struct page_table table;

	page_table_init(&table, &f->tables, stage, levels);
	return table;
}

static void put_legacy(struct fixture *f, uint64_t type, uint64_t root,
		       unsigned int levels)
{
	const uint64_t words[2] = {
		root | VTD_CONTEXT0_P | vtd_field_make(VTD_CONTEXT0_TT, type),
		vtd_field_make(VTD_CONTEXT1_AW, levels - 2) |
			vtd_field_make(VTD_CONTEXT1_DID, 0x1234),
	};

	tables_put(&f->tables, tables_legacy_context(&f->tables, f->root, SID),
		   words, 2);
}

static void requester_is_off_when_translation_is_off(void **state)
{
	struct fixture *f = *state;
	struct vtd_requester_info info;

	fixture_start(f);
	info = ask_without_pasid(f);
	assert_int_equal(info.state, VTD_REQUESTER_OFF);
	assert_int_equal(info.condition, VTD_CONDITION_NONE);
	assert_false(info.translation_requests);
	assert_false(info.page_requests);
}

static void requester_is_blocked_when_it_has_no_context(void **state)
{
	struct fixture *f = *state;
	struct vtd_requester_info info;

	fixture_run(f, VTD_TTM_SCALABLE);
	info = ask_without_pasid(f);
	assert_blocked(&info, VTD_SRT_2);
}

static void requester_is_blocked_when_mode_aborts_dma(void **state)
{
	struct fixture *f = *state;
	struct vtd_requester_info info;

	f->config.abort_dma = true;
	fixture_run(f, VTD_TTM_ABORT_DMA);
	info = ask_without_pasid(f);
	assert_blocked(&info, VTD_RTA_4);
}

static void second_stage_is_told_when_context_is_legacy(void **state)
{
	struct fixture *f = *state;
	struct vtd_requester_info info;

	put_legacy(f, VTD_TT_ALL, PAGE, 3);
	fixture_run(f, VTD_TTM_LEGACY);
	info = ask_without_pasid(f);
	assert_int_equal(info.state, VTD_REQUESTER_TRANSLATED);
	assert_int_equal(info.condition, VTD_CONDITION_NONE);
	assert_true(info.legacy);
	assert_int_equal(info.did, 0x1234);
	assert_int_equal(info.first_stage_levels, 0);
	assert_int_equal(info.first_stage_root, 0);
	assert_int_equal(info.second_stage_levels, 3);
	assert_int_equal(info.second_stage_root, PAGE);
	assert_true(info.translation_requests);
	assert_false(info.page_requests);
}

static void ats_is_denied_when_legacy_type_has_untranslated_only(void **state)
{
	struct fixture *f = *state;

	put_legacy(f, VTD_TT_UNTRANSLATED, PAGE, 4);
	fixture_run(f, VTD_TTM_LEGACY);
	assert_false(ask_without_pasid(f).translation_requests);
}

static void requester_passes_through_when_legacy_type_says_so(void **state)
{
	struct fixture *f = *state;
	struct vtd_requester_info info;

	put_legacy(f, VTD_TT_PASS_THROUGH, PAGE, 4);
	fixture_run(f, VTD_TTM_LEGACY);
	info = ask_without_pasid(f);
	assert_int_equal(info.state, VTD_REQUESTER_PASS_THROUGH);
	assert_int_equal(info.did, 0x1234);
	assert_int_equal(info.second_stage_levels, 0);
	assert_int_equal(info.second_stage_root, 0);
	assert_false(info.translation_requests);
}

static void pasid_is_blocked_when_mode_is_legacy(void **state)
{
	struct fixture *f = *state;
	struct vtd_requester_info info;

	put_legacy(f, VTD_TT_ALL, PAGE, 4);
	fixture_run(f, VTD_TTM_LEGACY);
	info = ask(f, true, PASID);
	assert_blocked(&info, VTD_RTA_2);
}

static void
first_stage_of_rid_pasid_is_told_when_no_pasid_is_given(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, RID_PASID);
	struct page_table table = table_of(f, PAGE_TABLE_FIRST_STAGE, 5);
	struct vtd_requester_info info;

	fixture_pasid_first_stage(f, context.dir, RID_PASID, &table);
	fixture_run(f, VTD_TTM_SCALABLE);
	info = ask_without_pasid(f);
	assert_int_equal(info.state, VTD_REQUESTER_TRANSLATED);
	assert_false(info.legacy);
	assert_int_equal(info.pasid, RID_PASID);
	assert_int_equal(info.did, FIXTURE_DID);
	assert_int_equal(info.first_stage_levels, 5);
	assert_int_equal(info.first_stage_root, table.root);
	assert_int_equal(info.second_stage_levels, 0);
	assert_int_equal(info.second_stage_root, 0);
	assert_true(info.translation_requests);
	assert_true(info.page_requests);
}

static void both_stages_are_told_when_pasid_is_nested(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, RID_PASID);
	struct page_table first = table_of(f, PAGE_TABLE_FIRST_STAGE, 4);
	struct page_table second = table_of(f, PAGE_TABLE_SECOND_STAGE, 3);
	struct vtd_requester_info info;
	uint64_t entry =
		fixture_pasid_first_stage(f, context.dir, PASID, &first);

	fixture_pasid_nest(f, entry, &first, &second);
	fixture_run(f, VTD_TTM_SCALABLE);
	info = ask(f, true, PASID);
	assert_int_equal(info.state, VTD_REQUESTER_TRANSLATED);
	assert_int_equal(info.pasid, PASID);
	assert_int_equal(info.first_stage_levels, 4);
	assert_int_equal(info.first_stage_root, first.root);
	assert_int_equal(info.second_stage_levels, 3);
	assert_int_equal(info.second_stage_root, second.root);
}

static void requester_passes_through_when_pasid_entry_says_so(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct vtd_requester_info info;

	fixture_pasid_pass_through(f, context.dir, 0);
	fixture_run(f, VTD_TTM_SCALABLE);
	info = ask_without_pasid(f);
	assert_int_equal(info.state, VTD_REQUESTER_PASS_THROUGH);
	assert_int_equal(info.did, FIXTURE_DID);
	assert_int_equal(info.first_stage_levels, 0);
	assert_true(info.translation_requests);
}

static void rights_to_ask_are_denied_when_context_lacks_them(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct vtd_requester_info info;

	fixture_pasid_pass_through(f, context.dir, 0);
	tables_change(&f->tables, context.entry, 0,
		      VTD_SM_CONTEXT0_DTE | VTD_SM_CONTEXT0_PRE |
			      VTD_SM_CONTEXT0_PASIDE);
	fixture_run(f, VTD_TTM_SCALABLE);
	info = ask_without_pasid(f);
	assert_int_equal(info.state, VTD_REQUESTER_PASS_THROUGH);
	assert_false(info.translation_requests);
	assert_false(info.page_requests);
	info = ask(f, true, PASID);
	assert_blocked(&info, VTD_SCT_6);
}

static void requester_is_blocked_when_its_entry_forbids_privilege(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table = table_of(f, PAGE_TABLE_FIRST_STAGE, 4);
	uint64_t entry = fixture_pasid_first_stage(f, context.dir, 0, &table);
	struct vtd_requester_info info;

	tables_change(&f->tables, entry + 16, 0, VTD_PASID2_SRE);
	tables_change(&f->tables, context.entry + 8, VTD_SM_CONTEXT1_RID_PRIV,
		      0);
	fixture_run(f, VTD_TTM_SCALABLE);
	info = ask_without_pasid(f);
	assert_blocked(&info, VTD_SPT_6);
	assert_int_equal(fixture_access(f, SID, 0, VTD_ACCESS_READ).condition,
			 VTD_SPT_6);
}

/* As a request is: its fault is the first on the way. */
static void missing_entry_is_told_when_privilege_is_wanted_too(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct vtd_requester_info info;

	tables_change(&f->tables, context.entry + 8, VTD_SM_CONTEXT1_RID_PRIV,
		      0);
	fixture_run(f, VTD_TTM_SCALABLE);
	info = ask_without_pasid(f);
	assert_blocked(&info, VTD_SPD_2);
}

static void pasid_is_blocked_when_beyond_what_the_unit_has(void **state)
{
	struct fixture *f = *state;
	struct vtd_requester_info info;

	f->config.pasid_bits = 16;
	fixture_sm_context(f, SID, 0);
	fixture_run(f, VTD_TTM_SCALABLE);
	info = ask(f, true, 0x10000);
	assert_blocked(&info, VTD_SGN_10);
	info = ask(f, true, UINT32_MAX);
	assert_blocked(&info, VTD_SGN_10);
}

static void question_leaves_no_trace_when_requester_is_blocked(void **state)
{
	struct fixture *f = *state;
	struct vtd_counters before, after;

	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_counters(f->unit, &before, sizeof(before));
	ask_without_pasid(f);
	vtd_unit_counters(f->unit, &after, sizeof(after));
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(fixture_take_reason(f), 0);
	assert_int_equal(f->host.messages, 0);
}

/* As requests do: what is cached counts until software invalidates it. */
static void answer_changes_when_software_has_invalidated(void **state)
{
	struct fixture *f = *state;

	put_legacy(f, VTD_TT_PASS_THROUGH, PAGE, 4);
	fixture_run(f, VTD_TTM_LEGACY);
	assert_int_equal(ask_without_pasid(f).state,
			 VTD_REQUESTER_PASS_THROUGH);
	put_legacy(f, VTD_TT_UNTRANSLATED, PAGE, 4);
	assert_true(regs_queue_do(&f->queue, CONTEXT_GLOBAL, 0));
	assert_int_equal(ask_without_pasid(f).state, VTD_REQUESTER_TRANSLATED);
	tables_change(&f->tables,
		      tables_legacy_context(&f->tables, f->root, SID), 0,
		      VTD_CONTEXT0_P);
	assert_true(regs_queue_do(&f->queue, CONTEXT_GLOBAL, 0));
	assert_int_equal(ask_without_pasid(f).condition, VTD_LCT_2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(requester_is_off_when_translation_is_off),
		FIXTURE_TEST(requester_is_blocked_when_it_has_no_context),
		FIXTURE_TEST(requester_is_blocked_when_mode_aborts_dma),
		FIXTURE_TEST(second_stage_is_told_when_context_is_legacy),
		FIXTURE_TEST(
			ats_is_denied_when_legacy_type_has_untranslated_only),
		FIXTURE_TEST(requester_passes_through_when_legacy_type_says_so),
		FIXTURE_TEST(pasid_is_blocked_when_mode_is_legacy),
		FIXTURE_TEST(
			first_stage_of_rid_pasid_is_told_when_no_pasid_is_given),
		FIXTURE_TEST(both_stages_are_told_when_pasid_is_nested),
		FIXTURE_TEST(requester_passes_through_when_pasid_entry_says_so),
		FIXTURE_TEST(rights_to_ask_are_denied_when_context_lacks_them),
		FIXTURE_TEST(
			requester_is_blocked_when_its_entry_forbids_privilege),
		FIXTURE_TEST(
			missing_entry_is_told_when_privilege_is_wanted_too),
		FIXTURE_TEST(pasid_is_blocked_when_beyond_what_the_unit_has),
		FIXTURE_TEST(
			question_leaves_no_trace_when_requester_is_blocked),
		FIXTURE_TEST(answer_changes_when_software_has_invalidated),
	};

	return RUN_TESTS(tests);
}
