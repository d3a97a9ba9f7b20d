/* SPDX-License-Identifier: BSD-3-Clause */
/* What software should not do, and is told of with vtd_config.check. */
#include "lint_fixture.h"

static void change_is_found_when_both_entries_are_present(void **state)
{
	struct fixture *f = *state;
	struct process process = start(f);

	fake_host_set_64(&f->host, process.leaf,
			 (PAGE + 0x100000) | FS_USER_RW | VTD_FS_A);
	access_at(f, ADDRESS, VTD_ACCESS_READ);
	/* The stale use is told after it. */
	check_told("leaf", f,
		   (struct vtd_lint_report){
			   .lint = VTD_LINT_PRESENT_TO_PRESENT,
			   .sid = SID,
			   .pasid = PASID,
			   .address = ADDRESS,
			   .value = PAGE + 0x100000,
		   });
}

static void nothing_is_found_when_unit_caches_and_does_not_check(void **state)
{
	struct fixture *f = *state;
	struct process process;

	f->config.iotlb = VTD_IOTLB_KEEP;
	process = run_process(f, FS_USER_RW | VTD_FS_A | VTD_FS_D);
	tables_change(&f->tables, process.entry + 8, 0, VTD_PASID1_PWSNP);
	flush_pasid_cache(f, PASID);
	assert_int_equal(access_at(f, ADDRESS, VTD_ACCESS_READ).condition,
			 VTD_SFS_9);
	check_not_found("without", f);
}

/* A remapped interrupt by entry 3. */
static void interrupt(struct fixture *f)
{
	const struct vtd_interrupt_request request = {
		.sid = SID,
		.address = 0xfee00010 | 3 << 5,
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	assert_false(result.blocked);
}

static uint64_t start_interrupts(struct fixture *f)
{
	uint64_t table = tables_pages(&f->tables, 2);

	start(f);
	tables_irte(&f->tables, table, 3, VTD_IRTE0_P | 0x30 << 16, 0);
	regs_set_interrupt_table(f->unit, table, 8, false);
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_IRE);
	interrupt(f);
	assert_int_equal(f->host.lints, 0);
	return table;
}

static void entry_is_not_found_when_unit_was_reset(void **state)
{
	struct fixture *f = *state;
	uint64_t table = start_interrupts(f);

	tables_irte(&f->tables, table, 3, VTD_IRTE0_P | 0x31 << 16, 0);
	vtd_unit_reset(f->unit, VTD_RESET_WARM);
	regs_set_interrupt_table(f->unit, table, 8, false);
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_IRE);
	interrupt(f);
	check_not_found("reset", f);
}

/* Only the trace, only the callback, or neither. */
static void lint_is_told_in_one_way_when_host_has_only_that(void **state)
{
	struct fixture *f = *state;
	struct vtd_host_ops ops = fake_host_ops;

	configure(f);
	for (unsigned int ways = 0; ways < 4; ways++) {
		ops.lint = (ways & 1) != 0 ? fake_host_ops.lint : NULL;
		ops.trace = (ways & 2) != 0 ? fake_host_ops.trace : NULL;
		vtd_unit_destroy(f->unit);
		fake_host_forget(&f->host);
		f->host.trace[0] = '\0';
		assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host,
						 &f->unit),
				 0);
		f->host.unit = f->unit;
		regs_write_32(f->unit, 0x018,
			      (uint32_t)(VTD_GCMD_QIE | VTD_GCMD_TE));
		assert_int_equal(f->host.lints, (ways & 1) != 0);
		assert_true((f->host.trace[0] != '\0') == ((ways & 2) != 0));
	}
}

static void everything_has_words_when_asked(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < VTD_LINTS; i++) {
		enum vtd_lint lint = (enum vtd_lint)i;

		assert_string_not_equal(vtd_lint_name(lint), "unknown");
		assert_string_not_equal(vtd_lint_section(lint), "?");
	}
	assert_string_equal(vtd_lint_text((enum vtd_lint)VTD_LINTS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(change_is_found_when_both_entries_are_present),
		FIXTURE_TEST(
			nothing_is_found_when_unit_caches_and_does_not_check),
		FIXTURE_TEST(entry_is_not_found_when_unit_was_reset),
		FIXTURE_TEST(lint_is_told_in_one_way_when_host_has_only_that),
		FIXTURE_TEST(everything_has_words_when_asked),
	};

	return RUN_TESTS(tests);
}
