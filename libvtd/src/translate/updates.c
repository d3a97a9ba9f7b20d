/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accessed and dirty bits: collected by a walk, set by compare-and-swap.
 * SPEC 3.6.2, 3.7.2 and 9.7, 9.8.
 */
#include <assert.h>

#include <vtd/spec/tables.h>

#include "translate/walk.h"

/* Swaps of one entry before giving way: others that set A and D in it make at
 * most as many changes as there are such bits. */
#define SWAP_ATTEMPTS 8

void vtd_updates_add(struct vtd_updates *updates,
		     const struct vtd_update *update)
{
	/* First-stage tables that share second-stage entries. */
	for (unsigned int i = 0; i < updates->count; i++)
		if (updates->list[i].entry.address == update->entry.address) {
			updates->list[i].set |= update->set;
			return;
		}
	assert(updates->count < VTD_UPDATES_MAX);
	updates->list[updates->count++] = *update;
}

/* What others may set in an entry without making it a different one. */
static uint64_t status_bits(enum vtd_structure structure)
{
	return structure == VTD_STRUCTURE_FIRST_STAGE_ENTRY ?
		       VTD_FS_A | VTD_FS_D | VTD_FS_EA :
		       VTD_SS_A | VTD_SS_D;
}

static enum vtd_updates_result apply(const struct vtd_mem *mem,
				     const struct vtd_update *update)
{
	uint64_t word = update->entry.value;

	for (unsigned int i = 0; i < SWAP_ATTEMPTS; i++) {
		if ((word & update->set) == update->set)
			return VTD_UPDATES_DONE;
		switch (vtd_mem_compare_exchange(mem, update->entry.address,
						 &word, word | update->set)) {
		case VTD_MEM_SWAPPED:
			return VTD_UPDATES_DONE;
		case VTD_MEM_FAILED:
			return VTD_UPDATES_FAILED;
		case VTD_MEM_CHANGED:
			if (((word ^ update->entry.value) &
			     ~status_bits(update->entry.structure)) != 0)
				return VTD_UPDATES_CHANGED;
		}
	}
	return VTD_UPDATES_CHANGED;
}

enum vtd_updates_result vtd_updates_apply(const struct vtd_mem *mem,
					  const struct vtd_updates *updates,
					  struct vtd_place *entry)
{
	for (unsigned int i = 0; i < updates->count; i++) {
		enum vtd_updates_result result = apply(mem, &updates->list[i]);

		if (result != VTD_UPDATES_DONE) {
			*entry = updates->list[i].entry;
			return result;
		}
	}
	return VTD_UPDATES_DONE;
}

void vtd_updates_log(const struct vtd_updates *updates, struct vtd_trail *trail)
{
	for (unsigned int i = 0; i < updates->count; i++)
		vtd_trail_log_sets(trail, &updates->list[i].entry,
				   updates->list[i].set);
}
