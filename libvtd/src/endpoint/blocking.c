/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses that block.  Each sleeps on a condition of its own and is woken for
 * two reasons: its wait has ended, or it is to be the pump.
 */
#include <errno.h>
#include <time.h>

#include "endpoint_private.h"
#include "list.h"

#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)

static void init(struct vtd_blocked *blocked,
		 const struct vtd_endpoint_access *access)
{
	pthread_condattr_t attributes;

	*blocked = (struct vtd_blocked){ .wait.access = *access };
	pthread_condattr_init(&attributes);
	/* Pauses are in monotonic time. */
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&blocked->woken, &attributes);
	pthread_condattr_destroy(&attributes);
}

static struct timespec deadline_in(uint64_t nanoseconds)
{
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	nanoseconds += (uint64_t)deadline.tv_nsec;
	deadline.tv_sec += (time_t)(nanoseconds / NANOSECONDS_PER_SECOND);
	deadline.tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND);
	return deadline;
}

static bool is_past(const struct timespec *deadline)
{
	struct timespec now;

	if (!deadline)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > deadline->tv_sec ||
	       (now.tv_sec == deadline->tv_sec &&
		now.tv_nsec >= deadline->tv_nsec);
}

static void sleep_on(struct vtd_endpoint *ep, struct vtd_blocked *blocked,
		     const struct timespec *deadline)
{
	if (deadline)
		pthread_cond_timedwait(&blocked->woken, &ep->lock, deadline);
	else
		pthread_cond_wait(&blocked->woken, &ep->lock);
	ep->counters.wakeups++;
}

/* Until the wait has ended or the time is over; be the pump meanwhile, and pass
 * that on. */
static void block(struct vtd_endpoint *ep, struct vtd_blocked *blocked,
		  const struct timespec *deadline)
{
	vtd_list_append(&ep->blocked, &blocked->link);
	while (blocked->wait.state != VTD_WAIT_ENDED && !is_past(deadline)) {
		if (vtd_pump_is_needed(ep))
			vtd_pump_round(ep, &blocked->wait);
		else
			sleep_on(ep, blocked, deadline);
	}
	vtd_list_remove(&blocked->link);
	vtd_endpoint_pump(ep);
}

enum vtd_endpoint_reason
vtd_page_request_and_wait(struct vtd_endpoint *ep, uint64_t epoch,
			  const struct vtd_endpoint_access *access)
{
	enum vtd_endpoint_reason reason;
	struct vtd_blocked blocked;

	init(&blocked, access);
	blocked.wait.access.epoch = epoch;
	pthread_mutex_lock(&ep->lock);
	vtd_wait_enqueue(ep, &blocked.wait, 1);
	block(ep, &blocked, NULL);
	reason = blocked.wait.reason;
	pthread_mutex_unlock(&ep->lock);
	pthread_cond_destroy(&blocked.woken);
	return reason;
}

enum vtd_endpoint_reason vtd_pause(struct vtd_endpoint *ep, uint64_t epoch,
				   const struct vtd_endpoint_access *access,
				   uint64_t nanoseconds)
{
	const struct timespec deadline = deadline_in(nanoseconds);
	enum vtd_endpoint_reason reason;
	struct vtd_blocked blocked;

	init(&blocked, access);
	pthread_mutex_lock(&ep->lock);
	if (vtd_endpoint_epoch(ep) != epoch) {
		reason = vtd_epoch_reason(ep, epoch);
	} else if (vtd_is_cancelled(access)) {
		reason = VTD_REASON_CANCELLED;
	} else {
		blocked.wait.state = VTD_WAIT_PAUSING;
		vtd_list_append(&ep->pausing, &blocked.wait.link);
		block(ep, &blocked, &deadline);
		if (blocked.wait.state == VTD_WAIT_PAUSING)
			vtd_wait_finish(ep, &blocked.wait, VTD_REASON_NONE);
		reason = blocked.wait.reason;
	}
	pthread_mutex_unlock(&ep->lock);
	pthread_cond_destroy(&blocked.woken);
	return reason;
}

enum vtd_endpoint_reason
vtd_translation_and_wait(struct vtd_endpoint *ep, uint64_t epoch,
			 const struct vtd_endpoint_access *access,
			 struct vtd_translation *translation)
{
	enum vtd_endpoint_reason reason;
	struct vtd_blocked blocked;

	init(&blocked, access);
	blocked.wait.access.epoch = epoch;
	pthread_mutex_lock(&ep->lock);
	vtd_translation_send(ep, &blocked.wait);
	block(ep, &blocked, NULL);
	reason = blocked.wait.reason;
	*translation = blocked.answer;
	pthread_mutex_unlock(&ep->lock);
	pthread_cond_destroy(&blocked.woken);
	return reason;
}
