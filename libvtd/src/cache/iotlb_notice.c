/* SPDX-License-Identifier: BSD-3-Clause */
#include "cache/iotlb_notice.h"

/* The slot, if the entry is in it still. */
static struct vtd_iotlb_slot *slot_of(struct vtd_iotlb *iotlb,
				      const struct vtd_iotlb_entry *entry)
{
	struct vtd_iotlb_slot *slot = vtd_iotlb_store_find(
		vtd_iotlb_store_for(iotlb, &entry->key), &entry->key);

	return slot != NULL && slot->entry.serial == entry->serial ? slot :
								     NULL;
}

static bool has_range(const struct vtd_invalidation *request)
{
	return request->pages || request->kind == VTD_INVALIDATION_DEVICE_TLB;
}

static bool has_address(const struct vtd_invalidation *request,
			const struct vtd_iotlb_entry *entry)
{
	return has_range(request) &&
	       request->change.first <= entry->key.address &&
	       request->change.last >= entry->key.address;
}

/* Whether whoever made the request, which spared the entry, may have meant it. */
static bool is_near(const struct vtd_invalidation *request,
		    const struct vtd_iotlb_entry *entry, enum vtd_spared spared)
{
	const struct vtd_mappings_changed *change = &request->change;

	switch (spared) {
	case VTD_SPARED_OTHER_CACHE:
		if (request->kind == VTD_INVALIDATION_CONTEXT ||
		    request->kind == VTD_INVALIDATION_DEVICE_TLB)
			return change->sid == entry->key.source;
		return change->did == entry->did;
	case VTD_SPARED_OTHER_DEVICE:
	case VTD_SPARED_OTHER_DOMAIN:
		return has_address(request, entry);
	case VTD_SPARED_OTHER_PASID:
		return has_address(request, entry) ||
		       request->kind == VTD_INVALIDATION_PASID;
	default:
		return true;
	}
}

static void add_near(const struct vtd_iotlb *iotlb,
		     const struct vtd_iotlb_note *note, enum vtd_spared spared,
		     struct vtd_stale_use *use)
{
	const struct vtd_mappings_changed *change = &note->request.change;

	use->near[use->near_count++] = (struct vtd_near_invalidation){
		.kind = note->request.kind,
		.spared = spared,
		.scope = change->scope,
		.sid = change->sid,
		.did = change->did,
		.pasid = change->pasid,
		.first = change->first,
		.last = change->last,
		.waits_since = vtd_iotlb_waits(iotlb) - note->waits,
	};
}

/* The latest of those that are remembered and came after the entry. */
static void find_near(const struct vtd_iotlb *iotlb,
		      const struct vtd_iotlb_entry *entry,
		      struct vtd_stale_use *use)
{
	uint64_t end = iotlb->notes;
	uint64_t begin = end > VTD_IOTLB_NOTES ? end - VTD_IOTLB_NOTES : 0;

	if (begin < entry->after)
		begin = entry->after;
	for (; end > begin && use->near_count < VTD_NEAR_MAX; end--) {
		const struct vtd_iotlb_note *note =
			&iotlb->note[(end - 1) % VTD_IOTLB_NOTES];
		enum vtd_spared spared =
			vtd_invalidation_spares(&note->request, entry);

		if (is_near(&note->request, entry, spared))
			add_near(iotlb, note, spared, use);
	}
}

static void describe(const struct vtd_iotlb *iotlb,
		     const struct vtd_iotlb_slot *slot,
		     struct vtd_stale_use *use)
{
	*use = (struct vtd_stale_use){
		.cache = (enum vtd_cache)slot->entry.key.cache,
		.did = slot->entry.did,
		.pasid = slot->entry.pasid,
		.uses = slot->uses,
		.waits = vtd_iotlb_waits(iotlb) - slot->noticed,
	};
	find_near(iotlb, &slot->entry, use);
}

bool vtd_iotlb_differs(struct vtd_iotlb *iotlb,
		       const struct vtd_iotlb_entry *entry, unsigned int waits,
		       struct vtd_stale_use *use)
{
	struct vtd_iotlb_slot *slot;
	bool report = false;

	pthread_mutex_lock(&iotlb->lock);
	slot = slot_of(iotlb, entry);
	if (slot != NULL) {
		if (slot->uses++ == 0)
			slot->noticed = vtd_iotlb_waits(iotlb);
		report = !slot->reported &&
			 vtd_iotlb_waits(iotlb) - slot->noticed >= waits;
	}
	if (report) {
		slot->reported = true;
		describe(iotlb, slot, use);
	}
	pthread_mutex_unlock(&iotlb->lock);
	return report;
}

void vtd_iotlb_agrees(struct vtd_iotlb *iotlb,
		      const struct vtd_iotlb_entry *entry)
{
	struct vtd_iotlb_slot *slot;

	pthread_mutex_lock(&iotlb->lock);
	slot = slot_of(iotlb, entry);
	if (slot != NULL)
		slot->uses = 0;
	pthread_mutex_unlock(&iotlb->lock);
}
