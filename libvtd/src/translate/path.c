/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of path 1, in the order of SPEC 3.4 and 7.1: protocol, interrupt range,
 * requester, privilege, walk, answer.
 */
#include "translate/path.h"

#include <vtd/spec/tables.h>

#include "translate/address_range.h"
#include "translate/decode.h"
#include "translate/requester.h"
#include "translate/walk.h"

#define EXTENT_ALL 63 /* whatever the address */

static bool is_on(const struct vtd_path *path, uint64_t status)
{
	return (path->status & status) != 0;
}

/* NW of a translation request, if this unit looks at it. */
static bool no_write(const struct vtd_path *path)
{
	return path->request->no_write && path->unit->config.no_write_flag;
}

/* Refused before remapping has a say: PCIe ATS, SPEC 4.1 and 11.4.4.1. */
static bool is_protocol_error(const struct vtd_path *path)
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
static void pass_unchanged(const struct vtd_path *path, unsigned int shift)
{
	struct vtd_translation *result = path->result;

	result->address = path->request->address;
	result->size_shift = vtd_block_shift(result->address, shift);
	result->read = true;
	result->write = true;
}

/* S.1 and S.2: no fault, but only untranslated writes may go there. */
static void answer_special(const struct vtd_path *path)
{
	path->result->write = !no_write(path);
	path->result->untranslated_only = !no_write(path);
}

/*
 * Requests without PASID for the interrupt range, SPEC 3.14.  True: it ends
 * here.  Interrupt requests are what they are with remapping off too; then all
 * else there is left to the platform.
 */
static bool ends_in_interrupt_range(const struct vtd_path *path,
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

static struct vtd_fault find_requester(struct vtd_path *path)
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

static bool is_beyond_haw(const struct vtd_path *path)
{
	return path->request->address >>
		       path->unit->config.host_address_width !=
	       0;
}

/* A translated request: the device has done the translation. */
static enum vtd_condition translated(const struct vtd_path *path)
{
	bool legacy = path->config.legacy;

	if (is_beyond_haw(path))
		return legacy ? VTD_LGN_1_2 : VTD_SGN_4_1;
	if (vtd_in_interrupt_range(path->request->address))
		return legacy ? VTD_LGN_4 : VTD_SGN_8_3;
	pass_unchanged(path, path->unit->config.host_address_width);
	return VTD_CONDITION_NONE;
}

static bool is_privileged(const struct vtd_path *path)
{
	return path->request->pasid_present ? path->request->privileged :
					      path->config.rid_privileged;
}

/* The rights that the walk has to find. */
static unsigned int wanted_rights(const struct vtd_path *path)
{
	if (path->kind == VTD_KIND_TRANSLATION)
		return no_write(path) ? VTD_ACCESS_READ : VTD_ACCESS_ATOMIC;
	if (path->request->access != VTD_ACCESS_ZERO_LENGTH_READ)
		return path->request->access & VTD_ACCESS_ATOMIC;
	/* With ZLR they succeed on pages that can only be written, too. */
	return path->unit->config.zero_length_read ? 0 : VTD_ACCESS_READ;
}

static struct vtd_iotlb_query query_of(const struct vtd_path *path)
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
static void keep_passed(const struct vtd_path *path)
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

static enum vtd_condition pass_through(struct vtd_path *path)
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

static enum vtd_condition check_privilege(const struct vtd_path *path)
{
	if (path->request->pasid_present && path->request->execute)
		return VTD_SPT_5;
	if (is_privileged(path) &&
	    !vtd_requester_may_be_privileged(&path->config))
		return VTD_SPT_6;
	return VTD_CONDITION_NONE;
}

static void answer_page(const struct vtd_path *path, unsigned int want,
			const struct vtd_page *page)
{
	struct vtd_translation *result = path->result;
	unsigned int rights = page->rights;

	if (path->kind == VTD_KIND_TRANSLATION)
		rights &= want;
	/* What does not count as written yet must not serve a write that is
	 * made later by this answer. */
	if (page->clean && (want & VTD_ACCESS_WRITE) == 0 &&
	    !vtd_path_asks_for_tables(path))
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

static enum vtd_condition walk_tables(struct vtd_path *path)
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
static bool is_cached(struct vtd_path *path, enum vtd_condition condition)
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

struct vtd_fault vtd_path_follow(struct vtd_path *path)
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
