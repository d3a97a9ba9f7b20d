/* SPDX-License-Identifier: BSD-3-Clause */
/* Paging-structure caches: entries that lead to tables.  SPEC 6.2.5. */
#include "translate/walk.h"

static struct vtd_iotlb_key key_of(const struct vtd_walk *walk,
				   enum vtd_stage stage, uint64_t address,
				   unsigned int level)
{
	unsigned int shift = 12 + 9 * (level - 1);
	struct vtd_iotlb_key key = {
		.address = address & UINT64_MAX << shift,
		.source = walk->config->did,
		.shift = (uint8_t)shift,
		.flags = VTD_IOTLB_KEY_DOMAIN,
		.cache = VTD_CACHE_SECOND_STAGE_TABLE,
	};

	if (stage == VTD_STAGE_FIRST) {
		key.cache = VTD_CACHE_FIRST_STAGE_TABLE;
		key.pasid = walk->config->pasid;
	}
	return key;
}

void vtd_walk_skip(const struct vtd_walk *walk, enum vtd_stage stage,
		   uint64_t address, struct vtd_walk_step *step)
{
	if (walk->iotlb == NULL)
		return;
	for (unsigned int level = 2; level <= step->level; level++) {
		struct vtd_iotlb_key key = key_of(walk, stage, address, level);
		struct vtd_iotlb_entry entry;

		if (!vtd_iotlb_find(walk->iotlb, &key, &entry))
			continue;
		step->level = level - 1;
		step->table = entry.u.table.table;
		step->all = entry.u.table.all;
		return;
	}
}

void vtd_walk_keep(const struct vtd_walk *walk, enum vtd_stage stage,
		   uint64_t address, const struct vtd_walk_step *step)
{
	struct vtd_iotlb_entry entry = {
		.kind = walk->config->kind,
		.did = walk->config->did,
		.pasid = walk->config->pasid,
		.u.table = { .table = step->table, .all = step->all },
	};

	if (walk->iotlb == NULL || walk->probe || !step->accessed)
		return;
	entry.key = key_of(walk, stage, address, step->level + 1);
	vtd_iotlb_put(walk->iotlb, walk->generation, &entry);
}
