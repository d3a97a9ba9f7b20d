/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of single interrupt requests share: a remapping table of 256 entries. */
#ifndef VTD_TESTS_INTERRUPT_FIXTURE_H
#define VTD_TESTS_INTERRUPT_FIXTURE_H

#include "control.h"

#define IRE (UINT32_C(1) << 25)
#define SID 0x1234
#define INDEX 5
/* A remappable request for that entry. */
#define ADDRESS (UINT64_C(0xfee00010) | INDEX << 5)
#define SVT_1 (UINT64_C(1) << 18)

static uint64_t table;

/* cmocka setup: interrupts are remapped by the table, which has no entry yet. */
static inline int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->config.posted_interrupts = true;
	table = tables_page(&f->tables);
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_set_interrupt_table(f->unit, table, 7, false);
	regs_command_set(f->unit, IRE);
	return 0;
}

#endif /* VTD_TESTS_INTERRUPT_FIXTURE_H */
