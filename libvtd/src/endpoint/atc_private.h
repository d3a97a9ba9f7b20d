/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside an ATC: the array, the holds that are open, and who waits for them.
 *
 * Look-ups and releases take no lock.  An open hold is in a slot, where an
 * invalidation sees it; slots are spread by thread, so that accesses share no
 * line of the processor's cache whatever page they are to.  When all slots are
 * taken, holds are in lists by page, under the lock.
 *
 * The lock orders everything else: invalidations wait for the holds that were
 * open when they dropped what they cover, and count them once.  A hold that an
 * invalidation has looked at is marked as seen: it is released under the lock,
 * and its `sequence` tells which invalidations have counted it.
 */
#ifndef VTD_SRC_ENDPOINT_ATC_PRIVATE_H
#define VTD_SRC_ENDPOINT_ATC_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "atc_array.h"
#include "thread_shard.h"

/* Life of a struct vtd_atc_invalidation. */
enum vtd_atc_invalidation_state {
	VTD_ATC_IDLE,	  /* the caller's */
	VTD_ATC_WAITING,  /* for holds */
	VTD_ATC_FINISHED, /* the thread of the last hold is about to call done */
};

/* A place for an open hold. */
struct vtd_atc_slot {
	/* Its address, 0 if free; plus VTD_ATC_HOLD_SEEN. */
	_Alignas(16) _Atomic uintptr_t hold;
};

/*
 * Look-ups that were held there; only whoever has the slot counts.  Apart from it: a
 * word in the line of one that a locked instruction has just written has to wait for
 * that.
 */
struct vtd_atc_hits {
	_Alignas(16) _Atomic uint64_t count;
};
#define VTD_ATC_HOLD_SEEN ((uintptr_t)1)

/* A thread begins with those of its shard, which are one cache line. */
#define VTD_ATC_SHARDS 16u
#define VTD_ATC_SHARD_SLOTS 4u
#define VTD_ATC_SLOTS (VTD_ATC_SHARDS * VTD_ATC_SHARD_SLOTS)

#define VTD_ATC_HOLD_LISTS 64u

struct vtd_atc {
	struct vtd_atc_array array;
	/* Counts flushes, from 1; changes under the lock. */
	atomic_uint_fast64_t epoch;

	_Alignas(64) struct vtd_atc_slot slots[VTD_ATC_SLOTS];
	struct vtd_atc_hits hits[VTD_ATC_SLOTS];

	/* Of look-ups; hits that are in no slot. */
	_Alignas(64) atomic_uint_fast64_t other_hits;
	atomic_uint_fast64_t misses;

	/* For everything below, and for changing the array. */
	pthread_mutex_t lock;
	/* Of the latest invalidation. */
	uint64_t sequence;
	struct vtd_atc_link fills;
	struct vtd_atc_link waiting; /* invalidations */
	struct vtd_atc_counters counters;
	/* Holds without a slot: how many, barriers, the others by page. */
	unsigned int listed;
	struct vtd_atc_link barriers;
	struct vtd_atc_link holds[VTD_ATC_HOLD_LISTS];
};

/* size_shift of a barrier. */
#define VTD_ATC_BARRIER 0u

/* The slot that the thread tries first. */
static inline unsigned int vtd_atc_first_slot(void)
{
	return vtd_thread_shard(VTD_ATC_SHARDS) * VTD_ATC_SHARD_SLOTS;
}

/* The same without a call; NULL if the thread has none yet. */
static inline struct vtd_atc_slot *vtd_atc_likely_slot(struct vtd_atc *atc)
{
	return vtd_thread_number != 0 ? &atc->slots[vtd_atc_first_slot()] :
					NULL;
}

/* Open a hold if the slot is free. */
static inline bool vtd_atc_slot_enter(struct vtd_atc_slot *slot,
				      struct vtd_atc_hold *hold)
{
	uintptr_t none = 0;

	hold->slot = slot;
	return atomic_compare_exchange_strong(&slot->hold, &none,
					      (uintptr_t)hold);
}

/* Close a hold in a slot that no invalidation has seen; false: not this way. */
static inline bool vtd_atc_slot_leave(struct vtd_atc_hold *hold)
{
	uintptr_t unseen = (uintptr_t)hold;

	return hold->slot &&
	       atomic_compare_exchange_strong(&hold->slot->hold, &unseen, 0);
}

/* The tag in one form only, so that members without meaning never differ. */
static inline struct vtd_atc_access
vtd_atc_normalised(const struct vtd_atc_access *access)
{
	struct vtd_atc_access result = *access;

	result.access = access->access & VTD_ACCESS_ATOMIC;
	if (!access->pasid_present) {
		result.pasid = 0;
		result.privileged = false;
	}
	return result;
}

/*
 * What the owner began before a flush must open no hold after it.  Fills are
 * made void by the flush; a look-up fails if `epoch` is over.
 */
static inline uint64_t vtd_atc_epoch(struct vtd_atc *atc)
{
	return atomic_load(&atc->epoch);
}
bool vtd_atc_lookup_in(struct vtd_atc *atc, uint64_t epoch,
		       const struct vtd_atc_access *access,
		       struct vtd_atc_hold *hold);

/*
 * Open a hold, whose size and access are set, so that every invalidation sees it
 * that begins to look for holds later.  Without the lock, and with it.
 */
void vtd_atc_hold_open_beyond(struct vtd_atc *atc, struct vtd_atc_hold *hold);
static inline void vtd_atc_hold_open(struct vtd_atc *atc,
				     struct vtd_atc_hold *hold)
{
	if (!vtd_atc_slot_enter(&atc->slots[vtd_atc_first_slot()], hold))
		vtd_atc_hold_open_beyond(atc, hold);
}
void vtd_atc_hold_open_locked(struct vtd_atc *atc, struct vtd_atc_hold *hold);
/* Close any; with the lock held. */
void vtd_atc_hold_close_locked(struct vtd_atc *atc, struct vtd_atc_hold *hold);
/* How many holds that are open now `scope` covers.  With the lock held, by the
 * invalidation that atc->sequence is of. */
unsigned int vtd_atc_holds_under(struct vtd_atc *atc,
				 const struct vtd_atc_scope *scope);
bool vtd_atc_hold_is_under(const struct vtd_atc_hold *hold,
			   const struct vtd_atc_scope *scope);

/* vtd_atc_invalidate() that rounds the range outwards to 2^shift bytes. */
void vtd_atc_invalidate_rounded(
	struct vtd_atc *atc, const struct vtd_device_tlb_invalidation *request,
	unsigned int shift, struct vtd_atc_invalidation *invalidation);

#endif /* VTD_SRC_ENDPOINT_ATC_PRIVATE_H */
