/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Saved states as bytes: 64-bit little-endian words, whose first says what it is
 * and of which version, and whose last is the checksum of all before it.
 */
#ifndef VTD_SRC_BLOB_H
#define VTD_SRC_BLOB_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crc32.h"

/* The first word: four letters, and the version. */
#define VTD_BLOB_MAGIC(letters, version) \
	((uint64_t)(version) << 32 | (uint32_t)(letters))
#define VTD_BLOB_LETTERS(word) ((uint32_t)(word))
#define VTD_BLOB_VERSION(word) ((uint32_t)((word) >> 32))

/* What is written beyond `size` is counted only. */
struct vtd_blob_writer {
	uint8_t *bytes;
	size_t size;
	size_t at;
};

static inline void vtd_blob_put(struct vtd_blob_writer *w, uint64_t value)
{
	uint64_t raw = htole64(value);

	if (w->at < w->size && w->size - w->at >= sizeof(raw))
		memcpy(w->bytes + w->at, &raw, sizeof(raw));
	w->at += sizeof(raw);
}

static inline void vtd_blob_put_checksum(struct vtd_blob_writer *w)
{
	vtd_blob_put(w, w->at < w->size ? vtd_crc32(w->bytes, w->at) : 0);
}

struct vtd_blob_reader {
	const uint8_t *bytes;
	size_t size;
	size_t at;
	const char *reason; /* the first thing that is wrong */
};

static inline void vtd_blob_fail(struct vtd_blob_reader *r, const char *reason)
{
	if (r->reason == NULL)
		r->reason = reason;
}

/* 0 behind the end. */
static inline uint64_t vtd_blob_get(struct vtd_blob_reader *r)
{
	uint64_t raw;

	if (r->size - r->at < sizeof(raw)) {
		vtd_blob_fail(r, "the state is cut short");
		return 0;
	}
	memcpy(&raw, r->bytes + r->at, sizeof(raw));
	r->at += sizeof(raw);
	return le64toh(raw);
}

static inline void vtd_blob_expect(struct vtd_blob_reader *r, uint64_t value,
				   const char *reason)
{
	if (vtd_blob_get(r) != value)
		vtd_blob_fail(r, reason);
}

/* Look at the last word, and take it off. */
static inline void vtd_blob_get_checksum(struct vtd_blob_reader *r)
{
	const size_t word = sizeof(uint64_t);
	struct vtd_blob_reader last = *r;

	if (r->size % word != 0 || r->size - r->at < word) {
		vtd_blob_fail(r, "the state is cut short");
		return;
	}
	last.at = r->size - word;
	if (vtd_blob_get(&last) != vtd_crc32(r->bytes, r->size - word))
		vtd_blob_fail(r, "the state is cut short or damaged");
	r->size -= word;
}

static inline void vtd_blob_end(struct vtd_blob_reader *r)
{
	if (r->at != r->size)
		vtd_blob_fail(r, "there is more behind the state");
}

#endif /* VTD_SRC_BLOB_H */
