/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of the control plane share: a unit with everything on, and the
 * simplest way to each of the three events. */
#ifndef VTD_TESTS_CONTROL_H
#define VTD_TESTS_CONTROL_H

#include "check.h"

/* A device whose requests without PASID pass through and may ask for pages. */
#define CONTROL_SID 0x0100

/* Scalable mode with the device above; interrupt remapping without any entry
 * and without compatibility format. */
static inline void control_run(struct fixture *f)
{
	struct fixture_context context;

	fixture_run(f, VTD_TTM_SCALABLE);
	context = fixture_sm_context(f, CONTROL_SID, 0);
	fixture_pasid_pass_through(f, context.dir, 0);
	regs_set_interrupt_table(f->unit, tables_pages(&f->tables, 2), 8,
				 false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
}

/* cmocka setup: a unit that control_run() set going. */
static inline int control_setup(void **state)
{
	if (fixture_setup(state) != 0)
		return -1;
	control_run(*state);
	return 0;
}

/* The same, and the host has forgotten what that made the unit do. */
static inline int control_setup_forgotten(void **state)
{
	if (control_setup(state) != 0)
		return -1;
	fake_host_forget(&((struct fixture *)*state)->host);
	return 0;
}

/* The host's time there, at first. */
#define CONTROL_NOW UINT64_C(5000)
/* How long a silent endpoint has, in units of control_setup_with_timeout(). */
#define CONTROL_TIMEOUT UINT64_C(1000)

/* cmocka setup: control_setup() with a short device-TLB time-out. */
static inline int control_setup_with_timeout(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->config.device_tlb_timeout = CONTROL_TIMEOUT;
	f->host.now = CONTROL_NOW;
	control_run(f);
	return 0;
}

/* A read of address 0x5000. */
static inline struct vtd_translation control_translate(struct fixture *f)
{
	return fixture_translate(f, (struct vtd_request){
					    .sid = CONTROL_SID,
					    .access = VTD_ACCESS_READ,
					    .length = 4,
					    .address = 0x5000,
				    });
}

/* A legacy root table in which the device passes through. */
static inline uint64_t control_pass_through_root(struct fixture *f)
{
	uint64_t root = tables_page(&f->tables);
	const uint64_t words[2] = { 1 | 2 << 2, 2 };

	tables_put(&f->tables,
		   tables_legacy_context(&f->tables, root, CONTROL_SID), words,
		   2);
	return root;
}

/* A blocked interrupt request: fault 25h, never qualified. */
static inline void control_fault(struct fixture *f, uint16_t sid)
{
	const struct vtd_interrupt_request request = {
		.sid = sid,
		.address = 0xfee00000,
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
}

/* A page request for address 0x1000 that software has to answer. */
static inline void control_page_request(struct fixture *f)
{
	const struct vtd_page_request request = {
		.sid = CONTROL_SID,
		.read = true,
		.last = true,
		.address = 0x1000,
	};

	vtd_unit_page_request(f->unit, &request);
}

static inline uint32_t control_fsts(struct fixture *f)
{
	return regs_read_32(f->unit, 0x034);
}

static inline unsigned int control_iqei(struct fixture *f)
{
	return (unsigned int)(regs_read_64(f->unit, 0x0b0) & 0xf);
}

#define FSTS_PFO UINT32_C(0x01)
#define FSTS_PPF UINT32_C(0x02)
#define FSTS_IQE UINT32_C(0x10)
#define FSTS_ICE UINT32_C(0x20)
#define FSTS_ITE UINT32_C(0x40)
#define FSTS_FRI(status) ((status) >> 8 & 0xff)

#endif /* VTD_TESTS_CONTROL_H */
