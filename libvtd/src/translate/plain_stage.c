/* SPDX-License-Identifier: BSD-3-Clause */
#include "translate/plain_stage.h"

#define INLINE VTD_INLINE
#define WORD VTD_PLAIN_WORD

/* Whether a page that is not of 4 KiB may be: VTD_PLAIN_ROOT_2M for a shift of
 * 21, VTD_PLAIN_ROOT_1G for 30. */
bool vtd_plain_large(vtd_plain_words words, uint64_t word, unsigned int shift)
{
	/* Bit 12 of a large page of the first stage is PAT. */
	uint64_t low = WORD(words, half) != 0 ? 0x1fff : 0xfff;
	uint64_t offset = (UINT64_C(1) << (shift & 63)) - 1;

	return (WORD(words, root) >> (shift / 9 + 4) & 1) != 0 &&
	       (word & offset & ~low) == 0;
}

struct vtd_plain_leaf vtd_plain_walk_on(const struct vtd_mem *mem,
					vtd_plain_words words, uint64_t address,
					uint64_t need, uint64_t at)
{
	struct vtd_mem_window window = vtd_mem_window(mem);
	uint64_t in_table = need | WORD(words, table_zero);
	unsigned int shift = at & VTD_PLAIN_ROOT_SHIFT;
	uint64_t word = at;
	uint64_t all = at >> 8;

	for (;; shift -= 9) {
		if (!vtd_mem_read_word(mem, &window,
				       vtd_plain_entry(word, address, shift),
				       &word))
			return vtd_plain_no_leaf;
		all &= word;
		if (vtd_plain_is_leaf(word, shift))
			return vtd_plain_finish(words, word, need, shift, all);
		if ((word & in_table) != need)
			return vtd_plain_no_leaf;
	}
}

/*
 * The last second-stage walk of a request.  The next one begins in the lowest
 * table that both have: tables of a guest, and its pages, are often near to each
 * other.
 */
struct trail {
	const struct vtd_mem *mem;
	vtd_plain_words words;
	struct vtd_mem_window window;
	uint64_t address;
	unsigned int shift; /* of the leaf */
	unsigned int top;
	/* By shift / 8: the word that leads to the table, and the rights that
	 * entries have in common down to it. */
	uint64_t word[8];
	uint64_t all[8];
};

static void trail_begin(struct trail *trail, const struct vtd_mem *mem,
			vtd_plain_words words)
{
	uint64_t root = WORD(words, root);

	trail->mem = mem;
	trail->words = words;
	trail->window = vtd_mem_window(mem);
	trail->address = 0;
	trail->top = root & VTD_PLAIN_ROOT_SHIFT;
	trail->shift = trail->top;
	trail->word[trail->top / 8] = root;
	trail->all[trail->top / 8] = VTD_ACCESS_ATOMIC;
}

/* `rights`: of all entries.  The address is one that the stage takes: it is the first
 * stage's, whose masks (plain.c) and root (SPT.4.4) have no bits beyond. */
static INLINE struct vtd_plain_leaf
trail_walk(struct trail *trail, uint64_t address, uint64_t rights)
{
	vtd_plain_words words = trail->words;
	uint64_t need = rights | WORD(words, one);
	uint64_t in_table = need | WORD(words, table_zero);
	uint64_t apart = address ^ trail->address;
	unsigned int shift = trail->shift;
	uint64_t word, all;

	while (shift < trail->top && apart >> ((shift + 9) & 63) != 0)
		shift += 9;
	word = trail->word[shift / 8];
	all = trail->all[shift / 8];
	/* Other rights may be wanted now than were then. */
	if ((all & rights) != rights)
		return vtd_plain_no_leaf;
	for (;; shift -= 9) {
		if (!vtd_mem_read_word(trail->mem, &trail->window,
				       vtd_plain_entry(word, address, shift),
				       &word))
			return vtd_plain_no_leaf;
		all &= word;
		if (vtd_plain_is_leaf(word, shift))
			break;
		if ((word & in_table) != need)
			return vtd_plain_no_leaf;
		trail->word[(shift - 9) / 8] = word;
		trail->all[(shift - 9) / 8] = all;
	}
	trail->address = address;
	trail->shift = shift;
	return vtd_plain_finish(words, word, need, shift, all);
}

/* The first-stage entry at a guest-physical address; 0: nothing plain.  With A/D
 * in the second stage, pages of tables are written to. */
static INLINE uint64_t nested_entry(struct trail *trail, uint64_t address)
{
	uint64_t dirty = WORD(trail->words, dirty);
	struct vtd_plain_leaf leaf =
		trail_walk(trail, address,
			   dirty != 0 ? VTD_ACCESS_ATOMIC : VTD_ACCESS_READ);
	uint64_t word;

	if (leaf.word == 0 || (leaf.word & dirty) != dirty ||
	    !vtd_mem_read_word(trail->mem, &trail->window,
			       vtd_plain_address(leaf, address), &word))
		return 0;
	return word;
}

static INLINE struct vtd_plain_leaf
nested_first(struct trail *trail, vtd_plain_words words, uint64_t address,
	     uint64_t bits)
{
	uint64_t need = bits | WORD(words, one);
	uint64_t in_table = need | WORD(words, table_zero);
	uint64_t word = WORD(words, root);
	unsigned int shift = word & VTD_PLAIN_ROOT_SHIFT;
	/* Guest-physical, and so with more bits than an entry has for it. */
	uint64_t table = word & VTD_PASID2_FSPTPTR;
	uint64_t all = VTD_ACCESS_ATOMIC;

	if (!vtd_plain_input(words, address))
		return vtd_plain_no_leaf;
	for (;; shift -= 9) {
		word = nested_entry(trail,
				    vtd_plain_entry_in(table, address, shift));
		if ((word & in_table) != need)
			return vtd_plain_no_leaf;
		all &= word;
		if (vtd_plain_is_leaf(word, shift))
			return vtd_plain_finish(words, word, need, shift, all);
		table = word & VTD_FS_ADDRESS;
	}
}

bool vtd_plain_walk_nested(const struct vtd_mem *mem,
			   struct vtd_plain_nested *nested, uint64_t address)
{
	struct trail trail;

	trail_begin(&trail, mem, nested->second);
	nested->first_leaf =
		nested_first(&trail, nested->first, address, nested->bits);
	if (nested->first_leaf.word == 0)
		return false;
	nested->second_leaf = trail_walk(
		&trail, vtd_plain_address(nested->first_leaf, address),
		nested->want);
	return nested->second_leaf.word != 0;
}
