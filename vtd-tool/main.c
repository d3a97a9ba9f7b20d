/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include <vtd/version.h>

#include "tool.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
} commands[] = {
	{ "decode", cmd_decode, "say what a kernel log means" },
	{ "dump", cmd_dump, "list who has entries, and mappings" },
	{ "explain", cmd_explain, "look a request up in an image of memory" },
	{ "regs", cmd_regs, "take register values apart" },
	{ "replay", cmd_replay, "play a recording of a unit, and compare" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void usage(FILE *to)
{
	fputs("usage: vtd COMMAND [OPTION...] [ARGUMENT...]\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].text);
	fputs("vtd COMMAND --help says more, the page vtd(1) all.\n", to);
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("vtd %s, libvtd %s\n", VTD_VERSION, vtd_version());
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	complain("there is no command '%s'", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("the output could not be written");
		return EXIT_NOTHING;
	}
	return status;
}
