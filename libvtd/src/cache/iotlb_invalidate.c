/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What each invalidation must drop, and so may leave: SPEC 6.5.2, the tables of
 * IOTLB and paging-structure entries by granularity.
 */
#include "cache/iotlb.h"

static bool is_page(const struct vtd_iotlb_entry *entry)
{
	return entry->key.cache == VTD_CACHE_IOTLB;
}

static bool is_first_stage_table(const struct vtd_iotlb_entry *entry)
{
	return entry->key.cache == VTD_CACHE_FIRST_STAGE_TABLE;
}

static bool is_second_stage_table(const struct vtd_iotlb_entry *entry)
{
	return entry->key.cache == VTD_CACHE_SECOND_STAGE_TABLE;
}

/* Made of a first stage, alone or nested. */
static bool has_first_stage(const struct vtd_iotlb_entry *entry)
{
	return is_first_stage_table(entry) ||
	       (is_page(entry) && (entry->kind == VTD_WALK_FIRST_STAGE ||
				   entry->kind == VTD_WALK_NESTED));
}

static enum vtd_spared by_domain(const struct vtd_invalidation *request,
				 const struct vtd_iotlb_entry *entry)
{
	return request->change.did == entry->did ? VTD_SPARED_NOT :
						   VTD_SPARED_OTHER_DOMAIN;
}

static enum vtd_spared by_pasid(const struct vtd_invalidation *request,
				const struct vtd_iotlb_entry *entry)
{
	if (request->change.did != entry->did)
		return VTD_SPARED_OTHER_DOMAIN;
	return request->change.pasid == entry->pasid ? VTD_SPARED_NOT :
						       VTD_SPARED_OTHER_PASID;
}

static enum vtd_spared by_range(const struct vtd_invalidation *request,
				const struct vtd_iotlb_entry *entry)
{
	uint64_t first = entry->key.address;
	uint64_t last = first + (UINT64_C(1) << entry->key.shift) - 1;

	return first <= request->change.last && last >= request->change.first ?
		       VTD_SPARED_NOT :
		       VTD_SPARED_OTHER_RANGE;
}

static enum vtd_spared context(const struct vtd_invalidation *request,
			       const struct vtd_iotlb_entry *entry)
{
	const struct vtd_mappings_changed *change = &request->change;

	if (entry->key.cache != VTD_CACHE_CONTEXT)
		return VTD_SPARED_OTHER_CACHE;
	if (change->scope == VTD_CHANGE_GLOBAL)
		return VTD_SPARED_NOT;
	if (change->scope == VTD_CHANGE_DEVICE &&
	    ((change->sid ^ entry->key.source) & ~change->sid_mask) != 0)
		return VTD_SPARED_OTHER_DEVICE;
	/* In legacy mode entries have the domain-id as a tag, too. */
	return entry->u.config.config.legacy ? by_domain(request, entry) :
					       VTD_SPARED_NOT;
}

static enum vtd_spared pasid(const struct vtd_invalidation *request,
			     const struct vtd_iotlb_entry *entry)
{
	if (entry->key.cache != VTD_CACHE_PASID)
		return VTD_SPARED_OTHER_CACHE;
	switch (request->change.scope) {
	case VTD_CHANGE_GLOBAL:
		return VTD_SPARED_NOT;
	case VTD_CHANGE_DOMAIN:
		return by_domain(request, entry);
	default:
		return by_pasid(request, entry);
	}
}

static enum vtd_spared iotlb(const struct vtd_invalidation *request,
			     const struct vtd_iotlb_entry *entry)
{
	enum vtd_spared spared;

	if (!is_page(entry) && !is_first_stage_table(entry) &&
	    !is_second_stage_table(entry))
		return VTD_SPARED_OTHER_CACHE;
	if (request->change.scope == VTD_CHANGE_GLOBAL)
		return VTD_SPARED_NOT;
	spared = by_domain(request, entry);
	/* Addresses of a first stage say nothing here: all of it goes. */
	if (spared != VTD_SPARED_NOT || !request->pages ||
	    has_first_stage(entry))
		return spared;
	spared = by_range(request, entry);
	if (spared == VTD_SPARED_NOT && request->leaf_only &&
	    is_second_stage_table(entry))
		return VTD_SPARED_LEAF_ONLY;
	return spared;
}

static enum vtd_spared pasid_iotlb(const struct vtd_invalidation *request,
				   const struct vtd_iotlb_entry *entry)
{
	enum vtd_spared spared;

	if (!is_page(entry) && !is_first_stage_table(entry))
		return VTD_SPARED_OTHER_CACHE;
	spared = by_pasid(request, entry);
	if (spared != VTD_SPARED_NOT || !request->pages)
		return spared;
	if (!has_first_stage(entry))
		return VTD_SPARED_OTHER_STAGE;
	spared = by_range(request, entry);
	if (spared == VTD_SPARED_NOT && request->leaf_only &&
	    is_first_stage_table(entry))
		return VTD_SPARED_LEAF_ONLY;
	return spared;
}

static enum vtd_spared device_tlb(const struct vtd_invalidation *request,
				  const struct vtd_iotlb_entry *entry)
{
	const struct vtd_mappings_changed *change = &request->change;

	if (entry->key.cache != VTD_CACHE_DEVICE_TLB)
		return VTD_SPARED_OTHER_CACHE;
	if (change->sid != entry->key.source)
		return VTD_SPARED_OTHER_DEVICE;
	if (!request->all_pasids && change->pasid != entry->key.pasid)
		return VTD_SPARED_OTHER_PASID;
	return by_range(request, entry);
}

enum vtd_spared vtd_invalidation_spares(const struct vtd_invalidation *request,
					const struct vtd_iotlb_entry *entry)
{
	switch (request->kind) {
	case VTD_INVALIDATION_CONTEXT:
		return context(request, entry);
	case VTD_INVALIDATION_PASID:
		return pasid(request, entry);
	case VTD_INVALIDATION_IOTLB:
		return iotlb(request, entry);
	case VTD_INVALIDATION_PASID_IOTLB:
		return pasid_iotlb(request, entry);
	case VTD_INVALIDATION_DEVICE_TLB:
		return device_tlb(request, entry);
	default:
		return VTD_SPARED_NOT;
	}
}
