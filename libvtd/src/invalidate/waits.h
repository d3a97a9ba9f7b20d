/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pending waits: wait descriptors that were fetched.  They complete in the order
 * of the queue.  SPEC 6.5.2.8, 6.5.2.11.  All with the lock held.
 */
#ifndef VTD_SRC_INVALIDATE_WAITS_H
#define VTD_SRC_INVALIDATE_WAITS_H

#include <stdbool.h>

#include "invalidate/queue.h"

/* Add one behind the others; `time` and `drain` are filled in.  False: there are
 * too many. */
bool vtd_waits_add(struct vtd_queue *queue, const struct vtd_wait *wait);

/* Whether a drain that began at `time` (of the queue) or later has ended.  Begins
 * it if it is to. */
bool vtd_queue_is_drained(struct vtd_unit *unit, uint64_t time);

/* Whether the first one is over.  Starts the drain that it needs. */
bool vtd_waits_first_is_over(struct vtd_unit *unit);

/* Complete the first one; adds one effect at most. */
void vtd_waits_complete_first(struct vtd_unit *unit,
			      struct vtd_effects *effects);

/* Whether nothing may be fetched before one is over. */
bool vtd_waits_fence(const struct vtd_queue *queue);

#endif /* VTD_SRC_INVALIDATE_WAITS_H */
