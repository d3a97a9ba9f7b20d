/* SPDX-License-Identifier: BSD-3-Clause */
/* What a test that vtd replay --to-c has made needs. */
#ifndef VTD_TESTS_REPLAYED_H
#define VTD_TESTS_REPLAYED_H

#include <vtd/record.h>

#include "check.h"

/* Of a row. */
#define REPLAYED_VALUES(...)                                                   \
	.count = sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t), \
	.value = (const uint64_t[])                                            \
	{                                                                      \
		__VA_ARGS__                                                    \
	}
#define REPLAYED_BYTES(text) .length = sizeof(text) - 1, .bytes = (text)

/* Play these records; the test fails where the unit does something else, or they
 * cannot be played. */
void replayed_check(const struct vtd_record *record, size_t count);

#endif /* VTD_TESTS_REPLAYED_H */
