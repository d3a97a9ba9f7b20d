/* SPDX-License-Identifier: BSD-3-Clause */
/* One access: ATC, then ATS, then PRI, and again. */
#include <errno.h>
#include <time.h>

#include "endpoint_private.h"

#define PAGE_SHIFT 12u
#define PAGE_MASK UINT64_C(0xfff)

/*
 * How many translations in a row may be made void by invalidations.  Each takes
 * an invalidation of this very page within the time of one translation request;
 * who does that on purpose fails the access and nothing else.
 */
#define VOID_LIMIT 1000u

/* Pauses between page requests: see vtd_endpoint_retry_delay(). */
#define ATTEMPTS_AT_ONCE 2u
#define PAUSE_FIRST UINT64_C(1000000)
#define PAUSE_LONGEST UINT64_C(50000000)
#define PAUSE_DOUBLINGS 6u

#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)

static bool ats_usable(unsigned int epoch)
{
	return epoch & 1;
}

enum vtd_endpoint_result
vtd_pasid_check(struct vtd_endpoint *ep,
		const struct vtd_endpoint_access *access)
{
	if (!access->pasid_present)
		return VTD_ENDPOINT_OK;
	if (!atomic_load(&ep->pasid_enabled))
		return VTD_ENDPOINT_OFF;
	if (access->pasid >> ep->config.pasid_bits)
		return VTD_ENDPOINT_REFUSED;
	if (access->privileged && !atomic_load(&ep->privileged_enabled))
		return VTD_ENDPOINT_REFUSED;
	return VTD_ENDPOINT_OK;
}

static void describe(const struct vtd_endpoint_access *access,
		     struct vtd_endpoint_mapping *mapping)
{
	uint64_t size = UINT64_C(1) << mapping->hold.size_shift;

	mapping->address = mapping->hold.address;
	mapping->length = size - (access->address & (size - 1));
	mapping->snoop = mapping->hold.snoop;
}

/* The request for the page; writes are asked for only if they are meant, so
 * that reading does not make pages dirty. */
static void request_translation(struct vtd_endpoint *ep,
				const struct vtd_atc_access *wanted,
				struct vtd_translation *translation)
{
	const struct vtd_request request = {
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

	*translation = (struct vtd_translation){
		.status = VTD_STATUS_UNSUPPORTED_REQUEST,
	};
	atomic_fetch_add_explicit(&ep->translation_requests, 1,
				  memory_order_relaxed);
	ep->ops.translation_request(ep->bus, &request, translation);
}

/* Unsupported Request: ATS stops until it is enabled anew. */
static void stop_ats(struct vtd_endpoint *ep, unsigned int epoch)
{
	atomic_compare_exchange_strong(&ep->ats_epoch, &epoch, epoch + 1);
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
static enum vtd_endpoint_result
judge_no_access(struct vtd_endpoint *ep,
		const struct vtd_translation *translation)
{
	bool pri;

	if (translation->status != VTD_STATUS_SUCCESS)
		return VTD_ENDPOINT_REFUSED;
	if (translation->untranslated_only &&
	    (translation->read || translation->write))
		return VTD_ENDPOINT_UNTRANSLATED_ONLY;
	pthread_mutex_lock(&ep->lock);
	pri = vtd_pri_usable(ep);
	pthread_mutex_unlock(&ep->lock);
	return pri ? VTD_ENDPOINT_PAGE_NEEDED : VTD_ENDPOINT_REFUSED;
}

/* One translation request.  Returns false if it came to be void. */
static bool
translate(struct vtd_endpoint *ep, const struct vtd_atc_access *wanted,
	  struct vtd_atc_hold *hold, enum vtd_endpoint_result *result)
{
	unsigned int epoch = atomic_load(&ep->ats_epoch);
	struct vtd_translation translation;
	struct vtd_atc_fill fill;

	*result = VTD_ENDPOINT_OFF;
	if (!ats_usable(epoch))
		return true;
	vtd_atc_fill_begin(ep->atc, wanted, &fill);
	request_translation(ep, wanted, &translation);
	if (is_unsupported(ep, &translation)) {
		stop_ats(ep, epoch);
		vtd_atc_fill(ep->atc, &fill, NULL, hold);
		return true;
	}
	switch (vtd_atc_fill(ep->atc, &fill, &translation, hold)) {
	case VTD_ATC_FILL_DISCARDED:
		return false;
	case VTD_ATC_FILL_HELD:
		*result = VTD_ENDPOINT_OK;
		return true;
	default:
		*result = judge_no_access(ep, &translation);
		return true;
	}
}

enum vtd_endpoint_result
vtd_endpoint_access_try(struct vtd_endpoint *ep,
			const struct vtd_endpoint_access *access,
			struct vtd_endpoint_mapping *mapping)
{
	const struct vtd_atc_access wanted = {
		.address = access->address,
		.access = access->access & VTD_ACCESS_ATOMIC,
		.pasid_present = access->pasid_present,
		.privileged = access->pasid_present && access->privileged,
		.pasid = access->pasid_present ? access->pasid : 0,
	};
	enum vtd_endpoint_result result = vtd_pasid_check(ep, access);

	if (!ats_usable(atomic_load(&ep->ats_epoch)))
		return VTD_ENDPOINT_OFF;
	if (result != VTD_ENDPOINT_OK)
		return result;
	if (!vtd_atc_lookup(ep->atc, &wanted, &mapping->hold)) {
		unsigned int tries = 1;

		while (!translate(ep, &wanted, &mapping->hold, &result))
			if (++tries > VOID_LIMIT)
				return VTD_ENDPOINT_REFUSED;
	}
	if (result == VTD_ENDPOINT_OK)
		describe(access, mapping);
	return result;
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

static struct timespec deadline_in(uint64_t nanoseconds)
{
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	nanoseconds += (uint64_t)deadline.tv_nsec;
	deadline.tv_sec += (time_t)(nanoseconds / NANOSECONDS_PER_SECOND);
	deadline.tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND);
	return deadline;
}

/* Sleep, unless cancelled or reset.  Returns whether to go on. */
static bool pause_for(struct vtd_endpoint *ep,
		      const struct vtd_endpoint_access *access,
		      uint64_t nanoseconds)
{
	const struct timespec deadline = deadline_in(nanoseconds);
	uint64_t resets;
	bool go_on;
	int error = 0;

	pthread_mutex_lock(&ep->lock);
	resets = ep->resets;
	while ((go_on = resets == ep->resets && !vtd_is_cancelled(access)) &&
	       error != ETIMEDOUT)
		error = pthread_cond_timedwait(&ep->changed, &ep->lock,
					       &deadline);
	pthread_mutex_unlock(&ep->lock);
	return go_on;
}

enum vtd_endpoint_result
vtd_endpoint_access_begin(struct vtd_endpoint *ep,
			  const struct vtd_endpoint_access *access,
			  struct vtd_endpoint_mapping *mapping)
{
	enum vtd_endpoint_result result;
	uint64_t pause;

	for (unsigned int attempt = 1;; attempt++) {
		result = vtd_endpoint_access_try(ep, access, mapping);
		if (result != VTD_ENDPOINT_PAGE_NEEDED)
			return result;
		if (!vtd_endpoint_retry_delay(ep, attempt, &pause))
			return VTD_ENDPOINT_REFUSED;
		if (pause && !pause_for(ep, access, pause))
			return VTD_ENDPOINT_ABORTED;
		result = vtd_page_request_and_wait(ep, access);
		if (result != VTD_ENDPOINT_OK)
			return result;
	}
}
