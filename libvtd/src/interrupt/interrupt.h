/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Path 4: interrupt request -> interrupt remapping table entry -> remapped or
 * posted message.  SPEC chapter 5.
 */
#ifndef VTD_SRC_INTERRUPT_INTERRUPT_H
#define VTD_SRC_INTERRUPT_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/spec/tables.h>
#include <vtd/types.h>

#include "report/report.h"
#include "trail.h"

struct vtd_unit;

/* An interrupt request taken apart (SPEC 5.1.2). */
struct vtd_interrupt_handle {
	bool remappable;
	uint32_t index;
	enum vtd_condition condition; /* of a malformed request */
};
struct vtd_interrupt_handle
vtd_interrupt_parse(const struct vtd_interrupt_request *request);
/* The address of a request in remappable format without subhandle; index is
 * 0..65535. */
uint64_t vtd_interrupt_request_address(uint32_t index);

/* The message for a destination: SPEC 5.1.5, 5.1.6. */
struct vtd_message {
	uint32_t destination;
	bool redirection_hint;
	bool logical;
	uint8_t vector;
	uint8_t delivery_mode;
	bool level;
};
void vtd_interrupt_compose(const struct vtd_message *message,
			   struct vtd_interrupt *result);

/* Whether the requester is the one that the entry is for (SPEC 9.9, SVT). */
bool vtd_interrupt_source_matches(uint64_t irte_high, uint16_t sid);

/* Address of the posted descriptor that a posted-format entry names. */
static inline uint64_t vtd_interrupt_descriptor(const uint64_t *irte)
{
	return vtd_field_get(irte[0], VTD_IRTE0_POSTED_PDA_LOW) << 6 |
	       vtd_field_get(irte[1], VTD_IRTE1_POSTED_PDA_HIGH) << 32;
}

/* What is to be posted. */
struct vtd_posting {
	uint64_t irte[2]; /* a posted-format entry */
	bool extended;	  /* EIME of the table that it is from */
	bool probe;	  /* change nothing in memory */
	struct vtd_trail *trail;
};

/*
 * Post a vector as an entry says (SPEC 5.2.3).  *result is set if the condition
 * returned is none.
 */
enum vtd_condition vtd_interrupt_post(struct vtd_unit *unit,
				      const struct vtd_posting *posting,
				      struct vtd_interrupt *result);

#endif /* VTD_SRC_INTERRUPT_INTERRUPT_H */
