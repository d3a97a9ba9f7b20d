/* SPDX-License-Identifier: BSD-3-Clause */
#include "atc_array_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A line of the processor's cache. */
#define ALIGNMENT ((size_t)64)
/* A large array is looked at here and there: with small pages of the host each
 * look would cost a page walk as well, which under a hypervisor is a long one. */
#define HUGE_PAGE ((size_t)0x200000)

/* Insertions of as many entries as there are take so many stamps at most. */
#define STAMPS_OF_CAPACITY 1024u
/* With so many entries every hit is noted as a use. */
#define MARKS_ALL 4096u

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
	unsigned int sets = config->entries / config->ways;
	unsigned int set_lines =
		(config->ways + VTD_ATC_LINE - 1) / VTD_ATC_LINE;
	size_t lines = (size_t)sets * set_lines;
	unsigned int sets_shift = log2_of(sets);
	unsigned int tick_shift = 0;
	unsigned int shift = 0;

	while (shift < sets_shift &&
	       config->ways << shift < VTD_ATC_NEIGHBOURHOOD)
		shift++;
	/* So that stamps tell the order of uses for a while. */
	while (config->entries >> tick_shift > STAMPS_OF_CAPACITY)
		tick_shift++;
	*array = (struct vtd_atc_array){
		.entry_count = config->entries,
		.ways = config->ways,
		.set_lines = set_lines,
		.page_sizes = config->page_sizes,
		.neighbours_shift = shift,
		.neighbourhoods_shift = sets_shift - shift,
		.neighbours_mask = (1u << shift) - 1,
		.neighbourhoods_mask = (1u << (sets_shift - shift)) - 1,
		.groups_mask = config->pasid_groups - 1,
		.tick_shift = tick_shift,
		.marks_mask = config->entries > MARKS_ALL ? 7 : 0,
		.span = (uint16_t)(config->entries / 8 >> tick_shift),
	};
	array->lines = allocate(lines * sizeof(*array->lines));
	array->uses = allocate(lines * sizeof(*array->uses));
	array->groups = allocate(config->pasid_groups * sizeof(*array->groups));
	if (array->lines && array->uses && array->groups)
		return 0;
	vtd_atc_array_free(array);
	return -ENOMEM;
}

void vtd_atc_array_free(struct vtd_atc_array *array)
{
	free(array->lines);
	free(array->uses);
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

/* An entry of a set. */
struct place {
	struct vtd_atc_line *line;
	unsigned int way;
	_Atomic uint16_t *used;
};

static struct place place_at(const struct vtd_atc_array *array,
			     struct vtd_atc_line *set, unsigned int way)
{
	struct vtd_atc_line *line = set + way / VTD_ATC_LINE;

	way %= VTD_ATC_LINE;
	return (struct place){
		.line = line,
		.way = way,
		.used = &array->uses[line - array->lines].entry[way],
	};
}

static bool is_older(const struct place *a, const struct place *b)
{
	return (int16_t)(*a->used - *b->used) < 0;
}

static bool has_tag(const struct place *place, uint64_t key, uint32_t pasid)
{
	uint64_t found = place->line->key[place->way];

	return found == key &&
	       pasid_of(found, place->line->high[place->way]) == pasid;
}

/* The place for an entry: that of the same block and tag, of which there is one
 * at most, live or not; else a free one, or the least recently used. */
static struct place place_in(const struct vtd_atc_array *array,
			     struct vtd_atc_line *set, uint64_t key,
			     uint32_t pasid)
{
	struct place best = place_at(array, set, 0);
	bool best_is_live = is_live(array, best.line, best.way);

	for (unsigned int way = 0; way < array->ways; way++) {
		struct place place = place_at(array, set, way);
		bool live = is_live(array, place.line, place.way);

		if (has_tag(&place, key, pasid))
			return place;
		if (!best_is_live || (live && !is_older(&place, &best)))
			continue;
		best = place;
		best_is_live = live;
	}
	return best;
}

static uint16_t next_stamp(struct vtd_atc_array *array)
{
	uint16_t stamp;

	array->tick += 2;
	stamp = (uint16_t)(array->tick >> array->tick_shift);
	atomic_store_explicit(&array->stamp, stamp, memory_order_relaxed);
	return stamp;
}

static void write_entry(struct vtd_atc_array *array, const struct place *place,
			uint64_t key, uint32_t pasid,
			const struct vtd_atc_page *page)
{
	struct vtd_atc_line *line = place->line;
	unsigned int way = place->way;
	unsigned int snoop =
		begin_change(line, live_ways(array, line) & ~(1u << way));
	uint32_t high = (uint32_t)(page->address >> TARGET_ADDRESS_BIT) |
			page->rights << TARGET_RIGHTS_BIT |
			pasid >> KEY_PASID_BITS << TARGET_PASID_BIT;

	atomic_store_explicit(&line->key[way], key, memory_order_release);
	atomic_store_explicit(&line->low[way], (uint32_t)(page->address >> 12),
			      memory_order_release);
	atomic_store_explicit(&line->high[way], (uint16_t)high,
			      memory_order_release);
	end_change(array, line, snoop | (unsigned int)page->snoop << way);
	atomic_store_explicit(place->used, next_stamp(array),
			      memory_order_relaxed);
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
	const uint64_t key = key_block(access->address, page->shift) |
			     key_tag(access);
	struct place place;
	bool replaces, evicts;

	if (!vtd_atc_array_takes(access->address) || access->pasid >> 20 != 0 ||
	    page->address >= TARGET_MAX)
		return false;
	place = place_in(array,
			 set_of(array, access->address >> page->shift,
				page->shift, access->pasid),
			 key, access->pasid);
	replaces = is_live(array, place.line, place.way);
	evicts = replaces && !has_tag(&place, key, access->pasid);
	if (replaces)
		count_live(array, place.line, place.way, -1);
	write_entry(array, &place, key, access->pasid, page);
	count_live(array, place.line, place.way, 1);
	array->sizes_used |= size_with(page->shift);
	return evicts;
}
