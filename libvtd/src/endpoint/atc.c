/* SPDX-License-Identifier: BSD-3-Clause */
/* The ATC's making, look-ups and fills. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "atc_find.h"
#include "atc_private.h"
#include "list.h"
#include "sized.h"

#define PAGE_SHIFT 12
#define SHIFT_MAX 63
#define ENTRIES_MAX (1u << 20)
#define WAYS_MAX 64u
#define GROUPS_MAX (1u << 20)
/* None has this number. */
#define ANY_EPOCH 0u
/* How often a look-up begins anew at most. */
#define LOOKS_MAX 4u

static const struct vtd_atc_config defaults = {
	.size = sizeof(struct vtd_atc_config),
	.entries = 256,
	.ways = 8,
	.page_sizes = VTD_PAGE_4K | VTD_PAGE_2M | VTD_PAGE_1G,
	.pasid_groups = 256,
};

void vtd_atc_config_init_sized(struct vtd_atc_config *config, size_t size)
{
	vtd_sized_init(config, size, &defaults, sizeof(defaults));
}

static bool is_power_of_two(unsigned int value)
{
	return value && !(value & (value - 1));
}

static const char *check(const struct vtd_atc_config *config)
{
	const unsigned int sizes = VTD_PAGE_4K | VTD_PAGE_2M | VTD_PAGE_1G;

	if (config->entries < 1 || config->entries > ENTRIES_MAX)
		return "entries must be 1..2^20";
	if (config->ways < 1 || config->ways > WAYS_MAX)
		return "ways must be 1..64";
	if (config->entries % config->ways ||
	    !is_power_of_two(config->entries / config->ways))
		return "entries / ways must be a power of two";
	if (!(config->page_sizes & VTD_PAGE_4K) || config->page_sizes & ~sizes)
		return "page_sizes must be VTD_PAGE_4K, and may be _2M and _1G";
	if (config->pasid_groups > GROUPS_MAX ||
	    !is_power_of_two(config->pasid_groups))
		return "pasid_groups must be a power of two, 1..2^20";
	return NULL;
}

/* The program's configuration with the defaults; why it cannot be, or NULL. */
static const char *take(struct vtd_atc_config *config,
			const struct vtd_atc_config *program)
{
	const char *reason;

	*config = defaults;
	reason = vtd_sized_take(config, sizeof(*config), program);
	return reason ? reason : check(config);
}

const char *vtd_atc_config_check(const struct vtd_atc_config *config)
{
	struct vtd_atc_config known;

	return take(&known, config);
}

int vtd_atc_create(const struct vtd_atc_config *config, struct vtd_atc **out)
{
	struct vtd_atc_config known;
	struct vtd_atc *atc;

	if (take(&known, config))
		return -EINVAL;
	atc = aligned_alloc(_Alignof(struct vtd_atc), sizeof(*atc));
	if (!atc)
		return -ENOMEM;
	memset(atc, 0, sizeof(*atc));
	if (vtd_atc_array_init(&atc->array, &known)) {
		free(atc);
		return -ENOMEM;
	}
	atomic_init(&atc->epoch, 1);
	pthread_mutex_init(&atc->lock, NULL);
	vtd_list_init(&atc->barriers);
	for (unsigned int i = 0; i < VTD_ATC_HOLD_LISTS; i++)
		vtd_list_init(&atc->holds[i]);
	vtd_list_init(&atc->fills);
	vtd_list_init(&atc->waiting);
	*out = atc;
	return 0;
}

void vtd_atc_destroy(struct vtd_atc *atc)
{
	if (!atc)
		return;
	pthread_mutex_destroy(&atc->lock);
	vtd_atc_array_free(&atc->array);
	free(atc);
}

/* What the hold says; all of it before it is opened, for then others look. */
static INLINE void describe(struct vtd_atc_hold *hold,
			    const struct vtd_atc_page *page, uint64_t address)
{
	uint64_t offset = address & ((UINT64_C(1) << page->shift) - 1);

	hold->address = page->address | offset;
	hold->size_shift = page->shift;
	hold->read = page->rights & VTD_ACCESS_READ ? true : false;
	hold->write = page->rights & VTD_ACCESS_WRITE ? true : false;
	hold->snoop = page->snoop;
	hold->access.address = address;
}

static INLINE void describe_found(struct vtd_atc_hold *hold,
				  const struct vtd_atc_page *page,
				  const struct vtd_atc_access *access)
{
	describe(hold, page, access->address);
	hold->access.pasid_present = access->pasid_present;
	hold->access.pasid = access->pasid;
}

/* Returns how many there have been. */
static INLINE uint64_t count_hit(struct vtd_atc *atc, struct vtd_atc_slot *slot)
{
	struct vtd_atc_hits *hits;
	uint64_t before;

	if (!slot)
		return atomic_fetch_add_explicit(&atc->other_hits, 1,
						 memory_order_relaxed);
	hits = &atc->hits[slot - atc->slots];
	before = atomic_load_explicit(&hits->count, memory_order_relaxed);
	atomic_store_explicit(&hits->count, before + 1, memory_order_relaxed);
	return before;
}

/*
 * Why no look-up finds what an invalidation has dropped without being waited
 * for.  The look-up enters its hold into a slot, then looks whether the entry is
 * still there and no group dropped.  The invalidation drops, then looks into the
 * slots.  All four are sequentially consistent: if the look-up did not see the
 * drop, it came before it in their order, and so did its hold.  The same goes
 * for the epoch.  With a hold in a list the lock does it.
 */
static INLINE bool confirm(struct vtd_atc *atc, uint64_t epoch,
			   const struct vtd_atc_access *access,
			   const struct vtd_atc_found *found)
{
	return vtd_atc_confirm(&atc->array, access, found) &&
	       (epoch == ANY_EPOCH || vtd_atc_epoch(atc) == epoch);
}

/* What remains of a hit. */
static INLINE void note_hit(struct vtd_atc *atc, struct vtd_atc_slot *slot,
			    const struct vtd_atc_found *found)
{
	if ((count_hit(atc, slot) & atc->array.marks_mask) == 0)
		vtd_atc_mark_used(&atc->array, found);
}

/* All of a look-up. */
static bool __attribute__((noinline))
lookup_whole(struct vtd_atc *atc, uint64_t epoch,
	     const struct vtd_atc_access *access, struct vtd_atc_hold *hold)
{
	struct vtd_atc_found found;

	/* If others in its line change, another look may find it. */
	for (unsigned int i = 0; i < LOOKS_MAX; i++) {
		if (!vtd_atc_find(&atc->array, access, &found))
			break;
		describe_found(hold, &found.page, access);
		vtd_atc_hold_open(atc, hold);
		if (confirm(atc, epoch, access, &found)) {
			note_hit(atc, hold->slot, &found);
			return true;
		}
		vtd_atc_release(atc, hold);
	}
	atomic_fetch_add_explicit(&atc->misses, 1, memory_order_relaxed);
	return false;
}

static bool __attribute__((noinline))
lookup_anew(struct vtd_atc *atc, uint64_t epoch,
	    const struct vtd_atc_access *access, struct vtd_atc_hold *hold)
{
	vtd_atc_release(atc, hold);
	return lookup_whole(atc, epoch, access, hold);
}

/* The slot is taken: another will do for what was found, if it is there still. */
static bool __attribute__((noinline))
lookup_beyond(struct vtd_atc *atc, uint64_t epoch,
	      const struct vtd_atc_access *access, struct vtd_atc_hold *hold,
	      struct vtd_atc_place place)
{
	struct vtd_atc_found found;

	if (!vtd_atc_find_again(access, place, &found))
		return lookup_whole(atc, epoch, access, hold);
	describe_found(hold, &found.page, access);
	vtd_atc_hold_open_beyond(atc, hold);
	if (!confirm(atc, epoch, access, &found))
		return lookup_anew(atc, epoch, access, hold);
	note_hit(atc, hold->slot, &found);
	return true;
}

/*
 * A small page that is there, by a thread whose slot is free.  The rest is left to
 * others, and they are called last: what happens before locked instructions has to
 * be written back first, registers that calls would have to keep among it.
 */
static INLINE bool lookup(struct vtd_atc *atc, uint64_t epoch,
			  const struct vtd_atc_access *access,
			  struct vtd_atc_hold *hold)
{
	struct vtd_atc_slot *slot = vtd_atc_likely_slot(atc);
	struct vtd_atc_found found;

	if (UNLIKELY(!slot) ||
	    UNLIKELY(!vtd_atc_find_likely(&atc->array, access, &found)))
		return lookup_whole(atc, epoch, access, hold);
	describe_found(hold, &found.page, access);
	if (UNLIKELY(!vtd_atc_slot_enter(slot, hold)))
		return lookup_beyond(atc, epoch, access, hold, found.place);
	if (UNLIKELY(!confirm(atc, epoch, access, &found)))
		return lookup_anew(atc, epoch, access, hold);
	note_hit(atc, slot, &found);
	return true;
}

bool vtd_atc_lookup_in(struct vtd_atc *atc, uint64_t epoch,
		       const struct vtd_atc_access *access,
		       struct vtd_atc_hold *hold)
{
	return lookup(atc, epoch, access, hold);
}

bool vtd_atc_lookup(struct vtd_atc *atc, const struct vtd_atc_access *access,
		    struct vtd_atc_hold *hold)
{
	return lookup(atc, ANY_EPOCH, access, hold);
}

void vtd_atc_fill_begin(struct vtd_atc *atc,
			const struct vtd_atc_access *access,
			struct vtd_atc_fill *fill)
{
	fill->access = vtd_atc_normalised(access);
	fill->clean_shift = SHIFT_MAX;
	pthread_mutex_lock(&atc->lock);
	vtd_list_append(&atc->fills, &fill->link);
	pthread_mutex_unlock(&atc->lock);
}

/* Whether there is something that accesses can go through. */
static bool usable(const struct vtd_translation *translation)
{
	return translation && translation->status == VTD_STATUS_SUCCESS &&
	       (translation->read || translation->write) &&
	       !translation->untranslated_only &&
	       translation->size_shift >= PAGE_SHIFT;
}

/* The translation cut down to one block that the array can hold. */
static struct vtd_atc_page page_from(const struct vtd_atc *atc,
				     const struct vtd_translation *translation)
{
	unsigned int shift =
		vtd_atc_array_page_shift(&atc->array, translation->size_shift);
	unsigned int rights = (translation->read ? VTD_ACCESS_READ : 0) |
			      (translation->write ? VTD_ACCESS_WRITE : 0);

	return (struct vtd_atc_page){
		.address = translation->address >> shift << shift,
		.shift = shift,
		.rights = (enum vtd_access)rights,
		.snoop = translation->snoop,
	};
}

/*
 * The whole translation counts for the race, not just the part that is kept:
 * one address in a large page is enough to invalidate the page.
 */
static bool fill_is_void(const struct vtd_atc_fill *fill,
			 const struct vtd_translation *translation)
{
	unsigned int shift = PAGE_SHIFT;

	if (usable(translation))
		shift = translation->size_shift;
	return (shift < SHIFT_MAX ? shift : SHIFT_MAX) > fill->clean_shift;
}

enum vtd_atc_filled vtd_atc_fill(struct vtd_atc *atc, struct vtd_atc_fill *fill,
				 const struct vtd_translation *translation,
				 struct vtd_atc_hold *hold)
{
	enum vtd_atc_filled filled = VTD_ATC_FILL_NO_ACCESS;

	pthread_mutex_lock(&atc->lock);
	vtd_list_remove(&fill->link);
	if (fill_is_void(fill, translation)) {
		atc->counters.discarded_fills++;
		filled = VTD_ATC_FILL_DISCARDED;
	} else if (usable(translation)) {
		const struct vtd_atc_page page = page_from(atc, translation);

		atc->counters.fills++;
		if (vtd_atc_array_insert(&atc->array, &fill->access, &page))
			atc->counters.evictions++;
		if (vtd_atc_rights_suffice(fill->access.access, page.rights)) {
			describe(hold, &page, fill->access.address);
			hold->access.pasid_present = fill->access.pasid_present;
			hold->access.pasid = fill->access.pasid;
			vtd_atc_hold_open_locked(atc, hold);
			filled = VTD_ATC_FILL_HELD;
		}
	}
	pthread_mutex_unlock(&atc->lock);
	return filled;
}

static uint64_t hits_of(struct vtd_atc *atc)
{
	uint64_t hits = atomic_load(&atc->other_hits);

	for (unsigned int i = 0; i < VTD_ATC_SLOTS; i++)
		hits += atomic_load_explicit(&atc->hits[i].count,
					     memory_order_relaxed);
	return hits;
}

void vtd_atc_counters(struct vtd_atc *atc, struct vtd_atc_counters *counters,
		      size_t size)
{
	struct vtd_atc_counters copy;

	pthread_mutex_lock(&atc->lock);
	copy = atc->counters;
	copy.searched_entries = atc->array.searched;
	pthread_mutex_unlock(&atc->lock);
	copy.hits = hits_of(atc);
	copy.misses = atomic_load(&atc->misses);
	memset(counters, 0, size);
	memcpy(counters, &copy, size < sizeof(copy) ? size : sizeof(copy));
}
