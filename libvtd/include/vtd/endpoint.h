/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The endpoint's end of the wire: ATS, PASID and PRI as a device function has
 * them, with an address translation cache inside.  For device models; knows no
 * remapping unit, only a "bus" that carries its messages.
 *
 * Concepts
 *
 *  - access: What a device model does instead of a DMA to an address:
 *    vtd_endpoint_access_begin(), use the mapping, access_end().  Begin
 *    looks into the ATC, asks by ATS on a miss, asks by PRI for missing
 *    pages and rights, and tries again.  One access stays within a page;
 *    mapping.length says how far it may go.  Keep it short:
 *    invalidations wait for it.
 *  - answer: Of a translation request.  A bus that answers in the call has
 *    translation_request(), a bus whose answers come later
 *    translation_request_later(): then vtd_endpoint_access_begin() blocks
 *    until they come, and event-driven device models use
 *    vtd_endpoint_translate() when access_try() says so.
 *  - wait: A page request that has not been answered.  vtd_endpoint_access_
 *    begin() blocks on its own; event-driven device models use
 *    access_try(), page_request() and retry_delay() instead, all with
 *    the same struct vtd_endpoint_access until the access has ended.
 *  - canceller: What waits are tied to so that they can be ended together: one
 *    for each thing that a device resets or aborts as a whole.
 *  - epoch: The time between two changes of what accesses mean: reset, ATS on or
 *    off or stopped, PASID control, source-id.  An access or a wait never
 *    outlives its epoch: with the change it ends, with
 *    VTD_ENDPOINT_ABORTED if it was a reset, else VTD_ENDPOINT_OFF, and
 *    answers that come later open nothing.  Open accesses stay open.  A
 *    page request group that has begun leaves whole, unless the change is
 *    a reset or a source-id.
 *
 * Threads: everything but create and destroy may be called at any time from any
 * thread.  Calls of the bus and `done` callbacks are made with no lock held and
 * may call back in.  They come from any thread that calls into the endpoint,
 * with whatever locks of its own that thread has, and not necessarily from the
 * thread that caused them.  They must not block on the endpoint's progress; those
 * of the bus must not wait for a lock that is held around vtd_endpoint_reset(),
 * nor page_request() for one around vtd_endpoint_pri_control().
 *
 * A thread does 64 page request messages and `done` callbacks of waits that
 * others caused, and the rest of a group that has begun: what is left is done by a
 * thread that is blocked in vtd_endpoint_access_begin(), else by
 * vtd_endpoint_run() if the bus has run_later().  Without either it does all.
 */
#ifndef VTD_ENDPOINT_H
#define VTD_ENDPOINT_H

#include <vtd/atc.h>
#include <vtd/endpoint_ops.h>
#include <vtd/endpoint_result.h>
#include <vtd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vtd_endpoint;

struct vtd_endpoint_config {
	/** sizeof(struct vtd_endpoint_config) of the program;
	 * vtd_endpoint_config_init() sets it. */
	size_t size;
	/** Source-id in requests; see vtd_endpoint_set_source_id(). */
	uint16_t sid;
	/** PASID capability: width, 0 (none) to 20, and privileged mode. */
	unsigned int pasid_bits;
	bool privileged_mode;
	/** PRI capability: outstanding page request capacity, up to 65536;
	 * 0: no PRI. */
	uint32_t pri_capacity;
	/** PRG Response PASID Required: a response to a request with PASID that
	 * lacks the PASID is an unexpected one. */
	bool response_pasid_required;
	/** How often one blocking access asks for the same page when every
	 * response is Success and still there is no translation, 1..10000.
	 * See vtd_endpoint_retry_delay(). */
	unsigned int page_request_limit;
	/** Copied at creation; NULL: vtd_atc_config_init(). */
	const struct vtd_atc_config *atc;
};

/** PASID of 20 bits with privileged mode, PRI with a capacity of 2048 and
 * response_pasid_required, a limit of 100, the default ATC. */
void vtd_endpoint_config_init_sized(struct vtd_endpoint_config *config,
				    size_t size);
static inline void vtd_endpoint_config_init(struct vtd_endpoint_config *config)
{
	vtd_endpoint_config_init_sized(config, sizeof(*config));
}

/** Why vtd_endpoint_create() refuses these, in words that name what is wrong; or
 * NULL.  The string is a constant. */
const char *vtd_endpoint_create_check(const struct vtd_endpoint_config *config,
				      const struct vtd_endpoint_ops *ops);

/**
 * Make an endpoint with ATS, PASID and PRI disabled, as after reset.  `config`
 * and `ops` are copied.
 * Returns 0 and *ep; -EINVAL: vtd_endpoint_create_check() objects; -ENOMEM.
 */
int vtd_endpoint_create(const struct vtd_endpoint_config *config,
			const struct vtd_endpoint_ops *ops, void *bus,
			struct vtd_endpoint **ep);

/** The caller makes sure that no access is open, nothing waits, and no other
 * call runs or follows.  NULL is allowed. */
void vtd_endpoint_destroy(struct vtd_endpoint *ep);

/** What run_later() asked for.  Does no harm at other times. */
void vtd_endpoint_run(struct vtd_endpoint *ep);

/** The function was given another bus number.  Another one than before drops all
 * cached translations, and forgets what has not left of a group on its way; a
 * message that is being passed on still has the old one. */
void vtd_endpoint_set_source_id(struct vtd_endpoint *ep, uint16_t sid);

/* ------------------------------------------------- Configuration space */

/**
 * The ATS control register was written.  `stu` is the smallest translation
 * unit, 2^(stu + 12) bytes, 0..31.  Enabling and disabling drop all cached
 * translations; enabling (0 to 1) ends the stop that follows an Unsupported
 * Request answer.  A translation request that is under way may still arrive after
 * the call that disables; its answer opens nothing.
 */
void vtd_endpoint_ats_control(struct vtd_endpoint *ep, bool enable,
			      unsigned int stu);

/** The PASID control register was written.  What the configuration lacks cannot
 * be enabled.  A change drops all cached translations. */
void vtd_endpoint_pasid_control(struct vtd_endpoint *ep, bool enable,
				bool privileged);

/**
 * The PRI control register was written.  Enabling (0 to 1) clears the status.
 * Disabling ends waits that are not on their way yet (VTD_ENDPOINT_REFUSED);
 * the others still get their responses.  VTD_PRI_STOPPED says when none is left,
 * on its way or outstanding.  Reset counts only if enable is false: it forgets
 * outstanding requests, whose waits end (VTD_ENDPOINT_ABORTED); when the call
 * returns, no message of them can leave any more, with the exception that
 * vtd_endpoint_reset() has, too.
 */
void vtd_endpoint_pri_control(struct vtd_endpoint *ep, bool enable, bool reset);

/** The outstanding page request allocation was written: how many page request
 * messages may be outstanding.  More than the capacity counts as the capacity.
 */
void vtd_endpoint_pri_allocation(struct vtd_endpoint *ep, uint32_t messages);

/** Bits of the PRI status register, where PCIe has them. */
enum vtd_pri_status {
	VTD_PRI_RESPONSE_FAILURE = 0x0001,
	VTD_PRI_UNEXPECTED_INDEX = 0x0002,
	VTD_PRI_STOPPED = 0x0100,
	VTD_PRI_RESPONSE_PASID_REQUIRED = 0x8000,
};
uint16_t vtd_endpoint_pri_status(struct vtd_endpoint *ep);

/** Software wrote `bits`; response failure and unexpected index are RW1C. */
void vtd_endpoint_pri_status_clear(struct vtd_endpoint *ep, uint16_t bits);

/**
 * Function level or conventional reset: everything is disabled, cached
 * translations are dropped, all waits end (VTD_ENDPOINT_ABORTED; `done` may come
 * later), outstanding requests are forgotten, of a group on its way the rest
 * too.  Open accesses stay open.
 *
 * When the call returns, no message from before can leave any more: it waits for
 * calls of the bus that are under way.  From inside such a call it does not wait,
 * for its end or that of others: no call begins for what was before, and those
 * that are under way are on their own.
 */
void vtd_endpoint_reset(struct vtd_endpoint *ep);

/* ------------------------------------------------------ Saving, loading */

#define VTD_ENDPOINT_STATE_SIZE_MAX 8192
/**
 * The endpoint's state as one versioned blob, in a byte order of its own: it can
 * be loaded on any machine by this or a later library, into an endpoint with the
 * same pasid_bits, privileged_mode, pri_capacity and response_pasid_required.
 *
 * In it: source-id; ATS control, and whether and why ATS was stopped; PASID
 * control; PRI control, status and allocation; the page request groups that are
 * outstanding, with index, PASID and messages.  Not in it: cached translations,
 * open accesses, waits, translation requests without an answer, counters.
 * Whoever accesses or waits begins anew on the other side: there
 * a response to a group of before is an expected one, which nobody waits for.
 *
 * So a device first stops what begins accesses, ends waits by
 * vtd_endpoint_cancel(), which leaves groups outstanding, and ends its accesses.
 * The host saves with the endpoint what is on its way: messages that page_request()
 * was given and the unit has not got, and responses the other way.
 *
 * - save: writes at most `size` bytes, returns the bytes needed (call it with
 *       size 0 to ask), 0..VTD_ENDPOINT_STATE_SIZE_MAX.  Changes nothing.  Waits
 *       until a group that has begun has left whole: not to be called from a
 *       callback, nor with a lock held that page_request() takes.
 * - load: 0, or -EINVAL with *reason (a constant string; reason may be NULL) and
 *       the endpoint unchanged.  Otherwise it is a reset, followed by what was
 *       saved; not to be called from a callback.  To write the same values to the
 *       control registers after it changes nothing.
 */
size_t vtd_endpoint_save(struct vtd_endpoint *ep, void *blob, size_t size);
int vtd_endpoint_load(struct vtd_endpoint *ep, const void *blob, size_t size,
		      const char **reason);

/* ---------------------------------------------------- Messages coming in */

/**
 * An invalidate request (vtd/atc.h).  invalidation->done is called when its
 * completion is to be sent: accesses under way through what it covers have
 * ended, and page requests that were being passed on have been.  It may come
 * from inside the call, or from access_end() or any other call on any thread.
 * Answered in every state of the endpoint, as PCIe demands; never refused.
 *
 * `done` gets the request, with the source-id and ITag that
 * vtd_unit_device_tlb_complete() needs.  One structure for each of a unit's 32
 * ITags is enough.
 */
void vtd_endpoint_invalidate(struct vtd_endpoint *ep,
			     const struct vtd_device_tlb_invalidation *request,
			     struct vtd_atc_invalidation *invalidation);

/**
 * A PRG response message (SPEC 7.7.1).  Success: the access is tried again.
 * Invalid: it is refused.  Everything else is Response Failure: PRI stops until
 * it is enabled anew, all waits end (VTD_ENDPOINT_REFUSED), further responses
 * are ignored.  One that nothing waits for sets "unexpected index".
 */
void vtd_endpoint_response(struct vtd_endpoint *ep,
			   const struct vtd_page_group_response *response);

/**
 * The answer to the translation request that had this ticket
 * (translation_request_later()).  An answer to a request that an invalidation has
 * overtaken opens nothing.
 *
 * Returns 0; -ENOENT: nobody waits for it any more, or it has been answered: no
 * harm is done.
 */
int vtd_endpoint_translation_done(struct vtd_endpoint *ep, uint64_t ticket,
				  const struct vtd_translation *translation);

/* -------------------------------------------------------------- Accesses */

/** Zero-initialise it; after that only the functions below look at it. */
struct vtd_endpoint_canceller {
	/** The library's. */
	bool cancelled;

	uint64_t reserved;
};

/** Zero-initialise it for each access. */
struct vtd_endpoint_access {
	uint64_t address;
	enum vtd_access access;
	bool pasid_present;
	bool privileged; /**< only with a PASID */
	uint32_t pasid;
	/** Who can end the wait for pages; NULL: reset only. */
	struct vtd_endpoint_canceller *canceller;
	/** The library's: the epoch that an access which needs a page began in;
	 * 0: it has not begun. */
	uint64_t epoch;

	uint64_t reserved;
};

/** An open access.  Needs no initialisation; must not be moved while open. */
struct vtd_endpoint_mapping {
	/** The translated address of access.address, and the bytes that may be
	 * accessed from there on: up to the end of the page, 1..2^30. */
	uint64_t address;
	uint64_t length;
	bool snoop; /**< No-Snoop must be 0 in accesses */
	/** The library's. */
	struct vtd_atc_hold hold;
	/** With any result but VTD_ENDPOINT_OK, which leaves them alone: why; and
	 * what the last answer to a translation request said of it, with
	 * VTD_REASON_ATS_STOPPED the one that stopped ATS.  Only a bus inside of
	 * one program can pass a condition on; else VTD_CONDITION_NONE. */
	enum vtd_endpoint_reason reason;
	enum vtd_condition condition;

	uint64_t reserved[1];
};

/**
 * Open an access, waiting for pages if PRI is enabled.  The mapping is valid
 * only with VTD_ENDPOINT_OK.  Cancellation is noticed whenever there is
 * something to wait for; an access that need not wait does not look.
 */
enum vtd_endpoint_result
vtd_endpoint_access_begin(struct vtd_endpoint *ep,
			  const struct vtd_endpoint_access *access,
			  struct vtd_endpoint_mapping *mapping);

/**
 * The same without waiting: VTD_ENDPOINT_PAGE_NEEDED or
 * VTD_ENDPOINT_TRANSLATION_NEEDED if it would.  Then the access goes on, with
 * page_request() or translate() and the next try, in the epoch in which it began;
 * any other result ends it.
 */
enum vtd_endpoint_result
vtd_endpoint_access_try(struct vtd_endpoint *ep,
			struct vtd_endpoint_access *access,
			struct vtd_endpoint_mapping *mapping);

/** The last byte has been moved.  Invalidations may complete from here. */
void vtd_endpoint_access_end(struct vtd_endpoint *ep,
			     struct vtd_endpoint_mapping *mapping);

typedef void vtd_endpoint_waited(void *opaque, enum vtd_endpoint_result result);

/** In the caller's memory until `done` is called; must not be moved.
 * Zero-initialise it and set the first two. */
struct vtd_endpoint_wait {
	vtd_endpoint_waited *done; /**< required */
	void *opaque;
	/** The library's. */
	struct vtd_atc_link link;
	struct vtd_endpoint_access access;
	unsigned int pages;
	unsigned int state;
	uint16_t prgi;
	enum vtd_endpoint_result result;
	/** Why; the caller may look when `done` is called. */
	enum vtd_endpoint_reason reason;
	/** The library's. */
	uint64_t ticket;

	uint64_t reserved[2];
};

/** In the caller's memory until `done` is called, and the mapping in it until its
 * access has ended; must not be moved.  Zero-initialise it and set the first
 * two. */
struct vtd_endpoint_translation {
	vtd_endpoint_waited *done; /**< required */
	void *opaque;
	/** Open when `done` says VTD_ENDPOINT_OK: vtd_endpoint_access_end().  Else
	 * it says why. */
	struct vtd_endpoint_mapping mapping;
	/** The library's. */
	struct vtd_endpoint *endpoint;
	struct vtd_endpoint_wait wait;
	struct vtd_atc_fill fill;

	uint64_t reserved[4];
};

/**
 * Ask for the translation of an access for which vtd_endpoint_access_try() has
 * said VTD_ENDPOINT_TRANSLATION_NEEDED.
 *
 * translation->done is called once, from inside the call or later:
 * VTD_ENDPOINT_OK: the access is open, as translation->mapping.
 * VTD_ENDPOINT_PAGE_NEEDED: vtd_endpoint_page_request(), then try again.
 * VTD_ENDPOINT_TRANSLATION_NEEDED: an invalidation came in between; try again.
 * The others end the access, those of an epoch that is over and of a canceller
 * included.  The structure is the caller's again at that moment.
 */
void vtd_endpoint_translate(struct vtd_endpoint *ep,
			    const struct vtd_endpoint_access *access,
			    struct vtd_endpoint_translation *translation);

/**
 * Ask for the page of access.address, and for pages - 1 more that follow it, as
 * one page request group.  Each page takes one message of the allocation; the
 * request queues up, in order, until there is room.  An access that
 * vtd_endpoint_access_try() began sends nothing when its epoch is over.
 *
 * wait->done is called once, from inside the call or later: VTD_ENDPOINT_OK
 * (try the access again), VTD_ENDPOINT_REFUSED (by software, or PRI or the
 * PASID is not enabled, or `pages` is 0 or above the allocation),
 * VTD_ENDPOINT_ABORTED, or VTD_ENDPOINT_OFF (the epoch is over).
 * The wait is the caller's again at that moment.
 */
void vtd_endpoint_page_request(struct vtd_endpoint *ep,
			       const struct vtd_endpoint_access *access,
			       unsigned int pages,
			       struct vtd_endpoint_wait *wait);

/**
 * How long to pause before page request number `attempt` (1...) for one access;
 * false: give up.  Units answer Success when their queue is full, so a device
 * that asks again at once would only keep it full: the pauses grow from 0 to
 * 50 ms, about five seconds in all with the default limit.
 */
bool vtd_endpoint_retry_delay(struct vtd_endpoint *ep, unsigned int attempt,
			      uint64_t *nanoseconds);

/**
 * End all waits of accesses with this canceller (VTD_ENDPOINT_ABORTED), and
 * those to come, until vtd_endpoint_cancel_end().  Does not wait for the
 * accesses to return.  Requests that are on their way stay outstanding: their
 * index and their share of the allocation come back with the response, or with
 * a reset.
 */
void vtd_endpoint_cancel(struct vtd_endpoint *ep,
			 struct vtd_endpoint_canceller *canceller);
/**
 * The same for a device that stops in good order: a wait whose request is on its
 * way lasts until the response; nothing more is asked for.  This is what has to
 * come before software takes a PASID back (PCIe, managing PASID usage): Linux
 * forgets page requests that it has not answered by then, twice over.
 */
void vtd_endpoint_finish(struct vtd_endpoint *ep,
			 struct vtd_endpoint_canceller *canceller);
/** The end of both. */
void vtd_endpoint_cancel_end(struct vtd_endpoint *ep,
			     struct vtd_endpoint_canceller *canceller);

/** Which page request group an access with this canceller waits for; false: none.
 * After a load nobody waits for it.  Software forgets what it has not answered when
 * the device gives a PASID back: not before its group is answered, then. */
bool vtd_endpoint_awaits(struct vtd_endpoint *ep,
			 const struct vtd_endpoint_canceller *canceller,
			 uint16_t *prgi);
/** Whether the group is outstanding, and nobody waits for it. */
bool vtd_endpoint_is_owed_response(struct vtd_endpoint *ep, uint16_t prgi);

/**
 * The device has ended its accesses in a PASID: send a stop marker behind the
 * page requests that came before it.  wait->done: VTD_ENDPOINT_OK when it has
 * been passed on, VTD_ENDPOINT_REFUSED when PRI is not enabled, or as above.
 */
void vtd_endpoint_pasid_stop(struct vtd_endpoint *ep, uint32_t pasid,
			     struct vtd_endpoint_wait *wait);

/** What has happened since creation.  Members are uint64_t. */
struct vtd_endpoint_counters {
	uint64_t translation_requests;
	uint64_t page_requests; /**< messages, stop markers not counted */
	uint64_t responses_success;
	uint64_t responses_invalid;
	uint64_t responses_failure;
	uint64_t responses_unexpected;
	uint64_t cancelled_waits;
	/** How often threads that are blocked in accesses woke up. */
	uint64_t wakeups;
};
/** `size`: sizeof(*counters). */
void vtd_endpoint_counters(struct vtd_endpoint *ep,
			   struct vtd_endpoint_counters *counters, size_t size);
void vtd_endpoint_atc_counters(struct vtd_endpoint *ep,
			       struct vtd_atc_counters *counters, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* VTD_ENDPOINT_H */
