/* SPDX-License-Identifier: BSD-3-Clause */
/* Uses of entries that memory does not back (vtd_config.check). */
#include <string.h>

#include "kept_process.h"

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
			       "5000010 rw, memory has 6000010 rw; domain 1, "
			       "0 waits, 1 uses since; "
			       "no invalidation came near it"));
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

/* A second-stage page with these rights is remapped. */
static void assert_rights_told(struct fixture *f, uint64_t rights,
			       enum vtd_access access, const char *text)
{
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table;
	uint64_t leaf;

	f->config.iotlb = VTD_IOTLB_KEEP;
	f->config.check = true;
	f->config.check_waits = 0;
	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	leaf = page_table_map(&table, ADDRESS, PAGE, 12, rights);
	fixture_pasid_second_stage(f, context.dir, PASID, &table);
	fixture_run(f, VTD_TTM_SCALABLE);
	access_at(f, ADDRESS, access);
	fake_host_set_64(&f->host, leaf, OTHER_PAGE | rights);
	assert_non_null(use_after(f, ADDRESS, access));
	assert_non_null(strstr(f->host.trace, text));
	assert_int_equal(f->host.lint.lint, VTD_LINT_PRESENT_TO_PRESENT);
}

static void rights_are_told_when_page_is_read_only(void **state)
{
	assert_rights_told(*state, VTD_SS_R, VTD_ACCESS_READ,
			   "read 7f0012345000 got 5000000 r, "
			   "memory has 6000000 r;");
}

static void rights_are_told_when_page_is_write_only(void **state)
{
	assert_rights_told(*state, VTD_SS_W, VTD_ACCESS_WRITE,
			   "write 7f0012345000 got 5000000 w, "
			   "memory has 6000000 w;");
}

/* A translation request that gets nothing succeeds. */
static void nothing_is_told_when_memory_has_no_translation(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	fake_host_set_64(&f->host, process.leaf, 0);
	fake_host_forget(&f->host);
	assert_true(ask(f, ADDRESS, false).read);
	assert_int_equal(f->host.stale_uses, 1);
	assert_int_equal(f->host.stale_use.memory.status, VTD_STATUS_SUCCESS);
	assert_non_null(strstr(f->host.trace, "memory has nothing;"));
	assert_int_equal(f->host.lints, 0);
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
	const struct vtd_stale_use *use;

	assert_true(flush_page(f, PASID, ADDRESS));
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	remap(f, &process);
	use = use_after(f, ADDRESS, VTD_ACCESS_READ);
	assert_non_null(use);
	assert_int_equal(use->near_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(nothing_is_reported_when_memory_is_as_it_was),
		FIXTURE_TEST(use_is_reported_when_page_was_remapped),
		FIXTURE_TEST(use_is_reported_when_page_was_unmapped),
		FIXTURE_TEST(nothing_is_reported_when_requests_pass_through),
		FIXTURE_TEST(use_is_reported_when_write_right_was_taken_away),
		FIXTURE_TEST(rights_are_told_when_page_is_read_only),
		FIXTURE_TEST(rights_are_told_when_page_is_write_only),
		FIXTURE_TEST(nothing_is_told_when_memory_has_no_translation),
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
	};

	return RUN_TESTS(tests);
}
