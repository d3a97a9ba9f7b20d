/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What began before a reset, or before ATS, PASID control or the source-id
 * changed, opens nothing and sends nothing after it.  The page is there, so that
 * whoever asked again would get it.
 */
#include "endpoint_bus.h"

static uint64_t translation_requests_of(struct bus *bus)
{
	struct vtd_endpoint_counters counters;

	vtd_endpoint_counters(bus->ep, &counters, sizeof(counters));
	return counters.translation_requests;
}

/* -------------------------------------------- while a translation is asked */

static void disable_ats(struct bus *bus)
{
	vtd_endpoint_ats_control(bus->ep, false, 0);
}

static void enable_ats_anew(struct bus *bus)
{
	vtd_endpoint_ats_control(bus->ep, false, 0);
	vtd_endpoint_ats_control(bus->ep, true, 0);
}

static void reset_and_enable(struct bus *bus)
{
	vtd_endpoint_reset(bus->ep);
	bus_enable(bus);
}

static void disable_privilege(struct bus *bus)
{
	vtd_endpoint_pasid_control(bus->ep, true, false);
}

static void enable_pasid_anew(struct bus *bus)
{
	vtd_endpoint_pasid_control(bus->ep, false, false);
	vtd_endpoint_pasid_control(bus->ep, true, true);
}

static void change_source_id(struct bus *bus)
{
	vtd_endpoint_set_source_id(bus->ep, 0x0208);
}

static void access_ends_with(struct bus *bus, void (*change)(struct bus *bus),
			     enum vtd_endpoint_result result)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = change;
	assert_int_equal(bus_begin(bus, &access), result);
	assert_int_equal(bus_try(bus, &access), result);
	/* Each asked once, or found that it need not. */
	assert_true(translation_requests_of(bus) <= 2);
}

static void access_is_off_when_ats_is_disabled_while_translating(void **state)
{
	access_ends_with(*state, disable_ats, VTD_ENDPOINT_OFF);
}

static void
access_is_off_when_ats_is_enabled_anew_while_translating(void **state)
{
	access_ends_with(*state, enable_ats_anew, VTD_ENDPOINT_OFF);
}

static void
access_is_aborted_when_function_is_reset_while_translating(void **state)
{
	access_ends_with(*state, reset_and_enable, VTD_ENDPOINT_ABORTED);
}

static void
access_is_off_when_pasid_is_enabled_anew_while_translating(void **state)
{
	access_ends_with(*state, enable_pasid_anew, VTD_ENDPOINT_OFF);
}

static void access_is_off_when_privilege_changes_while_translating(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = disable_privilege;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	/* The same again is no change. */
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
}

static void access_is_off_when_source_id_changes_while_translating(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = change_source_id;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	assert_int_equal(bus->translation.sid, 0x0208);
}

static void cache_is_empty_when_source_id_has_changed(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_try(bus, &access);
	vtd_endpoint_set_source_id(bus->ep, 0x0108); /* no change */
	bus_try(bus, &access);
	assert_int_equal(translation_requests_of(bus), 1);
	change_source_id(bus);
	bus_try(bus, &access);
	assert_int_equal(translation_requests_of(bus), 2);
}

static void count_done(void *opaque,
		       const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	++*(unsigned int *)opaque;
}

/* It finds what another access has brought since, and must leave it again. */
static void late_access_holds_nothing_of(struct bus *bus, uint8_t size_shift,
					 bool taken)
{
	const struct vtd_device_tlb_invalidation all = { .last = UINT64_MAX };
	const struct vtd_endpoint_access other = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_access late = other;
	struct vtd_endpoint_mapping open;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = {
		.done = count_done,
		.opaque = &done,
	};

	bus_take_page_away(bus);
	assert_int_equal(vtd_endpoint_access_try(bus->ep, &late, &open),
			 VTD_ENDPOINT_PAGE_NEEDED);
	reset_and_enable(bus);
	bus->answer = bus_page(0x77000);
	bus->answer.size_shift = size_shift;
	assert_int_equal(bus_try(bus, &other), VTD_ENDPOINT_OK);
	if (taken)
		assert_int_equal(vtd_endpoint_access_begin(bus->ep, &other,
							   &open),
				 VTD_ENDPOINT_OK);
	assert_int_equal(bus_try(bus, &late), VTD_ENDPOINT_ABORTED);
	if (taken)
		vtd_endpoint_access_end(bus->ep, &open);
	vtd_endpoint_invalidate(bus->ep, &all, &invalidation);
	assert_int_equal(done, 1);
}

static void access_holds_nothing_when_its_epoch_is_over(void **state)
{
	late_access_holds_nothing_of(*state, 12, false);
	late_access_holds_nothing_of(*state, 21, false);
	/* The place where its hold would be first is another's. */
	late_access_holds_nothing_of(*state, 12, true);
	late_access_holds_nothing_of(*state, 21, true);
}

/* --------------------------------------------------- while a page is asked */

static void respond_then_reset(struct bus *bus)
{
	bus->in_page_request = NULL;
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	reset_and_enable(bus);
}

static void access_is_aborted_when_reset_follows_the_response(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	bus->in_page_request = respond_then_reset;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_ABORTED);
	assert_int_equal(translation_requests_of(bus), 1);
}

static void respond_then_enable_ats_anew(struct bus *bus)
{
	bus->in_page_request = NULL;
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	enable_ats_anew(bus);
}

static void access_is_off_when_ats_restarts_after_the_response(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	bus->in_page_request = respond_then_enable_ats_anew;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	assert_int_equal(translation_requests_of(bus), 1);
}

/* What queued up never leaves; what is outstanding stays so until its response,
 * which is no surprise. */
static void waits_are_off_when(struct bus *bus, void (*change)(struct bus *bus))
{
	struct asked sent;
	struct asked queued;
	struct asked stop = { .wait.done = note_result,
			      .wait.opaque = &stop,
			      .result = BUS_PENDING };

	vtd_endpoint_pri_allocation(bus->ep, 1);
	ask(bus, &sent);
	ask(bus, &queued);
	vtd_endpoint_pasid_stop(bus->ep, BUS_PASID, &stop.wait);
	assert_int_equal(stop.result, BUS_PENDING);
	change(bus);
	assert_int_equal(sent.result, VTD_ENDPOINT_OFF);
	assert_int_equal(queued.result, VTD_ENDPOINT_OFF);
	assert_int_equal(stop.result, VTD_ENDPOINT_OFF);
	ask(bus, &sent);
	assert_int_equal(bus->logged, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(bus->logged, 2);
	assert_int_equal(vtd_endpoint_pri_status(bus->ep),
			 VTD_PRI_RESPONSE_PASID_REQUIRED);
	vtd_endpoint_reset(bus->ep);
}

static void waits_are_off_when_ats_is_enabled_anew(void **state)
{
	waits_are_off_when(*state, enable_ats_anew);
}

static void waits_are_off_when_pasid_is_enabled_anew(void **state)
{
	waits_are_off_when(*state, enable_pasid_anew);
}

static void get_unsupported_request(struct bus *bus)
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->answer.status = VTD_STATUS_UNSUPPORTED_REQUEST;
	assert_int_equal(bus_try(bus, &access), VTD_ENDPOINT_OFF);
}

static void waits_are_off_when_ats_is_stopped_by_its_answer(void **state)
{
	waits_are_off_when(*state, get_unsupported_request);
}

static void waits_are_off_when_source_id_changes(void **state)
{
	waits_are_off_when(*state, change_source_id);
}

/* --------------------------------------- messages that are under way, reset */

static void reset_once(struct bus *bus)
{
	bus->in_page_request = NULL;
	vtd_endpoint_reset(bus->ep);
}

static void reset_pri_once(struct bus *bus)
{
	bus->in_page_request = NULL;
	vtd_endpoint_pri_control(bus->ep, false, true);
}

/* From inside the call of the first message; it must not wait for that. */
static void group_ends_early_when(struct bus *bus,
				  void (*reset)(struct bus *bus))
{
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	bus->in_page_request = reset;
	ask_for(bus, &asked, &access, 5);
	assert_int_equal(asked.result, VTD_ENDPOINT_ABORTED);
	assert_int_equal(bus->logged, 1);
	assert_true(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
}

static void group_ends_early_when_function_is_reset(void **state)
{
	group_ends_early_when(*state, reset_once);
}

static void group_ends_early_when_pri_is_reset(void **state)
{
	group_ends_early_when(*state, reset_pri_once);
}

static void change_source_id_once(struct bus *bus)
{
	bus->in_page_request = NULL;
	change_source_id(bus);
}

/* The rest would be another function's.  No response comes to what has left, so
 * it takes nothing of the allocation. */
static void group_ends_early_when_source_id_changes(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	vtd_endpoint_pri_allocation(bus->ep, 5);
	bus->in_page_request = change_source_id_once;
	ask_for(bus, &asked, &access, 5);
	assert_int_equal(asked.result, VTD_ENDPOINT_OFF);
	assert_int_equal(bus->logged, 1);
	ask_for(bus, &asked, &access, 5);
	assert_int_equal(bus->logged, 6);
	assert_int_equal(bus->log[1].sid, 0x0208);
	vtd_endpoint_reset(bus->ep);
}

static void respond_and_change_source_id(struct bus *bus)
{
	bus->in_page_request = NULL;
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	change_source_id(bus);
}

/* Software that did not wait for the last message. */
static void index_is_free_once_when_group_was_answered_too_early(void **state)
{
	static struct asked asked[513];
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_page_request = respond_and_change_source_id;
	ask_for(bus, &asked[0], &access, 5);
	assert_int_equal(asked[0].result, VTD_ENDPOINT_OK);
	assert_int_equal(bus->logged, 1);
	for (unsigned int i = 0; i < 513; i++)
		ask(bus, &asked[i]);
	assert_int_equal(bus->logged, 1 + 512);
	vtd_endpoint_reset(bus->ep);
}

static void enable_ats_anew_once(struct bus *bus)
{
	bus->in_page_request = NULL;
	enable_ats_anew(bus);
}

static void group_leaves_whole_when_ats_is_enabled_anew(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked asked;

	bus->in_page_request = enable_ats_anew_once;
	ask_for(bus, &asked, &access, 5);
	assert_int_equal(asked.result, VTD_ENDPOINT_OFF);
	assert_int_equal(bus->logged, 5);
	assert_true(bus->log[4].last);
}

static void fail_and_disable(struct bus *bus)
{
	bus->in_page_request = NULL;
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_FAILURE);
	vtd_endpoint_pri_control(bus->ep, false, false);
	assert_false(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
}

static void pri_is_not_stopped_when_message_is_on_its_way(void **state)
{
	struct bus *bus = *state;
	struct asked asked[2];

	ask(bus, &asked[0]);
	bus->in_page_request = fail_and_disable;
	ask(bus, &asked[1]);
	assert_int_equal(bus->logged, 2);
	assert_true(vtd_endpoint_pri_status(bus->ep) & VTD_PRI_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(access_is_off_when_ats_is_disabled_while_translating),
		BUS_TEST(
			access_is_off_when_ats_is_enabled_anew_while_translating),
		BUS_TEST(
			access_is_aborted_when_function_is_reset_while_translating),
		BUS_TEST(
			access_is_off_when_pasid_is_enabled_anew_while_translating),
		BUS_TEST(
			access_is_off_when_privilege_changes_while_translating),
		BUS_TEST(
			access_is_off_when_source_id_changes_while_translating),
		BUS_TEST(cache_is_empty_when_source_id_has_changed),
		BUS_TEST(access_holds_nothing_when_its_epoch_is_over),
		BUS_TEST(access_is_aborted_when_reset_follows_the_response),
		BUS_TEST(access_is_off_when_ats_restarts_after_the_response),
		BUS_TEST(waits_are_off_when_ats_is_enabled_anew),
		BUS_TEST(waits_are_off_when_pasid_is_enabled_anew),
		BUS_TEST(waits_are_off_when_ats_is_stopped_by_its_answer),
		BUS_TEST(waits_are_off_when_source_id_changes),
		BUS_TEST(group_ends_early_when_function_is_reset),
		BUS_TEST(group_ends_early_when_pri_is_reset),
		BUS_TEST(group_ends_early_when_source_id_changes),
		BUS_TEST(index_is_free_once_when_group_was_answered_too_early),
		BUS_TEST(group_leaves_whole_when_ats_is_enabled_anew),
		BUS_TEST(pri_is_not_stopped_when_message_is_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
