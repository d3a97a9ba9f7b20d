/* SPDX-License-Identifier: BSD-3-Clause */
/* What GCMD does.  SPEC 11.4.4. */
#ifndef VTD_SRC_COMMANDS_H
#define VTD_SRC_COMMANDS_H

#include <stdint.h>

#include "effects.h"

struct vtd_unit;

/* Software wrote `command` to GCMD.  Lock held. */
void vtd_global_command(struct vtd_unit *unit, uint32_t command,
			struct vtd_effects *effects);

#endif /* VTD_SRC_COMMANDS_H */
