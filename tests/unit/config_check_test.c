/* SPDX-License-Identifier: BSD-3-Clause */
/* Configurations that cannot be, and units that cannot be created. */
#include <errno.h>
#include <string.h>

#include "check.h"

/* A rule broken, and the members that the reason has to name. */
struct row {
	void (*break_it)(struct vtd_config *config);
	const char *named[2];
};

/* clang-format off */
#define BREAK(name, statement)                        \
	static void name(struct vtd_config *config) \
	{                                             \
		statement;                            \
	}

BREAK(narrow_host, config->host_address_width = 31)
BREAK(wide_host, config->host_address_width = 53)
BREAK(narrow_guest, config->guest_address_width = 47)
BREAK(wide_guest, config->guest_address_width = 58)
BREAK(no_widths, config->address_widths = 0)
BREAK(odd_widths, config->address_widths |= 0x1)
BREAK(odd_high_widths, config->address_widths |= 0x10)
BREAK(tm_without_device_tlb, config->transient_mapping = true;
      config->device_tlb = config->page_request = config->no_write_flag = false)
BREAK(many_pasids, config->pasid_bits = 21)
BREAK(no_fault_records, config->fault_records = 0)
BREAK(many_fault_records, config->fault_records = 9)
BREAK(no_timeout, config->device_tlb_timeout = 0)
BREAK(unknown_iotlb, config->iotlb = (enum vtd_iotlb_kind)3)
BREAK(check_without_iotlb, config->check = true)
BREAK(few_iotlb_entries, config->iotlb_entries = 8)
BREAK(many_iotlb_entries, config->iotlb_entries = 1u << 21)
BREAK(odd_iotlb_entries, config->iotlb_entries = 48)
BREAK(size_of_itself, config->size = sizeof(config->size))
BREAK(no_size, config->size = 0)

BREAK(first_stage_in_legacy,
      fixture_legacy_only(config); config->first_stage = true)
BREAK(no_second_stage_in_legacy,
      fixture_legacy_only(config); config->second_stage = false)
BREAK(pasid_in_legacy, fixture_legacy_only(config); config->pasid_bits = 1)
BREAK(page_request_in_legacy,
      fixture_legacy_only(config); config->page_request = true)
BREAK(supervisor_in_legacy,
      fixture_legacy_only(config); config->supervisor_requests = true)
BREAK(abort_dma_in_legacy,
      fixture_legacy_only(config); config->abort_dma = true)
BREAK(accessed_dirty_in_legacy,
      fixture_legacy_only(config); config->second_stage_accessed_dirty = true)

static void without_first_stage(struct vtd_config *config)
{
	config->first_stage = false;
	config->nested = false;
	config->first_stage_5_level = false;
	config->first_stage_1g_pages = false;
	config->extended_accessed = false;
}

BREAK(no_stage, without_first_stage(config); config->second_stage = false)
BREAK(nested_without_first,
      without_first_stage(config); config->nested = true)
BREAK(nested_without_second, config->second_stage = false)
BREAK(five_levels_without_first,
      without_first_stage(config); config->first_stage_5_level = true)
BREAK(huge_pages_without_first,
      without_first_stage(config); config->first_stage_1g_pages = true)
BREAK(extended_accessed_without_first,
      without_first_stage(config); config->extended_accessed = true)
BREAK(huge_without_large, config->second_stage_2m_pages = false)
BREAK(accessed_dirty_incoherent,
      config->extended_accessed = false; config->page_walk_coherency = false)
BREAK(extended_accessed_incoherent,
      config->second_stage_accessed_dirty = false;
      config->page_walk_coherency = false)
BREAK(page_request_without_ats,
      config->no_write_flag = false; config->device_tlb = false)
BREAK(no_write_without_ats,
      config->page_request = false; config->device_tlb = false)
BREAK(eim_without_remapping, config->interrupt_remapping = false)
BREAK(posted_without_remapping,
      config->extended_interrupt_mode = false;
      config->interrupt_remapping = false; config->posted_interrupts = true)
/* clang-format on */

static const struct row rows[] = {
	{ narrow_host, { "host_address_width" } },
	{ wide_host, { "host_address_width" } },
	{ narrow_guest, { "guest_address_width" } },
	{ wide_guest, { "guest_address_width" } },
	{ no_widths, { "address_widths", "scalable_mode" } },
	{ tm_without_device_tlb, { "transient_mapping", "device_tlb" } },
	{ odd_widths, { "address_widths" } },
	{ odd_high_widths, { "address_widths" } },
	{ many_pasids, { "pasid_bits" } },
	{ no_fault_records, { "fault_records" } },
	{ many_fault_records, { "fault_records" } },
	{ no_timeout, { "device_tlb_timeout" } },
	{ unknown_iotlb, { "iotlb" } },
	{ check_without_iotlb, { "check", "_KEEP" } },
	{ few_iotlb_entries, { "iotlb_entries" } },
	{ many_iotlb_entries, { "iotlb_entries" } },
	{ odd_iotlb_entries, { "iotlb_entries" } },
	{ size_of_itself, { "size" } },
	{ no_size, { "size" } },
	{ first_stage_in_legacy, { "first_stage", "scalable_mode" } },
	{ no_second_stage_in_legacy, { "second_stage", "scalable_mode" } },
	{ pasid_in_legacy, { "pasid_bits", "scalable_mode" } },
	{ page_request_in_legacy, { "page_request", "scalable_mode" } },
	{ supervisor_in_legacy, { "supervisor_requests", "scalable_mode" } },
	{ abort_dma_in_legacy, { "abort_dma", "scalable_mode" } },
	{ accessed_dirty_in_legacy,
	  { "second_stage_accessed_dirty", "scalable_mode" } },
	{ no_stage, { "first_stage", "second_stage" } },
	{ nested_without_first, { "nested", "first_stage" } },
	{ nested_without_second, { "nested", "second_stage" } },
	{ five_levels_without_first, { "first_stage_5_level", "first_stage" } },
	{ huge_pages_without_first, { "first_stage_1g_pages", "first_stage" } },
	{ extended_accessed_without_first,
	  { "extended_accessed", "first_stage" } },
	{ huge_without_large,
	  { "second_stage_1g_pages", "second_stage_2m_pages" } },
	{ accessed_dirty_incoherent,
	  { "second_stage_accessed_dirty", "page_walk_coherency" } },
	{ extended_accessed_incoherent,
	  { "extended_accessed", "page_walk_coherency" } },
	{ page_request_without_ats, { "page_request", "device_tlb" } },
	{ no_write_without_ats, { "no_write_flag", "device_tlb" } },
	{ eim_without_remapping,
	  { "extended_interrupt_mode", "interrupt_remapping" } },
	{ posted_without_remapping,
	  { "posted_interrupts", "interrupt_remapping" } },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static void reason_names_members_when_configuration_cannot_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct vtd_config config;
		const char *reason;

		vtd_config_init(&config);
		rows[i].break_it(&config);
		reason = vtd_config_check(&config);
		check_row(rows[i].named[0], reason != NULL);
		check_row(rows[i].named[0],
			  strstr(reason, rows[i].named[0]) != NULL);
		if (rows[i].named[1] != NULL)
			check_row(rows[i].named[0],
				  strstr(reason, rows[i].named[1]) != NULL);
	}
}

/* An old program's structure ends earlier; AddressSanitizer looks on. */
static void members_have_their_defaults_when_program_is_old(void **state)
{
	size_t size = offsetof(struct vtd_config, scalable_mode);
	struct vtd_config *config = test_calloc(1, size);

	(void)state;
	config->size = size;
	config->host_address_width = 40;
	config->guest_address_width = 40;
	config->address_widths = 0;
	/* scalable_mode is on by default. */
	assert_non_null(strstr(vtd_config_check(config), "scalable_mode"));
	config->address_widths = VTD_WIDTH_39;
	assert_null(vtd_config_check(config));
	test_free(config);
}

static void defaults_end_where_the_size_does_when_program_is_old(void **state)
{
	struct vtd_config all, old;
	size_t size = offsetof(struct vtd_config, device_tlb_timeout);

	(void)state;
	vtd_config_init(&all);
	memset(&old, 0xa5, sizeof(old));
	vtd_config_init_sized(&old, size);
	assert_int_equal(old.size, size);
	assert_memory_equal((char *)&old + sizeof(size),
			    (char *)&all + sizeof(size), size - sizeof(size));
	assert_true(old.device_tlb_timeout == UINT64_C(0xa5a5a5a5a5a5a5a5));
	memset(&old, 0xa5, sizeof(old));
	vtd_config_init_sized(&old, sizeof(size) - 1);
	assert_true(old.size == (size_t)UINT64_C(0xa5a5a5a5a5a5a5a5));
}

/* What a later library's headers might have. */
struct later_config {
	struct vtd_config config;
	uint64_t later;
};

static void member_is_refused_when_only_the_program_knows_it(void **state)
{
	struct later_config later;

	(void)state;
	memset(&later, 0xa5, sizeof(later));
	vtd_config_init_sized(&later.config, sizeof(later));
	assert_int_equal(later.config.size, sizeof(later));
	assert_true(later.later == 0);
	assert_null(vtd_config_check(&later.config));
	later.later = UINT64_C(1) << 63;
	assert_non_null(strstr(vtd_config_check(&later.config), "size"));
}

static int create(const struct vtd_config *config,
		  const struct vtd_host_ops *ops)
{
	struct vtd_unit *unit = NULL;
	int error = vtd_unit_create(config, ops, NULL, &unit);

	vtd_unit_destroy(unit);
	assert_true((vtd_unit_create_check(config, ops) == NULL) ==
		    (error == 0));
	return error;
}

static void unit_is_refused_when_configuration_cannot_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct vtd_config config;

		vtd_config_init(&config);
		rows[i].break_it(&config);
		check_row(rows[i].named[0],
			  create(&config, &fake_host_ops) == -EINVAL);
	}
}

/* clang-format off */
BREAK(narrowest, config->host_address_width = config->guest_address_width = 32)
BREAK(widest,
      config->host_address_width = 52; config->guest_address_width = 57)
BREAK(as_wide_as_host, config->guest_address_width = 48)
BREAK(all_widths, config->address_widths = 0xe)
BREAK(one_fault_record, config->fault_records = 1)
BREAK(shortest_timeout, config->device_tlb_timeout = 1)
BREAK(fewest_iotlb_entries,
      config->iotlb = VTD_IOTLB_SIZED; config->iotlb_entries = 16)
BREAK(most_iotlb_entries,
      config->iotlb = VTD_IOTLB_KEEP; config->iotlb_entries = 1u << 20)
BREAK(checked, config->iotlb = VTD_IOTLB_SIZED; config->check = true)
/* clang-format on */

static void configurations_are_good_when_they_are_just_possible(void **state)
{
	static void (*const make[])(struct vtd_config * config) = {
		narrowest,
		widest,
		as_wide_as_host,
		all_widths,
		one_fault_record,
		shortest_timeout,
		fewest_iotlb_entries,
		most_iotlb_entries,
		checked,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(make) / sizeof(*make); i++) {
		struct vtd_config config;

		vtd_config_init(&config);
		make[i](&config);
		if (vtd_config_check(&config) != NULL)
			fail_msg("%zu: %s", i, vtd_config_check(&config));
	}
}

static void configurations_are_good_when_they_are_the_usual_ones(void **state)
{
	struct vtd_config config;

	(void)state;
	vtd_config_init(&config);
	assert_null(vtd_config_check(&config));
	/* Page requests do not need PASIDs (F 1.5: DT and SMTS). */
	config.pasid_bits = 0;
	assert_null(vtd_config_check(&config));
	without_first_stage(&config);
	assert_null(vtd_config_check(&config));
	fixture_legacy_only(&config);
	assert_null(vtd_config_check(&config));
	/* Interrupt remapping alone. */
	config.address_widths = 0;
	assert_null(vtd_config_check(&config));
}

static void reason_names_callback_when_a_needed_one_is_missing(void **state)
{
	/* clang-format off */
	static const struct {
		size_t offset;
		const char *name;
	} needed[] = {
#define NEEDED(name) { offsetof(struct vtd_host_ops, name), #name }
		NEEDED(memory_read),
		NEEDED(memory_write),
		NEEDED(memory_compare_exchange),
		NEEDED(interrupt_message),
		NEEDED(device_tlb_invalidate),
		NEEDED(page_group_response),
		NEEDED(clock),
	};
	/* clang-format on */
	struct vtd_config config;

	(void)state;
	vtd_config_init(&config);
	assert_null(vtd_unit_create_check(&config, &fake_host_ops));
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		struct vtd_host_ops ops = fake_host_ops;
		const char *reason;

		memset((char *)&ops + needed[i].offset, 0,
		       sizeof(ops.memory_read));
		assert_int_equal(create(&config, &ops), -EINVAL);
		reason = vtd_unit_create_check(&config, &ops);
		assert_memory_equal(reason, needed[i].name,
				    strlen(needed[i].name));
	}
}

static void reason_names_the_size_when_callbacks_have_none(void **state)
{
	struct vtd_host_ops ops = fake_host_ops;
	struct vtd_config config;

	(void)state;
	vtd_config_init(&config);
	ops.size = 0;
	assert_int_equal(create(&config, &ops), -EINVAL);
	assert_non_null(
		strstr(vtd_unit_create_check(&config, &ops), "callbacks"));
	config.size = 0;
	assert_string_equal(vtd_unit_create_check(&config, &ops),
			    vtd_config_check(&config));
}

static void unit_is_created_when_callbacks_without_use_are_missing(void **state)
{
	struct vtd_host_ops ops = {
		.size = sizeof(ops),
		.memory_read = fake_host_ops.memory_read,
		.memory_write = fake_host_ops.memory_write,
		.memory_compare_exchange =
			fake_host_ops.memory_compare_exchange,
		.interrupt_message = fake_host_ops.interrupt_message,
	};
	struct vtd_config config;

	(void)state;
	vtd_config_init(&config);
	config.device_tlb = false;
	config.no_write_flag = false;
	config.page_request = false;
	assert_int_equal(create(&config, &ops), 0);
}

static void callbacks_beyond_the_size_are_unused_when_host_is_old(void **state)
{
	struct vtd_host_ops ops = fake_host_ops;
	struct vtd_config config;

	(void)state;
	vtd_config_init(&config);
	/* The callbacks are there, but the size says that they are not. */
	ops.size = offsetof(struct vtd_host_ops, device_tlb_invalidate);
	assert_int_equal(create(&config, &ops), -EINVAL);
	ops.size = offsetof(struct vtd_host_ops, mappings_changed);
	assert_int_equal(create(&config, &ops), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			reason_names_members_when_configuration_cannot_be),
		cmocka_unit_test(
			members_have_their_defaults_when_program_is_old),
		cmocka_unit_test(
			defaults_end_where_the_size_does_when_program_is_old),
		cmocka_unit_test(
			member_is_refused_when_only_the_program_knows_it),
		cmocka_unit_test(unit_is_refused_when_configuration_cannot_be),
		cmocka_unit_test(
			configurations_are_good_when_they_are_just_possible),
		cmocka_unit_test(
			configurations_are_good_when_they_are_the_usual_ones),
		cmocka_unit_test(
			reason_names_callback_when_a_needed_one_is_missing),
		cmocka_unit_test(
			reason_names_the_size_when_callbacks_have_none),
		cmocka_unit_test(
			unit_is_created_when_callbacks_without_use_are_missing),
		cmocka_unit_test(
			callbacks_beyond_the_size_are_unused_when_host_is_old),
	};

	return RUN_TESTS(tests);
}
