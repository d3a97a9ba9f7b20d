/* SPDX-License-Identifier: BSD-3-Clause */
#include "record/values.h"

#define BIT(on, bit) vtd_record_bit(on, bit)

void vtd_values_of_invalidation(
	struct vtd_values *values,
	const struct vtd_device_tlb_invalidation *request)
{
	*values = (struct vtd_values){
		.count = 7,
		.value = {
			request->sid,
			request->itag,
			BIT(request->pasid_present, 0) | BIT(request->global, 1),
			request->pasid,
			request->first,
			request->last,
			request->pfsid,
		},
	};
}

void vtd_values_of_response(struct vtd_values *values,
			    const struct vtd_page_group_response *response)
{
	*values = (struct vtd_values){
		.count = 5,
		.value = {
			response->sid,
			BIT(response->pasid_present, 0),
			response->pasid,
			response->prgi,
			response->code,
		},
	};
}

void vtd_values_of_mappings(struct vtd_values *values,
			    const struct vtd_mappings_changed *change)
{
	*values = (struct vtd_values){
		.count = 9,
		.value = {
			vtd_record_phase(change->ticket.value),
			change->scope,
			change->sid,
			change->sid_mask,
			change->did,
			BIT(change->pasid_present, 0),
			change->pasid,
			change->first,
			change->last,
		},
	};
}

void vtd_values_of_interrupts(struct vtd_values *values,
			      const struct vtd_interrupts_changed *change)
{
	*values = (struct vtd_values){
		.count = 3,
		.value = {
			vtd_record_phase(change->ticket.value),
			change->first,
			change->last,
		},
	};
}

static void add(struct vtd_values *values, uint64_t value)
{
	values->value[values->count++] = value;
}

static void add_request(struct vtd_values *values,
			const struct vtd_request *request)
{
	add(values, request->sid);
	add(values, request->type);
	add(values, request->access);
	add(values,
	    BIT(request->pasid_present, 0) | BIT(request->privileged, 1) |
		    BIT(request->execute, 2) | BIT(request->no_write, 3));
	add(values, request->pasid);
	add(values, request->address);
	add(values, request->length);
}

static void add_translation(struct vtd_values *values,
			    const struct vtd_translation *result)
{
	/* The address of an answer without rights is no one's. */
	bool leads = result->status == VTD_STATUS_SUCCESS &&
		     (result->read || result->write);

	add(values, result->status);
	add(values, BIT(result->read, 0) | BIT(result->write, 1) |
			    BIT(result->untranslated_only, 2) |
			    BIT(result->privileged, 3) | BIT(result->snoop, 4));
	add(values, result->size_shift);
	add(values, leads ? result->address : 0);
	add(values, result->condition);
}

void vtd_values_of_stale_use(struct vtd_values *values,
			     const struct vtd_stale_use *use)
{
	values->count = 0;
	add(values, use->cache);
	add(values, use->did);
	add(values, use->pasid);
	add(values, use->uses);
	add(values, use->waits);
	add(values, use->near_count);
	add_request(values, &use->request);
	add_translation(values, &use->used);
	add_translation(values, &use->memory);
}

void vtd_values_of_lint(struct vtd_values *values,
			const struct vtd_lint_report *report)
{
	values->count = 0;
	add(values, report->lint);
	add(values, report->sid);
	add(values, report->pasid);
	add(values, report->address);
	add(values, report->value);
	add(values, report->count);
}

void vtd_record_request(struct vtd_record_state *state,
			enum vtd_record_kind kind,
			const struct vtd_request *request)
{
	struct vtd_values values = { .count = 0 };

	if (state == NULL)
		return;
	add_request(&values, request);
	vtd_record_call(state, kind, values.value, values.count);
}

void vtd_record_device_tlb_used(struct vtd_record_state *state,
				const struct vtd_request *request,
				const struct vtd_translation *used)
{
	struct vtd_values values = { .count = 0 };

	if (state == NULL)
		return;
	add_request(&values, request);
	add_translation(&values, used);
	/* Here the address says what was used, whatever the rights. */
	values.value[10] = used->address;
	vtd_record_call(state, VTD_RECORD_DEVICE_TLB_USED, values.value,
			values.count);
}

void vtd_record_translation(struct vtd_record_state *state,
			    enum vtd_record_kind kind,
			    const struct vtd_translation *result)
{
	struct vtd_values values = { .count = 0 };

	if (state == NULL)
		return;
	add_translation(&values, result);
	vtd_record_return(state, kind, values.value, values.count);
}

void vtd_record_requester_info(struct vtd_record_state *state,
			       const struct vtd_requester_info *info)
{
	VTD_RECORDER_RETURN(state, VTD_RECORD_REQUESTER, info->state,
			    info->condition, info->did,
			    BIT(info->legacy, 0) |
				    BIT(info->translation_requests, 1) |
				    BIT(info->page_requests, 2),
			    info->pasid, info->first_stage_levels,
			    info->second_stage_levels, info->first_stage_root,
			    info->second_stage_root);
}

void vtd_record_page_request(struct vtd_record_state *state,
			     const struct vtd_page_request *request)
{
	VTD_RECORDER_CALL(
		state, VTD_RECORD_PAGE_REQUEST, request->sid,
		BIT(request->pasid_present, 0) | BIT(request->privileged, 1) |
			BIT(request->execute, 2) | BIT(request->read, 3) |
			BIT(request->write, 4) | BIT(request->last, 5) |
			BIT(request->no_response, 6),
		request->pasid, request->prgi, request->address);
}

void vtd_record_interrupt_request(struct vtd_record_state *state,
				  enum vtd_record_kind kind,
				  const struct vtd_interrupt_request *request)
{
	VTD_RECORDER_CALL(state, kind, request->sid,
			  BIT(request->sid_unknown, 0), request->address,
			  request->data);
}

void vtd_record_interrupt(struct vtd_record_state *state,
			  enum vtd_record_kind kind,
			  const struct vtd_interrupt *result)
{
	VTD_RECORDER_RETURN(state, kind,
			    BIT(result->blocked, 0) | BIT(result->posted, 1) |
				    BIT(result->notify, 2) |
				    BIT(result->level, 3),
			    result->address, result->data, result->condition);
}
