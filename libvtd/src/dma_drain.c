/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma_drain.h"

void vtd_dma_drain_init(struct vtd_dma_drain *drain)
{
	atomic_init(&drain->phase, 0);
	atomic_init(&drain->waiting, false);
	for (unsigned int i = 0; i < VTD_DRAIN_SHARDS; i++) {
		atomic_init(&drain->shard[i].open[0], 0);
		atomic_init(&drain->shard[i].open[1], 0);
	}
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
