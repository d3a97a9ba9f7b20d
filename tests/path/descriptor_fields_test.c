/* SPDX-License-Identifier: BSD-3-Clause */
/* What the fields of descriptors mean, beyond the worked encodings.
 * F 5.3, 5.4, 6.4. */
#include "control.h"

#define BIT(n) VTD_BIT(n)

static void submit(struct fixture *f, uint64_t word0, uint64_t word1)
{
	fake_host_forget(&f->host);
	regs_queue_put(&f->queue, word0, word1);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_fsts(f), 0);
}

static const struct vtd_mappings_changed *change(struct fixture *f)
{
	assert_int_equal(f->host.mappings_changes, 1);
	return &f->host.mappings_change[0];
}

static void function_mask_covers_functions_when_set(void **state)
{
	static const uint16_t masks[4] = { 0, 4, 6, 7 };
	struct fixture *f = *state;

	for (uint64_t fm = 0; fm < 4; fm++) {
		submit(f, 0x31 | UINT64_C(0x0105) << 32 | fm << 48, 0);
		assert_int_equal(change(f)->scope, VTD_CHANGE_DEVICE);
		assert_int_equal(change(f)->sid, 0x0105);
		assert_int_equal(change(f)->sid_mask, masks[fm]);
	}
}

static void context_domain_is_global_when_mode_is_scalable(void **state)
{
	struct fixture *f = *state;

	submit(f, 0x21 | 7 << 16, 0);
	assert_int_equal(change(f)->scope, VTD_CHANGE_GLOBAL);
}

static void context_domain_is_one_domain_when_mode_is_legacy(void **state)
{
	struct fixture *f = *state;

	regs_set_root_table(f->unit, f->root, VTD_TTM_LEGACY);
	submit(f, 0x21 | 7 << 16, 0);
	assert_int_equal(change(f)->scope, VTD_CHANGE_DOMAIN);
	assert_int_equal(change(f)->did, 7);
}

static void pasid_domain_covers_domain_when_granularity_is_0(void **state)
{
	struct fixture *f = *state;

	submit(f, 0x07 | 9 << 16 | UINT64_C(5) << 32, 0);
	assert_int_equal(change(f)->scope, VTD_CHANGE_DOMAIN);
	assert_int_equal(change(f)->did, 9);
}

/* AM n: 2^n pages, naturally aligned whatever the low bits are. */
static void range_is_aligned_when_address_mask_is_set(void **state)
{
	const uint64_t address = UINT64_C(0x00007fff12345000);
	struct fixture *f = *state;

	for (uint64_t am = 0; am <= 18; am++) {
		uint64_t size = UINT64_C(0x1000) << am;

		submit(f, 0x36 | 1 << 16, address | am);
		assert_true(change(f)->first == (address & ~(size - 1)));
		assert_true(change(f)->last == (address | (size - 1)));
	}
}

/* AM of the PASID-based descriptor is not limited by MAMV. */
static void range_is_everything_when_address_mask_is_enormous(void **state)
{
	struct fixture *f = *state;

	submit(f, 0x36 | 1 << 16, UINT64_C(0x00007fff12345000) | 63);
	assert_true(change(f)->first == 0);
	assert_true(change(f)->last == UINT64_MAX);
	submit(f, 0x36 | 1 << 16, UINT64_C(0x00007fff12345000) | 51);
	assert_true(change(f)->first == 0);
	assert_true(change(f)->last == VTD_BITS(62, 0));
}

/* S=1: the lowest 0 bit of the address from bit 12 up says the size. */
static void device_tlb_range_follows_when_size_bit_is_set(void **state)
{
	static const struct {
		uint64_t address;
		uint64_t first;
		uint64_t last;
	} rows[] = {
		{ 0x40000000, 0x40000000, 0x40001fff }, /* bit 12: 8 KiB */
		{ 0x40001000, 0x40000000, 0x40003fff }, /* 16 KiB */
		{ 0x40003000, 0x40000000, 0x40007fff },
		{ 0x402ff000, 0x40200000, 0x403fffff }, /* 2 MiB */
		{ 0x5ffff000, 0x40000000, 0x7fffffff }, /* 1 GiB */
		{ 0x7ffffffffffff000, 0, UINT64_MAX },
		{ 0xfffffffffffff000, 0, UINT64_MAX }, /* not defined */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		submit(f, UINT64_C(0x0000010000000003), rows[i].address | 1);
		assert_true(f->host.invalidation[0].first == rows[i].first);
		assert_true(f->host.invalidation[0].last == rows[i].last);
		submit(f, UINT64_C(0x0000000501000008),
		       rows[i].address | BIT(11));
		assert_true(f->host.invalidation[0].first == rows[i].first);
		assert_true(f->host.invalidation[0].last == rows[i].last);
	}
}

static void device_tlb_range_is_one_page_when_size_bit_is_clear(void **state)
{
	struct fixture *f = *state;

	submit(f, UINT64_C(0x0000010000000003), UINT64_C(0x7ffffffffffff000));
	assert_true(f->host.invalidation[0].first ==
		    UINT64_C(0x7ffffffffffff000));
	assert_true(f->host.invalidation[0].last ==
		    UINT64_C(0x7fffffffffffffff));
}

static void device_tlb_request_is_global_when_gi_is_set(void **state)
{
	struct fixture *f = *state;

	submit(f, UINT64_C(0x0000000501000008), BIT(0));
	assert_true(f->host.invalidation[0].global);
	assert_true(f->host.invalidation[0].pasid_present);
}

static void interrupt_range_covers_all_when_mask_is_beyond_mhmv(void **state)
{
	struct fixture *f = *state;

	submit(f, 0x14 | UINT64_C(31) << 27 | UINT64_C(0x1234) << 32, 0);
	assert_int_equal(f->host.interrupts_change[0].first, 0);
	assert_int_equal(f->host.interrupts_change[0].last, 0xffff);
}

/* ------------------------------------------------ Page group responses */

static const struct vtd_page_group_response *response(struct fixture *f)
{
	assert_int_equal(f->host.responses, 1);
	return &f->host.response[0];
}

static void response_code_is_forwarded_when_it_is_unused(void **state)
{
	struct fixture *f = *state;

	for (uint64_t code = 0; code < 16; code++) {
		submit(f, 0x09 | code << 12 | UINT64_C(0x0100) << 16, 0);
		assert_int_equal(response(f)->code, code);
	}
}

static void response_has_no_pasid_when_pp_is_clear(void **state)
{
	struct fixture *f = *state;

	submit(f, 0x09 | UINT64_C(0x0100) << 16 | UINT64_C(5) << 32, 0xff8);
	assert_false(response(f)->pasid_present);
	assert_int_equal(response(f)->prgi, 0x1ff);
}

/* Linux 6.12 copies LPIG there. */
static void response_is_sent_when_bit_66_is_set(void **state)
{
	struct fixture *f = *state;

	submit(f, UINT64_C(0x0000000501000019), 0x38 | 4);
	assert_int_equal(response(f)->prgi, 7);
}

static void response_waits_when_it_is_behind_a_parked_fence(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_put(&f->queue, 0x45, 0);
	regs_queue_put(&f->queue, UINT64_C(0x0000000501000019), 0x38);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.responses, 0);
	vtd_unit_device_tlb_complete(f->unit, 0x0100, 1, 1);
	assert_int_equal(f->host.responses, 1);
}

static int note_responses(struct fake_host *host,
			  const struct vtd_device_tlb_invalidation *item)
{
	(void)item;
	*(unsigned int *)host->hook_data = host->responses;
	return 0;
}

static void response_and_request_keep_order_when_both_go_out(void **state)
{
	struct fixture *f = *state;
	unsigned int before = 99;

	f->host.hook_data = &before;
	f->host.on_invalidation = note_responses;
	regs_queue_put(&f->queue, UINT64_C(0x0000000501000019), 0x38);
	regs_queue_put(&f->queue, UINT64_C(0x0000010000000003), 0);
	regs_queue_put(&f->queue, UINT64_C(0x0000000501000019), 0x38);
	regs_queue_submit(&f->queue);
	assert_int_equal(before, 1);
	assert_int_equal(f->host.responses, 2);
}

int main(void)
{
#define ON_UNIT(name)                                                  \
	cmocka_unit_test_setup_teardown(name, control_setup_forgotten, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(function_mask_covers_functions_when_set),
		ON_UNIT(context_domain_is_global_when_mode_is_scalable),
		ON_UNIT(context_domain_is_one_domain_when_mode_is_legacy),
		ON_UNIT(pasid_domain_covers_domain_when_granularity_is_0),
		ON_UNIT(range_is_aligned_when_address_mask_is_set),
		ON_UNIT(range_is_everything_when_address_mask_is_enormous),
		ON_UNIT(device_tlb_range_follows_when_size_bit_is_set),
		ON_UNIT(device_tlb_range_is_one_page_when_size_bit_is_clear),
		ON_UNIT(device_tlb_request_is_global_when_gi_is_set),
		ON_UNIT(interrupt_range_covers_all_when_mask_is_beyond_mhmv),
		ON_UNIT(response_code_is_forwarded_when_it_is_unused),
		ON_UNIT(response_has_no_pasid_when_pp_is_clear),
		ON_UNIT(response_is_sent_when_bit_66_is_set),
		ON_UNIT(response_waits_when_it_is_behind_a_parked_fence),
		ON_UNIT(response_and_request_keep_order_when_both_go_out),
	};

	return RUN_TESTS(tests);
}
