/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries of caches that a request met and that differ from memory.  They are
 * collected on the way and looked at when the answer is known.
 */
#ifndef VTD_SRC_TRANSLATE_SUSPECTS_H
#define VTD_SRC_TRANSLATE_SUSPECTS_H

#include "cache/iotlb_notice.h"

/* A context entry, a PASID entry, a translation or the entries that lead to the
 * tables of two stages. */
#define VTD_SUSPECTS_MAX 6

struct vtd_suspects {
	unsigned int count;
	struct vtd_iotlb_entry entry[VTD_SUSPECTS_MAX];
};

/* Caches as of a generation; iotlb NULL: there are none.  What is found is compared
 * with memory if there are `suspects`.  Nothing is put into caches that are looked
 * at only. */
struct vtd_iotlb_view {
	struct vtd_iotlb *iotlb;
	uint64_t generation;
	bool look_only;
	struct vtd_suspects *suspects;
};

/* What became of a comparison. */
static inline void
vtd_suspects_judge(struct vtd_suspects *suspects, struct vtd_iotlb *iotlb,
		   const struct vtd_iotlb_entry *entry, bool agrees)
{
	if (agrees)
		vtd_iotlb_agrees(iotlb, entry);
	else if (suspects->count < VTD_SUSPECTS_MAX)
		suspects->entry[suspects->count++] = *entry;
}

#endif /* VTD_SRC_TRANSLATE_SUSPECTS_H */
