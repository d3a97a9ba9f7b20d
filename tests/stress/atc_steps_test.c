/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Look-ups take no lock.  After each of their instructions in turn happens what
 * another thread would do: it invalidates, evicts, flushes; or, the other way
 * round, looks up while an invalidation runs.
 *
 * Not with AddressSanitizer, which makes far more instructions of it.
 */
#include <vtd/endpoint.h>

#include "../unit/atc_fixture.h"
#include "step.h"

#ifdef __SANITIZE_ADDRESS__
#define CAN_STEP false
#else
#define CAN_STEP true
#endif

#define PAGE UINT64_C(0x5000)
#define OLD UINT64_C(0x71000)
#define NEW UINT64_C(0x72000)

/* What happens in the middle of something, and what it left. */
static struct {
	bool happened;
	void (*event)(void);
	struct vtd_atc *atc;
	struct vtd_atc_invalidation invalidation;
	unsigned int done;
	struct vtd_atc_hold hold;
	bool held;
} s;

static void happen(void *unused)
{
	(void)unused;
	s.event();
}

static void start_stepping(unsigned int steps, void (*event)(void))
{
	const struct step step = { .at = steps, .happen = happen };

	s.event = event;
	step_arm(&step);
}

static void stop_stepping(void)
{
	s.happened = step_disarm();
}

/* ----------------------------------------------------------------- events */

static void invalidate_range(uint64_t first, uint64_t last, bool global)
{
	struct vtd_device_tlb_invalidation request = range(1, first, last);

	request.global = global;
	vtd_atc_invalidate(s.atc, &request, &s.invalidation);
}

static void invalidate_page(void)
{
	invalidate_range(PAGE, PAGE | 0xfff, false);
}

static void invalidate_pasid(void)
{
	invalidate_range(0, UINT64_MAX, false);
}

static void invalidate_all(void)
{
	invalidate_range(0, UINT64_MAX, true);
}

/* Another invalidation has looked at the hold already. */
static void invalidate_twice(void)
{
	const struct vtd_device_tlb_invalidation other = range(1, 0, 0xfff);
	unsigned int done = 0;
	struct vtd_atc_invalidation invalidation = counting(&done);

	vtd_atc_invalidate(s.atc, &other, &invalidation);
	invalidate_page();
}

static void fill_with(uint64_t address)
{
	const struct vtd_atc_access access = read_of(1, PAGE);

	fill(s.atc, &access, to(address, 12));
}

static void invalidate_and_fill(void)
{
	invalidate_page();
	fill_with(NEW);
}

/* The entry makes room for others, and comes back. */
static void evict_invalidate_and_fill(void)
{
	for (uint32_t i = 1; i <= 4; i++) {
		const struct vtd_atc_access access =
			read_of(1, PAGE + ((uint64_t)i << 30));

		fill(s.atc, &access, to(OLD + ((uint64_t)i << 30), 12));
	}
	invalidate_and_fill();
}

static void look_up(void)
{
	const struct vtd_atc_access access = read_of(1, PAGE | 0x123);

	s.held = vtd_atc_lookup(s.atc, &access, &s.hold);
}

/* ------------------------------------------------------------------ tests */

static void begin_round(unsigned int entries, unsigned int ways)
{
	s.atc = make_atc(entries, ways, VTD_PAGE_4K | VTD_PAGE_2M);
	s.done = 0;
	s.invalidation = counting(&s.done);
	s.held = false;
	fill_with(OLD);
}

/* A hold of before the invalidation keeps it waiting, and nothing else does. */
static void check_round(void)
{
	bool old = s.held && s.hold.address == (OLD | 0x123);

	if (s.held)
		assert_true(old || s.hold.address == (NEW | 0x123));
	assert_int_equal(s.done, s.happened && !old);
	if (s.held)
		vtd_atc_release(s.atc, &s.hold);
	assert_int_equal(s.done, s.happened);
	look_up();
	if (s.held && s.happened)
		assert_int_equal(s.hold.address, NEW | 0x123);
	if (s.held)
		vtd_atc_release(s.atc, &s.hold);
	vtd_atc_destroy(s.atc);
}

static void step_through_lookup(void (*event)(void), unsigned int stride)
{
	unsigned int steps = 0;

	do {
		begin_round(4, 4);
		start_stepping(steps, event);
		look_up();
		stop_stepping();
		check_round();
		steps += stride;
	} while (s.happened);
	assert_true(steps > 50);
}

static void lookup_is_never_stale_when_it_is_interrupted(void **state)
{
	(void)state;
	step_through_lookup(invalidate_page, 1);
	step_through_lookup(invalidate_pasid, 2);
	step_through_lookup(invalidate_all, 3);
	step_through_lookup(invalidate_twice, 2);
	step_through_lookup(invalidate_and_fill, 2);
	step_through_lookup(evict_invalidate_and_fill, 1);
}

/* The same with another hold in the slot that the thread tries first. */
static void step_through_lookup_beyond(void (*event)(void))
{
	const struct vtd_atc_access other = read_of(1, PAGE + (1u << 30));
	struct vtd_atc_hold taken;
	unsigned int steps = 0;

	do {
		begin_round(4, 4);
		fill(s.atc, &other, to(NEW, 12));
		assert_true(vtd_atc_lookup(s.atc, &other, &taken));
		start_stepping(steps, event);
		look_up();
		stop_stepping();
		vtd_atc_release(s.atc, &taken);
		check_round();
		steps++;
	} while (s.happened);
	assert_true(steps > 100);
}

static void lookup_is_never_stale_when_its_slot_is_taken(void **state)
{
	(void)state;
	step_through_lookup_beyond(invalidate_page);
	step_through_lookup_beyond(invalidate_and_fill);
	step_through_lookup_beyond(evict_invalidate_and_fill);
}

static void fill_neighbour(void)
{
	const struct vtd_atc_access access = read_of(1, PAGE + (1u << 30));

	fill(s.atc, &access, to(NEW, 12));
}

/* Others in the entry's line of the cache come and go. */
static void lookup_hits_when_its_neighbour_changes(void **state)
{
	unsigned int steps = 0;

	(void)state;
	do {
		begin_round(4, 4);
		start_stepping(steps, fill_neighbour);
		look_up();
		stop_stepping();
		assert_true(s.held);
		assert_int_equal(s.hold.address, OLD | 0x123);
		vtd_atc_release(s.atc, &s.hold);
		vtd_atc_destroy(s.atc);
		steps++;
	} while (s.happened);
	assert_true(steps > 50);
}

static void step_through_release(void (*event)(void))
{
	unsigned int steps = 0;

	do {
		begin_round(4, 4);
		look_up();
		assert_true(s.held);
		start_stepping(steps, event);
		vtd_atc_release(s.atc, &s.hold);
		stop_stepping();
		assert_int_equal(s.done, s.happened);
		vtd_atc_destroy(s.atc);
		steps++;
	} while (s.happened);
}

static void release_ends_wait_when_it_is_interrupted(void **state)
{
	(void)state;
	step_through_release(invalidate_page);
	step_through_release(invalidate_pasid);
	step_through_release(invalidate_twice);
}

/* In strides, for it looks at many slots, one like the other. */
static void step_through_invalidation(void (*invalidation)(void),
				      unsigned int first)
{
	unsigned int steps = first;
	bool happened;

	do {
		begin_round(4, 4);
		start_stepping(steps, look_up);
		invalidation();
		stop_stepping();
		happened = s.happened;
		s.happened = true; /* the invalidation, here */
		check_round();
		steps += 7;
	} while (happened);
	assert_true(steps > 100);
}

static void invalidation_is_waited_for_when_lookup_interrupts(void **state)
{
	(void)state;
	step_through_invalidation(invalidate_page, 1);
	step_through_invalidation(invalidate_page, 4);
	step_through_invalidation(invalidate_pasid, 2);
	step_through_invalidation(invalidate_all, 3);
}

#define OTHER UINT64_C(0x40005000)

static void look_up_other(void)
{
	const struct vtd_atc_access access = read_of(1, OTHER | 0x123);

	s.held = vtd_atc_lookup(s.atc, &access, &s.hold);
}

/* The entry of one page becomes that of another. */
static void entry_is_whole_when_lookup_interrupts_its_fill(void **state)
{
	const struct vtd_atc_access other = read_of(1, OTHER);
	unsigned int steps = 0;

	(void)state;
	do {
		begin_round(1, 1);
		start_stepping(steps, look_up_other);
		fill(s.atc, &other, to(NEW, 12));
		stop_stepping();
		if (s.held) {
			assert_int_equal(s.hold.address, NEW | 0x123);
			vtd_atc_release(s.atc, &s.hold);
		}
		vtd_atc_destroy(s.atc);
		steps++;
	} while (s.happened);
	assert_true(steps > 100);
}

/* ----------------------------------------------------------------- epochs */

static struct {
	struct vtd_endpoint *ep;
	struct vtd_translation answer;
} e;

static void translate(void *bus, const struct vtd_request *request,
		      struct vtd_translation *result)
{
	(void)bus;
	(void)request;
	*result = e.answer;
}

static void ask(void *bus, const struct vtd_page_request *request)
{
	(void)bus;
	(void)request;
}

static void enable(void)
{
	vtd_endpoint_pasid_control(e.ep, true, false);
	vtd_endpoint_ats_control(e.ep, true, 0);
	vtd_endpoint_pri_allocation(e.ep, 8);
	vtd_endpoint_pri_control(e.ep, true, false);
}

static struct vtd_endpoint_access access_to_page(void)
{
	return (struct vtd_endpoint_access){
		.address = PAGE | 0x123,
		.access = VTD_ACCESS_READ,
		.pasid_present = true,
		.pasid = 1,
	};
}

/* So that it is cached. */
static void access_page(uint64_t address)
{
	struct vtd_endpoint_access access = access_to_page();
	struct vtd_endpoint_mapping mapping;

	e.answer = to(address, 12);
	if (vtd_endpoint_access_try(e.ep, &access, &mapping) == VTD_ENDPOINT_OK)
		vtd_endpoint_access_end(e.ep, &mapping);
}

/* What another thread does in the next epoch. */
static void reset_and_access(void)
{
	vtd_endpoint_reset(e.ep);
	enable();
	access_page(NEW);
}

/* An access that has begun: without the page, which comes afterwards. */
static struct vtd_endpoint_access begin_access(void)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = translate,
		.page_request = ask,
	};
	struct vtd_endpoint_access access = access_to_page();
	struct vtd_endpoint_config config;
	struct vtd_endpoint_mapping mapping;

	vtd_endpoint_config_init(&config);
	assert_int_equal(vtd_endpoint_create(&config, &ops, NULL, &e.ep), 0);
	enable();
	e.answer = (struct vtd_translation){ .size_shift = 12 };
	assert_int_equal(vtd_endpoint_access_try(e.ep, &access, &mapping),
			 VTD_ENDPOINT_PAGE_NEEDED);
	access_page(OLD);
	return access;
}

static void access_is_of_its_epoch_when_reset_interrupts(void **state)
{
	unsigned int steps = 0;

	(void)state;
	do {
		struct vtd_endpoint_access access = begin_access();
		struct vtd_endpoint_mapping mapping;
		enum vtd_endpoint_result result;

		start_stepping(steps, reset_and_access);
		result = vtd_endpoint_access_try(e.ep, &access, &mapping);
		stop_stepping();
		if (result == VTD_ENDPOINT_OK) {
			assert_int_equal(mapping.address, OLD | 0x123);
			vtd_endpoint_access_end(e.ep, &mapping);
		} else {
			assert_true(s.happened);
			assert_int_equal(result, VTD_ENDPOINT_ABORTED);
		}
		vtd_endpoint_destroy(e.ep);
		steps += 2;
	} while (s.happened);
	assert_true(steps > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			entry_is_whole_when_lookup_interrupts_its_fill),
		cmocka_unit_test(lookup_is_never_stale_when_it_is_interrupted),
		cmocka_unit_test(lookup_is_never_stale_when_its_slot_is_taken),
		cmocka_unit_test(lookup_hits_when_its_neighbour_changes),
		cmocka_unit_test(release_ends_wait_when_it_is_interrupted),
		cmocka_unit_test(
			invalidation_is_waited_for_when_lookup_interrupts),
		cmocka_unit_test(access_is_of_its_epoch_when_reset_interrupts),
	};
	int failed = 77; /* skipped */

	if (CAN_STEP && step_begin()) {
		failed = cmocka_run_group_tests(tests, NULL, NULL);
		step_end();
	}
	return failed;
}
