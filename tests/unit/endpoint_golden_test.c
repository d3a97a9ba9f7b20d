/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * States that earlier versions saved of an endpoint (golden_endpoints.h): each is
 * loaded for ever, and means what it meant.  See path/golden_test.c; with
 * VTD_GOLDEN_WRITE this prints, too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "endpoint_saved.h"
#include "golden_endpoints.h"

#define LATEST (sizeof(golden_endpoints) / sizeof(*golden_endpoints) - 1)
#define SID 0x0340

static struct asked asked[4];

/* The groups 1 (three messages, PASID) and 3 (one, without PASID) are
 * outstanding; 0 and 2 have been answered; a stray response has come. */
static void play(struct bus *bus)
{
	const struct vtd_page_group_response stray = { .prgi = 17 };
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_set_source_id(bus->ep, SID);
	vtd_endpoint_ats_control(bus->ep, true, 1);
	vtd_endpoint_pri_allocation(bus->ep, 77);
	vtd_endpoint_response(bus->ep, &stray);
	bus_take_page_away(bus);
	ask_for(bus, &asked[0], &access, 1);
	ask_for(bus, &asked[1], &access, 3);
	ask_for(bus, &asked[2], &access, 1);
	access.pasid_present = false;
	ask_for(bus, &asked[3], &access, 1);
	bus_respond(bus, &bus->log[4], VTD_RESPONSE_SUCCESS);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
}

static void bytes_are_the_latest_when_saved(void **state)
{
	const struct golden *latest = &golden_endpoints[LATEST];
	static struct saved saved;
	struct bus *bus = *state;

	play(bus);
	save_endpoint(bus->ep, &saved);
	assert_int_equal(saved.size, 8 * latest->count);
	for (size_t i = 0; i < latest->count; i++)
		assert_true(saved_word(&saved, i) == latest->words[i]);
	vtd_endpoint_reset(bus->ep);
}

/* A response as software gives it. */
static void respond(struct bus *bus, uint16_t prgi, bool pasid_present)
{
	const struct vtd_page_group_response response = {
		.sid = SID,
		.pasid_present = pasid_present,
		.pasid = pasid_present ? BUS_PASID : 0,
		.prgi = prgi,
	};

	vtd_endpoint_response(bus->ep, &response);
}

static void check_meaning(struct bus *bus)
{
	struct vtd_dump_endpoint told = told_of(bus);
	struct asked next;

	assert_int_equal(told.sid, SID);
	assert_true(told.ats_enabled && told.ats_usable);
	assert_true(told.pasid_enabled && told.pri_enabled);
	assert_false(told.pri_failed);
	assert_int_equal(told.pri_status, VTD_PRI_UNEXPECTED_INDEX);
	assert_int_equal(told.pri_allocation, 77);
	assert_int_equal(told.pri_outstanding, 4);
	vtd_endpoint_pri_status_clear(bus->ep, UINT16_MAX);
	respond(bus, 1, true);
	respond(bus, 3, false);
	told = told_of(bus);
	assert_int_equal(told.pri_outstanding, 0);
	assert_int_equal(told.pri_status, 0);
	ask(bus, &next);
	assert_int_equal(bus->log[0].prgi, 4);
	assert_int_equal(bus->log[0].sid, SID);
	vtd_endpoint_reset(bus->ep);
}

static void state_means_the_same_when_version_1_saved_it(void **state)
{
	const struct golden *golden = &golden_endpoints[0];
	static struct saved saved;
	struct bus *bus = *state;

	vtd_endpoint_reset(bus->ep);
	saved.size = 8 * golden->count;
	for (size_t i = 0; i < golden->count; i++)
		saved_set_raw(&saved, i, golden->words[i]);
	load_endpoint(bus->ep, &saved);
	check_meaning(bus);
}

static void print(void)
{
	static struct saved saved;
	struct bus *bus;
	void *state;

	bus_setup(&state);
	bus = state;
	play(bus);
	save_endpoint(bus->ep, &saved);
	for (size_t i = 0; i < saved.size / 8; i++)
		printf("%s0x%016" PRIx64 ",%s", i % 3 ? " " : "\t",
		       saved_word(&saved, i), i % 3 == 2 ? "\n" : "");
	printf("\n");
	vtd_endpoint_reset(bus->ep);
	bus_teardown(&state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(bytes_are_the_latest_when_saved),
		BUS_TEST(state_means_the_same_when_version_1_saved_it),
	};

	if (getenv("VTD_GOLDEN_WRITE") != NULL) {
		print();
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
