/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of a unit's queues (vtd/dump.h). */
#include <vtd/dump.h>

#include "page_request_fixture.h"

#define ROOM 8

static void wait_names_its_requests_when_it_is_pending(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_queue queue;

	regs_queue_put(&f->queue, UINT64_C(3) | (uint64_t)SID << 32, 0x5000);
	regs_queue_put_wait(&f->queue, 0x40);
	regs_queue_submit(&f->queue);
	vtd_unit_dump_queue(f->unit, &queue);
	assert_true(queue.on && queue.wide);
	assert_int_equal(queue.outstanding, 1);
	assert_int_equal(queue.waits, 1);
	assert_true(queue.wait[0].fence && queue.wait[0].write_status);
	assert_int_equal(queue.wait[0].itags, 1);
	assert_true(queue.itag[0].outstanding && !queue.itag[1].outstanding);
	assert_int_equal(queue.itag[0].request.sid, SID);
	assert_true(queue.itag[0].request.first == 0x5000);
	assert_true(queue.head == queue.tail);
	vtd_unit_device_tlb_complete(f->unit, SID, 1, 1);
	vtd_unit_dump_queue(f->unit, &queue);
	assert_int_equal(queue.waits + queue.outstanding, 0);
}

static void wait_names_no_request_that_came_behind_it(void **state)
{
	struct fixture *f = *state;
	struct vtd_dump_queue queue;

	regs_queue_put(&f->queue, UINT64_C(3) | (uint64_t)SID << 32, 0x5000);
	/* Without a fence, so that the queue goes on. */
	regs_queue_put(&f->queue, VTD_DESC_WAIT | VTD_DESC_WAIT0_SW, 0x40);
	regs_queue_put(&f->queue, UINT64_C(3) | (uint64_t)SID << 32, 0x6000);
	regs_queue_submit(&f->queue);
	vtd_unit_dump_queue(f->unit, &queue);
	assert_int_equal(queue.outstanding, 2);
	assert_int_equal(queue.waits, 1);
	assert_false(queue.wait[0].fence);
	assert_int_equal(queue.wait[0].itags, 1);
}

static void page_requests_are_told_until_software_takes_them(void **state)
{
	struct vtd_page_request list[ROOM];
	struct fixture *f = *state;
	uint32_t cursor = 0;

	assert_int_equal(vtd_unit_page_request(f->unit, &with_pasid),
			 VTD_PAGE_REQUEST_QUEUED);
	assert_int_equal(
		vtd_unit_dump_page_requests(f->unit, &cursor, list, ROOM), 1);
	assert_true(cursor == VTD_DUMP_END);
	assert_int_equal(list[0].sid, SID);
	assert_int_equal(list[0].pasid, 5);
	assert_int_equal(list[0].prgi, 3);
	assert_true(list[0].read && list[0].last && !list[0].write);
	assert_true(list[0].address == (with_pasid.address & ~UINT64_C(0xfff)));
	regs_write_64(f->unit, VTD_REG_PQH, 32);
	cursor = 0;
	assert_int_equal(
		vtd_unit_dump_page_requests(f->unit, &cursor, list, ROOM), 0);
}

static void page_requests_are_told_a_few_at_a_time(void **state)
{
	struct vtd_page_request list[2] = { { .sid = 0 }, { .sid = 1 } };
	struct vtd_page_request request = with_pasid;
	struct fixture *f = *state;
	uint32_t cursor = 0;

	for (uint16_t group = 1; group <= 2; group++) {
		request.prgi = group;
		assert_int_equal(vtd_unit_page_request(f->unit, &request),
				 VTD_PAGE_REQUEST_QUEUED);
	}
	for (uint16_t group = 1; group <= 2; group++) {
		assert_int_equal(vtd_unit_dump_page_requests(f->unit, &cursor,
							     list, 1),
				 1);
		assert_int_equal(list[0].prgi, group);
		assert_int_equal(list[1].sid, 1); /* not written */
	}
	assert_int_equal(vtd_unit_dump_page_requests(f->unit, &cursor, list, 1),
			 0);
	assert_true(cursor == VTD_DUMP_END);
}

static void assert_same_flags(const struct vtd_page_request *told,
			      const struct vtd_page_request *request)
{
	assert_int_equal(told->privileged, request->privileged);
	assert_int_equal(told->execute, request->execute);
	assert_int_equal(told->read, request->read);
	assert_int_equal(told->write, request->write);
	assert_int_equal(told->last, request->last);
}

static void page_request_has_the_flags_that_it_came_with(void **state)
{
	static const struct vtd_page_request flags[] = {
		{ .read = true, .last = true },
		{ .write = true, .last = true },
		{ .read = true, .execute = true, .last = true },
		{ .read = true, .privileged = true, .last = true },
		{ .read = true },
	};
	struct vtd_page_request list[ROOM];
	struct fixture *f = *state;
	uint32_t cursor = 0;

	for (unsigned int i = 0; i < 5; i++) {
		struct vtd_page_request request = flags[i];

		request.sid = SID;
		request.pasid_present = true;
		request.pasid = 5;
		assert_int_equal(vtd_unit_page_request(f->unit, &request),
				 VTD_PAGE_REQUEST_QUEUED);
	}
	assert_int_equal(
		vtd_unit_dump_page_requests(f->unit, &cursor, list, ROOM), 5);
	for (unsigned int i = 0; i < 5; i++) {
		assert_true(list[i].pasid_present);
		assert_same_flags(&list[i], &flags[i]);
	}
}

static void page_request_has_no_pasid_when_it_came_without(void **state)
{
	const struct vtd_page_request request = {
		.sid = SID,
		.read = true,
		.last = true,
	};
	struct vtd_page_request list[ROOM];
	struct fixture *f = *state;
	uint32_t cursor = 0;

	vtd_unit_page_request(f->unit, &request);
	assert_int_equal(
		vtd_unit_dump_page_requests(f->unit, &cursor, list, ROOM), 1);
	assert_false(list[0].pasid_present);
}

#define SCENE_TEST(name)                                                    \
	cmocka_unit_test_setup_teardown(name, setup_with_empty_first_stage, \
					fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(wait_names_its_requests_when_it_is_pending),
		SCENE_TEST(wait_names_no_request_that_came_behind_it),
		SCENE_TEST(page_requests_are_told_until_software_takes_them),
		SCENE_TEST(page_requests_are_told_a_few_at_a_time),
		SCENE_TEST(page_request_has_the_flags_that_it_came_with),
		SCENE_TEST(page_request_has_no_pasid_when_it_came_without),
	};

	return RUN_TESTS(tests);
}
