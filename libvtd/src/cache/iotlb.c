/* SPDX-License-Identifier: BSD-3-Clause */
#include "cache/iotlb.h"

#include <stdlib.h>

static bool init_stores(struct vtd_iotlb *iotlb,
			const struct vtd_iotlb_size *size)
{
	for (unsigned int i = 0; i < VTD_IOTLB_PARTS; i++)
		if (!vtd_iotlb_store_init(&iotlb->store[i], size->slots[i],
					  size->ways))
			return false;
	return pthread_mutex_init(&iotlb->lock, NULL) == 0;
}

static void release(struct vtd_iotlb *iotlb)
{
	for (unsigned int i = 0; i < VTD_IOTLB_PARTS; i++)
		vtd_iotlb_store_free(&iotlb->store[i]);
	free(iotlb);
}

struct vtd_iotlb *vtd_iotlb_create(const struct vtd_iotlb_size *size)
{
	struct vtd_iotlb *iotlb = calloc(1, sizeof(*iotlb));

	if (iotlb == NULL)
		return NULL;
	atomic_init(&iotlb->generation, 0);
	atomic_init(&iotlb->waits, 0);
	iotlb->fractured = size->fractured;
	if (init_stores(iotlb, size))
		return iotlb;
	release(iotlb);
	return NULL;
}

void vtd_iotlb_destroy(struct vtd_iotlb *iotlb)
{
	if (iotlb == NULL)
		return;
	pthread_mutex_destroy(&iotlb->lock);
	release(iotlb);
}

struct vtd_iotlb_store *vtd_iotlb_store_for(struct vtd_iotlb *iotlb,
					    const struct vtd_iotlb_key *key)
{
	switch (key->cache) {
	case VTD_CACHE_CONTEXT:
	case VTD_CACHE_PASID:
		return &iotlb->store[VTD_IOTLB_CONFIGS];
	case VTD_CACHE_FIRST_STAGE_TABLE:
	case VTD_CACHE_SECOND_STAGE_TABLE:
		return &iotlb->store[VTD_IOTLB_TABLES];
	default:
		return &iotlb->store[VTD_IOTLB_PAGES];
	}
}

bool vtd_iotlb_find(struct vtd_iotlb *iotlb, const struct vtd_iotlb_key *key,
		    struct vtd_iotlb_entry *entry)
{
	const struct vtd_iotlb_slot *slot;

	pthread_mutex_lock(&iotlb->lock);
	slot = vtd_iotlb_store_find(vtd_iotlb_store_for(iotlb, key), key);
	if (slot != NULL)
		*entry = slot->entry;
	pthread_mutex_unlock(&iotlb->lock);
	return slot != NULL;
}

void vtd_iotlb_put(struct vtd_iotlb *iotlb, uint64_t generation,
		   const struct vtd_iotlb_entry *entry)
{
	struct vtd_iotlb_entry put = *entry;

	pthread_mutex_lock(&iotlb->lock);
	put.serial = ++iotlb->serial;
	put.after = iotlb->notes;
	if (vtd_iotlb_generation(iotlb) == generation)
		vtd_iotlb_store_put(vtd_iotlb_store_for(iotlb, &put.key), &put);
	pthread_mutex_unlock(&iotlb->lock);
}

uint64_t vtd_iotlb_dropped(struct vtd_iotlb *iotlb)
{
	uint64_t dropped = 0;

	pthread_mutex_lock(&iotlb->lock);
	for (unsigned int i = 0; i < VTD_IOTLB_PARTS; i++)
		dropped += iotlb->store[i].dropped;
	pthread_mutex_unlock(&iotlb->lock);
	return dropped;
}

static void drop_covered(struct vtd_iotlb_store *store,
			 const struct vtd_invalidation *request)
{
	struct vtd_iotlb_slot *slot = vtd_iotlb_store_oldest(store);

	while (slot != NULL) {
		struct vtd_iotlb_slot *next =
			vtd_iotlb_store_newer(store, slot);

		if (vtd_invalidation_spares(request, &slot->entry) ==
		    VTD_SPARED_NOT)
			vtd_iotlb_store_drop(store, slot);
		slot = next;
	}
}

void vtd_iotlb_invalidate(struct vtd_iotlb *iotlb,
			  const struct vtd_invalidation *request)
{
	pthread_mutex_lock(&iotlb->lock);
	atomic_fetch_add_explicit(&iotlb->generation, 1, memory_order_acq_rel);
	iotlb->note[iotlb->notes++ % VTD_IOTLB_NOTES] = (struct vtd_iotlb_note){
		.request = *request,
		.waits = vtd_iotlb_waits(iotlb),
	};
	for (unsigned int i = 0; i < VTD_IOTLB_PARTS; i++)
		drop_covered(&iotlb->store[i], request);
	pthread_mutex_unlock(&iotlb->lock);
}
