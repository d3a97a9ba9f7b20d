/* SPDX-License-Identifier: BSD-3-Clause */
#include "shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <vtd/spec/regs.h>

#include "calls.h"

/* Writes that set a unit up. */
#define SET_UP_MAX 256

struct shrinker {
	const struct shrink_goal *goal;
	struct shrink_result *result;
	struct play_deed came; /* what the unit does at the end, if it differs */
	FILE *file;
	FILE *temporary; /* `file`, if it is ours */
	struct calls *calls;
	uint32_t left;	   /* records */
	uint8_t *phase;	   /* of struct recording_choice */
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

static struct recording_choice choice_of(const struct shrinker *s)
{
	return (struct recording_choice){
		.last = s->calls->records,
		.gone = s->calls->gone,
		.phase = s->phase,
	};
}

/* Whether it is what is looked for, with so many records. */
static bool is_it(const struct shrinker *s, const struct play_result *played,
		  uint64_t records)
{
	if (played->number != records)
		return false;
	if (s->goal->keep != 0)
		return played->outcome == PLAY_SAME;
	return played->outcome == PLAY_DIFFERENT &&
	       same_deed(&played->came, &s->came);
}

static bool still_there(struct shrinker *s)
{
	const struct recording_choice choice = choice_of(s);
	struct play_result played;

	memset(s->phase, PHASE_NONE, s->calls->records);
	rewind(s->file);
	play_choice(s->file, &choice, &played);
	return is_it(s, &played, s->left);
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

/* The first write of each value to each register, but for the tail of the
 * invalidation queue. */
struct set_up {
	struct {
		uint64_t offset;
		uint64_t value;
	} seen[SET_UP_MAX];
	unsigned int count;
};

static bool sets_up(struct set_up *set_up, const struct one_call *call)
{
	if (call->kind != VTD_RECORD_WRITE || call->about == VTD_REG_IQT ||
	    set_up->count == SET_UP_MAX)
		return false;
	for (unsigned int i = 0; i < set_up->count; i++)
		if (set_up->seen[i].offset == call->about &&
		    set_up->seen[i].value == call->value)
			return false;
	set_up->seen[set_up->count].offset = call->about;
	set_up->seen[set_up->count].value = call->value;
	set_up->count++;
	return true;
}

/* The call that the last record is in, 0: none. */
static uint32_t last_call(const struct shrinker *s)
{
	return s->calls->call_of[s->calls->records - 1];
}

/* How many requests of the device that filled caches are not taken out. */
struct fillers {
	unsigned int first;
	unsigned int last;
};

static bool same_device(const struct one_call *a, const struct one_call *b)
{
	return (a->about & CALLS_REQUEST) != 0 &&
	       ((a->about ^ b->about) & (CALLS_REQUEST | 0xffff)) == 0;
}

/* Of those that are offered leave out these, and the last one with the PASID of the
 * last call. */
static void leave_fillers(struct shrinker *s, struct fillers fillers)
{
	const struct one_call *last = &s->calls->call[last_call(s)];
	bool pasid = true;

	for (uint32_t i = s->count; i-- > 0;) {
		const struct one_call *call = &s->calls->call[s->offered[i]];
		bool left = false;

		if (!call->fills || !same_device(last, call))
			continue;
		if (fillers.last > 0) {
			fillers.last--;
			left = true;
		}
		if (pasid && call->about == last->about) {
			pasid = false;
			left = true;
		}
		if (left)
			s->offered[i] = 0;
	}
	for (uint32_t i = 0; i < s->count && fillers.first > 0; i++) {
		const struct one_call *call = &s->calls->call[s->offered[i]];

		if (s->offered[i] != 0 && call->fills &&
		    same_device(last, call)) {
			fillers.first--;
			s->offered[i] = 0;
		}
	}
}

/* All but what sets the unit up, and requests that can have filled its caches for
 * the last one. */
static bool without_others(struct shrinker *s, struct fillers fillers)
{
	struct set_up set_up = { .count = 0 };
	uint32_t count = 0;

	offer(s, false);
	leave_fillers(s, fillers);
	for (uint32_t i = 0; i < s->count; i++)
		if (s->offered[i] != 0 &&
		    !sets_up(&set_up, &s->calls->call[s->offered[i]]))
			s->offered[count++] = s->offered[i];
	return try_without(s, s->offered, count);
}

/* The queue is one chain: of what was written to its tail nothing in the middle
 * can go.  So look for a case that needs none of it. */
static bool without_queue(struct shrinker *s)
{
	static const struct fillers fillers[] = {
		{ 0, 0 }, { 1, 0 }, { 0, 1 }, { 1, 1 },
		{ 2, 2 }, { 0, 8 }, { 8, 0 }, { 8, 8 },
	};

	if (last_call(s) == 0)
		return false;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
		if (without_others(s, fillers[i]))
			return true;
	return false;
}

/* Work on another file from now on, which becomes ours. */
static void take_file(struct shrinker *s, FILE *file, struct calls *calls)
{
	calls_free(s->calls);
	if (s->temporary != NULL)
		fclose(s->temporary);
	s->calls = calls;
	s->file = file;
	s->temporary = file;
	s->left = calls_update(calls);
}

/* Whether what is looked for is still there if only these are left. */
static bool is_in(struct shrinker *s, FILE *file, struct calls *calls)
{
	struct shrinker other = *s;

	other.file = file;
	other.calls = calls;
	other.left = calls_update(calls);
	return still_there(&other);
}

/* Have all before this call be a state, which says less to who reads it: so it has to
 * be worth while.  Nothing has been taken out. */
static bool begin_with(struct shrinker *s, const struct one_call *call)
{
	struct calls *calls = NULL;
	uint64_t records = 0;
	FILE *file;

	if (s->calls->records - call->first >= s->calls->records / 2)
		return false;
	file = may_play(s) ? tmpfile() : NULL;
	if (file == NULL)
		return false;
	s->result->plays += 2;
	records = recording_cut(s->file, call->first, s->calls->records, file);
	if (records != 0 && records < s->calls->records / 2)
		calls = calls_of(file, records);
	if (calls != NULL && is_in(s, file, calls)) {
		take_file(s, file, calls);
		return true;
	}
	calls_free(calls);
	fclose(file);
	return false;
}

/* A case that needs the queue, but not from its beginning on: begin with the last
 * call, the last two, four, ...  What was cached then is not there. */
static void without_past(struct shrinker *s)
{
	s->count = 0;
	for (uint32_t i = 2; i <= s->calls->count; i++)
		if (s->calls->call[i].alone)
			s->offered[s->count++] = i;
	for (uint32_t back = 1; back <= s->count; back *= 2)
		if (begin_with(s, &s->calls->call[s->offered[s->count - back]]))
			return;
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

/* With phases as they are now. */
static bool write_left(struct shrinker *s, FILE *to)
{
	const struct recording_choice choice = choice_of(s);

	return still_there(s) && recording_copy(s->file, &choice, to);
}

/* What is left becomes a file of its own: plays get shorter.  False: it cannot be
 * written, or read again. */
static bool compact(struct shrinker *s)
{
	FILE *file = tmpfile();
	struct calls *calls;

	if (file == NULL)
		return false;
	calls = write_left(s, file) ? calls_of(file, s->left) : NULL;
	if (calls == NULL) {
		fclose(file);
		return false;
	}
	take_file(s, file, calls);
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

static bool prepare(struct shrinker *s)
{
	s->offered = calloc(s->calls->count + 1, sizeof(*s->offered));
	s->phase = malloc(s->calls->records + 1);
	s->left = calls_update(s->calls);
	return s->offered != NULL && s->phase != NULL;
}

static bool rounds(struct shrinker *s)
{
	if (!without_queue(s))
		without_past(s);
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

/* The file is played once more, as anybody will. */
static bool write_result(struct shrinker *s, FILE *to)
{
	struct play_result played;

	if (!compact(s))
		return false;
	rewind(s->file);
	play(s->file, 0, &played);
	return is_it(s, &played, s->left) && write_left(s, to);
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
	else if (!prepare(s))
		refuse(s, "no memory");
	else if (!still_there(s))
		refuse(s, "a phase is what differs, and that depends on all "
			  "that was before");
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
	free(s.phase);
	if (s.temporary != NULL)
		fclose(s.temporary);
}
