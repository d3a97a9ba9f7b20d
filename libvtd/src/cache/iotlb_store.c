/* SPDX-License-Identifier: BSD-3-Clause */
#include "cache/iotlb_store.h"

#include <stdlib.h>

bool vtd_iotlb_store_init(struct vtd_iotlb_store *store, uint32_t slots,
			  uint32_t ways)
{
	*store = (struct vtd_iotlb_store){
		.slots = slots,
		.buckets = ways == 0 ? slots : slots / ways,
		.ways = ways,
		.oldest = VTD_IOTLB_NO_SLOT,
		.newest = VTD_IOTLB_NO_SLOT,
	};
	store->slot = calloc(slots, sizeof(*store->slot));
	store->bucket = calloc(store->buckets, sizeof(*store->bucket));
	if (store->slot == NULL || store->bucket == NULL) {
		vtd_iotlb_store_free(store);
		return false;
	}
	for (uint32_t i = 0; i < store->buckets; i++)
		store->bucket[i] = VTD_IOTLB_NO_SLOT;
	for (uint32_t i = 0; i < slots; i++)
		store->slot[i].next = i + 1 < slots ? i + 1 : VTD_IOTLB_NO_SLOT;
	return true;
}

void vtd_iotlb_store_free(struct vtd_iotlb_store *store)
{
	free(store->slot);
	free(store->bucket);
	store->slot = NULL;
	store->bucket = NULL;
}

static uint32_t *bucket_of(const struct vtd_iotlb_store *store,
			   const struct vtd_iotlb_key *key)
{
	uint64_t tags = (uint64_t)key->pasid << 24 ^
			(uint64_t)key->source << 8 ^ (uint64_t)key->cache << 4 ^
			key->flags;
	uint64_t hash = (key->address >> key->shift) + key->shift;

	hash = (hash ^ tags * UINT64_C(0xff51afd7ed558ccd)) *
	       UINT64_C(0x9e3779b97f4a7c15);
	return &store->bucket[hash >> 32 & (store->buckets - 1)];
}

static bool is_same(const struct vtd_iotlb_key *a,
		    const struct vtd_iotlb_key *b)
{
	return a->address == b->address && a->pasid == b->pasid &&
	       a->source == b->source && a->cache == b->cache &&
	       a->shift == b->shift && a->flags == b->flags;
}

static struct vtd_iotlb_slot *at(const struct vtd_iotlb_store *store,
				 uint32_t index)
{
	return index == VTD_IOTLB_NO_SLOT ? NULL : &store->slot[index];
}

struct vtd_iotlb_slot *vtd_iotlb_store_find(struct vtd_iotlb_store *store,
					    const struct vtd_iotlb_key *key)
{
	struct vtd_iotlb_slot *slot = at(store, *bucket_of(store, key));

	while (slot != NULL && !is_same(&slot->entry.key, key))
		slot = at(store, slot->next);
	return slot;
}

/* Take it out of its bucket and of the order of age. */
static void unlink_slot(struct vtd_iotlb_store *store,
			struct vtd_iotlb_slot *slot)
{
	uint32_t index = (uint32_t)(slot - store->slot);
	uint32_t *link = bucket_of(store, &slot->entry.key);

	while (*link != index)
		link = &store->slot[*link].next;
	*link = slot->next;
	if (slot->older == VTD_IOTLB_NO_SLOT)
		store->oldest = slot->newer;
	else
		store->slot[slot->older].newer = slot->newer;
	if (slot->newer == VTD_IOTLB_NO_SLOT)
		store->newest = slot->older;
	else
		store->slot[slot->newer].older = slot->older;
}

void vtd_iotlb_store_drop(struct vtd_iotlb_store *store,
			  struct vtd_iotlb_slot *slot)
{
	unlink_slot(store, slot);
	slot->used = false;
	slot->next = store->free;
	store->free = (uint32_t)(slot - store->slot);
}

static void give_up(struct vtd_iotlb_store *store, struct vtd_iotlb_slot *slot)
{
	store->dropped++;
	vtd_iotlb_store_drop(store, slot);
}

/* A place for one more in that bucket. */
static void make_room(struct vtd_iotlb_store *store, uint32_t first)
{
	struct vtd_iotlb_slot *last = at(store, first);
	uint32_t held = last != NULL;

	for (; last != NULL && last->next != VTD_IOTLB_NO_SLOT; held++)
		last = at(store, last->next);
	if (store->ways != 0 && held == store->ways)
		give_up(store, last);
	else if (store->free == VTD_IOTLB_NO_SLOT)
		give_up(store, at(store, store->oldest));
}

struct vtd_iotlb_slot *vtd_iotlb_store_put(struct vtd_iotlb_store *store,
					   const struct vtd_iotlb_entry *entry)
{
	uint32_t *bucket = bucket_of(store, &entry->key);
	struct vtd_iotlb_slot *slot = vtd_iotlb_store_find(store, &entry->key);
	uint32_t index;

	if (slot != NULL)
		vtd_iotlb_store_drop(store, slot);
	else
		make_room(store, *bucket);
	index = store->free;
	if (index >= store->touched)
		store->touched = index + 1;
	slot = &store->slot[index];
	store->free = slot->next;
	*slot = (struct vtd_iotlb_slot){
		.entry = *entry,
		.next = *bucket,
		.older = store->newest,
		.newer = VTD_IOTLB_NO_SLOT,
		.used = true,
	};
	*bucket = index;
	if (store->newest == VTD_IOTLB_NO_SLOT)
		store->oldest = index;
	else
		store->slot[store->newest].newer = index;
	store->newest = index;
	return slot;
}

struct vtd_iotlb_slot *
vtd_iotlb_store_oldest(const struct vtd_iotlb_store *store)
{
	return at(store, store->oldest);
}

struct vtd_iotlb_slot *
vtd_iotlb_store_newer(const struct vtd_iotlb_store *store,
		      const struct vtd_iotlb_slot *slot)
{
	return at(store, slot->newer);
}
