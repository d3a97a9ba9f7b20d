/* SPDX-License-Identifier: BSD-3-Clause */
/* What the caches of a unit that does not walk live have. */
#include <vtd/dump.h>

#include "unit.h"

static bool is_config(const struct vtd_iotlb_key *key)
{
	return key->cache == VTD_CACHE_CONTEXT || key->cache == VTD_CACHE_PASID;
}

static void describe_config(const struct vtd_iotlb_entry *entry,
			    struct vtd_dump_kept *kept)
{
	const struct vtd_walk_config *config = &entry->u.config.config;

	kept->target = config->first_stage_root != 0 ?
			       config->first_stage_root :
			       config->second_stage_root;
	if (entry->key.cache == VTD_CACHE_CONTEXT && !config->legacy)
		kept->target = entry->u.config.dir.base;
}

static void describe_page(const struct vtd_iotlb_page *page,
			  struct vtd_dump_kept *kept)
{
	kept->target = page->address;
	kept->read = (page->rights & VTD_ACCESS_READ) != 0;
	kept->write = (page->rights & VTD_ACCESS_WRITE) != 0;
	kept->clean = page->clean;
}

static void describe(const struct vtd_iotlb *iotlb,
		     const struct vtd_iotlb_slot *slot,
		     struct vtd_dump_kept *kept)
{
	const struct vtd_iotlb_entry *entry = &slot->entry;
	const struct vtd_iotlb_key *key = &entry->key;
	bool by_domain = (key->flags & VTD_IOTLB_KEY_DOMAIN) != 0;

	*kept = (struct vtd_dump_kept){
		.cache = (enum vtd_cache)key->cache,
		.by_domain = by_domain,
		.pasid_present = (key->flags & VTD_IOTLB_KEY_PASID) != 0,
		.privileged = (key->flags & VTD_IOTLB_KEY_PRIVILEGED) != 0,
		.size_shift = key->shift,
		.sid = by_domain ? 0 : key->source,
		.did = by_domain ? key->source : entry->did,
		.pasid = entry->pasid,
		.address = key->address,
		.reported = slot->reported,
		.uses = slot->uses,
	};
	if (slot->uses != 0)
		kept->waits = vtd_iotlb_waits(iotlb) - slot->noticed;
	if (is_config(key))
		describe_config(entry, kept);
	else if (key->cache == VTD_CACHE_IOTLB ||
		 key->cache == VTD_CACHE_DEVICE_TLB)
		describe_page(&entry->u.page, kept);
	else
		kept->target = entry->u.table.table;
}

/* The slot at a place that is *place or comes next and was ever used; NULL: there
 * is none. */
static const struct vtd_iotlb_slot *slot_from(const struct vtd_iotlb *iotlb,
					      uint32_t *place)
{
	uint32_t first = 0;

	for (unsigned int i = 0; i < VTD_IOTLB_PARTS; i++) {
		const struct vtd_iotlb_store *store = &iotlb->store[i];

		if (*place < first)
			*place = first;
		if (*place - first < store->touched)
			return &store->slot[*place - first];
		first += store->slots;
	}
	return NULL;
}

size_t vtd_unit_dump_iotlb(struct vtd_unit *unit, uint32_t *cursor,
			   struct vtd_dump_kept *list, size_t room)
{
	struct vtd_iotlb *iotlb = unit->iotlb;
	size_t count = 0;

	if (iotlb == NULL)
		*cursor = VTD_DUMP_END;
	if (*cursor == VTD_DUMP_END)
		return 0;
	pthread_mutex_lock(&iotlb->lock);
	for (unsigned int i = 0; i < VTD_DUMP_STEPS && count < room; i++) {
		const struct vtd_iotlb_slot *slot = slot_from(iotlb, cursor);

		if (slot == NULL)
			break;
		if (slot->used)
			describe(iotlb, slot, &list[count++]);
		++*cursor;
	}
	if (slot_from(iotlb, cursor) == NULL)
		*cursor = VTD_DUMP_END;
	pthread_mutex_unlock(&iotlb->lock);
	return count;
}
