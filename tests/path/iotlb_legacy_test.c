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
static uint64_t run(struct fixture *f)
{
	struct page_table table;
	uint64_t leaf;

	f->config.iotlb = VTD_IOTLB_KEEP;
	fixture_legacy_only(&f->config);
	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	leaf = page_table_map(&table, ADDRESS, PAGE, 12, SS_RW);
	make_context(f, SID, &table);
	make_context(f, OTHER_SID, &table);
	fixture_run(f, VTD_TTM_LEGACY);
	fixture_access(f, SID, ADDRESS, VTD_ACCESS_READ);
	return leaf;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			translation_is_shared_when_devices_have_one_domain),
		FIXTURE_TEST(register_drops_what_it_covers_when_page_selective),
		FIXTURE_TEST(context_stays_when_register_names_another_device),
	};

	return RUN_TESTS(tests);
}
