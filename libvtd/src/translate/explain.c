/* SPDX-License-Identifier: BSD-3-Clause */
/* Explanations of requests: path 1 with a log (vtd/explain.h). */
#include <vtd/explain.h>

#include <vtd/spec/regs.h>

#include "translate/translate.h"
#include "unit.h"

/* What is refused has no rights. */
static bool is_mapped(const struct vtd_translation *result)
{
	return result->read || result->write;
}

static bool is_same(const struct vtd_translation *a,
		    const struct vtd_translation *b)
{
	return a->condition == b->condition && a->read == b->read &&
	       a->write == b->write &&
	       (!is_mapped(a) || a->address == b->address);
}

/* Where entries are cached by themselves: the way through memory, in what room
 * there is left. */
static void
look_at_memory(struct vtd_unit *unit, const struct vtd_request *request,
	       struct vtd_trail_log *log, struct vtd_explanation *explanation)
{
	size_t used = log->count < log->room ? log->count : log->room;
	struct vtd_trail_log memory = {
		.step = used != 0 ? log->step + used : log->step,
		.room = log->room - used,
		.bypassed = true,
	};

	vtd_look(unit, request, VTD_LOOK_ASIDE, &memory, &explanation->memory);
	log->count += memory.count;
	log->stale = !is_same(&explanation->result, &explanation->memory);
}

void vtd_unit_explain(struct vtd_unit *unit, const struct vtd_request *request,
		      struct vtd_explanation *explanation,
		      struct vtd_step *step, size_t room)
{
	struct vtd_trail_log log = { .step = step, .room = room };
	struct vtd_fault fault;
	struct vtd_fault_record record;

	*explanation = (struct vtd_explanation){ .steps = 0 };
	fault = vtd_look(unit, request, VTD_LOOK_ASIDE, &log,
			 &explanation->result);
	explanation->fault_step = vtd_fault_step(&log, fault.condition,
						 &explanation->result.place);
	explanation->memory = explanation->result;
	if (log.cached && unit->iotlb != NULL)
		look_at_memory(unit, request, &log, explanation);
	explanation->cached = log.cached;
	explanation->stale = log.stale;
	explanation->steps = (uint32_t)log.count;
	if (fault.condition == VTD_CONDITION_NONE)
		return;
	record = vtd_fault_record_of_request(&unit->config, request,
					     fault.condition);
	explanation->recording =
		vtd_fault_recording(&fault, vtd_request_kind(request));
	explanation->record[0] = record.low;
	explanation->record[1] = record.high | VTD_FRCD_HI_F;
}
