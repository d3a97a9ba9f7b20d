/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A page moves while a device uses it: the invalidation wait covers the access.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vtd/kit/descriptors.h>
#include <vtd/kit/driver.h>
#include <vtd/kit/host.h>
#include <vtd/kit/tables.h>

#define RAM_SIZE (UINT64_C(1) << 20)
#define DEVICE 0x0018 /* source-id: bus 0, device 3, function 0 */
#define DOMAIN 1

static struct vtd_kit_host host;
static struct vtd_kit_tables tables;
static struct vtd_kit_page_table pages;
static struct vtd_kit_queue queue;
static struct vtd_unit *unit;

static void map(uint64_t output)
{
	vtd_kit_page_table_map(&pages, 0x7000, output, 12, VTD_SS_R | VTD_SS_W);
}

static void start(void)
{
	struct vtd_kit_translation translation = {
		.second_stage = &pages,
		.did = DOMAIN,
	};
	struct vtd_kit_sm_context context;
	uint64_t root;

	vtd_kit_tables_init(&tables, &host, 0x10000);
	root = vtd_kit_tables_page(&tables);
	context = vtd_kit_sm_context_set(&tables, root, DEVICE, 0);
	vtd_kit_page_table_init(&pages, &tables, VTD_KIT_SECOND_STAGE, 4);
	map(0xd000);
	vtd_kit_pasid_set(&tables, context.dir, 0, &translation);
	vtd_kit_enable(&queue, unit, &tables, root, VTD_TTM_SCALABLE);
}

/* Where the page is for the device; 0: nowhere. */
static uint64_t translate(void)
{
	const struct vtd_request request = {
		.sid = DEVICE,
		.type = VTD_AT_UNTRANSLATED,
		.access = VTD_ACCESS_WRITE,
		.address = 0x7000,
	};
	struct vtd_translation result;

	vtd_unit_translate(unit, &request, &result);
	return result.status == VTD_STATUS_SUCCESS ? result.address : 0;
}

/* The driver moves the page; true: no device uses the old one any more. */
static bool move(uint64_t output)
{
	const struct vtd_kit_descriptor descriptor =
		vtd_kit_iotlb_pages(DOMAIN, 0x7000, 12);

	map(output);
	return vtd_kit_queue_invalidate(&queue, &descriptor, 1);
}

int main(void)
{
	struct vtd_dma_bracket dma;
	struct vtd_config config;
	uint64_t address;

	vtd_config_init(&config);
	if (vtd_kit_host_init(&host, RAM_SIZE) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0)
		return 1;
	start();

	vtd_unit_dma_begin(unit, &dma);
	address = translate();
	printf("the device writes to %#" PRIx64 "\n", address);
	printf("moved, wait has completed: %d\n", move(0xe000));
	vtd_kit_host_set_64(&host, address, 1);
	vtd_unit_dma_end(unit, &dma);
	printf("written, wait has completed: %d\n",
	       vtd_kit_queue_is_done(&queue));
	printf("the device would write to %#" PRIx64 "\n", translate());

	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
