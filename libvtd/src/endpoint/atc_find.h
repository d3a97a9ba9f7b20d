/* SPDX-License-Identifier: BSD-3-Clause */
/* A look-up in the array, for an access that hits: all of it inline. */
#ifndef VTD_SRC_ENDPOINT_ATC_FIND_H
#define VTD_SRC_ENDPOINT_ATC_FIND_H

#include "atc_array_private.h"

#define INLINE inline __attribute__((always_inline))
#define UNLIKELY(condition) __builtin_expect(condition, 0)

/*
 * What is looked for is read from the caller's structure where it is needed: registers
 * are few, and what is put by in memory costs more than what is there already.
 */
static INLINE uint32_t wanted_pasid(const struct vtd_atc_access *access)
{
	return access->pasid_present ? access->pasid : 0;
}

/* Where an entry is. */
struct vtd_atc_place {
	struct vtd_atc_line *line;
	unsigned int way;
};

/* What was found: a copy of it, and where it was. */
struct vtd_atc_found {
	struct vtd_atc_page page;
	struct vtd_atc_place place;
	uint64_t version;
};

/*
 * The version first, so that a later look at it tells whether the others belong to
 * it: a line that is being changed has shown 0 by then, or another one.
 */
static INLINE bool read_entry(struct vtd_atc_place place, uint64_t key,
			      const struct vtd_atc_access *access,
			      unsigned int shift, struct vtd_atc_found *found)
{
	struct vtd_atc_line *line = place.line;
	unsigned int way = place.way;
	uint32_t low, high;

	found->place = place;
	found->version =
		atomic_load_explicit(&line->version, memory_order_acquire);
	low = atomic_load_explicit(&line->low[way], memory_order_acquire);
	high = atomic_load_explicit(&line->high[way], memory_order_acquire);
	if (atomic_load_explicit(&line->key[way], memory_order_acquire) !=
		    key ||
	    high >> TARGET_PASID_BIT != wanted_pasid(access) >> KEY_PASID_BITS)
		return false;
	found->page = (struct vtd_atc_page){
		.address = (uint64_t)(high & TARGET_ADDRESS)
				   << TARGET_ADDRESS_BIT |
			   (uint64_t)low << 12,
		.shift = shift,
		.rights = high >> TARGET_RIGHTS_BIT & VTD_ACCESS_ATOMIC,
		.snoop = found->version >> way & 1,
	};
	return true;
}

/* The first of the ways `with`. */
static INLINE struct vtd_atc_place first_of(struct vtd_atc_line *set,
					    uint64_t with)
{
	unsigned int which = (unsigned int)__builtin_ctzll(with);

	return (struct vtd_atc_place){
		.line = set + which / VTD_ATC_LINE,
		.way = which % VTD_ATC_LINE,
	};
}

/* Which ways have the key, as bits.  All are looked at, without a jump: where in a
 * set an entry is cannot be foreseen. */
static INLINE uint64_t ways_with(const struct vtd_atc_line *set,
				 unsigned int lines, uint64_t key)
{
	const struct vtd_atc_line *line = set + lines;
	uint64_t with = 0;

#define ADD_WAY(way)                                   \
	(with = 2 * with +                             \
		(atomic_load_explicit(&line->key[way], \
				      memory_order_relaxed) == key))
	do {
		line--;
		ADD_WAY(3);
		ADD_WAY(2);
		ADD_WAY(1);
		ADD_WAY(0);
	} while (line != set);
#undef ADD_WAY
	return with;
}

/* Where the page of that size would be: the key, the set, and ways of it that have
 * the key. */
static INLINE uint64_t look_for(const struct vtd_atc_array *array,
				const struct vtd_atc_access *access,
				unsigned int shift, uint64_t *key,
				struct vtd_atc_line **set)
{
	*key = key_block(access->address, shift) | key_tag(access);
	*set = set_of(array, access->address >> shift, shift,
		      wanted_pasid(access));
	if (UNLIKELY(!vtd_atc_array_takes(access->address)))
		return 0;
	return ways_with(*set, array->set_lines, *key);
}

/* Find a small page with the rights needed, which may have been dropped.  Some that
 * are there it does not find: where PASIDs have low bits in common. */
static INLINE bool vtd_atc_find_likely(const struct vtd_atc_array *array,
				       const struct vtd_atc_access *access,
				       struct vtd_atc_found *found)
{
	struct vtd_atc_line *set;
	uint64_t key;
	uint64_t with = look_for(array, access, 12, &key, &set);

	return with &&
	       read_entry(first_of(set, with), key, access, 12, found) &&
	       vtd_atc_rights_suffice(access->access & VTD_ACCESS_ATOMIC,
				      found->page.rights);
}

/* The same, at the place where it was found. */
static inline bool vtd_atc_find_again(const struct vtd_atc_access *access,
				      struct vtd_atc_place place,
				      struct vtd_atc_found *found)
{
	return read_entry(place,
			  key_block(access->address, 12) | key_tag(access),
			  access, 12, found) &&
	       vtd_atc_rights_suffice(access->access & VTD_ACCESS_ATOMIC,
				      found->page.rights);
}

static inline bool find_size(const struct vtd_atc_array *array,
			     const struct vtd_atc_access *access,
			     unsigned int shift, struct vtd_atc_found *found)
{
	struct vtd_atc_line *set;
	uint64_t key;

	for (uint64_t with = look_for(array, access, shift, &key, &set); with;
	     with &= with - 1)
		if (read_entry(first_of(set, with), key, access, shift, found))
			return vtd_atc_rights_suffice(access->access &
							      VTD_ACCESS_ATOMIC,
						      found->page.rights) &&
			       !is_dropped(array, access->pasid_present,
					   access->pasid, found->version);
	return false;
}

/*
 * Find an entry with the rights needed; one that was dropped must not hide that of a
 * larger page.  What was found is worth something only if vtd_atc_confirm() says so
 * afterwards.
 */
static inline bool vtd_atc_find(const struct vtd_atc_array *array,
				const struct vtd_atc_access *access,
				struct vtd_atc_found *found)
{
	return find_size(array, access, 12, found) ||
	       (array->page_sizes & VTD_PAGE_2M &&
		find_size(array, access, 21, found)) ||
	       (array->page_sizes & VTD_PAGE_1G &&
		find_size(array, access, 30, found));
}

/* Threads that hit the same entry shall not write all the time. */
static INLINE void vtd_atc_mark_used(const struct vtd_atc_array *array,
				     const struct vtd_atc_found *found)
{
	_Atomic uint16_t *last = &array->uses[found->place.line - array->lines]
					  .entry[found->place.way];
	uint16_t now = (uint16_t)(atomic_load_explicit(&array->stamp,
						       memory_order_relaxed) +
				  1);
	uint16_t used = atomic_load_explicit(last, memory_order_relaxed);

	if ((uint16_t)(now - used) > array->span)
		atomic_store_explicit(last, now, memory_order_relaxed);
}

/* Whether it is there still, and was as it was found. */
static INLINE bool vtd_atc_confirm(const struct vtd_atc_array *array,
				   const struct vtd_atc_access *access,
				   const struct vtd_atc_found *found)
{
	return atomic_load(&found->place.line->version) == found->version &&
	       !is_dropped(array, access->pasid_present, access->pasid,
			   found->version);
}

#endif /* VTD_SRC_ENDPOINT_ATC_FIND_H */
