/* SPDX-License-Identifier: BSD-3-Clause */
/* CCMD, IVA and IOTLB: invalidation without a queue, in legacy mode.  F 1.8. */
#include "control.h"

#define CCMD 0x028
#define ICC VTD_BIT(63)
#define IVT VTD_BIT(63)
#define CIRG(g) ((uint64_t)(g) << 61)
#define IIRG(g) ((uint64_t)(g) << 60)
#define GLOBAL 1
#define DOMAIN 2
#define SELECTIVE 3

static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	fixture_start(f);
	regs_set_root_table(f->unit, f->root, VTD_TTM_LEGACY);
	fake_host_forget(&f->host);
	return 0;
}

static uint32_t iva(struct fixture *f)
{
	return (uint32_t)(regs_read_64(f->unit, 0x010) >> 8 & 0x3ff) * 16;
}

static uint64_t context(struct fixture *f, uint64_t command)
{
	fake_host_forget(&f->host);
	regs_write_64(f->unit, CCMD, ICC | command);
	return regs_read_64(f->unit, CCMD);
}

static uint64_t iotlb(struct fixture *f, uint64_t command)
{
	fake_host_forget(&f->host);
	regs_write_64(f->unit, iva(f) + 8, IVT | command);
	return regs_read_64(f->unit, iva(f) + 8);
}

/* The command has ended; how coarse it was in the end. */
static unsigned int caig(uint64_t value)
{
	assert_true((value & ICC) == 0);
	return (unsigned int)(value >> 59 & 3);
}

static unsigned int iaig(uint64_t value)
{
	assert_true((value & IVT) == 0);
	return (unsigned int)(value >> 57 & 3);
}

static const struct vtd_mappings_changed *change(struct fixture *f)
{
	assert_int_equal(f->host.mappings_changes, 1);
	return &f->host.mappings_change[0];
}

static void context_command_covers_what_it_names_when_allowed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(caig(context(f, CIRG(GLOBAL))), GLOBAL);
	assert_int_equal(change(f)->scope, VTD_CHANGE_GLOBAL);
	assert_int_equal(caig(context(f, CIRG(DOMAIN) | 7)), DOMAIN);
	assert_int_equal(change(f)->scope, VTD_CHANGE_DOMAIN);
	assert_int_equal(change(f)->did, 7);
	assert_int_equal(
		caig(context(f, CIRG(SELECTIVE) | 7 | UINT64_C(0x0105) << 16 |
					UINT64_C(3) << 32)),
		SELECTIVE);
	assert_int_equal(change(f)->scope, VTD_CHANGE_DEVICE);
	assert_int_equal(change(f)->sid, 0x0105);
	assert_int_equal(change(f)->sid_mask, 7);
}

static void context_command_starts_when_upper_half_is_written(void **state)
{
	struct fixture *f = *state;

	fake_host_forget(&f->host);
	regs_write_32(f->unit, CCMD, 7);
	assert_int_equal(f->host.mappings_changes, 0);
	regs_write_32(f->unit, CCMD + 4,
		      (uint32_t)((ICC | CIRG(DOMAIN)) >> 32));
	assert_int_equal(change(f)->did, 7);
}

static void nothing_happens_when_trigger_is_not_set(void **state)
{
	struct fixture *f = *state;

	regs_write_64(f->unit, CCMD, CIRG(GLOBAL));
	regs_write_64(f->unit, iva(f) + 8, IIRG(GLOBAL));
	assert_int_equal(f->host.mappings_changes, 0);
}

static void command_is_an_error_when_granularity_is_reserved(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(caig(context(f, CIRG(0))), 0);
	assert_int_equal(f->host.mappings_changes, 0);
	assert_int_equal(iaig(iotlb(f, IIRG(0))), 0);
	assert_int_equal(f->host.mappings_changes, 0);
}

static void command_is_an_error_when_mode_is_not_legacy(void **state)
{
	struct fixture *f = *state;

	regs_set_root_table(f->unit, f->root, VTD_TTM_SCALABLE);
	assert_int_equal(caig(context(f, CIRG(GLOBAL))), 0);
	assert_int_equal(f->host.mappings_changes, 0);
	assert_int_equal(iaig(iotlb(f, IIRG(GLOBAL))), 0);
	assert_int_equal(f->host.mappings_changes, 0);
}

static void iotlb_command_covers_what_it_names_when_allowed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(iaig(iotlb(f, IIRG(GLOBAL))), GLOBAL);
	assert_int_equal(change(f)->scope, VTD_CHANGE_GLOBAL);
	/* With DR and DW. */
	assert_int_equal(iaig(iotlb(f, IIRG(DOMAIN) | UINT64_C(9) << 32 |
					       UINT64_C(3) << 48)),
			 DOMAIN);
	assert_int_equal(change(f)->scope, VTD_CHANGE_DOMAIN);
	assert_int_equal(change(f)->did, 9);
}

static void iotlb_command_covers_pages_when_address_is_given(void **state)
{
	struct fixture *f = *state;

	/* 2 MiB, IH=1. */
	regs_write_64(f->unit, iva(f), UINT64_C(0x40200000) | 0x40 | 9);
	assert_int_equal(iaig(iotlb(f, IIRG(SELECTIVE) | UINT64_C(3) << 32)),
			 SELECTIVE);
	assert_int_equal(change(f)->scope, VTD_CHANGE_RANGE);
	assert_int_equal(change(f)->did, 3);
	assert_false(change(f)->pasid_present);
	assert_true(change(f)->first == 0x40200000);
	assert_true(change(f)->last == 0x403fffff);
}

static void iotlb_command_starts_when_upper_half_is_written(void **state)
{
	struct fixture *f = *state;

	fake_host_forget(&f->host);
	regs_write_32(f->unit, iva(f) + 8, 0);
	assert_int_equal(f->host.mappings_changes, 0);
	regs_write_32(f->unit, iva(f) + 12,
		      (uint32_t)((IVT | IIRG(GLOBAL)) >> 32));
	assert_int_equal(f->host.mappings_changes, 1);
}

/* An error, or coarser than asked: both are allowed, missing pages is not. */
static void iotlb_command_misses_nothing_when_mask_is_too_large(void **state)
{
	struct fixture *f = *state;
	unsigned int mamv = regs_read_64(f->unit, 0x008) >> 48 & 0x3f;
	unsigned int done;

	regs_write_64(f->unit, iva(f), mamv);
	assert_int_equal(iaig(iotlb(f, IIRG(SELECTIVE))), SELECTIVE);
	regs_write_64(f->unit, iva(f), mamv + 1);
	done = iaig(iotlb(f, IIRG(SELECTIVE)));
	assert_true(done < SELECTIVE);
	if (done == 0)
		assert_int_equal(f->host.mappings_changes, 0);
}

static void context_is_looked_up_again_when_command_invalidated_it(void **state)
{
	const struct vtd_request request = {
		.sid = 0x0100,
		.access = VTD_ACCESS_READ,
		.length = 4,
		.address = 0x5000,
	};
	const uint64_t words[2] = { 1 | 2 << 2, 2 }; /* pass-through */
	struct fixture *f = *state;
	struct vtd_translation result;
	uint64_t entry;

	entry = tables_legacy_context(&f->tables, f->root, 0x0100);
	tables_put(&f->tables, entry, words, 2);
	regs_command_set(f->unit, UINT32_C(1) << 31);
	vtd_unit_translate(f->unit, &request, &result);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	tables_change(&f->tables, entry, 0, 1);
	context(f, CIRG(SELECTIVE) | UINT64_C(0x0100) << 16);
	vtd_unit_translate(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_LCT_2);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(context_command_covers_what_it_names_when_allowed),
		ON_UNIT(context_command_starts_when_upper_half_is_written),
		ON_UNIT(nothing_happens_when_trigger_is_not_set),
		ON_UNIT(command_is_an_error_when_granularity_is_reserved),
		ON_UNIT(command_is_an_error_when_mode_is_not_legacy),
		ON_UNIT(iotlb_command_covers_what_it_names_when_allowed),
		ON_UNIT(iotlb_command_covers_pages_when_address_is_given),
		ON_UNIT(iotlb_command_starts_when_upper_half_is_written),
		ON_UNIT(iotlb_command_misses_nothing_when_mask_is_too_large),
		ON_UNIT(context_is_looked_up_again_when_command_invalidated_it),
	};

	return RUN_TESTS(tests);
}
