/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in memory and in the registers before a script begins. */
#include <string.h>

#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

#include "fuzz_host.h"

static void put(struct fuzz_host *host, unsigned int page, unsigned int word,
		uint64_t value)
{
	host->ram[page * 512 + word] = value;
}

/* Entry 0 of each level leads to the next one, the others are pages. */
static void put_tables(struct fuzz_host *host, unsigned int page,
		       unsigned int levels, uint64_t bits)
{
	for (unsigned int i = 0; i < levels; i++) {
		bool leaf = i + 1 == levels;

		put(host, page + i, 0,
		    FUZZ_ADDRESS(leaf ? FUZZ_DATA : page + i + 1) | bits);
		put(host, page + i, 1, FUZZ_ADDRESS(FUZZ_DATA) | bits);
		/* A large page where the level has some. */
		put(host, page + i, 2, bits | VTD_FS_PS);
	}
}

static void put_contexts(struct fuzz_host *host)
{
	put(host, FUZZ_ROOT, 0, FUZZ_ADDRESS(FUZZ_CONTEXT) | VTD_ROOT_P);
	put(host, FUZZ_LEGACY_ROOT, 0,
	    FUZZ_ADDRESS(FUZZ_LEGACY_CONTEXT) | VTD_ROOT_P);
	for (unsigned int i = 0; i < 8; i++) {
		put(host, FUZZ_CONTEXT, 4 * i,
		    FUZZ_ADDRESS(FUZZ_PASID_DIRECTORY) | VTD_SM_CONTEXT0_P |
			    VTD_SM_CONTEXT0_DTE | VTD_SM_CONTEXT0_PASIDE |
			    VTD_SM_CONTEXT0_PRE);
		put(host, FUZZ_LEGACY_CONTEXT, 2 * i,
		    FUZZ_ADDRESS(FUZZ_SECOND_STAGE) | VTD_CONTEXT0_P |
			    vtd_field_make(VTD_CONTEXT0_TT, i % 3));
		put(host, FUZZ_LEGACY_CONTEXT, 2 * i + 1,
		    vtd_field_make(VTD_CONTEXT1_AW, 2));
	}
}

/* Each type of translation in turn, with 4 or 5 levels of first stage. */
static void put_pasids(struct fuzz_host *host)
{
	put(host, FUZZ_PASID_DIRECTORY, 0,
	    FUZZ_ADDRESS(FUZZ_PASID_TABLE) | VTD_PASID_DIR_P);
	for (unsigned int i = 0; i < 64; i++) {
		bool five = (i & 4) != 0;

		put(host, FUZZ_PASID_TABLE, 8 * i,
		    FUZZ_ADDRESS(FUZZ_SECOND_STAGE) | VTD_PASID0_P |
			    vtd_field_make(VTD_PASID0_AW, 2) |
			    vtd_field_make(VTD_PASID0_PGTT, 1 + i % 4));
		put(host, FUZZ_PASID_TABLE, 8 * i + 1, 1 | VTD_PASID1_PWSNP);
		put(host, FUZZ_PASID_TABLE, 8 * i + 2,
		    FUZZ_ADDRESS(FUZZ_FIRST_STAGE + (five ? 0 : 1)) |
			    vtd_field_make(VTD_PASID2_FSPM, five));
	}
}

/* Remapped and posted ones in turn. */
static void put_interrupts(struct fuzz_host *host)
{
	for (unsigned int i = 0; i < 256; i += 2) {
		uint64_t entry = VTD_IRTE0_P |
				 vtd_field_make(VTD_IRTE0_V, 0x20 + i / 2);

		if ((i & 2) != 0)
			entry |= VTD_IRTE0_IM |
				 vtd_field_make(VTD_IRTE0_POSTED_PDA_LOW,
						FUZZ_ADDRESS(FUZZ_POSTED) >> 6);
		put(host, FUZZ_INTERRUPTS, i, entry);
	}
}

static void put_all(struct fuzz_host *host)
{
	put_contexts(host);
	put_pasids(host);
	put_tables(host, FUZZ_FIRST_STAGE, 5, VTD_FS_P | VTD_FS_RW | VTD_FS_US);
	put_tables(host, FUZZ_SECOND_STAGE, 4, VTD_SS_R | VTD_SS_W);
	put_interrupts(host);
}

void fuzz_host_init(struct fuzz_host *host, struct fuzz_input *input)
{
	static uint64_t ram[FUZZ_RAM_SIZE / 8];
	static uint64_t at_first[FUZZ_RAM_SIZE / 8];
	const uint32_t dirty = host->dirty;

	memset(host, 0, sizeof(*host));
	host->ram = ram;
	host->input = input;
	if (at_first[0] == 0) {
		put_all(host);
		memcpy(at_first, ram, sizeof(ram));
	}
	for (unsigned int page = 0; page < FUZZ_RAM_PAGES; page++)
		if ((dirty >> page & 1) != 0)
			memcpy(ram + page * 512, at_first + page * 512, 4096);
}

void fuzz_host_program(struct fuzz_host *host, unsigned int ttm)
{
	const unsigned int root = ttm == VTD_TTM_LEGACY ? FUZZ_LEGACY_ROOT :
							  FUZZ_ROOT;
	const uint32_t on = VTD_GCMD_QIE | VTD_GCMD_TE | VTD_GCMD_IRE;
	struct vtd_unit *unit = host->unit;

	vtd_unit_write(unit, VTD_REG_IQA,
		       FUZZ_ADDRESS(FUZZ_QUEUE) |
			       (ttm == VTD_TTM_LEGACY ? 0 : VTD_IQA_DW),
		       8);
	vtd_unit_write(unit, VTD_REG_PQA, FUZZ_ADDRESS(FUZZ_REQUESTS), 8);
	vtd_unit_write(unit, VTD_REG_IRTA, FUZZ_ADDRESS(FUZZ_INTERRUPTS) | 6,
		       8);
	vtd_unit_write(unit, VTD_REG_RTADDR,
		       FUZZ_ADDRESS(root) | vtd_field_make(VTD_RTADDR_TTM, ttm),
		       8);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_SRTP, 4);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_SIRTP, 4);
	for (uint32_t bit = 1; bit != 0; bit <<= 1)
		if ((on & bit) != 0)
			vtd_unit_write(unit, VTD_REG_GCMD,
				       (on & (bit - 1)) | bit, 4);
	vtd_unit_write(unit, VTD_REG_FECTL, 0, 4);
	vtd_unit_write(unit, VTD_REG_IECTL, 0, 4);
	vtd_unit_write(unit, VTD_REG_PECTL, 0, 4);
}

void fuzz_config(struct vtd_config *config, uint8_t variant)
{
	vtd_config_init(config);
	config->posted_interrupts = (variant & 1) != 0;
	config->abort_dma = (variant & 2) != 0;
	config->caching_mode = (variant & 4) != 0;
	config->page_walk_coherency = (variant & 8) == 0;
	config->extended_accessed = config->page_walk_coherency;
	config->second_stage_accessed_dirty = config->page_walk_coherency;
	config->self_flush = (variant & 16) == 0;
	config->fault_records = (variant & 32) != 0 ? 1 : 8;
	config->fault_compression = (variant & 64) == 0;
	config->check = (variant & 128) != 0;
	config->iotlb = config->check ? VTD_IOTLB_KEEP : VTD_IOTLB_LIVE;
	config->iotlb_entries = 16;
	config->check_waits = 0;
	FUZZ_CHECK(vtd_config_check(config) == NULL);
}
