/* SPDX-License-Identifier: BSD-3-Clause */
/* The log of a trail. */
#include "trail.h"

/* The step under way, if there is one and room for it. */
static struct vtd_step *step_of(const struct vtd_trail_log *log)
{
	return log->count - 1 < log->room ? &log->step[log->count - 1] : NULL;
}

void vtd_trail_log_to(struct vtd_trail *trail)
{
	struct vtd_trail_log *log = trail->log;
	struct vtd_step *step;

	log->count++;
	step = step_of(log);
	if (step != NULL)
		*step = (struct vtd_step){
			.structure = trail->place.structure,
			.level = trail->place.level,
			.for_level = trail->place.for_level,
			.bypassed = log->bypassed,
			.address = trail->place.address,
		};
}

void vtd_trail_log_found(struct vtd_trail *trail, const uint64_t *words,
			 unsigned int count)
{
	struct vtd_step *step = step_of(trail->log);

	if (step == NULL)
		return;
	step->words = (uint8_t)count;
	for (unsigned int i = 0; i < count; i++)
		step->word[i] = words[i];
}

void vtd_trail_log_rights(struct vtd_trail *trail, unsigned int rights)
{
	struct vtd_step *step = step_of(trail->log);

	if (step != NULL)
		step->rights = (uint8_t)rights;
}

void vtd_trail_log_guest(struct vtd_trail *trail, uint64_t address)
{
	struct vtd_step *step = step_of(trail->log);

	if (step == NULL)
		return;
	step->guest = true;
	step->guest_address = address;
}

/* The first word that is wrong is the place. */
void vtd_trail_wrong(struct vtd_trail *trail, const uint64_t *bits,
		     unsigned int count)
{
	struct vtd_step *step = trail->log ? step_of(trail->log) : NULL;

	for (unsigned int i = count; i-- > 0;) {
		uint64_t wrong = trail->words[i] & bits[i];

		if (wrong != 0)
			vtd_trail_point(trail, i);
		if (step != NULL)
			step->error[i] |= wrong;
	}
}

static bool is_step_of(const struct vtd_step *step,
		       const struct vtd_place *entry)
{
	return step->structure == entry->structure &&
	       step->address == entry->address;
}

void vtd_trail_lacks(struct vtd_trail *trail, const struct vtd_place *entry,
		     uint64_t bits)
{
	const struct vtd_trail_log *log = trail->log;

	trail->place = *entry;
	if (log == NULL)
		return;
	for (size_t i = 0; i < log->count && i < log->room; i++)
		if (is_step_of(&log->step[i], entry))
			log->step[i].error[0] = bits & ~entry->value;
}

/* Second-stage entries are met again where tables share them. */
void vtd_trail_log_sets(struct vtd_trail *trail, const struct vtd_place *entry,
			uint64_t bits)
{
	const struct vtd_trail_log *log = trail->log;

	for (size_t i = 0; i < log->count && i < log->room; i++)
		if (is_step_of(&log->step[i], entry))
			log->step[i].sets |= bits;
}
