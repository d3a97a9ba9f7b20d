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

static void note_skipped(const struct vtd_walk *walk,
			 const struct vtd_iotlb_entry *entry)
{
	struct vtd_walk_skipped *skipped = walk->skipped;

	if (skipped == NULL || skipped->count == VTD_WALK_SKIPPED_MAX)
		return;
	skipped->backed[skipped->count] = false;
	skipped->entry[skipped->count++] = *entry;
}

/* The entry as memory has it. */
static void compare(struct vtd_walk_skipped *skipped,
		    const struct vtd_iotlb_key *key,
		    const struct vtd_walk_step *step)
{
	for (unsigned int i = 0; i < skipped->count; i++) {
		const struct vtd_iotlb_entry *entry = &skipped->entry[i];

		if (entry->key.cache == key->cache &&
		    entry->key.shift == key->shift &&
		    entry->key.address == key->address)
			skipped->backed[i] = entry->u.table.table ==
						     step->table &&
					     entry->u.table.all == step->all;
	}
}

void vtd_walk_judge(const struct vtd_walk *walk, uint64_t address,
		    struct vtd_suspects *suspects)
{
	struct vtd_walk_skipped *skipped = walk->skipped;
	struct vtd_walk live = *walk;
	struct vtd_trail trail;
	struct vtd_page page;
	bool backed = true;

	if (skipped == NULL || skipped->count == 0)
		return;
	live.iotlb = NULL;
	live.probe = true;
	live.trail = &trail;
	vtd_trail_begin(&trail, NULL);
	vtd_walk(&live, address, &page);
	/* After the first that is not, the walk went another way. */
	for (unsigned int i = 0; i < skipped->count && backed; i++) {
		backed = skipped->backed[i];
		vtd_suspects_judge(suspects, walk->iotlb, &skipped->entry[i],
				   backed);
	}
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
		vtd_trail_to_cached(walk->trail,
				    VTD_STRUCTURE_CACHED_PAGING_ENTRY, level);
		vtd_trail_found(walk->trail, &entry.u.table.table, 1);
		step->level = level - 1;
		step->table = entry.u.table.table;
		step->all = entry.u.table.all;
		note_skipped(walk, &entry);
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

	if (walk->iotlb == NULL && walk->skipped == NULL)
		return;
	entry.key = key_of(walk, stage, address, step->level + 1);
	if (walk->iotlb == NULL)
		compare(walk->skipped, &entry.key, step);
	else if (!walk->probe && step->accessed)
		vtd_iotlb_put(walk->iotlb, walk->generation, &entry);
}
