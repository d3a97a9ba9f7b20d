/* SPDX-License-Identifier: BSD-3-Clause */
#include "translate/iotlb_requester.h"

static struct vtd_iotlb_key context_key(uint16_t sid)
{
	return (struct vtd_iotlb_key){
		.source = sid,
		.cache = VTD_CACHE_CONTEXT,
	};
}

static struct vtd_iotlb_key pasid_key(uint16_t sid, uint32_t pasid)
{
	return (struct vtd_iotlb_key){
		.source = sid,
		.pasid = pasid,
		.cache = VTD_CACHE_PASID,
	};
}

static enum vtd_condition decode_context(const struct vtd_decoder *decoder,
					 uint16_t sid, bool legacy,
					 struct vtd_iotlb_config *context)
{
	return legacy ? vtd_decode_legacy(decoder, sid, &context->config) :
			vtd_decode_scalable(decoder, sid, &context->config,
					    &context->dir);
}

/* What is noted on this way is overwritten: the entry that is cached is used. */
static void judge_context(const struct vtd_iotlb_view *view,
			  const struct vtd_decoder *decoder,
			  const struct vtd_iotlb_entry *entry)
{
	const struct vtd_iotlb_config *kept = &entry->u.config;
	struct vtd_iotlb_config memory = { .dir.base = 0 };
	bool backed;

	if (view->suspects == NULL)
		return;
	backed = decode_context(decoder, entry->key.source, kept->config.legacy,
				&memory) == VTD_CONDITION_NONE &&
		 vtd_configuration_equal(&memory.config, &kept->config) &&
		 kept->dir.base == memory.dir.base &&
		 kept->dir.pasids == memory.dir.pasids &&
		 kept->dir.rid_pasid == memory.dir.rid_pasid;
	vtd_suspects_judge(view->suspects, view->iotlb, entry, backed);
}

/* With the directory of the context entry that is in use. */
static void judge_pasid(const struct vtd_iotlb_view *view,
			const struct vtd_decoder *decoder,
			const struct vtd_pasid_dir *dir,
			const struct vtd_iotlb_entry *entry)
{
	const struct vtd_walk_config *kept = &entry->u.config.config;
	struct vtd_walk_config memory = { .pasid = kept->pasid };
	bool backed;

	if (view->suspects == NULL)
		return;
	backed = vtd_decode_pasid(decoder, dir, &memory) ==
			 VTD_CONDITION_NONE &&
		 vtd_configuration_equal(&memory, kept);
	vtd_suspects_judge(view->suspects, view->iotlb, entry, backed);
}

/* Entries of the other translation mode are none. */
static bool find_context(const struct vtd_iotlb_view *view,
			 const struct vtd_decoder *decoder, uint16_t sid,
			 bool legacy, struct vtd_iotlb_config *context)
{
	struct vtd_iotlb_key key = context_key(sid);
	struct vtd_iotlb_entry entry;

	if (view->iotlb == NULL || !vtd_iotlb_find(view->iotlb, &key, &entry) ||
	    entry.u.config.config.legacy != legacy)
		return false;
	judge_context(view, decoder, &entry);
	*context = entry.u.config;
	return true;
}

static void keep(const struct vtd_iotlb_view *view,
		 const struct vtd_iotlb_key *key,
		 const struct vtd_iotlb_config *config)
{
	const struct vtd_iotlb_entry entry = {
		.key = *key,
		.kind = config->config.kind,
		.did = config->config.did,
		.pasid = config->config.pasid,
		.u.config = *config,
	};

	if (view->iotlb != NULL && !view->look_only)
		vtd_iotlb_put(view->iotlb, view->generation, &entry);
}

enum vtd_condition vtd_cached_legacy(const struct vtd_iotlb_view *view,
				     const struct vtd_decoder *decoder,
				     uint16_t sid,
				     struct vtd_walk_config *config)
{
	const struct vtd_iotlb_key key = context_key(sid);
	struct vtd_iotlb_config context = { .config = *config };
	enum vtd_condition condition;

	if (find_context(view, decoder, sid, true, &context)) {
		vtd_configuration_note(decoder->trail, &context.config);
		*config = context.config;
		return VTD_CONDITION_NONE;
	}
	condition = vtd_decode_legacy(decoder, sid, config);
	context.config = *config;
	if (condition == VTD_CONDITION_NONE)
		keep(view, &key, &context);
	return condition;
}

enum vtd_condition vtd_cached_scalable(const struct vtd_iotlb_view *view,
				       const struct vtd_decoder *decoder,
				       uint16_t sid,
				       struct vtd_iotlb_config *context)
{
	const struct vtd_iotlb_key key = context_key(sid);
	enum vtd_condition condition;

	if (find_context(view, decoder, sid, false, context)) {
		vtd_configuration_note(decoder->trail, &context->config);
		return VTD_CONDITION_NONE;
	}
	condition = vtd_decode_scalable(decoder, sid, &context->config,
					&context->dir);
	if (condition == VTD_CONDITION_NONE)
		keep(view, &key, context);
	return condition;
}

/* A PASID entry says all but what the context entry does. */
static void merge(const struct vtd_walk_config *context,
		  struct vtd_walk_config *config)
{
	config->fpd |= context->fpd;
	config->context_fpd = context->context_fpd;
	config->translation_requests = context->translation_requests;
	config->pasid_requests = context->pasid_requests;
	config->page_requests = context->page_requests;
	config->rid_privileged = context->rid_privileged;
}

enum vtd_condition vtd_cached_pasid(const struct vtd_iotlb_view *view,
				    const struct vtd_decoder *decoder,
				    uint16_t sid,
				    struct vtd_iotlb_config *context)
{
	const struct vtd_iotlb_key key = pasid_key(sid, context->config.pasid);
	struct vtd_iotlb_config own = { .config.pasid = context->config.pasid };
	enum vtd_condition condition = VTD_CONDITION_NONE;
	struct vtd_iotlb_entry entry;

	if (view->iotlb != NULL && vtd_iotlb_find(view->iotlb, &key, &entry)) {
		judge_pasid(view, decoder, &context->dir, &entry);
		own = entry.u.config;
		vtd_configuration_note(decoder->trail, &own.config);
	} else {
		condition =
			vtd_decode_pasid(decoder, &context->dir, &own.config);
		if (condition == VTD_CONDITION_NONE)
			keep(view, &key, &own);
	}
	merge(&context->config, &own.config);
	context->config = own.config;
	return condition;
}
