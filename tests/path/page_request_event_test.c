/* SPDX-License-Identifier: BSD-3-Clause */
/* The event of page requests.  F 6.3. */
#include "page_request_fixture.h"

/* N - 1 of them: 127 of 128. */
static void fill(struct fixture *f)
{
	for (int i = 0; i < 127; i++)
		request(f, &with_pasid);
	assert_int_equal(regs_read_64(f->unit, PQT), 127 * 32);
	assert_int_equal(f->host.responses, 0);
}

static void event_comes_once_when_several_requests_come(void **state)
{
	struct fixture *f = *state;

	regs_set_event(f->unit, 0x0e0, 0xfee00000, 0x44);
	request(f, &with_pasid);
	request(f, &with_pasid);
	assert_int_equal(f->host.messages, 1);
}

static void event_comes_not_again_when_overflow_follows(void **state)
{
	struct fixture *f = *state;

	regs_set_event(f->unit, 0x0e0, 0xfee00000, 0x44);
	fill(f);
	request(f, &with_pasid);
	assert_int_equal(f->host.messages, 1);
}

/* Linux clears PPR first and reads PQT then. */
static void event_comes_again_when_software_cleared_the_status(void **state)
{
	struct fixture *f = *state;

	regs_set_event(f->unit, 0x0e0, 0xfee00000, 0x44);
	request(f, &with_pasid);
	regs_write_32(f->unit, PRS, PPR);
	request(f, &with_pasid);
	assert_int_equal(f->host.messages, 2);
}

static void event_stays_pending_when_one_of_both_bits_is_cleared(void **state)
{
	struct fixture *f = *state;

	fill(f);
	request(f, &with_pasid);
	regs_write_32(f->unit, PRS, PPR);
	assert_int_equal(regs_read_32(f->unit, 0x0e0) >> 30, 3);
	regs_write_32(f->unit, PRS, PRO);
	assert_int_equal(regs_read_32(f->unit, 0x0e0) >> 30, 2);
}

static void look_at_queue(struct fake_host *host,
			  const struct fake_message *item)
{
	uint64_t *word = host->hook_data;

	(void)item;
	*word = fake_host_get_64(host, *word);
}

static void descriptor_is_visible_when_the_event_comes(void **state)
{
	struct fixture *f = *state;
	uint64_t word = regs_read_64(f->unit, PQA) & ~UINT64_C(0xfff);

	f->host.hook_data = &word;
	f->host.on_message = look_at_queue;
	regs_set_event(f->unit, 0x0e0, 0xfee00000, 0x44);
	request(f, &with_pasid);
	assert_int_equal(word & 0xff, 1);
	assert_int_equal(regs_read_64(f->unit, PQT), 32);
}

int main(void)
{
#define ON_UNIT(name)                                                       \
	cmocka_unit_test_setup_teardown(name, setup_with_empty_first_stage, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(event_comes_once_when_several_requests_come),
		ON_UNIT(event_comes_not_again_when_overflow_follows),
		ON_UNIT(event_comes_again_when_software_cleared_the_status),
		ON_UNIT(event_stays_pending_when_one_of_both_bits_is_cleared),
		ON_UNIT(descriptor_is_visible_when_the_event_comes),
	};

	return RUN_TESTS(tests);
}
