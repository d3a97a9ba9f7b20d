/* SPDX-License-Identifier: BSD-3-Clause */
/* What vtd_unit_explain() says, as text and as JSON. */
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

#endif /* VTD_TOOL_EXPLANATION_H */
