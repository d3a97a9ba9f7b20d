/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What a remapping unit needs from the program that embeds it.
 *
 * All callbacks get the `host` pointer that vtd_unit_create() was given.  Two
 * kinds:
 *
 *  - Memory callbacks, interrupt_message(), timer_set() and clock() run with the
 *    unit's lock held or not.  They must not call into the unit, nor wait for
 *    a thread that does.  Memory is RAM only: an address that is not RAM is an
 *    error, never a device access.
 *  - device_tlb_invalidate(), page_group_response(), the two notices, trace(),
 *    stale_use() and lint() are made with no lock held and may call into the unit (but not
 *    vtd_unit_save()).  They must not wait for an invalidation wait, or for
 *    anything else that another thread's call into the unit has to bring: that
 *    thread may have left its work to the one that is waiting.
 *
 * Threads.  Only clock() and the memory callbacks of a look-up are sure to be
 * for the call that the thread made.  Any call but a read, a probe or a query can
 * run a part of the invalidation queue, and so lead to every callback: a thread
 * that closes a bracket, or that came to translate while a wait hangs on it,
 * resumes the queue.  That part is bounded, however fast software submits: a
 * register write runs what the queue holds then (unless another thread is
 * running it already: then that one goes on within its own bound; or saves the
 * state: then the timer does it),
 * vtd_unit_translate() and vtd_unit_interrupt() a handful of descriptors, all
 * others some dozens; the rest is done by vtd_unit_timer_expired(), which
 * timer_set() asks for.
 *
 * Order.  Callbacks out of one call are made in the order of their causes.  A
 * message comes after the memory and the registers that it announces.  An
 * invalidation wait completes (status, then message) after all that precedes it:
 * requests are answered, responses and notices delivered, notices dealt with,
 * whatever threads did it; so does a command in a register (ICC, IVT, GSTS).
 * With PD, responses of the unit itself to page
 * requests that it received before are delivered, too.
 * Invalidate requests and responses to an endpoint leave in the order of the
 * queue; a host that passes them on later keeps that order, as PCIe does, and
 * holds a bracket for a response meanwhile if waits with PD are to follow it.
 */
#ifndef VTD_HOST_H
#define VTD_HOST_H

#include <vtd/check.h>
#include <vtd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the callback of a notice returns if the host deals with it later. */
#define VTD_NOTICE_PENDING 1

/**
 * Guest RAM that the unit may read by itself: vtd_unit_set_ram().  `first` and
 * `length` are multiples of 4096 bytes, and `length` is not 0.
 */
struct vtd_ram_range {
	uint64_t first; /**< guest-physical */
	uint64_t length;
	/** Where it is in this process, a multiple of 8: `length` readable bytes,
	 * as memory_read() would copy them.  If it is a multiple of 16, a
	 * processor with AVX reads entries of 16 bytes in one piece. */
	const void *memory;

	uint64_t reserved[1];
};

/** Ranges in ascending order; they may touch, but not overlap. */
struct vtd_ram_map {
	const struct vtd_ram_range *range;
	size_t count;

	uint64_t reserved[2];
};

struct vtd_host_ops {
	/** sizeof(struct vtd_host_ops) of the program. */
	size_t size;

	/**
	 * Copy `length` bytes (1..4096, not across a 4 KiB boundary) from or to
	 * guest-physical memory, as it is there: the library does the byte
	 * order.  Naturally aligned units of 4 and 8 bytes, and of 16 if the
	 * machine can, are copied without tearing.
	 * Returns 0, or a negative errno: nothing (or not all of it) is RAM.
	 * Required.
	 */
	int (*memory_read)(void *host, uint64_t address, void *buffer,
			   size_t length);
	int (*memory_write)(void *host, uint64_t address, const void *buffer,
			    size_t length);

	/**
	 * Sequentially consistent compare-and-swap of the 8 bytes at `address`
	 * (8-byte aligned), bytes as in memory.  If they equal *expected they
	 * become `desired`; otherwise *expected becomes what was found.
	 * Returns 1 if swapped, 0 if not, a negative errno if it cannot be done
	 * there.  Required.
	 */
	int (*memory_compare_exchange)(void *host, uint64_t address,
				       uint64_t *expected, uint64_t desired);

	/**
	 * Write a message of the unit's own (fault, invalidation and page
	 * request events); it is not remapped.  It is a memory write: called
	 * with the unit's lock held, after what it announces, and not later than
	 * the register write that masks the event returns.  Required.
	 */
	void (*interrupt_message)(void *host, uint64_t address, uint32_t data);

	/**
	 * Send an invalidate request to an endpoint.  Returns 0: the endpoint
	 * has it, and vtd_unit_device_tlb_complete() will be called, from
	 * inside the callback or later, from any thread.  -EBUSY: it cannot
	 * take it now; the unit asks again in a millisecond or so, until the
	 * request times out (a host without timer_set: taken as a time-out).
	 * Another negative errno: there is no such endpoint; taken as a
	 * time-out.
	 * Required if the configuration has device_tlb.
	 */
	int (*device_tlb_invalidate)(
		void *host, const struct vtd_device_tlb_invalidation *request);

	/** Send a PRG response to an endpoint; one that is not there is not an
	 * error.  Required if the configuration has page_request. */
	void (*page_group_response)(
		void *host, const struct vtd_page_group_response *response);

	/**
	 * Ask for a call of vtd_unit_timer_expired() at `nanoseconds` from now;
	 * replaces an earlier one, 0 cancels.  It may come late or without need.
	 * Called with the unit's lock held: the call that it asks for is made
	 * later, from another context.  1 means as soon as possible: there is
	 * work that no other thread is to be kept for.
	 * Without it, device-TLB invalidations never time out, and a thread that
	 * runs the queue does so for as long as software submits.  Optional.
	 */
	void (*timer_set)(void *host, uint64_t nanoseconds);

	/** Monotonic time in nanoseconds.  Required with timer_set. */
	uint64_t (*clock)(void *host);

	/**
	 * Notices.  The translation of untranslated requests may have changed:
	 * for hosts that keep shadows (vfio, vhost).  Interrupt remapping
	 * entries may have changed: for hosts that keep routes.  Optional.
	 *
	 * No invalidation wait that follows the invalidation completes before
	 * the host has dealt with the notice.  Returns 0: it has.
	 * VTD_NOTICE_PENDING: it will, and then calls vtd_unit_notice_done()
	 * with a copy of change->ticket, once, from any thread.
	 * While one notice is pending, a later one that it covers (or is made to
	 * cover) can be answered with 0 if the host will not begin to deal with
	 * it before the callback returns: waits that follow wait for the first.
	 */
	int (*mappings_changed)(void *host,
				const struct vtd_mappings_changed *change);
	int (*interrupts_changed)(void *host,
				  const struct vtd_interrupts_changed *change);

	/** One line of text about something worth knowing.  Optional. */
	void (*trace)(void *host, const char *line);

	/** With vtd_config.check: a request was served by an entry that memory
	 * does not back any more.  A line of trace() says the same.  Optional. */
	void (*stale_use)(void *host, const struct vtd_stale_use *use);

	/** With vtd_config.check: software did what it should not.  A line of
	 * trace() says the same.  Optional. */
	void (*lint)(void *host, const struct vtd_lint_report *report);

	/**
	 * Whether mappings_changed() is to be called for a change (its ticket is
	 * none yet).  False: there is no notice, and no wait waits for one.
	 * Called with the unit's lock held, for each change in the order in
	 * which they are made: it must not call into the unit.  A host that
	 * begins to keep translations says so first and asks for them then; what
	 * it asks for is of after the changes that it was not told.  Optional:
	 * without it the host is told of all.
	 */
	bool (*mappings_wanted)(void *host,
				const struct vtd_mappings_changed *change);
};

#ifdef __cplusplus
}
#endif

#endif /* VTD_HOST_H */
