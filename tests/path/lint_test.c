/* SPDX-License-Identifier: BSD-3-Clause */
/* What software should not do, and is told of with vtd_config.check. */
#include "lint_fixture.h"

#define IRTA 0x0b8
#define IQA 0x090
#define IQH 0x080
#define PQA 0x0d0
#define PQT 0x0c8
#define GCMD 0x018

static void two_commands_are_found_when_written_at_once(void **state)
{
	struct fixture *f = *state;

	configure(f);
	fixture_start(f);
	regs_write_32(f->unit, GCMD, (uint32_t)VTD_GCMD_QIE);
	assert_int_equal(f->host.lints, 0);
	regs_write_32(f->unit, GCMD,
		      (uint32_t)(VTD_GCMD_QIE | VTD_GCMD_TE | VTD_GCMD_SRTP));
	assert_found(f, VTD_LINT_TWO_COMMANDS);
}

static void flush_context(struct fixture *f)
{
	regs_queue_do(&f->queue, VTD_DESC_CONTEXT_CACHE | 1 << 4, 0);
}

static void root_is_found_when_flushes_do_not_follow(void **state)
{
	struct fixture *f = *state;

	f->config.self_flush = false;
	start(f);
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	/* That is about something else. */
	regs_queue_do(&f->queue, VTD_DESC_INTERRUPT_ENTRY_CACHE, 0);
	for (int i = 0; i < 2; i++)
		flush_context(f);
	assert_int_equal(f->host.lints, 0);
	flush_context(f);
	assert_int_equal(f->host.lint.value,
			 1 << VTD_INVALIDATION_PASID |
				 1 << VTD_INVALIDATION_IOTLB);
	assert_found(f, VTD_LINT_ROOT_NOT_FLUSHED);
}

static void root_is_not_found_when_flushes_follow(void **state)
{
	struct fixture *f = *state;

	f->config.self_flush = false;
	start(f);
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	regs_queue_flush(&f->queue);
	for (int i = 0; i < 4; i++)
		flush_context(f);
	assert_int_equal(f->host.lints, 0);
}

static void eime_is_found_when_unit_has_no_eim(void **state)
{
	struct fixture *f = *state;

	configure(f);
	f->config.extended_interrupt_mode = false;
	fixture_start(f);
	regs_write_64(f->unit, IRTA, UINT64_C(0x10000f));
	assert_int_equal(f->host.lints, 0);
	regs_write_64(f->unit, IRTA, UINT64_C(0x10080f));
	assert_found(f, VTD_LINT_EIME_WITHOUT_EIM);
}

static void queue_is_found_when_moved_while_it_runs(void **state)
{
	struct fixture *f = *state;
	uint64_t iqa;

	start(f);
	iqa = regs_read_64(f->unit, IQA);
	regs_write_64(f->unit, IQA, iqa);
	assert_int_equal(f->host.lints, 0);
	regs_write_64(f->unit, IQA, iqa + 0x100000);
	assert_found(f, VTD_LINT_QUEUE_CHANGED);
}

static void page_queue_is_found_when_moved_with_requests_in_it(void **state)
{
	struct fixture *f = *state;
	struct regs_page_queue queue;
	const struct vtd_page_request request = {
		.sid = SID,
		.pasid_present = true,
		.pasid = PASID,
		.read = true,
		.address = ADDRESS,
	};

	start(f);
	regs_page_queue_start(&queue, f->unit, &f->tables);
	assert_int_equal(f->host.lints, 0);
	vtd_unit_page_request(f->unit, &request);
	regs_write_64(f->unit, PQA, tables_page(&f->tables));
	assert_found(f, VTD_LINT_QUEUE_CHANGED);
}

static void field_is_found_when_descriptor_ignores_it(void **state)
{
	/* Type and what is ignored of it. */
	static const struct {
		const char *name;
		uint64_t word0, word1, ignored;
	} rows[] = {
		{ "global context", 1 | 1 << 4 | 9 << 16, 0, 9 << 16 },
		{ "domain context", 1 | 2 << 4 | 9 << 16 | UINT64_C(5) << 32, 0,
		  UINT64_C(5) << 32 },
		{ "global IOTLB", 2 | 1 << 4, 0x5000, 0x5000 },
		{ "domain IOTLB", 2 | 2 << 4 | 9 << 16, 0x40, 0x40 },
		{ "IOTLB page", 2 | 3 << 4 | 9 << 16, 0x1002, 0x1000 },
		{ "global IEC", 4 | UINT64_C(7) << 32, 0, UINT64_C(7) << 32 },
		{ "PASID", 6 | 2 << 4 | 9 << 16, 0x3000, 0x3000 },
		{ "page in PASID", 6 | 3 << 4 | 9 << 16, 0x5001, 0x1000 },
		{ "domain PASID cache", 7 | 9 << 16 | UINT64_C(3) << 32, 0,
		  UINT64_C(3) << 32 },
		{ "global PASID cache", 7 | 3 << 4 | 9 << 16, 0, 9 << 16 },
		{ "response", 9 | UINT64_C(3) << 32, 0, UINT64_C(3) << 32 },
		{ "wait", 5 | 1 << 6, 0x5000, 0x5000 },
	};
	struct fixture *f = *state;

	start(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		regs_queue_do(&f->queue, rows[i].word0, rows[i].word1);
		/* Told the first, second, fourth, eighth time. */
		if ((i & (i + 1)) == 0) {
			check_row(rows[i].name,
				  f->host.lint.value == rows[i].ignored);
			check_row(rows[i].name, f->host.lints > 0);
		}
	}
	assert_int_equal(f->host.lint.lint, VTD_LINT_IGNORED_FIELD);
	assert_int_equal(f->host.lints, 4);
}

static void place_is_that_of_the_descriptor_when_others_come_first(void **state)
{
	struct fixture *f = *state;
	uint64_t head;

	start(f);
	head = regs_read_64(f->unit, IQH);
	regs_queue_put(&f->queue, VTD_DESC_CONTEXT_CACHE | 1 << 4, 0);
	regs_queue_put(&f->queue, VTD_DESC_CONTEXT_CACHE | 1 << 4 | 9 << 16, 0);
	regs_queue_submit(&f->queue);
	assert_true(f->host.lint.address == head + (f->queue.wide ? 32 : 16));
	assert_found(f, VTD_LINT_IGNORED_FIELD);
}

static void
nothing_is_found_when_descriptors_are_as_they_should_be(void **state)
{
	struct fixture *f = *state;

	start(f);
	regs_queue_flush(&f->queue);
	flush_page(f, PASID, ADDRESS);
	flush_page(f, PASID, (ADDRESS & UINT64_MAX << 21) | 9);
	flush_pasid(f, PASID);
	flush_pasid_cache(f, PASID);
	regs_queue_do(&f->queue,
		      VTD_DESC_PASID_DEVICE_TLB | (uint64_t)SID << 16 |
			      (uint64_t)PASID << 32,
		      ADDRESS);
	assert_int_equal(f->host.lints, 0);
}

static void change_is_found_when_both_entries_are_present(void **state)
{
	struct fixture *f = *state;
	struct process process = start(f);

	fake_host_set_64(&f->host, process.leaf,
			 (PAGE + 0x100000) | FS_USER_RW | VTD_FS_A);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	assert_int_equal(f->host.lints, 1);
	assert_int_equal(f->host.lint.lint, VTD_LINT_PRESENT_TO_PRESENT);
	assert_int_equal(f->host.lint.address, ADDRESS);
	assert_int_equal(f->host.lint.value, PAGE + 0x100000);
}

static void status_is_found_when_it_is_not_in_ram(void **state)
{
	struct fixture *f = *state;

	start(f);
	regs_queue_put(&f->queue, 0x25, UINT64_C(0x7ff000000000));
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.lint.address, UINT64_C(0x7ff000000000));
	assert_int_equal(f->host.lint.lint, VTD_LINT_STATUS_NOT_RAM);
	assert_int_equal(f->host.lints, 1);
}

/* The device has asked for a page. */
static struct process start_request(struct fixture *f)
{
	static struct regs_page_queue queue;
	struct process process = start(f);
	const struct vtd_page_request request = {
		.sid = SID,
		.pasid_present = true,
		.pasid = PASID,
		.read = true,
		.last = true,
		.prgi = 7,
		.address = ADDRESS,
	};

	regs_page_queue_start(&queue, f->unit, &f->tables);
	vtd_unit_page_request(f->unit, &request);
	return process;
}

static void pasid_is_found_when_freed_with_requests_outstanding(void **state)
{
	struct fixture *f = *state;
	struct process process = start_request(f);

	flush_pasid_cache(f, PASID);
	assert_int_equal(f->host.lints, 0);
	fake_host_set_64(&f->host, process.entry, 0);
	flush_pasid_cache(f, PASID + 1);
	assert_int_equal(f->host.lints, 0);
	flush_pasid_cache(f, PASID);
	assert_int_equal(f->host.lint.pasid, PASID);
	assert_int_equal(f->host.lint.value, 7);
	assert_found(f, VTD_LINT_PASID_FREED);
}

static void pasid_is_not_found_when_requests_were_answered(void **state)
{
	struct fixture *f = *state;
	struct process process = start_request(f);

	regs_queue_do(&f->queue,
		      VTD_DESC_PAGE_GROUP_RESPONSE | 1 << 4 |
			      (uint64_t)SID << 16 | (uint64_t)PASID << 32,
		      7 << 3);
	fake_host_set_64(&f->host, process.entry, 0);
	flush_pasid_cache(f, PASID);
	assert_int_equal(f->host.lints, 0);
}

static void pasid_is_not_found_when_unit_was_reset(void **state)
{
	struct fixture *f = *state;
	struct process process = start_request(f);

	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	regs_command_set(f->unit, VTD_GCMD_TE);
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
	fake_host_forget(&f->host);
	fake_host_set_64(&f->host, process.entry, 0);
	flush_pasid_cache(f, PASID);
	assert_int_equal(f->host.lints, 0);
}

static void put_device_tlb(struct fixture *f)
{
	regs_queue_put(&f->queue,
		       VTD_DESC_PASID_DEVICE_TLB | (uint64_t)SID << 16 |
			       (uint64_t)PASID << 32,
		       ADDRESS);
}

static void put_iotlb(struct fixture *f)
{
	regs_queue_put(&f->queue,
		       VTD_DESC_PASID_IOTLB | 3 << 4 | FIXTURE_DID << 16 |
			       (uint64_t)PASID << 32,
		       ADDRESS);
}

static void wait_for_all(struct fixture *f)
{
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_true(regs_queue_is_done(&f->queue));
}

static void order_is_found_when_device_tlb_comes_first(void **state)
{
	struct fixture *f = *state;

	start(f);
	put_device_tlb(f);
	put_iotlb(f);
	wait_for_all(f);
	assert_int_equal(f->host.lint.sid, SID);
	assert_found(f, VTD_LINT_DEVICE_TLB_FIRST);
}

/* The rest of the queue is the timer's. */
static void order_is_found_when_timer_has_the_queue(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	start(f);
	vtd_unit_dma_begin(f->unit, &bracket);
	put_iotlb(f);
	regs_queue_put_wait(&f->queue, 0x40);
	for (unsigned int i = 0; i < 100; i++)
		put_iotlb(f);
	regs_queue_put_wait(&f->queue, 0x40);
	put_device_tlb(f);
	put_iotlb(f);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	vtd_unit_dma_end(f->unit, &bracket);
	assert_int_equal(f->host.lints, 0);
	while (__atomic_exchange_n(&f->host.timer, 0, __ATOMIC_SEQ_CST) == 1)
		vtd_unit_timer_expired(f->unit);
	assert_true(regs_queue_is_done(&f->queue));
	assert_found(f, VTD_LINT_DEVICE_TLB_FIRST);
}

static void order_is_not_found_when_device_tlb_comes_last(void **state)
{
	struct fixture *f = *state;

	start(f);
	put_iotlb(f);
	put_device_tlb(f);
	wait_for_all(f);
	put_device_tlb(f);
	put_iotlb(f);
	put_device_tlb(f);
	wait_for_all(f);
	assert_int_equal(f->host.lints, 0);
}

static void everything_has_words_when_asked(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < VTD_LINTS; i++) {
		enum vtd_lint lint = (enum vtd_lint)i;

		assert_string_not_equal(vtd_lint_name(lint), "unknown");
		assert_string_not_equal(vtd_lint_section(lint), "?");
	}
	assert_string_equal(vtd_lint_text((enum vtd_lint)VTD_LINTS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(two_commands_are_found_when_written_at_once),
		FIXTURE_TEST(root_is_found_when_flushes_do_not_follow),
		FIXTURE_TEST(root_is_not_found_when_flushes_follow),
		FIXTURE_TEST(pasid_is_not_found_when_unit_was_reset),
		FIXTURE_TEST(order_is_found_when_timer_has_the_queue),
		FIXTURE_TEST(eime_is_found_when_unit_has_no_eim),
		FIXTURE_TEST(queue_is_found_when_moved_while_it_runs),
		FIXTURE_TEST(
			page_queue_is_found_when_moved_with_requests_in_it),
		FIXTURE_TEST(field_is_found_when_descriptor_ignores_it),
		FIXTURE_TEST(
			place_is_that_of_the_descriptor_when_others_come_first),
		FIXTURE_TEST(
			nothing_is_found_when_descriptors_are_as_they_should_be),
		FIXTURE_TEST(change_is_found_when_both_entries_are_present),
		FIXTURE_TEST(status_is_found_when_it_is_not_in_ram),
		FIXTURE_TEST(
			pasid_is_found_when_freed_with_requests_outstanding),
		FIXTURE_TEST(pasid_is_not_found_when_requests_were_answered),
		FIXTURE_TEST(order_is_found_when_device_tlb_comes_first),
		FIXTURE_TEST(order_is_not_found_when_device_tlb_comes_last),
		FIXTURE_TEST(everything_has_words_when_asked),
	};

	return RUN_TESTS(tests);
}
