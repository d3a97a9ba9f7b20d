/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A recording made smaller: calls are taken out, with all that the unit did in
 * them, as long as what is looked for is still there.  What is kept stays as it was
 * recorded, and all of it is still what the unit does.  A case that needs the queue,
 * which is one chain, begins late instead, with the state that the unit had.
 */
#ifndef VTD_REPLAY_SHRINK_H
#define VTD_REPLAY_SHRINK_H

#include "player.h"

#define SHRINK_PLAYS 2000 /* unless said otherwise */

struct shrink_goal {
	/*
	 * The record that the small recording ends with: it plays without a
	 * difference.  0: it ends with the record where the unit differs, and is
	 * the same difference as long as the same record is recorded and the unit
	 * does the very same instead: kind, values and bytes.
	 */
	uint64_t keep;
	uint64_t plays; /* at most */
};

struct shrink_result {
	bool done;	 /* there is a small recording */
	uint64_t before; /* records, to the end that is kept */
	uint64_t records;
	uint64_t plays;
	/* Why there is none; whether it could be smaller. */
	char text[PLAY_TEXT_MAX];
};

/* `from` is read more than once, so it has to be a file; so has `to`. */
void shrink(FILE *from, FILE *to, const struct shrink_goal *goal,
	    struct shrink_result *result);

/* Write records of a file as a recording of their own, with an end.  False: it
 * cannot be written. */
bool recording_copy(FILE *from, const struct recording_choice *choice,
		    FILE *to);

/*
 * Write records from..last of a file as a recording that begins with the state that
 * the unit has then.  No call is under way before `from`.  Returns how many records
 * it has; 0: that cannot be, or not be written.
 */
uint64_t recording_cut(FILE *file, uint64_t from, uint64_t last, FILE *to);

#endif /* VTD_REPLAY_SHRINK_H */
