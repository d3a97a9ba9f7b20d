/* SPDX-License-Identifier: BSD-3-Clause */
/* vtd decode: what a kernel log says about remapping units. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "json.h"
#include "text.h"
#include "tool.h"
#include "walks.h"

static const char help[] =
	"usage: vtd decode [--json] [FILE | LINE]...\n"
	"Says what the messages of a kernel log about VT-d mean (Linux, Xen), which\n"
	"table entries to look at, and what the likely causes are.  FILE is a dmesg\n"
	"(- or nothing: stdin); an argument with a space in it is a line.\n"
	"  --json  for programs\n";

static struct findings findings;
static struct walks walks;
static struct regsets sets;

static void take_text(const char *text, size_t size)
{
	findings_take_text(&findings, text, size);
	walks_take_text(&walks, text, size);
	regsets_take_text(&sets, text, size);
}

static bool take_argument(const char *argument)
{
	size_t size = strlen(argument);
	char *text;

	if (strchr(argument, ' ') != NULL) {
		take_text(argument, size);
		return true;
	}
	text = read_file(argument, &size);
	if (text == NULL)
		return false;
	take_text(text, size);
	free(text);
	return true;
}

static void show(bool json)
{
	if (json)
		json_open(NULL, '{');
	findings_show(&findings, json);
	walks_show(&walks, &sets, json);
	if (json)
		json_close();
	if (findings.dropped != 0)
		complain("%u messages more, of other kinds, are not shown",
			 findings.dropped);
	if (walks.dropped != 0)
		complain("%u more tables are not shown", walks.dropped);
}

static int decode(int count, char **arguments, bool json)
{
	for (int i = 0; i < count; i++)
		if (!take_argument(arguments[i]))
			return EXIT_NOTHING;
	findings_end(&findings);
	show(json);
	if (findings.count + walks.count == 0)
		complain("there is no message about VT-d in %u lines",
			 findings.lines);
	return findings.count + walks.count == 0 ? EXIT_NOTHING : EXIT_DONE;
}

int cmd_decode(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	char *standard_input[] = { (char[]){ "-" } };
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			fputs(help, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return decode(1, standard_input, json);
	return decode(argc - optind, argv + optind, json);
}
