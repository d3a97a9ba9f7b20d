/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What a unit says about software that gets its invalidations wrong, with
 * vtd_config.check: docs/checking.md.
 */
#ifndef VTD_CHECK_H
#define VTD_CHECK_H

#include <vtd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Caches of SPEC 6.2, and those of endpoints. */
enum vtd_cache {
	VTD_CACHE_CONTEXT,
	VTD_CACHE_PASID,
	VTD_CACHE_FIRST_STAGE_TABLE, /**< paging-structure caches */
	VTD_CACHE_SECOND_STAGE_TABLE,
	VTD_CACHE_IOTLB,
	VTD_CACHE_DEVICE_TLB,
};

/** Invalidation requests, by descriptor, register or command. */
enum vtd_invalidation_kind {
	VTD_INVALIDATION_ALL, /**< all caches: TE=0, SRTP with ESRTPS, reset */
	VTD_INVALIDATION_CONTEXT,
	VTD_INVALIDATION_PASID,
	VTD_INVALIDATION_IOTLB,
	VTD_INVALIDATION_PASID_IOTLB,
	VTD_INVALIDATION_DEVICE_TLB, /**< with and without PASID */
};

/** Why an invalidation request leaves an entry where it is. */
enum vtd_spared {
	VTD_SPARED_NOT, /**< it does not */
	VTD_SPARED_OTHER_CACHE,
	VTD_SPARED_OTHER_DEVICE,
	VTD_SPARED_OTHER_DOMAIN,
	VTD_SPARED_OTHER_PASID,
	VTD_SPARED_OTHER_RANGE,
	/** Page-in-PASID requests are about first-stage entries only. */
	VTD_SPARED_OTHER_STAGE,
	VTD_SPARED_LEAF_ONLY, /**< IH=1, and the entry leads to a table */
};

/** Constant strings, of a few words; never NULL. */
const char *vtd_cache_name(enum vtd_cache cache);
const char *vtd_invalidation_name(enum vtd_invalidation_kind kind);
const char *vtd_spared_text(enum vtd_spared spared);

/** An invalidation request that came after an entry was cached, and left it. */
struct vtd_near_invalidation {
	enum vtd_invalidation_kind kind;
	enum vtd_spared spared;
	enum vtd_change_scope scope;
	uint16_t sid;
	uint16_t did;
	uint32_t pasid;
	uint64_t first;
	uint64_t last;
	uint64_t waits_since; /**< waits that have completed since then */

	uint64_t reserved[2];
};

#define VTD_NEAR_MAX 4

/** A request was served by an entry that memory does not back. */
struct vtd_stale_use {
	enum vtd_cache cache; /**< where the entry is */
	struct vtd_request request;
	struct vtd_translation used;   /**< what the request got */
	struct vtd_translation memory; /**< what it would have got of memory */
	/** Of the entry. */
	uint16_t did;
	uint32_t pasid; /**< the request's, or RID_PASID */
	/** Since it was first seen to differ from memory: uses, this one
	 * included, and invalidation waits (or commands) that have completed. */
	uint64_t uses;
	uint64_t waits;
	/** The latest requests that came near it, latest first. */
	unsigned int near_count;
	struct vtd_near_invalidation near[VTD_NEAR_MAX];

	uint64_t reserved[4];
};

/** What software should not do, and hardware lets pass. */
enum vtd_lint {
	VTD_LINT_TWO_COMMANDS,
	VTD_LINT_ROOT_NOT_FLUSHED,
	VTD_LINT_EIME_WITHOUT_EIM,
	VTD_LINT_QUEUE_CHANGED,
	VTD_LINT_IGNORED_FIELD,
	VTD_LINT_PRESENT_TO_PRESENT,
	VTD_LINT_AD_NOT_COHERENT,
	VTD_LINT_STATUS_NOT_RAM,
	VTD_LINT_PASID_FREED,
	VTD_LINT_DEVICE_TLB_FIRST,
	VTD_LINT_INTERRUPT_ENTRY,
};
#define VTD_LINTS 11

/** Constant strings: a name like "two commands", what it is, and the section of
 * SPEC; never NULL. */
const char *vtd_lint_name(enum vtd_lint lint);
const char *vtd_lint_text(enum vtd_lint lint);
const char *vtd_lint_section(enum vtd_lint lint);

/** It was found: for the first, second, fourth, eighth time and so on.  What the
 * members mean is in docs/checking.md; those that mean nothing are 0. */
struct vtd_lint_report {
	enum vtd_lint lint;
	uint16_t sid;
	uint32_t pasid;
	uint64_t address;
	uint64_t value;
	uint64_t count; /**< how often so far */

	uint64_t reserved[4];
};

#ifdef __cplusplus
}
#endif

#endif /* VTD_CHECK_H */
