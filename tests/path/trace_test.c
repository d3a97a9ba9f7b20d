/* SPDX-License-Identifier: BSD-3-Clause */
/* What the host's trace hears.  The architecture has no say in it. */
#include <stdio.h>
#include <string.h>

#include "control.h"

static void assert_traced(const struct fixture *f, const char *words)
{
	if (strstr(f->host.trace, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, f->host.trace);
}

static void
condition_and_requester_are_traced_when_fault_is_recorded(void **state)
{
	const struct vtd_request request = {
		.sid = 0x0208,
		.access = VTD_ACCESS_READ,
		.address = 0x1000,
		.length = 4,
	};
	struct vtd_translation result;
	struct fixture *f = *state;

	vtd_unit_translate(f->unit, &request, &result);
	assert_traced(f, "fault 39 of 0208 read 1000: SRT.2, ");
}

/* Root and context entry, PASID directory; no PASID entry. */
static uint64_t make_directory(struct fixture *f)
{
	return tables_pasid_entry(&f->tables,
				  fixture_sm_context(f, 0x0208, 0).dir, 5);
}

static void place_and_request_are_traced_when_fault_is_recorded(void **state)
{
	const struct vtd_request request = {
		.sid = 0x0208,
		.access = VTD_ACCESS_WRITE,
		.address = 0x1234,
		.length = 4,
		.pasid_present = true,
		.pasid = 5,
	};
	struct fixture *f = *state;
	uint64_t entry = make_directory(f);
	struct vtd_translation result;
	char place[64];

	regs_queue_flush(&f->queue);
	vtd_unit_translate(f->unit, &request, &result);
	assert_traced(f, "fault 59 of 0208 pasid 5 write 1000: SPT.2, ");
	snprintf(place, sizeof(place), "; PASID table entry at %llx is 0",
		 (unsigned long long)entry);
	assert_traced(f, place);
}

static void level_is_traced_when_a_table_has_no_entry(void **state)
{
	const struct vtd_request request = {
		.sid = 0x0208,
		.access = VTD_ACCESS_READ,
		.address = 0x1000,
		.length = 4,
	};
	struct fixture *f = *state;
	struct fixture_context context = fixture_sm_context(f, 0x0208, 0);
	struct vtd_translation result;
	struct page_table table;

	page_table_init(&table, &f->tables, PAGE_TABLE_SECOND_STAGE, 4);
	fixture_pasid_second_stage(f, context.dir, 0, &table);
	regs_queue_flush(&f->queue);
	vtd_unit_translate(f->unit, &request, &result);
	assert_traced(f, "; second-stage entry, level 4, at ");
}

static void place_is_traced_when_page_request_faults(void **state)
{
	const struct vtd_page_request request = {
		.sid = 0x0208,
		.pasid_present = true,
		.pasid = 5,
		.read = true,
		.last = true,
		.address = 0x1000,
	};
	struct fixture *f = *state;

	make_directory(f);
	regs_queue_flush(&f->queue);
	vtd_unit_page_request(f->unit, &request);
	assert_traced(f, "fault 59 of 0208 pasid 5 page request 1000: SPT.2");
	assert_traced(f, "; PASID table entry at ");
}

static void index_and_place_are_traced_when_interrupt_faults(void **state)
{
	const struct vtd_interrupt_request request = {
		.sid = 0x0208,
		.address = UINT64_C(0xfee00010) | 5 << 5,
	};
	struct fixture *f = *state;
	struct vtd_interrupt result;

	regs_set_interrupt_table(f->unit, tables_page(&f->tables), 7, false);
	regs_command_set(f->unit, (uint32_t)VTD_GCMD_IRE);
	vtd_unit_interrupt(f->unit, &request, &result);
	assert_traced(f, "fault 22 of 0208 interrupt 5: 22h, ");
	assert_traced(f, "; interrupt remapping table entry at ");
}

static void time_out_is_traced_when_endpoint_is_silent(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, 0x3 | UINT64_C(0x0208) << 32, 0);
	regs_queue_submit(&f->queue);
	f->host.now += CONTROL_TIMEOUT;
	vtd_unit_timer_expired(f->unit);
	assert_traced(f,
		      "device-TLB invalidation of 0208: no completion (ITE)");
}

static void completion_is_traced_when_nothing_was_sent(void **state)
{
	struct fixture *f = *state;

	vtd_unit_device_tlb_complete(f->unit, 0x0208, 1 << 5, 1);
	assert_traced(f,
		      "device-TLB invalidation of 0208: odd completion (ICE)");
}

/* Software has not cleared the first one. */
static void only_the_first_is_traced_when_errors_are_the_same(void **state)
{
	struct fixture *f = *state;

	vtd_unit_device_tlb_complete(f->unit, 0x0208, 1 << 5, 1);
	assert_traced(f, "0208: odd completion (ICE)");
	vtd_unit_device_tlb_complete(f->unit, 0x0308, 1 << 5, 1);
	assert_traced(f, "0208: odd completion (ICE)");
	regs_write_32(f->unit, VTD_REG_FSTS, FSTS_ICE);
	vtd_unit_device_tlb_complete(f->unit, 0x0308, 1 << 5, 1);
	assert_traced(f, "0308: odd completion (ICE)");
}

/* The longest of everything. */
static void line_is_whole_when_all_of_it_is_long(void **state)
{
	const struct vtd_request request = {
		.sid = 0xfff8,
		.type = VTD_AT_TRANSLATED,
		.access = VTD_ACCESS_ATOMIC,
		.address = UINT64_C(0x01ffffffffffff00),
		.length = 8,
	};
	struct fixture *f = *state;
	struct vtd_translation result;
	char place[64];

	tables_put(&f->tables, f->root + 0xff8, (uint64_t[]){ UINT64_MAX }, 1);
	regs_queue_flush(&f->queue);
	vtd_unit_translate(f->unit, &request, &result);
	snprintf(place, sizeof(place), "entry at %llx is ffffffffffffffff",
		 (unsigned long long)f->root + 0xff8);
	assert_traced(f, "translated atomic 1fffffffffff000: SRT.3");
	assert_traced(f, place);
}

static void nothing_is_traced_when_a_probe_faults(void **state)
{
	const struct vtd_request request = { .sid = 0x0208 };
	struct vtd_translation result;
	struct fixture *f = *state;

	vtd_unit_probe(f->unit, &request, &result);
	assert_int_equal(result.condition, VTD_SRT_2);
	assert_string_equal(f->host.trace, "");
}

static void error_is_traced_when_queue_stops(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, 0xf, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(control_iqei(f), 3);
	assert_traced(f, "IQEI 3");
}

static void address_is_traced_when_wait_status_is_not_in_ram(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, 0x25, UINT64_C(0x7ff000000000));
	regs_queue_submit(&f->queue);
	assert_traced(f, "7ff000000000: not RAM");
}

static int nobody_there(struct fake_host *host,
			const struct vtd_device_tlb_invalidation *item)
{
	(void)host;
	(void)item;
	return -1;
}

static void requester_is_traced_when_invalidation_times_out(void **state)
{
	struct fixture *f = *state;

	f->host.on_invalidation = nobody_there;
	regs_queue_put(&f->queue, UINT64_C(0x0000030800000003),
		       UINT64_C(0x7ffffffffffff001));
	regs_queue_submit(&f->queue);
	assert_traced(f, "0308: no completion (ITE)");
}

/* A completion that comes after its time was up should find its ITag free. */
static void itags_take_turns_when_invalidations_follow_each_other(void **state)
{
	struct fixture *f = *state;

	for (unsigned int i = 0; i < 33; i++) {
		regs_queue_do(&f->queue, UINT64_C(0x0000030800000003),
			      UINT64_C(0x7ffffffffffff001));
		assert_int_equal(f->host.invalidation[i].itag, i % 32);
		vtd_unit_device_tlb_complete(
			f->unit, 0x0308,
			UINT32_C(1) << f->host.invalidation[i].itag, 1);
	}
}

#define T(name) \
	cmocka_unit_test_setup_teardown(name, control_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(condition_and_requester_are_traced_when_fault_is_recorded),
		T(place_and_request_are_traced_when_fault_is_recorded),
		T(level_is_traced_when_a_table_has_no_entry),
		T(place_is_traced_when_page_request_faults),
		T(index_and_place_are_traced_when_interrupt_faults),
		cmocka_unit_test_setup_teardown(
			time_out_is_traced_when_endpoint_is_silent,
			control_setup_with_timeout, fixture_teardown),
		T(completion_is_traced_when_nothing_was_sent),
		T(only_the_first_is_traced_when_errors_are_the_same),
		T(line_is_whole_when_all_of_it_is_long),
		T(nothing_is_traced_when_a_probe_faults),
		T(error_is_traced_when_queue_stops),
		T(address_is_traced_when_wait_status_is_not_in_ram),
		T(requester_is_traced_when_invalidation_times_out),
		T(itags_take_turns_when_invalidations_follow_each_other),
	};

	return RUN_TESTS(tests);
}
