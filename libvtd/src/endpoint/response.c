/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that come in: PRG responses and invalidate requests. */
#include "endpoint_private.h"
#include "list.h"

#define PAGE_SHIFT 12u

/* The outstanding group that the response is for, or NULL. */
static struct vtd_prg *group_of(struct vtd_endpoint *ep,
				const struct vtd_page_group_response *response)
{
	struct vtd_prg *group;

	if (response->prgi >= VTD_PRG_INDICES)
		return NULL;
	group = &ep->groups[response->prgi];
	if (!group->outstanding)
		return NULL;
	if (ep->config.response_pasid_required &&
	    (response->pasid_present != group->pasid_present ||
	     (group->pasid_present && response->pasid != group->pasid)))
		return NULL;
	return group;
}

/* Software gives up on this function: nothing is expected any more. */
static void fail_pri(struct vtd_endpoint *ep)
{
	ep->pri_failed = true;
	ep->pri_status |= VTD_PRI_RESPONSE_FAILURE;
	vtd_wait_finish_all(ep, &ep->queued, VTD_REASON_RESPONSE_FAILURE);
	vtd_prg_forget_all(ep, VTD_REASON_RESPONSE_FAILURE);
}

static void take_response(struct vtd_endpoint *ep,
			  const struct vtd_page_group_response *response,
			  struct vtd_endpoint_wait *wait)
{
	enum vtd_endpoint_reason reason;

	switch (response->code) {
	case VTD_RESPONSE_SUCCESS:
		ep->counters.responses_success++;
		reason = VTD_REASON_NONE;
		break;
	case VTD_RESPONSE_INVALID:
		ep->counters.responses_invalid++;
		reason = VTD_REASON_INVALID_REQUEST;
		break;
	default: /* the unused codes too */
		ep->counters.responses_failure++;
		fail_pri(ep);
		return;
	}
	if (wait)
		vtd_wait_finish(ep, wait, reason);
	vtd_prg_end(ep, response->prgi);
}

void vtd_endpoint_response(struct vtd_endpoint *ep,
			   const struct vtd_page_group_response *response)
{
	struct vtd_prg *group;

	pthread_mutex_lock(&ep->lock);
	group = group_of(ep, response);
	if (group) {
		take_response(ep, response, group->wait);
		vtd_endpoint_pump(ep);
	} else {
		ep->counters.responses_unexpected++;
		/* After a failure none is expected, and none is wrong. */
		if (!ep->pri_failed)
			ep->pri_status |= VTD_PRI_UNEXPECTED_INDEX;
	}
	pthread_mutex_unlock(&ep->lock);
}

bool vtd_endpoint_awaits(struct vtd_endpoint *ep,
			 const struct vtd_endpoint_canceller *canceller,
			 uint16_t *prgi)
{
	bool found = false;

	pthread_mutex_lock(&ep->lock);
	for (unsigned int i = 0; i < VTD_PRG_INDICES && !found; i++) {
		const struct vtd_endpoint_wait *wait = ep->groups[i].wait;

		found = wait && wait->access.canceller == canceller;
		if (found)
			*prgi = (uint16_t)i;
	}
	pthread_mutex_unlock(&ep->lock);
	return found;
}

bool vtd_endpoint_is_owed_response(struct vtd_endpoint *ep, uint16_t prgi)
{
	bool owed;

	pthread_mutex_lock(&ep->lock);
	owed = prgi < VTD_PRG_INDICES && ep->groups[prgi].outstanding &&
	       !ep->groups[prgi].wait;
	pthread_mutex_unlock(&ep->lock);
	return owed;
}

/* An ATC that thinks in units of 2^(stu + 12) bytes rounds outwards. */
void vtd_endpoint_invalidate(struct vtd_endpoint *ep,
			     const struct vtd_device_tlb_invalidation *request,
			     struct vtd_atc_invalidation *invalidation)
{
	vtd_atc_invalidate_rounded(ep->atc, request,
				   PAGE_SHIFT + atomic_load(&ep->stu),
				   invalidation);
}
