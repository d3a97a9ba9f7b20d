/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables of structures and their fields.  SPEC chapter 9. */
#include <string.h>

#include "check.h"

#include <vtd/spec/regs.h>
#include <vtd/spec/tables.h>

static const uint64_t all_ones[VTD_STEP_WORDS] = {
	UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
	UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
};

static void fields_of_a_structure_do_not_overlap(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < VTD_STRUCTURES; i++) {
		struct vtd_structure_field field[VTD_FIELDS_MAX];
		uint64_t seen[VTD_STEP_WORDS] = { 0 };
		/* DST and PDA differ by format: the one with IM=1. */
		size_t count = vtd_structure_fields((enum vtd_structure)i, 2,
						    all_ones, field,
						    VTD_FIELDS_MAX);

		assert_true(count <= VTD_FIELDS_MAX);
		assert_int_equal(count == 0, i == VTD_STRUCTURE_NONE);
		for (size_t j = 0; j < count; j++) {
			assert_true((seen[field[j].word] & field[j].mask) == 0);
			seen[field[j].word] |= field[j].mask;
		}
	}
}

static const struct vtd_structure_field *
find(const struct vtd_structure_field *field, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(field[i].name, name) == 0)
			return &field[i];
	return NULL;
}

static void values_are_numbers_or_addresses(void **state)
{
	const uint64_t entry[VTD_PASID_ENTRY_WORDS] = {
		VTD_PASID0_P | vtd_field_make(VTD_PASID0_PGTT, 3) | 0x123000,
		0x77,
		0x456000 | VTD_PASID2_SRE,
	};
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count;

	(void)state;
	count = vtd_structure_fields(VTD_STRUCTURE_PASID_ENTRY, 0, entry, field,
				     VTD_FIELDS_MAX);
	assert_int_equal(find(field, count, "PGTT")->value, 3);
	assert_int_equal(find(field, count, "DID")->value, 0x77);
	assert_int_equal(find(field, count, "DID")->word, 1);
	assert_int_equal(find(field, count, "SSPTPTR")->value, 0x123000);
	assert_true(find(field, count, "SSPTPTR")->is_address);
	assert_int_equal(find(field, count, "FSPTPTR")->value, 0x456000);
}

static bool has(unsigned int level, uint64_t word, const char *name)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = vtd_structure_fields(VTD_STRUCTURE_FIRST_STAGE_ENTRY,
					    level, &word, field,
					    VTD_FIELDS_MAX);

	return find(field, count, name) != NULL;
}

static void dirty_is_a_field_when_entry_is_a_leaf(void **state)
{
	(void)state;
	assert_true(has(1, VTD_FS_P, "D"));
	assert_true(has(2, VTD_FS_P | VTD_FS_PS, "D"));
	assert_false(has(2, VTD_FS_P, "D"));
	assert_true(has(2, VTD_FS_P, "PS"));
	assert_false(has(1, VTD_FS_P, "PS"));
}

static void no_more_fields_are_written_than_there_is_room_for(void **state)
{
	struct vtd_structure_field field[2] = { { .name = "untouched" },
						{ .name = "untouched" } };

	(void)state;
	assert_int_equal(vtd_structure_fields(VTD_STRUCTURE_ROOT_ENTRY, 0,
					      all_ones, field, 1),
			 2);
	assert_string_equal(field[0].name, "P");
	assert_string_equal(field[1].name, "untouched");
}

static void names_are_told_when_structure_is_unknown(void **state)
{
	static const unsigned int unknown[] = { VTD_STRUCTURES, 1000 };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		enum vtd_structure structure = (enum vtd_structure)unknown[i];

		assert_string_equal(vtd_structure_name(structure), "none");
		assert_int_equal(vtd_structure_fields(structure, 0, all_ones,
						      NULL, 0),
				 0);
	}
	for (unsigned int i = 0; i < VTD_STRUCTURES; i++)
		assert_non_null(vtd_structure_name((enum vtd_structure)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_a_structure_do_not_overlap),
		cmocka_unit_test(values_are_numbers_or_addresses),
		cmocka_unit_test(dirty_is_a_field_when_entry_is_a_leaf),
		cmocka_unit_test(
			no_more_fields_are_written_than_there_is_room_for),
		cmocka_unit_test(names_are_told_when_structure_is_unknown),
	};

	return RUN_TESTS(tests);
}
