/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Saving and loading a unit.  The blob is a sequence of 64-bit little-endian
 * words:
 *
 *   magic and version; CAP; ECAP                 must match the unit
 *   root and interrupt table as latched
 *   fault index; pending wait (2 words)
 *   number of registers, then offset and value of each
 *   number of invalidate requests, then 4 words each
 *
 * Whoever wrote it is not trusted: every value is checked before the first one
 * is used, and any combination of values that passes is one that software could
 * have brought about.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "config.h"
#include "unit.h"

#define MAGIC UINT64_C(0x0000000153445456) /* "VTDS", version 1 */

#define WAIT_PENDING VTD_BIT(0)
#define WAIT_INTERRUPT VTD_BIT(1)
#define WAIT_WRITE_STATUS VTD_BIT(2)
#define WAIT_DATA VTD_BITS(63, 32)

#define ITAG_NUMBER VTD_BITS(4, 0)
#define ITAG_PASID_PRESENT VTD_BIT(8)
#define ITAG_GLOBAL VTD_BIT(9)
#define ITAG_SID VTD_BITS(31, 16)
#define ITAG_PASID VTD_BITS(51, 32)

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
	put(w, (wait->pending ? WAIT_PENDING : 0) |
		       (wait->interrupt ? WAIT_INTERRUPT : 0) |
		       (wait->write_status ? WAIT_WRITE_STATUS : 0) |
		       vtd_field_make(WAIT_DATA, wait->status_data));
	put(w, wait->status_address);
}

static void put_itags(struct writer *w, const struct vtd_queue *queue)
{
	put(w, queue->outstanding);
	for (unsigned int i = 0; i < VTD_ITAGS; i++) {
		const struct vtd_device_tlb_invalidation *request =
			&queue->itag[i].request;

		if (!queue->itag[i].allocated)
			continue;
		put(w, vtd_field_make(ITAG_NUMBER, i) |
			       (request->pasid_present ? ITAG_PASID_PRESENT :
							 0) |
			       (request->global ? ITAG_GLOBAL : 0) |
			       vtd_field_make(ITAG_SID, request->sid) |
			       vtd_field_make(ITAG_PASID, request->pasid));
		put(w, request->first);
		put(w, request->last);
		put(w, request->pfsid);
	}
}

size_t vtd_unit_save(struct vtd_unit *unit, void *blob, size_t size)
{
	struct writer w = { .bytes = blob, .size = size };

	vtd_unit_lock(unit);
	put(&w, MAGIC);
	put(&w, vtd_config_cap(&unit->config));
	put(&w, vtd_config_ecap(&unit->config));
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

/* What a blob holds, checked and not yet applied. */
struct snapshot {
	uint64_t root;
	uint64_t interrupt_table;
	unsigned int fault_index;
	struct vtd_wait wait;
	uint64_t value[VTD_REG_ROWS_MAX];
	unsigned int outstanding;
	struct vtd_itag itag[VTD_ITAGS];
};

struct reader {
	const uint8_t *bytes;
	size_t size;
	size_t at;
	const char *reason; /* the first thing that is wrong */
};

static void fail(struct reader *r, const char *reason)
{
	if (r->reason == NULL)
		r->reason = reason;
}

static uint64_t get(struct reader *r)
{
	uint64_t raw;

	if (r->size - r->at < sizeof(raw)) {
		fail(r, "the state is cut short");
		return 0;
	}
	memcpy(&raw, r->bytes + r->at, sizeof(raw));
	r->at += sizeof(raw);
	return le64toh(raw);
}

static void expect(struct reader *r, uint64_t value, const char *reason)
{
	if (get(r) != value)
		fail(r, reason);
}

static void get_wait(struct reader *r, const struct vtd_config *config,
		     struct vtd_wait *wait)
{
	uint64_t word = get(r);

	wait->pending = (word & WAIT_PENDING) != 0;
	wait->interrupt = (word & WAIT_INTERRUPT) != 0;
	wait->write_status = (word & WAIT_WRITE_STATUS) != 0;
	wait->status_data = (uint32_t)vtd_field_get(word, WAIT_DATA);
	wait->status_address = get(r);
	if ((wait->status_address & 3) != 0 ||
	    wait->status_address >> config->host_address_width != 0)
		fail(r, "the wait's status address is impossible");
}

/* Bits of a register that it can ever have. */
static uint64_t possible_bits(const struct vtd_reg_row *row)
{
	switch (row->offset) {
	case VTD_REG_VER:
	case VTD_REG_CAP:
	case VTD_REG_ECAP:
	case VTD_REG_GCMD:
		return row->reset;
	case VTD_REG_GSTS:
		return VTD_GSTS_TES | VTD_GSTS_RTPS | VTD_GSTS_QIES |
		       VTD_GSTS_IRES | VTD_GSTS_IRTPS | VTD_GSTS_CFIS;
	case VTD_REG_IQH:
		return VTD_IQH_QH;
	case VTD_REG_FSTS:
		return VTD_FSTS_PFO | VTD_FSTS_PPF | VTD_FSTS_IQE |
		       VTD_FSTS_ICE | VTD_FSTS_ITE | VTD_FSTS_FRI;
	case VTD_REG_FECTL:
	case VTD_REG_IECTL:
	case VTD_REG_PECTL:
		return VTD_ECTL_IM | VTD_ECTL_IP;
	case VTD_REG_CCMD:
		return row->writable | VTD_CCMD_CAIG;
	case VTD_REG_IOTLB:
		return row->writable | VTD_IOTLB_IAIG;
	case VTD_REG_IQERCD:
		return UINT64_MAX;
	default:
		break;
	}
	return row->offset >= VTD_REG_FRCD ? UINT64_MAX :
					     row->writable | row->clear_by_1;
}

static void get_registers(struct reader *r, const struct vtd_regfile *regs,
			  struct snapshot *s)
{
	expect(r, regs->rows, "the state has other registers than the unit");
	for (unsigned int i = 0; i < regs->rows; i++) {
		expect(r, regs->row[i].offset,
		       "the state has other registers than the unit");
		s->value[i] = get(r);
		if ((s->value[i] & ~possible_bits(&regs->row[i])) != 0)
			fail(r, "a register has bits that it cannot have");
	}
}

static void get_itags(struct reader *r, struct snapshot *s)
{
	uint64_t count = get(r);

	if (count > VTD_ITAGS) {
		fail(r, "there are more invalidate requests than ITags");
		return;
	}
	for (s->outstanding = 0; s->outstanding < count; s->outstanding++) {
		uint64_t word = get(r);
		struct vtd_itag *itag =
			&s->itag[vtd_field_get(word, ITAG_NUMBER)];

		if (itag->allocated)
			fail(r, "two invalidate requests have one ITag");
		*itag = (struct vtd_itag){
			.allocated = true,
			.unsent = true,
			.request = {
				.sid = (uint16_t)vtd_field_get(word, ITAG_SID),
				.itag = (uint8_t)vtd_field_get(word,
							       ITAG_NUMBER),
				.pasid_present =
					(word & ITAG_PASID_PRESENT) != 0,
				.pasid = (uint32_t)vtd_field_get(word,
								 ITAG_PASID),
				.global = (word & ITAG_GLOBAL) != 0,
			},
		};
		itag->request.first = get(r);
		itag->request.last = get(r);
		itag->request.pfsid = (uint16_t)get(r);
	}
}

static void get_snapshot(struct reader *r, const struct vtd_unit *unit,
			 struct snapshot *s)
{
	uint64_t index;

	expect(r, MAGIC, "this is no state of a unit, or of a later version");
	expect(r, vtd_config_cap(&unit->config),
	       "the state is of a unit with other capabilities (CAP)");
	expect(r, vtd_config_ecap(&unit->config),
	       "the state is of a unit with other capabilities (ECAP)");
	s->root = get(r);
	s->interrupt_table = get(r);
	index = get(r);
	if (index >= unit->config.fault_records)
		fail(r, "the fault index is beyond the fault records");
	s->fault_index = (unsigned int)index;
	get_wait(r, &unit->config, &s->wait);
	get_registers(r, &unit->regs, s);
	get_itags(r, s);
	if (r->at != r->size)
		fail(r, "there is more behind the state");
}

static void apply(struct vtd_unit *unit, const struct snapshot *s)
{
	struct vtd_regfile *regs = &unit->regs;

	atomic_store(&unit->root, s->root);
	atomic_store(&unit->interrupt_table, s->interrupt_table);
	unit->fault_index = s->fault_index;
	for (unsigned int i = 0; i < regs->rows; i++) {
		if (regs->row[i].size == 8)
			vtd_reg_set_64(regs, regs->row[i].offset, s->value[i]);
		else
			vtd_reg_set_32(regs, regs->row[i].offset,
				       (uint32_t)s->value[i]);
	}
	unit->queue.wait = s->wait;
	unit->queue.outstanding = s->outstanding;
	unit->queue.timer = 0;
	unit->queue.drain_needed = true;
	memcpy(unit->queue.itag, s->itag, sizeof(s->itag));
	vtd_config_cache_invalidate_all(&unit->config_cache);
}

int vtd_unit_load(struct vtd_unit *unit, const void *blob, size_t size,
		  const char **reason)
{
	struct reader r = { .bytes = blob, .size = size };
	struct snapshot s = { .root = 0 };

	vtd_unit_lock(unit);
	get_snapshot(&r, unit, &s);
	if (r.reason == NULL)
		apply(unit, &s);
	vtd_unit_unlock(unit);
	if (reason != NULL)
		*reason = r.reason;
	if (r.reason != NULL)
		return -EINVAL;
	/* Send again what was on its way, and go on. */
	vtd_queue_run(unit);
	return 0;
}
