/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Builders of the structures that a unit reads from memory (SPEC chapter 9), in
 * the RAM of a vtd_kit_host.  They write what they are told, right or wrong:
 * tests break things on purpose.  vtd/spec/tables.h has the fields.
 *
 * Functions that return the address of an entry make the tables above it if
 * these are not there yet.  Not for several threads at the same time.
 *
 * No error is returned: when RAM is used up, `exhausted` is set, and what is
 * built after that is not to be relied on.
 */
#ifndef VTD_KIT_TABLES_H
#define VTD_KIT_TABLES_H

#include <vtd/kit/host.h>
#include <vtd/spec/tables.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An allocator of zeroed 4 KiB pages; nothing is ever given back. */
struct vtd_kit_tables {
	struct vtd_kit_host *host;
	uint64_t next; /**< the next page that is free */
	bool exhausted;

	uint64_t reserved[4];
};

/** Pages from `first` on, which is a multiple of 4096 and not 0. */
void vtd_kit_tables_init(struct vtd_kit_tables *tables,
			 struct vtd_kit_host *host, uint64_t first);

/** One page, and consecutive ones, which are naturally aligned if `count` is a
 * power of two.  0: there is no room. */
uint64_t vtd_kit_tables_page(struct vtd_kit_tables *tables);
uint64_t vtd_kit_tables_pages(struct vtd_kit_tables *tables,
			      unsigned int count);

/** Store `count` words from `address` on. */
void vtd_kit_tables_put(struct vtd_kit_tables *tables, uint64_t address,
			const uint64_t *words, unsigned int count);
/** Set and clear bits of a word. */
void vtd_kit_tables_change(struct vtd_kit_tables *tables, uint64_t address,
			   uint64_t set, uint64_t clear);

/* ------------------------------------------------ Where entries are */

/** Legacy mode: root entry of a bus, context entry of a device. */
uint64_t vtd_kit_root_entry(uint64_t root, uint16_t sid);
uint64_t vtd_kit_context_entry(struct vtd_kit_tables *tables, uint64_t root,
			       uint16_t sid);

/** Scalable mode: word of the root table for a half of a bus, context entry. */
uint64_t vtd_kit_sm_root_half(uint64_t root, uint16_t sid);
uint64_t vtd_kit_sm_context_entry(struct vtd_kit_tables *tables, uint64_t root,
				  uint16_t sid);

/** The entry of `pasid` in the directory `dir`, and in the table below. */
uint64_t vtd_kit_pasid_dir_entry(uint64_t dir, uint32_t pasid);
uint64_t vtd_kit_pasid_entry(struct vtd_kit_tables *tables, uint64_t dir,
			     uint32_t pasid);

/* --------------------------------------- First- and second-stage tables */

enum vtd_kit_stage {
	VTD_KIT_FIRST_STAGE = 0,
	VTD_KIT_SECOND_STAGE = 1,
};

struct vtd_kit_page_table {
	struct vtd_kit_tables *tables;
	enum vtd_kit_stage stage;
	unsigned int levels; /**< 3 (second stage only), 4, 5 */
	uint64_t root;	     /**< where it is in RAM */
	/** Added to the addresses that entries have of lower tables: what makes
	 * guest-physical addresses of them, for nested translation. */
	uint64_t gpa_offset;

	uint64_t reserved[4];
};

/** An empty one. */
void vtd_kit_page_table_init(struct vtd_kit_page_table *table,
			     struct vtd_kit_tables *tables,
			     enum vtd_kit_stage stage, unsigned int levels);

/**
 * Map the page of 2^shift bytes (12, 21, 30) at `input` to `output`.  `bits`
 * are those of the leaf besides address and PS (VTD_FS_*, VTD_SS_*); entries
 * above allow everything.  Returns the address of the leaf.
 */
uint64_t vtd_kit_page_table_map(struct vtd_kit_page_table *table,
				uint64_t input, uint64_t output,
				unsigned int shift, uint64_t bits);

/** The entry for `input` at a level, 1 (PTE) to `levels`; the entry itself is
 * left. */
uint64_t vtd_kit_page_table_entry(struct vtd_kit_page_table *table,
				  uint64_t input, unsigned int level);

/* --------------------------------------------- Whole entries, as Linux has them */

/** How the requests of a device, or of one PASID of it, are translated: by the
 * stages that are not NULL; both: nested; none: they pass through. */
struct vtd_kit_translation {
	const struct vtd_kit_page_table *first_stage;
	const struct vtd_kit_page_table *second_stage;
	uint16_t did;
	/** PASID entries: supervisor requests (SRE); the unit has
	 * supervisor_requests. */
	bool supervisor;

	uint64_t reserved[4];
};

/** A context entry of legacy mode, without a first stage; device-TLBs (TT) as
 * `device_tlb` says.  Returns its address. */
uint64_t vtd_kit_context_set(struct vtd_kit_tables *tables, uint64_t root,
			     uint16_t sid,
			     const struct vtd_kit_translation *translation,
			     bool device_tlb);

/** A context entry of scalable mode with a PASID directory for all PASIDs, and
 * all requests enabled.  Requests without PASID have `rid_pasid`. */
struct vtd_kit_sm_context {
	uint64_t entry; /**< of the context */
	uint64_t dir;	/**< PASID directory */

	uint64_t reserved[2];
};
struct vtd_kit_sm_context vtd_kit_sm_context_set(struct vtd_kit_tables *tables,
						 uint64_t root, uint16_t sid,
						 uint32_t rid_pasid);

/** A PASID table entry.  Returns its address. */
uint64_t vtd_kit_pasid_set(struct vtd_kit_tables *tables, uint64_t dir,
			   uint32_t pasid,
			   const struct vtd_kit_translation *translation);
/** The same, in the entry at an address. */
void vtd_kit_pasid_put(struct vtd_kit_tables *tables, uint64_t entry,
		       const struct vtd_kit_translation *translation);

/* ------------------------------------------------------------ Interrupts */

/** Interrupt remapping table entry `index`: its two words. */
void vtd_kit_irte_put(struct vtd_kit_tables *tables, uint64_t table,
		      unsigned int index, uint64_t low, uint64_t high);

/** An interrupt in remapped format: fixed delivery, edge, to one processor. */
struct vtd_kit_irte {
	uint8_t vector;
	uint32_t destination; /**< APIC id */
	bool extended;	      /**< the unit has EIME: 32 bits of destination */
	bool verify_source;   /**< only `sid` may use it (SVT 01b) */
	uint16_t sid;

	uint64_t reserved[2];
};
void vtd_kit_irte_set(struct vtd_kit_tables *tables, uint64_t table,
		      unsigned int index, const struct vtd_kit_irte *irte);

/** The interrupt request of a device that means entry `index` of the table
 * (remappable format, SPEC 5.1.2.2). */
struct vtd_interrupt_request vtd_kit_interrupt_request(uint16_t sid,
						       unsigned int index);

#ifdef __cplusplus
}
#endif

#endif /* VTD_KIT_TABLES_H */
