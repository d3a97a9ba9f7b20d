/* SPDX-License-Identifier: BSD-3-Clause */
#include "translate.h"

#include "cases.h"

#define SID 0x0010
#define PASID 5
#define RAM_SIZE (UINT64_C(64) << 20)

const uint64_t bench_working_sets[BENCH_WORKING_SETS] = { 16, 512, 65536,
							  1048576 };

void bench_run_translate(void *context, struct bench_random *random,
			 unsigned int count)
{
	const struct bench_translations *translations = context;
	struct vtd_request request = translations->request;
	struct vtd_translation result;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		request.address =
			bench_page(&translations->pages, bench_random(random));
		vtd_unit_translate(translations->unit, &request, &result);
		sum += result.address;
	}
	bench_sink = sum;
}

void bench_run_translate_bracketed(void *context, struct bench_random *random,
				   unsigned int count)
{
	const struct bench_translations *translations = context;
	struct vtd_request request = translations->request;
	struct vtd_translation result;
	struct vtd_dma_bracket bracket;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		request.address =
			bench_page(&translations->pages, bench_random(random));
		vtd_unit_dma_begin(translations->unit, &bracket);
		vtd_unit_translate(translations->unit, &request, &result);
		sum += result.address;
		vtd_unit_dma_end(translations->unit, &bracket);
	}
	bench_sink = sum;
}

void bench_check_translations(const struct bench_translations *translations,
			      uint64_t output)
{
	struct vtd_request request = translations->request;
	struct vtd_translation result;
	uint64_t step = translations->pages.mask / 65536 + 1;

	for (uint64_t i = 0; i <= translations->pages.mask; i += step) {
		request.address = bench_page(&translations->pages, i);
		vtd_unit_translate(translations->unit, &request, &result);
		bench_expect(result.status == VTD_STATUS_SUCCESS &&
				     result.read &&
				     result.address == output + i * BENCH_PAGE,
			     "a request was not translated as it should be");
	}
}

/* A way of translating, with the tables it uses. */
struct mode {
	const char *name;
	struct vtd_request request;
	enum bench_stage stage;
	bool legacy;
	bool bracketed;
};

static const struct mode modes[] = {
	{ .name = "translate.first_stage", .stage = BENCH_FIRST_STAGE },
	{ .name = "translate.second_stage", .stage = BENCH_SECOND_STAGE },
	{ .name = "translate.legacy",
	  .stage = BENCH_SECOND_STAGE,
	  .legacy = true },
	{ .name = "translate.pasid",
	  .stage = BENCH_FIRST_STAGE,
	  .request = { .pasid_present = true, .pasid = PASID } },
	{ .name = "translate.request",
	  .stage = BENCH_FIRST_STAGE,
	  .request = { .type = VTD_AT_TRANSLATION,
		       .pasid_present = true,
		       .pasid = PASID } },
	{ .name = "translate.bracketed",
	  .stage = BENCH_FIRST_STAGE,
	  .bracketed = true },
};

static void measure_mode(const struct mode *mode, struct bench_scene *scene,
			 const struct bench_tables *tables, uint64_t pages)
{
	struct bench_translations translations = {
		.unit = scene->unit,
		.request = mode->request,
		.pages = { BENCH_INPUT, pages - 1 },
	};
	struct bench_walks walks = { .pages = translations.pages };
	const struct bench_case bench = {
		.name = mode->name,
		.size = pages,
		.subject = { "subject",
			     mode->bracketed ? bench_run_translate_bracketed :
					       bench_run_translate,
			     &translations, NULL },
		.reference = { { "walk", bench_run_walk, &walks, NULL },
			       { "walk_dependent", bench_run_walk_dependent,
				 &walks, NULL } },
		.guarded = pages == 512,
	};

	translations.request.sid = SID;
	if (translations.request.access == 0)
		translations.request.access = VTD_ACCESS_READ;
	bench_check_translations(&translations, BENCH_OUTPUT);
	bench_walk_init(&walks.first, tables);
	bench_measure(&bench);
}

static void run_mode(const struct mode *mode)
{
	struct bench_scene scene;
	struct bench_tables tables;
	uint64_t dir;

	if (!bench_is_wanted(mode->name))
		return;
	bench_scene_init(&scene, RAM_SIZE, true);
	bench_tables_init(&tables, &scene.memory, mode->stage);
	bench_tables_map(&tables, BENCH_INPUT, BENCH_OUTPUT, BENCH_PAGES_MAX);
	if (mode->legacy) {
		bench_scene_legacy(&scene, SID, &tables);
	} else {
		dir = bench_scene_scalable(&scene, SID, 0);
		bench_scene_pasid(
			&scene, dir, mode->request.pasid,
			mode->stage == BENCH_FIRST_STAGE ? &tables : NULL,
			mode->stage == BENCH_SECOND_STAGE ? &tables : NULL);
	}
	bench_scene_enable(&scene,
			   mode->legacy ? VTD_TTM_LEGACY : VTD_TTM_SCALABLE);
	for (unsigned int i = 0; i < BENCH_WORKING_SETS; i++)
		measure_mode(mode, &scene, &tables, bench_working_sets[i]);
	bench_scene_destroy(&scene);
}

static void run_pass_through(void)
{
	struct bench_scene scene;
	struct bench_translations translations = {
		.request = { .sid = SID, .access = VTD_ACCESS_READ },
		.pages = { BENCH_OUTPUT, 511 },
	};
	const struct bench_case bench = {
		.name = "translate.pass_through",
		.size = 512,
		.subject = { "subject", bench_run_translate, &translations,
			     NULL },
		.reference = { { "empty_call", bench_run_empty_call, NULL,
				 NULL } },
		.guarded = true,
	};

	if (!bench_is_wanted(bench.name))
		return;
	bench_scene_init(&scene, RAM_SIZE, true);
	bench_scene_pasid(&scene, bench_scene_scalable(&scene, SID, 0), 0, NULL,
			  NULL);
	bench_scene_enable(&scene, VTD_TTM_SCALABLE);
	translations.unit = scene.unit;
	bench_check_translations(&translations, BENCH_OUTPUT);
	bench_measure(&bench);
	bench_scene_destroy(&scene);
}

void bench_translate_cases(void)
{
	for (unsigned int i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		run_mode(&modes[i]);
	run_pass_through();
}
