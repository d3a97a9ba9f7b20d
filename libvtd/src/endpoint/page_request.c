/* SPDX-License-Identifier: BSD-3-Clause */
/* Page requests and stop markers on their way out. */
#include "endpoint_private.h"
#include "list.h"

#define PAGE_SIZE UINT64_C(0x1000)
#define PAGE_MASK (PAGE_SIZE - 1)

/* A stop marker in the queue is a wait for no page. */
static bool is_stop_marker(const struct vtd_endpoint_wait *wait)
{
	return !wait->pages;
}

/* The next wait whose request can leave now, or NULL.  In order: a group that
 * needs much is not overtaken for ever by smaller ones. */
static struct vtd_endpoint_wait *next_to_send(struct vtd_endpoint *ep)
{
	while (!vtd_list_empty(&ep->queued)) {
		struct vtd_endpoint_wait *wait = VTD_LIST_ENTRY(
			ep->queued.next, struct vtd_endpoint_wait, link);

		if (is_stop_marker(wait))
			return wait;
		if (wait->pages > ep->pri_allocation) {
			/* The allocation has been lowered meanwhile. */
			vtd_wait_finish(ep, wait, VTD_REASON_ALLOCATION);
			continue;
		}
		if (!ep->free_count ||
		    ep->pri_outstanding + wait->pages > ep->pri_allocation)
			return NULL;
		return wait;
	}
	return NULL;
}

/* The first message of the wait's request. */
static struct vtd_page_request message_of(const struct vtd_endpoint *ep,
					  const struct vtd_endpoint_wait *wait)
{
	const struct vtd_endpoint_access *access = &wait->access;
	bool write = access->access & VTD_ACCESS_WRITE;

	return (struct vtd_page_request){
		.sid = (uint16_t)atomic_load(&ep->sid),
		.pasid_present = access->pasid_present,
		.pasid = access->pasid_present ? access->pasid : 0,
		.privileged = access->pasid_present && access->privileged,
		/* A zero-length read asks for read: with neither right the
		 * message would be a stop marker. */
		.read = access->access & VTD_ACCESS_READ || !write,
		.write = write,
		.prgi = wait->prgi,
		.address = access->address & ~PAGE_MASK,
	};
}

static void begin_request(struct vtd_endpoint *ep,
			  struct vtd_endpoint_wait *wait)
{
	vtd_prg_begin(ep, wait);
	ep->message = message_of(ep, wait);
	ep->messages_left = wait->pages;
}

static void begin_stop_marker(struct vtd_endpoint *ep,
			      struct vtd_endpoint_wait *wait)
{
	vtd_list_remove(&wait->link);
	vtd_list_append(&ep->sent, &wait->link);
	wait->state = VTD_WAIT_MARKING;
	ep->marking = wait;
	ep->message = (struct vtd_page_request){
		.sid = (uint16_t)atomic_load(&ep->sid),
		.pasid_present = true,
		.pasid = wait->access.pasid,
	};
	ep->messages_left = 1;
}

/* The barrier keeps invalidation completions behind the messages. */
static void begin(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait)
{
	if (is_stop_marker(wait))
		begin_stop_marker(ep, wait);
	else
		begin_request(ep, wait);
	vtd_atc_barrier(ep->atc, &ep->barrier);
	ep->passing = true;
}

/* Everything has been passed on, or the rest has been forgotten. */
static void end(struct vtd_endpoint *ep)
{
	if (ep->marking)
		vtd_wait_finish(ep, ep->marking, VTD_REASON_NONE);
	/* Somebody waits for the barrier: `done` is called without the lock. */
	if (!vtd_atc_slot_leave(&ep->barrier)) {
		pthread_mutex_unlock(&ep->lock);
		vtd_atc_release(ep->atc, &ep->barrier);
		pthread_mutex_lock(&ep->lock);
	}
	ep->passing = false;
	if (ep->bus_drains)
		pthread_cond_broadcast(&ep->bus_call_ended);
}

/* In the call the wait may end, and its memory go, and the rest be forgotten. */
static void pass_one_on(struct vtd_endpoint *ep)
{
	struct vtd_page_request message = ep->message;
	struct vtd_bus_call call;

	message.last = !--ep->messages_left;
	ep->message.address += PAGE_SIZE;
	vtd_bus_call_begin(ep, &call, true);
	pthread_mutex_unlock(&ep->lock);
	ep->ops.page_request(ep->bus, &message);
	pthread_mutex_lock(&ep->lock);
	vtd_bus_call_end(ep, &call);
}

void vtd_message_cut_off(struct vtd_endpoint *ep)
{
	if (!ep->messages_left)
		return;
	ep->messages_left = 0;
	if (ep->groups[ep->message.prgi].outstanding)
		vtd_prg_end(ep, ep->message.prgi);
}

bool vtd_message_is_due(struct vtd_endpoint *ep)
{
	return ep->passing || (!ep->savers && !vtd_list_empty(&ep->queued) &&
			       next_to_send(ep));
}

void vtd_message_pass_on(struct vtd_endpoint *ep)
{
	if (!ep->passing)
		begin(ep, next_to_send(ep));
	pass_one_on(ep);
	if (!ep->messages_left)
		end(ep);
}

/* No page at all is refused like too many. */
#define NO_PAGES UINT32_MAX

static enum vtd_endpoint_reason
reason_not_to_ask(struct vtd_endpoint *ep, const struct vtd_endpoint_wait *wait)
{
	const struct vtd_endpoint_access *access = &wait->access;
	enum vtd_endpoint_reason reason;

	if (access->epoch && access->epoch != vtd_endpoint_epoch(ep))
		return vtd_epoch_reason(ep, access->epoch);
	if (vtd_is_cancelled(access))
		return VTD_REASON_CANCELLED;
	if (!vtd_pri_usable(ep))
		return vtd_pri_reason(ep);
	if (wait->pages > ep->pri_allocation)
		return wait->pages == NO_PAGES ? VTD_REASON_NO_PAGES :
						 VTD_REASON_ALLOCATION;
	reason = vtd_pasid_check(ep, access);
	/* Nothing is off for a request: it is refused. */
	return reason == VTD_REASON_PASID_OFF ? VTD_REASON_NO_PASID : reason;
}

void vtd_wait_enqueue(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait,
		      unsigned int pages)
{
	enum vtd_endpoint_reason reason;

	wait->pages = pages;
	wait->state = VTD_WAIT_QUEUED;
	vtd_list_append(&ep->queued, &wait->link);
	reason = reason_not_to_ask(ep, wait);
	if (reason != VTD_REASON_NONE)
		vtd_wait_finish(ep, wait, reason);
}

static void enqueue_and_pump(struct vtd_endpoint *ep,
			     struct vtd_endpoint_wait *wait, unsigned int pages)
{
	pthread_mutex_lock(&ep->lock);
	vtd_wait_enqueue(ep, wait, pages);
	vtd_endpoint_pump(ep);
	pthread_mutex_unlock(&ep->lock);
}

void vtd_endpoint_page_request(struct vtd_endpoint *ep,
			       const struct vtd_endpoint_access *access,
			       unsigned int pages,
			       struct vtd_endpoint_wait *wait)
{
	wait->access = *access;
	enqueue_and_pump(ep, wait, pages ? pages : NO_PAGES);
}

void vtd_endpoint_pasid_stop(struct vtd_endpoint *ep, uint32_t pasid,
			     struct vtd_endpoint_wait *wait)
{
	wait->access = (struct vtd_endpoint_access){
		.pasid_present = true,
		.pasid = pasid,
	};
	enqueue_and_pump(ep, wait, 0);
}
