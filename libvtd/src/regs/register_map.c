/* SPDX-License-Identifier: BSD-3-Clause */
/* The register map as data.  SPEC 11.4; access rules 11.2. */
#include "config.h"
#include "regs/regfile.h"

#define ALL UINT64_MAX
#define EVENT_DATA VTD_BITS(15, 0)
#define EVENT_ADDRESS VTD_BITS(31, 2)
#define WORD VTD_BITS(31, 0)

/* clang-format off */
/* Registers that every unit has and whose rows depend on nothing. */
static const struct vtd_reg_row fixed_rows[] = {
	{ .name = "GCMD", .offset = VTD_REG_GCMD, .size = 4,
	  .action = VTD_ACTION_GLOBAL_COMMAND, .trigger = ALL },
	{ .name = "GSTS", .offset = VTD_REG_GSTS, .size = 4 },
	{ .name = "CCMD", .offset = VTD_REG_CCMD, .size = 8,
	  .writable = VTD_CCMD_ICC | VTD_CCMD_CIRG | VTD_CCMD_FM |
		      VTD_CCMD_SID | VTD_CCMD_DID,
	  .action = VTD_ACTION_CONTEXT_COMMAND, .trigger = VTD_CCMD_ICC },
	{ .name = "FECTL", .offset = VTD_REG_FECTL, .size = 4,
	  .reset = VTD_ECTL_IM, .writable = VTD_ECTL_IM,
	  .action = VTD_ACTION_FAULT_EVENT, .trigger = ALL },
	{ .name = "FEDATA", .offset = VTD_REG_FEDATA, .size = 4,
	  .writable = EVENT_DATA },
	{ .name = "FEADDR", .offset = VTD_REG_FEADDR, .size = 4,
	  .writable = EVENT_ADDRESS },
	{ .name = "FEUADDR", .offset = VTD_REG_FEUADDR, .size = 4,
	  .writable = WORD },
	{ .name = "IQH", .offset = VTD_REG_IQH, .size = 8 },
	{ .name = "IQT", .offset = VTD_REG_IQT, .size = 8,
	  .writable = VTD_IQT_QT,
	  .action = VTD_ACTION_QUEUE_TAIL, .trigger = WORD },
	{ .name = "ICS", .offset = VTD_REG_ICS, .size = 4,
	  .clear_by_1 = VTD_ICS_IWC, .sticky = VTD_ICS_IWC,
	  .action = VTD_ACTION_INVALIDATION_EVENT, .trigger = ALL },
	{ .name = "IECTL", .offset = VTD_REG_IECTL, .size = 4,
	  .reset = VTD_ECTL_IM, .writable = VTD_ECTL_IM,
	  .action = VTD_ACTION_INVALIDATION_EVENT, .trigger = ALL },
	{ .name = "IEDATA", .offset = VTD_REG_IEDATA, .size = 4,
	  .writable = EVENT_DATA },
	{ .name = "IEADDR", .offset = VTD_REG_IEADDR, .size = 4,
	  .writable = EVENT_ADDRESS },
	{ .name = "IEUADDR", .offset = VTD_REG_IEUADDR, .size = 4,
	  .writable = WORD },
	{ .name = "IQERCD", .offset = VTD_REG_IQERCD, .size = 8,
	  .sticky = ALL },
	/* IVA is write-only: it is stored for IOTLB and reads as what was
	 * written, which SPEC leaves open. */
	{ .name = "IVA", .offset = VTD_REG_IVA, .size = 8,
	  .writable = VTD_IVA_ADDR | VTD_IVA_IH | VTD_IVA_AM },
	{ .name = "IOTLB", .offset = VTD_REG_IOTLB, .size = 8,
	  .writable = VTD_IOTLB_IVT | VTD_IOTLB_IIRG | VTD_IOTLB_DR |
		      VTD_IOTLB_DW | VTD_IOTLB_DID,
	  .action = VTD_ACTION_IOTLB_COMMAND, .trigger = VTD_IOTLB_IVT },
};

/* Registers of a unit that can do page requests; RsvdZ otherwise. */
static const struct vtd_reg_row page_request_rows[] = {
	{ .name = "PQH", .offset = VTD_REG_PQH, .size = 8,
	  .writable = VTD_PQ_POINTER },
	{ .name = "PQT", .offset = VTD_REG_PQT, .size = 8,
	  .writable = VTD_PQ_POINTER },
	{ .name = "PRS", .offset = VTD_REG_PRS, .size = 4,
	  .clear_by_1 = VTD_PRS_PPR | VTD_PRS_PRO,
	  .sticky = VTD_PRS_PPR | VTD_PRS_PRO,
	  .action = VTD_ACTION_PAGE_EVENT, .trigger = ALL },
	{ .name = "PECTL", .offset = VTD_REG_PECTL, .size = 4,
	  .reset = VTD_ECTL_IM, .writable = VTD_ECTL_IM,
	  .action = VTD_ACTION_PAGE_EVENT, .trigger = ALL },
	{ .name = "PEDATA", .offset = VTD_REG_PEDATA, .size = 4,
	  .writable = EVENT_DATA },
	{ .name = "PEADDR", .offset = VTD_REG_PEADDR, .size = 4,
	  .writable = EVENT_ADDRESS },
	{ .name = "PEUADDR", .offset = VTD_REG_PEUADDR, .size = 4,
	  .writable = WORD },
};
/* clang-format on */

struct map {
	struct vtd_reg_row *row;
	unsigned int rows;
};

static void add(struct map *map, const struct vtd_reg_row *row)
{
	map->row[map->rows++] = *row;
}

static void add_all(struct map *map, const struct vtd_reg_row *row,
		    unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		add(map, &row[i]);
}

/* clang-format off */
static void add_capabilities(struct map *map, const struct vtd_config *config)
{
	add(map, &(struct vtd_reg_row){
			 .name = "VER", .offset = VTD_REG_VER, .size = 4,
			 .reset = vtd_config_version(config) });
	add(map, &(struct vtd_reg_row){
			 .name = "CAP", .offset = VTD_REG_CAP, .size = 8,
			 .reset = vtd_config_cap(config) });
	add(map, &(struct vtd_reg_row){
			 .name = "ECAP", .offset = VTD_REG_ECAP, .size = 8,
			 .reset = vtd_config_ecap(config) });
}

/* Table and queue pointers: address bits from HAW upwards do not exist. */
static void add_pointers(struct map *map, const struct vtd_config *config)
{
	uint64_t address = VTD_BITS(config->host_address_width - 1, 12);
	uint64_t eime = config->extended_interrupt_mode ? VTD_IRTA_EIME : 0;

	add(map, &(struct vtd_reg_row){
			 .name = "RTADDR", .offset = VTD_REG_RTADDR, .size = 8,
			 .writable = address | VTD_RTADDR_TTM });
	add(map, &(struct vtd_reg_row){
			 .name = "IQA", .offset = VTD_REG_IQA, .size = 8,
			 .writable = address | VTD_IQA_DW | VTD_IQA_QS });
	if (config->interrupt_remapping)
		add(map, &(struct vtd_reg_row){
				 .name = "IRTA", .offset = VTD_REG_IRTA,
				 .size = 8,
				 .writable = address | eime | VTD_IRTA_S });
	if (config->page_request)
		add(map, &(struct vtd_reg_row){
				 .name = "PQA", .offset = VTD_REG_PQA,
				 .size = 8,
				 .writable = address | VTD_PQA_PQS });
}

static void add_faults(struct map *map, const struct vtd_config *config)
{
	uint64_t device_tlb =
		config->device_tlb ? VTD_FSTS_ICE | VTD_FSTS_ITE : 0;

	add(map, &(struct vtd_reg_row){
			 .name = "FSTS", .offset = VTD_REG_FSTS, .size = 4,
			 .clear_by_1 = VTD_FSTS_PFO | VTD_FSTS_IQE | device_tlb,
			 .sticky = ALL,
			 .action = VTD_ACTION_FAULT_EVENT, .trigger = ALL });
	for (unsigned int i = 0; i < config->fault_records; i++) {
		uint16_t offset = VTD_REG_FRCD + i * VTD_REG_FRCD_STRIDE;

		add(map, &(struct vtd_reg_row){
				 .name = "FRCD.low", .offset = offset,
				 .size = 8, .sticky = ALL });
		add(map, &(struct vtd_reg_row){
				 .name = "FRCD.high", .offset = offset + 8,
				 .size = 8, .clear_by_1 = VTD_FRCD_HI_F,
				 .sticky = ALL,
				 .action = VTD_ACTION_FAULT_EVENT,
				 .trigger = VTD_FRCD_HI_F });
	}
}
/* clang-format on */

unsigned int vtd_register_map(const struct vtd_config *config,
			      struct vtd_reg_row row[VTD_REG_ROWS_MAX])
{
	struct map map = { .row = row };

	add_capabilities(&map, config);
	add_all(&map, fixed_rows, sizeof(fixed_rows) / sizeof(*fixed_rows));
	add_pointers(&map, config);
	add_faults(&map, config);
	if (config->page_request)
		add_all(&map, page_request_rows,
			sizeof(page_request_rows) / sizeof(*page_request_rows));
	return map.rows;
}
