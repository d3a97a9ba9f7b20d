/* SPDX-License-Identifier: BSD-3-Clause */
#include "translate/plain_stage.h"

#include <vtd/types.h>

#define INLINE inline __attribute__((always_inline))
#define UNLIKELY(condition) __builtin_expect(condition, 0)
#define WORD VTD_PLAIN_WORD

static const struct vtd_plain_leaf no_leaf = { 0, 0 };

/* The entry for `address` in the table at `table`. */
static INLINE uint64_t entry_in(uint64_t table, uint64_t address,
				unsigned int shift)
{
	return table | (address >> ((shift - 3) & 63) & 0xff8);
}

/* The same for the table that `word` leads to. */
static INLINE uint64_t entry_of(uint64_t word, uint64_t address,
				unsigned int shift)
{
	return entry_in(word & VTD_SS_ADDRESS, address, shift);
}

static INLINE bool is_leaf(uint64_t word, unsigned int shift)
{
	return shift <= VTD_PAGE_SHIFT || (word & VTD_SS_PS) != 0;
}

static INLINE bool input_is_plain(vtd_plain_words words, uint64_t address)
{
	return ((address + WORD(words, half)) & WORD(words, beyond)) == 0;
}

/* Whether a page that is not of 4 KiB may be: VTD_PLAIN_ROOT_2M for a shift of
 * 21, VTD_PLAIN_ROOT_1G for 30. */
static bool large_is_plain(vtd_plain_words words, uint64_t word,
			   unsigned int shift)
{
	/* Bit 12 of a large page of the first stage is PAT. */
	uint64_t low = WORD(words, half) != 0 ? 0x1fff : 0xfff;
	uint64_t offset = (UINT64_C(1) << (shift & 63)) - 1;

	return (WORD(words, root) >> (shift / 9 + 4) & 1) != 0 &&
	       (word & offset & ~low) == 0;
}

static INLINE struct vtd_plain_leaf finish(vtd_plain_words words, uint64_t word,
					   uint64_t need, unsigned int shift,
					   uint64_t all)
{
	if (UNLIKELY((word & (need | WORD(words, leaf_zero))) != need))
		return no_leaf;
	if (UNLIKELY(shift != VTD_PAGE_SHIFT)) {
		if (!large_is_plain(words, word, shift))
			return no_leaf;
	}
	return (struct vtd_plain_leaf){ word, (all & VTD_ACCESS_ATOMIC) |
						      (uint64_t)shift << 8 };
}

/* A walk on its way. */
struct walk {
	uint64_t address;
	struct vtd_mem_window window;
	uint64_t need;	   /* bits that are 1 */
	uint64_t in_table; /* these, and those that are 0 if it is no leaf */
	uint64_t word;	   /* the last entry */
	uint64_t all;	   /* rights that entries have in common */
	unsigned int shift;
};

enum step {
	STEP_DOWN, /* to a table */
	STEP_LEAF,
	STEP_ODD,
	STEP_ELSEWHERE, /* the entry is not in the window */
};

/* From any level on, wherever the entries are: `at` is the word that leads to the
 * table, and the shift of its entries, as in `root`. */
static __attribute__((noinline)) struct vtd_plain_leaf
walk_on(const struct vtd_mem *mem, vtd_plain_words words, uint64_t address,
	uint64_t need, uint64_t at, uint64_t all)
{
	struct vtd_mem_window window = vtd_mem_window(mem);
	uint64_t in_table = need | WORD(words, table_zero);
	unsigned int shift = at & VTD_PLAIN_ROOT_SHIFT;
	uint64_t word = at;

	for (;; shift -= 9) {
		if (!vtd_mem_read_word(mem, &window,
				       entry_of(word, address, shift), &word))
			return no_leaf;
		all &= word;
		if (is_leaf(word, shift))
			return finish(words, word, need, shift, all);
		if ((word & in_table) != need)
			return no_leaf;
	}
}

/* One level.  Where `shift` is a constant little is left of it. */
static INLINE enum step step(struct walk *walk, unsigned int shift)
{
	uint64_t entry = entry_of(walk->word, walk->address, shift);

	walk->shift = shift;
	if (UNLIKELY(entry - walk->window.first >= walk->window.length))
		return STEP_ELSEWHERE;
	walk->word = vtd_mem_load(
		(const uint64_t *)(uintptr_t)(entry + walk->window.bias));
	walk->all &= walk->word;
	if (is_leaf(walk->word, shift))
		return STEP_LEAF;
	return UNLIKELY((walk->word & walk->in_table) != walk->need) ?
		       STEP_ODD :
		       STEP_DOWN;
}

static INLINE enum step descend(struct walk *walk)
{
	enum step end;

	switch (walk->word & VTD_PLAIN_ROOT_SHIFT) {
	case 48:
		end = step(walk, 48);
		if (end != STEP_DOWN)
			return end;
		/* fall through */
	case 39:
		end = step(walk, 39);
		if (end != STEP_DOWN)
			return end;
		/* fall through */
	case 30:
		end = step(walk, 30);
		if (end != STEP_DOWN)
			return end;
		/* fall through */
	default:
		end = step(walk, 21);
		if (end != STEP_DOWN)
			return end;
		return step(walk, VTD_PAGE_SHIFT);
	}
}

/* No call comes back into it, so that all is in registers. */
struct vtd_plain_leaf vtd_plain_walk(const struct vtd_mem *mem,
				     vtd_plain_words words, uint64_t address,
				     uint64_t bits)
{
	struct walk walk = {
		.address = address,
		.window = vtd_mem_window(mem),
		.need = bits | WORD(words, one),
		.word = WORD(words, root),
		.all = VTD_ACCESS_ATOMIC,
	};

	walk.in_table = walk.need | WORD(words, table_zero);
	if (UNLIKELY(!input_is_plain(words, address)))
		return no_leaf;
	switch (descend(&walk)) {
	case STEP_LEAF:
		return finish(words, walk.word, walk.need, walk.shift,
			      walk.all);
	case STEP_ELSEWHERE:
		return walk_on(mem, words, address, walk.need,
			       (walk.word & VTD_SS_ADDRESS) | walk.shift,
			       walk.all);
	default:
		return no_leaf;
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

/* `rights`: of all entries. */
static INLINE struct vtd_plain_leaf
trail_walk(struct trail *trail, uint64_t address, uint64_t rights)
{
	vtd_plain_words words = trail->words;
	uint64_t need = rights | WORD(words, one);
	uint64_t in_table = need | WORD(words, table_zero);
	uint64_t apart = address ^ trail->address;
	unsigned int shift = trail->shift;
	uint64_t word, all;

	if (!input_is_plain(words, address))
		return no_leaf;
	while (shift < trail->top && apart >> ((shift + 9) & 63) != 0)
		shift += 9;
	word = trail->word[shift / 8];
	all = trail->all[shift / 8];
	/* Other rights may be wanted now than were then. */
	if ((all & rights) != rights)
		return no_leaf;
	for (;; shift -= 9) {
		if (!vtd_mem_read_word(trail->mem, &trail->window,
				       entry_of(word, address, shift), &word))
			return no_leaf;
		all &= word;
		if (is_leaf(word, shift))
			break;
		if ((word & in_table) != need)
			return no_leaf;
		trail->word[(shift - 9) / 8] = word;
		trail->all[(shift - 9) / 8] = all;
	}
	trail->address = address;
	trail->shift = shift;
	return finish(words, word, need, shift, all);
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

	if (!input_is_plain(words, address))
		return no_leaf;
	for (;; shift -= 9) {
		word = nested_entry(trail, entry_in(table, address, shift));
		if ((word & in_table) != need)
			return no_leaf;
		all &= word;
		if (is_leaf(word, shift))
			return finish(words, word, need, shift, all);
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
