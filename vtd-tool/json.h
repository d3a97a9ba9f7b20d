/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON on stdout, as it comes.  Values of registers and addresses are strings in
 * hexadecimal, for JSON's numbers have no 64 bits everywhere; counts are numbers.
 */
#ifndef VTD_TOOL_JSON_H
#define VTD_TOOL_JSON_H

#include <stdbool.h>
#include <stdint.h>

/* `key`: NULL in an array, and for the outermost value. */
void json_open(const char *key, char bracket); /* '{' or '[' */
void json_close(void);
void json_string(const char *key, const char *value);
void json_hex(const char *key, uint64_t value);
void json_count(const char *key, uint64_t value);
void json_bool(const char *key, bool value);

#endif /* VTD_TOOL_JSON_H */
