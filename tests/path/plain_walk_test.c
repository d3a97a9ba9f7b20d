/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plain walk against the whole one, on tables at random: it answers just
 * where the whole walk has nothing to report and nothing to set, and then the
 * same.
 */
#include <string.h>

#include "check.h"
#include "random_scene.h"
#include "same_translation.h"
#include "translate/address_range.h"
#include "translate/plain_walk.h"
#include "translate/translate.h"
#include "unit.h"

#define SCENES 1500
#define ROUNDS 60

/* What the plain walk is to answer. */
static bool is_plain(const struct vtd_request *request,
		     const struct vtd_fault *fault,
		     const struct vtd_translation *whole)
{
	if (fault->condition != VTD_CONDITION_NONE ||
	    whole->status != VTD_STATUS_SUCCESS || whole->untranslated_only)
		return false;
	if (request->type == VTD_AT_TRANSLATED ||
	    (request->type == VTD_AT_UNTRANSLATED &&
	     request->access == VTD_ACCESS_ZERO_LENGTH_READ))
		return false;
	/* Not the answers about the interrupt range itself (SPEC 3.14). */
	return !vtd_in_interrupt_range(request->address) ||
	       (request->pasid_present && (whole->read || whole->write) &&
		!vtd_in_interrupt_range(whole->address));
}

/* Whether it was a hit. */
static bool compare(struct random_scene *scene,
		    const struct vtd_request *request, bool probe)
{
	struct fixture *f = scene->fixture;
	struct vtd_translation plain, whole, untouched;
	struct vtd_fault fault;
	unsigned int swaps = f->host.swaps;
	bool hit;

	memset(&untouched, 0x5a, sizeof(untouched));
	plain = untouched;
	hit = vtd_plain_translate(f->unit, request, probe, &plain);
	fault = vtd_translate(f->unit, request, probe, &whole);
	if (!hit)
		assert_memory_equal(&plain, &untouched, sizeof(plain));
	else
		check_same_translation(&plain, &whole);
	/* A probe sets nothing, where the plain walk finds something to set. */
	if (hit || !probe)
		assert_int_equal(hit, is_plain(request, &fault, &whole) &&
					      f->host.swaps == swaps);
	return hit;
}

static void
plain_walk_answers_as_the_whole_walk_when_tables_are_random(void **state)
{
	unsigned int hits = 0;

	for (unsigned int i = 0; i < SCENES; i++) {
		struct random_scene scene;

		assert_int_equal(fixture_setup(state), 0);
		random_scene_build(&scene, *state);
		for (unsigned int j = 0; j < ROUNDS; j++) {
			struct vtd_request request =
				random_scene_draw_request(&scene);
			struct vtd_translation result;

			random_scene_draw_tables(&scene);
			/* The configuration is decoded. */
			vtd_translate(scene.fixture->unit, &request, true,
				      &result);
			compare(&scene, &request, true);
			hits += compare(&scene, &request, false);
		}
		fixture_teardown(state);
	}
	/* Odd ones are in the majority. */
	assert_true(hits > SCENES * ROUNDS / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			plain_walk_answers_as_the_whole_walk_when_tables_are_random),
	};

	return RUN_TESTS(tests);
}
