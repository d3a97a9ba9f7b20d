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

#include <vtd/spec/descriptors.h>
#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>
#include <vtd/vtd.h>

#include "ram.h"

#define DEVICE 0x0018 /* source-id: bus 0, device 3, function 0 */

enum { ROOT = 1, CONTEXT, LEVEL3, LEVEL2, LEVEL1, QUEUE, STATUS };

static void interrupt_message(void *host, uint64_t address, uint32_t data)
{
	/* None: the guest polls. */
}

static const struct vtd_host_ops host_ops = {
	.size = sizeof(host_ops),
	.memory_read = memory_read,
	.memory_write = memory_write,
	.memory_compare_exchange = memory_compare_exchange,
	.interrupt_message = interrupt_message,
};

static void map(uint64_t page)
{
	ram[LEVEL1][7] = page | VTD_SS_R | VTD_SS_W;
}

static void start(struct vtd_unit *unit)
{
	ram[ROOT][0] = ADDRESS(CONTEXT) | VTD_ROOT_P;
	ram[CONTEXT][2 * DEVICE] = ADDRESS(LEVEL3) | VTD_CONTEXT0_P;
	ram[CONTEXT][2 * DEVICE + 1] = vtd_field_make(VTD_CONTEXT1_AW, 1);
	ram[LEVEL3][0] = ADDRESS(LEVEL2) | VTD_SS_R | VTD_SS_W;
	ram[LEVEL2][0] = ADDRESS(LEVEL1) | VTD_SS_R | VTD_SS_W;
	vtd_unit_write(unit, VTD_REG_RTADDR, ADDRESS(ROOT), 8);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_SRTP, 4);
	vtd_unit_write(unit, VTD_REG_IQA, ADDRESS(QUEUE), 8);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_QIE, 4);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_QIE | VTD_GCMD_TE, 4);
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
	printf("%s: 7000h is at %#" PRIx64 ", wait status %" PRIu64 "\n", when,
	       result.address, ram[STATUS][0]);
}

/* Invalidate all translations, then wait: status 1 when it is done. */
static void invalidate(struct vtd_unit *unit)
{
	ram[QUEUE][0] = VTD_DESC_IOTLB |
			vtd_field_make(VTD_DESC0_G, VTD_GRANULARITY_GLOBAL);
	ram[QUEUE][1] = 0;
	ram[QUEUE][2] = VTD_DESC_WAIT | VTD_DESC_WAIT0_SW |
			vtd_field_make(VTD_DESC_WAIT0_STATUS_DATA, 1);
	ram[QUEUE][3] = ADDRESS(STATUS);
	vtd_unit_write(unit, VTD_REG_IQT, 2 * 16, 8);
}

int main(void)
{
	struct vtd_dma_bracket dma;
	struct vtd_config config;
	struct vtd_unit *unit;

	vtd_config_init(&config);
	config.device_tlb = false;
	config.page_request = false;
	config.no_write_flag = false;
	if (vtd_unit_create(&config, &host_ops, NULL, &unit) != 0)
		return 1;
	map(0xd000);
	start(unit);

	vtd_unit_dma_begin(unit, &dma);
	show(unit, "mapped");
	map(0xe000);
	invalidate(unit);
	show(unit, "invalidated, old DMA in flight");
	vtd_unit_dma_end(unit, &dma);
	show(unit, "old DMA has ended");

	vtd_unit_destroy(unit);
	return 0;
}
