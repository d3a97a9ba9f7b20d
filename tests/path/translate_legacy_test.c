/* SPDX-License-Identifier: BSD-3-Clause */
/* Legacy mode: context entries, 3 and 4 levels, pass-through.  SPEC 3.4.2. */
#include "check.h"

#define SID 0x12f8 /* bus 12h, device 1fh */
#define ADDRESS UINT64_C(0x7012345000)
#define PAGE UINT64_C(0x5000000)

static void put_context(struct fixture *fixture, uint64_t type,
			const struct page_table *table, unsigned int aw)
{
	const uint64_t words[2] = {
		(table != NULL ? table->root : 0) | VTD_CONTEXT0_P |
			vtd_field_make(VTD_CONTEXT0_TT, type),
		vtd_field_make(VTD_CONTEXT1_AW, aw) |
			vtd_field_make(VTD_CONTEXT1_DID, FIXTURE_DID),
	};

	tables_put(&fixture->tables,
		   tables_legacy_context(&fixture->tables, fixture->root, SID),
		   words, 2);
}

/* With ADDRESS mapped to PAGE. */
static struct page_table map_page(struct fixture *fixture, unsigned int levels,
				  uint64_t bits)
{
	struct page_table table;

	page_table_init(&table, &fixture->tables, PAGE_TABLE_SECOND_STAGE,
			levels);
	page_table_map(&table, ADDRESS, PAGE, 12, bits);
	return table;
}

static struct vtd_translation
access_at(struct fixture *fixture, uint64_t address, enum vtd_access access)
{
	return fixture_access(fixture, SID, address, access);
}

static void check_levels(struct fixture *fixture, unsigned int levels)
{
	struct page_table table = map_page(fixture, levels, SS_RW);
	struct vtd_translation result;

	put_context(fixture, VTD_TT_UNTRANSLATED, &table, levels - 2);
	fixture_run(fixture, VTD_TTM_LEGACY);
	result = access_at(fixture, ADDRESS + 0x123, VTD_ACCESS_WRITE);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_int_equal(result.address, PAGE + 0x123);
	assert_int_equal(result.size_shift, 12);
	assert_true(result.read);
	assert_true(result.write);
}

static void address_is_translated_when_tables_have_3_levels(void **state)
{
	check_levels(*state, 3);
}

static void address_is_translated_when_tables_have_4_levels(void **state)
{
	check_levels(*state, 4);
}

static void address_is_translated_when_tables_have_5_levels(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.address_widths |= VTD_WIDTH_57;
	fixture->config.guest_address_width = 57;
	check_levels(fixture, 5);
}

static void address_is_refused_when_beyond_39_bits_of_3_levels(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	check_levels(fixture, 3);
	result = access_at(fixture, UINT64_C(1) << 39, VTD_ACCESS_READ);
	assert_int_equal(result.condition, VTD_LGN_1_1);
	assert_int_equal(fixture_take_reason(fixture), 0x04);
}

static void rights_are_those_of_all_levels_when_a_table_forbids(void **state)
{
	struct fixture *fixture = *state;
	struct page_table table = map_page(fixture, 4, SS_RW);
	struct vtd_translation result;

	tables_change(&fixture->tables, page_table_entry(&table, ADDRESS, 3), 0,
		      VTD_SS_W);
	put_context(fixture, VTD_TT_UNTRANSLATED, &table, 2);
	fixture_run(fixture, VTD_TTM_LEGACY);
	result = access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_false(result.write);
	result = access_at(fixture, ADDRESS, VTD_ACCESS_ATOMIC);
	assert_int_equal(result.condition, VTD_LGN_2);
}

/* Unlike scalable mode, where it is a condition of its own (SSS.2). */
static void missing_right_is_named_when_page_is_not_present(void **state)
{
	struct fixture *fixture = *state;
	struct page_table table;

	page_table_init(&table, &fixture->tables, PAGE_TABLE_SECOND_STAGE, 4);
	put_context(fixture, VTD_TT_UNTRANSLATED, &table, 2);
	fixture_run(fixture, VTD_TTM_LEGACY);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	assert_int_equal(fixture_take_reason(fixture), 0x06);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_int_equal(fixture_take_reason(fixture), 0x05);
}

static void address_is_unchanged_when_context_passes_through(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	put_context(fixture, VTD_TT_PASS_THROUGH, NULL, 2);
	fixture_run(fixture, VTD_TTM_LEGACY);
	result = access_at(fixture, UINT64_C(0x123456789), VTD_ACCESS_WRITE);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_int_equal(result.address, UINT64_C(0x123456789));
	assert_true(result.read);
	assert_true(result.write);
	/* From 4 GiB to 8 GiB: what is around it holds the interrupt range. */
	assert_int_equal(result.size_shift, 32);
}

static void pointer_is_ignored_when_context_passes_through(void **state)
{
	struct fixture *fixture = *state;
	struct page_table nowhere = { .root = UINT64_C(1) << 50 };

	put_context(fixture, VTD_TT_PASS_THROUGH, &nowhere, 2);
	fixture_run(fixture, VTD_TTM_LEGACY);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_CONDITION_NONE);
}

static void translation_type_is_refused_when_unit_lacks_it(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.pass_through = false;
	fixture->config.device_tlb = false;
	fixture->config.page_request = false;
	fixture->config.no_write_flag = false;
	put_context(fixture, VTD_TT_PASS_THROUGH, NULL, 2);
	fixture_run(fixture, VTD_TTM_LEGACY);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_LCT_4_2);
	put_context(fixture, VTD_TT_ALL, NULL, 2);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_LCT_4_2);
}

static void snoop_is_answered_when_leaf_has_snp(void **state)
{
	struct fixture *fixture = *state;
	struct page_table table = map_page(fixture, 4, SS_RW | VTD_SS_SNP);
	struct vtd_translation result;

	put_context(fixture, VTD_TT_ALL, &table, 2);
	fixture_run(fixture, VTD_TTM_LEGACY);
	result = fixture_translate(fixture, (struct vtd_request){
						    .sid = SID,
						    .type = VTD_AT_TRANSLATION,
						    .address = ADDRESS,
					    });
	assert_true(result.snoop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(address_is_translated_when_tables_have_3_levels),
		FIXTURE_TEST(address_is_translated_when_tables_have_4_levels),
		FIXTURE_TEST(address_is_translated_when_tables_have_5_levels),
		FIXTURE_TEST(
			address_is_refused_when_beyond_39_bits_of_3_levels),
		FIXTURE_TEST(
			rights_are_those_of_all_levels_when_a_table_forbids),
		FIXTURE_TEST(missing_right_is_named_when_page_is_not_present),
		FIXTURE_TEST(address_is_unchanged_when_context_passes_through),
		FIXTURE_TEST(pointer_is_ignored_when_context_passes_through),
		FIXTURE_TEST(translation_type_is_refused_when_unit_lacks_it),
		FIXTURE_TEST(snoop_is_answered_when_leaf_has_snp),
	};

	return RUN_TESTS(tests);
}
