/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit_options.h"

#include <stdio.h>

#include "text.h"
#include "tool.h"

static bool take_register(const char *text, bool *has, uint64_t *value)
{
	*has = parse_hex(text, value);
	return *has;
}

static bool take_width(struct unit_options *options, const char *text)
{
	uint64_t value;

	if (!parse_count(text, &value) || value < 32 || value > 52)
		return false;
	options->source.host_address_width = (unsigned int)value;
	return true;
}

static bool take_from(struct unit_options *options, const char *text)
{
	if (options->froms == UNIT_FILES_MAX)
		return false;
	options->from[options->froms++] = text;
	return true;
}

/* False: the option is none of these, or its value cannot be. */
static bool take(struct unit_options *options, int option, const char *text)
{
	struct machine_source *source = &options->source;

	switch (option) {
	case OPTION_IMAGE:
		return image_add_file(&options->image, text);
	case OPTION_FROM:
		return take_from(options, text);
	case OPTION_UNIT:
		options->unit = text;
		return true;
	case OPTION_ROOT:
		return take_register(text, &source->has_root, &source->root);
	case OPTION_IRTA:
		return take_register(text, &source->has_interrupt_table,
				     &source->interrupt_table);
	case OPTION_CAP:
		return take_register(text, &source->has_cap, &source->cap);
	case OPTION_ECAP:
		return take_register(text, &source->has_ecap, &source->ecap);
	case OPTION_WIDTH:
		return take_width(options, text);
	default:
		return false;
	}
}

static bool read_files(struct unit_options *options)
{
	for (unsigned int i = 0; i < options->froms; i++)
		if (!machine_take_file(&options->source, options->from[i],
				       options->unit))
			return false;
	return true;
}

const char *unit_options_lack(const struct unit_options *options,
			      bool interrupts)
{
	if (options->image.segments == 0)
		return "an image of memory is missing: --image FILE";
	if (interrupts && !options->source.has_interrupt_table)
		return "the interrupt table is missing: --irta VALUE, or "
		       "--from a file that has IRTA";
	if (!interrupts && !options->source.has_root)
		return "the root table is missing: --root VALUE, or --from a "
		       "file that has RTADDR (iommu_regset, a saved state)";
	return NULL;
}

/* False: complained. */
static bool take_option(const struct unit_command *command,
			struct unit_options *unit, void *job,
			const struct option *option, const char *text)
{
	bool taken = option->val >= OPTION_IMAGE ?
			     take(unit, option->val, text) :
			     command->take(job, option->val, text);

	if (!taken)
		complain("--%s cannot be '%s'", option->name, text);
	return taken;
}

/* False: *status is what to return; the help ends it where it stands. */
static bool take_arguments(const struct unit_command *command,
			   struct unit_options *unit, void *job, int argc,
			   char **argv, int *status)
{
	int option;
	int i;

	*status = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "", command->options, &i)) !=
	       -1) {
		if (option == OPTION_HELP) {
			fputs(command->help, stdout);
			*status = EXIT_DONE;
			return false;
		}
		if (option == '?' || !take_option(command, unit, job,
						  &command->options[i], optarg))
			break;
	}
	if (option == -1 && optind == argc)
		return true;
	if (option == -1)
		complain("what is '%s'?", argv[optind]);
	fprintf(stderr, "vtd %s --help says what there is.\n", command->name);
	return false;
}

static int look(const struct unit_command *command, struct unit_options *unit,
		void *job)
{
	struct vtd_unit *machine;
	const char *lacks;
	int status;

	if (!read_files(unit))
		return EXIT_NOTHING;
	lacks = command->lacks(job);
	if (lacks != NULL) {
		complain("%s", lacks);
		return EXIT_USAGE;
	}
	machine = machine_create(&unit->source, &unit->image);
	if (machine == NULL)
		return EXIT_NOTHING;
	status = command->run(job, machine);
	vtd_unit_destroy(machine);
	return status;
}

int unit_command(const struct unit_command *command, struct unit_options *unit,
		 void *job, int argc, char **argv)
{
	int status;

	if (take_arguments(command, unit, job, argc, argv, &status))
		status = look(command, unit, job);
	image_free(&unit->image);
	return status;
}
