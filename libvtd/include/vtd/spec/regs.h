/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Register offsets and fields.  SPEC chapter 11.
 * Offsets are bytes from the unit's register base.
 */
#ifndef VTD_SPEC_REGS_H
#define VTD_SPEC_REGS_H

#include <vtd/spec/field.h>

#define VTD_REG_VER 0x000
#define VTD_REG_CAP 0x008
#define VTD_REG_ECAP 0x010
#define VTD_REG_GCMD 0x018
#define VTD_REG_GSTS 0x01c
#define VTD_REG_RTADDR 0x020
#define VTD_REG_CCMD 0x028
#define VTD_REG_FSTS 0x034
#define VTD_REG_FECTL 0x038
#define VTD_REG_FEDATA 0x03c
#define VTD_REG_FEADDR 0x040
#define VTD_REG_FEUADDR 0x044
#define VTD_REG_PMEN 0x064
#define VTD_REG_PLMBASE 0x068
#define VTD_REG_PLMLIMIT 0x06c
#define VTD_REG_PHMBASE 0x070
#define VTD_REG_PHMLIMIT 0x078
#define VTD_REG_IQH 0x080
#define VTD_REG_IQT 0x088
#define VTD_REG_IQA 0x090
#define VTD_REG_ICS 0x09c
#define VTD_REG_IECTL 0x0a0
#define VTD_REG_IEDATA 0x0a4
#define VTD_REG_IEADDR 0x0a8
#define VTD_REG_IEUADDR 0x0ac
#define VTD_REG_IQERCD 0x0b0
#define VTD_REG_IRTA 0x0b8
#define VTD_REG_PQH 0x0c0
#define VTD_REG_PQT 0x0c8
#define VTD_REG_PQA 0x0d0
#define VTD_REG_PRS 0x0dc
#define VTD_REG_PECTL 0x0e0
#define VTD_REG_PEDATA 0x0e4
#define VTD_REG_PEADDR 0x0e8
#define VTD_REG_PEUADDR 0x0ec
/** The next three are where CAP.FRO and ECAP.IRO of this unit point. */
#define VTD_REG_IVA 0x0f0
#define VTD_REG_IOTLB 0x0f8
#define VTD_REG_FRCD 0x220
#define VTD_REG_FRCD_STRIDE 0x10

/** 11.4.1 Version */
#define VTD_VER_MIN 0xfULL  /* 3:0 */
#define VTD_VER_MAX 0xf0ULL /* 7:4 */

/** 11.4.2 Capability */
#define VTD_CAP_ND 0x7ULL		      /* 2:0 */
#define VTD_CAP_RWBF 0x10ULL		      /* 4 */
#define VTD_CAP_PLMR 0x20ULL		      /* 5 */
#define VTD_CAP_PHMR 0x40ULL		      /* 6 */
#define VTD_CAP_CM 0x80ULL		      /* 7 */
#define VTD_CAP_SAGAW 0x1f00ULL		      /* 12:8 */
#define VTD_CAP_MGAW 0x3f0000ULL	      /* 21:16 */
#define VTD_CAP_ZLR 0x400000ULL		      /* 22 */
#define VTD_CAP_FRO 0x3ff000000ULL	      /* 33:24 */
#define VTD_CAP_SSLPS 0x3c00000000ULL	      /* 37:34 */
#define VTD_CAP_PSI 0x8000000000ULL	      /* 39 */
#define VTD_CAP_NFR 0xff0000000000ULL	      /* 47:40 */
#define VTD_CAP_MAMV 0x3f000000000000ULL      /* 53:48 */
#define VTD_CAP_DWD 0x40000000000000ULL	      /* 54 */
#define VTD_CAP_DRD 0x80000000000000ULL	      /* 55 */
#define VTD_CAP_FS1GP 0x100000000000000ULL    /* 56 */
#define VTD_CAP_PI 0x800000000000000ULL	      /* 59 */
#define VTD_CAP_FS5LP 0x1000000000000000ULL   /* 60 */
#define VTD_CAP_ECMDS 0x2000000000000000ULL   /* 61 */
#define VTD_CAP_ESIRTPS 0x4000000000000000ULL /* 62 */
#define VTD_CAP_ESRTPS 0x8000000000000000ULL  /* 63 */

/** 11.4.3 Extended capability */
#define VTD_ECAP_C 0x1ULL		      /* 0 */
#define VTD_ECAP_QI 0x2ULL		      /* 1 */
#define VTD_ECAP_DT 0x4ULL		      /* 2 */
#define VTD_ECAP_IR 0x8ULL		      /* 3 */
#define VTD_ECAP_EIM 0x10ULL		      /* 4 */
#define VTD_ECAP_PT 0x40ULL		      /* 6 */
#define VTD_ECAP_SC 0x80ULL		      /* 7 */
#define VTD_ECAP_IRO 0x3ff00ULL		      /* 17:8 */
#define VTD_ECAP_MHMV 0xf00000ULL	      /* 23:20 */
#define VTD_ECAP_MTS 0x2000000ULL	      /* 25 */
#define VTD_ECAP_NEST 0x4000000ULL	      /* 26 */
#define VTD_ECAP_PRS 0x20000000ULL	      /* 29 */
#define VTD_ECAP_ERS 0x40000000ULL	      /* 30 */
#define VTD_ECAP_SRS 0x80000000ULL	      /* 31 */
#define VTD_ECAP_NWFS 0x200000000ULL	      /* 33 */
#define VTD_ECAP_EAFS 0x400000000ULL	      /* 34 */
#define VTD_ECAP_PSS 0xf800000000ULL	      /* 39:35 */
#define VTD_ECAP_PASID 0x10000000000ULL	      /* 40 */
#define VTD_ECAP_DIT 0x20000000000ULL	      /* 41 */
#define VTD_ECAP_PDS 0x40000000000ULL	      /* 42 */
#define VTD_ECAP_SMTS 0x80000000000ULL	      /* 43 */
#define VTD_ECAP_VCS 0x100000000000ULL	      /* 44 */
#define VTD_ECAP_SSADS 0x200000000000ULL      /* 45 */
#define VTD_ECAP_SSTS 0x400000000000ULL	      /* 46 */
#define VTD_ECAP_FSTS 0x800000000000ULL	      /* 47 */
#define VTD_ECAP_SMPWCS 0x1000000000000ULL    /* 48 */
#define VTD_ECAP_RPS 0x2000000000000ULL	      /* 49 */
#define VTD_ECAP_TDXCS 0x4000000000000ULL     /* 50 */
#define VTD_ECAP_PMS 0x8000000000000ULL	      /* 51 */
#define VTD_ECAP_ADMS 0x10000000000000ULL     /* 52 */
#define VTD_ECAP_RPRIVS 0x20000000000000ULL   /* 53 */
#define VTD_ECAP_HPTS 0x80000000000000ULL     /* 55 */
#define VTD_ECAP_PTRS 0x100000000000000ULL    /* 56 */
#define VTD_ECAP_SSIRWS 0x200000000000000ULL  /* 57 */
#define VTD_ECAP_SMS 0x400000000000000ULL     /* 58 */
#define VTD_ECAP_HPT1GPS 0x800000000000000ULL /* 59 */
#define VTD_ECAP_RDTS 0x1000000000000000ULL   /* 60 */
#define VTD_ECAP_EIMER 0x2000000000000000ULL  /* 61 */
#define VTD_ECAP_IRREQ 0x4000000000000000ULL  /* 62 */

/** 11.4.4 Global command and status: the same bit positions in both. */
#define VTD_GCMD_TE 0x80000000ULL   /* 31 */
#define VTD_GCMD_SRTP 0x40000000ULL /* 30 */
#define VTD_GCMD_WBF 0x8000000ULL   /* 27 */
#define VTD_GCMD_QIE 0x4000000ULL   /* 26 */
#define VTD_GCMD_IRE 0x2000000ULL   /* 25 */
#define VTD_GCMD_SIRTP 0x1000000ULL /* 24 */
#define VTD_GCMD_CFI 0x800000ULL    /* 23 */

#define VTD_GSTS_TES 0x80000000ULL  /* 31 */
#define VTD_GSTS_RTPS 0x40000000ULL /* 30 */
#define VTD_GSTS_WBFS 0x8000000ULL  /* 27 */
#define VTD_GSTS_QIES 0x4000000ULL  /* 26 */
#define VTD_GSTS_IRES 0x2000000ULL  /* 25 */
#define VTD_GSTS_IRTPS 0x1000000ULL /* 24 */
#define VTD_GSTS_CFIS 0x800000ULL   /* 23 */

/** 11.4.5 Root table address */
#define VTD_RTADDR_TTM 0xc00ULL		     /* 11:10 */
#define VTD_RTADDR_RTA 0xfffffffffffff000ULL /* 63:12 */
#define VTD_TTM_LEGACY 0
#define VTD_TTM_SCALABLE 1
#define VTD_TTM_RESERVED 2
#define VTD_TTM_ABORT_DMA 3

/** 11.4.6.1 Context command */
#define VTD_CCMD_DID 0xffffULL		    /* 15:0 */
#define VTD_CCMD_SID 0xffff0000ULL	    /* 31:16 */
#define VTD_CCMD_FM 0x300000000ULL	    /* 33:32 */
#define VTD_CCMD_CAIG 0x1800000000000000ULL /* 60:59 */
#define VTD_CCMD_CIRG 0x6000000000000000ULL /* 62:61 */
#define VTD_CCMD_ICC 0x8000000000000000ULL  /* 63 */

/** 11.4.6.2 IOTLB invalidate and 11.4.6.3 invalidate address */
#define VTD_IVA_AM 0x3fULL		     /* 5:0 */
#define VTD_IVA_IH 0x40ULL		     /* 6 */
#define VTD_IVA_ADDR 0xfffffffffffff000ULL   /* 63:12 */
#define VTD_IOTLB_DID 0xffff00000000ULL	     /* 47:32 */
#define VTD_IOTLB_DW 0x1000000000000ULL	     /* 48 */
#define VTD_IOTLB_DR 0x2000000000000ULL	     /* 49 */
#define VTD_IOTLB_IAIG 0x600000000000000ULL  /* 58:57 */
#define VTD_IOTLB_IIRG 0x3000000000000000ULL /* 61:60 */
#define VTD_IOTLB_IVT 0x8000000000000000ULL  /* 63 */

/** Granularities of CCMD, IOTLB_REG and of the descriptors 1h and 2h. */
#define VTD_GRANULARITY_GLOBAL 1
#define VTD_GRANULARITY_DOMAIN 2
#define VTD_GRANULARITY_SELECTIVE 3

/** 11.4.7 Fault status */
#define VTD_FSTS_PFO 0x1ULL    /* 0 */
#define VTD_FSTS_PPF 0x2ULL    /* 1 */
#define VTD_FSTS_IQE 0x10ULL   /* 4 */
#define VTD_FSTS_ICE 0x20ULL   /* 5 */
#define VTD_FSTS_ITE 0x40ULL   /* 6 */
#define VTD_FSTS_FRI 0xff00ULL /* 15:8 */

/** Event control: FECTL, IECTL, PECTL */
#define VTD_ECTL_IM 0x80000000ULL /* 31 */
#define VTD_ECTL_IP 0x40000000ULL /* 30 */

/** 11.4.7.6 Fault recording, low and high quad-word */
#define VTD_FRCD_LO_FI 0xfffffffffffff000ULL		  /* 63:12 */
#define VTD_FRCD_LO_INTERRUPT_INDEX 0xffff000000000000ULL /* 63:48 */
#define VTD_FRCD_HI_SID 0xffffULL			  /* 15:0 */
#define VTD_FRCD_HI_T2 0x10000000ULL			  /* 28 */
#define VTD_FRCD_HI_PRIV 0x20000000ULL			  /* 29 */
#define VTD_FRCD_HI_EXE 0x40000000ULL			  /* 30 */
#define VTD_FRCD_HI_PP 0x80000000ULL			  /* 31 */
#define VTD_FRCD_HI_FR 0xff00000000ULL			  /* 39:32 */
#define VTD_FRCD_HI_PV 0xfffff0000000000ULL		  /* 59:40 */
#define VTD_FRCD_HI_AT 0x3000000000000000ULL		  /* 61:60 */
#define VTD_FRCD_HI_T1 0x4000000000000000ULL		  /* 62 */
#define VTD_FRCD_HI_F 0x8000000000000000ULL		  /* 63 */

/** 11.4.8 Protected memory */
#define VTD_PMEN_EPM 0x80000000ULL /* 31 */
#define VTD_PMEN_PRS 0x1ULL	   /* 0 */

/** 11.4.9 Invalidation queue */
#define VTD_IQH_QH 0x7fff0ULL			/* 18:4 */
#define VTD_IQT_QT 0x7fff0ULL			/* 18:4 */
#define VTD_IQA_QS 0x7ULL			/* 2:0 */
#define VTD_IQA_DW 0x800ULL			/* 11 */
#define VTD_IQA_BASE 0xfffffffffffff000ULL	/* 63:12 */
#define VTD_ICS_IWC 0x1ULL			/* 0 */
#define VTD_IQERCD_IQEI 0xfULL			/* 3:0 */
#define VTD_IQERCD_ITESID 0xffff00000000ULL	/* 47:32 */
#define VTD_IQERCD_ICESID 0xffff000000000000ULL /* 63:48 */

/** IQERCD.IQEI */
enum vtd_iqei {
	VTD_IQEI_NONE = 0,
	VTD_IQEI_TAIL_BEYOND_QUEUE = 1,
	VTD_IQEI_FETCH_ERROR = 2,
	VTD_IQEI_INVALID_TYPE = 3,
	VTD_IQEI_RESERVED_FIELD = 4,
	VTD_IQEI_WIDTH_MISMATCH = 5,
	VTD_IQEI_TAIL_MISALIGNED = 6,
	VTD_IQEI_INVALID_TTM = 7,
};

/** 11.4.10 Interrupt remapping table address */
#define VTD_IRTA_S 0xfULL		    /* 3:0 */
#define VTD_IRTA_EIME 0x800ULL		    /* 11 */
#define VTD_IRTA_BASE 0xfffffffffffff000ULL /* 63:12 */

/** 11.4.11 Page request queue */
#define VTD_PQ_POINTER 0x7ffe0ULL	   /* 18:5 */
#define VTD_PQA_PQS 0x7ULL		   /* 2:0 */
#define VTD_PQA_BASE 0xfffffffffffff000ULL /* 63:12 */
#define VTD_PRS_PPR 0x1ULL		   /* 0 */
#define VTD_PRS_PRO 0x2ULL		   /* 1 */

#endif /* VTD_SPEC_REGS_H */
