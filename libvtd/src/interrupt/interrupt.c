/* SPDX-License-Identifier: BSD-3-Clause */
#include "interrupt/entry_lint.h"
#include "interrupt/interrupt.h"

#include <vtd/explain.h>
#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

#include "lint.h"
#include "record/values.h"
#include "unit.h"

static const struct vtd_fault no_fault = { .condition = VTD_CONDITION_NONE };

static struct vtd_fault fault_of(enum vtd_condition condition, bool fpd)
{
	return (struct vtd_fault){ .condition = condition, .fpd = fpd };
}

/* Looks at a unit that is reset or loaded meanwhile; the last one is refused. */
#define TRIES_MAX 4

/* A request on its way. */
struct path {
	struct vtd_unit *unit;
	const struct vtd_interrupt_request *request;
	struct vtd_interrupt_handle handle;
	uint32_t status; /* GSTS and the latched table when the request came */
	uint64_t table;
	struct vtd_epoch epoch;
	bool probe;
	struct vtd_trail_log *log; /* NULL: nobody asks */
	struct vtd_trail *trail;
	struct vtd_interrupt *result;
};

/* The interrupt remapping table entry of a request. */
struct entry {
	uint64_t address;
	uint64_t irte[2];
	uint64_t reserved[2]; /* set if that was looked at */
	bool extended;	      /* EIME of its table */
	bool beyond;	      /* the end of the table, or of memory */
	bool found;	      /* it could be read; if not beyond */
};

/* Not remapped: the message goes on as it came. */
static void pass(const struct vtd_interrupt_request *request,
		 struct vtd_interrupt *result)
{
	result->address = request->address;
	result->data = request->data;
	result->level = (request->data & VTD_BIT(15)) != 0;
}

static void reserve_in_remapped(const uint64_t *irte, bool extended,
				uint64_t *reserved)
{
	uint64_t mode = vtd_field_get(irte[0], VTD_IRTE0_DLM);

	reserved[0] = VTD_IRTE0_RESERVED;
	reserved[1] |= VTD_IRTE1_RESERVED;
	if (!extended)
		reserved[0] |= VTD_IRTE0_DST & ~VTD_IRTE0_DST_XAPIC;
	if (mode == 3 || mode == 6)
		reserved[0] |= VTD_IRTE0_DLM;
}

/* Bits 63:32 of the descriptor's address are in their places in word 1. */
static void reserve_in_posted(const struct vtd_config *caps, uint64_t *reserved)
{
	reserved[0] = VTD_IRTE0_POSTED_RESERVED;
	reserved[1] |= VTD_IRTE1_POSTED_RESERVED |
		       (VTD_IRTE1_POSTED_PDA_HIGH &
			UINT64_MAX << caps->host_address_width);
	if (!caps->posted_interrupts)
		reserved[0] |= VTD_IRTE0_IM;
}

/* SPEC 9.9, 9.10: reserved fields of a present entry. */
static bool has_reserved(const struct vtd_config *caps, struct entry *entry)
{
	bool svt = vtd_field_get(entry->irte[1], VTD_IRTE1_SVT) == 3;
	uint64_t reserved[2] = { 0, svt ? VTD_IRTE1_SVT : 0 };

	if ((entry->irte[0] & VTD_IRTE0_IM) != 0)
		reserve_in_posted(caps, reserved);
	else
		reserve_in_remapped(entry->irte, entry->extended, reserved);
	entry->reserved[0] = reserved[0];
	entry->reserved[1] = reserved[1];
	return (entry->irte[0] & reserved[0]) != 0 ||
	       (entry->irte[1] & reserved[1]) != 0;
}

static void compose(const uint64_t *irte, bool extended,
		    struct vtd_interrupt *result)
{
	uint64_t destination =
		extended ? vtd_field_get(irte[0], VTD_IRTE0_DST) :
			   vtd_field_get(irte[0], VTD_IRTE0_DST_XAPIC);
	struct vtd_message message = {
		.destination = (uint32_t)destination,
		.redirection_hint = (irte[0] & VTD_IRTE0_RH) != 0,
		.logical = (irte[0] & VTD_IRTE0_DM) != 0,
		.vector = (uint8_t)vtd_field_get(irte[0], VTD_IRTE0_V),
		.delivery_mode = (uint8_t)vtd_field_get(irte[0], VTD_IRTE0_DLM),
		.level = (irte[0] & VTD_IRTE0_TM) != 0,
	};

	vtd_interrupt_compose(&message, result);
}

/* Sets what is known of it before it is read. */
static void find_entry(const struct path *path, struct entry *entry)
{
	const struct vtd_unit *unit = path->unit;
	uint32_t index = path->handle.index;
	unsigned int bits =
		(unsigned int)vtd_field_get(path->table, VTD_IRTA_S) + 1;

	entry->address = (path->table & VTD_IRTA_BASE) + index * VTD_IRTE_SIZE;
	entry->extended = (path->table & VTD_IRTA_EIME) != 0;
	entry->beyond = index >> bits != 0 ||
			entry->address >> unit->config.host_address_width != 0;
}

/* Read it, and judge what it says of all requests and of this one. */
static struct vtd_fault judge(const struct path *path, struct entry *entry)
{
	struct vtd_unit *unit = path->unit;
	const uint64_t *irte = entry->irte;
	bool fpd;

	if (entry->beyond)
		return fault_of(VTD_IR_21, false);
	entry->found = vtd_mem_read(&unit->mem, entry->address, entry->irte, 2);
	if (!entry->found)
		return fault_of(VTD_IR_23, false);
	/* Not the entry of a table that was never set. */
	if (!vtd_epoch_lasts(unit, &path->epoch))
		return fault_of(VTD_IR_22, false);
	fpd = (irte[0] & VTD_IRTE0_FPD) != 0;
	if ((irte[0] & VTD_IRTE0_P) == 0)
		return fault_of(VTD_IR_22, fpd);
	if (has_reserved(&unit->config, entry))
		return fault_of(VTD_IR_24, fpd);
	if (!path->request->sid_unknown &&
	    !vtd_interrupt_source_matches(irte[1], path->request->sid))
		return fault_of(VTD_IR_26, fpd);
	return (struct vtd_fault){ VTD_CONDITION_NONE, fpd };
}

/* Where the request has come to: for faults, explanations, and posting, which
 * goes on from there.  Others do not pay for it. */
static __attribute__((noinline)) void note(const struct path *path,
					   const struct entry *entry,
					   enum vtd_condition condition)
{
	struct vtd_trail *trail = path->trail;

	if (entry->beyond || vtd_trail_is_logged(trail)) {
		vtd_trail_to(trail, VTD_STRUCTURE_INTERRUPT_TABLE_ADDRESS, 0,
			     VTD_REG_IRTA);
		vtd_trail_found(trail, &path->table, 1);
	}
	if (entry->beyond)
		return;
	vtd_trail_to(trail, VTD_STRUCTURE_INTERRUPT_ENTRY, 0, entry->address);
	if (!entry->found)
		return;
	vtd_trail_found(trail, entry->irte, 2);
	if (condition == VTD_IR_24)
		vtd_trail_wrong(trail, entry->reserved, 2);
}

static struct vtd_fault post(const struct path *path, const struct entry *entry,
			     bool fpd)
{
	const struct vtd_posting posting = {
		.irte = { entry->irte[0], entry->irte[1] },
		.extended = entry->extended,
		.probe = path->probe,
		.trail = path->trail,
	};

	return fault_of(vtd_interrupt_post(path->unit, &posting, path->result),
			fpd);
}

/* SPEC 5.1.4: look the entry up and do what it says. */
static struct vtd_fault remap(const struct path *path)
{
	struct entry entry;
	struct vtd_fault fault;
	bool blocked, posted;

	find_entry(path, &entry);
	fault = judge(path, &entry);
	blocked = fault.condition != VTD_CONDITION_NONE;
	posted = !blocked && (entry.irte[0] & VTD_IRTE0_IM) != 0;
	if (__builtin_expect(
		    blocked || posted || vtd_trail_is_logged(path->trail), 0))
		note(path, &entry, fault.condition);
	if (posted)
		return post(path, &entry, fault.fpd);
	if (!blocked)
		compose(entry.irte, entry.extended, path->result);
	return fault;
}

/* SPEC 5.1.3, 5.1.4: the order of decisions. */
static struct vtd_fault decide(const struct path *path)
{
	if ((path->status & VTD_GSTS_IRES) == 0) {
		pass(path->request, path->result);
		return no_fault;
	}
	if (!path->handle.remappable) {
		/* Nor by the status of one unit and the table of another. */
		if ((path->table & VTD_IRTA_EIME) != 0 ||
		    (path->status & VTD_GSTS_CFIS) == 0 ||
		    !vtd_epoch_lasts(path->unit, &path->epoch))
			return fault_of(VTD_IR_25, false);
		pass(path->request, path->result);
		return no_fault;
	}
	if (path->handle.condition != VTD_CONDITION_NONE)
		return fault_of(path->handle.condition, false);
	return remap(path);
}

static struct vtd_fault follow(struct path *path)
{
	struct vtd_fault fault = no_fault;
	struct vtd_trail trail;

	path->trail = &trail;
	path->handle = vtd_interrupt_parse(path->request);
	for (int i = 0; i < TRIES_MAX; i++) {
		path->epoch = vtd_epoch_now(path->unit, VTD_EPOCH_INTERRUPTS);
		/* On with a table that is set; off before it goes. */
		path->status = vtd_unit_status(path->unit);
		path->table = atomic_load(&path->unit->interrupt_table);
		*path->result = (struct vtd_interrupt){ .blocked = false };
		vtd_trail_begin(&trail, path->log);
		fault = decide(path);
		if (fault.condition == VTD_CONDITION_NONE ||
		    vtd_epoch_lasts(path->unit, &path->epoch))
			break;
	}
	if (fault.condition == VTD_CONDITION_NONE)
		return fault;
	path->result->condition = fault.condition;
	path->result->place = vtd_fault_place(&trail, fault.condition);
	path->result->blocked = true;
	return fault;
}

/* These are raised before an entry is looked at: the index is undefined. */
static uint32_t recorded_index(const struct path *path,
			       enum vtd_condition condition)
{
	if (condition == VTD_IR_20 || condition == VTD_IR_25)
		return 0;
	return path->handle.index;
}

static struct vtd_fault_record record_of(const struct path *path,
					 enum vtd_condition condition)
{
	struct vtd_fault_record record = vtd_fault_record_of_interrupt(
		path->request->sid, recorded_index(path, condition), condition);

	record.place = path->result->place;
	return record;
}

static void report(const struct path *path, const struct vtd_fault *fault,
		   const struct vtd_epoch *epoch)
{
	struct vtd_fault_record record;

	if (!vtd_fault_is_recorded(fault, VTD_KIND_UNTRANSLATED))
		return;
	record = record_of(path, fault->condition);
	vtd_fault_report(path->unit, &record, epoch);
}

/* The entry once more, for what is said of its changes. */
static __attribute__((noinline, cold)) void
look_for_change(const struct path *path)
{
	uint32_t index = path->handle.index;
	uint64_t irte[2];

	if ((path->status & VTD_GSTS_IRES) != 0 &&
	    vtd_mem_read(&path->unit->mem,
			 (path->table & VTD_IRTA_BASE) + index * VTD_IRTE_SIZE,
			 irte, 2) &&
	    (irte[0] & VTD_IRTE0_P) != 0)
		vtd_lint_entry_used(path->unit, index, irte);
	vtd_lint_deliver(path->unit);
}

static inline void answer(struct vtd_unit *unit,
			  const struct vtd_interrupt_request *request,
			  struct vtd_interrupt *result)
{
	struct path path = {
		.unit = unit,
		.request = request,
		.result = result,
	};
	const struct vtd_epoch epoch =
		vtd_epoch_now(unit, VTD_EPOCH_INTERRUPTS);
	struct vtd_dma_bracket posting;
	struct vtd_fault fault;

	/* Posting writes to memory as an entry says, and a fault is recorded: no
	 * wait after the invalidation of that entry completes before. */
	vtd_unit_bracket_begin(unit, &posting);
	fault = follow(&path);
	if (result->blocked)
		report(&path, &fault, &epoch);
	else if ((path.status & VTD_GSTS_IRES) != 0 && path.handle.remappable)
		vtd_unit_count(unit, VTD_COUNT_INTERRUPTS_REMAPPED);
	vtd_unit_bracket_end(unit, &posting);
	if (vtd_unit_lints(unit) && !result->blocked && path.handle.remappable)
		look_for_change(&path);
}

static __attribute__((noinline)) void
answer_recorded(struct vtd_unit *unit,
		const struct vtd_interrupt_request *request,
		struct vtd_interrupt *result)
{
	vtd_record_interrupt_request(unit->recorder, VTD_RECORD_INTERRUPT,
				     request);
	answer(unit, request, result);
	vtd_record_interrupt(unit->recorder, VTD_RECORD_INTERRUPT, result);
}

void vtd_unit_interrupt(struct vtd_unit *unit,
			const struct vtd_interrupt_request *request,
			struct vtd_interrupt *result)
{
	if (VTD_RECORDED(unit->recorder))
		answer_recorded(unit, request, result);
	else
		answer(unit, request, result);
}

void vtd_unit_interrupt_probe(struct vtd_unit *unit,
			      const struct vtd_interrupt_request *request,
			      struct vtd_interrupt *result)
{
	struct path path = {
		.unit = unit,
		.request = request,
		.probe = true,
		.result = result,
	};

	vtd_record_interrupt_request(unit->recorder, VTD_RECORD_INTERRUPT_PROBE,
				     request);
	follow(&path);
	vtd_record_interrupt(unit->recorder, VTD_RECORD_INTERRUPT_PROBE,
			     result);
}

void vtd_unit_interrupt_explain(struct vtd_unit *unit,
				const struct vtd_interrupt_request *request,
				struct vtd_interrupt_explanation *explanation,
				struct vtd_step *step, size_t room)
{
	struct vtd_trail_log log = { .step = step, .room = room };
	struct path path = {
		.unit = unit,
		.request = request,
		.probe = true,
		.log = &log,
		.result = &explanation->result,
	};
	struct vtd_fault fault;
	struct vtd_fault_record record;

	*explanation = (struct vtd_interrupt_explanation){ .steps = 0 };
	fault = follow(&path);
	explanation->remappable = path.handle.remappable;
	explanation->index = path.handle.remappable ? path.handle.index : 0;
	explanation->steps = (uint32_t)log.count;
	explanation->fault_step = vtd_fault_step(&log, fault.condition,
						 &explanation->result.place);
	if (fault.condition == VTD_CONDITION_NONE)
		return;
	record = record_of(&path, fault.condition);
	explanation->recording =
		vtd_fault_recording(&fault, VTD_KIND_UNTRANSLATED);
	explanation->record[0] = record.low;
	explanation->record[1] = record.high | VTD_FRCD_HI_F;
}
