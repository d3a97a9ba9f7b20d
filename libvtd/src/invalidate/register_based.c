/* SPDX-License-Identifier: BSD-3-Clause */
#include "invalidate/register_based.h"

#include <string.h>

#include "invalidate/caches.h"
#include "invalidate/waits.h"
#include "config.h"
#include "unit.h"

void vtd_command_begin(struct vtd_unit *unit, enum vtd_command command)
{
	/* 0 is none. */
	unit->queue.command[command] =
		unit->queue.changed != 0 ? unit->queue.changed : 1;
}

static void clear(struct vtd_unit *unit, uint32_t offset, uint64_t trigger)
{
	vtd_reg_set_64(&unit->regs, offset,
		       vtd_reg_get_64(&unit->regs, offset) & ~trigger);
}

static void end(struct vtd_unit *unit, enum vtd_command command)
{
	unit->queue.command[command] = 0;
	if (command != VTD_COMMAND_GLOBAL)
		vtd_note_wait(unit);
	switch (command) {
	case VTD_COMMAND_CONTEXT:
		clear(unit, VTD_REG_CCMD, VTD_CCMD_ICC);
		break;
	case VTD_COMMAND_IOTLB:
		clear(unit, VTD_REG_IOTLB, VTD_IOTLB_IVT);
		break;
	default:
		vtd_reg_set_32(&unit->regs, VTD_REG_GSTS,
			       vtd_unit_status(unit));
	}
}

void vtd_commands_end(struct vtd_unit *unit)
{
	for (unsigned int i = 0; i < VTD_COMMANDS; i++) {
		uint64_t drain = unit->queue.command[i];

		if (drain != 0 && vtd_queue_is_drained(unit, drain))
			end(unit, (enum vtd_command)i);
	}
}

void vtd_commands_restart(struct vtd_unit *unit)
{
	memset(unit->queue.command, 0, sizeof(unit->queue.command));
	if ((vtd_reg_get_64(&unit->regs, VTD_REG_CCMD) & VTD_CCMD_ICC) != 0)
		vtd_command_begin(unit, VTD_COMMAND_CONTEXT);
	if ((vtd_reg_get_64(&unit->regs, VTD_REG_IOTLB) & VTD_IOTLB_IVT) != 0)
		vtd_command_begin(unit, VTD_COMMAND_IOTLB);
}

/*
 * Both commands report the granularity that was done, 0 for an error.  A
 * reserved granularity is one; so is a translation mode other than legacy.
 */
static bool is_allowed(struct vtd_unit *unit, uint64_t granularity)
{
	return granularity != 0 && vtd_unit_ttm(unit) == VTD_TTM_LEGACY;
}

void vtd_context_command(struct vtd_unit *unit, struct vtd_effects *effects)
{
	uint64_t command = vtd_reg_get_64(&unit->regs, VTD_REG_CCMD);
	uint64_t granularity = vtd_field_get(command, VTD_CCMD_CIRG);
	struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_CONTEXT,
		.change.scope = VTD_CHANGE_GLOBAL,
		.change.sid = (uint16_t)vtd_field_get(command, VTD_CCMD_SID),
		.change.sid_mask = vtd_field_function_mask(
			vtd_field_get(command, VTD_CCMD_FM)),
		.change.did = (uint16_t)vtd_field_get(command, VTD_CCMD_DID),
		.change.last = UINT64_MAX,
	};

	if ((command & VTD_CCMD_ICC) == 0)
		return;
	if (granularity == VTD_GRANULARITY_DOMAIN)
		request.change.scope = VTD_CHANGE_DOMAIN;
	if (granularity == VTD_GRANULARITY_SELECTIVE)
		request.change.scope = VTD_CHANGE_DEVICE;
	if (is_allowed(unit, granularity))
		vtd_invalidate(unit, &request, effects);
	else
		granularity = 0;
	command = vtd_field_set(command, VTD_CCMD_CAIG, granularity);
	vtd_reg_set_64(&unit->regs, VTD_REG_CCMD, command);
	vtd_command_begin(unit, VTD_COMMAND_CONTEXT);
}

/* The range of a page-selective command; false: AM is beyond CAP.MAMV. */
static bool selected_pages(struct vtd_unit *unit,
			   struct vtd_invalidation *request)
{
	uint64_t iva = vtd_reg_get_64(&unit->regs, VTD_REG_IVA);
	uint64_t mask = vtd_field_get(iva, VTD_IVA_AM);

	request->leaf_only = (iva & VTD_IVA_IH) != 0;
	vtd_range_of_mask(request, iva & VTD_IVA_ADDR, (unsigned int)mask);
	return mask <=
	       vtd_field_get(vtd_config_cap(&unit->config), VTD_CAP_MAMV);
}

void vtd_iotlb_command(struct vtd_unit *unit, struct vtd_effects *effects)
{
	uint64_t command = vtd_reg_get_64(&unit->regs, VTD_REG_IOTLB);
	uint64_t granularity = vtd_field_get(command, VTD_IOTLB_IIRG);
	struct vtd_invalidation request = {
		.kind = VTD_INVALIDATION_IOTLB,
		.change.scope = VTD_CHANGE_GLOBAL,
		.change.did = (uint16_t)vtd_field_get(command, VTD_IOTLB_DID),
		.change.last = UINT64_MAX,
	};
	bool allowed = is_allowed(unit, granularity);

	if ((command & VTD_IOTLB_IVT) == 0)
		return;
	if (granularity == VTD_GRANULARITY_DOMAIN)
		request.change.scope = VTD_CHANGE_DOMAIN;
	if (granularity == VTD_GRANULARITY_SELECTIVE)
		allowed &= selected_pages(unit, &request);
	if (allowed)
		vtd_invalidate(unit, &request, effects);
	else
		granularity = 0;
	command = vtd_field_set(command, VTD_IOTLB_IAIG, granularity);
	vtd_reg_set_64(&unit->regs, VTD_REG_IOTLB, command);
	vtd_command_begin(unit, VTD_COMMAND_IOTLB);
}
