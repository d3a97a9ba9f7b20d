/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reserved bits of every translation structure, one by one: set in an entry
 * that works, each must end in the condition of that structure, and the bits
 * that are free must not.  SPEC chapter 9, typed in from there, for a host
 * address width of 48 bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fault_scene.h"

#define BITS VTD_BITS
#define BIT VTD_BIT
#define ALL UINT64_MAX

/* Which word of which entry. */
enum place {
	ROOT,
	CONTEXT,
	DIRECTORY,
	PASID_ENTRY,
	FIRST_1, /* first-stage entries of level 1 to 4 */
	FIRST_2,
	FIRST_3,
	FIRST_4,
	SECOND_1, /* second-stage entries */
	SECOND_2,
	SECOND_3,
	SECOND_4,
};

struct row {
	enum scene_base base;
	enum place place;
	unsigned int word;
	/* Bits that are changed before, and that stay. */
	uint64_t set;
	uint64_t clear;
	uint64_t reserved;
	uint64_t free;
	enum vtd_condition condition;
};

/* A unit with everything. */
static const struct row with_everything[] = {
	{ BASE_LEGACY, ROOT, 0, 0, 0, BITS(11, 1) | BITS(63, 48), 0,
	  VTD_LRT_3 },
	{ BASE_LEGACY, ROOT, 1, 0, 0, ALL, 0, VTD_LRT_3 },
	{ BASE_LEGACY, CONTEXT, 0, 0, 0, BITS(11, 4) | BITS(63, 48), BIT(1),
	  VTD_LCT_3 },
	{ BASE_LEGACY, CONTEXT, 1, 0, 0, BIT(7) | BITS(63, 24),
	  BITS(6, 3) | BITS(23, 8), VTD_LCT_3 },
	{ BASE_FIRST_STAGE, ROOT, 0, 0, 0, BITS(11, 1) | BITS(63, 48), 0,
	  VTD_SRT_3 },
	{ BASE_FIRST_STAGE, CONTEXT, 0, 0, 0, BITS(8, 5) | BITS(63, 48),
	  BITS(4, 1) | BITS(11, 9), VTD_SCT_3 },
	{ BASE_FIRST_STAGE, CONTEXT, 1, 0, 0, BITS(63, 21), BITS(20, 0),
	  VTD_SCT_3 },
	{ BASE_FIRST_STAGE, CONTEXT, 2, 0, 0, ALL, 0, VTD_SCT_3 },
	{ BASE_FIRST_STAGE, CONTEXT, 3, 0, 0, ALL, 0, VTD_SCT_3 },
	{ BASE_FIRST_STAGE, DIRECTORY, 0, 0, 0, BITS(11, 2) | BITS(63, 48),
	  BIT(1), VTD_SPD_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 0, 0, 0, BIT(5) | BITS(11, 10),
	  BITS(4, 1) | BIT(9) | BITS(63, 12), VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 1, 0, 0,
	  BITS(22, 16) | BITS(31, 25) | BITS(63, 32),
	  BITS(15, 0) | BITS(24, 23), VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 2, 0, 0,
	  BIT(1) | BITS(11, 8) | BITS(63, 48),
	  BIT(0) | BITS(7, 4) | BITS(47, 12), VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 3, 0, 0, ALL, 0, VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 4, 0, 0, ALL, 0, VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 5, 0, 0, ALL, 0, VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 6, 0, 0, ALL, 0, VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 7, 0, 0, ALL, 0, VTD_SPT_3 },
	{ BASE_SECOND_STAGE, PASID_ENTRY, 0, 0, 0,
	  BIT(5) | BITS(11, 10) | BITS(63, 48), BIT(9) | BITS(47, 12),
	  VTD_SPT_3 },
	{ BASE_SECOND_STAGE, PASID_ENTRY, 2, 0, 0, BIT(1) | BITS(11, 8),
	  BIT(0) | BITS(7, 2) | BITS(63, 12), VTD_SPT_3 },
	{ BASE_PASS_THROUGH, PASID_ENTRY, 0, 0, 0, BIT(5) | BITS(11, 10),
	  BITS(4, 2) | BIT(9) | BITS(63, 12), VTD_SPT_3 },

	{ BASE_FIRST_STAGE, FIRST_1, 0, 0, 0, BITS(51, 48),
	  BITS(11, 1) | BITS(47, 12) | BITS(63, 52), VTD_SFS_3 },
	{ BASE_FIRST_STAGE, FIRST_2, 0, 0, 0, BITS(51, 48),
	  BITS(6, 1) | BITS(11, 8) | BITS(63, 52), VTD_SFS_3 },
	{ BASE_FIRST_STAGE, FIRST_3, 0, 0, 0, BITS(51, 48),
	  BITS(6, 1) | BITS(11, 8) | BITS(63, 52), VTD_SFS_3 },
	{ BASE_FIRST_STAGE, FIRST_4, 0, 0, 0, BIT(7) | BITS(51, 48),
	  BITS(6, 1) | BITS(11, 8) | BITS(63, 52), VTD_SFS_3 },
	/* As leaves, with bit 12 for PAT. */
	{ BASE_FIRST_STAGE, FIRST_2, 0, BIT(7), BITS(51, 12),
	  BITS(20, 13) | BITS(51, 48),
	  BITS(6, 1) | BITS(12, 8) | BITS(47, 21) | BITS(63, 52), VTD_SFS_3 },
	{ BASE_FIRST_STAGE, FIRST_3, 0, BIT(7), BITS(51, 12),
	  BITS(29, 13) | BITS(51, 48),
	  BITS(6, 1) | BITS(12, 8) | BITS(47, 30) | BITS(63, 52), VTD_SFS_3 },

	{ BASE_SECOND_STAGE, SECOND_1, 0, 0, 0, BIT(62) | BITS(51, 48),
	  BITS(11, 2) | BITS(47, 12) | BITS(61, 52) | BIT(63), VTD_SSS_3 },
	{ BASE_SECOND_STAGE, SECOND_2, 0, 0, 0,
	  BIT(62) | BITS(51, 48) | BIT(11),
	  BITS(6, 2) | BITS(10, 8) | BITS(61, 52) | BIT(63), VTD_SSS_3 },
	{ BASE_SECOND_STAGE, SECOND_3, 0, 0, 0,
	  BIT(62) | BITS(51, 48) | BIT(11),
	  BITS(6, 2) | BITS(10, 8) | BITS(61, 52) | BIT(63), VTD_SSS_3 },
	{ BASE_SECOND_STAGE, SECOND_4, 0, 0, 0,
	  BIT(62) | BITS(51, 48) | BIT(11) | BIT(7),
	  BITS(6, 2) | BITS(10, 8) | BITS(61, 52) | BIT(63), VTD_SSS_3 },
	{ BASE_SECOND_STAGE, SECOND_2, 0, BIT(7), BITS(51, 12),
	  BIT(62) | BITS(51, 48) | BITS(20, 12),
	  BITS(6, 2) | BITS(11, 8) | BITS(47, 21) | BITS(61, 52) | BIT(63),
	  VTD_SSS_3 },
	{ BASE_SECOND_STAGE, SECOND_3, 0, BIT(7), BITS(51, 12),
	  BIT(62) | BITS(51, 48) | BITS(29, 12),
	  BITS(6, 2) | BITS(11, 8) | BITS(47, 30) | BITS(61, 52) | BIT(63),
	  VTD_SSS_3 },
	{ BASE_LEGACY, SECOND_1, 0, 0, 0, BIT(62) | BITS(51, 48),
	  BITS(11, 2) | BITS(47, 12) | BITS(61, 52) | BIT(63), VTD_LSS_2 },
};

/* What is reserved in a unit that has not the feature of the field. */
static const struct row without_features[] = {
	{ BASE_FIRST_STAGE, CONTEXT, 0, 0, BITS(4, 2), BITS(4, 2), 0,
	  VTD_SCT_3 },
	{ BASE_FIRST_STAGE, CONTEXT, 1, 0, 0, BIT(20), BITS(19, 0), VTD_SCT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 1, 0, BITS(24, 23), BITS(24, 23),
	  BITS(15, 0), VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 0, 0, 0, BIT(9) | BITS(63, 12),
	  BITS(4, 2), VTD_SPT_3 },
	{ BASE_FIRST_STAGE, PASID_ENTRY, 2, 0, 0, BIT(0) | BIT(7), BIT(4),
	  VTD_SPT_3 },
};

static void remove_features(struct vtd_config *config)
{
	config->second_stage = false;
	config->nested = false;
	config->first_stage_1g_pages = false;
	config->second_stage_accessed_dirty = false;
	config->extended_accessed = false;
	config->page_walk_coherency = false;
	config->snoop_control = false;
	config->supervisor_requests = false;
	config->pasid_bits = 0;
	config->device_tlb = false;
	config->page_request = false;
	config->no_write_flag = false;
}

static void remove_first_stage(struct vtd_config *config)
{
	config->first_stage = false;
	config->nested = false;
	config->first_stage_5_level = false;
	config->first_stage_1g_pages = false;
	config->extended_accessed = false;
}

static void remove_large_pages(struct vtd_config *config)
{
	config->first_stage_1g_pages = false;
	config->second_stage_1g_pages = false;
	config->second_stage_2m_pages = false;
}

static const struct row without_large_pages[] = {
	{ BASE_FIRST_STAGE, FIRST_3, 0, 0, BITS(51, 12), BIT(7), BITS(6, 1),
	  VTD_SFS_3 },
	{ BASE_SECOND_STAGE, SECOND_3, 0, 0, BITS(51, 12), BIT(7), BITS(6, 2),
	  VTD_SSS_3 },
	{ BASE_SECOND_STAGE, SECOND_2, 0, 0, BITS(51, 12), BIT(7), BITS(6, 2),
	  VTD_SSS_3 },
};

static const struct row without_first_stage[] = {
	{ BASE_SECOND_STAGE, PASID_ENTRY, 2, 0, 0, BITS(4, 2) | BITS(63, 12), 0,
	  VTD_SPT_3 },
};

static uint64_t entry_of(struct scene *scene, const struct row *row)
{
	switch (row->place) {
	case ROOT:
		return tables_root_entry(scene->fixture->root, SCENE_SID);
	case CONTEXT:
		return scene->context;
	case DIRECTORY:
		return scene->dir_entry;
	case PASID_ENTRY:
		return scene->rid_pasid_entry;
	case SECOND_1:
	case SECOND_2:
	case SECOND_3:
	case SECOND_4:
		return page_table_entry(&scene->second, SCENE_ADDRESS,
					row->place - SECOND_1 + 1);
	default:
		return page_table_entry(&scene->first, SCENE_ADDRESS,
					row->place - FIRST_1 + 1);
	}
}

/* The condition of a request that meets the entry with one bit more. */
static enum vtd_condition try_bit(struct scene *scene, uint64_t address,
				  unsigned int bit)
{
	uint64_t before = fake_host_get_64(&scene->fixture->host, address);
	struct vtd_translation result;

	fake_host_set_64(&scene->fixture->host, address, before | BIT(bit));
	vtd_unit_reset(scene->fixture->unit, VTD_RESET_POWER_GOOD);
	fixture_enable(scene->fixture, scene->ttm);
	scene_request(scene, KIND_U0, &result);
	fake_host_set_64(&scene->fixture->host, address, before);
	return result.condition;
}

static void check_row(const struct row *row,
		      void (*configure)(struct vtd_config *config))
{
	struct scene scene;
	uint64_t address;
	void *state;

	fixture_setup(&state);
	if (configure != NULL)
		configure(&((struct fixture *)state)->config);
	scene_build(&scene, state, row->base);
	/* In words that the rows do not look at. */
	if (configure == remove_features) {
		tables_change(&scene.fixture->tables, scene.context, 0,
			      BITS(4, 2));
		tables_change(&scene.fixture->tables, scene.rid_pasid_entry + 8,
			      0, BITS(24, 23));
	}
	address = entry_of(&scene, row) + 8 * row->word;
	tables_change(&scene.fixture->tables, address, row->set, row->clear);
	fixture_start(scene.fixture);
	for (unsigned int bit = 0; bit < 64; bit++) {
		if ((row->reserved & BIT(bit)) == 0 &&
		    (row->free & BIT(bit)) == 0)
			continue;
		print_message("place %d word %u bit %u\n", row->place,
			      row->word, bit);
		if ((row->reserved & BIT(bit)) != 0)
			assert_int_equal(try_bit(&scene, address, bit),
					 row->condition);
		else
			assert_int_not_equal(try_bit(&scene, address, bit),
					     row->condition);
	}
	fixture_teardown(&state);
}

#define ROWS(rows) (sizeof(rows) / sizeof(*(rows)))

static void reserved_bits_are_refused_when_set_one_by_one(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ROWS(with_everything); i++)
		check_row(&with_everything[i], NULL);
}

static void bits_are_refused_when_unit_lacks_their_feature(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ROWS(without_features); i++)
		check_row(&without_features[i], remove_features);
	for (unsigned int i = 0; i < ROWS(without_first_stage); i++)
		check_row(&without_first_stage[i], remove_first_stage);
	for (unsigned int i = 0; i < ROWS(without_large_pages); i++)
		check_row(&without_large_pages[i], remove_large_pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reserved_bits_are_refused_when_set_one_by_one),
		cmocka_unit_test(
			bits_are_refused_when_unit_lacks_their_feature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
