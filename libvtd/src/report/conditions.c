/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of fault conditions.  SPEC 7.1.3, tables of DMA and interrupt
 * translation fault conditions; Rev. 5.10.
 */
#include "report/report.h"

#include <stddef.h>

#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

/* The answers, as that table abbreviates them.  Columns: untranslated,
 * translation, translated, page request. */
enum {
	NO = VTD_ANSWER_NONE,
	UR = VTD_ANSWER_UNSUPPORTED,
	CA = VTD_ANSWER_ABORT,
	S0 = VTD_ANSWER_NO_ACCESS,
	SE = VTD_ANSWER_EFFECTIVE,
	IR = VTD_ANSWER_INVALID,
};

/* clang-format off */
static const struct vtd_condition_row rows[VTD_CONDITIONS] = {
	[VTD_CONDITION_NONE] = {
		.name = "none",
		.text = "no fault",
	},
	/* Legacy mode; page requests end in RTA.3 before all of these. */
	[VTD_LRT_1] = {
		.name = "LRT.1", .code = 0x08,
		.answer = { UR, CA, UR, NO },
		.text = "the root entry could not be read",
	},
	[VTD_LRT_2] = {
		.name = "LRT.2", .code = 0x01,
		.field = VTD_ROOT_P,
		.answer = { UR, UR, UR, NO },
		.text = "the root entry is not present",
	},
	[VTD_LRT_3] = {
		.name = "LRT.3", .code = 0x0a,
		.answer = { UR, CA, UR, NO },
		.text = "the root entry has reserved bits set",
	},
	[VTD_LCT_1] = {
		.name = "LCT.1", .code = 0x09,
		.answer = { UR, CA, UR, NO },
		.text = "the context entry could not be read",
	},
	[VTD_LCT_2] = {
		.name = "LCT.2", .code = 0x02, .qualified = true,
		.field = VTD_CONTEXT0_P,
		.answer = { UR, UR, UR, NO },
		.text = "the context entry is not present",
	},
	[VTD_LCT_3] = {
		.name = "LCT.3", .code = 0x0b, .qualified = true,
		.answer = { UR, CA, UR, NO },
		.text = "the context entry has reserved bits set",
	},
	[VTD_LCT_4_1] = {
		.name = "LCT.4.1", .code = 0x03, .qualified = true,
		.word = 1, .field = VTD_CONTEXT1_AW,
		.answer = { UR, CA, UR, NO },
		.text = "the context entry has an unsupported address width",
	},
	[VTD_LCT_4_2] = {
		.name = "LCT.4.2", .code = 0x03, .qualified = true,
		.field = VTD_CONTEXT0_TT,
		.answer = { UR, CA, UR, NO },
		.text = "the context entry has an unsupported translation type",
	},
	[VTD_LCT_4_3] = {
		.name = "LCT.4.3", .code = 0x03, .qualified = true,
		.answer = { UR, CA, NO, NO },
		.text = "the top second-stage entry could not be read",
	},
	[VTD_LCT_5] = {
		.name = "LCT.5", .code = 0x0d, .qualified = true,
		.field = VTD_CONTEXT0_TT,
		.answer = { NO, UR, UR, NO },
		.text =
			"the translation type blocks translation and translated requests",
	},
	[VTD_LSS_1] = {
		.name = "LSS.1", .code = 0x07, .qualified = true,
		.answer = { UR, CA, NO, NO },
		.text = "a lower second-stage entry could not be read",
	},
	[VTD_LSS_2] = {
		.name = "LSS.2", .code = 0x0c, .qualified = true,
		.answer = { UR, CA, NO, NO },
		.text = "a second-stage entry has reserved bits set",
	},
	[VTD_LGN_1_1] = {
		.name = "LGN.1.1", .code = 0x04, .qualified = true,
		.of_request = true,
		.answer = { UR, S0, NO, NO },
		.text = "the address is beyond the width of the domain",
	},
	[VTD_LGN_1_2] = {
		.name = "LGN.1.2", .code = 0x04, .qualified = true,
		.of_request = true,
		.answer = { NO, NO, UR, NO },
		.text =
			"the translated address is beyond the host address width",
	},
	[VTD_LGN_1_3] = {
		.name = "LGN.1.3", .code = 0x04, .qualified = true,
		.of_request = true,
		.answer = { UR, NO, NO, NO },
		.text =
			"the pass-through address is beyond the host address width",
	},
	[VTD_LGN_2] = {
		.name = "LGN.2", .code = 0x05, .qualified = true,
		.field = VTD_SS_W,
		.answer = { UR, SE, NO, NO },
		.text = "no write permission",
	},
	[VTD_LGN_3] = {
		.name = "LGN.3", .code = 0x06, .qualified = true,
		.field = VTD_SS_R,
		.answer = { UR, SE, NO, NO },
		.text = "no read permission",
	},
	[VTD_LGN_4] = {
		.name = "LGN.4", .code = 0x0e, .qualified = true,
		.field = VTD_SS_ADDRESS,
		.answer = { UR, CA, UR, NO },
		.text = "the address became one in the interrupt address range",
	},
	/* Root table address register, any mode */
	[VTD_RTA_1_1] = {
		.name = "RTA.1.1", .code = 0x30,
		.field = VTD_RTADDR_TTM,
		.answer = { UR, CA, UR, IR },
		.text = "the unit has no abort-DMA mode",
	},
	[VTD_RTA_1_2] = {
		.name = "RTA.1.2", .code = 0x30,
		.field = VTD_RTADDR_TTM,
		.answer = { UR, CA, UR, IR },
		.text = "the translation table mode is reserved",
	},
	[VTD_RTA_1_3] = {
		.name = "RTA.1.3", .code = 0x30,
		.field = VTD_RTADDR_TTM,
		.answer = { UR, CA, UR, IR },
		.text = "the unit has no scalable mode",
	},
	[VTD_RTA_2] = {
		.name = "RTA.2", .code = 0x31,
		.field = VTD_RTADDR_TTM,
		.answer = { UR, UR, UR, NO },
		.text = "a request with PASID in legacy mode",
	},
	[VTD_RTA_3] = {
		.name = "RTA.3", .code = 0x32,
		.field = VTD_RTADDR_TTM,
		.answer = { NO, NO, NO, IR },
		.text = "a page request in legacy mode",
	},
	[VTD_RTA_4] = {
		.name = "RTA.4", .code = 0x33,
		.field = VTD_RTADDR_TTM,
		.answer = { UR, UR, UR, IR },
		.text = "the unit is in abort-DMA mode",
	},
	[VTD_RTA_5] = {
		.name = "RTA.5", .code = 0x34,
		.answer = { UR, UR, UR, NO },
		.text =
			"execute requested from a unit that knows no such requests",
	},
	/* Scalable-mode structures.  Translated requests do not come to SPD
	 * and SPT here: PASID entries only matter to them if the unit has host
	 * permission tables. */
	[VTD_SRT_1] = {
		.name = "SRT.1", .code = 0x38,
		.answer = { UR, CA, UR, IR },
		.text = "the root entry could not be read",
	},
	[VTD_SRT_2] = {
		.name = "SRT.2", .code = 0x39,
		.field = VTD_ROOT_P,
		.answer = { UR, UR, UR, IR },
		.text = "the half of the root entry is not present",
	},
	[VTD_SRT_3] = {
		.name = "SRT.3", .code = 0x3a,
		.answer = { UR, CA, UR, IR },
		.text = "the half of the root entry has reserved bits set",
	},
	[VTD_SCT_1] = {
		.name = "SCT.1", .code = 0x40,
		.answer = { UR, CA, UR, IR },
		.text = "the context entry could not be read",
	},
	[VTD_SCT_2] = {
		.name = "SCT.2", .code = 0x41, .qualified = true,
		.field = VTD_SM_CONTEXT0_P,
		.answer = { UR, UR, UR, IR },
		.text = "the context entry is not present",
	},
	[VTD_SCT_3] = {
		.name = "SCT.3", .code = 0x42, .qualified = true,
		.answer = { UR, CA, UR, IR },
		.text = "the context entry has reserved bits set",
	},
	[VTD_SCT_4_1] = {
		.name = "SCT.4.1", .code = 0x43, .qualified = true,
		.field = VTD_SM_CONTEXT0_DTE,
		.answer = { UR, CA, UR, IR },
		.text =
			"the context entry has page requests on and the device-TLB off",
	},
	[VTD_SCT_4_2] = {
		.name = "SCT.4.2", .code = 0x43, .qualified = true,
		.word = 1, .field = VTD_SM_CONTEXT1_RID_PASID,
		.answer = { UR, CA, UR, IR },
		.text = "RID_PASID is beyond the PASID directory",
	},
	[VTD_SCT_5] = {
		.name = "SCT.5", .code = 0x44, .qualified = true,
		.field = VTD_SM_CONTEXT0_DTE,
		.answer = { NO, UR, UR, NO },
		.text = "the device-TLB is off in the context entry",
	},
	[VTD_SCT_6] = {
		.name = "SCT.6", .code = 0x45, .qualified = true,
		.field = VTD_SM_CONTEXT0_PASIDE,
		.answer = { UR, UR, NO, IR },
		.text = "PASIDs are off in the context entry",
	},
	[VTD_SCT_7] = {
		.name = "SCT.7", .code = 0x46, .qualified = true,
		.field = VTD_SM_CONTEXT0_PDTS,
		.answer = { UR, UR, UR, IR },
		.text = "the PASID is beyond the PASID directory",
	},
	[VTD_SCT_8] = {
		.name = "SCT.8", .code = 0x47, .qualified = true,
		.field = VTD_SM_CONTEXT0_PRE,
		.answer = { NO, NO, NO, IR },
		.text = "page requests are off in the context entry",
	},
	[VTD_SCT_9] = {
		.name = "SCT.9", .code = 0x48, .qualified = true,
		.word = 1, .field = VTD_SM_CONTEXT1_RID_PASID,
		.answer = { UR, UR, UR, IR },
		.text = "the PASID is RID_PASID",
	},
	[VTD_SCT_10] = {
		.name = "SCT.10", .code = 0x49, .qualified = true,
		.answer = { NO, NO, UR, NO },
		.text =
			"translated requests with PASID are off in the context entry",
	},
	[VTD_SPD_1] = {
		.name = "SPD.1", .code = 0x50,
		.answer = { UR, CA, CA, IR },
		.text = "the PASID directory entry could not be read",
	},
	[VTD_SPD_2] = {
		.name = "SPD.2", .code = 0x51, .qualified = true,
		.field = VTD_PASID_DIR_P,
		.answer = { UR, S0, UR, IR },
		.text = "the PASID directory entry is not present",
	},
	[VTD_SPD_3] = {
		.name = "SPD.3", .code = 0x52, .qualified = true,
		.answer = { UR, CA, CA, IR },
		.text = "the PASID directory entry has reserved bits set",
	},
	[VTD_SPT_1] = {
		.name = "SPT.1", .code = 0x58,
		.answer = { UR, CA, CA, IR },
		.text = "the PASID table entry could not be read",
	},
	[VTD_SPT_2] = {
		.name = "SPT.2", .code = 0x59, .qualified = true,
		.field = VTD_PASID0_P,
		.answer = { UR, S0, UR, IR },
		.text = "the PASID table entry is not present",
	},
	[VTD_SPT_3] = {
		.name = "SPT.3", .code = 0x5a, .qualified = true,
		.answer = { UR, CA, CA, IR },
		.text = "the PASID table entry has reserved bits set",
	},
	[VTD_SPT_4_1] = {
		.name = "SPT.4.1", .code = 0x5b, .qualified = true,
		.field = VTD_PASID0_AW,
		.answer = { UR, CA, CA, IR },
		.text =
			"the PASID table entry has an unsupported address width",
	},
	[VTD_SPT_4_2] = {
		.name = "SPT.4.2", .code = 0x5b, .qualified = true,
		.field = VTD_PASID0_PGTT,
		.answer = { UR, CA, CA, IR },
		.text =
			"the PASID table entry has an unsupported translation type",
	},
	[VTD_SPT_4_3] = {
		.name = "SPT.4.3", .code = 0x5b, .qualified = true,
		.word = 2, .field = VTD_PASID2_FSPM,
		.answer = { UR, CA, CA, IR },
		.text =
			"the PASID table entry has an unsupported first-stage mode",
	},
	[VTD_SPT_4_4] = {
		.name = "SPT.4.4", .code = 0x5b, .qualified = true,
		.word = 2, .field = VTD_PASID2_FSPTPTR,
		.answer = { UR, CA, CA, IR },
		.text =
			"the first-stage table lies beyond the guest address width",
	},
	[VTD_SPT_5] = {
		.name = "SPT.5", .code = 0x5c, .qualified = true,
		.of_request = true,
		.answer = { UR, S0, NO, NO },
		.text = "execute requested; the unit has no execute permission",
	},
	[VTD_SPT_6] = {
		.name = "SPT.6", .code = 0x5d, .qualified = true,
		.word = 2, .field = VTD_PASID2_SRE,
		.answer = { UR, S0, NO, NO },
		.text = "a privileged request; the PASID entry allows none",
	},
	/* First stage */
	[VTD_SFS_1] = {
		.name = "SFS.1", .code = 0x70, .qualified = true,
		.answer = { UR, S0, NO, NO },
		.text = "a lower first-stage entry could not be read",
	},
	[VTD_SFS_2] = {
		.name = "SFS.2", .code = 0x71, .qualified = true,
		.field = VTD_FS_P,
		.answer = { UR, S0, NO, NO },
		.text = "a first-stage entry is not present",
	},
	[VTD_SFS_3] = {
		.name = "SFS.3", .code = 0x72, .qualified = true,
		.answer = { UR, S0, NO, NO },
		.text = "a first-stage entry has reserved bits set",
	},
	[VTD_SFS_4] = {
		.name = "SFS.4", .code = 0x73, .qualified = true,
		.answer = { UR, S0, NO, NO },
		.text = "the top first-stage entry could not be read",
	},
	[VTD_SFS_5] = {
		.name = "SFS.5", .code = 0x74, .qualified = true,
		.field = VTD_FS_ADDRESS,
		.answer = { UR, S0, NO, NO },
		.text =
			"a first-stage entry points beyond the guest address width",
	},
	[VTD_SFS_6] = {
		.name = "SFS.6", .code = 0x75, .qualified = true,
		.field = VTD_SS_R,
		.answer = { UR, S0, NO, NO },
		.text =
			"no second-stage read permission for the top first-stage table",
	},
	[VTD_SFS_7] = {
		.name = "SFS.7", .code = 0x76, .qualified = true,
		.field = VTD_SS_R,
		.answer = { UR, S0, NO, NO },
		.text =
			"no second-stage read permission for a lower first-stage table",
	},
	[VTD_SFS_8] = {
		.name = "SFS.8", .code = 0x77, .qualified = true,
		.field = VTD_SS_W,
		.answer = { UR, S0, NO, NO },
		.text =
			"no second-stage write permission to set accessed or dirty",
	},
	[VTD_SFS_9] = {
		.name = "SFS.9", .code = 0x90, .qualified = true,
		.answer = { UR, S0, NO, NO },
		.text =
			"accessed or dirty needed in a walk that is not snooped",
	},
	[VTD_SFS_10] = {
		.name = "SFS.10", .code = 0x91, .qualified = true,
		.always_recorded = true,
		.answer = { UR, S0, NO, NO },
		.text = "accessed or dirty could not be set in the first stage",
	},
	/* Second stage, scalable mode */
	[VTD_SSS_1] = {
		.name = "SSS.1", .code = 0x78, .qualified = true,
		.answer = { UR, CA, NO, NO },
		.text = "a lower second-stage entry could not be read",
	},
	[VTD_SSS_2] = {
		.name = "SSS.2", .code = 0x79, .qualified = true,
		.field = VTD_SS_R | VTD_SS_W,
		.answer = { UR, S0, NO, NO },
		.text = "the second stage allows neither reading nor writing",
	},
	[VTD_SSS_3] = {
		.name = "SSS.3", .code = 0x7a, .qualified = true,
		.answer = { UR, CA, NO, NO },
		.text = "a second-stage entry has reserved bits set",
	},
	[VTD_SSS_4] = {
		.name = "SSS.4", .code = 0x7b, .qualified = true,
		.answer = { UR, CA, NO, NO },
		.text = "the top second-stage entry could not be read",
	},
	[VTD_SSS_5] = {
		.name = "SSS.5", .code = 0x7c, .qualified = true,
		.answer = { UR, CA, NO, NO },
		.text =
			"accessed or dirty needed in a walk that is not snooped",
	},
	[VTD_SSS_6] = {
		.name = "SSS.6", .code = 0x7d, .qualified = true,
		.answer = { UR, CA, NO, NO },
		.text =
			"accessed or dirty could not be set in the second stage",
	},
	/* General, scalable mode */
	[VTD_SGN_1] = {
		.name = "SGN.1", .code = 0x80, .qualified = true,
		.of_request = true,
		.answer = { UR, S0, NO, NO },
		.text = "the address is not canonical",
	},
	[VTD_SGN_2] = {
		.name = "SGN.2", .code = 0x81, .qualified = true,
		.field = VTD_FS_US,
		.answer = { UR, S0, NO, NO },
		.text = "a user request for a supervisor page",
	},
	[VTD_SGN_4_1] = {
		.name = "SGN.4.1", .code = 0x83, .qualified = true,
		.of_request = true,
		.answer = { NO, NO, UR, NO },
		.text =
			"the translated address is beyond the host address width",
	},
	[VTD_SGN_4_2] = {
		.name = "SGN.4.2", .code = 0x83, .qualified = true,
		.of_request = true,
		.answer = { UR, S0, NO, NO },
		.text =
			"the pass-through address is beyond the host address width",
	},
	[VTD_SGN_5] = {
		.name = "SGN.5", .code = 0x84, .qualified = true,
		.of_request = true,
		.answer = { UR, S0, NO, NO },
		.text = "the address is beyond the width of the domain",
	},
	[VTD_SGN_6] = {
		.name = "SGN.6", .code = 0x85, .qualified = true,
		.field = VTD_SS_W,
		.answer = { UR, SE, NO, NO },
		.text = "no write permission",
	},
	[VTD_SGN_7] = {
		.name = "SGN.7", .code = 0x86, .qualified = true,
		.field = VTD_SS_R,
		.answer = { UR, SE, NO, NO },
		.text = "no read permission",
	},
	[VTD_SGN_8_1] = {
		.name = "SGN.8.1", .code = 0x87, .qualified = true,
		.field = VTD_SS_ADDRESS,
		.answer = { UR, NO, NO, NO },
		.text = "the address became one in the interrupt address range",
	},
	[VTD_SGN_8_2] = {
		.name = "SGN.8.2", .code = 0x87, .qualified = true,
		.field = VTD_SS_ADDRESS,
		.answer = { NO, CA, NO, NO },
		.text = "the translation overlaps the interrupt address range",
	},
	[VTD_SGN_8_3] = {
		.name = "SGN.8.3", .code = 0x87, .qualified = true,
		.of_request = true,
		.answer = { NO, NO, UR, NO },
		.text = "a translated address in the interrupt address range",
	},
	[VTD_SGN_10] = {
		.name = "SGN.10", .code = 0x89, .qualified = true,
		.of_request = true,
		.answer = { UR, UR, UR, NO },
		.text = "the PASID is wider than the unit supports",
	},
	/* Interrupt requests are untranslated requests */
	[VTD_IR_20] = {
		.name = "20h", .code = 0x20,
		.answer = { UR, NO, NO, NO },
		.text = "an interrupt request has reserved fields set",
	},
	[VTD_IR_21] = {
		.name = "21h", .code = 0x21,
		.field = VTD_IRTA_S,
		.answer = { UR, NO, NO, NO },
		.text = "the interrupt index is beyond the table",
	},
	[VTD_IR_22] = {
		.name = "22h", .code = 0x22, .qualified = true,
		.field = VTD_IRTE0_P,
		.answer = { UR, NO, NO, NO },
		.text = "the interrupt remapping entry is not present",
	},
	[VTD_IR_23] = {
		.name = "23h", .code = 0x23,
		.answer = { UR, NO, NO, NO },
		.text = "the interrupt remapping entry could not be read",
	},
	[VTD_IR_24] = {
		.name = "24h", .code = 0x24, .qualified = true,
		.answer = { UR, NO, NO, NO },
		.text = "the interrupt remapping entry has reserved bits set",
	},
	[VTD_IR_25] = {
		.name = "25h", .code = 0x25,
		.answer = { UR, NO, NO, NO },
		.text = "a compatibility format interrupt request is blocked",
	},
	[VTD_IR_26] = {
		.name = "26h", .code = 0x26, .qualified = true,
		.word = 1, .field = VTD_IRTE1_SID | VTD_IRTE1_SQ | VTD_IRTE1_SVT,
		.answer = { UR, NO, NO, NO },
		.text =
			"the source-id is not the one in the interrupt remapping entry",
	},
	[VTD_IR_27] = {
		.name = "27h", .code = 0x27, .qualified = true,
		.answer = { UR, NO, NO, NO },
		.text = "the posted interrupt descriptor could not be accessed",
	},
	[VTD_IR_28] = {
		.name = "28h", .code = 0x28, .qualified = true,
		.answer = { UR, NO, NO, NO },
		.text = "the posted interrupt descriptor has reserved bits set",
	},
	[VTD_IR_29] = {
		.name = "29h", .code = 0x29,
		.answer = { UR, NO, NO, NO },
		.text =
			"an access to the interrupt address range that is no interrupt request",
	},
	/* Nothing that software sees: the request never gets to remapping. */
	[VTD_PROTOCOL_ERROR] = {
		.name = "protocol error",
		.answer = { UR, UR, UR, IR },
		.text = "a request that cannot be made now or at all",
	},
};
/* clang-format on */

const struct vtd_condition_row *vtd_condition_row(enum vtd_condition condition)
{
	/* Callers of the public functions may hand in anything. */
	if ((unsigned int)condition >= VTD_CONDITIONS)
		return &rows[VTD_CONDITION_NONE];
	return &rows[condition];
}

const char *vtd_condition_name(enum vtd_condition condition)
{
	return vtd_condition_row(condition)->name;
}

uint8_t vtd_condition_code(enum vtd_condition condition)
{
	return vtd_condition_row(condition)->code;
}

const char *vtd_condition_text(enum vtd_condition condition)
{
	return vtd_condition_row(condition)->text;
}

bool vtd_fault_is_recorded(const struct vtd_fault *fault,
			   enum vtd_request_kind kind)
{
	const struct vtd_condition_row *row =
		vtd_condition_row(fault->condition);

	if (row->code == 0 || (row->qualified && fault->fpd))
		return false;
	switch (row->answer[kind]) {
	case VTD_ANSWER_NO_ACCESS:
	case VTD_ANSWER_EFFECTIVE:
		/* Recoverable: the device asks for the page (SPEC 7.1). */
		return row->always_recorded;
	default:
		return true;
	}
}
