/* SPDX-License-Identifier: BSD-3-Clause */
/* Where to look, and what the likely causes are. */
#ifndef VTD_TOOL_ADVICE_H
#define VTD_TOOL_ADVICE_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

#define CAUSES_MAX 4

struct advice {
	/* "context entry of 00:02.0: 32 bytes at 2 * 32..." */
	char entry[160];
	const char *cause[CAUSES_MAX];
	size_t causes;
};

/* For a fault with a reason. */
void advise_fault(const struct message *fault, struct advice *advice);

/* For an error of the invalidation or page request queue. */
void advise_queue(const struct message *error, struct advice *advice);

#endif /* VTD_TOOL_ADVICE_H */
