/* SPDX-License-Identifier: BSD-3-Clause */
#include "dump_interrupts.h"

#include <inttypes.h>
#include <stdio.h>

#include <vtd/dump.h>
#include <vtd/explain.h>

#include "json.h"

#define LIST_MAX 64

static size_t fields_of(const struct vtd_dump_interrupt *interrupt,
			struct vtd_structure_field *field)
{
	size_t count = vtd_structure_fields(VTD_STRUCTURE_INTERRUPT_ENTRY, 0,
					    interrupt->entry, field,
					    VTD_FIELDS_MAX);

	return count < VTD_FIELDS_MAX ? count : VTD_FIELDS_MAX;
}

static void show_fields(const struct vtd_dump_interrupt *interrupt, bool json)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = fields_of(interrupt, field);

	for (size_t i = 0; i < count; i++)
		if (json)
			json_hex(field[i].name, field[i].value);
		else if (field[i].value != 0)
			printf(" %s=0x%" PRIx64, field[i].name, field[i].value);
}

static void show_text(const struct vtd_dump_interrupt *interrupt)
{
	printf("0x%x: ", interrupt->index);
	if (interrupt->condition != VTD_CONDITION_NONE)
		printf("blocked, %s: %s;",
		       vtd_condition_name(interrupt->condition),
		       vtd_condition_text(interrupt->condition));
	else if (interrupt->posted)
		fputs("posted;", stdout);
	else
		printf("0x%x to 0x%" PRIx64 ";", interrupt->data,
		       interrupt->address);
	show_fields(interrupt, false);
	putchar('\n');
}

static void show_json(const struct vtd_dump_interrupt *interrupt)
{
	json_open(NULL, '{');
	json_hex("index", interrupt->index);
	json_string("condition", vtd_condition_name(interrupt->condition));
	json_bool("posted", interrupt->posted);
	if (interrupt->condition == VTD_CONDITION_NONE && !interrupt->posted) {
		json_hex("address", interrupt->address);
		json_hex("data", interrupt->data);
	}
	json_open("words", '[');
	json_hex(NULL, interrupt->entry[0]);
	json_hex(NULL, interrupt->entry[1]);
	json_close();
	json_open("fields", '{');
	show_fields(interrupt, true);
	json_close();
	json_close();
}

/* Those that the image does not have are none: it says so for all of them. */
static bool show(const struct vtd_dump_interrupt *interrupt, bool json)
{
	if (interrupt->condition == VTD_IR_23)
		return false;
	if (json)
		show_json(interrupt);
	else
		show_text(interrupt);
	return true;
}

uint64_t dump_interrupts(struct vtd_unit *unit, uint64_t limit, bool json)
{
	struct vtd_dump_interrupt list[LIST_MAX];
	uint64_t shown = 0;
	uint32_t next = 0;

	if (json)
		json_open("interrupts", '[');
	while (next != VTD_DUMP_END && shown < limit) {
		uint64_t left = limit - shown;
		size_t count = vtd_unit_dump_interrupts(
			unit, &next, list,
			left < LIST_MAX ? (size_t)left : LIST_MAX);

		for (size_t i = 0; i < count; i++)
			shown += show(&list[i], json);
	}
	if (json) {
		json_close();
		json_bool("complete", next == VTD_DUMP_END);
	} else if (next != VTD_DUMP_END) {
		printf("... and on from 0x%x\n", next);
	}
	return shown;
}
