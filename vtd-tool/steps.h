/* SPDX-License-Identifier: BSD-3-Clause */
/* The structures on the way of a request, as text and as JSON. */
#ifndef VTD_TOOL_STEPS_H
#define VTD_TOOL_STEPS_H

#include <vtd/explain.h>

/* "rw", "r", "-" */
void rights_text(uint8_t rights, char text[4]);

/* `fault_step`: the one that is marked; VTD_STEP_NONE: none is. */
void show_steps(const struct vtd_step *step, uint32_t steps,
		uint32_t fault_step, bool json);

#endif /* VTD_TOOL_STEPS_H */
