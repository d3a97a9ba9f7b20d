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

/* Below the address of a block there is room for 12 bits. */
#define KEY_SHIFT UINT64_C(0x3f)
#define KEY_PASID_PRESENT UINT64_C(0x40)
#define KEY_PRIVILEGED UINT64_C(0x80)

#define TARGET_RIGHTS UINT64_C(0x3) /* enum vtd_access */
#define TARGET_SNOOP UINT64_C(0x4)
#define TARGET_ADDRESS (~UINT64_C(0xfff))

static inline struct vtd_atc_group *group_at(const struct vtd_atc_array *array,
					     uint32_t pasid)
{
	return &array->groups[pasid & array->groups_mask];
}

/* Whether an entry has been dropped with a group that it is in. */
static inline bool is_dropped(const struct vtd_atc_array *array,
			      bool pasid_present, uint32_t pasid, uint64_t born)
{
	if (!pasid_present)
		return born <= atomic_load(&array->untagged.dropped);
	return born <= atomic_load(&array->tagged.dropped) ||
	       born <= atomic_load(&group_at(array, pasid)->dropped);
}

/* The same by its own words, for whoever changes the array. */
static inline bool is_live(const struct vtd_atc_array *array,
			   const struct vtd_atc_entry *entry)
{
	return !is_dropped(array, entry->key & KEY_PASID_PRESENT, entry->pasid,
			   entry->born);
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
			      const struct vtd_atc_entry *entry, int change)
{
	bool pasid_present = entry->key & KEY_PASID_PRESENT;

	group_of(array, pasid_present, entry->pasid)->live +=
		(unsigned int)change;
	if (pasid_present)
		array->tagged.live += (unsigned int)change;
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

static inline struct vtd_atc_entry *
neighbourhood_of(const struct vtd_atc_array *array, uint64_t block,
		 unsigned int shift)
{
	return array->entries +
	       neighbourhood_at(array, place_of(block, shift)) * array->ways;
}

/*
 * The PASID selects, because processes of one program use the same addresses,
 * and all bits of the page do, so that one PASID can fill all sets.
 */
static inline struct vtd_atc_entry *set_of(const struct vtd_atc_array *array,
					   uint64_t block, unsigned int shift,
					   uint32_t pasid)
{
	uint64_t place = place_of(block, shift);
	uint64_t mixed = (pasid * 0x9e3779b1u >> 16) +
			 (place & array->neighbourhoods_mask) +
			 (place >> array->neighbourhoods_shift);

	return array->entries + (neighbourhood_at(array, place) +
				 (mixed & array->neighbours_mask)) *
					array->ways;
}

static inline uint64_t key_of(const struct vtd_atc_access *access,
			      unsigned int shift)
{
	uint64_t key = access->address >> shift << shift | shift;

	if (access->pasid_present)
		key |= KEY_PASID_PRESENT;
	if (access->privileged)
		key |= KEY_PRIVILEGED;
	return key;
}

#endif /* VTD_SRC_ENDPOINT_ATC_ARRAY_PRIVATE_H */
