/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a record says of the request that faulted (F 1.11).  The root table is
 * empty: every request faults with 39h (SRT.2), which no FPD suppresses.
 */
#include "control.h"

#define TYPE_WRITE 0
#define TYPE_PAGE_REQUEST 1
#define TYPE_READ 2
#define TYPE_ATOMIC 3

static const struct vtd_request plain = {
	.sid = 0x1234,
	.access = VTD_ACCESS_READ,
	.length = 4,
	.address = 0x12345678,
};

static struct regs_fault fault_of(struct fixture *f,
				  const struct vtd_request *request)
{
	struct vtd_translation result;
	struct regs_fault fault = { 0 };

	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_translate(f->unit, request, &result);
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, 0x39);
	return fault;
}

static void record_has_source_and_page_when_read_faults(void **state)
{
	struct regs_fault fault = fault_of(*state, &plain);

	assert_int_equal(fault.sid, 0x1234);
	assert_true(fault.address == 0x12345000);
	assert_int_equal(fault.type, TYPE_READ);
	assert_int_equal(fault.at, 0);
}

static void record_has_no_pasid_when_request_has_none(void **state)
{
	struct vtd_request request = plain;
	struct regs_fault fault;

	/* Not looked at without pasid_present. */
	request.pasid = 0xfffff;
	request.privileged = true;
	request.execute = true;
	fault = fault_of(*state, &request);
	assert_false(fault.pasid_present);
	assert_int_equal(fault.pasid, 0);
	assert_false(fault.privileged);
	assert_false(fault.execute);
}

static void record_says_write_when_write_faults(void **state)
{
	struct vtd_request request = plain;

	request.access = VTD_ACCESS_WRITE;
	assert_int_equal(fault_of(*state, &request).type, TYPE_WRITE);
}

static void record_says_atomic_when_atomic_faults(void **state)
{
	struct vtd_request request = plain;

	request.access = VTD_ACCESS_ATOMIC;
	assert_int_equal(fault_of(*state, &request).type, TYPE_ATOMIC);
}

static void record_says_read_when_read_of_no_bytes_faults(void **state)
{
	struct vtd_request request = plain;

	request.access = VTD_ACCESS_ZERO_LENGTH_READ;
	assert_int_equal(fault_of(*state, &request).type, TYPE_READ);
}

static void record_has_type_01_when_translation_request_faults(void **state)
{
	struct vtd_request request = plain;
	struct regs_fault fault;

	/* Whatever the access that it is for. */
	request.type = VTD_AT_TRANSLATION;
	request.access = VTD_ACCESS_WRITE;
	fault = fault_of(*state, &request);
	assert_int_equal(fault.at, 1);
	assert_int_equal(fault.type, TYPE_READ);
}

static void record_has_type_10_when_translated_request_faults(void **state)
{
	struct vtd_request request = plain;
	struct regs_fault fault;

	request.type = VTD_AT_TRANSLATED;
	request.access = VTD_ACCESS_WRITE;
	fault = fault_of(*state, &request);
	assert_int_equal(fault.at, 2);
	assert_int_equal(fault.type, TYPE_WRITE);
}

static void record_has_whole_pasid_when_request_has_one(void **state)
{
	struct vtd_request request = plain;
	struct regs_fault fault;

	request.pasid_present = true;
	request.pasid = 0xabcde;
	fault = fault_of(*state, &request);
	assert_true(fault.pasid_present);
	assert_int_equal(fault.pasid, 0xabcde);
	assert_false(fault.privileged);
	assert_false(fault.execute);
}

static void record_says_privileged_when_request_is(void **state)
{
	struct vtd_request request = plain;
	struct regs_fault fault;

	request.pasid_present = true;
	request.privileged = true;
	fault = fault_of(*state, &request);
	assert_true(fault.privileged);
	assert_false(fault.execute);
}

static void record_says_execute_when_request_does(void **state)
{
	struct vtd_request request = plain;
	struct regs_fault fault;

	request.pasid_present = true;
	request.execute = true;
	fault = fault_of(*state, &request);
	assert_true(fault.execute);
	assert_false(fault.privileged);
}

static void address_ends_at_57_bits_when_first_stage_has_5_levels(void **state)
{
	struct vtd_request request = plain;

	request.address = UINT64_C(0xffff888812345678);
	assert_true(fault_of(*state, &request).address ==
		    UINT64_C(0x01ff888812345000));
}

static void address_ends_at_48_bits_when_first_stage_has_4_levels(void **state)
{
	struct fixture *f = *state;
	struct vtd_request request = plain;

	f->config.first_stage_5_level = false;
	request.address = UINT64_C(0xffff888812345678);
	assert_true(fault_of(f, &request).address ==
		    UINT64_C(0x0000888812345000));
}

static struct regs_fault page_request_fault(struct fixture *f,
					    const struct vtd_page_request *r)
{
	struct regs_fault fault = { 0 };

	fixture_run(f, VTD_TTM_SCALABLE);
	vtd_unit_page_request(f->unit, r);
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, 0x39);
	return fault;
}

static void record_says_page_request_when_page_request_faults(void **state)
{
	const struct vtd_page_request request = {
		.sid = 0x1234,
		.read = true,
		.write = true,
		.address = 0x7654321,
	};
	struct regs_fault fault = page_request_fault(*state, &request);

	assert_int_equal(fault.type, TYPE_PAGE_REQUEST);
	assert_int_equal(fault.at, 0);
	assert_int_equal(fault.sid, 0x1234);
	assert_true(fault.address == 0x7654000);
	assert_false(fault.pasid_present);
}

static void record_has_pasid_when_page_request_has_one(void **state)
{
	const struct vtd_page_request request = {
		.sid = 0x1234,
		.pasid_present = true,
		.pasid = 0xfedcb,
		.privileged = true,
		.read = true,
	};
	struct regs_fault fault = page_request_fault(*state, &request);

	assert_true(fault.pasid_present);
	assert_int_equal(fault.pasid, 0xfedcb);
	assert_true(fault.privileged);
}

/* Index 1234h in 63:48, 47:12 zero. */
static void record_has_index_when_interrupt_request_faults(void **state)
{
	const struct vtd_interrupt_request request = {
		.sid = 0xf0f8,
		.address = 0xfee00000 | 0x1234 << 5 | 1 << 4,
	};
	struct fixture *f = *state;
	struct vtd_interrupt result;
	struct regs_fault fault = { 0 };

	control_run(f);
	vtd_unit_interrupt(f->unit, &request, &result);
	assert_true(regs_take_fault(f->unit, &fault));
	assert_int_equal(fault.reason, 0x21);
	assert_int_equal(fault.sid, 0xf0f8);
	assert_true(fault.address == UINT64_C(0x1234) << 48);
	assert_false(fault.pasid_present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(record_has_source_and_page_when_read_faults),
		FIXTURE_TEST(record_has_no_pasid_when_request_has_none),
		FIXTURE_TEST(record_says_write_when_write_faults),
		FIXTURE_TEST(record_says_atomic_when_atomic_faults),
		FIXTURE_TEST(record_says_read_when_read_of_no_bytes_faults),
		FIXTURE_TEST(
			record_has_type_01_when_translation_request_faults),
		FIXTURE_TEST(record_has_type_10_when_translated_request_faults),
		FIXTURE_TEST(record_has_whole_pasid_when_request_has_one),
		FIXTURE_TEST(record_says_privileged_when_request_is),
		FIXTURE_TEST(record_says_execute_when_request_does),
		FIXTURE_TEST(
			address_ends_at_57_bits_when_first_stage_has_5_levels),
		FIXTURE_TEST(
			address_ends_at_48_bits_when_first_stage_has_4_levels),
		FIXTURE_TEST(record_says_page_request_when_page_request_faults),
		FIXTURE_TEST(record_has_pasid_when_page_request_has_one),
		FIXTURE_TEST(record_has_index_when_interrupt_request_faults),
	};

	return RUN_TESTS(tests);
}
