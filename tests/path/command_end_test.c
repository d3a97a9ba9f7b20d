/* SPDX-License-Identifier: BSD-3-Clause */
/* When commands in registers end: what they promise is what an invalidation
 * wait does (vtd.h, host.h; F 1.6, 1.8). */
#include "control.h"

#define GSTS 0x01c
#define CCMD 0x028
#define TRIGGER VTD_BIT(63) /* ICC, IVT */
#define CCMD_GLOBAL (TRIGGER | UINT64_C(1) << 61)
#define IOTLB_GLOBAL (TRIGGER | UINT64_C(1) << 60)
#define TES (UINT32_C(1) << 31)
#define RTPS (UINT32_C(1) << 30)
#define QIES (UINT32_C(1) << 26)
#define IRES (UINT32_C(1) << 25)
#define CFIS (UINT32_C(1) << 23)
#define IRTPS (UINT32_C(1) << 24)

/* Legacy mode, translation and interrupt remapping on, nothing under way. */
static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	fixture_run(f, VTD_TTM_LEGACY);
	regs_set_interrupt_table(f->unit, tables_pages(&f->tables, 2), 8,
				 false);
	regs_command_set(f->unit, IRES);
	regs_command_set(f->unit, CFIS);
	return 0;
}

static uint32_t iotlb(struct fixture *f)
{
	return (uint32_t)(regs_read_64(f->unit, 0x010) >> 8 & 0x3ff) * 16 + 8;
}

static bool is_under_way(struct fixture *f, uint32_t offset)
{
	return (regs_read_64(f->unit, offset) & TRIGGER) != 0;
}

static uint32_t status(struct fixture *f)
{
	return regs_read_32(f->unit, GSTS);
}

static void command_ends_with_the_write_when_nothing_is_under_way(void **state)
{
	struct fixture *f = *state;

	regs_write_64(f->unit, CCMD, CCMD_GLOBAL);
	assert_false(is_under_way(f, CCMD));
	regs_write_64(f->unit, iotlb(f), IOTLB_GLOBAL);
	assert_false(is_under_way(f, iotlb(f)));
	regs_command_clear(f->unit, TES);
	assert_int_equal(status(f) & TES, 0);
}

static void invalidation_ends_with_the_bracket_when_one_is_open(void **state)
{
	struct fixture *f = *state;
	const uint32_t offsets[] = { CCMD, iotlb(f) };
	const uint64_t commands[] = { CCMD_GLOBAL, IOTLB_GLOBAL };
	struct vtd_dma_bracket old, late;

	for (int i = 0; i < 2; i++) {
		vtd_unit_dma_begin(f->unit, &old);
		regs_write_64(f->unit, offsets[i], commands[i]);
		assert_true(is_under_way(f, offsets[i]));
		vtd_unit_dma_begin(f->unit, &late);
		assert_true(is_under_way(f, offsets[i]));
		vtd_unit_dma_end(f->unit, &old);
		assert_false(is_under_way(f, offsets[i]));
		vtd_unit_dma_end(f->unit, &late);
	}
}

static void switch_is_reported_with_the_bracket_when_one_is_open(void **state)
{
	const uint32_t switches[] = { TES, IRES, CFIS };
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	for (int i = 0; i < 3; i++) {
		vtd_unit_dma_begin(f->unit, &bracket);
		regs_command_clear(f->unit, switches[i]);
		assert_int_equal(status(f) & switches[i], switches[i]);
		vtd_unit_dma_end(f->unit, &bracket);
		assert_int_equal(status(f) & switches[i], 0);
		vtd_unit_dma_begin(f->unit, &bracket);
		regs_command_set(f->unit, switches[i]);
		assert_int_equal(status(f) & switches[i], 0);
		vtd_unit_dma_end(f->unit, &bracket);
		assert_int_equal(status(f) & switches[i], switches[i]);
	}
}

/* It is in force at once: what comes after the write is not let in. */
static void switch_is_in_force_when_it_is_not_reported_yet(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	regs_command_clear(f->unit, TES);
	assert_int_equal(status(f) & TES, TES);
	assert_false(vtd_unit_translation_enabled(f->unit));
	vtd_unit_dma_end(f->unit, &bracket);
}

static void pointer_is_reported_anew_when_it_is_set_again(void **state)
{
	const uint32_t pointers[] = { RTPS, IRTPS };
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(status(f) & pointers[i], pointers[i]);
		vtd_unit_dma_begin(f->unit, &bracket);
		regs_command_set(f->unit, pointers[i]);
		assert_int_equal(status(f) & pointers[i], 0);
		vtd_unit_dma_end(f->unit, &bracket);
		assert_int_equal(status(f) & pointers[i], pointers[i]);
	}
}

struct pending {
	unsigned int count;
	struct vtd_notice_ticket ticket[4];
};

static int defer(struct fake_host *host, const struct vtd_notice_ticket *ticket)
{
	struct pending *pending = host->hook_data;

	assert_true(pending->count < 4);
	pending->ticket[pending->count++] = *ticket;
	return VTD_NOTICE_PENDING;
}

static void command_ends_with_the_notice_when_it_is_pending(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };

	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	regs_write_64(f->unit, iotlb(f), IOTLB_GLOBAL);
	assert_true(is_under_way(f, iotlb(f)));
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_false(is_under_way(f, iotlb(f)));
	regs_command_clear(f->unit, TES);
	assert_int_equal(status(f) & TES, TES);
	vtd_unit_notice_done(f->unit, &pending.ticket[1]);
	assert_int_equal(status(f) & TES, 0);
}

/* Nothing of this machine is under way in another one; what the new host is told
 * comes first there, too. */
static void command_goes_on_when_state_is_loaded(void **state)
{
	struct fixture *f = *state;
	struct pending pending = { 0 };
	struct vtd_dma_bracket bracket;
	static uint8_t blob[8192];
	size_t size;

	vtd_unit_dma_begin(f->unit, &bracket);
	regs_write_64(f->unit, CCMD, CCMD_GLOBAL);
	regs_write_64(f->unit, iotlb(f), IOTLB_GLOBAL);
	regs_command_clear(f->unit, TES);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	assert_in_range(size, 1, sizeof(blob));
	vtd_unit_dma_end(f->unit, &bracket);
	regs_command_set(f->unit, TES);
	f->host.hook_data = &pending;
	f->host.on_notice = defer;
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	assert_int_equal(status(f) & TES, 0);
	assert_int_equal(pending.count, 2);
	vtd_unit_timer_expired(f->unit);
	vtd_unit_notice_done(f->unit, &pending.ticket[0]);
	assert_true(is_under_way(f, CCMD));
	assert_true(is_under_way(f, iotlb(f)));
	vtd_unit_notice_done(f->unit, &pending.ticket[1]);
	assert_false(is_under_way(f, CCMD));
	assert_false(is_under_way(f, iotlb(f)));
}

static void command_is_forgotten_when_unit_is_reset(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	regs_write_64(f->unit, CCMD, CCMD_GLOBAL);
	regs_command_clear(f->unit, IRES);
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	assert_int_equal(status(f), 0);
	assert_false(is_under_way(f, CCMD));
	vtd_unit_dma_end(f->unit, &bracket);
	assert_int_equal(status(f), 0);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(command_ends_with_the_write_when_nothing_is_under_way),
		ON_UNIT(invalidation_ends_with_the_bracket_when_one_is_open),
		ON_UNIT(switch_is_reported_with_the_bracket_when_one_is_open),
		ON_UNIT(switch_is_in_force_when_it_is_not_reported_yet),
		ON_UNIT(pointer_is_reported_anew_when_it_is_set_again),
		ON_UNIT(command_ends_with_the_notice_when_it_is_pending),
		ON_UNIT(command_goes_on_when_state_is_loaded),
		ON_UNIT(command_is_forgotten_when_unit_is_reset),
	};

	return RUN_TESTS(tests);
}
