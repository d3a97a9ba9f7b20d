/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Translate one address.
 *
 * The program writes translation tables for one device, as a guest's operating
 * system does, tells the unit where they are, and turns translation on.  Then
 * device 00:03.0 makes two requests.  Memory and the rest of the host are
 * libvtd-kit's; vmm_host.c has a host of its own.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vtd/kit/driver.h>
#include <vtd/kit/host.h>
#include <vtd/kit/tables.h>
#include <vtd/vtd.h>

#define DEVICE 0x0018 /* source-id: bus 0, device 3, function 0 */

static struct vtd_kit_host host;
static struct vtd_kit_tables tables;
static struct vtd_kit_queue queue;

/* Legacy mode, four levels: 7000h becomes d000h, read-only. */
static uint64_t write_tables(void)
{
	uint64_t root = vtd_kit_tables_page(&tables);
	struct vtd_kit_page_table table;
	const struct vtd_kit_translation translation = {
		.second_stage = &table,
		.did = 1,
	};

	vtd_kit_page_table_init(&table, &tables, VTD_KIT_SECOND_STAGE, 4);
	vtd_kit_page_table_map(&table, 0x7000, 0xd000, 12, VTD_SS_R);
	vtd_kit_context_set(&tables, root, DEVICE, &translation, false);
	return root;
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
	if (vtd_kit_host_init(&host, 1 << 20) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0)
		return 1;
	vtd_kit_tables_init(&tables, &host, 0x10000);
	vtd_kit_enable(&queue, unit, &tables, write_tables(), VTD_TTM_LEGACY);

	access_memory(unit, VTD_ACCESS_READ);
	access_memory(unit, VTD_ACCESS_WRITE);
	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
