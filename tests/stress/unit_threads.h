/* SPDX-License-Identifier: BSD-3-Clause */
/* What the threads of unit_threads_test.c share. */
#ifndef VTD_TESTS_UNIT_THREADS_H
#define VTD_TESTS_UNIT_THREADS_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "control.h"

#define SECONDS_MAX 120
#define PAGES 4
#define SID CONTROL_SID
#define PASID 5
#define ADDRESS UINT64_C(0x00007fff12345000)
#define ALIVE 0x11
#define DEAD 0xdd
#define MAILBOX 32
#define NOTICES 64

struct scene {
	struct fixture *f;
	struct regs_page_queue pages;
	struct page_table table[2]; /* the PASID entry points to one of them */
	uint64_t leaf[2];
	uint64_t pasid_entry;
	uint64_t page[PAGES];
	uint64_t irtes;
	pthread_mutex_t queue_lock; /* software's, as in any driver */
	uint64_t status;	    /* a wait status for each thread */
	struct timespec start;

	_Atomic bool stop;
	_Atomic uint64_t accesses;
	uint64_t wanted; /* accesses; 0: as many as the rounds last */
	_Atomic unsigned int violations; /* of the promise */
	_Atomic unsigned int failures;	 /* anything else that is wrong */
	_Atomic unsigned int requests;
	_Atomic unsigned int responses;
	/* Notices that the host deals with later, in order. */
	pthread_mutex_t notice_lock;
	struct vtd_notice_ticket notice[NOTICES];
	_Atomic unsigned int noticed;
	_Atomic unsigned int dealt_with;
	_Atomic bool no_more_notices;
	/* Invalidate requests on their way: ITag + 1, or 0. */
	_Atomic unsigned int mail[MAILBOX];
};
extern struct scene s;

/* The test has taken too long; one that was told how many accesses may. */
bool is_late(void);
/* The end of all threads has come. */
bool stopped(void);

/* Hooks of the fake host, and the bodies of threads: unit_threads_devices.c */
int post(struct fake_host *host,
	 const struct vtd_device_tlb_invalidation *item);
void count_response(struct fake_host *host,
		    const struct vtd_page_group_response *item);
int defer(struct fake_host *host, const struct vtd_notice_ticket *ticket);
void *deal_with_notices(void *unused);
void *answer_invalidations(void *unused);
void *request_pages(void *unused);
void *access_page(void *unused);
void *make_faults(void *unused);

#endif /* VTD_TESTS_UNIT_THREADS_H */
