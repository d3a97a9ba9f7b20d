/* SPDX-License-Identifier: BSD-3-Clause */
/* What a recording says of guest memory at the time of one of its records. */
#ifndef VTD_REPLAY_KNOWN_H
#define VTD_REPLAY_KNOWN_H

#include "recording.h"

/* Words that are kept at most, of 16 bytes each. */
#define KNOWN_WORDS_MAX (UINT64_C(1) << 22)

struct known;

/*
 * Read the whole of `file`, from where it stands.  A word has what was last read or
 * written before the call with that number has returned, else what is first seen
 * later.  NULL: no memory.
 */
struct known *known_of(FILE *file, uint64_t number);
void known_free(struct known *known);

/* 0, or -EFAULT: the recording does not say all of it. */
int known_read(const struct known *known, uint64_t address, void *buffer,
	       size_t length);

#endif /* VTD_REPLAY_KNOWN_H */
