/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Invalidate, and wait for DMA in flight.
 *
 * The guest moves a page from d000h to e000h while device 00:03.0 is using it.
 * The host brackets the device's DMA, so that the invalidation wait completes
 * only when the old address is not used any more.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vtd/kit/descriptors.h>
#include <vtd/kit/host.h>
#include <vtd/kit/tables.h>
#include <vtd/vtd.h>

#define DEVICE 0x0018 /* source-id: bus 0, device 3, function 0 */
#define DOMAIN 1

static struct vtd_kit_host host;
static struct vtd_kit_tables tables;
static struct vtd_kit_queue queue;
static struct vtd_kit_page_table table;

static void map(uint64_t page)
{
	vtd_kit_page_table_map(&table, 0x7000, page, 12, VTD_SS_R | VTD_SS_W);
}

static void start(struct vtd_unit *unit)
{
	uint64_t root = vtd_kit_tables_page(&tables);
	const struct vtd_kit_translation translation = {
		.second_stage = &table,
		.did = DOMAIN,
	};

	vtd_kit_page_table_init(&table, &tables, VTD_KIT_SECOND_STAGE, 4);
	vtd_kit_context_set(&tables, root, DEVICE, &translation, false);
	vtd_kit_enable(&queue, unit, &tables, root, VTD_TTM_LEGACY);
}

/* What the device and the guest see at this moment. */
static void show(struct vtd_unit *unit, const char *when)
{
	const struct vtd_request request = {
		.sid = DEVICE,
		.type = VTD_AT_UNTRANSLATED,
		.access = VTD_ACCESS_READ,
		.address = 0x7000,
	};
	struct vtd_translation result;

	vtd_unit_translate(unit, &request, &result);
	printf("%s: 7000h is at %#" PRIx64 ", wait status %" PRIu32 "\n", when,
	       result.address, vtd_kit_host_get_32(&host, queue.status));
}

int main(void)
{
	struct vtd_kit_descriptor descriptor = vtd_kit_iotlb_domain(DOMAIN);
	struct vtd_dma_bracket dma;
	struct vtd_config config;
	struct vtd_unit *unit;

	vtd_config_init(&config);
	if (vtd_kit_host_init(&host, 1 << 20) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0)
		return 1;
	vtd_kit_tables_init(&tables, &host, 0x10000);
	start(unit);
	map(0xd000);

	vtd_unit_dma_begin(unit, &dma);
	show(unit, "mapped");
	map(0xe000);
	vtd_kit_queue_invalidate(&queue, &descriptor, 1);
	show(unit, "invalidated, old DMA in flight");
	vtd_unit_dma_end(unit, &dma);
	show(unit, "old DMA has ended");

	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
