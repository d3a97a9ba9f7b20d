/* SPDX-License-Identifier: BSD-3-Clause */
/* An endpoint's state goes on in another endpoint as if nothing had happened. */
#include "endpoint_saved.h"

#define GROUPS 512

static struct bus other;

static void switches_are_the_same_when_loaded(void **state)
{
	struct bus *bus = *state;
	const struct vtd_page_group_response stray = { .prgi = 17 };
	struct vtd_dump_endpoint told;

	vtd_endpoint_set_source_id(bus->ep, 0x0340);
	vtd_endpoint_pri_allocation(bus->ep, 77);
	vtd_endpoint_response(bus->ep, &stray);
	move_endpoint(bus, &other);
	told = told_of(&other);
	assert_int_equal(told.sid, 0x0340);
	assert_true(told.ats_enabled && told.ats_usable);
	assert_true(told.pasid_enabled && told.pri_enabled);
	assert_false(told.pri_failed);
	assert_int_equal(told.pri_status, VTD_PRI_UNEXPECTED_INDEX);
	assert_int_equal(told.pri_allocation, 77);
	end_other(&other);
}

static void access_works_when_loaded(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	access.privileged = true;
	move_endpoint(bus, &other);
	assert_int_equal(bus_begin(&other, &access), VTD_ENDPOINT_OK);
	assert_int_equal(other.translation.sid, 0x0108);
	end_other(&other);
}

static void nothing_is_on_when_nothing_was(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_reset(bus->ep);
	move_endpoint(bus, &other);
	assert_int_equal(bus_begin(&other, &access), VTD_ENDPOINT_OFF);
	assert_int_equal(vtd_endpoint_pri_status(other.ep),
			 VTD_PRI_STOPPED | VTD_PRI_RESPONSE_PASID_REQUIRED);
	end_other(&other);
}

/* Else it would be no state that is loaded. */
static void privilege_is_off_when_pasid_is(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_pasid_control(bus->ep, false, true);
	move_endpoint(bus, &other);
	assert_false(told_of(&other).pasid_enabled);
	vtd_endpoint_pasid_control(other.ep, true, true);
	access.privileged = true;
	assert_int_equal(bus_begin(&other, &access), VTD_ENDPOINT_OK);
	end_other(&other);
}

/* A translation smaller than the unit is an Unsupported Request. */
static void smallest_translation_unit_counts_when_loaded(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_ats_control(bus->ep, true, 1);
	move_endpoint(bus, &other);
	assert_int_equal(bus_begin(&other, &access), VTD_ENDPOINT_OFF);
	end_other(&other);
}

static void what_stopped_ats_is_told_when_loaded(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;

	bus->answer = (struct vtd_translation){
		.status = VTD_STATUS_UNSUPPORTED_REQUEST,
		.condition = VTD_LCT_2,
	};
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	bus->answer = bus_page(0x77000);
	move_endpoint(bus, &other);
	assert_int_equal(vtd_endpoint_access_begin(other.ep, &access, &mapping),
			 VTD_ENDPOINT_OFF);
	assert_int_equal(mapping.reason, VTD_REASON_ATS_STOPPED);
	assert_int_equal(mapping.condition, VTD_LCT_2);
	vtd_endpoint_ats_control(other.ep, false, 0);
	vtd_endpoint_ats_control(other.ep, true, 0);
	assert_int_equal(bus_begin(&other, &access), VTD_ENDPOINT_OK);
	end_other(&other);
}

static void pri_stays_stopped_when_it_had_failed(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	bus_take_page_away(bus);
	ask(bus, &asked);
	bus_respond(bus, &bus->log[0], 0xf);
	move_endpoint(bus, &other);
	assert_int_equal(vtd_endpoint_pri_status(other.ep),
			 VTD_PRI_RESPONSE_FAILURE |
				 VTD_PRI_RESPONSE_PASID_REQUIRED);
	ask(&other, &asked);
	assert_int_equal(asked.result, VTD_ENDPOINT_REFUSED);
	assert_int_equal(asked.wait.reason, VTD_REASON_PRI_STOPPED);
	end_other(&other);
}

/* ------------------------------------------- Page request groups */

static void response_is_expected_when_its_group_was_saved(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	bus_take_page_away(bus);
	ask(bus, &asked);
	move_endpoint(bus, &other);
	assert_int_equal(told_of(&other).pri_outstanding, 1);
	bus_respond(&other, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(told_of(&other).pri_outstanding, 0);
	assert_int_equal(vtd_endpoint_pri_status(other.ep),
			 VTD_PRI_RESPONSE_PASID_REQUIRED);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	end_other(&other);
}

static void response_is_unexpected_when_it_has_another_pasid(void **state)
{
	struct bus *bus = *state;
	struct vtd_page_request sent;
	struct asked asked;

	bus_take_page_away(bus);
	ask(bus, &asked);
	move_endpoint(bus, &other);
	sent = bus->log[0];
	sent.pasid++;
	bus_respond(&other, &sent, VTD_RESPONSE_SUCCESS);
	assert_int_equal(vtd_endpoint_pri_status(other.ep) &
				 VTD_PRI_UNEXPECTED_INDEX,
			 VTD_PRI_UNEXPECTED_INDEX);
	assert_int_equal(told_of(&other).pri_outstanding, 1);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

static void pri_is_stopped_when_the_last_response_has_come(void **state)
{
	struct bus *bus = *state;
	struct asked asked;

	bus_take_page_away(bus);
	ask(bus, &asked);
	vtd_endpoint_pri_control(bus->ep, false, false);
	move_endpoint(bus, &other);
	assert_int_equal(vtd_endpoint_pri_status(other.ep) & VTD_PRI_STOPPED,
			 0);
	bus_respond(&other, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(vtd_endpoint_pri_status(other.ep) & VTD_PRI_STOPPED,
			 VTD_PRI_STOPPED);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

/* Its messages are taken from the allocation as before. */
static void request_waits_for_credits_when_groups_were_saved(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked before, after;

	vtd_endpoint_pri_allocation(bus->ep, 4);
	bus_take_page_away(bus);
	ask_for(bus, &before, &access, 3);
	move_endpoint(bus, &other);
	ask_for(&other, &after, &access, 2);
	assert_int_equal(other.logged, 0);
	bus_respond(&other, &bus->log[2], VTD_RESPONSE_SUCCESS);
	assert_int_equal(other.logged, 2);
	bus_respond(&other, &other.log[1], VTD_RESPONSE_SUCCESS);
	assert_int_equal(after.result, VTD_ENDPOINT_OK);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

/* An index that is outstanding is not given out, and the order goes on. */
static void indices_go_on_in_order_when_loaded(void **state)
{
	static struct asked before[5], asked[GROUPS];
	struct bus *bus = *state;

	bus_take_page_away(bus);
	for (unsigned int i = 0; i < 5; i++)
		ask(bus, &before[i]);
	for (unsigned int i = 1; i < 5; i++)
		bus_respond(bus, &bus->log[i], VTD_RESPONSE_SUCCESS);
	bus_take_page_away(bus);
	move_endpoint(bus, &other);
	bus_take_page_away(&other);
	for (unsigned int i = 0; i < 511; i++)
		ask(&other, &asked[i]);
	assert_int_equal(other.logged, 511);
	for (unsigned int i = 0; i < 511; i++)
		assert_int_equal(other.log[i].prgi, i < 507 ? i + 5 : i - 506);
	ask(&other, &asked[511]);
	assert_int_equal(other.logged, 511);
	bus_respond(&other, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(other.logged, 512);
	assert_int_equal(other.log[511].prgi, 0);
	vtd_endpoint_reset(other.ep);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

/* Which were used before the load does not matter. */
static void indices_are_those_of_the_state_when_loaded_over_others(void **state)
{
	static struct saved saved;
	struct bus *bus = *state;
	struct asked asked[4];

	save_endpoint(bus->ep, &saved);
	for (unsigned int i = 0; i < 3; i++)
		ask(bus, &asked[i]);
	for (unsigned int i = 0; i < 2; i++)
		bus_respond(bus, &bus->log[i], VTD_RESPONSE_SUCCESS);
	load_endpoint(bus->ep, &saved);
	ask(bus, &asked[3]);
	assert_int_equal(bus->log[3].prgi, 0);
	assert_int_equal(told_of(bus).pri_outstanding, 1);
	vtd_endpoint_reset(bus->ep);
}

static void state_is_within_the_bound_when_all_indices_are_taken(void **state)
{
	static struct asked asked[GROUPS];
	struct bus *bus = *state;

	bus_take_page_away(bus);
	for (unsigned int i = 0; i < 512; i++)
		ask(bus, &asked[i]);
	move_endpoint(bus, &other);
	assert_int_equal(told_of(&other).groups, 512);
	for (unsigned int i = 0; i < 512; i++)
		bus_respond(&other, &bus->log[i], VTD_RESPONSE_SUCCESS);
	assert_int_equal(told_of(&other).groups, 0);
	assert_int_equal(told_of(&other).pri_status, 0);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

/* ------------------------------------------------------------ Blobs */

static void size_is_told_when_there_is_no_room(void **state)
{
	static struct saved whole, part;
	struct bus *bus = *state;
	struct asked asked;

	ask(bus, &asked);
	save_endpoint(bus->ep, &whole);
	assert_int_equal(vtd_endpoint_save(bus->ep, NULL, 0), whole.size);
	for (size_t room = 0; room < whole.size; room += 5) {
		memset(part.byte, 0xa5, sizeof(part.byte));
		assert_int_equal(vtd_endpoint_save(bus->ep, part.byte, room),
				 whole.size);
		for (size_t i = room; i < whole.size; i++)
			assert_int_equal(part.byte[i], 0xa5);
	}
	vtd_endpoint_reset(bus->ep);
}

static void state_is_the_same_when_saved_again(void **state)
{
	static struct saved before, after;
	struct bus *bus = *state;
	struct asked asked[3];

	for (unsigned int i = 0; i < 3; i++)
		ask(bus, &asked[i]);
	bus_respond(bus, &bus->log[1], VTD_RESPONSE_SUCCESS);
	save_endpoint(bus->ep, &before);
	move_endpoint(bus, &other);
	save_endpoint(other.ep, &after);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.byte, after.byte, before.size);
	vtd_endpoint_reset(bus->ep);
	end_other(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(switches_are_the_same_when_loaded),
		BUS_TEST(access_works_when_loaded),
		BUS_TEST(nothing_is_on_when_nothing_was),
		BUS_TEST(privilege_is_off_when_pasid_is),
		BUS_TEST(smallest_translation_unit_counts_when_loaded),
		BUS_TEST(what_stopped_ats_is_told_when_loaded),
		BUS_TEST(pri_stays_stopped_when_it_had_failed),
		BUS_TEST(response_is_expected_when_its_group_was_saved),
		BUS_TEST(response_is_unexpected_when_it_has_another_pasid),
		BUS_TEST(pri_is_stopped_when_the_last_response_has_come),
		BUS_TEST(request_waits_for_credits_when_groups_were_saved),
		BUS_TEST(indices_go_on_in_order_when_loaded),
		BUS_TEST(
			indices_are_those_of_the_state_when_loaded_over_others),
		BUS_TEST(state_is_within_the_bound_when_all_indices_are_taken),
		BUS_TEST(size_is_told_when_there_is_no_room),
		BUS_TEST(state_is_the_same_when_saved_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
