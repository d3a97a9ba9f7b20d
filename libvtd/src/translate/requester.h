/* SPDX-License-Identifier: BSD-3-Clause */
/* vtd_requester_lookup() for those who must leave no trace in the counters. */
#ifndef VTD_SRC_TRANSLATE_REQUESTER_H
#define VTD_SRC_TRANSLATE_REQUESTER_H

#include "translate/suspects.h"
#include "translate/translate.h"

/* The same; *hit: it was cached. */
struct vtd_fault vtd_requester_find(struct vtd_unit *unit,
				    const struct vtd_requester_query *query,
				    struct vtd_walk_config *config, bool *hit);

/* vtd_requester_lookup() with what is cached by itself. */
struct vtd_fault vtd_requester_cached(struct vtd_unit *unit,
				      const struct vtd_requester_query *query,
				      struct vtd_walk_config *config,
				      const struct vtd_iotlb_view *view);

/* vtd_unit_requester(), which is not recorded, and keeps nothing if `look_only`. */
void vtd_requester_describe(struct vtd_unit *unit,
			    const struct vtd_requester *requester,
			    bool look_only, struct vtd_requester_info *info);

/* Whether the requester's privileged requests are let in (SPT.6). */
static inline bool
vtd_requester_may_be_privileged(const struct vtd_walk_config *config)
{
	return config->legacy || config->supervisor_requests;
}

#endif /* VTD_SRC_TRANSLATE_REQUESTER_H */
