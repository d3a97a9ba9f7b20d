/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire between a unit and an endpoint of the same process. */
#include "host_internal.h"

#include <errno.h>

#include <vtd/kit/link.h>

static void translation_request(void *bus, const struct vtd_request *request,
				struct vtd_translation *result)
{
	struct vtd_kit_link *link = bus;

	vtd_unit_translate(link->unit, request, result);
	if (link->on_translation != NULL)
		link->on_translation(link, request, result);
}

static void page_request(void *bus, const struct vtd_page_request *request)
{
	struct vtd_kit_link *link = bus;

	if (link->before_page_request != NULL)
		link->before_page_request(link, request);
	vtd_unit_page_request(link->unit, request);
	if (link->on_page_request != NULL)
		link->on_page_request(link, request);
}

static void access_opened(void *bus, const struct vtd_request *request,
			  const struct vtd_translation *used)
{
	struct vtd_kit_link *link = bus;

	vtd_unit_device_tlb_used(link->unit, request, used);
}

const struct vtd_endpoint_ops *vtd_kit_link_ops(void)
{
	static const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = translation_request,
		.page_request = page_request,
		.access_opened = access_opened,
	};

	return &ops;
}

static void invalidated(void *opaque,
			const struct vtd_device_tlb_invalidation *request)
{
	struct vtd_kit_link *link = opaque;

	vtd_unit_device_tlb_complete(link->unit, request->sid,
				     UINT32_C(1) << request->itag, 1);
}

int vtd_kit_connect(struct vtd_kit_link *link, struct vtd_unit *unit,
		    const struct vtd_endpoint_config *config)
{
	*link = (struct vtd_kit_link){ .unit = unit, .sid = config->sid };
	for (unsigned int i = 0; i < VTD_KIT_ITAGS; i++) {
		link->invalidation[i].done = invalidated;
		link->invalidation[i].opaque = link;
	}
	return vtd_endpoint_create(config, vtd_kit_link_ops(), link,
				   &link->endpoint);
}

void vtd_kit_disconnect(struct vtd_kit_link *link)
{
	vtd_endpoint_destroy(link->endpoint);
	link->endpoint = NULL;
}

int vtd_kit_link_invalidate(struct vtd_kit_link *link,
			    const struct vtd_device_tlb_invalidation *request)
{
	vtd_endpoint_invalidate(
		link->endpoint, request,
		&link->invalidation[request->itag % VTD_KIT_ITAGS]);
	return 0;
}

void vtd_kit_link_respond(struct vtd_kit_link *link,
			  const struct vtd_page_group_response *response)
{
	vtd_endpoint_response(link->endpoint, response);
}

void vtd_kit_link_enable(struct vtd_kit_link *link, uint32_t allocation)
{
	vtd_endpoint_pasid_control(link->endpoint, true, true);
	vtd_endpoint_ats_control(link->endpoint, true, 0);
	if (allocation == 0)
		return;
	vtd_endpoint_pri_allocation(link->endpoint, allocation);
	vtd_endpoint_pri_control(link->endpoint, true, false);
}

int vtd_kit_host_connect(struct vtd_kit_host *host, struct vtd_kit_link *link,
			 const struct vtd_endpoint_config *config)
{
	int error = vtd_kit_connect(link, host->unit, config);

	if (error != 0)
		return error;
	link->next = host->internal->links;
	host->internal->links = link;
	return 0;
}

void vtd_kit_host_disconnect(struct vtd_kit_host *host,
			     struct vtd_kit_link *link)
{
	struct vtd_kit_link **place = &host->internal->links;

	while (*place != NULL && *place != link)
		place = &(*place)->next;
	if (*place != NULL)
		*place = link->next;
	vtd_kit_disconnect(link);
}

static struct vtd_kit_link *link_of(const struct vtd_kit_host *host,
				    uint16_t sid)
{
	struct vtd_kit_link *link = host->internal->links;

	while (link != NULL && link->sid != sid)
		link = link->next;
	return link;
}

int vtd_kit_links_invalidate(struct vtd_kit_host *host,
			     const struct vtd_device_tlb_invalidation *request)
{
	struct vtd_kit_link *link = link_of(host, request->sid);

	return link != NULL ? vtd_kit_link_invalidate(link, request) : 0;
}

void vtd_kit_links_respond(struct vtd_kit_host *host,
			   const struct vtd_page_group_response *response)
{
	struct vtd_kit_link *link = link_of(host, response->sid);

	if (link != NULL)
		vtd_kit_link_respond(link, response);
}
