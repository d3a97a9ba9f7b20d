/* SPDX-License-Identifier: BSD-3-Clause */
/* The capability blocks of an endpoint, as Linux reads and writes them. */
#include <errno.h>

#include <vtd/kit/pci.h>

#include "../unit/endpoint_bus.h"
#include "check.h"

#define FIRST 0x140
#define NEXT 0x200

struct scene {
	struct bus bus;
	struct vtd_endpoint_config config;
	struct vtd_kit_pci pci;
};

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	vtd_endpoint_config_init(&scene->config);
	bus_start(&scene->bus, &scene->config);
	vtd_endpoint_reset(scene->bus.ep);
	assert_int_equal(vtd_kit_pci_init(&scene->pci, scene->bus.ep,
					  &scene->config, FIRST, NEXT),
			 0);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	struct bus *bus = &scene->bus;

	bus_teardown((void **)&bus);
	free(scene);
	return 0;
}

static uint32_t rd(struct scene *scene, unsigned int offset, unsigned int size)
{
	return vtd_kit_pci_read(&scene->pci, offset, size);
}

static void wr(struct scene *scene, unsigned int offset, uint32_t value,
	       unsigned int size)
{
	vtd_kit_pci_write(&scene->pci, offset, value, size);
}

static void blocks_are_a_list_when_there_are_three(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(rd(scene, FIRST, 4), 0x1481000f);
	assert_int_equal(rd(scene, 0x148, 4), 0x1501001b);
	assert_int_equal(rd(scene, 0x150, 4), 0x20010013);
	assert_true(vtd_kit_pci_covers(&scene->pci, 0x15f));
	assert_false(vtd_kit_pci_covers(&scene->pci, 0x160));
	assert_false(vtd_kit_pci_covers(&scene->pci, FIRST - 1));
}

static void
blocks_are_left_out_when_the_endpoint_has_no_such_thing(void **state)
{
	struct scene *scene = *state;
	struct vtd_kit_pci pci;

	scene->config.pasid_bits = 0;
	scene->config.pri_capacity = 0;
	assert_int_equal(vtd_kit_pci_init(&pci, scene->bus.ep, &scene->config,
					  FIRST, 0),
			 0);
	assert_int_equal(vtd_kit_pci_read(&pci, FIRST, 4), 0x0001000f);
	assert_int_equal(pci.end, FIRST + 8);
	assert_int_equal(pci.pasid, 0);
	assert_int_equal(pci.pri, 0);
}

static void blocks_are_refused_when_they_do_not_fit(void **state)
{
	static const uint16_t bad[] = { 0x0fc, 0x102, 0xfe4, 0xfffc };
	struct scene *scene = *state;
	struct vtd_kit_pci pci;

	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(vtd_kit_pci_init(&pci, scene->bus.ep,
						  &scene->config, bad[i], 0),
				 -EINVAL);
}

static void capabilities_say_what_the_endpoint_can(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(rd(scene, FIRST + 4, 2), 0x0020);
	assert_int_equal(rd(scene, 0x148 + 4, 2), 20 << 8 | 4);
	assert_int_equal(rd(scene, 0x150 + 8, 4), scene->config.pri_capacity);
}

static enum vtd_endpoint_result try_access(struct scene *scene, bool pasid)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	access.pasid_present = pasid;
	return bus_try(&scene->bus, &access);
}

static void accesses_work_when_ats_and_pasid_are_enabled(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(try_access(scene, false), VTD_ENDPOINT_OFF);
	wr(scene, FIRST + 6, 0x8000, 2);
	assert_int_equal(try_access(scene, false), VTD_ENDPOINT_OK);
	assert_int_equal(try_access(scene, true), VTD_ENDPOINT_OFF);
	wr(scene, 0x148 + 6, 0xffff, 2);
	assert_int_equal(rd(scene, 0x148 + 6, 2), 0x0005);
	assert_int_equal(try_access(scene, true), VTD_ENDPOINT_OK);
}

static void unit_of_translation_is_kept_when_ats_is_on(void **state)
{
	struct scene *scene = *state;

	wr(scene, FIRST + 6, 0x8003, 2);
	wr(scene, FIRST + 6, 0x8001, 2);
	assert_int_equal(rd(scene, FIRST + 6, 2), 0x8003);
	/* The write that turns it off has no other effect yet. */
	wr(scene, FIRST + 6, 0x0001, 2);
	assert_int_equal(rd(scene, FIRST + 6, 2), 0x0003);
	wr(scene, FIRST + 6, 0x0001, 2);
	assert_int_equal(rd(scene, FIRST + 6, 2), 0x0001);
}

static void control_is_written_when_the_access_has_one_byte_of_it(void **state)
{
	struct scene *scene = *state;

	wr(scene, FIRST + 6, 0x03, 1);
	wr(scene, FIRST + 7, 0x80, 1);
	assert_int_equal(rd(scene, FIRST + 6, 2), 0x8003);
	assert_int_equal(rd(scene, FIRST + 5, 2), 0x0300);
}

static void pri_asks_when_it_is_enabled_with_room(void **state)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);
	struct scene *scene = *state;
	struct asked asked;

	access.pasid_present = false;
	assert_int_equal(rd(scene, 0x150 + 6, 2), 0x8100);
	wr(scene, FIRST + 6, 0x8000, 2);
	wr(scene, 0x150 + 12, 32, 4);
	assert_int_equal(rd(scene, 0x150 + 12, 4), 32);
	wr(scene, 0x150 + 4, 1, 2);
	assert_int_equal(rd(scene, 0x150 + 4, 2), 1);
	scene->bus.respond_at_once = true;
	ask_for(&scene->bus, &asked, &access, 1);
	assert_int_equal(bus_logged(&scene->bus), 1);
	assert_int_equal(asked.result, VTD_ENDPOINT_OK);
}

static void pri_status_is_cleared_when_ones_are_written(void **state)
{
	const struct vtd_page_group_response unexpected = { .prgi = 7 };
	struct scene *scene = *state;

	vtd_endpoint_response(scene->bus.ep, &unexpected);
	assert_int_equal(rd(scene, 0x150 + 6, 2) & 3, 2);
	wr(scene, 0x150 + 4, 0, 2);
	assert_int_equal(rd(scene, 0x150 + 6, 2) & 3, 2);
	wr(scene, 0x150 + 6, 2, 2);
	assert_int_equal(rd(scene, 0x150 + 6, 2) & 3, 0);
}

static void everything_is_off_when_the_function_was_reset(void **state)
{
	struct scene *scene = *state;

	wr(scene, 0x148 + 6, 1, 2);
	wr(scene, FIRST + 6, 0x8001, 2);
	wr(scene, 0x150 + 12, 32, 4);
	wr(scene, 0x150 + 4, 1, 2);
	vtd_kit_pci_reset(&scene->pci);
	assert_int_equal(rd(scene, FIRST + 6, 2), 0);
	assert_int_equal(rd(scene, 0x148 + 6, 2), 0);
	assert_int_equal(rd(scene, 0x150 + 4, 2), 0);
	assert_int_equal(rd(scene, 0x150 + 12, 4), 0);
	assert_int_equal(try_access(scene, false), VTD_ENDPOINT_OFF);
}

#define PCI_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCI_TEST(blocks_are_a_list_when_there_are_three),
		PCI_TEST(
			blocks_are_left_out_when_the_endpoint_has_no_such_thing),
		PCI_TEST(blocks_are_refused_when_they_do_not_fit),
		PCI_TEST(capabilities_say_what_the_endpoint_can),
		PCI_TEST(accesses_work_when_ats_and_pasid_are_enabled),
		PCI_TEST(unit_of_translation_is_kept_when_ats_is_on),
		PCI_TEST(control_is_written_when_the_access_has_one_byte_of_it),
		PCI_TEST(pri_asks_when_it_is_enabled_with_room),
		PCI_TEST(pri_status_is_cleared_when_ones_are_written),
		PCI_TEST(everything_is_off_when_the_function_was_reset),
	};

	return RUN_TESTS(tests);
}
