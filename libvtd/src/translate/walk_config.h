/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the table formats end in: one neutral configuration for the walkers.
 * Legacy and scalable mode look the same behind it.
 */
#ifndef VTD_SRC_TRANSLATE_WALK_CONFIG_H
#define VTD_SRC_TRANSLATE_WALK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

enum vtd_walk_kind {
	VTD_WALK_PASS_THROUGH,
	VTD_WALK_FIRST_STAGE,
	VTD_WALK_SECOND_STAGE,
	VTD_WALK_NESTED,
};

struct vtd_walk_config {
	uint8_t kind;	  /* enum vtd_walk_kind */
	bool legacy;	  /* legacy-mode fault conditions */
	bool fpd;	  /* FPD=1 in an entry on the way */
	bool context_fpd; /* FPD=1 in the context entry */
	bool first_stage_5_level;
	uint8_t second_stage_levels; /* 3, 4 or 5 */
	/* Rights to ask (context entry). */
	bool translation_requests; /* DTE, or TT=01 in legacy mode */
	bool pasid_requests;	   /* PASIDE */
	bool page_requests;	   /* PRE */
	/* PASID entry. */
	bool supervisor_requests; /* SRE */
	bool write_protect;	  /* WPE */
	bool extended_accessed;	  /* EAFE */
	bool second_stage_ad;	  /* SSADE */
	bool page_walk_snoop;	  /* PWSNP and SMPWCS: A/D can be updated */
	bool page_snoop;	  /* PGSNP */
	bool rid_privileged;	  /* RID_PRIV */
	uint16_t did;
	uint32_t pasid;		    /* the tag: the request's, or RID_PASID */
	uint64_t first_stage_root;  /* HPA, or GPA when nested */
	uint64_t second_stage_root; /* HPA */
};

/* Where a scalable-mode context entry leads to. */
struct vtd_pasid_dir {
	uint64_t base;
	uint32_t pasids; /* PASIDs below this are in it */
	uint32_t rid_pasid;
};

#endif /* VTD_SRC_TRANSLATE_WALK_CONFIG_H */
