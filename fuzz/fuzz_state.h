/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Saved states that somebody has changed, who mostly knows of the checksum, so that
 * they get behind the first checks.
 */
#ifndef VTD_FUZZ_FUZZ_STATE_H
#define VTD_FUZZ_FUZZ_STATE_H

#include "crc32.h"
#include "fuzz.h"

/* How inputs say it; the corpus has been collected with this. */
struct fuzz_changes {
	unsigned int limit;	  /* fewer than so many words */
	unsigned int index_bytes; /* of the place of a word */
	bool bits;		  /* odd values: these bits of it */
};

/* Make the checksum of a saved state right, which is its last word. */
static inline void fuzz_seal(uint8_t *blob, size_t size)
{
	uint32_t crc = vtd_crc32(blob, size - 8);

	for (unsigned int i = 0; i < 8; i++)
		blob[size - 8 + i] = i < 4 ? (uint8_t)(crc >> (8 * i)) : 0;
}

static inline void fuzz_change_word(uint8_t *word, uint64_t value, bool bits)
{
	for (unsigned int i = 0; i < 8; i++)
		word[i] = (uint8_t)(value >> (8 * i)) ^ (bits ? word[i] : 0);
}

/* Returns the new size, at most 16 bytes more. */
static inline size_t fuzz_change_state(struct fuzz_input *input,
				       const struct fuzz_changes *how,
				       uint8_t *blob, size_t size)
{
	unsigned int changes = fuzz_below(input, how->limit);

	for (unsigned int i = 0; i < changes; i++) {
		size_t word = fuzz_take(input, how->index_bytes) % (size / 8);
		uint64_t value = fuzz_take(input, 8);

		fuzz_change_word(&blob[8 * word], value,
				 how->bits && (value & 1) != 0);
	}
	/* Cut, or with something behind. */
	if (fuzz_below(input, 4) == 1)
		size = size - 16 + 8 * fuzz_below(input, 4);
	if (fuzz_below(input, 8) != 1)
		fuzz_seal(blob, size);
	return size;
}

#endif /* VTD_FUZZ_FUZZ_STATE_H */
