/* SPDX-License-Identifier: BSD-3-Clause */
/* What is cached of context and PASID entries, as a step of an explanation. */
#include <string.h>

#include "translate/decode.h"

static uint64_t flag(bool on, uint64_t bit)
{
	return on ? bit : 0;
}

static uint64_t type_of(const struct vtd_walk_config *config)
{
	static const uint64_t types[] = {
		[VTD_WALK_PASS_THROUGH] = VTD_PGTT_PASS_THROUGH,
		[VTD_WALK_FIRST_STAGE] = VTD_PGTT_FIRST_STAGE,
		[VTD_WALK_SECOND_STAGE] = VTD_PGTT_SECOND_STAGE,
		[VTD_WALK_NESTED] = VTD_PGTT_NESTED,
	};

	return types[config->kind];
}

static bool has_first_stage(const struct vtd_walk_config *config)
{
	return config->kind == VTD_WALK_FIRST_STAGE ||
	       config->kind == VTD_WALK_NESTED;
}

static bool has_second_stage(const struct vtd_walk_config *config)
{
	return config->kind == VTD_WALK_SECOND_STAGE ||
	       config->kind == VTD_WALK_NESTED;
}

static uint64_t flags_of(const struct vtd_walk_config *config)
{
	return flag(config->legacy, VTD_CONFIGURATION0_LEGACY) |
	       flag(config->translation_requests, VTD_CONFIGURATION0_DTE) |
	       flag(config->pasid_requests, VTD_CONFIGURATION0_PASIDE) |
	       flag(config->page_requests, VTD_CONFIGURATION0_PRE) |
	       flag(config->rid_privileged, VTD_CONFIGURATION0_RID_PRIV) |
	       flag(config->supervisor_requests, VTD_CONFIGURATION0_SRE) |
	       flag(config->write_protect, VTD_CONFIGURATION0_WPE) |
	       flag(config->extended_accessed, VTD_CONFIGURATION0_EAFE) |
	       flag(config->second_stage_ad, VTD_CONFIGURATION0_SSADE) |
	       flag(config->page_walk_snoop, VTD_CONFIGURATION0_PWSNP) |
	       flag(config->page_snoop, VTD_CONFIGURATION0_PGSNP) |
	       flag(config->fpd, VTD_CONFIGURATION0_FPD);
}

/* Of a stage that is not used an entry says nothing, whatever its fields are. */
static void words_of(const struct vtd_walk_config *config, uint64_t *words)
{
	words[0] = vtd_field_make(VTD_CONFIGURATION0_PGTT, type_of(config)) |
		   vtd_field_make(VTD_CONFIGURATION0_DID, config->did) |
		   flags_of(config);
	words[1] = vtd_field_make(VTD_CONFIGURATION1_PASID, config->pasid);
	words[2] = 0;
	words[3] = 0;
	if (has_first_stage(config)) {
		words[0] |= vtd_field_make(VTD_CONFIGURATION0_FIRST_LEVELS,
					   4u + config->first_stage_5_level);
		words[2] = config->first_stage_root;
	}
	if (has_second_stage(config)) {
		words[0] |= vtd_field_make(VTD_CONFIGURATION0_SECOND_LEVELS,
					   config->second_stage_levels);
		words[3] = config->second_stage_root;
	}
}

void vtd_configuration_note(struct vtd_trail *trail,
			    const struct vtd_walk_config *config)
{
	uint64_t words[VTD_CONFIGURATION_WORDS];

	vtd_trail_to_cached(trail, VTD_STRUCTURE_CACHED_CONFIGURATION, 0);
	if (!vtd_trail_is_logged(trail))
		return;
	words_of(config, words);
	vtd_trail_log_found(trail, words, VTD_CONFIGURATION_WORDS);
}

bool vtd_configuration_equal(const struct vtd_walk_config *memory,
			     const struct vtd_walk_config *cached)
{
	uint64_t a[VTD_CONFIGURATION_WORDS];
	uint64_t b[VTD_CONFIGURATION_WORDS];

	words_of(memory, a);
	words_of(cached, b);
	return memcmp(a, b, sizeof(a)) == 0;
}
