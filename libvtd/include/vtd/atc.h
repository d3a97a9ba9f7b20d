/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * An endpoint's address translation cache (ATC, PCIe ATS).
 *
 * Most device models want vtd/endpoint.h, which has an ATC inside.  This header
 * is for those that do ATS by themselves.
 *
 * Concepts
 *
 *  - hold: What a look-up gives out instead of a bare address: the promise that
 *    no invalidation of it completes before vtd_atc_release().  The access
 *    happens in between.  A hold does not keep the entry in the cache.
 *  - fill: A translation request on its way.  An invalidation that overlaps it
 *    makes it void, so that a translation that is older than the
 *    invalidation is neither kept nor used.
 *
 *  - invalidation: What waits for the holds on what it covers.
 *
 * All live in the caller's memory, in any number; the ATC allocates only when
 * it is created.
 *
 * All functions but create and destroy may be called at any time from any
 * thread.  A hold or fill is used by one thread at a time.  None of the three
 * may be moved while the ATC knows it.
 */
#ifndef VTD_ATC_H
#define VTD_ATC_H

#include <vtd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vtd_atc;
struct vtd_atc_slot;

/** Page sizes that the entries of an ATC may have; a set. */
enum vtd_page_sizes {
	VTD_PAGE_4K = 0x1,
	VTD_PAGE_2M = 0x2,
	VTD_PAGE_1G = 0x4,
};

struct vtd_atc_config {
	/** sizeof(struct vtd_atc_config) of the program; vtd_atc_config_init()
	 * sets it. */
	size_t size;
	/** Entries in all, 1..2^20, and in one set, 1..64.  The number of sets,
	 * entries / ways, is a power of two.  Of one page there can be entries
	 * for up to 64 PASIDs. */
	unsigned int entries;
	unsigned int ways;
	/** enum vtd_page_sizes; VTD_PAGE_4K is a must.  A larger translation is
	 * kept as one entry of the largest size that fits into it. */
	unsigned int page_sizes;
	/** A power of two, 1..2^20.  When all addresses of a PASID are dropped,
	 * PASIDs that are the same modulo this number are, too. */
	unsigned int pasid_groups;
};

/** 256 entries in 8 ways, all page sizes, 256 groups of PASIDs. */
void vtd_atc_config_init_sized(struct vtd_atc_config *config, size_t size);
static inline void vtd_atc_config_init(struct vtd_atc_config *config)
{
	vtd_atc_config_init_sized(config, sizeof(*config));
}

/** Why the configuration cannot be, in words that name its members; or NULL. */
const char *vtd_atc_config_check(const struct vtd_atc_config *config);

/** Returns 0 and *atc; -EINVAL: vtd_atc_config_check() objects; -ENOMEM. */
int vtd_atc_create(const struct vtd_atc_config *config, struct vtd_atc **atc);

/** The caller makes sure that no hold and no fill is open and no other call
 * runs or follows.  NULL is allowed. */
void vtd_atc_destroy(struct vtd_atc *atc);

/** What is looked up. */
struct vtd_atc_access {
	uint64_t address;
	/** Rights that the entry must have; a zero-length read needs any. */
	enum vtd_access access;
	/** Entries are tagged with these: one that was filled for privileged
	 * accesses serves no others, and vice versa. */
	bool pasid_present;
	bool privileged;
	uint32_t pasid;

	uint64_t reserved[2];
};

/** Links of the library's lists in the caller's memory. */
struct vtd_atc_link {
	struct vtd_atc_link *next;
	struct vtd_atc_link *previous;
};

/** An open hold.  Needs no initialisation. */
struct vtd_atc_hold {
	/** What vtd_atc_access.address became. */
	uint64_t address;
	/** The translation holds for the naturally aligned block of
	 * 2^size_shift bytes around it: 12, 21 or 30. */
	unsigned int size_shift;
	bool read;
	bool write;
	bool snoop; /**< No-Snoop must be 0 in accesses */

	/** The library's. */
	struct vtd_atc_link link;
	struct vtd_atc_access access;
	uint64_t sequence;
	struct vtd_atc_slot *slot;

	uint64_t reserved[4];
};

/**
 * Look a translation up.  Returns true and an open hold, or false: not there,
 * without the rights that the access needs, or dropped at this moment.
 *
 * Takes no lock, nor does the release, as long as there are 64 open holds at most
 * and no invalidation is looking for them.
 */
bool vtd_atc_lookup(struct vtd_atc *atc, const struct vtd_atc_access *access,
		    struct vtd_atc_hold *hold);

/**
 * The accesses through the hold have ended.  Invalidations that waited for it
 * alone are completed from here.
 */
void vtd_atc_release(struct vtd_atc *atc, struct vtd_atc_hold *hold);

/**
 * A hold on nothing that every invalidation waits for, released like the
 * others: for what has to reach the bus before the completion does, as page
 * requests have to (PCIe ordering of posted messages).
 */
void vtd_atc_barrier(struct vtd_atc *atc, struct vtd_atc_hold *hold);

/**
 * A translation request on its way.  Needs no initialisation.
 *
 * What entries have no room for is held, but not kept: addresses of more than 57 bits
 * (sign-extended or not), translations of more than 52, PASIDs of more than 20.
 */
struct vtd_atc_fill {
	/** The library's. */
	struct vtd_atc_link link;
	struct vtd_atc_access access;
	/** The largest block around the address, 2^clean_shift bytes, that no
	 * invalidation has touched since; 0: not even the page. */
	unsigned int clean_shift;

	uint64_t reserved[4];
};

enum vtd_atc_filled {
	/** An open hold with the rights that the access needs. */
	VTD_ATC_FILL_HELD,
	/** The translation lacks rights, says "untranslated only", or is none.
	 * No hold. */
	VTD_ATC_FILL_NO_ACCESS,
	/** Void: an invalidation came in between.  Nothing of it may be used;
	 * translate again.  No hold. */
	VTD_ATC_FILL_DISCARDED,
};

/** Call it before the translation request leaves.  Ends with vtd_atc_fill(). */
void vtd_atc_fill_begin(struct vtd_atc *atc,
			const struct vtd_atc_access *access,
			struct vtd_atc_fill *fill);

/**
 * The translation request is answered (or has come to nothing: translation
 * NULL).  Whatever rights the translation gives are kept for later look-ups;
 * one with neither read nor write, with untranslated_only, or of less than
 * 4 KiB is never kept.  A size beyond 2^63 is taken as 2^63.
 */
enum vtd_atc_filled vtd_atc_fill(struct vtd_atc *atc, struct vtd_atc_fill *fill,
				 const struct vtd_translation *translation,
				 struct vtd_atc_hold *hold);

/** `request` is what vtd_atc_invalidate() was given; gone after the call. */
typedef void vtd_atc_done(void *opaque,
			  const struct vtd_device_tlb_invalidation *request);

/** What an invalidation covers; whole pages. */
struct vtd_atc_scope {
	uint64_t first;
	uint64_t last;
	bool every_tag; /**< with and without PASID */
	uint32_t pasid;
};

/**
 * An invalidation that someone wants to know the end of.  Zero-initialise it
 * and set the first two once.  It is the caller's again when `done` is called.
 */
struct vtd_atc_invalidation {
	vtd_atc_done *done;
	void *opaque;
	/** The library's. */
	struct vtd_atc_link link;
	struct vtd_device_tlb_invalidation request;
	struct vtd_atc_scope scope;
	uint64_t sequence;
	unsigned int holds;
	unsigned int state;

	uint64_t reserved[4];
};

/**
 * Drop what the request covers: entries that overlap first..last (taken as
 * everything if first > last; bits 11:0 are rounded outwards).
 *
 *  - PASID present: those of that PASID
 *  - PASID present, global: those of all PASIDs
 *  - no PASID: all, those of every PASID too.  Sources differ
 *    here; dropping more is always right.
 *
 * More may be dropped where looking for it takes long: PASIDs of one group with
 * all addresses of a PASID, and in ATCs of more than 1024 entries all addresses
 * of a PASID with long ranges (of more than 1024 / ways pages), all PASIDs with
 * more than 16 pages of all PASIDs.  What is waited for is exact.
 *
 * When the call returns, no look-up finds them any more and no fill under way
 * brings them back.  `done` comes when the holds that were open on what is
 * covered have been released: from inside this call if there are none, else
 * from inside the vtd_atc_release() of the last one, or from inside a look-up
 * that had begun before and finds nothing.  No lock is held then.
 *
 * Any number can wait.  One that waits may be given again: `done` then comes
 * once, for both and for all between them, with the later request.  So one
 * structure for each ITag is enough, whatever the time-outs of a unit.
 *
 * invalidation NULL: nobody wants to know.
 */
void vtd_atc_invalidate(struct vtd_atc *atc,
			const struct vtd_device_tlb_invalidation *request,
			struct vtd_atc_invalidation *invalidation);

/** Drop everything, as on reset and when ATS is enabled. */
void vtd_atc_flush(struct vtd_atc *atc);

/** What has happened since creation.  Members are uint64_t. */
struct vtd_atc_counters {
	uint64_t hits;
	uint64_t misses; /**< for want of rights too */
	uint64_t fills;	 /**< kept */
	uint64_t discarded_fills;
	uint64_t evictions; /**< valid entries replaced by others */
	uint64_t invalidations;
	uint64_t invalidated_entries;
	/** Entries that invalidations have looked at. */
	uint64_t searched_entries;
};
/** `size`: sizeof(*counters).  Not a snapshot: hits and misses move meanwhile. */
void vtd_atc_counters(struct vtd_atc *atc, struct vtd_atc_counters *counters,
		      size_t size);

#ifdef __cplusplus
}
#endif

#endif /* VTD_ATC_H */
