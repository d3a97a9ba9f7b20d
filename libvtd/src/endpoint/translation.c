/* SPDX-License-Identifier: BSD-3-Clause */
/* Translation requests of an endpoint, and what their answers mean. */
#include "endpoint_private.h"

#define PAGE_SHIFT 12u
#define PAGE_MASK UINT64_C(0xfff)

/*
 * How many translations in a row may be made void by invalidations.  Each takes
 * an invalidation of this very page within the time of one translation request;
 * who does that on purpose fails the access and nothing else.
 */
#define VOID_LIMIT 1000u

static struct vtd_translation unsupported(void)
{
	return (struct vtd_translation){
		.status = VTD_STATUS_UNSUPPORTED_REQUEST,
	};
}

/* For the page; for writing only if that is meant, so that reading does not make
 * pages dirty. */
struct vtd_request vtd_translation_request(struct vtd_endpoint *ep,
					   const struct vtd_atc_access *wanted)
{
	return (struct vtd_request){
		.sid = (uint16_t)atomic_load(&ep->sid),
		.type = VTD_AT_TRANSLATION,
		.access = wanted->access,
		.address = wanted->address & ~PAGE_MASK,
		.length = 8,
		.pasid_present = wanted->pasid_present,
		.pasid = wanted->pasid,
		.privileged = wanted->privileged,
		.no_write = !(wanted->access & VTD_ACCESS_WRITE),
	};
}

/* Ask a bus that answers in the call.  VTD_REASON_CHANGED if the epoch is over:
 * nothing has left. */
static enum vtd_endpoint_reason ask(struct vtd_endpoint *ep, uint64_t epoch,
				    const struct vtd_atc_access *wanted,
				    struct vtd_translation *translation)
{
	struct vtd_bus_call call;
	struct vtd_request request;
	bool current;

	pthread_mutex_lock(&ep->lock);
	request = vtd_translation_request(ep, wanted);
	current = vtd_endpoint_epoch(ep) == epoch;
	if (current)
		vtd_bus_call_begin(ep, &call, false);
	pthread_mutex_unlock(&ep->lock);
	if (!current)
		return VTD_REASON_CHANGED;

	atomic_fetch_add_explicit(&ep->translation_requests, 1,
				  memory_order_relaxed);
	*translation = unsupported();
	ep->ops.translation_request(ep->bus, &request, translation);

	pthread_mutex_lock(&ep->lock);
	vtd_bus_call_end(ep, &call);
	pthread_mutex_unlock(&ep->lock);
	return VTD_REASON_NONE;
}

/* A completion with a size below the smallest translation unit counts as
 * Unsupported Request (PCIe ATS). */
static bool is_unsupported(struct vtd_endpoint *ep,
			   const struct vtd_translation *translation)
{
	if (translation->status == VTD_STATUS_UNSUPPORTED_REQUEST)
		return true;
	return translation->status == VTD_STATUS_SUCCESS &&
	       (translation->read || translation->write) &&
	       !translation->untranslated_only &&
	       translation->size_shift < PAGE_SHIFT + atomic_load(&ep->stu);
}

/* What the lack of a translation with enough rights means. */
static enum vtd_endpoint_reason
judge_no_access(struct vtd_endpoint *ep,
		const struct vtd_translation *translation)
{
	enum vtd_endpoint_reason reason = VTD_REASON_PAGE_NEEDED;

	if (translation->status != VTD_STATUS_SUCCESS)
		return VTD_REASON_COMPLETER_ABORT;
	if (translation->untranslated_only &&
	    (translation->read || translation->write))
		return VTD_REASON_UNTRANSLATED_ONLY;
	pthread_mutex_lock(&ep->lock);
	if (!vtd_pri_usable(ep))
		reason = vtd_pri_reason(ep);
	pthread_mutex_unlock(&ep->lock);
	return reason;
}

enum vtd_endpoint_reason vtd_answer_take(struct vtd_endpoint *ep,
					 const struct vtd_answer *answer)
{
	const struct vtd_translation *translation = answer->translation;
	struct vtd_atc_hold *hold = &answer->mapping->hold;

	if (is_unsupported(ep, translation)) {
		vtd_endpoint_stop_ats(ep, answer->epoch,
				      translation->condition);
		vtd_atc_fill(ep->atc, answer->fill, NULL, hold);
		return VTD_REASON_CHANGED;
	}
	switch (vtd_atc_fill(ep->atc, answer->fill, translation, hold)) {
	case VTD_ATC_FILL_DISCARDED:
		return VTD_REASON_VOID;
	case VTD_ATC_FILL_HELD:
		return VTD_REASON_NONE;
	default:
		answer->mapping->condition = translation->condition;
		return judge_no_access(ep, translation);
	}
}

/*
 * One translation request.  VTD_REASON_VOID: it came to be void.  It is known to
 * the ATC before the epoch is looked at, and the end of an epoch makes void what
 * the ATC knows: an answer that comes later opens nothing.
 */
static enum vtd_endpoint_reason
translate(struct vtd_endpoint *ep, uint64_t epoch,
	  const struct vtd_endpoint_access *access,
	  struct vtd_endpoint_mapping *mapping)
{
	const struct vtd_atc_access wanted = vtd_access_wanted(access);
	struct vtd_translation translation;
	struct vtd_atc_fill fill;
	const struct vtd_answer answer = {
		.epoch = epoch,
		.translation = &translation,
		.fill = &fill,
		.mapping = mapping,
	};
	enum vtd_endpoint_reason reason;

	vtd_atc_fill_begin(ep->atc, &wanted, &fill);
	reason = ep->ops.translation_request_later ?
			 vtd_translation_and_wait(ep, epoch, access,
						  &translation) :
			 ask(ep, epoch, &wanted, &translation);
	if (reason == VTD_REASON_NONE)
		return vtd_answer_take(ep, &answer);
	vtd_atc_fill(ep->atc, &fill, NULL, &mapping->hold);
	return reason;
}

enum vtd_endpoint_reason
vtd_access_translate(struct vtd_endpoint *ep, uint64_t epoch,
		     const struct vtd_endpoint_access *access,
		     struct vtd_endpoint_mapping *mapping)
{
	enum vtd_endpoint_reason reason = VTD_REASON_VOID;

	for (unsigned int tries = 0;
	     tries < VOID_LIMIT && reason == VTD_REASON_VOID; tries++)
		reason = translate(ep, epoch, access, mapping);
	return reason;
}
