/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Processes of the toy OS: an address space with first-stage tables of its own,
 * pages that come on demand and are taken back at any time.
 *
 * A page that is taken back is written to a store (as to swap), and comes back
 * from there in another frame: what a device wrote must be in it.  Its words
 * are the owner's tag and one word for each device thread.
 */
#ifndef VTD_TESTS_TOY_PROCESS_H
#define VTD_TESTS_TOY_PROCESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vtd/endpoint.h>

#include "toy_frames.h"

struct toy_os;

#define TOY_DEVICES 3
#define TOY_THREADS 6 /* of all devices */
#define TOY_PROCESSES 4

/* Pages in order of their addresses; the large one is far behind the others. */
#define TOY_PAGE_READ_ONLY 8
#define TOY_PAGE_HOLE 9
#define TOY_PAGE_LARGE 10
#define TOY_PAGES 11

#define TOY_TABLES_MAX 12

/* Where the words are in each place of a page. */
#define TOY_TAG_OFFSET 0
#define TOY_SLOT_OFFSET(thread) (UINT64_C(64) * (1 + (thread)))

enum toy_page_state {
	TOY_ABSENT,
	TOY_RESIDENT,
	TOY_LEAVING, /* being taken back or cleaned */
};

struct toy_page {
	uint64_t address;
	unsigned int shift;
	bool writable;
	enum toy_page_state state;
	uint64_t frame;
	uint64_t leaf; /* where its paging entry is; 0: no table yet */
	/* By a device, since it is resident; set while the access is open. */
	atomic_bool touched;
	uint64_t store[TOY_PLACES][TOY_THREADS];
};

enum toy_process_state {
	TOY_ALIVE,
	TOY_DYING, /* the OS tears it down */
	TOY_DEAD,  /* drained: no page request can come any more */
};

struct toy_process {
	struct toy_os *os;
	uint32_t pasid;
	unsigned int levels;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	_Atomic unsigned int state; /* enum toy_process_state */
	uint64_t serial;	    /* of this life of it */
	unsigned int binders;	    /* device threads that work for it */
	bool closed;		    /* to more of them */
	unsigned int tables;	    /* table[0] is the root */
	uint64_t table[TOY_TABLES_MAX];
	struct toy_page page[TOY_PAGES];

	/* The devices' own: what each thread wrote last, and the canceller of
	 * each device's waits. */
	uint64_t expected[TOY_THREADS][TOY_PAGES][TOY_PLACES];
	struct vtd_endpoint_canceller canceller[TOY_DEVICES];
};

void toy_process_init(struct toy_process *process, struct toy_os *os,
		      unsigned int index);
void toy_process_destroy(struct toy_process *process);

/* A new life: an address space with nothing in it.  No binders. */
void toy_process_start(struct toy_process *process, uint64_t serial);
/* The end of it, once no access can come any more: frames and tables become
 * free. */
void toy_process_free(struct toy_process *process);

/* For device threads: false if it is not alive or closed. */
bool toy_process_bind(struct toy_process *process);
void toy_process_unbind(struct toy_process *process);
/* Close it, and wait until nobody is bound to it. */
void toy_process_wait_unbound(struct toy_process *process);

static inline bool toy_process_is_alive(struct toy_process *process)
{
	return atomic_load(&process->state) == TOY_ALIVE;
}

/* What is in the tag of a page, for the process as it lives now. */
uint64_t toy_process_tag(const struct toy_process *process, unsigned int page,
			 unsigned int place);

/* A page fault of a device.  False: refused. */
bool toy_process_fault(struct toy_process *process, uint64_t address,
		       bool write, struct toy_random *random);

/* Take a resident page back.  False: it is not there, or in work already. */
bool toy_process_take_back(struct toy_process *process, unsigned int page);
/* Write it to the store and leave it there, clean and read-only. */
bool toy_process_clean(struct toy_process *process, unsigned int page);

#endif /* VTD_TESTS_TOY_PROCESS_H */
