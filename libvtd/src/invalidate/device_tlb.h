/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Invalidate requests on their way to endpoints: ITags, completions, time-outs.
 * SPEC 6.5.2.5, 6.5.2.10.  All with the lock held.
 */
#ifndef VTD_SRC_INVALIDATE_DEVICE_TLB_H
#define VTD_SRC_INVALIDATE_DEVICE_TLB_H

#include <stdbool.h>

#include <vtd/types.h>

#include "effects.h"

struct vtd_itag;
struct vtd_unit;

/* Effects that vtd_device_tlb_send() adds at most. */
#define VTD_DEVICE_TLB_EFFECTS 1

/* Send a request under a free ITag.  False: none is free now. */
bool vtd_device_tlb_send(struct vtd_unit *unit,
			 const struct vtd_device_tlb_invalidation *request,
			 struct vtd_effects *effects);

/* Put a request that was on its way when the unit's state was saved under an
 * ITag; there are enough.  It is sent by vtd_device_tlb_resend(), and its time
 * goes on from there. */
void vtd_device_tlb_restore(struct vtd_unit *unit,
			    const struct vtd_device_tlb_invalidation *request,
			    uint64_t time_left);

/* The nanoseconds until it times out, not 0; 0: it does not, or it is not sent
 * yet and has all of its time. */
uint64_t vtd_device_tlb_time_left(struct vtd_unit *unit,
				  const struct vtd_itag *itag);

/* Forget all requests.  Those that were sent may still be answered. */
void vtd_device_tlb_stop(struct vtd_unit *unit);

/* Send again what was on its way when the unit's state was saved, and what an
 * endpoint was too busy for; stops when the effects are full.  True: all is sent
 * whose time has come. */
bool vtd_device_tlb_resend(struct vtd_unit *unit, struct vtd_effects *effects);

/* The host could not send the requests under these ITags: nobody is there, which
 * is like no completion.  Adds at most two effects, whatever the number. */
void vtd_device_tlb_unsent(struct vtd_unit *unit, uint32_t itags,
			   struct vtd_effects *effects);

/* The endpoints of the requests under these ITags cannot take them now: the timer
 * brings them back.  They time out as if they had been sent. */
void vtd_device_tlb_busy(struct vtd_unit *unit, uint32_t itags);

/* Time requests out that are overdue.  Returns when the next one is, or is to be
 * sent again; 0: there is none.  Adds at most one effect. */
uint64_t vtd_device_tlb_expire(struct vtd_unit *unit,
			       struct vtd_effects *effects);

/* The range of an invalidate request (PCIe ATS 10.3; S bit). */
void vtd_device_tlb_range(struct vtd_device_tlb_invalidation *request,
			  uint64_t address, bool size_bit);

#endif /* VTD_SRC_INVALIDATE_DEVICE_TLB_H */
