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
#define VTD_VER_MIN VTD_BITS(3, 0)
#define VTD_VER_MAX VTD_BITS(7, 4)

/** 11.4.2 Capability */
#define VTD_CAP_ND VTD_BITS(2, 0)
#define VTD_CAP_RWBF VTD_BIT(4)
#define VTD_CAP_PLMR VTD_BIT(5)
#define VTD_CAP_PHMR VTD_BIT(6)
#define VTD_CAP_CM VTD_BIT(7)
#define VTD_CAP_SAGAW VTD_BITS(12, 8)
#define VTD_CAP_MGAW VTD_BITS(21, 16)
#define VTD_CAP_ZLR VTD_BIT(22)
#define VTD_CAP_FRO VTD_BITS(33, 24)
#define VTD_CAP_SSLPS VTD_BITS(37, 34)
#define VTD_CAP_PSI VTD_BIT(39)
#define VTD_CAP_NFR VTD_BITS(47, 40)
#define VTD_CAP_MAMV VTD_BITS(53, 48)
#define VTD_CAP_DWD VTD_BIT(54)
#define VTD_CAP_DRD VTD_BIT(55)
#define VTD_CAP_FS1GP VTD_BIT(56)
#define VTD_CAP_PI VTD_BIT(59)
#define VTD_CAP_FS5LP VTD_BIT(60)
#define VTD_CAP_ECMDS VTD_BIT(61)
#define VTD_CAP_ESIRTPS VTD_BIT(62)
#define VTD_CAP_ESRTPS VTD_BIT(63)

/** 11.4.3 Extended capability */
#define VTD_ECAP_C VTD_BIT(0)
#define VTD_ECAP_QI VTD_BIT(1)
#define VTD_ECAP_DT VTD_BIT(2)
#define VTD_ECAP_IR VTD_BIT(3)
#define VTD_ECAP_EIM VTD_BIT(4)
#define VTD_ECAP_PT VTD_BIT(6)
#define VTD_ECAP_SC VTD_BIT(7)
#define VTD_ECAP_IRO VTD_BITS(17, 8)
#define VTD_ECAP_MHMV VTD_BITS(23, 20)
#define VTD_ECAP_MTS VTD_BIT(25)
#define VTD_ECAP_NEST VTD_BIT(26)
#define VTD_ECAP_PRS VTD_BIT(29)
#define VTD_ECAP_ERS VTD_BIT(30)
#define VTD_ECAP_SRS VTD_BIT(31)
#define VTD_ECAP_NWFS VTD_BIT(33)
#define VTD_ECAP_EAFS VTD_BIT(34)
#define VTD_ECAP_PSS VTD_BITS(39, 35)
#define VTD_ECAP_PASID VTD_BIT(40)
#define VTD_ECAP_DIT VTD_BIT(41)
#define VTD_ECAP_PDS VTD_BIT(42)
#define VTD_ECAP_SMTS VTD_BIT(43)
#define VTD_ECAP_VCS VTD_BIT(44)
#define VTD_ECAP_SSADS VTD_BIT(45)
#define VTD_ECAP_SSTS VTD_BIT(46)
#define VTD_ECAP_FSTS VTD_BIT(47)
#define VTD_ECAP_SMPWCS VTD_BIT(48)
#define VTD_ECAP_RPS VTD_BIT(49)
#define VTD_ECAP_TDXCS VTD_BIT(50)
#define VTD_ECAP_PMS VTD_BIT(51)
#define VTD_ECAP_ADMS VTD_BIT(52)
#define VTD_ECAP_RPRIVS VTD_BIT(53)
#define VTD_ECAP_HPTS VTD_BIT(55)
#define VTD_ECAP_PTRS VTD_BIT(56)
#define VTD_ECAP_SSIRWS VTD_BIT(57)
#define VTD_ECAP_SMS VTD_BIT(58)
#define VTD_ECAP_HPT1GPS VTD_BIT(59)
#define VTD_ECAP_RDTS VTD_BIT(60)
#define VTD_ECAP_EIMER VTD_BIT(61)
#define VTD_ECAP_IRREQ VTD_BIT(62)

/** 11.4.4 Global command and status: the same bit positions in both. */
#define VTD_GCMD_TE VTD_BIT(31)
#define VTD_GCMD_SRTP VTD_BIT(30)
#define VTD_GCMD_WBF VTD_BIT(27)
#define VTD_GCMD_QIE VTD_BIT(26)
#define VTD_GCMD_IRE VTD_BIT(25)
#define VTD_GCMD_SIRTP VTD_BIT(24)
#define VTD_GCMD_CFI VTD_BIT(23)

#define VTD_GSTS_TES VTD_BIT(31)
#define VTD_GSTS_RTPS VTD_BIT(30)
#define VTD_GSTS_WBFS VTD_BIT(27)
#define VTD_GSTS_QIES VTD_BIT(26)
#define VTD_GSTS_IRES VTD_BIT(25)
#define VTD_GSTS_IRTPS VTD_BIT(24)
#define VTD_GSTS_CFIS VTD_BIT(23)

/** 11.4.5 Root table address */
#define VTD_RTADDR_TTM VTD_BITS(11, 10)
#define VTD_RTADDR_RTA VTD_BITS(63, 12)
#define VTD_TTM_LEGACY 0
#define VTD_TTM_SCALABLE 1
#define VTD_TTM_RESERVED 2
#define VTD_TTM_ABORT_DMA 3

/** 11.4.6.1 Context command */
#define VTD_CCMD_DID VTD_BITS(15, 0)
#define VTD_CCMD_SID VTD_BITS(31, 16)
#define VTD_CCMD_FM VTD_BITS(33, 32)
#define VTD_CCMD_CAIG VTD_BITS(60, 59)
#define VTD_CCMD_CIRG VTD_BITS(62, 61)
#define VTD_CCMD_ICC VTD_BIT(63)

/** 11.4.6.2 IOTLB invalidate and 11.4.6.3 invalidate address */
#define VTD_IVA_AM VTD_BITS(5, 0)
#define VTD_IVA_IH VTD_BIT(6)
#define VTD_IVA_ADDR VTD_BITS(63, 12)
#define VTD_IOTLB_DID VTD_BITS(47, 32)
#define VTD_IOTLB_DW VTD_BIT(48)
#define VTD_IOTLB_DR VTD_BIT(49)
#define VTD_IOTLB_IAIG VTD_BITS(58, 57)
#define VTD_IOTLB_IIRG VTD_BITS(61, 60)
#define VTD_IOTLB_IVT VTD_BIT(63)

/** Granularities of CCMD, IOTLB_REG and of the descriptors 1h and 2h. */
#define VTD_GRANULARITY_GLOBAL 1
#define VTD_GRANULARITY_DOMAIN 2
#define VTD_GRANULARITY_SELECTIVE 3

/** 11.4.7 Fault status */
#define VTD_FSTS_PFO VTD_BIT(0)
#define VTD_FSTS_PPF VTD_BIT(1)
#define VTD_FSTS_IQE VTD_BIT(4)
#define VTD_FSTS_ICE VTD_BIT(5)
#define VTD_FSTS_ITE VTD_BIT(6)
#define VTD_FSTS_FRI VTD_BITS(15, 8)

/** Event control: FECTL, IECTL, PECTL */
#define VTD_ECTL_IM VTD_BIT(31)
#define VTD_ECTL_IP VTD_BIT(30)

/** 11.4.7.6 Fault recording, low and high quad-word */
#define VTD_FRCD_LO_FI VTD_BITS(63, 12)
#define VTD_FRCD_LO_INTERRUPT_INDEX VTD_BITS(63, 48)
#define VTD_FRCD_HI_SID VTD_BITS(15, 0)
#define VTD_FRCD_HI_T2 VTD_BIT(28)
#define VTD_FRCD_HI_PRIV VTD_BIT(29)
#define VTD_FRCD_HI_EXE VTD_BIT(30)
#define VTD_FRCD_HI_PP VTD_BIT(31)
#define VTD_FRCD_HI_FR VTD_BITS(39, 32)
#define VTD_FRCD_HI_PV VTD_BITS(59, 40)
#define VTD_FRCD_HI_AT VTD_BITS(61, 60)
#define VTD_FRCD_HI_T1 VTD_BIT(62)
#define VTD_FRCD_HI_F VTD_BIT(63)

/** 11.4.8 Protected memory */
#define VTD_PMEN_EPM VTD_BIT(31)
#define VTD_PMEN_PRS VTD_BIT(0)

/** 11.4.9 Invalidation queue */
#define VTD_IQH_QH VTD_BITS(18, 4)
#define VTD_IQT_QT VTD_BITS(18, 4)
#define VTD_IQA_QS VTD_BITS(2, 0)
#define VTD_IQA_DW VTD_BIT(11)
#define VTD_IQA_BASE VTD_BITS(63, 12)
#define VTD_ICS_IWC VTD_BIT(0)
#define VTD_IQERCD_IQEI VTD_BITS(3, 0)
#define VTD_IQERCD_ITESID VTD_BITS(47, 32)
#define VTD_IQERCD_ICESID VTD_BITS(63, 48)

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
#define VTD_IRTA_S VTD_BITS(3, 0)
#define VTD_IRTA_EIME VTD_BIT(11)
#define VTD_IRTA_BASE VTD_BITS(63, 12)

/** 11.4.11 Page request queue */
#define VTD_PQ_POINTER VTD_BITS(18, 5)
#define VTD_PQA_PQS VTD_BITS(2, 0)
#define VTD_PQA_BASE VTD_BITS(63, 12)
#define VTD_PRS_PPR VTD_BIT(0)
#define VTD_PRS_PRO VTD_BIT(1)

#endif /* VTD_SPEC_REGS_H */
