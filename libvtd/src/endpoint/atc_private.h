/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside an ATC: the array, and the lists by which an invalidation finds the
 * holds it has to wait for and the fills it makes void.
 *
 * Invalidations and holds are ordered by `sequence`: an invalidation waits for
 * the holds that were opened before it, counts them once, and each hold knows
 * on release whom it was counted by.
 */
#ifndef VTD_SRC_ENDPOINT_ATC_PRIVATE_H
#define VTD_SRC_ENDPOINT_ATC_PRIVATE_H

#include <pthread.h>

#include "atc_array.h"

/* An invalidation that waits for holds. */
struct vtd_atc_pending {
	struct vtd_atc_link link;
	struct vtd_atc_scope scope;
	uint64_t sequence;
	unsigned int holds; /* still open */
	vtd_atc_done *done;
	void *opaque;
};

struct vtd_atc {
	/* For everything below. */
	pthread_mutex_t lock;
	struct vtd_atc_array array;
	/* Of the latest invalidation. */
	uint64_t sequence;
	struct vtd_atc_link holds;
	struct vtd_atc_link fills;
	struct vtd_atc_link pending;
	struct vtd_atc_link unused;
	struct vtd_atc_pending *pending_pool;
	struct vtd_atc_counters counters;
};

/* Open a hold that later invalidations see.  With the lock held. */
void vtd_atc_hold_open(struct vtd_atc *atc, const struct vtd_atc_access *access,
		       bool barrier, struct vtd_atc_hold *hold);

#endif /* VTD_SRC_ENDPOINT_ATC_PRIVATE_H */
