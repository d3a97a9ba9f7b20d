/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside an endpoint.
 *
 * ATS and PASID state are atomics: an access that hits the ATC takes no lock of
 * the endpoint.  Everything about PRI is under `lock`.
 *
 * Life of a wait (struct vtd_endpoint_wait):
 *
 *   queued    waiting for its turn, an index, and room in the allocation
 *   sent      its group is outstanding; the group points to it
 *   finished  has a result, `done` is to be called
 *   ended     the caller's again
 *
 * The pump (page_request.c) sends queued requests and calls `done`.  Only one
 * thread pumps at a time; the others leave their work to it.  So a response
 * that comes from inside page_request(), or a request that comes from inside
 * `done`, does not recurse, and messages leave in order.
 */
#ifndef VTD_SRC_ENDPOINT_ENDPOINT_PRIVATE_H
#define VTD_SRC_ENDPOINT_ENDPOINT_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vtd/endpoint.h>

/* A page request group index has 9 bits. */
#define VTD_PRG_INDICES 512u

enum vtd_wait_state {
	VTD_WAIT_QUEUED,
	VTD_WAIT_SENT,
	VTD_WAIT_FINISHED,
	VTD_WAIT_ENDED,
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
	/* Counts the changes of ATS between usable (odd) and not (even), so
	 * that a late Unsupported Request answer stops only the period that it
	 * belongs to. */
	atomic_uint ats_epoch;
	atomic_bool ats_enabled;
	atomic_uint stu;
	atomic_bool pasid_enabled;
	atomic_bool privileged_enabled;
	atomic_uint_fast64_t translation_requests;

	/* For everything below. */
	pthread_mutex_t lock;
	/* A wait ended, something was cancelled, or a reset. */
	pthread_cond_t changed;
	uint64_t resets;

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

	struct vtd_atc_link queued;
	struct vtd_atc_link sent;
	struct vtd_atc_link finished;
	bool pumping;

	struct vtd_endpoint_counters counters;
};

/* All of these with ep->lock held, except where said. */

bool vtd_is_cancelled(const struct vtd_endpoint_access *access);

/* Page requests can be sent. */
bool vtd_pri_usable(const struct vtd_endpoint *ep);

/* Give `wait` its result and take it off the list that it is on. */
void vtd_wait_finish(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait,
		     enum vtd_endpoint_result result);
/* The same for all waits on a list. */
void vtd_wait_finish_all(struct vtd_endpoint *ep, struct vtd_atc_link *list,
			 enum vtd_endpoint_result result);

/* Make a queued wait's group outstanding; there is an index and room. */
void vtd_prg_begin(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait);
/* The group is not outstanding any more: index and messages come back. */
void vtd_prg_end(struct vtd_endpoint *ep, uint16_t prgi);
/* End all groups, and the waits for them with `result`. */
void vtd_prg_forget_all(struct vtd_endpoint *ep,
			enum vtd_endpoint_result result);

/* Do what can be done now.  Drops and takes ep->lock. */
void vtd_endpoint_pump(struct vtd_endpoint *ep);

/* Whether the function may use the access's PASID and privilege.  With or
 * without ep->lock. */
enum vtd_endpoint_result
vtd_pasid_check(struct vtd_endpoint *ep,
		const struct vtd_endpoint_access *access);

/* Ask for one page and block for the answer.  Without ep->lock. */
enum vtd_endpoint_result
vtd_page_request_and_wait(struct vtd_endpoint *ep,
			  const struct vtd_endpoint_access *access);

#endif /* VTD_SRC_ENDPOINT_ENDPOINT_PRIVATE_H */
