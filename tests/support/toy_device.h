/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Endpoints between the unit and threads that access memory through them; what
 * a device model, its bus and its driver are.
 *
 * Threads write patterns into the pages of the toy OS's processes and look that
 * all is there again, and that nothing else ever is: no poison, nobody else's
 * page, no lost write.
 */
#ifndef VTD_TESTS_TOY_DEVICE_H
#define VTD_TESTS_TOY_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vtd/kit/link.h>

#include "toy_os.h"

#define TOY_ALLOCATION_MAX 256

struct toy_device {
	struct toy_os *os;
	unsigned int index;
	struct vtd_kit_link link;
	struct vtd_endpoint *ep; /* the link's */
	/* Odd while its driver does something to it that makes accesses fail;
	 * changes then. */
	atomic_uint disturbed;
	bool prompt; /* nothing is delayed on the wire */

	/* The wire delays completions: ITags that are on it. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop;
	uint32_t on_wire;
	struct toy_random random; /* under the lock */
};

/* Make it, let it answer the unit, and enable everything. */
void toy_device_start(struct toy_device *device, struct toy_os *os,
		      unsigned int index);
void toy_device_stop(struct toy_device *device);

/* Let waits of a process end, and wait until no thread works for it. */
void toy_devices_quiesce(struct toy_device *devices,
			 struct toy_process *process);

/* What drivers do in the middle of everything. */
void toy_device_reset(struct toy_device *device);
void toy_device_toggle_ats(struct toy_device *device);
void toy_device_toggle_pri(struct toy_device *device);
void toy_device_fail_pri(struct toy_device *device);

/* A thread of a device. */
struct toy_worker {
	struct toy_device *device;
	unsigned int number;   /* of TOY_THREADS */
	unsigned int accesses; /* to be made */
	struct toy_random random;
	pthread_t thread;
	atomic_uint done; /* whose result was foreseeable */
};

void toy_worker_start(struct toy_worker *worker);
void toy_worker_stop(struct toy_worker *worker);

/* One access, checked. */
enum vtd_endpoint_result toy_worker_access(struct toy_worker *worker,
					   struct toy_process *process,
					   unsigned int page, bool write);

#endif /* VTD_TESTS_TOY_DEVICE_H */
