/* SPDX-License-Identifier: BSD-3-Clause */
/* What a requester is, for hosts that treat some requesters differently. */
#include "record/values.h"
#include "translate/requester.h"
#include "unit.h"

/* All that can refuse every untranslated request, whatever its address. */
static enum vtd_condition
look_up(struct vtd_unit *unit, const struct vtd_requester *requester,
	bool look_only, struct vtd_walk_config *config)
{
	struct vtd_trail trail;
	const struct vtd_requester_query query = {
		.requester = *requester,
		.kind = VTD_KIND_UNTRANSLATED,
		.trail = &trail,
		.look_only = look_only,
	};
	struct vtd_fault fault;
	bool hit;

	vtd_trail_begin(&trail, NULL);
	fault = vtd_requester_find(unit, &query, config, &hit);
	if (fault.condition == VTD_CONDITION_NONE &&
	    !requester->pasid_present && config->rid_privileged &&
	    !vtd_requester_may_be_privileged(config))
		return VTD_SPT_6;
	return fault.condition;
}

static void describe_stages(const struct vtd_walk_config *config,
			    struct vtd_requester_info *info)
{
	if (config->kind != VTD_WALK_SECOND_STAGE) {
		info->first_stage_levels = config->first_stage_5_level ? 5 : 4;
		info->first_stage_root = config->first_stage_root;
	}
	if (config->kind != VTD_WALK_FIRST_STAGE) {
		info->second_stage_levels = config->second_stage_levels;
		info->second_stage_root = config->second_stage_root;
	}
}

static void describe(const struct vtd_walk_config *config,
		     struct vtd_requester_info *info)
{
	info->did = config->did;
	info->legacy = config->legacy;
	info->translation_requests = config->translation_requests;
	info->page_requests = config->page_requests;
	info->pasid = config->pasid;
	if (config->kind == VTD_WALK_PASS_THROUGH) {
		info->state = VTD_REQUESTER_PASS_THROUGH;
		return;
	}
	info->state = VTD_REQUESTER_TRANSLATED;
	describe_stages(config, info);
}

void vtd_requester_describe(struct vtd_unit *unit,
			    const struct vtd_requester *requester,
			    bool look_only, struct vtd_requester_info *info)
{
	struct vtd_walk_config config;

	*info = (struct vtd_requester_info){ .state = VTD_REQUESTER_OFF };
	if (!vtd_unit_is_on(unit, (uint32_t)VTD_GSTS_TES))
		return;
	info->condition = look_up(unit, requester, look_only, &config);
	if (info->condition == VTD_CONDITION_NONE)
		describe(&config, info);
	else
		info->state = VTD_REQUESTER_BLOCKED;
}

void vtd_unit_requester(struct vtd_unit *unit, uint16_t sid, bool pasid_present,
			uint32_t pasid, struct vtd_requester_info *info)
{
	const struct vtd_requester requester = {
		.sid = sid,
		.pasid_present = pasid_present,
		.pasid = pasid_present ? pasid : 0,
	};

	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_REQUESTER, sid,
			  pasid_present, pasid);
	vtd_requester_describe(unit, &requester, false, info);
	vtd_record_requester_info(unit->recorder, info);
}
