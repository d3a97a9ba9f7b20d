/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host's timer: time-outs of invalidate requests, and work of the queue that
 * no other thread is to do.  All with the lock held.
 */
#ifndef VTD_SRC_INVALIDATE_TIMER_H
#define VTD_SRC_INVALIDATE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct vtd_unit;

/* `interval` from now in the host's time, not 0; 0: it has no clock. */
uint64_t vtd_timer_deadline(struct vtd_unit *unit, uint64_t interval);
/* False for a deadline of 0. */
bool vtd_timer_has_passed(struct vtd_unit *unit, uint64_t deadline);

/* Have vtd_unit_timer_expired() called at `deadline` at the latest; one that has
 * passed is as soon as possible.  Nothing without a timer. */
void vtd_timer_arm(struct vtd_unit *unit, uint64_t deadline);
void vtd_timer_cancel(struct vtd_unit *unit);

#endif /* VTD_SRC_INVALIDATE_TIMER_H */
