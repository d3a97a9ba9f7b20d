/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Descriptors of the invalidation queue (SPEC 6.5.2) and of the page request
 * queue (SPEC 7.4.1).  Names end in the number of the 64-bit word of the field.
 */
#ifndef VTD_SPEC_DESCRIPTORS_H
#define VTD_SPEC_DESCRIPTORS_H

#include <vtd/spec/field.h>

/** Descriptor type: bits 11:9 are its upper part, 0 in all defined types. */
#define VTD_DESC0_TYPE_LOW VTD_BITS(3, 0)
#define VTD_DESC0_TYPE_HIGH VTD_BITS(11, 9)

enum vtd_descriptor_type {
	VTD_DESC_CONTEXT_CACHE = 0x1,
	VTD_DESC_IOTLB = 0x2,
	VTD_DESC_DEVICE_TLB = 0x3,
	VTD_DESC_INTERRUPT_ENTRY_CACHE = 0x4,
	VTD_DESC_WAIT = 0x5,
	VTD_DESC_PASID_IOTLB = 0x6,
	VTD_DESC_PASID_CACHE = 0x7,
	VTD_DESC_PASID_DEVICE_TLB = 0x8,
	VTD_DESC_PAGE_GROUP_RESPONSE = 0x9,
};

/** Where several types have the same field, it is named once. */
#define VTD_DESC0_G VTD_BITS(5, 4)
#define VTD_DESC0_DID VTD_BITS(31, 16)
#define VTD_DESC0_PASID VTD_BITS(51, 32)
#define VTD_DESC1_AM VTD_BITS(5, 0)
#define VTD_DESC1_IH VTD_BIT(6)
#define VTD_DESC1_ADDRESS VTD_BITS(63, 12)

/** 1h context-cache invalidate */
#define VTD_DESC_CC0_SID VTD_BITS(47, 32)
#define VTD_DESC_CC0_FM VTD_BITS(49, 48)
#define VTD_DESC_CC0_RESERVED \
	(VTD_BITS(8, 6) | VTD_BITS(15, 12) | VTD_BITS(63, 50))

/** 2h IOTLB invalidate; DW and DR are accepted and mean nothing more */
#define VTD_DESC_IOTLB0_RESERVED \
	(VTD_BIT(8) | VTD_BITS(15, 12) | VTD_BITS(63, 32))
#define VTD_DESC_IOTLB1_RESERVED VTD_BITS(11, 7)

/** 3h device-TLB invalidate */
#define VTD_DESC_DTLB0_PFSID_LOW VTD_BITS(15, 12)
#define VTD_DESC_DTLB0_MIP VTD_BITS(20, 16)
#define VTD_DESC_DTLB0_SID VTD_BITS(47, 32)
#define VTD_DESC_DTLB0_PFSID_HIGH VTD_BITS(63, 52)
#define VTD_DESC_DTLB0_RESERVED \
	(VTD_BITS(8, 4) | VTD_BITS(31, 21) | VTD_BITS(51, 48))
#define VTD_DESC_DTLB1_S VTD_BIT(0)
#define VTD_DESC_DTLB1_RESERVED VTD_BITS(11, 1)

/** 4h interrupt entry cache invalidate */
#define VTD_DESC_IEC0_G VTD_BIT(4)
#define VTD_DESC_IEC0_IM VTD_BITS(31, 27)
#define VTD_DESC_IEC0_IIDX VTD_BITS(47, 32)
#define VTD_DESC_IEC0_RESERVED \
	(VTD_BITS(8, 5) | VTD_BITS(26, 12) | VTD_BITS(63, 48))

/** 5h invalidation wait */
#define VTD_DESC_WAIT0_IF VTD_BIT(4)
#define VTD_DESC_WAIT0_SW VTD_BIT(5)
#define VTD_DESC_WAIT0_FN VTD_BIT(6)
#define VTD_DESC_WAIT0_PD VTD_BIT(7)
#define VTD_DESC_WAIT0_STATUS_DATA VTD_BITS(63, 32)
#define VTD_DESC_WAIT0_RESERVED (VTD_BIT(8) | VTD_BITS(31, 12))
#define VTD_DESC_WAIT1_STATUS_ADDRESS VTD_BITS(63, 2)
#define VTD_DESC_WAIT1_RESERVED VTD_BITS(1, 0)

/** 6h PASID-based IOTLB invalidate */
#define VTD_DESC_PIOTLB0_RESERVED \
	(VTD_BITS(8, 6) | VTD_BITS(15, 12) | VTD_BITS(63, 52))
#define VTD_DESC_PIOTLB1_RESERVED VTD_BITS(11, 7)
#define VTD_GRANULARITY_PASID 2
#define VTD_GRANULARITY_PAGE_IN_PASID 3

/** 7h PASID cache invalidate */
#define VTD_DESC_PC0_RESERVED \
	(VTD_BITS(8, 6) | VTD_BITS(15, 12) | VTD_BITS(63, 52))
#define VTD_GRANULARITY_PC_DOMAIN 0
#define VTD_GRANULARITY_PC_PASID 1
#define VTD_GRANULARITY_PC_GLOBAL 3

/** 8h PASID-based device-TLB invalidate */
#define VTD_DESC_PDTLB0_MIP VTD_BITS(8, 4)
#define VTD_DESC_PDTLB0_PFSID_LOW VTD_BITS(15, 12)
#define VTD_DESC_PDTLB0_SID VTD_BITS(31, 16)
#define VTD_DESC_PDTLB0_PFSID_HIGH VTD_BITS(63, 52)
#define VTD_DESC_PDTLB1_GI VTD_BIT(0)
#define VTD_DESC_PDTLB1_S VTD_BIT(11)
#define VTD_DESC_PDTLB1_RESERVED VTD_BITS(10, 1)

/** 9h page group response; word 1 bit 2 is ignored since Rev. 5.10 */
#define VTD_DESC_PGR0_PP VTD_BIT(4)
#define VTD_DESC_PGR0_RC VTD_BITS(15, 12)
#define VTD_DESC_PGR0_RID VTD_BITS(31, 16)
#define VTD_DESC_PGR0_RESERVED (VTD_BITS(8, 5) | VTD_BITS(63, 52))
#define VTD_DESC_PGR1_PRGI VTD_BITS(11, 3)
#define VTD_DESC_PGR1_RESERVED (VTD_BITS(1, 0) | VTD_BITS(63, 12))

/** Page request descriptor: 4 words, words 2 and 3 are 0 */
#define VTD_PAGE_REQUEST_SIZE 32
#define VTD_PRD0_TYPE VTD_BITS(7, 0)
#define VTD_PRD0_PP VTD_BIT(8)
#define VTD_PRD0_RID VTD_BITS(31, 16)
#define VTD_PRD0_PASID VTD_BITS(51, 32)
#define VTD_PRD0_EXR VTD_BIT(52)
#define VTD_PRD0_PMR VTD_BIT(53)
#define VTD_PRD1_RDR VTD_BIT(0)
#define VTD_PRD1_WRR VTD_BIT(1)
#define VTD_PRD1_LPIG VTD_BIT(2)
#define VTD_PRD1_PRGI VTD_BITS(11, 3)
#define VTD_PRD1_ADDRESS VTD_BITS(63, 12)
#define VTD_PRD_TYPE_PAGE_REQUEST 0x01

#endif /* VTD_SPEC_DESCRIPTORS_H */
