/* SPDX-License-Identifier: BSD-3-Clause */
/* Nested translation: both stages of four levels. */
#include "cases.h"
#include "translate.h"

#define SID 0x0010
#define RAM_SIZE (UINT64_C(256) << 20)
#define NAME "translate.nested"
/* Where the guest has the tables of its first stage, and its pages. */
#define GPA_TABLES UINT64_C(0x4000000000)
#define GPA_PAGES UINT64_C(0x8000000000)

static void make_tables(struct bench_scene *scene, struct bench_tables *first,
			struct bench_tables *second)
{
	uint64_t begin = scene->memory.next;

	bench_tables_init(first, &scene->memory, BENCH_FIRST_STAGE);
	first->gpa_offset = GPA_TABLES;
	bench_tables_map(first, BENCH_INPUT, GPA_PAGES, BENCH_PAGES_MAX);
	bench_tables_init(second, &scene->memory, BENCH_SECOND_STAGE);
	bench_tables_map(second, begin + GPA_TABLES, begin,
			 (second->root - begin) / BENCH_PAGE);
	bench_tables_map(second, GPA_PAGES, BENCH_OUTPUT, BENCH_PAGES_MAX);
}

static void measure(struct bench_scene *scene, struct bench_walks *walks,
		    uint64_t pages)
{
	struct bench_translations translations = {
		.unit = scene->unit,
		.request = { .sid = SID, .access = VTD_ACCESS_READ },
		.pages = { BENCH_INPUT, pages - 1 },
	};
	const struct bench_case bench = {
		.name = NAME,
		.size = pages,
		.subject = { "subject", bench_run_translate, &translations,
			     NULL },
		.reference = { { "loads_24", bench_run_walk_nested, walks,
				 NULL },
			       { "loads_24_dependent",
				 bench_run_walk_nested_dependent, walks,
				 NULL } },
		.guarded = pages == 512,
	};

	walks->pages = translations.pages;
	bench_check_translations(&translations, BENCH_OUTPUT);
	bench_expect(bench_walk_nested(&walks->first, &walks->second,
				       BENCH_INPUT) == BENCH_OUTPUT,
		     "24 loads do not lead to the page");
	bench_measure(&bench);
}

void bench_nested_cases(void)
{
	struct bench_scene scene;
	struct bench_tables first, second;
	struct bench_walks walks;

	if (!bench_is_wanted(NAME))
		return;
	bench_scene_init(&scene, RAM_SIZE, true);
	make_tables(&scene, &first, &second);
	bench_scene_pasid(&scene, bench_scene_scalable(&scene, SID, 0), 0,
			  &first, &second);
	bench_scene_enable(&scene, VTD_TTM_SCALABLE);
	bench_walk_init(&walks.first, &first);
	bench_walk_init(&walks.second, &second);
	for (unsigned int i = 0; i < BENCH_WORKING_SETS; i++)
		measure(&scene, &walks, bench_working_sets[i]);
	bench_scene_destroy(&scene);
}
