/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Explanations against the requests that they explain, on tables at random: the
 * same answer, the place of the fault among the steps, and no trace.
 */
#include "check.h"
#include "random_scene.h"
#include "same_translation.h"

#define SCENES 600
#define ROUNDS 40

/* What software and the host can see of a unit. */
struct trace {
	struct vtd_counters counters;
	unsigned int swaps;
	uint32_t status;
};

static struct trace trace_of(struct fixture *f)
{
	struct trace trace = { .swaps = f->host.swaps };

	vtd_unit_counters(f->unit, &trace.counters, sizeof(trace.counters));
	trace.status = regs_read_32(f->unit, VTD_REG_FSTS);
	return trace;
}

static void check_fault_step(const struct vtd_explanation *explanation,
			     const struct vtd_step *step)
{
	const struct vtd_place *place = &explanation->result.place;
	const struct vtd_step *at;

	if (place->structure == VTD_STRUCTURE_NONE) {
		assert_true(explanation->fault_step == VTD_STEP_NONE);
		return;
	}
	assert_true(explanation->fault_step < explanation->steps);
	at = &step[explanation->fault_step];
	assert_int_equal(at->structure, place->structure);
	assert_int_equal(at->address, place->address);
	assert_int_equal(at->level, place->level);
	assert_int_equal(at->for_level, place->for_level);
	assert_false(at->bypassed);
	if (place->structure == VTD_STRUCTURE_CACHED_CONFIGURATION ||
	    place->structure == VTD_STRUCTURE_CACHED_PAGING_ENTRY)
		return;
	assert_int_equal(at->words == 0, place->unreadable);
	assert_int_equal(at->word[place->word], place->value);
	assert_true(place->unreadable || at->error[place->word] != 0);
}

static bool is_cached(const struct vtd_step *step)
{
	return step->structure == VTD_STRUCTURE_CACHED_CONFIGURATION ||
	       step->structure == VTD_STRUCTURE_CACHED_PAGING_ENTRY ||
	       step->structure == VTD_STRUCTURE_CACHED_TRANSLATION;
}

/* They are what is there; without any, that is where it ended. */
static void check_words(struct fixture *f,
			const struct vtd_explanation *explanation,
			const struct vtd_step *step)
{
	for (unsigned int i = 0; i < explanation->steps; i++) {
		const struct vtd_step *at = &step[i];

		if (at->words == 0)
			assert_true(i == explanation->fault_step ||
				    explanation->cached);
		for (unsigned int j = 0; j < at->words; j++) {
			uint64_t address = at->address + 8 * j;

			if (is_cached(at))
				continue;
			assert_int_equal(
				at->word[j],
				at->structure ==
						VTD_STRUCTURE_ROOT_TABLE_ADDRESS ?
					regs_read_64(f->unit, address) :
					fake_host_get_64(&f->host, address));
		}
	}
}

/* Rights are taken away on the way; what else is wrong ends it. */
static void check_last_step(const struct vtd_explanation *explanation)
{
	switch (explanation->result.condition) {
	case VTD_LGN_2:
	case VTD_LGN_3:
	case VTD_SFS_6:
	case VTD_SFS_7:
	case VTD_SFS_8:
	case VTD_SFS_9:
	case VTD_SSS_5:
	case VTD_SGN_2:
	case VTD_SGN_6:
	case VTD_SGN_7:
		return;
	default:
		if (explanation->fault_step != VTD_STEP_NONE)
			assert_int_equal(explanation->fault_step,
					 explanation->steps - 1);
	}
}

/* A walk ends with the rights that the answer has, or more: a second stage that
 * follows a first one knows nothing of that. */
static void check_rights(const struct vtd_explanation *explanation,
			 const struct vtd_step *step)
{
	const struct vtd_step *last = &step[explanation->steps - 1];
	const struct vtd_translation *result = &explanation->result;

	if (result->condition != VTD_CONDITION_NONE ||
	    explanation->steps == 0 || last->level == 0)
		return;
	if (result->read)
		assert_true((last->rights & VTD_ACCESS_READ) != 0);
	if (result->write)
		assert_true((last->rights & VTD_ACCESS_WRITE) != 0);
}

/* What memory says is what a probe does, which never looks into the IOTLB; but a page
 * that is clean serves no write yet. */
static void check_memory(struct fixture *f, const struct vtd_request *request,
			 const struct vtd_translation *memory)
{
	struct vtd_translation probed;

	vtd_unit_probe(f->unit, request, &probed);
	assert_int_equal(memory->status, probed.status);
	assert_int_equal(memory->condition, probed.condition);
	assert_int_equal(memory->read, probed.read);
	assert_true(probed.write || !memory->write);
	assert_int_equal(memory->snoop, probed.snoop);
	if (probed.read || probed.write)
		assert_int_equal(memory->address, probed.address);
}

static void compare(struct fixture *f, const struct vtd_request *request)
{
	struct vtd_step step[VTD_STEPS_MAX];
	struct vtd_explanation explanation;
	struct vtd_translation result;
	struct trace before = trace_of(f);
	struct trace after;

	vtd_unit_explain(f->unit, request, &explanation, step, VTD_STEPS_MAX);
	after = trace_of(f);
	assert_memory_equal(&before.counters, &after.counters,
			    sizeof(before.counters));
	assert_int_equal(before.swaps, after.swaps);
	assert_int_equal(before.status, after.status);
	assert_true(explanation.steps <= VTD_STEPS_MAX);
	check_fault_step(&explanation, step);
	check_words(f, &explanation, step);
	if (f->config.iotlb == VTD_IOTLB_LIVE) {
		check_last_step(&explanation);
		check_rights(&explanation, step);
	} else {
		check_memory(f, request, &explanation.memory);
	}

	vtd_unit_translate(f->unit, request, &result);
	check_same_translation(&result, &explanation.result);
	assert_int_equal(explanation.recording == VTD_RECORDING_RECORDED,
			 fixture_take_reason(f) != 0);
}

static void play(void **state, enum vtd_iotlb_kind iotlb)
{
	for (unsigned int i = 0; i < SCENES; i++) {
		struct random_scene scene;
		struct fixture *f;

		assert_int_equal(fixture_setup(state), 0);
		f = *state;
		f->config.iotlb = iotlb;
		random_scene_build(&scene, f);
		for (unsigned int j = 0; j < ROUNDS; j++) {
			struct vtd_request request =
				random_scene_draw_request(&scene);

			random_scene_draw_tables(&scene);
			compare(scene.fixture, &request);
		}
		fixture_teardown(state);
	}
}

static void
explanation_is_what_translation_answers_when_tables_are_random(void **state)
{
	play(state, VTD_IOTLB_LIVE);
}

/* And nobody invalidates anything. */
static void
explanation_is_what_translation_answers_when_entries_are_kept(void **state)
{
	play(state, VTD_IOTLB_KEEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			explanation_is_what_translation_answers_when_tables_are_random),
		cmocka_unit_test(
			explanation_is_what_translation_answers_when_entries_are_kept),
	};

	return RUN_TESTS(tests);
}
