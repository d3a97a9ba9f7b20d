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

#include "translate/walk_config.h"

#define VTD_CONFIG_CACHE_SLOTS 256 /* a power of two */
#define VTD_WALK_CONFIG_WORDS \
	((sizeof(struct vtd_walk_config) + 7) / sizeof(uint64_t))

/*
 * A slot is a sequence lock: odd while it is being written.  The words in it are
 * loaded with acquire and stored with release instead of between fences: as
 * fast, and ThreadSanitizer understands it.
 */
struct vtd_config_slot {
	_Atomic uint32_t sequence;
	_Atomic uint64_t key;
	_Atomic uint64_t generation;
	_Atomic uint64_t word[VTD_WALK_CONFIG_WORDS];
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
uint64_t vtd_config_cache_generation(struct vtd_config_cache *cache);

/* Keep a configuration that was decoded since `generation` was read. */
void vtd_config_cache_put(struct vtd_config_cache *cache,
			  const struct vtd_requester *requester,
			  uint64_t generation,
			  const struct vtd_walk_config *config);

void vtd_config_cache_invalidate_all(struct vtd_config_cache *cache);

#endif /* VTD_SRC_CACHE_CONFIG_CACHE_H */
