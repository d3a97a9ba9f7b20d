/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device with a translation cache: it asks once, and gives up what it has when
 * the system takes the page back.
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
static struct vtd_kit_link device;

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
	vtd_kit_page_table_map(&pages, 0x7000, 0xd000, 12,
			       VTD_FS_P | VTD_FS_RW | VTD_FS_US);
}

/* Take the page back: the unit's caches, then the device's. */
static bool unmap(void)
{
	const struct vtd_kit_descriptor descriptors[] = {
		vtd_kit_pasid_iotlb_pages(DOMAIN, PASID, 0x7000, 12),
		vtd_kit_pasid_device_tlb(DEVICE, PASID, 0x7000, 12),
	};

	vtd_kit_host_set_64(&host, vtd_kit_page_table_entry(&pages, 0x7000, 1),
			    0);
	return vtd_kit_queue_invalidate(&queue, descriptors, 2);
}

int main(void)
{
	const struct vtd_endpoint_access access = {
		.address = 0x7123,
		.access = VTD_ACCESS_WRITE,
		.pasid_present = true,
		.pasid = PASID,
	};
	struct vtd_endpoint_config ep_config;
	struct vtd_endpoint_counters counters;
	struct vtd_endpoint_mapping mapping;
	struct vtd_config config;
	struct vtd_unit *unit;

	vtd_config_init(&config);
	vtd_endpoint_config_init(&ep_config);
	ep_config.sid = DEVICE;
	if (vtd_kit_host_init(&host, RAM_SIZE) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0 ||
	    vtd_kit_host_connect(&host, &device, &ep_config) != 0)
		return 1;
	start();
	vtd_kit_link_enable(&device, 0);

	for (int i = 0; i < 3; i++) {
		if (vtd_endpoint_access_begin(device.endpoint, &access,
					      &mapping) != VTD_ENDPOINT_OK)
			return 1;
		if (i < 2)
			vtd_endpoint_access_end(device.endpoint, &mapping);
	}
	vtd_endpoint_counters(device.endpoint, &counters, sizeof(counters));
	printf("at %#" PRIx64 ", asked %" PRIu64 " time\n", mapping.address,
	       counters.translation_requests);

	printf("taken back: %d\n", unmap());
	vtd_endpoint_access_end(device.endpoint, &mapping);
	printf("taken back when the access has ended: %d\n",
	       vtd_kit_queue_is_done(&queue));
	printf("refused: %d\n",
	       vtd_endpoint_access_begin(device.endpoint, &access, &mapping) ==
		       VTD_ENDPOINT_REFUSED);

	vtd_kit_host_disconnect(&host, &device);
	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
