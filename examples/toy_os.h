/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A very small operating system: one process, with PASID 5, whose pages are
 * provided when a device asks for them, and taken back again.
 */
#ifndef EXAMPLES_TOY_OS_H
#define EXAMPLES_TOY_OS_H

#include <vtd/kit/descriptors.h>
#include <vtd/kit/driver.h>
#include <vtd/kit/tables.h>

enum { OS_SID = 0x0100, OS_PASID = 5, OS_DID = 1, OS_FREE_PAGE = 0xb000 };

static struct vtd_kit_tables os_tables;
static struct vtd_kit_page_table os_process;
static struct vtd_kit_queue os_queue;
static struct vtd_kit_page_queue os_page_queue;

/* Scalable mode, one device, first stage with four levels; both queues. */
static void os_boot(struct vtd_kit_host *host)
{
	const struct vtd_kit_translation translation = {
		.first_stage = &os_process,
		.did = OS_DID,
	};
	struct vtd_kit_sm_context context;
	uint64_t root;

	vtd_kit_tables_init(&os_tables, host, 0x10000);
	root = vtd_kit_tables_page(&os_tables);
	context = vtd_kit_sm_context_set(&os_tables, root, OS_SID, 0);
	vtd_kit_page_table_init(&os_process, &os_tables, VTD_KIT_FIRST_STAGE,
				4);
	vtd_kit_pasid_set(&os_tables, context.dir, OS_PASID, &translation);
	vtd_kit_enable(&os_queue, host->unit, &os_tables, root,
		       VTD_TTM_SCALABLE);
	vtd_kit_page_queue_start(&os_page_queue, host->unit, &os_tables);
}

/* The page request interrupt: map a free page, answer "success". */
static void os_page_request(void)
{
	struct vtd_kit_descriptor response;
	uint64_t request[2];

	while (vtd_kit_page_queue_take(&os_page_queue, request)) {
		vtd_kit_page_table_map(&os_process,
				       request[1] & VTD_PRD1_ADDRESS,
				       OS_FREE_PAGE, 12,
				       VTD_FS_P | VTD_FS_RW | VTD_FS_US);
		response = vtd_kit_page_group_response(request,
						       VTD_RESPONSE_SUCCESS);
		vtd_kit_queue_invalidate(&os_queue, &response, 1);
	}
}

/* Take a page back.  No device uses it when vtd_kit_queue_is_done(&os_queue),
 * which is what this returns. */
static bool os_unmap(uint64_t address)
{
	const struct vtd_kit_descriptor descriptors[] = {
		vtd_kit_pasid_iotlb_pages(OS_DID, OS_PASID, address, 12),
		vtd_kit_pasid_device_tlb(OS_SID, OS_PASID, address, 12),
	};
	uint64_t entry = vtd_kit_page_table_entry(&os_process, address, 1);

	vtd_kit_tables_put(&os_tables, entry, &(uint64_t){ 0 }, 1);
	return vtd_kit_queue_invalidate(&os_queue, descriptors, 2);
}

#endif /* EXAMPLES_TOY_OS_H */
