/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A unit of libvtd that looks at an image: its registers are those that somebody
 * wrote down, its memory is the image.  It writes nothing and sends nothing.
 */
#ifndef VTD_TOOL_MACHINE_H
#define VTD_TOOL_MACHINE_H

#include <vtd/vtd.h>

#include "image.h"
#include "regset.h"

/* What is known of the unit.  What is not said has a default that is told. */
struct machine_source {
	bool has_cap, has_ecap, has_root, has_interrupt_table, has_status;
	uint64_t cap, ecap;
	uint64_t root;		  /* RTADDR */
	uint64_t interrupt_table; /* IRTA */
	uint64_t status;	  /* GSTS */
	/* The page request queue: all of PQA, PQH and PQT are known. */
	bool has_page_queue;
	uint64_t page_queue; /* PQA */
	uint64_t page_head, page_tail;
	bool page_overflow;		 /* PRS.PRO */
	unsigned int host_address_width; /* 0: not said */
	bool quiet;			 /* tell no defaults */
};

/* Take over what the registers of a unit say, where it is not said already. */
void machine_take(struct machine_source *source, const struct regset *set,
		  unsigned int host_address_width);

/* A file as vtd regs takes it; `unit` names the unit, NULL: the first one that
 * has a root table, or any.  False: complained. */
bool machine_take_file(struct machine_source *source, const char *path,
		       const char *unit);

/* NULL: complained.  vtd_unit_destroy() ends it, before the image goes. */
struct vtd_unit *machine_create(const struct machine_source *source,
				struct image *image);

#endif /* VTD_TOOL_MACHINE_H */
