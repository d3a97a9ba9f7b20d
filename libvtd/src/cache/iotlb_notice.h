/* SPDX-License-Identifier: BSD-3-Clause */
/* Entries that memory does not back any more, and when that is to be said. */
#ifndef VTD_SRC_CACHE_IOTLB_NOTICE_H
#define VTD_SRC_CACHE_IOTLB_NOTICE_H

#include "cache/iotlb.h"

/*
 * The entry was used, and differs from memory.  True: that is to be reported,
 * once an entry: `waits` waits have completed since it was first seen.  Then *use
 * has all that is known of the entry; request and translations are the caller's.
 */
bool vtd_iotlb_differs(struct vtd_iotlb *iotlb,
		       const struct vtd_iotlb_entry *entry, unsigned int waits,
		       struct vtd_stale_use *use);

/* It was used, and does not. */
void vtd_iotlb_agrees(struct vtd_iotlb *iotlb,
		      const struct vtd_iotlb_entry *entry);

#endif /* VTD_SRC_CACHE_IOTLB_NOTICE_H */
