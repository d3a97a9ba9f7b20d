/* SPDX-License-Identifier: BSD-3-Clause */
/* How accesses and waits of an endpoint end (vtd/endpoint.h), and why. */
#ifndef VTD_ENDPOINT_RESULT_H
#define VTD_ENDPOINT_RESULT_H

#ifdef __cplusplus
extern "C" {
#endif

enum vtd_endpoint_result {
	VTD_ENDPOINT_OK,
	/* The page or the right is not there, and software did not provide it;
	 * or the request is not allowed.  mapping.reason and wait.reason say
	 * which. */
	VTD_ENDPOINT_REFUSED,
	/* "U": this address takes untranslated requests only. */
	VTD_ENDPOINT_UNTRANSLATED_ONLY,
	/* ATS is disabled or was stopped by an Unsupported Request answer; or
	 * the access has a PASID and PASID is disabled; or any of that was so
	 * since the access began, or PASID control or source-id changed. */
	VTD_ENDPOINT_OFF,
	/* Cancelled or reset. */
	VTD_ENDPOINT_ABORTED,
	/* Only where nothing waits, from vtd_endpoint_access_try() or
	 * vtd_endpoint_translate(): a page request is needed. */
	VTD_ENDPOINT_PAGE_NEEDED,
	/* Likewise, with a bus that answers later: a translation request is
	 * needed, vtd_endpoint_translate(). */
	VTD_ENDPOINT_TRANSLATION_NEEDED,
};

/* Why an access or a wait ends with its result; finer than that. */
enum vtd_endpoint_reason {
	VTD_REASON_NONE, /* VTD_ENDPOINT_OK */
	VTD_REASON_PAGE_NEEDED,
	VTD_REASON_UNTRANSLATED_ONLY,
	/* VTD_ENDPOINT_OFF */
	VTD_REASON_ATS_OFF,
	VTD_REASON_ATS_STOPPED, /* by an Unsupported Request answer */
	VTD_REASON_PASID_OFF,
	VTD_REASON_CHANGED, /* the epoch is over, and it can be tried anew */
	/* VTD_ENDPOINT_ABORTED */
	VTD_REASON_RESET,
	VTD_REASON_CANCELLED,
	/* VTD_ENDPOINT_REFUSED: the endpoint itself */
	VTD_REASON_PASID_WIDTH,	   /* the PASID is too wide for it */
	VTD_REASON_NOT_PRIVILEGED, /* privileged mode is not enabled */
	/* by the answer to a translation request */
	VTD_REASON_COMPLETER_ABORT,
	VTD_REASON_VOID, /* answers kept being invalidated on their way */
	/* no page, and none can be asked for */
	VTD_REASON_PRI_OFF,
	VTD_REASON_PRI_STOPPED, /* by a Response Failure before */
	VTD_REASON_ALLOCATION,	/* it needs more messages than there may be */
	VTD_REASON_NO_PAGES,	/* `pages` is 0 */
	VTD_REASON_NO_PASID,	/* PASID is not enabled */
	/* by the answer to a page request */
	VTD_REASON_INVALID_REQUEST,
	VTD_REASON_RESPONSE_FAILURE,
	VTD_REASON_STILL_MISSING, /* Success, page_request_limit times */
	/* VTD_ENDPOINT_TRANSLATION_NEEDED */
	VTD_REASON_TRANSLATION_NEEDED,
	VTD_REASONS
};

/* One sentence for people.  Any value is answered; unknown ones like
 * VTD_REASON_NONE.  Thread-safe; the strings are constants. */
const char *vtd_endpoint_reason_text(enum vtd_endpoint_reason reason);

#ifdef __cplusplus
}
#endif

#endif /* VTD_ENDPOINT_RESULT_H */
