/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loading the state of a unit.  Whoever wrote it is not trusted: every value is
 * checked before the first one is used, and any combination of values that
 * passes leaves a unit that software can go on with.
 */
#include <errno.h>

#include "config.h"
#include "invalidate/caches.h"
#include "invalidate/device_tlb.h"
#include "invalidate/register_based.h"
#include "invalidate/timer.h"
#include "invalidate/waits.h"
#include "state.h"
#include "unit.h"

/* What a blob holds, checked and not yet applied. */
struct snapshot {
	uint32_t version;
	uint64_t root;
	uint64_t interrupt_table;
	unsigned int fault_index;
	uint64_t value[VTD_REG_ROWS_MAX];
	unsigned int requests;
	struct vtd_device_tlb_invalidation request[VTD_ITAGS];
	uint64_t time_left[VTD_ITAGS]; /* each request */
	unsigned int waits;
	struct vtd_wait wait[VTD_WAITS];
	unsigned int requests_before[VTD_WAITS]; /* each wait */
};

/* What software cannot change is as the unit has it. */
static bool is_constant(uint32_t offset)
{
	return offset == VTD_REG_VER || offset == VTD_REG_CAP ||
	       offset == VTD_REG_ECAP;
}

/* Bits that registers can have besides those that software writes. */
static uint64_t possible_bits(const struct vtd_config *config,
			      const struct vtd_reg_row *row)
{
	switch (row->offset) {
	case VTD_REG_GSTS:
		return VTD_GSTS_TES | VTD_GSTS_RTPS | VTD_GSTS_QIES |
		       (config->interrupt_remapping ?
				VTD_GSTS_IRES | VTD_GSTS_IRTPS | VTD_GSTS_CFIS :
				0);
	case VTD_REG_IQH:
		return VTD_IQH_QH;
	case VTD_REG_FSTS:
		return row->clear_by_1 | VTD_FSTS_PPF | VTD_FSTS_FRI;
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

static bool is_possible(const struct vtd_config *config,
			const struct vtd_reg_row *row, uint64_t value)
{
	if (is_constant(row->offset))
		return value == row->reset;
	return (value & ~possible_bits(config, row)) == 0;
}

static void get_registers(struct vtd_blob_reader *r,
			  const struct vtd_unit *unit, struct snapshot *s)
{
	const struct vtd_regfile *regs = &unit->regs;

	vtd_blob_expect(r, regs->rows,
			"the state has other registers than the unit");
	for (unsigned int i = 0; i < regs->rows; i++) {
		vtd_blob_expect(r, regs->row[i].offset,
				"the state has other registers than the unit");
		s->value[i] = vtd_blob_get(r);
		if (!is_possible(&unit->config, &regs->row[i], s->value[i]))
			vtd_blob_fail(
				r, "a register has bits that it cannot have");
	}
}

/* Whether a descriptor can make it: see device_tlb() and pasid_device_tlb() in
 * invalidate/descriptors.c. */
static bool can_be(const struct vtd_device_tlb_invalidation *request,
		   const struct vtd_config *config)
{
	uint64_t low_bits = request->first ^ request->last;

	/* A naturally aligned power of 2. */
	if ((low_bits & 0xfff) != 0xfff || (low_bits & (low_bits + 1)) != 0 ||
	    (request->first & low_bits) != 0)
		return false;
	return request->pasid_present ? config->scalable_mode :
					request->pasid == 0 && !request->global;
}

static void get_request(struct vtd_blob_reader *r,
			const struct vtd_config *config,
			struct vtd_device_tlb_invalidation *request)
{
	uint64_t word = vtd_blob_get(r);
	uint64_t pfsid; /* without DIT there is none */

	*request = (struct vtd_device_tlb_invalidation){
		.sid = (uint16_t)vtd_field_get(word, VTD_STATE_REQUEST_SID),
		.pasid_present = (word & VTD_STATE_REQUEST_PASID_PRESENT) != 0,
		.pasid = (uint32_t)vtd_field_get(word, VTD_STATE_REQUEST_PASID),
		.global = (word & VTD_STATE_REQUEST_GLOBAL) != 0,
	};
	request->first = vtd_blob_get(r);
	request->last = vtd_blob_get(r);
	pfsid = vtd_blob_get(r);
	if ((word & VTD_STATE_REQUEST_RESERVED) != 0 || pfsid != 0 ||
	    !can_be(request, config))
		vtd_blob_fail(r,
			      "an invalidate request is none of a descriptor");
}

static void get_requests(struct vtd_blob_reader *r,
			 const struct vtd_config *config, struct snapshot *s)
{
	uint64_t count = vtd_blob_get(r);

	if (count > (config->device_tlb ? VTD_ITAGS : 0)) {
		vtd_blob_fail(r,
			      "there are more invalidate requests than ITags");
		return;
	}
	for (s->requests = 0; s->requests < count; s->requests++) {
		get_request(r, config, &s->request[s->requests]);
		if (s->version > 2)
			s->time_left[s->requests] = vtd_blob_get(r);
	}
}

static void get_wait(struct vtd_blob_reader *r, const struct vtd_config *config,
		     struct vtd_wait *wait)
{
	uint64_t word = vtd_blob_get(r);

	*wait = (struct vtd_wait){
		.interrupt = (word & VTD_STATE_WAIT_INTERRUPT) != 0,
		.write_status = (word & VTD_STATE_WAIT_WRITE_STATUS) != 0,
		.fence = (word & VTD_STATE_WAIT_FENCE) != 0,
		.page_drain = (word & VTD_STATE_WAIT_PAGE_DRAIN) != 0,
		.status_data =
			(uint32_t)vtd_field_get(word, VTD_STATE_WAIT_DATA),
		.status_address = vtd_blob_get(r),
	};
	if ((word & VTD_STATE_WAIT_RESERVED) != 0 ||
	    (wait->page_drain && !config->page_request) ||
	    (wait->status_address & 3) != 0 ||
	    wait->status_address >> config->host_address_width != 0)
		vtd_blob_fail(
			r, "a wait is none that software can have asked for");
}

static void get_waits(struct vtd_blob_reader *r,
		      const struct vtd_config *config, struct snapshot *s)
{
	uint64_t count = vtd_blob_get(r);
	uint64_t before = 0;

	if (count > VTD_WAITS) {
		vtd_blob_fail(r, "there are more waits than a unit can have");
		return;
	}
	for (s->waits = 0; s->waits < count; s->waits++) {
		uint64_t requests;

		get_wait(r, config, &s->wait[s->waits]);
		requests = vtd_blob_get(r);
		if (requests < before || requests > s->requests)
			vtd_blob_fail(
				r,
				"a wait follows requests that are not there");
		/* Nothing is fetched behind a fence. */
		if (s->waits > 0 && s->wait[s->waits - 1].fence)
			vtd_blob_fail(r, "a wait follows a fence");
		s->requests_before[s->waits] = (unsigned int)requests;
		before = requests;
	}
	if (s->waits > 0 && s->wait[s->waits - 1].fence &&
	    before != s->requests)
		vtd_blob_fail(r, "an invalidate request follows a fence");
}

/* What a register has in the snapshot; 0 for one that is not there. */
static uint64_t value_of(const struct vtd_unit *unit, const struct snapshot *s,
			 uint32_t offset)
{
	uint8_t number = unit->regs.row_of_word[offset / 4];

	return number != 0 ? s->value[number - 1] : 0;
}

static uint64_t writable_bits(const struct vtd_unit *unit, uint32_t offset)
{
	uint8_t number = unit->regs.row_of_word[offset / 4];

	return number != 0 ? unit->regs.row[number - 1].writable : 0;
}

/* What holds between the parts. */
static void check(struct vtd_blob_reader *r, const struct vtd_unit *unit,
		  const struct snapshot *s)
{
	unsigned int records = unit->config.fault_records;
	uint64_t status = value_of(unit, s, VTD_REG_FSTS);
	bool queue_on = (value_of(unit, s, VTD_REG_GSTS) & VTD_GSTS_QIES) != 0;
	bool pending = false;

	if ((s->root & ~writable_bits(unit, VTD_REG_RTADDR)) != 0 ||
	    (s->interrupt_table & ~writable_bits(unit, VTD_REG_IRTA)) != 0)
		vtd_blob_fail(r,
			      "a table pointer has bits that it cannot have");
	for (unsigned int i = 0; i < records; i++)
		pending |=
			(value_of(unit, s,
				  VTD_REG_FRCD + i * VTD_REG_FRCD_STRIDE + 8) &
			 VTD_FRCD_HI_F) != 0;
	if (pending != ((status & VTD_FSTS_PPF) != 0))
		vtd_blob_fail(r,
			      "the fault status contradicts the fault records");
	if (s->fault_index >= records ||
	    vtd_field_get(status, VTD_FSTS_FRI) >= records)
		vtd_blob_fail(r, "a fault index is beyond the fault records");
	if (!queue_on && (s->waits != 0 || s->requests != 0))
		vtd_blob_fail(r, "work of an invalidation queue that is off");
}

static void get_header(struct vtd_blob_reader *r, struct snapshot *s)
{
	uint64_t magic = vtd_blob_get(r);

	vtd_blob_fail(r, vtd_state_objection(magic)); /* NULL: there is none */
	s->version = VTD_BLOB_VERSION(magic);
	if (s->version > 2)
		vtd_blob_get_checksum(r);
}

static void get_snapshot(struct vtd_blob_reader *r, const struct vtd_unit *unit,
			 struct snapshot *s)
{
	uint64_t index;

	get_header(r, s);
	vtd_blob_expect(r, vtd_config_cap(&unit->config),
			"the state is of a unit with other capabilities (CAP)");
	vtd_blob_expect(
		r, vtd_config_ecap(&unit->config),
		"the state is of a unit with other capabilities (ECAP)");
	vtd_blob_expect(
		r, unit->config.host_address_width,
		"the state is of a unit with another host_address_width");
	s->root = vtd_blob_get(r);
	s->interrupt_table = vtd_blob_get(r);
	index = vtd_blob_get(r);
	s->fault_index = index < UINT32_MAX ? (unsigned int)index : UINT32_MAX;
	get_registers(r, unit, s);
	get_requests(r, &unit->config, s);
	get_waits(r, &unit->config, s);
	vtd_blob_end(r);
	check(r, unit, s);
}

/* The requests up to number `end`. */
static void apply_requests(struct vtd_unit *unit, const struct snapshot *s,
			   unsigned int *request, unsigned int end)
{
	for (; *request < end; ++*request)
		vtd_device_tlb_restore(unit, &s->request[*request],
				       s->time_left[*request]);
}

/* What was on its way, in the order of the queue. */
static void apply_queue(struct vtd_unit *unit, const struct snapshot *s)
{
	unsigned int request = 0;

	for (unsigned int i = 0; i < s->waits; i++) {
		apply_requests(unit, s, &request, s->requests_before[i]);
		vtd_waits_add(&unit->queue, &s->wait[i]);
	}
	apply_requests(unit, s, &request, s->requests);
}

static void apply(struct vtd_unit *unit, const struct snapshot *s,
		  struct vtd_effects *effects)
{
	struct vtd_regfile *regs = &unit->regs;

	vtd_epochs_advance(unit);
	atomic_store(&unit->root, s->root);
	atomic_store(&unit->interrupt_table, s->interrupt_table);
	unit->fault_index = s->fault_index;
	vtd_queue_stop(unit);
	vtd_timer_cancel(unit);
	for (unsigned int i = 0; i < regs->rows; i++) {
		if (regs->row[i].size == 8)
			vtd_reg_set_64(regs, regs->row[i].offset, s->value[i]);
		else
			vtd_reg_set_32(regs, regs->row[i].offset,
				       (uint32_t)s->value[i]);
	}
	atomic_store(&unit->status, vtd_reg_get_32(regs, VTD_REG_GSTS));
	vtd_invalidate_all(unit, effects);
	vtd_invalidate_all_interrupts(unit, effects);
	vtd_commands_restart(unit);
	vtd_epochs_advance(unit);
	apply_queue(unit, s);
	vtd_queue_suspend(unit);
}

static int load(struct vtd_unit *unit, const void *blob, size_t size,
		const char **reason)
{
	struct vtd_blob_reader r = { .bytes = blob, .size = size };
	struct snapshot s = { .root = 0 };
	struct vtd_effects effects;

	vtd_effects_init(&effects);
	vtd_unit_lock(unit);
	get_snapshot(&r, unit, &s);
	if (r.reason == NULL) {
		apply(unit, &s, &effects);
		vtd_unit_deliver_any(unit, &effects);
		/* On a host without a timer: send again what was on its way,
		 * and go on. */
		vtd_queue_run_all(unit);
	}
	vtd_unit_unlock(unit);
	if (reason != NULL)
		*reason = r.reason;
	return r.reason == NULL ? 0 : -EINVAL;
}

int vtd_unit_load(struct vtd_unit *unit, const void *blob, size_t size,
		  const char **reason)
{
	int error;

	vtd_record_call_bytes(unit->recorder, VTD_RECORD_LOAD, blob, size);
	error = load(unit, blob, size, reason);
	VTD_RECORDER_RETURN(unit->recorder, VTD_RECORD_LOAD, error < 0);
	return error;
}
