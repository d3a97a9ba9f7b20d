/* SPDX-License-Identifier: BSD-3-Clause */
/* One look at a request, from its arrival to its answer or its fault. */
#ifndef VTD_SRC_TRANSLATE_PATH_H
#define VTD_SRC_TRANSLATE_PATH_H

#include "report/report.h"
#include "trail.h"
#include "translate/iotlb_lookup.h"
#include "translate/walk_config.h"
#include "unit.h"

/* A request on its way. */
struct vtd_path {
	struct vtd_unit *unit;
	const struct vtd_request *request;
	enum vtd_request_kind kind;
	bool probe; /* leave no trace */
	struct vtd_trail *trail;
	struct vtd_trail_log *log; /* for an explanation; else NULL */
	struct vtd_epoch epoch;
	/* The unit was reset or loaded, or translation went off, before all was
	 * known of the requester: that is not to be used. */
	bool stale;
	/* GSTS as it was when the request came: what was let in with translation
	 * on must not pass as if it were off. */
	uint32_t status;
	struct vtd_iotlb_view view; /* to look into and to fill, if any */
	struct vtd_walk_config config;
	struct vtd_translation *result;
	unsigned int extent; /* a fault is that of 2^extent bytes around */
};

/* The question is what tables allow, for whole blocks, and not what one request
 * gets: vtd_unit_probe(). */
static inline bool vtd_path_asks_for_tables(const struct vtd_path *path)
{
	return path->probe && !vtd_trail_is_logged(path->trail);
}

/* All of it but what a fault makes of the result.  path->result is that of a request
 * that passes; *path has what no look has found out yet. */
struct vtd_fault vtd_path_follow(struct vtd_path *path);

#endif /* VTD_SRC_TRANSLATE_PATH_H */
