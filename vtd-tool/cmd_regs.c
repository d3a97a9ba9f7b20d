/* SPDX-License-Identifier: BSD-3-Clause */
/* vtd regs: registers and their fields. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "json.h"
#include "text.h"
#include "tool.h"

static const char help[] =
	"usage: vtd regs [--json] [--all] [NAME=VALUE | FILE]...\n"
	"Takes register values apart: CAP=d2008c40660462 on the command line, or\n"
	"the text of /sys/kernel/debug/iommu/intel/iommu_regset, a dmesg, or a saved\n"
	"state of a unit in a file (- is stdin).  Values are hexadecimal.\n"
	"  --all   fields that are 0, too\n"
	"  --json  for programs\n";

static bool take_file(struct regsets *sets, const char *path)
{
	size_t size;
	char *text = read_file(path, &size);

	if (text == NULL)
		return false;
	if (is_state(text, size))
		regsets_take_state(sets, text, size);
	else
		regsets_take_text(sets, text, size);
	free(text);
	return true;
}

static bool take_argument(struct regsets *sets, const char *argument)
{
	const char *equals = strchr(argument, '=');
	char name[16];
	uint64_t value;

	if (equals == NULL)
		return take_file(sets, argument);
	if (equals - argument >= (ptrdiff_t)sizeof(name)) {
		complain("there is no register '%.*s'",
			 (int)(equals - argument), argument);
		return false;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(equals - argument),
		 argument);
	if (!parse_hex(equals + 1, &value)) {
		complain("'%s' is no hexadecimal number of 64 bits",
			 equals + 1);
		return false;
	}
	if (!regsets_add(sets, name, value)) {
		complain("there is no register '%s'", name);
		return false;
	}
	return true;
}

static void show(const struct regset *set, const struct fields_style *style)
{
	if (style->json) {
		json_open(NULL, '{');
		json_string("unit", set->unit);
		if (set->has_base)
			json_hex("base", set->base);
	} else if (set->unit[0] != '\0') {
		printf("%s at 0x%" PRIx64 "\n", set->unit, set->base);
	}
	fields_show(set, style);
	fields_show_differences(set, style);
	if (style->json)
		json_close();
}

static int show_all(const struct regsets *sets,
		    const struct fields_style *style)
{
	unsigned int values = 0;

	if (style->json) {
		json_open(NULL, '{');
		json_open("units", '[');
	}
	for (unsigned int i = 0; i < sets->count; i++) {
		values += sets->set[i].count;
		if (sets->set[i].count != 0)
			show(&sets->set[i], style);
	}
	if (style->json) {
		json_close();
		json_close();
	}
	if (sets->unknown + sets->dropped != 0)
		complain("%u registers are not known, %u are too many",
			 sets->unknown, sets->dropped);
	if (values == 0)
		complain("there are no registers in it");
	return values == 0 ? EXIT_NOTHING : EXIT_DONE;
}

int cmd_regs(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	static struct regsets sets;
	struct fields_style style = { .json = false };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			style.all = true;
			break;
		case 'j':
			style.json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			fputs(help, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	for (int i = optind; i < argc; i++)
		if (!take_argument(&sets, argv[i]))
			return EXIT_NOTHING;
	return show_all(&sets, &style);
}
