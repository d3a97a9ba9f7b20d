/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Why a request ends as it does: every structure that a look-up reads, in the
 * order in which it reads them.  For debuggers, tools and tests.
 *
 * An explanation is the look-up itself, with notes: the path that translates is
 * the only one that decides.  It has no side effect: no fault is recorded, no
 * accessed or dirty bit is set, nothing is counted or cached.  So two things
 * remain open: whether memory would let the bits be set that the walk would set
 * (SFS.10, SSS.6), and what other threads change in between.
 */
#ifndef VTD_EXPLAIN_H
#define VTD_EXPLAIN_H

#include <vtd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vtd_unit;

/** Words of the largest structure. */
#define VTD_STEP_WORDS 8

/**
 * The most steps of one request.  Nested with 5 and 5 levels: five first-stage
 * entries, each after five second-stage ones, then five for the page; before
 * them the register, root, context, directory and PASID entry.  With
 * vtd_config.iotlb all that once by what is cached and once as memory has it; else
 * there is the cached configuration in addition.
 */
#define VTD_STEPS_MAX 80

/** One structure that a look-up read. */
struct vtd_step {
	enum vtd_structure structure;
	/** Paging entries: as in struct vtd_place. */
	uint8_t level;
	uint8_t for_level;
	/** The words that were read; 0: no RAM is there. */
	uint8_t words;
	/** First-stage entry of a nested walk: guest_address is meant. */
	bool guest;
	/** It was read for this explanation only: the unit goes by what it has
	 * in its caches. */
	bool bypassed;
	/** Paging entries: the rights that are left (enum vtd_access), by this
	 * walk and after this entry. */
	uint8_t rights;
	/** Host-physical; offset of a register; 0 for what is cached. */
	uint64_t address;
	uint64_t guest_address;
	uint64_t word[VTD_STEP_WORDS];
	/** The bits of each word that are wrong, set or not. */
	uint64_t error[VTD_STEP_WORDS];
	/** Accessed and dirty bits that the walk would set in word 0. */
	uint64_t sets;

	uint64_t reserved[2];
};

enum vtd_recording {
	/** no fault, or one that software is not told of */
	VTD_RECORDING_NONE,
	/** A record would be stored, if there is room (SPEC 7.2.1), and none of
	 * the source-id that fault_compression makes do. */
	VTD_RECORDING_RECORDED,
	VTD_RECORDING_SUPPRESSED, /**< FPD=1 in an entry on the way */
};

#define VTD_STEP_NONE 0xffffffffU

struct vtd_explanation {
	/** What vtd_unit_translate() answers. */
	struct vtd_translation result;
	/** The steps that there are, also if the caller gave room for less. */
	uint32_t steps;
	/** The one that result.place is about, if it was written; otherwise
	 * VTD_STEP_NONE. */
	uint32_t fault_step;
	/**
	 * Something that is cached was used; and it is not what the steps that
	 * are bypassed say: an invalidation is missing.  With vtd_config.iotlb
	 * the answer counts, and a translation with fewer rights than memory
	 * gives is another, which can be in order.
	 */
	bool cached;
	bool stale;
	enum vtd_recording recording;
	/** The fault record, both quad-words (SPEC 11.4.7.6), if the condition is
	 * not VTD_CONDITION_NONE. */
	uint64_t record[2];
	/** With vtd_config.iotlb: the answer if nothing were cached. */
	struct vtd_translation memory;

	uint64_t reserved[4];
};

/**
 * Explain a request.  The first steps are written to `step`, `room` at most
 * (VTD_STEPS_MAX is enough; 0 with NULL is allowed).  Always fills in
 * *explanation.  Any number of threads at any time.  Holds up no wait, as
 * vtd_unit_probe().
 */
void vtd_unit_explain(struct vtd_unit *unit, const struct vtd_request *request,
		      struct vtd_explanation *explanation,
		      struct vtd_step *step, size_t room);

/** The most steps of an interrupt request: register, entry, posted descriptor. */
#define VTD_INTERRUPT_STEPS_MAX 3

struct vtd_interrupt_explanation {
	/** What vtd_unit_interrupt_probe() answers. */
	struct vtd_interrupt result;
	/** In remappable format: the index of the entry (SPEC 5.1.3). */
	bool remappable;
	uint32_t index;
	uint32_t steps;
	uint32_t fault_step;
	enum vtd_recording recording;
	uint64_t record[2];

	uint64_t reserved[4];
};

/** The same for an interrupt request; VTD_INTERRUPT_STEPS_MAX are enough. */
void vtd_unit_interrupt_explain(struct vtd_unit *unit,
				const struct vtd_interrupt_request *request,
				struct vtd_interrupt_explanation *explanation,
				struct vtd_step *step, size_t room);

struct vtd_page_request_explanation {
	/** What vtd_unit_page_request() would return. */
	enum vtd_page_request_result result;
	/** Why it would be refused, and where that is. */
	enum vtd_condition condition;
	struct vtd_place place;
	uint32_t steps;
	uint32_t fault_step;
	enum vtd_recording recording;
	uint64_t record[2];
	/** PRS.PRO is set: until software clears it, the queue takes nothing. */
	bool overflowed;
	/** The queue: requests that software has not taken, and how many there can be
	 * at once. */
	uint32_t waiting;
	uint32_t capacity;

	uint64_t reserved[4];
};

/**
 * The same for a page request; VTD_PAGE_REQUEST_STEPS_MAX are enough.  Whether the
 * queue is in RAM is not tried out.
 */
#define VTD_PAGE_REQUEST_STEPS_MAX 8
void vtd_unit_page_request_explain(
	struct vtd_unit *unit, const struct vtd_page_request *request,
	struct vtd_page_request_explanation *explanation, struct vtd_step *step,
	size_t room);

/** A field of a structure, by its name in the specification. */
struct vtd_structure_field {
	const char *name;
	unsigned int word;
	uint64_t mask;
	/** As a number; of a field that is an address, the address. */
	uint64_t value;
	bool is_address;

	uint64_t reserved[1];
};

/** The most fields of one structure. */
#define VTD_FIELDS_MAX 24

/**
 * Take a structure apart: words[0...], as many as enum vtd_structure says.
 * `level` is that of a paging entry, and ignored for others.  Writes the first
 * fields to `field`, `room` at most, and returns how many there are, 0 for a
 * structure that there is not.  Thread-safe; the names are constants.
 */
size_t vtd_structure_fields(enum vtd_structure structure, unsigned int level,
			    const uint64_t *words,
			    struct vtd_structure_field *field, size_t room);

#ifdef __cplusplus
}
#endif

#endif /* VTD_EXPLAIN_H */
