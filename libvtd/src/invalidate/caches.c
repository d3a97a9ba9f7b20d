/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where tables are walked live, dropping translations leaves only the uses in
 * flight to deal with, and those of the configuration cache, which drops all of
 * it at any request.
 */
#include "invalidate/caches.h"

#include "interrupt/entry_lint.h"
#include "invalidate/descriptor_lint.h"
#include "unit.h"

#define INTERRUPT_INDEX_MAX 0xffff

static void notify(struct vtd_unit *unit,
		   const struct vtd_mappings_changed *change,
		   struct vtd_effects *effects)
{
	const struct vtd_host_ops *ops = &unit->ops;
	struct vtd_effect *effect;

	if (ops->mappings_changed == NULL ||
	    (ops->mappings_wanted != NULL &&
	     !ops->mappings_wanted(unit->host, change)))
		return;
	effect = vtd_effects_add(effects, VTD_EFFECT_MAPPINGS_CHANGED);
	effect->u.mappings = *change;
	effect->u.mappings.ticket = vtd_unit_open_notice(unit);
}

/* Nobody else writes it meanwhile.  What the host or software learns of the
 * invalidation, they learn by later writes: the end of a wait, a notice. */
static void note_change(struct vtd_unit *unit)
{
	atomic_store_explicit(
		&unit->changes,
		atomic_load_explicit(&unit->changes, memory_order_relaxed) + 2,
		memory_order_release);
	vtd_queue_note_change(&unit->queue);
}

void vtd_invalidate(struct vtd_unit *unit,
		    const struct vtd_invalidation *request,
		    struct vtd_effects *effects)
{
	if (request->kind != VTD_INVALIDATION_IOTLB &&
	    request->kind != VTD_INVALIDATION_PASID_IOTLB)
		vtd_config_cache_invalidate_all(&unit->config_cache);
	if (unit->iotlb != NULL)
		vtd_iotlb_invalidate(unit->iotlb, request);
	if (vtd_unit_lints(unit))
		vtd_lint_invalidation(unit, request);
	note_change(unit); /* requests are under way with it */
	notify(unit, &request->change, effects);
}

void vtd_invalidate_all(struct vtd_unit *unit, struct vtd_effects *effects)
{
	const struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_ALL,
		.change = { .scope = VTD_CHANGE_GLOBAL, .last = UINT64_MAX },
	};

	vtd_invalidate(unit, &request, effects);
}

void vtd_note_wait(struct vtd_unit *unit)
{
	if (unit->iotlb != NULL)
		vtd_iotlb_note_wait(unit->iotlb);
	if (vtd_unit_lints(unit))
		vtd_lint_wait(unit);
}

void vtd_note_device_tlb(struct vtd_unit *unit,
			 const struct vtd_device_tlb_invalidation *request)
{
	const struct vtd_invalidation note = {
		.kind = VTD_INVALIDATION_DEVICE_TLB,
		.all_pasids = request->global || !request->pasid_present,
		.change = {
			.scope = VTD_CHANGE_RANGE,
			.sid = request->sid,
			.pasid_present = request->pasid_present,
			.pasid = request->pasid,
			.first = request->first,
			.last = request->last,
		},
	};

	if (unit->iotlb != NULL)
		vtd_iotlb_invalidate(unit->iotlb, &note);
	if (vtd_unit_lints(unit))
		vtd_lint_device_tlb(unit, request);
}

void vtd_invalidate_interrupts(struct vtd_unit *unit, uint32_t first,
			       uint32_t last, struct vtd_effects *effects)
{
	struct vtd_effect *effect;

	if (vtd_unit_lints(unit))
		vtd_lint_entries_invalidated(unit, first, last);
	/* Interrupts that were remapped before are drained like DMA. */
	vtd_queue_note_change(&unit->queue);
	if (unit->ops.interrupts_changed == NULL)
		return;
	effect = vtd_effects_add(effects, VTD_EFFECT_INTERRUPTS_CHANGED);
	effect->u.interrupts = (struct vtd_interrupts_changed){
		.ticket = vtd_unit_open_notice(unit),
		.first = first,
		.last = last,
	};
}

void vtd_invalidate_all_interrupts(struct vtd_unit *unit,
				   struct vtd_effects *effects)
{
	if (unit->config.interrupt_remapping)
		vtd_invalidate_interrupts(unit, 0, INTERRUPT_INDEX_MAX,
					  effects);
}

void vtd_range_of_mask(struct vtd_invalidation *request, uint64_t address,
		       unsigned int mask)
{
	uint64_t low_bits = mask < 52 ? (UINT64_C(0x1000) << mask) - 1 :
					UINT64_MAX;

	request->pages = true;
	request->change.scope = VTD_CHANGE_RANGE;
	request->change.first = address & ~low_bits;
	request->change.last = address | low_bits;
}
