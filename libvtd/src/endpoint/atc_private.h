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
#include <stdatomic.h>

#include "atc_array.h"

/* Life of a struct vtd_atc_invalidation. */
enum vtd_atc_invalidation_state {
	VTD_ATC_IDLE,	  /* the caller's */
	VTD_ATC_WAITING,  /* for holds */
	VTD_ATC_FINISHED, /* the thread of the last hold is about to call done */
};

struct vtd_atc {
	/* For everything below. */
	pthread_mutex_t lock;
	struct vtd_atc_array array;
	/* Of the latest invalidation. */
	uint64_t sequence;
	struct vtd_atc_link holds;
	struct vtd_atc_link fills;
	struct vtd_atc_link waiting; /* invalidations */
	struct vtd_atc_counters counters;
	/* Counts flushes, from 1; changes under the lock. */
	atomic_uint_fast64_t epoch;
};

/*
 * What the owner began before a flush must open no hold after it.  Fills are
 * made void by the flush; a look-up fails if `epoch` is over.
 */
uint64_t vtd_atc_epoch(struct vtd_atc *atc);
bool vtd_atc_lookup_in(struct vtd_atc *atc, uint64_t epoch,
		       const struct vtd_atc_access *access,
		       struct vtd_atc_hold *hold);

/* Open a hold that later invalidations see.  With the lock held. */
void vtd_atc_hold_open(struct vtd_atc *atc, const struct vtd_atc_access *access,
		       bool barrier, struct vtd_atc_hold *hold);

/* vtd_atc_invalidate() that rounds the range outwards to 2^shift bytes. */
void vtd_atc_invalidate_rounded(
	struct vtd_atc *atc, const struct vtd_device_tlb_invalidation *request,
	unsigned int shift, struct vtd_atc_invalidation *invalidation);

#endif /* VTD_SRC_ENDPOINT_ATC_PRIVATE_H */
