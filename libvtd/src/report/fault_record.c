/* SPDX-License-Identifier: BSD-3-Clause */
/* What a fault record says of the request that faulted.  SPEC 11.4.7.6. */
#include <vtd/vtd.h>

#include "report/report.h"

/* The T1, T2 pair: what kind of access it was. */
static uint64_t type_of_access(const struct vtd_request *request)
{
	if (request->type == VTD_AT_TRANSLATION)
		return VTD_FRCD_HI_T1;
	switch (request->access) {
	case VTD_ACCESS_WRITE:
		return 0;
	case VTD_ACCESS_ATOMIC:
		return VTD_FRCD_HI_T1 | VTD_FRCD_HI_T2;
	default:
		return VTD_FRCD_HI_T1;
	}
}

/* Address bits above the largest supported width are recorded as 0. */
static uint64_t recorded_address(const struct vtd_config *config,
				 uint64_t address)
{
	unsigned int width = config->guest_address_width;

	if (config->first_stage && width < 48)
		width = 48;
	if (config->first_stage_5_level)
		width = 57;
	return address & VTD_FRCD_LO_FI & VTD_BITS(width - 1, 0);
}

static uint64_t pasid_fields(uint32_t pasid, bool privileged, bool execute)
{
	return VTD_FRCD_HI_PP | vtd_field_make(VTD_FRCD_HI_PV, pasid) |
	       (privileged ? VTD_FRCD_HI_PRIV : 0) |
	       (execute ? VTD_FRCD_HI_EXE : 0);
}

static uint64_t common(uint16_t sid, enum vtd_condition condition)
{
	return vtd_field_make(VTD_FRCD_HI_SID, sid) |
	       vtd_field_make(VTD_FRCD_HI_FR, vtd_condition_code(condition));
}

struct vtd_fault_record
vtd_fault_record_of_request(const struct vtd_config *config,
			    const struct vtd_request *request,
			    enum vtd_condition condition)
{
	struct vtd_fault_record record = {
		.condition = condition,
		.low = recorded_address(config, request->address),
		.high = common(request->sid, condition) |
			type_of_access(request) |
			vtd_field_make(VTD_FRCD_HI_AT, request->type),
	};

	if (request->pasid_present)
		record.high |= pasid_fields(request->pasid, request->privileged,
					    request->execute);
	return record;
}

struct vtd_fault_record
vtd_fault_record_of_page_request(const struct vtd_config *config,
				 const struct vtd_page_request *request,
				 enum vtd_condition condition)
{
	struct vtd_fault_record record = {
		.condition = condition,
		.low = recorded_address(config, request->address),
		.high = common(request->sid, condition) | VTD_FRCD_HI_T2,
	};

	if (request->pasid_present)
		record.high |= pasid_fields(request->pasid, request->privileged,
					    request->execute);
	return record;
}

struct vtd_fault_record
vtd_fault_record_of_interrupt(uint16_t sid, uint32_t index,
			      enum vtd_condition condition)
{
	return (struct vtd_fault_record){
		.condition = condition,
		.interrupt = true,
		.low = vtd_field_make(VTD_FRCD_LO_INTERRUPT_INDEX, index),
		.high = common(sid, condition),
	};
}
