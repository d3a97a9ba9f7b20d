/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Path 1: request -> root and context -> PASID -> walk -> result.
 */
#ifndef VTD_SRC_TRANSLATE_TRANSLATE_H
#define VTD_SRC_TRANSLATE_TRANSLATE_H

#include "cache/config_cache.h"
#include "report/report.h"
#include "trail.h"
#include "translate/walk_config.h"

struct vtd_unit;

/* Who asks, for what, and where the answer to "where?" goes. */
struct vtd_requester_query {
	struct vtd_requester requester;
	enum vtd_request_kind kind;
	struct vtd_trail *trail;
	bool look_only; /* what is decoded is not kept */
};

/*
 * The translation configuration of a requester, from the cache or decoded; with
 * the checks that belong to the requester and not to one address (SPEC 3.4 to
 * 3.6: steps 3 to 7 and 9).  The kind matters for what is enabled per kind of
 * request.  *config is set if the condition returned is none.
 */
struct vtd_fault vtd_requester_lookup(struct vtd_unit *unit,
				      const struct vtd_requester_query *query,
				      struct vtd_walk_config *config);

static inline enum vtd_request_kind
vtd_request_kind(const struct vtd_request *request)
{
	switch (request->type) {
	case VTD_AT_TRANSLATION:
		return VTD_KIND_TRANSLATION;
	case VTD_AT_TRANSLATED:
		return VTD_KIND_TRANSLATED;
	default:
		return VTD_KIND_UNTRANSLATED;
	}
}

enum vtd_look_kind {
	VTD_LOOK_REQUEST,
	VTD_LOOK_PROBE, /* no accessed or dirty bit is set */
	VTD_LOOK_ASIDE, /* the same, and caches are left alone */
};

/*
 * The whole path without its end: nothing is recorded.  The answer to those who
 * only look is what tables allow (vtd_unit_probe()); or, if there is a log for
 * every step, that of a request that is translated, by what is cached unless the
 * log is `bypassed`.
 */
struct vtd_fault vtd_look(struct vtd_unit *unit,
			  const struct vtd_request *request,
			  enum vtd_look_kind kind, struct vtd_trail_log *log,
			  struct vtd_translation *result);

static inline struct vtd_fault
vtd_translate(struct vtd_unit *unit, const struct vtd_request *request,
	      bool probe, struct vtd_translation *result)
{
	return vtd_look(unit, request,
			probe ? VTD_LOOK_PROBE : VTD_LOOK_REQUEST, NULL,
			result);
}

/* And with it, in a bracket. */
void vtd_translate_whole(struct vtd_unit *unit,
			 const struct vtd_request *request,
			 struct vtd_translation *result);

#endif /* VTD_SRC_TRANSLATE_TRANSLATE_H */
