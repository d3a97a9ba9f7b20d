/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small operating system for a unit on the fake host.  It does with page
 * requests, page tables, the invalidation queue and PASIDs what Linux does
 * (order of register accesses included), has less memory than its processes
 * want, and reuses every frame as soon as it is allowed to.
 *
 * Its page request thread starts with toy_os_start().  All other functions run
 * in the thread of the caller, several at a time.
 */
#ifndef VTD_TESTS_TOY_OS_H
#define VTD_TESTS_TOY_OS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fake_timer.h"
#include "fixture.h"
#include "toy_frames.h"
#include "toy_process.h"
#include "toy_queue.h"

#define TOY_PRG_INDICES 512

struct toy_os {
	struct fixture *fixture;
	struct fake_host *host;
	struct vtd_unit *unit;
	struct fake_timer timer;
	struct toy_log log;
	struct toy_queue queue;
	struct toy_frames small; /* 4 KiB */
	struct toy_frames large; /* 2 MiB */
	struct toy_process process[TOY_PROCESSES];
	uint16_t sid[TOY_DEVICES];
	/* PASID table entries, of each process in each device's table. */
	uint64_t pasid_entry[TOY_DEVICES][TOY_PROCESSES];
	atomic_uint turn; /* whose page is taken next */
	atomic_uint taken_back;

	/* Page requests */
	struct regs_page_queue requests;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool wake;
	bool stop;
	bool paused;	      /* set to let the queue fill up */
	unsigned int started; /* passes over the queue */
	unsigned int finished;
	struct toy_random random; /* the thread's */
	/* Groups with a refusal: the process's serial then, plus 1.  What lost
	 * its end, in a unit that refuses or a device that is reset, must not
	 * be taken for the beginning of another group. */
	atomic_uint_fast64_t bad[TOY_DEVICES][TOY_PRG_INDICES];
	atomic_uint served;
	atomic_uint refused;
	atomic_uint overflows;
	/* Answer the next group of a device with Response Failure. */
	atomic_bool fail_next[TOY_DEVICES];
};

/* On a fixture whose unit does not exist yet.  Takes the host's hook_data. */
void toy_os_start(struct toy_os *os, struct fixture *fixture, uint64_t seed);
/* No device accesses anything any more. */
void toy_os_stop(struct toy_os *os);

/* Let the page request thread stand still; returns when it does. */
void toy_os_pause(struct toy_os *os, bool paused);

/* A free frame, poisoned; somebody has to give one up if there is none. */
uint64_t toy_os_frame(struct toy_os *os, unsigned int shift);
void toy_os_free_frame(struct toy_os *os, unsigned int shift, uint64_t frame);
/* Take a page of this size back from anybody; false: there is none. */
bool toy_os_take_any(struct toy_os *os, unsigned int shift);

/* 6h, 8h to all devices, wait. */
void toy_os_invalidate_page(struct toy_os *os,
			    const struct toy_process *process,
			    const struct toy_page *page);

/* Set the PASID table entries of a process. */
void toy_os_enter_pasid(struct toy_os *os, const struct toy_process *process);

/* End a process, whatever the devices do: when it returns they can do nothing
 * with its PASID, and all that it had is free. */
void toy_os_exit_process(struct toy_os *os, struct toy_process *process);

/* Page requests that were sent before, and their responses, are through. */
void toy_os_drain(struct toy_os *os, uint32_t pasid);

/* What the device began to ask for will not be continued. */
void toy_os_forget_groups(struct toy_os *os, unsigned int device);

#endif /* VTD_TESTS_TOY_OS_H */
