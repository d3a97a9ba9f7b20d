/* SPDX-License-Identifier: BSD-3-Clause */
/* Legacy mode: root and context entry.  SPEC 3.4.2, 9.1, 9.3. */
#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

#include "translate/decode.h"

static enum vtd_condition read_root(const struct vtd_decoder *decoder,
				    uint16_t sid, uint64_t *context_table)
{
	uint64_t beyond = vtd_beyond_haw(decoder->caps);
	uint64_t root = decoder->root & VTD_RTADDR_RTA & ~beyond;
	uint64_t address = root + (sid >> 8) * VTD_ROOT_ENTRY_SIZE;
	const uint64_t reserved[2] = { VTD_ROOT_RESERVED | beyond, UINT64_MAX };
	uint64_t entry[2];

	vtd_trail_to(decoder->trail, VTD_STRUCTURE_ROOT_ENTRY, 0, address);
	if (!vtd_mem_read(decoder->mem, address, entry, 2))
		return VTD_LRT_1;
	vtd_trail_found(decoder->trail, entry, 2);
	if ((entry[0] & VTD_ROOT_P) == 0)
		return VTD_LRT_2;
	if (vtd_trail_has(decoder->trail, reserved, 2))
		return VTD_LRT_3;
	*context_table = entry[0] & VTD_TABLE_ADDRESS;
	return VTD_CONDITION_NONE;
}

static bool has_reserved_bits(const struct vtd_decoder *decoder,
			      const uint64_t entry[2])
{
	uint64_t reserved[2] = { VTD_CONTEXT0_RESERVED, VTD_CONTEXT1_RESERVED };

	/* Pass-through ignores the pointer. */
	if (vtd_field_get(entry[0], VTD_CONTEXT0_TT) != VTD_TT_PASS_THROUGH)
		reserved[0] |= vtd_beyond_haw(decoder->caps);
	return vtd_trail_has(decoder->trail, reserved, 2);
}

static bool type_is_supported(const struct vtd_config *caps, uint64_t type)
{
	switch (type) {
	case VTD_TT_UNTRANSLATED:
		return true;
	case VTD_TT_ALL:
		return caps->device_tlb;
	case VTD_TT_PASS_THROUGH:
		return caps->pass_through;
	default:
		return false;
	}
}

enum vtd_condition vtd_decode_legacy(const struct vtd_decoder *decoder,
				     uint16_t sid,
				     struct vtd_walk_config *config)
{
	enum vtd_condition condition;
	uint64_t table;
	uint64_t address;
	uint64_t entry[2];
	uint64_t type;
	uint64_t aw;

	config->legacy = true;
	condition = read_root(decoder, sid, &table);
	if (condition != VTD_CONDITION_NONE)
		return condition;
	address = table + (sid & 0xff) * VTD_CONTEXT_ENTRY_SIZE;
	vtd_trail_to(decoder->trail, VTD_STRUCTURE_CONTEXT_ENTRY, 0, address);
	if (!vtd_mem_read(decoder->mem, address, entry, 2))
		return VTD_LCT_1;
	vtd_trail_found(decoder->trail, entry, 2);
	config->context_fpd = (entry[0] & VTD_CONTEXT0_FPD) != 0;
	config->fpd = config->context_fpd;
	if ((entry[0] & VTD_CONTEXT0_P) == 0)
		return VTD_LCT_2;
	if (has_reserved_bits(decoder, entry))
		return VTD_LCT_3;
	type = vtd_field_get(entry[0], VTD_CONTEXT0_TT);
	if (!type_is_supported(decoder->caps, type))
		return VTD_LCT_4_2;
	aw = vtd_field_get(entry[1], VTD_CONTEXT1_AW);
	if (!vtd_aw_is_supported(decoder->caps, aw))
		return VTD_LCT_4_1;

	config->kind = type == VTD_TT_PASS_THROUGH ? VTD_WALK_PASS_THROUGH :
						     VTD_WALK_SECOND_STAGE;
	config->translation_requests = type == VTD_TT_ALL;
	config->did = (uint16_t)vtd_field_get(entry[1], VTD_CONTEXT1_DID);
	config->second_stage_levels = (uint8_t)(aw + 2);
	config->second_stage_root = entry[0] & VTD_CONTEXT0_SSPTPTR;
	return VTD_CONDITION_NONE;
}
