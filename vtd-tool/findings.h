/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages of a log, those that say the same thing put together. */
#ifndef VTD_TOOL_FINDINGS_H
#define VTD_TOOL_FINDINGS_H

#include <stddef.h>

#include "message.h"

#define FINDINGS_MAX 512

struct finding {
	struct message message; /* the first one */
	unsigned int line;
	unsigned int count;
	uint64_t lowest; /* addresses of a fault */
	uint64_t highest;
};

struct findings {
	unsigned int lines; /* read so far */
	unsigned int count;
	unsigned int dropped; /* had no room */
	struct finding finding[FINDINGS_MAX];
	/* A fault whose reason comes in the next lines; NULL: none. */
	struct message half;
	unsigned int half_line;
};

void findings_take_text(struct findings *findings, const char *text,
			size_t size);
/* There is no more text: a fault without a reason is one, too. */
void findings_end(struct findings *findings);

/* As text, or as members of an object that is open. */
void findings_show(const struct findings *findings, bool json);

#endif /* VTD_TOOL_FINDINGS_H */
