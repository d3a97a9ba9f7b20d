/* SPDX-License-Identifier: BSD-3-Clause */
/* A recording as the source of a test in C. */
#ifndef VTD_REPLAY_TO_C_H
#define VTD_REPLAY_TO_C_H

#include "recording.h"

/* More is no test that anybody reads. */
#define TO_C_RECORDS_MAX 20000

/* An identifier of C, of at most 100 characters. */
bool to_c_is_name(const char *name);

/*
 * Write the program: its test `name` plays the records of `from`, and fails where the
 * unit differs (tests/support/replayed.h).  NULL, or why it is not whole; the text
 * is good until the next call.
 */
const char *to_c(FILE *from, const char *name, FILE *to);

#endif /* VTD_REPLAY_TO_C_H */
