/* SPDX-License-Identifier: BSD-3-Clause */
/* A unit whose state goes on in another one. */
#ifndef VTD_TESTS_STATE_MOVES_H
#define VTD_TESTS_STATE_MOVES_H

#include "control.h"

#define SID CONTROL_SID
#define DEVICE_TLB UINT64_C(0x0000010000000003)

static inline int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->config.device_tlb_timeout = 1000;
	f->config.fault_records = 3;
	control_run(f);
	return 0;
}

/* Save, and load into a new unit on the same memory. */
static inline void migrate_to_a_stop(struct fixture *f)
{
	uint8_t blob[VTD_STATE_SIZE_MAX];
	const char *reason = "";
	size_t size = vtd_unit_save(f->unit, blob, sizeof(blob));

	assert_true(size <= sizeof(blob));
	vtd_unit_destroy(f->unit);
	fixture_start(f);
	f->queue.unit = f->unit;
	fake_host_forget(&f->host);
	assert_int_equal(vtd_unit_load(f->unit, blob, size, &reason), 0);
	assert_null(reason);
}

/* The timer that the load asks for. */
static inline void run(struct fixture *f)
{
	assert_int_equal(f->host.timer, 1);
	f->host.timer = 0;
	vtd_unit_timer_expired(f->unit);
}

/* The same, and the machine runs. */
static inline void migrate(struct fixture *f)
{
	migrate_to_a_stop(f);
	run(f);
}

static inline uint32_t itag(struct fixture *f, unsigned int index)
{
	return UINT32_C(1) << f->host.invalidation[index].itag;
}

#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

#endif /* VTD_TESTS_STATE_MOVES_H */
