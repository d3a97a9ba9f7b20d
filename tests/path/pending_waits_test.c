/* SPDX-License-Identifier: BSD-3-Clause */
/* Waits that are pending while the queue goes on behind them.  F 5.6, 5.8. */
#include "control.h"

#define SID 0x0100
#define OTHER 0x0208
#define DEVICE_TLB_OF(sid) (UINT64_C(0x3) | (uint64_t)(sid) << 32)
#define PAGE_GROUP_RESPONSE UINT64_C(0x01000009)
#define IOTLB_GLOBAL 0x12
#define FENCE 0x40
#define PD 0x80
#define PENDING_MAX 16u
#define TIMEOUT CONTROL_TIMEOUT

static int setup(void **state)
{
	struct fixture *f;

	if (control_setup_with_timeout(state) != 0)
		return -1;
	f = *state;
	regs_queue_do(&f->queue, IOTLB_GLOBAL, 0);
	fake_host_forget(&f->host);
	return 0;
}

static void put_request(struct fixture *f, uint16_t sid)
{
	regs_queue_put(&f->queue, DEVICE_TLB_OF(sid), 0);
}

/* The endpoint answers the invalidation with that index. */
static void answer(struct fixture *f, unsigned int index)
{
	const struct vtd_device_tlb_invalidation *item =
		&f->host.invalidation[index];

	vtd_unit_device_tlb_complete(f->unit, item->sid,
				     UINT32_C(1) << item->itag, 1);
}

/* The sequence of the last wait that has completed. */
static uint32_t status(struct fixture *f)
{
	return fake_host_get_32(&f->host, f->queue.status);
}

static void response_passes_when_a_wait_before_it_is_pending(void **state)
{
	struct fixture *f = *state;

	put_request(f, SID);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_put(&f->queue, PAGE_GROUP_RESPONSE, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.responses, 1);
	assert_false(regs_queue_is_done(&f->queue));
	answer(f, 0);
	assert_true(regs_queue_is_done(&f->queue));
}

static void nothing_passes_when_the_pending_wait_is_a_fence(void **state)
{
	struct fixture *f = *state;

	put_request(f, SID);
	regs_queue_put_wait(&f->queue, FENCE);
	regs_queue_put(&f->queue, PAGE_GROUP_RESPONSE, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.responses, 0);
	assert_int_equal(regs_read_64(f->unit, 0x080), f->queue.tail - 32);
	answer(f, 0);
	assert_int_equal(f->host.responses, 1);
	assert_true(regs_queue_is_done(&f->queue));
}

static void wait_is_not_delayed_when_a_later_request_is_open(void **state)
{
	struct fixture *f = *state;
	uint32_t before = status(f);

	put_request(f, SID);
	regs_queue_put_wait(&f->queue, 0);
	put_request(f, OTHER);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.invalidations, 2);
	answer(f, 0);
	assert_int_equal(status(f), before + 1);
	answer(f, 1);
	assert_int_equal(status(f), before + 2);
}

static void waits_complete_in_order_when_the_later_is_over_first(void **state)
{
	struct fixture *f = *state;
	uint32_t before = status(f);

	put_request(f, SID);
	regs_queue_put_wait(&f->queue, 0);
	put_request(f, OTHER);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	answer(f, 1);
	assert_int_equal(status(f), before);
	answer(f, 0);
	assert_int_equal(status(f), before + 2);
}

/* And a drain that began too early for the later wait is not enough for it. */
static void wait_is_not_delayed_when_a_bracket_is_of_later(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket first, second;
	uint32_t before = status(f);

	vtd_unit_dma_begin(f->unit, &first);
	regs_queue_do(&f->queue, IOTLB_GLOBAL, 0);
	vtd_unit_dma_begin(f->unit, &second);
	regs_queue_do(&f->queue, IOTLB_GLOBAL, 0);
	assert_int_equal(status(f), before);
	vtd_unit_dma_end(f->unit, &first);
	assert_int_equal(status(f), before + 1);
	vtd_unit_dma_end(f->unit, &second);
	assert_int_equal(status(f), before + 2);
}

/* Endpoints send page requests until they answer the invalidation. */
static void
page_requests_are_drained_when_the_endpoint_has_answered(void **state)
{
	struct fixture *f = *state;
	struct vtd_dma_bracket bracket;

	put_request(f, SID);
	regs_queue_put(&f->queue, IOTLB_GLOBAL, 0);
	regs_queue_put_wait(&f->queue, PD);
	regs_queue_submit(&f->queue);
	vtd_unit_dma_begin(f->unit, &bracket); /* like a page request */
	answer(f, 0);
	assert_false(regs_queue_is_done(&f->queue));
	vtd_unit_dma_end(f->unit, &bracket);
	assert_true(regs_queue_is_done(&f->queue));
}

static void queue_stops_when_there_are_too_many_waits(void **state)
{
	struct fixture *f = *state;
	uint32_t before = status(f);
	uint64_t head = regs_read_64(f->unit, 0x080);

	put_request(f, SID);
	for (unsigned int i = 0; i < PENDING_MAX + 3; i++)
		regs_queue_put_wait(&f->queue, 0);
	regs_queue_put(&f->queue, PAGE_GROUP_RESPONSE, 0);
	regs_queue_submit(&f->queue);
	assert_int_equal(regs_read_64(f->unit, 0x080),
			 head + 32 * (1 + PENDING_MAX));
	assert_int_equal(f->host.responses, 0);
	assert_int_equal(status(f), before);
	answer(f, 0);
	assert_true(regs_queue_is_done(&f->queue));
	assert_int_equal(f->host.responses, 1);
}

static void all_waits_are_aborted_when_a_request_times_out(void **state)
{
	struct fixture *f = *state;
	uint32_t before = status(f);

	put_request(f, SID);
	regs_queue_put_wait(&f->queue, 0x10);
	put_request(f, OTHER);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_submit(&f->queue);
	answer(f, 1);
	f->host.now += TIMEOUT;
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(control_fsts(f), FSTS_ITE);
	regs_write_32(f->unit, 0x034, FSTS_ITE);
	assert_int_equal(status(f), before);
	assert_int_equal(regs_read_32(f->unit, 0x09c), 0);
	assert_true(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
}

static void waits_depend_on_the_same_when_loaded(void **state)
{
	struct fixture *f = *state;
	uint8_t blob[VTD_STATE_SIZE_MAX];
	uint32_t before = status(f);
	size_t size;

	put_request(f, SID);
	regs_queue_put_wait(&f->queue, 0);
	put_request(f, OTHER);
	regs_queue_put_wait(&f->queue, FENCE);
	regs_queue_put(&f->queue, PAGE_GROUP_RESPONSE, 0);
	regs_queue_submit(&f->queue);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	vtd_unit_destroy(f->unit);
	fixture_start(f);
	f->queue.unit = f->unit;
	fake_host_forget(&f->host);
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	vtd_unit_timer_expired(f->unit);
	assert_int_equal(f->host.invalidations, 2);
	answer(f, 0);
	assert_int_equal(status(f), before + 1);
	assert_int_equal(f->host.responses, 0);
	answer(f, 1);
	assert_int_equal(status(f), before + 2);
	assert_int_equal(f->host.responses, 1);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(response_passes_when_a_wait_before_it_is_pending),
		ON_UNIT(nothing_passes_when_the_pending_wait_is_a_fence),
		ON_UNIT(wait_is_not_delayed_when_a_later_request_is_open),
		ON_UNIT(waits_complete_in_order_when_the_later_is_over_first),
		ON_UNIT(wait_is_not_delayed_when_a_bracket_is_of_later),
		ON_UNIT(page_requests_are_drained_when_the_endpoint_has_answered),
		ON_UNIT(queue_stops_when_there_are_too_many_waits),
		ON_UNIT(all_waits_are_aborted_when_a_request_times_out),
		ON_UNIT(waits_depend_on_the_same_when_loaded),
	};

	return RUN_TESTS(tests);
}
