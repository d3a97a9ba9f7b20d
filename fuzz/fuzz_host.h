/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host with a little RAM, in which there are tables and queues to begin with,
 * so that scripts need not build them to get anywhere.
 *
 * Not the kit's: it is made anew for each input and knows which pages that has
 * written, and it has any number of holes.  With the kit's functions for memory the
 * unit target did 2 % less of its corpus in a second (1 % to 3 %).
 */
#ifndef VTD_FUZZ_FUZZ_HOST_H
#define VTD_FUZZ_FUZZ_HOST_H

#include <vtd/vtd.h>

#include "fuzz.h"

#define FUZZ_RAM_PAGES 20
#define FUZZ_RAM_SIZE (FUZZ_RAM_PAGES * UINT64_C(4096))

/* Pages of RAM, by what they are at first. */
enum fuzz_page {
	FUZZ_ROOT,
	FUZZ_CONTEXT,
	FUZZ_LEGACY_ROOT,
	FUZZ_LEGACY_CONTEXT,
	FUZZ_PASID_DIRECTORY,
	FUZZ_PASID_TABLE,
	FUZZ_FIRST_STAGE,			  /* 5 levels */
	FUZZ_SECOND_STAGE = FUZZ_FIRST_STAGE + 5, /* 4 levels */
	FUZZ_QUEUE = FUZZ_SECOND_STAGE + 4,
	FUZZ_REQUESTS,
	FUZZ_INTERRUPTS,
	FUZZ_POSTED,
	FUZZ_DATA,
};
#define FUZZ_ADDRESS(page) ((page)*UINT64_C(4096))

#define FUZZ_PENDING_MAX 64

struct fuzz_map {
	struct vtd_ram_map map;
	struct vtd_ram_range range[FUZZ_RAM_PAGES];
};

struct fuzz_host {
	struct vtd_unit *unit;
	struct fuzz_input *input;
	uint64_t *ram;
	/* Pages that are not as they were at first, a set. */
	uint32_t dirty;
	/* Pages that are not there just now, a set. */
	uint32_t holes;
	bool published; /* the unit is to know RAM */
	struct fuzz_map map[2];
	unsigned int maps;
	uint64_t now;
	/* Invalidate requests that nobody has completed. */
	unsigned int pending_count;
	struct vtd_device_tlb_invalidation pending[FUZZ_PENDING_MAX];
	/* Notices that the host has not dealt with. */
	unsigned int notices;
	unsigned int noticed; /* all that there were */
	struct vtd_notice_ticket notice[FUZZ_PENDING_MAX];
	/* What callbacks do in their turn, each of them once. */
	unsigned int reactions;
};

extern const struct vtd_host_ops fuzz_host_ops;

/* RAM with tables for SIDs 0..7, PASID 0 (of the requester) to 63.  There is one
 * RAM for all hosts that come after each other: what an earlier one has written is
 * taken back, so `host` is that host still, or the first one of all, zeros. */
void fuzz_host_init(struct fuzz_host *host, struct fuzz_input *input);

/* Write to RAM, as a processor does: nothing where there is none. */
void fuzz_host_store(struct fuzz_host *host, uint64_t address,
		     const void *bytes, size_t length);

/* Tell the unit of RAM as it is now, or of none. */
void fuzz_host_publish(struct fuzz_host *host);

/* The registers as a driver leaves them: all on. */
void fuzz_host_program(struct fuzz_host *host, unsigned int ttm);

/* A configuration out of a byte; always a valid one. */
void fuzz_config(struct vtd_config *config, uint8_t variant);

#endif /* VTD_FUZZ_FUZZ_HOST_H */
