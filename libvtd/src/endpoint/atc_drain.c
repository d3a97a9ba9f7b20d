/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Holds and invalidations: who waits for whom.  PCIe ATS, invalidate
 * completion: it is sent only after nothing uses the old translations any more.
 */
#include "atc_private.h"
#include "list.h"

#define PAGE_SHIFT 12u

void vtd_atc_barrier(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	hold->size_shift = VTD_ATC_BARRIER;
	vtd_atc_hold_open(atc, hold);
}

/* Take `hold` off the invalidations that counted it; those for which it was the
 * last one move to `finished`. */
static void count_off(struct vtd_atc *atc, const struct vtd_atc_hold *hold,
		      struct vtd_atc_link *finished)
{
	struct vtd_atc_link *link = atc->waiting.next;

	while (link != &atc->waiting) {
		struct vtd_atc_invalidation *invalidation =
			VTD_LIST_ENTRY(link, struct vtd_atc_invalidation, link);

		link = link->next;
		if (hold->sequence >= invalidation->sequence ||
		    !vtd_atc_hold_is_under(hold, &invalidation->scope) ||
		    --invalidation->holds)
			continue;
		vtd_list_remove(&invalidation->link);
		vtd_list_append(finished, &invalidation->link);
		invalidation->state = VTD_ATC_FINISHED;
	}
}

/* Its memory may be gone, or be used anew, as soon as `done` runs. */
static void complete(struct vtd_atc *atc,
		     struct vtd_atc_invalidation *invalidation)
{
	const struct vtd_device_tlb_invalidation request =
		invalidation->request;
	vtd_atc_done *done = invalidation->done;
	void *opaque = invalidation->opaque;

	vtd_list_remove(&invalidation->link);
	invalidation->state = VTD_ATC_IDLE;
	pthread_mutex_unlock(&atc->lock);
	done(opaque, &request);
	pthread_mutex_lock(&atc->lock);
}

/* Somebody may wait for it, or it has no slot. */
static void __attribute__((noinline))
release_locked(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	struct vtd_atc_link finished;

	vtd_list_init(&finished);
	pthread_mutex_lock(&atc->lock);
	vtd_atc_hold_close_locked(atc, hold);
	count_off(atc, hold, &finished);
	/* Under the lock: one that is given again leaves the list. */
	while (!vtd_list_empty(&finished))
		complete(atc,
			 VTD_LIST_ENTRY(finished.next,
					struct vtd_atc_invalidation, link));
	pthread_mutex_unlock(&atc->lock);
}

void vtd_atc_release(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	if (!vtd_atc_slot_leave(hold))
		release_locked(atc, hold);
}

static struct vtd_atc_scope
scope_of(const struct vtd_device_tlb_invalidation *request, unsigned int shift)
{
	const uint64_t mask = (UINT64_C(1) << shift) - 1;
	struct vtd_atc_scope scope = {
		.first = request->first & ~mask,
		.last = request->last | mask,
		.every_tag = !request->pasid_present || request->global,
		.pasid = request->pasid,
	};

	if (request->first > request->last) {
		scope.first = 0;
		scope.last = UINT64_MAX;
	}
	return scope;
}

static struct vtd_atc_scope scope_around(const struct vtd_atc_scope *a,
					 const struct vtd_atc_scope *b)
{
	return (struct vtd_atc_scope){
		.first = a->first < b->first ? a->first : b->first,
		.last = a->last > b->last ? a->last : b->last,
		.every_tag = a->every_tag || b->every_tag ||
			     a->pasid != b->pasid,
		.pasid = a->pasid,
	};
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

static void drop(struct vtd_atc *atc, const struct vtd_atc_scope *scope)
{
	atc->sequence++;
	atc->counters.invalidations++;
	atc->counters.invalidated_entries +=
		vtd_atc_array_remove(&atc->array, scope);
	spoil_fills(atc, scope);
}

/*
 * Let `invalidation` wait for the holds under `scope`, and go on waiting for
 * those it waits for already.  Returns whether `done` is to be called by the
 * caller: there is nothing to wait for, and no other thread is about to.
 */
static bool wait_for_holds(struct vtd_atc *atc,
			   const struct vtd_atc_scope *scope,
			   struct vtd_atc_invalidation *invalidation)
{
	invalidation->scope =
		invalidation->state == VTD_ATC_WAITING ?
			scope_around(scope, &invalidation->scope) :
			*scope;
	invalidation->sequence = atc->sequence;
	invalidation->holds = vtd_atc_holds_under(atc, &invalidation->scope);
	if (!invalidation->holds)
		return invalidation->state == VTD_ATC_IDLE;
	if (invalidation->state != VTD_ATC_IDLE)
		vtd_list_remove(&invalidation->link);
	vtd_list_append(&atc->waiting, &invalidation->link);
	invalidation->state = VTD_ATC_WAITING;
	return false;
}

void vtd_atc_invalidate_rounded(
	struct vtd_atc *atc, const struct vtd_device_tlb_invalidation *request,
	unsigned int shift, struct vtd_atc_invalidation *invalidation)
{
	const struct vtd_atc_scope scope = scope_of(request, shift);
	vtd_atc_done *done = NULL;
	void *opaque = NULL;

	pthread_mutex_lock(&atc->lock);
	drop(atc, &scope);
	if (invalidation && invalidation->done) {
		invalidation->request = *request;
		if (wait_for_holds(atc, &scope, invalidation)) {
			done = invalidation->done;
			opaque = invalidation->opaque;
		}
	}
	pthread_mutex_unlock(&atc->lock);

	if (done)
		done(opaque, request);
}

void vtd_atc_invalidate(struct vtd_atc *atc,
			const struct vtd_device_tlb_invalidation *request,
			struct vtd_atc_invalidation *invalidation)
{
	vtd_atc_invalidate_rounded(atc, request, PAGE_SHIFT, invalidation);
}

void vtd_atc_flush(struct vtd_atc *atc)
{
	const struct vtd_atc_scope everything = {
		.last = UINT64_MAX,
		.every_tag = true,
	};

	pthread_mutex_lock(&atc->lock);
	drop(atc, &everything);
	atomic_fetch_add(&atc->epoch, 1);
	pthread_mutex_unlock(&atc->lock);
}
