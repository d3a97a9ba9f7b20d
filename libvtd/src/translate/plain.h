/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the plain walk (plain_walk.c) looks at: the walk configuration of a
 * requester once more, as masks and bits that entries are compared with.  Words
 * only, so that they are read one by one where they are cached.
 */
#ifndef VTD_SRC_TRANSLATE_PLAIN_H
#define VTD_SRC_TRANSLATE_PLAIN_H

#include <stdint.h>

struct vtd_plain_stage {
	/* Address of the top table, and below it: the shift of its entries, and
	 * whether there are pages of 2 MiB and 1 GiB. */
	uint64_t root;
	/* Bits that no address that goes in has when `half` has been added:
	 * that of the canonical addresses. */
	uint64_t half;
	uint64_t beyond;
	/* Bits that are 0 in an entry that leads to a table, and in a leaf. */
	uint64_t table_zero;
	uint64_t leaf_zero;
	/* Bits that are 1 in every entry; rights come from the request. */
	uint64_t one;
	/* The dirty bit, if it is tracked. */
	uint64_t dirty;
};

#define VTD_PLAIN_ROOT_SHIFT UINT64_C(0x3f)
#define VTD_PLAIN_ROOT_2M UINT64_C(0x40)
#define VTD_PLAIN_ROOT_1G UINT64_C(0x80)

enum vtd_plain_flag {
	VTD_PLAIN_FIRST_STAGE = 1, /* neither stage: pass-through */
	VTD_PLAIN_SECOND_STAGE = 2,
	VTD_PLAIN_TRANSLATION_REQUESTS = 4,
	VTD_PLAIN_PRIVILEGED_REQUESTS = 8,
	VTD_PLAIN_RID_PRIVILEGED = 16, /* those without PASID are */
	VTD_PLAIN_WRITE_PROTECT = 32,
	VTD_PLAIN_SNOOP = 64,
};

struct vtd_plain {
	uint64_t flags; /* enum vtd_plain_flag */
	struct vtd_plain_stage first;
	struct vtd_plain_stage second;
};

#define VTD_PLAIN_WORDS (sizeof(struct vtd_plain) / sizeof(uint64_t))

#endif /* VTD_SRC_TRANSLATE_PLAIN_H */
