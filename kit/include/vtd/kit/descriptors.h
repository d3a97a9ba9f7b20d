/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Descriptors of the invalidation queue (SPEC 6.5.2), for what drivers
 * invalidate.  vtd/spec/descriptors.h has the fields for all others.
 *
 * A range is the naturally aligned block of 2^shift bytes around `address`;
 * shift 12..63.  Device-TLBs take 64, too: everything.
 */
#ifndef VTD_KIT_DESCRIPTORS_H
#define VTD_KIT_DESCRIPTORS_H

#include <vtd/kit/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The first two words; those behind are 0. */
struct vtd_kit_descriptor {
	uint64_t word[2];
};

/** 1h, 2h, 7h and 4h: everything; 7h only if the queue is wide. */
struct vtd_kit_descriptor vtd_kit_context_cache_global(void);
struct vtd_kit_descriptor vtd_kit_iotlb_global(void);
struct vtd_kit_descriptor vtd_kit_pasid_cache_global(void);
struct vtd_kit_descriptor vtd_kit_interrupt_cache_global(void);

/** 2h: a domain; pages in it (second stage). */
struct vtd_kit_descriptor vtd_kit_iotlb_domain(uint16_t did);
struct vtd_kit_descriptor vtd_kit_iotlb_pages(uint16_t did, uint64_t address,
					      unsigned int shift);

/** 7h and 6h: all of a PASID; 6h: pages in it (first stage). */
struct vtd_kit_descriptor vtd_kit_pasid_cache(uint16_t did, uint32_t pasid);
struct vtd_kit_descriptor vtd_kit_pasid_iotlb(uint16_t did, uint32_t pasid);
struct vtd_kit_descriptor
vtd_kit_pasid_iotlb_pages(uint16_t did, uint32_t pasid, uint64_t address,
			  unsigned int shift);

/** 3h and 8h: of the device-TLB of a device, without and with PASID. */
struct vtd_kit_descriptor vtd_kit_device_tlb(uint16_t sid, uint64_t address,
					     unsigned int shift);
struct vtd_kit_descriptor vtd_kit_pasid_device_tlb(uint16_t sid, uint32_t pasid,
						   uint64_t address,
						   unsigned int shift);

/** 9h: the answer to the group of a page request, which is given as the first two
 * words of its descriptor; `code` is an enum vtd_response_code. */
struct vtd_kit_descriptor vtd_kit_page_group_response(const uint64_t request[2],
						      uint8_t code);

/**
 * Put `count` descriptors and a wait, and submit them.  The return says whether
 * the wait has completed; vtd_kit_queue_is_done() says it later.
 */
bool vtd_kit_queue_invalidate(struct vtd_kit_queue *queue,
			      const struct vtd_kit_descriptor *descriptor,
			      unsigned int count);

#ifdef __cplusplus
}
#endif

#endif /* VTD_KIT_DESCRIPTORS_H */
