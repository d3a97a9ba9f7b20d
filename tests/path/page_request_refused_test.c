/* SPDX-License-Identifier: BSD-3-Clause */
/* Page requests that do not get into the queue because of the tables, and stop
 * markers.  F 6.2, 4.3, 4.4. */
#include "page_request_fixture.h"

static int setup(void **state)
{
	struct fixture *f;

	if (setup_without_entry(state) != 0)
		return -1;
	f = *state;
	fixture_pasid_pass_through(f, scene.context.dir, 5);
	regs_set_event(f->unit, 0x0e0, 0xfee00000, 0x44);
	return 0;
}

/* Queue and event are as if nothing had come. */
static void check_untouched(struct fixture *f)
{
	assert_int_equal(regs_read_64(f->unit, PQT), 0);
	assert_int_equal(regs_read_32(f->unit, PRS), 0);
	assert_int_equal(f->host.messages, 0);
}

static void check_refused(struct fixture *f, const struct vtd_page_request *r,
			  uint8_t reason)
{
	struct regs_fault fault;

	fake_host_forget(&f->host);
	request(f, r);
	assert_int_equal(f->host.responses, 1);
	assert_int_equal(f->host.response[0].code, VTD_RESPONSE_INVALID);
	assert_int_equal(f->host.response[0].sid, r->sid);
	assert_int_equal(f->host.response[0].prgi, r->prgi);
	assert_true(f->host.response[0].pasid_present == r->pasid_present);
	if (r->pasid_present)
		assert_int_equal(f->host.response[0].pasid, r->pasid);
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, reason);
	assert_int_equal(fault.type, 1);
	check_untouched(f);
}

static void request_is_refused_when_mode_is_legacy(void **state)
{
	struct fixture *f = *state;

	regs_set_root_table(f->unit, f->root, VTD_TTM_LEGACY);
	check_refused(f, &with_pasid, 0x32);
}

static void request_is_refused_when_mode_is_reserved(void **state)
{
	struct fixture *f = *state;

	regs_set_root_table(f->unit, f->root, VTD_TTM_RESERVED);
	check_refused(f, &with_pasid, 0x30);
}

static void request_is_refused_when_mode_is_abort_dma(void **state)
{
	struct fixture *f = *state;

	f->config.abort_dma = true;
	vtd_unit_destroy(f->unit);
	fixture_run(f, VTD_TTM_ABORT_DMA);
	check_refused(f, &with_pasid, 0x33);
}

static void request_is_refused_when_root_entry_is_not_present(void **state)
{
	struct vtd_page_request r = with_pasid;

	r.sid = 0x0200;
	check_refused(*state, &r, 0x39);
}

static void request_is_refused_when_context_is_not_present(void **state)
{
	struct vtd_page_request r = with_pasid;

	r.sid = SID + 1;
	check_refused(*state, &r, 0x41);
}

static void request_is_refused_when_device_may_not_ask(void **state)
{
	struct fixture *f = *state;

	tables_change(&f->tables, scene.context.entry, 0, VTD_BIT(4));
	check_refused(f, &with_pasid, 0x47);
}

static void request_is_refused_when_device_may_not_use_pasids(void **state)
{
	struct fixture *f = *state;

	tables_change(&f->tables, scene.context.entry, 0, VTD_BIT(3));
	check_refused(f, &with_pasid, 0x45);
}

/* PDTS = 0: PASIDs below 2^13 (F 4.4, SCT.7: 2^(PDTS+13)). */
static void request_is_refused_when_pasid_is_beyond_the_directory(void **state)
{
	struct fixture *f = *state;
	struct vtd_page_request r = with_pasid;

	tables_change(&f->tables, scene.context.entry, 0, VTD_BITS(11, 9));
	r.pasid = 1 << 13;
	check_refused(f, &r, 0x46);
}

static void request_is_refused_when_pasid_is_the_rid_pasid(void **state)
{
	struct vtd_page_request r = with_pasid;

	r.pasid = RID_PASID;
	check_refused(*state, &r, 0x48);
}

static void request_is_refused_when_pasid_directory_is_empty(void **state)
{
	struct vtd_page_request r = with_pasid;

	r.pasid = 0x1000;
	check_refused(*state, &r, 0x51);
}

static void request_is_refused_when_pasid_entry_is_not_present(void **state)
{
	struct vtd_page_request r = with_pasid;

	r.pasid = 6;
	check_refused(*state, &r, 0x59);
}

static void
request_without_pasid_is_refused_when_its_entry_is_not_present(void **state)
{
	struct fixture *f = *state;
	struct vtd_page_request r = with_pasid;

	r.pasid_present = false;
	tables_change(&f->tables,
		      tables_pasid_entry(&f->tables, scene.context.dir,
					 RID_PASID),
		      0, 1);
	check_refused(f, &r, 0x59);
}

static void fault_is_not_recorded_when_fpd_is_set(void **state)
{
	struct fixture *f = *state;
	struct vtd_page_request r = with_pasid;

	tables_change(&f->tables, scene.context.entry, VTD_BIT(1), 0);
	r.pasid = 6;
	request(f, &r);
	assert_int_equal(f->host.responses, 1);
	assert_int_equal(f->host.response[0].code, VTD_RESPONSE_INVALID);
	assert_int_equal(control_fsts(f), 0);
	check_untouched(f);
}

static void request_is_dropped_but_recorded_when_it_is_not_last(void **state)
{
	struct fixture *f = *state;
	struct vtd_page_request r = with_pasid;
	struct regs_fault fault;

	r.last = false;
	r.pasid = 6;
	request(f, &r);
	assert_int_equal(f->host.responses, 0);
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, 0x59);
}

static void caller_answers_when_it_wants_no_response(void **state)
{
	struct vtd_page_request r = with_pasid;
	struct fixture *f = *state;

	r.pasid = 6;
	r.no_response = true;
	assert_int_equal(vtd_unit_page_request(f->unit, &r),
			 VTD_PAGE_REQUEST_REFUSED);
	assert_int_equal(f->host.responses, 0);
	check_untouched(f);
}

static void request_leaves_no_fault_when_translation_is_off(void **state)
{
	struct fixture *f = *state;

	regs_command_clear(f->unit, UINT32_C(1) << 31);
	request(f, &with_pasid);
	check_untouched(f);
	assert_int_equal(control_fsts(f), 0);
}

static void request_is_harmless_when_unit_has_no_page_requests(void **state)
{
	struct vtd_host_ops ops = fake_host_ops;
	struct fixture *f = *state;

	vtd_unit_destroy(f->unit);
	f->config.page_request = false;
	ops.page_group_response = NULL;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	fixture_enable(f, VTD_TTM_SCALABLE);
	request(f, &with_pasid);
	assert_int_equal(control_fsts(f), 0);
	assert_int_equal(f->host.responses, 0);
}

/* -------------------------------------------------------- Stop markers */

static const struct vtd_page_request stop_marker = {
	.sid = SID,
	.pasid_present = true,
	.pasid = 5,
	.last = true,
};

static void stop_marker_is_queued_when_there_is_room(void **state)
{
	struct fixture *f = *state;
	uint64_t words[2];

	request(f, &stop_marker);
	assert_true(regs_page_queue_take(&scene.queue, words));
	assert_int_equal(words[1] & 7, 4);
	assert_int_equal(f->host.responses, 0);
}

static void stop_marker_is_dropped_when_queue_overflowed(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 128; i++)
		request(f, &with_pasid);
	fake_host_forget(&f->host);
	request(f, &stop_marker);
	assert_int_equal(f->host.responses, 0);
	assert_int_equal(regs_read_64(f->unit, PQT), 127 * 32);
}

static void stop_marker_gets_no_answer_when_it_is_refused(void **state)
{
	struct fixture *f = *state;
	struct vtd_page_request r = stop_marker;

	r.pasid = 6;
	request(f, &r);
	assert_int_equal(f->host.responses, 0);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(request_is_refused_when_mode_is_legacy),
		ON_UNIT(request_is_refused_when_mode_is_reserved),
		ON_UNIT(request_is_refused_when_mode_is_abort_dma),
		ON_UNIT(request_is_refused_when_root_entry_is_not_present),
		ON_UNIT(request_is_refused_when_context_is_not_present),
		ON_UNIT(request_is_refused_when_device_may_not_ask),
		ON_UNIT(request_is_refused_when_device_may_not_use_pasids),
		ON_UNIT(request_is_refused_when_pasid_is_beyond_the_directory),
		ON_UNIT(request_is_refused_when_pasid_is_the_rid_pasid),
		ON_UNIT(request_is_refused_when_pasid_directory_is_empty),
		ON_UNIT(request_is_refused_when_pasid_entry_is_not_present),
		ON_UNIT(request_without_pasid_is_refused_when_its_entry_is_not_present),
		ON_UNIT(fault_is_not_recorded_when_fpd_is_set),
		ON_UNIT(request_is_dropped_but_recorded_when_it_is_not_last),
		ON_UNIT(caller_answers_when_it_wants_no_response),
		ON_UNIT(request_leaves_no_fault_when_translation_is_off),
		ON_UNIT(request_is_harmless_when_unit_has_no_page_requests),
		ON_UNIT(stop_marker_is_queued_when_there_is_room),
		ON_UNIT(stop_marker_is_dropped_when_queue_overflowed),
		ON_UNIT(stop_marker_gets_no_answer_when_it_is_refused),
	};

	return RUN_TESTS(tests);
}
