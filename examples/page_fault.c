/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A page fault answered.
 *
 * A device writes to the memory of a process by the process's own address.  The
 * page is not there: the endpoint asks for it, the operating system (toy_os.h)
 * maps it and answers, and the write goes on.  Then the system takes the page
 * back, the endpoint drops its translation, and the next write asks again.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vtd/endpoint.h>
#include <vtd/vtd.h>

#include "toy_os.h"

static struct vtd_unit *unit;
static struct vtd_endpoint *ep;

/* What the unit asks of the host: memory (ram.h), interrupts... */
static bool interrupted;

static void interrupt_message(void *host, uint64_t address, uint32_t data)
{
	/* The unit is locked: the system runs when the call has returned. */
	interrupted = true;
}

/* ...and messages to endpoints.  There is one here. */
static void invalidated(void *opaque,
			const struct vtd_device_tlb_invalidation *request)
{
	vtd_unit_device_tlb_complete(unit, request->sid,
				     UINT32_C(1) << request->itag, 1);
}

/* One for each ITag of the unit. */
static struct vtd_atc_invalidation invalidation[32];

static int invalidate(void *host,
		      const struct vtd_device_tlb_invalidation *request)
{
	printf("invalidation of %#" PRIx64 "\n", request->first);
	invalidation[request->itag].done = invalidated;
	vtd_endpoint_invalidate(ep, request, &invalidation[request->itag]);
	return 0;
}

static void respond(void *host, const struct vtd_page_group_response *response)
{
	vtd_endpoint_response(ep, response);
}

static const struct vtd_host_ops host_ops = {
	.size = sizeof(host_ops),
	.memory_read = memory_read,
	.memory_write = memory_write,
	.memory_compare_exchange = memory_compare_exchange,
	.interrupt_message = interrupt_message,
	.device_tlb_invalidate = invalidate,
	.page_group_response = respond,
};

/* What the endpoint asks of its bus. */
static void translate(void *bus, const struct vtd_request *request,
		      struct vtd_translation *result)
{
	vtd_unit_translate(unit, request, result);
}

static void request_page(void *bus, const struct vtd_page_request *request)
{
	vtd_unit_page_request(unit, request);
	if (!interrupted)
		return;
	interrupted = false;
	printf("page request\n");
	os_page_request(unit);
}

static const struct vtd_endpoint_ops ep_ops = {
	.size = sizeof(ep_ops),
	.translation_request = translate,
	.page_request = request_page,
};

/* The device's work. */
static void device_write(uint64_t address, char byte)
{
	const struct vtd_endpoint_access access = {
		.address = address,
		.access = VTD_ACCESS_WRITE,
		.pasid_present = true,
		.pasid = OS_PASID,
	};
	struct vtd_endpoint_mapping mapping;

	if (vtd_endpoint_access_begin(ep, &access, &mapping) != VTD_ENDPOINT_OK)
		return;
	((char *)ram)[mapping.address] = byte;
	vtd_endpoint_access_end(ep, &mapping);
	printf("%#" PRIx64 " is at %#" PRIx64 "\n", address, mapping.address);
}

int main(void)
{
	struct vtd_endpoint_config ep_config;
	struct vtd_config config;

	vtd_config_init(&config);
	vtd_endpoint_config_init(&ep_config);
	ep_config.sid = OS_SID;
	if (vtd_unit_create(&config, &host_ops, NULL, &unit) != 0 ||
	    vtd_endpoint_create(&ep_config, &ep_ops, NULL, &ep) != 0)
		return 1;
	os_boot(unit);
	/* What a driver sets in the device's configuration space. */
	vtd_endpoint_pasid_control(ep, true, false);
	vtd_endpoint_ats_control(ep, true, 0);
	vtd_endpoint_pri_allocation(ep, 32);
	vtd_endpoint_pri_control(ep, true, false);

	device_write(0x7123, 'a');
	device_write(0x7124, 'b');
	os_unmap(unit, 0x7000);
	device_write(0x7125, 'c');
	vtd_endpoint_destroy(ep);
	vtd_unit_destroy(unit);
	return 0;
}
