/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builders of the structures that a unit reads from memory (SPEC chapter 9).
 * They write what they are told, right or wrong: tests break things on purpose.
 *
 * Functions that return the address of an entry make the tables above it if
 * these are not there yet.
 */
#ifndef VTD_TESTS_TABLES_H
#define VTD_TESTS_TABLES_H

#include <stdint.h>

#include <vtd/spec/tables.h>

#include "fake_host.h"

/* An allocator of zeroed 4 KiB pages; nothing is ever given back. */
struct tables {
	struct fake_host *host;
	uint64_t next;
};

/* From 1 MiB on. */
void tables_init(struct tables *tables, struct fake_host *host);
uint64_t tables_page(struct tables *tables);
/* Consecutive pages, naturally aligned if `count` is a power of two. */
uint64_t tables_pages(struct tables *tables, unsigned int count);

/* Store `count` words from `address` on. */
void tables_put(struct tables *tables, uint64_t address, const uint64_t *words,
		unsigned int count);

/* Legacy mode: root entry of a bus, context entry of a device. */
uint64_t tables_root_entry(uint64_t root, uint16_t sid);
uint64_t tables_legacy_context(struct tables *tables, uint64_t root,
			       uint16_t sid);

/* Scalable mode: word of the root table for a half of a bus, context entry. */
uint64_t tables_sm_root_half(uint64_t root, uint16_t sid);
uint64_t tables_sm_context(struct tables *tables, uint64_t root, uint16_t sid);

/* The entry of `pasid` in the directory `dir` and in the table below. */
uint64_t tables_pasid_dir_entry(uint64_t dir, uint32_t pasid);
uint64_t tables_pasid_entry(struct tables *tables, uint64_t dir,
			    uint32_t pasid);

/* First- and second-stage tables */
enum page_table_stage {
	PAGE_TABLE_FIRST_STAGE,
	PAGE_TABLE_SECOND_STAGE,
};

struct page_table {
	struct tables *tables;
	enum page_table_stage stage;
	unsigned int levels; /* 3, 4, 5 */
	uint64_t root;	     /* where it is in RAM */
	/* Added to the addresses that entries have of lower tables: what makes
	 * guest-physical addresses of them. */
	uint64_t gpa_offset;
};

#define FS_USER_RW (VTD_FS_P | VTD_FS_RW | VTD_FS_US)
#define FS_USER_RO (VTD_FS_P | VTD_FS_US)
#define FS_SUPERVISOR_RW (VTD_FS_P | VTD_FS_RW)
#define SS_RW (VTD_SS_R | VTD_SS_W)

void page_table_init(struct page_table *table, struct tables *tables,
		     enum page_table_stage stage, unsigned int levels);

/*
 * Map the page of 2^shift bytes (12, 21, 30) at `input` to `output`.  `bits`
 * are those of the leaf besides address and PS; entries above allow everything.
 * Returns the address of the leaf.
 */
uint64_t page_table_map(struct page_table *table, uint64_t input,
			uint64_t output, unsigned int shift, uint64_t bits);

/* The entry for `input` at a level, 1 (PTE) to `levels`; tables above are made,
 * the entry itself is left. */
uint64_t page_table_entry(struct page_table *table, uint64_t input,
			  unsigned int level);

/* Set and clear bits of an entry. */
void tables_change(struct tables *tables, uint64_t entry, uint64_t set,
		   uint64_t clear);

/* Interrupt remapping table entry `index`. */
void tables_irte(struct tables *tables, uint64_t table, unsigned int index,
		 uint64_t low, uint64_t high);

#endif /* VTD_TESTS_TABLES_H */
