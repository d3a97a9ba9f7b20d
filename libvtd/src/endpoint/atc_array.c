/* SPDX-License-Identifier: BSD-3-Clause */
#include "atc_array_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Two lines of the processor's cache, which many fetch as one: a set of four. */
#define ALIGNMENT ((size_t)128)
/* A large array is looked at here and there: with small pages of the host each
 * look would cost a page walk as well, which under a hypervisor is a long one. */
#define HUGE_PAGE ((size_t)0x200000)

static void *allocate(size_t size)
{
	size_t alignment = size < HUGE_PAGE ? ALIGNMENT : HUGE_PAGE;
	void *memory;

	size = (size + alignment - 1) / alignment * alignment;
	memory = aligned_alloc(alignment, size);
	if (!memory)
		return NULL;
#ifdef MADV_HUGEPAGE
	/* A wish; nothing depends on it. */
	if (alignment == HUGE_PAGE)
		(void)madvise(memory, size, MADV_HUGEPAGE);
#endif
	return memset(memory, 0, size);
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
		.neighbours_mask = (1u << shift) - 1,
		.neighbourhoods_mask = (1u << (sets_shift - shift)) - 1,
		.groups_mask = config->pasid_groups - 1,
		.span = config->entries / 8,
	};
	array->entries = allocate(config->entries * sizeof(*array->entries));
	array->groups = allocate(config->pasid_groups * sizeof(*array->groups));
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

/*
 * Each word after born has become 0, and born after each word.  The first is as a
 * drop (vtd_atc_lookup()): an invalidation of what was here finds nothing to drop
 * any more, and is waited for all the same.
 */
static void write_entry(struct vtd_atc_array *array,
			struct vtd_atc_entry *entry, uint64_t key,
			uint32_t pasid, uint64_t target)
{
	atomic_store(&entry->born, 0);
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
