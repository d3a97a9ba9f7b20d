/* SPDX-License-Identifier: BSD-3-Clause */
#include "cache/config_cache.h"

#include <stddef.h>
#include <string.h>

#define KEY_PASID_PRESENT (UINT64_C(1) << 16)
#define KEY_CONTEXT_ONLY (UINT64_C(1) << 17)

static uint64_t key_of(const struct vtd_requester *requester)
{
	if (requester->context_only)
		return requester->sid | KEY_CONTEXT_ONLY;
	if (!requester->pasid_present)
		return requester->sid;
	return requester->sid | KEY_PASID_PRESENT |
	       (uint64_t)requester->pasid << 32;
}

/* Multiplicative hashing: devices differ in few, low bits. */
static struct vtd_config_slot *slot_of(struct vtd_config_cache *cache,
				       uint64_t key)
{
	uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);

	return &cache->slot[(hash >> 40) % VTD_CONFIG_CACHE_SLOTS];
}

void vtd_config_cache_init(struct vtd_config_cache *cache)
{
	memset(cache, 0, sizeof(*cache));
	/* Empty slots have generation 0. */
	atomic_init(&cache->generation, 1);
}

uint64_t vtd_config_cache_generation(struct vtd_config_cache *cache)
{
	return atomic_load_explicit(&cache->generation, memory_order_acquire);
}

bool vtd_config_cache_get(struct vtd_config_cache *cache,
			  const struct vtd_requester *requester,
			  struct vtd_walk_config *config)
{
	uint64_t generation = vtd_config_cache_generation(cache);
	uint64_t key = key_of(requester);
	struct vtd_config_slot *slot = slot_of(cache, key);
	uint64_t words[VTD_WALK_CONFIG_WORDS];
	uint32_t sequence;

	sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire);
	if (sequence % 2 != 0 ||
	    atomic_load_explicit(&slot->key, memory_order_acquire) != key ||
	    atomic_load_explicit(&slot->generation, memory_order_acquire) !=
		    generation)
		return false;
	for (size_t i = 0; i < VTD_WALK_CONFIG_WORDS; i++)
		words[i] = atomic_load_explicit(&slot->word[i],
						memory_order_acquire);
	/* A word of a later filling came with the sequence of that filling. */
	if (atomic_load_explicit(&slot->sequence, memory_order_relaxed) !=
	    sequence)
		return false;
	memcpy(config, words, sizeof(*config));
	return true;
}

void vtd_config_cache_put(struct vtd_config_cache *cache,
			  const struct vtd_requester *requester,
			  uint64_t generation,
			  const struct vtd_walk_config *config)
{
	uint64_t key = key_of(requester);
	struct vtd_config_slot *slot = slot_of(cache, key);
	uint64_t words[VTD_WALK_CONFIG_WORDS] = { 0 };
	uint32_t sequence;

	memcpy(words, config, sizeof(*config));
	sequence = atomic_load_explicit(&slot->sequence, memory_order_relaxed);
	/* Somebody else is filling it: theirs is as good. */
	if (sequence % 2 != 0 ||
	    !atomic_compare_exchange_strong_explicit(
		    &slot->sequence, &sequence, sequence + 1,
		    memory_order_acq_rel, memory_order_relaxed))
		return;
	atomic_store_explicit(&slot->key, key, memory_order_release);
	atomic_store_explicit(&slot->generation, generation,
			      memory_order_release);
	for (size_t i = 0; i < VTD_WALK_CONFIG_WORDS; i++)
		atomic_store_explicit(&slot->word[i], words[i],
				      memory_order_release);
	atomic_store_explicit(&slot->sequence, sequence + 2,
			      memory_order_release);
}

void vtd_config_cache_invalidate_all(struct vtd_config_cache *cache)
{
	atomic_fetch_add(&cache->generation, 1);
}
