/* SPDX-License-Identifier: BSD-3-Clause */
/* Configurations from CAP and ECAP, and back. */
#include <errno.h>
#include <string.h>

#include <vtd/capabilities.h>
#include <vtd/spec/regs.h>

#include "check.h"

#define DIFFERENCES_MAX 64
#define HOST_WIDTH_AT 24 /* of a saved state, little-endian */

static uint64_t random_state;

static uint64_t random_word(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1;
	return random_state >> 33 | (random_state & 0xffffffff) << 31;
}

static bool coin(void)
{
	return random_word() >> 20 & 1;
}

/* Any configuration that vtd_config_check() lets pass. */
static struct vtd_config random_config(void)
{
	struct vtd_config c;

	do {
		bool *part = &c.scalable_mode;

		vtd_config_init(&c);
		while (part <= &c.zero_length_read)
			*part++ = coin();
		c.pasid_bits = (unsigned int)(random_word() % 21);
		c.device_tlb = coin();
		c.page_request = coin();
		c.no_write_flag = coin();
		c.interrupt_remapping = coin();
		c.extended_interrupt_mode = coin();
		c.posted_interrupts = coin();
		c.caching_mode = coin();
		c.dma_draining = coin();
		c.self_flush = coin();
		c.fault_records = 1 + (unsigned int)(random_word() % 8);
		c.address_widths = (unsigned int)(random_word() % 8) * 2;
		c.guest_address_width = 48 + (unsigned int)(random_word() % 10);
	} while (vtd_config_check(&c) != NULL);
	return c;
}

static void configuration_comes_back_when_unit_is_of_this_library(void **state)
{
	(void)state;
	random_state = 1;
	for (unsigned int i = 0; i < 300; i++) {
		struct vtd_config config = random_config();
		struct vtd_config back;
		uint64_t cap, ecap;

		vtd_config_init(&back);
		assert_int_equal(vtd_config_capabilities(&config, &cap, &ecap),
				 0);
		assert_int_equal(vtd_config_from_capabilities(cap, ecap, &back,
							      NULL, 0),
				 0);
		assert_memory_equal(&back, &config, sizeof(config));
	}
}

static void
configuration_is_coherent_when_capabilities_are_anything(void **state)
{
	(void)state;
	random_state = 2;
	for (unsigned int i = 0; i < 2000; i++) {
		struct vtd_capability_difference differ[DIFFERENCES_MAX];
		uint64_t given[2] = { random_word() << 7 ^ random_word(),
				      random_word() << 7 ^ random_word() };
		struct vtd_config config;
		uint64_t made[2];
		int count;

		vtd_config_init(&config);
		count = vtd_config_from_capabilities(
			given[0], given[1], &config, differ, DIFFERENCES_MAX);
		assert_in_range(count, 1, DIFFERENCES_MAX);
		assert_null(vtd_config_check(&config));
		assert_int_equal(vtd_config_capabilities(&config, &made[0],
							 &made[1]),
				 0);
		/* What is said to differ makes the one out of the other. */
		for (int j = 0; j < count; j++) {
			unsigned int r = strcmp(differ[j].reg->name, "ECAP") ==
					 0;
			const struct vtd_field_info *field = differ[j].field;

			if (field != NULL)
				made[r] = vtd_field_set(made[r], field->mask,
							differ[j].asked);
			else
				made[r] ^= differ[j].asked ^ differ[j].modelled;
		}
		assert_true(made[0] == given[0] && made[1] == given[1]);
	}
}

/* A unit in a machine that people have, as its kernel printed it, and the fields
 * in which a unit of this library differs. */
struct machine {
	const char *name;
	uint64_t cap;
	uint64_t ecap;
	const char *differ;
	bool scalable;
};

static const struct machine machines[] = {
	{ "graphics unit of a client, version 4", 0x1c0000c40660462,
	  0x29a00f0505e, "ND PLMR PHMR FRO PSI MAMV FS1GP IRO PSS DIT ",
	  false },
	{ "client", 0xd2008c40660462, 0xf050da, "ND PLMR PHMR FRO IRO ",
	  false },
	{ "server", 0x8d2078c106f0466, 0xf020df, "PLMR PHMR FRO IRO ", false },
	{ "server, version 6", 0x19ed008c40780c66, 0x3ee9e86f050df,
	  "PLMR PHMR FRO MAMV IRO MTS PSS DIT PDS RPRIVS ", true },
};

static void differences_are_named_when_unit_is_a_machine_s(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		const struct machine *m = &machines[i];
		struct vtd_capability_difference differ[DIFFERENCES_MAX];
		struct vtd_config config;
		char named[512] = "";
		int count;

		vtd_config_init(&config);
		count = vtd_config_from_capabilities(m->cap, m->ecap, &config,
						     differ, DIFFERENCES_MAX);
		for (int j = 0; j < count; j++) {
			strcat(named, differ[j].field->name);
			strcat(named, " ");
		}
		assert_string_equal(named, m->differ);
		check_row(m->name, config.scalable_mode == m->scalable);
	}
}

static void host_width_is_lowered_when_guest_width_is_smaller(void **state)
{
	struct vtd_config config;

	(void)state;
	vtd_config_init(&config);
	vtd_config_from_capabilities(0xd2008c40660462, 0xf050da, &config, NULL,
				     0);
	assert_int_equal(config.guest_address_width, 39);
	assert_int_equal(config.host_address_width, 39);
}

/* No register says it, so the caller does, where there can be one. */
static void
transient_mapping_is_the_caller_s_when_there_is_a_device_tlb(void **state)
{
	const uint64_t cap = 0x8d2078c106f0466, with = 0xf020df;
	struct vtd_config config;

	(void)state;
	vtd_config_init(&config);
	config.transient_mapping = true;
	vtd_config_from_capabilities(cap, with, &config, NULL, 0);
	assert_true(config.transient_mapping);
	vtd_config_from_capabilities(cap, with & ~VTD_ECAP_DT, &config, NULL,
				     0);
	assert_false(config.transient_mapping);
	assert_null(vtd_config_check(&config));
}

static void capabilities_are_refused_when_size_is_not_set(void **state)
{
	struct vtd_config config = { .size = 0 };

	(void)state;
	assert_int_equal(vtd_config_from_capabilities(0, 0, &config, NULL, 0),
			 -EINVAL);
}

static void capabilities_are_not_told_when_configuration_cannot_be(void **state)
{
	struct vtd_config config;
	uint64_t cap, ecap;

	(void)state;
	vtd_config_init(&config);
	config.pasid_bits = 21;
	assert_int_equal(vtd_config_capabilities(&config, &cap, &ecap),
			 -EINVAL);
}

static void state_s_configuration_is_the_unit_s_when_saved(void **state)
{
	struct fixture *f = *state;
	uint8_t blob[VTD_STATE_SIZE_MAX];
	struct vtd_config config;
	size_t size;

	f->config.host_address_width = 40;
	f->config.pasid_bits = 11;
	fixture_start(f);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	vtd_config_init(&config);
	assert_int_equal(vtd_state_config(blob, size, &config, NULL), 0);
	assert_memory_equal(&config, &f->config, sizeof(config));
	/* What is in no state has its default, whatever was there. */
	config.iotlb = VTD_IOTLB_KEEP;
	config.check = true;
	assert_int_equal(vtd_state_config(blob, size, &config, NULL), 0);
	assert_memory_equal(&config, &f->config, sizeof(config));
}

static void state_has_no_configuration_when_it_is_cut_or_other(void **state)
{
	uint8_t blob[32] = "VTDS";
	struct vtd_config config;
	const char *reason = NULL;

	(void)state;
	vtd_config_init(&config);
	assert_int_equal(vtd_state_config(blob, 31, &config, &reason), -EINVAL);
	assert_string_equal(reason, "the state is cut short");
	assert_int_equal(vtd_state_config(blob, 32, &config, NULL), -EINVAL);
}

static void
state_has_no_configuration_when_its_addresses_are_too_wide(void **state)
{
	struct fixture *f = *state;
	uint8_t blob[VTD_STATE_SIZE_MAX];
	struct vtd_config config;
	size_t size;

	fixture_start(f);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	vtd_config_init(&config);
	assert_int_equal(blob[HOST_WIDTH_AT], f->config.host_address_width);
	blob[HOST_WIDTH_AT] = 65;
	assert_int_equal(vtd_state_config(blob, size, &config, NULL), -EINVAL);
}

static void register_is_the_unit_s_when_it_is_in_a_state(void **state)
{
	struct fixture *f = *state;
	uint8_t blob[VTD_STATE_SIZE_MAX];
	uint64_t value;
	size_t size;

	fixture_run(f, VTD_TTM_SCALABLE);
	/* Written, and not in force. */
	regs_write_64(f->unit, VTD_REG_RTADDR, 0x123000);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	assert_int_equal(vtd_state_register(blob, size, VTD_REG_GSTS, &value),
			 0);
	assert_true(value == regs_read_32(f->unit, VTD_REG_GSTS));
	assert_int_equal(vtd_state_register(blob, size, VTD_REG_RTADDR, &value),
			 0);
	assert_true(value == (f->root | VTD_TTM_SCALABLE << 10));
	assert_int_equal(vtd_state_register(blob, size, VTD_REG_PMEN, &value),
			 -ENOENT);
	assert_int_equal(vtd_state_register(blob, 72, VTD_REG_GSTS, &value),
			 -EINVAL);
	blob[0] ^= 1;
	assert_int_equal(vtd_state_register(blob, size, VTD_REG_GSTS, &value),
			 -EINVAL);
}

static void every_register_of_a_unit_has_a_row_of_fields(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (size_t i = 0; vtd_register_info(i) != NULL; i++) {
		const struct vtd_register_info *reg = vtd_register_info(i);
		uint64_t all = 0;

		check_row(reg->name, i == 0 || reg->offset > last);
		check_row(reg->name, vtd_register_by_name(reg->name) == reg);
		last = reg->offset;
		for (size_t j = 0; j < reg->fields; j++) {
			check_row(reg->name, (all & reg->field[j].mask) == 0);
			all |= reg->field[j].mask;
		}
		check_row(reg->name, reg->size == 8 || all >> 32 == 0);
	}
	assert_ptr_equal(vtd_register_by_name("gsts"),
			 vtd_register_by_name("GSTS"));
	assert_null(vtd_register_by_name("GSTSX"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			configuration_comes_back_when_unit_is_of_this_library),
		cmocka_unit_test(
			configuration_is_coherent_when_capabilities_are_anything),
		cmocka_unit_test(
			differences_are_named_when_unit_is_a_machine_s),
		cmocka_unit_test(
			host_width_is_lowered_when_guest_width_is_smaller),
		cmocka_unit_test(
			transient_mapping_is_the_caller_s_when_there_is_a_device_tlb),
		cmocka_unit_test(capabilities_are_refused_when_size_is_not_set),
		cmocka_unit_test(
			capabilities_are_not_told_when_configuration_cannot_be),
		FIXTURE_TEST(state_s_configuration_is_the_unit_s_when_saved),
		cmocka_unit_test(
			state_has_no_configuration_when_it_is_cut_or_other),
		FIXTURE_TEST(
			state_has_no_configuration_when_its_addresses_are_too_wide),
		FIXTURE_TEST(register_is_the_unit_s_when_it_is_in_a_state),
		cmocka_unit_test(every_register_of_a_unit_has_a_row_of_fields),
	};

	return RUN_TESTS(tests);
}
