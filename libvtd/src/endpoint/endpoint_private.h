/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside an endpoint.
 *
 * ATS and PASID state are atomics: an access that hits the ATC takes no lock of
 * the endpoint.  They are changed, and everything about PRI is, under `lock`,
 * which comes before the ATC's.
 *
 * Epochs: whatever makes accesses mean something else (reset, ATS on, off or
 * stopped, PASID control, source-id) flushes the ATC after the change, and so
 * begins a new epoch.  An access remembers in which it began, before it looks at
 * any state; no hold, wait, or page request group of it begins in another.  A
 * group that has begun leaves whole, for software collects it until its last
 * message, unless a reset or a new source-id cuts it off.
 *
 * Life of a wait (struct vtd_endpoint_wait):
 *
 *   queued    waiting for its turn, an index, and room in the allocation
 *   sent      its group is outstanding; the group points to it
 *   marking   a stop marker on its way
 *   pausing   no request: an access that pauses before it asks again
 *   asked     a translation request on its way, answered later
 *   finished  has a result, `done` is to be called
 *   ended     the caller's again
 *
 * The pump (pump.c) passes messages on and calls `done`.  Only one thread pumps
 * at a time; the others leave their work to it.  So a response that comes from
 * inside page_request(), or a request that comes from inside `done`, does not
 * recurse, and messages leave in order.
 */
#ifndef VTD_SRC_ENDPOINT_ENDPOINT_PRIVATE_H
#define VTD_SRC_ENDPOINT_ENDPOINT_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vtd/endpoint.h>

#include "atc_private.h"

/* A page request group index has 9 bits. */
#define VTD_PRG_INDICES 512u

#define VTD_STU_MAX 31u

enum vtd_wait_state {
	VTD_WAIT_QUEUED,
	VTD_WAIT_SENT,
	VTD_WAIT_MARKING,
	VTD_WAIT_PAUSING,
	VTD_WAIT_ASKED,
	VTD_WAIT_FINISHED,
	VTD_WAIT_ENDED,
};

/* A wait without `done`: its thread sleeps. */
struct vtd_blocked {
	struct vtd_endpoint_wait wait;
	struct vtd_atc_link link;
	pthread_cond_t woken;
	struct vtd_translation answer; /* to what it asked */
};

/* A call of the bus, on the stack of its thread. */
struct vtd_bus_call {
	struct vtd_atc_link link;
	pthread_t thread;
	uint64_t sequence;
	bool page_request;
};

/* An outstanding page request group. */
struct vtd_prg {
	bool outstanding;
	bool pasid_present;
	uint32_t pasid;
	unsigned int messages;		/* what it takes of the allocation */
	struct vtd_endpoint_wait *wait; /* NULL: nobody waits any more */
};

struct vtd_endpoint {
	struct vtd_endpoint_config config;
	struct vtd_endpoint_ops ops;
	void *bus;
	struct vtd_atc *atc;

	atomic_uint sid;
	atomic_bool ats_usable; /* enabled, and no Unsupported Request since */
	atomic_uint stu;
	atomic_bool pasid_enabled;
	atomic_bool privileged_enabled;
	/* The first one after the last reset; set just before. */
	atomic_uint_fast64_t reset_epoch;
	atomic_uint_fast64_t translation_requests;

	/* For everything below. */
	pthread_mutex_t lock;
	bool ats_enabled;
	enum vtd_condition ats_stopped_by; /* if it is not usable */
	struct vtd_atc_link bus_calls;	   /* under way */
	uint64_t bus_sequence;		   /* of the latest */
	unsigned int bus_drains;	   /* threads that wait for their end */
	pthread_cond_t bus_call_ended;

	bool pri_enabled;
	bool pri_failed;     /* Response Failure: stopped until enabled anew */
	uint16_t pri_status; /* the RW1C bits */
	uint32_t pri_allocation;
	uint32_t pri_outstanding; /* messages */

	struct vtd_prg groups[VTD_PRG_INDICES];
	/* Free indices, oldest first: an index rests as long as possible before
	 * it is used again, which makes stray responses noticeable. */
	uint16_t free_indices[VTD_PRG_INDICES];
	unsigned int free_head;
	unsigned int free_count;

	/* Waits. */
	struct vtd_atc_link queued;
	struct vtd_atc_link sent; /* stop markers on their way, too */
	struct vtd_atc_link pausing;
	struct vtd_atc_link asked;
	uint64_t tickets; /* of translation requests: the latest */
	struct vtd_atc_link finished;
	struct vtd_atc_link blocked; /* struct vtd_blocked */

	/* The group, or the stop marker, on its way, and what is left of it. */
	bool passing;
	struct vtd_atc_hold barrier;
	struct vtd_page_request message;
	unsigned int messages_left;
	struct vtd_endpoint_wait *marking;

	unsigned int savers; /* threads that save: no group begins */
	bool pumping;
	bool run_is_due; /* run_later() was called, vtd_endpoint_run() not */

	struct vtd_endpoint_counters counters;
};

/* All of these with ep->lock held, except where said. */

bool vtd_is_cancelled(const struct vtd_endpoint_access *access);

/* Page requests can be sent; and why not. */
bool vtd_pri_usable(const struct vtd_endpoint *ep);
static inline enum vtd_endpoint_reason
vtd_pri_reason(const struct vtd_endpoint *ep)
{
	return ep->pri_enabled ? VTD_REASON_PRI_STOPPED : VTD_REASON_PRI_OFF;
}

/* With or without ep->lock. */
static inline uint64_t vtd_endpoint_epoch(struct vtd_endpoint *ep)
{
	return vtd_atc_epoch(ep->atc);
}
/* Why an access ends that began in `epoch`, which is over. */
enum vtd_endpoint_reason vtd_epoch_reason(const struct vtd_endpoint *ep,
					  uint64_t epoch);
/* An Unsupported Request answered a request of `epoch`.  Takes ep->lock. */
void vtd_endpoint_stop_ats(struct vtd_endpoint *ep, uint64_t epoch,
			   enum vtd_condition condition);

/* What was before ends as by a reset, without a change of anything else. */
void vtd_endpoint_end_life(struct vtd_endpoint *ep);
/* A reset.  Drops and takes ep->lock; the pump is to follow. */
void vtd_endpoint_disable_all(struct vtd_endpoint *ep);

/* reason.c: the result that it is a part of.  With or without ep->lock. */
enum vtd_endpoint_result vtd_reason_result(enum vtd_endpoint_reason reason);

/* Give `wait` its reason and result and take it off the list that it is on. */
void vtd_wait_finish(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait,
		     enum vtd_endpoint_reason reason);
/* The same for all waits on a list. */
void vtd_wait_finish_all(struct vtd_endpoint *ep, struct vtd_atc_link *list,
			 enum vtd_endpoint_reason reason);

/* Make a queued wait's group outstanding; there is an index and room. */
void vtd_prg_begin(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait);
/* The group is not outstanding any more: index and messages come back. */
void vtd_prg_end(struct vtd_endpoint *ep, uint16_t prgi);
/* End all groups, the one on its way too, and the waits for them. */
void vtd_prg_forget_all(struct vtd_endpoint *ep,
			enum vtd_endpoint_reason reason);

/* Have these groups outstanding, which nobody waits for; the other indices are
 * free in that order. */
void vtd_prg_restore(struct vtd_endpoint *ep,
		     const struct vtd_prg groups[VTD_PRG_INDICES],
		     const uint16_t free_indices[VTD_PRG_INDICES]);

/* Around each call of the bus; the lock is not held in between. */
void vtd_bus_call_begin(struct vtd_endpoint *ep, struct vtd_bus_call *call,
			bool page_request);
void vtd_bus_call_end(struct vtd_endpoint *ep, struct vtd_bus_call *call);
/* Whether a page request message is on its way. */
bool vtd_bus_has_page_request(const struct vtd_endpoint *ep);
/*
 * Wait until the calls that are under way have returned, all or only those of
 * page requests.  Returns at once on a thread that is inside one: it would wait
 * for itself.  Drops and takes ep->lock.
 */
void vtd_bus_drain(struct vtd_endpoint *ep, bool page_requests_only);
/* Wait until the group on its way has left whole.  There are savers, so no other
 * begins.  Drops and takes ep->lock. */
void vtd_bus_drain_group(struct vtd_endpoint *ep);

/* Queue a wait, or finish it at once.  The pump is to follow. */
void vtd_wait_enqueue(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait,
		      unsigned int pages);
/* Forget the rest of the group that is on its way, and the group: without its
 * last message no response comes. */
void vtd_message_cut_off(struct vtd_endpoint *ep);
/* There is a message to pass on, or the end of a group to be seen to. */
bool vtd_message_is_due(struct vtd_endpoint *ep);
/* Do it.  Drops and takes ep->lock. */
void vtd_message_pass_on(struct vtd_endpoint *ep);

/*
 * Do what can be done now, a bounded part of it if somebody else can do the
 * rest.  Drops and takes ep->lock.
 */
void vtd_endpoint_pump(struct vtd_endpoint *ep);
/* There is something to do, and nobody does it. */
bool vtd_pump_is_needed(struct vtd_endpoint *ep);
/* A bounded part, or until `wait` has ended (may be NULL). */
void vtd_pump_round(struct vtd_endpoint *ep,
		    const struct vtd_endpoint_wait *wait);

/* Whether the function may use the access's PASID and privilege.  With or
 * without ep->lock. */
static inline enum vtd_endpoint_reason
vtd_pasid_check(struct vtd_endpoint *ep,
		const struct vtd_endpoint_access *access)
{
	if (!access->pasid_present)
		return VTD_REASON_NONE;
	if (!atomic_load(&ep->pasid_enabled))
		return VTD_REASON_PASID_OFF;
	if (access->pasid >> ep->config.pasid_bits)
		return VTD_REASON_PASID_WIDTH;
	if (access->privileged && !atomic_load(&ep->privileged_enabled))
		return VTD_REASON_NOT_PRIVILEGED;
	return VTD_REASON_NONE;
}

/* vtd_endpoint_access_try() for an access that began in `epoch`; if `blocking`,
 * it waits for answers that come later.  Without ep->lock. */
enum vtd_endpoint_reason
vtd_access_try_in(struct vtd_endpoint *ep, uint64_t epoch,
		  const struct vtd_endpoint_access *access,
		  struct vtd_endpoint_mapping *mapping, bool blocking);
/* The end of an access's look-up: the mapping is made of its open hold, or the
 * reason is the end of the epoch, if that is over.  The same. */
enum vtd_endpoint_reason
vtd_access_judge(struct vtd_endpoint *ep, uint64_t epoch,
		 const struct vtd_endpoint_access *access,
		 enum vtd_endpoint_reason reason,
		 struct vtd_endpoint_mapping *mapping);
/* The end of a call, for its caller.  Without ep->lock. */
enum vtd_endpoint_result vtd_access_tell(struct vtd_endpoint *ep,
					 enum vtd_endpoint_reason reason,
					 struct vtd_endpoint_mapping *mapping);
/* Translate by ATS, and wait for the answer.  The same. */
enum vtd_endpoint_reason
vtd_access_translate(struct vtd_endpoint *ep, uint64_t epoch,
		     const struct vtd_endpoint_access *access,
		     struct vtd_endpoint_mapping *mapping);

/* What is looked up, and asked for, for an access. */
static inline struct vtd_atc_access
vtd_access_wanted(const struct vtd_endpoint_access *access)
{
	const struct vtd_atc_access wanted = {
		.address = access->address,
		.access = access->access,
		.pasid_present = access->pasid_present,
		.privileged = access->privileged,
		.pasid = access->pasid,
	};

	return vtd_atc_normalised(&wanted);
}

/* A translation request for that.  With ep->lock held. */
struct vtd_request vtd_translation_request(struct vtd_endpoint *ep,
					   const struct vtd_atc_access *wanted);
/* Make a wait for the answer to one, and send it, or finish the wait at once.
 * With ep->lock held, which it drops and takes. */
void vtd_translation_send(struct vtd_endpoint *ep,
			  struct vtd_endpoint_wait *wait);

/* An answer to a request that began in `epoch`, and what becomes of it. */
struct vtd_answer {
	uint64_t epoch;
	const struct vtd_translation *translation;
	struct vtd_atc_fill *fill;
	struct vtd_endpoint_mapping *mapping;
};
/* Take it: VTD_REASON_NONE and an open hold; VTD_REASON_VOID: an invalidation
 * came in between.  Without ep->lock. */
enum vtd_endpoint_reason vtd_answer_take(struct vtd_endpoint *ep,
					 const struct vtd_answer *answer);

/* Ask by translation_request_later() and block: VTD_REASON_NONE if there is an
 * answer.  Without ep->lock. */
enum vtd_endpoint_reason
vtd_translation_and_wait(struct vtd_endpoint *ep, uint64_t epoch,
			 const struct vtd_endpoint_access *access,
			 struct vtd_translation *translation);

/* Ask for one page and block for the answer.  Without ep->lock. */
enum vtd_endpoint_reason
vtd_page_request_and_wait(struct vtd_endpoint *ep, uint64_t epoch,
			  const struct vtd_endpoint_access *access);
/* Sleep, unless cancelled or the epoch ends: then not VTD_REASON_NONE.  Without
 * ep->lock. */
enum vtd_endpoint_reason vtd_pause(struct vtd_endpoint *ep, uint64_t epoch,
				   const struct vtd_endpoint_access *access,
				   uint64_t nanoseconds);

#endif /* VTD_SRC_ENDPOINT_ENDPOINT_PRIVATE_H */
