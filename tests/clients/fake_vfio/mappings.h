/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mappings of a container, by the rules of VFIO type 1, version 2: none
 * overlaps another, and only whole ones are removed.  What fails returns a
 * positive errno.
 */
#ifndef FAKE_VFIO_MAPPINGS_H
#define FAKE_VFIO_MAPPINGS_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

struct mapping {
	uint64_t iova;
	uint64_t size;
};

struct mappings {
	struct mapping *array;
	size_t count;
	size_t room;
};

int mappings_add(struct mappings *mappings, const struct mapping *mapping);

/* Removes what is in RANGE; *SIZE is how much that was. */
int mappings_remove(struct mappings *mappings, const struct mapping *range,
		    __u64 *size);

void mappings_clear(struct mappings *mappings);

#endif
