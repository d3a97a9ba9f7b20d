/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The register map, row by row, as the facts sheet has it (F 1.2 to 1.15), for
 * a unit with all capabilities and 48 address bits.
 */
#include "check.h"

#include "regs/regfile.h"

#define BITS(high, low) VTD_BITS(high, low)
#define BIT(n) VTD_BIT(n)

struct row {
	const char *name;
	uint32_t offset;
	unsigned int size;
	uint64_t reset;
	uint64_t writable;   /* reads back what was written */
	uint64_t write_only; /* reads back anything */
	uint64_t starts;     /* starts a command: not written here */
};

static const struct row rows[] = {
	{ "GCMD", 0x018, 4, 0, 0, 0, BITS(31, 0) },
	{ "GSTS", 0x01c, 4, 0, 0, 0, 0 },
	{ "RTADDR", 0x020, 8, 0, BITS(47, 12) | BITS(11, 10), 0, 0 },
	{ "CCMD", 0x028, 8, 0, BITS(62, 61) | BITS(15, 0), BITS(33, 16),
	  BIT(63) },
	{ "FSTS", 0x034, 4, 0, 0, 0, 0 },
	{ "FECTL", 0x038, 4, BIT(31), BIT(31), 0, 0 },
	{ "FEDATA", 0x03c, 4, 0, BITS(15, 0), 0, 0 },
	{ "FEADDR", 0x040, 4, 0, BITS(31, 2), 0, 0 },
	{ "FEUADDR", 0x044, 4, 0, BITS(31, 0), 0, 0 },
	{ "IQH", 0x080, 8, 0, 0, 0, 0 },
	{ "IQT", 0x088, 8, 0, BITS(18, 4), 0, 0 },
	{ "IQA", 0x090, 8, 0, BITS(47, 11) | BITS(2, 0), 0, 0 },
	{ "ICS", 0x09c, 4, 0, 0, 0, 0 },
	{ "IECTL", 0x0a0, 4, BIT(31), BIT(31), 0, 0 },
	{ "IEDATA", 0x0a4, 4, 0, BITS(15, 0), 0, 0 },
	{ "IEADDR", 0x0a8, 4, 0, BITS(31, 2), 0, 0 },
	{ "IEUADDR", 0x0ac, 4, 0, BITS(31, 0), 0, 0 },
	{ "IQERCD", 0x0b0, 8, 0, 0, 0, 0 },
	{ "IRTA", 0x0b8, 8, 0, BITS(47, 11) | BITS(3, 0), 0, 0 },
	{ "PQH", 0x0c0, 8, 0, BITS(18, 5), 0, 0 },
	{ "PQT", 0x0c8, 8, 0, BITS(18, 5), 0, 0 },
	{ "PQA", 0x0d0, 8, 0, BITS(47, 12) | BITS(2, 0), 0, 0 },
	{ "PRS", 0x0dc, 4, 0, 0, 0, 0 },
	{ "PECTL", 0x0e0, 4, BIT(31), BIT(31), 0, 0 },
	{ "PEDATA", 0x0e4, 4, 0, BITS(15, 0), 0, 0 },
	{ "PEADDR", 0x0e8, 4, 0, BITS(31, 2), 0, 0 },
	{ "PEUADDR", 0x0ec, 4, 0, BITS(31, 0), 0, 0 },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static uint64_t read_row(struct fixture *f, const struct row *row)
{
	return vtd_unit_read(f->unit, row->offset, row->size);
}

static uint64_t mask_of(const struct row *row)
{
	return row->size == 8 ? UINT64_MAX : UINT32_MAX;
}

/* All bits but those that start something. */
static uint64_t ones(const struct row *row)
{
	return mask_of(row) & ~row->starts;
}

static void write_in_halves(struct fixture *f, const struct row *row,
			    uint64_t value)
{
	regs_write_32(f->unit, row->offset, (uint32_t)value);
	if (row->size == 8)
		regs_write_32(f->unit, row->offset + 4,
			      (uint32_t)(value >> 32));
}

static void registers_have_reset_values_when_unit_is_new(void **state)
{
	for (size_t i = 0; i < ROWS; i++)
		check_row(rows[i].name,
			  read_row(*state, &rows[i]) == rows[i].reset);
}

static void registers_keep_writable_bits_only_when_all_are_set(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS; i++) {
		vtd_unit_write(f->unit, rows[i].offset, ones(&rows[i]),
			       rows[i].size);
		check_row(rows[i].name,
			  (read_row(f, &rows[i]) & ~rows[i].write_only) ==
				  rows[i].writable);
	}
}

static void
registers_keep_writable_bits_only_when_written_in_halves(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS; i++) {
		write_in_halves(f, &rows[i], ones(&rows[i]));
		check_row(rows[i].name,
			  (read_row(f, &rows[i]) & ~rows[i].write_only) ==
				  rows[i].writable);
	}
}

static void registers_lose_writable_bits_when_zero_is_written(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS; i++) {
		write_in_halves(f, &rows[i], ones(&rows[i]));
		vtd_unit_write(f->unit, rows[i].offset, 0, rows[i].size);
		check_row(rows[i].name,
			  (read_row(f, &rows[i]) & ~rows[i].write_only) == 0);
	}
}

static void halves_read_like_the_whole_when_register_has_64_bits(void **state)
{
	const uint64_t value = UINT64_C(0x5a5a5a5a5a5a5a5a);
	struct fixture *f = *state;

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].size != 8)
			continue;
		regs_write_64(f->unit, rows[i].offset, value & ones(&rows[i]));
		check_row(rows[i].name,
			  regs_read_64(f->unit, rows[i].offset) ==
				  (regs_read_32(f->unit, rows[i].offset) |
				   (uint64_t)regs_read_32(f->unit,
							  rows[i].offset + 4)
					   << 32));
	}
}

static void half_stays_when_the_other_half_is_written(void **state)
{
	struct fixture *f = *state;

	regs_write_64(f->unit, 0x020, UINT64_C(0x0000123456789000));
	regs_write_32(f->unit, 0x020, 0xabcde000);
	assert_true(regs_read_64(f->unit, 0x020) ==
		    UINT64_C(0x00001234abcde000));
}

static void neighbours_are_both_written_when_access_has_8_bytes(void **state)
{
	struct fixture *f = *state;

	/* FECTL and FEDATA. */
	regs_write_64(f->unit, 0x038, UINT64_C(0x0000432100000000));
	assert_int_equal(regs_read_32(f->unit, 0x038), 0);
	assert_int_equal(regs_read_32(f->unit, 0x03c), 0x4321);
	assert_true(regs_read_64(f->unit, 0x038) ==
		    UINT64_C(0x0000432100000000));
}

static void registers_return_to_reset_values_when_unit_is_reset(void **state)
{
	static const enum vtd_reset kinds[] = { VTD_RESET_WARM,
						VTD_RESET_POWER_GOOD };
	struct fixture *f = *state;

	for (size_t kind = 0; kind < 2; kind++) {
		for (size_t i = 0; i < ROWS; i++)
			write_in_halves(f, &rows[i],
					mask_of(&rows[i]) & ~rows[i].starts &
						~rows[i].reset);
		vtd_unit_reset(f->unit, kinds[kind]);
		for (size_t i = 0; i < ROWS; i++)
			check_row(rows[i].name,
				  read_row(f, &rows[i]) == rows[i].reset);
	}
}

/* ------------------------------------------- What is no proper access */

static void save(struct fixture *f, uint64_t words[512])
{
	for (unsigned int i = 0; i < 512; i++)
		words[i] = regs_read_64(f->unit, i * 8);
}

static void access_reads_zero_when_size_or_alignment_is_odd(void **state)
{
	struct fixture *f = *state;

	for (uint64_t offset = 0; offset < 64; offset++)
		for (unsigned int size = 0; size <= 16; size++)
			if ((size != 4 && size != 8) || offset % size != 0)
				assert_true(vtd_unit_read(f->unit, offset,
							  size) == 0);
}

static void access_changes_nothing_when_size_or_alignment_is_odd(void **state)
{
	static uint64_t before[512], after[512];
	struct fixture *f = *state;

	save(f, before);
	for (uint64_t offset = 0; offset < 0x1008; offset++)
		for (unsigned int size = 0; size <= 16; size++)
			if ((size != 4 && size != 8) || offset % size != 0)
				vtd_unit_write(f->unit, offset, UINT64_MAX,
					       size);
	save(f, after);
	assert_memory_equal(before, after, sizeof(before));
}

static void access_is_harmless_when_offset_is_beyond_the_space(void **state)
{
	static const uint64_t offsets[] = { 0x1000, 0x1008, 0xfffff000,
					    UINT64_C(1) << 32, UINT64_MAX - 7 };
	static uint64_t before[512], after[512];
	struct fixture *f = *state;

	save(f, before);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		assert_true(vtd_unit_read(f->unit, offsets[i], 8) == 0);
		assert_true(vtd_unit_read(f->unit, offsets[i], 4) == 0);
		vtd_unit_write(f->unit, offsets[i], UINT64_MAX, 8);
		vtd_unit_write(f->unit, offsets[i], UINT64_MAX, 4);
	}
	save(f, after);
	assert_memory_equal(before, after, sizeof(before));
}

/* One access has one trigger. */
static void one_register_acts_at_most_when_access_has_8_bytes(void **state)
{
	struct vtd_reg_row row[VTD_REG_ROWS_MAX];
	bool acts[VTD_REGISTER_SPACE_SIZE / 8] = { false };
	struct vtd_config config;
	unsigned int count;

	(void)state;
	vtd_config_init(&config);
	count = vtd_register_map(&config, row);
	for (unsigned int i = 0; i < count; i++) {
		assert_int_equal(row[i].action != VTD_ACTION_NONE,
				 row[i].trigger != 0);
		if (row[i].trigger == 0)
			continue;
		assert_false(acts[row[i].offset / 8]);
		acts[row[i].offset / 8] = true;
		/* Of two halves one. */
		assert_true(row[i].size == 4 || (uint32_t)row[i].trigger == 0 ||
			    row[i].trigger >> 32 == 0);
	}
}

int main(void)
{
#define ON_UNIT(name)                                                \
	cmocka_unit_test_setup_teardown(name, fixture_setup_started, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(registers_have_reset_values_when_unit_is_new),
		ON_UNIT(registers_keep_writable_bits_only_when_all_are_set),
		ON_UNIT(registers_keep_writable_bits_only_when_written_in_halves),
		ON_UNIT(registers_lose_writable_bits_when_zero_is_written),
		ON_UNIT(halves_read_like_the_whole_when_register_has_64_bits),
		ON_UNIT(half_stays_when_the_other_half_is_written),
		ON_UNIT(neighbours_are_both_written_when_access_has_8_bytes),
		cmocka_unit_test(
			one_register_acts_at_most_when_access_has_8_bytes),
		ON_UNIT(registers_return_to_reset_values_when_unit_is_reset),
		ON_UNIT(access_reads_zero_when_size_or_alignment_is_odd),
		ON_UNIT(access_changes_nothing_when_size_or_alignment_is_odd),
		ON_UNIT(access_is_harmless_when_offset_is_beyond_the_space),
	};

	return RUN_TESTS(tests);
}
