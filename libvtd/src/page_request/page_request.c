/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Path 3: page request -> queue -> event.  SPEC 7.4, 7.5.
 *
 * An accepted request first drops cached translations of its page (SPEC 7.4.1):
 * where tables are walked live there are none.
 */
#include <vtd/spec/descriptors.h>

#include "lint.h"
#include "page_request/ring.h"
#include "report/report.h"
#include "record/values.h"
#include "translate/translate.h"
#include "unit.h"

/* Answer the last request of a group in software's place. */
static void respond(struct vtd_unit *unit,
		    const struct vtd_page_request *request,
		    enum vtd_response_code code, struct vtd_effects *effects)
{
	bool stop_marker = request->pasid_present && !request->read &&
			   !request->write;

	if (!request->last || stop_marker || request->no_response)
		return;
	vtd_unit_count_locked(unit, VTD_COUNT_AUTO_RESPONSES, 1);
	vtd_effects_add(effects, VTD_EFFECT_PAGE_GROUP_RESPONSE)->u.response =
		(struct vtd_page_group_response){
			.sid = request->sid,
			.pasid_present = request->pasid_present,
			.pasid = request->pasid,
			.prgi = request->prgi,
			.code = (uint8_t)code,
		};
}

static uint64_t bit_if(bool on, uint64_t bit)
{
	return on ? bit : 0;
}

static bool write_descriptor(struct vtd_unit *unit, uint64_t address,
			     const struct vtd_page_request *request)
{
	uint64_t words[VTD_PAGE_REQUEST_SIZE / 8] = {
		vtd_field_make(VTD_PRD0_TYPE, VTD_PRD_TYPE_PAGE_REQUEST) |
			vtd_field_make(VTD_PRD0_RID, request->sid),
		bit_if(request->read, VTD_PRD1_RDR) |
			bit_if(request->write, VTD_PRD1_WRR) |
			bit_if(request->last, VTD_PRD1_LPIG) |
			vtd_field_make(VTD_PRD1_PRGI, request->prgi) |
			(request->address & VTD_PRD1_ADDRESS),
	};

	if (request->pasid_present)
		words[0] |= VTD_PRD0_PP |
			    vtd_field_make(VTD_PRD0_PASID, request->pasid) |
			    bit_if(request->execute && request->read,
				   VTD_PRD0_EXR) |
			    bit_if(request->privileged, VTD_PRD0_PMR);
	return vtd_mem_write(&unit->mem, address, words,
			     VTD_PAGE_REQUEST_SIZE / 8);
}

/*
 * Put the request in the queue.  False: there is no room, or the queue is not
 * in RAM and so has room for nothing.
 */
static bool enqueue(struct vtd_unit *unit,
		    const struct vtd_page_request *request)
{
	const struct vtd_page_ring ring = vtd_page_ring_of(unit);
	uint64_t next = (ring.tail + VTD_PAGE_REQUEST_SIZE) & ring.mask;

	if (next == ring.head ||
	    !write_descriptor(unit, ring.base + ring.tail, request))
		return false;
	vtd_reg_set_64(&unit->regs, VTD_REG_PQT, next);
	return true;
}

/* Software has to answer the group. */
static void note_group(struct vtd_unit *unit,
		       const struct vtd_page_request *request,
		       const struct vtd_walk_config *config)
{
	struct vtd_lint_state *lint = unit->lint;

	if (lint == NULL || !request->last)
		return;
	lint->group[lint->next_group++ % VTD_LINT_GROUPS] =
		(struct vtd_lint_group){
			.open = true,
			.pasid_present = request->pasid_present,
			.sid = request->sid,
			.prgi = request->prgi,
			.did = config->did,
			.pasid = request->pasid,
			.of_pasid = config->pasid,
		};
}

/* The implicit invalidation.  Nested translations have no address that the second
 * stage's invalidation goes by: the domain goes. */
static void drop_page(struct vtd_unit *unit, uint64_t address,
		      const struct vtd_walk_config *config)
{
	struct vtd_invalidation request = {
		.kind = config->kind == VTD_WALK_FIRST_STAGE ?
				VTD_INVALIDATION_PASID_IOTLB :
				VTD_INVALIDATION_IOTLB,
		.pages = config->kind != VTD_WALK_NESTED,
		.change = {
			.scope = VTD_CHANGE_RANGE,
			.did = config->did,
			.pasid_present = config->kind == VTD_WALK_FIRST_STAGE,
			.pasid = config->pasid,
			.first = address & VTD_PRD1_ADDRESS,
			.last = address | ~VTD_PRD1_ADDRESS,
		},
	};

	if (unit->iotlb != NULL)
		vtd_iotlb_invalidate(unit->iotlb, &request);
}

/* SPEC 7.4.1: what becomes of a request whose tables are in order. */
static enum vtd_page_request_result
accept(struct vtd_unit *unit, const struct vtd_page_request *request,
       const struct vtd_walk_config *config, struct vtd_effects *effects)
{
	bool overflowed =
		(vtd_reg_get_32(&unit->regs, VTD_REG_PRS) & VTD_PRS_PRO) != 0;

	drop_page(unit, request->address, config);
	if (!overflowed && enqueue(unit, request)) {
		vtd_unit_count_locked(unit, VTD_COUNT_PAGE_REQUESTS, 1);
		note_group(unit, request, config);
		vtd_event_set_status(unit, VTD_EVENT_PAGE_REQUEST, VTD_PRS_PPR);
		return VTD_PAGE_REQUEST_QUEUED;
	}
	if (!overflowed)
		vtd_event_set_status(unit, VTD_EVENT_PAGE_REQUEST, VTD_PRS_PRO);
	/* Success makes the endpoint translate again, and ask again. */
	respond(unit, request, VTD_RESPONSE_SUCCESS, effects);
	return VTD_PAGE_REQUEST_OVERFLOWED;
}

static enum vtd_page_request_result
refuse(struct vtd_unit *unit, const struct vtd_page_request *request,
       const struct vtd_fault *fault, struct vtd_trail *trail,
       struct vtd_effects *effects)
{
	if (vtd_fault_is_recorded(fault, VTD_KIND_PAGE_REQUEST)) {
		struct vtd_fault_record record =
			vtd_fault_record_of_page_request(&unit->config, request,
							 fault->condition);

		record.place = vtd_fault_place(trail, fault->condition);
		vtd_fault_store(unit, &record, effects);
	}
	respond(unit, request, VTD_RESPONSE_INVALID, effects);
	return VTD_PAGE_REQUEST_REFUSED;
}

static enum vtd_page_request_result take(struct vtd_unit *unit,
					 const struct vtd_page_request *request)
{
	struct vtd_trail trail;
	const struct vtd_requester_query query = {
		.requester = {
			.sid = request->sid,
			.pasid_present = request->pasid_present,
			.pasid = request->pasid,
		},
		.kind = VTD_KIND_PAGE_REQUEST,
		.trail = &trail,
	};
	const struct vtd_fault off = { .condition = VTD_PROTOCOL_ERROR };
	const struct vtd_epoch epoch =
		vtd_epoch_now(unit, VTD_EPOCH_TRANSLATION);
	/* While translation is off there is no context that allows it. */
	struct vtd_fault fault = off;
	struct vtd_dma_bracket bracket;
	struct vtd_walk_config config;
	enum vtd_page_request_result result;
	struct vtd_effects effects;

	/* Nothing here understands the message (PCIe: Unsupported Request). */
	if (!unit->config.page_request)
		return VTD_PAGE_REQUEST_UNSUPPORTED;
	/* No wait completes between the look-up and the queue or the answer. */
	vtd_unit_bracket_begin(unit, &bracket);
	vtd_trail_begin(&trail, NULL);
	if (vtd_unit_is_on(unit, VTD_GSTS_TES))
		fault = vtd_requester_lookup(unit, &query, &config);
	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	if (!vtd_epoch_lasts(unit, &epoch))
		fault = off;
	if (fault.condition == VTD_CONDITION_NONE)
		result = accept(unit, request, &config, &effects);
	else
		result = refuse(unit, request, &fault, &trail, &effects);
	vtd_unit_deliver_any(unit, &effects);
	vtd_unit_unlock(unit);
	/* Only now: the response precedes a wait that drains page requests. */
	vtd_unit_bracket_end(unit, &bracket);
	return result;
}

enum vtd_page_request_result
vtd_unit_page_request(struct vtd_unit *unit,
		      const struct vtd_page_request *request)
{
	enum vtd_page_request_result result;

	vtd_record_page_request(unit->recorder, request);
	result = take(unit, request);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_PAGE_REQUEST, result);
	return result;
}
