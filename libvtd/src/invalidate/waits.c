/* SPDX-License-Identifier: BSD-3-Clause */
#include "invalidate/waits.h"

#include <inttypes.h>
#include <string.h>

#include "invalidate/caches.h"
#include "invalidate/descriptor_lint.h"
#include "report/report.h"
#include "unit.h"

bool vtd_waits_add(struct vtd_queue *queue, const struct vtd_wait *wait)
{
	struct vtd_wait *added = &queue->wait[queue->waits];

	if (queue->waits == VTD_WAITS)
		return false;
	queue->waits++;
	*added = *wait;
	added->time = ++queue->time;
	added->drain = queue->changed;
	return true;
}

static bool is_answered(const struct vtd_queue *queue, uint64_t time)
{
	if (queue->outstanding == 0)
		return true;
	for (unsigned int i = 0; i < VTD_ITAGS; i++)
		if (queue->itag[i].allocated && queue->itag[i].time < time)
			return false;
	return true;
}

/* There is one drain at a time; one that began too early is followed by
 * another. */
bool vtd_queue_is_drained(struct vtd_unit *unit, uint64_t time)
{
	struct vtd_queue *queue = &unit->queue;

	for (;;) {
		if (queue->drained >= time)
			return true;
		if (!vtd_dma_drain_is_over(&unit->drain))
			return false;
		queue->drained = queue->drain_begun;
		if (queue->drained >= time)
			return true;
		vtd_dma_drain_start(&unit->drain);
		queue->drain_begun = ++queue->time;
	}
}

bool vtd_waits_first_is_over(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;
	struct vtd_wait *wait = &queue->wait[0];

	if (queue->waits == 0 || !is_answered(queue, wait->time))
		return false;
	/* Page requests that endpoints sent before they answered are received:
	 * those that are being accepted right now are the last ones. */
	if (wait->page_drain)
		wait->drain = ++queue->time;
	wait->page_drain = false;
	return vtd_queue_is_drained(unit, wait->drain);
}

/* SPEC 6.5.2.8: the status write comes before the interrupt. */
void vtd_waits_complete_first(struct vtd_unit *unit,
			      struct vtd_effects *effects)
{
	struct vtd_queue *queue = &unit->queue;
	const struct vtd_wait wait = queue->wait[0];
	bool written = true;

	queue->waits--;
	memmove(&queue->wait[0], &queue->wait[1],
		queue->waits * sizeof(queue->wait[0]));
	vtd_note_wait(unit);
	if (wait.write_status)
		written = vtd_mem_write_32(&unit->mem, wait.status_address,
					   wait.status_data);
	if (wait.interrupt)
		vtd_event_set_status(unit, VTD_EVENT_INVALIDATION, VTD_ICS_IWC);
	/* There is no fault condition for this. */
	if (!written && vtd_unit_lints(unit))
		vtd_lint_status(unit, wait.status_address);
	if (!written)
		vtd_effects_trace(effects,
				  "wait status at %" PRIx64 ": not RAM",
				  wait.status_address);
}

bool vtd_waits_fence(const struct vtd_queue *queue)
{
	return queue->waits > 0 && queue->wait[queue->waits - 1].fence;
}
