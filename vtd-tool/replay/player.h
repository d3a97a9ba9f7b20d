/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Playing a recording: a unit of its configuration gets the calls of the
 * recording, in its order, and what the recording's host gave it; all that it
 * does in turn is compared.
 *
 * The unit is a recorded one itself, so what it does comes as records that are
 * compared with the file's.  Each recorded thread that is in a call has a thread
 * here, and each waits until the next record is its own: so calls and callbacks of
 * different threads are as interleaved as they were.
 */
#ifndef VTD_REPLAY_PLAYER_H
#define VTD_REPLAY_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "recording.h"

#define PLAY_TEXT_MAX 1600

enum play_outcome {
	PLAY_SAME,	/* to its end, or to `until` */
	PLAY_DIFFERENT, /* the unit does something else */
	PLAY_BROKEN,	/* it is not one that can be played */
};

/* What a unit did, apart from the bytes, of which there is a checksum. */
struct play_deed {
	unsigned int kind;
	unsigned int count;
	uint64_t value[VTD_RECORD_VALUES_MAX];
	size_t length;
	uint32_t checksum;
};

struct play_result {
	enum play_outcome outcome;
	/* The record where it stopped; of a whole recording the last one. */
	uint64_t number;
	/* Why, in words; what the recording's end says, if it is the same. */
	char text[PLAY_TEXT_MAX];
	/* PLAY_DIFFERENT: what came instead of the record. */
	struct play_deed came;
};

/* `until`: stop before the record with this number; 0: at the end. */
void play(FILE *file, uint64_t until, struct play_result *result);

/* Of a recording some records only. */
void play_choice(FILE *file, const struct recording_choice *choice,
		 struct play_result *result);

/* Who looks at a unit where a play has stopped. */
struct play_look {
	void *opaque;
	/* What look() makes the unit read; as memory_read() of vtd/host.h. */
	int (*read)(void *opaque, uint64_t address, void *buffer,
		    size_t length);
	/* `next`: the record that is not played any more.  Only what is not
	 * recorded of a unit may be called (vtd/record.h). */
	void (*look)(void *opaque, struct vtd_unit *unit,
		     const struct vtd_record *next);
};

/* play() that stops before the record, and calls look() if it has come there. */
void play_and_look(FILE *file, uint64_t until, const struct play_look *look,
		   struct play_result *result);

#endif /* VTD_REPLAY_PLAYER_H */
