/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma_drain.h"

#include "thread_shard.h"

/* What begin() hands out: the shard and the phase that was counted. */
#define INDEX_PHASE 1u

void vtd_dma_drain_init(struct vtd_dma_drain *drain)
{
	atomic_init(&drain->phase, 0);
	atomic_init(&drain->waiting, false);
	for (unsigned int i = 0; i < VTD_DRAIN_SHARDS; i++) {
		atomic_init(&drain->shard[i].open[0], 0);
		atomic_init(&drain->shard[i].open[1], 0);
	}
}

/*
 * Count in, then look whether the phase still is the one that was counted: if a
 * drain switched it in between, the drain after that would not see the bracket.
 * Sequential consistency orders the count, the switch and the sum.
 */
bool vtd_dma_drain_try_begin(struct vtd_dma_drain *drain, unsigned int *index)
{
	unsigned int shard = vtd_thread_shard(VTD_DRAIN_SHARDS);
	unsigned int phase = atomic_load(&drain->phase);

	atomic_fetch_add(&drain->shard[shard].open[phase], 1);
	if (atomic_load(&drain->phase) == phase) {
		*index = shard << 1 | phase;
		return true;
	}
	atomic_fetch_sub(&drain->shard[shard].open[phase], 1);
	return false;
}

bool vtd_dma_drain_end(struct vtd_dma_drain *drain, unsigned int index)
{
	unsigned int phase = index & INDEX_PHASE;

	atomic_fetch_sub(&drain->shard[index >> 1].open[phase], 1);
	return atomic_load(&drain->waiting) &&
	       atomic_load(&drain->phase) != phase;
}

bool vtd_dma_drain_start(struct vtd_dma_drain *drain)
{
	if (!vtd_dma_drain_is_over(drain))
		return false;
	atomic_store(&drain->waiting, true);
	atomic_store(&drain->phase, atomic_load(&drain->phase) ^ 1);
	return true;
}

/* Nothing opens in the old phase any more, except for a try_begin() that takes
 * its count back: a counter seen at 0 is done with. */
static bool phase_is_empty(struct vtd_dma_drain *drain, unsigned int phase)
{
	for (unsigned int i = 0; i < VTD_DRAIN_SHARDS; i++)
		if (atomic_load(&drain->shard[i].open[phase]) != 0)
			return false;
	return true;
}

bool vtd_dma_drain_is_over(struct vtd_dma_drain *drain)
{
	if (!atomic_load(&drain->waiting))
		return true;
	if (!phase_is_empty(drain, atomic_load(&drain->phase) ^ 1))
		return false;
	atomic_store(&drain->waiting, false);
	return true;
}
