/* SPDX-License-Identifier: BSD-3-Clause */
/* Uses of context and PASID entries, and of entries that lead to tables, that memory does
 * not back (vtd_config.check). */
#include <string.h>

#include "kept_process.h"

static void table_is_reported_when_only_leaves_were_invalidated(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	const struct vtd_stale_use *use;
	uint64_t table = tables_page(&f->tables);

	page_table_map(&process.table, ADDRESS + 0x1000, PAGE + 0x1000, 12,
		       FS_USER_RW | VTD_FS_A);
	fake_host_set_64(&f->host, page_table_entry(&process.table, ADDRESS, 2),
			 table | FS_USER_RW | VTD_FS_A);
	assert_true(flush_page(f, PASID, ADDRESS | VTD_DESC1_IH));
	use = use_after(f, ADDRESS + 0x1000, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_FIRST_STAGE_TABLE);
	assert_int_equal(use->used.address, PAGE + 0x1000);
	assert_int_equal(use->memory.condition, VTD_SFS_2);
	assert_int_equal(use->near[0].spared, VTD_SPARED_LEAF_ONLY);
}

/* Entries that lead to tables of both stages, for the same addresses: the first stage
 * maps them one to one. */
static void
nothing_is_reported_when_stages_have_the_same_addresses(void **state)
{
	struct fixture *f = *state;
	const uint64_t bits = FS_USER_RW | VTD_FS_A | VTD_FS_D;
	uint64_t begin = f->tables.next;
	struct process process;
	struct page_table second;
	uint64_t end;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.check = true;
	f->config.check_waits = 0;
	process = make_process(f, 4);
	for (uint64_t page = PAGE; page < PAGE + 0x4000; page += 0x1000)
		page_table_map(&process.table, page, page, 12, bits);
	end = f->tables.next;
	page_table_init(&second, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	for (uint64_t page = begin; page < end; page += 0x1000)
		page_table_map(&second, page, page, 12, SS_RW);
	for (uint64_t page = PAGE; page < PAGE + 0x4000; page += 0x1000)
		page_table_map(&second, page, page + 0x100000, 12, SS_RW);
	fixture_pasid_nest(f, process.entry, &process.table, &second);
	fixture_run(f, VTD_TTM_SCALABLE);
	for (uint64_t page = PAGE; page < PAGE + 0x4000; page += 0x1000) {
		assert_null(use_after(f, page, VTD_ACCESS_WRITE));
		assert_int_equal(access_at(f, page, VTD_ACCESS_READ).address,
				 page + 0x100000);
	}
}

/* Another table, which maps the same, by an entry with the same bits; or the same one with
 * fewer rights. */
static void table_is_reported_when_only_its_entry_was_changed(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	uint64_t entry = page_table_entry(&process.table, ADDRESS, 2);
	uint64_t word = fake_host_get_64(&f->host, entry);
	uint64_t table = tables_page(&f->tables);
	uint64_t neighbour = ADDRESS + 0x1000;
	uint64_t leaf = page_table_map(&process.table, neighbour, PAGE + 0x1000,
				       12, FS_USER_RW | VTD_FS_A | VTD_FS_D);

	fake_host_set_64(&f->host, table + (leaf & 0xfff),
			 fake_host_get_64(&f->host, leaf));
	fake_host_set_64(&f->host, entry, table | (word & 0xfff));
	use_after(f, neighbour, VTD_ACCESS_READ);
	assert_int_equal(f->host.stale_uses, 1);
	assert_int_equal(f->host.stale_use.cache, VTD_CACHE_FIRST_STAGE_TABLE);
	fake_host_set_64(&f->host, entry, word);
	assert_true(regs_queue_flush(&f->queue));
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	fake_host_set_64(&f->host, entry, word & ~VTD_FS_RW);
	use_after(f, neighbour, VTD_ACCESS_READ);
	assert_int_equal(f->host.stale_uses, 1);
}

/* The fault is where the request met it, in the table that is kept. */
static void fault_is_in_the_old_table_when_there_is_a_new_one(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	uint64_t neighbour = ADDRESS + 0x1000;
	uint64_t leaf = page_table_entry(&process.table, neighbour, 1);
	uint64_t table = tables_page(&f->tables);

	fake_host_set_64(&f->host, table + (leaf & 0xfff),
			 PAGE | FS_USER_RW | VTD_FS_A | VTD_FS_D);
	fake_host_set_64(&f->host, page_table_entry(&process.table, ADDRESS, 2),
			 table | FS_USER_RW | VTD_FS_A);
	assert_non_null(use_after(f, neighbour, VTD_ACCESS_READ));
	assert_int_equal(f->host.stale_use.used.condition, VTD_SFS_2);
	assert_int_equal(f->host.stale_use.used.place.address, leaf);
}

/* The comparison is none of the request. */
static void nothing_is_set_when_tables_are_compared(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	uint64_t neighbour = ADDRESS + 0x1000;
	uint64_t entry = page_table_entry(&process.table, ADDRESS, 2);

	page_table_map(&process.table, neighbour, PAGE, 12,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	tables_change(&f->tables, entry, 0, VTD_FS_A);
	use_after(f, neighbour, VTD_ACCESS_READ);
	assert_int_equal(fake_host_get_64(&f->host, entry) & VTD_FS_A, 0);
}

/* The PASID entry goes; `flush` takes something else from the caches, and leaves that. */
static void
check_reported_without_entry(struct fixture *f,
			     bool (*flush)(struct fixture *f, uint32_t pasid),
			     enum vtd_cache left)
{
	struct process process = check_process(f, 0);
	const struct vtd_stale_use *use;

	fake_host_set_64(&f->host, process.entry, 0);
	assert_true(flush(f, PASID));
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->cache, left);
	assert_int_equal(use->memory.condition, VTD_SPT_2);
	assert_int_equal(f->host.stale_uses, 1);
}

static void pasid_entry_is_reported_when_it_was_changed(void **state)
{
	check_reported_without_entry(*state, flush_pasid, VTD_CACHE_PASID);
}

/* One bit or more of an entry. */
struct change {
	const char *name;
	unsigned int word;
	uint64_t bits;
};

/* Whether a use after the change is reported, as one of that cache.  Then all is as
 * it was. */
static bool change_is_reported(struct fixture *f, uint64_t entry,
			       const struct change *change,
			       enum vtd_cache cache)
{
	uint64_t address = entry + change->word * 8;
	uint64_t word = fake_host_get_64(&f->host, address);
	const struct vtd_stale_use *use;
	bool reported;

	fake_host_set_64(&f->host, address, word ^ change->bits);
	assert_true(flush_pasid(f, PASID));
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	reported = use != NULL;
	if (reported)
		check_row(change->name, use->cache == cache);
	/* No page took the place of another. */
	check_row(change->name,
		  f->host.lints == 0 ||
			  f->host.lint.lint != VTD_LINT_PRESENT_TO_PRESENT);
	fake_host_set_64(&f->host, address, word);
	assert_true(regs_queue_flush(&f->queue));
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	return reported;
}

/* Where tables are, and what is done with an access. */
static void pasid_entry_is_reported_when_any_of_it_was_changed(void **state)
{
	static const struct change changes[] = {
		{ "FPD", 0, VTD_PASID0_FPD },
		{ "to second stage", 0, (1 ^ 2) << 6 | 2 << 2 },
		{ "SSADE", 0, VTD_PASID0_SSADE },
		{ "DID", 1, 0x8000 },
		{ "PWSNP", 1, VTD_PASID1_PWSNP },
		{ "PGSNP", 1, VTD_PASID1_PGSNP },
		{ "SRE", 2, VTD_PASID2_SRE },
		{ "FSPM", 2, 4 },
		{ "WPE", 2, VTD_PASID2_WPE },
		{ "EAFE", 2, VTD_PASID2_EAFE },
		{ "FSPTPTR", 2, 0x1000 },
	};
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		check_row(changes[i].name,
			  change_is_reported(f, process.entry, &changes[i],
					     VTD_CACHE_PASID));
}

/* Of the stage that the entry has not. */
static void nothing_is_reported_when_unused_fields_were_changed(void **state)
{
	static const struct change changes[] = {
		{ "AW", 0, 2 << 2 },
		{ "SSPTPTR", 0, 0x1000 },
	};
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		check_row(changes[i].name,
			  !change_is_reported(f, process.entry, &changes[i],
					      VTD_CACHE_PASID));
}

static void translation_is_reported_when_its_pasid_entry_is_gone(void **state)
{
	check_reported_without_entry(*state, flush_pasid_cache,
				     VTD_CACHE_IOTLB);
}

/* A page that is where it seems to be. */
static void identity_is_reported_when_its_pasid_entry_is_gone(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	uint64_t page = ADDRESS + 0x3000;
	const struct vtd_stale_use *use;

	page_table_map(&process.table, page, page, 12,
		       FS_USER_RW | VTD_FS_A | VTD_FS_D);
	access_at(f, page, VTD_ACCESS_READ);
	fake_host_set_64(&f->host, process.entry, 0);
	assert_true(flush_pasid_cache(f, PASID));
	use = use_after(f, page, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_IOTLB);
}

static void context_entry_is_reported_when_it_was_changed(void **state)
{
	struct fixture *f = *state;
	const struct vtd_stale_use *use;

	check_process(f, 0);
	tables_change(&f->tables, tables_sm_context(&f->tables, f->root, SID),
		      0, VTD_SM_CONTEXT0_PASIDE);
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_CONTEXT);
	assert_int_equal(use->memory.condition, VTD_SCT_6);
}

/* What is cached refuses, and memory would not. */
static void refusal_is_reported_when_context_entry_was_changed(void **state)
{
	struct fixture *f = *state;
	uint64_t context;

	check_process(f, 0);
	context = tables_sm_context(&f->tables, f->root, SID);
	tables_change(&f->tables, context, 0, VTD_SM_CONTEXT0_PASIDE);
	assert_true(regs_queue_flush(&f->queue));
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	fixture_access(f, SID, ADDRESS, VTD_ACCESS_READ);
	tables_change(&f->tables, context, VTD_SM_CONTEXT0_PASIDE, 0);
	assert_non_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	assert_int_equal(f->host.stale_use.used.condition, VTD_SCT_6);
	assert_int_equal(f->host.stale_use.memory.address, PAGE);
	assert_non_null(
		strstr(f->host.trace, "got nothing, memory has 5000000 rw"));
	assert_int_equal(f->host.lints, 0);
}

static void context_entry_is_reported_when_any_of_it_was_changed(void **state)
{
	static const struct change changes[] = {
		{ "FPD", 0, VTD_SM_CONTEXT0_FPD },
		{ "DTE and PRE", 0, VTD_SM_CONTEXT0_DTE | VTD_SM_CONTEXT0_PRE },
		{ "PASIDE", 0, VTD_SM_CONTEXT0_PASIDE },
		{ "PRE", 0, VTD_SM_CONTEXT0_PRE },
		{ "PDTS", 0, 0x200 },
		{ "PASIDDIRPTR", 0, 0x1000 },
		{ "RID_PASID", 1, 1 },
		{ "RID_PRIV", 1, VTD_SM_CONTEXT1_RID_PRIV },
		{ "P", 0, VTD_SM_CONTEXT0_P },
	};
	struct fixture *f = *state;

	check_process(f, 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		check_row(changes[i].name,
			  change_is_reported(f,
					     tables_sm_context(&f->tables,
							       f->root, SID),
					     &changes[i], VTD_CACHE_CONTEXT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			table_is_reported_when_only_leaves_were_invalidated),
		FIXTURE_TEST(
			nothing_is_reported_when_stages_have_the_same_addresses),
		FIXTURE_TEST(table_is_reported_when_only_its_entry_was_changed),
		FIXTURE_TEST(fault_is_in_the_old_table_when_there_is_a_new_one),
		FIXTURE_TEST(nothing_is_set_when_tables_are_compared),
		FIXTURE_TEST(pasid_entry_is_reported_when_it_was_changed),
		FIXTURE_TEST(
			pasid_entry_is_reported_when_any_of_it_was_changed),
		FIXTURE_TEST(
			nothing_is_reported_when_unused_fields_were_changed),
		FIXTURE_TEST(
			translation_is_reported_when_its_pasid_entry_is_gone),
		FIXTURE_TEST(identity_is_reported_when_its_pasid_entry_is_gone),
		FIXTURE_TEST(context_entry_is_reported_when_it_was_changed),
		FIXTURE_TEST(
			refusal_is_reported_when_context_entry_was_changed),
		FIXTURE_TEST(
			context_entry_is_reported_when_any_of_it_was_changed),
	};

	return RUN_TESTS(tests);
}
