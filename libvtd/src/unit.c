/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "host_ops.h"

const char *vtd_version(void)
{
	return VTD_VERSION;
}

static void init(struct vtd_unit *unit)
{
	unit->mem.ops = &unit->ops;
	unit->mem.host = unit->host;
	atomic_init(&unit->root, 0);
	atomic_init(&unit->interrupt_table, 0);
	vtd_config_cache_init(&unit->config_cache);
	vtd_dma_drain_init(&unit->drain);
	for (unsigned int i = 0; i < VTD_COUNTER_SHARDS; i++)
		for (unsigned int c = 0; c < VTD_COUNTS; c++)
			atomic_init(&unit->counters[i].count[c], 0);
	vtd_regfile_init(&unit->regs, &unit->config);
}

int vtd_unit_create(const struct vtd_config *config,
		    const struct vtd_host_ops *ops, void *host,
		    struct vtd_unit **unit)
{
	struct vtd_config known;
	struct vtd_host_ops callbacks;
	struct vtd_unit *u;

	if (vtd_config_take(&known, config) != NULL ||
	    vtd_host_ops_take(&callbacks, &known, ops) != NULL)
		return -EINVAL;
	/* Counters and drain shards have cache lines of their own. */
	u = aligned_alloc(64, (sizeof(*u) + 63) / 64 * 64);
	if (u == NULL)
		return -ENOMEM;
	memset((void *)u, 0, sizeof(*u));
	u->config = known;
	u->ops = callbacks;
	u->host = host;
	if (pthread_mutex_init(&u->lock, NULL) != 0) {
		free(u);
		return -ENOMEM;
	}
	init(u);
	*unit = u;
	return 0;
}

void vtd_unit_destroy(struct vtd_unit *unit)
{
	if (unit == NULL)
		return;
	pthread_mutex_destroy(&unit->lock);
	free(unit);
}

void vtd_unit_reset(struct vtd_unit *unit, enum vtd_reset reset)
{
	vtd_unit_lock(unit);
	vtd_queue_stop(unit);
	vtd_regfile_reset(&unit->regs, reset);
	atomic_store(&unit->root, 0);
	atomic_store(&unit->interrupt_table, 0);
	unit->fault_index = 0;
	vtd_config_cache_invalidate_all(&unit->config_cache);
	vtd_queue_note_change(&unit->queue);
	vtd_unit_unlock(unit);
}

void vtd_unit_dma_begin(struct vtd_unit *unit, struct vtd_dma_bracket *bracket)
{
	/* Each round needs a drain that began just now. */
	while (!vtd_dma_drain_try_begin(&unit->drain, &bracket->index))
		vtd_queue_run(unit);
}

void vtd_unit_dma_end(struct vtd_unit *unit,
		      const struct vtd_dma_bracket *bracket)
{
	if (vtd_dma_drain_end(&unit->drain, bracket->index))
		vtd_queue_run(unit);
}

void vtd_unit_notice_done(struct vtd_unit *unit,
			  const struct vtd_notice_ticket *ticket)
{
	if (vtd_dma_drain_end(&unit->drain, (unsigned int)ticket->value))
		vtd_queue_run(unit);
}

bool vtd_unit_translation_enabled(struct vtd_unit *unit)
{
	return vtd_unit_is_on(unit, VTD_GSTS_TES);
}

bool vtd_unit_interrupt_remapping_enabled(struct vtd_unit *unit)
{
	return vtd_unit_is_on(unit, VTD_GSTS_IRES);
}
