/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Path 1: request -> root and context -> PASID -> walk -> result.
 */
#ifndef VTD_SRC_TRANSLATE_TRANSLATE_H
#define VTD_SRC_TRANSLATE_TRANSLATE_H

#include "cache/config_cache.h"
#include "report/report.h"
#include "translate/walk_config.h"

struct vtd_unit;

/*
 * The translation configuration of a requester, from the cache or decoded; with
 * the checks that belong to the requester and not to one address (SPEC 3.4 to
 * 3.6: steps 3 to 7 and 9).  `kind` matters for what is enabled per kind of
 * request.  *config is set if the condition returned is none.
 */
struct vtd_fault vtd_requester_lookup(struct vtd_unit *unit,
				      const struct vtd_requester *requester,
				      enum vtd_request_kind kind,
				      struct vtd_walk_config *config);

/* The whole path without its end: nothing is recorded.  `probe`: no accessed
 * or dirty bit is set either. */
struct vtd_fault vtd_translate(struct vtd_unit *unit,
			       const struct vtd_request *request, bool probe,
			       struct vtd_translation *result);

/* And with it, in a bracket. */
void vtd_translate_whole(struct vtd_unit *unit,
			 const struct vtd_request *request,
			 struct vtd_translation *result);

#endif /* VTD_SRC_TRANSLATE_TRANSLATE_H */
