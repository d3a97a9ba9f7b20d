/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device faults a page in: it asks for a page that is not there, the system
 * maps it and answers, and the access goes on.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vtd/kit/descriptors.h>
#include <vtd/kit/link.h>
#include <vtd/kit/tables.h>

#define RAM_SIZE (UINT64_C(1) << 20)
#define DEVICE 0x0100 /* source-id: bus 1, device 0, function 0 */
#define PASID 5
#define DOMAIN 1

static struct vtd_kit_host host;
static struct vtd_kit_tables tables;
static struct vtd_kit_page_table pages;
static struct vtd_kit_queue queue;
static struct vtd_kit_page_queue requests;
static struct vtd_kit_link device;

/* The system's page request handler: map the page, answer the group.  In a
 * machine an interrupt has it run. */
static void handle_page_request(struct vtd_kit_link *from,
				const struct vtd_page_request *message)
{
	struct vtd_kit_descriptor answer;
	uint64_t request[2];
	uint64_t address;

	if (!vtd_kit_page_queue_take(&requests, request))
		return;
	address = request[1] & VTD_PRD1_ADDRESS;
	printf("page request for %#" PRIx64 "\n", address);
	vtd_kit_page_table_map(&pages, address, vtd_kit_tables_page(&tables),
			       12, VTD_FS_P | VTD_FS_RW | VTD_FS_US);
	answer = vtd_kit_page_group_response(request, VTD_RESPONSE_SUCCESS);
	vtd_kit_queue_invalidate(&queue, &answer, 1);
}

/* One process, with a PASID and first-stage tables. */
static void start(void)
{
	struct vtd_kit_translation translation = {
		.first_stage = &pages,
		.did = DOMAIN,
	};
	struct vtd_kit_sm_context context;
	uint64_t root;

	vtd_kit_tables_init(&tables, &host, 0x10000);
	root = vtd_kit_tables_page(&tables);
	context = vtd_kit_sm_context_set(&tables, root, DEVICE, 0);
	vtd_kit_page_table_init(&pages, &tables, VTD_KIT_FIRST_STAGE, 4);
	vtd_kit_pasid_set(&tables, context.dir, PASID, &translation);
	vtd_kit_enable(&queue, host.unit, &tables, root, VTD_TTM_SCALABLE);
	vtd_kit_page_queue_start(&requests, host.unit, &tables);
}

/* The device writes one word, by the process's own address. */
static void device_write(uint64_t address, uint64_t value)
{
	const struct vtd_endpoint_access access = {
		.address = address,
		.access = VTD_ACCESS_WRITE,
		.pasid_present = true,
		.pasid = PASID,
	};
	struct vtd_endpoint_mapping mapping;

	if (vtd_endpoint_access_begin(device.endpoint, &access, &mapping) !=
	    VTD_ENDPOINT_OK)
		return;
	vtd_kit_host_set_64(&host, mapping.address, value);
	vtd_endpoint_access_end(device.endpoint, &mapping);
	printf("written at %#" PRIx64 "\n", address);
}

int main(void)
{
	struct vtd_endpoint_config ep_config;
	struct vtd_config config;
	struct vtd_unit *unit;

	vtd_config_init(&config);
	vtd_endpoint_config_init(&ep_config);
	ep_config.sid = DEVICE;
	if (vtd_kit_host_init(&host, RAM_SIZE) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0 ||
	    vtd_kit_host_connect(&host, &device, &ep_config) != 0)
		return 1;
	device.on_page_request = handle_page_request;
	start();
	vtd_kit_link_enable(&device, 32);

	device_write(0x7008, 1);
	device_write(0x7010, 2);
	device_write(0x9000, 3);

	vtd_kit_host_disconnect(&host, &device);
	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
