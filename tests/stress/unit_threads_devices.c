/* SPDX-License-Identifier: BSD-3-Clause */
/* The devices of unit_threads_test.c. */
#include "unit_threads.h"

bool is_late(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return s.wanted == 0 && now.tv_sec - s.start.tv_sec > SECONDS_MAX;
}

bool stopped(void)
{
	if (is_late() && !atomic_exchange(&s.stop, true))
		atomic_fetch_add(&s.failures, 1);
	return atomic_load(&s.stop);
}

int post(struct fake_host *host, const struct vtd_device_tlb_invalidation *item)
{
	(void)host;
	atomic_store(&s.mail[item->itag], item->itag + 1u);
	return 0;
}

void *answer_invalidations(void *unused)
{
	(void)unused;
	while (!stopped()) {
		for (unsigned int i = 0; i < MAILBOX; i++)
			if (atomic_exchange(&s.mail[i], 0) != 0)
				vtd_unit_device_tlb_complete(
					s.f->unit, SID, UINT32_C(1) << i, 1);
		sched_yield();
	}
	return NULL;
}

int defer(struct fake_host *host, const struct vtd_notice_ticket *ticket)
{
	int answer = 0;

	(void)host;
	pthread_mutex_lock(&s.notice_lock);
	if (s.noticed - s.dealt_with < NOTICES) {
		s.notice[s.noticed % NOTICES] = *ticket;
		s.noticed++;
		answer = VTD_NOTICE_PENDING;
	}
	pthread_mutex_unlock(&s.notice_lock);
	return answer;
}

void *deal_with_notices(void *unused)
{
	(void)unused;
	while (!s.no_more_notices || s.dealt_with != s.noticed) {
		struct vtd_notice_ticket ticket;

		if (s.dealt_with == s.noticed) {
			sched_yield();
			continue;
		}
		pthread_mutex_lock(&s.notice_lock);
		ticket = s.notice[s.dealt_with % NOTICES];
		s.dealt_with++;
		pthread_mutex_unlock(&s.notice_lock);
		vtd_unit_notice_done(s.f->unit, &ticket);
	}
	return NULL;
}

void count_response(struct fake_host *host,
		    const struct vtd_page_group_response *item)
{
	(void)host;
	(void)item;
	atomic_fetch_add(&s.responses, 1);
}

void *request_pages(void *unused)
{
	const struct vtd_page_request request = {
		.sid = SID,
		.pasid_present = true,
		.pasid = PASID,
		.read = true,
		.last = true,
		.address = ADDRESS,
	};

	(void)unused;
	while (!stopped()) {
		/* A credit of 64. */
		if (atomic_load(&s.requests) - atomic_load(&s.responses) < 64) {
			atomic_fetch_add(&s.requests, 1);
			vtd_unit_page_request(s.f->unit, &request);
		}
		sched_yield();
	}
	return NULL;
}

void *access_page(void *unused)
{
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_READ,
		.length = 4,
		.pasid_present = true,
		.pasid = PASID,
		.address = ADDRESS,
	};

	(void)unused;
	while (!stopped()) {
		struct vtd_dma_bracket bracket;
		struct vtd_translation result;

		vtd_unit_dma_begin(s.f->unit, &bracket);
		vtd_unit_translate(s.f->unit, &request, &result);
		if (result.status != VTD_STATUS_SUCCESS || !result.read) {
			atomic_fetch_add(&s.failures, 1);
		} else {
			for (int i = 0; i < 3; i++)
				if (fake_host_get_64(&s.f->host,
						     result.address) != ALIVE)
					atomic_fetch_add(&s.violations, 1);
			atomic_fetch_add(&s.accesses, 1);
		}
		vtd_unit_dma_end(s.f->unit, &bracket);
	}
	return NULL;
}

void *make_faults(void *unused)
{
	(void)unused;
	while (!stopped()) {
		control_fault(s.f, 0x0300);
		sched_yield();
	}
	return NULL;
}
