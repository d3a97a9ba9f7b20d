/* SPDX-License-Identifier: BSD-3-Clause */
#include "invalidate/device_tlb.h"

#include "invalidate/timer.h"
#include "report/report.h"
#include "unit.h"

void vtd_device_tlb_range(struct vtd_device_tlb_invalidation *request,
			  uint64_t address, bool size_bit)
{
	uint64_t low_bits = 0xfff;

	/* The lowest 0 bit from bit 12 up says the size: with every bit that is
	 * 1 below it the range doubles once more. */
	if (size_bit) {
		uint64_t ones = address | low_bits;

		low_bits = ones ^ (ones + 1);
	}
	request->first = address & ~low_bits;
	request->last = address | low_bits;
}

static void send(struct vtd_unit *unit, struct vtd_itag *itag,
		 struct vtd_effects *effects)
{
	itag->unsent = false;
	/* One that is sent again has no more time for that. */
	if (unit->ops.timer_set != NULL && itag->deadline == 0)
		itag->deadline = vtd_timer_deadline(
			unit, itag->time_left != 0 ?
				      itag->time_left :
				      unit->config.device_tlb_timeout);
	vtd_timer_arm(unit, itag->deadline);
	vtd_effects_add(effects, VTD_EFFECT_DEVICE_TLB_INVALIDATE)
		->u.invalidation = itag->request;
}

/* The completion of an old request is not awaited for ever. */
static bool is_owed(struct vtd_unit *unit, struct vtd_itag *itag)
{
	if (vtd_timer_has_passed(unit, itag->deadline))
		itag->owed = false;
	return itag->owed;
}

/*
 * Round robin, without those that are owed.  If there are no others, the one
 * that has been for longest.  NULL: all are allocated.
 */
static struct vtd_itag *find_free(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;
	struct vtd_itag *oldest = NULL;

	for (unsigned int tries = 0; tries < VTD_ITAGS; tries++) {
		struct vtd_itag *itag =
			&queue->itag[(queue->next_itag + tries) % VTD_ITAGS];

		if (itag->allocated)
			continue;
		if (!is_owed(unit, itag))
			return itag;
		if (oldest == NULL || itag->time < oldest->time)
			oldest = itag;
	}
	return oldest;
}

/* Put a request under a free ITag; NULL: there is none. */
static struct vtd_itag *
allocate(struct vtd_unit *unit,
	 const struct vtd_device_tlb_invalidation *request)
{
	struct vtd_queue *queue = &unit->queue;
	struct vtd_itag *itag = find_free(unit);
	uint8_t replaced;

	if (itag == NULL)
		return NULL;
	replaced = itag->replaced;
	if (itag->forgotten && replaced < UINT8_MAX)
		replaced++;
	*itag = (struct vtd_itag){ .allocated = true,
				   .replaced = replaced,
				   .time = ++queue->time,
				   .request = *request };
	itag->request.itag = (uint8_t)(itag - queue->itag);
	queue->next_itag = itag->request.itag + 1u;
	queue->outstanding++;
	return itag;
}

bool vtd_device_tlb_send(struct vtd_unit *unit,
			 const struct vtd_device_tlb_invalidation *request,
			 struct vtd_effects *effects)
{
	struct vtd_itag *itag = allocate(unit, request);

	if (itag == NULL)
		return false;
	vtd_unit_count_locked(unit, VTD_COUNT_DEVICE_TLB_INVALIDATIONS, 1);
	send(unit, itag, effects);
	return true;
}

void vtd_device_tlb_restore(struct vtd_unit *unit,
			    const struct vtd_device_tlb_invalidation *request,
			    uint64_t time_left)
{
	const uint64_t most = unit->config.device_tlb_timeout;
	struct vtd_itag *itag = allocate(unit, request);

	itag->unsent = true;
	itag->time_left = time_left < most ? time_left : most;
	unit->queue.unsent = true;
}

uint64_t vtd_device_tlb_time_left(struct vtd_unit *unit,
				  const struct vtd_itag *itag)
{
	uint64_t now;

	if (itag->deadline == 0)
		return itag->time_left;
	now = unit->ops.clock(unit->host);
	return itag->deadline > now ? itag->deadline - now : 1;
}

/* Whether an endpoint that was too busy is left alone for now. */
static bool is_in_retreat(struct vtd_unit *unit, const struct vtd_itag *itag)
{
	return itag->retry != 0 && !vtd_timer_has_passed(unit, itag->retry);
}

/* The first request that is to be sent again; NULL: there is none.  Notes whether
 * there will be. */
static struct vtd_itag *first_unsent(struct vtd_unit *unit)
{
	struct vtd_itag *first = NULL;

	unit->queue.unsent = false;
	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		struct vtd_itag *itag = &unit->queue.itag[i];

		if (!itag->allocated || !itag->unsent)
			continue;
		unit->queue.unsent = true;
		if ((first == NULL || itag->time < first->time) &&
		    !is_in_retreat(unit, itag))
			first = itag;
	}
	return first;
}

bool vtd_device_tlb_resend(struct vtd_unit *unit, struct vtd_effects *effects)
{
	struct vtd_itag *itag;

	while (unit->queue.unsent && (itag = first_unsent(unit)) != NULL) {
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

/* How long a busy endpoint is left alone. */
static uint64_t retry_interval(const struct vtd_config *config)
{
	const uint64_t millisecond = 1000 * 1000;
	uint64_t share = config->device_tlb_timeout / 16 + 1;

	return share < millisecond ? share : millisecond;
}

/* The first of a set that is not empty. */
static struct vtd_itag *lowest(struct vtd_unit *unit, uint32_t itags)
{
	return &unit->queue.itag[__builtin_ctz(itags)];
}

void vtd_device_tlb_busy(struct vtd_unit *unit, uint32_t itags)
{
	for (; itags != 0; itags &= itags - 1) {
		struct vtd_itag *itag = lowest(unit, itags);

		if (!itag->allocated)
			continue;
		unit->queue.unsent = true;
		itag->unsent = true;
		itag->retry =
			vtd_timer_deadline(unit, retry_interval(&unit->config));
		vtd_timer_arm(unit, itag->retry);
	}
}

/* Release an ITag whose request may still be answered. */
static void owe(struct vtd_unit *unit, struct vtd_itag *itag)
{
	release(&unit->queue, itag);
	itag->owed = true;
	itag->deadline =
		vtd_timer_deadline(unit, unit->config.device_tlb_timeout);
}

/* One that was never sent is not answered either. */
static void give_up(struct vtd_unit *unit, struct vtd_itag *itag)
{
	if (itag->unsent)
		release(&unit->queue, itag);
	else
		owe(unit, itag);
}

void vtd_device_tlb_stop(struct vtd_unit *unit)
{
	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		struct vtd_itag *itag = &unit->queue.itag[i];

		if (itag->allocated)
			give_up(unit, itag);
		itag->forgotten = itag->forgotten || itag->owed;
	}
}

/* Raise ICE or ITE; the first one since software cleared it leaves its SID. */
static void raise_error(struct vtd_unit *unit, uint32_t error,
			uint64_t sid_field, uint16_t sid,
			struct vtd_effects *effects)
{
	uint64_t record = vtd_reg_get_64(&unit->regs, VTD_REG_IQERCD);
	bool first = (vtd_reg_get_32(&unit->regs, VTD_REG_FSTS) & error) == 0;

	/* The record is there when the event comes. */
	if (first)
		vtd_reg_set_64(&unit->regs, VTD_REG_IQERCD,
			       vtd_field_set(record, sid_field, sid));
	vtd_event_set_status(unit, VTD_EVENT_FAULT, error);
	if (!first)
		return;
	vtd_effects_trace(effects, "device-TLB invalidation of %04x: %s", sid,
			  error == VTD_FSTS_ITE ? "no completion (ITE)" :
						  "odd completion (ICE)");
}

/* SPEC 6.5.2.10: the ITag is free again, pending waits are aborted. */
static void abort_waits(struct vtd_unit *unit, const struct vtd_itag *itag,
			struct vtd_effects *effects)
{
	unit->queue.waits = 0;
	raise_error(unit, VTD_FSTS_ITE, VTD_IQERCD_ITESID, itag->request.sid,
		    effects);
}

void vtd_device_tlb_unsent(struct vtd_unit *unit, uint32_t itags,
			   struct vtd_effects *effects)
{
	for (; itags != 0; itags &= itags - 1) {
		struct vtd_itag *itag = lowest(unit, itags);

		if (!itag->allocated)
			continue;
		release(&unit->queue, itag);
		abort_waits(unit, itag, effects);
	}
}

static void complete_replaced(struct vtd_itag *itag, unsigned int count)
{
	if (++itag->replaced_completions < count)
		return;
	itag->replaced_completions = 0;
	itag->replaced--;
}

/*
 * While translation is off the message is an Unsupported Request (SPEC
 * 11.4.4.1): it ends nothing, but what it answers is not awaited any more if it
 * was sent before a reset or timed out.  What is to be sent again is answered by no
 * message of before.
 */
static void complete(struct vtd_unit *unit, uint16_t sid, uint32_t itags,
		     unsigned int count)
{
	bool accepted = vtd_unit_is_on(unit, VTD_GSTS_TES);

	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		struct vtd_itag *itag = &unit->queue.itag[i];

		if ((itags & UINT32_C(1) << i) == 0)
			continue;
		if (itag->replaced > 0 && itag->request.sid != sid) {
			complete_replaced(itag, count);
			continue;
		}
		if (itag->request.sid != sid ||
		    !(itag->allocated ? accepted && !itag->unsent :
					itag->owed || itag->forgotten))
			continue;
		if (++itag->completions < count)
			continue;
		if (itag->allocated)
			release(&unit->queue, itag);
		itag->owed = false;
		itag->forgotten = false;
	}
}

/* The ITags among `itags` that this endpoint has no request for.  Software of
 * after a stop knows nothing of the requests before it. */
static uint32_t unknown_itags(const struct vtd_queue *queue, uint16_t sid,
			      uint32_t itags)
{
	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		const struct vtd_itag *itag = &queue->itag[i];

		if (itag->replaced > 0 ||
		    ((itag->allocated || itag->forgotten) &&
		     itag->request.sid == sid))
			itags &= ~(UINT32_C(1) << i);
	}
	return itags;
}

static void completed(struct vtd_unit *unit, uint16_t sid, uint32_t itags,
		      unsigned int count)
{
	struct vtd_effects effects;
	uint32_t unknown;

	if (!unit->config.device_tlb)
		return;
	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	unknown = unknown_itags(&unit->queue, sid, itags);
	complete(unit, sid, itags, count);
	if (unknown != 0 && vtd_unit_is_on(unit, VTD_GSTS_TES))
		raise_error(unit, VTD_FSTS_ICE, VTD_IQERCD_ICESID, sid,
			    &effects);
	vtd_unit_deliver_any(unit, &effects);
	vtd_queue_run(unit, VTD_WORK_GUEST);
	vtd_unit_unlock(unit);
}

void vtd_unit_device_tlb_complete(struct vtd_unit *unit, uint16_t sid,
				  uint32_t itags, unsigned int count)
{
	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_DEVICE_TLB_COMPLETE, sid,
			  itags, count);
	completed(unit, sid, itags, count);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_DEVICE_TLB_COMPLETE);
}

/* When the timer is to look at a request again. */
static uint64_t next_look(struct vtd_unit *unit, const struct vtd_itag *itag)
{
	if (is_in_retreat(unit, itag) && itag->retry < itag->deadline)
		return itag->retry;
	return itag->deadline;
}

uint64_t vtd_device_tlb_expire(struct vtd_unit *unit,
			       struct vtd_effects *effects)
{
	uint64_t next = 0;
	uint64_t look;

	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		struct vtd_itag *itag = &unit->queue.itag[i];

		if (!itag->allocated || itag->deadline == 0)
			continue;
		if (!vtd_timer_has_passed(unit, itag->deadline)) {
			look = next_look(unit, itag);
			if (next == 0 || look < next)
				next = look;
			continue;
		}
		give_up(unit, itag);
		abort_waits(unit, itag, effects);
	}
	return next;
}
