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

/*
 * Ask for the page; for writing only if that is meant, so that reading does not
 * make pages dirty.  Returns false if the epoch is over: nothing has left.
 */
static bool request_translation(struct vtd_endpoint *ep, uint64_t epoch,
				const struct vtd_atc_access *wanted,
				struct vtd_translation *translation)
{
	struct vtd_request request = {
		.type = VTD_AT_TRANSLATION,
		.access = wanted->access,
		.address = wanted->address & ~PAGE_MASK,
		.length = 8,
		.pasid_present = wanted->pasid_present,
		.pasid = wanted->pasid,
		.privileged = wanted->privileged,
		.no_write = !(wanted->access & VTD_ACCESS_WRITE),
	};
	struct vtd_bus_call call;
	bool current;

	pthread_mutex_lock(&ep->lock);
	request.sid = (uint16_t)atomic_load(&ep->sid);
	current = vtd_endpoint_epoch(ep) == epoch;
	if (current)
		vtd_bus_call_begin(ep, &call, false);
	pthread_mutex_unlock(&ep->lock);
	if (!current)
		return false;

	atomic_fetch_add_explicit(&ep->translation_requests, 1,
				  memory_order_relaxed);
	*translation = unsupported();
	ep->ops.translation_request(ep->bus, &request, translation);

	pthread_mutex_lock(&ep->lock);
	vtd_bus_call_end(ep, &call);
	pthread_mutex_unlock(&ep->lock);
	return true;
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

/*
 * One translation request.  VTD_REASON_VOID: it came to be void.  It is known to
 * the ATC before the epoch is looked at, and the end of an epoch makes void what
 * the ATC knows: an answer that comes later opens nothing.
 */
static enum vtd_endpoint_reason translate(struct vtd_endpoint *ep,
					  uint64_t epoch,
					  const struct vtd_atc_access *wanted,
					  struct vtd_endpoint_mapping *mapping)
{
	struct vtd_translation translation;
	struct vtd_atc_fill fill;
	bool sent;

	vtd_atc_fill_begin(ep->atc, wanted, &fill);
	sent = request_translation(ep, epoch, wanted, &translation);
	if (!sent || is_unsupported(ep, &translation)) {
		if (sent)
			vtd_endpoint_stop_ats(ep, epoch, translation.condition);
		vtd_atc_fill(ep->atc, &fill, NULL, &mapping->hold);
		return VTD_REASON_CHANGED;
	}
	switch (vtd_atc_fill(ep->atc, &fill, &translation, &mapping->hold)) {
	case VTD_ATC_FILL_DISCARDED:
		return VTD_REASON_VOID;
	case VTD_ATC_FILL_HELD:
		return VTD_REASON_NONE;
	default:
		mapping->condition = translation.condition;
		return judge_no_access(ep, &translation);
	}
}

enum vtd_endpoint_reason
vtd_access_translate(struct vtd_endpoint *ep, uint64_t epoch,
		     const struct vtd_atc_access *access,
		     struct vtd_endpoint_mapping *mapping)
{
	const struct vtd_atc_access wanted = vtd_atc_normalised(access);
	enum vtd_endpoint_reason reason = VTD_REASON_VOID;

	for (unsigned int tries = 0;
	     tries < VOID_LIMIT && reason == VTD_REASON_VOID; tries++)
		reason = translate(ep, epoch, &wanted, mapping);
	return reason;
}
