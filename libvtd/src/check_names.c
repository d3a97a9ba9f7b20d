/* SPDX-License-Identifier: BSD-3-Clause */
/* Words for what is reported. */
#include <stddef.h>

#include <vtd/check.h>

static const char *at(const char *const *texts, size_t count,
		      unsigned int index)
{
	return index < count ? texts[index] : "unknown";
}

#define AT(texts, index) \
	at(texts, sizeof(texts) / sizeof(*(texts)), (unsigned int)(index))

const char *vtd_cache_name(enum vtd_cache cache)
{
	static const char *const names[] = {
		[VTD_CACHE_CONTEXT] = "context cache",
		[VTD_CACHE_PASID] = "PASID cache",
		[VTD_CACHE_FIRST_STAGE_TABLE] =
			"first-stage paging-structure cache",
		[VTD_CACHE_SECOND_STAGE_TABLE] =
			"second-stage paging-structure cache",
		[VTD_CACHE_IOTLB] = "IOTLB",
		[VTD_CACHE_DEVICE_TLB] = "device-TLB",
	};

	return AT(names, cache);
}

const char *vtd_invalidation_name(enum vtd_invalidation_kind kind)
{
	static const char *const names[] = {
		[VTD_INVALIDATION_ALL] = "invalidation of everything",
		[VTD_INVALIDATION_CONTEXT] = "context-cache invalidation",
		[VTD_INVALIDATION_PASID] = "PASID-cache invalidation",
		[VTD_INVALIDATION_IOTLB] = "IOTLB invalidation",
		[VTD_INVALIDATION_PASID_IOTLB] =
			"PASID-based IOTLB invalidation",
		[VTD_INVALIDATION_DEVICE_TLB] = "device-TLB invalidation",
	};

	return AT(names, kind);
}

const char *vtd_spared_text(enum vtd_spared spared)
{
	static const char *const texts[] = {
		[VTD_SPARED_NOT] = "it is covered",
		[VTD_SPARED_OTHER_CACHE] = "it is for another cache",
		[VTD_SPARED_OTHER_DEVICE] = "another source-id",
		[VTD_SPARED_OTHER_DOMAIN] = "another domain-id",
		[VTD_SPARED_OTHER_PASID] = "another PASID",
		[VTD_SPARED_OTHER_RANGE] = "another address range",
		[VTD_SPARED_OTHER_STAGE] =
			"a page in a PASID is of the first stage only",
		[VTD_SPARED_LEAF_ONLY] =
			"IH=1 leaves entries that lead to tables",
	};

	return AT(texts, spared);
}
