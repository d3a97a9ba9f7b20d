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

#define VTD_TABLE_ADDRESS 0xfffffffffffff000ULL /* 63:12 */
#define VTD_PAGE_SHIFT 12

/** 9.1 Root entry, 9.2 scalable-mode root entry: 2 words, indexed by bus */
#define VTD_ROOT_ENTRY_SIZE 16
#define VTD_ROOT_P 0x1ULL	   /* 0 */
#define VTD_ROOT_RESERVED 0xffeULL /* 11:1 */

/** 9.3 Context entry (legacy mode): 2 words, indexed by devfn */
#define VTD_CONTEXT_ENTRY_SIZE 16
#define VTD_CONTEXT0_P 0x1ULL			    /* 0 */
#define VTD_CONTEXT0_FPD 0x2ULL			    /* 1 */
#define VTD_CONTEXT0_TT 0xcULL			    /* 3:2 */
#define VTD_CONTEXT0_SSPTPTR 0xfffffffffffff000ULL  /* 63:12 */
#define VTD_CONTEXT0_RESERVED 0xff0ULL		    /* 11:4 */
#define VTD_CONTEXT1_AW 0x7ULL			    /* 2:0 */
#define VTD_CONTEXT1_DID 0xffff00ULL		    /* 23:8 */
#define VTD_CONTEXT1_RESERVED 0xffffffffff000080ULL /* 7, 63:24 */
#define VTD_TT_UNTRANSLATED 0
#define VTD_TT_ALL 1
#define VTD_TT_PASS_THROUGH 2

/** 9.4 Scalable-mode context entry: 4 words, indexed by devfn & 7Fh */
#define VTD_SM_CONTEXT_ENTRY_SIZE 32
#define VTD_SM_CONTEXT0_P 0x1ULL			  /* 0 */
#define VTD_SM_CONTEXT0_FPD 0x2ULL			  /* 1 */
#define VTD_SM_CONTEXT0_DTE 0x4ULL			  /* 2 */
#define VTD_SM_CONTEXT0_PASIDE 0x8ULL			  /* 3 */
#define VTD_SM_CONTEXT0_PRE 0x10ULL			  /* 4 */
#define VTD_SM_CONTEXT0_HPTE 0x20ULL			  /* 5 */
#define VTD_SM_CONTEXT0_EPTR 0x40ULL			  /* 6 */
#define VTD_SM_CONTEXT0_PDTS 0xe00ULL			  /* 11:9 */
#define VTD_SM_CONTEXT0_PASIDDIRPTR 0xfffffffffffff000ULL /* 63:12 */
#define VTD_SM_CONTEXT0_RESERVED 0x180ULL		  /* 8:7 */
#define VTD_SM_CONTEXT1_RID_PASID 0xfffffULL		  /* 19:0 */
#define VTD_SM_CONTEXT1_RID_PRIV 0x100000ULL		  /* 20 */
#define VTD_SM_CONTEXT1_RESERVED 0xffffffffffe00000ULL	  /* 63:21 */

/** 9.5 PASID directory entry: 1 word, indexed by PASID bits 19:6 */
#define VTD_PASID_DIR_ENTRY_SIZE 8
#define VTD_PASID_DIR_P 0x1ULL			      /* 0 */
#define VTD_PASID_DIR_FPD 0x2ULL		      /* 1 */
#define VTD_PASID_DIR_SMPTBLPTR 0xfffffffffffff000ULL /* 63:12 */
#define VTD_PASID_DIR_RESERVED 0xffcULL		      /* 11:2 */

/** 9.6 PASID table entry: 8 words, indexed by PASID bits 5:0 */
#define VTD_PASID_ENTRY_SIZE 64
#define VTD_PASID_ENTRY_WORDS 8
#define VTD_PASID0_P 0x1ULL			 /* 0 */
#define VTD_PASID0_FPD 0x2ULL			 /* 1 */
#define VTD_PASID0_AW 0x1cULL			 /* 4:2 */
#define VTD_PASID0_PGTT 0x1c0ULL		 /* 8:6 */
#define VTD_PASID0_SSADE 0x200ULL		 /* 9 */
#define VTD_PASID0_SSPTPTR 0xfffffffffffff000ULL /* 63:12 */
#define VTD_PASID0_RESERVED 0xc20ULL		 /* 5, 11:10 */
#define VTD_PASID1_DID 0xffffULL		 /* 15:0 */
#define VTD_PASID1_PWSNP 0x800000ULL		 /* 23 */
#define VTD_PASID1_PGSNP 0x1000000ULL		 /* 24 */
#define VTD_PASID1_CD 0x2000000ULL		 /* 25 */
#define VTD_PASID1_EMTE 0x4000000ULL		 /* 26 */
#define VTD_PASID1_PAT 0xffffffff00000000ULL	 /* 63:32 */
#define VTD_PASID1_RESERVED 0xf87f0000ULL	 /* 22:16, 31:27 */
#define VTD_PASID2_SRE 0x1ULL			 /* 0 */
#define VTD_PASID2_FSPM 0xcULL			 /* 3:2 */
#define VTD_PASID2_WPE 0x10ULL			 /* 4 */
#define VTD_PASID2_EAFE 0x80ULL			 /* 7 */
#define VTD_PASID2_FSPTPTR 0xfffffffffffff000ULL /* 63:12 */
#define VTD_PASID2_RESERVED 0xf02ULL		 /* 1, 11:8 */

/** PASID entry word 0, PGTT */
#define VTD_PGTT_FIRST_STAGE 1
#define VTD_PGTT_SECOND_STAGE 2
#define VTD_PGTT_NESTED 3
#define VTD_PGTT_PASS_THROUGH 4
/** PASID entry word 2, FSPM */
#define VTD_FSPM_4_LEVEL 0
#define VTD_FSPM_5_LEVEL 1

/** 9.7 First-stage paging entry */
#define VTD_FS_P 0x1ULL			  /* 0 */
#define VTD_FS_RW 0x2ULL		  /* 1 */
#define VTD_FS_US 0x4ULL		  /* 2 */
#define VTD_FS_A 0x20ULL		  /* 5 */
#define VTD_FS_D 0x40ULL		  /* 6 */
#define VTD_FS_PS 0x80ULL		  /* 7 */
#define VTD_FS_EA 0x400ULL		  /* 10 */
#define VTD_FS_ADDRESS 0xffffffffff000ULL /* 51:12 */

/** 9.8 Second-stage paging entry */
#define VTD_SS_R 0x1ULL			      /* 0 */
#define VTD_SS_W 0x2ULL			      /* 1 */
#define VTD_SS_PS 0x80ULL		      /* 7 */
#define VTD_SS_A 0x100ULL		      /* 8 */
#define VTD_SS_D 0x200ULL		      /* 9 */
#define VTD_SS_SNP 0x800ULL		      /* 11 */
#define VTD_SS_ADDRESS 0xffffffffff000ULL     /* 51:12 */
#define VTD_SS_RESERVED 0x4000000000000000ULL /* 62 */

/** 9.9 Interrupt remapping table entry: 2 words */
#define VTD_IRTE_SIZE 16
#define VTD_IRTE0_P 0x1ULL			 /* 0 */
#define VTD_IRTE0_FPD 0x2ULL			 /* 1 */
#define VTD_IRTE0_DM 0x4ULL			 /* 2 */
#define VTD_IRTE0_RH 0x8ULL			 /* 3 */
#define VTD_IRTE0_TM 0x10ULL			 /* 4 */
#define VTD_IRTE0_DLM 0xe0ULL			 /* 7:5 */
#define VTD_IRTE0_IM 0x8000ULL			 /* 15 */
#define VTD_IRTE0_V 0xff0000ULL			 /* 23:16 */
#define VTD_IRTE0_DST 0xffffffff00000000ULL	 /* 63:32 */
#define VTD_IRTE0_DST_XAPIC 0xff0000000000ULL	 /* 47:40 */
#define VTD_IRTE0_RESERVED 0xff007000ULL	 /* 14:12, 31:24 */
#define VTD_IRTE1_SID 0xffffULL			 /* 15:0 */
#define VTD_IRTE1_SQ 0x30000ULL			 /* 17:16 */
#define VTD_IRTE1_SVT 0xc0000ULL		 /* 19:18 */
#define VTD_IRTE1_RESERVED 0xfffffffffff00000ULL /* 63:20 */
/** 9.10 the same, posted format (IM = 1) */
#define VTD_IRTE0_POSTED_URG 0x4000ULL			/* 14 */
#define VTD_IRTE0_POSTED_VV 0xff0000ULL			/* 23:16 */
#define VTD_IRTE0_POSTED_PDA_LOW 0xffffffc000000000ULL	/* 63:38 */
#define VTD_IRTE0_POSTED_RESERVED 0x3fff0030fcULL	/* 7:2, 13:12, 37:24 */
#define VTD_IRTE1_POSTED_RESERVED 0xfff00000ULL		/* 31:20 */
#define VTD_IRTE1_POSTED_PDA_HIGH 0xffffffff00000000ULL /* 63:32 */

/** 9.11 Posted interrupt descriptor, word 4 of 8 (words 0 to 3 are the PIR) */
#define VTD_PID_SIZE 64
#define VTD_PID4_ON 0x1ULL		    /* 0 */
#define VTD_PID4_SN 0x2ULL		    /* 1 */
#define VTD_PID4_NV 0xff0000ULL		    /* 23:16 */
#define VTD_PID4_NDST 0xffffffff00000000ULL /* 63:32 */
#define VTD_PID4_RESERVED 0xff00fffcULL	    /* 15:2, 31:24 */

#endif /* VTD_SPEC_TABLES_H */
