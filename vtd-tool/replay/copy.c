/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/stream.h"
#include "shrink.h"

static int to_file(void *sink, const void *bytes, size_t length)
{
	return fwrite(bytes, 1, length, sink) == length ? 0 : -EIO;
}

static void put_end(struct vtd_stream *stream, uint32_t thread, uint64_t time)
{
	static const uint64_t reason = VTD_RECORD_ENDED;
	const struct vtd_record end = {
		.kind = VTD_RECORD_END,
		.thread = thread,
		.time = time,
		.count = 1,
		.value = &reason,
	};

	vtd_stream_put(stream, &end);
	vtd_stream_flush(stream);
}

/* The record with the phase that it has now. */
static void put(struct vtd_stream *stream, const struct vtd_record *record,
		uint8_t phase)
{
	uint64_t value[VTD_RECORD_VALUES_MAX];
	struct vtd_record changed = *record;

	if (phase != PHASE_NONE && record->count > 0) {
		memcpy(value, record->value, record->count * sizeof(*value));
		value[0] = phase;
		changed.value = value;
	}
	vtd_stream_put(stream, &changed);
}

static void copy(struct recording *recording, struct vtd_stream *stream,
		 const struct recording_choice *choice, FILE *to)
{
	const struct vtd_recorder recorder = { .sink = to, .write = to_file };
	struct vtd_record record;
	uint32_t thread = 1;
	uint64_t time = 0;

	if (vtd_stream_begin(stream, &recorder) != 0)
		return;
	while (recording_next(recording, &record) == RECORDING_RECORD) {
		put(stream, &record,
		    choice->phase != NULL ?
			    choice->phase[recording_number(recording) - 1] :
			    PHASE_NONE);
		thread = record.thread;
		time = record.time;
	}
	put_end(stream, thread, time);
}

bool recording_copy(FILE *from, const struct recording_choice *choice, FILE *to)
{
	struct vtd_stream *stream = calloc(1, sizeof(*stream));
	struct recording *recording = recording_open(from);
	bool good = false;

	rewind(from);
	if (stream != NULL && recording != NULL) {
		recording_choose(recording, choice);
		copy(recording, stream, choice, to);
		good = !stream->ended && fflush(to) == 0 && !ferror(to);
	}
	recording_close(recording);
	free(stream);
	return good;
}
