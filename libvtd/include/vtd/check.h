/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a unit says about software that gets its invalidations wrong:
 * docs/checking.md.
 */
#ifndef VTD_CHECK_H
#define VTD_CHECK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Caches of SPEC 6.2. */
enum vtd_cache {
	VTD_CACHE_CONTEXT,
	VTD_CACHE_PASID,
	VTD_CACHE_FIRST_STAGE_TABLE, /* paging-structure caches */
	VTD_CACHE_SECOND_STAGE_TABLE,
	VTD_CACHE_IOTLB,
};

/* Invalidation requests, by descriptor, register or command. */
enum vtd_invalidation_kind {
	VTD_INVALIDATION_ALL, /* all caches: TE=0, SRTP with ESRTPS, reset */
	VTD_INVALIDATION_CONTEXT,
	VTD_INVALIDATION_PASID,
	VTD_INVALIDATION_IOTLB,
	VTD_INVALIDATION_PASID_IOTLB,
};

/* Why an invalidation request leaves an entry where it is. */
enum vtd_spared {
	VTD_SPARED_NOT, /* it does not */
	VTD_SPARED_OTHER_CACHE,
	VTD_SPARED_OTHER_DEVICE,
	VTD_SPARED_OTHER_DOMAIN,
	VTD_SPARED_OTHER_PASID,
	VTD_SPARED_OTHER_RANGE,
	/* Page-in-PASID requests are about first-stage entries only. */
	VTD_SPARED_OTHER_STAGE,
	VTD_SPARED_LEAF_ONLY, /* IH=1, and the entry leads to a table */
};

#ifdef __cplusplus
}
#endif

#endif /* VTD_CHECK_H */
