/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables for one device: a page that it may read, and a fault.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vtd/kit/driver.h>
#include <vtd/kit/host.h>
#include <vtd/kit/tables.h>

#define RAM_SIZE (UINT64_C(1) << 20)
#define DEVICE 0x0018 /* source-id: bus 0, device 3, function 0 */

static struct vtd_kit_host host;
static struct vtd_kit_tables tables;
static struct vtd_kit_queue queue;
static struct vtd_unit *unit;

/* What the driver of the unit does when a system starts. */
static void start(void)
{
	struct vtd_kit_translation translation = { .did = 1 };
	struct vtd_kit_page_table pages;
	struct vtd_kit_sm_context context;
	uint64_t root;

	vtd_kit_tables_init(&tables, &host, 0x10000);
	root = vtd_kit_tables_page(&tables);
	context = vtd_kit_sm_context_set(&tables, root, DEVICE, 0);
	vtd_kit_page_table_init(&pages, &tables, VTD_KIT_SECOND_STAGE, 4);
	vtd_kit_page_table_map(&pages, 0x7000, 0xd000, 12, VTD_SS_R);
	translation.second_stage = &pages;
	vtd_kit_pasid_set(&tables, context.dir, 0, &translation);
	vtd_kit_enable(&queue, unit, &tables, root, VTD_TTM_SCALABLE);
}

static void access_memory(enum vtd_access access)
{
	const struct vtd_request request = {
		.sid = DEVICE,
		.type = VTD_AT_UNTRANSLATED,
		.access = access,
		.address = 0x7123,
	};
	struct vtd_translation result;

	vtd_unit_translate(unit, &request, &result);
	if (result.status == VTD_STATUS_SUCCESS)
		printf("%#" PRIx64 " is %#" PRIx64 "\n", request.address,
		       result.address);
	else
		printf("refused: %s (%s)\n",
		       vtd_condition_text(result.condition),
		       vtd_condition_name(result.condition));
}

int main(void)
{
	struct vtd_kit_fault fault;
	struct vtd_config config;

	vtd_config_init(&config);
	if (vtd_kit_host_init(&host, RAM_SIZE) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0)
		return 1;
	start();

	access_memory(VTD_ACCESS_READ);
	access_memory(VTD_ACCESS_WRITE);
	if (vtd_kit_fault_take(unit, &fault))
		printf("recorded: device %04x, address %#" PRIx64
		       ", reason %02xh\n",
		       fault.sid, fault.address, fault.reason);

	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
