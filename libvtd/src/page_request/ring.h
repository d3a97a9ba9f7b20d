/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the page request queue is (SPEC 7.5). */
#ifndef VTD_SRC_PAGE_REQUEST_RING_H
#define VTD_SRC_PAGE_REQUEST_RING_H

#include <vtd/spec/descriptors.h>
#include <vtd/spec/regs.h>

#include "unit.h"

struct vtd_page_ring {
	uint64_t base;
	uint64_t mask; /* of offsets: the largest */
	uint64_t head; /* offsets */
	uint64_t tail;
};

/* With the unit's lock held. */
static inline struct vtd_page_ring vtd_page_ring_of(struct vtd_unit *unit)
{
	uint64_t pqa = vtd_reg_get_64(&unit->regs, VTD_REG_PQA);
	uint64_t size = UINT64_C(0x1000) << vtd_field_get(pqa, VTD_PQA_PQS);
	uint64_t mask = (size - 1) & VTD_PQ_POINTER;

	return (struct vtd_page_ring){
		.base = pqa & VTD_PQA_BASE,
		.mask = mask,
		.head = vtd_reg_get_64(&unit->regs, VTD_REG_PQH) & mask,
		.tail = vtd_reg_get_64(&unit->regs, VTD_REG_PQT) & mask,
	};
}

#endif /* VTD_SRC_PAGE_REQUEST_RING_H */
