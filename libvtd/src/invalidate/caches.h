/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the invalidation requests of descriptors, registers and commands do to
 * the unit's caches.  All are called with the lock held and add at most one
 * effect.
 */
#ifndef VTD_SRC_INVALIDATE_CACHES_H
#define VTD_SRC_INVALIDATE_CACHES_H

#include <vtd/types.h>

#include "cache/iotlb.h"
#include "effects.h"

struct vtd_unit;

/* What the request covers.  Uses in flight are drained before the next wait
 * completes. */
void vtd_invalidate(struct vtd_unit *unit,
		    const struct vtd_invalidation *request,
		    struct vtd_effects *effects);

/* Everything about DMA, as SRTP with ESRTPS and TE=0 do (SPEC 6.6). */
void vtd_invalidate_all(struct vtd_unit *unit, struct vtd_effects *effects);

/* An invalidate request has been sent to an endpoint: what is known of its cache. */
void vtd_note_device_tlb(struct vtd_unit *unit,
			 const struct vtd_device_tlb_invalidation *request);

/* An invalidation wait, or a command, completes. */
void vtd_note_wait(struct vtd_unit *unit);

/* Interrupt entry cache, indices first..last. */
void vtd_invalidate_interrupts(struct vtd_unit *unit, uint32_t first,
			       uint32_t last, struct vtd_effects *effects);

/* All of it, as SIRTP and IRE do. */
void vtd_invalidate_all_interrupts(struct vtd_unit *unit,
				   struct vtd_effects *effects);

/* Make it page-selective, with the range that an address mask stands for: 2^mask
 * pages, naturally
 * aligned; masks of 52 and more are everything (SPEC 6.5.2.3). */
void vtd_range_of_mask(struct vtd_invalidation *request, uint64_t address,
		       unsigned int mask);

#endif /* VTD_SRC_INVALIDATE_CACHES_H */
