/* SPDX-License-Identifier: BSD-3-Clause */
/* Where faults are found, and what is wrong there. */
#include <vtd/spec/tables.h>

#include "report/report.h"

/* The words that are cached are not those of the structure. */
static bool is_cached(enum vtd_structure structure)
{
	return structure == VTD_STRUCTURE_CACHED_CONFIGURATION ||
	       structure == VTD_STRUCTURE_CACHED_PAGING_ENTRY;
}

struct vtd_place vtd_fault_place(struct vtd_trail *trail,
				 enum vtd_condition condition)
{
	const struct vtd_condition_row *row = vtd_condition_row(condition);
	const struct vtd_place nowhere = { .structure = VTD_STRUCTURE_NONE };

	if (condition == VTD_CONDITION_NONE || row->of_request)
		return nowhere;
	if (row->word != 0 && !is_cached(trail->place.structure))
		vtd_trail_point(trail, row->word);
	return trail->place;
}

static bool is_at(const struct vtd_step *step, const struct vtd_place *place)
{
	return !step->bypassed && step->structure == place->structure &&
	       step->address == place->address && step->level == place->level &&
	       step->for_level == place->for_level;
}

/* What the condition finds wrong.  Of the flags of a paging entry, only those
 * that are 0 are: a right, or a bit that is to be set. */
static uint64_t wrong_bits(const struct vtd_place *place, uint64_t field)
{
	bool paging = place->structure == VTD_STRUCTURE_FIRST_STAGE_ENTRY ||
		      place->structure == VTD_STRUCTURE_SECOND_STAGE_ENTRY;

	return paging && (field & VTD_TABLE_ADDRESS) == 0 ?
		       field & ~place->value :
		       field;
}

uint32_t vtd_fault_step(const struct vtd_trail_log *log,
			enum vtd_condition condition,
			const struct vtd_place *place)
{
	const struct vtd_condition_row *row = vtd_condition_row(condition);
	size_t i = log->count < log->room ? log->count : log->room;

	if (place->structure == VTD_STRUCTURE_NONE)
		return VTD_STEP_NONE;
	while (i-- > 0) {
		if (!is_at(&log->step[i], place))
			continue;
		if (!place->unreadable && !is_cached(place->structure))
			log->step[i].error[place->word] |=
				wrong_bits(place, row->field);
		return (uint32_t)i;
	}
	return VTD_STEP_NONE;
}

enum vtd_recording vtd_fault_recording(const struct vtd_fault *fault,
				       enum vtd_request_kind kind)
{
	const struct vtd_fault qualified = { .condition = fault->condition };

	if (vtd_fault_is_recorded(fault, kind))
		return VTD_RECORDING_RECORDED;
	return vtd_fault_is_recorded(&qualified, kind) ?
		       VTD_RECORDING_SUPPRESSED :
		       VTD_RECORDING_NONE;
}
