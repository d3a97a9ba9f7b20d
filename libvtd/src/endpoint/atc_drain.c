/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Holds and invalidations: who waits for whom.  PCIe ATS, invalidate
 * completion: it is sent only after nothing uses the old translations any more.
 */
#include <errno.h>

#include "atc_private.h"
#include "list.h"

#define PAGE_MASK UINT64_C(0xfff)
#define PAGE_SHIFT 12u

void vtd_atc_hold_open(struct vtd_atc *atc, const struct vtd_atc_access *access,
		       bool barrier, struct vtd_atc_hold *hold)
{
	*hold = (struct vtd_atc_hold){
		.access = *access,
		.sequence = atc->sequence,
		.barrier = barrier,
	};
	vtd_list_append(&atc->holds, &hold->link);
}

void vtd_atc_barrier(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	const struct vtd_atc_access nothing = { 0 };

	pthread_mutex_lock(&atc->lock);
	vtd_atc_hold_open(atc, &nothing, true, hold);
	pthread_mutex_unlock(&atc->lock);
}

static bool covers(const struct vtd_atc_scope *scope,
		   const struct vtd_atc_hold *hold)
{
	return hold->barrier ||
	       vtd_atc_scope_touches(scope, &hold->access, hold->size_shift);
}

/* Take `hold` off the invalidations that counted it; those for which it was the
 * last one move to `finished`. */
static void count_off(struct vtd_atc *atc, const struct vtd_atc_hold *hold,
		      struct vtd_atc_link *finished)
{
	struct vtd_atc_link *link = atc->pending.next;

	while (link != &atc->pending) {
		struct vtd_atc_pending *pending =
			VTD_LIST_ENTRY(link, struct vtd_atc_pending, link);

		link = link->next;
		if (hold->sequence >= pending->sequence ||
		    !covers(&pending->scope, hold) || --pending->holds)
			continue;
		vtd_list_remove(&pending->link);
		vtd_list_append(finished, &pending->link);
	}
}

/* The slot is free again before `done` runs, which may need one. */
static void complete(struct vtd_atc *atc, struct vtd_atc_pending *pending)
{
	vtd_atc_done *done = pending->done;
	void *opaque = pending->opaque;

	vtd_list_remove(&pending->link);
	pthread_mutex_lock(&atc->lock);
	vtd_list_append(&atc->unused, &pending->link);
	pthread_mutex_unlock(&atc->lock);
	done(opaque);
}

void vtd_atc_release(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	struct vtd_atc_link finished;

	vtd_list_init(&finished);
	pthread_mutex_lock(&atc->lock);
	vtd_list_remove(&hold->link);
	count_off(atc, hold, &finished);
	pthread_mutex_unlock(&atc->lock);

	while (!vtd_list_empty(&finished))
		complete(atc, VTD_LIST_ENTRY(finished.next,
					     struct vtd_atc_pending, link));
}

static struct vtd_atc_scope
scope_of(const struct vtd_device_tlb_invalidation *invalidation)
{
	struct vtd_atc_scope scope = {
		.first = invalidation->first & ~PAGE_MASK,
		.last = invalidation->last | PAGE_MASK,
		.every_tag = !invalidation->pasid_present ||
			     invalidation->global,
		.pasid = invalidation->pasid,
	};

	if (invalidation->first > invalidation->last) {
		scope.first = 0;
		scope.last = UINT64_MAX;
	}
	return scope;
}

/* Shrink what the fills under way may bring back. */
static void spoil_fills(struct vtd_atc *atc, const struct vtd_atc_scope *scope)
{
	VTD_LIST_EACH (link, &atc->fills) {
		struct vtd_atc_fill *fill =
			VTD_LIST_ENTRY(link, struct vtd_atc_fill, link);

		while (fill->clean_shift >= PAGE_SHIFT &&
		       vtd_atc_scope_touches(scope, &fill->access,
					     fill->clean_shift))
			fill->clean_shift--;
		if (fill->clean_shift < PAGE_SHIFT)
			fill->clean_shift = 0;
	}
}

/* Drop what `scope` covers; returns how many holds are open on it. */
static unsigned int drop(struct vtd_atc *atc, const struct vtd_atc_scope *scope)
{
	unsigned int holds = 0;

	atc->sequence++;
	atc->counters.invalidations++;
	atc->counters.invalidated_entries +=
		vtd_atc_array_remove(&atc->array, scope);
	spoil_fills(atc, scope);
	VTD_LIST_EACH (link, &atc->holds) {
		if (covers(scope,
			   VTD_LIST_ENTRY(link, struct vtd_atc_hold, link)))
			holds++;
	}
	return holds;
}

int vtd_atc_invalidate(struct vtd_atc *atc,
		       const struct vtd_device_tlb_invalidation *invalidation,
		       vtd_atc_done *done, void *opaque)
{
	const struct vtd_atc_scope scope = scope_of(invalidation);
	unsigned int holds;
	int error = 0;

	pthread_mutex_lock(&atc->lock);
	holds = drop(atc, &scope);
	if (holds && done && vtd_list_empty(&atc->unused)) {
		error = -EBUSY;
	} else if (holds && done) {
		struct vtd_atc_pending *pending = VTD_LIST_ENTRY(
			atc->unused.next, struct vtd_atc_pending, link);

		vtd_list_remove(&pending->link);
		pending->scope = scope;
		pending->sequence = atc->sequence;
		pending->holds = holds;
		pending->done = done;
		pending->opaque = opaque;
		vtd_list_append(&atc->pending, &pending->link);
	}
	pthread_mutex_unlock(&atc->lock);

	if (!holds && done)
		done(opaque);
	return error;
}

void vtd_atc_flush(struct vtd_atc *atc)
{
	const struct vtd_device_tlb_invalidation everything = {
		.last = UINT64_MAX,
	};

	vtd_atc_invalidate(atc, &everything, NULL, NULL);
}
