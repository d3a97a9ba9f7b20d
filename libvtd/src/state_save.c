/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"
#include "invalidate/device_tlb.h"
#include "state.h"
#include "unit.h"

static uint64_t row_value(const struct vtd_unit *unit,
			  const struct vtd_reg_row *row)
{
	const struct vtd_regfile *regs = &unit->regs;

	/* A global command ends with the unit that it was given to. */
	if (row->offset == VTD_REG_GSTS)
		return vtd_unit_status(unit);
	return row->size == 8 ? vtd_reg_get_64(regs, row->offset) :
				vtd_reg_get_32(regs, row->offset);
}

static uint64_t bit_if(bool on, uint64_t bit)
{
	return on ? bit : 0;
}

static void put_request(struct vtd_blob_writer *w, struct vtd_unit *unit,
			const struct vtd_itag *itag)
{
	const struct vtd_device_tlb_invalidation *request = &itag->request;

	vtd_blob_put(
		w, bit_if(request->pasid_present,
			  VTD_STATE_REQUEST_PASID_PRESENT) |
			   bit_if(request->global, VTD_STATE_REQUEST_GLOBAL) |
			   vtd_field_make(VTD_STATE_REQUEST_SID, request->sid) |
			   vtd_field_make(VTD_STATE_REQUEST_PASID,
					  request->pasid));
	vtd_blob_put(w, request->first);
	vtd_blob_put(w, request->last);
	vtd_blob_put(w, request->pfsid);
	vtd_blob_put(w, vtd_device_tlb_time_left(unit, itag));
}

/* The next request after `time`; NULL: there is none. */
static const struct vtd_itag *next_request(const struct vtd_queue *queue,
					   uint64_t time)
{
	const struct vtd_itag *next = NULL;

	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		const struct vtd_itag *itag = &queue->itag[i];

		if (itag->allocated && itag->time > time &&
		    (next == NULL || itag->time < next->time))
			next = itag;
	}
	return next;
}

static void put_requests(struct vtd_blob_writer *w, struct vtd_unit *unit)
{
	const struct vtd_queue *queue = &unit->queue;
	const struct vtd_itag *itag;

	vtd_blob_put(w, queue->outstanding);
	for (itag = next_request(queue, 0); itag != NULL;
	     itag = next_request(queue, itag->time))
		put_request(w, unit, itag);
}

static unsigned int requests_before(const struct vtd_queue *queue,
				    uint64_t time)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < VTD_ITAGS; i++)
		count += queue->itag[i].allocated && queue->itag[i].time < time;
	return count;
}

static void put_waits(struct vtd_blob_writer *w, const struct vtd_queue *queue)
{
	vtd_blob_put(w, queue->waits);
	for (unsigned int i = 0; i < queue->waits; i++) {
		const struct vtd_wait *wait = &queue->wait[i];

		vtd_blob_put(w,
			     bit_if(wait->interrupt, VTD_STATE_WAIT_INTERRUPT) |
				     bit_if(wait->write_status,
					    VTD_STATE_WAIT_WRITE_STATUS) |
				     bit_if(wait->fence, VTD_STATE_WAIT_FENCE) |
				     bit_if(wait->page_drain,
					    VTD_STATE_WAIT_PAGE_DRAIN) |
				     vtd_field_make(VTD_STATE_WAIT_DATA,
						    wait->status_data));
		vtd_blob_put(w, wait->status_address);
		vtd_blob_put(w, requests_before(queue, wait->time));
	}
}

/* What has left the unit and not arrived yet would be in no state.  Lock held. */
static void wait_for_deliveries(struct vtd_unit *unit)
{
	while (unit->delivering > 0) {
		if (unit->recorder == NULL) {
			pthread_cond_wait(&unit->delivered, &unit->lock);
			continue;
		}
		/* Those who deliver need the recorder's lock to come back. */
		vtd_unit_unlock(unit);
		vtd_record_wait(unit->recorder, &unit->delivered);
		vtd_unit_lock(unit);
	}
}

size_t vtd_unit_save(struct vtd_unit *unit, void *blob, size_t size)
{
	struct vtd_blob_writer w = { .bytes = blob, .size = size };

	VTD_RECORDER_CALL(unit->recorder, VTD_RECORD_SAVE, size);
	vtd_unit_lock(unit);
	vtd_queue_hold(unit);
	wait_for_deliveries(unit);
	vtd_blob_put(&w, VTD_BLOB_MAGIC(VTD_STATE_LETTERS, VTD_STATE_VERSION));
	vtd_blob_put(&w, vtd_config_cap(&unit->config));
	vtd_blob_put(&w, vtd_config_ecap(&unit->config));
	vtd_blob_put(&w, unit->config.host_address_width);
	vtd_blob_put(&w, atomic_load(&unit->root));
	vtd_blob_put(&w, atomic_load(&unit->interrupt_table));
	vtd_blob_put(&w, unit->fault_index);
	vtd_blob_put(&w, unit->regs.rows);
	for (unsigned int i = 0; i < unit->regs.rows; i++) {
		vtd_blob_put(&w, unit->regs.row[i].offset);
		vtd_blob_put(&w, row_value(unit, &unit->regs.row[i]));
	}
	put_requests(&w, unit);
	put_waits(&w, &unit->queue);
	vtd_blob_put_checksum(&w);
	vtd_queue_release(unit);
	vtd_unit_unlock(unit);
	/* Whole words were written. */
	vtd_record_return_bytes(unit->recorder, VTD_RECORD_SAVE, w.at, blob,
				(size < w.at ? size : w.at) / 8 * 8);
	return w.at;
}
