/* SPDX-License-Identifier: BSD-3-Clause */
#include "steps.h"

#include <inttypes.h>
#include <stdio.h>

#include "json.h"

void rights_text(uint8_t rights, char text[4])
{
	snprintf(text, 4, "%s%s%s", rights & VTD_ACCESS_READ ? "r" : "",
		 rights & VTD_ACCESS_WRITE ? "w" : "", rights == 0 ? "-" : "");
}

/* "second-stage entry, level 3, for level 2 of the first stage" */
static void name_step(const struct vtd_step *step, char *text, size_t size)
{
	int at =
		snprintf(text, size, "%s", vtd_structure_name(step->structure));

	if (step->level != 0 && at > 0 && (size_t)at < size)
		at += snprintf(text + at, size - (size_t)at, ", level %u",
			       step->level);
	if (step->for_level != 0 && at > 0 && (size_t)at < size)
		snprintf(text + at, size - (size_t)at,
			 ", for level %u of the first stage", step->for_level);
}

static bool is_paging(const struct vtd_step *step)
{
	return step->structure == VTD_STRUCTURE_FIRST_STAGE_ENTRY ||
	       step->structure == VTD_STRUCTURE_SECOND_STAGE_ENTRY;
}

static size_t fields_of(const struct vtd_step *step,
			struct vtd_structure_field field[VTD_FIELDS_MAX])
{
	size_t count = vtd_structure_fields(step->structure, step->level,
					    step->word, field, VTD_FIELDS_MAX);

	return count < VTD_FIELDS_MAX ? count : VTD_FIELDS_MAX;
}

/* Fields that are not 0, and those with bits in error. */
static void show_fields(const struct vtd_step *step)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = fields_of(step, field);

	fputs("      ", stdout);
	for (size_t i = 0; i < count; i++)
		if (field[i].value != 0 ||
		    (step->error[field[i].word] & field[i].mask) != 0)
			printf(" %s=0x%" PRIx64, field[i].name, field[i].value);
	if (is_paging(step)) {
		char rights[4];

		rights_text(step->rights, rights);
		printf("  (rights left: %s)", rights);
	}
	putchar('\n');
}

/* Names of what is wrong in a word; bits that have no name as they are. */
static void show_error(const struct vtd_step *step)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = fields_of(step, field);

	for (unsigned int w = 0; w < step->words; w++) {
		uint64_t rest = step->error[w];

		if (rest == 0)
			continue;
		fputs("       ^ wrong:", stdout);
		for (size_t i = 0; i < count; i++)
			if (field[i].word == w && (rest & field[i].mask) != 0) {
				printf(" %s=0x%" PRIx64, field[i].name,
				       field[i].value);
				rest &= ~field[i].mask;
			}
		if (rest != 0)
			printf(" bits 0x%" PRIx64 " of word %u", rest, w);
		putchar('\n');
	}
}

static void show_step(const struct vtd_step *step, unsigned int number,
		      bool at_fault)
{
	char name[80];

	name_step(step, name, sizeof(name));
	printf("%s%3u %s", at_fault ? "*" : " ", number, name);
	if (step->guest)
		printf(" at guest-physical 0x%" PRIx64 ", 0x%" PRIx64,
		       step->guest_address, step->address);
	else if (step->address != 0)
		printf(" at 0x%" PRIx64, step->address);
	putchar('\n');
	if (step->words == 0) {
		puts("       cannot be read: there is no memory");
		return;
	}
	fputs("       ", stdout);
	for (unsigned int w = 0; w < step->words; w++)
		printf("%s%016" PRIx64,
		       w != 0 && w % 4 == 0 ? "\n        " : " ",
		       step->word[w]);
	putchar('\n');
	show_fields(step);
	show_error(step);
}

static void step_to_json(const struct vtd_step *step)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = fields_of(step, field);
	char rights[4];

	json_open(NULL, '{');
	json_string("structure", vtd_structure_name(step->structure));
	json_count("level", step->level);
	json_count("for_level", step->for_level);
	json_hex("address", step->address);
	if (step->guest)
		json_hex("guest_address", step->guest_address);
	json_bool("readable", step->words != 0);
	json_open("words", '[');
	for (unsigned int w = 0; w < step->words; w++)
		json_hex(NULL, step->word[w]);
	json_close();
	json_open("error_bits", '[');
	for (unsigned int w = 0; w < step->words; w++)
		json_hex(NULL, step->error[w]);
	json_close();
	rights_text(step->rights, rights);
	if (is_paging(step))
		json_string("rights", rights);
	json_open("fields", '{');
	for (size_t i = 0; step->words != 0 && i < count; i++)
		json_hex(field[i].name, field[i].value);
	json_close();
	json_close();
}

void show_steps(const struct vtd_step *step, uint32_t steps,
		uint32_t fault_step, bool json)
{
	if (json)
		json_open("steps", '[');
	for (uint32_t i = 0; i < steps; i++)
		if (json)
			step_to_json(&step[i]);
		else
			show_step(&step[i], i + 1, i == fault_step);
	if (!json)
		return;
	json_close();
	if (fault_step != VTD_STEP_NONE)
		json_count("fault_step", fault_step);
}
