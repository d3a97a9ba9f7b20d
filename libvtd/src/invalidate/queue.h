/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Path 2: invalidation queue -> descriptor -> caches, endpoints, wait, page
 * group response.  SPEC 6.5.
 *
 * One thread at a time runs the queue; another that has something for it (a
 * tail write, a completion) leaves a note and goes.  Nobody ever waits inside:
 * a wait descriptor that something is outstanding for parks the queue, and the
 * last completion resumes it.
 */
#ifndef VTD_SRC_INVALIDATE_QUEUE_H
#define VTD_SRC_INVALIDATE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/types.h>

#include "effects.h"

struct vtd_unit;

#define VTD_ITAGS 32

/* An invalidate request on its way: one per ITag. */
struct vtd_itag {
	bool allocated;
	bool unsent;	     /* loaded from a snapshot, to be sent again */
	uint8_t completions; /* received so far */
	uint64_t deadline;   /* host clock; 0: none */
	struct vtd_device_tlb_invalidation request;
};

/* A wait descriptor that was fetched and waits for what precedes it. */
struct vtd_wait {
	bool pending;
	bool interrupt;	   /* IF */
	bool write_status; /* SW */
	uint32_t status_data;
	uint64_t status_address;
};

struct vtd_queue {
	bool running;		  /* a thread is in vtd_queue_run() */
	bool again;		  /* something came while it was */
	bool drain_needed;	  /* invalidated since the last drain began */
	unsigned int outstanding; /* allocated ITags */
	unsigned int next_itag;	  /* to try first */
	uint64_t timer;		  /* deadline that the host timer is set to */
	struct vtd_wait wait;
	struct vtd_itag itag[VTD_ITAGS];
};

/*
 * Run the queue as far as it goes: called without the lock, whenever something
 * may have made it runnable.  The loop ends when the queue is empty, in error,
 * or waits; software that keeps submitting keeps it going, one descriptor after
 * the other, with the lock released in between.
 */
void vtd_queue_run(struct vtd_unit *unit);

/* Software switched the queue off, or the unit was reset: forget what is on
 * its way.  Lock held. */
void vtd_queue_stop(struct vtd_unit *unit);

#endif /* VTD_SRC_INVALIDATE_QUEUE_H */
