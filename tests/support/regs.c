/* SPDX-License-Identifier: BSD-3-Clause */
#include "regs.h"

#include <assert.h>
#include <sched.h>

/* GCMD bits that are levels: what Linux keeps when it sets one more. */
#define COMMAND_LEVELS UINT32_C(0x96ffffff)

uint32_t regs_read_32(struct vtd_unit *unit, uint64_t offset)
{
	return (uint32_t)vtd_unit_read(unit, offset, 4);
}

uint64_t regs_read_64(struct vtd_unit *unit, uint64_t offset)
{
	return vtd_unit_read(unit, offset, 8);
}

void regs_write_32(struct vtd_unit *unit, uint64_t offset, uint32_t value)
{
	vtd_unit_write(unit, offset, value, 4);
}

void regs_write_64(struct vtd_unit *unit, uint64_t offset, uint64_t value)
{
	vtd_unit_write(unit, offset, value, 8);
}

void regs_command_set(struct vtd_unit *unit, uint32_t bit)
{
	uint32_t levels = regs_read_32(unit, VTD_REG_GSTS) & COMMAND_LEVELS;

	regs_write_32(unit, VTD_REG_GCMD, levels | bit);
}

void regs_command_clear(struct vtd_unit *unit, uint32_t bit)
{
	uint32_t levels = regs_read_32(unit, VTD_REG_GSTS) & COMMAND_LEVELS;

	regs_write_32(unit, VTD_REG_GCMD, levels & ~bit);
}

void regs_set_root_table(struct vtd_unit *unit, uint64_t root, unsigned int ttm)
{
	regs_write_64(unit, VTD_REG_RTADDR,
		      root | vtd_field_make(VTD_RTADDR_TTM, ttm));
	regs_command_set(unit, (uint32_t)VTD_GCMD_SRTP);
}

void regs_set_interrupt_table(struct vtd_unit *unit, uint64_t table,
			      unsigned int size, bool eime)
{
	regs_write_64(unit, VTD_REG_IRTA,
		      table | vtd_field_make(VTD_IRTA_S, size) |
			      (eime ? VTD_IRTA_EIME : 0));
	regs_command_set(unit, (uint32_t)VTD_GCMD_SIRTP);
}

void regs_set_event(struct vtd_unit *unit, uint32_t control, uint64_t address,
		    uint32_t data)
{
	regs_write_32(unit, control + 4, data);
	regs_write_32(unit, control + 8, (uint32_t)address);
	regs_write_32(unit, control + 12, (uint32_t)(address >> 32));
	regs_write_32(unit, control, 0);
}

static unsigned int fault_records(struct vtd_unit *unit)
{
	return (unsigned int)vtd_field_get(regs_read_64(unit, VTD_REG_CAP),
					   VTD_CAP_NFR) +
	       1;
}

static void decode_fault(struct regs_fault *fault, uint64_t low, uint64_t high)
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

bool regs_take_fault(struct vtd_unit *unit, struct regs_fault *fault)
{
	uint32_t status = regs_read_32(unit, VTD_REG_FSTS);
	unsigned int records = fault_records(unit);
	unsigned int first = (unsigned int)vtd_field_get(status, VTD_FSTS_FRI);

	if ((status & VTD_FSTS_PPF) == 0)
		return false;
	/* From the first pending one on, as Linux does. */
	for (unsigned int i = 0; i < records; i++) {
		unsigned int index = (first + i) % records;
		uint64_t offset = VTD_REG_FRCD + index * VTD_REG_FRCD_STRIDE;
		uint64_t high = regs_read_64(unit, offset + 8);

		if ((high & VTD_FRCD_HI_F) == 0)
			continue;
		fault->index = index;
		decode_fault(fault, regs_read_64(unit, offset), high);
		regs_write_32(unit, offset + 12, UINT32_C(1) << 31);
		return true;
	}
	assert(!"FSTS.PPF without a fault record");
	return false;
}

void regs_drop_faults(struct vtd_unit *unit)
{
	struct regs_fault fault;

	while (regs_take_fault(unit, &fault))
		;
	regs_write_32(unit, VTD_REG_FSTS, (uint32_t)VTD_FSTS_PFO);
}

void regs_queue_start(struct regs_queue *queue, struct vtd_unit *unit,
		      struct tables *tables, bool wide)
{
	*queue = (struct regs_queue){
		.unit = unit,
		.host = tables->host,
		.size = 0,
		.wide = wide,
		.base = tables_page(tables),
		.status = tables_page(tables),
	};
	regs_write_32(unit, VTD_REG_IQT, 0);
	regs_write_64(unit, VTD_REG_IQA,
		      queue->base | queue->size | (wide ? VTD_IQA_DW : 0));
	regs_command_set(unit, (uint32_t)VTD_GCMD_QIE);
}

void regs_queue_put(struct regs_queue *queue, uint64_t word0, uint64_t word1)
{
	uint64_t at = queue->base + queue->tail;
	uint32_t stride = queue->wide ? 32 : 16;

	fake_host_set_64(queue->host, at, word0);
	fake_host_set_64(queue->host, at + 8, word1);
	if (queue->wide) {
		fake_host_set_64(queue->host, at + 16, 0);
		fake_host_set_64(queue->host, at + 24, 0);
	}
	queue->tail = (queue->tail + stride) % (UINT32_C(4096) << queue->size);
}

void regs_queue_submit(struct regs_queue *queue)
{
	regs_write_32(queue->unit, VTD_REG_IQT, queue->tail);
}

void regs_queue_put_wait(struct regs_queue *queue, uint64_t flags)
{
	queue->sequence++;
	regs_queue_put(queue,
		       VTD_DESC_WAIT | VTD_DESC_WAIT0_SW | flags |
			       vtd_field_make(VTD_DESC_WAIT0_STATUS_DATA,
					      queue->sequence),
		       queue->status);
}

bool regs_queue_is_done(struct regs_queue *queue)
{
	return fake_host_get_32(queue->host, queue->status) == queue->sequence;
}

bool regs_queue_do(struct regs_queue *queue, uint64_t word0, uint64_t word1)
{
	regs_queue_put(queue, word0, word1);
	regs_queue_put_wait(queue, 0);
	regs_queue_submit(queue);
	return regs_queue_is_done(queue);
}

bool regs_queue_flush(struct regs_queue *queue)
{
	regs_queue_put(queue,
		       VTD_DESC_CONTEXT_CACHE |
			       vtd_field_make(VTD_DESC0_G,
					      VTD_GRANULARITY_GLOBAL),
		       0);
	if (queue->wide)
		regs_queue_put(
			queue,
			VTD_DESC_PASID_CACHE |
				vtd_field_make(VTD_DESC0_G,
					       VTD_GRANULARITY_PC_GLOBAL),
			0);
	return regs_queue_do(queue,
			     VTD_DESC_IOTLB |
				     vtd_field_make(VTD_DESC0_G,
						    VTD_GRANULARITY_GLOBAL),
			     0);
}

void regs_queue_flush_and_wait(struct regs_queue *queue)
{
	regs_queue_flush(queue);
	while (!regs_queue_is_done(queue))
		sched_yield();
}

void regs_page_queue_start(struct regs_page_queue *queue, struct vtd_unit *unit,
			   struct tables *tables)
{
	*queue = (struct regs_page_queue){
		.unit = unit,
		.host = tables->host,
		.size = 0,
		.base = tables_page(tables),
	};
	regs_write_64(unit, VTD_REG_PQH, 0);
	regs_write_64(unit, VTD_REG_PQT, 0);
	regs_write_64(unit, VTD_REG_PQA, queue->base | queue->size);
}

bool regs_page_queue_take(struct regs_page_queue *queue, uint64_t words[2])
{
	uint64_t head = regs_read_64(queue->unit, VTD_REG_PQH);
	uint64_t tail = regs_read_64(queue->unit, VTD_REG_PQT);

	if (head == tail)
		return false;
	words[0] = fake_host_get_64(queue->host, queue->base + head);
	words[1] = fake_host_get_64(queue->host, queue->base + head + 8);
	regs_write_64(queue->unit, VTD_REG_PQH,
		      (head + VTD_PAGE_REQUEST_SIZE) %
			      (UINT64_C(4096) << queue->size));
	return true;
}
