/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Path 1 from one end to the other, in the order of SPEC 3.4 and 7.1: protocol,
 * interrupt range, requester, privilege, walk, answer.
 */
#include "translate/translate.h"

#include <vtd/spec/tables.h>

#include "lint.h"
#include "record/values.h"
#include "translate/address_range.h"
#include "translate/decode.h"
#include "translate/iotlb_lookup.h"
#include "translate/requester.h"
#include "translate/stale.h"
#include "translate/walk.h"
#include "unit.h"

/* A request on its way. */
struct path {
	struct vtd_unit *unit;
	const struct vtd_request *request;
	enum vtd_request_kind kind;
	bool probe; /* leave no trace */
	struct vtd_trail *trail;
	struct vtd_trail_log *log; /* for an explanation; else NULL */
	struct vtd_epoch epoch;
	/* The unit was reset or loaded, or translation went off, before all was
	 * known of the requester: that is not to be used. */
	bool stale;
	/* GSTS as it was when the request came: what was let in with translation
	 * on must not pass as if it were off. */
	uint32_t status;
	struct vtd_iotlb_view view; /* to look into and to fill, if any */
	struct vtd_walk_config config;
	struct vtd_translation *result;
	unsigned int extent; /* a fault is that of 2^extent bytes around */
};

#define EXTENT_ALL 63 /* whatever the address */

static bool is_on(const struct path *path, uint64_t status)
{
	return (path->status & status) != 0;
}

/* NW of a translation request, if this unit looks at it. */
static bool no_write(const struct path *path)
{
	return path->request->no_write && path->unit->config.no_write_flag;
}

/* Refused before remapping has a say: PCIe ATS, SPEC 4.1 and 11.4.4.1. */
static bool is_protocol_error(const struct path *path)
{
	const struct vtd_request *request = path->request;

	if (request->type == VTD_AT_UNTRANSLATED)
		return false;
	if (request->type != VTD_AT_TRANSLATION &&
	    request->type != VTD_AT_TRANSLATED)
		return true;
	/* No PASIDs in translated requests (PTRS). */
	if (request->type == VTD_AT_TRANSLATED && request->pasid_present)
		return true;
	return !is_on(path, VTD_GSTS_TES);
}

/* The address stays as it is, in an aligned block of up to 2^shift bytes. */
static void pass_unchanged(const struct path *path, unsigned int shift)
{
	struct vtd_translation *result = path->result;

	result->address = path->request->address;
	result->size_shift = vtd_block_shift(result->address, shift);
	result->read = true;
	result->write = true;
}

/* S.1 and S.2: no fault, but only untranslated writes may go there. */
static void answer_special(const struct path *path)
{
	path->result->write = !no_write(path);
	path->result->untranslated_only = !no_write(path);
}

/*
 * Requests without PASID for the interrupt range, SPEC 3.14.  True: it ends
 * here.  Interrupt requests are what they are with remapping off too; then all
 * else there is left to the platform.
 */
static bool ends_in_interrupt_range(const struct path *path,
				    enum vtd_condition *condition)
{
	const struct vtd_request *request = path->request;

	if (request->pasid_present || request->type == VTD_AT_TRANSLATED ||
	    !vtd_in_interrupt_range(request->address))
		return false;
	if (request->type == VTD_AT_TRANSLATION) {
		answer_special(path);
		return true;
	}
	if (request->access == VTD_ACCESS_WRITE && request->length == 4 &&
	    request->address % 4 == 0) {
		path->result->status = VTD_STATUS_INTERRUPT;
		return true;
	}
	if (!is_on(path, VTD_GSTS_TES | VTD_GSTS_IRES))
		return false;
	if (request->access == VTD_ACCESS_ZERO_LENGTH_READ)
		pass_unchanged(path, VTD_PAGE_SHIFT);
	else
		*condition = VTD_IR_29;
	return true;
}

static struct vtd_fault find_requester(struct path *path)
{
	const struct vtd_request *request = path->request;
	const struct vtd_requester_query query = {
		.requester = {
			.sid = request->sid,
			.pasid_present = request->pasid_present,
			.context_only = request->type == VTD_AT_TRANSLATED,
			.pasid = request->pasid_present ? request->pasid : 0,
		},
		.kind = path->kind,
		.trail = path->trail,
		.look_only = path->view.look_only,
	};
	bool hit;

	if (path->view.iotlb != NULL)
		return vtd_requester_cached(path->unit, &query, &path->config,
					    &path->view);
	if (!path->probe)
		return vtd_requester_lookup(path->unit, &query, &path->config);
	return vtd_requester_find(path->unit, &query, &path->config, &hit);
}

static bool is_beyond_haw(const struct path *path)
{
	return path->request->address >>
		       path->unit->config.host_address_width !=
	       0;
}

/* A translated request: the device has done the translation. */
static enum vtd_condition translated(const struct path *path)
{
	bool legacy = path->config.legacy;

	if (is_beyond_haw(path))
		return legacy ? VTD_LGN_1_2 : VTD_SGN_4_1;
	if (vtd_in_interrupt_range(path->request->address))
		return legacy ? VTD_LGN_4 : VTD_SGN_8_3;
	pass_unchanged(path, path->unit->config.host_address_width);
	return VTD_CONDITION_NONE;
}

static bool is_privileged(const struct path *path)
{
	return path->request->pasid_present ? path->request->privileged :
					      path->config.rid_privileged;
}

/* The rights that the walk has to find. */
static unsigned int wanted_rights(const struct path *path)
{
	if (path->kind == VTD_KIND_TRANSLATION)
		return no_write(path) ? VTD_ACCESS_READ : VTD_ACCESS_ATOMIC;
	if (path->request->access != VTD_ACCESS_ZERO_LENGTH_READ)
		return path->request->access & VTD_ACCESS_ATOMIC;
	/* With ZLR they succeed on pages that can only be written, too. */
	return path->unit->config.zero_length_read ? 0 : VTD_ACCESS_READ;
}

static struct vtd_iotlb_query query_of(const struct path *path)
{
	return (struct vtd_iotlb_query){
		.request = path->request,
		.config = &path->config,
		.privileged = is_privileged(path),
		.want = wanted_rights(path),
		.trail = path->trail,
	};
}

/* For the IOTLB the page is as any other. */
static void keep_passed(const struct path *path)
{
	const struct vtd_iotlb_query query = query_of(path);
	const struct vtd_page page = {
		.address = path->request->address,
		.shift = VTD_PAGE_SHIFT,
		.rights = VTD_ACCESS_ATOMIC,
	};

	if (path->view.iotlb != NULL)
		vtd_iotlb_fill(&path->view, &query, &page);
}

static enum vtd_condition pass_through(struct path *path)
{
	const struct vtd_config *caps = &path->unit->config;
	bool translation = path->kind == VTD_KIND_TRANSLATION;

	path->extent = VTD_PAGE_SHIFT;
	if (is_beyond_haw(path)) {
		path->extent = caps->host_address_width;
		return path->config.legacy ? VTD_LGN_1_3 : VTD_SGN_4_2;
	}
	path->result->snoop = path->config.page_snoop;
	if (vtd_in_interrupt_range(path->request->address)) {
		/* SGN.8.2 leaves pass-through out: as without PASID then. */
		if (translation) {
			answer_special(path);
			return VTD_CONDITION_NONE;
		}
		return path->config.legacy ? VTD_LGN_4 : VTD_SGN_8_1;
	}
	pass_unchanged(path, translation ? vtd_largest_page(caps) :
					   caps->host_address_width);
	if (translation)
		path->result->write = !no_write(path);
	keep_passed(path);
	return VTD_CONDITION_NONE;
}

static enum vtd_condition check_privilege(const struct path *path)
{
	if (path->request->pasid_present && path->request->execute)
		return VTD_SPT_5;
	if (is_privileged(path) &&
	    !vtd_requester_may_be_privileged(&path->config))
		return VTD_SPT_6;
	return VTD_CONDITION_NONE;
}

/* The question is what tables allow, for whole blocks, and not what one request
 * gets: vtd_unit_probe(). */
static bool asks_for_tables(const struct path *path)
{
	return path->probe && !vtd_trail_is_logged(path->trail);
}

static void answer_page(const struct path *path, unsigned int want,
			const struct vtd_page *page)
{
	struct vtd_translation *result = path->result;
	unsigned int rights = page->rights;

	if (path->kind == VTD_KIND_TRANSLATION)
		rights &= want;
	/* What does not count as written yet must not serve a write that is
	 * made later by this answer. */
	if (page->clean && (want & VTD_ACCESS_WRITE) == 0 &&
	    !asks_for_tables(path))
		rights &= ~(unsigned int)VTD_ACCESS_WRITE;
	result->address = page->address;
	result->read = (rights & VTD_ACCESS_READ) != 0;
	result->write = (rights & VTD_ACCESS_WRITE) != 0;
	result->snoop = path->config.page_snoop || page->snoop;
	/* Neither ends of the block are in the interrupt range. */
	result->size_shift = vtd_block_shift(page->address, page->shift);
	if (!path->request->pasid_present)
		result->size_shift = vtd_block_shift(path->request->address,
						     result->size_shift);
}

static enum vtd_condition walk_tables(struct path *path)
{
	struct vtd_walk_skipped skipped;
	struct vtd_updates updates;
	struct vtd_walk walk = {
		.mem = &path->unit->mem,
		.caps = &path->unit->config,
		.config = &path->config,
		.want = wanted_rights(path),
		.translation = path->kind == VTD_KIND_TRANSLATION,
		.privileged = is_privileged(path),
		.probe = path->probe,
		.iotlb = path->view.iotlb,
		.generation = path->view.generation,
		.updates = &updates,
		.trail = path->trail,
	};
	struct vtd_page page;
	enum vtd_condition condition;

	if (path->view.suspects != NULL) {
		skipped.count = 0;
		walk.skipped = &skipped;
	}
	condition = vtd_walk(&walk, path->request->address, &page);
	vtd_walk_judge(&walk, path->request->address, path->view.suspects);
	path->extent = walk.extent;
	if (page.rights == 0)
		return condition;
	answer_page(path, walk.want, &page);
	if (vtd_trail_is_logged(path->trail))
		vtd_updates_log(&updates, path->trail);
	if (path->view.iotlb != NULL) {
		const struct vtd_iotlb_query query = query_of(path);

		vtd_iotlb_fill(&path->view, &query, &page);
	}
	return condition;
}

/* True: the IOTLB serves the request, whatever became of its requester. */
static bool is_cached(struct path *path, enum vtd_condition condition)
{
	const struct vtd_iotlb_query query = query_of(path);
	const struct vtd_iotlb_memory memory = {
		.mem = &path->unit->mem,
		.caps = &path->unit->config,
		.requester = condition,
	};
	struct vtd_page page;
	bool hit;

	if (path->view.iotlb == NULL)
		return false;
	hit = vtd_iotlb_lookup(&path->view, &query, &memory, &page);
	if (!path->probe)
		vtd_unit_count(path->unit, hit ? VTD_COUNT_IOTLB_HITS :
						 VTD_COUNT_IOTLB_MISSES);
	if (hit)
		answer_page(path, query.want, &page);
	return hit;
}

static struct vtd_fault follow(struct path *path)
{
	const struct vtd_fault no_fault = { VTD_CONDITION_NONE, false };
	struct vtd_fault fault = no_fault;

	if (is_protocol_error(path)) {
		fault.condition = VTD_PROTOCOL_ERROR;
		return fault;
	}
	if (ends_in_interrupt_range(path, &fault.condition))
		return fault;
	if (!is_on(path, VTD_GSTS_TES)) {
		pass_unchanged(path, 63);
		return fault;
	}
	path->extent = EXTENT_ALL;
	fault = find_requester(path);
	path->stale = !vtd_epoch_lasts(path->unit, &path->epoch);
	if (path->stale)
		fault.condition = VTD_PROTOCOL_ERROR;
	if (path->kind == VTD_KIND_TRANSLATED) {
		if (fault.condition != VTD_CONDITION_NONE)
			return fault;
		path->extent = VTD_PAGE_SHIFT;
		vtd_trail_leave(path->trail);
		fault.condition = translated(path);
		return fault;
	}
	if (fault.condition == VTD_CONDITION_NONE)
		fault.condition = check_privilege(path);
	if (is_cached(path, fault.condition))
		return no_fault;
	if (fault.condition != VTD_CONDITION_NONE)
		return fault;
	vtd_trail_leave(path->trail);
	fault.condition = path->config.kind == VTD_WALK_PASS_THROUGH ?
				  pass_through(path) :
				  walk_tables(path);
	return fault;
}

/* What a fault makes of the result. */
static void answer_fault(const struct path *path, enum vtd_condition condition)
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
	result->untranslated_only = false;
	result->snoop = false;
	/* A device is told nothing of it: S=0 (PCIe ATS). */
	result->size_shift = asks_for_tables(path) ? path->extent :
						     VTD_PAGE_SHIFT;
}

/* Looks at a unit that is reset or loaded meanwhile; the last one is refused. */
#define TRIES_MAX 4

static struct vtd_fault look(struct path *path)
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
	fault = follow(path);
	if (fault.condition != VTD_CONDITION_NONE)
		answer_fault(path, fault.condition);
	return fault;
}

static struct vtd_fault look_until_it_lasts(struct path *path)
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
	struct path path = {
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
	struct path path = {
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
