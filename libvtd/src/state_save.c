/* SPDX-License-Identifier: BSD-3-Clause */
#include <endian.h>
#include <string.h>

#include "config.h"
#include "state.h"
#include "unit.h"

struct writer {
	uint8_t *bytes;
	size_t size;
	size_t at;
};

static void put(struct writer *w, uint64_t value)
{
	uint64_t raw = htole64(value);

	if (w->at < w->size && w->size - w->at >= sizeof(raw))
		memcpy(w->bytes + w->at, &raw, sizeof(raw));
	w->at += sizeof(raw);
}

static uint64_t row_value(const struct vtd_regfile *regs,
			  const struct vtd_reg_row *row)
{
	return row->size == 8 ? vtd_reg_get_64(regs, row->offset) :
				vtd_reg_get_32(regs, row->offset);
}

static void put_wait(struct writer *w, const struct vtd_wait *wait)
{
	put(w, (wait->pending ? VTD_STATE_WAIT_PENDING : 0) |
		       (wait->interrupt ? VTD_STATE_WAIT_INTERRUPT : 0) |
		       (wait->write_status ? VTD_STATE_WAIT_WRITE_STATUS : 0) |
		       vtd_field_make(VTD_STATE_WAIT_DATA, wait->status_data));
	put(w, wait->status_address);
}

static uint64_t first_word(const struct vtd_device_tlb_invalidation *request,
			   unsigned int itag)
{
	return vtd_field_make(VTD_STATE_ITAG_NUMBER, itag) |
	       (request->pasid_present ? VTD_STATE_ITAG_PASID_PRESENT : 0) |
	       (request->global ? VTD_STATE_ITAG_GLOBAL : 0) |
	       vtd_field_make(VTD_STATE_ITAG_SID, request->sid) |
	       vtd_field_make(VTD_STATE_ITAG_PASID, request->pasid);
}

static void put_itags(struct writer *w, const struct vtd_queue *queue)
{
	put(w, queue->outstanding);
	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		const struct vtd_device_tlb_invalidation *request =
			&queue->itag[i].request;

		if (!queue->itag[i].allocated)
			continue;
		put(w, first_word(request, i));
		put(w, request->first);
		put(w, request->last);
		put(w, request->pfsid);
	}
}

size_t vtd_unit_save(struct vtd_unit *unit, void *blob, size_t size)
{
	struct writer w = { .bytes = blob, .size = size };

	vtd_unit_lock(unit);
	put(&w, VTD_STATE_MAGIC);
	put(&w, vtd_config_cap(&unit->config));
	put(&w, vtd_config_ecap(&unit->config));
	put(&w, unit->config.host_address_width);
	put(&w, atomic_load(&unit->root));
	put(&w, atomic_load(&unit->interrupt_table));
	put(&w, unit->fault_index);
	put_wait(&w, &unit->queue.wait);
	put(&w, unit->regs.rows);
	for (unsigned int i = 0; i < unit->regs.rows; i++) {
		put(&w, unit->regs.row[i].offset);
		put(&w, row_value(&unit->regs, &unit->regs.row[i]));
	}
	put_itags(&w, &unit->queue);
	vtd_unit_unlock(unit);
	return w.at;
}
