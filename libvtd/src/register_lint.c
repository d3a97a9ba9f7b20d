/* SPDX-License-Identifier: BSD-3-Clause */
#include "register_lint.h"

#include <vtd/spec/regs.h>

#include "lint.h"
#include "unit.h"

static void raise(struct vtd_unit *unit, enum vtd_lint lint, uint64_t offset,
		  uint64_t value)
{
	const struct vtd_lint_report report = {
		.lint = lint,
		.address = offset,
		.value = value,
	};

	vtd_lint_raise(unit, &report);
}

/* A queue that has something in it is moved or resized. */
static bool queue_is_changed(struct vtd_unit *unit, uint64_t offset,
			     uint64_t value)
{
	switch (offset) {
	case VTD_REG_IQA:
		return vtd_unit_is_on(unit, VTD_GSTS_QIES) &&
		       (uint32_t)value !=
			       vtd_reg_get_32(&unit->regs, VTD_REG_IQA);
	case VTD_REG_PQA:
		/* Without page requests both are 0. */
		return ((vtd_reg_get_64(&unit->regs, VTD_REG_PQH) ^
			 vtd_reg_get_64(&unit->regs, VTD_REG_PQT)) &
			VTD_PQ_POINTER) != 0;
	default:
		return false;
	}
}

void vtd_lint_write(struct vtd_unit *unit, uint64_t offset, uint64_t value)
{
	if (offset == VTD_REG_IRTA && (value & VTD_IRTA_EIME) != 0 &&
	    !unit->config.extended_interrupt_mode)
		raise(unit, VTD_LINT_EIME_WITHOUT_EIM, offset, value);
	if (queue_is_changed(unit, offset, value))
		raise(unit, VTD_LINT_QUEUE_CHANGED, offset, value);
}

#define LEVELS (VTD_GCMD_TE | VTD_GCMD_QIE | VTD_GCMD_IRE | VTD_GCMD_CFI)
#define ONE_SHOTS (VTD_GCMD_SRTP | VTD_GCMD_SIRTP)

void vtd_lint_command(struct vtd_unit *unit, uint32_t command)
{
	uint32_t status = vtd_unit_status(unit);
	uint64_t changes = ((command ^ status) & LEVELS) |
			   (command & ONE_SHOTS);

	if ((changes & (changes - 1)) != 0)
		raise(unit, VTD_LINT_TWO_COMMANDS, VTD_REG_GCMD, command);
	/* What SRTP invalidates by itself, if it does, comes after this. */
	if ((command & VTD_GCMD_SRTP) == 0 || (status & VTD_GSTS_TES) == 0)
		return;
	unit->lint->unflushed = 1 << VTD_INVALIDATION_CONTEXT |
				1 << VTD_INVALIDATION_IOTLB;
	if (vtd_field_get(vtd_reg_get_64(&unit->regs, VTD_REG_RTADDR),
			  VTD_RTADDR_TTM) == VTD_TTM_SCALABLE)
		unit->lint->unflushed |= 1 << VTD_INVALIDATION_PASID;
	unit->lint->unflushed_waits = 0;
}
