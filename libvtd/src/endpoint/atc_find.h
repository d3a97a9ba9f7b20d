/* SPDX-License-Identifier: BSD-3-Clause */
/* A look-up in the array, for an access that hits: all of it inline. */
#ifndef VTD_SRC_ENDPOINT_ATC_FIND_H
#define VTD_SRC_ENDPOINT_ATC_FIND_H

#include "atc_array_private.h"

/* What was found: a copy of it, and where it was. */
struct vtd_atc_found {
	struct vtd_atc_page page;
	struct vtd_atc_entry *entry;
	uint64_t born;
};

/*
 * `born` first, so that a later look at it tells whether the others belong to
 * it: an entry that is being changed has shown 0 by then, or another one.
 */
static inline bool read_entry(struct vtd_atc_entry *entry, uint64_t key,
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

/* Which ways have the key, as bits.  All are looked at, without a jump: where in
 * a set an entry is cannot be foreseen, and its lines come at the same time. */
static inline uint64_t ways_with(struct vtd_atc_entry *set, unsigned int ways,
				 uint64_t key)
{
	const struct vtd_atc_entry *entry = set + ways;
	uint64_t with = 0;

#define ADD_WAY(way)                                                        \
	(with = 2 * with +                                                  \
		(atomic_load_explicit(&(way)->key, memory_order_relaxed) == \
		 key))
	while (entry - set >= 4) {
		ADD_WAY(entry - 1);
		ADD_WAY(entry - 2);
		ADD_WAY(entry - 3);
		entry -= 4;
		ADD_WAY(entry);
	}
	while (entry > set)
		ADD_WAY(--entry);
#undef ADD_WAY
	return with;
}

static inline bool find_in(const struct vtd_atc_array *array,
			   const struct vtd_atc_access *access,
			   unsigned int shift, struct vtd_atc_found *found)
{
	const uint64_t key = key_of(access, shift);
	struct vtd_atc_entry *set =
		set_of(array, access->address >> shift, shift, access->pasid);

	for (uint64_t with = ways_with(set, array->ways, key); with;
	     with &= with - 1)
		if (read_entry(&set[__builtin_ctzll(with)], key, access->pasid,
			       found))
			return vtd_atc_rights_suffice(access->access,
						      found->page.rights) &&
			       !is_dropped(array, access->pasid_present,
					   access->pasid, found->born);
	return false;
}

/*
 * Find an entry with the rights needed; `access` has what counts only.  One that
 * was dropped must not hide that of a larger page.  What was found is worth
 * something only if vtd_atc_confirm() says so afterwards.
 */
static inline bool vtd_atc_find(const struct vtd_atc_array *array,
				const struct vtd_atc_access *access,
				struct vtd_atc_found *found)
{
	return find_in(array, access, 12, found) ||
	       (array->page_sizes & VTD_PAGE_2M &&
		find_in(array, access, 21, found)) ||
	       (array->page_sizes & VTD_PAGE_1G &&
		find_in(array, access, 30, found));
}

/* Threads that hit the same entry shall not write to it all the time. */
static inline void mark_used(const struct vtd_atc_array *array,
			     struct vtd_atc_entry *entry)
{
	uint32_t now =
		atomic_load_explicit(&array->tick, memory_order_relaxed) + 1;
	uint32_t used =
		atomic_load_explicit(&entry->used, memory_order_relaxed);

	if (now - used > array->span)
		atomic_store_explicit(&entry->used, now, memory_order_relaxed);
}

/* Whether it is there still, and was as it was found.  Marks it as used. */
static inline bool vtd_atc_confirm(const struct vtd_atc_array *array,
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

#endif /* VTD_SRC_ENDPOINT_ATC_FIND_H */
