/* SPDX-License-Identifier: BSD-3-Clause */
/* What the lines of kernel logs say about remapping units (Linux, Xen). */
#ifndef VTD_TOOL_MESSAGE_H
#define VTD_TOOL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

enum message_kind {
	MESSAGE_NONE,
	MESSAGE_DMA_FAULT,
	MESSAGE_INTERRUPT_FAULT,
	MESSAGE_REASON,		/* the second line of a fault: value */
	MESSAGE_FAULT_STATUS,	/* value: FSTS */
	MESSAGE_QUEUE_ERROR,	/* value: IQERCD.IQEI */
	MESSAGE_QUEUE_TIMEOUT,	/* sid */
	MESSAGE_BAD_COMPLETION, /* sid */
	MESSAGE_DESCRIPTOR,	/* of the invalidation queue: word */
	MESSAGE_PAGE_REQUEST,	/* one that was refused: word */
	MESSAGE_PAGE_OVERFLOW,
	MESSAGE_SUPPRESSED, /* value: how many faults were not printed */
};

struct message {
	enum message_kind kind;
	bool write; /* of a DMA fault */
	bool has_reason;
	uint8_t reason;
	bool pasid_present;
	uint32_t pasid;
	uint16_t sid;
	/* Of an interrupt fault its index, of a page request its second word. */
	uint64_t address;
	uint64_t value;
	bool has_words;
	uint64_t word[2];
	char note[64]; /* what the kernel calls it, where that adds something */
};

/* MESSAGE_NONE: the line says nothing that is known here. */
struct message message_parse(const char *line);

#endif /* VTD_TOOL_MESSAGE_H */
