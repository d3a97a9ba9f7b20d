/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables and requests at random: scenes for tests that compare two ways to answer
 * a request. */
#ifndef VTD_TESTS_RANDOM_SCENE_H
#define VTD_TESTS_RANDOM_SCENE_H

#include "fixture.h"

#define RANDOM_SCENE_ENTRIES_MAX 50

struct random_scene {
	struct fixture *fixture;
	uint64_t type; /* VTD_PGTT_* */
	bool legacy;
	struct page_table first;
	struct page_table second;
	uint64_t first_root; /* where the first stage begins */
	uint64_t input;
	uint64_t block; /* offsets in the smallest page on the way */
	uint64_t gpa;	/* what the first stage makes of it, if nested */
	uint64_t output;
	/* Entries on the way and what they are when nothing is odd. */
	unsigned int entries;
	uint64_t entry[RANDOM_SCENE_ENTRIES_MAX];
	uint64_t word[RANDOM_SCENE_ENTRIES_MAX];
	uint64_t split; /* tables are on both sides of it */
	struct vtd_ram_range range[2];
	struct vtd_ram_map ram;
};

/* A unit with a configuration at random and tables for one request that it would
 * translate; the fixture is fresh, and of its configuration `iotlb` counts. */
void random_scene_build(struct random_scene *scene, struct fixture *fixture);

/* Tables that have been used before, with an oddity or two, or none. */
void random_scene_draw_tables(struct random_scene *scene);

/* A request that fits the tables, more or less. */
struct vtd_request random_scene_draw_request(const struct random_scene *scene);

#endif /* VTD_TESTS_RANDOM_SCENE_H */
