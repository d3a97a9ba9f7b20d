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
	VTD_DESCRIPTOR_WAITS,	 /* done; the queue has one more pending wait */
	VTD_DESCRIPTOR_DEFERRED, /* cannot be executed yet, fetch it again */
};

/* What descriptors can be used, for the next function: as long as the lock is
 * held. */
unsigned int vtd_descriptor_features(struct vtd_unit *unit, bool wide);

/* Whether a descriptor is valid; the upper words are 0 in a narrow queue. */
enum vtd_iqei vtd_descriptor_check(const uint64_t *words,
				   unsigned int features);

/* Execute a valid one.  Lock held. */
enum vtd_descriptor_outcome vtd_descriptor_execute(struct vtd_unit *unit,
						   const uint64_t *words,
						   struct vtd_effects *effects);

#endif /* VTD_SRC_INVALIDATE_DESCRIPTORS_H */
