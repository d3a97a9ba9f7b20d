/* SPDX-License-Identifier: BSD-3-Clause */
#include "regset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <vtd/capabilities.h>
#include <vtd/spec/regs.h>

#include "text.h"

/* The unit that lines are about; NULL: there is no room for more. */
static struct regset *last_set(struct regsets *sets)
{
	if (sets->count == 0)
		sets->count = 1;
	return &sets->set[sets->count - 1];
}

static struct regset *new_set(struct regsets *sets, const char *unit)
{
	struct regset *set = last_set(sets);
	size_t length = strcspn(unit, ":");

	/* The first one may have been made for what came before its name. */
	if (set->count != 0 || set->unit[0] != '\0' || set->has_base) {
		if (sets->count == REGSETS_MAX) {
			sets->dropped++;
			return NULL;
		}
		set = &sets->set[sets->count++];
	}
	if (length >= sizeof(set->unit))
		length = sizeof(set->unit) - 1;
	memcpy(set->unit, unit, length);
	set->unit[length] = '\0';
	return set;
}

static void add(struct regsets *sets, const struct reg_value *value)
{
	struct regset *set = last_set(sets);

	if (set->count < REGSET_VALUES)
		set->reg[set->count++] = *value;
	else
		sets->dropped++;
}

/* "FRCD3.low" is register "FRCD.low", record 3. */
static unsigned int take_record(const char *name, char plain[16])
{
	unsigned int record = 0;
	const char *half = strchr(name, '.');

	if (strncasecmp(name, "FRCD", 4) != 0 || half == NULL ||
	    sscanf(name + 4, "%3u", &record) != 1)
		half = name + 4;
	else
		name = "FRCD";
	snprintf(plain, 16, "%.4s%.11s", name, half);
	return record;
}

bool regsets_add(struct regsets *sets, const char *name, uint64_t value)
{
	struct reg_value reg = { .value = value };
	char plain[16];

	if (strlen(name) >= sizeof(plain) || strlen(name) < 3)
		return false;
	reg.info = vtd_register_by_name(name);
	if (reg.info == NULL && strlen(name) > 4) {
		reg.record = take_record(name, plain);
		reg.info = vtd_register_by_name(plain);
	}
	if (reg.info == NULL)
		return false;
	add(sets, &reg);
	return true;
}

bool is_state(const void *blob, size_t size)
{
	return size >= 4 && memcmp(blob, "VTDS", 4) == 0;
}

void regsets_take_state(struct regsets *sets, const void *blob, size_t size)
{
	const struct vtd_register_info *info;
	struct reg_value reg = { .record = 0 };

	for (size_t i = 0; (info = vtd_register_info(i)) != NULL; i++) {
		bool record = info->offset >= VTD_REG_FRCD;

		reg.info = info;
		for (reg.record = 0; reg.record < (record ? 8 : 1);
		     reg.record++)
			if (vtd_state_register(
				    blob, size,
				    info->offset +
					    reg.record * VTD_REG_FRCD_STRIDE,
				    &reg.value) == 0)
				add(sets, &reg);
	}
}

bool regset_get(const struct regset *set, const char *name, uint64_t *value)
{
	for (unsigned int i = set->count; i-- > 0;)
		if (strcasecmp(set->reg[i].info->name, name) == 0) {
			*value = set->reg[i].value;
			return true;
		}
	return false;
}

/* "IOMMU: dmar0 Register Base Address: fed90000" */
static bool take_unit(struct regsets *sets, char **word, unsigned int words)
{
	struct regset *set;

	if (words < 6 || strcmp(word[0], "IOMMU:") != 0 ||
	    strcmp(word[2], "Register") != 0)
		return false;
	set = new_set(sets, word[1]);
	if (set != NULL)
		set->has_base = parse_hex(word[5], &set->base);
	return true;
}

/* "CAP  0x08  0x00d2008c40660462" */
static bool take_row(struct regsets *sets, char **word, unsigned int words)
{
	uint64_t offset, value;

	if (words != 3 || strncmp(word[1], "0x", 2) != 0 ||
	    strncmp(word[2], "0x", 2) != 0 || !parse_hex(word[1], &offset) ||
	    !parse_hex(word[2], &value))
		return false;
	if (!regsets_add(sets, word[0], value))
		sets->unknown++;
	return true;
}

/* Where a word is; `words`: nowhere. */
static unsigned int find(char **word, unsigned int words, const char *key)
{
	unsigned int i = 0;

	while (i < words && strcmp(word[i], key) != 0)
		i++;
	return i;
}

static const char *word_after(char **word, unsigned int words, const char *key)
{
	unsigned int i = find(word, words, key);

	return i + 1 < words ? word[i + 1] : NULL;
}

/* "ver 1:0" */
static void take_version(struct regsets *sets, const char *text)
{
	unsigned int major, minor;

	if (text != NULL && sscanf(text, "%2u:%2u", &major, &minor) == 2 &&
	    major < 16 && minor < 16)
		regsets_add(sets, "VER", major << 4 | minor);
}

/* "dmar0: reg_base_addr fed90000 ver 1:0 cap d2008c40660462 ecap f050da", and
 * "cap = c0000020660462 ecap = f0101a" of Xen. */
static bool take_capabilities(struct regsets *sets, char **word,
			      unsigned int words)
{
	const char *cap = word_after(word, words, "cap");
	const char *ecap = word_after(word, words, "ecap");
	const char *base = word_after(word, words, "reg_base_addr");
	unsigned int at = find(word, words, "reg_base_addr");
	uint64_t value[2];
	struct regset *set;

	if (cap == NULL || ecap == NULL || !parse_hex(cap, &value[0]) ||
	    !parse_hex(ecap, &value[1]))
		return false;
	set = new_set(sets, base != NULL && at > 0 ? word[at - 1] : "");
	if (set == NULL)
		return true;
	if (base != NULL)
		set->has_base = parse_hex(base, &set->base);
	take_version(sets, word_after(word, words, "ver"));
	regsets_add(sets, "CAP", value[0]);
	regsets_add(sets, "ECAP", value[1]);
	return true;
}

/* "DMAR: Host address width 39" */
static bool take_width(struct regsets *sets, char **word, unsigned int words)
{
	const char *width = word_after(word, words, "width");
	uint64_t value;

	if (width == NULL || words < 4 ||
	    strcmp(word[words - 4], "Host") != 0 ||
	    !parse_count(width, &value) || value > 64)
		return false;
	sets->host_address_width = (unsigned int)value;
	return true;
}

/* NAME=VALUE, which has become two words. */
static bool take_pair(struct regsets *sets, char **word, unsigned int words)
{
	uint64_t value;

	return words == 2 && parse_hex(word[1], &value) &&
	       regsets_add(sets, word[0], value);
}

void regsets_take_text(struct regsets *sets, const char *text, size_t size)
{
	char line[LINE_MAX_LENGTH];
	char *word[WORDS_MAX];
	size_t at = 0;

	while (next_line(text, size, &at, line)) {
		unsigned int words = split_words(line, word);

		if (!take_unit(sets, word, words) &&
		    !take_row(sets, word, words) &&
		    !take_capabilities(sets, word, words) &&
		    !take_width(sets, word, words))
			take_pair(sets, word, words);
	}
}
