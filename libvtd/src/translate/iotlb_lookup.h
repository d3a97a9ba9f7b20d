/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests and the IOTLB.  SPEC 6.2.4. */
#ifndef VTD_SRC_TRANSLATE_IOTLB_LOOKUP_H
#define VTD_SRC_TRANSLATE_IOTLB_LOOKUP_H

#include "cache/iotlb.h"
#include "translate/walk.h"

/* Who asks for what. */
struct vtd_iotlb_query {
	const struct vtd_request *request;
	const struct vtd_walk_config *config;
	bool privileged;
	unsigned int want; /* rights */
};

/* True: what is cached serves the request, and *page has it; *kind: how it was
 * translated.  A request that wants more than there is has to be walked. */
bool vtd_iotlb_lookup(struct vtd_iotlb *iotlb,
		      const struct vtd_iotlb_query *query,
		      struct vtd_page *page, enum vtd_walk_kind *kind);

/* Keep what came of it, as of this generation. */
void vtd_iotlb_fill(struct vtd_iotlb *iotlb, uint64_t generation,
		    const struct vtd_iotlb_query *query,
		    const struct vtd_page *page);

#endif /* VTD_SRC_TRANSLATE_IOTLB_LOOKUP_H */
