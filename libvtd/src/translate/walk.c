/* SPDX-License-Identifier: BSD-3-Clause */
/* A walk as a whole: stages, rights, output, accessed and dirty bits. */
#include "translate/walk.h"

#include <vtd/spec/tables.h>

#include "translate/address_range.h"

/* Walks of one request: enough for every change that races with it to be an
 * honest one; more is a guest that fights with its device. */
#define WALK_ATTEMPTS 16

static enum vtd_condition
first_stage_only(struct vtd_walk *walk, uint64_t address, struct vtd_page *page)
{
	enum vtd_condition condition =
		vtd_first_stage_walk(walk, address, page);

	if (condition == VTD_CONDITION_NONE &&
	    vtd_walk_writes(walk, page->rights))
		condition = vtd_first_stage_set_dirty(walk, page);
	return condition;
}

static enum vtd_condition second_stage_only(struct vtd_walk *walk,
					    uint64_t address,
					    struct vtd_page *page)
{
	enum vtd_condition condition =
		vtd_second_stage_walk(walk, address, page);

	if (condition == VTD_CONDITION_NONE &&
	    vtd_walk_writes(walk, page->rights))
		condition = vtd_second_stage_set_dirty(walk, page);
	return condition;
}

static enum vtd_condition translate(struct vtd_walk *walk, uint64_t address,
				    struct vtd_page *page)
{
	enum vtd_condition condition;

	switch (walk->config->kind) {
	case VTD_WALK_FIRST_STAGE:
		return first_stage_only(walk, address, page);
	case VTD_WALK_SECOND_STAGE:
		condition = second_stage_only(walk, address, page);
		walk->extent = walk->second_extent;
		return condition;
	default:
		return vtd_nested_walk(walk, address, page);
	}
}

/* The condition of the rights that are wanted and not there. */
static enum vtd_condition missing_right(const struct vtd_walk *walk,
					unsigned int rights)
{
	unsigned int missing = walk->want & ~rights;

	if ((missing & VTD_ACCESS_WRITE) != 0)
		return walk->config->legacy ? VTD_LGN_2 : VTD_SGN_6;
	if ((missing & VTD_ACCESS_READ) != 0)
		return walk->config->legacy ? VTD_LGN_3 : VTD_SGN_7;
	return VTD_CONDITION_NONE;
}

/*
 * The walk ends with that condition, or without any, if that is none: then nobody
 * asks for the place.  The fault is where the right was lost: of the entries that
 * forbid writing, that of the first stage comes first; privileged requests mind it
 * only with WPE.
 */
static enum vtd_condition end_with(const struct vtd_walk *walk,
				   enum vtd_condition missing)
{
	if (missing == VTD_LGN_2 || missing == VTD_SGN_6) {
		vtd_trail_blame(walk->trail, VTD_LOSS_SECOND_STAGE_WRITE);
		if (!walk->privileged || walk->config->write_protect)
			vtd_trail_blame(walk->trail,
					VTD_LOSS_FIRST_STAGE_WRITE);
	} else {
		vtd_trail_blame(walk->trail, VTD_LOSS_SECOND_STAGE_READ);
	}
	return missing;
}

/* A translation request gets all of the page, an access one place in it. */
static enum vtd_condition check_output(struct vtd_walk *walk,
				       const struct vtd_page *page)
{
	bool meets = walk->translation ?
			     vtd_block_meets_interrupt_range(page->address,
							     page->shift) :
			     vtd_in_interrupt_range(page->address);

	if (!meets)
		return VTD_CONDITION_NONE;
	walk->extent = VTD_PAGE_SHIFT; /* the range ends within large pages */
	if (walk->config->legacy)
		return VTD_LGN_4;
	return walk->translation ? VTD_SGN_8_2 : VTD_SGN_8_1;
}

/* One attempt; *missing: the condition to end with when all else is well. */
static enum vtd_condition attempt(struct vtd_walk *walk, uint64_t address,
				  struct vtd_page *page,
				  enum vtd_condition *missing)
{
	enum vtd_condition condition;

	walk->updates->count = 0;
	vtd_trail_walk_begin(walk->trail);
	condition = translate(walk, address, page);
	if (condition != VTD_CONDITION_NONE)
		return condition;
	*missing = missing_right(walk, page->rights);
	if (*missing != VTD_CONDITION_NONE &&
	    !(walk->translation && (walk->want & page->rights) != 0))
		return end_with(walk, *missing);
	return check_output(walk, page);
}

/* Entries are cached with A set only: now they have it. */
static void keep_tables(struct vtd_walk *walk, uint64_t address)
{
	struct vtd_place place = walk->trail->place;
	struct vtd_page page;

	if (walk->iotlb == NULL || walk->updates->count == 0)
		return;
	walk->updates->count = 0;
	translate(walk, address, &page);
	walk->trail->place = place;
}

enum vtd_condition vtd_walk(struct vtd_walk *walk, uint64_t address,
			    struct vtd_page *page)
{
	enum vtd_condition condition = VTD_CONDITION_NONE;
	enum vtd_condition missing = VTD_CONDITION_NONE;
	enum vtd_updates_result result = VTD_UPDATES_CHANGED;
	struct vtd_place entry = { 0 };

	for (unsigned int i = 0;
	     i < WALK_ATTEMPTS && result == VTD_UPDATES_CHANGED; i++) {
		condition = attempt(walk, address, page, &missing);
		if (condition != VTD_CONDITION_NONE)
			break;
		if (walk->probe)
			return end_with(walk, missing);
		result = vtd_updates_apply(walk->mem, walk->updates, &entry);
	}
	if (condition == VTD_CONDITION_NONE && result == VTD_UPDATES_DONE) {
		end_with(walk, missing);
		keep_tables(walk, address);
		return missing;
	}
	if (condition == VTD_CONDITION_NONE) {
		walk->trail->place = entry;
		condition = entry.structure == VTD_STRUCTURE_FIRST_STAGE_ENTRY ?
				    VTD_SFS_10 :
				    VTD_SSS_6;
	}
	*page = (struct vtd_page){ 0 };
	return condition;
}
