/* SPDX-License-Identifier: BSD-3-Clause */
/* Where effects leave for the host. */
#include "unit.h"

/* The ITag, as a bit, of an invalidate request that could not be sent. */
static uint32_t send(struct vtd_unit *unit,
		     const struct vtd_device_tlb_invalidation *request)
{
	if (unit->ops.device_tlb_invalidate(unit->host, request) >= 0)
		return 0;
	return UINT32_C(1) << request->itag;
}

static uint32_t deliver_one(struct vtd_unit *unit,
			    const struct vtd_effect *effect)
{
	const struct vtd_host_ops *ops = &unit->ops;

	switch (effect->kind) {
	case VTD_EFFECT_MESSAGE:
		ops->interrupt_message(unit->host, effect->u.message.address,
				       effect->u.message.data);
		break;
	case VTD_EFFECT_DEVICE_TLB_INVALIDATE:
		return send(unit, &effect->u.invalidation);
	case VTD_EFFECT_PAGE_GROUP_RESPONSE:
		ops->page_group_response(unit->host, &effect->u.response);
		break;
	case VTD_EFFECT_MAPPINGS_CHANGED:
		ops->mappings_changed(unit->host, &effect->u.mappings);
		break;
	case VTD_EFFECT_INTERRUPTS_CHANGED:
		ops->interrupts_changed(unit->host, effect->u.interrupts.first,
					effect->u.interrupts.last);
		break;
	case VTD_EFFECT_TIMER_SET:
		ops->timer_set(unit->host, effect->u.timer);
		break;
	case VTD_EFFECT_TRACE:
		if (ops->trace != NULL)
			ops->trace(unit->host, effect->u.line);
		break;
	}
	return 0;
}

uint32_t vtd_unit_deliver(struct vtd_unit *unit, struct vtd_effects *effects)
{
	uint32_t unsent = 0;

	for (unsigned int i = 0; i < effects->count; i++)
		unsent |= deliver_one(unit, &effects->list[i]);
	effects->count = 0;
	return unsent;
}
