/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All paths of one unit at the same time, for ThreadSanitizer, and the promise
 * of invalidation (DESIGN 5; F 5.6): when a wait has completed, no access in a
 * bracket uses what was invalidated before it.
 *
 * Software maps one page after the other at the same address.  When the wait
 * behind an invalidation has completed, it marks the page that was there as
 * dead.  An access that comes upon a dead page has used an old translation.
 *
 * VTD_ACCESSES sets how many accesses there are at least.
 */
#include <stdlib.h>

#include "fake_timer.h"
#include "unit_threads.h"

#define ROUNDS 600

struct scene s;

/* --------------------------------------------------- Software's queue */

struct descriptor {
	uint64_t word0;
	uint64_t word1;
};

/* Submit with a wait behind, and wait for it. */
static void invalidate(unsigned int thread, const struct descriptor *list,
		       unsigned int count)
{
	static _Atomic uint32_t sequence;
	struct regs_queue *queue = &s.f->queue;
	uint32_t data = atomic_fetch_add(&sequence, 1) + 1;
	uint64_t status = s.status + thread * 64;
	unsigned int noticed = s.noticed;

	pthread_mutex_lock(&s.queue_lock);
	for (unsigned int i = 0; i < count; i++)
		regs_queue_put(queue, list[i].word0, list[i].word1);
	regs_queue_put(queue, 0x25 | (uint64_t)data << 32, status);
	regs_queue_submit(queue);
	pthread_mutex_unlock(&s.queue_lock);
	while (fake_host_get_32(&s.f->host, status) != data) {
		if (is_late()) {
			atomic_fetch_add(&s.failures, 1);
			return;
		}
		sched_yield();
	}
	/* The wait covers what the host was told before. */
	if ((int)(s.dealt_with - noticed) < 0)
		atomic_fetch_add(&s.violations, 1);
}

/* ------------------------------------------------------------ Software */

static void *serve_pages(void *unused)
{
	uint64_t words[2];

	(void)unused;
	while (!stopped()) {
		regs_write_32(s.f->unit, VTD_REG_PRS, VTD_PRS_PPR);
		while (regs_page_queue_take(&s.pages, words)) {
			const struct descriptor response = {
				0x19 | (uint64_t)SID << 16 |
					(uint64_t)PASID << 32,
				words[1] & 0xff8,
			};

			invalidate(1, &response, 1);
		}
		sched_yield();
	}
	return NULL;
}

static void *use_interrupts(void *unused)
{
	const struct vtd_interrupt_request request = {
		.sid = SID,
		.address = 0xfee00010 | 5 << 5,
	};
	const struct descriptor flush = { 0x04, 0 };
	uint8_t vector = 0x20;

	(void)unused;
	while (!stopped()) {
		struct vtd_interrupt result;

		tables_irte(&s.f->tables, s.irtes, 5,
			    1 | (uint64_t)++vector << 16, 0);
		invalidate(2, &flush, 1);
		vtd_unit_interrupt(s.f->unit, &request, &result);
		if (result.blocked || (result.data & 0xff) != vector)
			atomic_fetch_add(&s.failures, 1);
	}
	return NULL;
}

static void *use_registers(void *unused)
{
	static uint8_t blob[VTD_STATE_SIZE_MAX];
	static const uint32_t control[3] = { 0x038, 0x0a0, 0x0e0 };
	unsigned int round = 0;

	(void)unused;
	while (!stopped()) {
		for (uint64_t at = 0; at < 0x400; at += 8)
			(void)vtd_unit_read(s.f->unit, at, 8);
		for (unsigned int i = 0; i < 3; i++)
			regs_write_32(s.f->unit, control[i],
				      (round + i) % 2 != 0 ? UINT32_C(1) << 31 :
							     0);
		regs_drop_faults(s.f->unit);
		if (vtd_unit_save(s.f->unit, blob, sizeof(blob)) > sizeof(blob))
			atomic_fetch_add(&s.failures, 1);
		round++;
		sched_yield();
	}
	return NULL;
}

/* Another page at the address, by another leaf or by another table. */
static void remap(unsigned int round)
{
	static const struct descriptor list[3] = {
		/* PASID cache and IOTLB: this PASID in its domain. */
		{ 0x17 | FIXTURE_DID << 16 | (uint64_t)PASID << 32, 0 },
		{ 0x26 | FIXTURE_DID << 16 | (uint64_t)PASID << 32, 0 },
		/* Device-TLB: all of the PASID. */
		{ 0x08 | (uint64_t)SID << 16 | (uint64_t)PASID << 32,
		  UINT64_C(0x7ffffffffffff800) },
	};
	static unsigned int table;
	uint64_t old = s.page[round % PAGES];
	uint64_t new = s.page[(round + 1) % PAGES];

	fake_host_set_64(&s.f->host, new, ALIVE);
	if (round % 4 == 0) {
		table ^= 1;
		fake_host_set_64(&s.f->host, s.leaf[table], new | FS_USER_RW);
		tables_change(&s.f->tables, s.pasid_entry + 16,
			      s.table[table].root, VTD_BITS(63, 12));
		invalidate(0, list, 2 + round % 8 / 4);
	} else {
		const struct descriptor pages[2] = {
			{ 0x36 | FIXTURE_DID << 16 | (uint64_t)PASID << 32,
			  ADDRESS },
			list[2],
		};

		fake_host_set_64(&s.f->host, s.leaf[table], new | FS_USER_RW);
		invalidate(0, pages, 1 + round % 2);
	}
	fake_host_set_64(&s.f->host, old, DEAD);
}

/* -------------------------------------------------------------- The test */

static void build(struct fixture *f)
{
	const char *wanted = getenv("VTD_ACCESSES");
	struct fixture_context context;

	s.f = f;
	s.wanted = wanted ? strtoull(wanted, NULL, 0) : 0;
	fixture_run(f, VTD_TTM_SCALABLE);
	context = fixture_sm_context(f, SID, 0);
	for (int i = 0; i < PAGES; i++)
		s.page[i] = tables_page(&f->tables);
	fake_host_set_64(&f->host, s.page[0], ALIVE);
	for (int i = 0; i < 2; i++) {
		page_table_init(&s.table[i], &f->tables, PAGE_TABLE_FIRST_STAGE,
				4);
		s.leaf[i] = page_table_map(&s.table[i], ADDRESS, s.page[0], 12,
					   FS_USER_RW);
	}
	s.pasid_entry =
		fixture_pasid_first_stage(f, context.dir, PASID, &s.table[0]);
	s.irtes = tables_page(&f->tables);
	regs_set_interrupt_table(f->unit, s.irtes, 7, false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
	regs_page_queue_start(&s.pages, f->unit, &f->tables);
	s.status = tables_page(&f->tables);
	pthread_mutex_init(&s.queue_lock, NULL);
	pthread_mutex_init(&s.notice_lock, NULL);
	f->host.on_invalidation = post;
	f->host.on_notice = defer;
	f->host.on_response = count_response;
	clock_gettime(CLOCK_MONOTONIC, &s.start);
}

static bool goes_on(unsigned int rounds)
{
	return rounds < ROUNDS || s.accesses < s.wanted;
}

static void promise_is_kept_when_everything_happens_at_once(void **state)
{
	static void *(*const work[])(void *) = {
		access_page, access_page, answer_invalidations, request_pages,
		serve_pages, make_faults, use_interrupts,	use_registers,
	};
	pthread_t thread[sizeof(work) / sizeof(*work)];
	const size_t threads = sizeof(work) / sizeof(*work);
	struct fake_timer timer;
	unsigned int rounds;
	pthread_t notices;

	build(*state);
	fake_timer_start(&timer, &s.f->host);
	assert_int_equal(
		pthread_create(&notices, NULL, deal_with_notices, NULL), 0);
	for (size_t i = 0; i < threads; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, work[i], NULL), 0);
	for (rounds = 0; goes_on(rounds) && !stopped(); rounds++)
		remap(rounds);
	atomic_store(&s.stop, true);
	for (size_t i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	s.no_more_notices = true;
	pthread_join(notices, NULL);
	fake_timer_stop(&timer);
	pthread_mutex_destroy(&s.notice_lock);
	pthread_mutex_destroy(&s.queue_lock);
	print_message("%llu accesses, %u rounds, %u stale\n",
		      (unsigned long long)s.accesses, rounds, s.violations);
	assert_int_equal(s.violations, 0);
	assert_int_equal(s.failures, 0);
	assert_true(s.accesses > 0);
	assert_true(s.responses > 0);
	assert_int_equal(control_fsts(s.f) & (FSTS_IQE | FSTS_ICE | FSTS_ITE),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(promise_is_kept_when_everything_happens_at_once),
	};

	return RUN_TESTS(tests);
}
