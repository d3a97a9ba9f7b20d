/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages of the plain walk (plain_walk.c). */
#ifndef VTD_SRC_TRANSLATE_PLAIN_STAGE_H
#define VTD_SRC_TRANSLATE_PLAIN_STAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <vtd/spec/tables.h>

#include "mem.h"
#include "translate/plain.h"

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

/* One stage, whose tables are in host-physical memory.  `bits` are 1 in all
 * entries, besides those that always are. */
struct vtd_plain_leaf vtd_plain_walk(const struct vtd_mem *mem,
				     vtd_plain_words words, uint64_t address,
				     uint64_t bits);

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
