/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which uses of translations are in flight, for embedders that bracket them
 * (vtd_unit_dma_begin): an invalidation wait covers those too.
 *
 * Brackets are counted in one of two phases.  A drain switches the phase and is
 * over when the old one has emptied.  Each phase has several counters, by
 * thread, so that brackets do not share a cache line.
 */
#ifndef VTD_SRC_DMA_DRAIN_H
#define VTD_SRC_DMA_DRAIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define VTD_DRAIN_SHARDS 16

struct vtd_drain_shard {
	_Alignas(64) _Atomic uint32_t open[2];
};

struct vtd_dma_drain {
	_Atomic uint32_t phase; /* 0 or 1: where brackets are opened */
	_Atomic bool waiting;	/* somebody waits for the other phase */
	struct vtd_drain_shard shard[VTD_DRAIN_SHARDS];
};

void vtd_dma_drain_init(struct vtd_dma_drain *drain);

/* Open a bracket; *index is for vtd_dma_drain_end().  False: a drain began at
 * this moment and may have seen the attempt; the caller resumes whoever waits
 * for the drain, and tries again. */
bool vtd_dma_drain_try_begin(struct vtd_dma_drain *drain, unsigned int *index);

/* True: a drain may have ended with this; the caller resumes who waits. */
bool vtd_dma_drain_end(struct vtd_dma_drain *drain, unsigned int index);

/* Under the unit's lock: */
/* Start a drain of all brackets open now.  False: an earlier one is not over. */
bool vtd_dma_drain_start(struct vtd_dma_drain *drain);
/* Whether the brackets of the last start have all closed. */
bool vtd_dma_drain_is_over(struct vtd_dma_drain *drain);

#endif /* VTD_SRC_DMA_DRAIN_H */
