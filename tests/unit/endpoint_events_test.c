/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses of devices that go on when something happens: between
 * vtd_endpoint_access_try(), the page request and the next try, the function may
 * come to belong to somebody else.
 */
#include <sched.h>
#include <stdatomic.h>

#include "endpoint_bus.h"

#define RESETS 500u

static void enable_ats_anew(struct bus *bus)
{
	vtd_endpoint_ats_control(bus->ep, false, 0);
	vtd_endpoint_ats_control(bus->ep, true, 0);
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

static void reset_and_enable(struct bus *bus)
{
	vtd_endpoint_reset(bus->ep);
	bus_enable(bus);
}

static enum vtd_endpoint_result try_again(struct bus *bus,
					  struct vtd_endpoint_access *access)
{
	struct vtd_endpoint_mapping mapping;
	enum vtd_endpoint_result result =
		vtd_endpoint_access_try(bus->ep, access, &mapping);

	if (result == VTD_ENDPOINT_OK)
		vtd_endpoint_access_end(bus->ep, &mapping);
	return result;
}

static struct vtd_endpoint_access needs_page(struct bus *bus)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(bus);
	assert_int_equal(try_again(bus, &access), VTD_ENDPOINT_PAGE_NEEDED);
	return access;
}

static void page_is_not_asked_for_after(struct bus *bus,
					void (*change)(struct bus *bus),
					enum vtd_endpoint_result result)
{
	struct vtd_endpoint_access access = needs_page(bus);
	struct asked asked;

	change(bus);
	ask_for(bus, &asked, &access, 1);
	assert_int_equal(asked.result, result);
	assert_int_equal(bus->logged, 0);
	/* The next access of the device has nothing to do with that. */
	access = needs_page(bus);
	ask_for(bus, &asked, &access, 1);
	assert_int_equal(bus->logged, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(asked.result, VTD_ENDPOINT_OK);
	assert_int_equal(try_again(bus, &access), VTD_ENDPOINT_OK);
}

static void page_is_not_asked_for_when_function_has_been_reset(void **state)
{
	page_is_not_asked_for_after(*state, reset_and_enable,
				    VTD_ENDPOINT_ABORTED);
}

static void page_is_not_asked_for_when_ats_has_been_enabled_anew(void **state)
{
	page_is_not_asked_for_after(*state, enable_ats_anew, VTD_ENDPOINT_OFF);
}

static void page_is_not_asked_for_when_pasid_has_been_enabled_anew(void **state)
{
	page_is_not_asked_for_after(*state, enable_pasid_anew,
				    VTD_ENDPOINT_OFF);
}

static void page_is_not_asked_for_when_source_id_has_changed(void **state)
{
	page_is_not_asked_for_after(*state, change_source_id, VTD_ENDPOINT_OFF);
}

/* The page is there by then, in the new owner's tables. */
static void access_is_aborted_when_tried_again_after_reset(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access access = needs_page(bus);
	uint16_t sid = bus->translation.sid;
	struct asked asked;

	ask_for(bus, &asked, &access, 1);
	bus_respond(bus, &bus->log[0], VTD_RESPONSE_SUCCESS);
	assert_int_equal(asked.result, VTD_ENDPOINT_OK);
	reset_and_enable(bus);
	bus->translation.sid = (uint16_t)~sid;
	assert_int_equal(try_again(bus, &access), VTD_ENDPOINT_ABORTED);
	assert_int_not_equal(bus->translation.sid, sid);
	/* That was its end; the same once more is another access. */
	assert_int_equal(try_again(bus, &access), VTD_ENDPOINT_OK);
}

static void access_is_aborted_when_it_blocks_after_reset(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = needs_page(bus);

	bus->respond_at_once = true;
	reset_and_enable(bus);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_ABORTED);
	assert_int_equal(bus->logged, 0);
}

static atomic_uint rounds;

static void *reset_each_round(void *opaque)
{
	struct bus *bus = opaque;

	for (unsigned int round = 1; round <= RESETS; round++) {
		while (atomic_load(&rounds) != round)
			sched_yield();
		vtd_endpoint_reset(bus->ep);
	}
	return NULL;
}

/* It finds ATS off before the reset has come to its end. */
static void access_is_aborted_when_reset_is_half_done(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access began;
	struct vtd_endpoint_access access;
	enum vtd_endpoint_result result;
	unsigned int wrong = 0;
	pthread_t thread;

	atomic_store(&rounds, 0);
	pthread_create(&thread, NULL, reset_each_round, bus);
	for (unsigned int round = 1; round <= RESETS; round++) {
		began = needs_page(bus);
		bus->answer = bus->brings;
		access = began;
		assert_int_equal(try_again(bus, &access), VTD_ENDPOINT_OK);
		atomic_store(&rounds, round);
		do {
			access = began;
			result = try_again(bus, &access);
		} while (result == VTD_ENDPOINT_OK);
		wrong += result != VTD_ENDPOINT_ABORTED;
		/* The reset has the lock until its end. */
		bus_enable(bus);
	}
	pthread_join(thread, NULL);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(page_is_not_asked_for_when_function_has_been_reset),
		BUS_TEST(page_is_not_asked_for_when_ats_has_been_enabled_anew),
		BUS_TEST(
			page_is_not_asked_for_when_pasid_has_been_enabled_anew),
		BUS_TEST(page_is_not_asked_for_when_source_id_has_changed),
		BUS_TEST(access_is_aborted_when_tried_again_after_reset),
		BUS_TEST(access_is_aborted_when_it_blocks_after_reset),
		BUS_TEST(access_is_aborted_when_reset_is_half_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
