/* SPDX-License-Identifier: BSD-3-Clause */
/* PASID directory and PASID table entry.  SPEC 3.4.3, 9.5, 9.6. */
#include <vtd/spec/tables.h>

#include "translate/decode.h"

static enum vtd_condition read_directory(const struct vtd_decoder *decoder,
					 const struct vtd_pasid_dir *dir,
					 struct vtd_walk_config *config,
					 uint64_t *pasid_table)
{
	uint64_t address = dir->base + (uint64_t)(config->pasid >> 6) *
					       VTD_PASID_DIR_ENTRY_SIZE;
	uint64_t reserved = VTD_PASID_DIR_RESERVED |
			    vtd_beyond_haw(decoder->caps);
	uint64_t entry;

	vtd_trail_to(decoder->trail, VTD_STRUCTURE_PASID_DIRECTORY_ENTRY, 0,
		     address);
	if (!vtd_mem_read(decoder->mem, address, &entry, 1))
		return VTD_SPD_1;
	vtd_trail_found(decoder->trail, &entry, 1);
	config->fpd |= (entry & VTD_PASID_DIR_FPD) != 0;
	if ((entry & VTD_PASID_DIR_P) == 0)
		return VTD_SPD_2;
	if (vtd_trail_has(decoder->trail, &reserved, 1))
		return VTD_SPD_3;
	*pasid_table = entry & VTD_PASID_DIR_SMPTBLPTR;
	return VTD_CONDITION_NONE;
}

/* Which stages an entry of this type (PGTT) uses. */
static bool uses_first_stage(uint64_t type)
{
	return type == VTD_PGTT_FIRST_STAGE || type == VTD_PGTT_NESTED;
}

static bool uses_second_stage(uint64_t type)
{
	return type == VTD_PGTT_SECOND_STAGE || type == VTD_PGTT_NESTED;
}

static uint64_t reserved_in_word0(const struct vtd_config *caps, uint64_t type)
{
	uint64_t reserved = VTD_PASID0_RESERVED;

	if (!caps->second_stage_accessed_dirty)
		reserved |= VTD_PASID0_SSADE;
	/* AW stays free without second stage: Linux always programs it. */
	if (!caps->second_stage)
		reserved |= VTD_PASID0_SSPTPTR;
	else if (uses_second_stage(type))
		reserved |= vtd_beyond_haw(caps);
	return reserved;
}

static uint64_t reserved_in_word1(const struct vtd_config *caps)
{
	/* No memory types (MTS). */
	uint64_t reserved = VTD_PASID1_RESERVED | VTD_PASID1_CD |
			    VTD_PASID1_EMTE | VTD_PASID1_PAT;

	if (!caps->page_walk_coherency)
		reserved |= VTD_PASID1_PWSNP;
	if (!caps->snoop_control)
		reserved |= VTD_PASID1_PGSNP;
	return reserved;
}

static uint64_t reserved_in_word2(const struct vtd_config *caps, uint64_t type)
{
	uint64_t reserved = VTD_PASID2_RESERVED;

	if (!caps->supervisor_requests)
		reserved |= VTD_PASID2_SRE;
	if (!caps->extended_accessed)
		reserved |= VTD_PASID2_EAFE;
	if (!caps->first_stage)
		reserved |= VTD_PASID2_FSPM | VTD_PASID2_WPE |
			    VTD_PASID2_FSPTPTR;
	else if (type == VTD_PGTT_FIRST_STAGE)
		reserved |= vtd_beyond_haw(caps);
	return reserved;
}

static bool has_reserved_bits(const struct vtd_decoder *decoder,
			      const uint64_t *entry)
{
	const struct vtd_config *caps = decoder->caps;
	uint64_t type = vtd_field_get(entry[0], VTD_PASID0_PGTT);
	uint64_t reserved[VTD_PASID_ENTRY_WORDS] = {
		reserved_in_word0(caps, type),
		reserved_in_word1(caps),
		reserved_in_word2(caps, type),
	};

	/* Word 4 has fields of host permission tables, which are not there. */
	for (unsigned int i = 3; i < VTD_PASID_ENTRY_WORDS; i++)
		reserved[i] = UINT64_MAX;
	return vtd_trail_has(decoder->trail, reserved, VTD_PASID_ENTRY_WORDS);
}

static bool type_is_supported(const struct vtd_config *caps, uint64_t type)
{
	switch (type) {
	case VTD_PGTT_FIRST_STAGE:
		return caps->first_stage;
	case VTD_PGTT_SECOND_STAGE:
		return caps->second_stage;
	case VTD_PGTT_NESTED:
		return caps->nested;
	case VTD_PGTT_PASS_THROUGH:
		return caps->pass_through;
	default:
		return false;
	}
}

/* SPT.4: what the entry asks for and the unit cannot do. */
static enum vtd_condition check_programming(const struct vtd_config *caps,
					    const uint64_t *entry)
{
	uint64_t type = vtd_field_get(entry[0], VTD_PASID0_PGTT);
	uint64_t aw = vtd_field_get(entry[0], VTD_PASID0_AW);
	uint64_t mode = vtd_field_get(entry[2], VTD_PASID2_FSPM);

	if (!type_is_supported(caps, type))
		return VTD_SPT_4_2;
	if (uses_second_stage(type) && !vtd_aw_is_supported(caps, aw))
		return VTD_SPT_4_1;
	if (uses_first_stage(type) && mode != VTD_FSPM_4_LEVEL &&
	    !(mode == VTD_FSPM_5_LEVEL && caps->first_stage_5_level))
		return VTD_SPT_4_3;
	if (type == VTD_PGTT_NESTED &&
	    (entry[2] & VTD_PASID2_FSPTPTR) >>
			    vtd_second_stage_width(caps,
						   (unsigned int)aw + 2) !=
		    0)
		return VTD_SPT_4_4;
	return VTD_CONDITION_NONE;
}

static uint8_t walk_kind(uint64_t type)
{
	switch (type) {
	case VTD_PGTT_FIRST_STAGE:
		return VTD_WALK_FIRST_STAGE;
	case VTD_PGTT_SECOND_STAGE:
		return VTD_WALK_SECOND_STAGE;
	case VTD_PGTT_NESTED:
		return VTD_WALK_NESTED;
	default:
		return VTD_WALK_PASS_THROUGH;
	}
}

static void take_over(const uint64_t *entry, struct vtd_walk_config *config)
{
	config->kind = walk_kind(vtd_field_get(entry[0], VTD_PASID0_PGTT));
	config->first_stage_5_level =
		vtd_field_get(entry[2], VTD_PASID2_FSPM) == VTD_FSPM_5_LEVEL;
	config->second_stage_levels =
		(uint8_t)(vtd_field_get(entry[0], VTD_PASID0_AW) + 2);
	config->supervisor_requests = (entry[2] & VTD_PASID2_SRE) != 0;
	config->write_protect = (entry[2] & VTD_PASID2_WPE) != 0;
	config->extended_accessed = (entry[2] & VTD_PASID2_EAFE) != 0;
	config->second_stage_ad = (entry[0] & VTD_PASID0_SSADE) != 0;
	config->page_walk_snoop = (entry[1] & VTD_PASID1_PWSNP) != 0;
	config->page_snoop = (entry[1] & VTD_PASID1_PGSNP) != 0;
	config->did = (uint16_t)vtd_field_get(entry[1], VTD_PASID1_DID);
	config->first_stage_root = entry[2] & VTD_PASID2_FSPTPTR;
	config->second_stage_root = entry[0] & VTD_PASID0_SSPTPTR;
}

enum vtd_condition vtd_decode_pasid(const struct vtd_decoder *decoder,
				    const struct vtd_pasid_dir *dir,
				    struct vtd_walk_config *config)
{
	enum vtd_condition condition;
	uint64_t entry[VTD_PASID_ENTRY_WORDS];
	uint64_t table;
	uint64_t address;

	condition = read_directory(decoder, dir, config, &table);
	if (condition != VTD_CONDITION_NONE)
		return condition;
	address = table + (config->pasid & 0x3f) * VTD_PASID_ENTRY_SIZE;
	vtd_trail_to(decoder->trail, VTD_STRUCTURE_PASID_ENTRY, 0, address);
	if (!vtd_mem_read(decoder->mem, address, entry, VTD_PASID_ENTRY_WORDS))
		return VTD_SPT_1;
	vtd_trail_found(decoder->trail, entry, VTD_PASID_ENTRY_WORDS);
	config->fpd |= (entry[0] & VTD_PASID0_FPD) != 0;
	if ((entry[0] & VTD_PASID0_P) == 0)
		return VTD_SPT_2;
	if (has_reserved_bits(decoder, entry))
		return VTD_SPT_3;
	condition = check_programming(decoder->caps, entry);
	if (condition != VTD_CONDITION_NONE)
		return condition;
	take_over(entry, config);
	return VTD_CONDITION_NONE;
}
