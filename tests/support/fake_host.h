/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host for tests: RAM from guest-physical 0, and lists of everything that the
 * unit asked for.
 *
 * RAM is reached in atomic units, and the lists have a mutex, so that tests may
 * use a host from several threads.  The knobs and hooks are set before threads
 * start.
 */
#ifndef VTD_TESTS_FAKE_HOST_H
#define VTD_TESTS_FAKE_HOST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vtd/vtd.h>

#define FAKE_HOST_RAM_SIZE (UINT64_C(64) << 20)
#define FAKE_HOST_LIST_MAX 64

/* first..last, both included; size 0 is {1, 0}. */
struct fake_range {
	uint64_t first;
	uint64_t last;
};
#define FAKE_RANGE_NONE ((struct fake_range){ 1, 0 })

/* RAM with one hole at most. */
struct fake_map {
	struct vtd_ram_map map;
	struct vtd_ram_range range[2];
};

struct fake_message {
	uint64_t address;
	uint32_t data;
};

struct fake_host {
	uint64_t *ram;
	struct vtd_unit *unit; /* for hooks; set by whoever creates the unit */

	/* Knobs */
	/* Give the unit a map of RAM (vtd_unit_set_ram()) when fixture_start()
	 * makes it; true at first if VTD_PUBLISHED is in the environment. */
	bool published;
	struct fake_range hole;	     /* not RAM; see fake_host_set_hole() */
	struct fake_range read_only; /* writes and swaps fail */

	/* Hooks, each may be NULL.  The memory hooks run just before the access
	 * and may change RAM; the others run after the list has the item.
	 * before_read is for reads by callback: see fake_host_watch_reads(). */
	void (*before_read)(struct fake_host *host, uint64_t address);
	void (*before_swap)(struct fake_host *host, uint64_t address);
	int (*on_invalidation)(struct fake_host *host,
			       const struct vtd_device_tlb_invalidation *item);
	void (*on_response)(struct fake_host *host,
			    const struct vtd_page_group_response *item);
	/* The unit's lock is held. */
	void (*on_message)(struct fake_host *host,
			   const struct fake_message *item);
	/* Says what the callback of the notice returns. */
	int (*on_notice)(struct fake_host *host,
			 const struct vtd_notice_ticket *ticket);
	void *hook_data;
	/* The unit's lock is held. */
	void (*on_timer)(struct fake_host *host, uint64_t nanoseconds);
	void *timer_data; /* for this hook (fake_timer.h) */

	/* Counts go on where the lists end. */
	_Atomic unsigned int reads;
	_Atomic unsigned int writes;
	_Atomic unsigned int swaps; /* that succeeded */
	_Atomic uint64_t now;	    /* what clock() says */
	_Atomic uint64_t timer;	    /* last timer_set() */

	struct fake_map map[2]; /* the one in force, and the one before */
	unsigned int maps;

	pthread_mutex_t lock;
	unsigned int messages;
	unsigned int invalidations;
	unsigned int responses;
	unsigned int mappings_changes;
	unsigned int interrupts_changes;
	struct fake_message message[FAKE_HOST_LIST_MAX];
	struct vtd_device_tlb_invalidation invalidation[FAKE_HOST_LIST_MAX];
	struct vtd_page_group_response response[FAKE_HOST_LIST_MAX];
	struct vtd_mappings_changed mappings_change[FAKE_HOST_LIST_MAX];
	struct vtd_interrupts_changed interrupts_change[FAKE_HOST_LIST_MAX];
	char trace[128]; /* the last line */
};

/* All callbacks; give a `struct fake_host *` as host. */
extern const struct vtd_host_ops fake_host_ops;

void fake_host_init(struct fake_host *host);
void fake_host_destroy(struct fake_host *host);
/* Empty the lists, zero the counts. */
void fake_host_forget(struct fake_host *host);

/* Tell the unit of RAM as it is now, or of none (published). */
void fake_host_publish(struct fake_host *host);

/* Take away what is there, of pages that are published too; size 0: nothing.
 * While the unit is there, no other thread may be in a call of it. */
void fake_host_set_hole(struct fake_host *host, uint64_t address,
			uint64_t size);

/* Set before_read, and have everything read by callback as long as there is one.
 * Likewise. */
void fake_host_watch_reads(struct fake_host *host,
			   void (*before_read)(struct fake_host *host,
					       uint64_t address));

/* RAM as the guest's processors see it: no knob or hook in the way. */
uint64_t fake_host_get_64(struct fake_host *host, uint64_t address);
void fake_host_set_64(struct fake_host *host, uint64_t address, uint64_t value);
uint32_t fake_host_get_32(struct fake_host *host, uint64_t address);
void fake_host_set_32(struct fake_host *host, uint64_t address, uint32_t value);

/* Hooks for on_invalidation: an endpoint that answers at once, and one that is
 * not there. */
int fake_host_complete_at_once(struct fake_host *host,
			       const struct vtd_device_tlb_invalidation *item);
int fake_host_no_endpoint(struct fake_host *host,
			  const struct vtd_device_tlb_invalidation *item);

#endif /* VTD_TESTS_FAKE_HOST_H */
