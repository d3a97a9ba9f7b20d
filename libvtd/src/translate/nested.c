/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nested translation: first stage, whose tables and output are guest-physical,
 * then second stage, then both together.  SPEC 3.8.
 */
#include "translate/walk.h"

enum vtd_condition vtd_nested_table_access(struct vtd_walk *walk,
					   uint64_t address, bool top,
					   struct vtd_table_access *access)
{
	struct vtd_page page;
	enum vtd_condition condition =
		vtd_second_stage_walk(walk, address, &page);

	if (condition != VTD_CONDITION_NONE)
		return condition;
	if ((page.rights & VTD_ACCESS_READ) == 0) {
		vtd_trail_blame(walk->trail, VTD_LOSS_SECOND_STAGE_READ);
		return top ? VTD_SFS_6 : VTD_SFS_7;
	}
	access->address = page.address;
	access->writable = (page.rights & VTD_ACCESS_WRITE) != 0;
	if (!access->writable)
		vtd_trail_keep_table_loss(walk->trail);
	if (!walk->config->second_stage_ad)
		return VTD_CONDITION_NONE;
	/* With A/D in the second stage, reads of first-stage entries count as
	 * writes of their page, as for the processor's EPT. */
	if (!access->writable) {
		vtd_trail_blame(walk->trail, VTD_LOSS_TABLE_WRITE);
		return VTD_SGN_6;
	}
	return vtd_second_stage_set_dirty(walk, &page);
}

enum vtd_condition vtd_nested_walk(struct vtd_walk *walk, uint64_t address,
				   struct vtd_page *page)
{
	struct vtd_page first;
	struct vtd_page second;
	enum vtd_condition condition;

	condition = vtd_first_stage_walk(walk, address, &first);
	if (condition != VTD_CONDITION_NONE)
		return condition;
	condition = vtd_second_stage_walk(walk, first.address, &second);
	if (walk->second_extent < walk->extent)
		walk->extent = walk->second_extent;
	if (condition != VTD_CONDITION_NONE)
		return condition;
	*page = second;
	page->rights = first.rights & second.rights;
	page->clean = first.clean || second.clean;
	if (first.shift < second.shift)
		page->shift = first.shift;
	if (!vtd_walk_writes(walk, page->rights))
		return VTD_CONDITION_NONE;
	condition = vtd_first_stage_set_dirty(walk, &first);
	if (condition != VTD_CONDITION_NONE)
		return condition;
	return vtd_second_stage_set_dirty(walk, &second);
}
