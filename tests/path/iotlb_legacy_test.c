/* SPDX-License-Identifier: BSD-3-Clause */
/* The same in legacy mode, by descriptors and by registers.  F 1.8, 5.5. */
#include "check.h"

#define SID 0x0100
#define OTHER_SID 0x0208
#define DID 9
#define ADDRESS UINT64_C(0x12345000)
#define PAGE UINT64_C(0x2000000)
#define OTHER_PAGE UINT64_C(0x3000000)

static uint64_t make_context(struct fixture *f, uint16_t sid,
			     const struct page_table *table)
{
	const uint64_t words[2] = { 1 | table->root, 2 | DID << 8 };
	uint64_t entry = tables_legacy_context(&f->tables, f->root, sid);

	tables_put(&f->tables, entry, words, 2);
	return entry;
}

/* Two devices in a domain that maps ADDRESS, and one has used that. */
static uint64_t run_with(struct fixture *f, struct page_table *table)
{
	uint64_t leaf;

	f->config.iotlb = VTD_IOTLB_KEEP;
	fixture_legacy_only(&f->config);
	page_table_init(table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	leaf = page_table_map(table, ADDRESS, PAGE, 12, SS_RW);
	make_context(f, SID, table);
	make_context(f, OTHER_SID, table);
	fixture_run(f, VTD_TTM_LEGACY);
	fixture_access(f, SID, ADDRESS, VTD_ACCESS_READ);
	return leaf;
}

static uint64_t run(struct fixture *f)
{
	struct page_table table;

	return run_with(f, &table);
}

static uint64_t address_of(struct fixture *f, uint16_t sid)
{
	struct vtd_translation result =
		fixture_access(f, sid, ADDRESS, VTD_ACCESS_READ);

	return result.status == VTD_STATUS_SUCCESS ? result.address : 0;
}

static bool flush_page(struct fixture *f, uint16_t did)
{
	return regs_queue_do(&f->queue,
			     VTD_DESC_IOTLB | 3 << 4 | (uint64_t)did << 16,
			     ADDRESS);
}

static void translation_is_shared_when_devices_have_one_domain(void **state)
{
	struct fixture *f = *state;
	uint64_t leaf = run(f);

	fake_host_set_64(&f->host, leaf, OTHER_PAGE | SS_RW);
	assert_int_equal(address_of(f, OTHER_SID), PAGE);
	assert_true(flush_page(f, DID + 1));
	assert_int_equal(address_of(f, OTHER_SID), PAGE);
	assert_true(flush_page(f, DID));
	assert_int_equal(address_of(f, OTHER_SID), OTHER_PAGE);
}

static void register_drops_what_it_covers_when_page_selective(void **state)
{
	struct fixture *f = *state;
	uint64_t leaf = run(f);
	uint64_t iva = (regs_read_64(f->unit, 0x010) >> 8 & 0x3ff) * 16;

	fake_host_set_64(&f->host, leaf, OTHER_PAGE | SS_RW);
	regs_write_64(f->unit, iva, ADDRESS + 0x1000);
	regs_write_64(f->unit, iva + 8,
		      VTD_BIT(63) | UINT64_C(3) << 60 | (uint64_t)DID << 32);
	assert_int_equal(address_of(f, SID), PAGE);
	regs_write_64(f->unit, iva, ADDRESS);
	regs_write_64(f->unit, iva + 8,
		      VTD_BIT(63) | UINT64_C(3) << 60 | (uint64_t)DID << 32);
	assert_int_equal(address_of(f, SID), OTHER_PAGE);
}

static void table_stays_when_register_says_only_leaves(void **state)
{
	struct fixture *f = *state;
	uint64_t command = VTD_BIT(63) | UINT64_C(3) << 60 |
			   (uint64_t)DID << 32;
	uint64_t other = tables_page(&f->tables);
	struct page_table table;
	uint64_t iva;

	run_with(f, &table);
	iva = (regs_read_64(f->unit, 0x010) >> 8 & 0x3ff) * 16;
	/* Another table for the same. */
	fake_host_set_64(&f->host, other + (ADDRESS >> 12 & 0x1ff) * 8,
			 OTHER_PAGE | SS_RW);
	fake_host_set_64(&f->host, page_table_entry(&table, ADDRESS, 2),
			 other | SS_RW);
	regs_write_64(f->unit, iva, ADDRESS | VTD_IVA_IH);
	regs_write_64(f->unit, iva + 8, command);
	assert_int_equal(address_of(f, SID), PAGE);
	regs_write_64(f->unit, iva, ADDRESS);
	regs_write_64(f->unit, iva + 8, command);
	assert_int_equal(address_of(f, SID), OTHER_PAGE);
}

static void context_stays_when_register_names_another_device(void **state)
{
	struct fixture *f = *state;
	uint64_t ccmd = VTD_BIT(63) | UINT64_C(3) << 61 | DID;

	run(f);
	tables_change(&f->tables,
		      tables_legacy_context(&f->tables, f->root, SID), 0, 1);
	regs_write_64(f->unit, 0x028, ccmd | (uint64_t)OTHER_SID << 16);
	assert_int_equal(address_of(f, SID), PAGE);
	regs_write_64(f->unit, 0x028, ccmd | (uint64_t)SID << 16);
	assert_int_equal(address_of(f, SID), 0);
}

static void fault_is_not_kept_when_context_has_been_repaired(void **state)
{
	struct fixture *f = *state;
	uint64_t entry;

	run(f);
	entry = tables_legacy_context(&f->tables, f->root, SID);
	tables_change(&f->tables, entry, 0, 1);
	assert_true(regs_queue_flush(&f->queue));
	assert_int_equal(address_of(f, SID), 0);
	tables_change(&f->tables, entry, 1, 0);
	assert_int_equal(address_of(f, SID), PAGE);
}

/* The context entry and the page are cached; then three entries and four of tables. */
static void both_ways_are_told_when_context_is_kept(void **state)
{
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_READ,
		.address = ADDRESS,
	};
	struct fixture *f = *state;
	struct vtd_explanation explanation;
	struct vtd_step step[VTD_STEPS_MAX];

	run(f);
	vtd_unit_explain(f->unit, &request, &explanation, step, VTD_STEPS_MAX);
	assert_int_equal(explanation.steps, 3 + 3 + 4);
	assert_int_equal(step[0].structure, VTD_STRUCTURE_ROOT_TABLE_ADDRESS);
	assert_int_equal(step[1].structure, VTD_STRUCTURE_CACHED_CONFIGURATION);
	assert_int_equal(step[2].structure, VTD_STRUCTURE_CACHED_TRANSLATION);
	assert_int_equal(step[4].structure, VTD_STRUCTURE_ROOT_ENTRY);
	assert_false(explanation.stale);
}

/* A context entry of the mode before is none, whatever was invalidated. */
static void context_does_not_serve_when_the_mode_is_another(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.self_flush = false;
	tables_put(&f->tables, tables_legacy_context(&f->tables, f->root, SID),
		   (const uint64_t[]){ 1 | VTD_TT_PASS_THROUGH << 2, 2 }, 2);
	fixture_run(f, VTD_TTM_LEGACY);
	assert_int_equal(address_of(f, SID), ADDRESS);
	f->root = tables_page(&f->tables);
	context = fixture_sm_context(f, SID, 0);
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	assert_int_equal(fixture_access(f, SID, ADDRESS + 0x5000,
					VTD_ACCESS_READ)
				 .condition,
			 VTD_SPD_2);
	fixture_pasid_pass_through(f, context.dir, 0);
	assert_int_equal(fixture_access(f, SID, ADDRESS + 0x5000,
					VTD_ACCESS_READ)
				 .condition,
			 VTD_CONDITION_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			translation_is_shared_when_devices_have_one_domain),
		FIXTURE_TEST(register_drops_what_it_covers_when_page_selective),
		FIXTURE_TEST(table_stays_when_register_says_only_leaves),
		FIXTURE_TEST(context_stays_when_register_names_another_device),
		FIXTURE_TEST(fault_is_not_kept_when_context_has_been_repaired),
		FIXTURE_TEST(both_ways_are_told_when_context_is_kept),
		FIXTURE_TEST(context_does_not_serve_when_the_mode_is_another),
	};

	return RUN_TESTS(tests);
}
