/* SPDX-License-Identifier: BSD-3-Clause */
/* Files, lines, words and numbers.  All of it comes from anywhere. */
#ifndef VTD_TOOL_TEXT_H
#define VTD_TOOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Register values and addresses are hexadecimal, with or without 0x, as kernels
 * print them; counts are decimal, or hexadecimal with 0x.  False: something
 * else, or beyond 64 bits. */
bool parse_hex(const char *text, uint64_t *value);
bool parse_count(const char *text, uint64_t *value);
/* "00:02.0", with a segment before it ("0000:00:02.0"), and "0x00:0x02.0". */
bool parse_sid(const char *text, uint16_t *sid);

/* bus:device.function */
struct sid_text {
	char text[16];
};
struct sid_text sid_text(uint16_t sid);

/* What is read of a file at most. */
#define FILE_MAX (64u << 20)

/* A whole file, "-" for stdin, in memory of malloc(), with a NUL behind.  NULL:
 * complained. */
char *read_file(const char *path, size_t *size);

#define LINE_MAX_LENGTH 1024

/*
 * The next line of text[0..size), from *at on, in `line`, cut to its length: no
 * NUL, no line end in it.  False: there is none.
 */
bool next_line(const char *text, size_t size, size_t *at,
	       char line[LINE_MAX_LENGTH]);

#define WORDS_MAX 64

/* The words of a line, which separators " \t,=[]()" split.  They are in `line`,
 * which is changed.  Returns how many. */
unsigned int split_words(char *line, char *word[WORDS_MAX]);

#endif /* VTD_TOOL_TEXT_H */
