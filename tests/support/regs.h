/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the software that programs a unit does with its registers and queues,
 * in the sequences of SPEC 11 and of the Linux driver.
 */
#ifndef VTD_TESTS_REGS_H
#define VTD_TESTS_REGS_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/spec/descriptors.h>
#include <vtd/spec/regs.h>
#include <vtd/vtd.h>

#include "fake_host.h"
#include "tables.h"

uint32_t regs_read_32(struct vtd_unit *unit, uint64_t offset);
uint64_t regs_read_64(struct vtd_unit *unit, uint64_t offset);
void regs_write_32(struct vtd_unit *unit, uint64_t offset, uint32_t value);
void regs_write_64(struct vtd_unit *unit, uint64_t offset, uint64_t value);

/* Turn one bit of GCMD on (level bits and one-shots alike) or off. */
void regs_command_set(struct vtd_unit *unit, uint32_t bit);
void regs_command_clear(struct vtd_unit *unit, uint32_t bit);

/* RTADDR and SRTP; `ttm` is a VTD_TTM_*. */
void regs_set_root_table(struct vtd_unit *unit, uint64_t root,
			 unsigned int ttm);
/* IRTA and SIRTP; the table has 2^(size + 1) entries. */
void regs_set_interrupt_table(struct vtd_unit *unit, uint64_t table,
			      unsigned int size, bool eime);

/* Data, address and mask of an event; `control` is VTD_REG_FECTL etc. */
void regs_set_event(struct vtd_unit *unit, uint32_t control, uint64_t address,
		    uint32_t data);

struct regs_fault {
	unsigned int index; /* of the record */
	uint8_t reason;
	uint16_t sid;
	bool pasid_present;
	uint32_t pasid;
	bool privileged;
	bool execute;
	unsigned int type; /* T1 << 1 | T2: 0 W, 1 page request, 2 R, 3 atomic */
	unsigned int at;
	uint64_t address; /* FI */
};

/* Take the first pending record (FSTS.FRI) and clear it; false: none. */
bool regs_take_fault(struct vtd_unit *unit, struct regs_fault *fault);
/* Take and drop all; clear overflow. */
void regs_drop_faults(struct vtd_unit *unit);

/* Invalidation queue of 2^size pages in RAM. */
struct regs_queue {
	struct vtd_unit *unit;
	struct fake_host *host;
	uint64_t base;
	unsigned int size;
	bool wide; /* 256-bit descriptors */
	uint32_t tail;
	/* A wait status that regs_queue_wait() uses. */
	uint64_t status;
	uint32_t sequence;
};

/* Allocate and enable it. */
void regs_queue_start(struct regs_queue *queue, struct vtd_unit *unit,
		      struct tables *tables, bool wide);
/* Store a descriptor at the tail; not seen by the unit until submitted. */
void regs_queue_put(struct regs_queue *queue, uint64_t word0, uint64_t word1);
/* Write IQT. */
void regs_queue_submit(struct regs_queue *queue);
/* Put a wait descriptor with status write (and `flags`, VTD_DESC_WAIT0_*);
 * regs_queue_is_done(): it has completed. */
void regs_queue_put_wait(struct regs_queue *queue, uint64_t flags);
bool regs_queue_is_done(struct regs_queue *queue);

/* The whole sequence for one descriptor; the return says whether the wait after
 * it completed. */
bool regs_queue_do(struct regs_queue *queue, uint64_t word0, uint64_t word1);

/* Drop everything cached: context, PASID (if wide), IOTLB.  The second waits
 * for as long as other threads hold it up. */
bool regs_queue_flush(struct regs_queue *queue);
void regs_queue_flush_and_wait(struct regs_queue *queue);

/* Page request queue of 2^size pages. */
struct regs_page_queue {
	struct vtd_unit *unit;
	struct fake_host *host;
	uint64_t base;
	unsigned int size;
};

void regs_page_queue_start(struct regs_page_queue *queue, struct vtd_unit *unit,
			   struct tables *tables);
/* The first two words of the descriptor at the head, consumed; false: empty. */
bool regs_page_queue_take(struct regs_page_queue *queue, uint64_t words[2]);

#endif /* VTD_TESTS_REGS_H */
