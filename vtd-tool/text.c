/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static bool parse(const char *text, int base, uint64_t *value)
{
	char *end;

	/* strtoull() takes signs and spaces. */
	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, base);
	return errno == 0 && *end == '\0';
}

bool parse_hex(const char *text, uint64_t *value)
{
	return parse(text, 16, value);
}

bool parse_count(const char *text, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

	return parse(text, hex ? 16 : 10, value);
}

/* A part of a source-id that ends before `stop`. */
static bool take_part(const char **text, char stop, unsigned long limit,
		      unsigned long *value)
{
	char *end;

	if (!isxdigit((unsigned char)**text))
		return false;
	*value = strtoul(*text, &end, 16);
	if (*end != stop || *value > limit)
		return false;
	*text = stop == '\0' ? end : end + 1;
	return true;
}

bool parse_sid(const char *text, uint16_t *sid)
{
	const char *colon = strchr(text, ':');
	unsigned long segment, bus, device, function;

	if (colon != NULL && strchr(colon + 1, ':') != NULL &&
	    !take_part(&text, ':', 0xffff, &segment))
		return false;
	if (!take_part(&text, ':', 0xff, &bus) ||
	    !take_part(&text, '.', 0x1f, &device) ||
	    !take_part(&text, '\0', 7, &function))
		return false;
	*sid = (uint16_t)(bus << 8 | device << 3 | function);
	return true;
}

struct sid_text sid_text(uint16_t sid)
{
	struct sid_text t;

	snprintf(t.text, sizeof(t.text), "%02x:%02x.%x", sid >> 8,
		 sid >> 3 & 0x1f, sid & 7u);
	return t;
}

static char *read_stream(FILE *file, size_t *size)
{
	size_t room = 1 << 16;
	char *text = malloc(room + 1);

	*size = 0;
	while (text != NULL) {
		*size += fread(text + *size, 1, room - *size, file);
		if (*size < room || room >= FILE_MAX)
			break;
		room *= 2;
		char *more = realloc(text, room + 1);
		if (more == NULL)
			free(text);
		text = more;
	}
	if (text != NULL)
		text[*size] = '\0';
	return text;
}

char *read_file(const char *path, size_t *size)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "rb");
	char *text = NULL;

	if (file == NULL) {
		complain("%s: %s", path, strerror(errno));
		return NULL;
	}
	text = read_stream(file, size);
	if (text == NULL) {
		complain("%s: there is no memory for it", path);
	} else if (ferror(file)) {
		complain("%s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (!is_stdin)
		fclose(file);
	return text;
}

bool next_line(const char *text, size_t size, size_t *at,
	       char line[LINE_MAX_LENGTH])
{
	size_t length = 0;

	if (*at >= size)
		return false;
	while (*at < size && text[*at] != '\n') {
		char c = text[*at];

		if (length < LINE_MAX_LENGTH - 1)
			line[length++] = c == '\0' || c == '\r' ? ' ' : c;
		(*at)++;
	}
	(*at)++;
	line[length] = '\0';
	return true;
}

unsigned int split_words(char *line, char *word[WORDS_MAX])
{
	unsigned int count = 0;
	char *rest;

	for (char *w = strtok_r(line, " \t,=[]()", &rest);
	     w != NULL && count < WORDS_MAX;
	     w = strtok_r(NULL, " \t,=[]()", &rest))
		word[count++] = w;
	return count;
}
