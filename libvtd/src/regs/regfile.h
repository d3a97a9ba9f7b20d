/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The register file: the only owner of register contents.  The map is data, one
 * row a register (register_map.c); this file applies the access rules to it.
 *
 * Contents are atomic 32-bit words: lock-free paths may read them, and only the
 * holder of the unit's lock writes them.
 */
#ifndef VTD_SRC_REGS_REGFILE_H
#define VTD_SRC_REGS_REGFILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vtd/spec/regs.h>
#include <vtd/vtd.h>

/*
 * What a write by software means beyond storing its bits.  The register file
 * only says so; the unit acts (regs never call up).
 */
enum vtd_reg_action {
	VTD_ACTION_NONE,
	VTD_ACTION_GLOBAL_COMMAND,
	VTD_ACTION_CONTEXT_COMMAND,
	VTD_ACTION_IOTLB_COMMAND,
	VTD_ACTION_FAULT_EVENT, /* status or control of the fault event */
	VTD_ACTION_INVALIDATION_EVENT,
	VTD_ACTION_PAGE_EVENT,
	VTD_ACTION_QUEUE_TAIL,
};

/* One register as data. */
struct vtd_reg_row {
	const char *name;
	uint16_t offset;
	uint8_t size;	     /* 4 or 8 bytes */
	uint64_t reset;	     /* after power-good reset */
	uint64_t writable;   /* RW bits */
	uint64_t clear_by_1; /* RW1C bits */
	uint64_t sticky;     /* bits that survive a warm reset */
	enum vtd_reg_action action;
	/* A write acts only if it covers one of these bits: a 64-bit register
	 * written in halves acts with the half that triggers (SPEC 11.2). */
	uint64_t trigger;
};

#define VTD_REG_ROWS_MAX 80
#define VTD_REG_WORDS (VTD_REGISTER_SPACE_SIZE / 4)

struct vtd_regfile {
	_Atomic uint32_t word[VTD_REG_WORDS];
	/* The map of this unit: registers that its configuration lacks are not
	 * in it and so read as 0 and ignore writes. */
	struct vtd_reg_row row[VTD_REG_ROWS_MAX];
	unsigned int rows;
	/* Which row a word belongs to: index + 1, or 0 for none. */
	uint8_t row_of_word[VTD_REG_WORDS];
};

/* Fill in the rows of a unit; returns their number (register_map.c). */
unsigned int vtd_register_map(const struct vtd_config *config,
			      struct vtd_reg_row row[VTD_REG_ROWS_MAX]);

/* `regs` is all zeros. */
void vtd_regfile_init(struct vtd_regfile *regs,
		      const struct vtd_config *config);
void vtd_regfile_reset(struct vtd_regfile *regs, enum vtd_reset reset);

/* Accesses of software, checked and masked.  `offset` and `size` as they come. */
uint64_t vtd_regfile_read(const struct vtd_regfile *regs, uint64_t offset,
			  unsigned int size);

/* What a write sets in motion.  Of two registers in 8 bytes one does at most. */
struct vtd_reg_trigger {
	enum vtd_reg_action action;
	uint32_t written; /* the word as software wrote it */
};
struct vtd_reg_trigger vtd_regfile_write(struct vtd_regfile *regs,
					 uint64_t offset, uint64_t value,
					 unsigned int size);

/* Accesses of the unit itself: no masks.  `offset` is a VTD_REG_*. */
static inline uint32_t vtd_reg_get_32(const struct vtd_regfile *regs,
				      uint32_t offset)
{
	return atomic_load_explicit(&regs->word[offset / 4],
				    memory_order_acquire);
}

static inline void vtd_reg_set_32(struct vtd_regfile *regs, uint32_t offset,
				  uint32_t value)
{
	atomic_store_explicit(&regs->word[offset / 4], value,
			      memory_order_release);
}

/* Only under the lock: the halves are read and written one after the other. */
static inline uint64_t vtd_reg_get_64(const struct vtd_regfile *regs,
				      uint32_t offset)
{
	return vtd_reg_get_32(regs, offset) |
	       (uint64_t)vtd_reg_get_32(regs, offset + 4) << 32;
}

static inline void vtd_reg_set_64(struct vtd_regfile *regs, uint32_t offset,
				  uint64_t value)
{
	vtd_reg_set_32(regs, offset, (uint32_t)value);
	vtd_reg_set_32(regs, offset + 4, (uint32_t)(value >> 32));
}

#endif /* VTD_SRC_REGS_REGFILE_H */
