/* SPDX-License-Identifier: BSD-3-Clause */
/* What the cache of context and PASID entries has. */
#include <vtd/dump.h>

#include "unit.h"

/* The key of a slot, taken apart: vtd_config_cache_key(). */
static struct vtd_requester requester_of(uint64_t key)
{
	return (struct vtd_requester){
		.sid = (uint16_t)key,
		.pasid_present = (key & UINT64_C(1) << 16) != 0,
		.context_only = (key & UINT64_C(1) << 17) != 0,
		.pasid = (uint32_t)(key >> 32),
	};
}

static bool take(struct vtd_config_cache *cache, unsigned int index,
		 struct vtd_dump_cached *cached)
{
	uint64_t key = atomic_load_explicit(&cache->slot[index].key,
					    memory_order_acquire);
	const struct vtd_requester requester = requester_of(key);
	struct vtd_config_view view;
	struct vtd_walk_config config;

	/* The slot itself, and not another one that has the same requester. */
	if (!vtd_config_slot_view(cache, index, key, &view) ||
	    !vtd_config_cache_get(cache, &requester, &config))
		return false;
	*cached = (struct vtd_dump_cached){
		.sid = requester.sid,
		.pasid_present = requester.pasid_present,
		.context_only = requester.context_only,
		.pasid = requester.pasid,
		.did = config.did,
		.pass_through = config.kind == VTD_WALK_PASS_THROUGH,
		.tag = config.pasid,
		.first_stage_root = config.first_stage_root,
		.second_stage_root = config.second_stage_root,
	};
	return true;
}

size_t vtd_unit_dump_cache(struct vtd_unit *unit, uint32_t *cursor,
			   struct vtd_dump_cached *list, size_t room)
{
	size_t count = 0;

	while (*cursor < VTD_CONFIG_CACHE_SLOTS && count < room) {
		if (take(&unit->config_cache, *cursor, &list[count]))
			count++;
		(*cursor)++;
	}
	if (*cursor >= VTD_CONFIG_CACHE_SLOTS)
		*cursor = VTD_DUMP_END;
	return count;
}
