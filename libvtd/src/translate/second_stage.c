/* SPDX-License-Identifier: BSD-3-Clause */
/* Second-stage translation, 3 to 5 levels, both modes.  SPEC 3.7, 9.8. */
#include <vtd/spec/tables.h>

#include "translate/decode.h"
#include "translate/walk.h"

/* The same trouble has other names in legacy mode. */
static enum vtd_condition named(const struct vtd_walk *walk,
				enum vtd_condition legacy,
				enum vtd_condition scalable)
{
	return walk->config->legacy ? legacy : scalable;
}

/* No rights are left.  In legacy mode that is a missing right like any. */
static enum vtd_condition nothing_allowed(struct vtd_walk *walk)
{
	if (walk->config->legacy)
		vtd_trail_blame(walk->trail,
				(walk->want & VTD_ACCESS_WRITE) != 0 ?
					VTD_LOSS_SECOND_STAGE_WRITE :
					VTD_LOSS_SECOND_STAGE_READ);
	return named(walk,
		     (walk->want & VTD_ACCESS_WRITE) != 0 ? VTD_LGN_2 :
							    VTD_LGN_3,
		     VTD_SSS_2);
}

static bool large_page_supported(const struct vtd_config *caps,
				 unsigned int level)
{
	return (level == 2 && caps->second_stage_2m_pages) ||
	       (level == 3 && caps->second_stage_1g_pages);
}

static bool is_leaf(uint64_t word, unsigned int level)
{
	return level == 1 || (word & VTD_SS_PS) != 0;
}

static uint64_t reserved_bits(const struct vtd_config *caps, uint64_t word,
			      unsigned int level)
{
	uint64_t reserved = VTD_SS_ADDRESS & vtd_beyond_haw(caps);

	if (!caps->transient_mapping)
		reserved |= VTD_SS_RESERVED;
	if (level > 1 && !large_page_supported(caps, level))
		reserved |= VTD_SS_PS;
	if (!is_leaf(word, level) || !caps->snoop_control)
		reserved |= VTD_SS_SNP;
	if (level == 3 && (word & VTD_SS_PS) != 0)
		reserved |= VTD_BITS(29, 12);
	if (level == 2 && (word & VTD_SS_PS) != 0)
		reserved |= VTD_BITS(20, 12);
	return reserved;
}

static enum vtd_condition set_bits(struct vtd_walk *walk,
				   const struct vtd_place *entry, uint64_t bits)
{
	const struct vtd_update update = { .entry = *entry, .set = bits };

	if (!walk->config->second_stage_ad || (entry->value & bits) == bits)
		return VTD_CONDITION_NONE;
	if (!walk->config->page_walk_snoop) {
		vtd_trail_lacks(walk->trail, entry, bits);
		return VTD_SSS_5;
	}
	vtd_updates_add(walk->updates, &update);
	return VTD_CONDITION_NONE;
}

static unsigned int rights_of(uint64_t all)
{
	return ((all & VTD_SS_R) != 0 ? VTD_ACCESS_READ : 0) |
	       ((all & VTD_SS_W) != 0 ? VTD_ACCESS_WRITE : 0);
}

/* What the entry leaves of the rights. */
static void note_rights(struct vtd_trail *trail, uint64_t all)
{
	if ((all & VTD_SS_R) == 0)
		vtd_trail_lose(trail, VTD_LOSS_SECOND_STAGE_READ);
	if ((all & VTD_SS_W) == 0)
		vtd_trail_lose(trail, VTD_LOSS_SECOND_STAGE_WRITE);
	if (vtd_trail_is_logged(trail))
		vtd_trail_log_rights(trail, rights_of(all));
}

static void finish(const struct vtd_walk *walk, uint64_t address, uint64_t all,
		   struct vtd_page *page)
{
	uint64_t offset = (UINT64_C(1) << page->shift) - 1;
	uint64_t word = walk->trail->place.value;

	page->entry = walk->trail->place;
	page->entry_writable = true;
	page->address = (word & VTD_SS_ADDRESS & ~offset) | (address & offset);
	page->rights = rights_of(all);
	page->snoop = (word & VTD_SS_SNP) != 0;
	page->clean = walk->config->second_stage_ad && (word & VTD_SS_D) == 0;
}

enum vtd_condition vtd_second_stage_walk(struct vtd_walk *walk,
					 uint64_t address,
					 struct vtd_page *page)
{
	unsigned int levels = walk->config->second_stage_levels;
	struct vtd_walk_step step = {
		.level = levels,
		.table = walk->config->second_stage_root,
		.all = VTD_SS_R | VTD_SS_W,
		.accessed = true,
	};

	walk->second_extent = vtd_second_stage_width(walk->caps, levels);
	vtd_trail_second_stage_begin(walk->trail);
	if (address >> walk->second_extent != 0)
		return named(walk, VTD_LGN_1_1, VTD_SGN_5);
	vtd_walk_skip(walk, VTD_STAGE_SECOND, address, &step);
	if (step.level != levels)
		note_rights(walk->trail, step.all);
	for (;;) {
		unsigned int level = step.level;
		unsigned int shift = 12 + 9 * (level - 1);
		uint64_t entry = step.table | (address >> shift & 0x1ff) * 8;
		enum vtd_condition condition;
		uint64_t reserved;
		uint64_t word;

		walk->second_extent = shift;
		vtd_trail_to(walk->trail, VTD_STRUCTURE_SECOND_STAGE_ENTRY,
			     level, entry);
		if (!vtd_mem_read(walk->mem, entry, &word, 1))
			return level == levels ?
				       named(walk, VTD_LCT_4_3, VTD_SSS_4) :
				       named(walk, VTD_LSS_1, VTD_SSS_1);
		vtd_trail_found(walk->trail, &word, 1);
		step.all &= word;
		note_rights(walk->trail, step.all);
		/* Reserved bits of an entry without rights are not checked. */
		if ((word & (VTD_SS_R | VTD_SS_W)) == 0)
			return nothing_allowed(walk);
		reserved = reserved_bits(walk->caps, word, level);
		if (vtd_trail_has(walk->trail, &reserved, 1))
			return named(walk, VTD_LSS_2, VTD_SSS_3);
		if (step.all == 0)
			return nothing_allowed(walk);
		condition = set_bits(walk, &walk->trail->place, VTD_SS_A);
		if (condition != VTD_CONDITION_NONE)
			return condition;
		if (is_leaf(word, level)) {
			page->shift = shift;
			finish(walk, address, step.all, page);
			return VTD_CONDITION_NONE;
		}
		step.level = level - 1;
		step.table = word & VTD_SS_ADDRESS;
		step.accessed &= !walk->config->second_stage_ad ||
				 (word & VTD_SS_A) != 0;
		vtd_walk_keep(walk, VTD_STAGE_SECOND, address, &step);
	}
}

enum vtd_condition vtd_second_stage_set_dirty(struct vtd_walk *walk,
					      const struct vtd_page *page)
{
	return set_bits(walk, &page->entry, VTD_SS_A | VTD_SS_D);
}
