/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "host_ops.h"
#include "invalidate/caches.h"
#include "invalidate/register_based.h"
#include "invalidate/timer.h"
#include "lint.h"
#include "record/values.h"

const char *vtd_version(void)
{
	return VTD_VERSION;
}

static void init(struct vtd_unit *unit)
{
	vtd_mem_init(&unit->mem, &unit->ops, unit->host,
		     unit->recorder != NULL);
	atomic_init(&unit->root, 0);
	atomic_init(&unit->interrupt_table, 0);
	atomic_init(&unit->status, 0);
	for (unsigned int i = 0; i < VTD_EPOCHS; i++)
		atomic_init(&unit->epoch[i], 0);
	atomic_init(&unit->changes, unit->recorder != NULL);
	vtd_config_cache_init(&unit->config_cache);
	vtd_dma_drain_init(&unit->drain);
	for (unsigned int i = 0; i <= VTD_COUNTER_LOCKED; i++)
		for (unsigned int c = 0; c < VTD_COUNTS; c++)
			atomic_init(&unit->counters[i].count[c], 0);
	vtd_regfile_init(&unit->regs, &unit->config);
}

#define IOTLB_SIZED_ENTRIES 512
#define IOTLB_SIZED_WAYS 4
#define IOTLB_KEEP_ENTRIES 65536

/* False: no memory. */
static bool create_iotlb(struct vtd_unit *unit)
{
	const struct vtd_config *config = &unit->config;
	bool keep = config->iotlb == VTD_IOTLB_KEEP;
	uint32_t entries = config->iotlb_entries;
	struct vtd_iotlb_size size = {
		.ways = keep ? 0 : IOTLB_SIZED_WAYS,
		.fractured = keep,
	};

	if (config->iotlb == VTD_IOTLB_LIVE)
		return true;
	if (entries == 0)
		entries = keep ? IOTLB_KEEP_ENTRIES : IOTLB_SIZED_ENTRIES;
	size.slots[VTD_IOTLB_PAGES] = entries;
	size.slots[VTD_IOTLB_TABLES] = entries / 4;
	size.slots[VTD_IOTLB_CONFIGS] = entries / 4;
	unit->iotlb = vtd_iotlb_create(&size);
	return unit->iotlb != NULL;
}

/* A unit without locks and callbacks. */
static struct vtd_unit *allocate(void)
{
	struct vtd_unit *unit;

	/* Counters and drain shards have cache lines of their own. */
	unit = aligned_alloc(64, (sizeof(*unit) + 63) / 64 * 64);
	if (unit != NULL)
		memset((void *)unit, 0, sizeof(*unit));
	return unit;
}

static int init_locks(struct vtd_unit *unit)
{
	if (pthread_mutex_init(&unit->lock, NULL) != 0)
		return -ENOMEM;
	if (pthread_cond_init(&unit->delivered, NULL) != 0) {
		pthread_mutex_destroy(&unit->lock);
		return -ENOMEM;
	}
	return 0;
}

/* `recorder` may be NULL. */
static int create(const struct vtd_config *config,
		  const struct vtd_host_ops *ops, void *host,
		  const struct vtd_recorder *recorder, struct vtd_unit **unit)
{
	struct vtd_unit *u = allocate();
	int error = 0;

	if (u == NULL)
		return -ENOMEM;
	u->config = *config;
	u->ops = *ops;
	u->host = host;
	if (recorder != NULL)
		error = vtd_record_create(recorder, config, ops, host,
					  &u->recorder);
	if (error == 0)
		error = init_locks(u);
	if (error != 0) {
		vtd_record_destroy(u->recorder);
		free(u);
		return error;
	}
	if (recorder != NULL) {
		vtd_record_host_ops(u->recorder, &u->ops);
		u->host = u->recorder;
	}
	init(u);
	if (!create_iotlb(u) || !vtd_lint_init(u)) {
		vtd_unit_destroy(u);
		return -ENOMEM;
	}
	*unit = u;
	return 0;
}

static int take_and_create(const struct vtd_config *config,
			   const struct vtd_host_ops *ops, void *host,
			   const struct vtd_recorder *recorder,
			   struct vtd_unit **unit)
{
	struct vtd_config known;
	struct vtd_host_ops callbacks;

	if (vtd_config_take(&known, config) != NULL ||
	    vtd_host_ops_take(&callbacks, &known, ops) != NULL)
		return -EINVAL;
	return create(&known, &callbacks, host, recorder, unit);
}

int vtd_unit_create(const struct vtd_config *config,
		    const struct vtd_host_ops *ops, void *host,
		    struct vtd_unit **unit)
{
	return take_and_create(config, ops, host, NULL, unit);
}

int vtd_unit_create_recorded(const struct vtd_config *config,
			     const struct vtd_host_ops *ops, void *host,
			     const struct vtd_recorder *recorder,
			     struct vtd_unit **unit)
{
	return take_and_create(config, ops, host, recorder, unit);
}

void vtd_unit_destroy(struct vtd_unit *unit)
{
	if (unit == NULL)
		return;
	vtd_record_destroy(unit->recorder);
	vtd_lint_free(unit);
	vtd_iotlb_destroy(unit->iotlb);
	pthread_cond_destroy(&unit->delivered);
	pthread_mutex_destroy(&unit->lock);
	free(unit);
}

void vtd_unit_record_end(struct vtd_unit *unit)
{
	vtd_record_end(unit->recorder);
}

int vtd_unit_set_ram(struct vtd_unit *unit, const struct vtd_ram_map *map,
		     const struct vtd_ram_map **previous)
{
	int error;

	vtd_unit_lock(unit);
	error = vtd_mem_set_ram(&unit->mem, map, previous);
	vtd_unit_unlock(unit);
	return error;
}

void vtd_unit_reset(struct vtd_unit *unit, enum vtd_reset reset)
{
	struct vtd_effects effects;

	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_RESET, reset);
	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	vtd_epochs_advance(unit);
	vtd_queue_stop(unit);
	vtd_timer_cancel(unit);
	vtd_regfile_reset(&unit->regs, reset);
	atomic_store(&unit->root, 0);
	atomic_store(&unit->interrupt_table, 0);
	atomic_store(&unit->status, 0);
	unit->fault_index = 0;
	vtd_lint_reset(unit);
	vtd_invalidate_all(unit, &effects);
	vtd_invalidate_all_interrupts(unit, &effects);
	vtd_commands_restart(unit);
	vtd_epochs_advance(unit);
	if (vtd_unit_deliver_any(unit, &effects))
		vtd_queue_run(unit, VTD_WORK_GUEST);
	vtd_unit_unlock(unit);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_RESET);
}

/* These two are not what a bracket does as a rule, and so not in its way. */
static __attribute__((noinline)) void run_queue(struct vtd_unit *unit,
						unsigned int work)
{
	vtd_unit_lock(unit);
	vtd_queue_run(unit, work);
	vtd_unit_unlock(unit);
}

static __attribute__((noinline)) void
begin_again(struct vtd_unit *unit, struct vtd_dma_bracket *bracket,
	    unsigned int work)
{
	vtd_unit_lock(unit);
	bracket->index = vtd_unit_open_bracket(unit);
	/* The drain may have seen the attempt as one more to wait for. */
	vtd_queue_run(unit, work);
	vtd_unit_unlock(unit);
}

static void begin(struct vtd_unit *unit, struct vtd_dma_bracket *bracket,
		  unsigned int work)
{
	if (!vtd_dma_drain_try_begin(&unit->drain, &bracket->index))
		begin_again(unit, bracket, work);
}

static void end(struct vtd_unit *unit, unsigned int index, unsigned int work)
{
	if (vtd_dma_drain_end(&unit->drain, index))
		run_queue(unit, work);
}

void vtd_unit_bracket_begin(struct vtd_unit *unit,
			    struct vtd_dma_bracket *bracket)
{
	begin(unit, bracket, VTD_WORK_TRANSLATION);
}

void vtd_unit_bracket_end(struct vtd_unit *unit,
			  const struct vtd_dma_bracket *bracket)
{
	end(unit, bracket->index, VTD_WORK_TRANSLATION);
}

static __attribute__((noinline)) void
begin_recorded(struct vtd_unit *unit, struct vtd_dma_bracket *bracket)
{
	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_DMA_BEGIN);
	begin(unit, bracket, VTD_WORK_GUEST);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_DMA_BEGIN,
			    vtd_record_phase(bracket->index));
}

static __attribute__((noinline)) void
end_recorded(struct vtd_unit *unit, const struct vtd_dma_bracket *bracket)
{
	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_DMA_END,
			  vtd_record_phase(bracket->index));
	end(unit, bracket->index, VTD_WORK_GUEST);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_DMA_END);
}

void vtd_unit_dma_begin(struct vtd_unit *unit, struct vtd_dma_bracket *bracket)
{
	if (VTD_RECORDED(unit->recorder))
		begin_recorded(unit, bracket);
	else
		begin(unit, bracket, VTD_WORK_GUEST);
}

void vtd_unit_dma_end(struct vtd_unit *unit,
		      const struct vtd_dma_bracket *bracket)
{
	if (VTD_RECORDED(unit->recorder))
		end_recorded(unit, bracket);
	else
		end(unit, bracket->index, VTD_WORK_GUEST);
}

void vtd_unit_notice_done(struct vtd_unit *unit,
			  const struct vtd_notice_ticket *ticket)
{
	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_NOTICE_DONE,
			  vtd_record_phase(ticket->value));
	end(unit, (unsigned int)ticket->value, VTD_WORK_GUEST);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_NOTICE_DONE);
}

bool vtd_unit_translation_enabled(struct vtd_unit *unit)
{
	return vtd_unit_is_on(unit, VTD_GSTS_TES);
}

bool vtd_unit_interrupt_remapping_enabled(struct vtd_unit *unit)
{
	return vtd_unit_is_on(unit, VTD_GSTS_IRES);
}
