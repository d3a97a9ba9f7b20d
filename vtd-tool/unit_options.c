/* SPDX-License-Identifier: BSD-3-Clause */
#include "unit_options.h"

#include "text.h"

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

bool unit_options_take(struct unit_options *options, int option,
		       const char *text)
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

bool unit_options_read(struct unit_options *options)
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

void unit_options_free(struct unit_options *options)
{
	image_free(&options->image);
}
