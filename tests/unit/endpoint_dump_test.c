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

static const struct vtd_dump_translation *
find(const struct vtd_dump_translation *list, size_t count, uint64_t address)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].address == address)
			return &list[i];
	fail();
	return NULL;
}

/* All of the cache, an entry at a time. */
static size_t dump(struct bus *bus, struct vtd_dump_translation *list)
{
	unsigned int calls = 0;
	uint32_t cursor = 0;
	size_t count = 0;

	while (cursor != VTD_DUMP_END) {
		assert_in_range(calls++, 0, 1000);
		count += vtd_endpoint_dump_atc(bus->ep, &cursor, list + count,
					       1);
		assert_in_range(count, 0, ROOM - 1);
	}
	return count;
}

static void open_page(struct bus *bus, struct vtd_endpoint_access access,
		      const struct vtd_translation *page)
{
	bus->answer = *page;
	assert_int_equal(bus_try(bus, &access), VTD_ENDPOINT_OK);
}

#define SIGNED UINT64_C(0xff80000000200000)

static void translations_are_told_when_the_cache_has_them(void **state)
{
	struct vtd_dump_translation list[ROOM];
	const struct vtd_dump_translation *small, *large;
	struct vtd_translation page = bus_page(UINT64_C(0xfedcba9877000));
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_WRITE);
	struct bus *bus = *state;

	open_page(bus, access, &page);
	/* Of 2 MiB, read only, without PASID. */
	page = (struct vtd_translation){ .address = 0x40000000,
					 .size_shift = 21,
					 .read = true,
					 .snoop = true };
	access = (struct vtd_endpoint_access){ .address = SIGNED + 0x5000,
					       .access = VTD_ACCESS_READ };
	open_page(bus, access, &page);
	assert_int_equal(dump(bus, list), 2);
	small = find(list, 2, BUS_ADDRESS);
	assert_true(small->target == UINT64_C(0xfedcba9877000));
	assert_int_equal(small->size_shift, 12);
	assert_true(small->pasid_present && !small->privileged);
	assert_int_equal(small->pasid, BUS_PASID);
	assert_true(small->read && small->write && !small->snoop);
	large = find(list, 2, SIGNED);
	assert_true(large->target == 0x40000000);
	assert_int_equal(large->size_shift, 21);
	assert_false(large->pasid_present);
	assert_true(large->read && !large->write && large->snoop);
}

static void pasids_are_told_apart_when_their_pages_are_the_same(void **state)
{
	struct vtd_dump_translation list[ROOM];
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	const struct vtd_translation page = bus_page(0x77000);
	struct bus *bus = *state;

	access.pasid = 0xfffff;
	access.privileged = true;
	open_page(bus, access, &page);
	access.pasid = 0xbffff;
	access.privileged = false;
	open_page(bus, access, &page);
	assert_int_equal(dump(bus, list), 2);
	assert_int_equal(list[0].pasid ^ list[1].pasid, 0x40000);
	assert_int_equal(list[0].privileged, list[0].pasid == 0xfffff);
	assert_int_equal(list[1].privileged, list[1].pasid == 0xfffff);
}

static void nothing_is_told_when_the_cache_was_invalidated(void **state)
{
	const struct vtd_device_tlb_invalidation all = {
		.pasid_present = true,
		.pasid = BUS_PASID,
		.last = UINT64_MAX,
	};
	struct vtd_dump_translation list[ROOM];
	const struct vtd_translation page = bus_page(0x77000);
	struct bus *bus = *state;

	open_page(bus, bus_access(VTD_ACCESS_READ), &page);
	vtd_endpoint_invalidate(bus->ep, &all, NULL);
	assert_int_equal(dump(bus, list), 0);
}

/* As many steps as are promised, and no place behind the last. */
static void cursor_goes_on_when_the_cache_is_large(void **state)
{
	static struct vtd_dump_translation list[2];
	struct vtd_atc_config cache;
	struct vtd_endpoint_config config;
	struct bus bus;
	uint32_t cursor = 0;

	(void)state;
	vtd_atc_config_init(&cache);
	cache.entries = 2 * VTD_DUMP_STEPS;
	cache.ways = 4;
	vtd_endpoint_config_init(&config);
	config.atc = &cache;
	bus_start(&bus, &config);
	assert_int_equal(vtd_endpoint_dump_atc(bus.ep, &cursor, list, 2), 0);
	assert_int_equal(cursor, VTD_DUMP_STEPS);
	assert_int_equal(vtd_endpoint_dump_atc(bus.ep, &cursor, list, 0), 0);
	assert_int_equal(cursor, VTD_DUMP_STEPS);
	assert_int_equal(vtd_endpoint_dump_atc(bus.ep, &cursor, list, 2), 0);
	assert_int_equal(cursor, VTD_DUMP_END);
	assert_int_equal(vtd_endpoint_dump_atc(bus.ep, &cursor, list, 2), 0);
	assert_int_equal(cursor, VTD_DUMP_END);
	bus_teardown(&(void *){ &bus });
}

static void groups_are_counted_when_there_is_no_room_for_all(void **state)
{
	struct vtd_dump_group group[2] = { { 0 }, { .messages = 77 } };
	struct vtd_dump_endpoint told;
	struct bus *bus = *state;
	struct asked asked[2];

	for (unsigned int i = 0; i < 2; i++)
		ask(bus, &asked[i]);
	vtd_endpoint_dump(bus->ep, &told, group, 1);
	assert_int_equal(told.groups, 2);
	assert_int_equal(group[0].messages, 1);
	assert_int_equal(group[0].prgi, bus->log[0].prgi);
	assert_int_equal(group[1].messages, 77);
	vtd_endpoint_reset(bus->ep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(switches_are_told_when_software_has_set_them),
		BUS_TEST(groups_are_told_until_they_are_answered),
		BUS_TEST(translations_are_told_when_the_cache_has_them),
		BUS_TEST(pasids_are_told_apart_when_their_pages_are_the_same),
		cmocka_unit_test(cursor_goes_on_when_the_cache_is_large),
		BUS_TEST(groups_are_counted_when_there_is_no_room_for_all),
		BUS_TEST(nothing_is_told_when_the_cache_was_invalidated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
