/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Path 2: invalidation queue -> descriptor -> caches, endpoints, wait, page
 * group response.  SPEC 6.5.
 *
 * One thread at a time runs the queue; another that has something for it (a
 * tail write, a completion) leaves a note and goes.  A thread does a bounded
 * amount, however fast software submits.  Nobody ever waits inside:
 * a wait descriptor becomes a pending wait, and the queue goes on behind it
 * unless it is a fence (FN).
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
	/* Not allocated, but a completion of the last request may come: it is
	 * not to be taken for one of another request. */
	bool owed;
	/* Not allocated, and the last request is of before a stop: whenever its
	 * completion comes, it is no error. */
	bool forgotten;
	/* Requests of before a stop under which the ITag was used again before their
	 * completion came: one that answers no other request is theirs. */
	uint8_t replaced;
	uint8_t replaced_completions; /* of one of them, received so far */
	bool unsent;		      /* to be sent (again) */
	uint8_t completions;	      /* received so far */
	/* Host clock, 0: none.  When the request times out, or its completion
	 * is not expected any more. */
	uint64_t deadline;
	/* Of one that was on its way when the state was saved, until it is sent;
	 * 0: all. */
	uint64_t time_left;
	uint64_t retry; /* host clock: not to be sent before; 0: at once */
	uint64_t time;	/* of the queue, when it was allocated */
	struct vtd_device_tlb_invalidation request;
};

/* A wait descriptor that was fetched and waits for what precedes it. */
struct vtd_wait {
	bool interrupt;	   /* IF */
	bool write_status; /* SW */
	bool fence;	   /* FN: nothing is fetched before it is over */
	bool page_drain;   /* PD, and the drain for it is not asked for yet */
	uint32_t status_data;
	uint64_t status_address;
	/* It is over when no ITag of before `time` is allocated, and a drain
	 * that began at `drain` or later has ended. */
	uint64_t time;
	uint64_t drain;
};

/* Commands of registers whose end software polls for. */
enum vtd_command {
	VTD_COMMAND_CONTEXT, /* CCMD */
	VTD_COMMAND_IOTLB,   /* IOTLB */
	VTD_COMMAND_GLOBAL,  /* GCMD */
	VTD_COMMANDS
};

/* A queue whose pending waits are that many stops until one is over. */
#define VTD_WAITS 16

struct vtd_queue {
	bool running;	     /* a thread is in vtd_queue_run() */
	bool again;	     /* something came while it was */
	unsigned int savers; /* threads that save, or wait for that */
	bool left;	     /* something came while there were some */
	/* A state was loaded, and whether the host's time goes on from there is
	 * not known yet. */
	bool suspended;
	/* Advances when what is on its way is forgotten. */
	unsigned int generation;

	/* The queue's time counts what happens: each request that is sent, wait
	 * that is fetched and drain that begins has a time of its own. */
	uint64_t time;
	uint64_t changed;     /* the last invalidation that needs a drain */
	uint64_t drain_begun; /* the drain under way, or the last one */
	uint64_t drained;     /* the last one that ended */

	/* Commands that end when a drain has ended that began at this time or
	 * later; 0: there is none. */
	uint64_t command[VTD_COMMANDS];

	unsigned int waits;		 /* pending */
	struct vtd_wait wait[VTD_WAITS]; /* in the order of the queue */

	unsigned int outstanding; /* allocated ITags */
	bool unsent;		  /* some of them may be */
	unsigned int next_itag;	  /* to try first */
	uint64_t timer;		  /* deadline that the host timer is set to */
	struct vtd_itag itag[VTD_ITAGS];
};

/* Something was invalidated: uses of what was there before are drained before
 * the next wait completes.  Lock held. */
static inline void vtd_queue_note_change(struct vtd_queue *queue)
{
	queue->changed = ++queue->time;
}

/* How much of the queue a thread does that came for something else: descriptors
 * and waits.  What is left is the timer's. */
enum vtd_queue_work {
	VTD_WORK_TRANSLATION = 4, /* hardly anything */
	VTD_WORK_GUEST = 64,
	VTD_WORK_TIMER = 1024,
};

/*
 * Run the queue as far as it goes, or until `work` is done: called with the lock
 * held, whenever something may have made it runnable.  The lock is released in
 * between.  A host without a timer has nobody for the rest: there, one thread
 * goes on until the queue is empty, in error, or waits.
 */
void vtd_queue_run(struct vtd_unit *unit, unsigned int work);

/* Software wrote a register: run what the queue holds now.  If another thread is
 * running it already, that one does, as far as its own work goes; the rest is the
 * timer's.  Lock held, and released in between. */
void vtd_queue_run_all(struct vtd_unit *unit);

/*
 * Around the saving of a state: in between no thread runs the queue, and one that
 * does stops after its round, so that there is an end to what a saver waits for.
 * The timer goes on.  Without a timer nobody would, so there nothing stops.  Lock
 * held.
 */
void vtd_queue_hold(struct vtd_unit *unit);
void vtd_queue_release(struct vtd_unit *unit);

/*
 * After a load: nothing is sent, fetched or completed before the timer that this
 * asks for, or a register write, whichever comes first.  Then the machine runs, and
 * the host's clock is the one that deadlines are to be of.  Without a timer there
 * are none, and nothing stops.  Lock held.
 */
void vtd_queue_suspend(struct vtd_unit *unit);
/* The machine runs.  True: it did not before, and the queue is to be run. */
bool vtd_queue_wake(struct vtd_unit *unit);

/* Software switched the queue off, or the unit was reset: forget what is on
 * its way.  Lock held. */
void vtd_queue_stop(struct vtd_unit *unit);

#endif /* VTD_SRC_INVALIDATE_QUEUE_H */
