/* SPDX-License-Identifier: BSD-3-Clause */
/* What explanations say of interrupt requests.  SPEC 5.1. */
#include "interrupt_fixture.h"

struct explained {
	struct vtd_interrupt_explanation explanation;
	struct vtd_step step[VTD_INTERRUPT_STEPS_MAX];
};

static void explain(struct fixture *f, uint64_t address,
		    struct explained *explained)
{
	const struct vtd_interrupt_request request = {
		.sid = SID,
		.address = address,
	};

	vtd_unit_interrupt_explain(f->unit, &request, &explained->explanation,
				   explained->step, VTD_INTERRUPT_STEPS_MAX);
	assert_int_equal(fixture_take_reason(f), 0);
}

static void
steps_are_register_and_entry_when_interrupt_is_remapped(void **state)
{
	struct fixture *f = *state;
	struct explained explained;

	tables_irte(&f->tables, table, INDEX, VTD_IRTE0_P, 0);
	explain(f, ADDRESS, &explained);
	assert_false(explained.explanation.result.blocked);
	assert_true(explained.explanation.remappable);
	assert_int_equal(explained.explanation.index, INDEX);
	assert_int_equal(explained.explanation.steps, 2);
	assert_int_equal(explained.step[0].structure,
			 VTD_STRUCTURE_INTERRUPT_TABLE_ADDRESS);
	assert_int_equal(explained.step[1].address,
			 table + INDEX * VTD_IRTE_SIZE);
	assert_int_equal(explained.step[1].word[0], VTD_IRTE0_P);
	assert_int_equal(explained.explanation.fault_step, VTD_STEP_NONE);
	assert_int_equal(explained.explanation.recording, VTD_RECORDING_NONE);
	assert_int_equal(explained.explanation.record[0], 0);
	assert_int_equal(explained.explanation.record[1], 0);
}

static void fault_is_in_the_entry_when_source_is_another(void **state)
{
	struct fixture *f = *state;
	struct explained explained;

	tables_irte(&f->tables, table, INDEX, VTD_IRTE0_P, SVT_1 | 0x0100);
	explain(f, ADDRESS, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_IR_26);
	assert_int_equal(explained.explanation.fault_step, 1);
	assert_true((explained.step[1].error[1] & VTD_IRTE1_SID) != 0);
	assert_int_equal(explained.explanation.result.place.word, 1);
	assert_int_equal(explained.explanation.result.place.value,
			 SVT_1 | 0x0100);
	assert_int_equal(explained.explanation.recording,
			 VTD_RECORDING_RECORDED);
	assert_int_equal(explained.explanation.record[0] >> 48, INDEX);
	assert_true((explained.explanation.record[1] & VTD_FRCD_HI_F) != 0);
	assert_int_equal(vtd_field_get(explained.explanation.record[1],
				       VTD_FRCD_HI_FR),
			 0x26);
	assert_int_equal(explained.explanation.record[1] & 0xffff, SID);
}

static void step_has_the_reserved_bits_that_are_set(void **state)
{
	struct fixture *f = *state;
	struct explained explained;

	tables_irte(&f->tables, table, INDEX, VTD_IRTE0_P | VTD_BIT(12), 0);
	explain(f, ADDRESS, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_IR_24);
	assert_int_equal(explained.step[1].error[0], VTD_BIT(12));
	assert_int_equal(explained.step[1].error[1], 0);
	/* In posted format others are; and in both words. */
	tables_irte(&f->tables, table, INDEX,
		    VTD_IRTE0_P | VTD_IRTE0_IM | VTD_BIT(3), VTD_BIT(20));
	explain(f, ADDRESS, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_IR_24);
	assert_int_equal(explained.step[1].error[0], VTD_BIT(3));
	assert_int_equal(explained.step[1].error[1], VTD_BIT(20));
	assert_int_equal(explained.explanation.result.place.word, 0);
	tables_irte(&f->tables, table, INDEX, VTD_IRTE0_P, VTD_BIT(63));
	explain(f, ADDRESS, &explained);
	assert_int_equal(explained.step[1].error[0], 0);
	assert_int_equal(explained.step[1].error[1], VTD_BIT(63));
	assert_int_equal(explained.explanation.result.place.word, 1);
}

static void
fault_is_in_the_register_when_index_is_beyond_the_table(void **state)
{
	struct fixture *f = *state;
	struct explained explained;

	explain(f, UINT64_C(0xfee00010) | 0x100 << 5, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_IR_21);
	assert_int_equal(explained.explanation.fault_step, 0);
	assert_int_equal(explained.step[0].error[0], VTD_IRTA_S);
}

static void step_has_no_words_when_entry_is_not_in_memory(void **state)
{
	struct fixture *f = *state;
	struct explained explained;

	fake_host_set_hole(&f->host, table, 4096);
	explain(f, ADDRESS, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_IR_23);
	assert_int_equal(explained.explanation.steps, 2);
	assert_int_equal(explained.explanation.fault_step, 1);
	assert_int_equal(explained.step[1].address,
			 table + INDEX * VTD_IRTE_SIZE);
	assert_int_equal(explained.step[1].words, 0);
	assert_true(explained.explanation.result.place.unreadable);
}

static void descriptor_is_a_step_when_interrupt_is_posted(void **state)
{
	struct fixture *f = *state;
	uint64_t descriptor = tables_page(&f->tables);
	struct explained explained;

	fake_host_set_64(&f->host, descriptor + 32, VTD_BIT(3));
	tables_irte(&f->tables, table, INDEX,
		    VTD_IRTE0_P | VTD_IRTE0_IM |
			    vtd_field_make(VTD_IRTE0_POSTED_PDA_LOW,
					   descriptor >> 6),
		    vtd_field_make(VTD_IRTE1_POSTED_PDA_HIGH,
				   descriptor >> 32));
	explain(f, ADDRESS, &explained);
	assert_int_equal(explained.explanation.result.condition, VTD_IR_28);
	assert_int_equal(explained.explanation.steps, 3);
	assert_int_equal(explained.explanation.fault_step, 2);
	assert_int_equal(explained.step[2].address, descriptor + 32);
	assert_int_equal(explained.step[2].error[0], VTD_BIT(3));
}

static void result_says_where_when_request_is_blocked(void **state)
{
	const struct vtd_interrupt_request request = {
		.sid = SID,
		.address = ADDRESS,
	};
	struct fixture *f = *state;
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_IR_22);
	assert_int_equal(result.place.structure, VTD_STRUCTURE_INTERRUPT_ENTRY);
	assert_int_equal(result.place.address, table + INDEX * VTD_IRTE_SIZE);
	assert_int_equal(result.place.value, 0);
	assert_false(result.place.unreadable);
}

static void result_says_where_when_index_is_beyond_the_table(void **state)
{
	const struct vtd_interrupt_request request = {
		.sid = SID,
		.address = UINT64_C(0xfee00010) | 0x100 << 5,
	};
	struct fixture *f = *state;
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_IR_21);
	assert_int_equal(result.place.structure,
			 VTD_STRUCTURE_INTERRUPT_TABLE_ADDRESS);
	assert_int_equal(result.place.address, VTD_REG_IRTA);
	assert_int_equal(result.place.value, table | 7);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(steps_are_register_and_entry_when_interrupt_is_remapped),
		TEST(fault_is_in_the_entry_when_source_is_another),
		TEST(step_has_the_reserved_bits_that_are_set),
		TEST(fault_is_in_the_register_when_index_is_beyond_the_table),
		TEST(step_has_no_words_when_entry_is_not_in_memory),
		TEST(descriptor_is_a_step_when_interrupt_is_posted),
		TEST(result_says_where_when_request_is_blocked),
		TEST(result_says_where_when_index_is_beyond_the_table),
	};

	return RUN_TESTS(tests);
}
