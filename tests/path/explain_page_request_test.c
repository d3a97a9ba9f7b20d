/* SPDX-License-Identifier: BSD-3-Clause */
/* What explanations say of page requests.  SPEC 7.4. */
#include "page_request_fixture.h"

struct explained {
	struct vtd_page_request_explanation explanation;
	struct vtd_step step[VTD_PAGE_REQUEST_STEPS_MAX];
};

/* Explain, then send: both end the same. */
static struct explained explain(struct fixture *f,
				const struct vtd_page_request *r)
{
	uint64_t tail = regs_read_64(f->unit, PQT);
	struct explained e;

	vtd_unit_page_request_explain(f->unit, r, &e.explanation, e.step,
				      VTD_PAGE_REQUEST_STEPS_MAX);
	assert_in_range(e.explanation.steps, 0, VTD_PAGE_REQUEST_STEPS_MAX);
	/* No side effect. */
	assert_int_equal(regs_read_64(f->unit, PQT), tail);
	assert_int_equal(fixture_take_reason(f), 0);
	assert_int_equal(vtd_unit_page_request(f->unit, r),
			 e.explanation.result);
	return e;
}

static void path_is_told_when_request_is_queued(void **state)
{
	struct fixture *f = *state;
	struct explained e = explain(f, &with_pasid);
	const struct vtd_page_request_explanation *why = &e.explanation;

	assert_int_equal(why->result, VTD_PAGE_REQUEST_QUEUED);
	assert_int_equal(why->condition, VTD_CONDITION_NONE);
	assert_int_equal(why->fault_step, VTD_STEP_NONE);
	assert_int_equal(why->recording, VTD_RECORDING_NONE);
	assert_int_equal(e.step[why->steps - 1].structure,
			 VTD_STRUCTURE_PASID_ENTRY);
	assert_false(why->overflowed);
	assert_int_equal(why->waiting, 0);
	assert_int_equal(why->capacity, 127);
	/* Now one is there, and the requester is cached. */
	e = explain(f, &with_pasid);
	assert_int_equal(why->waiting, 1);
	assert_int_equal(e.step[why->steps - 1].structure,
			 VTD_STRUCTURE_CACHED_CONFIGURATION);
}

static void path_is_told_when_unit_has_an_iotlb(void **state)
{
	struct fixture *f = *state;
	struct explained e;

	f->config.iotlb = VTD_IOTLB_KEEP;
	vtd_unit_destroy(f->unit);
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_page_queue_start(&scene.queue, f->unit, &f->tables);
	e = explain(f, &with_pasid);
	assert_int_equal(e.explanation.result, VTD_PAGE_REQUEST_QUEUED);
	assert_int_equal(e.step[e.explanation.steps - 1].structure,
			 VTD_STRUCTURE_PASID_ENTRY);
}

static void entry_is_named_when_pasid_is_not_present(void **state)
{
	struct vtd_page_request r = with_pasid;
	struct fixture *f = *state;
	struct explained e;
	struct regs_fault fault;

	r.pasid = 6;
	e = explain(f, &r);
	assert_int_equal(e.explanation.result, VTD_PAGE_REQUEST_REFUSED);
	assert_int_equal(e.explanation.condition, VTD_SPT_2);
	assert_int_equal(e.explanation.place.structure,
			 VTD_STRUCTURE_PASID_ENTRY);
	assert_int_equal(e.explanation.fault_step, e.explanation.steps - 1);
	assert_int_equal(e.explanation.recording, VTD_RECORDING_RECORDED);
	/* As it has been recorded. */
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(vtd_field_get(e.explanation.record[1], VTD_FRCD_HI_FR),
			 fault.reason);
}

static void request_is_refused_when_translation_is_off(void **state)
{
	struct fixture *f = *state;

	regs_command_clear(f->unit, VTD_GCMD_TE);
	assert_int_equal(explain(f, &with_pasid).explanation.condition,
			 VTD_PROTOCOL_ERROR);
}

static void overflow_is_told_when_the_queue_is_full(void **state)
{
	struct fixture *f = *state;
	struct explained e;

	for (unsigned int i = 0; i < 127; i++)
		request(f, &with_pasid);
	e = explain(f, &with_pasid);
	assert_int_equal(e.explanation.result, VTD_PAGE_REQUEST_OVERFLOWED);
	assert_int_equal(e.explanation.waiting, 127);
	assert_false(e.explanation.overflowed);
	/* Software has room again, and has not cleared PRO. */
	regs_write_64(f->unit, 0x0c0, 32);
	e = explain(f, &with_pasid);
	assert_int_equal(e.explanation.result, VTD_PAGE_REQUEST_OVERFLOWED);
	assert_true(e.explanation.overflowed);
}

static void nothing_is_looked_up_when_unit_has_no_page_requests(void **state)
{
	struct fixture *f = *state;
	struct explained e;

	f->config.page_request = false;
	vtd_unit_destroy(f->unit);
	fixture_run(f, VTD_TTM_SCALABLE);
	e = explain(f, &with_pasid);
	assert_int_equal(e.explanation.result, VTD_PAGE_REQUEST_UNSUPPORTED);
	assert_int_equal(e.explanation.steps, 0);
}

#define PAGE_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, setup_with_empty_first_stage, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAGE_TEST(path_is_told_when_request_is_queued),
		PAGE_TEST(path_is_told_when_unit_has_an_iotlb),
		PAGE_TEST(entry_is_named_when_pasid_is_not_present),
		PAGE_TEST(request_is_refused_when_translation_is_off),
		PAGE_TEST(overflow_is_told_when_the_queue_is_full),
		PAGE_TEST(nothing_is_looked_up_when_unit_has_no_page_requests),
	};

	return RUN_TESTS(tests);
}
