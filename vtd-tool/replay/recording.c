/* SPDX-License-Identifier: BSD-3-Clause */
#include "recording.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "crc32.h"

#define HEAD_SIZE 16
#define CHUNK_HEAD 8
#define CHUNK_MIN 8
#define CHUNK_MAX 65536

struct recording {
	FILE *file;
	uint64_t number; /* records handed out */
	uint64_t read;	 /* records of the file */
	const struct recording_choice *choice;
	uint64_t offset; /* of the next byte of the file */
	bool begun;	 /* the head was read */
	bool over;
	bool ended; /* by an end mark */
	uint64_t reason;
	char error[RECORDING_TEXT_MAX];

	uint64_t time;
	size_t used; /* of the chunk */
	size_t size;
	uint8_t chunk[CHUNK_MAX];

	uint64_t value[VTD_RECORD_VALUES_MAX];
};

struct recording *recording_open(FILE *file)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (recording != NULL)
		recording->file = file;
	return recording;
}

void recording_close(struct recording *recording)
{
	free(recording);
}

void recording_choose(struct recording *recording,
		      const struct recording_choice *choice)
{
	recording->choice = choice;
}

uint64_t recording_number(const struct recording *recording)
{
	return recording->number;
}

const char *recording_error(const struct recording *recording)
{
	return recording->error;
}

const char *recording_end(const struct recording *recording)
{
	if (!recording->ended)
		return "it has no end mark: whatever wrote it was cut off";
	switch (recording->reason) {
	case VTD_RECORD_ENDED:
		return "it is complete";
	case VTD_RECORD_ENDED_BY_LIMIT:
		return "it ended at its size limit";
	default:
		return "it ended for a reason that this program does not know";
	}
}

static enum recording_result __attribute__((format(printf, 2, 3)))
broken(struct recording *recording, const char *format, ...)
{
	va_list arguments;
	int at;

	at = snprintf(recording->error, sizeof(recording->error),
		      "not a recording that can be read, after record %" PRIu64
		      " and before byte %" PRIu64 ": ",
		      recording->number, recording->offset);
	va_start(arguments, format);
	vsnprintf(recording->error + at, sizeof(recording->error) - (size_t)at,
		  format, arguments);
	va_end(arguments);
	recording->over = true;
	return RECORDING_BROKEN;
}

/* ----------------------------------------------------------------------- File */

static uint64_t load_le(const uint8_t *from, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (uint64_t)from[i] << (8 * i);
	return value;
}

static size_t take(struct recording *recording, void *to, size_t length)
{
	size_t got = fread(to, 1, length, recording->file);

	recording->offset += got;
	return got;
}

static enum recording_result read_head(struct recording *recording)
{
	static const uint8_t magic[8] = { 0x89, 'V', 'T', 'D',
					  'R',	'E', 'C', '\n' };
	uint8_t head[HEAD_SIZE];
	uint64_t version;

	recording->begun = true;
	if (take(recording, head, sizeof(head)) < sizeof(head) ||
	    memcmp(head, magic, sizeof(magic)) != 0)
		return broken(recording, "it does not begin as one");
	version = load_le(head + 8, 4);
	if (version != VTD_RECORD_VERSION)
		return broken(recording,
			      "it has version %" PRIu64
			      ", and this program reads %d",
			      version, VTD_RECORD_VERSION);
	if (load_le(head + 12, 4) != 0)
		return broken(recording, "reserved bytes of its head are set");
	return RECORDING_RECORD;
}

/* A chunk that the file has only the beginning of is not looked at: it cannot be
 * told whether it is as it was written. */
static enum recording_result read_chunk(struct recording *recording)
{
	uint8_t head[CHUNK_HEAD];
	uint64_t size;

	if (take(recording, head, sizeof(head)) < sizeof(head)) {
		recording->over = true;
		return RECORDING_OVER;
	}
	size = load_le(head, 4);
	if (size < CHUNK_MIN || size > CHUNK_MAX)
		return broken(recording,
			      "a chunk of %" PRIu64 " bytes (there are %d..%d)",
			      size, CHUNK_MIN, CHUNK_MAX);
	if (take(recording, recording->chunk, size) < size) {
		recording->over = true;
		return RECORDING_OVER;
	}
	if (vtd_crc32(recording->chunk, size) != load_le(head + 4, 4))
		return broken(recording,
			      "the checksum of a chunk of %" PRIu64
			      " bytes is wrong",
			      size);
	recording->time = load_le(recording->chunk, 8);
	recording->used = 8;
	recording->size = size;
	return RECORDING_RECORD;
}

/* --------------------------------------------------------------------- Records */

static bool get_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
	*value = 0;
	for (unsigned int shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		/* Of the tenth byte one bit is left. */
		if (shift == 63 && byte > 1)
			return false;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool get_body(struct recording *recording, struct vtd_record *record,
		     const uint8_t *at, const uint8_t *end)
{
	uint64_t thread;
	uint64_t since;
	uint64_t count;

	if (!get_varint(&at, end, &thread) || thread == 0 ||
	    thread > UINT32_MAX || !get_varint(&at, end, &since) ||
	    !get_varint(&at, end, &count) || count > VTD_RECORD_VALUES_MAX)
		return false;
	for (uint64_t i = 0; i < count; i++)
		if (!get_varint(&at, end, &recording->value[i]))
			return false;
	if ((size_t)(end - at) > VTD_RECORD_BYTES_MAX)
		return false;
	recording->time += since;
	record->thread = (uint32_t)thread;
	record->time = recording->time;
	record->count = (unsigned int)count;
	record->value = recording->value;
	record->bytes = at;
	record->length = (size_t)(end - at);
	return true;
}

static enum recording_result parse(struct recording *recording,
				   struct vtd_record *record)
{
	const uint8_t *at = recording->chunk + recording->used;
	const uint8_t *end = recording->chunk + recording->size;
	uint64_t length;

	*record = (struct vtd_record){ .kind = *at++ };
	if (!get_varint(&at, end, &length) || length > (size_t)(end - at))
		return broken(recording, "a record is longer than its chunk");
	if (!get_body(recording, record, at, at + length))
		return broken(recording, "a record of kind 0x%02x is not whole",
			      (unsigned int)record->kind);
	recording->used = (size_t)(at + length - recording->chunk);
	if ((recording->read == 0) != (record->kind == VTD_RECORD_CONFIG))
		return broken(recording, "the configuration of the unit is "
					 "what comes first, and only then");
	return RECORDING_RECORD;
}

static enum recording_result at_end_mark(struct recording *recording,
					 const struct vtd_record *record)
{
	uint8_t byte;

	recording->ended = true;
	recording->reason = record->count > 0 ? record->value[0] : UINT64_MAX;
	if (recording->used < recording->size || take(recording, &byte, 1) > 0)
		return broken(recording, "there is something behind its end");
	recording->over = true;
	return RECORDING_OVER;
}

static enum recording_result next_of_file(struct recording *recording,
					  struct vtd_record *record)
{
	enum recording_result result = RECORDING_RECORD;

	if (!recording->begun)
		result = read_head(recording);
	while (result == RECORDING_RECORD && recording->used == recording->size)
		result = read_chunk(recording);
	if (result == RECORDING_RECORD)
		result = parse(recording, record);
	if (result == RECORDING_RECORD && record->kind == VTD_RECORD_END)
		return at_end_mark(recording, record);
	return result;
}

static bool is_gone(const struct recording *recording)
{
	const struct recording_choice *choice = recording->choice;

	return choice != NULL && choice->gone != NULL &&
	       choice->gone[recording->read - 1] != 0;
}

enum recording_result recording_next(struct recording *recording,
				     struct vtd_record *record)
{
	enum recording_result result;

	if (recording->choice != NULL &&
	    recording->read == recording->choice->last)
		recording->over = true;
	if (recording->over)
		return recording->error[0] != '\0' ? RECORDING_BROKEN :
						     RECORDING_OVER;
	do {
		result = next_of_file(recording, record);
		if (result != RECORDING_RECORD)
			return result;
		recording->read++;
	} while (is_gone(recording));
	recording->number++;
	return RECORDING_RECORD;
}
