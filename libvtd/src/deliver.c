/* SPDX-License-Identifier: BSD-3-Clause */
/* Where effects leave for the host. */
#include "lint.h"
#include "unit.h"

#include <errno.h>

static void send(struct vtd_unit *unit,
		 const struct vtd_device_tlb_invalidation *request,
		 struct vtd_delivery *delivery)
{
	int answer = unit->ops.device_tlb_invalidate(unit->host, request);
	uint32_t itag = UINT32_C(1) << request->itag;

	/* Without a timer nobody would ask again. */
	if (answer == -EBUSY && unit->ops.timer_set != NULL)
		delivery->busy |= itag;
	else if (answer < 0)
		delivery->unsent |= itag;
}

/* The host said `answer` to a notice.  True: a drain may have ended. */
static bool answered(struct vtd_unit *unit,
		     const struct vtd_notice_ticket *ticket, int answer)
{
	return answer != VTD_NOTICE_PENDING &&
	       vtd_dma_drain_end(&unit->drain, (unsigned int)ticket->value);
}

static void deliver_one(struct vtd_unit *unit, const struct vtd_effect *effect,
			struct vtd_delivery *delivery)
{
	const struct vtd_host_ops *ops = &unit->ops;
	int answer;

	switch (effect->kind) {
	case VTD_EFFECT_DEVICE_TLB_INVALIDATE:
		send(unit, &effect->u.invalidation, delivery);
		break;
	case VTD_EFFECT_PAGE_GROUP_RESPONSE:
		ops->page_group_response(unit->host, &effect->u.response);
		break;
	case VTD_EFFECT_MAPPINGS_CHANGED:
		answer = ops->mappings_changed(unit->host, &effect->u.mappings);
		delivery->drained |=
			answered(unit, &effect->u.mappings.ticket, answer);
		break;
	case VTD_EFFECT_INTERRUPTS_CHANGED:
		answer = ops->interrupts_changed(unit->host,
						 &effect->u.interrupts);
		delivery->drained |=
			answered(unit, &effect->u.interrupts.ticket, answer);
		break;
	case VTD_EFFECT_TRACE:
		if (ops->trace != NULL)
			ops->trace(unit->host, effect->u.line);
		break;
	}
}

unsigned int vtd_unit_open_bracket(struct vtd_unit *unit)
{
	unsigned int index;

	/* Drains begin under the lock only, so this never fails there. */
	while (!vtd_dma_drain_try_begin(&unit->drain, &index))
		;
	return index;
}

struct vtd_notice_ticket vtd_unit_open_notice(struct vtd_unit *unit)
{
	return (struct vtd_notice_ticket){
		.value = vtd_unit_open_bracket(unit),
	};
}

struct vtd_delivery vtd_unit_deliver(struct vtd_unit *unit,
				     const struct vtd_effects *effects)
{
	struct vtd_delivery delivery = { .unsent = 0 };

	unit->delivering++;
	vtd_unit_unlock(unit);
	for (unsigned int i = 0; i < effects->count; i++)
		deliver_one(unit, &effects->list[i], &delivery);
	if (vtd_unit_lints(unit))
		vtd_lint_deliver(unit);
	vtd_unit_lock(unit);
	if (--unit->delivering == 0)
		pthread_cond_broadcast(&unit->delivered);
	return delivery;
}

bool vtd_unit_deliver_any(struct vtd_unit *unit,
			  const struct vtd_effects *effects)
{
	return effects->count > 0 && vtd_unit_deliver(unit, effects).drained;
}
