/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of endpoints share that do not answer in time, or cannot. */
#ifndef VTD_TESTS_DEVICE_TLB_TIMEOUT_H
#define VTD_TESTS_DEVICE_TLB_TIMEOUT_H

#include "control.h"

#define SID 0x0100
#define DEVICE_TLB_OF(sid) (UINT64_C(0x3) | (uint64_t)(sid) << 32)
#define TIMEOUT CONTROL_TIMEOUT

static inline void put_and_wait(struct fixture *f, uint16_t sid)
{
	regs_queue_put(&f->queue, DEVICE_TLB_OF(sid), 0);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
}

static inline void pass_time(struct fixture *f, uint64_t nanoseconds)
{
	f->host.now += nanoseconds;
	f->host.timer = 0;
	vtd_unit_timer_expired(f->unit);
}

static inline uint16_t itesid(struct fixture *f)
{
	return (uint16_t)(regs_read_64(f->unit, 0x0b0) >> 32);
}

static inline uint32_t itag(struct fixture *f, unsigned int index)
{
	return UINT32_C(1) << f->host.invalidation[index].itag;
}

/* So many have been used, and are free again. */
static inline void use_itags(struct fixture *f, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		regs_queue_put(&f->queue, DEVICE_TLB_OF(SID), 0);
	regs_queue_submit(&f->queue);
	for (unsigned int i = 0; i < count; i++)
		vtd_unit_device_tlb_complete(f->unit, SID, itag(f, i), 1);
}

#define ON_UNIT(name)                                                     \
	cmocka_unit_test_setup_teardown(name, control_setup_with_timeout, \
					fixture_teardown)

#endif /* VTD_TESTS_DEVICE_TLB_TIMEOUT_H */
