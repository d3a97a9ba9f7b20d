/* SPDX-License-Identifier: BSD-3-Clause */
/* Page requests that are being accepted while software waits.  F 6.5. */
#include "control.h"

#define PC_GLOBAL UINT64_C(0x37)
#define PD (UINT64_C(1) << 7)

/* What software does while the unit reads the tables for a request. */
struct meanwhile {
	struct fixture *fixture;
	bool invalidate;
	uint64_t flags; /* of the wait */
	bool happened;
	bool waited_on;
};

static void submit(struct fake_host *host, uint64_t address)
{
	struct meanwhile *meanwhile = host->hook_data;
	struct regs_queue *queue = &meanwhile->fixture->queue;

	(void)address;
	if (meanwhile->happened)
		return;
	meanwhile->happened = true;
	if (meanwhile->invalidate)
		regs_queue_put(queue, PC_GLOBAL, 0);
	regs_queue_put_wait(queue, meanwhile->flags);
	regs_queue_submit(queue);
	meanwhile->waited_on = regs_queue_is_done(queue);
}

static void check_wait(struct fixture *f, bool invalidate, uint64_t flags)
{
	struct meanwhile meanwhile = {
		.fixture = f,
		.invalidate = invalidate,
		.flags = flags,
	};

	/* Nothing is left to drain of what setting up invalidated. */
	assert_true(regs_queue_do(&f->queue, PC_GLOBAL, 0));
	f->host.hook_data = &meanwhile;
	fake_host_watch_reads(&f->host, submit);
	control_page_request(f);
	assert_true(meanwhile.happened);
	assert_false(meanwhile.waited_on);
	assert_true(regs_queue_is_done(&f->queue));
}

static void wait_is_pending_when_request_uses_what_was_invalidated(void **state)
{
	check_wait(*state, true, 0);
}

static void draining_wait_is_pending_when_request_is_under_way(void **state)
{
	check_wait(*state, false, PD);
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, control_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(wait_is_pending_when_request_uses_what_was_invalidated),
		T(draining_wait_is_pending_when_request_is_under_way),
	};

	return RUN_TESTS(tests);
}
