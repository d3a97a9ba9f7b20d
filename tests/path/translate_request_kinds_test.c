/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What depends on the kind of request rather than on tables: remapping off,
 * the interrupt range, pass-through, translated requests, requests without
 * PASID, probes.  SPEC 3.4, 3.14, 4.1.
 */
#include "check.h"

#define SID 0x0100
#define RID_PASID 0
#define PASID 5
#define INTERRUPT UINT64_C(0xfee00000)
#define ADDRESS UINT64_C(0x7f0012345000)
#define PAGE UINT64_C(0x5000000)

static struct vtd_translation access_at(struct fixture *fixture,
					uint64_t address,
					enum vtd_access access, uint32_t length)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = SID,
						  .access = access,
						  .address = address,
						  .length = length,
					  });
}

static struct vtd_translation
of_type(struct fixture *fixture, enum vtd_address_type type, uint64_t address)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = SID,
						  .type = type,
						  .access = VTD_ACCESS_READ,
						  .address = address,
						  .length = 8,
					  });
}

static struct vtd_translation with_pasid(struct fixture *fixture,
					 enum vtd_address_type type,
					 uint64_t address)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = SID,
						  .type = type,
						  .access = VTD_ACCESS_READ,
						  .address = address,
						  .pasid_present = true,
						  .pasid = PASID,
					  });
}

/* Pass-through for RID_PASID and PASID. */
static struct fixture_context pass_through(struct fixture *fixture)
{
	struct fixture_context context =
		fixture_sm_context(fixture, SID, RID_PASID);

	fixture_pasid_pass_through(fixture, context.dir, RID_PASID);
	fixture_pasid_pass_through(fixture, context.dir, PASID);
	return context;
}

/* Remapping off */

static void address_is_unchanged_when_translation_is_off(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	fixture_start(fixture);
	result = access_at(fixture, UINT64_C(0x123456789abc), VTD_ACCESS_WRITE,
			   4);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_int_equal(result.address, UINT64_C(0x123456789abc));
	assert_true(result.read);
	assert_true(result.write);
}

static void size_leaves_interrupts_out_when_translation_is_off(void **state)
{
	struct fixture *fixture = *state;

	fixture_start(fixture);
	assert_int_equal(access_at(fixture, 0, VTD_ACCESS_READ, 4).size_shift,
			 31);
	assert_int_equal(access_at(fixture, UINT64_MAX - 7, VTD_ACCESS_READ, 4)
				 .size_shift,
			 63);
}

static void
translation_is_refused_unrecorded_when_translation_is_off(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	fixture_start(fixture);
	result = of_type(fixture, VTD_AT_TRANSLATION, ADDRESS);
	assert_int_equal(result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	assert_int_equal(result.condition, VTD_PROTOCOL_ERROR);
	result = of_type(fixture, VTD_AT_TRANSLATED, ADDRESS);
	assert_int_equal(result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	assert_int_equal(fixture_take_reason(fixture), 0);
}

static void request_is_refused_unrecorded_when_at_is_reserved(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	pass_through(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = of_type(fixture, (enum vtd_address_type)3, ADDRESS);
	assert_int_equal(result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	assert_int_equal(fixture_take_reason(fixture), 0);
}

/* Interrupt range */

static void
dword_write_is_an_interrupt_when_in_the_interrupt_range(void **state)
{
	struct fixture *fixture = *state;

	/* Before and after translation is on: no table is looked at. */
	fixture_start(fixture);
	assert_int_equal(
		access_at(fixture, INTERRUPT + 4, VTD_ACCESS_WRITE, 4).status,
		VTD_STATUS_INTERRUPT);
	fixture_enable(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, INTERRUPT + UINT64_C(0xffffc),
				   VTD_ACCESS_WRITE, 4)
				 .status,
			 VTD_STATUS_INTERRUPT);
	assert_int_equal(fixture_take_reason(fixture), 0);
}

static void other_access_is_29h_when_in_the_interrupt_range(void **state)
{
	static const struct {
		enum vtd_access access;
		uint32_t offset;
		uint32_t length;
	} bad[] = {
		{ VTD_ACCESS_WRITE, 0, 8 },  { VTD_ACCESS_WRITE, 0, 2 },
		{ VTD_ACCESS_WRITE, 2, 4 },  { VTD_ACCESS_READ, 0, 4 },
		{ VTD_ACCESS_ATOMIC, 0, 4 },
	};
	struct fixture *fixture = *state;

	pass_through(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct vtd_translation result =
			access_at(fixture, INTERRUPT + bad[i].offset,
				  bad[i].access, bad[i].length);

		assert_int_equal(result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
		assert_int_equal(fixture_take_reason(fixture), 0x29);
	}
}

static void zero_length_read_passes_when_in_the_interrupt_range(void **state)
{
	struct fixture *fixture = *state;

	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, INTERRUPT,
				   VTD_ACCESS_ZERO_LENGTH_READ, 0)
				 .status,
			 VTD_STATUS_SUCCESS);
	assert_int_equal(fixture_take_reason(fixture), 0);
}

/* S.1 and S.2 */
static void
only_untranslated_writes_are_granted_when_in_interrupt_range(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = of_type(fixture, VTD_AT_TRANSLATION, INTERRUPT);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_false(result.read);
	assert_true(result.write);
	assert_true(result.untranslated_only);
	assert_int_equal(result.size_shift, 12);
}

static void nothing_is_granted_when_nw_in_interrupt_range(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = fixture_translate(fixture, (struct vtd_request){
						    .sid = SID,
						    .type = VTD_AT_TRANSLATION,
						    .address = INTERRUPT,
						    .no_write = true,
					    });
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_false(result.read);
	assert_false(result.write);
	assert_false(result.untranslated_only);
}

/* With PASID it is an address like any other. */
static void
address_is_translated_when_in_interrupt_range_with_pasid(void **state)
{
	struct fixture *fixture = *state;
	struct fixture_context context =
		fixture_sm_context(fixture, SID, RID_PASID);
	struct page_table table;

	page_table_init(&table, &fixture->tables, PAGE_TABLE_FIRST_STAGE, 4);
	page_table_map(&table, INTERRUPT, PAGE, 12, FS_USER_RW);
	fixture_pasid_first_stage(fixture, context.dir, PASID, &table);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(
		with_pasid(fixture, VTD_AT_UNTRANSLATED, INTERRUPT).address,
		PAGE);
	assert_int_equal(
		with_pasid(fixture, VTD_AT_TRANSLATION, INTERRUPT).address,
		PAGE);
}

/* Pass-through */

static void size_is_the_largest_page_when_passed_through(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	pass_through(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = with_pasid(fixture, VTD_AT_TRANSLATION, UINT64_C(0x123456000));
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, UINT64_C(0x123456000));
	assert_int_equal(result.size_shift, 30);
	assert_true(result.read);
	assert_true(result.write);
}

static void size_is_cut_when_passed_through_near_interrupts(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	pass_through(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = with_pasid(fixture, VTD_AT_TRANSLATION, INTERRUPT - 4096);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.size_shift, 21);
}

static void special_answer_is_given_when_passed_into_interrupts(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	pass_through(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = with_pasid(fixture, VTD_AT_TRANSLATION, INTERRUPT);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_false(result.read);
	assert_true(result.write);
	assert_true(result.untranslated_only);
	result = with_pasid(fixture, VTD_AT_UNTRANSLATED, INTERRUPT);
	assert_int_equal(result.condition, VTD_SGN_8_1);
}

/* Translated requests */

static void translated_request_passes_when_no_pasid_entry_is_there(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_translation result;

	fixture_sm_context(fixture, SID, RID_PASID);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	/* Not from a cache either, the second time. */
	for (unsigned int i = 0; i < 2; i++) {
		result = of_type(fixture, VTD_AT_TRANSLATED, PAGE + 0x10);
		assert_int_equal(result.condition, VTD_CONDITION_NONE);
		assert_int_equal(result.address, PAGE + 0x10);
		result = of_type(fixture, VTD_AT_UNTRANSLATED, PAGE);
		assert_int_equal(result.condition, VTD_SPD_2);
	}
}

/* Privilege */

static void
privilege_is_that_of_the_context_when_there_is_no_pasid(void **state)
{
	struct fixture *fixture = *state;
	struct fixture_context context =
		fixture_sm_context(fixture, SID, RID_PASID);
	struct vtd_translation result;
	struct page_table table;

	page_table_init(&table, &fixture->tables, PAGE_TABLE_FIRST_STAGE, 4);
	page_table_map(&table, ADDRESS, PAGE, 12, FS_SUPERVISOR_RW);
	fixture_pasid_first_stage(fixture, context.dir, RID_PASID, &table);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = of_type(fixture, VTD_AT_TRANSLATION, ADDRESS);
	assert_int_equal(result.condition, VTD_SGN_2);
	tables_change(&fixture->tables, context.entry + 8,
		      VTD_SM_CONTEXT1_RID_PRIV, 0);
	assert_true(regs_queue_flush(&fixture->queue));
	result = of_type(fixture, VTD_AT_TRANSLATION, ADDRESS);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_true(result.write);
	/* Priv is only for requests that asked for it. */
	assert_false(result.privileged);
}

static void priv_is_answered_when_privileged_request_is_denied(void **state)
{
	struct fixture *fixture = *state;
	struct fixture_context context = pass_through(fixture);
	struct vtd_translation result;

	(void)context;
	fixture_run(fixture, VTD_TTM_SCALABLE);
	result = fixture_translate(fixture, (struct vtd_request){
						    .sid = SID,
						    .type = VTD_AT_TRANSLATION,
						    .address = ADDRESS,
						    .pasid_present = true,
						    .pasid = PASID,
						    .privileged = true,
					    });
	assert_int_equal(result.condition, VTD_SPT_6);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_false(result.read);
	assert_true(result.privileged);
}

/* Probes */

static void probe_leaves_no_trace_when_it_succeeds(void **state)
{
	struct fixture *fixture = *state;
	struct fixture_context context =
		fixture_sm_context(fixture, SID, RID_PASID);
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_WRITE,
		.address = ADDRESS,
		.length = 8,
	};
	struct vtd_counters counters;
	struct vtd_translation result;
	struct page_table table;
	uint64_t leaf;

	page_table_init(&table, &fixture->tables, PAGE_TABLE_FIRST_STAGE, 4);
	leaf = page_table_map(&table, ADDRESS, PAGE, 12, FS_USER_RW);
	fixture_pasid_first_stage(fixture, context.dir, RID_PASID, &table);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	vtd_unit_probe(fixture->unit, &request, &result);
	assert_int_equal(result.address, PAGE);
	assert_true(result.write);
	assert_int_equal(fake_host_get_64(&fixture->host, leaf),
			 PAGE | FS_USER_RW);
	vtd_unit_counters(fixture->unit, &counters, sizeof(counters));
	assert_int_equal(counters.config_cache_misses, 0);
}

static void miss_is_counted_when_a_request_finds_no_configuration(void **state)
{
	struct fixture *fixture = *state;
	struct vtd_counters counters;

	pass_through(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	/* These are never answered in short. */
	for (unsigned int i = 0; i < 3; i++)
		access_at(fixture, ADDRESS, VTD_ACCESS_ZERO_LENGTH_READ, 0);
	vtd_unit_counters(fixture->unit, &counters, sizeof(counters));
	assert_int_equal(counters.config_cache_misses, 1);
}

static void probe_records_nothing_when_it_faults(void **state)
{
	struct fixture *fixture = *state;
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_WRITE,
		.address = ADDRESS,
	};
	struct vtd_translation result;

	fixture_run(fixture, VTD_TTM_SCALABLE);
	vtd_unit_probe(fixture->unit, &request, &result);
	assert_int_equal(result.condition, VTD_SRT_2);
	assert_int_equal(result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	assert_int_equal(fixture_take_reason(fixture), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(address_is_unchanged_when_translation_is_off),
		FIXTURE_TEST(
			size_leaves_interrupts_out_when_translation_is_off),
		FIXTURE_TEST(
			translation_is_refused_unrecorded_when_translation_is_off),
		FIXTURE_TEST(request_is_refused_unrecorded_when_at_is_reserved),
		FIXTURE_TEST(
			dword_write_is_an_interrupt_when_in_the_interrupt_range),
		FIXTURE_TEST(other_access_is_29h_when_in_the_interrupt_range),
		FIXTURE_TEST(
			zero_length_read_passes_when_in_the_interrupt_range),
		FIXTURE_TEST(
			only_untranslated_writes_are_granted_when_in_interrupt_range),
		FIXTURE_TEST(nothing_is_granted_when_nw_in_interrupt_range),
		FIXTURE_TEST(
			address_is_translated_when_in_interrupt_range_with_pasid),
		FIXTURE_TEST(size_is_the_largest_page_when_passed_through),
		FIXTURE_TEST(size_is_cut_when_passed_through_near_interrupts),
		FIXTURE_TEST(
			special_answer_is_given_when_passed_into_interrupts),
		FIXTURE_TEST(
			translated_request_passes_when_no_pasid_entry_is_there),
		FIXTURE_TEST(
			privilege_is_that_of_the_context_when_there_is_no_pasid),
		FIXTURE_TEST(
			priv_is_answered_when_privileged_request_is_denied),
		FIXTURE_TEST(probe_leaves_no_trace_when_it_succeeds),
		FIXTURE_TEST(
			miss_is_counted_when_a_request_finds_no_configuration),
		FIXTURE_TEST(probe_records_nothing_when_it_faults),
	};

	return RUN_TESTS(tests);
}
