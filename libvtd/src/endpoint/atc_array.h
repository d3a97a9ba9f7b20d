/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory of an ATC: a set-associative array of translations.  Knows no
 * holds and no locks.
 *
 * An entry covers one naturally aligned block of 2^shift bytes.  The array may
 * hold overlapping entries of different sizes or rights; each is right by
 * itself, because an invalidation removes all that overlap it.
 *
 * Sets are in neighbourhoods.  The page selects one, the PASID a set in it: so
 * all PASIDs' entries of a page are next to each other.
 *
 * Entries are grouped by tag: those without PASID in one group, the others by
 * the low bits of the PASID.  A group is dropped as a whole by a note of the
 * time; its entries count as gone from then on, and are overwritten some day.
 *
 * One thread at a time changes the array; any thread may look at the same time.
 */
#ifndef VTD_SRC_ENDPOINT_ATC_ARRAY_H
#define VTD_SRC_ENDPOINT_ATC_ARRAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vtd/atc.h>

/* What a 2^shift block of addresses becomes. */
struct vtd_atc_page {
	uint64_t address; /* of the block's first byte */
	unsigned int shift;
	enum vtd_access rights;
	bool snoop;
};

/*
 * Four entries of a set, in one line of the processor's cache.  `version` is the
 * array clock when one of them changed last, which no other change has or will have,
 * and 0 for none and while words change: who finds the same version before and after
 * has read words that belong together.  Its low bits say which entries forbid
 * No-Snoop.  All entries were live at that time: who changes a line clears the others
 * out.
 */
#define VTD_ATC_LINE 4u
struct vtd_atc_line {
	_Alignas(64) _Atomic uint64_t version;
	_Atomic uint64_t key[VTD_ATC_LINE]; /* KEY_; 0: no entry */
	/* What the block becomes: bits 43:12, and TARGET_. */
	_Atomic uint32_t low[VTD_ATC_LINE];
	_Atomic uint16_t high[VTD_ATC_LINE];
};

/* Array stamps of the last uses of these entries, for replacement. */
struct vtd_atc_uses {
	_Atomic uint16_t entry[VTD_ATC_LINE];
};

struct vtd_atc_group {
	/* Array clock at the last drop: entries in lines that have not changed
	 * since are gone. */
	_Atomic uint64_t dropped;
	unsigned int live; /* entries */
};

/* Leaves room for one bit an entry of a line. */
#define VTD_ATC_TICK 16u

struct vtd_atc_array {
	struct vtd_atc_line *lines; /* set after set */
	struct vtd_atc_uses *uses;  /* one for each line */
	unsigned int entry_count;
	unsigned int ways;
	unsigned int set_lines;
	unsigned int page_sizes; /* enum vtd_page_sizes */
	/* There are 2^x neighbourhoods of 2^y sets. */
	unsigned int neighbourhoods_shift;
	unsigned int neighbours_shift;
	/* One less than these powers. */
	uint32_t neighbourhoods_mask;
	uint32_t neighbours_mask;
	struct vtd_atc_group untagged;
	/* By low bits of the PASID; a power of two.  All at once are dropped by
	 * `tagged`, which also counts the live entries of all of them. */
	struct vtd_atc_group *groups;
	uint32_t groups_mask; /* one less than there are */
	struct vtd_atc_group tagged;
	/* Counts insertions by two, in 2^x of them, and wraps. */
	uint32_t tick;
	unsigned int tick_shift;
	_Atomic uint16_t stamp;
	/* Uses in a span of so many stamps count as one. */
	uint16_t span;
	/* One of so many hits is noted as a use, less one.  In a large array most
	 * would miss the processor's cache once more for that. */
	uint32_t marks_mask;
	/* Counts changes, by VTD_ATC_TICK. */
	uint64_t clock;
	/* enum vtd_page_sizes that there have been since all were dropped. */
	unsigned int sizes_used;
	/* Entries that removals have looked at. */
	uint64_t searched;
};

/* 0 or -ENOMEM. */
int vtd_atc_array_init(struct vtd_atc_array *array,
		       const struct vtd_atc_config *config);
void vtd_atc_array_free(struct vtd_atc_array *array);

/* Whether these rights, one at least, are enough for `access`; for a read of no
 * bytes any are. */
static inline bool vtd_atc_rights_suffice(enum vtd_access access,
					  enum vtd_access rights)
{
	return (rights & access) == access;
}

/* Whether the 2^shift block around access->address is touched by `scope`. */
bool vtd_atc_scope_touches(const struct vtd_atc_scope *scope,
			   const struct vtd_atc_access *access,
			   unsigned int shift);

/* The largest page size of the array within 2^shift bytes; shift >= 12. */
unsigned int vtd_atc_array_page_shift(const struct vtd_atc_array *array,
				      unsigned int shift);

/* Whether a key has room for the address: it has 57 bits, sign-extended or not, which
 * is all there is.  (Of larger PASIDs entries keep enough to be told apart.) */
static inline bool vtd_atc_array_takes(uint64_t address)
{
	return (uint64_t)((int64_t)address >> 57) + 1 <= 1;
}

/* Keeps the page, if it has room for it.  Returns whether another valid entry had to
 * go. */
bool vtd_atc_array_insert(struct vtd_atc_array *array,
			  const struct vtd_atc_access *access,
			  const struct vtd_atc_page *page);

/*
 * Remove what the scope covers, and more where the search would be long.  Looks
 * at VTD_ATC_SEARCH_MAX entries at most, and at none for a scope of all
 * addresses.  Returns how many entries went.
 */
#define VTD_ATC_SEARCH_MAX 1024u
/* A neighbourhood has as many entries, and more only if a set has: so many
 * PASIDs can have an entry of the same page. */
#define VTD_ATC_NEIGHBOURHOOD 64u
unsigned int vtd_atc_array_remove(struct vtd_atc_array *array,
				  const struct vtd_atc_scope *scope);

#endif /* VTD_SRC_ENDPOINT_ATC_ARRAY_H */
