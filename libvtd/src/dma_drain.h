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

#include "thread_shard.h"

#define VTD_DRAIN_SHARDS 16

struct vtd_drain_shard {
	_Alignas(64) _Atomic uint32_t open[2];
};

#define VTD_DRAIN_PHASE 1u   /* 0 or 1: where brackets are opened */
#define VTD_DRAIN_WAITING 2u /* somebody waits for the other phase */

struct vtd_dma_drain {
	_Atomic uint32_t state; /* both of these, in one write */
	struct vtd_drain_shard shard[VTD_DRAIN_SHARDS];
};

void vtd_dma_drain_init(struct vtd_dma_drain *drain);

/*
 * Open a bracket; *index is for vtd_dma_drain_end().  False: a drain began or
 * ended at this moment and may have seen the attempt; the caller resumes whoever waits
 * for the drain, and tries again.
 *
 * It counts in, then looks whether the phase still is the one that was counted:
 * if a drain switched it in between, the drain after that would not see the
 * bracket.  Sequential consistency orders the count, the switch and the sum.
 * Two locked additions a bracket are the least: without them (per-thread words
 * and membarrier(2) in the drain) it would be 9 ns cheaper, and each wait 4 us
 * dearer where other threads run.
 */
static inline bool vtd_dma_drain_try_begin(struct vtd_dma_drain *drain,
					   unsigned int *index)
{
	unsigned int shard = vtd_thread_shard(VTD_DRAIN_SHARDS);
	uint32_t state = atomic_load(&drain->state);
	unsigned int phase = state & VTD_DRAIN_PHASE;

	atomic_fetch_add(&drain->shard[shard].open[phase], 1);
	*index = shard << 1 | phase;
	if (__builtin_expect(atomic_load(&drain->state) == state, 1))
		return true;
	atomic_fetch_sub(&drain->shard[shard].open[phase], 1);
	return false;
}

/* True: a drain may have ended with this; the caller resumes who waits. */
static inline bool vtd_dma_drain_end(struct vtd_dma_drain *drain,
				     unsigned int index)
{
	unsigned int phase = index & 1;

	atomic_fetch_sub(&drain->shard[index >> 1].open[phase], 1);
	return __builtin_expect(atomic_load(&drain->state) ==
					((phase ^ 1) | VTD_DRAIN_WAITING),
				0);
}

/* Under the unit's lock: */
/* Start a drain of all brackets open now; the last one is over. */
void vtd_dma_drain_start(struct vtd_dma_drain *drain);
/* Whether the brackets of the last start have all closed. */
bool vtd_dma_drain_is_over(struct vtd_dma_drain *drain);

#endif /* VTD_SRC_DMA_DRAIN_H */
