/* SPDX-License-Identifier: BSD-3-Clause */
#include "record/stream.h"

#include <string.h>

#include "crc32.h"

/* Most bytes of VTD_RECORD_END, the chunk around it included. */
#define END_MAX 64

static const uint8_t magic[8] = { 0x89, 'V', 'T', 'D', 'R', 'E', 'C', '\n' };

/* ---------------------------------------------------------------------- Bytes */

static void store_le(uint8_t *to, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static size_t varint_size(uint64_t value)
{
	size_t size = 1;

	for (; value >= 0x80; value >>= 7)
		size++;
	return size;
}

static uint8_t *put_varint(uint8_t *to, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*to++ = (uint8_t)(value | 0x80);
	*to++ = (uint8_t)value;
	return to;
}

/* --------------------------------------------------------------------- Chunks */

static int hand_over(struct vtd_stream *stream, const void *bytes,
		     size_t length)
{
	int error = stream->write(stream->sink, bytes, length);

	if (error < 0)
		stream->ended = true;
	stream->written += length;
	return error < 0 ? error : 0;
}

void vtd_stream_flush(struct vtd_stream *stream)
{
	const uint8_t *payload = stream->chunk + VTD_STREAM_CHUNK_HEAD;

	if (stream->used == 0)
		return;
	store_le(stream->chunk, stream->used, 4);
	store_le(stream->chunk + 4, vtd_crc32(payload, stream->used), 4);
	hand_over(stream, stream->chunk, VTD_STREAM_CHUNK_HEAD + stream->used);
	stream->used = 0;
}

/* Each can be read without those before: it begins with the time. */
static void begin_chunk(struct vtd_stream *stream, uint64_t time)
{
	store_le(stream->chunk + VTD_STREAM_CHUNK_HEAD, time, 8);
	stream->used = 8;
	stream->time = time;
}

/* -------------------------------------------------------------------- Records */

/* Of what follows the length of a record. */
static size_t body_size(const struct vtd_record *record, uint64_t since)
{
	size_t size = varint_size(record->thread) + varint_size(since) +
		      varint_size(record->count) + record->length;

	for (unsigned int i = 0; i < record->count; i++)
		size += varint_size(record->value[i]);
	return size;
}

static void encode(uint8_t *to, const struct vtd_record *record, uint64_t since,
		   size_t body)
{
	*to++ = (uint8_t)record->kind;
	to = put_varint(to, body);
	to = put_varint(to, record->thread);
	to = put_varint(to, since);
	to = put_varint(to, record->count);
	for (unsigned int i = 0; i < record->count; i++)
		to = put_varint(to, record->value[i]);
	if (record->length > 0)
		memcpy(to, record->bytes, record->length);
}

/* The clock is the program's: it may stand still, but not go back. */
static uint64_t time_since(const struct vtd_stream *stream,
			   const struct vtd_record *record)
{
	return record->time > stream->time ? record->time - stream->time : 0;
}

static void put(struct vtd_stream *stream, const struct vtd_record *record)
{
	uint64_t since;
	size_t body;
	size_t size;

	if (stream->used == 0)
		begin_chunk(stream, record->time);
	since = time_since(stream, record);
	body = body_size(record, since);
	size = 1 + varint_size(body) + body;
	if (stream->used + size > VTD_STREAM_CHUNK_MAX) {
		vtd_stream_flush(stream);
		begin_chunk(stream, record->time);
		body = body_size(record, 0);
		since = 0;
		size = 1 + varint_size(body) + body;
	}
	encode(stream->chunk + VTD_STREAM_CHUNK_HEAD + stream->used, record,
	       since, body);
	stream->used += size;
	stream->time += since;
}

static bool fits(const struct vtd_stream *stream,
		 const struct vtd_record *record)
{
	/* At most two chunks are begun, and the time is the longest. */
	uint64_t size = stream->written + stream->used +
			2 * (VTD_STREAM_CHUNK_HEAD + 8) + 16 +
			body_size(record, UINT64_MAX) + END_MAX;

	return stream->limit == 0 || size <= stream->limit;
}

void vtd_stream_put(struct vtd_stream *stream, const struct vtd_record *record)
{
	static const uint64_t reason = VTD_RECORD_ENDED_BY_LIMIT;
	const struct vtd_record end = {
		.kind = VTD_RECORD_END,
		.thread = record->thread,
		.time = record->time,
		.count = 1,
		.value = &reason,
	};

	if (stream->ended)
		return;
	if (fits(stream, record)) {
		put(stream, record);
		return;
	}
	put(stream, &end);
	vtd_stream_flush(stream);
	stream->ended = true;
}

int vtd_stream_begin(struct vtd_stream *stream,
		     const struct vtd_recorder *recorder)
{
	uint8_t head[16];

	stream->write = recorder->write;
	stream->sink = recorder->sink;
	stream->limit = recorder->limit;
	memcpy(head, magic, sizeof(magic));
	store_le(head + 8, VTD_RECORD_VERSION, 4);
	store_le(head + 12, 0, 4);
	return hand_over(stream, head, sizeof(head));
}
