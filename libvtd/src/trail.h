/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a look-up is: decoders and walkers note each structure that they read,
 * and what it has taken away.  A fault says so where it was found, and whoever
 * asks for an explanation gets every step (vtd/explain.h).  Nothing is decided
 * by a trail.
 */
#ifndef VTD_SRC_TRAIL_H
#define VTD_SRC_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vtd/explain.h>
#include <vtd/fault.h>
#include <vtd/spec/field.h>

/* VTD_STRUCTURE_CACHED_CONFIGURATION: PGTT as in a PASID entry, levels of both
 * stages, the flags of context and PASID entry; the PASID; the roots of the
 * first and the second stage. */
#define VTD_CONFIGURATION_WORDS 4
#define VTD_CONFIGURATION0_PGTT VTD_BITS(2, 0)
#define VTD_CONFIGURATION0_LEGACY VTD_BIT(3)
#define VTD_CONFIGURATION0_FIRST_LEVELS VTD_BITS(6, 4)
#define VTD_CONFIGURATION0_SECOND_LEVELS VTD_BITS(9, 7)
#define VTD_CONFIGURATION0_DTE VTD_BIT(10)
#define VTD_CONFIGURATION0_PASIDE VTD_BIT(11)
#define VTD_CONFIGURATION0_PRE VTD_BIT(12)
#define VTD_CONFIGURATION0_RID_PRIV VTD_BIT(13)
#define VTD_CONFIGURATION0_SRE VTD_BIT(14)
#define VTD_CONFIGURATION0_WPE VTD_BIT(15)
#define VTD_CONFIGURATION0_EAFE VTD_BIT(16)
#define VTD_CONFIGURATION0_SSADE VTD_BIT(17)
#define VTD_CONFIGURATION0_PWSNP VTD_BIT(18)
#define VTD_CONFIGURATION0_PGSNP VTD_BIT(19)
#define VTD_CONFIGURATION0_FPD VTD_BIT(20)
#define VTD_CONFIGURATION0_DID VTD_BITS(47, 32)
#define VTD_CONFIGURATION1_PASID VTD_BITS(19, 0)

/* VTD_STRUCTURE_CACHED_TRANSLATION: the page; rights and all else. */
#define VTD_CACHED_TRANSLATION_WORDS 2
#define VTD_CACHED_TRANSLATION1_R VTD_BIT(0)
#define VTD_CACHED_TRANSLATION1_W VTD_BIT(1)
#define VTD_CACHED_TRANSLATION1_D VTD_BIT(2)
#define VTD_CACHED_TRANSLATION1_SNP VTD_BIT(3)
#define VTD_CACHED_TRANSLATION1_SHIFT VTD_BITS(13, 8)

/* What an entry can take away from a request.  The place is that of the first
 * entry on the way that does. */
enum vtd_loss {
	VTD_LOSS_SECOND_STAGE_READ, /* of the second-stage walk under way */
	VTD_LOSS_SECOND_STAGE_WRITE,
	VTD_LOSS_FIRST_STAGE_WRITE,
	VTD_LOSS_FIRST_STAGE_USER,
	/* Of the first-stage entry that was read last: the second-stage entry
	 * that does not let it be written. */
	VTD_LOSS_TABLE_WRITE,
	VTD_LOSSES
};

/* Every step, in memory of whoever wants them. */
struct vtd_trail_log {
	struct vtd_step *step;
	size_t room;
	size_t count;  /* may be above `room` */
	bool bypassed; /* for steps to come */
	bool cached;   /* the configuration of the requester is */
	bool stale;    /* and is not what memory says */
};

struct vtd_trail {
	struct vtd_place place; /* the structure read last, or the one at fault */
	unsigned int lost;	/* set of 1 << enum vtd_loss */
	struct vtd_place loss[VTD_LOSSES];
	uint64_t words[VTD_STEP_WORDS]; /* of the structure read last */
	uint8_t for_level;		/* of second-stage entries to come */
	struct vtd_trail_log *log;	/* NULL: nobody asks */
};

/* Begin, or begin anew.  The places of losses are not cleared: `lost` says which
 * mean something. */
static inline void vtd_trail_begin(struct vtd_trail *trail,
				   struct vtd_trail_log *log)
{
	trail->place = (struct vtd_place){ 0 };
	trail->log = log;
	if (__builtin_expect(log != NULL, 0)) {
		log->count = 0;
		log->cached = false;
		log->stale = false;
	}
}

/* The same for a walk. */
static inline void vtd_trail_walk_begin(struct vtd_trail *trail)
{
	trail->lost = 0;
	trail->for_level = 0;
}

/* trail.c: the same for the log. */
void vtd_trail_log_to(struct vtd_trail *trail);
void vtd_trail_log_found(struct vtd_trail *trail, const uint64_t *words,
			 unsigned int count);
void vtd_trail_log_rights(struct vtd_trail *trail, unsigned int rights);
void vtd_trail_log_guest(struct vtd_trail *trail, uint64_t address);
void vtd_trail_log_sets(struct vtd_trail *trail, const struct vtd_place *entry,
			uint64_t bits);

static inline bool vtd_trail_is_logged(const struct vtd_trail *trail)
{
	return __builtin_expect(trail->log != NULL, 0);
}

/* A structure is about to be read. */
static inline void vtd_trail_to(struct vtd_trail *trail,
				enum vtd_structure structure,
				unsigned int level, uint64_t address)
{
	uint8_t for_level = structure == VTD_STRUCTURE_SECOND_STAGE_ENTRY ?
				    trail->for_level :
				    0;

	/* Member by member: the compiler makes fewer stores of it. */
	trail->place.address = address;
	trail->place.value = 0;
	trail->place.structure = structure;
	trail->place.level = (uint8_t)level;
	trail->place.for_level = for_level;
	trail->place.word = 0;
	trail->place.unreadable = true;
	if (vtd_trail_is_logged(trail))
		vtd_trail_log_to(trail);
}

/* What comes is about the request, and not about what was read. */
static inline void vtd_trail_leave(struct vtd_trail *trail)
{
	trail->place = (struct vtd_place){ .structure = VTD_STRUCTURE_NONE };
}

/* Something that is cached is used. */
static inline void vtd_trail_to_cached(struct vtd_trail *trail,
				       enum vtd_structure structure,
				       unsigned int level)
{
	vtd_trail_to(trail, structure, level, 0);
	trail->place.unreadable = false;
	if (vtd_trail_is_logged(trail))
		trail->log->cached = true;
}

/* It was read. */
static inline void vtd_trail_found(struct vtd_trail *trail,
				   const uint64_t *words, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		trail->words[i] = words[i];
	trail->place.value = words[0];
	trail->place.unreadable = false;
	if (vtd_trail_is_logged(trail))
		vtd_trail_log_found(trail, words, count);
}

/* The guest-physical address that led there. */
static inline void vtd_trail_guest(struct vtd_trail *trail, uint64_t address)
{
	if (vtd_trail_is_logged(trail))
		vtd_trail_log_guest(trail, address);
}

/* The entry takes this away. */
static inline void vtd_trail_lose(struct vtd_trail *trail, enum vtd_loss loss)
{
	if ((trail->lost >> loss & 1) != 0)
		return;
	trail->lost |= 1u << loss;
	trail->loss[loss] = trail->place;
}

/* What was lost in an earlier second-stage walk says nothing of the next. */
static inline void vtd_trail_second_stage_begin(struct vtd_trail *trail)
{
	trail->lost &= ~(1u << VTD_LOSS_SECOND_STAGE_READ |
			 1u << VTD_LOSS_SECOND_STAGE_WRITE);
}

/* It is a walk for a first-stage entry, which has no right to be written now. */
static inline void vtd_trail_keep_table_loss(struct vtd_trail *trail)
{
	trail->lost |= 1u << VTD_LOSS_TABLE_WRITE;
	trail->loss[VTD_LOSS_TABLE_WRITE] =
		trail->loss[VTD_LOSS_SECOND_STAGE_WRITE];
}

/* The fault is where this was lost. */
static inline void vtd_trail_blame(struct vtd_trail *trail, enum vtd_loss loss)
{
	if ((trail->lost >> loss & 1) != 0)
		trail->place = trail->loss[loss];
}

/* The fault is in that word of the structure read last. */
static inline void vtd_trail_point(struct vtd_trail *trail, unsigned int word)
{
	trail->place.word = (uint8_t)word;
	trail->place.value = trail->words[word];
}

/* trail.c: the fault is in this entry, in which these bits cannot be set. */
void vtd_trail_lacks(struct vtd_trail *trail, const struct vtd_place *entry,
		     uint64_t bits);

/* trail.c: what of that structure is wrong, a mask for each of its words. */
void vtd_trail_wrong(struct vtd_trail *trail, const uint64_t *bits,
		     unsigned int count);

/* Whether the structure read last has any of these bits: then the fault is
 * there. */
static inline bool vtd_trail_has(struct vtd_trail *trail, const uint64_t *bits,
				 unsigned int count)
{
	uint64_t has = 0;

	for (unsigned int i = 0; i < count; i++)
		has |= trail->words[i] & bits[i];
	if (has != 0)
		vtd_trail_wrong(trail, bits, count);
	return has != 0;
}

#endif /* VTD_SRC_TRAIL_H */
