/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A recording that begins late: the state of the unit then is loaded, instead of all
 * that led to it.  What was cached is not in a state (vtd_unit_save()).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "player_private.h"
#include "record/stream.h"
#include "shrink.h"

struct cut {
	struct vtd_stream stream;
	uint64_t records; /* that were written */
	struct known *known;
	size_t size;
	uint8_t state[VTD_STATE_SIZE_MAX];
};

static int to_file(void *sink, const void *bytes, size_t length)
{
	return fwrite(bytes, 1, length, sink) == length ? 0 : -EIO;
}

static int read_known(void *opaque, uint64_t address, void *buffer,
		      size_t length)
{
	const struct cut *cut = opaque;

	return known_read(cut->known, address, buffer, length);
}

/* Nothing is recorded of a player that is over. */
static void take_state(void *opaque, struct vtd_unit *unit,
		       const struct vtd_record *next)
{
	struct cut *cut = opaque;

	(void)next;
	cut->size = vtd_unit_save(unit, cut->state, sizeof(cut->state));
}

static void put(struct cut *cut, const struct vtd_record *record)
{
	vtd_stream_put(&cut->stream, record);
	cut->records++;
}

/* What the unit does that loads the state; the file has an end of its own. */
static void put_deed(void *sink, const struct vtd_record *record)
{
	if (record->kind != VTD_RECORD_END)
		put(sink, record);
}

static uint64_t no_time(void *sink)
{
	(void)sink;
	return 0;
}

/* With the host of a player that is over: it has memory, and nothing calls back. */
static bool put_load(struct cut *cut, const struct vtd_record *config_record)
{
	const struct play_look look = { .opaque = cut, .read = read_known };
	const struct vtd_recorder recorder = {
		.size = sizeof(recorder),
		.sink = cut,
		.record = put_deed,
		.clock = no_time,
	};
	struct player player = { .over = true, .look = &look };
	struct worker worker = { .player = &player };
	struct vtd_config config;
	struct vtd_host_ops ops;
	struct vtd_unit *unit;
	bool loaded = false;

	player_take_config(config_record, &config, &ops);
	if (vtd_unit_create_check(&config, &ops) != NULL)
		return false;
	pthread_mutex_init(&player.lock, NULL);
	pthread_cond_init(&player.known, NULL);
	if (vtd_unit_create_recorded(&config, &ops, &player, &recorder,
				     &unit) == 0) {
		this_worker = &worker;
		loaded = cut->size <= sizeof(cut->state) &&
			 vtd_unit_load(unit, cut->state, cut->size, NULL) == 0;
		vtd_unit_destroy(unit);
		this_worker = NULL;
	}
	free(player.tickets[0].value);
	pthread_cond_destroy(&player.known);
	pthread_mutex_destroy(&player.lock);
	return loaded;
}

/* The state, then the records from this one on. */
static bool put_all(struct cut *cut, struct recording *recording, uint64_t from)
{
	struct vtd_record record;
	struct vtd_record end = {
		.kind = VTD_RECORD_END,
		.count = 1,
		.value = (const uint64_t[]){ VTD_RECORD_ENDED },
	};

	if (recording_next(recording, &record) != RECORDING_RECORD ||
	    !put_load(cut, &record))
		return false;
	while (recording_next(recording, &record) == RECORDING_RECORD) {
		if (recording_number(recording) < from ||
		    record.kind >= VTD_RECORD_REMARK)
			continue;
		put(cut, &record);
		end.thread = record.thread;
		end.time = record.time;
	}
	vtd_stream_put(&cut->stream, &end);
	vtd_stream_flush(&cut->stream);
	return !cut->stream.ended;
}

/* What is needed of the records before `from`. */
static bool know(struct cut *cut, FILE *file, uint64_t from)
{
	const struct play_look look = {
		.opaque = cut,
		.read = read_known,
		.look = take_state,
	};
	struct play_result played;

	rewind(file);
	cut->known = known_of(file, from);
	if (cut->known == NULL)
		return false;
	rewind(file);
	play_and_look(file, from, &look, &played);
	return played.outcome == PLAY_SAME && cut->size > 0;
}

static bool make(struct cut *cut, FILE *file, uint64_t from, uint64_t last,
		 FILE *to)
{
	const struct recording_choice choice = { .last = last };
	const struct vtd_recorder recorder = { .sink = to, .write = to_file };
	struct recording *recording;
	bool made;

	if (!know(cut, file, from) ||
	    vtd_stream_begin(&cut->stream, &recorder) != 0)
		return false;
	rewind(file);
	recording = recording_open(file);
	if (recording == NULL)
		return false;
	recording_choose(recording, &choice);
	made = put_all(cut, recording, from);
	recording_close(recording);
	return made && fflush(to) == 0 && !ferror(to);
}

uint64_t recording_cut(FILE *file, uint64_t from, uint64_t last, FILE *to)
{
	struct cut *cut = calloc(1, sizeof(*cut));
	uint64_t records = 0;

	if (cut == NULL)
		return 0;
	if (make(cut, file, from, last, to))
		records = cut->records;
	known_free(cut->known);
	free(cut);
	return records;
}
