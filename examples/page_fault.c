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

#include <vtd/kit/link.h>
#include <vtd/vtd.h>

#include "toy_os.h"

static struct vtd_kit_host host;
static struct vtd_kit_link device;

/* Somebody has asked for a page: this system answers at once. */
static void requested(struct vtd_kit_link *from,
		      const struct vtd_page_request *request)
{
	printf("page request\n");
	os_page_request();
}

/* Instead of delivery by the host, to have a look. */
static int invalidate(struct vtd_kit_host *from,
		      const struct vtd_device_tlb_invalidation *request)
{
	printf("invalidation of %#" PRIx64 "\n", request->first);
	return vtd_kit_link_invalidate(&device, request);
}

/* The device's work. */
static void device_write(uint64_t address, char byte)
{
	struct vtd_endpoint_access access = {
		.address = address,
		.access = VTD_ACCESS_WRITE,
		.pasid_present = true,
		.pasid = OS_PASID,
	};
	struct vtd_endpoint_mapping mapping;

	if (vtd_endpoint_access_begin(device.endpoint, &access, &mapping) !=
	    VTD_ENDPOINT_OK)
		return;
	((char *)host.ram)[mapping.address] = byte;
	vtd_endpoint_access_end(device.endpoint, &mapping);
	printf("%#" PRIx64 " is at %#" PRIx64 "\n", address, mapping.address);
}

int main(void)
{
	struct vtd_endpoint_config endpoint_config;
	struct vtd_config config;
	struct vtd_unit *unit;

	vtd_config_init(&config);
	vtd_endpoint_config_init(&endpoint_config);
	endpoint_config.sid = OS_SID;
	if (vtd_kit_host_init(&host, 1 << 20) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0 ||
	    vtd_kit_host_connect(&host, &device, &endpoint_config) != 0)
		return 1;
	device.on_page_request = requested;
	host.on_invalidation = invalidate;
	os_boot(&host);
	vtd_kit_link_enable(&device, 32);

	device_write(0x7123, 'a');
	device_write(0x7124, 'b');
	os_unmap(0x7000);
	device_write(0x7125, 'c');
	vtd_kit_host_disconnect(&host, &device);
	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
