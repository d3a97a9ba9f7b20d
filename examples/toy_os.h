/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A very small operating system: one process, with PASID 5, whose pages are
 * provided when a device asks for them, and taken back again.
 */
#ifndef EXAMPLES_TOY_OS_H
#define EXAMPLES_TOY_OS_H

#include <vtd/spec/descriptors.h>
#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>
#include <vtd/vtd.h>

#include "ram.h"

enum { OS_SID = 0x0100, OS_PASID = 5 };
enum { ROOT = 1, CONTEXT, DIR, PASIDS, PML4, PDPT, PD, PT, IQ, PRQ, FREE };
#define RIGHTS (VTD_FS_P | VTD_FS_RW | VTD_FS_US)

/* Scalable mode, one device, first stage with four levels; both queues. */
static void os_boot(struct vtd_unit *unit)
{
	ram[ROOT][(OS_SID >> 8) * 2] = ADDRESS(CONTEXT) | VTD_ROOT_P;
	ram[CONTEXT][0] = ADDRESS(DIR) | VTD_SM_CONTEXT0_P |
			  VTD_SM_CONTEXT0_DTE | VTD_SM_CONTEXT0_PASIDE |
			  VTD_SM_CONTEXT0_PRE;
	ram[DIR][0] = ADDRESS(PASIDS) | VTD_PASID_DIR_P;
	ram[PASIDS][8 * OS_PASID] =
		VTD_PASID0_P |
		vtd_field_make(VTD_PASID0_PGTT, VTD_PGTT_FIRST_STAGE);
	ram[PASIDS][8 * OS_PASID + 1] = VTD_PASID1_PWSNP;
	ram[PASIDS][8 * OS_PASID + 2] = ADDRESS(PML4);
	for (int level = PML4; level < PT; level++)
		ram[level][0] = ADDRESS(level + 1) | RIGHTS;

	vtd_unit_write(unit, VTD_REG_RTADDR,
		       ADDRESS(ROOT) |
			       vtd_field_make(VTD_RTADDR_TTM, VTD_TTM_SCALABLE),
		       8);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_SRTP, 4);
	vtd_unit_write(unit, VTD_REG_IQA, ADDRESS(IQ) | VTD_IQA_DW, 8);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_QIE, 4);
	vtd_unit_write(unit, VTD_REG_PQA, ADDRESS(PRQ), 8);
	vtd_unit_write(unit, VTD_REG_PECTL, 0, 4); /* interrupts, please */
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_QIE | VTD_GCMD_TE, 4);
}

/* Put a 256-bit descriptor into the invalidation queue. */
static void os_submit(struct vtd_unit *unit, uint64_t word0, uint64_t word1)
{
	uint64_t tail = vtd_unit_read(unit, VTD_REG_IQT, 8);

	ram[IQ][tail / 8] = word0;
	ram[IQ][tail / 8 + 1] = word1;
	vtd_unit_write(unit, VTD_REG_IQT, (tail + 32) % 4096, 8);
}

/* The page request interrupt: map a free page, answer "success". */
static void os_page_request(struct vtd_unit *unit)
{
	uint64_t head = vtd_unit_read(unit, VTD_REG_PQH, 8);
	const uint64_t *request = &ram[PRQ][head / 8];
	uint64_t page = (request[1] & VTD_PRD1_ADDRESS) / 4096;

	vtd_unit_write(unit, VTD_REG_PRS, VTD_PRS_PPR, 4);
	ram[PT][page % 512] = ADDRESS(FREE) | RIGHTS;
	os_submit(unit,
		  VTD_DESC_PAGE_GROUP_RESPONSE | VTD_DESC_PGR0_PP |
			  (request[0] & (VTD_PRD0_RID | VTD_PRD0_PASID)),
		  request[1] & VTD_PRD1_PRGI);
	vtd_unit_write(unit, VTD_REG_PQH, (head + VTD_PAGE_REQUEST_SIZE) % 4096,
		       8);
}

/* Take a page back: no device uses it when this returns. */
static void os_unmap(struct vtd_unit *unit, uint64_t address)
{
	ram[PT][address / 4096 % 512] = 0;
	os_submit(unit,
		  VTD_DESC_PASID_IOTLB |
			  vtd_field_make(VTD_DESC0_G, VTD_GRANULARITY_PASID) |
			  vtd_field_make(VTD_DESC0_PASID, OS_PASID),
		  0);
	os_submit(unit,
		  VTD_DESC_PASID_DEVICE_TLB |
			  vtd_field_make(VTD_DESC_PDTLB0_SID, OS_SID) |
			  vtd_field_make(VTD_DESC0_PASID, OS_PASID),
		  address & VTD_DESC1_ADDRESS);
	os_submit(unit, VTD_DESC_WAIT | VTD_DESC_WAIT0_SW, ADDRESS(0));
}

#endif /* EXAMPLES_TOY_OS_H */
