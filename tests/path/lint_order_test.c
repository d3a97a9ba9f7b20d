/* SPDX-License-Identifier: BSD-3-Clause */
/* Lints: invalidations that come in the wrong order, and PASID entries that go
 * before their page requests were answered. */
#include "lint_fixture.h"

#define RID_PASID 7
#define OTHER 0x0200
#define DTLB (8 | (uint64_t)SID << 16 | (uint64_t)PASID << 32)
#define PIOTLB(granularity, did, pasid)                             \
	(6 | (uint64_t)(granularity) << 4 | (uint64_t)(did) << 16 | \
	 (uint64_t)(pasid) << 32)
#define PAGES UINT64_C(0x10000) /* of the tests */
#define P(page) (PAGES + ((uint64_t)(page) << 12))
/* The address of a device-TLB request for 2 and for 4 pages. */
#define TWO(page) (P(page) | 0x800)
#define FOUR(page) (P(page) | 0x1800)

struct descriptor {
	uint64_t word0, word1;
};

static void wait_for_all(struct fixture *f)
{
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_true(regs_queue_is_done(&f->queue));
}

/* Descriptors with one wait after them; those that are 0 are none. */
static void submit(struct fixture *f, const struct descriptor *descriptor,
		   unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (descriptor[i].word0 != 0)
			regs_queue_put(&f->queue, descriptor[i].word0,
				       descriptor[i].word1);
	wait_for_all(f);
}

static const struct vtd_lint_report device_tlb_first = {
	.lint = VTD_LINT_DEVICE_TLB_FIRST,
	.sid = SID,
	.pasid = PASID,
	.address = P(4),
	.value = P(5) + 0xfff,
};

struct order_row {
	const char *name;
	bool found;
	struct descriptor descriptor[2];
};

static void check_orders(struct fixture *f, const struct order_row *row,
			 size_t count)
{
	for (; count > 0; row++, count--) {
		start_again(f);
		regs_queue_put(&f->queue, DTLB, TWO(4));
		submit(f, row->descriptor, 2);
		if (row->found)
			check_found(row->name, f, device_tlb_first);
		else
			check_not_found(row->name, f);
	}
}

/* A request for pages 4 and 5, and then: */
static void order_is_found_when_what_follows_is_for_the_same(void **state)
{
	static const struct order_row rows[] = {
		{ "nothing", false, { { 0, 0 } } },
		{ "global IOTLB", true, { { 2 | 1 << 4, 0 } } },
		{ "IOTLB of the domain", true, { { 0x10022, 0 } } },
		{ "IOTLB of another domain", false, { { 0x20022, 0 } } },
		{ "IOTLB page", true, { { 0x10032, P(4) } } },
		{ "IOTLB page after", false, { { 0x10032, P(6) } } },
		{ "page of another domain", false, { { 0x20032, P(4) } } },
		{ "PASID", true, { { PIOTLB(2, 1, PASID), 0 } } },
		{ "another PASID", false, { { PIOTLB(2, 1, 5), 0 } } },
		{ "its domain", false, { { PIOTLB(2, 2, PASID), 0 } } },
		{ "page before", false, { { PIOTLB(3, 1, PASID), P(3) } } },
		{ "first page", true, { { PIOTLB(3, 1, PASID), P(4) } } },
		{ "last page", true, { { PIOTLB(3, 1, PASID), P(5) } } },
		{ "page after", false, { { PIOTLB(3, 1, PASID), P(6) } } },
		{ "more pages", true, { { PIOTLB(3, 1, PASID), P(0) | 3 } } },
		{ "context cache", false, { { 1 | 1 << 4, 0 } } },
		{ "PASID cache", false, { { 7 | 3 << 4, 0 } } },
		{ "PASID", false, { { 0x10017 | (uint64_t)PASID << 32, 0 } } },
	};

	check_orders(*state, rows, sizeof(rows) / sizeof(*rows));
}

static void order_is_not_found_when_device_tlb_comes_once_more(void **state)
{
	const struct descriptor flush = { PIOTLB(2, 1, PASID), 0 };
	const struct order_row rows[] = {
		{ "the same", false, { flush, { DTLB, TWO(4) } } },
		{ "more", false, { flush, { DTLB, FOUR(4) } } },
		{ "its first page", true, { flush, { DTLB, P(4) } } },
		{ "its last page", true, { flush, { DTLB, P(5) } } },
		{ "pages before", true, { flush, { DTLB, TWO(2) } } },
		{ "pages after", true, { flush, { DTLB, TWO(6) } } },
		{ "another device's",
		  true,
		  { flush, { DTLB + (1 << 16), TWO(4) } } },
	};

	check_orders(*state, rows, sizeof(rows) / sizeof(*rows));
}

static void order_is_not_found_when_a_wait_is_between(void **state)
{
	struct fixture *f = *state;
	const struct descriptor requests[] = {
		{ DTLB, TWO(4) },
		{ PIOTLB(2, 1, PASID), 0 },
	};

	start(f);
	submit(f, &requests[0], 1);
	submit(f, &requests[1], 1);
	check_not_found("wait between", f);
	submit(f, requests, 2);
	check_found("no wait between", f, device_tlb_first);
	wait_for_all(f);
	check_not_found("another wait", f);
}

static void order_is_not_found_when_pasid_has_no_entry(void **state)
{
	struct fixture *f = *state;
	const struct descriptor requests[] = {
		{ DTLB + (UINT64_C(1) << 32), TWO(4) },
		{ 2 | 1 << 4, 0 },
	};

	start(f);
	submit(f, requests, 2);
	check_not_found("no entry", f);
}

/* So many are looked at between two waits. */
static void order_is_not_found_when_request_is_the_seventeenth(void **state)
{
	struct fixture *f = *state;
	const struct descriptor flush = { PIOTLB(3, 1, PASID), P(4) };

	for (unsigned int before = 15; before <= 16; before++) {
		start_again(f);
		for (unsigned int i = 0; i < before; i++)
			regs_queue_put(&f->queue, DTLB, P(32 + i));
		regs_queue_put(&f->queue, DTLB, TWO(4));
		submit(f, &flush, 1);
		if (before == 15)
			check_found("sixteenth", f, device_tlb_first);
		else
			check_not_found("seventeenth", f);
	}
}

static void order_is_not_found_when_unit_was_reset_between(void **state)
{
	struct fixture *f = *state;
	const struct descriptor flush = { PIOTLB(2, 1, PASID), 0 };

	start(f);
	regs_queue_put(&f->queue, DTLB, TWO(4));
	regs_queue_put(&f->queue, flush.word0, flush.word1);
	regs_queue_submit(&f->queue);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	fixture_enable(f, VTD_TTM_SCALABLE);
	wait_for_all(f);
	check_not_found("reset", f);
}

/* The rest of the queue is the timer's. */
static void order_is_found_when_timer_has_the_queue(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	start(f);
	vtd_unit_dma_begin(f->unit, &bracket);
	regs_queue_put(&f->queue, PIOTLB(2, 1, PASID), 0);
	regs_queue_put_wait(&f->queue, 0x40);
	for (unsigned int i = 0; i < 100; i++)
		regs_queue_put(&f->queue, PIOTLB(2, 1, PASID), 0);
	regs_queue_put_wait(&f->queue, 0x40);
	regs_queue_put(&f->queue, DTLB, TWO(4));
	regs_queue_put(&f->queue, PIOTLB(2, 1, PASID), 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	vtd_unit_dma_end(f->unit, &bracket);
	assert_int_equal(f->host.lints, 0);
	while (__atomic_exchange_n(&f->host.timer, 0, __ATOMIC_SEQ_CST) == 1)
		vtd_unit_timer_expired(f->unit);
	assert_true(regs_queue_is_done(&f->queue));
	check_found("timer", f, device_tlb_first);
}

/* The device has asked for a page, in PASID or without one: group 7. */
struct asked {
	uint64_t dir;
	uint64_t entry;
	struct regs_page_queue queue;
};

static struct asked start_request(struct fixture *f, bool with_pasid)
{
	const struct vtd_page_request request = {
		.sid = SID,
		.pasid_present = with_pasid,
		.pasid = PASID, /* whatever it is, without one */
		.read = true,
		.last = true,
		.prgi = 7,
		.address = ADDRESS,
	};
	struct fixture_context context;
	struct page_table table;
	struct asked asked;

	start_again(f);
	context = fixture_sm_context(f, SID, RID_PASID);
	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	asked.dir = context.dir;
	asked.entry = fixture_pasid_first_stage(
		f, context.dir, with_pasid ? PASID : RID_PASID, &table);
	regs_queue_flush(&f->queue);
	regs_page_queue_start(&asked.queue, f->unit, &f->tables);
	vtd_unit_page_request(f->unit, &request);
	check_not_found("request", f);
	return asked;
}

static struct vtd_lint_report freed(bool with_pasid)
{
	return (struct vtd_lint_report){
		.lint = VTD_LINT_PASID_FREED,
		.sid = SID,
		.pasid = with_pasid ? PASID : RID_PASID,
		.value = 7,
	};
}

static void flush_pasids(struct fixture *f)
{
	regs_queue_do(&f->queue, 7 | 3 << 4, 0);
}

static void pasid_is_found_when_freed_with_requests_outstanding(void **state)
{
	static const struct {
		const char *name;
		bool found;
		uint64_t word0, word1;
	} rows[] = {
		{ "PASID cache", true, 7 | 3 << 4, 0 },
		{ "PASID cache of the domain", true, 0x10007, 0 },
		{ "PASID cache of another", false, 0x20007, 0 },
		{ "PASID", true, 0x10017 | (uint64_t)PASID << 32, 0 },
		{ "another PASID", false, 0x10017 | UINT64_C(5) << 32, 0 },
		{ "its domain", false, 0x20017 | (uint64_t)PASID << 32, 0 },
		{ "context cache", false, 1 | 1 << 4, 0 },
		{ "IOTLB", false, 2 | 1 << 4, 0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct asked asked = start_request(f, true);

		regs_queue_do(&f->queue, rows[i].word0, rows[i].word1);
		check_not_found(rows[i].name, f);
		fake_host_set_64(&f->host, asked.entry, 0);
		regs_queue_do(&f->queue, rows[i].word0, rows[i].word1);
		if (!rows[i].found) {
			check_not_found(rows[i].name, f);
			continue;
		}
		check_found(rows[i].name, f, freed(true));
		flush_pasids(f);
		check_not_found("again", f);
	}
}

static void pasid_is_found_when_freed_with_its_directory(void **state)
{
	struct fixture *f = *state;
	struct asked asked = start_request(f, true);

	fake_host_set_64(&f->host, tables_pasid_dir_entry(asked.dir, PASID), 0);
	flush_pasids(f);
	check_found("directory", f, freed(true));
}

/* Only then is a group to be answered. */
static void pasid_is_not_found_when_group_has_no_last_request(void **state)
{
	struct fixture *f = *state;
	struct asked asked = start_request(f, true);
	const struct vtd_page_request request = {
		.sid = SID,
		.read = true,
		.prgi = 8,
		.address = ADDRESS,
	};

	regs_queue_do(&f->queue,
		      0x19 | (uint64_t)SID << 16 | (uint64_t)PASID << 32,
		      7 << 3);
	vtd_unit_page_request(f->unit, &request);
	fake_host_set_64(&f->host, asked.entry, 0);
	flush_pasids(f);
	check_not_found("not last", f);
}

static void pasid_is_not_found_when_requests_were_answered(void **state)
{
	static const struct {
		const char *name;
		bool with_pasid, answered;
		uint64_t word0, word1;
	} rows[] = {
		{ "PASID", true, true,
		  0x19 | (uint64_t)SID << 16 | (uint64_t)PASID << 32, 7 << 3 },
		{ "another PASID", true, false,
		  0x19 | (uint64_t)SID << 16 | UINT64_C(5) << 32, 7 << 3 },
		{ "no PASID", true, false, 0x09 | (uint64_t)SID << 16, 7 << 3 },
		{ "another group", true, false,
		  0x19 | (uint64_t)SID << 16 | (uint64_t)PASID << 32, 6 << 3 },
		{ "another device", true, false,
		  0x19 | (uint64_t)OTHER << 16 | (uint64_t)PASID << 32,
		  7 << 3 },
		{ "without", false, true, 0x09 | (uint64_t)SID << 16, 7 << 3 },
		{ "without, by PASID", false, false,
		  0x19 | (uint64_t)SID << 16 | (uint64_t)PASID << 32, 7 << 3 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct asked asked = start_request(f, rows[i].with_pasid);

		regs_queue_do(&f->queue, rows[i].word0, rows[i].word1);
		fake_host_set_64(&f->host, asked.entry, 0);
		flush_pasids(f);
		if (rows[i].answered)
			check_not_found(rows[i].name, f);
		else
			check_found(rows[i].name, f, freed(rows[i].with_pasid));
	}
}

static void pasid_is_not_found_when_unit_was_reset(void **state)
{
	struct fixture *f = *state;
	struct asked asked = start_request(f, true);

	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	fixture_enable(f, VTD_TTM_SCALABLE);
	fake_host_forget(&f->host);
	fake_host_set_64(&f->host, asked.entry, 0);
	flush_pasids(f);
	check_not_found("reset", f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(order_is_found_when_what_follows_is_for_the_same),
		FIXTURE_TEST(
			order_is_not_found_when_device_tlb_comes_once_more),
		FIXTURE_TEST(order_is_not_found_when_a_wait_is_between),
		FIXTURE_TEST(order_is_not_found_when_pasid_has_no_entry),
		FIXTURE_TEST(
			order_is_not_found_when_request_is_the_seventeenth),
		FIXTURE_TEST(order_is_not_found_when_unit_was_reset_between),
		FIXTURE_TEST(order_is_found_when_timer_has_the_queue),
		FIXTURE_TEST(
			pasid_is_found_when_freed_with_requests_outstanding),
		FIXTURE_TEST(pasid_is_found_when_freed_with_its_directory),
		FIXTURE_TEST(pasid_is_not_found_when_group_has_no_last_request),
		FIXTURE_TEST(pasid_is_not_found_when_requests_were_answered),
		FIXTURE_TEST(pasid_is_not_found_when_unit_was_reset),
	};

	return RUN_TESTS(tests);
}
