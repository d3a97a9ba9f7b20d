/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where paths end: what a fault condition means for the requester, and whether
 * and how software learns of it.  SPEC 7.1 to 7.3.
 */
#ifndef VTD_SRC_REPORT_REPORT_H
#define VTD_SRC_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <vtd/types.h>

#include "effects.h"
#include "regs/regfile.h"
#include "trail.h"

struct vtd_unit;
struct vtd_epoch;

/* What a condition makes of a request (SPEC 7.1.3, table of conditions). */
enum vtd_answer {
	VTD_ANSWER_NONE, /* cannot happen to this kind of request */
	VTD_ANSWER_UNSUPPORTED,
	VTD_ANSWER_ABORT,
	VTD_ANSWER_NO_ACCESS, /* success with R=W=U=S=0 */
	VTD_ANSWER_EFFECTIVE, /* success with the effective permissions */
	VTD_ANSWER_INVALID,   /* page request: Invalid Request response if
				 * last in group, dropped otherwise */
};

/* The columns of that table. */
enum vtd_request_kind {
	VTD_KIND_UNTRANSLATED,
	VTD_KIND_TRANSLATION,
	VTD_KIND_TRANSLATED,
	VTD_KIND_PAGE_REQUEST,
	VTD_KINDS
};

struct vtd_condition_row {
	const char *name;
	const char *text;
	uint8_t code;
	bool qualified;	      /* suppressed by FPD */
	bool always_recorded; /* although the answer is recoverable (SFS.10) */
	uint8_t answer[VTD_KINDS]; /* enum vtd_answer */
	/* The request is at fault, and not what was read last. */
	bool of_request;
	/* The field of that structure that says so, and its word; 0: which bits
	 * they are is noted where they are checked, or there are none. */
	uint8_t word;
	uint64_t field;
};

/* Never NULL. */
const struct vtd_condition_row *vtd_condition_row(enum vtd_condition condition);

/*
 * A fault on its way out of a path: a value, recorded once by whoever ends the
 * path.
 */
struct vtd_fault {
	enum vtd_condition condition; /* VTD_CONDITION_NONE: no fault */
	bool fpd;		      /* FPD=1 was met in an entry on the way */
};

/* The place of a condition that ended this trail. */
struct vtd_place vtd_fault_place(struct vtd_trail *trail,
				 enum vtd_condition condition);

/* Whether software learns of it when it happens to such a request. */
bool vtd_fault_is_recorded(const struct vtd_fault *fault,
			   enum vtd_request_kind kind);

/* For explanations: the step in the log that the fault is about, in which the bits
 * at fault are noted, or VTD_STEP_NONE; and what becomes of it. */
uint32_t vtd_fault_step(const struct vtd_trail_log *log,
			enum vtd_condition condition,
			const struct vtd_place *place);
enum vtd_recording vtd_fault_recording(const struct vtd_fault *fault,
				       enum vtd_request_kind kind);

/* The contents of a fault record, both quad-words; F is not set yet.  The
 * condition is finer than the reason code in it. */
struct vtd_fault_record {
	enum vtd_condition condition;
	bool interrupt;		/* of an interrupt request */
	struct vtd_place place; /* for the caller to set */
	uint64_t low;
	uint64_t high;
};
struct vtd_fault_record
vtd_fault_record_of_request(const struct vtd_config *config,
			    const struct vtd_request *request,
			    enum vtd_condition condition);
struct vtd_fault_record
vtd_fault_record_of_page_request(const struct vtd_config *config,
				 const struct vtd_page_request *request,
				 enum vtd_condition condition);
struct vtd_fault_record
vtd_fault_record_of_interrupt(uint16_t sid, uint32_t index,
			      enum vtd_condition condition);

/*
 * Store a record in the fault recording registers and raise the fault event;
 * SPEC 7.2.1.  The unit's lock is held.
 */
void vtd_fault_store(struct vtd_unit *unit,
		     const struct vtd_fault_record *record,
		     struct vtd_effects *effects);

/* Software wrote FSTS, FECTL or an F bit: PPF and the event follow
 * (11.4.7.1).  Lock held. */
void vtd_fault_update(struct vtd_unit *unit);

/* Take the lock, store the record, unlock, deliver.  For lock-free paths, with
 * the epoch in which they began: a fault of an earlier one is none. */
void vtd_fault_report(struct vtd_unit *unit,
		      const struct vtd_fault_record *record,
		      const struct vtd_epoch *epoch);

/* The three events of a unit (fault, invalidation, page request), alike. */
enum vtd_event {
	VTD_EVENT_FAULT,
	VTD_EVENT_INVALIDATION,
	VTD_EVENT_PAGE_REQUEST,
	VTD_EVENTS
};

/*
 * Set status bits of an event's status set; raises the event if it was all 0
 * (SPEC 7.3, generic pending logic).  Lock held, so that the message follows
 * what it announces and none leaves after software has masked the event.
 */
void vtd_event_set_status(struct vtd_unit *unit, enum vtd_event event,
			  uint32_t bits);

/* Software wrote the status or control register.  Lock held. */
void vtd_event_update(struct vtd_unit *unit, enum vtd_event event);

#endif /* VTD_SRC_REPORT_REPORT_H */
