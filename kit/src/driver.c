/* SPDX-License-Identifier: BSD-3-Clause */
/* What driver software does with registers and queues. */
#include <vtd/kit/driver.h>

/* GCMD bits that are levels: what Linux keeps when it sets one more. */
#define COMMAND_LEVELS UINT32_C(0x96ffffff)

uint32_t vtd_kit_read_32(struct vtd_unit *unit, uint64_t offset)
{
	return (uint32_t)vtd_unit_read(unit, offset, 4);
}

uint64_t vtd_kit_read_64(struct vtd_unit *unit, uint64_t offset)
{
	return vtd_unit_read(unit, offset, 8);
}

void vtd_kit_write_32(struct vtd_unit *unit, uint64_t offset, uint32_t value)
{
	vtd_unit_write(unit, offset, value, 4);
}

void vtd_kit_write_64(struct vtd_unit *unit, uint64_t offset, uint64_t value)
{
	vtd_unit_write(unit, offset, value, 8);
}

void vtd_kit_command_set(struct vtd_unit *unit, uint32_t bit)
{
	uint32_t levels = vtd_kit_read_32(unit, VTD_REG_GSTS) & COMMAND_LEVELS;

	vtd_kit_write_32(unit, VTD_REG_GCMD, levels | bit);
}

void vtd_kit_command_clear(struct vtd_unit *unit, uint32_t bit)
{
	uint32_t levels = vtd_kit_read_32(unit, VTD_REG_GSTS) & COMMAND_LEVELS;

	vtd_kit_write_32(unit, VTD_REG_GCMD, levels & ~bit);
}

void vtd_kit_set_root_table(struct vtd_unit *unit, uint64_t root,
			    unsigned int ttm)
{
	vtd_kit_write_64(unit, VTD_REG_RTADDR,
			 root | vtd_field_make(VTD_RTADDR_TTM, ttm));
	vtd_kit_command_set(unit, (uint32_t)VTD_GCMD_SRTP);
}

void vtd_kit_set_interrupt_table(struct vtd_unit *unit, uint64_t table,
				 unsigned int size, bool eime)
{
	vtd_kit_write_64(unit, VTD_REG_IRTA,
			 table | vtd_field_make(VTD_IRTA_S, size) |
				 (eime ? VTD_IRTA_EIME : 0));
	vtd_kit_command_set(unit, (uint32_t)VTD_GCMD_SIRTP);
}

void vtd_kit_set_event(struct vtd_unit *unit, uint32_t control,
		       uint64_t address, uint32_t data)
{
	vtd_kit_write_32(unit, control + 4, data);
	vtd_kit_write_32(unit, control + 8, (uint32_t)address);
	vtd_kit_write_32(unit, control + 12, (uint32_t)(address >> 32));
	vtd_kit_write_32(unit, control, 0);
}

static unsigned int fault_records(struct vtd_unit *unit)
{
	return (unsigned int)vtd_field_get(vtd_kit_read_64(unit, VTD_REG_CAP),
					   VTD_CAP_NFR) +
	       1;
}

static void decode_fault(struct vtd_kit_fault *fault, uint64_t low,
			 uint64_t high)
{
	fault->reason = (uint8_t)vtd_field_get(high, VTD_FRCD_HI_FR);
	fault->sid = (uint16_t)vtd_field_get(high, VTD_FRCD_HI_SID);
	fault->pasid_present = (high & VTD_FRCD_HI_PP) != 0;
	fault->pasid = (uint32_t)vtd_field_get(high, VTD_FRCD_HI_PV);
	fault->privileged = (high & VTD_FRCD_HI_PRIV) != 0;
	fault->execute = (high & VTD_FRCD_HI_EXE) != 0;
	fault->type = ((high & VTD_FRCD_HI_T1) != 0 ? 2 : 0) |
		      ((high & VTD_FRCD_HI_T2) != 0 ? 1 : 0);
	fault->at = (unsigned int)vtd_field_get(high, VTD_FRCD_HI_AT);
	fault->address = low;
}

bool vtd_kit_fault_take(struct vtd_unit *unit, struct vtd_kit_fault *fault)
{
	uint32_t status = vtd_kit_read_32(unit, VTD_REG_FSTS);
	unsigned int records = fault_records(unit);
	unsigned int first = (unsigned int)vtd_field_get(status, VTD_FSTS_FRI);

	if ((status & VTD_FSTS_PPF) == 0)
		return false;
	/* From the first pending one on, as Linux does. */
	for (unsigned int i = 0; i < records; i++) {
		unsigned int index = (first + i) % records;
		uint64_t offset = VTD_REG_FRCD + index * VTD_REG_FRCD_STRIDE;
		uint64_t high = vtd_kit_read_64(unit, offset + 8);

		if ((high & VTD_FRCD_HI_F) == 0)
			continue;
		fault->index = index;
		decode_fault(fault, vtd_kit_read_64(unit, offset), high);
		vtd_kit_write_32(unit, offset + 12, UINT32_C(1) << 31);
		return true;
	}
	return false;
}

void vtd_kit_faults_drop(struct vtd_unit *unit)
{
	struct vtd_kit_fault fault;

	while (vtd_kit_fault_take(unit, &fault))
		;
	vtd_kit_write_32(unit, VTD_REG_FSTS, (uint32_t)VTD_FSTS_PFO);
}

void vtd_kit_queue_start(struct vtd_kit_queue *queue, struct vtd_unit *unit,
			 struct vtd_kit_tables *tables, bool wide)
{
	*queue = (struct vtd_kit_queue){
		.unit = unit,
		.host = tables->host,
		.size = 0,
		.wide = wide,
		.base = vtd_kit_tables_page(tables),
		.status = vtd_kit_tables_page(tables),
	};
	vtd_kit_write_32(unit, VTD_REG_IQT, 0);
	vtd_kit_write_64(unit, VTD_REG_IQA,
			 queue->base | queue->size | (wide ? VTD_IQA_DW : 0));
	vtd_kit_command_set(unit, (uint32_t)VTD_GCMD_QIE);
}

void vtd_kit_queue_put(struct vtd_kit_queue *queue, uint64_t word0,
		       uint64_t word1)
{
	uint64_t at = queue->base + queue->tail;
	uint32_t stride = queue->wide ? 32 : 16;

	vtd_kit_host_set_64(queue->host, at, word0);
	vtd_kit_host_set_64(queue->host, at + 8, word1);
	if (queue->wide) {
		vtd_kit_host_set_64(queue->host, at + 16, 0);
		vtd_kit_host_set_64(queue->host, at + 24, 0);
	}
	queue->tail = (queue->tail + stride) % (UINT32_C(4096) << queue->size);
}

void vtd_kit_queue_submit(struct vtd_kit_queue *queue)
{
	vtd_kit_write_32(queue->unit, VTD_REG_IQT, queue->tail);
}

void vtd_kit_queue_put_wait(struct vtd_kit_queue *queue, uint64_t flags)
{
	queue->sequence++;
	vtd_kit_queue_put(queue,
			  VTD_DESC_WAIT | VTD_DESC_WAIT0_SW | flags |
				  vtd_field_make(VTD_DESC_WAIT0_STATUS_DATA,
						 queue->sequence),
			  queue->status);
}

bool vtd_kit_queue_is_done(struct vtd_kit_queue *queue)
{
	return vtd_kit_host_get_32(queue->host, queue->status) ==
	       queue->sequence;
}

bool vtd_kit_queue_do(struct vtd_kit_queue *queue, uint64_t word0,
		      uint64_t word1)
{
	vtd_kit_queue_put(queue, word0, word1);
	vtd_kit_queue_put_wait(queue, 0);
	vtd_kit_queue_submit(queue);
	return vtd_kit_queue_is_done(queue);
}

void vtd_kit_page_queue_start(struct vtd_kit_page_queue *queue,
			      struct vtd_unit *unit,
			      struct vtd_kit_tables *tables)
{
	*queue = (struct vtd_kit_page_queue){
		.unit = unit,
		.host = tables->host,
		.size = 0,
		.base = vtd_kit_tables_page(tables),
	};
	vtd_kit_write_64(unit, VTD_REG_PQH, 0);
	vtd_kit_write_64(unit, VTD_REG_PQT, 0);
	vtd_kit_write_64(unit, VTD_REG_PQA, queue->base | queue->size);
}

bool vtd_kit_page_queue_take(struct vtd_kit_page_queue *queue,
			     uint64_t words[2])
{
	uint64_t head = vtd_kit_read_64(queue->unit, VTD_REG_PQH);
	uint64_t tail = vtd_kit_read_64(queue->unit, VTD_REG_PQT);

	if (head == tail)
		return false;
	words[0] = vtd_kit_host_get_64(queue->host, queue->base + head);
	words[1] = vtd_kit_host_get_64(queue->host, queue->base + head + 8);
	vtd_kit_write_64(queue->unit, VTD_REG_PQH,
			 (head + VTD_PAGE_REQUEST_SIZE) %
				 (UINT64_C(4096) << queue->size));
	return true;
}

void vtd_kit_enable(struct vtd_kit_queue *queue, struct vtd_unit *unit,
		    struct vtd_kit_tables *tables, uint64_t root,
		    unsigned int ttm)
{
	bool wide = (vtd_kit_read_64(unit, VTD_REG_ECAP) & VTD_ECAP_SMTS) != 0;

	vtd_kit_queue_start(queue, unit, tables, wide);
	vtd_kit_set_root_table(unit, root, ttm);
	vtd_kit_command_set(unit, (uint32_t)VTD_GCMD_TE);
}
