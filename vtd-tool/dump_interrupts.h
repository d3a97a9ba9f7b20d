/* SPDX-License-Identifier: BSD-3-Clause */
/* vtd dump --interrupts: the interrupt remapping table. */
#ifndef VTD_TOOL_DUMP_INTERRUPTS_H
#define VTD_TOOL_DUMP_INTERRUPTS_H

#include <stdbool.h>
#include <stdint.h>

struct vtd_unit;

/* Show so many entries at most; the list of an open JSON object.  Returns how many
 * there were. */
uint64_t dump_interrupts(struct vtd_unit *unit, uint64_t limit, bool json);

#endif /* VTD_TOOL_DUMP_INTERRUPTS_H */
