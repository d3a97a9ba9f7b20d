/* SPDX-License-Identifier: BSD-3-Clause */
/* One access: ATC, then ATS, then PRI, and again. */
#include "endpoint_private.h"

/* Pauses between page requests: see vtd_endpoint_retry_delay(). */
#define ATTEMPTS_AT_ONCE 2u
#define PAUSE_FIRST UINT64_C(1000000)
#define PAUSE_LONGEST UINT64_C(50000000)
#define PAUSE_DOUBLINGS 6u

static void describe(const struct vtd_endpoint_access *access,
		     struct vtd_endpoint_mapping *mapping)
{
	uint64_t size = UINT64_C(1) << mapping->hold.size_shift;

	mapping->address = mapping->hold.address;
	mapping->length = size - (access->address & (size - 1));
	mapping->snoop = mapping->hold.snoop;
}

/* For those who check what the device uses. */
static __attribute__((noinline, cold)) void
tell_opened(struct vtd_endpoint *ep, const struct vtd_endpoint_access *access,
	    const struct vtd_endpoint_mapping *mapping)
{
	const struct vtd_request request = {
		.sid = (uint16_t)atomic_load(&ep->sid),
		.access = access->access,
		.address = access->address,
		.length = 1,
		.pasid_present = access->pasid_present,
		.pasid = access->pasid,
		.privileged = access->privileged,
	};
	const struct vtd_translation used = {
		.address = mapping->address,
		.size_shift = mapping->hold.size_shift,
		.read = mapping->hold.read,
		.write = mapping->hold.write,
		.snoop = mapping->snoop,
	};

	ep->ops.access_opened(ep->bus, &request, &used);
}

/* What an access says that opened nothing.  It may have met a change that is
 * half done: under the lock the change is complete, and counted. */
static enum vtd_endpoint_reason reason_in(struct vtd_endpoint *ep,
					  uint64_t epoch,
					  enum vtd_endpoint_reason reason)
{
	pthread_mutex_lock(&ep->lock);
	if (vtd_endpoint_epoch(ep) != epoch || reason == VTD_REASON_ATS_OFF)
		reason = vtd_epoch_reason(ep, epoch);
	pthread_mutex_unlock(&ep->lock);
	return reason;
}

enum vtd_endpoint_reason
vtd_access_judge(struct vtd_endpoint *ep, uint64_t epoch,
		 const struct vtd_endpoint_access *access,
		 enum vtd_endpoint_reason reason,
		 struct vtd_endpoint_mapping *mapping)
{
	if (reason != VTD_REASON_NONE)
		return reason_in(ep, epoch, reason);
	describe(access, mapping);
	if (__builtin_expect(ep->ops.access_opened != NULL, 0))
		tell_opened(ep, access, mapping);
	return VTD_REASON_NONE;
}

enum vtd_endpoint_reason
vtd_access_try_in(struct vtd_endpoint *ep, uint64_t epoch,
		  const struct vtd_endpoint_access *access,
		  struct vtd_endpoint_mapping *mapping, bool blocking)
{
	const struct vtd_atc_access wanted = {
		.address = access->address,
		.access = access->access,
		.pasid_present = access->pasid_present,
		.privileged = access->privileged,
		.pasid = access->pasid,
	};
	enum vtd_endpoint_reason reason = VTD_REASON_ATS_OFF;

	mapping->condition = VTD_CONDITION_NONE;
	if (atomic_load(&ep->ats_usable))
		reason = vtd_pasid_check(ep, access);
	if (reason == VTD_REASON_NONE &&
	    !vtd_atc_lookup_in(ep->atc, epoch, &wanted, &mapping->hold))
		reason = blocking || !ep->ops.translation_request_later ?
				 vtd_access_translate(ep, epoch, access,
						      mapping) :
				 VTD_REASON_TRANSLATION_NEEDED;
	return vtd_access_judge(ep, epoch, access, reason, mapping);
}

static uint64_t epoch_of(struct vtd_endpoint *ep,
			 const struct vtd_endpoint_access *access)
{
	return access->epoch ? access->epoch : vtd_endpoint_epoch(ep);
}

enum vtd_endpoint_result vtd_access_tell(struct vtd_endpoint *ep,
					 enum vtd_endpoint_reason reason,
					 struct vtd_endpoint_mapping *mapping)
{
	if (reason == VTD_REASON_NONE)
		return VTD_ENDPOINT_OK;
	mapping->reason = reason;
	/* Mostly by the answer to another access's request. */
	if (reason == VTD_REASON_ATS_STOPPED) {
		pthread_mutex_lock(&ep->lock);
		mapping->condition = ep->ats_stopped_by;
		pthread_mutex_unlock(&ep->lock);
	}
	return vtd_reason_result(reason);
}

enum vtd_endpoint_result
vtd_endpoint_access_try(struct vtd_endpoint *ep,
			struct vtd_endpoint_access *access,
			struct vtd_endpoint_mapping *mapping)
{
	const uint64_t epoch = epoch_of(ep, access);
	enum vtd_endpoint_reason reason;

	reason = vtd_access_try_in(ep, epoch, access, mapping, false);
	access->epoch = reason == VTD_REASON_PAGE_NEEDED ||
					reason ==
						VTD_REASON_TRANSLATION_NEEDED ?
				epoch :
				0;
	return vtd_access_tell(ep, reason, mapping);
}

void vtd_endpoint_access_end(struct vtd_endpoint *ep,
			     struct vtd_endpoint_mapping *mapping)
{
	vtd_atc_release(ep->atc, &mapping->hold);
}

bool vtd_endpoint_retry_delay(struct vtd_endpoint *ep, unsigned int attempt,
			      uint64_t *nanoseconds)
{
	unsigned int doublings;

	*nanoseconds = 0;
	if (attempt > ep->config.page_request_limit)
		return false;
	if (attempt <= ATTEMPTS_AT_ONCE)
		return true;
	doublings = attempt - ATTEMPTS_AT_ONCE - 1;
	*nanoseconds = doublings < PAUSE_DOUBLINGS ? PAUSE_FIRST << doublings :
						     PAUSE_LONGEST;
	return true;
}

/* Until it is open, or something forbids it. */
static enum vtd_endpoint_reason
open_access(struct vtd_endpoint *ep, uint64_t epoch,
	    const struct vtd_endpoint_access *access,
	    struct vtd_endpoint_mapping *mapping)
{
	enum vtd_endpoint_reason reason;
	uint64_t pause;

	for (unsigned int attempt = 1;; attempt++) {
		reason = vtd_access_try_in(ep, epoch, access, mapping, true);
		if (reason != VTD_REASON_PAGE_NEEDED)
			return reason;
		if (!vtd_endpoint_retry_delay(ep, attempt, &pause))
			return VTD_REASON_STILL_MISSING;
		reason = VTD_REASON_NONE;
		if (pause)
			reason = vtd_pause(ep, epoch, access, pause);
		if (reason == VTD_REASON_NONE)
			reason = vtd_page_request_and_wait(ep, epoch, access);
		if (reason != VTD_REASON_NONE)
			return reason;
	}
}

enum vtd_endpoint_result
vtd_endpoint_access_begin(struct vtd_endpoint *ep,
			  const struct vtd_endpoint_access *access,
			  struct vtd_endpoint_mapping *mapping)
{
	return vtd_access_tell(
		ep, open_access(ep, epoch_of(ep, access), access, mapping),
		mapping);
}
