/* SPDX-License-Identifier: BSD-3-Clause */
/* States that were saved once, as words: the bytes are little-endian. */
#ifndef VTD_TESTS_GOLDEN_H
#define VTD_TESTS_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

struct golden {
	const uint64_t *words;
	size_t count;
	/* Of a unit: the time that its first request has, in ns. */
	unsigned int left;
};

#endif /* VTD_TESTS_GOLDEN_H */
