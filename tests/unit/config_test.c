/* SPDX-License-Identifier: BSD-3-Clause */
/* The capability bits that each switch of a configuration stands for. */
#include <string.h>

#include "check.h"

#define MEMBER(name) offsetof(struct vtd_config, name)
#define OFF_MAX 8

/* Switches turned off together (what needs the first one too), and all the bits
 * of CAP and ECAP that disappear with them.  F 1.4, 1.5. */
struct row {
	const char *name;
	unsigned int count;
	size_t off[OFF_MAX];
	uint64_t cap;
	uint64_t ecap;
};

static const struct row rows[] = {
	{ "first_stage",
	  5,
	  { MEMBER(first_stage), MEMBER(nested), MEMBER(first_stage_5_level),
	    MEMBER(first_stage_1g_pages), MEMBER(extended_accessed) },
	  VTD_BIT(60) | VTD_BIT(56),
	  VTD_BIT(47) | VTD_BIT(26) | VTD_BIT(34) },
	{ "second_stage",
	  2,
	  { MEMBER(second_stage), MEMBER(nested) },
	  0,
	  VTD_BIT(46) | VTD_BIT(26) },
	{ "nested", 1, { MEMBER(nested) }, 0, VTD_BIT(26) },
	{ "pass_through", 1, { MEMBER(pass_through) }, 0, VTD_BIT(6) },
	{ "first_stage_5_level",
	  1,
	  { MEMBER(first_stage_5_level) },
	  VTD_BIT(60),
	  0 },
	{ "first_stage_1g_pages",
	  1,
	  { MEMBER(first_stage_1g_pages) },
	  VTD_BIT(56),
	  0 },
	{ "second_stage_2m_pages",
	  2,
	  { MEMBER(second_stage_2m_pages), MEMBER(second_stage_1g_pages) },
	  VTD_BIT(34) | VTD_BIT(35),
	  0 },
	{ "second_stage_1g_pages",
	  1,
	  { MEMBER(second_stage_1g_pages) },
	  VTD_BIT(35),
	  0 },
	{ "second_stage_accessed_dirty",
	  1,
	  { MEMBER(second_stage_accessed_dirty) },
	  0,
	  VTD_BIT(45) },
	{ "extended_accessed",
	  1,
	  { MEMBER(extended_accessed) },
	  0,
	  VTD_BIT(34) },
	{ "page_walk_coherency",
	  3,
	  { MEMBER(page_walk_coherency), MEMBER(second_stage_accessed_dirty),
	    MEMBER(extended_accessed) },
	  0,
	  VTD_BIT(0) | VTD_BIT(48) | VTD_BIT(45) | VTD_BIT(34) },
	{ "snoop_control", 1, { MEMBER(snoop_control) }, 0, VTD_BIT(7) },
	{ "supervisor_requests",
	  1,
	  { MEMBER(supervisor_requests) },
	  0,
	  VTD_BIT(31) | VTD_BIT(53) },
	{ "abort_dma", 1, { MEMBER(abort_dma) }, 0, VTD_BIT(52) },
	{ "zero_length_read", 1, { MEMBER(zero_length_read) }, VTD_BIT(22), 0 },
	{ "device_tlb",
	  3,
	  { MEMBER(device_tlb), MEMBER(page_request), MEMBER(no_write_flag) },
	  0,
	  VTD_BIT(2) | VTD_BIT(29) | VTD_BIT(42) | VTD_BIT(58) | VTD_BIT(33) },
	{ "page_request",
	  1,
	  { MEMBER(page_request) },
	  0,
	  VTD_BIT(29) | VTD_BIT(42) | VTD_BIT(58) },
	{ "no_write_flag", 1, { MEMBER(no_write_flag) }, 0, VTD_BIT(33) },
	{ "interrupt_remapping",
	  3,
	  { MEMBER(interrupt_remapping), MEMBER(extended_interrupt_mode),
	    MEMBER(posted_interrupts) },
	  VTD_BIT(59) | VTD_BIT(62),
	  VTD_BIT(3) | VTD_BIT(4) },
	{ "extended_interrupt_mode",
	  1,
	  { MEMBER(extended_interrupt_mode) },
	  0,
	  VTD_BIT(4) },
	{ "posted_interrupts",
	  1,
	  { MEMBER(posted_interrupts) },
	  VTD_BIT(59),
	  0 },
	{ "caching_mode", 1, { MEMBER(caching_mode) }, VTD_BIT(7), 0 },
	{ "dma_draining",
	  1,
	  { MEMBER(dma_draining) },
	  VTD_BIT(54) | VTD_BIT(55),
	  0 },
	{ "self_flush",
	  1,
	  { MEMBER(self_flush) },
	  VTD_BIT(62) | VTD_BIT(63),
	  0 },
};

struct capabilities {
	uint64_t cap;
	uint64_t ecap;
};

static struct capabilities capabilities_of(const struct vtd_config *config)
{
	struct capabilities capabilities;
	struct vtd_unit *unit = NULL;
	struct fake_host host;

	fake_host_init(&host);
	assert_int_equal(vtd_unit_create(config, &fake_host_ops, &host, &unit),
			 0);
	capabilities.cap = regs_read_64(unit, 0x008);
	capabilities.ecap = regs_read_64(unit, 0x010);
	vtd_unit_destroy(unit);
	fake_host_destroy(&host);
	return capabilities;
}

static struct vtd_config everything(void)
{
	struct vtd_config config;

	vtd_config_init(&config);
	config.abort_dma = true;
	config.posted_interrupts = true;
	config.caching_mode = true;
	return config;
}

static void bits_disappear_when_switch_is_off(void **state)
{
	const struct vtd_config all = everything();
	const struct capabilities full = capabilities_of(&all);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct vtd_config config = all;
		struct capabilities some;

		for (unsigned int j = 0; j < rows[i].count; j++)
			memset((char *)&config + rows[i].off[j], 0,
			       sizeof(bool));
		some = capabilities_of(&config);
		check_row(rows[i].name, (full.cap ^ some.cap) == rows[i].cap);
		check_row(rows[i].name,
			  (full.ecap ^ some.ecap) == rows[i].ecap);
		check_row(rows[i].name, (some.cap & rows[i].cap) == 0);
		check_row(rows[i].name, (some.ecap & rows[i].ecap) == 0);
	}
}

static void reserved_and_unsupported_bits_are_zero_when_all_is_on(void **state)
{
	const struct vtd_config config = everything();
	const struct capabilities c = capabilities_of(&config);

	(void)state;
	/* Reserved: 3, 15:13, 23, 38, 58:57.  No write buffer to flush, no
	 * protected memory, no enhanced commands: 4, 5, 6, 61. */
	assert_true((c.cap & (VTD_BITS(6, 3) | VTD_BITS(15, 13) | VTD_BIT(23) |
			      VTD_BIT(38) | VTD_BITS(58, 57) | VTD_BIT(61))) ==
		    0);
	/* Reserved: 5, 19:18, 24, 27, 28, 32, 54, 63.  None of MTS, ERS, DIT,
	 * VCS, TDXCS, PMS, HPTS, PTRS, SSIRWS, HPT1GPS, RDTS, EIMER, IRREQ. */
	assert_true((c.ecap & (VTD_BIT(5) | VTD_BITS(19, 18) | VTD_BIT(24) |
			       VTD_BIT(25) | VTD_BITS(28, 27) | VTD_BIT(30) |
			       VTD_BIT(32) | VTD_BIT(41) | VTD_BIT(44) |
			       VTD_BITS(51, 50) | VTD_BITS(57, 54) |
			       VTD_BITS(63, 59))) == 0);
}

static void
fixed_capabilities_are_there_when_configured_by_default(void **state)
{
	struct vtd_config config;
	struct capabilities c;

	(void)state;
	vtd_config_init(&config);
	c = capabilities_of(&config);
	assert_int_equal(c.cap & 7, 6);		   /* ND: 16 bits */
	assert_int_equal(c.cap >> 39 & 1, 1);	   /* PSI */
	assert_true((c.cap >> 48 & 0x3f) >= 18);   /* MAMV: 1 GiB */
	assert_int_equal(c.cap >> 54 & 3, 3);	   /* DWD, DRD */
	assert_int_equal(c.ecap >> 1 & 1, 1);	   /* QI */
	assert_int_equal(c.ecap >> 20 & 0xf, 15);  /* MHMV */
	assert_int_equal(c.ecap >> 49 & 1, 1);	   /* RPS */
	assert_int_equal(c.ecap >> 35 & 0x1f, 19); /* PSS: 20 bits */
}

static void pasid_size_follows_when_bits_are_set(void **state)
{
	struct vtd_config config;
	struct capabilities c;

	(void)state;
	vtd_config_init(&config);
	for (unsigned int bits = 1; bits <= 20; bits++) {
		config.pasid_bits = bits;
		c = capabilities_of(&config);
		assert_int_equal(c.ecap >> 40 & 1, 1);
		assert_int_equal(c.ecap >> 35 & 0x1f, bits - 1);
	}
	config.pasid_bits = 0;
	c = capabilities_of(&config);
	assert_true((c.ecap & (VTD_BIT(40) | VTD_BITS(39, 35))) == 0);
}

static void widths_and_fault_records_follow_when_they_are_set(void **state)
{
	struct vtd_config config;
	struct capabilities c;

	(void)state;
	vtd_config_init(&config);
	config.guest_address_width = 57;
	config.address_widths = VTD_WIDTH_39 | VTD_WIDTH_57;
	config.fault_records = 5;
	c = capabilities_of(&config);
	assert_int_equal(c.cap >> 16 & 0x3f, 56); /* MGAW */
	assert_int_equal(c.cap >> 8 & 0x1f, 0xa); /* SAGAW */
	assert_int_equal(c.cap >> 40 & 0xff, 4);  /* NFR */
}

static void scalable_bits_are_zero_when_unit_has_legacy_mode_only(void **state)
{
	struct vtd_config config = {
		.size = sizeof(config),
		.host_address_width = 39,
		.guest_address_width = 39,
		.address_widths = VTD_WIDTH_39,
		.second_stage = true,
		.device_tlb = true,
		.interrupt_remapping = true,
		.fault_records = 1,
		.device_tlb_timeout = 1,
	};
	struct capabilities c = capabilities_of(&config);

	(void)state;
	/* QI, DT, IR, the offset of the IOTLB registers, MHMV. */
	assert_true((c.ecap & ~(VTD_BITS(3, 1) | VTD_BITS(17, 8) |
				VTD_BITS(23, 20))) == 0);
	assert_true((c.ecap & VTD_BITS(3, 1)) == VTD_BITS(3, 1));
}

/* Below 6: register-based invalidation is there (F 0.2). */
static void version_allows_register_based_invalidation_when_read(void **state)
{
	struct fixture *f = *state;
	uint32_t version;

	fixture_start(f);
	version = regs_read_32(f->unit, 0x000);
	assert_true(version >> 4 >= 1 && version >> 4 <= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_disappear_when_switch_is_off),
		cmocka_unit_test(
			reserved_and_unsupported_bits_are_zero_when_all_is_on),
		cmocka_unit_test(
			fixed_capabilities_are_there_when_configured_by_default),
		cmocka_unit_test(pasid_size_follows_when_bits_are_set),
		cmocka_unit_test(
			widths_and_fault_records_follow_when_they_are_set),
		cmocka_unit_test(
			scalable_bits_are_zero_when_unit_has_legacy_mode_only),
		FIXTURE_TEST(
			version_allows_register_based_invalidation_when_read),
	};

	return RUN_TESTS(tests);
}
