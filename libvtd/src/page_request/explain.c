/* SPDX-License-Identifier: BSD-3-Clause */
/* Explanations of page requests: path 3 up to the queue, with a log. */
#include <vtd/explain.h>

#include "page_request/ring.h"
#include "report/report.h"
#include "translate/requester.h"
#include "unit.h"

static struct vtd_fault look(struct vtd_unit *unit,
			     const struct vtd_page_request *request,
			     struct vtd_trail *trail)
{
	const struct vtd_requester_query query = {
		.requester = {
			.sid = request->sid,
			.pasid_present = request->pasid_present,
			.pasid = request->pasid,
		},
		.kind = VTD_KIND_PAGE_REQUEST,
		.trail = trail,
		.look_only = true,
	};
	struct vtd_iotlb_view view = {
		.iotlb = unit->iotlb,
		.look_only = true,
	};
	struct vtd_walk_config config;
	bool hit;

	if (!vtd_unit_is_on(unit, VTD_GSTS_TES))
		return (struct vtd_fault){ .condition = VTD_PROTOCOL_ERROR };
	if (unit->iotlb != NULL)
		return vtd_requester_cached(unit, &query, &config, &view);
	return vtd_requester_find(unit, &query, &config, &hit);
}

static void look_at_queue(struct vtd_unit *unit,
			  struct vtd_page_request_explanation *explanation)
{
	struct vtd_page_ring ring;

	vtd_unit_lock(unit);
	ring = vtd_page_ring_of(unit);
	explanation->overflowed =
		(vtd_reg_get_32(&unit->regs, VTD_REG_PRS) & VTD_PRS_PRO) != 0;
	vtd_unit_unlock(unit);
	explanation->capacity = (uint32_t)(ring.mask / VTD_PAGE_REQUEST_SIZE);
	explanation->waiting =
		(uint32_t)(((ring.tail - ring.head) & ring.mask) /
			   VTD_PAGE_REQUEST_SIZE);
	explanation->result = explanation->overflowed ||
					      explanation->waiting ==
						      explanation->capacity ?
				      VTD_PAGE_REQUEST_OVERFLOWED :
				      VTD_PAGE_REQUEST_QUEUED;
}

static void refuse(const struct vtd_unit *unit,
		   const struct vtd_page_request *request,
		   const struct vtd_fault *fault,
		   struct vtd_page_request_explanation *explanation)
{
	const struct vtd_fault_record record = vtd_fault_record_of_page_request(
		&unit->config, request, fault->condition);

	explanation->result = VTD_PAGE_REQUEST_REFUSED;
	explanation->recording =
		vtd_fault_recording(fault, VTD_KIND_PAGE_REQUEST);
	explanation->record[0] = record.low;
	explanation->record[1] = record.high | VTD_FRCD_HI_F;
}

void vtd_unit_page_request_explain(
	struct vtd_unit *unit, const struct vtd_page_request *request,
	struct vtd_page_request_explanation *explanation, struct vtd_step *step,
	size_t room)
{
	struct vtd_trail_log log = { .step = step, .room = room };
	struct vtd_trail trail;
	struct vtd_fault fault;

	*explanation = (struct vtd_page_request_explanation){
		.result = VTD_PAGE_REQUEST_UNSUPPORTED,
		.fault_step = VTD_STEP_NONE,
	};
	if (!unit->config.page_request)
		return;
	vtd_trail_begin(&trail, &log);
	fault = look(unit, request, &trail);
	explanation->condition = fault.condition;
	explanation->place = vtd_fault_place(&trail, fault.condition);
	explanation->steps = (uint32_t)log.count;
	explanation->fault_step =
		vtd_fault_step(&log, fault.condition, &explanation->place);
	look_at_queue(unit, explanation);
	if (fault.condition != VTD_CONDITION_NONE)
		refuse(unit, request, &fault, explanation);
}
