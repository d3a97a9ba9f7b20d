/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records as bytes: numbers of variable length, chunks with a checksum, a limit.
 * docs/recording.md has the format.
 */
#ifndef VTD_SRC_RECORD_STREAM_H
#define VTD_SRC_RECORD_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/record.h>

/* Before each chunk: its length and its CRC-32. */
#define VTD_STREAM_CHUNK_HEAD 8
#define VTD_STREAM_CHUNK_MAX 65536

struct vtd_stream {
	int (*write)(void *sink, const void *bytes, size_t length);
	void *sink;
	uint64_t limit;
	uint64_t written;
	uint64_t time; /* of the last record */
	bool ended;
	size_t used; /* of the chunk; 0: it has not been begun */
	uint8_t chunk[VTD_STREAM_CHUNK_HEAD + VTD_STREAM_CHUNK_MAX];
};

/* Writes the head of the file.  Returns 0, or the error of write(). */
int vtd_stream_begin(struct vtd_stream *stream,
		     const struct vtd_recorder *recorder);
/* Nothing, if the stream has ended; with the limit it does. */
void vtd_stream_put(struct vtd_stream *stream, const struct vtd_record *record);
/* Hand over what has been collected. */
void vtd_stream_flush(struct vtd_stream *stream);

#endif /* VTD_SRC_RECORD_STREAM_H */
