/* SPDX-License-Identifier: BSD-3-Clause */
/* The options that say which unit and which memory is meant. */
#ifndef VTD_TOOL_UNIT_OPTIONS_H
#define VTD_TOOL_UNIT_OPTIONS_H

#include <getopt.h>

#include "machine.h"

#define UNIT_FILES_MAX 16

struct unit_options {
	struct image image;
	struct machine_source source;
	const char *unit;
	const char *from[UNIT_FILES_MAX];
	unsigned int froms;
};

/* Values of getopt_long(), apart from those of subcommands. */
enum {
	OPTION_IMAGE = 1000,
	OPTION_FROM,
	OPTION_UNIT,
	OPTION_ROOT,
	OPTION_IRTA,
	OPTION_CAP,
	OPTION_ECAP,
	OPTION_WIDTH,
	OPTION_HELP,
};

/* Rows of a table of struct option. */
#define UNIT_OPTIONS                                                \
	{ "image", required_argument, NULL, OPTION_IMAGE },         \
		{ "from", required_argument, NULL, OPTION_FROM },   \
		{ "unit", required_argument, NULL, OPTION_UNIT },   \
		{ "root", required_argument, NULL, OPTION_ROOT },   \
		{ "irta", required_argument, NULL, OPTION_IRTA },   \
		{ "cap", required_argument, NULL, OPTION_CAP },     \
		{ "ecap", required_argument, NULL, OPTION_ECAP },   \
		{ "help", no_argument, NULL, OPTION_HELP },         \
	{                                                           \
		"host-width", required_argument, NULL, OPTION_WIDTH \
	}

#define UNIT_OPTIONS_HELP                                                         \
	"The unit and its memory:\n"                                              \
	"  --image FILE[@ADDRESS]  an ELF core, or raw memory from ADDRESS (0)\n" \
	"                     on; more than once\n"                               \
	"  --from FILE        registers: iommu_regset, a kernel log, a saved\n"   \
	"                     state; more than once, what came first holds\n"     \
	"  --unit NAME        which unit of these files, \"dmar0\"\n"             \
	"  --root VALUE       RTADDR, with its mode in bits 11:10\n"              \
	"  --irta VALUE       IRTA\n"                                             \
	"  --cap VALUE, --ecap VALUE, --host-width BITS\n"

/* A subcommand that looks at such a unit, and what it has of its own. */
struct unit_command {
	const char *name;
	const char *help;
	const struct option *options;
	/* An option of its own.  False: its value cannot be. */
	bool (*take)(void *job, int option, const char *text);
	/* What is missing for this job, in words; NULL: nothing. */
	const char *(*lacks)(const void *job);
	/* The rest, with a unit.  Returns an exit status. */
	int (*run)(void *job, struct vtd_unit *unit);
};

/* All of it: arguments, help, files, the unit, run(), and the end.  `unit` is that of
 * the job.  Returns an exit status. */
int unit_command(const struct unit_command *command, struct unit_options *unit,
		 void *job, int argc, char **argv);

/* What nothing can be said without, in words; NULL: all is there. */
const char *unit_options_lack(const struct unit_options *options,
			      bool interrupts);

#endif /* VTD_TOOL_UNIT_OPTIONS_H */
