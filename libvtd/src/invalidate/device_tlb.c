/* SPDX-License-Identifier: BSD-3-Clause */
#include "invalidate/device_tlb.h"

#include "report/report.h"
#include "unit.h"

void vtd_device_tlb_range(struct vtd_device_tlb_invalidation *request,
			  uint64_t address, bool size_bit)
{
	uint64_t low_bits = 0xfff;

	address &= ~low_bits;
	/* The lowest 0 bit from bit 12 up says the size: with every bit that is
	 * 1 below it the range doubles once more. */
	if (size_bit) {
		uint64_t ones = address | low_bits;

		low_bits = ones ^ (ones + 1);
	}
	request->first = address & ~low_bits;
	request->last = address | low_bits;
}

static void arm_timer(struct vtd_unit *unit, struct vtd_itag *itag)
{
	struct vtd_queue *queue = &unit->queue;

	itag->deadline = 0;
	if (unit->ops.timer_set == NULL)
		return;
	itag->deadline =
		unit->ops.clock(unit->host) + unit->config.device_tlb_timeout;
	/* All time-outs are equally long: an armed timer is early enough. */
	if (queue->timer != 0)
		return;
	queue->timer = itag->deadline;
	unit->ops.timer_set(unit->host, unit->config.device_tlb_timeout);
}

static void send(struct vtd_unit *unit, struct vtd_itag *itag,
		 struct vtd_effects *effects)
{
	itag->unsent = false;
	arm_timer(unit, itag);
	vtd_effects_add(effects, VTD_EFFECT_DEVICE_TLB_INVALIDATE)
		->u.invalidation = itag->request;
}

bool vtd_device_tlb_send(struct vtd_unit *unit,
			 const struct vtd_device_tlb_invalidation *request,
			 struct vtd_effects *effects)
{
	struct vtd_queue *queue = &unit->queue;

	/* Round robin: a completion that comes after its ITag timed out should
	 * not find it in use again. */
	for (unsigned int tries = 0; tries < VTD_ITAGS; tries++) {
		unsigned int number = (queue->next_itag + tries) % VTD_ITAGS;
		struct vtd_itag *itag = &queue->itag[number];

		if (itag->allocated)
			continue;
		*itag = (struct vtd_itag){ .allocated = true,
					   .request = *request };
		itag->request.itag = (uint8_t)number;
		queue->next_itag = number + 1;
		queue->outstanding++;
		vtd_unit_count(unit, VTD_COUNT_DEVICE_TLB_INVALIDATIONS);
		send(unit, itag, effects);
		return true;
	}
	return false;
}

bool vtd_device_tlb_resend(struct vtd_unit *unit, struct vtd_effects *effects)
{
	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		struct vtd_itag *itag = &unit->queue.itag[i];

		if (!itag->allocated || !itag->unsent)
			continue;
		if (!vtd_effects_room(effects, VTD_DEVICE_TLB_EFFECTS))
			return false;
		send(unit, itag, effects);
	}
	return true;
}

static void release(struct vtd_queue *queue, struct vtd_itag *itag)
{
	itag->allocated = false;
	queue->outstanding--;
}

/* Raise ICE or ITE; the first one since software cleared it leaves its SID. */
static void raise_error(struct vtd_unit *unit, uint32_t error,
			uint64_t sid_field, uint16_t sid,
			struct vtd_effects *effects)
{
	uint64_t record = vtd_reg_get_64(&unit->regs, VTD_REG_IQERCD);
	bool first = (vtd_reg_get_32(&unit->regs, VTD_REG_FSTS) & error) == 0;

	vtd_event_set_status(unit, VTD_EVENT_FAULT, error);
	if (!first)
		return;
	vtd_reg_set_64(&unit->regs, VTD_REG_IQERCD,
		       vtd_field_set(record, sid_field, sid));
	vtd_effects_trace(effects, "device-TLB invalidation of %04x: %s", sid,
			  error == VTD_FSTS_ITE ? "no completion (ITE)" :
						  "odd completion (ICE)");
}

/* SPEC 6.5.2.10: the ITag is free again, pending waits are aborted. */
static void time_out(struct vtd_unit *unit, struct vtd_itag *itag,
		     struct vtd_effects *effects)
{
	release(&unit->queue, itag);
	unit->queue.wait.pending = false;
	raise_error(unit, VTD_FSTS_ITE, VTD_IQERCD_ITESID, itag->request.sid,
		    effects);
}

void vtd_device_tlb_unsent(struct vtd_unit *unit, uint32_t itags,
			   struct vtd_effects *effects)
{
	for (unsigned int i = 0; i < VTD_ITAGS; i++)
		if ((itags & UINT32_C(1) << i) != 0 &&
		    unit->queue.itag[i].allocated)
			time_out(unit, &unit->queue.itag[i], effects);
}

static void complete(struct vtd_unit *unit, uint16_t sid, uint32_t itags,
		     unsigned int count)
{
	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		struct vtd_itag *itag = &unit->queue.itag[i];

		if ((itags & UINT32_C(1) << i) == 0 || !itag->allocated ||
		    itag->request.sid != sid)
			continue;
		if (++itag->completions >= count)
			release(&unit->queue, itag);
	}
}

/* The ITags among `itags` that this endpoint has no request for. */
static uint32_t unknown_itags(const struct vtd_queue *queue, uint16_t sid,
			      uint32_t itags)
{
	for (unsigned int i = 0; i < VTD_ITAGS; i++)
		if (queue->itag[i].allocated &&
		    queue->itag[i].request.sid == sid)
			itags &= ~(UINT32_C(1) << i);
	return itags;
}

void vtd_unit_device_tlb_complete(struct vtd_unit *unit, uint16_t sid,
				  uint32_t itags, unsigned int count)
{
	struct vtd_effects effects;
	uint32_t unknown;

	if (!unit->config.device_tlb)
		return;
	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	unknown = unknown_itags(&unit->queue, sid, itags);
	complete(unit, sid, itags, count);
	/* While translation is off the message is an Unsupported Request, even
	 * if it answers what was sent before a reset (SPEC 11.4.4.1). */
	if (unknown != 0 && vtd_unit_is_on(unit, VTD_GSTS_TES))
		raise_error(unit, VTD_FSTS_ICE, VTD_IQERCD_ICESID, sid,
			    &effects);
	vtd_unit_unlock_deliver(unit, &effects);
	vtd_queue_run(unit);
}

/* End what is overdue; returns the deadline of the next one, 0: none. */
static uint64_t expire(struct vtd_unit *unit, uint64_t now,
		       struct vtd_effects *effects)
{
	uint64_t next = 0;

	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		struct vtd_itag *itag = &unit->queue.itag[i];

		if (!itag->allocated || itag->deadline == 0)
			continue;
		if (itag->deadline <= now)
			time_out(unit, itag, effects);
		else if (next == 0 || itag->deadline < next)
			next = itag->deadline;
	}
	return next;
}

void vtd_unit_timer_expired(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;
	struct vtd_effects effects;
	uint64_t now;

	if (unit->ops.timer_set == NULL)
		return;
	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	now = unit->ops.clock(unit->host);
	queue->timer = expire(unit, now, &effects);
	if (queue->timer != 0)
		unit->ops.timer_set(unit->host, queue->timer - now);
	vtd_unit_unlock_deliver(unit, &effects);
	vtd_queue_run(unit);
}
