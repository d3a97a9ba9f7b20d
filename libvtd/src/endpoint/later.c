/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Translation requests that are answered later, from any thread.
 *
 * Each has a wait on the list `asked`, by whose ticket the answer finds it.  Who
 * takes it off that list has it for himself: the answer, the end of the epoch, or
 * a canceller.
 */
#include <errno.h>

#include "endpoint_private.h"
#include "list.h"

void vtd_translation_send(struct vtd_endpoint *ep,
			  struct vtd_endpoint_wait *wait)
{
	const struct vtd_atc_access wanted = vtd_access_wanted(&wait->access);
	const struct vtd_request request = vtd_translation_request(ep, &wanted);
	const uint64_t epoch = wait->access.epoch;
	struct vtd_bus_call call;
	uint64_t ticket;

	wait->state = VTD_WAIT_ASKED;
	wait->ticket = ticket = ++ep->tickets;
	vtd_list_append(&ep->asked, &wait->link);
	if (vtd_endpoint_epoch(ep) != epoch) {
		vtd_wait_finish(ep, wait, vtd_epoch_reason(ep, epoch));
		return;
	}
	if (vtd_is_cancelled(&wait->access)) {
		vtd_wait_finish(ep, wait, VTD_REASON_CANCELLED);
		return;
	}
	atomic_fetch_add_explicit(&ep->translation_requests, 1,
				  memory_order_relaxed);
	vtd_bus_call_begin(ep, &call, false);
	pthread_mutex_unlock(&ep->lock);
	/* The wait may be over, and gone, when this returns. */
	ep->ops.translation_request_later(ep->bus, &request, ticket);
	pthread_mutex_lock(&ep->lock);
	vtd_bus_call_end(ep, &call);
}

static struct vtd_endpoint_wait *wait_of(struct vtd_endpoint *ep,
					 uint64_t ticket)
{
	VTD_LIST_EACH (link, &ep->asked) {
		struct vtd_endpoint_wait *wait =
			VTD_LIST_ENTRY(link, struct vtd_endpoint_wait, link);

		if (wait->ticket == ticket)
			return wait;
	}
	return NULL;
}

/* The end of an access that does not block. */
static void finish(struct vtd_endpoint_translation *asked,
		   enum vtd_endpoint_reason reason)
{
	asked->done(asked->opaque,
		    vtd_access_tell(asked->endpoint, reason, &asked->mapping));
}

/* The answer of one, whose wait is off the list. */
static void take(struct vtd_endpoint_translation *asked,
		 const struct vtd_translation *translation)
{
	const struct vtd_endpoint_access *access = &asked->wait.access;
	const struct vtd_answer answer = {
		.epoch = access->epoch,
		.translation = translation,
		.fill = &asked->fill,
		.mapping = &asked->mapping,
	};
	enum vtd_endpoint_reason reason =
		vtd_answer_take(asked->endpoint, &answer);

	if (reason == VTD_REASON_VOID)
		reason = VTD_REASON_TRANSLATION_NEEDED;
	finish(asked, vtd_access_judge(asked->endpoint, access->epoch, access,
				       reason, &asked->mapping));
}

int vtd_endpoint_translation_done(struct vtd_endpoint *ep, uint64_t ticket,
				  const struct vtd_translation *translation)
{
	struct vtd_endpoint_wait *wait;
	bool blocked;

	pthread_mutex_lock(&ep->lock);
	wait = wait_of(ep, ticket);
	blocked = wait && !wait->done;
	if (blocked) {
		VTD_LIST_ENTRY(wait, struct vtd_blocked, wait)->answer =
			*translation;
		vtd_wait_finish(ep, wait, VTD_REASON_NONE);
	} else if (wait) {
		vtd_list_remove(&wait->link);
	}
	pthread_mutex_unlock(&ep->lock);
	if (!wait)
		return -ENOENT;
	if (!blocked)
		take(wait->opaque, translation);
	return 0;
}

/* No answer: the end of the epoch, or a canceller. */
static void given_up(void *opaque, enum vtd_endpoint_result result)
{
	struct vtd_endpoint_translation *asked = opaque;

	(void)result;
	vtd_atc_fill(asked->endpoint->atc, &asked->fill, NULL,
		     &asked->mapping.hold);
	finish(asked, asked->wait.reason);
}

/* On a bus that answers in the call. */
static void translate_at_once(struct vtd_endpoint_translation *asked)
{
	const struct vtd_endpoint_access *access = &asked->wait.access;

	finish(asked, vtd_access_try_in(asked->endpoint, access->epoch, access,
					&asked->mapping, true));
}

void vtd_endpoint_translate(struct vtd_endpoint *ep,
			    const struct vtd_endpoint_access *access,
			    struct vtd_endpoint_translation *asked)
{
	const struct vtd_atc_access wanted = vtd_access_wanted(access);

	asked->endpoint = ep;
	asked->mapping.condition = VTD_CONDITION_NONE;
	asked->wait = (struct vtd_endpoint_wait){
		.done = given_up,
		.opaque = asked,
		.access = *access,
	};
	if (asked->wait.access.epoch == 0)
		asked->wait.access.epoch = vtd_endpoint_epoch(ep);
	if (!ep->ops.translation_request_later) {
		translate_at_once(asked);
		return;
	}
	/* Known to the ATC before it leaves, and before the epoch is looked
	 * at. */
	vtd_atc_fill_begin(ep->atc, &wanted, &asked->fill);
	pthread_mutex_lock(&ep->lock);
	vtd_translation_send(ep, &asked->wait);
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}
