/* SPDX-License-Identifier: BSD-3-Clause */
/* What the host's trace hears.  The architecture has no say in it. */
#include <string.h>

#include "control.h"

static void assert_traced(const struct fixture *f, const char *words)
{
	if (strstr(f->host.trace, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, f->host.trace);
}

static void
condition_and_requester_are_traced_when_fault_is_recorded(void **state)
{
	const struct vtd_request request = {
		.sid = 0x0208,
		.access = VTD_ACCESS_READ,
		.address = 0x1000,
		.length = 4,
	};
	struct vtd_translation result;
	struct fixture *f = *state;

	vtd_unit_translate(f->unit, &request, &result);
	assert_traced(f, "fault 39 of 0208: SRT.2");
}

static void nothing_is_traced_when_a_probe_faults(void **state)
{
	const struct vtd_request request = { .sid = 0x0208 };
	struct vtd_translation result;
	struct fixture *f = *state;

	vtd_unit_probe(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_SRT_2);
	assert_string_equal(f->host.trace, "");
}

static void error_is_traced_when_queue_stops(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, 0xf, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_iqei(f), 3);
	assert_traced(f, "IQEI 3");
}

static void address_is_traced_when_wait_status_is_not_in_ram(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, 0x25, UINT64_C(0x7ff000000000));
	regs_queue_submit(&f->queue);
	assert_traced(f, "7ff000000000: not RAM");
}

static int nobody_there(struct fake_host *host,
			const struct vtd_device_tlb_invalidation *item)
{
	(void)host;
	(void)item;
	return -1;
}

static void requester_is_traced_when_invalidation_times_out(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = nobody_there;
	regs_queue_put(&f->queue, UINT64_C(0x0000030800000003),
		       UINT64_C(0x7ffffffffffff001));
	regs_queue_submit(&f->queue);
	assert_traced(f, "0308: no completion (ITE)");
}

/* A completion that comes after its time was up should find its ITag free. */
static void itags_take_turns_when_invalidations_follow_each_other(void **state)
{
	struct fixture *f = *state;

	for (unsigned int i = 0; i < 33; i++) {
		regs_queue_do(&f->queue, UINT64_C(0x0000030800000003),
			      UINT64_C(0x7ffffffffffff001));
		assert_int_equal(f->host.invalidation[i].itag, i % 32);
		vtd_unit_device_tlb_complete(
			f->unit, 0x0308,
			UINT32_C(1) << f->host.invalidation[i].itag, 1);
	}
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, control_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(condition_and_requester_are_traced_when_fault_is_recorded),
		T(nothing_is_traced_when_a_probe_faults),
		T(error_is_traced_when_queue_stops),
		T(address_is_traced_when_wait_status_is_not_in_ram),
		T(requester_is_traced_when_invalidation_times_out),
		T(itags_take_turns_when_invalidations_follow_each_other),
	};

	return RUN_TESTS(tests);
}
