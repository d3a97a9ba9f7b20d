/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stages of the plain walk (plain_walk.c).  Words of the configuration may be those
 * of another one when a slot is filled meanwhile: whatever they are, walks end, and
 * read guest memory only.
 */
#ifndef VTD_SRC_TRANSLATE_PLAIN_STAGE_H
#define VTD_SRC_TRANSLATE_PLAIN_STAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <vtd/spec/tables.h>

#include "mem.h"
#include "translate/plain.h"

/* One function to the compiler. */
#define VTD_INLINE inline __attribute__((always_inline))
#define VTD_LIKELY(condition) __builtin_expect(condition, 1)
#define VTD_UNLIKELY(condition) __builtin_expect(condition, 0)

/* The words of a stage where they are cached (struct vtd_plain_stage). */
typedef const _Atomic uint64_t *vtd_plain_words;

#define VTD_PLAIN_WORD(words, member)                               \
	atomic_load_explicit(                                       \
		&(words)[offsetof(struct vtd_plain_stage, member) / \
			 sizeof(uint64_t)],                         \
		memory_order_acquire)

/* What a stage makes of an address; in two registers. */
struct vtd_plain_leaf {
	uint64_t word; /* 0: nothing plain */
	/* Bits 1:0: the rights that all entries have, as in them.  From bit 8
	 * on: the shift of the page. */
	uint64_t rest;
};

static const struct vtd_plain_leaf vtd_plain_no_leaf = { 0, 0 };

static inline unsigned int vtd_plain_shift(struct vtd_plain_leaf leaf)
{
	return (unsigned int)(leaf.rest >> 8);
}

/* Where the address is in the page. */
static inline uint64_t vtd_plain_address(struct vtd_plain_leaf leaf,
					 uint64_t address)
{
	uint64_t offset = 0xfff;

	if (__builtin_expect(vtd_plain_shift(leaf) != VTD_PAGE_SHIFT, 0))
		offset = (UINT64_C(1) << (vtd_plain_shift(leaf) & 63)) - 1;
	return (leaf.word & VTD_SS_ADDRESS & ~offset) | (address & offset);
}

/* The entry for `address` in the table at `table`. */
static VTD_INLINE uint64_t vtd_plain_entry_in(uint64_t table, uint64_t address,
					      unsigned int shift)
{
	return table | (address >> ((shift - 3) & 63) & 0xff8);
}

/* The same for the table that `word` leads to. */
static VTD_INLINE uint64_t vtd_plain_entry(uint64_t word, uint64_t address,
					   unsigned int shift)
{
	return vtd_plain_entry_in(word & VTD_SS_ADDRESS, address, shift);
}

static VTD_INLINE bool vtd_plain_is_leaf(uint64_t word, unsigned int shift)
{
	return shift <= VTD_PAGE_SHIFT || (word & VTD_SS_PS) != 0;
}

static VTD_INLINE bool vtd_plain_input(vtd_plain_words words, uint64_t address)
{
	return ((address + VTD_PLAIN_WORD(words, half)) &
		VTD_PLAIN_WORD(words, beyond)) == 0;
}

/* Whether a page that is not of 4 KiB may be. */
bool vtd_plain_large(vtd_plain_words words, uint64_t word, unsigned int shift);

static VTD_INLINE struct vtd_plain_leaf
vtd_plain_finish(vtd_plain_words words, uint64_t word, uint64_t need,
		 unsigned int shift, uint64_t all)
{
	if (VTD_UNLIKELY((word & (need | VTD_PLAIN_WORD(words, leaf_zero))) !=
			 need))
		return vtd_plain_no_leaf;
	if (VTD_UNLIKELY(shift != VTD_PAGE_SHIFT)) {
		if (!vtd_plain_large(words, word, shift))
			return vtd_plain_no_leaf;
	}
	return (struct vtd_plain_leaf){ word, (all & VTD_ACCESS_ATOMIC) |
						      (uint64_t)shift << 8 };
}

/* A walk on its way. */
struct vtd_plain_position {
	uint64_t address;
	struct vtd_mem_window window;
	uint64_t need;	   /* bits that are 1 */
	uint64_t in_table; /* these, and those that are 0 in one to a table */
	uint64_t word;	   /* the last entry */
	uint64_t all;	   /* rights that entries have in common */
	unsigned int shift;
};

enum vtd_plain_step {
	VTD_PLAIN_DOWN, /* to a table */
	VTD_PLAIN_LEAF,
	VTD_PLAIN_ODD,
	VTD_PLAIN_ELSEWHERE, /* the entry is not in the window */
};

/* From any level on, wherever the entries are.  `at`: the address of the table,
 * the rights that entries had in common from bit 8 on, the shift of entries. */
struct vtd_plain_leaf vtd_plain_walk_on(const struct vtd_mem *mem,
					vtd_plain_words words, uint64_t address,
					uint64_t need, uint64_t at);

/* One level.  Where `shift` is a constant little is left of it. */
static VTD_INLINE enum vtd_plain_step
vtd_plain_step(struct vtd_plain_position *walk, unsigned int shift)
{
	uint64_t entry = vtd_plain_entry(walk->word, walk->address, shift);

	walk->shift = shift;
	if (VTD_UNLIKELY(entry - walk->window.first >= walk->window.length))
		return VTD_PLAIN_ELSEWHERE;
	walk->word = vtd_mem_load(
		(const uint64_t *)(uintptr_t)(entry + walk->window.bias));
	walk->all &= walk->word;
	if (shift <= VTD_PAGE_SHIFT)
		return VTD_PLAIN_LEAF;
	if (VTD_LIKELY((walk->word & walk->in_table) == walk->need))
		return VTD_PLAIN_DOWN;
	return (walk->word & VTD_SS_PS) != 0 ? VTD_PLAIN_LEAF : VTD_PLAIN_ODD;
}

/* From the root down: mostly of 4 levels. */
static VTD_INLINE enum vtd_plain_step
vtd_plain_descend(struct vtd_plain_position *walk)
{
	unsigned int shift = walk->word & VTD_PLAIN_ROOT_SHIFT;
	enum vtd_plain_step end = VTD_PLAIN_DOWN;

	if (VTD_UNLIKELY(shift == 48))
		end = vtd_plain_step(walk, 48);
	if (VTD_LIKELY(end == VTD_PLAIN_DOWN && shift >= 39))
		end = vtd_plain_step(walk, 39);
	if (VTD_LIKELY(end == VTD_PLAIN_DOWN && shift >= 30))
		end = vtd_plain_step(walk, 30);
	if (VTD_LIKELY(end == VTD_PLAIN_DOWN))
		end = vtd_plain_step(walk, 21);
	if (VTD_LIKELY(end == VTD_PLAIN_DOWN))
		end = vtd_plain_step(walk, VTD_PAGE_SHIFT);
	return end;
}

/* One stage, whose tables are in host-physical memory.  `bits` are 1 in all
 * entries, besides those that always are. */
static VTD_INLINE struct vtd_plain_leaf
vtd_plain_walk(const struct vtd_mem *mem, vtd_plain_words words,
	       uint64_t address, uint64_t bits)
{
	struct vtd_plain_position walk = {
		.address = address,
		.window = vtd_mem_window(mem),
		.need = bits | VTD_PLAIN_WORD(words, one),
		.word = VTD_PLAIN_WORD(words, root),
		.all = VTD_ACCESS_ATOMIC,
	};

	walk.in_table = walk.need | VTD_PLAIN_WORD(words, table_zero) |
			VTD_SS_PS;
	if (VTD_UNLIKELY(!vtd_plain_input(words, address)))
		return vtd_plain_no_leaf;
	switch (vtd_plain_descend(&walk)) {
	case VTD_PLAIN_LEAF:
		return vtd_plain_finish(words, walk.word, walk.need, walk.shift,
					walk.all);
	case VTD_PLAIN_ELSEWHERE:
		return vtd_plain_walk_on(mem, words, address, walk.need,
					 (walk.word & VTD_SS_ADDRESS) |
						 walk.all << 8 | walk.shift);
	default:
		return vtd_plain_no_leaf;
	}
}

/* Both stages, and `want` is what the second one has to give for the page. */
struct vtd_plain_nested {
	vtd_plain_words first;
	vtd_plain_words second;
	uint64_t bits;
	uint64_t want;
	struct vtd_plain_leaf first_leaf;
	struct vtd_plain_leaf second_leaf;
};

bool vtd_plain_walk_nested(const struct vtd_mem *mem,
			   struct vtd_plain_nested *nested, uint64_t address);

#endif /* VTD_SRC_TRANSLATE_PLAIN_STAGE_H */
