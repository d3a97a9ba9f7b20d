/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the fuzz targets share.  A target turns the bytes that it is given into
 * calls of the public API; an input is a script, and any bytes are a script.
 *
 * The same sources make a libFuzzer program (meson -Dfuzz=true, with clang) and
 * a test that replays the corpus (replay.c).
 */
#ifndef VTD_FUZZ_FUZZ_H
#define VTD_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Says what the library promised, in builds of all kinds. */
#define FUZZ_CHECK(condition)                                         \
	do {                                                          \
		if (!(condition)) {                                   \
			fprintf(stderr, "%s:%d: not: %s\n", __FILE__, \
				__LINE__, #condition);                \
			abort();                                      \
		}                                                     \
	} while (0)

struct fuzz_input {
	const uint8_t *bytes;
	size_t size;
	size_t at;
};

static inline bool fuzz_has_more(const struct fuzz_input *input)
{
	return input->at < input->size;
}

/* `count` bytes, little-endian; zeros behind the end. */
static inline uint64_t fuzz_take(struct fuzz_input *input, unsigned int count)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < count && fuzz_has_more(input); i++)
		value |= (uint64_t)input->bytes[input->at++] << (8 * i);
	return value;
}

static inline unsigned int fuzz_below(struct fuzz_input *input,
				      unsigned int limit)
{
	return (unsigned int)(fuzz_take(input, 1) % limit);
}

/* libFuzzer's entry. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif /* VTD_FUZZ_FUZZ_H */
