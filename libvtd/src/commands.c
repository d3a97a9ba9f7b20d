/* SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"

#include "invalidate/caches.h"
#include "invalidate/register_based.h"
#include "register_lint.h"
#include "unit.h"

/*
 * Software is to change one bit a write, and to write the others as they are.
 * Every difference is acted upon, in an order in which each action finds what
 * it needs: pointers first, then the switches.
 */

static uint32_t with(uint32_t status, uint64_t bits, bool on)
{
	return on ? status | (uint32_t)bits : status & ~(uint32_t)bits;
}

/* What is on from now on. */
static void set_status(struct vtd_unit *unit, uint64_t bits, bool on)
{
	atomic_store(&unit->status, with(vtd_unit_status(unit), bits, on));
}

/* What software sees of it before the command has ended. */
static void report(struct vtd_unit *unit, uint64_t bits, bool on)
{
	uint32_t reported = vtd_reg_get_32(&unit->regs, VTD_REG_GSTS);

	vtd_reg_set_32(&unit->regs, VTD_REG_GSTS, with(reported, bits, on));
}

static void set_root_table_pointer(struct vtd_unit *unit,
				   struct vtd_effects *effects)
{
	atomic_store(&unit->root, vtd_reg_get_64(&unit->regs, VTD_REG_RTADDR));
	/* The mode of the new root goes for all requests from now on. */
	vtd_config_cache_invalidate_all(&unit->config_cache);
	if (unit->config.self_flush)
		vtd_invalidate_all(unit, effects);
	set_status(unit, VTD_GSTS_RTPS, true);
	report(unit, VTD_GSTS_RTPS, false); /* until the end of it (11.4.4) */
}

static void set_interrupt_table_pointer(struct vtd_unit *unit,
					struct vtd_effects *effects)
{
	atomic_store(&unit->interrupt_table,
		     vtd_reg_get_64(&unit->regs, VTD_REG_IRTA));
	vtd_invalidate_all_interrupts(unit, effects);
	set_status(unit, VTD_GSTS_IRTPS, true);
	report(unit, VTD_GSTS_IRTPS, false);
}

/* The index starts over when nothing can fault any more (SPEC 7.2.1). */
static void reset_fault_index(struct vtd_unit *unit)
{
	if (!vtd_unit_is_on(unit, VTD_GSTS_TES | VTD_GSTS_IRES))
		unit->fault_index = 0;
}

static void set_translation(struct vtd_unit *unit, bool on,
			    struct vtd_effects *effects)
{
	/* Off drops the caches; on changes every address just as much.  What was
	 * begun before it went off may have been kept when it was: that must be
	 * gone before it can serve. */
	if (on)
		vtd_invalidate_all(unit, effects);
	set_status(unit, VTD_GSTS_TES, on);
	if (!on) {
		vtd_invalidate_all(unit, effects);
		vtd_epoch_end(unit, VTD_EPOCH_TRANSLATION);
	}
	reset_fault_index(unit);
}

static void set_interrupt_remapping(struct vtd_unit *unit, bool on,
				    struct vtd_effects *effects)
{
	set_status(unit, VTD_GSTS_IRES, on);
	vtd_invalidate_all_interrupts(unit, effects);
	reset_fault_index(unit);
	if (!on)
		vtd_epoch_end(unit, VTD_EPOCH_INTERRUPTS);
}

/* It is in no cache, but requests are under way, and hosts have routes. */
static void set_compatibility_format(struct vtd_unit *unit, bool on,
				     struct vtd_effects *effects)
{
	set_status(unit, VTD_GSTS_CFIS, on);
	vtd_invalidate_all_interrupts(unit, effects);
}

static void set_queue(struct vtd_unit *unit, bool on)
{
	vtd_queue_stop(unit);
	set_status(unit, VTD_GSTS_QIES, on);
	report(unit, VTD_GSTS_QIES, on);
}

static void set_interrupts(struct vtd_unit *unit, uint32_t command,
			   uint32_t changed, struct vtd_effects *effects)
{
	if ((command & VTD_GCMD_SIRTP) != 0)
		set_interrupt_table_pointer(unit, effects);
	if ((changed & VTD_GCMD_IRE) != 0)
		set_interrupt_remapping(unit, (command & VTD_GCMD_IRE) != 0,
					effects);
	if ((changed & VTD_GCMD_CFI) != 0)
		set_compatibility_format(unit, (command & VTD_GCMD_CFI) != 0,
					 effects);
}

void vtd_global_command(struct vtd_unit *unit, uint32_t command,
			struct vtd_effects *effects)
{
	uint32_t changed = command ^ vtd_unit_status(unit);

	if (vtd_unit_lints(unit))
		vtd_lint_command(unit, command);
	if ((command & VTD_GCMD_SRTP) != 0)
		set_root_table_pointer(unit, effects);
	if ((changed & VTD_GCMD_QIE) != 0)
		set_queue(unit, (command & VTD_GCMD_QIE) != 0);
	if ((changed & VTD_GCMD_TE) != 0)
		set_translation(unit, (command & VTD_GCMD_TE) != 0, effects);
	if (unit->config.interrupt_remapping)
		set_interrupts(unit, command, changed, effects);
	vtd_command_begin(unit, VTD_COMMAND_GLOBAL);
}
