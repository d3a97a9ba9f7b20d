/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timer of a fake host as a thread: what the unit wants done as soon as
 * possible is done by it.  For tests with threads; clocks stand still there, so
 * nothing times out.
 */
#ifndef VTD_TESTS_FAKE_TIMER_H
#define VTD_TESTS_FAKE_TIMER_H

#include <pthread.h>
#include <stdbool.h>

#include "fake_host.h"

struct fake_timer {
	struct fake_host *host;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool due;
	bool stop;
	unsigned int expired; /* how often it did */
};

/* host->unit exists, and as long as the timer runs. */
void fake_timer_start(struct fake_timer *timer, struct fake_host *host);
void fake_timer_stop(struct fake_timer *timer);

#endif /* VTD_TESTS_FAKE_TIMER_H */
