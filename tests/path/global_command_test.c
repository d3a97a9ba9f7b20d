/* SPDX-License-Identifier: BSD-3-Clause */
/* GCMD and GSTS, and what each command does.  F 1.6, 1.7, 5.10. */
#include "control.h"

#define GCMD 0x018
#define GSTS 0x01c
#define TE (UINT32_C(1) << 31)
#define SRTP (UINT32_C(1) << 30)
#define WBF (UINT32_C(1) << 27)
#define QIE (UINT32_C(1) << 26)
#define IRE (UINT32_C(1) << 25)
#define SIRTP (UINT32_C(1) << 24)
#define CFI (UINT32_C(1) << 23)

static uint32_t status(struct fixture *f)
{
	return regs_read_32(f->unit, GSTS);
}

static void level_bits_follow_when_they_are_written(void **state)
{
	static const uint32_t bits[] = { TE, QIE, IRE, CFI };
	struct fixture *f = *state;

	for (size_t i = 0; i < 4; i++) {
		regs_write_32(f->unit, GCMD, bits[i]);
		assert_int_equal(status(f), bits[i]);
		regs_write_32(f->unit, GCMD, 0);
		assert_int_equal(status(f), 0);
	}
}

static void one_shot_bits_are_acknowledged_when_written(void **state)
{
	struct fixture *f = *state;

	regs_write_32(f->unit, GCMD, SRTP);
	assert_int_equal(status(f), SRTP);
	regs_write_32(f->unit, GCMD, SIRTP);
	assert_int_equal(status(f), SRTP | SIRTP);
	/* They are no levels: writing 0 takes nothing back. */
	regs_write_32(f->unit, GCMD, 0);
	assert_int_equal(status(f), SRTP | SIRTP);
}

static void reserved_and_unsupported_bits_do_nothing_when_written(void **state)
{
	struct fixture *f = *state;

	regs_write_32(f->unit, GCMD,
		      WBF | UINT32_C(3) << 28 | ((UINT32_C(1) << 23) - 1));
	assert_int_equal(status(f), 0);
}

static void interrupt_bits_do_nothing_when_unit_cannot_remap(void **state)
{
	struct fixture *f = *state;

	f->config.interrupt_remapping = false;
	f->config.extended_interrupt_mode = false;
	fixture_start(f);
	regs_write_32(f->unit, GCMD, IRE | SIRTP | CFI);
	assert_int_equal(status(f), 0);
}

static void status_ignores_writes_when_software_tries(void **state)
{
	struct fixture *f = *state;

	regs_write_32(f->unit, GSTS, UINT32_MAX);
	assert_int_equal(status(f), 0);
	regs_write_64(f->unit, GCMD, (uint64_t)UINT32_MAX << 32);
	assert_int_equal(status(f), 0);
}

static void every_difference_counts_when_several_bits_change(void **state)
{
	struct fixture *f = *state;

	regs_write_32(f->unit, GCMD, TE | QIE | IRE);
	assert_int_equal(status(f), TE | QIE | IRE);
	regs_write_32(f->unit, GCMD, QIE | CFI);
	assert_int_equal(status(f), QIE | CFI);
}

/* ------------------------------------------------------------ Root table */

static void requests_pass_when_translation_is_off(void **state)
{
	struct fixture *f = *state;
	struct vtd_translation result = control_translate(f);

	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_true(result.address == 0x5000);
	assert_true(result.read && result.write);
	assert_int_equal(control_fsts(f), 0);
}

static void requests_are_translated_when_translation_is_on(void **state)
{
	struct fixture *f = *state;

	regs_set_root_table(f->unit, f->root, VTD_TTM_LEGACY);
	regs_command_set(f->unit, TE);
	assert_int_equal(control_translate(f).status,
			 VTD_STATUS_UNSUPPORTED_REQUEST);
}

static void root_table_counts_only_when_it_was_latched(void **state)
{
	struct fixture *f = *state;
	uint64_t root = control_pass_through_root(f);

	regs_set_root_table(f->unit, root, VTD_TTM_LEGACY);
	regs_command_set(f->unit, TE);
	assert_int_equal(control_translate(f).status, VTD_STATUS_SUCCESS);
	regs_write_64(f->unit, 0x020, f->root);
	assert_int_equal(control_translate(f).status, VTD_STATUS_SUCCESS);
	regs_command_set(f->unit, SRTP);
	assert_int_equal(control_translate(f).status,
			 VTD_STATUS_UNSUPPORTED_REQUEST);
}

static void root_table_is_taken_when_its_mode_is_reserved(void **state)
{
	struct regs_fault fault;
	struct fixture *f = *state;

	regs_set_root_table(f->unit, f->root, VTD_TTM_RESERVED);
	assert_int_equal(status(f), SRTP);
	regs_command_set(f->unit, TE);
	control_translate(f);
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, 0x30);
}

static void new_mode_counts_when_set_while_translation_is_on(void **state)
{
	struct regs_fault fault;
	struct fixture *f = *state;

	regs_set_root_table(f->unit, control_pass_through_root(f),
			    VTD_TTM_LEGACY);
	regs_command_set(f->unit, TE);
	control_translate(f);
	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	control_translate(f);
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, 0x39);
}

static void state_is_answered_when_host_asks(void **state)
{
	struct fixture *f = *state;

	assert_false(vtd_unit_translation_enabled(f->unit));
	regs_command_set(f->unit, TE);
	assert_true(vtd_unit_translation_enabled(f->unit));
	assert_false(vtd_unit_interrupt_remapping_enabled(f->unit));
	regs_command_set(f->unit, IRE);
	assert_true(vtd_unit_interrupt_remapping_enabled(f->unit));
}

int main(void)
{
#define ON_UNIT(name)                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup_started, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(level_bits_follow_when_they_are_written),
		ON_UNIT(one_shot_bits_are_acknowledged_when_written),
		ON_UNIT(reserved_and_unsupported_bits_do_nothing_when_written),
		FIXTURE_TEST(interrupt_bits_do_nothing_when_unit_cannot_remap),
		ON_UNIT(status_ignores_writes_when_software_tries),
		ON_UNIT(every_difference_counts_when_several_bits_change),
		ON_UNIT(requests_pass_when_translation_is_off),
		ON_UNIT(requests_are_translated_when_translation_is_on),
		ON_UNIT(root_table_counts_only_when_it_was_latched),
		ON_UNIT(root_table_is_taken_when_its_mode_is_reserved),
		ON_UNIT(new_mode_counts_when_set_while_translation_is_on),
		ON_UNIT(state_is_answered_when_host_asks),
	};

	return RUN_TESTS(tests);
}
