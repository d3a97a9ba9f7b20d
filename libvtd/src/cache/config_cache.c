/* SPDX-License-Identifier: BSD-3-Clause */
#include "cache/config_cache.h"

#include <stddef.h>
#include <string.h>

void vtd_config_cache_init(struct vtd_config_cache *cache)
{
	memset(cache, 0, sizeof(*cache));
	/* Empty slots have generation 0. */
	atomic_init(&cache->generation, 1);
}

bool vtd_config_cache_get(struct vtd_config_cache *cache,
			  const struct vtd_requester *requester,
			  struct vtd_walk_config *config)
{
	enum {
		FIRST = offsetof(struct vtd_config_entry, config) / 8,
		COUNT = VTD_CONFIG_ENTRY_WORDS - FIRST
	};
	struct vtd_config_view view;
	uint64_t words[COUNT];

	if (!vtd_config_cache_view(cache, requester, &view))
		return false;
	for (unsigned int i = 0; i < COUNT; i++)
		words[i] = vtd_config_view_word(&view, FIRST + i);
	if (!vtd_config_view_is_valid(&view))
		return false;
	memcpy(config, words, sizeof(*config));
	return true;
}

/* Whether another requester's configuration would be lost. */
static bool is_taken(const struct vtd_config_slot *slot, uint64_t key,
		     uint64_t generation)
{
	return atomic_load_explicit(&slot->generation, memory_order_relaxed) ==
		       generation &&
	       atomic_load_explicit(&slot->key, memory_order_relaxed) != key;
}

static struct vtd_config_slot *slot_for(struct vtd_config_cache *cache,
					uint64_t key, uint64_t generation)
{
	unsigned int index = vtd_config_cache_index(key);

	if (is_taken(&cache->slot[index], key, generation) &&
	    !is_taken(&cache->slot[index ^ 1], key, generation))
		index ^= 1;
	return &cache->slot[index];
}

void vtd_config_cache_put(struct vtd_config_cache *cache,
			  const struct vtd_requester *requester,
			  uint64_t generation,
			  const struct vtd_config_entry *entry)
{
	uint64_t key = vtd_config_cache_key(requester);
	struct vtd_config_slot *slot = slot_for(cache, key, generation);
	uint64_t words[VTD_CONFIG_ENTRY_WORDS] = { 0 };
	uint64_t sequence;

	memcpy(words, entry, sizeof(*entry));
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
	for (size_t i = 0; i < VTD_CONFIG_ENTRY_WORDS; i++)
		atomic_store_explicit(&slot->word[i], words[i],
				      memory_order_release);
	atomic_store_explicit(&slot->sequence, sequence + 2,
			      memory_order_release);
}

void vtd_config_cache_invalidate_all(struct vtd_config_cache *cache)
{
	atomic_fetch_add(&cache->generation, 1);
}
