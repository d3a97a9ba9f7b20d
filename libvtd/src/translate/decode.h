/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Table formats -> walk configuration.  Each decoder fetches one structure,
 * checks it (SPEC chapter 9 and 7.1.3), and adds what it says to the
 * configuration; FPD is noted before anything that it qualifies.
 */
#ifndef VTD_SRC_TRANSLATE_DECODE_H
#define VTD_SRC_TRANSLATE_DECODE_H

#include <vtd/spec/tables.h>
#include <vtd/vtd.h>

#include "mem.h"
#include "trail.h"
#include "translate/plain.h"
#include "translate/walk_config.h"

/* Where to read and what the unit can do. */
struct vtd_decoder {
	const struct vtd_mem *mem;
	const struct vtd_config *caps;
	struct vtd_trail *trail;
	uint64_t root; /* RTADDR in force */
};

/* legacy.c: root and context entry. */
enum vtd_condition vtd_decode_legacy(const struct vtd_decoder *decoder,
				     uint16_t sid,
				     struct vtd_walk_config *config);

/* scalable.c: root and context entry. */
enum vtd_condition
vtd_decode_scalable(const struct vtd_decoder *decoder, uint16_t sid,
		    struct vtd_walk_config *config, struct vtd_pasid_dir *dir);

/* pasid.c: directory and table entry of config->pasid. */
enum vtd_condition vtd_decode_pasid(const struct vtd_decoder *decoder,
				    const struct vtd_pasid_dir *dir,
				    struct vtd_walk_config *config);

/* configuration.c: the trail leads to what is cached of entries; and whether
 * memory says the same. */
void vtd_configuration_note(struct vtd_trail *trail,
			    const struct vtd_walk_config *config);
bool vtd_configuration_equal(const struct vtd_walk_config *memory,
			     const struct vtd_walk_config *cached);

/* plain.c: the same for the plain walk. */
void vtd_plain_of(const struct vtd_config *caps,
		  const struct vtd_walk_config *config,
		  struct vtd_plain *plain);

/* Address bits that no host-physical address of this unit has. */
static inline uint64_t vtd_beyond_haw(const struct vtd_config *caps)
{
	return UINT64_MAX << caps->host_address_width;
}

/* Whether a field with the AW encoding has a supported value; the levels of the
 * tables are AW + 2, their width is 30 + 9 * AW. */
static inline bool vtd_aw_is_supported(const struct vtd_config *caps,
				       uint64_t aw)
{
	return aw >= 1 && aw <= 3 && (caps->address_widths >> aw & 1) != 0;
}

/* min(MGAW, AW) of tables with so many levels: the width of the addresses that
 * go into second-stage tables. */
static inline unsigned int vtd_second_stage_width(const struct vtd_config *caps,
						  unsigned int levels)
{
	unsigned int width = 12 + 9 * levels;

	return width < caps->guest_address_width ? width :
						   caps->guest_address_width;
}

/* The largest page of this unit: what a device can expect to cache. */
static inline unsigned int vtd_largest_page(const struct vtd_config *caps)
{
	if (caps->first_stage_1g_pages || caps->second_stage_1g_pages)
		return 30;
	if (caps->first_stage || caps->second_stage_2m_pages)
		return 21;
	return VTD_PAGE_SHIFT;
}

#endif /* VTD_SRC_TRANSLATE_DECODE_H */
