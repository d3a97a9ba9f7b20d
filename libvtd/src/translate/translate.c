/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Path 1 from one end to the other: looks until one is of one state of the unit, and
 * what is told and recorded of it.
 */
#include "translate/translate.h"

#include <vtd/spec/tables.h>

#include "lint.h"
#include "record/values.h"
#include "translate/path.h"
#include "translate/stale.h"

/* What a fault makes of the result. */
static void answer_fault(const struct vtd_path *path,
			 enum vtd_condition condition)
{
	struct vtd_translation *result = path->result;

	result->condition = condition;
	result->place = vtd_fault_place(path->trail, condition);
	switch (vtd_condition_row(condition)->answer[path->kind]) {
	case VTD_ANSWER_EFFECTIVE:
		return;
	case VTD_ANSWER_NO_ACCESS:
		break;
	case VTD_ANSWER_ABORT:
		result->status = VTD_STATUS_COMPLETER_ABORT;
		break;
	default:
		result->status = VTD_STATUS_UNSUPPORTED_REQUEST;
	}
	result->read = false;
	result->write = false;
	result->snoop = false;
	/* A device is told nothing of it: S=0 (PCIe ATS). */
	result->size_shift = vtd_path_asks_for_tables(path) ? path->extent :
							      VTD_PAGE_SHIFT;
}

/* Looks at a unit that is reset or loaded meanwhile; the last one is refused. */
#define TRIES_MAX 4

static struct vtd_fault look(struct vtd_path *path)
{
	struct vtd_fault fault;

	vtd_trail_begin(path->trail, path->log);
	path->epoch = vtd_epoch_now(path->unit, VTD_EPOCH_TRANSLATION);
	path->status = vtd_unit_status(path->unit);
	path->stale = false;
	path->extent = VTD_PAGE_SHIFT;
	vtd_iotlb_view_begin(&path->view);
	*path->result = (struct vtd_translation){
		.status = VTD_STATUS_SUCCESS,
		.address = path->request->address,
		.size_shift = VTD_PAGE_SHIFT,
		.privileged = path->request->pasid_present &&
			      path->request->privileged,
	};
	fault = vtd_path_follow(path);
	if (fault.condition != VTD_CONDITION_NONE)
		answer_fault(path, fault.condition);
	return fault;
}

static struct vtd_fault look_until_it_lasts(struct vtd_path *path)
{
	struct vtd_fault fault = look(path);

	for (int i = 1; i < TRIES_MAX && path->stale; i++)
		fault = look(path);
	return fault;
}

struct vtd_fault vtd_look(struct vtd_unit *unit,
			  const struct vtd_request *request,
			  enum vtd_look_kind kind, struct vtd_trail_log *log,
			  struct vtd_translation *result)
{
	bool probe = kind != VTD_LOOK_REQUEST;
	bool memory_only = probe && (log == NULL || log->bypassed);
	struct vtd_trail trail;
	struct vtd_path path = {
		.unit = unit,
		.request = request,
		.kind = vtd_request_kind(request),
		.probe = probe,
		.trail = &trail,
		.log = log,
		.view.iotlb = memory_only ? NULL : unit->iotlb,
		.view.look_only = kind == VTD_LOOK_ASIDE,
		.result = result,
	};

	return look_until_it_lasts(&path);
}

void vtd_translate_whole(struct vtd_unit *unit,
			 const struct vtd_request *request,
			 struct vtd_translation *result)
{
	struct vtd_epoch epoch;
	struct vtd_suspects suspects;
	struct vtd_trail trail;
	struct vtd_path path = {
		.unit = unit,
		.request = request,
		.kind = vtd_request_kind(request),
		.trail = &trail,
		.view.iotlb = unit->iotlb,
		.view.suspects = unit->config.check ? &suspects : NULL,
		.result = result,
	};
	struct vtd_dma_bracket walk;
	struct vtd_fault fault;
	struct vtd_fault_record record;

	vtd_record_request(unit->recorder, VTD_RECORD_TRANSLATE, request);
	epoch = vtd_epoch_now(unit, VTD_EPOCH_TRANSLATION);
	/* A walk writes to tables, and its fault is recorded: no wait completes
	 * before it has ended. */
	vtd_unit_bracket_begin(unit, &walk);
	fault = look_until_it_lasts(&path);
	if (vtd_fault_is_recorded(&fault, path.kind)) {
		record = vtd_fault_record_of_request(&unit->config, request,
						     fault.condition);
		record.place = result->place;
		vtd_fault_report(unit, &record, &epoch);
	}
	vtd_unit_bracket_end(unit, &walk);
	if (path.view.suspects != NULL && suspects.count > 0)
		vtd_stale_report(unit, request, result, &suspects);
	if (vtd_unit_lints(unit))
		vtd_lint_deliver(unit);
	vtd_record_translation(unit->recorder, VTD_RECORD_TRANSLATE, result);
}
