/* SPDX-License-Identifier: BSD-3-Clause */
#include "shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

struct shrinker {
	const struct shrink_goal *goal;
	struct shrink_result *result;
	struct play_deed came; /* what the unit does at the end, if it differs */
	FILE *file;
	FILE *temporary; /* `file`, if it is ours */
	struct calls *calls;
	uint32_t left;	   /* records */
	uint32_t *offered; /* calls that may be taken out */
	uint32_t count;
};

static bool same_deed(const struct play_deed *a, const struct play_deed *b)
{
	return a->kind == b->kind && a->count == b->count &&
	       a->length == b->length && a->checksum == b->checksum &&
	       memcmp(a->value, b->value, a->count * sizeof(*a->value)) == 0;
}

/* --------------------------------------------------------------- One attempt */

static bool still_there(struct shrinker *s)
{
	const struct recording_choice choice = {
		.last = s->calls->records,
		.gone = s->calls->gone,
	};
	struct play_result played;

	rewind(s->file);
	play_choice(s->file, &choice, &played);
	if (played.number != s->left)
		return false;
	if (s->goal->keep != 0)
		return played.outcome == PLAY_SAME;
	return played.outcome == PLAY_DIFFERENT &&
	       same_deed(&played.came, &s->came);
}

static bool may_play(const struct shrinker *s)
{
	return s->result->plays < s->goal->plays;
}

static void set_taken(struct shrinker *s, const uint32_t *call, uint32_t count,
		      bool taken)
{
	for (uint32_t i = 0; i < count; i++)
		s->calls->call[call[i]].taken = taken;
	s->left = calls_update(s->calls);
}

/* Take these calls out, if what is looked for is still there then. */
static bool try_without(struct shrinker *s, const uint32_t *call,
			uint32_t count)
{
	if (count == 0 || !may_play(s))
		return false;
	set_taken(s, call, count, true);
	s->result->plays++;
	if (still_there(s))
		return true;
	set_taken(s, call, count, false);
	return false;
}

/* ------------------------------------------------------------------- Rounds */

/* The calls that are left to be taken out: inside of others, or not. */
static void offer(struct shrinker *s, bool inside)
{
	s->count = 0;
	for (uint32_t i = 1; i <= s->calls->count; i++) {
		const struct one_call *call = &s->calls->call[i];

		if (!call->kept && !call->gone && (call->inside != 0) == inside)
			s->offered[s->count++] = i;
	}
}

/* Brackets go in pairs. */
static bool is_of(unsigned int kind, unsigned int wanted)
{
	return kind == wanted ||
	       (wanted == VTD_RECORD_DMA_BEGIN && kind == VTD_RECORD_DMA_END);
}

/* All register reads, all page requests, ...: whoever looks for one thing seldom
 * needs all the others. */
static void without_kinds(struct shrinker *s)
{
	for (unsigned int kind = VTD_RECORD_READ; recording_is_call(kind);
	     kind += 2) {
		uint32_t count = 0;

		offer(s, false);
		for (uint32_t i = 0; i < s->count; i++)
			if (is_of(s->calls->call[s->offered[i]].kind, kind))
				s->offered[count++] = s->offered[i];
		try_without(s, s->offered, count);
	}
}

/* Ranges of so many calls, the last ones first: what is needed comes before what
 * needs it.  True: some went. */
static bool without_ranges(struct shrinker *s, bool inside, uint32_t size)
{
	bool some = false;

	offer(s, inside);
	for (uint32_t end = s->count; end > 0;) {
		uint32_t first = end > size ? end - size : 0;

		some |= try_without(s, s->offered + first, end - first);
		end = first;
	}
	return some;
}

/* What is left becomes a file of its own: plays get shorter.  False: it cannot be
 * written, or read again. */
static bool compact(struct shrinker *s)
{
	const struct recording_choice choice = {
		.last = s->calls->records,
		.gone = s->calls->gone,
	};
	FILE *file = tmpfile();
	struct calls *calls;

	if (file == NULL)
		return false;
	calls = recording_copy(s->file, &choice, file) ?
			calls_of(file, s->left) :
			NULL;
	if (calls == NULL) {
		fclose(file);
		return false;
	}
	calls_free(s->calls);
	if (s->temporary != NULL)
		fclose(s->temporary);
	s->calls = calls;
	s->file = file;
	s->temporary = file;
	return true;
}

/* All of them, halves, quarters, ... and single calls. */
static bool without_all_ranges(struct shrinker *s, bool inside)
{
	offer(s, inside);
	for (uint32_t size = s->count; size > 0; size /= 2) {
		without_ranges(s, inside, size);
		if (s->left < s->calls->records / 2 && !compact(s))
			return false;
	}
	return true;
}

static bool rounds(struct shrinker *s)
{
	s->offered = calloc(s->calls->count + 1, sizeof(*s->offered));
	if (s->offered == NULL)
		return false;
	s->left = calls_update(s->calls);
	without_kinds(s);
	if (!compact(s) || !without_all_ranges(s, false) ||
	    !without_all_ranges(s, true))
		return false;
	/* Until no single one can go. */
	while (may_play(s) &&
	       (without_ranges(s, false, 1) || without_ranges(s, true, 1)))
		;
	return true;
}

/* ------------------------------------------------------------------- The whole */

static void refuse(struct shrinker *s, const char *text)
{
	snprintf(s->result->text, sizeof(s->result->text), "%s", text);
}

/* What is looked for, and where: the number of its record; 0: refused. */
static uint64_t find(struct shrinker *s)
{
	uint64_t keep = s->goal->keep;
	const struct recording_choice choice = { .last = keep };
	struct play_result played;

	rewind(s->file);
	play_choice(s->file, keep != 0 ? &choice : NULL, &played);
	s->came = played.came;
	if (played.outcome == PLAY_BROKEN)
		refuse(s, played.text);
	else if (keep == 0 && played.outcome == PLAY_SAME)
		refuse(s, "it plays without a difference; --keep N says which "
			  "record the small one ends with");
	else if (keep != 0 && played.outcome == PLAY_DIFFERENT)
		refuse(s, "it differs before that record: shrink it without "
			  "--keep");
	else if (keep != 0 && played.number < keep)
		refuse(s, "it has no record with that number");
	else
		return played.number;
	return 0;
}

static bool write_result(struct shrinker *s, FILE *to)
{
	const struct recording_choice choice = {
		.last = s->calls->records,
		.gone = s->calls->gone,
	};

	return recording_copy(s->file, &choice, to);
}

static void shrink_to(struct shrinker *s, uint64_t last, FILE *to)
{
	struct shrink_result *result = s->result;

	result->before = last;
	s->calls = calls_of(s->file, last);
	if (s->calls == NULL)
		refuse(s, "no memory, or too many records or threads");
	else if (s->calls->call_of[last - 1] == CALLS_REMARK)
		refuse(s, "that record is a remark, which nothing depends on");
	else if (!rounds(s))
		refuse(s, "no memory, or no room for temporary files");
	else if (!write_result(s, to))
		refuse(s, "the small recording cannot be written");
	else
		result->done = true;
	result->records = s->left;
	if (result->done)
		refuse(s, may_play(s) ? "no call more can go" :
					"more plays could make it smaller");
}

void shrink(FILE *from, FILE *to, const struct shrink_goal *goal,
	    struct shrink_result *result)
{
	struct shrinker s = { .goal = goal, .result = result, .file = from };
	uint64_t last;

	*result = (struct shrink_result){ .done = false };
	last = find(&s);
	if (last != 0)
		shrink_to(&s, last, to);
	calls_free(s.calls);
	free(s.offered);
	if (s.temporary != NULL)
		fclose(s.temporary);
}
