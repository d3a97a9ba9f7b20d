/* SPDX-License-Identifier: BSD-3-Clause */
/* The kit's whole entries do what their descriptions say. */
#include "check.h"

#define SID 0x0231
#define PASID 0x12345
#define INPUT UINT64_C(0x40001000)
#define OUTPUT UINT64_C(0x5000)
#define DID 7

static struct vtd_kit_page_table
table_of(struct fixture *f, enum vtd_kit_stage stage, unsigned int levels)
{
	struct vtd_kit_page_table table;

	vtd_kit_page_table_init(&table, &f->tables, stage, levels);
	vtd_kit_page_table_map(&table, INPUT, OUTPUT, 12,
			       stage == VTD_KIT_FIRST_STAGE ? FS_USER_RW :
							      SS_RW);
	return table;
}

static struct vtd_requester_info requester(struct fixture *f, bool pasid)
{
	struct vtd_requester_info info;

	vtd_unit_requester(f->unit, SID, pasid, PASID, &info);
	return info;
}

static void check_legacy(struct fixture *f, unsigned int levels,
			 bool device_tlb)
{
	struct vtd_kit_page_table table =
		table_of(f, VTD_KIT_SECOND_STAGE, levels);
	const struct vtd_kit_translation translation = {
		.second_stage = &table,
		.did = DID,
	};
	struct vtd_requester_info info;

	f->config.address_widths = VTD_WIDTH_39 | VTD_WIDTH_48;
	vtd_kit_context_set(&f->tables, f->root, SID, &translation, device_tlb);
	fixture_run(f, VTD_TTM_LEGACY);
	info = requester(f, false);
	assert_int_equal(info.state, VTD_REQUESTER_TRANSLATED);
	assert_int_equal(info.did, DID);
	assert_int_equal(info.second_stage_levels, levels);
	assert_int_equal(info.translation_requests, device_tlb);
	assert_true(fixture_access(f, SID, INPUT, VTD_ACCESS_WRITE).address ==
		    OUTPUT);
}

static void context_translates_when_it_has_three_levels(void **state)
{
	check_legacy(*state, 3, false);
}

static void context_takes_translation_requests_when_told(void **state)
{
	check_legacy(*state, 4, true);
}

static void context_passes_through_when_it_has_no_stage(void **state)
{
	const struct vtd_kit_translation translation = { .did = DID };
	struct fixture *f = *state;

	vtd_kit_context_set(&f->tables, f->root, SID, &translation, false);
	fixture_run(f, VTD_TTM_LEGACY);
	assert_int_equal(requester(f, false).state, VTD_REQUESTER_PASS_THROUGH);
}

/* A PASID entry, looked at with a unit that runs. */
static struct vtd_requester_info
pasid_of(struct fixture *f, const struct vtd_kit_translation *translation)
{
	struct vtd_kit_sm_context context =
		vtd_kit_sm_context_set(&f->tables, f->root, SID, 0);

	vtd_kit_pasid_set(&f->tables, context.dir, PASID, translation);
	fixture_run(f, VTD_TTM_SCALABLE);
	return requester(f, true);
}

static void pasid_has_five_levels_when_its_first_stage_does(void **state)
{
	struct fixture *f = *state;
	struct vtd_kit_page_table first = table_of(f, VTD_KIT_FIRST_STAGE, 5);
	const struct vtd_kit_translation translation = {
		.first_stage = &first,
		.did = DID,
	};
	struct vtd_requester_info info;

	f->config.first_stage_5_level = true;
	info = pasid_of(f, &translation);
	assert_int_equal(info.first_stage_levels, 5);
	assert_int_equal(info.second_stage_levels, 0);
	assert_int_equal(info.did, DID);
	assert_true(info.page_requests);
}

static void pasid_is_nested_when_it_has_both_stages(void **state)
{
	struct fixture *f = *state;
	struct vtd_kit_page_table first = table_of(f, VTD_KIT_FIRST_STAGE, 4);
	struct vtd_kit_page_table second = table_of(f, VTD_KIT_SECOND_STAGE, 4);
	const struct vtd_kit_translation translation = {
		.first_stage = &first,
		.second_stage = &second,
		.did = DID,
	};
	struct vtd_requester_info info = pasid_of(f, &translation);

	assert_int_equal(info.state, VTD_REQUESTER_TRANSLATED);
	assert_int_equal(info.first_stage_levels, 4);
	assert_int_equal(info.second_stage_levels, 4);
}

static void pasid_passes_through_when_it_has_no_stage(void **state)
{
	const struct vtd_kit_translation translation = { .did = DID };

	assert_int_equal(pasid_of(*state, &translation).state,
			 VTD_REQUESTER_PASS_THROUGH);
}

#define VECTOR 0x51
/* Indices that need all of the address's two fields. */
#define INDEX 0xfffe

static struct vtd_interrupt interrupt_of(struct fixture *f, uint16_t sid,
					 bool extended)
{
	const struct vtd_kit_irte irte = {
		.vector = VECTOR,
		.destination = 0x23,
		.extended = extended,
		.verify_source = true,
		.sid = SID,
	};
	const struct vtd_interrupt_request request =
		vtd_kit_interrupt_request(sid, INDEX);
	uint64_t table = tables_pages(&f->tables, 256);
	struct vtd_interrupt result;

	vtd_kit_irte_set(&f->tables, table, INDEX, &irte);
	fixture_start(f);
	vtd_kit_set_interrupt_table(f->unit, table, 15, extended);
	vtd_kit_command_set(f->unit, (uint32_t)VTD_GCMD_IRE);
	vtd_unit_interrupt(f->unit, &request, &result);
	return result;
}

static void check_interrupt(struct fixture *f, bool extended)
{
	struct vtd_interrupt result = interrupt_of(f, SID, extended);

	assert_false(result.blocked);
	assert_int_equal(result.data & 0xff, VECTOR);
	assert_true((result.address >> 12 & 0xff) == 0x23);
}

static void interrupt_is_remapped_when_its_entry_is_extended(void **state)
{
	check_interrupt(*state, true);
}

static void interrupt_is_remapped_when_its_entry_is_not_extended(void **state)
{
	check_interrupt(*state, false);
}

static void interrupt_is_blocked_when_another_source_uses_it(void **state)
{
	assert_true(interrupt_of(*state, SID + 1, false).blocked);
}

static void tables_are_exhausted_when_ram_is_used_up(void **state)
{
	struct fixture *f = *state;
	struct vtd_kit_tables tables;

	vtd_kit_tables_init(&tables, &f->host, FAKE_HOST_RAM_SIZE - 0x2000);
	assert_true(vtd_kit_tables_pages(&tables, 2) ==
		    FAKE_HOST_RAM_SIZE - 0x2000);
	assert_false(tables.exhausted);
	assert_true(vtd_kit_tables_page(&tables) == 0);
	assert_true(tables.exhausted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(context_translates_when_it_has_three_levels),
		FIXTURE_TEST(context_takes_translation_requests_when_told),
		FIXTURE_TEST(context_passes_through_when_it_has_no_stage),
		FIXTURE_TEST(pasid_has_five_levels_when_its_first_stage_does),
		FIXTURE_TEST(pasid_is_nested_when_it_has_both_stages),
		FIXTURE_TEST(pasid_passes_through_when_it_has_no_stage),
		FIXTURE_TEST(interrupt_is_remapped_when_its_entry_is_extended),
		FIXTURE_TEST(
			interrupt_is_remapped_when_its_entry_is_not_extended),
		FIXTURE_TEST(interrupt_is_blocked_when_another_source_uses_it),
		FIXTURE_TEST(tables_are_exhausted_when_ram_is_used_up),
	};

	return RUN_TESTS(tests);
}
