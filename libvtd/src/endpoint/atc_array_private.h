/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside the array: where entries are, and whether they are. */
#ifndef VTD_SRC_ENDPOINT_ATC_ARRAY_PRIVATE_H
#define VTD_SRC_ENDPOINT_ATC_ARRAY_PRIVATE_H

#include "atc_array.h"

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

/* A key: bits 57:12 of the block's address, what is searched for with it, and the low
 * bits of the PASID. */
#define KEY_ADDRESS_SHIFT 6
#define KEY_ADDRESS (~UINT64_C(0x3ffff))
#define KEY_SIZE_BIT 16u
#define KEY_PASID_PRESENT UINT64_C(0x8000)
#define KEY_PRIVILEGED_BIT 14u
#define KEY_PASID UINT64_C(0x3fff)
#define KEY_PASID_BITS 14u

/* The upper half of a target: bits 51:44 of the address, rights, and the high bits of
 * the PASID. */
#define TARGET_ADDRESS 0xffu
#define TARGET_ADDRESS_BIT 44u
#define TARGET_RIGHTS_BIT 8u /* enum vtd_access */
#define TARGET_PASID_BIT 10u
#define TARGET_MAX (UINT64_C(1) << 52)

/* Pages are of 4 KiB, 2 MiB, 1 GiB: 1, 2, 3 in a key, for none has 0. */
static inline uint64_t key_size(unsigned int shift)
{
	return (uint64_t)(shift / 9) << KEY_SIZE_BIT;
}

static inline unsigned int shift_of(uint64_t key)
{
	return 3 + 9 * (key >> KEY_SIZE_BIT & 3);
}

static inline uint64_t block_of(uint64_t key)
{
	return (uint64_t)((int64_t)(key & KEY_ADDRESS) >> KEY_ADDRESS_SHIFT) >>
	       shift_of(key);
}

static inline uint32_t pasid_of(uint64_t key, uint16_t high)
{
	return (uint32_t)(key & KEY_PASID) |
	       (uint32_t)(high >> TARGET_PASID_BIT) << KEY_PASID_BITS;
}

static inline struct vtd_atc_group *group_at(const struct vtd_atc_array *array,
					     uint32_t pasid)
{
	return &array->groups[pasid & array->groups_mask];
}

/* Whether an entry has been dropped with a group that it is in. */
static inline bool is_dropped(const struct vtd_atc_array *array,
			      bool pasid_present, uint32_t pasid,
			      uint64_t version)
{
	if (!pasid_present)
		return version <= atomic_load(&array->untagged.dropped);
	return version <= atomic_load(&array->tagged.dropped) ||
	       version <= atomic_load(&group_at(array, pasid)->dropped);
}

/* The same by its own words, for whoever changes the array. */
static inline bool is_live(const struct vtd_atc_array *array,
			   const struct vtd_atc_line *line, unsigned int way)
{
	uint64_t key = line->key[way];

	return key != 0 &&
	       !is_dropped(array, key & KEY_PASID_PRESENT,
			   pasid_of(key, line->high[way]), line->version);
}

/* For whoever changes the array; look-ups need not see the count. */
static inline struct vtd_atc_group *group_of(struct vtd_atc_array *array,
					     bool pasid_present, uint32_t pasid)
{
	struct vtd_atc_group *group;

	if (!pasid_present)
		return &array->untagged;
	group = group_at(array, pasid);
	/* All groups have been dropped since this one was looked at. */
	if (group->dropped < array->tagged.dropped) {
		group->dropped = array->tagged.dropped;
		group->live = 0;
	}
	return group;
}

/* A live entry comes (1) or goes (-1). */
static inline void count_live(struct vtd_atc_array *array,
			      const struct vtd_atc_line *line, unsigned int way,
			      int change)
{
	uint64_t key = line->key[way];
	bool pasid_present = key & KEY_PASID_PRESENT;

	group_of(array, pasid_present, pasid_of(key, line->high[way]))->live +=
		(unsigned int)change;
	if (pasid_present)
		array->tagged.live += (unsigned int)change;
}

/* The ways of a line that are, as bits. */
static inline unsigned int live_ways(const struct vtd_atc_array *array,
				     const struct vtd_atc_line *line)
{
	unsigned int live = 0;

	for (unsigned int way = 0; way < VTD_ATC_LINE; way++)
		live |= (unsigned int)is_live(array, line, way) << way;
	return live;
}

/*
 * Whoever changes a line begins so, ends so, and stores words with release in
 * between: each word after the version has become 0, and the version after each
 * word.  The first is as a drop (confirm()): an invalidation of what was here finds
 * nothing to drop any more, and is waited for all the same.  `keep`: ways that stay,
 * which are live.  Returns their No-Snoop bits.
 */
static inline unsigned int begin_change(struct vtd_atc_line *line,
					unsigned int keep)
{
	unsigned int snoop = (unsigned int)line->version & keep;

	atomic_store(&line->version, 0);
	for (unsigned int way = 0; way < VTD_ATC_LINE; way++)
		if (!(keep >> way & 1))
			atomic_store_explicit(&line->key[way], 0,
					      memory_order_release);
	return snoop;
}

static inline void end_change(struct vtd_atc_array *array,
			      struct vtd_atc_line *line, unsigned int snoop)
{
	array->clock += VTD_ATC_TICK;
	atomic_store_explicit(&line->version, array->clock | snoop,
			      memory_order_release);
}

/*
 * Neighbouring pages fall into neighbouring neighbourhoods.  The size takes part
 * because large pages all begin with small block numbers.
 */
static inline uint64_t place_of(uint64_t block, unsigned int shift)
{
	return block + shift;
}

/* In sets. */
static inline uint64_t neighbourhood_at(const struct vtd_atc_array *array,
					uint64_t place)
{
	return (place & array->neighbourhoods_mask) << array->neighbours_shift;
}

static inline struct vtd_atc_line *
neighbourhood_of(const struct vtd_atc_array *array, uint64_t block,
		 unsigned int shift)
{
	return array->lines + neighbourhood_at(array, place_of(block, shift)) *
				      array->set_lines;
}

/*
 * The PASID selects, because processes of one program use the same addresses,
 * and all bits of the page do, so that one PASID can fill all sets.
 */
static inline struct vtd_atc_line *set_of(const struct vtd_atc_array *array,
					  uint64_t block, unsigned int shift,
					  uint32_t pasid)
{
	uint64_t place = place_of(block, shift);
	uint64_t mixed = (pasid * 0x9e3779b1u >> 16) +
			 (place & array->neighbourhoods_mask) +
			 (place >> array->neighbourhoods_shift);

	return array->lines + (neighbourhood_at(array, place) +
			       (mixed & array->neighbours_mask)) *
				      array->set_lines;
}

/* What a key has of the tag, and of the address and size. */
static inline uint64_t key_tag(const struct vtd_atc_access *access)
{
	if (!access->pasid_present)
		return 0;
	return KEY_PASID_PRESENT |
	       (uint64_t)access->privileged << KEY_PRIVILEGED_BIT |
	       (access->pasid & KEY_PASID);
}

static inline uint64_t key_block(uint64_t address, unsigned int shift)
{
	return address >> shift << (shift + KEY_ADDRESS_SHIFT) |
	       key_size(shift);
}

#endif /* VTD_SRC_ENDPOINT_ATC_ARRAY_PRIVATE_H */
