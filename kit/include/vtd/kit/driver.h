/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the software that programs a unit does with its registers and queues, in
 * the sequences of SPEC 11 and of the Linux driver.  vtd/spec/regs.h and
 * vtd/spec/descriptors.h have the fields.
 *
 * A queue belongs to one thread at a time.
 */
#ifndef VTD_KIT_DRIVER_H
#define VTD_KIT_DRIVER_H

#include <vtd/kit/tables.h>
#include <vtd/spec/descriptors.h>
#include <vtd/spec/regs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------- Registers */

uint32_t vtd_kit_read_32(struct vtd_unit *unit, uint64_t offset);
uint64_t vtd_kit_read_64(struct vtd_unit *unit, uint64_t offset);
void vtd_kit_write_32(struct vtd_unit *unit, uint64_t offset, uint32_t value);
void vtd_kit_write_64(struct vtd_unit *unit, uint64_t offset, uint64_t value);

/** Turn one bit of GCMD on (level bits and one-shots alike) or off. */
void vtd_kit_command_set(struct vtd_unit *unit, uint32_t bit);
void vtd_kit_command_clear(struct vtd_unit *unit, uint32_t bit);

/** RTADDR and SRTP; `ttm` is a VTD_TTM_*. */
void vtd_kit_set_root_table(struct vtd_unit *unit, uint64_t root,
			    unsigned int ttm);
/** IRTA and SIRTP; the table has 2^(size + 1) entries. */
void vtd_kit_set_interrupt_table(struct vtd_unit *unit, uint64_t table,
				 unsigned int size, bool eime);

/** Data, address and mask of an event; `control` is VTD_REG_FECTL etc. */
void vtd_kit_set_event(struct vtd_unit *unit, uint32_t control,
		       uint64_t address, uint32_t data);

/* ---------------------------------------------------------------- Faults */

/** A fault record, taken apart. */
struct vtd_kit_fault {
	unsigned int index; /**< of the record */
	uint8_t reason;	    /**< SPEC's code */
	uint16_t sid;
	bool pasid_present;
	uint32_t pasid;
	bool privileged;
	bool execute;
	/** T1 << 1 | T2: 0 W, 1 page request, 2 R, 3 atomic */
	unsigned int type;
	unsigned int at;
	uint64_t address; /**< FI */

	uint64_t reserved[2];
};

/** Take the first pending record (FSTS.FRI) and clear it; false: none. */
bool vtd_kit_fault_take(struct vtd_unit *unit, struct vtd_kit_fault *fault);
/** Take and drop all; clear overflow. */
void vtd_kit_faults_drop(struct vtd_unit *unit);

/* --------------------------------------------------- Invalidation queue */

/** A queue of 2^size pages in RAM. */
struct vtd_kit_queue {
	struct vtd_unit *unit;
	struct vtd_kit_host *host;
	uint64_t base;
	unsigned int size;
	bool wide; /**< 256-bit descriptors, which scalable mode needs */
	uint32_t tail;
	/** A wait status that vtd_kit_queue_put_wait() uses. */
	uint64_t status;
	uint32_t sequence;

	uint64_t reserved[4];
};

/** Allocate one page for it and enable it. */
void vtd_kit_queue_start(struct vtd_kit_queue *queue, struct vtd_unit *unit,
			 struct vtd_kit_tables *tables, bool wide);
/** Store a descriptor at the tail; not seen by the unit until submitted.  There is
 * no look at the head: a queue that is full is the caller's mistake. */
void vtd_kit_queue_put(struct vtd_kit_queue *queue, uint64_t word0,
		       uint64_t word1);
/** Write IQT. */
void vtd_kit_queue_submit(struct vtd_kit_queue *queue);
/** Put a wait descriptor with status write (and `flags`, VTD_DESC_WAIT0_*);
 * vtd_kit_queue_is_done(): it has completed. */
void vtd_kit_queue_put_wait(struct vtd_kit_queue *queue, uint64_t flags);
bool vtd_kit_queue_is_done(struct vtd_kit_queue *queue);

/** The whole sequence for one descriptor; the return says whether the wait after
 * it has completed. */
bool vtd_kit_queue_do(struct vtd_kit_queue *queue, uint64_t word0,
		      uint64_t word1);

/** Drop everything cached: context, PASID (if wide), IOTLB.  Likewise. */
bool vtd_kit_queue_flush(struct vtd_kit_queue *queue);

/** What turns a unit on: start the queue (wide, if the unit has scalable mode), set
 * the root table, enable translation.  `ttm` is a VTD_TTM_*. */
void vtd_kit_enable(struct vtd_kit_queue *queue, struct vtd_unit *unit,
		    struct vtd_kit_tables *tables, uint64_t root,
		    unsigned int ttm);

/* --------------------------------------------------- Page request queue */

/** A queue of 2^size pages. */
struct vtd_kit_page_queue {
	struct vtd_unit *unit;
	struct vtd_kit_host *host;
	uint64_t base;
	unsigned int size;

	uint64_t reserved[4];
};

/** Allocate one page for it and set it up. */
void vtd_kit_page_queue_start(struct vtd_kit_page_queue *queue,
			      struct vtd_unit *unit,
			      struct vtd_kit_tables *tables);
/** The first two words of the descriptor at the head, consumed; false: empty. */
bool vtd_kit_page_queue_take(struct vtd_kit_page_queue *queue,
			     uint64_t words[2]);

#ifdef __cplusplus
}
#endif

#endif /* VTD_KIT_DRIVER_H */
