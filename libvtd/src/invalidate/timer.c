/* SPDX-License-Identifier: BSD-3-Clause */
#include "invalidate/timer.h"

#include "invalidate/device_tlb.h"
#include "lint.h"
#include "unit.h"

uint64_t vtd_timer_deadline(struct vtd_unit *unit, uint64_t interval)
{
	uint64_t now;

	if (unit->ops.clock == NULL)
		return 0;
	now = unit->ops.clock(unit->host);
	return interval < UINT64_MAX - now ? now + interval : UINT64_MAX;
}

bool vtd_timer_has_passed(struct vtd_unit *unit, uint64_t deadline)
{
	return deadline != 0 && deadline <= unit->ops.clock(unit->host);
}

void vtd_timer_arm(struct vtd_unit *unit, uint64_t deadline)
{
	struct vtd_queue *queue = &unit->queue;
	uint64_t now;

	if (deadline == 0)
		deadline = 1; /* 0 is a timer that is not set */
	if (unit->ops.timer_set == NULL ||
	    (queue->timer != 0 && queue->timer <= deadline))
		return;
	now = unit->ops.clock(unit->host);
	queue->timer = deadline;
	unit->ops.timer_set(unit->host, deadline > now ? deadline - now : 1);
}

void vtd_timer_cancel(struct vtd_unit *unit)
{
	if (unit->ops.timer_set == NULL)
		return;
	unit->queue.timer = 0;
	unit->ops.timer_set(unit->host, 0);
}

static void expired(struct vtd_unit *unit)
{
	struct vtd_effects effects;
	uint64_t next;

	if (unit->ops.timer_set == NULL)
		return;
	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	unit->queue.timer = 0;
	vtd_queue_wake(unit);
	next = vtd_device_tlb_expire(unit, &effects);
	if (next != 0)
		vtd_timer_arm(unit, next);
	vtd_unit_deliver_any(unit, &effects);
	vtd_queue_run(unit, VTD_WORK_TIMER);
	vtd_unit_unlock(unit);
	if (vtd_unit_lints(unit))
		vtd_lint_deliver(unit);
}

void vtd_unit_timer_expired(struct vtd_unit *unit)
{
	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_TIMER_EXPIRED);
	expired(unit);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_TIMER_EXPIRED);
}
