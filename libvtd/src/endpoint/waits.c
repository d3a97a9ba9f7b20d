/* SPDX-License-Identifier: BSD-3-Clause */
/* Waits and their page request groups: beginnings and ends. */
#include "endpoint_private.h"
#include "list.h"

void vtd_wait_finish(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait,
		     enum vtd_endpoint_reason reason)
{
	vtd_list_remove(&wait->link);
	if (wait->state == VTD_WAIT_SENT)
		ep->groups[wait->prgi].wait = NULL;
	if (wait == ep->marking)
		ep->marking = NULL;
	wait->reason = reason;
	wait->result = vtd_reason_result(reason);
	if (!wait->done) {
		wait->state = VTD_WAIT_ENDED;
		pthread_cond_signal(
			&VTD_LIST_ENTRY(wait, struct vtd_blocked, wait)->woken);
	} else {
		wait->state = VTD_WAIT_FINISHED;
		vtd_list_append(&ep->finished, &wait->link);
	}
}

void vtd_wait_finish_all(struct vtd_endpoint *ep, struct vtd_atc_link *list,
			 enum vtd_endpoint_reason reason)
{
	while (!vtd_list_empty(list))
		vtd_wait_finish(ep,
				VTD_LIST_ENTRY(list->next,
					       struct vtd_endpoint_wait, link),
				reason);
}

static uint16_t take_index(struct vtd_endpoint *ep)
{
	uint16_t prgi = ep->free_indices[ep->free_head];

	ep->free_head = (ep->free_head + 1) % VTD_PRG_INDICES;
	ep->free_count--;
	return prgi;
}

void vtd_prg_begin(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait)
{
	wait->prgi = take_index(ep);
	ep->groups[wait->prgi] = (struct vtd_prg){
		.outstanding = true,
		.pasid_present = wait->access.pasid_present,
		.pasid = wait->access.pasid,
		.messages = wait->pages,
		.wait = wait,
	};
	ep->pri_outstanding += wait->pages;
	ep->counters.page_requests += wait->pages;
	vtd_list_remove(&wait->link);
	vtd_list_append(&ep->sent, &wait->link);
	wait->state = VTD_WAIT_SENT;
}

void vtd_prg_end(struct vtd_endpoint *ep, uint16_t prgi)
{
	unsigned int tail = (ep->free_head + ep->free_count) % VTD_PRG_INDICES;

	ep->pri_outstanding -= ep->groups[prgi].messages;
	ep->groups[prgi] = (struct vtd_prg){ 0 };
	ep->free_indices[tail] = prgi;
	ep->free_count++;
}

static bool all_are_free(const struct vtd_endpoint *ep)
{
	return ep->free_count == VTD_PRG_INDICES;
}

void vtd_prg_forget_all(struct vtd_endpoint *ep,
			enum vtd_endpoint_reason reason)
{
	vtd_wait_finish_all(ep, &ep->sent, reason);
	ep->messages_left = 0;
	/* Mostly none is, and a reset need not look at all of them. */
	for (unsigned int i = 0; i < VTD_PRG_INDICES && !all_are_free(ep); i++)
		if (ep->groups[i].outstanding)
			vtd_prg_end(ep, (uint16_t)i);
}

void vtd_prg_restore(struct vtd_endpoint *ep,
		     const struct vtd_prg groups[VTD_PRG_INDICES],
		     const uint16_t free_indices[VTD_PRG_INDICES])
{
	/* None is outstanding: a reset came before. */
	ep->free_head = 0;
	for (unsigned int i = 0; i < VTD_PRG_INDICES; i++) {
		ep->groups[i] = groups[i];
		ep->free_indices[i] = free_indices[i];
		ep->pri_outstanding += groups[i].messages;
		ep->free_count -= groups[i].outstanding;
	}
}

bool vtd_is_cancelled(const struct vtd_endpoint_access *access)
{
	return access->canceller && access->canceller->cancelled;
}

static void cancel_on(struct vtd_endpoint *ep, struct vtd_atc_link *list,
		      const struct vtd_endpoint_canceller *canceller)
{
	struct vtd_atc_link *link = list->next;

	while (link != list) {
		struct vtd_endpoint_wait *wait =
			VTD_LIST_ENTRY(link, struct vtd_endpoint_wait, link);

		link = link->next;
		if (wait->access.canceller != canceller)
			continue;
		ep->counters.cancelled_waits++;
		vtd_wait_finish(ep, wait, VTD_REASON_CANCELLED);
	}
}

static void cancel(struct vtd_endpoint *ep,
		   struct vtd_endpoint_canceller *canceller, bool sent)
{
	pthread_mutex_lock(&ep->lock);
	canceller->cancelled = true;
	cancel_on(ep, &ep->queued, canceller);
	cancel_on(ep, &ep->pausing, canceller);
	if (sent) {
		cancel_on(ep, &ep->sent, canceller);
		cancel_on(ep, &ep->asked, canceller);
	}
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}

void vtd_endpoint_cancel(struct vtd_endpoint *ep,
			 struct vtd_endpoint_canceller *canceller)
{
	cancel(ep, canceller, true);
}

void vtd_endpoint_finish(struct vtd_endpoint *ep,
			 struct vtd_endpoint_canceller *canceller)
{
	cancel(ep, canceller, false);
}

void vtd_endpoint_cancel_end(struct vtd_endpoint *ep,
			     struct vtd_endpoint_canceller *canceller)
{
	pthread_mutex_lock(&ep->lock);
	canceller->cancelled = false;
	pthread_mutex_unlock(&ep->lock);
}
