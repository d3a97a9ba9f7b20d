/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The three events of a unit.  Each has a status register, a control register
 * with a mask and a pending bit, and a message; they work alike.  SPEC 7.3.
 */
#include "report/report.h"
#include "unit.h"

struct event_registers {
	uint16_t status;
	uint16_t control; /* followed by data, address, upper address */
	uint32_t status_set;
};

static const struct event_registers registers[VTD_EVENTS] = {
	[VTD_EVENT_FAULT] = {
		.status = VTD_REG_FSTS,
		.control = VTD_REG_FECTL,
		.status_set = VTD_FSTS_PPF | VTD_FSTS_PFO | VTD_FSTS_IQE |
			      VTD_FSTS_ICE | VTD_FSTS_ITE,
	},
	[VTD_EVENT_INVALIDATION] = {
		.status = VTD_REG_ICS,
		.control = VTD_REG_IECTL,
		.status_set = VTD_ICS_IWC,
	},
	[VTD_EVENT_PAGE_REQUEST] = {
		.status = VTD_REG_PRS,
		.control = VTD_REG_PECTL,
		.status_set = VTD_PRS_PPR | VTD_PRS_PRO,
	},
};

static void set_pending(struct vtd_regfile *regs,
			const struct event_registers *event, bool pending)
{
	uint32_t control = vtd_reg_get_32(regs, event->control);

	control &= ~(uint32_t)VTD_ECTL_IP;
	if (pending)
		control |= VTD_ECTL_IP;
	vtd_reg_set_32(regs, event->control, control);
}

/* Send the message if it is pending and not masked. */
static void send(struct vtd_unit *unit, const struct event_registers *event)
{
	struct vtd_regfile *regs = &unit->regs;
	uint32_t control = vtd_reg_get_32(regs, event->control);

	if ((control & VTD_ECTL_IP) == 0 || (control & VTD_ECTL_IM) != 0)
		return;
	set_pending(regs, event, false);
	unit->ops.interrupt_message(unit->host,
				    vtd_reg_get_64(regs, event->control + 8),
				    vtd_reg_get_32(regs, event->control + 4));
}

void vtd_event_set_status(struct vtd_unit *unit, enum vtd_event event,
			  uint32_t bits)
{
	const struct event_registers *r = &registers[event];
	struct vtd_regfile *regs = &unit->regs;
	uint32_t status = vtd_reg_get_32(regs, r->status);

	vtd_reg_set_32(regs, r->status, status | bits);
	if ((status & r->status_set) != 0)
		return;
	set_pending(regs, r, true);
	send(unit, r);
}

void vtd_event_update(struct vtd_unit *unit, enum vtd_event event)
{
	const struct event_registers *r = &registers[event];
	struct vtd_regfile *regs = &unit->regs;

	if ((vtd_reg_get_32(regs, r->status) & r->status_set) == 0)
		set_pending(regs, r, false);
	else
		send(unit, r);
}
