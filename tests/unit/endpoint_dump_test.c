/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told of an endpoint (vtd/dump.h). */
#include <vtd/dump.h>

#include "endpoint_bus.h"

#define ROOM 4

static void switches_are_told_when_software_has_set_them(void **state)
{
	struct vtd_dump_endpoint told;
	struct bus *bus = *state;

	vtd_endpoint_dump(bus->ep, &told, NULL, 0);
	assert_int_equal(told.sid, 0x0108);
	assert_true(told.ats_enabled && told.ats_usable);
	assert_true(told.pasid_enabled && told.pri_enabled);
	assert_false(told.pri_failed);
	assert_true(told.pri_allocation > 0);
	assert_int_equal(told.groups, 0);
	vtd_endpoint_ats_control(bus->ep, false, 0);
	vtd_endpoint_dump(bus->ep, &told, NULL, 0);
	assert_false(told.ats_enabled || told.ats_usable);
}

static void groups_are_told_until_they_are_answered(void **state)
{
	struct vtd_dump_group group[ROOM];
	struct vtd_dump_endpoint told;
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct asked one, two;

	bus_take_page_away(bus);
	ask_for(bus, &one, &access, 3);
	ask(bus, &two);
	vtd_endpoint_dump(bus->ep, &told, group, ROOM);
	assert_int_equal(told.groups, 2);
	assert_int_equal(told.pri_outstanding, 4);
	assert_int_equal(group[0].messages + group[1].messages, 4);
	assert_int_equal(group[0].pasid, BUS_PASID);
	assert_true(group[0].pasid_present && group[0].waited);
	assert_true(group[0].prgi < group[1].prgi);
	bus_respond(bus, &bus->log[bus->logged - 1], VTD_RESPONSE_SUCCESS);
	vtd_endpoint_dump(bus->ep, &told, group, 0);
	assert_int_equal(told.groups, 1);
	assert_int_equal(told.pri_outstanding, 3);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(switches_are_told_when_software_has_set_them),
		BUS_TEST(groups_are_told_until_they_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
