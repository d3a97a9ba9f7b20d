/* SPDX-License-Identifier: BSD-3-Clause */
/* What a device is seen to use of a cache of its own (vtd_unit_device_tlb_used()). */
#include "kept_process.h"

#define THIRD_PAGE UINT64_C(0x7000000)

/* A device uses `page` for `address`. */
static const struct vtd_stale_use *use_page(struct fixture *f, uint64_t address,
					    uint64_t page,
					    enum vtd_access access)
{
	const struct vtd_request request = {
		.sid = SID,
		.access = access,
		.address = address,
		.pasid_present = true,
		.pasid = PASID,
	};
	const struct vtd_translation used = {
		.address = page,
		.size_shift = 12,
		.read = true,
		.write = true,
	};

	fake_host_forget(&f->host);
	vtd_unit_device_tlb_used(f->unit, &request, &used);
	return f->host.stale_uses == 0 ? NULL : &f->host.stale_use;
}

static const struct vtd_stale_use *write_page(struct fixture *f, uint64_t page)
{
	return use_page(f, ADDRESS, page, VTD_ACCESS_WRITE);
}

static const struct vtd_stale_use *device_use(struct fixture *f)
{
	return write_page(f, PAGE);
}

static void use_is_reported_when_page_was_remapped(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 1);
	const struct vtd_stale_use *use;

	assert_null(device_use(f));
	remap(f, &process);
	assert_true(flush_page(f, PASID, ADDRESS));
	assert_null(device_use(f));
	assert_int_equal(f->host.lints, 0);
	assert_true(flush_page(f, PASID, ADDRESS));
	use = device_use(f);
	assert_non_null(use);
	assert_int_equal(use->cache, VTD_CACHE_DEVICE_TLB);
	assert_int_equal(use->request.address, ADDRESS);
	assert_int_equal(use->used.address, PAGE);
	assert_int_equal(use->memory.address, OTHER_PAGE);
	assert_null(device_use(f));
}

static void exchange_is_found_when_page_was_remapped(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	remap(f, &process);
	assert_non_null(device_use(f));
	assert_int_equal(f->host.lints, 1);
	assert_int_equal(f->host.lint.lint, VTD_LINT_PRESENT_TO_PRESENT);
	assert_int_equal(f->host.lint.sid, SID);
	assert_int_equal(f->host.lint.address, ADDRESS);
	assert_int_equal(f->host.lint.value, OTHER_PAGE);
}

static void only_writes_are_reported_when_write_right_was_taken(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);

	tables_change(&f->tables, process.leaf, 0, VTD_FS_RW);
	assert_null(use_page(f, ADDRESS, PAGE, VTD_ACCESS_READ));
	assert_non_null(use_page(f, ADDRESS, PAGE, VTD_ACCESS_WRITE));
	/* The same page. */
	assert_int_equal(f->host.lints, 0);
}

/* A page that is where it seems to be. */
static void use_is_reported_when_identity_was_unmapped(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 0);
	uint64_t page = ADDRESS + 0x3000;
	uint64_t leaf = page_table_map(&process.table, page, page, 12,
				       FS_USER_RW | VTD_FS_A | VTD_FS_D);

	assert_null(use_page(f, page, page, VTD_ACCESS_READ));
	fake_host_set_64(&f->host, leaf, 0);
	assert_non_null(use_page(f, page, page, VTD_ACCESS_READ));
}

static void use_begins_anew_when_it_is_of_another_page(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 1);

	remap(f, &process);
	assert_null(write_page(f, PAGE));
	assert_true(flush_page(f, PASID, ADDRESS));
	assert_null(write_page(f, THIRD_PAGE));
}

/* Whatever else of it is in order. */
static void use_is_remembered_when_another_agrees_with_memory(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 1);

	remap(f, &process);
	assert_null(write_page(f, PAGE));
	assert_null(write_page(f, OTHER_PAGE));
	assert_true(flush_page(f, PASID, ADDRESS));
	assert_non_null(write_page(f, PAGE));
}

static void use_is_forgotten_when_it_agrees_with_memory_again(void **state)
{
	struct fixture *f = *state;
	struct process process = check_process(f, 1);
	uint64_t leaf = fake_host_get_64(&f->host, process.leaf);

	remap(f, &process);
	assert_null(device_use(f));
	fake_host_set_64(&f->host, process.leaf, leaf);
	assert_null(device_use(f));
	remap(f, &process);
	assert_true(flush_page(f, PASID, ADDRESS));
	assert_null(device_use(f));
}

static void use_begins_anew_when_its_cache_was_invalidated(void **state)
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

static void nothing_is_done_when_nothing_is_checked(void **state)
{
	static const enum vtd_iotlb_kind kinds[] = { VTD_IOTLB_LIVE,
						     VTD_IOTLB_KEEP };
	struct fixture *f = *state;
	struct vtd_counters counters;

	for (size_t i = 0; i < 2; i++) {
		f->config.iotlb = kinds[i];
		run_process(f, 0);
		assert_null(device_use(f));
		vtd_unit_counters(f->unit, &counters, sizeof(counters));
		assert_int_equal(counters.stale_suspects, 0);
		vtd_unit_destroy(f->unit);
		f->unit = NULL;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(use_is_reported_when_page_was_remapped),
		FIXTURE_TEST(exchange_is_found_when_page_was_remapped),
		FIXTURE_TEST(
			only_writes_are_reported_when_write_right_was_taken),
		FIXTURE_TEST(use_is_reported_when_identity_was_unmapped),
		FIXTURE_TEST(use_begins_anew_when_it_is_of_another_page),
		FIXTURE_TEST(use_is_remembered_when_another_agrees_with_memory),
		FIXTURE_TEST(use_is_forgotten_when_it_agrees_with_memory_again),
		FIXTURE_TEST(use_begins_anew_when_its_cache_was_invalidated),
		FIXTURE_TEST(nothing_is_done_when_nothing_is_checked),
	};

	return RUN_TESTS(tests);
}
