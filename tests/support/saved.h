/* SPDX-License-Identifier: BSD-3-Clause */
/* Saved states as tests change them: words, and the checksum behind them. */
#ifndef VTD_TESTS_SAVED_H
#define VTD_TESTS_SAVED_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crc32.h"

#define SAVED_ROOM 17000

struct saved {
	size_t size;
	uint8_t byte[SAVED_ROOM];
};

/* Words of a state are little-endian on every machine. */
static inline uint64_t saved_word(const struct saved *saved, size_t index)
{
	uint64_t raw;

	memcpy(&raw, &saved->byte[8 * index], sizeof(raw));
	return le64toh(raw);
}

static inline void saved_set_raw(struct saved *saved, size_t index,
				 uint64_t value)
{
	uint64_t raw = htole64(value);

	memcpy(&saved->byte[8 * index], &raw, sizeof(raw));
}

/* Make the checksum right. */
static inline void saved_seal(struct saved *saved)
{
	saved_set_raw(saved, saved->size / 8 - 1,
		      vtd_crc32(saved->byte, saved->size - 8));
}

/* Change a word as one does who knows of the checksum. */
static inline void saved_set(struct saved *saved, size_t index, uint64_t value)
{
	saved_set_raw(saved, index, value);
	saved_seal(saved);
}

#endif /* VTD_TESTS_SAVED_H */
