/* SPDX-License-Identifier: BSD-3-Clause */
/* What software should not put into the invalidation queue.  All with the lock
 * held, and in a unit that lints (lint.h). */
#ifndef VTD_SRC_INVALIDATE_DESCRIPTOR_LINT_H
#define VTD_SRC_INVALIDATE_DESCRIPTOR_LINT_H

#include "cache/iotlb.h"

struct vtd_unit;

/* A valid descriptor is executed. */
void vtd_lint_descriptor(struct vtd_unit *unit, const uint64_t *words);
/* An invalidation is. */
void vtd_lint_invalidation(struct vtd_unit *unit,
			   const struct vtd_invalidation *request);
void vtd_lint_device_tlb(struct vtd_unit *unit,
			 const struct vtd_device_tlb_invalidation *request);
/* A group of page requests is answered. */
void vtd_lint_response(struct vtd_unit *unit,
		       const struct vtd_page_group_response *response);
/* The status of a wait could not be written. */
void vtd_lint_status(struct vtd_unit *unit, uint64_t address);
/* A wait, or a command, completes. */
void vtd_lint_wait(struct vtd_unit *unit);

#endif /* VTD_SRC_INVALIDATE_DESCRIPTOR_LINT_H */
