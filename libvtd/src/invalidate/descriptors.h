/* SPDX-License-Identifier: BSD-3-Clause */
/* The descriptors of the invalidation queue, one row a type.  SPEC 6.5.2. */
#ifndef VTD_SRC_INVALIDATE_DESCRIPTORS_H
#define VTD_SRC_INVALIDATE_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/spec/regs.h>

#include "effects.h"

struct vtd_unit;

#define VTD_DESCRIPTOR_WORDS 4
/* Effects that one descriptor, or the end of a wait, adds at most. */
#define VTD_DESCRIPTOR_EFFECTS 2

enum vtd_descriptor_outcome {
	VTD_DESCRIPTOR_DONE,
	VTD_DESCRIPTOR_DEFERRED, /* cannot be executed yet, fetch it again */
};

/* Whether a descriptor is valid; the upper words are 0 in a narrow queue. */
enum vtd_iqei vtd_descriptor_check(struct vtd_unit *unit, const uint64_t *words,
				   bool wide);

/* Execute a valid one.  Lock held. */
enum vtd_descriptor_outcome vtd_descriptor_execute(struct vtd_unit *unit,
						   const uint64_t *words,
						   struct vtd_effects *effects);

#endif /* VTD_SRC_INVALIDATE_DESCRIPTORS_H */
