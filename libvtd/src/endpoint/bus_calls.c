/* SPDX-License-Identifier: BSD-3-Clause */
/* Which calls of the bus are under way, for those who wait for their end. */
#include "endpoint_private.h"
#include "list.h"

void vtd_bus_call_begin(struct vtd_endpoint *ep, struct vtd_bus_call *call,
			bool page_request)
{
	*call = (struct vtd_bus_call){
		.thread = pthread_self(),
		.sequence = ++ep->bus_sequence,
		.page_request = page_request,
	};
	vtd_list_append(&ep->bus_calls, &call->link);
}

void vtd_bus_call_end(struct vtd_endpoint *ep, struct vtd_bus_call *call)
{
	vtd_list_remove(&call->link);
	if (ep->bus_drains)
		pthread_cond_broadcast(&ep->bus_call_ended);
}

bool vtd_bus_has_page_request(const struct vtd_endpoint *ep)
{
	VTD_LIST_EACH (link, &ep->bus_calls)
		if (VTD_LIST_ENTRY(link, struct vtd_bus_call, link)
			    ->page_request)
			return true;
	return false;
}

static bool is_inside_call(const struct vtd_endpoint *ep)
{
	VTD_LIST_EACH (link, &ep->bus_calls)
		if (pthread_equal(VTD_LIST_ENTRY(link, struct vtd_bus_call,
						 link)
					  ->thread,
				  pthread_self()))
			return true;
	return false;
}

/* A call that began by `sequence` is under way. */
static bool is_under_way(const struct vtd_endpoint *ep, uint64_t sequence,
			 bool page_requests_only)
{
	VTD_LIST_EACH (link, &ep->bus_calls) {
		const struct vtd_bus_call *call =
			VTD_LIST_ENTRY(link, struct vtd_bus_call, link);

		if (call->sequence <= sequence &&
		    (call->page_request || !page_requests_only))
			return true;
	}
	return false;
}

void vtd_bus_drain(struct vtd_endpoint *ep, bool page_requests_only)
{
	const uint64_t sequence = ep->bus_sequence;

	if (is_inside_call(ep))
		return;
	ep->bus_drains++;
	while (is_under_way(ep, sequence, page_requests_only))
		pthread_cond_wait(&ep->bus_call_ended, &ep->lock);
	ep->bus_drains--;
}

void vtd_bus_drain_group(struct vtd_endpoint *ep)
{
	ep->bus_drains++;
	while (ep->passing)
		pthread_cond_wait(&ep->bus_call_ended, &ep->lock);
	ep->bus_drains--;
}
