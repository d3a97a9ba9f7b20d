/* SPDX-License-Identifier: BSD-3-Clause */
/* What first_stage.c and second_stage.c check, as masks.  SPEC 9.7, 9.8. */
#include "translate/plain.h"

#include <vtd/spec/tables.h>

#include "translate/decode.h"

static uint64_t root_of(uint64_t table, unsigned int levels, bool pages_2m,
			bool pages_1g)
{
	return table | (VTD_PAGE_SHIFT + 9 * (levels - 1)) |
	       (pages_2m ? VTD_PLAIN_ROOT_2M : 0) |
	       (pages_1g ? VTD_PLAIN_ROOT_1G : 0);
}

static void first_stage(const struct vtd_config *caps,
			const struct vtd_walk_config *config,
			struct vtd_plain_stage *stage)
{
	unsigned int levels = config->first_stage_5_level ? 5 : 4;
	uint64_t beyond = config->kind == VTD_WALK_NESTED ?
				  UINT64_MAX << vtd_second_stage_width(
					  caps, config->second_stage_levels) :
				  vtd_beyond_haw(caps);

	stage->root = root_of(config->first_stage_root, levels, true,
			      caps->first_stage_1g_pages);
	stage->half = UINT64_C(1) << (12 + 9 * levels - 1);
	stage->beyond = UINT64_MAX << (12 + 9 * levels);
	stage->table_zero = VTD_FS_ADDRESS & beyond;
	stage->leaf_zero = stage->table_zero;
	stage->one = VTD_FS_P | VTD_FS_A |
		     (config->extended_accessed ? VTD_FS_EA : 0);
	stage->dirty = VTD_FS_D;
}

static void second_stage(const struct vtd_config *caps,
			 const struct vtd_walk_config *config,
			 struct vtd_plain_stage *stage)
{
	unsigned int levels = config->second_stage_levels;
	uint64_t reserved = (VTD_SS_ADDRESS & vtd_beyond_haw(caps)) |
			    (caps->transient_mapping ? 0 : VTD_SS_RESERVED);

	stage->root = root_of(config->second_stage_root, levels,
			      caps->second_stage_2m_pages,
			      caps->second_stage_1g_pages);
	stage->beyond = UINT64_MAX << vtd_second_stage_width(caps, levels);
	stage->table_zero = reserved | VTD_SS_SNP;
	stage->leaf_zero = reserved | (caps->snoop_control ? 0 : VTD_SS_SNP);
	stage->one = config->second_stage_ad ? VTD_SS_A : 0;
	stage->dirty = config->second_stage_ad ? VTD_SS_D : 0;
}

static uint64_t stages_of(const struct vtd_walk_config *config)
{
	switch (config->kind) {
	case VTD_WALK_FIRST_STAGE:
		return VTD_PLAIN_FIRST_STAGE;
	case VTD_WALK_SECOND_STAGE:
		return VTD_PLAIN_SECOND_STAGE;
	case VTD_WALK_NESTED:
		return VTD_PLAIN_FIRST_STAGE | VTD_PLAIN_SECOND_STAGE;
	default:
		return 0;
	}
}

void vtd_plain_of(const struct vtd_config *caps,
		  const struct vtd_walk_config *config, struct vtd_plain *plain)
{
	*plain = (struct vtd_plain){ .flags = stages_of(config) };
	if ((plain->flags & VTD_PLAIN_FIRST_STAGE) != 0)
		first_stage(caps, config, &plain->first);
	if ((plain->flags & VTD_PLAIN_SECOND_STAGE) != 0)
		second_stage(caps, config, &plain->second);
	if (config->translation_requests)
		plain->flags |= VTD_PLAIN_TRANSLATION_REQUESTS;
	if (config->legacy || config->supervisor_requests)
		plain->flags |= VTD_PLAIN_PRIVILEGED_REQUESTS;
	if (config->rid_privileged)
		plain->flags |= VTD_PLAIN_RID_PRIVILEGED;
	if (config->write_protect)
		plain->flags |= VTD_PLAIN_WRITE_PROTECT;
	if (config->page_snoop)
		plain->flags |= VTD_PLAIN_SNOOP;
}
