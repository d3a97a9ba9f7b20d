/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every fault condition of SPEC 7.1.3, for every kind of request, with FPD and
 * without: what the requester gets, and what software learns.  Through public
 * functions only; what is expected is typed in from the specification
 * (fault_conditions.def) and not taken from the library's own table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fault_situations.h"

enum expected {
	__, /* not for such requests */
	UR,
	CA,
	S0,
	S0L,
	SE,
	IR,
	DR,
};

struct row {
	const char *name;
	uint8_t code;
	const char *qualified; /* "Q" or "--" */
	enum expected expected[KINDS];
	enum scene_base base;
	void (*situation)(struct scene *scene);
};

#define CONDITION(name, code, qualified, u0, up, t0, tp, x0, xp, pr, pn, base, \
		  situation)                                                   \
	{ #name, code,	   #qualified, { u0, up, t0, tp, x0, xp, pr, pn },     \
	  base,	 situation },
#define NOT_HERE(name, why)
static const struct row rows[] = {
#include "fault_conditions.def"
};
#undef CONDITION
#undef NOT_HERE

#define ROWS (sizeof(rows) / sizeof(*rows))

static const char *const kind_names[KINDS] = {
	[KIND_U0] = "U0", [KIND_UP] = "UP", [KIND_T0] = "T0", [KIND_TP] = "TP",
	[KIND_X0] = "X0", [KIND_XP] = "XP", [KIND_PR] = "PR", [KIND_PN] = "PN",
};

/* One play of a row. */
struct play {
	const struct row *row;
	enum scene_kind kind;
	bool fpd;
	bool published; /* memory is read where it is */
	bool with_pasid;
	struct fixture *fixture;
	struct scene scene;
};

static bool is_page_request(const struct play *play)
{
	return play->kind == KIND_PR || play->kind == KIND_PN;
}

/* ECAP.PTRS is 0. */
static bool is_refused_anyway(const struct play *play)
{
	return play->kind == KIND_XP;
}

static bool is_recorded(const struct play *play)
{
	enum expected expected = play->row->expected[play->kind];

	if (is_refused_anyway(play) || expected == S0 || expected == SE)
		return false;
	return !(play->fpd && strcmp(play->row->qualified, "Q") == 0);
}

static void check_record(const struct play *play)
{
	static const unsigned int at[KINDS] = {
		[KIND_T0] = 1, [KIND_TP] = 1, [KIND_X0] = 2, [KIND_XP] = 2
	};
	const struct scene *scene = &play->scene;
	struct regs_fault fault = { 0 };
	bool found = regs_take_fault(play->fixture->unit, &fault);

	assert_int_equal(found, is_recorded(play));
	if (!found)
		return;
	assert_int_equal(fault.reason, play->row->code);
	assert_int_equal(fault.sid, SCENE_SID);
	assert_int_equal(fault.at, at[play->kind]);
	assert_int_equal(fault.pasid_present, play->with_pasid);
	if (play->with_pasid)
		assert_int_equal(fault.pasid, scene->pasid);
	if (is_page_request(play))
		assert_int_equal(fault.type, 1);
	else if (at[play->kind] == 1)
		assert_int_equal(fault.type, 2);
	else
		assert_int_equal(fault.type,
				 scene->access == VTD_ACCESS_WRITE ? 0 : 2);
	assert_false(regs_take_fault(play->fixture->unit, &fault));
}

static void check_answer(const struct play *play,
			 const struct vtd_translation *result)
{
	enum expected expected = play->row->expected[play->kind];

	if (is_refused_anyway(play))
		expected = UR;
	else
		assert_string_equal(vtd_condition_name(result->condition),
				    play->row->name);
	switch (expected) {
	case UR:
		assert_int_equal(result->status,
				 VTD_STATUS_UNSUPPORTED_REQUEST);
		break;
	case CA:
		assert_int_equal(result->status, VTD_STATUS_COMPLETER_ABORT);
		break;
	case SE:
		assert_int_equal(result->status, VTD_STATUS_SUCCESS);
		/* All conditions with this answer are about one right. */
		assert_int_equal(result->read,
				 play->scene.access == VTD_ACCESS_WRITE);
		assert_int_equal(result->write,
				 play->scene.access == VTD_ACCESS_READ);
		return;
	default:
		assert_int_equal(result->status, VTD_STATUS_SUCCESS);
	}
	assert_false(result->read);
	assert_false(result->write);
	assert_false(result->untranslated_only);
}

/* The structure that the situation broke.  A translated request meets no paging
 * entry: what is said of one is of its address then. */
static void check_place(const struct play *play,
			const struct vtd_translation *result)
{
	const struct scene *scene = &play->scene;
	const struct vtd_place *place = &result->place;
	uint64_t entry = 0;

	if (is_refused_anyway(play) ||
	    (play->kind == KIND_X0 &&
	     scene->wrong >= VTD_STRUCTURE_FIRST_STAGE_ENTRY)) {
		assert_int_equal(place->structure, VTD_STRUCTURE_NONE);
		return;
	}
	if (scene->wrong_in_pasid_entry)
		entry = play->with_pasid ? scene->pasid_entry :
					   scene->rid_pasid_entry;
	assert_string_equal(vtd_structure_name(place->structure),
			    vtd_structure_name(scene->wrong));
	if (scene->wrong != VTD_STRUCTURE_NONE)
		assert_int_equal(place->address + 8 * place->word,
				 entry + scene->wrong_at);
}

static void check_response(const struct play *play)
{
	const struct fake_host *host = &play->fixture->host;

	assert_int_equal(host->responses, play->kind == KIND_PR ? 1 : 0);
	if (play->kind == KIND_PR) {
		assert_int_equal(host->response[0].sid, SCENE_SID);
		assert_int_equal(host->response[0].code, VTD_RESPONSE_INVALID);
		assert_int_equal(host->response[0].prgi, 3);
		assert_int_equal(host->response[0].pasid_present,
				 play->with_pasid);
	}
	assert_int_equal(regs_read_64(play->fixture->unit, VTD_REG_PQT), 0);
}

static void play(struct play *play)
{
	struct vtd_translation result;
	void *state;

	assert_int_equal(fixture_setup(&state), 0);
	play->fixture = state;
	play->fixture->host.published = play->published;
	scene_build(&play->scene, play->fixture, play->row->base);
	/* FPD is bit 1 in both formats, and counts in an entry with P=0. */
	if (play->fpd)
		tables_change(&play->fixture->tables, play->scene.context,
			      VTD_CONTEXT0_FPD, 0);
	play->row->situation(&play->scene);
	scene_start(&play->scene);
	if (is_page_request(play)) {
		scene_page_request(&play->scene, play->with_pasid,
				   play->kind == KIND_PR);
		check_response(play);
	} else {
		scene_request(&play->scene, play->kind, &result);
		check_answer(play, &result);
		check_place(play, &result);
	}
	check_record(play);
	fixture_teardown(&state);
}

/* Conditions that need a PASID in the request. */
static bool needs_pasid(const struct row *row)
{
	return row->expected[KIND_U0] == __ && row->expected[KIND_UP] != __;
}

static void play_kind(struct play play_once)
{
	enum scene_kind kind = play_once.kind;

	print_message("%s %s%s%s\n", play_once.row->name, kind_names[kind],
		      play_once.fpd ? " FPD" : "",
		      play_once.published ? " published" : "");
	play_once.with_pasid = kind != KIND_U0 && kind != KIND_T0 &&
			       kind != KIND_X0;
	play(&play_once);
	/* Page requests: one column for both. */
	play_once.with_pasid = false;
	if (is_page_request(&play_once) && !needs_pasid(play_once.row))
		play(&play_once);
}

static void condition_is_answered_and_recorded_as_specified(void **state)
{
	const struct row *row = *state;

	for (unsigned int kind = 0; kind < KINDS; kind++) {
		if (row->expected[kind] == __)
			continue;
		for (unsigned int variant = 0; variant < 4; variant++)
			play_kind((struct play){
				.row = row,
				.kind = (enum scene_kind)kind,
				.fpd = (variant & 1) != 0,
				.published = (variant & 2) != 0,
			});
	}
}

/* If this fails, all else here proves nothing. */
static void requests_succeed_when_nothing_is_wrong(void **state)
{
	static const enum scene_base bases[] = { BASE_FIRST_STAGE,
						 BASE_SECOND_STAGE, BASE_NESTED,
						 BASE_PASS_THROUGH };
	struct vtd_translation result;

	for (unsigned int i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		for (unsigned int kind = KIND_U0; kind <= KIND_X0; kind++) {
			struct scene scene;

			fixture_setup(state);
			scene_build(&scene, *state, bases[i]);
			scene_start(&scene);
			scene_request(&scene, (enum scene_kind)kind, &result);
			assert_int_equal(result.condition, VTD_CONDITION_NONE);
			assert_int_equal(result.status, VTD_STATUS_SUCCESS);
			assert_true(result.read);
			fixture_teardown(state);
		}
	}
}

/* FPD further down, in entries that are and are not present. */
static void check_pasid_fpd(uint64_t clear, bool in_directory)
{
	struct vtd_translation result;
	struct regs_fault fault;
	struct scene scene;
	uint64_t entry;
	void *state;

	fixture_setup(&state);
	scene_build(&scene, state, BASE_FIRST_STAGE);
	entry = in_directory ? scene.dir_entry : scene.pasid_entry;
	/* FPD and P are the same bits in both. */
	tables_change(&scene.fixture->tables, entry, VTD_PASID0_FPD, clear);
	tables_change(&scene.fixture->tables, scene.first_leaf, 0, VTD_FS_P);
	scene_start(&scene);
	scene_request(&scene, KIND_UP, &result);
	assert_int_equal(result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	assert_false(regs_take_fault(scene.fixture->unit, &fault));
	fixture_teardown(&state);
}

static void fault_is_not_recorded_when_directory_entry_has_fpd(void **state)
{
	(void)state;
	check_pasid_fpd(0, true);
	check_pasid_fpd(VTD_PASID_DIR_P, true);
}

static void fault_is_not_recorded_when_pasid_entry_has_fpd(void **state)
{
	(void)state;
	check_pasid_fpd(0, false);
	check_pasid_fpd(VTD_PASID0_P, false);
}

/* SCT.5 is found before the PASID entry is met, cached or not. */
static void fault_is_recorded_when_fpd_is_only_in_a_later_entry(void **state)
{
	struct vtd_translation result;
	struct regs_fault fault;
	struct scene scene;

	scene_build(&scene, *state, BASE_FIRST_STAGE);
	tables_change(&scene.fixture->tables, scene.rid_pasid_entry,
		      VTD_PASID0_FPD, 0);
	device_tlb_is_off(&scene);
	scene_start(&scene);
	scene_request(&scene, KIND_U0, &result);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	scene_request(&scene, KIND_T0, &result);
	assert_int_equal(result.condition, VTD_SCT_5);
	assert_true(regs_take_fault(scene.fixture->unit, &fault));
	assert_int_equal(fault.reason, 0x44);
}

static char test_name[ROWS][160];

int main(void)
{
	struct CMUnitTest tests[ROWS + 4] = {
		cmocka_unit_test(requests_succeed_when_nothing_is_wrong),
		cmocka_unit_test(
			fault_is_not_recorded_when_directory_entry_has_fpd),
		cmocka_unit_test(
			fault_is_not_recorded_when_pasid_entry_has_fpd),
		cmocka_unit_test_setup_teardown(
			fault_is_recorded_when_fpd_is_only_in_a_later_entry,
			fixture_setup, fixture_teardown),
	};
	static const char *const situations[] = {
#define CONDITION(name, code, qualified, u0, up, t0, tp, x0, xp, pr, pn, base, \
		  situation)                                                   \
#situation,
#define NOT_HERE(name, why)
#include "fault_conditions.def"
	};

	for (unsigned int i = 0; i < ROWS; i++) {
		snprintf(test_name[i], sizeof(test_name[i]),
			 "requests_end_in_%s_when_%s", rows[i].name,
			 situations[i]);
		tests[4 + i] = (struct CMUnitTest){
			.name = test_name[i],
			.test_func =
				condition_is_answered_and_recorded_as_specified,
			.initial_state = (void *)&rows[i],
		};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
