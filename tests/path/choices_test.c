/* SPDX-License-Identifier: BSD-3-Clause */
/* Choices where the specification is silent (docs/choices.md), as far as no
 * other test has them. */
#include "check.h"
#include "control.h"

#define SID 0x0100
#define PASID 0x10000 /* 17 bits */
#define ADDRESS UINT64_C(0x40000000)
#define PAGE UINT64_C(0x5000000)
#define INVALID_REQUEST 1

static enum vtd_condition translate(struct fixture *f,
				    enum vtd_address_type type, uint32_t pasid)
{
	return fixture_translate(f,
				 (struct vtd_request){
					 .sid = SID,
					 .type = type,
					 .access = VTD_ACCESS_READ,
					 .address = ADDRESS,
					 .pasid_present = true,
					 .pasid = pasid,
				 })
		.condition;
}

static struct page_table map_page(struct fixture *f,
				  enum page_table_stage stage, uint64_t bits)
{
	struct page_table table;

	page_table_init(&table, &f->tables, stage, 4);
	page_table_map(&table, ADDRESS, PAGE, 12, bits);
	return table;
}

/* ---------------------------------------------------- Order of two faults */

static void width_wins_when_pasid_is_beyond_the_directory_too(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);

	f->config.pasid_bits = 16;
	tables_change(&f->tables, context.entry, 0, VTD_SM_CONTEXT0_PDTS);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(translate(f, VTD_AT_UNTRANSLATED, PASID), VTD_SGN_10);
	assert_int_equal(translate(f, VTD_AT_UNTRANSLATED, 0xffff), VTD_SCT_7);
}

static void width_wins_when_pasid_is_the_rid_pasid_too(void **state)
{
	struct fixture *f = *state;

	f->config.pasid_bits = 16;
	fixture_sm_context(f, SID, PASID);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(translate(f, VTD_AT_UNTRANSLATED, PASID), VTD_SGN_10);
}

/* The right to translation requests before that to PASIDs, and both before the
 * PASID is looked at. */
static void ats_right_wins_when_pasids_are_not_allowed_either(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);

	f->config.pasid_bits = 16;
	tables_change(&f->tables, context.entry, 0,
		      VTD_SM_CONTEXT0_DTE | VTD_SM_CONTEXT0_PRE |
			      VTD_SM_CONTEXT0_PASIDE);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(translate(f, VTD_AT_TRANSLATION, PASID), VTD_SCT_5);
	assert_int_equal(translate(f, VTD_AT_UNTRANSLATED, PASID), VTD_SCT_6);
}

static void reserved_bits_win_when_page_is_not_for_users_either(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table = map_page(f, PAGE_TABLE_FIRST_STAGE,
					   FS_SUPERVISOR_RW | VTD_BIT(51));

	fixture_pasid_first_stage(f, context.dir, 1, &table);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(translate(f, VTD_AT_UNTRANSLATED, 1), VTD_SFS_3);
}

static void
first_stage_mode_is_ignored_when_there_is_no_first_stage(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table = map_page(f, PAGE_TABLE_SECOND_STAGE, SS_RW);
	uint64_t entry = fixture_pasid_second_stage(f, context.dir, 1, &table);

	tables_change(&f->tables, entry + 16, VTD_PASID2_FSPM, 0);
	fixture_run(f, VTD_TTM_SCALABLE);
	assert_int_equal(translate(f, VTD_AT_UNTRANSLATED, 1),
			 VTD_CONDITION_NONE);
}

/* ---------------------------------------------------------- Page requests */

static void ask(struct fixture *f, uint32_t pasid)
{
	const struct vtd_page_request request = {
		.sid = SID,
		.pasid_present = true,
		.pasid = pasid,
		.read = true,
		.last = true,
		.address = ADDRESS,
	};

	fake_host_forget(&f->host);
	vtd_unit_page_request(f->unit, &request);
}

static void assert_invalid(struct fixture *f)
{
	assert_int_equal(f->host.responses, 1);
	assert_int_equal(f->host.response[0].code, INVALID_REQUEST);
}

/* SGN.10 has no column for page requests. */
static void page_request_is_46h_when_pasid_is_beyond_the_width(void **state)
{
	struct fixture *f = *state;

	f->config.pasid_bits = 16;
	fixture_sm_context(f, SID, 0);
	fixture_run(f, VTD_TTM_SCALABLE);
	ask(f, PASID);
	assert_invalid(f);
	assert_int_equal(fixture_take_reason(f), 0x46);
}

static void page_request_is_invalid_when_translation_is_off(void **state)
{
	struct fixture *f = *state;

	fixture_start(f);
	ask(f, 1);
	assert_invalid(f);
	assert_int_equal(fixture_take_reason(f), 0);
}

static void tables_win_when_page_request_queue_is_full_too(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct regs_page_queue queue;

	fixture_pasid_pass_through(f, context.dir, 1);
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_page_queue_start(&queue, f->unit, &f->tables);
	for (unsigned int i = 0; i < (4096u << queue.size) / 32; i++)
		ask(f, 1);
	assert_int_equal(f->host.response[0].code, VTD_RESPONSE_SUCCESS);
	ask(f, 2);
	assert_invalid(f);
	assert_int_equal(fixture_take_reason(f), 0x59);
}

/* ----------------------------------------------------------- Invalidation */

/* MAMV is 18: dropping more is always right, an error would stop the queue. */
static void mask_is_taken_as_it_is_when_beyond_mamv(void **state)
{
	struct fixture *f = *state;
	struct vtd_mappings_changed *change = &f->host.mappings_change[0];

	control_run(f);
	fake_host_forget(&f->host);
	regs_queue_put(&f->queue, 0x32 | 1 << 16,
		       UINT64_C(0x123456789000) | 20);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_fsts(f), 0);
	assert_int_equal(change->scope, VTD_CHANGE_RANGE);
	assert_true(change->first == UINT64_C(0x123400000000));
	assert_true(change->last == UINT64_C(0x1234ffffffff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(width_wins_when_pasid_is_beyond_the_directory_too),
		FIXTURE_TEST(width_wins_when_pasid_is_the_rid_pasid_too),
		FIXTURE_TEST(ats_right_wins_when_pasids_are_not_allowed_either),
		FIXTURE_TEST(
			reserved_bits_win_when_page_is_not_for_users_either),
		FIXTURE_TEST(
			first_stage_mode_is_ignored_when_there_is_no_first_stage),
		FIXTURE_TEST(
			page_request_is_46h_when_pasid_is_beyond_the_width),
		FIXTURE_TEST(page_request_is_invalid_when_translation_is_off),
		FIXTURE_TEST(tables_win_when_page_request_queue_is_full_too),
		FIXTURE_TEST(mask_is_taken_as_it_is_when_beyond_mamv),
	};

	return RUN_TESTS(tests);
}
