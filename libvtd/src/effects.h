/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a call into the unit makes the host do: invalidate requests, responses,
 * notices.  A path collects them here, on its stack, while it holds the lock;
 * they are delivered in order after unlocking, so that the host may call back
 * in.
 *
 * The list is bounded.  A path that can cause more than VTD_EFFECTS_MAX of them
 * asks vtd_effects_room() before each step and stops to deliver.
 */
#ifndef VTD_SRC_EFFECTS_H
#define VTD_SRC_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/host.h>

#define VTD_EFFECTS_MAX 16

enum vtd_effect_kind {
	VTD_EFFECT_DEVICE_TLB_INVALIDATE,
	VTD_EFFECT_PAGE_GROUP_RESPONSE,
	VTD_EFFECT_MAPPINGS_CHANGED,
	VTD_EFFECT_INTERRUPTS_CHANGED,
	VTD_EFFECT_TRACE,
};

#define VTD_TRACE_LINE_MAX 256

struct vtd_effect {
	enum vtd_effect_kind kind;
	union {
		struct vtd_device_tlb_invalidation invalidation;
		struct vtd_page_group_response response;
		struct vtd_mappings_changed mappings;
		struct vtd_interrupts_changed interrupts;
		char line[VTD_TRACE_LINE_MAX];
	} u;
};

struct vtd_effects {
	unsigned int count;
	struct vtd_effect list[VTD_EFFECTS_MAX];
};

static inline void vtd_effects_init(struct vtd_effects *effects)
{
	effects->count = 0;
}

/* Whether `wanted` more effects fit. */
static inline bool vtd_effects_room(const struct vtd_effects *effects,
				    unsigned int wanted)
{
	return effects->count + wanted <= VTD_EFFECTS_MAX;
}

/* The next effect, for the caller to fill in; there must be room. */
struct vtd_effect *vtd_effects_add(struct vtd_effects *effects,
				   enum vtd_effect_kind kind);

/* A line for the host's trace.  Where there is no room it is lost: to be called
 * after what must not be lost was added. */
void vtd_effects_trace(struct vtd_effects *effects, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* VTD_SRC_EFFECTS_H */
