/* SPDX-License-Identifier: BSD-3-Clause */
/* A bus that is told of each access that is open, whatever opened it. */
#include <string.h>

#include "endpoint_bus.h"

#define PAGE UINT64_C(0x77000)

struct scene {
	struct bus bus;
	struct vtd_request request; /* the last one that was told of */
	struct vtd_translation used;
	unsigned int told;
	uint64_t ticket;
};

static void opened(void *opaque, const struct vtd_request *request,
		   const struct vtd_translation *used)
{
	struct scene *scene = opaque;

	scene->request = *request;
	scene->used = *used;
	scene->told++;
}

static void request_later(void *opaque, const struct vtd_request *request,
			  uint64_t ticket)
{
	struct scene *scene = opaque;

	(void)request;
	scene->ticket = ticket;
}

static int start(void **state, bool later)
{
	const struct vtd_endpoint_ops ops = {
		.size = sizeof(ops),
		.translation_request = later ? NULL : bus_translation_request,
		.translation_request_later = later ? request_later : NULL,
		.page_request = bus_page_request,
		.access_opened = opened,
	};
	static struct scene scene;
	struct vtd_endpoint_config config;

	memset(&scene, 0, sizeof(scene));
	scene.bus.answer = bus_page(PAGE);
	scene.bus.brings = bus_page(PAGE);
	pthread_mutex_init(&scene.bus.lock, NULL);
	vtd_endpoint_config_init(&config);
	config.sid = 0x0108;
	assert_int_equal(
		vtd_endpoint_create(&config, &ops, &scene, &scene.bus.ep), 0);
	bus_enable(&scene.bus);
	*state = &scene;
	return 0;
}

static int setup(void **state)
{
	return start(state, false);
}

static int setup_later(void **state)
{
	return start(state, true);
}

static void use_is_told_when_the_cache_has_the_page(void **state)
{
	struct scene *scene = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_WRITE);

	assert_int_equal(bus_try(&scene->bus, &access), VTD_ENDPOINT_OK);
	memset(&scene->bus.answer, 0, sizeof(scene->bus.answer));
	assert_int_equal(bus_try(&scene->bus, &access), VTD_ENDPOINT_OK);
	assert_int_equal(scene->told, 2);
	assert_int_equal(scene->request.sid, 0x0108);
	assert_int_equal(scene->request.type, VTD_AT_UNTRANSLATED);
	assert_int_equal(scene->request.access, VTD_ACCESS_WRITE);
	assert_int_equal(scene->request.address, BUS_ADDRESS + 0x123);
	assert_true(scene->request.pasid_present);
	assert_int_equal(scene->request.pasid, BUS_PASID);
	assert_int_equal(scene->used.status, VTD_STATUS_SUCCESS);
	assert_int_equal(scene->used.address, PAGE + 0x123);
	assert_int_equal(scene->used.size_shift, 12);
	assert_true(scene->used.read);
	assert_true(scene->used.write);
}

/* Nothing of it is in the cache: no entry has room for the address. */
static void use_is_told_when_the_page_is_not_kept(void **state)
{
	struct scene *scene = *state;
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	access.address = UINT64_C(0x4000000000000000);
	assert_int_equal(bus_try(&scene->bus, &access), VTD_ENDPOINT_OK);
	assert_int_equal(scene->told, 1);
	assert_int_equal(scene->request.address, access.address);
}

static void use_is_told_once_when_the_page_was_asked_for(void **state)
{
	struct scene *scene = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(&scene->bus);
	scene->bus.respond_at_once = true;
	assert_int_equal(bus_begin(&scene->bus, &access), VTD_ENDPOINT_OK);
	assert_int_equal(scene->bus.logged, 1);
	assert_int_equal(scene->told, 1);
}

static void nothing_is_told_when_nothing_was_opened(void **state)
{
	struct scene *scene = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	bus_take_page_away(&scene->bus);
	assert_int_equal(bus_try(&scene->bus, &access),
			 VTD_ENDPOINT_PAGE_NEEDED);
	vtd_endpoint_ats_control(scene->bus.ep, false, 0);
	assert_int_equal(bus_try(&scene->bus, &access), VTD_ENDPOINT_OFF);
	assert_int_equal(scene->told, 0);
}

static void note_end(void *opaque, enum vtd_endpoint_result result)
{
	assert_int_equal(result, VTD_ENDPOINT_OK);
	++*(unsigned int *)opaque;
}

static void use_is_told_when_the_answer_comes_later(void **state)
{
	struct scene *scene = *state;
	const struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	const struct vtd_translation page = bus_page(PAGE);
	unsigned int ended = 0;
	struct vtd_endpoint_translation translation = {
		.done = note_end,
		.opaque = &ended,
	};

	vtd_endpoint_translate(scene->bus.ep, &access, &translation);
	assert_int_equal(scene->told, 0);
	assert_int_equal(vtd_endpoint_translation_done(scene->bus.ep,
						       scene->ticket, &page),
			 0);
	assert_int_equal(ended, 1);
	assert_int_equal(scene->told, 1);
	assert_int_equal(scene->used.address, PAGE + 0x123);
	vtd_endpoint_access_end(scene->bus.ep, &translation.mapping);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			use_is_told_when_the_cache_has_the_page, setup,
			bus_teardown),
		cmocka_unit_test_setup_teardown(
			use_is_told_when_the_page_is_not_kept, setup,
			bus_teardown),
		cmocka_unit_test_setup_teardown(
			use_is_told_once_when_the_page_was_asked_for, setup,
			bus_teardown),
		cmocka_unit_test_setup_teardown(
			nothing_is_told_when_nothing_was_opened, setup,
			bus_teardown),
		cmocka_unit_test_setup_teardown(
			use_is_told_when_the_answer_comes_later, setup_later,
			bus_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
