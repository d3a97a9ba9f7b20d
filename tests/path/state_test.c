/* SPDX-License-Identifier: BSD-3-Clause */
/* A unit's state goes on in another unit as if nothing had happened. */
#include <string.h>

#include "state_moves.h"

/* Faults, an overflow, a queue error, a held event: something of everything. */
static void make_a_mess(struct fixture *f)
{
	struct regs_page_queue queue;

	for (uint16_t i = 0; i < 2; i++)
		control_fault(f, i);
	regs_page_queue_start(&queue, f->unit, &f->tables);
	control_page_request(f);
	regs_queue_put(&f->queue, 0x15, 0);
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
	vtd_unit_device_tlb_complete(f->unit, 0x0999, 1, 1);
	regs_write_32(f->unit, 0x03c, 0x1234);
}

static void state_is_the_same_when_saved_again(void **state)
{
	struct fixture *f = *state;
	uint8_t before[VTD_STATE_SIZE_MAX], after[VTD_STATE_SIZE_MAX];
	size_t size;

	make_a_mess(f);
	size = vtd_unit_save(f->unit, before, sizeof(before));
	migrate(f);
	assert_int_equal(vtd_unit_save(f->unit, after, sizeof(after)), size);
	assert_memory_equal(before, after, size);
}

static void registers_are_the_same_when_loaded(void **state)
{
	struct fixture *f = *state;
	uint64_t before[512], after[512];

	make_a_mess(f);
	for (unsigned int i = 0; i < 512; i++)
		before[i] = regs_read_64(f->unit, i * 8);
	migrate(f);
	for (unsigned int i = 0; i < 512; i++)
		after[i] = regs_read_64(f->unit, i * 8);
	assert_memory_equal(before, after, sizeof(before));
}

static void size_is_told_when_there_is_no_room(void **state)
{
	struct fixture *f = *state;
	uint8_t whole[VTD_STATE_SIZE_MAX], part[VTD_STATE_SIZE_MAX];
	size_t size;

	make_a_mess(f);
	size = vtd_unit_save(f->unit, NULL, 0);
	assert_int_equal(vtd_unit_save(f->unit, whole, sizeof(whole)), size);
	for (size_t room = 0; room < size; room++) {
		memset(part, 0xa5, sizeof(part));
		assert_int_equal(vtd_unit_save(f->unit, part, room), size);
		for (size_t i = room; i < size; i++)
			assert_int_equal(part[i], 0xa5);
	}
}

static void size_is_within_the_bound_when_all_itags_are_in_use(void **state)
{
	struct fixture *f = *state;

	vtd_unit_destroy(f->unit);
	f->config.fault_records = 8;
	fixture_run(f, VTD_TTM_SCALABLE);
	for (unsigned int i = 0; i < 33; i++)
		regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	assert_true(vtd_unit_save(f->unit, NULL, 0) <= VTD_STATE_SIZE_MAX);
}

/* ----------------------------------------------- Work in the middle */

static void requests_are_sent_again_when_loaded(void **state)
{
	struct vtd_device_tlb_invalidation before[2];
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0x7000);
	regs_queue_put(&f->queue, UINT64_C(0x0000000501000008),
		       UINT64_C(0x7ffffffffffff800) | 1);
	regs_queue_submit(&f->queue);
	memcpy(before, f->host.invalidation, sizeof(before));
	migrate(f);
	assert_int_equal(f->host.invalidations, 2);
	for (unsigned int i = 0; i < 2; i++) {
		const struct vtd_device_tlb_invalidation *again =
			&f->host.invalidation[i];

		assert_int_equal(again->sid, before[i].sid);
		assert_int_equal(again->itag, before[i].itag);
		assert_true(again->pasid_present == before[i].pasid_present);
		assert_int_equal(again->pasid, before[i].pasid);
		assert_true(again->global == before[i].global);
		assert_true(again->first == before[i].first);
		assert_true(again->last == before[i].last);
	}
}

static void wait_completes_when_requests_sent_again_are_answered(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put(&f->queue, DEVICE_TLB, 0x1000);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
	/* One of them was answered before. */
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	migrate(f);
	assert_int_equal(f->host.invalidations, 1);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(regs_read_32(f->unit, 0x09c), 1);
}

static void queue_goes_on_when_more_than_all_itags_were_needed(void **state)
{
	struct fixture *f = *state;

	for (unsigned int i = 0; i < 40; i++)
		regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	f->host.on_invalidation = fake_host_complete_at_once;
	migrate(f);
	assert_int_equal(f->host.invalidations, 40);
	assert_true(regs_queue_is_done(&f->queue));
}

static void queue_resumes_when_error_from_before_is_cleared(void **state)
{
	struct fixture *f = *state;

	regs_queue_put(&f->queue, 0xf, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	migrate(f);
	assert_int_equal(control_fsts(f), FSTS_IQE);
	fake_host_set_64(&f->host, f->queue.base, 0x11);
	regs_write_32(f->unit, 0x034, FSTS_IQE);
	assert_true(regs_queue_is_done(&f->queue));
}

static void held_event_is_sent_when_unmasked_after_loading(void **state)
{
	struct fixture *f = *state;

	control_fault(f, 1);
	migrate(f);
	assert_int_equal(f->host.messages, 0);
	regs_write_32(f->unit, 0x038, 0);
	assert_int_equal(f->host.messages, 1);
}

static void faults_go_on_at_the_index_when_loaded(void **state)
{
	struct fixture *f = *state;

	control_fault(f, 1);
	control_fault(f, 2);
	regs_drop_faults(f->unit);
	migrate(f);
	control_fault(f, 3);
	assert_int_equal(FSTS_FRI(control_fsts(f)), 2);
}

/* RTADDR may hold another value than the one in force. */
static void root_table_in_force_stays_when_another_is_prepared(void **state)
{
	struct vtd_translation result;
	struct fixture *f = *state;

	regs_write_64(f->unit, 0x020, tables_page(&f->tables));
	migrate(f);
	result = control_translate(f);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_true(result.address == 0x5000);
}

static void open_work_is_replaced_when_a_state_is_loaded_over_it(void **state)
{
	struct fixture *f = *state;
	uint8_t blob[VTD_STATE_SIZE_MAX];
	size_t size = vtd_unit_save(f->unit, blob, sizeof(blob));

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	f->host.timer = 0;
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	run(f);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_false(regs_queue_is_done(&f->queue));
	assert_int_equal(regs_read_64(f->unit, 0x088), 0);
}

/* Over a unit whose timer was set, too. */
static void requests_time_out_when_loaded_over_others(void **state)
{
	struct fixture *f = *state;
	uint8_t blob[VTD_STATE_SIZE_MAX];
	size_t size;

	f->host.now = 1;
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	f->host.timer = 0;
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	run(f);
	assert_int_equal(f->host.timer, 1000);
	f->host.now += 1000;
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(control_fsts(f), FSTS_ITE);
}

static void host_is_told_of_everything_when_loaded(void **state)
{
	struct fixture *f = *state;

	migrate(f);
	assert_int_equal(f->host.mappings_changes, 1);
	assert_int_equal(f->host.mappings_change[0].scope, VTD_CHANGE_GLOBAL);
	assert_int_equal(f->host.interrupts_changes, 1);
	assert_int_equal(f->host.interrupts_change[0].last, 0xffff);
}

static int defer(struct fake_host *host, const struct vtd_notice_ticket *ticket)
{
	struct vtd_notice_ticket *deferred = host->hook_data;

	if (host->interrupts_changes != 0)
		return 0;
	*deferred = *ticket;
	return VTD_NOTICE_PENDING;
}

/* The wait that is loaded covers what the load itself told the host. */
static void
loaded_wait_completes_with_the_notice_when_it_is_pending(void **state)
{
	struct vtd_notice_ticket ticket;
	struct fixture *f = *state;

	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	f->host.hook_data = &ticket;
	f->host.on_notice = defer;
	migrate(f);
	vtd_unit_device_tlb_complete(f->unit, SID, itag(f, 0), 1);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_notice_done(f->unit, &ticket);
	assert_true(regs_queue_is_done(&f->queue));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_UNIT(state_is_the_same_when_saved_again),
		ON_UNIT(registers_are_the_same_when_loaded),
		ON_UNIT(size_is_told_when_there_is_no_room),
		ON_UNIT(size_is_within_the_bound_when_all_itags_are_in_use),
		ON_UNIT(requests_are_sent_again_when_loaded),
		ON_UNIT(wait_completes_when_requests_sent_again_are_answered),
		ON_UNIT(queue_goes_on_when_more_than_all_itags_were_needed),
		ON_UNIT(queue_resumes_when_error_from_before_is_cleared),
		ON_UNIT(held_event_is_sent_when_unmasked_after_loading),
		ON_UNIT(faults_go_on_at_the_index_when_loaded),
		ON_UNIT(root_table_in_force_stays_when_another_is_prepared),
		ON_UNIT(open_work_is_replaced_when_a_state_is_loaded_over_it),
		ON_UNIT(requests_time_out_when_loaded_over_others),
		ON_UNIT(host_is_told_of_everything_when_loaded),
		ON_UNIT(loaded_wait_completes_with_the_notice_when_it_is_pending),
	};

	return RUN_TESTS(tests);
}
