/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which descriptors an invalidation queue takes: by type, queue width and
 * translation table mode, and bit by bit.  F 5.2, 5.3, 1.13.
 */
#include "control.h"

#define BITS(high, low) VTD_BITS(high, low)
#define BIT(n) VTD_BIT(n)
#define TYPES 16

/* A valid descriptor of each type; what is reserved in its four words. */
struct type {
	uint64_t valid;
	uint64_t reserved[2];  /* all of the upper 128 bits are */
	uint8_t granularities; /* set; 0: there is no such field */
};

static const struct type types[TYPES] = {
	[0x1] = { 0x11,
		  { BITS(8, 6) | BITS(15, 12) | BITS(63, 50), ~0ull },
		  BIT(1) | BIT(2) | BIT(3) },
	[0x2] = { 0x12,
		  { BIT(8) | BITS(15, 12) | BITS(63, 32), BITS(11, 7) },
		  BIT(1) | BIT(2) | BIT(3) },
	/* PFSID is reserved without DIT. */
	[0x3] = { 0x03,
		  { BITS(8, 4) | BITS(31, 21) | BITS(51, 48) | BITS(15, 12) |
			    BITS(63, 52),
		    BITS(11, 1) },
		  0 },
	[0x4] = { 0x04, { BITS(8, 5) | BITS(26, 12) | BITS(63, 48), ~0ull }, 0 },
	[0x5] = { 0x05, { BIT(8) | BITS(31, 12), BITS(1, 0) }, 0 },
	[0x6] = { 0x26,
		  { BITS(8, 6) | BITS(15, 12) | BITS(63, 52), BITS(11, 7) },
		  BIT(2) | BIT(3) },
	[0x7] = { 0x37,
		  { BITS(8, 6) | BITS(15, 12) | BITS(63, 52), ~0ull },
		  BIT(0) | BIT(1) | BIT(3) },
	[0x8] = { 0x08, { BITS(63, 52) | BITS(15, 12), BITS(10, 1) }, 0 },
	[0x9] = { 0x09,
		  { BITS(8, 5) | BITS(63, 52), BITS(1, 0) | BITS(63, 12) },
		  0 },
};

/* Run one descriptor; returns IQEI, or 0 if it was executed. */
static unsigned int error_of(struct fixture *f, const uint64_t words[4])
{
	uint64_t at = f->queue.base + f->queue.tail;
	unsigned int error = 0;

	regs_queue_put(&f->queue, words[0], words[1]);
	if (f->queue.wide) {
		fake_host_set_64(&f->host, at + 16, words[2]);
		fake_host_set_64(&f->host, at + 24, words[3]);
	}
	regs_queue_submit(&f->queue);
	if ((control_fsts(f) & FSTS_IQE) == 0)
		return 0;
	error = control_iqei(f);
	/* Software takes it back. */
	f->queue.tail = (uint32_t)regs_read_64(f->unit, 0x080);
	regs_queue_submit(&f->queue);
	regs_write_32(f->unit, 0x034, FSTS_IQE);
	return error;
}

static unsigned int error_of_word(struct fixture *f, uint64_t word)
{
	const uint64_t words[4] = { word };

	return error_of(f, words);
}

static void run(struct fixture *f, unsigned int ttm, bool wide)
{
	f->host.on_invalidation = fake_host_complete_at_once;
	if (f->unit == NULL)
		fixture_start(f);
	regs_command_clear(f->unit, (uint32_t)VTD_GCMD_QIE);
	regs_set_root_table(f->unit, f->root, ttm);
	/* Else the completions of endpoints would be refused. */
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_TE);
	regs_queue_start(&f->queue, f->unit, &f->tables, wide);
}

/* F 5.2, second table; no HPT, so that Ah is no type either. */
static unsigned int expected(unsigned int ttm, bool wide, unsigned int type)
{
	if (ttm == 2)
		return 7;
	if (!wide && ttm != 0)
		return 5;
	if (type >= 1 && type <= 5)
		return 0;
	if (type >= 6 && type <= 9)
		return wide && ttm != 0 ? 0 : 3;
	return 3;
}

static void type_is_taken_when_mode_and_width_allow_it(void **state)
{
	struct fixture *f = *state;

	f->config.abort_dma = true;
	for (unsigned int ttm = 0; ttm < 4; ttm++)
		for (unsigned int wide = 0; wide < 2; wide++) {
			run(f, ttm, wide != 0);
			for (unsigned int type = 0; type < TYPES; type++) {
				uint64_t word = types[type].valid | type;
				unsigned int error = error_of_word(f, word);

				if (error != expected(ttm, wide != 0, type))
					fail_msg("TTM %u wide %u type %u: "
						 "IQEI %u",
						 ttm, wide, type, error);
			}
		}
}

static void type_is_refused_when_upper_type_bits_are_set(void **state)
{
	struct fixture *f = *state;

	run(f, VTD_TTM_SCALABLE, true);
	for (unsigned int type = 0; type < TYPES; type++)
		for (unsigned int upper = 1; upper < 8; upper++)
			assert_int_equal(error_of_word(f, types[type].valid |
								  type |
								  upper << 9),
					 3);
}

static void scalable_queue_is_refused_when_unit_is_legacy_only(void **state)
{
	struct fixture *f = *state;

	f->config = (struct vtd_config){
		.size = sizeof(f->config),
		.host_address_width = 39,
		.guest_address_width = 39,
		.address_widths = VTD_WIDTH_39,
		.second_stage = true,
		.fault_records = 1,
		.device_tlb_timeout = 1,
	};
	run(f, VTD_TTM_LEGACY, true);
	assert_int_equal(error_of_word(f, 0x11), 5);
}

static void without_scalable_mode(struct vtd_config *config)
{
	fixture_legacy_only(config);
}

static void with_scalable_mode(struct vtd_config *config)
{
	(void)config;
}

static void with_abort_dma(struct vtd_config *config)
{
	config->abort_dma = true;
}

static void mode_is_refused_when_unit_or_width_lacks_it(void **state)
{
	/* By mode, with narrow and with wide descriptors. */
	static const struct {
		const char *name;
		void (*configure)(struct vtd_config *config);
		unsigned int error[4][2];
	} rows[] = {
		{ "legacy",
		  without_scalable_mode,
		  { { 0, 5 }, { 7, 5 }, { 7, 5 }, { 7, 5 } } },
		{ "scalable",
		  with_scalable_mode,
		  { { 0, 0 }, { 5, 0 }, { 7, 7 }, { 7, 7 } } },
		{ "abort DMA",
		  with_abort_dma,
		  { { 0, 0 }, { 5, 0 }, { 7, 7 }, { 5, 0 } } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (unsigned int ttm = 0; ttm < 4; ttm++)
			for (unsigned int wide = 0; wide < 2; wide++) {
				vtd_unit_destroy(f->unit);
				f->unit = NULL;
				vtd_config_init(&f->config);
				rows[i].configure(&f->config);
				run(f, ttm, wide != 0);
				check_row(rows[i].name,
					  error_of_word(f, 0x11) ==
						  rows[i].error[ttm][wide]);
			}
}

static void type_is_refused_when_its_capability_is_missing(void **state)
{
	struct fixture *f = *state;

	f->config.device_tlb = false;
	f->config.no_write_flag = false;
	f->config.page_request = false;
	f->config.interrupt_remapping = false;
	f->config.extended_interrupt_mode = false;
	run(f, VTD_TTM_SCALABLE, true);
	assert_int_equal(error_of_word(f, 0x3), 3);
	assert_int_equal(error_of_word(f, 0x4), 3);
	assert_int_equal(error_of_word(f, 0x8), 3);
	assert_int_equal(error_of_word(f, 0x9), 3);
	/* PD is reserved without page-request draining. */
	assert_int_equal(error_of_word(f, 0x85), 4);
}

static void granularity_is_refused_when_reserved(void **state)
{
	struct fixture *f = *state;

	run(f, VTD_TTM_SCALABLE, true);
	for (unsigned int type = 0; type < TYPES; type++)
		for (unsigned int g = 0; g < 4; g++) {
			if (types[type].granularities == 0)
				continue;
			assert_int_equal(
				error_of_word(f, type | g << 4),
				(types[type].granularities >> g & 1) != 0 ? 0 :
									    4);
		}
}

/* Whether changing the bit makes another type or granularity of it. */
static bool is_selector(const struct type *type, unsigned int bit)
{
	return bit <= 3 || (bit >= 9 && bit <= 11) ||
	       (type->granularities != 0 && (bit == 4 || bit == 5));
}

static void check_bits(struct fixture *f, unsigned int number,
		       unsigned int bits)
{
	const struct type *type = &types[number];

	for (unsigned int bit = 0; bit < bits; bit++) {
		uint64_t words[4] = { type->valid };
		bool reserved = bit >= 128 ||
				(type->reserved[bit / 64] >> bit % 64 & 1) != 0;
		unsigned int error;

		if (is_selector(type, bit))
			continue;
		words[bit / 64] |= UINT64_C(1) << bit % 64;
		error = error_of(f, words);
		if (error != (reserved ? 4 : 0))
			fail_msg("type %u bit %u: IQEI %u", number, bit, error);
	}
}

static void bit_is_refused_when_reserved_in_a_wide_queue(void **state)
{
	struct fixture *f = *state;

	run(f, VTD_TTM_SCALABLE, true);
	for (unsigned int type = 1; type <= 9; type++)
		check_bits(f, type, 256);
}

/* PD is at the place of DR of an IOTLB request, and of MIP. */
static void bit_is_taken_when_only_waits_must_not_have_it(void **state)
{
	struct fixture *f = *state;

	f->config.page_request = false;
	run(f, VTD_TTM_SCALABLE, true);
	assert_int_equal(error_of_word(f, 0x05 | BIT(7)), 4);
	assert_int_equal(error_of_word(f, 0x12 | BIT(7)), 0);
	assert_int_equal(error_of_word(f, 0x08 | BIT(7)), 0);
}

static void bit_is_refused_when_reserved_in_a_narrow_queue(void **state)
{
	struct fixture *f = *state;

	run(f, VTD_TTM_LEGACY, false);
	for (unsigned int type = 1; type <= 5; type++)
		check_bits(f, type, 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(type_is_taken_when_mode_and_width_allow_it),
		FIXTURE_TEST(type_is_refused_when_upper_type_bits_are_set),
		FIXTURE_TEST(
			scalable_queue_is_refused_when_unit_is_legacy_only),
		FIXTURE_TEST(mode_is_refused_when_unit_or_width_lacks_it),
		FIXTURE_TEST(type_is_refused_when_its_capability_is_missing),
		FIXTURE_TEST(granularity_is_refused_when_reserved),
		FIXTURE_TEST(bit_is_refused_when_reserved_in_a_wide_queue),
		FIXTURE_TEST(bit_is_taken_when_only_waits_must_not_have_it),
		FIXTURE_TEST(bit_is_refused_when_reserved_in_a_narrow_queue),
	};

	return RUN_TESTS(tests);
}
