/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a recording: reading, showing, playing and shrinking it and making a
 * test of it ends, and says why.  A checksum would stop nearly every input, so those
 * of the chunks are made right.
 */
#include <string.h>

#include "fuzz.h"
#include "player.h"
#include "crc32.h"
#include "show.h"
#include "shrink.h"
#include "to_c.h"

#define FILE_HEAD 16
#define CHUNK_HEAD 8

static uint32_t load(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
	       (uint32_t)from[3] << 24;
}

static void seal(uint8_t *bytes, size_t size)
{
	size_t at = FILE_HEAD;

	while (at <= size && size - at > CHUNK_HEAD) {
		uint32_t length = load(bytes + at);
		uint32_t crc;

		if (length > size - at - CHUNK_HEAD)
			return;
		crc = vtd_crc32(bytes + at + CHUNK_HEAD, length);
		for (unsigned int i = 0; i < 4; i++)
			bytes[at + 4 + i] = (uint8_t)(crc >> (8 * i));
		at += CHUNK_HEAD + length;
	}
}

/* False: it is broken.  `single`: all of it is of one thread. */
static bool list(FILE *file, bool *single)
{
	struct recording *recording = recording_open(file);
	enum recording_result result;
	char text[SHOW_TEXT_MAX];
	struct vtd_record record;
	uint32_t first = 0;

	FUZZ_CHECK(recording != NULL);
	*single = true;
	while ((result = recording_next(recording, &record)) ==
	       RECORDING_RECORD) {
		FUZZ_CHECK(strlen(show_record(text, &record)) > 0);
		if (first == 0)
			first = record.thread;
		*single = *single && record.thread == first;
	}
	FUZZ_CHECK((result == RECORDING_BROKEN) ==
		   (recording_error(recording)[0] != '\0'));
	recording_close(recording);
	rewind(file);
	return result == RECORDING_OVER;
}

static void write_test(FILE *file, bool readable)
{
	FILE *to = fopen("/dev/null", "w");
	const char *error;

	FUZZ_CHECK(to != NULL);
	rewind(file);
	error = to_c(file, "name", to);
	FUZZ_CHECK(readable || error != NULL);
	fclose(to);
}

/* What comes of it plays as it should.  Of two threads that do something else than was
 * recorded any may be the first, and the other one then plays on or not. */
static void make_small(FILE *file, const struct play_result *played,
		       bool single)
{
	const struct shrink_goal goal = {
		.keep = played->outcome == PLAY_SAME ? played->number : 0,
		.plays = 20,
	};
	struct shrink_result result;
	struct play_result again;
	FILE *to = tmpfile();

	FUZZ_CHECK(to != NULL);
	shrink(file, to, &goal, &result);
	FUZZ_CHECK(result.text[0] != '\0');
	if (result.done) {
		FUZZ_CHECK(result.records <= result.before);
		rewind(to);
		play(to, 0, &again);
		FUZZ_CHECK(!single || again.outcome == played->outcome);
	}
	fclose(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct play_result result;
	bool readable, single;
	uint8_t *copy;
	FILE *file;

	if (size == 0)
		return 0;
	copy = malloc(size);
	FUZZ_CHECK(copy != NULL);
	memcpy(copy, bytes, size);
	seal(copy, size);
	file = fmemopen(copy, size, "rb");
	FUZZ_CHECK(file != NULL);
	readable = list(file, &single);
	play(file, 0, &result);
	FUZZ_CHECK(result.text[0] != '\0');
	write_test(file, readable);
	if (result.outcome != PLAY_BROKEN && result.number > 0)
		make_small(file, &result, single);
	fclose(file);
	free(copy);
	return 0;
}
