/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ask why a request fails.
 *
 * The tables have a fault that is not in the entry of the page: the entry above
 * it forbids writing.  The program prints every structure on the way, its fields
 * that are not 0, and the rights that are left; the structure at fault has a
 * star, and the bits that are wrong.
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

/* Legacy mode, four levels: 7000h becomes d000h, and the fault. */
static uint64_t write_tables(void)
{
	uint64_t root = vtd_kit_tables_page(&tables);
	struct vtd_kit_page_table table;
	const struct vtd_kit_translation translation = {
		.second_stage = &table,
		.did = 1,
	};

	vtd_kit_page_table_init(&table, &tables, VTD_KIT_SECOND_STAGE, 4);
	vtd_kit_page_table_map(&table, 0x7000, 0xd000, 12, VTD_SS_R | VTD_SS_W);
	vtd_kit_context_set(&tables, root, DEVICE, &translation, false);
	vtd_kit_tables_change(&tables,
			      vtd_kit_page_table_entry(&table, 0x7000, 2), 0,
			      VTD_SS_W);
	return root;
}

static void print_fields(const struct vtd_step *step)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = vtd_structure_fields(step->structure, step->level,
					    step->word, field, VTD_FIELDS_MAX);

	for (size_t i = 0; i < count; i++)
		if (field[i].value != 0)
			printf(" %s=%#" PRIx64, field[i].name, field[i].value);
	if (step->level != 0)
		printf(", rights %s%s",
		       step->rights & VTD_ACCESS_READ ? "R" : "",
		       step->rights & VTD_ACCESS_WRITE ? "W" : "");
}

static void print_step(const struct vtd_step *step, int at_fault)
{
	printf("%c %s", at_fault ? '*' : ' ',
	       vtd_structure_name(step->structure));
	if (step->level != 0)
		printf(" %u", step->level);
	printf(" at %#" PRIx64 ":", step->address);
	if (step->words == 0)
		printf(" cannot be read");
	else
		print_fields(step);
	for (int i = 0; i < step->words; i++)
		if (step->error[i] != 0)
			printf(", wrong in word %d: %#" PRIx64, i,
			       step->error[i]);
	printf("\n");
}

static void explain(struct vtd_unit *unit, const struct vtd_request *request)
{
	struct vtd_step step[VTD_STEPS_MAX];
	struct vtd_explanation why;

	vtd_unit_explain(unit, request, &why, step, VTD_STEPS_MAX);
	for (uint32_t i = 0; i < why.steps; i++)
		print_step(&step[i], i == why.fault_step);
	printf("%s: %s\n", vtd_condition_name(why.result.condition),
	       vtd_condition_text(why.result.condition));
	if (why.recording == VTD_RECORDING_RECORDED)
		printf("recorded as fault reason %02xh\n",
		       vtd_condition_code(why.result.condition));
}

int main(void)
{
	const struct vtd_request request = {
		.sid = DEVICE,
		.type = VTD_AT_UNTRANSLATED,
		.access = VTD_ACCESS_WRITE,
		.address = 0x7123,
	};
	struct vtd_config config;
	struct vtd_unit *unit;

	vtd_config_init(&config);
	if (vtd_kit_host_init(&host, 1 << 20) != 0 ||
	    vtd_kit_unit_create(&config, &host, &unit) != 0)
		return 1;
	vtd_kit_tables_init(&tables, &host, 0x10000);
	vtd_kit_enable(&queue, unit, &tables, write_tables(), VTD_TTM_LEGACY);

	explain(unit, &request);
	vtd_unit_destroy(unit);
	vtd_kit_host_destroy(&host);
	return 0;
}
