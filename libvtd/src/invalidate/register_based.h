/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Invalidation by registers, in legacy mode, and the end of commands in
 * registers.  SPEC 6.5.3, 11.4.4, 11.4.6.  All with the lock held.
 *
 * What a command changes is in force at once.  Its end, which software polls for
 * (ICC, IVT, GSTS), promises what a wait does: that nothing under way uses what
 * was there before, and that the host has dealt with what it was told.
 */
#ifndef VTD_SRC_INVALIDATE_REGISTER_BASED_H
#define VTD_SRC_INVALIDATE_REGISTER_BASED_H

#include "effects.h"
#include "invalidate/queue.h"

struct vtd_unit;

/* Software set CCMD.ICC or IOTLB.IVT. */
void vtd_context_command(struct vtd_unit *unit, struct vtd_effects *effects);
void vtd_iotlb_command(struct vtd_unit *unit, struct vtd_effects *effects);

/* A command was begun: it ends when what was changed until now is drained. */
void vtd_command_begin(struct vtd_unit *unit, enum vtd_command command);

/* End the commands that can.  The queue's runner looks. */
void vtd_commands_end(struct vtd_unit *unit);

/* After a reset or a load: those whose triggers are set are under way. */
void vtd_commands_restart(struct vtd_unit *unit);

#endif /* VTD_SRC_INVALIDATE_REGISTER_BASED_H */
