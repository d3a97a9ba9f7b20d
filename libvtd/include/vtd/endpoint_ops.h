/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The bus of an endpoint (vtd/endpoint.h): what it gives the endpoint to call.
 */
#ifndef VTD_ENDPOINT_OPS_H
#define VTD_ENDPOINT_OPS_H

#include <vtd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where messages of the endpoint go.  Each gets the `bus` pointer that
 * vtd_endpoint_create() was given. */
struct vtd_endpoint_ops {
	/** sizeof(struct vtd_endpoint_ops) of the program. */
	size_t size;

	/**
	 * Answer a translation request (page-aligned address).  From several
	 * threads at the same time.  Whatever the answer is, it does no harm.
	 * Required, unless there is translation_request_later().
	 */
	void (*translation_request)(void *bus,
				    const struct vtd_request *request,
				    struct vtd_translation *result);

	/**
	 * Pass a page request message on.  When the call returns it is on its
	 * way, ahead of invalidation completions that follow (PCIe ordering).
	 * One at a time.  The response comes in through
	 * vtd_endpoint_response(), from inside the call or later.
	 * Required if the configuration has pri_capacity.
	 */
	void (*page_request)(void *bus, const struct vtd_page_request *request);

	/**
	 * Have vtd_endpoint_run() called soon, on a thread that has the time;
	 * not from inside.  Waits and invalidations may wait for it.  Not
	 * asked for again until then.  Optional.
	 */
	void (*run_later)(void *bus);

	/**
	 * Send a translation request, instead of translation_request(): the
	 * answer comes in through vtd_endpoint_translation_done(), with `ticket`,
	 * from inside the call or later, from any thread.  A ticket is never
	 * used again, and never 0.  Optional.
	 */
	void (*translation_request_later)(void *bus,
					  const struct vtd_request *request,
					  uint64_t ticket);

	/**
	 * No message: an access is open, by a translation of the cache or by one
	 * that has just come.  `request` is the access, to be translated, `used`
	 * what it may use.  From the thread that gets the mapping, before it does;
	 * invalidations wait for it already.  For vtd_unit_device_tlb_used().
	 * Optional.
	 */
	void (*access_opened)(void *bus, const struct vtd_request *request,
			      const struct vtd_translation *used);
};

#ifdef __cplusplus
}
#endif

#endif /* VTD_ENDPOINT_OPS_H */
