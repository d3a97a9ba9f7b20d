/* SPDX-License-Identifier: BSD-3-Clause */
/* The ATS and PASID side of an endpoint: accesses that need no page request. */
#include <string.h>

#include "endpoint_bus.h"

static void count_done(void *opaque,
		       const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	++*(unsigned int *)opaque;
}

static struct vtd_endpoint_counters counters_of(struct bus *bus)
{
	struct vtd_endpoint_counters counters;

	vtd_endpoint_counters(bus->ep, &counters, sizeof(counters));
	return counters;
}

static void access_gives_address_when_page_is_there(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;

	assert_int_equal(vtd_endpoint_access_begin(bus->ep, &access, &mapping),
			 VTD_ENDPOINT_OK);
	assert_int_equal(mapping.address, 0x77123);
	assert_int_equal(mapping.length, 0x1000 - 0x123);
	vtd_endpoint_access_end(bus->ep, &mapping);
}

/* Whatever the structure had of the access before. */
static void access_forbids_no_snoop_when_its_page_does(void **state)
{
	struct bus *bus = *state;

	for (unsigned int snoop = 0; snoop < 2; snoop++) {
		struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
		struct vtd_endpoint_mapping mapping = { .snoop = !snoop };

		access.address += snoop * 0x1000;
		bus->answer.snoop = snoop;
		for (unsigned int i = 0; i < 2; i++) {
			assert_int_equal(vtd_endpoint_access_begin(
						 bus->ep, &access, &mapping),
					 VTD_ENDPOINT_OK);
			assert_int_equal(mapping.snoop, snoop);
			vtd_endpoint_access_end(bus->ep, &mapping);
		}
	}
}

static void say_nothing(void *bus, const struct vtd_request *request,
			struct vtd_translation *result)
{
	(void)bus;
	(void)request;
	(void)result;
}

/* As on a bus where nobody takes the request. */
static void access_is_off_when_its_request_is_not_answered(void **state)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = say_nothing,
		.page_request = bus_page_request,
	};
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_config config;
	struct bus bus = { .logged = 0 };

	(void)state;
	vtd_endpoint_config_init(&config);
	assert_int_equal(vtd_endpoint_create(&config, &ops, &bus, &bus.ep), 0);
	bus_enable(&bus);
	assert_int_equal(bus_begin(&bus, &access), VTD_ENDPOINT_OFF);
	vtd_endpoint_destroy(bus.ep);
}

static void access_asks_for_the_page_when_cache_misses(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	access.privileged = true;
	bus_try(bus, &access);
	assert_int_equal(bus->translation.sid, 0x0108);
	assert_int_equal(bus->translation.type, VTD_AT_TRANSLATION);
	assert_int_equal(bus->translation.address, BUS_ADDRESS);
	assert_true(bus->translation.pasid_present);
	assert_int_equal(bus->translation.pasid, BUS_PASID);
	assert_true(bus->translation.privileged);
	assert_true(bus->translation.no_write);
}

static void access_asks_for_writing_when_it_writes(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_WRITE);

	bus_try(bus, &access);
	assert_false(bus->translation.no_write);
}

static void access_asks_nobody_when_cache_hits(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_try(bus, &access);
	bus_try(bus, &access);
	assert_int_equal(counters_of(bus).translation_requests, 1);
}

/* A program of before, or after, this library: counters end earlier or later. */
static void counters_fill_what_the_program_has_when_sizes_differ(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct {
		struct vtd_endpoint_counters known;
		uint64_t later;
		uint64_t beyond;
	} endpoint;
	struct {
		struct vtd_atc_counters known;
		uint64_t later;
		uint64_t beyond;
	} atc;

	bus_try(bus, &access);
	memset(&endpoint, 0xa5, sizeof(endpoint));
	memset(&atc, 0xa5, sizeof(atc));
	vtd_endpoint_counters(bus->ep, &endpoint.known,
			      offsetof(__typeof__(endpoint), beyond));
	vtd_endpoint_atc_counters(bus->ep, &atc.known,
				  offsetof(__typeof__(atc), beyond));
	assert_int_equal(endpoint.known.translation_requests, 1);
	assert_int_equal(atc.known.fills, 1);
	assert_int_equal(endpoint.later, 0);
	assert_int_equal(atc.later, 0);
	assert_int_equal(endpoint.beyond, UINT64_C(0xa5a5a5a5a5a5a5a5));
	assert_int_equal(atc.beyond, UINT64_C(0xa5a5a5a5a5a5a5a5));
	memset(&endpoint, 0xa5, sizeof(endpoint));
	memset(&atc, 0xa5, sizeof(atc));
	vtd_endpoint_counters(bus->ep, &endpoint.known, sizeof(uint64_t));
	vtd_endpoint_atc_counters(bus->ep, &atc.known, sizeof(uint64_t));
	assert_int_equal(((uint64_t *)&endpoint)[1],
			 UINT64_C(0xa5a5a5a5a5a5a5a5));
	assert_int_equal(((uint64_t *)&atc)[1], UINT64_C(0xa5a5a5a5a5a5a5a5));
}

static void access_is_off_when_ats_is_disabled(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_try(bus, &access);
	vtd_endpoint_ats_control(bus->ep, false, 0);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
}

static void cache_is_empty_when_ats_was_enabled(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_try(bus, &access);
	vtd_endpoint_ats_control(bus->ep, false, 0);
	vtd_endpoint_ats_control(bus->ep, true, 0);
	bus_try(bus, &access);
	assert_int_equal(counters_of(bus).translation_requests, 2);
}

static void cache_is_kept_when_ats_is_enabled_again(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_try(bus, &access);
	vtd_endpoint_ats_control(bus->ep, true, 0);
	bus_try(bus, &access);
	assert_int_equal(counters_of(bus).translation_requests, 1);
}

static void access_is_off_when_pasid_is_disabled(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_pasid_control(bus->ep, false, false);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
}

static void access_works_when_it_has_no_pasid(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_pasid_control(bus->ep, false, false);
	access.pasid_present = false;
	access.privileged = true; /* has no meaning here */
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
	assert_false(bus->translation.pasid_present);
	assert_false(bus->translation.privileged);
}

static void access_is_refused_when_pasid_is_too_wide(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	access.pasid = VTD_PASID_MAX + 1;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_REFUSED);
	assert_int_equal(counters_of(bus).translation_requests, 0);
}

static void access_is_refused_when_privilege_is_not_enabled(void **state)
{
	struct bus *bus = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_pasid_control(bus->ep, true, false);
	access.privileged = true;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_REFUSED);
}

static void ats_stops_when_answer_is_unsupported_request(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->answer.status = VTD_STATUS_UNSUPPORTED_REQUEST;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	bus->answer = bus_page(0x77000);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	vtd_endpoint_ats_control(bus->ep, true, 0);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	vtd_endpoint_ats_control(bus->ep, false, 0);
	vtd_endpoint_ats_control(bus->ep, true, 0);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
}

static void ats_stops_when_answer_is_below_smallest_unit(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_ats_control(bus->ep, true, 9);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
}

static void enable_ats_anew(struct bus *bus)
{
	vtd_endpoint_ats_control(bus->ep, false, 0);
	vtd_endpoint_ats_control(bus->ep, true, 0);
	bus->in_translation = NULL;
}

static void ats_goes_on_when_unsupported_answer_is_from_before(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = enable_ats_anew;
	bus->answer.status = VTD_STATUS_UNSUPPORTED_REQUEST;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OFF);
	bus->answer = bus_page(0x77000);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
}

static void ats_goes_on_when_answer_is_completer_abort(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->answer.status = VTD_STATUS_COMPLETER_ABORT;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_REFUSED);
	bus->answer = bus_page(0x77000);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_OK);
}

static void access_says_so_when_address_is_untranslated_only(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_WRITE);

	bus->answer = (struct vtd_translation){
		.size_shift = 12,
		.write = true,
		.untranslated_only = true,
	};
	assert_int_equal(bus_begin(bus, &access),
			 VTD_ENDPOINT_UNTRANSLATED_ONLY);
}

static void access_is_refused_when_page_is_missing_and_pri_off(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	vtd_endpoint_pri_control(bus->ep, false, false);
	bus_take_page_away(bus);
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_REFUSED);
}

static const struct vtd_device_tlb_invalidation the_page = {
	.pasid_present = true,
	.pasid = BUS_PASID,
	.first = BUS_ADDRESS,
	.last = BUS_ADDRESS + 0xfff,
};

static void invalidation_ends_when_access_has_ended(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = {
		.done = count_done,
		.opaque = &done,
	};

	vtd_endpoint_access_begin(bus->ep, &access, &mapping);
	vtd_endpoint_invalidate(bus->ep, &the_page, &invalidation);
	assert_int_equal(done, 0);
	vtd_endpoint_access_end(bus->ep, &mapping);
	assert_int_equal(done, 1);
}

static void invalidation_ends_when_ats_is_disabled(void **state)
{
	struct bus *bus = *state;
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = {
		.done = count_done,
		.opaque = &done,
	};

	vtd_endpoint_reset(bus->ep);
	vtd_endpoint_invalidate(bus->ep, &the_page, &invalidation);
	assert_int_equal(done, 1);
}

static void invalidation_is_rounded_when_unit_is_larger(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_device_tlb_invalidation neighbour = the_page;

	vtd_endpoint_ats_control(bus->ep, true, 1);
	bus->answer.size_shift = 13;
	bus_try(bus, &access);
	neighbour.first ^= 0x1000;
	neighbour.last ^= 0x1000;
	vtd_endpoint_invalidate(bus->ep, &neighbour, NULL);
	bus_try(bus, &access);
	assert_int_equal(counters_of(bus).translation_requests, 2);
}

/* The page moves while its translation is on the way. */
static void move_page(struct bus *bus)
{
	bus->in_translation = NULL;
	bus->answer = bus_page(0x99000);
	vtd_endpoint_invalidate(bus->ep, &the_page, NULL);
}

static void access_translates_again_when_page_moved_meanwhile(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct vtd_endpoint_mapping mapping;

	bus->in_translation = move_page;
	assert_int_equal(vtd_endpoint_access_begin(bus->ep, &access, &mapping),
			 VTD_ENDPOINT_OK);
	assert_int_equal(mapping.address, 0x99123);
	vtd_endpoint_access_end(bus->ep, &mapping);
}

static void invalidate_page(struct bus *bus)
{
	vtd_endpoint_invalidate(bus->ep, &the_page, NULL);
}

static void access_is_refused_when_page_never_rests(void **state)
{
	struct bus *bus = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus->in_translation = invalidate_page;
	assert_int_equal(bus_begin(bus, &access), VTD_ENDPOINT_REFUSED);
	assert_int_equal(counters_of(bus).translation_requests, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(access_gives_address_when_page_is_there),
		BUS_TEST(access_forbids_no_snoop_when_its_page_does),
		cmocka_unit_test(
			access_is_off_when_its_request_is_not_answered),
		BUS_TEST(access_asks_for_the_page_when_cache_misses),
		BUS_TEST(access_asks_for_writing_when_it_writes),
		BUS_TEST(access_asks_nobody_when_cache_hits),
		BUS_TEST(counters_fill_what_the_program_has_when_sizes_differ),
		BUS_TEST(access_is_off_when_ats_is_disabled),
		BUS_TEST(cache_is_empty_when_ats_was_enabled),
		BUS_TEST(cache_is_kept_when_ats_is_enabled_again),
		BUS_TEST(access_is_off_when_pasid_is_disabled),
		BUS_TEST(access_works_when_it_has_no_pasid),
		BUS_TEST(access_is_refused_when_pasid_is_too_wide),
		BUS_TEST(access_is_refused_when_privilege_is_not_enabled),
		BUS_TEST(ats_stops_when_answer_is_unsupported_request),
		BUS_TEST(ats_stops_when_answer_is_below_smallest_unit),
		BUS_TEST(ats_goes_on_when_unsupported_answer_is_from_before),
		BUS_TEST(ats_goes_on_when_answer_is_completer_abort),
		BUS_TEST(access_says_so_when_address_is_untranslated_only),
		BUS_TEST(access_is_refused_when_page_is_missing_and_pri_off),
		BUS_TEST(invalidation_ends_when_access_has_ended),
		BUS_TEST(invalidation_ends_when_ats_is_disabled),
		BUS_TEST(invalidation_is_rounded_when_unit_is_larger),
		BUS_TEST(access_translates_again_when_page_moved_meanwhile),
		BUS_TEST(access_is_refused_when_page_never_rests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
