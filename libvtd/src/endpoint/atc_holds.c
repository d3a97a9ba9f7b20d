/* SPDX-License-Identifier: BSD-3-Clause */
/* Open holds: in slots without a lock, and in lists when there are many. */
#include "atc_private.h"
#include "list.h"

/* Blocks of holds have 2^12, 2^21 or 2^30 bytes. */
#define SMALLEST_SHIFT 12u
#define LARGEST_SHIFT 30u
#define SHIFT_STEP 9u

bool vtd_atc_hold_is_under(const struct vtd_atc_hold *hold,
			   const struct vtd_atc_scope *scope)
{
	return hold->size_shift == VTD_ATC_BARRIER ||
	       vtd_atc_scope_touches(scope, &hold->access, hold->size_shift);
}

/* ------------------------------------------------------------------ slots */

/*
 * The hold in the slot, marked as seen, so that it stays; or NULL.  One that is
 * closed at this moment is not waited for, nor one that takes its place, for
 * that is younger than the invalidation.
 */
static struct vtd_atc_hold *see(struct vtd_atc *atc, struct vtd_atc_slot *slot)
{
	uintptr_t value = atomic_load(&slot->hold);
	struct vtd_atc_hold *hold =
		(struct vtd_atc_hold *)(value & ~VTD_ATC_HOLD_SEEN);

	if (!hold || value & VTD_ATC_HOLD_SEEN)
		return hold;
	if (!atomic_compare_exchange_strong(&slot->hold, &value,
					    value | VTD_ATC_HOLD_SEEN))
		return NULL;
	/* No invalidation has counted it so far. */
	hold->sequence = atc->sequence - 1;
	return hold;
}

/* Most are, most of the time. */
static bool shard_is_empty(struct vtd_atc_slot *shard)
{
	_Static_assert(VTD_ATC_SHARD_SLOTS == 4, "a line of the cache");
	return !(atomic_load(&shard[0].hold) | atomic_load(&shard[1].hold) |
		 atomic_load(&shard[2].hold) | atomic_load(&shard[3].hold));
}

static unsigned int shard_under(struct vtd_atc *atc, struct vtd_atc_slot *shard,
				const struct vtd_atc_scope *scope)
{
	unsigned int holds = 0;

	for (unsigned int i = 0; i < VTD_ATC_SHARD_SLOTS; i++) {
		struct vtd_atc_hold *hold = see(atc, &shard[i]);

		if (hold && vtd_atc_hold_is_under(hold, scope))
			holds++;
	}
	return holds;
}

static unsigned int slots_under(struct vtd_atc *atc,
				const struct vtd_atc_scope *scope)
{
	unsigned int holds = 0;

	for (unsigned int i = 0; i < VTD_ATC_SLOTS; i += VTD_ATC_SHARD_SLOTS)
		if (!shard_is_empty(&atc->slots[i]))
			holds += shard_under(atc, &atc->slots[i], scope);
	return holds;
}

/* ------------------------------------------------------------------ lists */

/* Neighbouring blocks of one size are in neighbouring lists. */
static struct vtd_atc_link *list_of(struct vtd_atc *atc, uint64_t block,
				    unsigned int shift)
{
	return &atc->holds[(block + shift) % VTD_ATC_HOLD_LISTS];
}

static void enter_list(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	struct vtd_atc_link *list = &atc->barriers;

	if (hold->size_shift != VTD_ATC_BARRIER)
		list = list_of(atc, hold->access.address >> hold->size_shift,
			       hold->size_shift);
	hold->slot = NULL;
	hold->sequence = atc->sequence;
	vtd_list_append(list, &hold->link);
	atc->listed++;
}

static unsigned int list_under(struct vtd_atc_link *list, unsigned int shift,
			       const struct vtd_atc_scope *scope)
{
	unsigned int holds = 0;

	VTD_LIST_EACH (link, list) {
		const struct vtd_atc_hold *hold =
			VTD_LIST_ENTRY(link, struct vtd_atc_hold, link);

		if (hold->size_shift == shift &&
		    vtd_atc_hold_is_under(hold, scope))
			holds++;
	}
	return holds;
}

/* Each list at most once for each size. */
static unsigned int lists_under(struct vtd_atc *atc,
				const struct vtd_atc_scope *scope)
{
	unsigned int holds = 0;

	if (!atc->listed)
		return 0;
	VTD_LIST_EACH (link, &atc->barriers)
		holds++;
	for (unsigned int shift = SMALLEST_SHIFT; shift <= LARGEST_SHIFT;
	     shift += SHIFT_STEP) {
		uint64_t first = scope->first >> shift;
		uint64_t more = (scope->last >> shift) - first;

		if (more >= VTD_ATC_HOLD_LISTS)
			more = VTD_ATC_HOLD_LISTS - 1;
		for (uint64_t i = 0; i <= more; i++)
			holds += list_under(list_of(atc, first + i, shift),
					    shift, scope);
	}
	return holds;
}

/* ------------------------------------------------------------------- both */

/* Another slot than the first that the thread tries; to look costs less than to
 * try. */
static bool enter_slot(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	unsigned int first = vtd_atc_first_slot();

	for (unsigned int i = 1; i < VTD_ATC_SLOTS; i++) {
		struct vtd_atc_slot *slot =
			&atc->slots[(first + i) % VTD_ATC_SLOTS];

		if (!atomic_load_explicit(&slot->hold, memory_order_relaxed) &&
		    vtd_atc_slot_enter(slot, hold))
			return true;
	}
	return false;
}

void vtd_atc_hold_open_beyond(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	if (enter_slot(atc, hold))
		return;
	pthread_mutex_lock(&atc->lock);
	enter_list(atc, hold);
	pthread_mutex_unlock(&atc->lock);
}

void vtd_atc_hold_open_locked(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	if (!vtd_atc_slot_enter(&atc->slots[vtd_atc_first_slot()], hold) &&
	    !enter_slot(atc, hold))
		enter_list(atc, hold);
}

void vtd_atc_hold_close_locked(struct vtd_atc *atc, struct vtd_atc_hold *hold)
{
	if (hold->slot) {
		atomic_store_explicit(&hold->slot->hold, 0,
				      memory_order_release);
	} else {
		vtd_list_remove(&hold->link);
		atc->listed--;
	}
}

unsigned int vtd_atc_holds_under(struct vtd_atc *atc,
				 const struct vtd_atc_scope *scope)
{
	return slots_under(atc, scope) + lists_under(atc, scope);
}
