/* SPDX-License-Identifier: BSD-3-Clause */
/* Page requests on their way out, and the waits for them. */
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
			vtd_wait_finish(ep, wait, VTD_ENDPOINT_REFUSED);
			continue;
		}
		if (!ep->free_count || ep->pri_outstanding > ep->pri_allocation)
			return NULL;
		if (wait->pages > ep->pri_allocation - ep->pri_outstanding)
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

/*
 * Give the messages to the bus, without the lock; the wait may end, and its
 * memory go, at any moment from here.  The barrier keeps invalidation
 * completions behind the messages.
 */
static void pass_on(struct vtd_endpoint *ep, struct vtd_page_request message,
		    unsigned int count)
{
	struct vtd_atc_hold barrier;

	pthread_mutex_unlock(&ep->lock);
	vtd_atc_barrier(ep->atc, &barrier);
	for (unsigned int i = 1; i <= count; i++) {
		message.last = i == count;
		ep->ops.page_request(ep->bus, &message);
		message.address += PAGE_SIZE;
	}
	vtd_atc_release(ep->atc, &barrier);
	pthread_mutex_lock(&ep->lock);
}

static void send_request(struct vtd_endpoint *ep,
			 struct vtd_endpoint_wait *wait)
{
	unsigned int pages = wait->pages;

	vtd_prg_begin(ep, wait);
	pass_on(ep, message_of(ep, wait), pages);
}

/* Finished before it is passed on, but its `done` comes after: there is one
 * pump, and it is here. */
static void send_stop_marker(struct vtd_endpoint *ep,
			     struct vtd_endpoint_wait *wait)
{
	struct vtd_page_request message = {
		.sid = (uint16_t)atomic_load(&ep->sid),
		.pasid_present = true,
		.pasid = wait->access.pasid,
		.last = true,
	};

	vtd_wait_finish(ep, wait, VTD_ENDPOINT_OK);
	pass_on(ep, message, 1);
}

static void call_done(struct vtd_endpoint *ep)
{
	struct vtd_endpoint_wait *wait = VTD_LIST_ENTRY(
		ep->finished.next, struct vtd_endpoint_wait, link);

	vtd_list_remove(&wait->link);
	wait->state = VTD_WAIT_ENDED;
	pthread_mutex_unlock(&ep->lock);
	wait->done(wait->opaque, wait->result);
	pthread_mutex_lock(&ep->lock);
}

void vtd_endpoint_pump(struct vtd_endpoint *ep)
{
	struct vtd_endpoint_wait *wait;

	if (ep->pumping)
		return;
	ep->pumping = true;
	for (;;) {
		wait = next_to_send(ep);
		if (!vtd_list_empty(&ep->finished))
			call_done(ep);
		else if (wait && is_stop_marker(wait))
			send_stop_marker(ep, wait);
		else if (wait)
			send_request(ep, wait);
		else
			break;
	}
	ep->pumping = false;
}

/* Queue a wait, or finish it at once. */
static void enqueue(struct vtd_endpoint *ep, struct vtd_endpoint_wait *wait,
		    unsigned int pages)
{
	wait->pages = pages;
	wait->state = VTD_WAIT_QUEUED;
	vtd_list_append(&ep->queued, &wait->link);
	if (vtd_is_cancelled(&wait->access))
		vtd_wait_finish(ep, wait, VTD_ENDPOINT_ABORTED);
	else if (!vtd_pri_usable(ep) || pages > ep->pri_allocation ||
		 vtd_pasid_check(ep, &wait->access) != VTD_ENDPOINT_OK)
		vtd_wait_finish(ep, wait, VTD_ENDPOINT_REFUSED);
	vtd_endpoint_pump(ep);
}

void vtd_endpoint_page_request(struct vtd_endpoint *ep,
			       const struct vtd_endpoint_access *access,
			       unsigned int pages,
			       struct vtd_endpoint_wait *wait)
{
	wait->access = *access;
	pthread_mutex_lock(&ep->lock);
	/* No page at all is refused like too many. */
	enqueue(ep, wait, pages ? pages : UINT32_MAX);
	pthread_mutex_unlock(&ep->lock);
}

void vtd_endpoint_pasid_stop(struct vtd_endpoint *ep, uint32_t pasid,
			     struct vtd_endpoint_wait *wait)
{
	wait->access = (struct vtd_endpoint_access){
		.pasid_present = true,
		.pasid = pasid,
	};
	pthread_mutex_lock(&ep->lock);
	enqueue(ep, wait, 0);
	pthread_mutex_unlock(&ep->lock);
}

enum vtd_endpoint_result
vtd_page_request_and_wait(struct vtd_endpoint *ep,
			  const struct vtd_endpoint_access *access)
{
	struct vtd_endpoint_wait wait = { .access = *access };

	pthread_mutex_lock(&ep->lock);
	enqueue(ep, &wait, 1);
	while (wait.state != VTD_WAIT_ENDED)
		pthread_cond_wait(&ep->changed, &ep->lock);
	pthread_mutex_unlock(&ep->lock);
	return wait.result;
}
