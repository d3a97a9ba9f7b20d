/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory of an ATC: a set-associative array of translations.  Knows no
 * holds and no locks.
 *
 * An entry covers one naturally aligned block of 2^shift bytes.  The array may
 * hold overlapping entries of different sizes or rights; each is right by
 * itself, because an invalidation removes all that overlap it.
 *
 * Entries are grouped by tag: those without PASID in one group, the others by
 * the low bits of the PASID.  A group is dropped as a whole by a note of the
 * time; its entries count as gone from then on, and are overwritten some day.
 */
#ifndef VTD_SRC_ENDPOINT_ATC_ARRAY_H
#define VTD_SRC_ENDPOINT_ATC_ARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/atc.h>

struct vtd_atc_entry {
	uint64_t block;	 /* untranslated address >> shift */
	uint64_t target; /* translated address of the block's first byte */
	uint64_t used;	 /* array tick of the last use, for replacement */
	uint64_t born;	 /* array clock when it was put in */
	uint32_t pasid;
	uint8_t shift;
	bool valid;
	bool pasid_present;
	bool privileged;
	bool read;
	bool write;
	bool snoop;
};

struct vtd_atc_group {
	/* Array clock at the last drop: entries born before it are gone. */
	uint64_t dropped;
	unsigned int live; /* entries */
};

struct vtd_atc_array {
	struct vtd_atc_entry *entries; /* set after set */
	unsigned int sets;	       /* a power of two */
	unsigned int ways;
	unsigned int page_sizes; /* enum vtd_page_sizes */
	uint64_t tick;
	/* Counts drops of groups. */
	uint64_t clock;
	struct vtd_atc_group untagged;
	/* By low bits of the PASID; a power of two.  All at once are dropped by
	 * `tagged`, which also counts the live entries of all of them. */
	struct vtd_atc_group *groups;
	unsigned int group_count;
	struct vtd_atc_group tagged;
	/* Entries that removals have looked at. */
	uint64_t searched;
};

/* 0 or -ENOMEM. */
int vtd_atc_array_init(struct vtd_atc_array *array,
		       const struct vtd_atc_config *config);
void vtd_atc_array_free(struct vtd_atc_array *array);

/* Whether these rights are enough for `access`. */
bool vtd_atc_rights_suffice(enum vtd_access access, bool read, bool write);

/* Whether the 2^shift block around access->address is touched by `scope`. */
bool vtd_atc_scope_touches(const struct vtd_atc_scope *scope,
			   const struct vtd_atc_access *access,
			   unsigned int shift);

/* The largest page size of the array within 2^shift bytes; shift >= 12. */
unsigned int vtd_atc_array_page_shift(const struct vtd_atc_array *array,
				      unsigned int shift);

/* An entry with the rights needed, or NULL.  Marks it as used. */
struct vtd_atc_entry *vtd_atc_array_find(struct vtd_atc_array *array,
					 const struct vtd_atc_access *access);

/* Returns whether another valid entry had to go. */
bool vtd_atc_array_insert(struct vtd_atc_array *array,
			  const struct vtd_atc_entry *entry);

/*
 * Remove what the scope covers, and more where the search would be long.  Looks
 * at little more than VTD_ATC_SEARCH_MAX entries, and at none for a scope of all
 * addresses.  Returns how many entries went.
 */
#define VTD_ATC_SEARCH_MAX 1024u
unsigned int vtd_atc_array_remove(struct vtd_atc_array *array,
				  const struct vtd_atc_scope *scope);

#endif /* VTD_SRC_ENDPOINT_ATC_ARRAY_H */
