/* SPDX-License-Identifier: BSD-3-Clause */
#include "replayed.h"

#include <stdlib.h>

#include "record/stream.h"
#include "recorded.h"

/* As a file, which is what can be played. */
static struct recorded *file_of(const struct vtd_record *record, size_t count)
{
	static struct vtd_stream stream;
	struct recorded *recorded = calloc(1, sizeof(*recorded));
	const struct vtd_recorder recorder = {
		.sink = recorded,
		.write = recorded_keep,
	};
	const struct vtd_record end = {
		.kind = VTD_RECORD_END,
		.thread = 1,
	};

	assert_non_null(recorded);
	stream = (struct vtd_stream){ .used = 0 };
	vtd_stream_begin(&stream, &recorder);
	for (size_t i = 0; i < count; i++)
		vtd_stream_put(&stream, &record[i]);
	vtd_stream_put(&stream, &end);
	vtd_stream_flush(&stream);
	assert_false(stream.ended);
	return recorded;
}

void replayed_check(const struct vtd_record *record, size_t count)
{
	struct recorded *recorded = file_of(record, count);
	struct play_result result = recorded_result(recorded);

	recorded_free(recorded);
	if (result.outcome != PLAY_SAME)
		fail_msg("%s", result.text);
}
