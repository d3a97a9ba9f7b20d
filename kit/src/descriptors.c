/* SPDX-License-Identifier: BSD-3-Clause */
#include <vtd/kit/descriptors.h>

static struct vtd_kit_descriptor descriptor(uint64_t word0, uint64_t word1)
{
	return (struct vtd_kit_descriptor){ { word0, word1 } };
}

static uint64_t granularity(uint64_t value)
{
	return vtd_field_make(VTD_DESC0_G, value);
}

static uint64_t did_and_pasid(uint16_t did, uint32_t pasid)
{
	return vtd_field_make(VTD_DESC0_DID, did) |
	       vtd_field_make(VTD_DESC0_PASID, pasid);
}

/* AM is the number of pages as a power of two. */
static uint64_t masked_address(uint64_t address, unsigned int shift)
{
	return (address & VTD_DESC1_ADDRESS) |
	       vtd_field_make(VTD_DESC1_AM, shift - 12);
}

/* The lowest bit of the address that is 0, from bit 12 up, says how much, if
 * `size` is set. */
static uint64_t sized_address(uint64_t address, unsigned int shift,
			      uint64_t size)
{
	address &= VTD_DESC1_ADDRESS;
	if (shift <= 12)
		return address;
	address &= ~(UINT64_C(1) << (shift - 1));
	return address | size |
	       ((UINT64_C(1) << (shift - 1)) - (UINT64_C(1) << 12));
}

struct vtd_kit_descriptor vtd_kit_context_cache_global(void)
{
	return descriptor(VTD_DESC_CONTEXT_CACHE |
				  granularity(VTD_GRANULARITY_GLOBAL),
			  0);
}

struct vtd_kit_descriptor vtd_kit_iotlb_global(void)
{
	return descriptor(VTD_DESC_IOTLB | granularity(VTD_GRANULARITY_GLOBAL),
			  0);
}

struct vtd_kit_descriptor vtd_kit_pasid_cache_global(void)
{
	return descriptor(VTD_DESC_PASID_CACHE |
				  granularity(VTD_GRANULARITY_PC_GLOBAL),
			  0);
}

struct vtd_kit_descriptor vtd_kit_interrupt_cache_global(void)
{
	return descriptor(VTD_DESC_INTERRUPT_ENTRY_CACHE, 0);
}

struct vtd_kit_descriptor vtd_kit_iotlb_domain(uint16_t did)
{
	return descriptor(VTD_DESC_IOTLB | granularity(VTD_GRANULARITY_DOMAIN) |
				  did_and_pasid(did, 0),
			  0);
}

struct vtd_kit_descriptor vtd_kit_iotlb_pages(uint16_t did, uint64_t address,
					      unsigned int shift)
{
	return descriptor(VTD_DESC_IOTLB |
				  granularity(VTD_GRANULARITY_SELECTIVE) |
				  did_and_pasid(did, 0),
			  masked_address(address, shift));
}

struct vtd_kit_descriptor vtd_kit_pasid_cache(uint16_t did, uint32_t pasid)
{
	return descriptor(VTD_DESC_PASID_CACHE |
				  granularity(VTD_GRANULARITY_PC_PASID) |
				  did_and_pasid(did, pasid),
			  0);
}

struct vtd_kit_descriptor vtd_kit_pasid_iotlb(uint16_t did, uint32_t pasid)
{
	return descriptor(VTD_DESC_PASID_IOTLB |
				  granularity(VTD_GRANULARITY_PASID) |
				  did_and_pasid(did, pasid),
			  0);
}

struct vtd_kit_descriptor
vtd_kit_pasid_iotlb_pages(uint16_t did, uint32_t pasid, uint64_t address,
			  unsigned int shift)
{
	return descriptor(VTD_DESC_PASID_IOTLB |
				  granularity(VTD_GRANULARITY_PAGE_IN_PASID) |
				  did_and_pasid(did, pasid),
			  masked_address(address, shift));
}

struct vtd_kit_descriptor vtd_kit_device_tlb(uint16_t sid, uint64_t address,
					     unsigned int shift)
{
	return descriptor(VTD_DESC_DEVICE_TLB |
				  vtd_field_make(VTD_DESC_DTLB0_SID, sid),
			  sized_address(address, shift, VTD_DESC_DTLB1_S));
}

struct vtd_kit_descriptor vtd_kit_pasid_device_tlb(uint16_t sid, uint32_t pasid,
						   uint64_t address,
						   unsigned int shift)
{
	return descriptor(VTD_DESC_PASID_DEVICE_TLB |
				  vtd_field_make(VTD_DESC_PDTLB0_SID, sid) |
				  did_and_pasid(0, pasid),
			  sized_address(address, shift, VTD_DESC_PDTLB1_S));
}

struct vtd_kit_descriptor vtd_kit_page_group_response(const uint64_t request[2],
						      uint8_t code)
{
	uint64_t pasid = (request[0] & VTD_PRD0_PP) != 0 ?
				 VTD_DESC_PGR0_PP |
					 (request[0] & VTD_PRD0_PASID) :
				 0;

	return descriptor(VTD_DESC_PAGE_GROUP_RESPONSE | pasid |
				  (request[0] & VTD_PRD0_RID) |
				  vtd_field_make(VTD_DESC_PGR0_RC, code),
			  request[1] & VTD_PRD1_PRGI);
}

bool vtd_kit_queue_invalidate(struct vtd_kit_queue *queue,
			      const struct vtd_kit_descriptor *descriptors,
			      unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		vtd_kit_queue_put(queue, descriptors[i].word[0],
				  descriptors[i].word[1]);
	vtd_kit_queue_put_wait(queue, 0);
	vtd_kit_queue_submit(queue);
	return vtd_kit_queue_is_done(queue);
}

bool vtd_kit_queue_flush(struct vtd_kit_queue *queue)
{
	const struct vtd_kit_descriptor all[] = {
		vtd_kit_context_cache_global(),
		vtd_kit_pasid_cache_global(),
		vtd_kit_iotlb_global(),
	};
	const struct vtd_kit_descriptor narrow[] = { all[0], all[2] };

	return queue->wide ? vtd_kit_queue_invalidate(queue, all, 3) :
			     vtd_kit_queue_invalidate(queue, narrow, 2);
}
