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
#define VTD_DESC0_TYPE_LOW 0xfULL    /* 3:0 */
#define VTD_DESC0_TYPE_HIGH 0xe00ULL /* 11:9 */

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
#define VTD_DESC0_G 0x30ULL			/* 5:4 */
#define VTD_DESC0_DID 0xffff0000ULL		/* 31:16 */
#define VTD_DESC0_PASID 0xfffff00000000ULL	/* 51:32 */
#define VTD_DESC1_AM 0x3fULL			/* 5:0 */
#define VTD_DESC1_IH 0x40ULL			/* 6 */
#define VTD_DESC1_ADDRESS 0xfffffffffffff000ULL /* 63:12 */

/** 1h context-cache invalidate */
#define VTD_DESC_CC0_SID 0xffff00000000ULL	    /* 47:32 */
#define VTD_DESC_CC0_FM 0x3000000000000ULL	    /* 49:48 */
#define VTD_DESC_CC0_RESERVED 0xfffc00000000f1c0ULL /* 8:6, 15:12, 63:50 */

/** 2h IOTLB invalidate; DW and DR are accepted and mean nothing more */
#define VTD_DESC_IOTLB0_RESERVED 0xffffffff0000f100ULL /* 8, 15:12, 63:32 */
#define VTD_DESC_IOTLB1_RESERVED 0xf80ULL	       /* 11:7 */

/** 3h device-TLB invalidate */
#define VTD_DESC_DTLB0_PFSID_LOW 0xf000ULL		/* 15:12 */
#define VTD_DESC_DTLB0_MIP 0x1f0000ULL			/* 20:16 */
#define VTD_DESC_DTLB0_SID 0xffff00000000ULL		/* 47:32 */
#define VTD_DESC_DTLB0_PFSID_HIGH 0xfff0000000000000ULL /* 63:52 */
#define VTD_DESC_DTLB0_RESERVED 0xf0000ffe001f0ULL	/* 8:4, 31:21, 51:48 */
#define VTD_DESC_DTLB1_S 0x1ULL				/* 0 */
#define VTD_DESC_DTLB1_RESERVED 0xffeULL		/* 11:1 */

/** 4h interrupt entry cache invalidate */
#define VTD_DESC_IEC0_G 0x10ULL			     /* 4 */
#define VTD_DESC_IEC0_IM 0xf8000000ULL		     /* 31:27 */
#define VTD_DESC_IEC0_IIDX 0xffff00000000ULL	     /* 47:32 */
#define VTD_DESC_IEC0_RESERVED 0xffff000007fff1e0ULL /* 8:5, 26:12, 63:48 */

/** 5h invalidation wait */
#define VTD_DESC_WAIT0_IF 0x10ULL			    /* 4 */
#define VTD_DESC_WAIT0_SW 0x20ULL			    /* 5 */
#define VTD_DESC_WAIT0_FN 0x40ULL			    /* 6 */
#define VTD_DESC_WAIT0_PD 0x80ULL			    /* 7 */
#define VTD_DESC_WAIT0_STATUS_DATA 0xffffffff00000000ULL    /* 63:32 */
#define VTD_DESC_WAIT0_RESERVED 0xfffff100ULL		    /* 8, 31:12 */
#define VTD_DESC_WAIT1_STATUS_ADDRESS 0xfffffffffffffffcULL /* 63:2 */
#define VTD_DESC_WAIT1_RESERVED 0x3ULL			    /* 1:0 */

/** 6h PASID-based IOTLB invalidate */
#define VTD_DESC_PIOTLB0_RESERVED 0xfff000000000f1c0ULL /* 8:6, 15:12, 63:52 */
#define VTD_DESC_PIOTLB1_RESERVED 0xf80ULL		/* 11:7 */
#define VTD_GRANULARITY_PASID 2
#define VTD_GRANULARITY_PAGE_IN_PASID 3

/** 7h PASID cache invalidate */
#define VTD_DESC_PC0_RESERVED 0xfff000000000f1c0ULL /* 8:6, 15:12, 63:52 */
#define VTD_GRANULARITY_PC_DOMAIN 0
#define VTD_GRANULARITY_PC_PASID 1
#define VTD_GRANULARITY_PC_GLOBAL 3

/** 8h PASID-based device-TLB invalidate */
#define VTD_DESC_PDTLB0_MIP 0x1f0ULL			 /* 8:4 */
#define VTD_DESC_PDTLB0_PFSID_LOW 0xf000ULL		 /* 15:12 */
#define VTD_DESC_PDTLB0_SID 0xffff0000ULL		 /* 31:16 */
#define VTD_DESC_PDTLB0_PFSID_HIGH 0xfff0000000000000ULL /* 63:52 */
#define VTD_DESC_PDTLB1_GI 0x1ULL			 /* 0 */
#define VTD_DESC_PDTLB1_S 0x800ULL			 /* 11 */
#define VTD_DESC_PDTLB1_RESERVED 0x7feULL		 /* 10:1 */

/** 9h page group response; word 1 bit 2 is ignored since Rev. 5.10 */
#define VTD_DESC_PGR0_PP 0x10ULL		     /* 4 */
#define VTD_DESC_PGR0_RC 0xf000ULL		     /* 15:12 */
#define VTD_DESC_PGR0_RID 0xffff0000ULL		     /* 31:16 */
#define VTD_DESC_PGR0_RESERVED 0xfff00000000001e0ULL /* 8:5, 63:52 */
#define VTD_DESC_PGR1_PRGI 0xff8ULL		     /* 11:3 */
#define VTD_DESC_PGR1_RESERVED 0xfffffffffffff003ULL /* 1:0, 63:12 */

/** Page request descriptor: 4 words, words 2 and 3 are 0 */
#define VTD_PAGE_REQUEST_SIZE 32
#define VTD_PRD0_TYPE 0xffULL		       /* 7:0 */
#define VTD_PRD0_PP 0x100ULL		       /* 8 */
#define VTD_PRD0_RID 0xffff0000ULL	       /* 31:16 */
#define VTD_PRD0_PASID 0xfffff00000000ULL      /* 51:32 */
#define VTD_PRD0_EXR 0x10000000000000ULL       /* 52 */
#define VTD_PRD0_PMR 0x20000000000000ULL       /* 53 */
#define VTD_PRD1_RDR 0x1ULL		       /* 0 */
#define VTD_PRD1_WRR 0x2ULL		       /* 1 */
#define VTD_PRD1_LPIG 0x4ULL		       /* 2 */
#define VTD_PRD1_PRGI 0xff8ULL		       /* 11:3 */
#define VTD_PRD1_ADDRESS 0xfffffffffffff000ULL /* 63:12 */
#define VTD_PRD_TYPE_PAGE_REQUEST 0x01

#endif /* VTD_SPEC_DESCRIPTORS_H */
