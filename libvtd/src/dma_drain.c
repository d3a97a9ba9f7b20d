/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma_drain.h"

void vtd_dma_drain_init(struct vtd_dma_drain *drain)
{
	atomic_init(&drain->state, 0);
	for (unsigned int i = 0; i < VTD_DRAIN_SHARDS; i++) {
		atomic_init(&drain->shard[i].open[0], 0);
		atomic_init(&drain->shard[i].open[1], 0);
	}
}

void vtd_dma_drain_start(struct vtd_dma_drain *drain)
{
	uint32_t state = atomic_load(&drain->state);

	atomic_store(&drain->state,
		     (~state & VTD_DRAIN_PHASE) | VTD_DRAIN_WAITING);
}

/* Nothing opens in the old phase any more, except for a try_begin() that takes
 * its count back: a counter seen at 0 is done with.  So is the counter of a thread
 * that comes for its number after the switch. */
static bool phase_is_empty(struct vtd_dma_drain *drain, unsigned int phase)
{
	unsigned int used = vtd_thread_shards_used(VTD_DRAIN_SHARDS);

	for (unsigned int i = 0; i < used; i++)
		if (atomic_load(&drain->shard[i].open[phase]) != 0)
			return false;
	return true;
}

bool vtd_dma_drain_is_over(struct vtd_dma_drain *drain)
{
	uint32_t state = atomic_load(&drain->state);

	if ((state & VTD_DRAIN_WAITING) == 0)
		return true;
	if (!phase_is_empty(drain, ~state & VTD_DRAIN_PHASE))
		return false;
	/* Who still sees it as it was resumes somebody in vain. */
	atomic_store_explicit(&drain->state, state & VTD_DRAIN_PHASE,
			      memory_order_release);
	return true;
}
