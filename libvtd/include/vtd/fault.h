/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fault conditions.  SPEC chapter 7: table of fault conditions.
 *
 * A condition is finer than the fault reason code that software sees: several
 * conditions share a code (03h, 43h, 5Bh...).  Names are the specification's
 * (LRT.2, SCT.4.1...).  The values of the enumerators are this library's own:
 * conditions that are added come before VTD_CONDITIONS, the number of them.  The
 * codes are the architecture's.
 */
#ifndef VTD_FAULT_H
#define VTD_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum vtd_condition {
	VTD_CONDITION_NONE,
	/* Legacy mode */
	VTD_LRT_1,
	VTD_LRT_2,
	VTD_LRT_3,
	VTD_LCT_1,
	VTD_LCT_2,
	VTD_LCT_3,
	VTD_LCT_4_1,
	VTD_LCT_4_2,
	VTD_LCT_4_3,
	VTD_LCT_5,
	VTD_LSS_1,
	VTD_LSS_2,
	VTD_LGN_1_1,
	VTD_LGN_1_2,
	VTD_LGN_1_3,
	VTD_LGN_2,
	VTD_LGN_3,
	VTD_LGN_4,
	/* Root table address register */
	VTD_RTA_1_1,
	VTD_RTA_1_2,
	VTD_RTA_1_3,
	VTD_RTA_2,
	VTD_RTA_3,
	VTD_RTA_4,
	VTD_RTA_5,
	/* Scalable-mode structures */
	VTD_SRT_1,
	VTD_SRT_2,
	VTD_SRT_3,
	VTD_SCT_1,
	VTD_SCT_2,
	VTD_SCT_3,
	VTD_SCT_4_1,
	VTD_SCT_4_2,
	VTD_SCT_5,
	VTD_SCT_6,
	VTD_SCT_7,
	VTD_SCT_8,
	VTD_SCT_9,
	VTD_SCT_10,
	VTD_SPD_1,
	VTD_SPD_2,
	VTD_SPD_3,
	VTD_SPT_1,
	VTD_SPT_2,
	VTD_SPT_3,
	VTD_SPT_4_1,
	VTD_SPT_4_2,
	VTD_SPT_4_3,
	VTD_SPT_4_4,
	VTD_SPT_5,
	VTD_SPT_6,
	/* First stage */
	VTD_SFS_1,
	VTD_SFS_2,
	VTD_SFS_3,
	VTD_SFS_4,
	VTD_SFS_5,
	VTD_SFS_6,
	VTD_SFS_7,
	VTD_SFS_8,
	VTD_SFS_9,
	VTD_SFS_10,
	/* Second stage in scalable mode */
	VTD_SSS_1,
	VTD_SSS_2,
	VTD_SSS_3,
	VTD_SSS_4,
	VTD_SSS_5,
	VTD_SSS_6,
	/* General, scalable mode */
	VTD_SGN_1,
	VTD_SGN_2,
	VTD_SGN_4_1,
	VTD_SGN_4_2,
	VTD_SGN_5,
	VTD_SGN_6,
	VTD_SGN_7,
	VTD_SGN_8_1,
	VTD_SGN_8_2,
	VTD_SGN_8_3,
	VTD_SGN_10,
	/* Interrupt remapping and the interrupt address range */
	VTD_IR_20,
	VTD_IR_21,
	VTD_IR_22,
	VTD_IR_23,
	VTD_IR_24,
	VTD_IR_25,
	VTD_IR_26,
	VTD_IR_27,
	VTD_IR_28,
	VTD_IR_29,
	/* Refused before any look-up, no fault code: AT not 00 while
	 * translation is off, a reserved AT... (SPEC 4.1, PCIe). */
	VTD_PROTOCOL_ERROR,
	VTD_CONDITIONS
};

/**
 * The name ("SCT.4.1"), the fault reason code (0 where software sees none), and
 * one sentence for people.  Any value of `condition` is answered; unknown ones
 * like VTD_CONDITION_NONE.  Thread-safe; the strings are constants.
 */
const char *vtd_condition_name(enum vtd_condition condition);
uint8_t vtd_condition_code(enum vtd_condition condition);
const char *vtd_condition_text(enum vtd_condition condition);

/** What a look-up reads on its way. */
enum vtd_structure {
	VTD_STRUCTURE_NONE, /**< nothing: the request itself is at fault */
	/** The root table address register. */
	VTD_STRUCTURE_ROOT_TABLE_ADDRESS,
	VTD_STRUCTURE_ROOT_ENTRY, /**< legacy mode, 2 words */
	/** scalable mode, the half in use, 1 word */
	VTD_STRUCTURE_SM_ROOT_ENTRY,
	VTD_STRUCTURE_CONTEXT_ENTRY,	     /**< legacy mode, 2 words */
	VTD_STRUCTURE_SM_CONTEXT_ENTRY,	     /**< scalable mode, 4 words */
	VTD_STRUCTURE_PASID_DIRECTORY_ENTRY, /**< 1 word */
	VTD_STRUCTURE_PASID_ENTRY,	     /**< 8 words */
	VTD_STRUCTURE_FIRST_STAGE_ENTRY,     /**< 1 word */
	VTD_STRUCTURE_SECOND_STAGE_ENTRY,    /**< 1 word */
	/** Not memory: what the unit keeps in its caches of context and PASID
	 * entries, 4 words of its own making (vtd_structure_fields()). */
	VTD_STRUCTURE_CACHED_CONFIGURATION,
	/** With vtd_config.iotlb, not memory either: what it keeps of a paging
	 * entry of this level, the address of the table that it leads to, 1
	 * word; and of a translation, 2 words. */
	VTD_STRUCTURE_CACHED_PAGING_ENTRY,
	VTD_STRUCTURE_CACHED_TRANSLATION,
	/** The interrupt remapping table address register. */
	VTD_STRUCTURE_INTERRUPT_TABLE_ADDRESS,
	VTD_STRUCTURE_INTERRUPT_ENTRY,	 /**< 2 words */
	VTD_STRUCTURE_POSTED_DESCRIPTOR, /**< its word 4 */
	VTD_STRUCTURE_FAULT_RECORD,	 /**< 2 words; no look-up reads it */
	VTD_STRUCTURES
};

/** The name ("second-stage entry").  Any value is answered; unknown ones like
 * VTD_STRUCTURE_NONE.  Thread-safe; the strings are constants. */
const char *vtd_structure_name(enum vtd_structure structure);

/** Where a fault was found. */
struct vtd_place {
	/** Host-physical address of the structure; offset of a register; 0 if
	 * there is none. */
	uint64_t address;
	/** The word in question as it was read; 0 if it could not be. */
	uint64_t value;
	enum vtd_structure structure;
	/** Of a paging entry, 5 (top) to 1. */
	uint8_t level;
	/** Of a second-stage entry that was read to find a first-stage entry:
	 * the level of that; 0: read for the address itself. */
	uint8_t for_level;
	/** Which word of the structure, 0... */
	uint8_t word;
	bool unreadable; /**< no RAM is there */
};

#ifdef __cplusplus
}
#endif

#endif /* VTD_FAULT_H */
