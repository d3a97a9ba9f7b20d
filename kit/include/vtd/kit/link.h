/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * An endpoint (vtd/endpoint.h) behind a unit in the same process: what carries
 * messages between the two, both ways.
 *
 *   endpoint -> unit   translation requests, page requests, completions
 *   unit -> endpoint   invalidate requests, page group responses
 *
 * On a vtd_kit_host, vtd_kit_host_connect() does all of it.  Another host calls
 * vtd_kit_connect(), and passes what comes for the source-id of the endpoint to
 * vtd_kit_link_invalidate() and vtd_kit_link_respond().
 */
#ifndef VTD_KIT_LINK_H
#define VTD_KIT_LINK_H

#include <vtd/endpoint.h>
#include <vtd/kit/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VTD_KIT_ITAGS 32

/** In the program's memory as long as the endpoint lives; must not be moved. */
struct vtd_kit_link {
	struct vtd_unit *unit;
	struct vtd_endpoint *endpoint;
	/** Where messages for it go to; vtd_endpoint_set_source_id() is to have the
	 * same. */
	uint16_t sid;
	/** Called when a page request has been passed on to the unit, with no lock
	 * held; may be NULL.  For software that answers in the same thread.  Set it
	 * after vtd_kit_connect(). */
	void (*on_page_request)(struct vtd_kit_link *link,
				const struct vtd_page_request *request);
	void *opaque; /**< for the hooks */

	/** The kit's.  One structure for each ITag is enough (vtd/atc.h). */
	struct vtd_kit_link *next;
	struct vtd_atc_invalidation invalidation[VTD_KIT_ITAGS];

	/** Two more hooks, for what can happen on the wire: the unit has answered a
	 * translation request and the endpoint has not got it; the unit has not got
	 * a page request.  With no lock held; each may be NULL. */
	void (*on_translation)(struct vtd_kit_link *link,
			       const struct vtd_request *request,
			       const struct vtd_translation *result);
	void (*before_page_request)(struct vtd_kit_link *link,
				    const struct vtd_page_request *request);

	uint64_t reserved[6];
};

/**
 * Make an endpoint whose bus leads to `unit`.  Returns what
 * vtd_endpoint_create() does.  Everything is disabled in the endpoint, as after
 * reset: vtd/kit/pci.h, or vtd_kit_link_enable().
 */
int vtd_kit_connect(struct vtd_kit_link *link, struct vtd_unit *unit,
		    const struct vtd_endpoint_config *config);

/** Destroy the endpoint; before the unit, and when nothing comes from it any
 * more. */
void vtd_kit_disconnect(struct vtd_kit_link *link);

/** The callbacks that vtd_kit_connect() gives the endpoint; their `bus` is the
 * link.  For programs that create endpoints with callbacks of their own. */
const struct vtd_endpoint_ops *vtd_kit_link_ops(void);

/** For the unit's host, from device_tlb_invalidate() and page_group_response().
 * Any thread. */
int vtd_kit_link_invalidate(struct vtd_kit_link *link,
			    const struct vtd_device_tlb_invalidation *request);
void vtd_kit_link_respond(struct vtd_kit_link *link,
			  const struct vtd_page_group_response *response);

/** What a driver sets in configuration space: PASID, then ATS, then PRI with
 * room for `allocation` page requests (0: no PRI). */
void vtd_kit_link_enable(struct vtd_kit_link *link, uint32_t allocation);

/**
 * vtd_kit_connect() to host->unit, and have the host deliver what is for the
 * endpoint, unless it has hooks of its own (on_invalidation, on_response).  While
 * no other thread is in a call into the unit.  The host forgets the endpoint with
 * vtd_kit_host_disconnect().
 */
int vtd_kit_host_connect(struct vtd_kit_host *host, struct vtd_kit_link *link,
			 const struct vtd_endpoint_config *config);
void vtd_kit_host_disconnect(struct vtd_kit_host *host,
			     struct vtd_kit_link *link);

#ifdef __cplusplus
}
#endif

#endif /* VTD_KIT_LINK_H */
