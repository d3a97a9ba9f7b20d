/* SPDX-License-Identifier: BSD-3-Clause */
/* Second-stage translation in scalable mode.  SPEC 3.7. */
#include "check.h"

#define SID 0x0188 /* upper half of the bus */
#define RID_PASID 0x40
#define ADDRESS UINT64_C(0x7012345000)
#define PAGE UINT64_C(0x5000000)
#define LARGE UINT64_C(0x7040000000)
#define LARGE_PAGE UINT64_C(0x80000000)

struct domain {
	struct page_table table;
	uint64_t entry; /* PASID entry of RID_PASID */
};

static struct domain make_domain(struct fixture *fixture, unsigned int levels)
{
	struct fixture_context context =
		fixture_sm_context(fixture, SID, RID_PASID);
	struct domain domain;

	page_table_init(&domain.table, &fixture->tables,
			PAGE_TABLE_SECOND_STAGE, levels);
	domain.entry = fixture_pasid_second_stage(fixture, context.dir,
						  RID_PASID, &domain.table);
	return domain;
}

/* Four levels with a page of 4 KiB at ADDRESS, and the unit runs. */
static void run_domain(struct fixture *fixture, uint64_t page, uint64_t bits)
{
	struct domain domain = make_domain(fixture, 4);

	page_table_map(&domain.table, ADDRESS, page, 12, bits);
	fixture_run(fixture, VTD_TTM_SCALABLE);
}

static struct vtd_translation
access_at(struct fixture *fixture, uint64_t address, enum vtd_access access)
{
	return fixture_access(fixture, SID, address, access);
}

static void check_page(struct fixture *fixture, unsigned int levels,
		       unsigned int shift)
{
	struct domain domain = make_domain(fixture, levels);
	struct vtd_translation result;

	page_table_map(&domain.table, LARGE, LARGE_PAGE, shift, SS_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = access_at(fixture, LARGE + 0x567, VTD_ACCESS_ATOMIC);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, LARGE_PAGE + 0x567);
	assert_int_equal(result.size_shift, shift);
}

static void address_is_translated_when_tables_have_3_levels(void **state)
{
	check_page(*state, 3, 12);
}

static void address_is_translated_when_tables_have_4_levels(void **state)
{
	check_page(*state, 4, 12);
}

static void size_is_2m_when_page_is_2m(void **state)
{
	check_page(*state, 4, 21);
}

static void size_is_1g_when_page_is_1g(void **state)
{
	check_page(*state, 4, 30);
}

static void size_is_1g_when_page_is_in_the_top_table_of_3_levels(void **state)
{
	check_page(*state, 3, 30);
}

static void page_of_2m_is_refused_when_unit_has_none(void **state)
{
	struct fixture *fixture = *state;
	struct domain domain = make_domain(fixture, 4);

	fixture->config.second_stage_2m_pages = false;
	fixture->config.second_stage_1g_pages = false;
	page_table_map(&domain.table, LARGE, LARGE_PAGE, 21, SS_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, LARGE, VTD_ACCESS_READ).condition,
			 VTD_SSS_3);
}

static void reserved_bits_are_ignored_when_entry_allows_nothing(void **state)
{
	struct fixture *fixture = *state;

	run_domain(fixture, PAGE, VTD_BIT(62));
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SSS_2);
}

static void bit_62_is_ignored_when_unit_has_transient_mappings(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.transient_mapping = true;
	run_domain(fixture, PAGE, SS_RW | VTD_BIT(62));
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).address,
			 PAGE);
}

static void bit_62_is_reserved_when_unit_has_no_transient_mappings(void **state)
{
	struct fixture *fixture = *state;

	run_domain(fixture, PAGE, SS_RW | VTD_BIT(62));
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SSS_3);
}

static void access_is_refused_when_levels_have_no_common_right(void **state)
{
	struct fixture *fixture = *state;
	struct domain domain = make_domain(fixture, 4);

	page_table_map(&domain.table, ADDRESS, PAGE, 12, VTD_SS_W);
	tables_change(&fixture->tables,
		      page_table_entry(&domain.table, ADDRESS, 2), 0, VTD_SS_W);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SSS_2);
}

static void zero_length_read_succeeds_when_page_is_write_only(void **state)
{
	struct fixture *fixture = *state;

	run_domain(fixture, PAGE, VTD_SS_W);
	assert_int_equal(access_at(fixture, ADDRESS,
				   VTD_ACCESS_ZERO_LENGTH_READ)
				 .condition,
			 VTD_CONDITION_NONE);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SGN_7);
}

static void zero_length_read_is_refused_when_unit_has_no_zlr(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.zero_length_read = false;
	run_domain(fixture, PAGE, VTD_SS_W);
	assert_int_equal(access_at(fixture, ADDRESS,
				   VTD_ACCESS_ZERO_LENGTH_READ)
				 .condition,
			 VTD_SGN_7);
}

static void accessed_and_dirty_are_ignored_when_ssade_is_off(void **state)
{
	struct fixture *fixture = *state;

	run_domain(fixture, PAGE, SS_RW);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_int_equal(fixture->host.swaps, 0);
}

static void accessed_and_dirty_are_set_when_ssade_is_on(void **state)
{
	struct fixture *fixture = *state;
	struct domain domain = make_domain(fixture, 4);
	uint64_t leaf = page_table_map(&domain.table, ADDRESS, PAGE, 12, SS_RW);
	uint64_t top = page_table_entry(&domain.table, ADDRESS, 4);
	struct fake_host *host = &fixture->host;

	tables_change(&fixture->tables, domain.entry, VTD_PASID0_SSADE, 0);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, ADDRESS, VTD_ACCESS_READ);
	assert_int_equal(fake_host_get_64(host, leaf) & (VTD_SS_A | VTD_SS_D),
			 VTD_SS_A);
	assert_true(fake_host_get_64(host, top) & VTD_SS_A);
	access_at(fixture, ADDRESS, VTD_ACCESS_WRITE);
	assert_true(fake_host_get_64(host, leaf) & VTD_SS_D);
}

static void snoop_is_answered_when_pgsnp_or_snp_is_set(void **state)
{
	struct fixture *fixture = *state;
	struct domain domain = make_domain(fixture, 4);

	page_table_map(&domain.table, ADDRESS, PAGE, 12, SS_RW);
	page_table_map(&domain.table, ADDRESS + 4096, PAGE, 12,
		       SS_RW | VTD_SS_SNP);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_false(access_at(fixture, ADDRESS, VTD_ACCESS_READ).snoop);
	assert_true(access_at(fixture, ADDRESS + 4096, VTD_ACCESS_READ).snoop);
	tables_change(&fixture->tables, domain.entry + 8, VTD_PASID1_PGSNP, 0);
	assert_true(regs_queue_flush(&fixture->queue));
	assert_true(access_at(fixture, ADDRESS, VTD_ACCESS_READ).snoop);
}

static void snp_is_reserved_when_unit_has_no_snoop_control(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.snoop_control = false;
	run_domain(fixture, PAGE, SS_RW | VTD_SS_SNP);
	assert_int_equal(access_at(fixture, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SSS_3);
}

/* An answer about a large page must not reach into the interrupt range. */
static void size_is_cut_when_page_meets_the_interrupt_range(void **state)
{
	struct fixture *fixture = *state;
	struct domain domain = make_domain(fixture, 4);
	uint64_t base = UINT64_C(0xc0000000);
	struct vtd_translation result;

	page_table_map(&domain.table, LARGE, base, 30, SS_RW);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = access_at(fixture, LARGE, VTD_ACCESS_READ);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, base);
	assert_int_equal(result.size_shift, 29);
	result = access_at(fixture, LARGE + UINT64_C(0x3ee00000),
			   VTD_ACCESS_READ);
	assert_int_equal(result.condition, VTD_SGN_8_1);
}

static void translation_aborts_when_page_is_inside_interrupt_range(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	run_domain(fixture, UINT64_C(0xfeeff000), SS_RW);
	result = fixture_translate(fixture, (struct vtd_request){
						    .sid = SID,
						    .type = VTD_AT_TRANSLATION,
						    .address = ADDRESS,
					    });
	assert_int_equal(result.condition, VTD_SGN_8_2);
	assert_int_equal(result.status, VTD_STATUS_COMPLETER_ABORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(address_is_translated_when_tables_have_3_levels),
		FIXTURE_TEST(address_is_translated_when_tables_have_4_levels),
		FIXTURE_TEST(size_is_2m_when_page_is_2m),
		FIXTURE_TEST(size_is_1g_when_page_is_1g),
		FIXTURE_TEST(
			size_is_1g_when_page_is_in_the_top_table_of_3_levels),
		FIXTURE_TEST(page_of_2m_is_refused_when_unit_has_none),
		FIXTURE_TEST(
			reserved_bits_are_ignored_when_entry_allows_nothing),
		FIXTURE_TEST(
			bit_62_is_ignored_when_unit_has_transient_mappings),
		FIXTURE_TEST(
			bit_62_is_reserved_when_unit_has_no_transient_mappings),
		FIXTURE_TEST(
			access_is_refused_when_levels_have_no_common_right),
		FIXTURE_TEST(zero_length_read_succeeds_when_page_is_write_only),
		FIXTURE_TEST(zero_length_read_is_refused_when_unit_has_no_zlr),
		FIXTURE_TEST(accessed_and_dirty_are_ignored_when_ssade_is_off),
		FIXTURE_TEST(accessed_and_dirty_are_set_when_ssade_is_on),
		FIXTURE_TEST(snoop_is_answered_when_pgsnp_or_snp_is_set),
		FIXTURE_TEST(snp_is_reserved_when_unit_has_no_snoop_control),
		FIXTURE_TEST(size_is_cut_when_page_meets_the_interrupt_range),
		FIXTURE_TEST(
			translation_aborts_when_page_is_inside_interrupt_range),
	};

	return RUN_TESTS(tests);
}
