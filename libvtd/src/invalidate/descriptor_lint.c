/* SPDX-License-Identifier: BSD-3-Clause */
#include "invalidate/descriptor_lint.h"

#include <vtd/spec/descriptors.h>

#include "lint.h"
#include "translate/requester.h"
#include "unit.h"

/* Bits of a descriptor that mean nothing as it is. */
static void ignored_bits(struct vtd_unit *unit, const uint64_t *words,
			 uint64_t ignored[2])
{
	uint64_t granularity = vtd_field_get(words[0], VTD_DESC0_G);
	uint64_t mask = vtd_field_get(words[1], VTD_DESC1_AM);
	bool pages = granularity == VTD_GRANULARITY_SELECTIVE;

	ignored[0] = 0;
	ignored[1] = 0;
	switch (vtd_field_get(words[0], VTD_DESC0_TYPE_LOW)) {
	case VTD_DESC_CONTEXT_CACHE:
		if (granularity != VTD_GRANULARITY_SELECTIVE)
			ignored[0] = VTD_DESC_CC0_SID | VTD_DESC_CC0_FM;
		if (granularity == VTD_GRANULARITY_GLOBAL)
			ignored[0] |= VTD_DESC0_DID;
		break;
	case VTD_DESC_IOTLB:
		if (granularity == VTD_GRANULARITY_GLOBAL)
			ignored[0] = VTD_DESC0_DID;
		/* fall through */
	case VTD_DESC_PASID_IOTLB:
		ignored[1] = pages ? VTD_DESC1_ADDRESS &
					     ~(UINT64_MAX << (12 + mask % 52)) :
				     UINT64_MAX;
		break;
	case VTD_DESC_INTERRUPT_ENTRY_CACHE:
		if ((words[0] & VTD_DESC_IEC0_G) == 0)
			ignored[0] = VTD_DESC_IEC0_IM | VTD_DESC_IEC0_IIDX;
		break;
	case VTD_DESC_WAIT:
		if ((words[0] & VTD_DESC_WAIT0_SW) == 0)
			ignored[1] = VTD_DESC_WAIT1_STATUS_ADDRESS;
		else
			ignored[1] = ~VTD_BITS(
				unit->config.host_address_width - 1, 0);
		break;
	case VTD_DESC_PASID_CACHE:
		if (granularity != VTD_GRANULARITY_PC_PASID)
			ignored[0] = VTD_DESC0_PASID;
		if (granularity == VTD_GRANULARITY_PC_GLOBAL)
			ignored[0] |= VTD_DESC0_DID;
		break;
	case VTD_DESC_PASID_DEVICE_TLB:
		if ((words[1] & VTD_DESC_PDTLB1_GI) != 0)
			ignored[0] = VTD_DESC0_PASID;
		break;
	case VTD_DESC_PAGE_GROUP_RESPONSE:
		if ((words[0] & VTD_DESC_PGR0_PP) == 0)
			ignored[0] = VTD_DESC0_PASID;
		break;
	default:
		break;
	}
}

void vtd_lint_descriptor(struct vtd_unit *unit, const uint64_t *words)
{
	uint64_t ignored[2];

	ignored_bits(unit, words, ignored);
	for (unsigned int i = 0; i < 2; i++) {
		const struct vtd_lint_report report = {
			.lint = VTD_LINT_IGNORED_FIELD,
			.address = vtd_reg_get_64(&unit->regs, VTD_REG_IQH),
			.value = words[i] & ignored[i],
		};

		if (report.value != 0)
			vtd_lint_raise(unit, &report);
	}
}

/* What memory says of a requester; false: its PASID entry is not there. */
static bool find(struct vtd_unit *unit, const struct vtd_requester *requester,
		 struct vtd_walk_config *config)
{
	struct vtd_trail trail;
	const struct vtd_requester_query query = {
		.requester = *requester,
		.kind = VTD_KIND_UNTRANSLATED,
		.trail = &trail,
	};
	enum vtd_condition condition;
	bool hit;

	vtd_trail_begin(&trail, NULL);
	condition = vtd_requester_find(unit, &query, config, &hit).condition;
	return condition != VTD_SPD_2 && condition != VTD_SPT_2;
}

/* The PASID entries that a request covers: are there groups of those that memory
 * does not have any more? */
static void look_for_freed(struct vtd_unit *unit,
			   const struct vtd_invalidation *request)
{
	for (unsigned int i = 0; i < VTD_LINT_GROUPS; i++) {
		struct vtd_lint_group *group = &unit->lint->group[i];
		const struct vtd_requester requester = {
			.sid = group->sid,
			.pasid_present = group->pasid_present,
			.pasid = group->pasid,
		};
		const struct vtd_lint_report report = {
			.lint = VTD_LINT_PASID_FREED,
			.sid = group->sid,
			.pasid = group->of_pasid,
			.value = group->prgi,
		};
		const struct vtd_mappings_changed *change = &request->change;
		struct vtd_walk_config config;

		if (!group->open ||
		    (change->scope != VTD_CHANGE_GLOBAL &&
		     change->did != group->did) ||
		    (change->scope == VTD_CHANGE_RANGE &&
		     change->pasid != group->of_pasid) ||
		    find(unit, &requester, &config))
			continue;
		group->open = false;
		vtd_lint_raise(unit, &report);
	}
}

/* Device-TLB invalidations before it may have been for the same. */
static void look_for_early(struct vtd_unit *unit,
			   const struct vtd_invalidation *request)
{
	const struct vtd_mappings_changed *change = &request->change;
	struct vtd_lint_state *lint = unit->lint;

	for (unsigned int i = 0; i < lint->device_tlbs; i++) {
		struct vtd_lint_device_tlb *sent = &lint->device_tlb[i];

		if ((change->scope == VTD_CHANGE_GLOBAL ||
		     change->did == sent->did) &&
		    (request->kind == VTD_INVALIDATION_IOTLB ||
		     change->pasid == sent->pasid) &&
		    change->first <= sent->last && change->last >= sent->first)
			sent->early = true;
	}
}

void vtd_lint_invalidation(struct vtd_unit *unit,
			   const struct vtd_invalidation *request)
{
	if (request->change.scope == VTD_CHANGE_GLOBAL)
		unit->lint->unflushed &= request->kind == VTD_INVALIDATION_ALL ?
						 0 :
						 ~(1u << request->kind);
	if (request->kind == VTD_INVALIDATION_PASID)
		look_for_freed(unit, request);
	if (request->kind == VTD_INVALIDATION_IOTLB ||
	    request->kind == VTD_INVALIDATION_PASID_IOTLB)
		look_for_early(unit, request);
}

void vtd_lint_device_tlb(struct vtd_unit *unit,
			 const struct vtd_device_tlb_invalidation *request)
{
	struct vtd_lint_state *lint = unit->lint;
	const struct vtd_requester requester = {
		.sid = request->sid,
		.pasid_present = request->pasid_present,
		.pasid = request->pasid,
	};
	struct vtd_walk_config config = { 0 };

	/* Not before any more. */
	for (unsigned int i = 0; i < lint->device_tlbs; i++)
		if (lint->device_tlb[i].sid == request->sid &&
		    lint->device_tlb[i].first >= request->first &&
		    lint->device_tlb[i].last <= request->last)
			lint->device_tlb[i].early = false;
	if (lint->device_tlbs == VTD_LINT_DEVICE_TLBS ||
	    !find(unit, &requester, &config))
		return;
	lint->device_tlb[lint->device_tlbs++] = (struct vtd_lint_device_tlb){
		.sid = request->sid,
		.did = config.did,
		.pasid = config.pasid,
		.first = request->first,
		.last = request->last,
	};
}

void vtd_lint_response(struct vtd_unit *unit,
		       const struct vtd_page_group_response *response)
{
	for (unsigned int i = 0; i < VTD_LINT_GROUPS; i++) {
		struct vtd_lint_group *group = &unit->lint->group[i];

		if (group->sid == response->sid &&
		    group->prgi == response->prgi &&
		    group->pasid_present == response->pasid_present &&
		    (!group->pasid_present || group->pasid == response->pasid))
			group->open = false;
	}
}

void vtd_lint_status(struct vtd_unit *unit, uint64_t address)
{
	const struct vtd_lint_report report = {
		.lint = VTD_LINT_STATUS_NOT_RAM,
		.address = address,
	};

	vtd_lint_raise(unit, &report);
}

/* Sequences of several requests have a wait after each. */
#define FLUSH_WAITS 4

void vtd_lint_wait(struct vtd_unit *unit)
{
	struct vtd_lint_state *lint = unit->lint;

	for (unsigned int i = 0; i < lint->device_tlbs; i++) {
		const struct vtd_lint_report report = {
			.lint = VTD_LINT_DEVICE_TLB_FIRST,
			.sid = lint->device_tlb[i].sid,
			.pasid = lint->device_tlb[i].pasid,
			.address = lint->device_tlb[i].first,
			.value = lint->device_tlb[i].last,
		};

		if (lint->device_tlb[i].early)
			vtd_lint_raise(unit, &report);
	}
	lint->device_tlbs = 0;
	if (lint->unflushed != 0 && ++lint->unflushed_waits == FLUSH_WAITS) {
		const struct vtd_lint_report report = {
			.lint = VTD_LINT_ROOT_NOT_FLUSHED,
			.address = vtd_reg_get_64(&unit->regs, VTD_REG_RTADDR),
			.value = lint->unflushed,
		};

		vtd_lint_raise(unit, &report);
	}
}
