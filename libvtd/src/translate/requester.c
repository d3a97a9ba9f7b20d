/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who asks, and what it may: from the root table address to the PASID table
 * entry.  SPEC 3.4, 3.6, 7.1.3.
 */
#include "translate/requester.h"

#include "lint.h"
#include "translate/iotlb_requester.h"
#include "unit.h"

/* RTA.*: what the translation table mode in force says. */
static enum vtd_condition check_mode(const struct vtd_decoder *decoder,
				     const struct vtd_requester_query *query)
{
	const struct vtd_config *caps = decoder->caps;

	vtd_trail_to(decoder->trail, VTD_STRUCTURE_ROOT_TABLE_ADDRESS, 0,
		     VTD_REG_RTADDR);
	vtd_trail_found(decoder->trail, &decoder->root, 1);
	switch (vtd_field_get(decoder->root, VTD_RTADDR_TTM)) {
	case VTD_TTM_LEGACY:
		if (query->kind == VTD_KIND_PAGE_REQUEST)
			return VTD_RTA_3;
		return query->requester.pasid_present ? VTD_RTA_2 :
							VTD_CONDITION_NONE;
	case VTD_TTM_SCALABLE:
		return caps->scalable_mode ? VTD_CONDITION_NONE : VTD_RTA_1_3;
	case VTD_TTM_ABORT_DMA:
		return caps->abort_dma ? VTD_RTA_4 : VTD_RTA_1_1;
	default:
		return VTD_RTA_1_2;
	}
}

/* Whether the context entry lets requests of this kind in. */
static enum vtd_condition check_kind(const struct vtd_walk_config *config,
				     const struct vtd_requester_query *query)
{
	enum vtd_request_kind kind = query->kind;

	if ((kind == VTD_KIND_TRANSLATION || kind == VTD_KIND_TRANSLATED) &&
	    !config->translation_requests)
		return config->legacy ? VTD_LCT_5 : VTD_SCT_5;
	if (kind == VTD_KIND_PAGE_REQUEST && !config->page_requests)
		return VTD_SCT_8;
	if (query->requester.pasid_present && !config->pasid_requests)
		return VTD_SCT_6;
	return VTD_CONDITION_NONE;
}

/* Whether a request may come with this PASID. */
static enum vtd_condition
check_pasid(const struct vtd_config *caps, const struct vtd_pasid_dir *dir,
	    uint32_t pasid, enum vtd_request_kind kind)
{
	/* SGN.10 has no column for page requests. */
	if (pasid >> caps->pasid_bits != 0)
		return kind == VTD_KIND_PAGE_REQUEST ? VTD_SCT_7 : VTD_SGN_10;
	if (pasid >= dir->pasids)
		return VTD_SCT_7;
	if (pasid == dir->rid_pasid)
		return VTD_SCT_9;
	return VTD_CONDITION_NONE;
}

/* What tables are read for. */
struct ask {
	struct vtd_decoder decoder;
	const struct vtd_requester_query *query;
	struct vtd_iotlb_view view; /* of what is cached of them */
};

static enum vtd_condition decode_scalable(const struct ask *ask,
					  struct vtd_iotlb_config *context)
{
	const struct vtd_requester *requester = &ask->query->requester;
	struct vtd_walk_config *config = &context->config;
	enum vtd_condition condition;

	condition = vtd_cached_scalable(&ask->view, &ask->decoder,
					requester->sid, context);
	if (condition != VTD_CONDITION_NONE)
		return condition;
	condition = check_kind(config, ask->query);
	if (condition != VTD_CONDITION_NONE || requester->context_only)
		return condition;
	config->pasid = context->dir.rid_pasid;
	if (requester->pasid_present) {
		condition = check_pasid(ask->decoder.caps, &context->dir,
					requester->pasid, ask->query->kind);
		if (condition != VTD_CONDITION_NONE)
			return condition;
		config->pasid = requester->pasid;
	}
	return vtd_cached_pasid(&ask->view, &ask->decoder, requester->sid,
				context);
}

static struct vtd_fault decode(const struct ask *ask,
			       struct vtd_walk_config *config)
{
	struct vtd_iotlb_config context = { .config = { 0 } };
	enum vtd_condition condition;

	if (vtd_field_get(ask->decoder.root, VTD_RTADDR_TTM) ==
	    VTD_TTM_LEGACY) {
		condition = vtd_cached_legacy(&ask->view, &ask->decoder,
					      ask->query->requester.sid,
					      &context.config);
		if (condition == VTD_CONDITION_NONE)
			condition = check_kind(&context.config, ask->query);
	} else {
		condition = decode_scalable(ask, &context);
	}
	*config = context.config;
	return (struct vtd_fault){ condition, config->fpd };
}

static struct vtd_decoder decoder_of(struct vtd_unit *unit,
				     const struct vtd_requester_query *query)
{
	return (struct vtd_decoder){
		.mem = &unit->mem,
		.caps = &unit->config,
		.trail = query->trail,
		.root = atomic_load_explicit(&unit->root, memory_order_acquire),
	};
}

static void keep(struct vtd_unit *unit, const struct vtd_requester *requester,
		 uint64_t generation, const struct vtd_walk_config *config)
{
	struct vtd_config_entry entry = { .config = *config };

	vtd_plain_of(&unit->config, config, &entry.plain);
	vtd_config_cache_put(&unit->config_cache, requester, generation,
			     &entry);
}

/* The configuration is cached.  An explanation has what it came from, too. */
static void note_cached(const struct ask *ask,
			const struct vtd_walk_config *config)
{
	struct vtd_trail *trail = ask->decoder.trail;
	struct vtd_walk_config memory;

	if (vtd_trail_is_logged(trail)) {
		trail->log->bypassed = true;
		trail->log->stale = decode(ask, &memory).condition !=
					    VTD_CONDITION_NONE ||
				    !vtd_configuration_equal(&memory, config);
		trail->log->bypassed = false;
	}
	vtd_configuration_note(trail, config);
}

struct vtd_fault vtd_requester_find(struct vtd_unit *unit,
				    const struct vtd_requester_query *query,
				    struct vtd_walk_config *config, bool *hit)
{
	/* First of all: an invalidation after this voids what is decoded. */
	uint64_t generation = vtd_config_cache_generation(&unit->config_cache);
	const struct ask ask = {
		.decoder = decoder_of(unit, query),
		.query = query,
	};
	struct vtd_fault fault = { VTD_CONDITION_NONE, false };

	*hit = false;
	fault.condition = check_mode(&ask.decoder, query);
	if (fault.condition != VTD_CONDITION_NONE)
		return fault;
	if (vtd_config_cache_get(&unit->config_cache, &query->requester,
				 config)) {
		*hit = true;
		note_cached(&ask, config);
		fault.condition = check_kind(config, query);
		fault.fpd = fault.condition == VTD_CONDITION_NONE ?
				    config->fpd :
				    config->context_fpd;
		return fault;
	}
	fault = decode(&ask, config);
	/* What faulted is not kept: software repairs it without invalidating
	 * (SPEC 6.1, without caching mode).  Nor is what is looked at only, as
	 * for an explanation. */
	if (fault.condition == VTD_CONDITION_NONE && unit->iotlb == NULL &&
	    !query->look_only)
		keep(unit, &query->requester, generation, config);
	return fault;
}

/* A and D of tables that are not snooped may be lost.  An entry that faults has no
 * stage, and a context entry no A and D. */
static void look_for_coherency(struct vtd_unit *unit, uint16_t sid,
			       const struct vtd_walk_config *config)
{
	bool first_stage = config->kind == VTD_WALK_FIRST_STAGE ||
			   config->kind == VTD_WALK_NESTED;
	const struct vtd_lint_report report = {
		.lint = VTD_LINT_AD_NOT_COHERENT,
		.sid = sid,
		.pasid = config->pasid,
	};

	if ((first_stage || config->second_stage_ad) &&
	    !config->page_walk_snoop)
		vtd_lint_raise(unit, &report);
}

/* Where entries are cached by themselves, each for as long as it may be. */
struct vtd_fault vtd_requester_cached(struct vtd_unit *unit,
				      const struct vtd_requester_query *query,
				      struct vtd_walk_config *config,
				      const struct vtd_iotlb_view *view)
{
	const struct ask ask = {
		.decoder = decoder_of(unit, query),
		.query = query,
		.view = *view,
	};
	struct vtd_fault fault = { VTD_CONDITION_NONE, false };

	fault.condition = check_mode(&ask.decoder, query);
	if (fault.condition != VTD_CONDITION_NONE)
		return fault;
	fault = decode(&ask, config);
	if (!query->look_only)
		look_for_coherency(unit, query->requester.sid, config);
	return fault;
}

struct vtd_fault vtd_requester_lookup(struct vtd_unit *unit,
				      const struct vtd_requester_query *query,
				      struct vtd_walk_config *config)
{
	struct vtd_fault fault;
	bool hit;

	if (unit->iotlb != NULL) {
		const struct vtd_iotlb_view view = {
			.iotlb = unit->iotlb,
			.generation = vtd_iotlb_generation(unit->iotlb),
		};

		return vtd_requester_cached(unit, query, config, &view);
	}
	fault = vtd_requester_find(unit, query, config, &hit);
	if (!hit)
		vtd_unit_count(unit, VTD_COUNT_CONFIG_CACHE_MISSES);
	return fault;
}
