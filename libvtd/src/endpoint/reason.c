/* SPDX-License-Identifier: BSD-3-Clause */
/* Why accesses and waits end. */
#include "endpoint_private.h"

struct row {
	enum vtd_endpoint_result result;
	const char *text;
};

static const struct row rows[VTD_REASONS] = {
	[VTD_REASON_NONE] = { VTD_ENDPOINT_OK, "nothing is in the way" },
	[VTD_REASON_PAGE_NEEDED] = { VTD_ENDPOINT_PAGE_NEEDED,
				     "the page or the right is not there yet" },
	[VTD_REASON_UNTRANSLATED_ONLY] = { VTD_ENDPOINT_UNTRANSLATED_ONLY,
					   "the address takes untranslated requests only" },
	[VTD_REASON_ATS_OFF] = { VTD_ENDPOINT_OFF, "ATS is not enabled" },
	[VTD_REASON_ATS_STOPPED] = { VTD_ENDPOINT_OFF,
				     "a translation request was answered Unsupported Request" },
	[VTD_REASON_PASID_OFF] = { VTD_ENDPOINT_OFF, "PASID is not enabled" },
	[VTD_REASON_CHANGED] = { VTD_ENDPOINT_OFF,
				 "ATS control, PASID control or the source-id has changed since" },
	[VTD_REASON_RESET] = { VTD_ENDPOINT_ABORTED, "there was a reset" },
	[VTD_REASON_CANCELLED] = { VTD_ENDPOINT_ABORTED, "it was cancelled" },
	[VTD_REASON_PASID_WIDTH] = { VTD_ENDPOINT_REFUSED,
				     "the PASID is wider than the endpoint supports" },
	[VTD_REASON_NOT_PRIVILEGED] = { VTD_ENDPOINT_REFUSED,
					"privileged mode is not enabled" },
	[VTD_REASON_COMPLETER_ABORT] = { VTD_ENDPOINT_REFUSED,
					 "the translation request was answered Completer Abort" },
	[VTD_REASON_VOID] = { VTD_ENDPOINT_REFUSED,
			      "each translation was invalidated on its way" },
	[VTD_REASON_PRI_OFF] = { VTD_ENDPOINT_REFUSED, "PRI is not enabled" },
	[VTD_REASON_PRI_STOPPED] = { VTD_ENDPOINT_REFUSED,
				     "PRI was stopped by a Response Failure before" },
	[VTD_REASON_ALLOCATION] = { VTD_ENDPOINT_REFUSED,
				    "the page request allocation is too small for it" },
	[VTD_REASON_NO_PAGES] = { VTD_ENDPOINT_REFUSED,
				  "the page request is for no page" },
	[VTD_REASON_NO_PASID] = { VTD_ENDPOINT_REFUSED,
				  "a page request with PASID needs PASID to be enabled" },
	[VTD_REASON_INVALID_REQUEST] = { VTD_ENDPOINT_REFUSED,
					 "the page request was answered Invalid Request" },
	[VTD_REASON_RESPONSE_FAILURE] = { VTD_ENDPOINT_REFUSED,
					  "a page request was answered Response Failure" },
	[VTD_REASON_STILL_MISSING] = { VTD_ENDPOINT_REFUSED,
				       "page requests were answered Success, and the page is still missing" },
	[VTD_REASON_TRANSLATION_NEEDED] = { VTD_ENDPOINT_TRANSLATION_NEEDED,
					    "the page has not been asked for yet" },
};

enum vtd_endpoint_result vtd_reason_result(enum vtd_endpoint_reason reason)
{
	return rows[reason].result;
}

const char *vtd_endpoint_reason_text(enum vtd_endpoint_reason reason)
{
	/* Callers may hand in anything. */
	if ((unsigned int)reason >= VTD_REASONS)
		reason = VTD_REASON_NONE;
	return rows[reason].text;
}
