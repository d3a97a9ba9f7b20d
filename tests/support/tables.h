/* SPDX-License-Identifier: BSD-3-Clause */
/* The kit's table builders (vtd/kit/tables.h) by short names.  Running out of
 * RAM ends a test. */
#ifndef VTD_TESTS_TABLES_H
#define VTD_TESTS_TABLES_H

#include <vtd/kit/tables.h>

#include "fake_host.h"

#define page_table_stage vtd_kit_stage
#define PAGE_TABLE_FIRST_STAGE VTD_KIT_FIRST_STAGE
#define PAGE_TABLE_SECOND_STAGE VTD_KIT_SECOND_STAGE
#define page_table vtd_kit_page_table

#define tables_put vtd_kit_tables_put
#define tables_change vtd_kit_tables_change
#define tables_root_entry vtd_kit_root_entry
#define tables_legacy_context vtd_kit_context_entry
#define tables_sm_root_half vtd_kit_sm_root_half
#define tables_sm_context vtd_kit_sm_context_entry
#define tables_pasid_dir_entry vtd_kit_pasid_dir_entry
#define tables_pasid_entry vtd_kit_pasid_entry
#define tables_irte vtd_kit_irte_put
#define page_table_init vtd_kit_page_table_init
#define page_table_map vtd_kit_page_table_map
#define page_table_entry vtd_kit_page_table_entry

#define FS_USER_RW (VTD_FS_P | VTD_FS_RW | VTD_FS_US)
#define FS_USER_RO (VTD_FS_P | VTD_FS_US)
#define FS_SUPERVISOR_RW (VTD_FS_P | VTD_FS_RW)
#define SS_RW (VTD_SS_R | VTD_SS_W)

/* From 1 MiB on. */
static inline void tables_init(struct vtd_kit_tables *tables,
			       struct fake_host *host)
{
	vtd_kit_tables_init(tables, host, UINT64_C(1) << 20);
}

static inline uint64_t tables_pages(struct vtd_kit_tables *tables,
				    unsigned int count)
{
	uint64_t pages = vtd_kit_tables_pages(tables, count);

	assert(pages != 0);
	return pages;
}

static inline uint64_t tables_page(struct vtd_kit_tables *tables)
{
	return tables_pages(tables, 1);
}

#endif /* VTD_TESTS_TABLES_H */
