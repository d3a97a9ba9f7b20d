/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tables that kernels print with a fault: the entries on the way of the
 * request, one a line (Linux from 6.1 on, Xen with iommu=verbose).
 */
#ifndef VTD_TOOL_WALKS_H
#define VTD_TOOL_WALKS_H

#include <stdbool.h>
#include <stddef.h>

#include <vtd/types.h>

#include "message.h"
#include "regset.h"

#define WALKS_MAX 16
#define WALK_LEVELS 5

struct walk {
	unsigned int line;
	char unit[16]; /* "dmar0"; "" of Xen */
	struct vtd_request request;
	uint8_t reason; /* of the fault; 0: not known */
	bool scalable;
	/* What was printed. */
	bool has_root, has_context, has_directory;
	uint8_t has_pasid;		 /* a bit a word */
	bool has_level[WALK_LEVELS + 1]; /* 1... */
	uint64_t root[2];		 /* low, high */
	uint64_t context[2];
	uint64_t directory;
	uint64_t pasid[8];
	uint64_t level[WALK_LEVELS + 1];
};

struct walks {
	unsigned int lines;
	unsigned int count;
	unsigned int dropped;
	struct walk walk[WALKS_MAX];
	struct walk *open; /* lines add to it; NULL: to none */
	struct message fault;
};

void walks_take_text(struct walks *walks, const char *text, size_t size);

/* Explain the requests by these tables, on stdout.  `sets`: the units as the same
 * log names them. */
void walks_show(const struct walks *walks, const struct regsets *sets,
		bool json);

#endif /* VTD_TOOL_WALKS_H */
