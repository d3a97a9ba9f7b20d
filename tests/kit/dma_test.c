/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies through a unit. */
#include <errno.h>
#include <string.h>

#include <vtd/kit/descriptors.h>
#include <vtd/kit/dma.h>

#include "check.h"

#define SID 0x0008
#define DID 3
#define FIRST UINT64_C(0x7000)

/* Two pages that are apart in memory, then one that is read-only. */
static const uint64_t page[3] = { 0x9000, 0x5000, 0x6000 };

static struct vtd_kit_dma start(struct fixture *f)
{
	struct vtd_kit_page_table table;
	const struct vtd_kit_translation translation = {
		.second_stage = &table,
		.did = DID,
	};

	vtd_kit_page_table_init(&table, &f->tables, VTD_KIT_SECOND_STAGE, 4);
	for (unsigned int i = 0; i < 3; i++)
		vtd_kit_page_table_map(&table, FIRST + i * UINT64_C(0x1000),
				       page[i], 12, i == 2 ? VTD_SS_R : SS_RW);
	vtd_kit_context_set(&f->tables, f->root, SID, &translation, false);
	fixture_run(f, VTD_TTM_LEGACY);
	return (struct vtd_kit_dma){
		.unit = f->unit,
		.ops = vtd_kit_host_ops(),
		.host = &f->host,
		.sid = SID,
	};
}

static void
bytes_are_where_they_should_be_when_a_copy_crosses_pages(void **state)
{
	struct fixture *f = *state;
	struct vtd_kit_dma dma = start(f);
	char back[6];

	assert_int_equal(vtd_kit_dma_write(&dma, FIRST + 0xffd, "abcdef", 6),
			 0);
	assert_memory_equal((char *)f->host.ram + page[0] + 0xffd, "abc", 3);
	assert_memory_equal((char *)f->host.ram + page[1], "def", 3);
	assert_int_equal(vtd_kit_dma_read(&dma, FIRST + 0xffd, back, 6), 0);
	assert_memory_equal(back, "abcdef", 6);
	assert_int_equal(dma.done, 6);
}

static void copy_says_where_it_ended_when_a_page_is_refused(void **state)
{
	struct fixture *f = *state;
	struct vtd_kit_dma dma = start(f);
	const char zeroes[0x1010] = { 0 };

	assert_int_equal(vtd_kit_dma_write(&dma, FIRST + 0x1000, zeroes,
					   sizeof(zeroes)),
			 -EACCES);
	assert_int_equal(dma.done, 0x1000);
	assert_int_equal(dma.result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	assert_int_not_equal(dma.result.condition, VTD_CONDITION_NONE);
}

static void copy_ends_in_the_hosts_error_when_there_is_no_ram(void **state)
{
	struct fixture *f = *state;
	struct vtd_kit_dma dma = start(f);
	char byte;

	vtd_kit_host_add_hole(&f->host, page[1], 0x1000);
	assert_int_equal(vtd_kit_dma_read(&dma, FIRST + 0x1000, &byte, 1),
			 -EFAULT);
}

static void copy_is_refused_when_it_wraps(void **state)
{
	struct vtd_kit_dma dma = start(*state);
	char bytes[2];

	assert_int_equal(vtd_kit_dma_read(&dma, UINT64_MAX, bytes, 2),
			 -EOVERFLOW);
	assert_int_equal(dma.done, 0);
}

static void nothing_is_asked_when_the_length_is_0(void **state)
{
	struct vtd_kit_dma dma = start(*state);

	assert_int_equal(vtd_kit_dma_read(&dma, 0, NULL, 0), 0);
	assert_int_equal(fixture_take_reason(*state), 0);
}

/* Software invalidates the page while its bytes are being copied. */
static void invalidate(struct vtd_kit_host *host, uint64_t address)
{
	struct fixture *f = host->hook_data;
	const struct vtd_kit_descriptor descriptor = vtd_kit_iotlb_domain(DID);

	if (address != page[0])
		return;
	host->before_read = NULL;
	assert_false(vtd_kit_queue_invalidate(&f->queue, &descriptor, 1));
}

static void wait_completes_when_the_copy_has_ended(void **state)
{
	struct fixture *f = *state;
	struct vtd_kit_dma dma = start(f);
	char byte;

	f->host.hook_data = f;
	vtd_kit_host_watch_reads(&f->host, invalidate);
	assert_int_equal(vtd_kit_dma_read(&dma, FIRST, &byte, 1), 0);
	assert_null(f->host.before_read);
	assert_true(vtd_kit_queue_is_done(&f->queue));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			bytes_are_where_they_should_be_when_a_copy_crosses_pages),
		FIXTURE_TEST(copy_says_where_it_ended_when_a_page_is_refused),
		FIXTURE_TEST(copy_ends_in_the_hosts_error_when_there_is_no_ram),
		FIXTURE_TEST(copy_is_refused_when_it_wraps),
		FIXTURE_TEST(nothing_is_asked_when_the_length_is_0),
		FIXTURE_TEST(wait_completes_when_the_copy_has_ended),
	};

	return RUN_TESTS(tests);
}
