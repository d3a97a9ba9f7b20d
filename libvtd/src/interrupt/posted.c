/* SPDX-License-Identifier: BSD-3-Clause */
/* Posting an interrupt in a descriptor in memory.  SPEC 5.2. */
#include <vtd/spec/tables.h>

#include "interrupt/interrupt.h"
#include "unit.h"

/* Tries of one compare-and-swap before it counts as an access error: the other
 * side changes the word a few times at most while it handles one event. */
#define SWAPS_MAX 64

/* Word 4 of the descriptor: control fields. */
#define CONTROL_OFFSET 32

/* Set a bit of the PIR. */
static bool set_request(struct vtd_unit *unit, uint64_t descriptor,
			uint8_t vector)
{
	uint64_t address = descriptor + vector / 64 * 8;
	uint64_t bit = VTD_BIT(vector % 64);
	enum vtd_mem_swap swap = VTD_MEM_CHANGED;
	uint64_t word;

	if (!vtd_mem_read(&unit->mem, address, &word, 1))
		return false;
	for (int i = 0; i < SWAPS_MAX && swap == VTD_MEM_CHANGED; i++)
		swap = vtd_mem_compare_exchange(&unit->mem, address, &word,
						word | bit);
	return swap == VTD_MEM_SWAPPED;
}

/* Set ON unless it is set or suppressed; *notify says whether it was. */
static bool set_outstanding(struct vtd_unit *unit, uint64_t descriptor,
			    bool urgent, uint64_t *control, bool *notify)
{
	uint64_t address = descriptor + CONTROL_OFFSET;

	if (!vtd_mem_read(&unit->mem, address, control, 1))
		return false;
	for (int i = 0; i < SWAPS_MAX; i++) {
		enum vtd_mem_swap swap;

		*notify = (*control & VTD_PID4_ON) == 0 &&
			  (urgent || (*control & VTD_PID4_SN) == 0);
		if (!*notify)
			return true;
		swap = vtd_mem_compare_exchange(&unit->mem, address, control,
						*control | VTD_PID4_ON);
		if (swap != VTD_MEM_CHANGED)
			return swap == VTD_MEM_SWAPPED;
	}
	return false;
}

/* The notification event: fixed, physical, edge. */
static void compose_notification(uint64_t control, bool extended,
				 struct vtd_interrupt *result)
{
	uint32_t destination = (uint32_t)vtd_field_get(control, VTD_PID4_NDST);
	struct vtd_message message = {
		.destination = extended ? destination :
					  (destination >> 8) & 0xff,
		.vector = (uint8_t)vtd_field_get(control, VTD_PID4_NV),
	};

	vtd_interrupt_compose(&message, result);
}

/*
 * Whether the descriptor can be written, before anything of it is: a vector in
 * the PIR that nobody is notified of would stay there.  The PIR is in the same
 * page.
 */
static bool is_writable(struct vtd_unit *unit, uint64_t descriptor,
			uint64_t control)
{
	return vtd_mem_compare_exchange(&unit->mem, descriptor + CONTROL_OFFSET,
					&control, control) != VTD_MEM_FAILED;
}

/*
 * The PIR before ON, so that whoever is notified finds the vector.  If software
 * changes the control word without end, ON cannot be set any more and the vector
 * stays: taking it back could take that of another request.
 */
enum vtd_condition vtd_interrupt_post(struct vtd_unit *unit,
				      const struct vtd_posting *posting,
				      struct vtd_interrupt *result)
{
	const uint64_t *irte = posting->irte;
	uint64_t descriptor = vtd_interrupt_descriptor(irte);
	uint8_t vector = (uint8_t)vtd_field_get(irte[0], VTD_IRTE0_POSTED_VV);
	bool urgent = (irte[0] & VTD_IRTE0_POSTED_URG) != 0;
	bool notify = false;
	const uint64_t reserved = VTD_PID4_RESERVED;
	uint64_t control;

	vtd_trail_to(posting->trail, VTD_STRUCTURE_POSTED_DESCRIPTOR, 0,
		     descriptor + CONTROL_OFFSET);
	if (!vtd_mem_read(&unit->mem, descriptor + CONTROL_OFFSET, &control, 1))
		return VTD_IR_27;
	vtd_trail_found(posting->trail, &control, 1);
	if (vtd_trail_has(posting->trail, &reserved, 1))
		return VTD_IR_28;
	if (!posting->probe &&
	    (!is_writable(unit, descriptor, control) ||
	     !set_request(unit, descriptor, vector) ||
	     !set_outstanding(unit, descriptor, urgent, &control, &notify)))
		return VTD_IR_27;
	result->posted = true;
	result->notify = notify;
	if (notify)
		compose_notification(control, posting->extended, result);
	return VTD_CONDITION_NONE;
}
