/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

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

static void copy(struct recording *recording, struct vtd_stream *stream,
		 FILE *to)
{
	const struct vtd_recorder recorder = { .sink = to, .write = to_file };
	struct vtd_record record;
	uint32_t thread = 1;
	uint64_t time = 0;

	if (vtd_stream_begin(stream, &recorder) != 0)
		return;
	while (recording_next(recording, &record) == RECORDING_RECORD) {
		vtd_stream_put(stream, &record);
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
		copy(recording, stream, to);
		good = !stream->ended && fflush(to) == 0 && !ferror(to);
	}
	recording_close(recording);
	free(stream);
	return good;
}
