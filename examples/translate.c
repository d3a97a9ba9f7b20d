/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Translate one address.
 *
 * The program writes translation tables for one device, as a guest's operating
 * system does, tells the unit where they are, and turns translation on.  Then
 * device 00:03.0 makes two requests.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>
#include <vtd/vtd.h>

#include "ram.h"

#define DEVICE 0x0018 /* source-id: bus 0, device 3, function 0 */

/* Where the tables are; page 0 is left alone. */
enum { ROOT = 1, CONTEXT, LEVEL3, LEVEL2, LEVEL1 };

/* The unit's own interrupts: it has recorded a fault, for example. */
static void interrupt_message(void *host, uint64_t address, uint32_t data)
{
	printf("interrupt: %#" PRIx32 " to %#" PRIx64 "\n", data, address);
}

static const struct vtd_host_ops host_ops = {
	.size = sizeof(host_ops),
	.memory_read = memory_read,
	.memory_write = memory_write,
	.memory_compare_exchange = memory_compare_exchange,
	.interrupt_message = interrupt_message,
};

/* Legacy mode, 39 bits in three levels: 7000h becomes d000h, read-only. */
static void write_tables(void)
{
	ram[ROOT][0] = ADDRESS(CONTEXT) | VTD_ROOT_P;
	ram[CONTEXT][2 * DEVICE] = ADDRESS(LEVEL3) | VTD_CONTEXT0_P;
	ram[CONTEXT][2 * DEVICE + 1] = vtd_field_make(VTD_CONTEXT1_AW, 1);
	ram[LEVEL3][0] = ADDRESS(LEVEL2) | VTD_SS_R | VTD_SS_W;
	ram[LEVEL2][0] = ADDRESS(LEVEL1) | VTD_SS_R | VTD_SS_W;
	ram[LEVEL1][7] = 0xd000 | VTD_SS_R;
}

static void access_memory(struct vtd_unit *unit, enum vtd_access access)
{
	const struct vtd_request request = {
		.sid = DEVICE,
		.type = VTD_AT_UNTRANSLATED,
		.access = access,
		.address = 0x7123,
	};
	struct vtd_translation result;

	vtd_unit_translate(unit, &request, &result);
	printf("%s: ", access == VTD_ACCESS_READ ? "read" : "write");
	if (result.status == VTD_STATUS_SUCCESS)
		printf("at %#" PRIx64 "\n", result.address);
	else
		printf("refused, %s: %s\n",
		       vtd_condition_name(result.condition),
		       vtd_condition_text(result.condition));
}

int main(void)
{
	struct vtd_config config;
	struct vtd_unit *unit;

	vtd_config_init(&config);
	/* Without these a host needs no callbacks for endpoints. */
	config.device_tlb = false;
	config.page_request = false;
	config.no_write_flag = false;
	if (vtd_unit_create(&config, &host_ops, NULL, &unit) != 0)
		return 1;

	write_tables();
	vtd_unit_write(unit, VTD_REG_RTADDR, ADDRESS(ROOT), 8);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_SRTP, 4);
	vtd_unit_write(unit, VTD_REG_GCMD, VTD_GCMD_TE, 4);

	access_memory(unit, VTD_ACCESS_READ);
	access_memory(unit, VTD_ACCESS_WRITE);
	vtd_unit_destroy(unit);
	return 0;
}
