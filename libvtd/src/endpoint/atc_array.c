/* SPDX-License-Identifier: BSD-3-Clause */
#include "atc_array.h"

#include <errno.h>
#include <stdlib.h>

/* The page sizes, most frequent first. */
static const struct {
	unsigned int size;
	unsigned int shift;
} page_size[] = {
	{ VTD_PAGE_4K, 12 },
	{ VTD_PAGE_2M, 21 },
	{ VTD_PAGE_1G, 30 },
};
#define PAGE_SIZES (sizeof(page_size) / sizeof(page_size[0]))

#define PAGE_SHIFT 12u

int vtd_atc_array_init(struct vtd_atc_array *array,
		       const struct vtd_atc_config *config)
{
	*array = (struct vtd_atc_array){
		.sets = config->entries / config->ways,
		.ways = config->ways,
		.page_sizes = config->page_sizes,
		.group_count = config->pasid_groups,
	};
	array->entries = calloc(config->entries, sizeof(*array->entries));
	array->groups = calloc(array->group_count, sizeof(*array->groups));
	if (array->entries && array->groups)
		return 0;
	vtd_atc_array_free(array);
	return -ENOMEM;
}

void vtd_atc_array_free(struct vtd_atc_array *array)
{
	free(array->entries);
	free(array->groups);
}

static struct vtd_atc_group *group_of(struct vtd_atc_array *array,
				      bool pasid_present, uint32_t pasid)
{
	struct vtd_atc_group *group;

	if (!pasid_present)
		return &array->untagged;
	group = &array->groups[pasid & (array->group_count - 1)];
	/* All groups have been dropped since this one was looked at. */
	if (group->dropped < array->tagged.dropped)
		*group = (struct vtd_atc_group){
			.dropped = array->tagged.dropped,
		};
	return group;
}

static bool is_live(struct vtd_atc_array *array,
		    const struct vtd_atc_entry *entry)
{
	return entry->valid &&
	       entry->born >=
		       group_of(array, entry->pasid_present, entry->pasid)
			       ->dropped;
}

/* A live entry comes (1) or goes (-1). */
static void count_live(struct vtd_atc_array *array,
		       const struct vtd_atc_entry *entry, int change)
{
	struct vtd_atc_group *group =
		group_of(array, entry->pasid_present, entry->pasid);

	group->live += (unsigned int)change;
	if (entry->pasid_present)
		array->tagged.live += (unsigned int)change;
}

bool vtd_atc_rights_suffice(enum vtd_access access, bool read, bool write)
{
	if (access == VTD_ACCESS_ZERO_LENGTH_READ)
		return read || write;
	return (read || !(access & VTD_ACCESS_READ)) &&
	       (write || !(access & VTD_ACCESS_WRITE));
}

static bool scope_has_tag(const struct vtd_atc_scope *scope, bool pasid_present,
			  uint32_t pasid)
{
	return scope->every_tag || (pasid_present && pasid == scope->pasid);
}

static bool scope_has_block(const struct vtd_atc_scope *scope, uint64_t block,
			    unsigned int shift)
{
	return block >= scope->first >> shift && block <= scope->last >> shift;
}

bool vtd_atc_scope_touches(const struct vtd_atc_scope *scope,
			   const struct vtd_atc_access *access,
			   unsigned int shift)
{
	return scope_has_tag(scope, access->pasid_present, access->pasid) &&
	       scope_has_block(scope, access->address >> shift, shift);
}

unsigned int vtd_atc_array_page_shift(const struct vtd_atc_array *array,
				      unsigned int shift)
{
	unsigned int best = page_size[0].shift;

	for (unsigned int i = 1; i < PAGE_SIZES; i++)
		if (array->page_sizes & page_size[i].size &&
		    page_size[i].shift <= shift)
			best = page_size[i].shift;
	return best;
}

/*
 * Neighbouring pages fall into neighbouring sets.  The PASID takes part because
 * processes of one program use the same addresses, the size because large pages
 * all begin with small block numbers.
 */
static struct vtd_atc_entry *set_of(const struct vtd_atc_array *array,
				    uint64_t block, unsigned int shift,
				    uint32_t pasid)
{
	uint64_t hash = block + (uint64_t)pasid * 0x9e37 + shift;

	return array->entries + (hash & (array->sets - 1)) * array->ways;
}

static bool entry_is(const struct vtd_atc_entry *entry,
		     const struct vtd_atc_access *access, unsigned int shift)
{
	return entry->valid && entry->shift == shift &&
	       entry->block == access->address >> shift &&
	       entry->pasid_present == access->pasid_present &&
	       entry->pasid == access->pasid &&
	       entry->privileged == access->privileged;
}

struct vtd_atc_entry *vtd_atc_array_find(struct vtd_atc_array *array,
					 const struct vtd_atc_access *access)
{
	for (unsigned int i = 0; i < PAGE_SIZES; i++) {
		unsigned int shift = page_size[i].shift;
		struct vtd_atc_entry *set;

		if (!(array->page_sizes & page_size[i].size))
			continue;
		set = set_of(array, access->address >> shift, shift,
			     access->pasid);
		for (unsigned int way = 0; way < array->ways; way++) {
			if (!entry_is(&set[way], access, shift) ||
			    !is_live(array, &set[way]) ||
			    !vtd_atc_rights_suffice(access->access,
						    set[way].read,
						    set[way].write))
				continue;
			set[way].used = ++array->tick;
			return &set[way];
		}
	}
	return NULL;
}

/* The place for an entry: its own, a free one, or the least recently used. */
static struct vtd_atc_entry *
place_in(struct vtd_atc_array *array, struct vtd_atc_entry *set,
	 const struct vtd_atc_access *tag, unsigned int shift)
{
	struct vtd_atc_entry *best = &set[0];

	for (unsigned int way = 0; way < array->ways; way++) {
		if (entry_is(&set[way], tag, shift))
			return &set[way];
		if (!best->valid)
			continue;
		if (!is_live(array, &set[way]))
			set[way].valid = false;
		if (!set[way].valid || set[way].used < best->used)
			best = &set[way];
	}
	return best;
}

bool vtd_atc_array_insert(struct vtd_atc_array *array,
			  const struct vtd_atc_entry *entry)
{
	const struct vtd_atc_access tag = {
		.address = entry->block << entry->shift,
		.pasid_present = entry->pasid_present,
		.privileged = entry->privileged,
		.pasid = entry->pasid,
	};
	struct vtd_atc_entry *place = place_in(
		array, set_of(array, entry->block, entry->shift, entry->pasid),
		&tag, entry->shift);
	bool replaces = is_live(array, place);
	bool evicts = replaces && !entry_is(place, &tag, entry->shift);

	if (replaces)
		count_live(array, place, -1);
	*place = *entry;
	place->valid = true;
	place->used = ++array->tick;
	place->born = array->clock;
	count_live(array, place, 1);
	return evicts;
}

/* ---------------------------------------------------------------- removal */

static unsigned int drop_group(struct vtd_atc_array *array,
			       struct vtd_atc_group *group)
{
	unsigned int removed = group->live;

	group->live = 0;
	group->dropped = ++array->clock;
	return removed;
}

static unsigned int drop_pasid(struct vtd_atc_array *array, uint32_t pasid)
{
	unsigned int removed = drop_group(array, group_of(array, true, pasid));

	array->tagged.live -= removed;
	return removed;
}

static unsigned int
remove_from(struct vtd_atc_array *array, struct vtd_atc_entry *entries,
	    unsigned int count, const struct vtd_atc_scope *scope)
{
	unsigned int removed = 0;

	array->searched += count;
	for (unsigned int i = 0; i < count; i++) {
		struct vtd_atc_entry *entry = &entries[i];

		if (!is_live(array, entry) ||
		    !scope_has_tag(scope, entry->pasid_present, entry->pasid) ||
		    !scope_has_block(scope, entry->block, entry->shift))
			continue;
		count_live(array, entry, -1);
		entry->valid = false;
		removed++;
	}
	return removed;
}

/* Look where pages of the range can be with this PASID, 0 for none. */
static unsigned int remove_from_sets(struct vtd_atc_array *array,
				     uint32_t pasid,
				     const struct vtd_atc_scope *scope)
{
	unsigned int removed = 0;

	for (unsigned int i = 0; i < PAGE_SIZES; i++) {
		unsigned int shift = page_size[i].shift;
		uint64_t last = scope->last >> shift;

		if (!(array->page_sizes & page_size[i].size))
			continue;
		for (uint64_t block = scope->first >> shift; block <= last;
		     block++)
			removed += remove_from(
				array, set_of(array, block, shift, pasid),
				array->ways, scope);
	}
	return removed;
}

/* So few pages that looking for each is less work than `entries` looks. */
static bool is_few_pages(const struct vtd_atc_array *array,
			 const struct vtd_atc_scope *scope,
			 unsigned int entries)
{
	uint64_t pages =
		(scope->last >> PAGE_SHIFT) - (scope->first >> PAGE_SHIFT);

	return pages < entries / array->ways;
}

static unsigned int remove_every_tag(struct vtd_atc_array *array,
				     const struct vtd_atc_scope *scope,
				     bool few)
{
	unsigned int removed = drop_group(array, &array->tagged);

	if (few)
		return removed + remove_from_sets(array, 0, scope);
	return removed + drop_group(array, &array->untagged);
}

unsigned int vtd_atc_array_remove(struct vtd_atc_array *array,
				  const struct vtd_atc_scope *scope)
{
	unsigned int entries = array->sets * array->ways;
	bool whole = scope->first == 0 && scope->last == UINT64_MAX;
	bool small = entries <= VTD_ATC_SEARCH_MAX;
	bool few = !whole && is_few_pages(array, scope,
					  small ? entries : VTD_ATC_SEARCH_MAX);

	if (small && !whole && (scope->every_tag || !few))
		return remove_from(array, array->entries, entries, scope);
	if (scope->every_tag)
		return remove_every_tag(array, scope, few);
	if (!few)
		return drop_pasid(array, scope->pasid);
	return remove_from_sets(array, scope->pasid, scope);
}
