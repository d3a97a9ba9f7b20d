/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The caches of a unit that does not walk live (vtd_config.iotlb): translations,
 * paging-structure entries, context and PASID entries, with the tags of SPEC 6.2.
 * Each is dropped by the invalidations that must drop it, and by no other
 * (iotlb_invalidate.c): software that forgets one finds out.
 *
 * One lock for all of it: this is for finding faults, not for speed.  Nothing is
 * called while it is held.
 */
#ifndef VTD_SRC_CACHE_IOTLB_H
#define VTD_SRC_CACHE_IOTLB_H

#include <pthread.h>
#include <stdatomic.h>

#include <vtd/check.h>

#include "cache/iotlb_store.h"

/* Stores: context and PASID entries; paging structures; translations. */
enum vtd_iotlb_part {
	VTD_IOTLB_CONFIGS,
	VTD_IOTLB_TABLES,
	VTD_IOTLB_PAGES,
	VTD_IOTLB_PARTS
};

/* An invalidation as the caches see it.  The change's range is that of the
 * pages, or everything. */
struct vtd_invalidation {
	enum vtd_invalidation_kind kind;
	bool pages;	/* page-selective */
	bool leaf_only; /* IH */
	/* Device-TLB: the PASID is one of many (GI=1, or a request without). */
	bool all_pasids;
	struct vtd_mappings_changed change;
};

/* The latest invalidations, for reports. */
#define VTD_IOTLB_NOTES 64
struct vtd_iotlb_note {
	struct vtd_invalidation request;
	uint64_t waits; /* that had completed */
};

struct vtd_iotlb {
	pthread_mutex_t lock;
	/* Counts invalidations.  A fill that raced with one is not kept. */
	_Atomic uint64_t generation;
	/* Translations are kept page by page of 4 KiB, so that an invalidation
	 * which covers a part of a large page leaves the rest. */
	bool fractured;
	_Atomic uint64_t waits; /* that have completed */
	uint64_t serial;
	uint64_t notes; /* ever made */
	struct vtd_iotlb_note note[VTD_IOTLB_NOTES];
	struct vtd_iotlb_store store[VTD_IOTLB_PARTS];
};

/* What is cached at most, and in how many ways (vtd_iotlb_store_init()). */
struct vtd_iotlb_size {
	uint32_t slots[VTD_IOTLB_PARTS];
	uint32_t ways;
	bool fractured;
};

/* NULL: no memory. */
struct vtd_iotlb *vtd_iotlb_create(const struct vtd_iotlb_size *size);
void vtd_iotlb_destroy(struct vtd_iotlb *iotlb);

/* To be read before anything that a fill comes from is. */
static inline uint64_t vtd_iotlb_generation(struct vtd_iotlb *iotlb)
{
	return atomic_load_explicit(&iotlb->generation, memory_order_acquire);
}

/* A copy of the entry with this key; false: there is none. */
bool vtd_iotlb_find(struct vtd_iotlb *iotlb, const struct vtd_iotlb_key *key,
		    struct vtd_iotlb_entry *entry);
/* Keep what was read since `generation` was. */
void vtd_iotlb_put(struct vtd_iotlb *iotlb, uint64_t generation,
		   const struct vtd_iotlb_entry *entry);

/* Where an entry with this key is; with the lock held. */
struct vtd_iotlb_store *vtd_iotlb_store_for(struct vtd_iotlb *iotlb,
					    const struct vtd_iotlb_key *key);

/* An invalidation wait, or command, has completed. */
static inline void vtd_iotlb_note_wait(struct vtd_iotlb *iotlb)
{
	atomic_fetch_add_explicit(&iotlb->waits, 1, memory_order_relaxed);
}

static inline uint64_t vtd_iotlb_waits(const struct vtd_iotlb *iotlb)
{
	return atomic_load_explicit(&iotlb->waits, memory_order_relaxed);
}

/* Entries that gave way to others, so far. */
uint64_t vtd_iotlb_dropped(struct vtd_iotlb *iotlb);

/* Why it leaves the entry; VTD_SPARED_NOT: it does not. */
enum vtd_spared vtd_invalidation_spares(const struct vtd_invalidation *request,
					const struct vtd_iotlb_entry *entry);

/* Drop what it covers. */
void vtd_iotlb_invalidate(struct vtd_iotlb *iotlb,
			  const struct vtd_invalidation *request);

#endif /* VTD_SRC_CACHE_IOTLB_H */
