/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pump: what waits to be done for all callers, by one of them.
 *
 * A thread that came with something of its own does BUDGET steps, and the rest of
 * a group that has begun, which invalidations wait for; then it hands over: to a
 * thread that is blocked anyway, else by run_later() to the program.  With neither
 * it goes on, for nobody else would.
 */
#include "endpoint_private.h"
#include "list.h"

/* Messages and `done` callbacks in one round. */
#define BUDGET 64u

static void call_done(struct vtd_endpoint *ep)
{
	struct vtd_endpoint_wait *wait = VTD_LIST_ENTRY(
		ep->finished.next, struct vtd_endpoint_wait, link);
	enum vtd_endpoint_result result = wait->result;

	vtd_list_remove(&wait->link);
	wait->state = VTD_WAIT_ENDED;
	pthread_mutex_unlock(&ep->lock);
	wait->done(wait->opaque, result);
	pthread_mutex_lock(&ep->lock);
}

/* Returns whether there was something to do.  A group that has begun comes
 * first, so that no other gets in between. */
static bool step(struct vtd_endpoint *ep)
{
	if (!ep->passing && !vtd_list_empty(&ep->finished))
		call_done(ep);
	else if (vtd_message_is_due(ep))
		vtd_message_pass_on(ep);
	else
		return !vtd_list_empty(&ep->finished);
	return true;
}

bool vtd_pump_is_needed(struct vtd_endpoint *ep)
{
	return !ep->pumping &&
	       (vtd_message_is_due(ep) || !vtd_list_empty(&ep->finished));
}

void vtd_pump_round(struct vtd_endpoint *ep,
		    const struct vtd_endpoint_wait *wait)
{
	unsigned int budget = BUDGET;

	if (ep->pumping)
		return;
	ep->pumping = true;
	while (ep->passing ||
	       (budget && !(wait && wait->state == VTD_WAIT_ENDED))) {
		if (!step(ep))
			break;
		if (budget)
			budget--;
	}
	ep->pumping = false;
}

/* Find somebody for the rest. */
static bool hand_over(struct vtd_endpoint *ep)
{
	if (!vtd_list_empty(&ep->blocked)) {
		pthread_cond_signal(&VTD_LIST_ENTRY(ep->blocked.next,
						    struct vtd_blocked, link)
					     ->woken);
		return true;
	}
	if (!ep->ops.run_later)
		return false;
	if (!ep->run_is_due) {
		ep->run_is_due = true;
		pthread_mutex_unlock(&ep->lock);
		ep->ops.run_later(ep->bus);
		pthread_mutex_lock(&ep->lock);
	}
	return true;
}

void vtd_endpoint_pump(struct vtd_endpoint *ep)
{
	do
		vtd_pump_round(ep, NULL);
	while (vtd_pump_is_needed(ep) && !hand_over(ep));
}

void vtd_endpoint_run(struct vtd_endpoint *ep)
{
	pthread_mutex_lock(&ep->lock);
	ep->run_is_due = false;
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}
