/* SPDX-License-Identifier: BSD-3-Clause */
/* Primary fault logging.  SPEC 7.2.1. */
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "unit.h"

static uint32_t record_offset(unsigned int index)
{
	return VTD_REG_FRCD + index * VTD_REG_FRCD_STRIDE;
}

static bool is_pending(const struct vtd_unit *unit, unsigned int index)
{
	return (vtd_reg_get_64(&unit->regs, record_offset(index) + 8) &
		VTD_FRCD_HI_F) != 0;
}

static void write_record(struct vtd_unit *unit, unsigned int index,
			 const struct vtd_fault_record *record)
{
	vtd_reg_set_64(&unit->regs, record_offset(index), record->low);
	vtd_reg_set_64(&unit->regs, record_offset(index) + 8,
		       record->high | VTD_FRCD_HI_F);
}

/* Nothing was pending: this record is where software starts to look. */
static void set_first_index(struct vtd_unit *unit, unsigned int index)
{
	uint32_t status = vtd_reg_get_32(&unit->regs, VTD_REG_FSTS);

	if ((status & VTD_FSTS_PPF) != 0)
		return;
	vtd_reg_set_32(&unit->regs, VTD_REG_FSTS,
		       (uint32_t)vtd_field_set(status, VTD_FSTS_FRI, index));
}

/* Whether a record of the same source-id waits for software. */
static bool is_compressed(const struct vtd_unit *unit,
			  const struct vtd_fault_record *record)
{
	if (!unit->config.fault_compression)
		return false;
	for (unsigned int i = 0; i < unit->config.fault_records; i++) {
		uint64_t high =
			vtd_reg_get_64(&unit->regs, record_offset(i) + 8);

		if ((high & VTD_FRCD_HI_F) != 0 &&
		    ((high ^ record->high) & VTD_FRCD_HI_SID) == 0)
			return true;
	}
	return false;
}

/* Whether the record finds no place; the first that does not is an overflow. */
static bool is_dropped(struct vtd_unit *unit,
		       const struct vtd_fault_record *record)
{
	if ((vtd_reg_get_32(&unit->regs, VTD_REG_FSTS) & VTD_FSTS_PFO) != 0 ||
	    is_compressed(unit, record))
		return true;
	if (!is_pending(unit, unit->fault_index))
		return false;
	vtd_event_set_status(unit, VTD_EVENT_FAULT, VTD_FSTS_PFO);
	return true;
}

/* " pasid 5 write 7f0012345000", or " interrupt 12"; `size` is enough. */
static void describe_request(const struct vtd_fault_record *record, char *text,
			     size_t size)
{
	/* By T1 and T2, and by AT. */
	static const char *const types[] = { " write", " page request", " read",
					     " atomic" };
	static const char *const kinds[] = { "", " translation request",
					     " translated", " reserved" };
	uint64_t high = record->high;
	unsigned int type = (high & VTD_FRCD_HI_T1 ? 2 : 0) |
			    (high & VTD_FRCD_HI_T2 ? 1 : 0);
	char pasid[16] = "";

	if (record->interrupt) {
		snprintf(text, size, " interrupt %" PRIu64,
			 vtd_field_get(record->low,
				       VTD_FRCD_LO_INTERRUPT_INDEX));
		return;
	}
	if ((high & VTD_FRCD_HI_PP) != 0)
		snprintf(pasid, sizeof(pasid), " pasid %" PRIx64,
			 vtd_field_get(high, VTD_FRCD_HI_PV));
	snprintf(text, size, "%s%s%s %" PRIx64, pasid,
		 kinds[vtd_field_get(high, VTD_FRCD_HI_AT)],
		 vtd_field_get(high, VTD_FRCD_HI_AT) == VTD_AT_TRANSLATION ?
			 "" :
			 types[type],
		 (uint64_t)(record->low & VTD_FRCD_LO_FI));
}

/* "; second-stage entry, level 3, at 1000 is 0"; as it is if there is none. */
static void describe_place(const struct vtd_place *place, char *text,
			   size_t size)
{
	char level[16] = "";
	char value[32] = " cannot be read";

	if (place->structure == VTD_STRUCTURE_NONE)
		return;
	if (place->level != 0)
		snprintf(level, sizeof(level), ", level %u,", place->level);
	if (!place->unreadable)
		snprintf(value, sizeof(value), " is %" PRIx64, place->value);
	snprintf(text, size, "; %s%s at %" PRIx64 "%s",
		 vtd_structure_name(place->structure), level,
		 place->address + 8 * place->word, value);
}

static void trace(const struct vtd_fault_record *record,
		  struct vtd_effects *effects)
{
	char request[80];
	char place[96] = "";

	describe_request(record, request, sizeof(request));
	describe_place(&record->place, place, sizeof(place));
	vtd_effects_trace(effects, "fault %02x of %04x%s: %s, %s%s",
			  vtd_condition_code(record->condition),
			  (unsigned int)vtd_field_get(record->high,
						      VTD_FRCD_HI_SID),
			  request, vtd_condition_name(record->condition),
			  vtd_condition_text(record->condition), place);
}

void vtd_fault_store(struct vtd_unit *unit,
		     const struct vtd_fault_record *record,
		     struct vtd_effects *effects)
{
	unsigned int index = unit->fault_index;

	if (is_dropped(unit, record)) {
		vtd_unit_count_locked(unit, VTD_COUNT_FAULTS_DROPPED, 1);
		return;
	}
	write_record(unit, index, record);
	set_first_index(unit, index);
	unit->fault_index = (index + 1) % unit->config.fault_records;
	vtd_unit_count_locked(unit, VTD_COUNT_FAULTS_RECORDED, 1);
	vtd_event_set_status(unit, VTD_EVENT_FAULT, VTD_FSTS_PPF);
	trace(record, effects);
}

void vtd_fault_update(struct vtd_unit *unit)
{
	uint32_t status = vtd_reg_get_32(&unit->regs, VTD_REG_FSTS);
	bool pending = false;

	for (unsigned int i = 0; i < unit->config.fault_records; i++)
		pending |= is_pending(unit, i);
	if (!pending)
		vtd_reg_set_32(&unit->regs, VTD_REG_FSTS,
			       status & ~(uint32_t)VTD_FSTS_PPF);
	vtd_event_update(unit, VTD_EVENT_FAULT);
}

void vtd_fault_report(struct vtd_unit *unit,
		      const struct vtd_fault_record *record,
		      const struct vtd_epoch *epoch)
{
	struct vtd_effects effects;

	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	if (vtd_epoch_lasts(unit, epoch))
		vtd_fault_store(unit, record, &effects);
	vtd_unit_deliver_any(unit, &effects);
	vtd_unit_unlock(unit);
}
