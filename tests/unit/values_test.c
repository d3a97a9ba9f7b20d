/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages and results as the values of a record: docs/recording.md has their order. */
#include "check.h"

#include "record/values.h"

static void assert_values(const struct vtd_values *values, const uint64_t *is,
			  unsigned int count)
{
	assert_int_equal(values->count, count);
	for (unsigned int i = 0; i < count; i++)
		assert_true(values->value[i] == is[i]);
}

#define ASSERT_VALUES(values, ...)                         \
	assert_values(values, (uint64_t[]){ __VA_ARGS__ }, \
		      sizeof((uint64_t[]){ __VA_ARGS__ }) / 8)

static void invalidation_is_its_fields_in_order(void **state)
{
	struct vtd_device_tlb_invalidation request = {
		.sid = 1,
		.itag = 2,
		.pasid_present = true,
		.pasid = 4,
		.first = 0x5000,
		.last = 0x6fff,
		.pfsid = 7,
	};
	struct vtd_values values;

	(void)state;
	vtd_values_of_invalidation(&values, &request);
	ASSERT_VALUES(&values, 1, 2, 1, 4, 0x5000, 0x6fff, 7);
	request.pasid_present = false;
	request.global = true;
	vtd_values_of_invalidation(&values, &request);
	ASSERT_VALUES(&values, 1, 2, 2, 4, 0x5000, 0x6fff, 7);
}

static void response_is_its_fields_in_order(void **state)
{
	const struct vtd_page_group_response response = {
		.sid = 1,
		.pasid_present = true,
		.pasid = 3,
		.prgi = 4,
		.code = VTD_RESPONSE_FAILURE,
	};
	struct vtd_values values;

	(void)state;
	vtd_values_of_response(&values, &response);
	ASSERT_VALUES(&values, 1, 1, 3, 4, VTD_RESPONSE_FAILURE);
}

static void ticket_is_its_phase_when_mappings_change(void **state)
{
	const struct vtd_mappings_changed change = {
		.scope = VTD_CHANGE_RANGE,
		.sid = 2,
		.sid_mask = 3,
		.did = 4,
		.pasid_present = true,
		.pasid = 6,
		.first = 0x7000,
		.last = 0x8fff,
		.ticket.value = 0xff,
	};
	struct vtd_values values;

	(void)state;
	vtd_values_of_mappings(&values, &change);
	ASSERT_VALUES(&values, 1, VTD_CHANGE_RANGE, 2, 3, 4, 1, 6, 0x7000,
		      0x8fff);
}

static void ticket_is_its_phase_when_interrupts_change(void **state)
{
	const struct vtd_interrupts_changed change = {
		.first = 2,
		.last = 3,
		.ticket.value = 0xfe,
	};
	struct vtd_values values;

	(void)state;
	vtd_values_of_interrupts(&values, &change);
	ASSERT_VALUES(&values, 0, 2, 3);
}

static void lint_is_its_fields_in_order(void **state)
{
	const struct vtd_lint_report report = {
		.lint = VTD_LINT_TWO_COMMANDS,
		.sid = 2,
		.pasid = 3,
		.address = 4,
		.value = 5,
		.count = 6,
	};
	struct vtd_values values;

	(void)state;
	vtd_values_of_lint(&values, &report);
	ASSERT_VALUES(&values, VTD_LINT_TWO_COMMANDS, 2, 3, 4, 5, 6);
}

static void stale_use_is_its_request_and_both_translations(void **state)
{
	const struct vtd_stale_use use = {
		.cache = VTD_CACHE_IOTLB,
		.did = 2,
		.pasid = 3,
		.uses = 4,
		.waits = 5,
		.near_count = 6,
		.request = {
			.sid = 7,
			.type = VTD_AT_TRANSLATION,
			.access = VTD_ACCESS_WRITE,
			.pasid_present = true,
			.pasid = 9,
			.address = 10,
			.length = 11,
		},
		.used = {
			.status = VTD_STATUS_SUCCESS,
			.read = true,
			.size_shift = 12,
			.address = 13,
		},
		.memory = {
			.status = VTD_STATUS_UNSUPPORTED_REQUEST,
			.read = true,
			.size_shift = 14,
			.address = 15,
			.condition = VTD_SGN_5,
		},
	};
	struct vtd_values values;

	(void)state;
	vtd_values_of_stale_use(&values, &use);
	ASSERT_VALUES(&values, VTD_CACHE_IOTLB, 2, 3, 4, 5, 6,
		      /* the request */
		      7, VTD_AT_TRANSLATION, VTD_ACCESS_WRITE, 1, 9, 10, 11,
		      /* used */
		      VTD_STATUS_SUCCESS, 1, 12, 13, 0,
		      /* in memory: the address of a fault is no one's */
		      VTD_STATUS_UNSUPPORTED_REQUEST, 1, 14, 0, VTD_SGN_5);
}

/* Where the flags of a request and of a translation are. */
#define REQUEST_FLAGS 9
#define USED_FLAGS 14
#define USED_ADDRESS 16

static void each_flag_of_a_request_has_its_bit(void **state)
{
	static const struct vtd_request requests[] = {
		{ .pasid_present = true },
		{ .privileged = true },
		{ .execute = true },
		{ .no_write = true },
	};

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		const struct vtd_stale_use use = { .request = requests[i] };
		struct vtd_values values;

		vtd_values_of_stale_use(&values, &use);
		assert_int_equal(values.value[REQUEST_FLAGS], 1 << i);
	}
}

static void address_is_told_when_there_is_a_right_to_it(void **state)
{
	static const struct vtd_translation translations[] = {
		{ .address = 0x1000, .read = true },
		{ .address = 0x1000, .write = true },
		{ .address = 0x1000, .untranslated_only = true },
		{ .address = 0x1000, .privileged = true },
		{ .address = 0x1000, .snoop = true },
	};

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		const struct vtd_stale_use use = { .used = translations[i] };
		struct vtd_values values;

		vtd_values_of_stale_use(&values, &use);
		assert_int_equal(values.value[USED_FLAGS], 1 << i);
		assert_int_equal(values.value[USED_ADDRESS],
				 i < 2 ? 0x1000 : 0);
	}
}

static void answers_are_known_by_what_they_mean(void **state)
{
	(void)state;
	assert_int_equal(vtd_record_sent(0), 0);
	assert_int_equal(vtd_record_sent(1), 0);
	assert_int_equal(vtd_record_sent(-EBUSY), 1);
	assert_int_equal(vtd_record_sent(-EIO), 2);
	assert_int_equal(vtd_record_swapped(0), 0);
	assert_int_equal(vtd_record_swapped(1), 1);
	assert_int_equal(vtd_record_swapped(-EFAULT), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invalidation_is_its_fields_in_order),
		cmocka_unit_test(response_is_its_fields_in_order),
		cmocka_unit_test(ticket_is_its_phase_when_mappings_change),
		cmocka_unit_test(ticket_is_its_phase_when_interrupts_change),
		cmocka_unit_test(lint_is_its_fields_in_order),
		cmocka_unit_test(
			stale_use_is_its_request_and_both_translations),
		cmocka_unit_test(each_flag_of_a_request_has_its_bit),
		cmocka_unit_test(address_is_told_when_there_is_a_right_to_it),
		cmocka_unit_test(answers_are_known_by_what_they_mean),
	};

	return RUN_TESTS(tests);
}
