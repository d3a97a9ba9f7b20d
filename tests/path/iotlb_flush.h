/* SPDX-License-Identifier: BSD-3-Clause */
/* Invalidation requests for a process; they return whether the wait after them has
 * completed. */
#ifndef VTD_TESTS_IOTLB_FLUSH_H
#define VTD_TESTS_IOTLB_FLUSH_H

#include "translate_process.h"

static inline bool flush_page(struct fixture *f, uint32_t pasid, uint64_t word1)
{
	return regs_queue_do(&f->queue,
			     VTD_DESC_PASID_IOTLB | 3 << 4 | FIXTURE_DID << 16 |
				     (uint64_t)pasid << 32,
			     word1);
}

static inline bool flush_pasid(struct fixture *f, uint32_t pasid)
{
	return regs_queue_do(&f->queue,
			     VTD_DESC_PASID_IOTLB | 2 << 4 | FIXTURE_DID << 16 |
				     (uint64_t)pasid << 32,
			     0);
}

static inline bool flush_pasid_cache(struct fixture *f, uint32_t pasid)
{
	return regs_queue_do(&f->queue,
			     VTD_DESC_PASID_CACHE | 1 << 4 | FIXTURE_DID << 16 |
				     (uint64_t)pasid << 32,
			     0);
}

#endif /* VTD_TESTS_IOTLB_FLUSH_H */
