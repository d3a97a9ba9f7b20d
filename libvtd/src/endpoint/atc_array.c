/* SPDX-License-Identifier: BSD-3-Clause */
#include "atc_array_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_RIGHTS UINT64_C(0x3) /* enum vtd_access */
#define TARGET_SNOOP UINT64_C(0x4)
#define TARGET_ADDRESS (~UINT64_C(0xfff))

/* A line of the processor's cache; a set of two entries never needs two. */
#define ALIGNMENT 64u

static void *allocate(size_t size)
{
	void *memory;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	memory = aligned_alloc(ALIGNMENT, size);
	if (memory)
		memset(memory, 0, size);
	return memory;
}

static unsigned int log2_of(unsigned int power)
{
	unsigned int shift = 0;

	while (1u << shift < power)
		shift++;
	return shift;
}

int vtd_atc_array_init(struct vtd_atc_array *array,
		       const struct vtd_atc_config *config)
{
	unsigned int sets_shift = log2_of(config->entries / config->ways);
	unsigned int shift = 0;

	while (shift < sets_shift &&
	       config->ways << shift < VTD_ATC_NEIGHBOURHOOD)
		shift++;
	*array = (struct vtd_atc_array){
		.entry_count = config->entries,
		.ways = config->ways,
		.page_sizes = config->page_sizes,
		.neighbours_shift = shift,
		.neighbourhoods_shift = sets_shift - shift,
		.group_count = config->pasid_groups,
	};
	array->entries = allocate(config->entries * sizeof(*array->entries));
	array->groups = allocate(array->group_count * sizeof(*array->groups));
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

bool vtd_atc_rights_suffice(enum vtd_access access, enum vtd_access rights)
{
	if (access == VTD_ACCESS_ZERO_LENGTH_READ)
		return rights != 0;
	return (rights & access) == access;
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

static uint64_t key_of(const struct vtd_atc_access *access, unsigned int shift)
{
	uint64_t key = access->address >> shift << shift | shift;

	if (access->pasid_present)
		key |= KEY_PASID_PRESENT;
	if (access->privileged)
		key |= KEY_PRIVILEGED;
	return key;
}

/* --------------------------------------------------------------- look-ups */

/*
 * `born` first, so that a later look at it tells whether the others belong to
 * it: an entry that is being changed has shown 0 by then, or another one.
 */
static bool read_entry(struct vtd_atc_entry *entry, uint64_t key,
		       uint32_t pasid, struct vtd_atc_found *found)
{
	uint64_t target;

	found->entry = entry;
	found->born = atomic_load_explicit(&entry->born, memory_order_acquire);
	if (atomic_load_explicit(&entry->key, memory_order_acquire) != key ||
	    atomic_load_explicit(&entry->pasid, memory_order_acquire) != pasid)
		return false;
	target = atomic_load_explicit(&entry->target, memory_order_acquire);
	found->page = (struct vtd_atc_page){
		.address = target & TARGET_ADDRESS,
		.shift = key & KEY_SHIFT,
		.rights = target & TARGET_RIGHTS,
		.snoop = target & TARGET_SNOOP,
	};
	return true;
}

static bool find_in(const struct vtd_atc_array *array,
		    const struct vtd_atc_access *access, unsigned int shift,
		    struct vtd_atc_found *found)
{
	const uint64_t key = key_of(access, shift);
	struct vtd_atc_entry *set =
		set_of(array, access->address >> shift, shift, access->pasid);

	for (unsigned int way = 0; way < array->ways; way++)
		if (read_entry(&set[way], key, access->pasid, found))
			return vtd_atc_rights_suffice(access->access,
						      found->page.rights);
	return false;
}

bool vtd_atc_array_find(const struct vtd_atc_array *array,
			const struct vtd_atc_access *access,
			struct vtd_atc_found *found)
{
	for (unsigned int i = 0; i < PAGE_SIZES; i++)
		if (array->page_sizes & page_size[i].size &&
		    find_in(array, access, page_size[i].shift, found))
			return true;
	return false;
}

/* Uses between the same two insertions count as one, and those with few in
 * between: threads that hit the same entry shall not write to it all the time. */
static void mark_used(const struct vtd_atc_array *array,
		      struct vtd_atc_entry *entry)
{
	uint32_t now =
		atomic_load_explicit(&array->tick, memory_order_relaxed) + 1;
	uint32_t used =
		atomic_load_explicit(&entry->used, memory_order_relaxed);

	if (now - used > array->entry_count / 8)
		atomic_store_explicit(&entry->used, now, memory_order_relaxed);
}

bool vtd_atc_array_confirm(const struct vtd_atc_array *array,
			   const struct vtd_atc_access *access,
			   const struct vtd_atc_found *found)
{
	if (atomic_load(&found->entry->born) != found->born ||
	    is_dropped(array, access->pasid_present, access->pasid,
		       found->born))
		return false;
	mark_used(array, found->entry);
	return true;
}

/* -------------------------------------------------------------- insertion */

static bool is_older(const struct vtd_atc_entry *a,
		     const struct vtd_atc_entry *b)
{
	return (int32_t)(a->used - b->used) < 0;
}

/* The place for an entry: that of the same block and tag, of which there is one
 * at most, live or not; else a free one, or the least recently used. */
static struct vtd_atc_entry *place_in(const struct vtd_atc_array *array,
				      struct vtd_atc_entry *set, uint64_t key,
				      uint32_t pasid)
{
	struct vtd_atc_entry *best = NULL;
	bool best_is_live = true;

	for (unsigned int way = 0; way < array->ways; way++) {
		bool live = is_live(array, &set[way]);

		if (set[way].key == key && set[way].pasid == pasid)
			return &set[way];
		if (best &&
		    (!best_is_live || (live && !is_older(&set[way], best))))
			continue;
		best = &set[way];
		best_is_live = live;
	}
	return best;
}

static uint64_t target_of(const struct vtd_atc_page *page)
{
	return (page->address & TARGET_ADDRESS) | page->rights |
	       (page->snoop ? TARGET_SNOOP : 0);
}

static uint32_t next_tick(struct vtd_atc_array *array)
{
	uint32_t tick =
		atomic_load_explicit(&array->tick, memory_order_relaxed) + 2;

	atomic_store_explicit(&array->tick, tick, memory_order_relaxed);
	return tick;
}

/* Each word after born has become 0, and born after each word. */
static void write_entry(struct vtd_atc_array *array,
			struct vtd_atc_entry *entry, uint64_t key,
			uint32_t pasid, uint64_t target)
{
	atomic_store_explicit(&entry->born, 0, memory_order_relaxed);
	atomic_store_explicit(&entry->key, key, memory_order_release);
	atomic_store_explicit(&entry->pasid, pasid, memory_order_release);
	atomic_store_explicit(&entry->target, target, memory_order_release);
	atomic_store_explicit(&entry->used, next_tick(array),
			      memory_order_release);
	atomic_store_explicit(&entry->born, ++array->clock,
			      memory_order_release);
}

static unsigned int size_with(unsigned int shift)
{
	unsigned int i = 0;

	while (page_size[i].shift != shift)
		i++;
	return page_size[i].size;
}

bool vtd_atc_array_insert(struct vtd_atc_array *array,
			  const struct vtd_atc_access *access,
			  const struct vtd_atc_page *page)
{
	const uint64_t key = key_of(access, page->shift);
	struct vtd_atc_entry *place =
		place_in(array,
			 set_of(array, access->address >> page->shift,
				page->shift, access->pasid),
			 key, access->pasid);
	bool replaces = is_live(array, place);
	bool evicts = replaces &&
		      (place->key != key || place->pasid != access->pasid);

	if (replaces)
		count_live(array, place, -1);
	write_entry(array, place, key, access->pasid, target_of(page));
	count_live(array, place, 1);
	array->sizes_used |= size_with(page->shift);
	return evicts;
}
