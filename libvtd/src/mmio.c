/* SPDX-License-Identifier: BSD-3-Clause */
/* Register accesses of software, and what they set in motion. */
#include "commands.h"
#include "invalidate/register_based.h"
#include "lint.h"
#include "register_lint.h"
#include "report/report.h"
#include "unit.h"

uint64_t vtd_unit_read(struct vtd_unit *unit, uint64_t offset,
		       unsigned int size)
{
	uint64_t value;

	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_READ, offset, size);
	vtd_unit_lock(unit);
	value = vtd_regfile_read(&unit->regs, offset, size);
	vtd_unit_unlock(unit);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_READ, value);
	return value;
}

/* Act on a write.  True: the invalidation queue may have become runnable. */
static bool act(struct vtd_unit *unit, const struct vtd_reg_trigger *trigger,
		struct vtd_effects *effects)
{
	switch (trigger->action) {
	case VTD_ACTION_GLOBAL_COMMAND:
		vtd_global_command(unit, trigger->written, effects);
		return true;
	case VTD_ACTION_CONTEXT_COMMAND:
		vtd_context_command(unit, effects);
		return true; /* its end is the runner's */
	case VTD_ACTION_IOTLB_COMMAND:
		vtd_iotlb_command(unit, effects);
		return true;
	case VTD_ACTION_FAULT_EVENT:
		vtd_fault_update(unit);
		return true; /* IQE or ITE may be cleared */
	case VTD_ACTION_INVALIDATION_EVENT:
		vtd_event_update(unit, VTD_EVENT_INVALIDATION);
		return false;
	case VTD_ACTION_PAGE_EVENT:
		vtd_event_update(unit, VTD_EVENT_PAGE_REQUEST);
		return false;
	case VTD_ACTION_QUEUE_TAIL:
		return true;
	case VTD_ACTION_NONE:
		break;
	}
	return false;
}

void vtd_unit_write(struct vtd_unit *unit, uint64_t offset, uint64_t value,
		    unsigned int size)
{
	struct vtd_reg_trigger trigger;
	struct vtd_effects effects;
	bool run;

	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_WRITE, offset, value,
			  size);
	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	run = vtd_queue_wake(unit);
	if (vtd_unit_lints(unit))
		vtd_lint_write(unit, offset, value);
	trigger = vtd_regfile_write(&unit->regs, offset, value, size);
	run |= act(unit, &trigger, &effects);
	run |= vtd_unit_deliver_any(unit, &effects);
	if (run)
		vtd_queue_run_all(unit);
	vtd_unit_unlock(unit);
	if (vtd_unit_lints(unit))
		vtd_lint_deliver(unit);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_WRITE);
}
