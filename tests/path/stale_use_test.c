/* SPDX-License-Identifier: BSD-3-Clause */
/* Uses of entries that memory does not back (vtd_config.check). */
#include <string.h>

#include "iotlb_flush.h"

#define OTHER_PAGE UINT64_C(0x6000000)

static struct process check_process(struct fixture *f, unsigned int waits)
{
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.check = true;
	f->config.check_waits = waits;
	process = run_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	return process;
}

static void remap(struct fixture *f, const struct process *process)
{
	fake_host_set_64(&f->host, process->leaf,
			 OTHER_PAGE | FS_USER_RW | VTD_FS_A | VTD_FS_D);
}

static const struct vtd_stale_use *
use_after(struct fixture *f, uint64_t address, enum vtd_access access)
{
	fake_host_forget(&f->host);
	access_at(f, address, access);
	return f->host.stale_uses == 0 ? NULL : &f->host.stale_use;
}

static void nothing_is_reported_when_memory_is_as_it_was(void **state)
{
	struct fixture *f = *state;

	check_process(f, 0);
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_WRITE));
}

static void use_is_reported_when_page_was_remapped(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	const struct vtd_stale_use *use;

	remap(f, &process);
	use = use_after(f, ADDRESS + 0x10, VTD_ACCESS_WRITE);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_IOTLB);
	assert_int_equal(use->request.sid, SID);
	assert_int_equal(use->request.address, ADDRESS + 0x10);
	assert_int_equal(use->used.address, PAGE + 0x10);
	assert_int_equal(use->memory.address, OTHER_PAGE + 0x10);
	assert_int_equal(use->did, FIXTURE_DID);
	assert_int_equal(use->pasid, PASID);
	assert_int_equal(use->uses, 1);
	assert_int_equal(use->near_count, 0);
	assert_non_null(strstr(f->host.trace,
			       "stale use: IOTLB, 0100 pasid "
			       "12345 write 7f0012345010 got "
			       "5000010 rw, memory has 6000010"));
}

static void use_is_reported_when_page_was_unmapped(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	const struct vtd_stale_use *use;

	fake_host_set_64(&f->host, process.leaf, 0);
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->memory.condition, VTD_SFS_2);
	assert_int_equal(use->memory.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	/* And no more than that: no page took its place. */
	assert_int_equal(f->host.lints, 0);
}

static void nothing_is_reported_when_requests_pass_through(void **state)
{
	struct fixture *f = *state;
	struct fixture_context context;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.check = true;
	f->config.check_waits = 0;
	fixture_run(f, VTD_TTM_SCALABLE);
	context = fixture_sm_context(f, SID, 0);
	fixture_pasid_pass_through(f, context.dir, PASID);
	for (int i = 0; i < 2; i++)
		assert_null(use_after(f, ADDRESS, VTD_ACCESS_WRITE));
}

static void use_is_reported_when_write_right_was_taken_away(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	tables_change(&f->tables, process.leaf, 0, VTD_FS_RW);
	assert_non_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
}

static void write_is_reported_when_dirty_was_cleared(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	tables_change(&f->tables, process.leaf, 0, VTD_FS_D);
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	assert_non_null(use_after(f, ADDRESS, VTD_ACCESS_WRITE));
}

static void use_is_reported_once_when_it_is_repeated(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	struct vtd_counters counters;

	remap(f, &process);
	assert_non_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	vtd_unit_counters(f->unit, &counters, sizeof(counters));
	assert_int_equal(counters.stale_uses, 1);
	assert_int_equal(counters.stale_suspects, 2);
}

static void use_is_reported_when_so_many_waits_have_completed(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 2);
	const struct vtd_stale_use *use;

	remap(f, &process);
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	assert_true(flush_page(f, PASID, ADDRESS + 0x5000));
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	assert_true(flush_page(f, PASID, ADDRESS + 0x6000));
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->waits, 2);
	assert_int_equal(use->uses, 3);
}

static void nothing_is_reported_when_invalidation_comes_in_time(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 1);

	remap(f, &process);
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	assert_true(flush_page(f, PASID, ADDRESS));
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
}

static void change_is_forgotten_when_it_was_taken_back(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 1);
	uint64_t leaf = fake_host_get_64(&f->host, process.leaf);

	remap(f, &process);
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	fake_host_set_64(&f->host, process.leaf, leaf);
	assert_true(flush_page(f, PASID, ADDRESS + 0x5000));
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
	remap(f, &process);
	assert_null(use_after(f, ADDRESS, VTD_ACCESS_READ));
}

/* What the request that left the entry is said to be. */
static void assert_near(struct fixture *f, enum vtd_invalidation_kind kind,
			enum vtd_spared spared)
{
	const struct vtd_stale_use *use =
		use_after(f, ADDRESS, VTD_ACCESS_READ);

	assert_non_null(use);
	assert_int_equal(use->near_count, 1);
	assert_int_equal(use->near[0].kind, kind);
	assert_int_equal(use->near[0].spared, spared);
	assert_int_equal(use->near[0].waits_since, 1);
	assert_non_null(strstr(f->host.trace, vtd_spared_text(spared)));
}

static void request_is_named_when_its_range_is_another(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	remap(f, &process);
	assert_true(flush_page(f, PASID, ADDRESS + 0x1000));
	assert_near(f, VTD_INVALIDATION_PASID_IOTLB, VTD_SPARED_OTHER_RANGE);
}

static void request_is_named_when_its_pasid_is_another(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	remap(f, &process);
	assert_true(flush_page(f, PASID + 1, ADDRESS));
	assert_near(f, VTD_INVALIDATION_PASID_IOTLB, VTD_SPARED_OTHER_PASID);
}

static void request_is_named_when_it_is_for_another_cache(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	remap(f, &process);
	assert_true(flush_pasid_cache(f, PASID));
	assert_near(f, VTD_INVALIDATION_PASID, VTD_SPARED_OTHER_CACHE);
}

static void request_is_not_named_when_it_came_before(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	assert_true(flush_page(f, PASID, ADDRESS));
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	remap(f, &process);
	assert_int_equal(use_after(f, ADDRESS, VTD_ACCESS_READ)->near_count, 0);
}

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

static void pasid_entry_is_reported_when_it_was_changed(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	const struct vtd_stale_use *use;

	fake_host_set_64(&f->host, process.entry, 0);
	assert_true(flush_pasid(f, PASID));
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_PASID);
	assert_int_equal(use->memory.condition, VTD_SPT_2);
	assert_int_equal(f->host.stale_uses, 1);
}

/* Of all that can be in it: where tables are, and what is done with an access. */
static void pasid_entry_is_reported_when_snooping_was_changed(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	uint64_t second = process.entry + 8;
	const struct vtd_stale_use *use;

	fake_host_set_64(&f->host, second,
			 fake_host_get_64(&f->host, second) ^ VTD_PASID1_PGSNP);
	assert_true(flush_pasid(f, PASID));
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_PASID);
}

static void translation_is_reported_when_its_pasid_entry_is_gone(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	const struct vtd_stale_use *use;

	fake_host_set_64(&f->host, process.entry, 0);
	assert_true(flush_pasid_cache(f, PASID));
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_IOTLB);
	assert_int_equal(use->memory.condition, VTD_SPT_2);
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

/* A device uses PAGE for ADDRESS, from a cache of its own. */
static const struct vtd_stale_use *device_use(struct fixture *f)
{
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_WRITE,
		.address = ADDRESS,
		.pasid_present = true,
		.pasid = PASID,
	};
	const struct vtd_translation used = {
		.address = PAGE,
		.size_shift = 12,
		.read = true,
		.write = true,
	};

	fake_host_forget(&f->host);
	vtd_unit_device_tlb_used(f->unit, &request, &used);
	return f->host.stale_uses == 0 ? NULL : &f->host.stale_use;
}

static void device_use_is_reported_when_page_was_remapped(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 1);
	const struct vtd_stale_use *use;

	assert_null(device_use(f));
	remap(f, &process);
	assert_true(flush_page(f, PASID, ADDRESS));
	assert_null(device_use(f));
	assert_true(flush_page(f, PASID, ADDRESS));
	use = device_use(f);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_DEVICE_TLB);
	assert_int_equal(use->memory.address, OTHER_PAGE);
	assert_null(device_use(f));
}

static void device_use_begins_anew_when_its_cache_was_invalidated(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 1);

	f->host.on_invalidation = fake_host_complete_at_once;
	remap(f, &process);
	assert_null(device_use(f));
	assert_true(regs_queue_do(&f->queue,
				  VTD_DESC_PASID_DEVICE_TLB |
					  (uint64_t)SID << 16 |
					  (uint64_t)PASID << 32,
				  ADDRESS));
	assert_null(device_use(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(nothing_is_reported_when_memory_is_as_it_was),
		FIXTURE_TEST(use_is_reported_when_page_was_remapped),
		FIXTURE_TEST(use_is_reported_when_page_was_unmapped),
		FIXTURE_TEST(nothing_is_reported_when_requests_pass_through),
		FIXTURE_TEST(use_is_reported_when_write_right_was_taken_away),
		FIXTURE_TEST(write_is_reported_when_dirty_was_cleared),
		FIXTURE_TEST(use_is_reported_once_when_it_is_repeated),
		FIXTURE_TEST(use_is_reported_when_so_many_waits_have_completed),
		FIXTURE_TEST(
			nothing_is_reported_when_invalidation_comes_in_time),
		FIXTURE_TEST(change_is_forgotten_when_it_was_taken_back),
		FIXTURE_TEST(request_is_named_when_its_range_is_another),
		FIXTURE_TEST(request_is_named_when_its_pasid_is_another),
		FIXTURE_TEST(request_is_named_when_it_is_for_another_cache),
		FIXTURE_TEST(request_is_not_named_when_it_came_before),
		FIXTURE_TEST(
			table_is_reported_when_only_leaves_were_invalidated),
		FIXTURE_TEST(pasid_entry_is_reported_when_it_was_changed),
		FIXTURE_TEST(pasid_entry_is_reported_when_snooping_was_changed),
		FIXTURE_TEST(
			translation_is_reported_when_its_pasid_entry_is_gone),
		FIXTURE_TEST(context_entry_is_reported_when_it_was_changed),
		FIXTURE_TEST(device_use_is_reported_when_page_was_remapped),
		FIXTURE_TEST(
			device_use_begins_anew_when_its_cache_was_invalidated),
	};

	return RUN_TESTS(tests);
}
