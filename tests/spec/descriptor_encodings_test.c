/* SPDX-License-Identifier: BSD-3-Clause */
/* The worked encodings of descriptors, F 5.11: each is taken as it stands and
 * does what its row says. */
#include "control.h"

#define EVERYTHING UINT64_MAX
#define STATUS UINT64_C(0x200000)

static void submit(struct fixture *f, uint64_t word0, uint64_t word1)
{
	regs_queue_put(&f->queue, word0, word1);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_fsts(f), 0);
	assert_int_equal(regs_read_64(f->unit, 0x080), f->queue.tail);
}

/* ------------------------------------------------------ Unit's caches */

static const struct change_row {
	const char *name;
	uint64_t word0;
	uint64_t word1;
	struct vtd_mappings_changed change;
} change_rows[] = {
	{ "CC global", 0x11, 0, { .scope = VTD_CHANGE_GLOBAL } },
	{ "CC device SID 0100h",
	  0x0000010000000031,
	  0,
	  { .scope = VTD_CHANGE_DEVICE, .sid = 0x0100 } },
	{ "PC global", 0x37, 0, { .scope = VTD_CHANGE_GLOBAL } },
	{ "PC PASID 5 in DID 1",
	  0x0000000500010017,
	  0,
	  { .scope = VTD_CHANGE_RANGE,
	    .did = 1,
	    .pasid_present = true,
	    .pasid = 5,
	    .last = EVERYTHING } },
	{ "IOTLB global (drain flags)",
	  0xd2,
	  0,
	  { .scope = VTD_CHANGE_GLOBAL } },
	{ "IOTLB domain DID 1",
	  0x10022,
	  0,
	  { .scope = VTD_CHANGE_DOMAIN, .did = 1 } },
	{ "IOTLB page DID 3, 2 MiB at 4020_0000h, IH=1",
	  0x30032,
	  0x40200049,
	  { .scope = VTD_CHANGE_RANGE,
	    .did = 3,
	    .first = 0x40200000,
	    .last = 0x403fffff } },
	{ "6h PASID-selective DID 1 PASID 5",
	  0x0000000500010026,
	  0,
	  { .scope = VTD_CHANGE_RANGE,
	    .did = 1,
	    .pasid_present = true,
	    .pasid = 5,
	    .last = EVERYTHING } },
	{ "6h page DID 1 PASID 5, 4 KiB at 7FFF_1234_5000h",
	  0x0000000500010036,
	  0x00007fff12345000,
	  { .scope = VTD_CHANGE_RANGE,
	    .did = 1,
	    .pasid_present = true,
	    .pasid = 5,
	    .first = 0x00007fff12345000,
	    .last = 0x00007fff12345fff } },
};

static void check_change(const struct change_row *row,
			 const struct vtd_mappings_changed *seen)
{
	const struct vtd_mappings_changed *wanted = &row->change;

	check_row(row->name, seen->scope == wanted->scope);
	switch (wanted->scope) {
	case VTD_CHANGE_DEVICE:
		check_row(row->name, seen->sid == wanted->sid);
		check_row(row->name, seen->sid_mask == wanted->sid_mask);
		break;
	case VTD_CHANGE_DOMAIN:
		check_row(row->name, seen->did == wanted->did);
		break;
	case VTD_CHANGE_RANGE:
		check_row(row->name, seen->did == wanted->did);
		check_row(row->name,
			  seen->pasid_present == wanted->pasid_present);
		check_row(row->name, seen->pasid == wanted->pasid);
		check_row(row->name, seen->first == wanted->first);
		check_row(row->name, seen->last == wanted->last);
		break;
	default:
		break;
	}
}

static void mappings_change_when_a_cache_is_invalidated(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(change_rows) / sizeof(*change_rows);
	     i++) {
		fake_host_forget(&f->host);
		submit(f, change_rows[i].word0, change_rows[i].word1);
		check_row(change_rows[i].name, f->host.mappings_changes == 1);
		check_change(&change_rows[i], &f->host.mappings_change[0]);
	}
}

static void interrupts_change_when_all_entries_are_invalidated(void **state)
{
	struct fixture *f = *state;

	submit(f, 0x04, 0);
	assert_int_equal(f->host.interrupts_changes, 1);
	assert_int_equal(f->host.interrupts_change[0].first, 0);
	assert_int_equal(f->host.interrupts_change[0].last, 0xffff);
}

static void interrupts_change_when_some_entries_are_invalidated(void **state)
{
	struct fixture *f = *state;

	submit(f, UINT64_C(0x0000002010000014), 0);
	assert_int_equal(f->host.interrupts_change[0].first, 0x20);
	assert_int_equal(f->host.interrupts_change[0].last, 0x23);
}

/* ----------------------------------------------------------- Endpoints */

static void request_covers_all_when_pasid_device_tlb_is_whole(void **state)
{
	struct fixture *f = *state;
	const struct vtd_device_tlb_invalidation *request;

	submit(f, UINT64_C(0x0000000501000008), UINT64_C(0x7ffffffffffff800));
	assert_int_equal(f->host.invalidations, 1);
	request = &f->host.invalidation[0];
	assert_int_equal(request->sid, 0x0100);
	assert_true(request->pasid_present);
	assert_int_equal(request->pasid, 5);
	assert_false(request->global);
	assert_true(request->first == 0);
	assert_true(request->last == EVERYTHING);
}

static void request_covers_all_when_device_tlb_is_whole(void **state)
{
	struct fixture *f = *state;
	const struct vtd_device_tlb_invalidation *request;

	submit(f, UINT64_C(0x0000010000000003), UINT64_C(0x7ffffffffffff001));
	request = &f->host.invalidation[0];
	assert_int_equal(request->sid, 0x0100);
	assert_false(request->pasid_present);
	assert_false(request->global);
	assert_true(request->first == 0);
	assert_true(request->last == EVERYTHING);
}

static void response_is_sent_when_page_group_is_answered(void **state)
{
	struct fixture *f = *state;
	const struct vtd_page_group_response *response;

	submit(f, UINT64_C(0x0000000501000019), 0x38);
	assert_int_equal(f->host.responses, 1);
	response = &f->host.response[0];
	assert_int_equal(response->sid, 0x0100);
	assert_true(response->pasid_present);
	assert_int_equal(response->pasid, 5);
	assert_int_equal(response->prgi, 7);
	assert_int_equal(response->code, 0);
}

/* --------------------------------------------------------------- Waits */

static void status_is_written_when_wait_completes(void **state)
{
	struct fixture *f = *state;

	submit(f, UINT64_C(0x0000000200000025), STATUS);
	assert_int_equal(fake_host_get_32(&f->host, STATUS), 2);
	assert_int_equal(f->host.writes, 1);
}

static void status_is_written_when_drain_completes(void **state)
{
	struct fixture *f = *state;

	submit(f, UINT64_C(0x00000002000000a5), STATUS);
	assert_int_equal(fake_host_get_32(&f->host, STATUS), 2);
	assert_int_equal(f->host.writes, 1);
}

static void nothing_is_written_when_wait_is_a_fence_only(void **state)
{
	struct fixture *f = *state;

	submit(f, UINT64_C(0x0000000200000045), 0);
	assert_int_equal(f->host.writes, 0);
}

int main(void)
{
#define ON_UNIT(name)                                                  \
	cmocka_unit_test_setup_teardown(name, control_setup_forgotten, \
					fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(mappings_change_when_a_cache_is_invalidated),
		ON_UNIT(interrupts_change_when_all_entries_are_invalidated),
		ON_UNIT(interrupts_change_when_some_entries_are_invalidated),
		ON_UNIT(request_covers_all_when_pasid_device_tlb_is_whole),
		ON_UNIT(request_covers_all_when_device_tlb_is_whole),
		ON_UNIT(response_is_sent_when_page_group_is_answered),
		ON_UNIT(status_is_written_when_wait_completes),
		ON_UNIT(status_is_written_when_drain_completes),
		ON_UNIT(nothing_is_written_when_wait_is_a_fence_only),
	};

	return RUN_TESTS(tests);
}
