/* SPDX-License-Identifier: BSD-3-Clause */
/* The invalidation queue and the page request queue. */
#include <vtd/dump.h>

#include <vtd/spec/descriptors.h>

#include "page_request/ring.h"
#include "unit.h"

_Static_assert(VTD_DUMP_ITAGS == VTD_ITAGS, "ITags");
_Static_assert(VTD_DUMP_WAITS_MAX == VTD_WAITS, "waits");

static uint32_t itags_before(const struct vtd_queue *queue, uint64_t time)
{
	uint32_t itags = 0;

	for (unsigned int i = 0; i < VTD_ITAGS; i++)
		if (queue->itag[i].allocated && queue->itag[i].time < time)
			itags |= UINT32_C(1) << i;
	return itags;
}

static void copy_wait(const struct vtd_queue *queue,
		      const struct vtd_wait *wait, struct vtd_dump_wait *to)
{
	*to = (struct vtd_dump_wait){
		.interrupt = wait->interrupt,
		.write_status = wait->write_status,
		.fence = wait->fence,
		.drain = wait->page_drain || queue->drained < wait->drain,
		.status_data = wait->status_data,
		.status_address = wait->status_address,
		.itags = itags_before(queue, wait->time),
	};
}

static void copy_itag(const struct vtd_itag *itag, struct vtd_dump_itag *to)
{
	if (!itag->allocated)
		return;
	*to = (struct vtd_dump_itag){
		.outstanding = true,
		.unsent = itag->unsent,
		.completions = itag->completions,
		.deadline = itag->deadline,
		.request = itag->request,
	};
}

void vtd_unit_dump_queue(struct vtd_unit *unit, struct vtd_dump_queue *queue)
{
	const struct vtd_queue *from = &unit->queue;
	uint64_t iqa;

	vtd_unit_lock(unit);
	iqa = vtd_reg_get_64(&unit->regs, VTD_REG_IQA);
	*queue = (struct vtd_dump_queue){
		.on = vtd_unit_is_on(unit, (uint32_t)VTD_GSTS_QIES),
		.wide = (iqa & VTD_IQA_DW) != 0,
		.base = iqa & VTD_IQA_BASE,
		.size = UINT64_C(0x1000) << vtd_field_get(iqa, VTD_IQA_QS),
		.head = vtd_reg_get_64(&unit->regs, VTD_REG_IQH),
		.tail = vtd_reg_get_64(&unit->regs, VTD_REG_IQT),
		.waits = from->waits,
		.outstanding = from->outstanding,
	};
	for (unsigned int i = 0; i < from->waits; i++)
		copy_wait(from, &from->wait[i], &queue->wait[i]);
	for (unsigned int i = 0; i < VTD_ITAGS; i++)
		copy_itag(&from->itag[i], &queue->itag[i]);
	vtd_unit_unlock(unit);
}

static struct vtd_page_ring ring_of(struct vtd_unit *unit)
{
	struct vtd_page_ring ring;

	vtd_unit_lock(unit);
	ring = vtd_page_ring_of(unit);
	vtd_unit_unlock(unit);
	return ring;
}

static void decode(const uint64_t word[2], struct vtd_page_request *request)
{
	*request = (struct vtd_page_request){
		.sid = (uint16_t)vtd_field_get(word[0], VTD_PRD0_RID),
		.pasid_present = (word[0] & VTD_PRD0_PP) != 0,
		.pasid = (uint32_t)vtd_field_get(word[0], VTD_PRD0_PASID),
		.privileged = (word[0] & VTD_PRD0_PMR) != 0,
		.execute = (word[0] & VTD_PRD0_EXR) != 0,
		.read = (word[1] & VTD_PRD1_RDR) != 0,
		.write = (word[1] & VTD_PRD1_WRR) != 0,
		.last = (word[1] & VTD_PRD1_LPIG) != 0,
		.prgi = (uint16_t)vtd_field_get(word[1], VTD_PRD1_PRGI),
		.address = word[1] & VTD_PRD1_ADDRESS,
	};
}

size_t vtd_unit_dump_page_requests(struct vtd_unit *unit, uint32_t *cursor,
				   struct vtd_page_request *list, size_t room)
{
	const struct vtd_page_ring ring = ring_of(unit);
	uint64_t waiting =
		((ring.tail - ring.head) & ring.mask) / VTD_PAGE_REQUEST_SIZE;
	size_t count = 0;

	while (*cursor < waiting && count < room) {
		uint64_t at = (ring.head +
			       (uint64_t)*cursor * VTD_PAGE_REQUEST_SIZE) &
			      ring.mask;
		uint64_t word[2];

		if (!vtd_mem_read(&unit->mem, ring.base + at, word, 2))
			break;
		decode(word, &list[count++]);
		(*cursor)++;
	}
	if (count < room)
		*cursor = VTD_DUMP_END;
	return count;
}
