/* SPDX-License-Identifier: BSD-3-Clause */
#include "json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define DEPTH_MAX 16

/* What is open: its closing bracket, and whether something is in it. */
static struct {
	char end;
	bool used;
} level[DEPTH_MAX];
static unsigned int depth;

/* Strings can hold anything: bytes that are no printable ASCII are escaped. */
static void put_string(const char *value)
{
	putchar('"');
	for (; *value != '\0'; value++) {
		unsigned char byte = (unsigned char)*value;

		if (byte == '"' || byte == '\\')
			putchar('\\');
		if (byte < ' ' || byte > '~')
			printf("\\u%04x", byte);
		else
			putchar(byte);
	}
	putchar('"');
}

static void begin(const char *key)
{
	if (depth > 0) {
		fputs(level[depth - 1].used ? ",\n" : "\n", stdout);
		level[depth - 1].used = true;
	}
	printf("%*s", (int)depth, "");
	if (key != NULL) {
		put_string(key);
		fputs(": ", stdout);
	}
}

void json_open(const char *key, char bracket)
{
	begin(key);
	putchar(bracket);
	assert(depth < DEPTH_MAX);
	level[depth].end = bracket == '{' ? '}' : ']';
	level[depth].used = false;
	depth++;
}

void json_close(void)
{
	assert(depth > 0);
	depth--;
	if (level[depth].used)
		printf("\n%*s", (int)depth, "");
	putchar(level[depth].end);
	if (depth == 0)
		putchar('\n');
}

void json_string(const char *key, const char *value)
{
	begin(key);
	put_string(value);
}

void json_hex(const char *key, uint64_t value)
{
	begin(key);
	printf("\"0x%" PRIx64 "\"", value);
}

void json_count(const char *key, uint64_t value)
{
	begin(key);
	printf("%" PRIu64, value);
}

void json_bool(const char *key, bool value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
}
