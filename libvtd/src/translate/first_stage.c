/* SPDX-License-Identifier: BSD-3-Clause */
/* First-stage translation, 4 and 5 levels.  SPEC 3.6, 9.7. */
#include <vtd/spec/tables.h>

#include "translate/decode.h"
#include "translate/walk.h"

static bool is_nested(const struct vtd_walk *walk)
{
	return walk->config->kind == VTD_WALK_NESTED;
}

/* Bits above the top one that is translated equal that one (SPEC 3.6). */
static bool is_canonical(uint64_t address, unsigned int levels)
{
	unsigned int top = 12 + 9 * levels - 1;

	return address >> top == 0 || address >> top == UINT64_MAX >> top;
}

static bool is_leaf(uint64_t word, unsigned int level)
{
	return level == 1 || (word & VTD_FS_PS) != 0;
}

static uint64_t reserved_bits(const struct vtd_walk *walk, uint64_t word,
			      unsigned int level)
{
	uint64_t reserved = 0;

	/* Guest-physical addresses have a limit of their own (SFS.5). */
	if (!is_nested(walk))
		reserved = VTD_FS_ADDRESS & vtd_beyond_haw(walk->caps);
	if (level >= 4 || (level == 3 && !walk->caps->first_stage_1g_pages))
		reserved |= VTD_FS_PS;
	/* Bit 12 of a large page is PAT. */
	if (level == 3 && (word & VTD_FS_PS) != 0)
		reserved |= VTD_BITS(29, 13);
	if (level == 2 && (word & VTD_FS_PS) != 0)
		reserved |= VTD_BITS(20, 13);
	return reserved;
}

static enum vtd_condition check_entry(const struct vtd_walk *walk,
				      uint64_t word, unsigned int level)
{
	const struct vtd_walk_config *config = walk->config;
	uint64_t reserved = reserved_bits(walk, word, level);

	if ((word & VTD_FS_P) == 0)
		return VTD_SFS_2;
	if (vtd_trail_has(walk->trail, &reserved, 1))
		return VTD_SFS_3;
	if (is_nested(walk) &&
	    (word & VTD_FS_ADDRESS) >>
			    vtd_second_stage_width(
				    walk->caps, config->second_stage_levels) !=
		    0)
		return VTD_SFS_5;
	return VTD_CONDITION_NONE;
}

/* Where in memory the entry of this level is. */
static enum vtd_condition locate(struct vtd_walk *walk, uint64_t address,
				 unsigned int level, unsigned int levels,
				 struct vtd_table_access *access)
{
	enum vtd_condition condition = VTD_CONDITION_NONE;

	*access = (struct vtd_table_access){ address, true };
	if (is_nested(walk)) {
		walk->trail->for_level = (uint8_t)level;
		condition = vtd_nested_table_access(walk, address,
						    level == levels, access);
		walk->trail->for_level = 0;
	}
	return condition;
}

/* Bits are to be set in an entry that does not have them all. */
static enum vtd_condition set_bits(struct vtd_walk *walk,
				   const struct vtd_place *entry, bool writable,
				   uint64_t bits)
{
	struct vtd_update update = { .entry = *entry };

	if (walk->config->extended_accessed)
		bits |= VTD_FS_EA;
	if ((entry->value & bits) == bits)
		return VTD_CONDITION_NONE;
	if (!walk->config->page_walk_snoop) {
		vtd_trail_lacks(walk->trail, entry, bits);
		return VTD_SFS_9;
	}
	if (!writable) {
		vtd_trail_lacks(walk->trail, entry, bits);
		vtd_trail_blame(walk->trail, VTD_LOSS_TABLE_WRITE);
		return VTD_SFS_8;
	}
	update.set = bits;
	vtd_updates_add(walk->updates, &update);
	return VTD_CONDITION_NONE;
}

static bool has_accessed(const struct vtd_walk *walk, uint64_t word)
{
	uint64_t bits = walk->config->extended_accessed ? VTD_FS_A | VTD_FS_EA :
							  VTD_FS_A;

	return (word & bits) == bits;
}

/* Rights from the bits that all entries on the way have.  SPEC 3.6.1. */
static unsigned int rights_of(const struct vtd_walk *walk, uint64_t all)
{
	if (!walk->privileged && (all & VTD_FS_US) == 0)
		return 0;
	if ((all & VTD_FS_RW) != 0 ||
	    (walk->privileged && !walk->config->write_protect))
		return VTD_ACCESS_ATOMIC;
	return VTD_ACCESS_READ;
}

/* What the entry leaves of the rights. */
static void note_rights(struct vtd_walk *walk, uint64_t all)
{
	if ((all & VTD_FS_US) == 0)
		vtd_trail_lose(walk->trail, VTD_LOSS_FIRST_STAGE_USER);
	if ((all & VTD_FS_RW) == 0)
		vtd_trail_lose(walk->trail, VTD_LOSS_FIRST_STAGE_WRITE);
	if (vtd_trail_is_logged(walk->trail))
		vtd_trail_log_rights(walk->trail, rights_of(walk, all));
}

static enum vtd_condition finish(const struct vtd_walk *walk, uint64_t address,
				 uint64_t all, struct vtd_page *page)
{
	uint64_t offset = (UINT64_C(1) << page->shift) - 1;
	uint64_t word = page->entry.value;

	page->address = (word & VTD_FS_ADDRESS & ~offset) | (address & offset);
	page->clean = (word & VTD_FS_D) == 0;
	page->snoop = false;
	page->rights = rights_of(walk, all);
	if (page->rights != 0)
		return VTD_CONDITION_NONE;
	vtd_trail_blame(walk->trail, VTD_LOSS_FIRST_STAGE_USER);
	return VTD_SGN_2;
}

enum vtd_condition vtd_first_stage_walk(struct vtd_walk *walk, uint64_t address,
					struct vtd_page *page)
{
	unsigned int levels = walk->config->first_stage_5_level ? 5 : 4;
	struct vtd_walk_step step = {
		.level = levels,
		.table = walk->config->first_stage_root,
		.all = UINT64_MAX,
		.accessed = true,
	};

	/* The canonical halves begin and end at multiples of their size. */
	walk->extent = 12 + 9 * levels - 1;
	if (!is_canonical(address, levels))
		return VTD_SGN_1;
	vtd_walk_skip(walk, VTD_STAGE_FIRST, address, &step);
	if (step.level != levels)
		note_rights(walk, step.all);
	for (;;) {
		unsigned int level = step.level;
		unsigned int shift = 12 + 9 * (level - 1);
		uint64_t entry = step.table | (address >> shift & 0x1ff) * 8;
		struct vtd_table_access access;
		enum vtd_condition condition;
		uint64_t word;

		walk->extent = shift;
		condition = locate(walk, entry, level, levels, &access);
		if (condition != VTD_CONDITION_NONE)
			return condition;
		vtd_trail_to(walk->trail, VTD_STRUCTURE_FIRST_STAGE_ENTRY,
			     level, access.address);
		if (is_nested(walk))
			vtd_trail_guest(walk->trail, entry);
		if (!vtd_mem_read(walk->mem, access.address, &word, 1))
			return level == levels ? VTD_SFS_4 : VTD_SFS_1;
		vtd_trail_found(walk->trail, &word, 1);
		condition = check_entry(walk, word, level);
		if (condition != VTD_CONDITION_NONE)
			return condition;
		step.all &= word;
		note_rights(walk, step.all);
		condition = set_bits(walk, &walk->trail->place, access.writable,
				     VTD_FS_A);
		if (condition != VTD_CONDITION_NONE)
			return condition;
		if (is_leaf(word, level)) {
			page->shift = shift;
			page->entry = walk->trail->place;
			page->entry_writable = access.writable;
			return finish(walk, address, step.all, page);
		}
		step.level = level - 1;
		step.table = word & VTD_FS_ADDRESS;
		step.accessed &= has_accessed(walk, word);
		vtd_walk_keep(walk, VTD_STAGE_FIRST, address, &step);
	}
}

enum vtd_condition vtd_first_stage_set_dirty(struct vtd_walk *walk,
					     const struct vtd_page *page)
{
	return set_bits(walk, &page->entry, page->entry_writable,
			VTD_FS_A | VTD_FS_D);
}
