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

int vtd_atc_array_init(struct vtd_atc_array *array,
		       const struct vtd_atc_config *config)
{
	array->sets = config->entries / config->ways;
	array->ways = config->ways;
	array->page_sizes = config->page_sizes;
	array->tick = 0;
	array->entries = calloc(config->entries, sizeof(*array->entries));
	return array->entries ? 0 : -ENOMEM;
}

void vtd_atc_array_free(struct vtd_atc_array *array)
{
	free(array->entries);
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
place_in(struct vtd_atc_entry *set, unsigned int ways,
	 const struct vtd_atc_access *tag, unsigned int shift)
{
	struct vtd_atc_entry *best = &set[0];

	for (unsigned int way = 0; way < ways; way++) {
		if (entry_is(&set[way], tag, shift))
			return &set[way];
		if (!best->valid)
			continue;
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
		set_of(array, entry->block, entry->shift, entry->pasid),
		array->ways, &tag, entry->shift);
	bool evicts = place->valid && !entry_is(place, &tag, entry->shift);

	*place = *entry;
	place->valid = true;
	place->used = ++array->tick;
	return evicts;
}

static unsigned int remove_from(struct vtd_atc_entry *entries,
				unsigned int count,
				const struct vtd_atc_scope *scope)
{
	unsigned int removed = 0;

	for (unsigned int i = 0; i < count; i++) {
		struct vtd_atc_entry *entry = &entries[i];

		if (!entry->valid ||
		    !scope_has_tag(scope, entry->pasid_present, entry->pasid) ||
		    !scope_has_block(scope, entry->block, entry->shift))
			continue;
		entry->valid = false;
		removed++;
	}
	return removed;
}

/*
 * A range of few pages in one PASID looks only where these can be; all else
 * goes through the array, whose size is the bound.
 */
unsigned int vtd_atc_array_remove(struct vtd_atc_array *array,
				  const struct vtd_atc_scope *scope)
{
	unsigned int removed = 0;

	if (scope->every_tag ||
	    (scope->last >> 12) - (scope->first >> 12) >= array->sets)
		return remove_from(array->entries, array->sets * array->ways,
				   scope);

	for (unsigned int i = 0; i < PAGE_SIZES; i++) {
		unsigned int shift = page_size[i].shift;
		uint64_t last = scope->last >> shift;

		if (!(array->page_sizes & page_size[i].size))
			continue;
		for (uint64_t block = scope->first >> shift; block <= last;
		     block++)
			removed += remove_from(set_of(array, block, shift,
						      scope->pasid),
					       array->ways, scope);
	}
	return removed;
}
