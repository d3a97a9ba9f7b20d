/* SPDX-License-Identifier: BSD-3-Clause */
/* Page requests on their way to software.  F 6.1 to 6.3. */
#include "page_request_fixture.h"

static const struct vtd_page_request without_pasid = {
	.sid = SID,
	.write = true,
	.last = true,
	.prgi = 0x1ff,
	.address = 0x8000,
};

static void take(uint64_t words[2])
{
	assert_true(regs_page_queue_take(&scene.queue, words));
}

static uint32_t status(struct fixture *f)
{
	return regs_read_32(f->unit, PRS);
}

/* --------------------------------------------------------- Descriptor */

static void descriptor_has_all_fields_when_request_has_pasid(void **state)
{
	struct vtd_page_request r = with_pasid;
	uint64_t words[2];

	r.privileged = true;
	r.execute = true;
	r.write = true;
	request(*state, &r);
	take(words);
	assert_true(words[0] ==
		    (UINT64_C(0x01) | 1 << 8 | SID << 16 | UINT64_C(5) << 32 |
		     VTD_BIT(52) | VTD_BIT(53)));
	assert_true(words[1] ==
		    (UINT64_C(0x00007fff12345000) | 3 << 3 | 4 | 2 | 1));
}

static void descriptor_has_no_pasid_fields_when_request_has_none(void **state)
{
	struct vtd_page_request r = without_pasid;
	uint64_t words[2];

	r.pasid = 0xfffff;
	r.privileged = true;
	r.execute = true;
	request(*state, &r);
	take(words);
	assert_true(words[0] == (UINT64_C(0x01) | SID << 16));
	assert_true(words[1] == (0x8000 | 0x1ff << 3 | 4 | 2));
}

static void execute_is_dropped_when_request_does_not_read(void **state)
{
	struct vtd_page_request r = with_pasid;
	uint64_t words[2];

	r.execute = true;
	r.read = false;
	r.write = true;
	request(*state, &r);
	take(words);
	assert_true((words[0] & VTD_BIT(52)) == 0);
}

static void upper_words_are_zero_when_memory_was_not(void **state)
{
	struct fixture *f = *state;

	fake_host_set_64(&f->host, scene.queue.base + 16, UINT64_MAX);
	fake_host_set_64(&f->host, scene.queue.base + 24, UINT64_MAX);
	request(f, &with_pasid);
	assert_true(fake_host_get_64(&f->host, scene.queue.base + 16) == 0);
	assert_true(fake_host_get_64(&f->host, scene.queue.base + 24) == 0);
}

static void all_pasid_bits_are_kept_when_pasid_is_wide(void **state)
{
	struct fixture *f = *state;
	struct vtd_page_request r = with_pasid;
	uint64_t words[2];

	fixture_pasid_pass_through(f, scene.context.dir, 0xfffff);
	r.pasid = 0xfffff;
	request(f, &r);
	take(words);
	assert_int_equal(words[0] >> 32 & 0xfffff, 0xfffff);
}

/* -------------------------------------------------------------- Queue */

static void tail_moves_when_request_is_queued(void **state)
{
	struct fixture *f = *state;

	request(f, &with_pasid);
	assert_int_equal(regs_read_64(f->unit, PQT), 32);
	request(f, &without_pasid);
	assert_int_equal(regs_read_64(f->unit, PQT), 64);
	assert_int_equal(f->host.responses, 0);
	assert_int_equal(status(f), PPR);
}

static void tail_wraps_when_end_of_queue_is_reached(void **state)
{
	struct fixture *f = *state;
	uint64_t words[2];

	for (int i = 0; i < 128; i++) {
		request(f, &with_pasid);
		take(words);
	}
	assert_int_equal(regs_read_64(f->unit, PQT), 0);
	assert_int_equal(status(f), PPR);
}

/* N - 1 of them: 127 of 128. */
static void fill(struct fixture *f)
{
	for (int i = 0; i < 127; i++)
		request(f, &with_pasid);
	assert_int_equal(regs_read_64(f->unit, PQT), 127 * 32);
	assert_int_equal(status(f), PPR);
	assert_int_equal(f->host.responses, 0);
}

static void success_is_answered_when_queue_is_full(void **state)
{
	struct fixture *f = *state;

	fill(f);
	request(f, &with_pasid);
	assert_int_equal(status(f), PPR | PRO);
	assert_int_equal(regs_read_64(f->unit, PQT), 127 * 32);
	assert_int_equal(f->host.responses, 1);
	assert_int_equal(f->host.response[0].code, VTD_RESPONSE_SUCCESS);
	assert_int_equal(f->host.response[0].sid, SID);
	assert_int_equal(f->host.response[0].prgi, 3);
	assert_true(f->host.response[0].pasid_present);
	assert_int_equal(f->host.response[0].pasid, 5);
	assert_int_equal(control_fsts(f), 0);
}

static void nothing_is_answered_when_dropped_request_is_not_last(void **state)
{
	struct fixture *f = *state;
	struct vtd_page_request r = with_pasid;

	fill(f);
	r.last = false;
	request(f, &r);
	assert_int_equal(status(f), PPR | PRO);
	assert_int_equal(f->host.responses, 0);
}

static void requests_are_dropped_when_overflow_is_not_cleared(void **state)
{
	struct fixture *f = *state;
	uint64_t words[2];

	fill(f);
	request(f, &with_pasid);
	while (regs_page_queue_take(&scene.queue, words))
		;
	request(f, &without_pasid);
	assert_false(regs_page_queue_take(&scene.queue, words));
	assert_int_equal(f->host.responses, 2);
	assert_int_equal(f->host.response[1].code, VTD_RESPONSE_SUCCESS);
	assert_false(f->host.response[1].pasid_present);
	assert_int_equal(f->host.response[1].prgi, 0x1ff);
}

static void requests_are_queued_again_when_overflow_is_cleared(void **state)
{
	struct fixture *f = *state;
	uint64_t words[2];

	fill(f);
	request(f, &with_pasid);
	while (regs_page_queue_take(&scene.queue, words))
		;
	regs_write_32(f->unit, PRS, PRO);
	assert_int_equal(status(f), PPR);
	request(f, &with_pasid);
	take(words);
}

static void result_says_what_became_of_requests_when_queue_is_full(void **state)
{
	struct vtd_page_request r = with_pasid;
	struct fixture *f = *state;

	fill(f);
	fake_host_forget(&f->host);
	r.no_response = true;
	assert_int_equal(vtd_unit_page_request(f->unit, &r),
			 VTD_PAGE_REQUEST_OVERFLOWED);
	assert_int_equal(f->host.responses, 0);
	assert_int_equal(status(f) & PRO, PRO);
	regs_write_64(f->unit, 0x0c0, 32);
	regs_write_32(f->unit, PRS, PRO);
	assert_int_equal(vtd_unit_page_request(f->unit, &r),
			 VTD_PAGE_REQUEST_QUEUED);
}

static void overflow_is_set_when_queue_is_not_in_memory(void **state)
{
	struct fixture *f = *state;

	fake_host_set_hole(&f->host, scene.queue.base, 4096);
	request(f, &with_pasid);
	assert_int_equal(status(f), PRO);
	assert_int_equal(f->host.responses, 1);
}

static void queue_has_2048_places_when_size_is_that_of_linux(void **state)
{
	struct fixture *f = *state;
	uint64_t base = tables_pages(&f->tables, 16);

	regs_write_64(f->unit, 0x0d0, base | 4);
	for (int i = 0; i < 2047; i++)
		request(f, &with_pasid);
	assert_int_equal(status(f), PPR);
	request(f, &with_pasid);
	assert_int_equal(status(f), PPR | PRO);
}

int main(void)
{
#define ON_UNIT(name)                                                       \
	cmocka_unit_test_setup_teardown(name, setup_with_empty_first_stage, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(descriptor_has_all_fields_when_request_has_pasid),
		ON_UNIT(descriptor_has_no_pasid_fields_when_request_has_none),
		ON_UNIT(execute_is_dropped_when_request_does_not_read),
		ON_UNIT(upper_words_are_zero_when_memory_was_not),
		ON_UNIT(all_pasid_bits_are_kept_when_pasid_is_wide),
		ON_UNIT(tail_moves_when_request_is_queued),
		ON_UNIT(tail_wraps_when_end_of_queue_is_reached),
		ON_UNIT(success_is_answered_when_queue_is_full),
		ON_UNIT(nothing_is_answered_when_dropped_request_is_not_last),
		ON_UNIT(requests_are_dropped_when_overflow_is_not_cleared),
		ON_UNIT(result_says_what_became_of_requests_when_queue_is_full),
		ON_UNIT(requests_are_queued_again_when_overflow_is_cleared),
		ON_UNIT(overflow_is_set_when_queue_is_not_in_memory),
		ON_UNIT(queue_has_2048_places_when_size_is_that_of_linux),
	};

	return RUN_TESTS(tests);
}
