/* SPDX-License-Identifier: BSD-3-Clause */
/* Scalable mode: root and context entry.  SPEC 3.4.3, 9.2, 9.4. */
#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

#include "translate/decode.h"

/* Each half of a root entry stands for itself: only the one in use counts. */
static enum vtd_condition read_root(const struct vtd_decoder *decoder,
				    uint16_t sid, uint64_t *context_table)
{
	uint64_t beyond = vtd_beyond_haw(decoder->caps);
	uint64_t root = decoder->root & VTD_RTADDR_RTA & ~beyond;
	uint64_t address = root + (sid >> 8) * VTD_ROOT_ENTRY_SIZE +
			   ((sid & 0x80) != 0 ? 8 : 0);
	uint64_t reserved = VTD_ROOT_RESERVED | beyond;
	uint64_t half;

	vtd_trail_to(decoder->trail, VTD_STRUCTURE_SM_ROOT_ENTRY, 0, address);
	if (!vtd_mem_read(decoder->mem, address, &half, 1))
		return VTD_SRT_1;
	vtd_trail_found(decoder->trail, &half, 1);
	if ((half & VTD_ROOT_P) == 0)
		return VTD_SRT_2;
	if (vtd_trail_has(decoder->trail, &reserved, 1))
		return VTD_SRT_3;
	*context_table = half & VTD_TABLE_ADDRESS;
	return VTD_CONDITION_NONE;
}

static bool has_reserved_bits(const struct vtd_decoder *decoder)
{
	const struct vtd_config *caps = decoder->caps;
	/* No PASIDs in translated requests, no host permission tables. */
	uint64_t reserved[4] = {
		VTD_SM_CONTEXT0_RESERVED | VTD_SM_CONTEXT0_EPTR |
			VTD_SM_CONTEXT0_HPTE | vtd_beyond_haw(caps),
		VTD_SM_CONTEXT1_RESERVED,
		UINT64_MAX,
		UINT64_MAX,
	};

	if (!caps->device_tlb)
		reserved[0] |= VTD_SM_CONTEXT0_DTE;
	if (caps->pasid_bits == 0)
		reserved[0] |= VTD_SM_CONTEXT0_PASIDE;
	if (!caps->page_request)
		reserved[0] |= VTD_SM_CONTEXT0_PRE;
	if (!caps->supervisor_requests)
		reserved[1] |= VTD_SM_CONTEXT1_RID_PRIV;
	return vtd_trail_has(decoder->trail, reserved, 4);
}

enum vtd_condition
vtd_decode_scalable(const struct vtd_decoder *decoder, uint16_t sid,
		    struct vtd_walk_config *config, struct vtd_pasid_dir *dir)
{
	enum vtd_condition condition;
	uint64_t table;
	uint64_t address;
	uint64_t entry[4];

	condition = read_root(decoder, sid, &table);
	if (condition != VTD_CONDITION_NONE)
		return condition;
	address = table + (sid & 0x7f) * VTD_SM_CONTEXT_ENTRY_SIZE;
	vtd_trail_to(decoder->trail, VTD_STRUCTURE_SM_CONTEXT_ENTRY, 0,
		     address);
	if (!vtd_mem_read(decoder->mem, address, entry, 4))
		return VTD_SCT_1;
	vtd_trail_found(decoder->trail, entry, 4);
	config->context_fpd = (entry[0] & VTD_SM_CONTEXT0_FPD) != 0;
	config->fpd = config->context_fpd;
	if ((entry[0] & VTD_SM_CONTEXT0_P) == 0)
		return VTD_SCT_2;
	if (has_reserved_bits(decoder))
		return VTD_SCT_3;

	config->translation_requests = (entry[0] & VTD_SM_CONTEXT0_DTE) != 0;
	config->pasid_requests = (entry[0] & VTD_SM_CONTEXT0_PASIDE) != 0;
	config->page_requests = (entry[0] & VTD_SM_CONTEXT0_PRE) != 0;
	config->rid_privileged = (entry[1] & VTD_SM_CONTEXT1_RID_PRIV) != 0;
	dir->base = entry[0] & VTD_SM_CONTEXT0_PASIDDIRPTR;
	dir->pasids = UINT32_C(1)
		      << (vtd_field_get(entry[0], VTD_SM_CONTEXT0_PDTS) + 13);
	dir->rid_pasid =
		(uint32_t)vtd_field_get(entry[1], VTD_SM_CONTEXT1_RID_PASID);
	if (config->page_requests && !config->translation_requests)
		return VTD_SCT_4_1;
	if (dir->rid_pasid >= dir->pasids)
		return VTD_SCT_4_2;
	return VTD_CONDITION_NONE;
}
