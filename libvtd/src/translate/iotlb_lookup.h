/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests and the IOTLB.  SPEC 6.2.4. */
#ifndef VTD_SRC_TRANSLATE_IOTLB_LOOKUP_H
#define VTD_SRC_TRANSLATE_IOTLB_LOOKUP_H

#include "cache/iotlb.h"
#include "translate/suspects.h"
#include "translate/walk.h"

/* Who asks for what. */
struct vtd_iotlb_query {
	const struct vtd_request *request;
	const struct vtd_walk_config *config;
	bool privileged;
	unsigned int want; /* rights */
	struct vtd_trail *trail;
};

/* What is asked of tables when a request is not served. */
struct vtd_iotlb_memory {
	const struct vtd_mem *mem;
	const struct vtd_config *caps;
	/* What became of the requester: its tables may be there no more. */
	enum vtd_condition requester;
};

/* A look begins: what is invalidated from here on is not kept. */
static inline void vtd_iotlb_view_begin(struct vtd_iotlb_view *view)
{
	if (view->iotlb != NULL)
		view->generation = vtd_iotlb_generation(view->iotlb);
	if (view->suspects != NULL)
		view->suspects->count = 0;
}

/* True: what is cached serves the request, and *page has it.  One that wants more
 * than there is has to be walked. */
bool vtd_iotlb_lookup(const struct vtd_iotlb_view *view,
		      const struct vtd_iotlb_query *query,
		      const struct vtd_iotlb_memory *memory,
		      struct vtd_page *page);

/* Keep what came of it. */
void vtd_iotlb_fill(const struct vtd_iotlb_view *view,
		    const struct vtd_iotlb_query *query,
		    const struct vtd_page *page);

#endif /* VTD_SRC_TRANSLATE_IOTLB_LOOKUP_H */
