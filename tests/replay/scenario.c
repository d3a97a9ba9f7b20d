/* SPDX-License-Identifier: BSD-3-Clause */
#include "scenario.h"

#include <pthread.h>

#define PASID 5
#define PAGE UINT64_C(0x7f0000001000)
#define IOTLB_GLOBAL 0x12
#define DEVICE_TLB(sid) (UINT64_C(3) | (uint64_t)(sid) << 32)
#define GROUP_RESPONSE(sid) (UINT64_C(9) | (uint64_t)(sid) << 16)

static void accesses(struct fixture *f)
{
	static const enum vtd_address_type types[] = { VTD_AT_UNTRANSLATED,
						       VTD_AT_TRANSLATION };
	struct vtd_requester_info info;
	struct vtd_translation result;

	for (unsigned int i = 0; i < 4; i++) {
		const struct vtd_request request = {
			.sid = CONTROL_SID,
			.type = types[i % 2],
			.access = VTD_ACCESS_WRITE,
			/* The second page is not there. */
			.address = PAGE + 0x1000 * (i / 2),
			.pasid_present = true,
			.pasid = PASID,
		};

		vtd_unit_probe(f->unit, &request, &result);
		vtd_unit_translate(f->unit, &request, &result);
		vtd_unit_device_tlb_used(f->unit, &request, &result);
	}
	vtd_unit_requester(f->unit, CONTROL_SID, true, PASID, &info);
	assert_int_not_equal(fixture_take_reason(f), 0);
}

/* An endpoint that answers at once, and asks for something on the way. */
static int invalidated(struct fake_host *host,
		       const struct vtd_device_tlb_invalidation *item)
{
	vtd_unit_read(host->unit, 0x1c, 4);
	return fake_host_complete_at_once(host, item);
}

static int notified(struct fake_host *host,
		    const struct vtd_notice_ticket *ticket)
{
	struct vtd_notice_ticket *kept = host->hook_data;

	*kept = *ticket;
	return VTD_NOTICE_PENDING;
}

/* On a thread of its own: what is pending is over, and a bracket. */
static void *another_thread(void *opaque)
{
	struct fixture *f = opaque;
	struct vtd_dma_bracket bracket;

	vtd_unit_dma_begin(f->unit, &bracket);
	vtd_unit_notice_done(f->unit, f->host.hook_data);
	vtd_unit_dma_end(f->unit, &bracket);
	return NULL;
}

static void invalidations(struct fixture *f)
{
	struct vtd_notice_ticket ticket;
	pthread_t thread;

	f->host.on_invalidation = invalidated;
	assert_true(regs_queue_do(&f->queue, DEVICE_TLB(CONTROL_SID), 1));
	f->host.hook_data = &ticket;
	f->host.on_notice = notified;
	assert_false(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
	f->host.on_notice = NULL;
	pthread_create(&thread, NULL, another_thread, f);
	pthread_join(thread, NULL);
	assert_true(regs_queue_is_done(&f->queue));
}

static void page_requests(struct fixture *f)
{
	const struct vtd_page_request request = {
		.sid = CONTROL_SID,
		.pasid_present = true,
		.pasid = PASID,
		.read = true,
		.last = true,
		.prgi = 3,
		.address = PAGE,
	};
	struct regs_page_queue queue;

	regs_page_queue_start(&queue, f->unit, &f->tables);
	assert_int_equal(vtd_unit_page_request(f->unit, &request),
			 VTD_PAGE_REQUEST_QUEUED);
	regs_queue_put(&f->queue, GROUP_RESPONSE(CONTROL_SID), 3 << 3);
	regs_queue_submit(&f->queue);
	assert_int_equal(f->host.responses, 1);
}

static void interrupts(struct fixture *f)
{
	const struct vtd_interrupt_request request = {
		.sid = CONTROL_SID,
		.address = 0xfee00018,
		.data = 0,
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	assert_true(result.blocked);
	vtd_unit_interrupt_probe(f->unit, &request, &result);
}

static void state(struct fixture *f)
{
	uint8_t blob[VTD_STATE_SIZE_MAX];
	size_t size = vtd_unit_save(f->unit, blob, sizeof(blob));

	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	vtd_unit_timer_expired(f->unit);
}

struct recorded *scenario_record(struct fixture *f)
{
	struct fixture_context context;
	struct recorded *recorded;
	struct page_table table;

	assert_int_equal(
		recorded_create(&recorded, &f->config, &f->host, &f->unit), 0);
	fixture_enable(f, VTD_TTM_SCALABLE);
	context = fixture_sm_context(f, CONTROL_SID, 0);
	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	page_table_map(&table, PAGE, 0x200000, VTD_PAGE_SHIFT,
		       VTD_FS_P | VTD_FS_RW | VTD_FS_US);
	fixture_pasid_first_stage(f, context.dir, PASID, &table);
	regs_set_interrupt_table(f->unit, tables_pages(&f->tables, 2), 8,
				 false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
	accesses(f);
	invalidations(f);
	page_requests(f);
	interrupts(f);
	state(f);
	vtd_unit_destroy(f->unit);
	f->unit = NULL;
	return recorded;
}
