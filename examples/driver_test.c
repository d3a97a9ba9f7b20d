/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A test of a driver's map() and unmap(), without hardware, a guest, or any
 * table or queue code of its own: libvtd-kit has the machine.  Its last check is
 * for itself: a driver that forgets the translation cache of the device is found.
 */
#include <stdio.h>

#include <vtd/kit/descriptors.h>
#include <vtd/kit/dma.h>
#include <vtd/kit/link.h>

#define DEVICE 0x0018
#define DOMAIN 7

static struct vtd_kit_host host;
static struct vtd_kit_tables tables;
static struct vtd_kit_page_table table;
static struct vtd_kit_queue queue;
static struct vtd_kit_link device;
static int failed;

/* ------------------------------------------- The driver that is tested */

static void driver_map(uint64_t iova, uint64_t page)
{
	vtd_kit_page_table_map(&table, iova, page, 12, VTD_SS_R | VTD_SS_W);
}

static void driver_unmap(uint64_t iova, bool flush_device_tlb)
{
	const struct vtd_kit_descriptor descriptors[] = {
		vtd_kit_iotlb_pages(DOMAIN, iova, 12),
		vtd_kit_device_tlb(DEVICE, iova, 12),
	};

	vtd_kit_tables_change(&tables,
			      vtd_kit_page_table_entry(&table, iova, 1), 0,
			      UINT64_MAX);
	vtd_kit_queue_invalidate(&queue, descriptors, flush_device_tlb ? 2 : 1);
}

/* ------------------------------------------- The machine */

static int machine_start(void)
{
	const struct vtd_kit_translation translation = {
		.second_stage = &table,
		.did = DOMAIN,
	};
	struct vtd_endpoint_config endpoint_config;
	struct vtd_config config;
	struct vtd_unit *unit;
	uint64_t root;

	vtd_config_init(&config);
	vtd_endpoint_config_init(&endpoint_config);
	endpoint_config.sid = DEVICE;
	if (vtd_kit_host_init(&host, 1 << 20) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0 ||
	    vtd_kit_host_connect(&host, &device, &endpoint_config) != 0)
		return -1;
	vtd_kit_tables_init(&tables, &host, 0x10000);
	root = vtd_kit_tables_page(&tables);
	vtd_kit_page_table_init(&table, &tables, VTD_KIT_SECOND_STAGE, 4);
	vtd_kit_context_set(&tables, root, DEVICE, &translation, true);
	vtd_kit_enable(&queue, unit, &tables, root, VTD_TTM_LEGACY);
	vtd_kit_link_enable(&device, 0);
	return 0;
}

static void machine_stop(void)
{
	vtd_kit_host_disconnect(&host, &device);
	vtd_unit_destroy(host.unit);
	vtd_kit_host_destroy(&host);
}

/* Whether the device gets at the page: by its cache, and without. */
static bool cached(uint64_t iova)
{
	struct vtd_endpoint_access access = {
		.address = iova,
		.access = VTD_ACCESS_READ,
	};
	struct vtd_endpoint_mapping mapping;

	if (vtd_endpoint_access_try(device.endpoint, &access, &mapping) !=
	    VTD_ENDPOINT_OK)
		return false;
	vtd_endpoint_access_end(device.endpoint, &mapping);
	return true;
}

static bool readable(uint64_t iova)
{
	struct vtd_kit_dma dma = {
		.unit = host.unit,
		.ops = vtd_kit_host_ops(),
		.host = &host,
		.sid = DEVICE,
	};
	char byte;

	return vtd_kit_dma_read(&dma, iova, &byte, 1) == 0;
}

static void check(const char *what, bool is, bool should)
{
	printf("%s - %s\n", is == should ? "ok" : "not ok", what);
	failed |= is != should;
}

int main(void)
{
	if (machine_start() != 0)
		return 1;
	driver_map(0x7000, 0xd000);
	check("a mapped page is readable", readable(0x7000), true);
	check("a mapped page is cached", cached(0x7000), true);
	driver_unmap(0x7000, true);
	check("an unmapped page is not readable", readable(0x7000), false);
	check("an unmapped page is not cached", cached(0x7000), false);

	driver_map(0x8000, 0xd000);
	cached(0x8000);
	driver_unmap(0x8000, false);
	check("a flush that is forgotten is seen", cached(0x8000), true);
	machine_stop();
	return failed;
}
