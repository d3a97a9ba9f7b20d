/* SPDX-License-Identifier: BSD-3-Clause */
/* What vtd_unit_explain() and its siblings say, as text and as JSON. */
#ifndef VTD_TOOL_EXPLANATION_H
#define VTD_TOOL_EXPLANATION_H

#include <vtd/explain.h>
#include <vtd/vtd.h>

#include "image.h"

/*
 * Explain a request on stdout.  What of the image was missing for it is said.
 * `recorded`: the fault reason that a unit recorded for it, 0 if there is none;
 * that what is in memory does not lead to it is told.
 */
void explain_request(struct vtd_unit *unit, struct image *image,
		     const struct vtd_request *request, uint8_t recorded,
		     bool json);

void explain_interrupt(struct vtd_unit *unit, struct image *image,
		       const struct vtd_interrupt_request *request, bool json);

/* What is known of the page request queue from elsewhere. */
struct page_queue {
	bool known;	 /* the unit has PQA, PQH and PQT */
	bool overflowed; /* PRS.PRO was set */
};

void explain_page_request(struct vtd_unit *unit, struct image *image,
			  const struct vtd_page_request *request,
			  const struct page_queue *queue, bool json);

#endif /* VTD_TOOL_EXPLANATION_H */
