/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupt remapping table entries, by asking as a device would. */
#include <vtd/dump.h>
#include <vtd/explain.h>

#include "interrupt/interrupt.h"
#include "unit.h"

#define INDICES 65536 /* of the largest table */

/* The entry's words, among the steps on the way of a request. */
static void copy_entry(const struct vtd_interrupt_explanation *explanation,
		       const struct vtd_step *step,
		       struct vtd_dump_interrupt *interrupt)
{
	for (uint32_t i = 0;
	     i < explanation->steps && i < VTD_INTERRUPT_STEPS_MAX; i++) {
		if (step[i].structure != VTD_STRUCTURE_INTERRUPT_ENTRY ||
		    step[i].words != 2)
			continue;
		interrupt->entry[0] = step[i].word[0];
		interrupt->entry[1] = step[i].word[1];
	}
}

/* What a request of that index comes to, whoever sends it. */
static void look(struct vtd_unit *unit, uint32_t index,
		 struct vtd_dump_interrupt *interrupt)
{
	const struct vtd_interrupt_request request = {
		.sid_unknown = true,
		.address = vtd_interrupt_request_address(index),
	};
	struct vtd_interrupt_explanation explanation;
	struct vtd_step step[VTD_INTERRUPT_STEPS_MAX];

	vtd_unit_interrupt_explain(unit, &request, &explanation, step,
				   VTD_INTERRUPT_STEPS_MAX);
	*interrupt = (struct vtd_dump_interrupt){
		.index = index,
		.condition = explanation.result.condition,
		.posted = explanation.result.posted,
		.address = explanation.result.address,
		.data = explanation.result.data,
	};
	copy_entry(&explanation, step, interrupt);
}

size_t vtd_unit_dump_interrupts(struct vtd_unit *unit, uint32_t *cursor,
				struct vtd_dump_interrupt *list, size_t room)
{
	size_t count = 0;

	if (!vtd_unit_interrupt_remapping_enabled(unit))
		*cursor = VTD_DUMP_END;
	for (unsigned int i = 0;
	     i < VTD_DUMP_STEPS && count < room && *cursor < INDICES; i++) {
		look(unit, *cursor, &list[count]);
		if (list[count].condition == VTD_IR_21) {
			*cursor = VTD_DUMP_END;
			break;
		}
		if (list[count].condition != VTD_IR_22)
			count++;
		++*cursor;
	}
	if (*cursor >= INDICES)
		*cursor = VTD_DUMP_END;
	return count;
}
