/* SPDX-License-Identifier: BSD-3-Clause */
/* Why accesses and page requests of an endpoint end as they do. */
#include "endpoint_bus.h"

/* A blocking access that is not opened. */
static struct vtd_endpoint_mapping
begin(struct bus *bus, const struct vtd_endpoint_access *access,
      enum vtd_endpoint_result result)
{
	/* Of another access before. */
	struct vtd_endpoint_mapping mapping = { .condition = VTD_SCT_2 };

	assert_int_equal(vtd_endpoint_access_begin(bus->ep, access, &mapping),
			 result);
	return mapping;
}

static void check_access(struct bus *bus, enum vtd_endpoint_result result,
			 enum vtd_endpoint_reason reason)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	const struct vtd_endpoint_mapping mapping = begin(bus, &access, result);

	assert_int_equal(mapping.reason, reason);
	assert_int_equal(mapping.condition, VTD_CONDITION_NONE);
}

static void check_request(struct bus *bus, unsigned int pages,
			  enum vtd_endpoint_reason reason)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	ask_for(bus, &asked, &access, pages);
	assert_int_equal(asked.result, VTD_ENDPOINT_REFUSED);
	assert_int_equal(asked.wait.reason, reason);
}

static void reason_is_ats_off_when_ats_is_disabled(void **state)
{
	struct bus *bus = *state;

	vtd_endpoint_ats_control(bus->ep, false, 0);
	check_access(bus, VTD_ENDPOINT_OFF, VTD_REASON_ATS_OFF);
}

/* As from a unit that has no context entry for the source-id. */
static void reason_is_ats_stopped_when_answer_is_unsupported(void **state)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;
	struct vtd_endpoint_mapping mapping;

	bus->answer.status = VTD_STATUS_UNSUPPORTED_REQUEST;
	bus->answer.condition = VTD_SCT_2;
	mapping = begin(bus, &access, VTD_ENDPOINT_OFF);
	assert_int_equal(mapping.reason, VTD_REASON_ATS_STOPPED);
	assert_int_equal(mapping.condition, VTD_SCT_2);
	/* Nobody is asked again, and the reason stays. */
	bus->answer.condition = VTD_CONDITION_NONE;
	mapping = begin(bus, &access, VTD_ENDPOINT_OFF);
	assert_int_equal(mapping.reason, VTD_REASON_ATS_STOPPED);
	assert_int_equal(mapping.condition, VTD_SCT_2);
}

static void reason_is_pasid_off_when_pasid_is_disabled(void **state)
{
	struct bus *bus = *state;

	vtd_endpoint_pasid_control(bus->ep, false, false);
	check_access(bus, VTD_ENDPOINT_OFF, VTD_REASON_PASID_OFF);
	check_request(bus, 1, VTD_REASON_NO_PASID);
}

static void reason_is_changed_when_source_id_changes(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	ask(bus, &asked);
	vtd_endpoint_set_source_id(bus->ep, 0x0200);
	assert_int_equal(asked.result, VTD_ENDPOINT_OFF);
	assert_int_equal(asked.wait.reason, VTD_REASON_CHANGED);
}

static void reason_is_reset_when_endpoint_is_reset(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	ask(bus, &asked);
	vtd_endpoint_reset(bus->ep);
	assert_int_equal(asked.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(asked.wait.reason, VTD_REASON_RESET);
}

static void reason_is_cancelled_when_access_is_cancelled(void **state)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_canceller canceller = { .cancelled = false };
	struct bus *bus = *state;

	access.canceller = &canceller;
	bus_take_page_away(bus);
	vtd_endpoint_cancel(bus->ep, &canceller);
	assert_int_equal(begin(bus, &access, VTD_ENDPOINT_ABORTED).reason,
			 VTD_REASON_CANCELLED);
}

static void reason_is_untranslated_only_when_answer_says_so(void **state)
{
	struct bus *bus = *state;

	bus->answer.untranslated_only = true;
	check_access(bus, VTD_ENDPOINT_UNTRANSLATED_ONLY,
		     VTD_REASON_UNTRANSLATED_ONLY);
}

/* What may not be used at all is not what has to be used untranslated. */
static void
reason_is_page_needed_when_untranslated_page_has_no_rights(void **state)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;
	struct vtd_endpoint_mapping mapping;

	bus_take_page_away(bus);
	bus->answer.untranslated_only = true;
	assert_int_equal(vtd_endpoint_access_try(bus->ep, &access, &mapping),
			 VTD_ENDPOINT_PAGE_NEEDED);
	assert_int_equal(mapping.reason, VTD_REASON_PAGE_NEEDED);
}

static void reason_is_page_needed_when_try_finds_none(void **state)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;
	struct vtd_endpoint_mapping mapping;

	bus_take_page_away(bus);
	bus->answer.condition = VTD_SFS_2;
	assert_int_equal(vtd_endpoint_access_try(bus->ep, &access, &mapping),
			 VTD_ENDPOINT_PAGE_NEEDED);
	assert_int_equal(mapping.reason, VTD_REASON_PAGE_NEEDED);
	assert_int_equal(mapping.condition, VTD_SFS_2);
}

/* Where nothing may be accessed the size says nothing. */
static void ats_goes_on_when_small_answer_gives_no_access(void **state)
{
	static const struct {
		struct vtd_translation answer;
		enum vtd_endpoint_reason reason;
	} rows[] = {
		{ { .size_shift = 12 }, VTD_REASON_PAGE_NEEDED },
		{ { .size_shift = 12, .read = true, .untranslated_only = true },
		  VTD_REASON_UNTRANSLATED_ONLY },
		{ { .size_shift = 12,
		    .read = true,
		    .status = VTD_STATUS_COMPLETER_ABORT },
		  VTD_REASON_COMPLETER_ABORT },
		{ { .size_shift = 13, .read = true }, VTD_REASON_NONE },
		{ { .size_shift = 12, .write = true }, VTD_REASON_ATS_STOPPED },
	};
	struct bus *bus = *state;

	vtd_endpoint_ats_control(bus->ep, true, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
		struct vtd_endpoint_mapping mapping = { 0 };

		bus->answer = rows[i].answer;
		if (vtd_endpoint_access_try(bus->ep, &access, &mapping) ==
		    VTD_ENDPOINT_OK)
			vtd_endpoint_access_end(bus->ep, &mapping);
		vtd_endpoint_invalidate(bus->ep,
					&(struct vtd_device_tlb_invalidation){
						.last = UINT64_MAX },
					NULL);
		assert_int_equal(mapping.reason, rows[i].reason);
	}
}

static void reason_is_pasid_width_when_pasid_is_too_wide(void **state)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;

	access.pasid = VTD_PASID_MAX + 1;
	assert_int_equal(begin(bus, &access, VTD_ENDPOINT_REFUSED).reason,
			 VTD_REASON_PASID_WIDTH);
}

static void reason_is_not_privileged_when_mode_is_disabled(void **state)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;

	vtd_endpoint_pasid_control(bus->ep, true, false);
	access.privileged = true;
	assert_int_equal(begin(bus, &access, VTD_ENDPOINT_REFUSED).reason,
			 VTD_REASON_NOT_PRIVILEGED);
}

static void reason_is_completer_abort_when_answer_is_one(void **state)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;
	struct vtd_endpoint_mapping mapping;

	bus_take_page_away(bus);
	bus->answer.status = VTD_STATUS_COMPLETER_ABORT;
	bus->answer.condition = VTD_SFS_3;
	mapping = begin(bus, &access, VTD_ENDPOINT_REFUSED);
	assert_int_equal(mapping.reason, VTD_REASON_COMPLETER_ABORT);
	assert_int_equal(mapping.condition, VTD_SFS_3);
}

static void ignore(void *opaque,
		   const struct vtd_device_tlb_invalidation *request)
{
	(void)opaque;
	(void)request;
}

static void invalidate_everything(struct bus *bus)
{
	const struct vtd_device_tlb_invalidation request = {
		.global = true,
		.pasid_present = true,
		.last = UINT64_MAX,
	};
	static struct vtd_atc_invalidation invalidation;

	invalidation = (struct vtd_atc_invalidation){ .done = ignore };
	vtd_endpoint_invalidate(bus->ep, &request, &invalidation);
}

static void reason_is_void_when_every_answer_is_invalidated(void **state)
{
	struct bus *bus = *state;

	bus->in_translation = invalidate_everything;
	check_access(bus, VTD_ENDPOINT_REFUSED, VTD_REASON_VOID);
}

static void check_try(struct bus *bus, enum vtd_endpoint_reason reason)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;

	assert_int_equal(vtd_endpoint_access_try(bus->ep, &access, &mapping),
			 VTD_ENDPOINT_REFUSED);
	assert_int_equal(mapping.reason, reason);
}

static void reason_is_pri_off_when_pri_is_disabled(void **state)
{
	struct bus *bus = *state;

	bus_take_page_away(bus);
	vtd_endpoint_pri_control(bus->ep, false, false);
	check_access(bus, VTD_ENDPOINT_REFUSED, VTD_REASON_PRI_OFF);
	check_request(bus, 1, VTD_REASON_PRI_OFF);
	check_try(bus, VTD_REASON_PRI_OFF);
}

static void reason_is_pri_stopped_when_a_response_was_failure(void **state)
{
	struct bus *bus = *state;

	bus_take_page_away(bus);
	bus->brings = bus->answer;
	bus->respond_at_once = true;
	bus->code = VTD_RESPONSE_FAILURE;
	check_access(bus, VTD_ENDPOINT_REFUSED, VTD_REASON_RESPONSE_FAILURE);
	check_access(bus, VTD_ENDPOINT_REFUSED, VTD_REASON_PRI_STOPPED);
	check_request(bus, 1, VTD_REASON_PRI_STOPPED);
	check_try(bus, VTD_REASON_PRI_STOPPED);
}

static void reason_is_allocation_when_there_is_none(void **state)
{
	struct bus *bus = *state;

	bus_take_page_away(bus);
	vtd_endpoint_pri_allocation(bus->ep, 0);
	check_access(bus, VTD_ENDPOINT_REFUSED, VTD_REASON_ALLOCATION);
}

static void reason_is_allocation_when_it_is_lowered_meanwhile(void **state)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;
	struct asked first, second;

	vtd_endpoint_pri_allocation(bus->ep, 2);
	ask(bus, &first);
	ask_for(bus, &second, &access, 2);
	assert_int_equal(second.result, BUS_PENDING);
	vtd_endpoint_pri_allocation(bus->ep, 1);
	assert_int_equal(second.result, VTD_ENDPOINT_REFUSED);
	assert_int_equal(second.wait.reason, VTD_REASON_ALLOCATION);
}

static void reason_is_no_pages_when_none_is_asked_for(void **state)
{
	check_request(*state, 0, VTD_REASON_NO_PAGES);
}

static void reason_is_invalid_request_when_response_says_so(void **state)
{
	struct bus *bus = *state;

	bus_take_page_away(bus);
	bus->respond_at_once = true;
	bus->code = VTD_RESPONSE_INVALID;
	check_access(bus, VTD_ENDPOINT_REFUSED, VTD_REASON_INVALID_REQUEST);
}

static void reason_is_still_missing_when_success_brings_nothing(void **state)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct bus *bus = *state;
	struct vtd_endpoint_mapping mapping;

	bus_take_page_away(bus);
	bus->answer.condition = VTD_SFS_2;
	bus->brings = bus->answer;
	bus->respond_at_once = true;
	mapping = begin(bus, &access, VTD_ENDPOINT_REFUSED);
	assert_int_equal(mapping.reason, VTD_REASON_STILL_MISSING);
	assert_int_equal(mapping.condition, VTD_SFS_2);
}

static void text_is_told_when_reason_is_any(void **state)
{
	(void)state;
	for (int i = 0; i < VTD_REASONS; i++)
		assert_non_null(
			vtd_endpoint_reason_text((enum vtd_endpoint_reason)i));
	assert_ptr_equal(
		vtd_endpoint_reason_text((enum vtd_endpoint_reason)VTD_REASONS),
		vtd_endpoint_reason_text(VTD_REASON_NONE));
	assert_ptr_equal(
		vtd_endpoint_reason_text((enum vtd_endpoint_reason)1000),
		vtd_endpoint_reason_text(VTD_REASON_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(reason_is_ats_off_when_ats_is_disabled),
		BUS_TEST(reason_is_ats_stopped_when_answer_is_unsupported),
		BUS_TEST(reason_is_pasid_off_when_pasid_is_disabled),
		BUS_TEST(reason_is_changed_when_source_id_changes),
		BUS_TEST(reason_is_reset_when_endpoint_is_reset),
		BUS_TEST(reason_is_cancelled_when_access_is_cancelled),
		BUS_TEST(reason_is_untranslated_only_when_answer_says_so),
		BUS_TEST(
			reason_is_page_needed_when_untranslated_page_has_no_rights),
		BUS_TEST(reason_is_page_needed_when_try_finds_none),
		BUS_TEST(ats_goes_on_when_small_answer_gives_no_access),
		BUS_TEST(reason_is_pasid_width_when_pasid_is_too_wide),
		BUS_TEST(reason_is_not_privileged_when_mode_is_disabled),
		BUS_TEST(reason_is_completer_abort_when_answer_is_one),
		BUS_TEST(reason_is_void_when_every_answer_is_invalidated),
		BUS_TEST(reason_is_pri_off_when_pri_is_disabled),
		BUS_TEST(reason_is_pri_stopped_when_a_response_was_failure),
		BUS_TEST(reason_is_allocation_when_there_is_none),
		BUS_TEST(reason_is_allocation_when_it_is_lowered_meanwhile),
		BUS_TEST(reason_is_no_pages_when_none_is_asked_for),
		BUS_TEST(reason_is_invalid_request_when_response_says_so),
		BUS_TEST(reason_is_still_missing_when_success_brings_nothing),
		cmocka_unit_test(text_is_told_when_reason_is_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
