/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Translation and interrupt remapping structures in memory.  SPEC chapter 9.
 * Names end in the number of the 64-bit word that the field lies in, where a
 * structure has more than one.
 */
#ifndef VTD_SPEC_TABLES_H
#define VTD_SPEC_TABLES_H

#include <vtd/spec/field.h>

#define VTD_TABLE_ADDRESS VTD_BITS(63, 12)
#define VTD_PAGE_SHIFT 12

/** 9.1 Root entry, 9.2 scalable-mode root entry: 2 words, indexed by bus */
#define VTD_ROOT_ENTRY_SIZE 16
#define VTD_ROOT_P VTD_BIT(0)
#define VTD_ROOT_RESERVED VTD_BITS(11, 1)

/** 9.3 Context entry (legacy mode): 2 words, indexed by devfn */
#define VTD_CONTEXT_ENTRY_SIZE 16
#define VTD_CONTEXT0_P VTD_BIT(0)
#define VTD_CONTEXT0_FPD VTD_BIT(1)
#define VTD_CONTEXT0_TT VTD_BITS(3, 2)
#define VTD_CONTEXT0_SSPTPTR VTD_BITS(63, 12)
#define VTD_CONTEXT0_RESERVED VTD_BITS(11, 4)
#define VTD_CONTEXT1_AW VTD_BITS(2, 0)
#define VTD_CONTEXT1_DID VTD_BITS(23, 8)
#define VTD_CONTEXT1_RESERVED (VTD_BIT(7) | VTD_BITS(63, 24))
#define VTD_TT_UNTRANSLATED 0
#define VTD_TT_ALL 1
#define VTD_TT_PASS_THROUGH 2

/** 9.4 Scalable-mode context entry: 4 words, indexed by devfn & 7Fh */
#define VTD_SM_CONTEXT_ENTRY_SIZE 32
#define VTD_SM_CONTEXT0_P VTD_BIT(0)
#define VTD_SM_CONTEXT0_FPD VTD_BIT(1)
#define VTD_SM_CONTEXT0_DTE VTD_BIT(2)
#define VTD_SM_CONTEXT0_PASIDE VTD_BIT(3)
#define VTD_SM_CONTEXT0_PRE VTD_BIT(4)
#define VTD_SM_CONTEXT0_HPTE VTD_BIT(5)
#define VTD_SM_CONTEXT0_EPTR VTD_BIT(6)
#define VTD_SM_CONTEXT0_PDTS VTD_BITS(11, 9)
#define VTD_SM_CONTEXT0_PASIDDIRPTR VTD_BITS(63, 12)
#define VTD_SM_CONTEXT0_RESERVED VTD_BITS(8, 7)
#define VTD_SM_CONTEXT1_RID_PASID VTD_BITS(19, 0)
#define VTD_SM_CONTEXT1_RID_PRIV VTD_BIT(20)
#define VTD_SM_CONTEXT1_RESERVED VTD_BITS(63, 21)

/** 9.5 PASID directory entry: 1 word, indexed by PASID bits 19:6 */
#define VTD_PASID_DIR_ENTRY_SIZE 8
#define VTD_PASID_DIR_P VTD_BIT(0)
#define VTD_PASID_DIR_FPD VTD_BIT(1)
#define VTD_PASID_DIR_SMPTBLPTR VTD_BITS(63, 12)
#define VTD_PASID_DIR_RESERVED VTD_BITS(11, 2)

/** 9.6 PASID table entry: 8 words, indexed by PASID bits 5:0 */
#define VTD_PASID_ENTRY_SIZE 64
#define VTD_PASID_ENTRY_WORDS 8
#define VTD_PASID0_P VTD_BIT(0)
#define VTD_PASID0_FPD VTD_BIT(1)
#define VTD_PASID0_AW VTD_BITS(4, 2)
#define VTD_PASID0_PGTT VTD_BITS(8, 6)
#define VTD_PASID0_SSADE VTD_BIT(9)
#define VTD_PASID0_SSPTPTR VTD_BITS(63, 12)
#define VTD_PASID0_RESERVED (VTD_BIT(5) | VTD_BITS(11, 10))
#define VTD_PASID1_DID VTD_BITS(15, 0)
#define VTD_PASID1_PWSNP VTD_BIT(23)
#define VTD_PASID1_PGSNP VTD_BIT(24)
#define VTD_PASID1_CD VTD_BIT(25)
#define VTD_PASID1_EMTE VTD_BIT(26)
#define VTD_PASID1_PAT VTD_BITS(63, 32)
#define VTD_PASID1_RESERVED (VTD_BITS(22, 16) | VTD_BITS(31, 27))
#define VTD_PASID2_SRE VTD_BIT(0)
#define VTD_PASID2_FSPM VTD_BITS(3, 2)
#define VTD_PASID2_WPE VTD_BIT(4)
#define VTD_PASID2_EAFE VTD_BIT(7)
#define VTD_PASID2_FSPTPTR VTD_BITS(63, 12)
#define VTD_PASID2_RESERVED (VTD_BIT(1) | VTD_BITS(11, 8))

/** PASID entry word 0, PGTT */
#define VTD_PGTT_FIRST_STAGE 1
#define VTD_PGTT_SECOND_STAGE 2
#define VTD_PGTT_NESTED 3
#define VTD_PGTT_PASS_THROUGH 4
/** PASID entry word 2, FSPM */
#define VTD_FSPM_4_LEVEL 0
#define VTD_FSPM_5_LEVEL 1

/** 9.7 First-stage paging entry */
#define VTD_FS_P VTD_BIT(0)
#define VTD_FS_RW VTD_BIT(1)
#define VTD_FS_US VTD_BIT(2)
#define VTD_FS_A VTD_BIT(5)
#define VTD_FS_D VTD_BIT(6)
#define VTD_FS_PS VTD_BIT(7)
#define VTD_FS_EA VTD_BIT(10)
#define VTD_FS_ADDRESS VTD_BITS(51, 12)

/** 9.8 Second-stage paging entry */
#define VTD_SS_R VTD_BIT(0)
#define VTD_SS_W VTD_BIT(1)
#define VTD_SS_PS VTD_BIT(7)
#define VTD_SS_A VTD_BIT(8)
#define VTD_SS_D VTD_BIT(9)
#define VTD_SS_SNP VTD_BIT(11)
#define VTD_SS_ADDRESS VTD_BITS(51, 12)
#define VTD_SS_RESERVED VTD_BIT(62)

/** 9.9 Interrupt remapping table entry: 2 words */
#define VTD_IRTE_SIZE 16
#define VTD_IRTE0_P VTD_BIT(0)
#define VTD_IRTE0_FPD VTD_BIT(1)
#define VTD_IRTE0_DM VTD_BIT(2)
#define VTD_IRTE0_RH VTD_BIT(3)
#define VTD_IRTE0_TM VTD_BIT(4)
#define VTD_IRTE0_DLM VTD_BITS(7, 5)
#define VTD_IRTE0_IM VTD_BIT(15)
#define VTD_IRTE0_V VTD_BITS(23, 16)
#define VTD_IRTE0_DST VTD_BITS(63, 32)
#define VTD_IRTE0_DST_XAPIC VTD_BITS(47, 40)
#define VTD_IRTE0_RESERVED (VTD_BITS(14, 12) | VTD_BITS(31, 24))
#define VTD_IRTE1_SID VTD_BITS(15, 0)
#define VTD_IRTE1_SQ VTD_BITS(17, 16)
#define VTD_IRTE1_SVT VTD_BITS(19, 18)
#define VTD_IRTE1_RESERVED VTD_BITS(63, 20)
/** 9.10 the same, posted format (IM = 1) */
#define VTD_IRTE0_POSTED_URG VTD_BIT(14)
#define VTD_IRTE0_POSTED_VV VTD_BITS(23, 16)
#define VTD_IRTE0_POSTED_PDA_LOW VTD_BITS(63, 38)
#define VTD_IRTE0_POSTED_RESERVED \
	(VTD_BITS(7, 2) | VTD_BITS(13, 12) | VTD_BITS(37, 24))
#define VTD_IRTE1_POSTED_RESERVED VTD_BITS(31, 20)
#define VTD_IRTE1_POSTED_PDA_HIGH VTD_BITS(63, 32)

/** 9.11 Posted interrupt descriptor, word 4 of 8 (words 0 to 3 are the PIR) */
#define VTD_PID_SIZE 64
#define VTD_PID4_ON VTD_BIT(0)
#define VTD_PID4_SN VTD_BIT(1)
#define VTD_PID4_NV VTD_BITS(23, 16)
#define VTD_PID4_NDST VTD_BITS(63, 32)
#define VTD_PID4_RESERVED (VTD_BITS(15, 2) | VTD_BITS(31, 24))

#endif /* VTD_SPEC_TABLES_H */
