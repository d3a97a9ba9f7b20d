/* SPDX-License-Identifier: BSD-3-Clause */
#include "recorded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vtd/record.h>

#include "check.h"

int recorded_keep(void *sink, const void *bytes, size_t length)
{
	struct recorded *recorded = sink;
	size_t room = (recorded->size + length) * 2;

	if (recorded->size + length > recorded->room) {
		uint8_t *more = realloc(recorded->bytes, room);

		if (more == NULL)
			return -ENOMEM;
		recorded->bytes = more;
		recorded->room = room;
	}
	memcpy(recorded->bytes + recorded->size, bytes, length);
	recorded->size += length;
	return 0;
}

static uint64_t clock_of(void *sink)
{
	struct recorded *recorded = sink;

	return ++recorded->now;
}

int recorded_create(struct recorded **recorded, const struct vtd_config *config,
		    struct fake_host *host, struct vtd_unit **unit)
{
	struct vtd_recorder recorder = {
		.size = sizeof(recorder),
		.write = recorded_keep,
		.clock = clock_of,
	};
	int error;

	*recorded = calloc(1, sizeof(**recorded));
	if (*recorded == NULL)
		return -ENOMEM;
	recorder.sink = *recorded;
	error = vtd_unit_create_recorded(config, &fake_host_ops, host,
					 &recorder, unit);
	if (error == 0) {
		host->unit = *unit;
		fake_host_publish(host);
	}
	return error;
}

void recorded_free(struct recorded *recorded)
{
	if (recorded != NULL)
		free(recorded->bytes);
	free(recorded);
}

struct play_result recorded_result(const struct recorded *recorded)
{
	struct play_result result;
	FILE *file = fmemopen(recorded->bytes, recorded->size, "rb");

	assert_non_null(file);
	play(file, 0, &result);
	fclose(file);
	return result;
}

bool recorded_play(struct recorded *recorded)
{
	struct play_result result;

	if (recorded == NULL)
		return true;
	result = recorded_result(recorded);
	recorded_free(recorded);
	if (result.outcome != PLAY_SAME)
		fprintf(stderr, "replay: %s\n", result.text);
	return result.outcome == PLAY_SAME;
}
