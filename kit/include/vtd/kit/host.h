/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A host in memory: RAM from guest-physical 0, and lists of everything that the
 * unit asked for.  For tests, examples and simulators that have no machine.
 *
 * It has all callbacks of struct vtd_host_ops; give it to vtd_unit_create() as
 * `host`, or let vtd_kit_unit_create() do that.  Time stands still unless the
 * program advances it: nothing here looks at a clock.
 *
 * Threads: RAM is read and written in units that do not tear, and the lists have
 * a lock, so the callbacks and vtd_kit_host_get_*(), _set_*() may run in any
 * threads.  Knobs and hooks are set while no other thread is in a call into the
 * unit.
 *
 * Structures of the kit are of the kind "reserved" ("Growth" in vtd/vtd.h) and
 * lie in the program's memory.
 */
#ifndef VTD_KIT_HOST_H
#define VTD_KIT_HOST_H

#include <vtd/vtd.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Guest-physical addresses first..last, both included; {1, 0} is none. */
struct vtd_kit_range {
	uint64_t first;
	uint64_t last;
};

/** An interrupt message of the unit itself. */
struct vtd_kit_message {
	uint64_t address;
	uint32_t data;

	uint64_t reserved;
};

#define VTD_KIT_LIST_MAX 64
#define VTD_KIT_HOLES_MAX 8

struct vtd_kit_host_internal;

struct vtd_kit_host {
	uint64_t *ram;
	uint64_t ram_size; /**< bytes */
	/** Set by vtd_kit_unit_create(), or by who creates the unit otherwise. */
	struct vtd_unit *unit;

	/* Knobs */
	/** Publish RAM to the unit (vtd_unit_set_ram()): the unit reads it without
	 * callbacks then.  vtd_kit_host_publish() makes a change take effect. */
	bool published;
	struct vtd_kit_range read_only; /**< writes and swaps fail */

	/** Hooks, each may be NULL; hook_data is theirs.  Those of memory run just
	 * before the access and may change RAM, the others when the list has the
	 * item.  before_read is for reads by callback only, and is set with
	 * vtd_kit_host_watch_reads(). */
	void *hook_data;
	void (*before_read)(struct vtd_kit_host *host, uint64_t address);
	void (*before_swap)(struct vtd_kit_host *host, uint64_t address);
	/** Instead of delivery to endpoints (vtd/kit/link.h); the first says what
	 * the callback returns. */
	int (*on_invalidation)(struct vtd_kit_host *host,
			       const struct vtd_device_tlb_invalidation *item);
	void (*on_response)(struct vtd_kit_host *host,
			    const struct vtd_page_group_response *item);
	/** Says what the callback of the notice returns; without it, 0. */
	int (*on_notice)(struct vtd_kit_host *host,
			 const struct vtd_notice_ticket *ticket);
	/** The unit's lock is held in the next two. */
	void (*on_message)(struct vtd_kit_host *host,
			   const struct vtd_kit_message *item);
	void (*on_timer)(struct vtd_kit_host *host, uint64_t nanoseconds);
	void *timer_data; /**< for on_timer */

	/** What clock() says, and the last timer_set(); nanoseconds. */
	uint64_t now;
	uint64_t timer;

	/** Accesses by callback. */
	unsigned int reads;
	unsigned int writes; /**< that succeeded */
	unsigned int swaps;  /**< that succeeded */
	unsigned int failed; /**< those of vtd_kit_host_fail_access() */

	/** Counts go on where the lists end; the last place of a full list is
	 * used again and again. */
	unsigned int messages;
	unsigned int invalidations;
	unsigned int responses;
	unsigned int mappings_changes;
	unsigned int interrupts_changes;
	struct vtd_kit_message message[VTD_KIT_LIST_MAX];
	struct vtd_device_tlb_invalidation invalidation[VTD_KIT_LIST_MAX];
	struct vtd_page_group_response response[VTD_KIT_LIST_MAX];
	struct vtd_mappings_changed mappings_change[VTD_KIT_LIST_MAX];
	struct vtd_interrupts_changed interrupts_change[VTD_KIT_LIST_MAX];
	char trace[512]; /**< the last line */
	unsigned int stale_uses;
	struct vtd_stale_use stale_use; /**< the last */
	unsigned int lints;
	struct vtd_lint_report lint; /**< the last */

	/** The kit's. */
	struct vtd_kit_host_internal *internal;

	/* One more hook: says what mappings_wanted() returns; without it, true.
	 * The unit's lock is held. */
	bool (*on_change)(struct vtd_kit_host *host,
			  const struct vtd_mappings_changed *change);

	uint64_t reserved[15];
};

/**
 * A host with `ram_size` bytes of zeroed RAM, a multiple of 4096.  Pages that
 * nobody touches cost no memory.  Returns 0; -EINVAL: no such size; -ENOMEM.
 */
int vtd_kit_host_init(struct vtd_kit_host *host, uint64_t ram_size);

/** The same on memory that the program has, and keeps: `ram_size` bytes at `ram`, a
 * multiple of 8.  Others may write to it meanwhile, in one piece each. */
int vtd_kit_host_init_on(struct vtd_kit_host *host, void *ram,
			 uint64_t ram_size);

/** The unit is destroyed first. */
void vtd_kit_host_destroy(struct vtd_kit_host *host);

/** All callbacks; their `host` is a struct vtd_kit_host. */
const struct vtd_host_ops *vtd_kit_host_ops(void);

/** vtd_unit_create() on this host; the unit becomes host->unit and is told of RAM
 * if `published` is set. */
int vtd_kit_unit_create(const struct vtd_config *config,
			struct vtd_kit_host *host, struct vtd_unit **unit);

/** Tell the unit of RAM as it is now: all but holes; none if `published` is not
 * set or accesses are watched or to fail. */
void vtd_kit_host_publish(struct vtd_kit_host *host);

/** Take `size` bytes at `address` away, of the whole pages too where RAM is
 * published.  Returns 0; -EINVAL: size is 0 or too long; -ENOSPC: there are
 * VTD_KIT_HOLES_MAX already. */
int vtd_kit_host_add_hole(struct vtd_kit_host *host, uint64_t address,
			  uint64_t size);
/** Fill all holes, with what was there. */
void vtd_kit_host_fill_holes(struct vtd_kit_host *host);

/** Set before_read, or NULL; RAM is not published while there is one. */
void vtd_kit_host_watch_reads(struct vtd_kit_host *host,
			      void (*before_read)(struct vtd_kit_host *host,
						  uint64_t address));

/**
 * Of the accesses to memory that the unit makes by callback from now on (reads,
 * writes, swaps), `count` fail, beginning with the nth, 1 being the next.  0:
 * none.  While that is set, RAM is not published.
 *
 * A unit looks at tables a second time where something is not as it should be:
 * an access that is to make a request fail fails twice in a row.
 */
void vtd_kit_host_fail_access(struct vtd_kit_host *host, unsigned int nth,
			      unsigned int count);

/** Let `nanoseconds` pass, and call vtd_unit_timer_expired() as often as the unit
 * has asked for it meanwhile, 1000 times at most. */
void vtd_kit_host_pass_time(struct vtd_kit_host *host, uint64_t nanoseconds);

/** Empty the lists, zero the counts. */
void vtd_kit_host_forget(struct vtd_kit_host *host);

/**
 * RAM as the guest's processors see it: little-endian, with no knob or hook in
 * the way.  `address` is a multiple of the size.  What is not, or is beyond RAM,
 * reads as all ones and is not written.
 */
uint64_t vtd_kit_host_get_64(struct vtd_kit_host *host, uint64_t address);
void vtd_kit_host_set_64(struct vtd_kit_host *host, uint64_t address,
			 uint64_t value);
uint32_t vtd_kit_host_get_32(struct vtd_kit_host *host, uint64_t address);
void vtd_kit_host_set_32(struct vtd_kit_host *host, uint64_t address,
			 uint32_t value);

/** For on_invalidation: an endpoint that has ended the invalidation at once, and
 * one that is not there. */
int vtd_kit_complete_at_once(struct vtd_kit_host *host,
			     const struct vtd_device_tlb_invalidation *item);
int vtd_kit_no_endpoint(struct vtd_kit_host *host,
			const struct vtd_device_tlb_invalidation *item);

#ifdef __cplusplus
}
#endif

#endif /* VTD_KIT_HOST_H */
