/* SPDX-License-Identifier: BSD-3-Clause */
#include "fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vtd/capabilities.h>
#include <vtd/fault.h>
#include <vtd/spec/field.h>
#include <vtd/spec/regs.h>

#include "json.h"
#include "text.h"

/* A condition that has this code; there can be more. */
static const char *reason_text(uint8_t code)
{
	for (unsigned int i = 1; code != 0 && i < VTD_CONDITIONS; i++)
		if (vtd_condition_code((enum vtd_condition)i) == code)
			return vtd_condition_text((enum vtd_condition)i);
	return NULL;
}

/* What a value is called; "" if it has no name. */
static void value_name(const struct vtd_field_info *field, uint64_t value,
		       char *name, size_t size)
{
	const char *known = NULL;

	name[0] = '\0';
	if (field->value != NULL && value < field->values)
		known = field->value[value];
	else if (field->kind == VTD_FIELD_REASON)
		known = reason_text((uint8_t)value);
	if (known != NULL)
		snprintf(name, size, "%s", known);
	else if (field->value != NULL)
		snprintf(name, size, "reserved");
	else if (field->kind == VTD_FIELD_SOURCE_ID)
		snprintf(name, size, "%s", sid_text((uint16_t)value).text);
}

/* An address field is shown where it is, others as numbers. */
static uint64_t value_of(const struct vtd_field_info *field, uint64_t word)
{
	return field->kind == VTD_FIELD_ADDRESS ?
		       word & field->mask :
		       vtd_field_get(word, field->mask);
}

static void show_field(const struct vtd_field_info *field, uint64_t word,
		       bool json)
{
	uint64_t value = value_of(field, word);
	char name[96];

	value_name(field, value, name, sizeof(name));
	if (!json) {
		printf("    %-8s 0x%-6" PRIx64 " %s%s%s\n", field->name, value,
		       field->text, name[0] != '\0' ? ": " : "", name);
		return;
	}
	json_open(NULL, '{');
	json_string("name", field->name);
	json_hex("value", value);
	json_string("text", field->text);
	if (name[0] != '\0')
		json_string("meaning", name);
	json_close();
}

static uint64_t unnamed_bits(const struct reg_value *reg)
{
	uint64_t bits = reg->value;

	for (size_t i = 0; i < reg->info->fields; i++)
		bits &= ~reg->info->field[i].mask;
	return reg->info->fields != 0 ? bits : 0;
}

static void register_name(const struct reg_value *reg, char name[16])
{
	if (reg->info->offset >= VTD_REG_FRCD)
		snprintf(name, 16, "FRCD%u%s", reg->record,
			 reg->info->name + 4);
	else
		snprintf(name, 16, "%s", reg->info->name);
}

static void show_fields(const struct reg_value *reg,
			const struct fields_style *style)
{
	for (size_t i = 0; i < reg->info->fields; i++)
		if (style->all || (reg->value & reg->info->field[i].mask) != 0)
			show_field(&reg->info->field[i], reg->value,
				   style->json);
}

static void show_register(const struct reg_value *reg,
			  const struct fields_style *style)
{
	uint64_t unnamed = unnamed_bits(reg);
	char name[16];

	register_name(reg, name);
	if (style->json) {
		json_open(NULL, '{');
		json_string("name", name);
		json_hex("value", reg->value);
		json_string("text", reg->info->text);
		json_hex("reserved_bits", unnamed);
		json_open("fields", '[');
		show_fields(reg, style);
		json_close();
		json_close();
		return;
	}
	printf("%-9s 0x%0*" PRIx64 "  %s\n", name, (int)reg->info->size * 2,
	       reg->value, reg->info->text);
	show_fields(reg, style);
	if (unnamed != 0)
		printf("    %-8s 0x%-6" PRIx64
		       " bits that the specification reserves\n",
		       "?", unnamed);
}

void fields_show(const struct regset *set, const struct fields_style *style)
{
	if (style->json)
		json_open("registers", '[');
	for (unsigned int i = 0; i < set->count; i++)
		show_register(&set->reg[i], style);
	if (style->json)
		json_close();
}

static void show_difference(const struct vtd_capability_difference *d,
			    bool json)
{
	const char *field = d->field != NULL ? d->field->name : "reserved";
	const char *text = d->field != NULL ?
				   d->field->text :
				   "bits that the specification reserves";

	if (!json) {
		printf("    %s.%s: 0x%" PRIx64 ", in libvtd 0x%" PRIx64
		       " (%s)\n",
		       d->reg->name, field, d->asked, d->modelled, text);
		return;
	}
	json_open(NULL, '{');
	json_string("register", d->reg->name);
	json_string("field", field);
	json_string("text", text);
	json_hex("value", d->asked);
	json_hex("libvtd", d->modelled);
	json_close();
}

#define DIFFERENCES_MAX 80

void fields_show_differences(const struct regset *set,
			     const struct fields_style *style)
{
	struct vtd_capability_difference differ[DIFFERENCES_MAX];
	struct vtd_config config;
	uint64_t cap, ecap;
	int count;

	if (!regset_get(set, "CAP", &cap) || !regset_get(set, "ECAP", &ecap))
		return;
	vtd_config_init(&config);
	count = vtd_config_from_capabilities(cap, ecap, &config, differ,
					     DIFFERENCES_MAX);
	if (style->json)
		json_open("not_modelled", '[');
	else if (count == 0)
		puts("libvtd can model this unit as it is.");
	else
		puts("What libvtd models differently:");
	for (int i = 0; i < count && i < DIFFERENCES_MAX; i++)
		show_difference(&differ[i], style->json);
	if (style->json)
		json_close();
}
