/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks of translation tables.  A walker knows the walk configuration, memory
 * and what the unit can do: no requests, no unit, no fault records.
 *
 * Accessed and dirty bits are collected on the way and set together at the end,
 * when the request is known to be translated; then nothing is set for requests
 * that fault, dirty is never set for a write that one of two stages denies, and
 * a walk without side effects only leaves the end out.
 */
#ifndef VTD_SRC_TRANSLATE_WALK_H
#define VTD_SRC_TRANSLATE_WALK_H

#include <vtd/vtd.h>

#include "cache/iotlb.h"
#include "mem.h"
#include "trail.h"
#include "translate/suspects.h"
#include "translate/walk_config.h"

/* Five first-stage entries, and five second-stage entries for each of them and
 * for the page. */
#define VTD_UPDATES_MAX (5 + 6 * 5)

enum vtd_stage {
	VTD_STAGE_FIRST,
	VTD_STAGE_SECOND,
};

/* Bits to set in an entry. */
struct vtd_update {
	struct vtd_place entry; /* with what the walk saw there */
	uint64_t set;
};

struct vtd_updates {
	unsigned int count;
	struct vtd_update list[VTD_UPDATES_MAX];
};

/* Entries that a walk began below of. */
#define VTD_WALK_SKIPPED_MAX 3
struct vtd_walk_skipped {
	unsigned int count;
	struct vtd_iotlb_entry entry[VTD_WALK_SKIPPED_MAX];
	bool backed[VTD_WALK_SKIPPED_MAX];
};

struct vtd_walk {
	const struct vtd_mem *mem;
	const struct vtd_config *caps;
	const struct vtd_walk_config *config;
	unsigned int want; /* rights (enum vtd_access) the request asks for */
	bool translation;  /* request: some of these rights will do */
	bool privileged;
	bool probe; /* collect, but set nothing */
	/* Where entries that lead to tables are cached, as of this generation;
	 * NULL: they are read, always. */
	struct vtd_iotlb *iotlb;
	uint64_t generation;
	/* With check: those that were used are noted here by a walk, and looked
	 * at in memory by another (vtd_walk_judge()). */
	struct vtd_walk_skipped *skipped;
	/* Room for the caller to give; vtd_walk() empties it.  By itself, so that
	 * nobody clears it along with the rest. */
	struct vtd_updates *updates;
	struct vtd_trail *trail;
	/*
	 * How far a condition reaches: for the block of 2^extent bytes around
	 * the address the walk ends alike.  Kept up by the walkers as they go
	 * down; the second stage has its own, in guest-physical addresses.
	 */
	unsigned int extent;
	unsigned int second_extent;
};

/* What one stage, or both, made of an address. */
struct vtd_page {
	uint64_t address; /* of the byte that was asked for */
	unsigned int shift;
	unsigned int rights; /* enum vtd_access */
	bool snoop;	     /* SNP of the leaf */
	bool clean;	     /* D is tracked and 0: a write has to walk again */
	/* The leaf entry, to set D in it. */
	struct vtd_place entry;
	bool entry_writable; /* by the second stage, if there is one */
};

/*
 * Walk as configured, check rights and output, set A and D.
 * Missing rights are a condition too; *page is valid then, if the request can do
 * with what is left.  Otherwise it has no rights.
 */
enum vtd_condition vtd_walk(struct vtd_walk *walk, uint64_t address,
			    struct vtd_page *page);

/* Whether a walk that found these rights ends in a write, if it ends well. */
static inline bool vtd_walk_writes(const struct vtd_walk *walk,
				   unsigned int rights)
{
	return (walk->want & rights & VTD_ACCESS_WRITE) != 0;
}

/* first_stage.c; table accesses go through the second stage if nested. */
enum vtd_condition vtd_first_stage_walk(struct vtd_walk *walk, uint64_t address,
					struct vtd_page *page);
enum vtd_condition vtd_first_stage_set_dirty(struct vtd_walk *walk,
					     const struct vtd_page *page);

/* second_stage.c */
enum vtd_condition vtd_second_stage_walk(struct vtd_walk *walk,
					 uint64_t address,
					 struct vtd_page *page);
enum vtd_condition vtd_second_stage_set_dirty(struct vtd_walk *walk,
					      const struct vtd_page *page);

/* paging_structures.c: how far down an address is known. */
struct vtd_walk_step {
	unsigned int level; /* of the entries in `table` */
	uint64_t table;
	uint64_t all;  /* bits that all entries so far have */
	bool accessed; /* A is set in all of them */
};
/* Begin below the lowest entry that is cached, if there is one. */
void vtd_walk_skip(const struct vtd_walk *walk, enum vtd_stage stage,
		   uint64_t address, struct vtd_walk_step *step);
/* The entry has led to `step`: it may be kept. */
void vtd_walk_keep(const struct vtd_walk *walk, enum vtd_stage stage,
		   uint64_t address, const struct vtd_walk_step *step);

/* Whether memory has what the walk took from caches. */
void vtd_walk_judge(const struct vtd_walk *walk, uint64_t address,
		    struct vtd_suspects *suspects);

/* nested.c: where in host-physical memory a first-stage entry is. */
struct vtd_table_access {
	uint64_t address;
	bool writable;
};
enum vtd_condition vtd_nested_table_access(struct vtd_walk *walk,
					   uint64_t address, bool top,
					   struct vtd_table_access *access);
/* Both stages, D in both leaves. */
enum vtd_condition vtd_nested_walk(struct vtd_walk *walk, uint64_t address,
				   struct vtd_page *page);

/* updates.c */

/* Note that bits are to be set in an entry; several notes of one entry
 * are one. */
void vtd_updates_add(struct vtd_updates *updates,
		     const struct vtd_update *update);

/* Note in the log what would be set. */
void vtd_updates_log(const struct vtd_updates *updates,
		     struct vtd_trail *trail);

enum vtd_updates_result {
	VTD_UPDATES_DONE,
	VTD_UPDATES_CHANGED, /* an entry is not what the walk saw: walk again */
	VTD_UPDATES_FAILED,
};
/* Unless done, *entry is the entry in question. */
enum vtd_updates_result vtd_updates_apply(const struct vtd_mem *mem,
					  const struct vtd_updates *updates,
					  struct vtd_place *entry);

#endif /* VTD_SRC_TRANSLATE_WALK_H */
