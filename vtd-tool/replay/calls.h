/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of a recording, and which records are of which call. */
#ifndef VTD_REPLAY_CALLS_H
#define VTD_REPLAY_CALLS_H

#include "recording.h"

#define CALLS_REMARK UINT32_MAX

/* What one_call.about is of a request: this, its source-id, and its PASID. */
#define CALLS_REQUEST (UINT64_C(1) << 63)

struct one_call {
	uint32_t inside; /* of this call, out of a callback; 0: of none */
	uint8_t kind;
	uint64_t about; /* a register's offset, or a request's maker; else 0 */
	uint64_t value; /* that is written to it */
	uint32_t first; /* of its records */
	bool alone;	/* no other was under way when it began */
	bool fills;	/* a cache: it read an entry of more than 8 bytes */
	bool kept;	/* what is looked for is in it */
	bool taken;	/* out */
	bool gone;	/* with one that it is inside of, or by itself */
};

struct calls {
	uint32_t records;
	uint32_t *call_of; /* [record - 1]: a call, 0: none, or a remark */
	uint8_t *gone;	   /* [record - 1] */
	uint32_t count;
	struct one_call *call; /* [1..count] */
};

/* Of the first `last` records.  NULL: no memory, or it cannot be read. */
struct calls *calls_of(FILE *file, uint64_t last);
void calls_free(struct calls *calls);

/* What is gone, after calls were taken out or put back.  Returns the number of
 * records that are left, remarks left out. */
uint32_t calls_update(struct calls *calls);

#endif /* VTD_REPLAY_CALLS_H */
