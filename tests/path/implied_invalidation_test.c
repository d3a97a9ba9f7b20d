/* SPDX-License-Identifier: BSD-3-Clause */
/* What commands and invalidations make a unit look up again, and what the host
 * is told.  F 1.6, 5.9, 5.10. */
#include "control.h"

#define TE (UINT32_C(1) << 31)
#define SRTP (UINT32_C(1) << 30)
#define IRE (UINT32_C(1) << 25)
#define SIRTP (UINT32_C(1) << 24)
#define CFI (UINT32_C(1) << 23)

static void change_context(struct fixture *f, uint64_t root)
{
	tables_change(&f->tables,
		      tables_legacy_context(&f->tables, root, CONTROL_SID), 0,
		      1);
}

static void caches_are_flushed_when_root_table_is_set(void **state)
{
	struct fixture *f = *state;
	uint64_t root = control_pass_through_root(f);

	regs_set_root_table(f->unit, root, VTD_TTM_LEGACY);
	regs_command_set(f->unit, TE);
	control_translate(f);
	change_context(f, root);
	regs_set_root_table(f->unit, root, VTD_TTM_LEGACY);
	assert_int_equal(control_translate(f).status,
			 VTD_STATUS_UNSUPPORTED_REQUEST);
}

static void mode_is_the_new_one_when_root_table_is_set(void **state)
{
	struct fixture *f = *state;
	uint64_t root = control_pass_through_root(f);

	f->config.self_flush = false;
	fixture_start(f);
	regs_set_root_table(f->unit, root, VTD_TTM_LEGACY);
	regs_command_set(f->unit, TE);
	assert_int_equal(control_translate(f).status, VTD_STATUS_SUCCESS);
	regs_set_root_table(f->unit, root, VTD_TTM_RESERVED);
	assert_int_equal(control_translate(f).condition, VTD_RTA_1_2);
}

static void caches_are_flushed_when_translation_is_switched_off(void **state)
{
	struct fixture *f = *state;
	uint64_t root = control_pass_through_root(f);

	f->config.self_flush = false;
	fixture_start(f);
	regs_set_root_table(f->unit, root, VTD_TTM_LEGACY);
	regs_command_set(f->unit, TE);
	control_translate(f);
	change_context(f, root);
	regs_command_clear(f->unit, TE);
	regs_command_set(f->unit, TE);
	assert_int_equal(control_translate(f).status,
			 VTD_STATUS_UNSUPPORTED_REQUEST);
}

static void context_is_looked_up_again_when_queue_invalidated_it(void **state)
{
	struct fixture *f = *state;
	uint64_t root = control_pass_through_root(f);

	regs_queue_start(&f->queue, f->unit, &f->tables, false);
	regs_set_root_table(f->unit, root, VTD_TTM_LEGACY);
	regs_command_set(f->unit, TE);
	control_translate(f);
	change_context(f, root);
	assert_true(regs_queue_do(&f->queue, 0x31 | (uint64_t)CONTROL_SID << 32,
				  0));
	assert_int_equal(control_translate(f).status,
			 VTD_STATUS_UNSUPPORTED_REQUEST);
}

static void host_is_told_when_every_mapping_may_have_changed(void **state)
{
	static const uint32_t bits[] = { SRTP, TE };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		fake_host_forget(&f->host);
		regs_command_set(f->unit, bits[i]);
		assert_int_equal(f->host.mappings_changes, 1);
		assert_int_equal(f->host.mappings_change[0].scope,
				 VTD_CHANGE_GLOBAL);
	}
	fake_host_forget(&f->host);
	regs_command_clear(f->unit, TE);
	assert_int_equal(f->host.mappings_changes, 1);
}

static void host_is_told_when_every_interrupt_may_have_changed(void **state)
{
	struct fixture *f = *state;

	fake_host_forget(&f->host);
	regs_command_set(f->unit, SIRTP);
	regs_command_set(f->unit, IRE);
	regs_command_clear(f->unit, IRE);
	regs_command_set(f->unit, CFI);
	regs_command_clear(f->unit, CFI);
	assert_int_equal(f->host.interrupts_changes, 5);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(f->host.interrupts_change[i].first, 0);
		assert_int_equal(f->host.interrupts_change[i].last, 0xffff);
	}
}

int main(void)
{
#define ON_UNIT(name)                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup_started, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(caches_are_flushed_when_root_table_is_set),
		FIXTURE_TEST(mode_is_the_new_one_when_root_table_is_set),
		FIXTURE_TEST(
			caches_are_flushed_when_translation_is_switched_off),
		ON_UNIT(context_is_looked_up_again_when_queue_invalidated_it),
		ON_UNIT(host_is_told_when_every_mapping_may_have_changed),
		ON_UNIT(host_is_told_when_every_interrupt_may_have_changed),
	};

	return RUN_TESTS(tests);
}
