/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decoded context and PASID configuration, by requester.
 *
 * A fixed array of slots, filled and read by any thread without a lock.  Every
 * invalidation of the context or PASID cache advances one generation and so
 * drops everything: coarser than asked, which SPEC 6.2 allows, and independent
 * of how much is cached.  A fill that raced with an invalidation carries the
 * old generation and is never found.
 */
#ifndef VTD_SRC_CACHE_CONFIG_CACHE_H
#define VTD_SRC_CACHE_CONFIG_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "translate/plain.h"
#include "translate/walk_config.h"

/* A power of two.  A requester has two places: its own slot and the one next to
 * it.  The fuzz targets take few, for a unit is made anew for each input. */
#ifndef VTD_CONFIG_CACHE_SLOTS
#define VTD_CONFIG_CACHE_SLOTS 1024
#endif

/* What is known of a requester. */
struct vtd_config_entry {
	struct vtd_plain plain;
	struct vtd_walk_config config;
};

#define VTD_CONFIG_ENTRY_WORDS \
	((sizeof(struct vtd_config_entry) + 7) / sizeof(uint64_t))

/*
 * A slot is a sequence lock: odd while it is being written.  The words in it are
 * loaded with acquire and stored with release instead of between fences: as
 * fast, and ThreadSanitizer understands it.
 */
struct vtd_config_slot {
	_Alignas(64) _Atomic uint64_t sequence;
	_Atomic uint64_t key;
	_Atomic uint64_t generation;
	_Atomic uint64_t word[VTD_CONFIG_ENTRY_WORDS];
};

struct vtd_config_cache {
	_Atomic uint64_t generation;
	struct vtd_config_slot slot[VTD_CONFIG_CACHE_SLOTS];
};

/* Who asks: a source-id, and a PASID or none. */
struct vtd_requester {
	uint16_t sid;
	bool pasid_present;
	/* The context entry alone: all that translated requests need.  Cached
	 * apart, for a PASID entry need not be there. */
	bool context_only;
	uint32_t pasid;
};

void vtd_config_cache_init(struct vtd_config_cache *cache);

/* A copy of what is cached for the requester; false: nothing. */
bool vtd_config_cache_get(struct vtd_config_cache *cache,
			  const struct vtd_requester *requester,
			  struct vtd_walk_config *config);

/* To be read before the tables that a fill comes from are. */
static inline uint64_t
vtd_config_cache_generation(struct vtd_config_cache *cache)
{
	return atomic_load_explicit(&cache->generation, memory_order_acquire);
}

/* Keep what was decoded since `generation` was read. */
void vtd_config_cache_put(struct vtd_config_cache *cache,
			  const struct vtd_requester *requester,
			  uint64_t generation,
			  const struct vtd_config_entry *entry);

void vtd_config_cache_invalidate_all(struct vtd_config_cache *cache);

/*
 * Looking without a copy: words are taken from the slot one by one, and are
 * those of one entry if the view still is valid after the last of them.
 */
struct vtd_config_view {
	const struct vtd_config_slot *slot;
	uint64_t sequence;
};

static inline uint64_t
vtd_config_cache_key(const struct vtd_requester *requester)
{
	if (requester->context_only)
		return requester->sid | UINT64_C(1) << 17;
	if (!requester->pasid_present)
		return requester->sid;
	return requester->sid | UINT64_C(1) << 16 |
	       (uint64_t)requester->pasid << 32;
}

/* Multiplicative hashing: devices differ in few, low bits. */
static inline unsigned int vtd_config_cache_index(uint64_t key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15) >> 40 &
	       (VTD_CONFIG_CACHE_SLOTS - 1);
}

static inline bool vtd_config_slot_view(struct vtd_config_cache *cache,
					unsigned int index, uint64_t key,
					struct vtd_config_view *view)
{
	struct vtd_config_slot *slot = &cache->slot[index];

	view->slot = slot;
	view->sequence =
		atomic_load_explicit(&slot->sequence, memory_order_acquire);
	return view->sequence % 2 == 0 &&
	       atomic_load_explicit(&slot->key, memory_order_acquire) == key &&
	       atomic_load_explicit(&slot->generation, memory_order_acquire) ==
		       vtd_config_cache_generation(cache);
}

/* False: nothing is cached for the requester. */
static inline bool vtd_config_cache_view(struct vtd_config_cache *cache,
					 const struct vtd_requester *requester,
					 struct vtd_config_view *view)
{
	uint64_t key = vtd_config_cache_key(requester);
	unsigned int index = vtd_config_cache_index(key);

	return __builtin_expect(vtd_config_slot_view(cache, index, key, view),
				1) ||
	       vtd_config_slot_view(cache, index ^ 1, key, view);
}

static inline uint64_t vtd_config_view_word(const struct vtd_config_view *view,
					    unsigned int word)
{
	return atomic_load_explicit(&view->slot->word[word],
				    memory_order_acquire);
}

/* A word of a later filling came with the sequence of that filling. */
static inline bool vtd_config_view_is_valid(const struct vtd_config_view *view)
{
	return atomic_load_explicit(&view->slot->sequence,
				    memory_order_relaxed) == view->sequence;
}

#endif /* VTD_SRC_CACHE_CONFIG_CACHE_H */
