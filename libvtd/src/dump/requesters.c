/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which requesters have entries, and what they are mapped to.  Both ask as a host
 * would: what they say is what a request would meet.
 */
#include <vtd/dump.h>

#include <vtd/spec/tables.h>

#include "translate/requester.h"

#define FUNCTIONS 256	  /* of a bus */
#define HALF 128	  /* of a scalable-mode root entry */
#define DIRECTORY_SPAN 64 /* PASIDs of a directory entry */

struct walk {
	struct vtd_unit *unit;
	struct vtd_dump_requesters *at;
	unsigned int steps;
};

/* Go to the source-id that is a multiple of `span` after this one. */
static void skip_sids(struct vtd_dump_requesters *at, unsigned int span)
{
	unsigned int next = (at->sid / span + 1) * span;

	at->in_pasids = false;
	at->pasid = 0;
	at->sid = (uint16_t)next;
	at->done = next > UINT16_MAX;
}

static void skip_pasids(struct vtd_dump_requesters *at, uint32_t span)
{
	at->pasid = (at->pasid / span + 1) * span;
	if (at->pasid > VTD_PASID_MAX)
		skip_sids(at, 1);
}

static void describe(struct walk *w, struct vtd_dump_requester *r)
{
	const struct vtd_requester requester = {
		.sid = r->sid,
		.pasid_present = r->pasid_present,
		.pasid = r->pasid,
	};

	vtd_requester_describe(w->unit, &requester, true, &r->info);
}

/* A source-id: without PASID.  False: it has no entry. */
static bool take_sid(struct walk *w, struct vtd_dump_requester *r)
{
	const struct vtd_requester_info *info = &r->info;
	struct vtd_dump_requesters *at = w->at;

	*r = (struct vtd_dump_requester){ .sid = at->sid };
	describe(w, r);
	if (info->state == VTD_REQUESTER_OFF) {
		at->done = true;
		return false;
	}
	switch (info->condition) {
	case VTD_LRT_1:
	case VTD_LRT_2:
		skip_sids(at, FUNCTIONS);
		return info->condition == VTD_LRT_1;
	case VTD_SRT_1:
	case VTD_SRT_2:
		skip_sids(at, HALF);
		return info->condition == VTD_SRT_1;
	case VTD_LCT_2:
	case VTD_SCT_2:
		skip_sids(at, 1);
		return false;
	case VTD_RTA_1_1:
	case VTD_RTA_1_2:
	case VTD_RTA_1_3:
	case VTD_RTA_4:
		/* No table at all. */
		at->done = true;
		return false;
	default:
		at->in_pasids = true;
		return true;
	}
}

/* A PASID of the source-id.  False: it has no entry. */
static bool take_pasid(struct walk *w, struct vtd_dump_requester *r)
{
	struct vtd_dump_requesters *at = w->at;

	*r = (struct vtd_dump_requester){ .sid = at->sid,
					  .pasid_present = true,
					  .pasid = at->pasid };
	describe(w, r);
	switch (r->info.condition) {
	case VTD_SPD_2:
		skip_pasids(at, DIRECTORY_SPAN);
		return false;
	case VTD_SPT_2:
	case VTD_SCT_9: /* RID_PASID, which the source-id has told */
		skip_pasids(at, 1);
		return false;
	case VTD_SPD_1:
	case VTD_SPD_3:
		skip_pasids(at, DIRECTORY_SPAN);
		return true;
	case VTD_CONDITION_NONE:
	case VTD_SPT_1:
	case VTD_SPT_3:
	case VTD_SPT_4_1:
	case VTD_SPT_4_2:
	case VTD_SPT_4_3:
	case VTD_SPT_4_4:
		skip_pasids(at, 1);
		return true;
	default:
		/* PASIDs are off, or end here. */
		skip_sids(at, 1);
		return false;
	}
}

size_t vtd_unit_dump_requesters(struct vtd_unit *unit,
				struct vtd_dump_requesters *cursor,
				struct vtd_dump_requester *list, size_t room)
{
	struct walk w = { .unit = unit, .at = cursor };
	size_t count = 0;

	while (!cursor->done && count < room && w.steps++ < VTD_DUMP_STEPS)
		if (cursor->in_pasids ? take_pasid(&w, &list[count]) :
					take_sid(&w, &list[count]))
			count++;
	return count;
}
