/* SPDX-License-Identifier: BSD-3-Clause */
/* Structures by name, and their fields.  SPEC chapter 9, 11.4. */
#include <vtd/explain.h>
#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

#include "trail.h"

/* Which entries of a paging structure have the field. */
enum entries {
	ALL,
	LEAVES,
	UPPER, /* all but level 1 */
};

struct field {
	const char *name;
	uint64_t mask;
	uint8_t word;
	bool is_address;
	uint8_t entries; /* enum entries */
};

struct structure {
	const char *name;
	struct field field[VTD_FIELDS_MAX];
};

/* clang-format off */
/* A field of word w; one that is an address; one of some entries only. */
#define F(w, n, m) { .name = (n), .mask = (m), .word = (w) }
#define AT(w, n, m) \
	{ .name = (n), .mask = (m), .word = (w), .is_address = true }
#define IN(e, n, m) { .name = (n), .mask = (m), .entries = (e) }

static const struct structure structures[VTD_STRUCTURES] = {
	[VTD_STRUCTURE_NONE] = { .name = "none" },
	[VTD_STRUCTURE_ROOT_TABLE_ADDRESS] = { .name = "root table address", .field = {
		F(0, "TTM", VTD_RTADDR_TTM),
		AT(0, "RTA", VTD_RTADDR_RTA),
	} },
	[VTD_STRUCTURE_ROOT_ENTRY] = { .name = "root entry", .field = {
		F(0, "P", VTD_ROOT_P),
		AT(0, "CTP", VTD_TABLE_ADDRESS),
	} },
	[VTD_STRUCTURE_SM_ROOT_ENTRY] = { .name = "scalable-mode root entry", .field = {
		F(0, "P", VTD_ROOT_P),
		AT(0, "CTP", VTD_TABLE_ADDRESS),
	} },
	[VTD_STRUCTURE_CONTEXT_ENTRY] = { .name = "context entry", .field = {
		F(0, "P", VTD_CONTEXT0_P),
		F(0, "FPD", VTD_CONTEXT0_FPD),
		F(0, "TT", VTD_CONTEXT0_TT),
		AT(0, "SSPTPTR", VTD_CONTEXT0_SSPTPTR),
		F(1, "AW", VTD_CONTEXT1_AW),
		F(1, "DID", VTD_CONTEXT1_DID),
	} },
	[VTD_STRUCTURE_SM_CONTEXT_ENTRY] = { .name = "scalable-mode context entry", .field = {
		F(0, "P", VTD_SM_CONTEXT0_P),
		F(0, "FPD", VTD_SM_CONTEXT0_FPD),
		F(0, "DTE", VTD_SM_CONTEXT0_DTE),
		F(0, "PASIDE", VTD_SM_CONTEXT0_PASIDE),
		F(0, "PRE", VTD_SM_CONTEXT0_PRE),
		F(0, "HPTE", VTD_SM_CONTEXT0_HPTE),
		F(0, "EPTR", VTD_SM_CONTEXT0_EPTR),
		F(0, "PDTS", VTD_SM_CONTEXT0_PDTS),
		AT(0, "PASIDDIRPTR", VTD_SM_CONTEXT0_PASIDDIRPTR),
		F(1, "RID_PASID", VTD_SM_CONTEXT1_RID_PASID),
		F(1, "RID_PRIV", VTD_SM_CONTEXT1_RID_PRIV),
	} },
	[VTD_STRUCTURE_PASID_DIRECTORY_ENTRY] = { .name = "PASID directory entry", .field = {
		F(0, "P", VTD_PASID_DIR_P),
		F(0, "FPD", VTD_PASID_DIR_FPD),
		AT(0, "SMPTBLPTR", VTD_PASID_DIR_SMPTBLPTR),
	} },
	[VTD_STRUCTURE_PASID_ENTRY] = { .name = "PASID table entry", .field = {
		F(0, "P", VTD_PASID0_P),
		F(0, "FPD", VTD_PASID0_FPD),
		F(0, "AW", VTD_PASID0_AW),
		F(0, "PGTT", VTD_PASID0_PGTT),
		F(0, "SSADE", VTD_PASID0_SSADE),
		AT(0, "SSPTPTR", VTD_PASID0_SSPTPTR),
		F(1, "DID", VTD_PASID1_DID),
		F(1, "PWSNP", VTD_PASID1_PWSNP),
		F(1, "PGSNP", VTD_PASID1_PGSNP),
		F(1, "CD", VTD_PASID1_CD),
		F(1, "EMTE", VTD_PASID1_EMTE),
		F(1, "PAT", VTD_PASID1_PAT),
		F(2, "SRE", VTD_PASID2_SRE),
		F(2, "FSPM", VTD_PASID2_FSPM),
		F(2, "WPE", VTD_PASID2_WPE),
		F(2, "EAFE", VTD_PASID2_EAFE),
		AT(2, "FSPTPTR", VTD_PASID2_FSPTPTR),
	} },
	[VTD_STRUCTURE_FIRST_STAGE_ENTRY] = { .name = "first-stage entry", .field = {
		F(0, "P", VTD_FS_P),
		F(0, "R/W", VTD_FS_RW),
		F(0, "U/S", VTD_FS_US),
		F(0, "A", VTD_FS_A),
		IN(LEAVES, "D", VTD_FS_D),
		F(0, "EA", VTD_FS_EA),
		IN(UPPER, "PS", VTD_FS_PS),
		AT(0, "ADDR", VTD_FS_ADDRESS),
	} },
	[VTD_STRUCTURE_SECOND_STAGE_ENTRY] = { .name = "second-stage entry", .field = {
		F(0, "R", VTD_SS_R),
		F(0, "W", VTD_SS_W),
		F(0, "A", VTD_SS_A),
		IN(LEAVES, "D", VTD_SS_D),
		IN(LEAVES, "SNP", VTD_SS_SNP),
		IN(UPPER, "PS", VTD_SS_PS),
		AT(0, "ADDR", VTD_SS_ADDRESS),
	} },
	[VTD_STRUCTURE_CACHED_CONFIGURATION] = { .name = "cached configuration", .field = {
		F(0, "PGTT", VTD_CONFIGURATION0_PGTT),
		F(0, "legacy", VTD_CONFIGURATION0_LEGACY),
		F(0, "first-stage levels", VTD_CONFIGURATION0_FIRST_LEVELS),
		F(0, "second-stage levels", VTD_CONFIGURATION0_SECOND_LEVELS),
		F(0, "DTE", VTD_CONFIGURATION0_DTE),
		F(0, "PASIDE", VTD_CONFIGURATION0_PASIDE),
		F(0, "PRE", VTD_CONFIGURATION0_PRE),
		F(0, "RID_PRIV", VTD_CONFIGURATION0_RID_PRIV),
		F(0, "SRE", VTD_CONFIGURATION0_SRE),
		F(0, "WPE", VTD_CONFIGURATION0_WPE),
		F(0, "EAFE", VTD_CONFIGURATION0_EAFE),
		F(0, "SSADE", VTD_CONFIGURATION0_SSADE),
		F(0, "PWSNP", VTD_CONFIGURATION0_PWSNP),
		F(0, "PGSNP", VTD_CONFIGURATION0_PGSNP),
		F(0, "FPD", VTD_CONFIGURATION0_FPD),
		F(0, "DID", VTD_CONFIGURATION0_DID),
		F(1, "PASID", VTD_CONFIGURATION1_PASID),
		AT(2, "FSPTPTR", UINT64_MAX),
		AT(3, "SSPTPTR", UINT64_MAX),
	} },
	[VTD_STRUCTURE_CACHED_PAGING_ENTRY] = {
		.name = "cached paging entry", .field = {
		AT(0, "ADDR", UINT64_MAX),
	} },
	[VTD_STRUCTURE_CACHED_TRANSLATION] = {
		.name = "cached translation", .field = {
		AT(0, "ADDR", UINT64_MAX),
		F(1, "R", VTD_CACHED_TRANSLATION1_R),
		F(1, "W", VTD_CACHED_TRANSLATION1_W),
		F(1, "D", VTD_CACHED_TRANSLATION1_D),
		F(1, "SNP", VTD_CACHED_TRANSLATION1_SNP),
		F(1, "size shift", VTD_CACHED_TRANSLATION1_SHIFT),
	} },
	[VTD_STRUCTURE_INTERRUPT_TABLE_ADDRESS] = { .name = "interrupt remapping table address", .field = {
		F(0, "S", VTD_IRTA_S),
		F(0, "EIME", VTD_IRTA_EIME),
		AT(0, "IRTA", VTD_IRTA_BASE),
	} },
	[VTD_STRUCTURE_INTERRUPT_ENTRY] = { .name = "interrupt remapping table entry", .field = {
		F(0, "P", VTD_IRTE0_P),
		F(0, "FPD", VTD_IRTE0_FPD),
		F(0, "IM", VTD_IRTE0_IM),
		F(0, "DM", VTD_IRTE0_DM),
		F(0, "RH", VTD_IRTE0_RH),
		F(0, "TM", VTD_IRTE0_TM),
		F(0, "DLM", VTD_IRTE0_DLM),
		F(0, "V", VTD_IRTE0_V),
		F(0, "DST", VTD_IRTE0_DST),
		F(1, "SID", VTD_IRTE1_SID),
		F(1, "SQ", VTD_IRTE1_SQ),
		F(1, "SVT", VTD_IRTE1_SVT),
	} },
	[VTD_STRUCTURE_POSTED_DESCRIPTOR] = { .name = "posted interrupt descriptor", .field = {
		F(0, "ON", VTD_PID4_ON),
		F(0, "SN", VTD_PID4_SN),
		F(0, "NV", VTD_PID4_NV),
		F(0, "NDST", VTD_PID4_NDST),
	} },
	[VTD_STRUCTURE_FAULT_RECORD] = { .name = "fault record", .field = {
		AT(0, "FI", VTD_FRCD_LO_FI),
		F(1, "SID", VTD_FRCD_HI_SID),
		F(1, "T2", VTD_FRCD_HI_T2),
		F(1, "PRIV", VTD_FRCD_HI_PRIV),
		F(1, "EXE", VTD_FRCD_HI_EXE),
		F(1, "PP", VTD_FRCD_HI_PP),
		F(1, "FR", VTD_FRCD_HI_FR),
		F(1, "PV", VTD_FRCD_HI_PV),
		F(1, "AT", VTD_FRCD_HI_AT),
		F(1, "T1", VTD_FRCD_HI_T1),
		F(1, "F", VTD_FRCD_HI_F),
	} },
};
/* The fields of an interrupt remapping entry in posted format. */
static const struct structure posted_entry = {
	.field = {
		F(0, "P", VTD_IRTE0_P),
		F(0, "FPD", VTD_IRTE0_FPD),
		F(0, "IM", VTD_IRTE0_IM),
		F(0, "URG", VTD_IRTE0_POSTED_URG),
		F(0, "VV", VTD_IRTE0_POSTED_VV),
		F(0, "PDA low", VTD_IRTE0_POSTED_PDA_LOW),
		F(1, "SID", VTD_IRTE1_SID),
		F(1, "SQ", VTD_IRTE1_SQ),
		F(1, "SVT", VTD_IRTE1_SVT),
		F(1, "PDA high", VTD_IRTE1_POSTED_PDA_HIGH),
	}
};
/* clang-format on */

const char *vtd_structure_name(enum vtd_structure structure)
{
	/* Callers may hand in anything. */
	if ((unsigned int)structure >= VTD_STRUCTURES)
		structure = VTD_STRUCTURE_NONE;
	return structures[structure].name;
}

static const struct structure *fields_of(enum vtd_structure structure,
					 const uint64_t *words)
{
	if ((unsigned int)structure >= VTD_STRUCTURES)
		structure = VTD_STRUCTURE_NONE;
	if (structure == VTD_STRUCTURE_INTERRUPT_ENTRY &&
	    (words[0] & VTD_IRTE0_IM) != 0)
		return &posted_entry;
	return &structures[structure];
}

static bool is_there(const struct field *field, unsigned int level,
		     const uint64_t *words)
{
	_Static_assert(VTD_FS_PS == VTD_SS_PS, "leaves look alike");
	bool leaf = level == 1 || (words[0] & VTD_FS_PS) != 0;

	switch (field->entries) {
	case LEAVES:
		return leaf;
	case UPPER:
		return level != 1;
	default:
		return true;
	}
}

size_t vtd_structure_fields(enum vtd_structure structure, unsigned int level,
			    const uint64_t *words,
			    struct vtd_structure_field *out, size_t room)
{
	const struct structure *from = fields_of(structure, words);
	size_t count = 0;

	for (size_t i = 0; i < VTD_FIELDS_MAX && from->field[i].mask; i++) {
		const struct field *field = &from->field[i];
		uint64_t word = words[field->word];

		if (!is_there(field, level, words))
			continue;
		if (count < room)
			out[count] = (struct vtd_structure_field){
				.name = field->name,
				.word = field->word,
				.mask = field->mask,
				.value = field->is_address ?
						 word & field->mask :
						 vtd_field_get(word,
							       field->mask),
				.is_address = field->is_address,
			};
		count++;
	}
	return count;
}
