/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory, PASIDs and processes; toy_os_requests.c has the page requests. */
#include "toy_os.h"

#include <assert.h>
#include <sched.h>

#include "toy_os_private.h"

/* Behind the tables of the fixture; fewer than all processes want. */
#define SMALL_BASE (UINT64_C(32) << 20)
#define SMALL_FRAMES 44
#define LARGE_BASE (UINT64_C(40) << 20)
#define LARGE_FRAMES 2

static struct toy_frames *frames_of(struct toy_os *os, unsigned int shift)
{
	return shift > 12 ? &os->large : &os->small;
}

uint64_t toy_os_frame(struct toy_os *os, unsigned int shift)
{
	uint64_t frame;

	while ((frame = toy_frames_take(frames_of(os, shift))) == 0)
		if (!toy_os_take_any(os, shift))
			sched_yield();
	return frame;
}

void toy_os_free_frame(struct toy_os *os, unsigned int shift, uint64_t frame)
{
	toy_frames_give(frames_of(os, shift), frame);
}

bool toy_os_take_any(struct toy_os *os, unsigned int shift)
{
	const unsigned int pages = TOY_PROCESSES * TOY_PAGES;

	/* Each time from another process. */
	for (unsigned int i = 0; i < pages; i++) {
		unsigned int turn = atomic_fetch_add_explicit(
			&os->turn, 1, memory_order_relaxed);
		struct toy_process *process =
			&os->process[turn % TOY_PROCESSES];
		unsigned int page = turn / TOY_PROCESSES % TOY_PAGES;

		if ((page == TOY_PAGE_LARGE) == (shift > 12) &&
		    toy_process_take_back(process, page)) {
			atomic_fetch_add_explicit(&os->taken_back, 1,
						  memory_order_relaxed);
			return true;
		}
	}
	return false;
}

void toy_os_invalidate_page(struct toy_os *os,
			    const struct toy_process *process,
			    const struct toy_page *page)
{
	struct toy_batch batch = { 0 };

	toy_batch_iotlb_page(&batch, FIXTURE_DID, process->pasid, page->address,
			     page->shift);
	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		toy_batch_device_tlb(&batch, os->sid[i], process->pasid,
				     page->address, page->shift);
	toy_queue_do(&os->queue, &batch, 0);
}

static void add_whole_pasid(struct toy_os *os, struct toy_batch *batch,
			    uint32_t pasid)
{
	toy_batch_iotlb(batch, FIXTURE_DID, pasid);
	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		toy_batch_device_tlb(batch, os->sid[i], pasid, 0, 64);
}

static unsigned int index_of(const struct toy_os *os,
			     const struct toy_process *process)
{
	return (unsigned int)(process - os->process);
}

/* All but the first word, and that at last, as Linux does. */
void toy_os_enter_pasid(struct toy_os *os, const struct toy_process *process)
{
	const uint64_t mode = process->levels == 5 ? VTD_FSPM_5_LEVEL :
						     VTD_FSPM_4_LEVEL;

	for (unsigned int i = 0; i < TOY_DEVICES; i++) {
		uint64_t entry = os->pasid_entry[i][index_of(os, process)];

		fake_host_set_64(os->host, entry + 16,
				 process->table[0] |
					 vtd_field_make(VTD_PASID2_FSPM, mode));
		fake_host_set_64(os->host, entry + 8,
				 FIXTURE_DID | VTD_PASID1_PWSNP);
		fake_host_set_64(os->host, entry,
				 VTD_PASID0_P |
					 vtd_field_make(VTD_PASID0_PGTT,
							VTD_PGTT_FIRST_STAGE));
	}
}

/* Not present, and further faults are nobody's business (F 10.6). */
static void leave_pasid(struct toy_os *os, const struct toy_process *process)
{
	struct toy_batch batch = { 0 };

	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		toy_entry_change(os->host,
				 os->pasid_entry[i][index_of(os, process)],
				 VTD_PASID0_FPD, VTD_PASID0_P);
	toy_batch_pasid_cache(&batch, FIXTURE_DID, process->pasid);
	add_whole_pasid(os, &batch, process->pasid);
	toy_queue_do(&os->queue, &batch, 0);
}

/* Nothing begins any more, and what is under way has ended. */
static void begin_to_die(struct toy_process *process)
{
	pthread_mutex_lock(&process->lock);
	atomic_store(&process->state, TOY_DYING);
	for (unsigned int i = 0; i < TOY_PAGES; i++)
		while (process->page[i].state == TOY_LEAVING)
			pthread_cond_wait(&process->changed, &process->lock);
	pthread_mutex_unlock(&process->lock);
}

void toy_os_exit_process(struct toy_os *os, struct toy_process *process)
{
	begin_to_die(process);
	leave_pasid(os, process);
	toy_os_drain(os, process->pasid);
	atomic_store(&process->state, TOY_DEAD);
	toy_process_free(process);
}

/* SPEC 7.11: responses that are on their way have to be before the requests
 * that the second wait drains, and those of an overflow may come later. */
void toy_os_drain(struct toy_os *os, uint32_t pasid)
{
	do {
		struct toy_batch batch = { 0 };

		toy_os_pass(os);
		toy_batch_fence(&batch);
		add_whole_pasid(os, &batch, pasid);
		toy_queue_do(&os->queue, &batch, VTD_DESC_WAIT0_PD);
	} while ((regs_read_32(os->unit, VTD_REG_PRS) & VTD_PRS_PRO) != 0);
}

static void enter_device(struct toy_os *os, unsigned int device)
{
	static const uint16_t sids[TOY_DEVICES] = { 0x0100, 0x0208, 0x00f1 };
	struct fixture *fixture = os->fixture;
	struct fixture_context context;

	os->sid[device] = sids[device];
	context = fixture_sm_context(fixture, sids[device], 0);
	for (unsigned int i = 0; i < TOY_PROCESSES; i++)
		os->pasid_entry[device][i] = tables_pasid_entry(
			&fixture->tables, context.dir, os->process[i].pasid);
}

void toy_os_start(struct toy_os *os, struct fixture *fixture, uint64_t seed)
{
	*os = (struct toy_os){
		.fixture = fixture,
		.host = &fixture->host,
		.log = { .seed = seed },
	};
	for (unsigned int i = 0; i < TOY_PROCESSES; i++)
		toy_process_init(&os->process[i], os, i);
	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		enter_device(os, i);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	os->unit = fixture->unit;
	fake_timer_start(&os->timer, os->host);
	toy_queue_init(&os->queue, &fixture->queue, &fixture->tables, &os->log);
	assert(fixture->tables.next <= SMALL_BASE);
	toy_frames_init(&os->small, os->host, &os->log, 12, SMALL_BASE,
			SMALL_FRAMES);
	toy_frames_init(&os->large, os->host, &os->log, 21, LARGE_BASE,
			LARGE_FRAMES);
	toy_os_start_requests(os, seed);
	for (unsigned int i = 0; i < TOY_PROCESSES; i++)
		toy_process_start(&os->process[i], 1 + i);
}

static void check_end(struct toy_os *os)
{
	uint32_t status = regs_read_32(os->unit, VTD_REG_FSTS);

	/* All that happened was recoverable. */
	if (status != 0)
		toy_fail(&os->log, "a fault was recorded", status);
	if (os->small.free != SMALL_FRAMES || os->large.free != LARGE_FRAMES)
		toy_fail(&os->log, "frames were lost", os->small.free);
	/* Looks at the poison, too. */
	while (toy_frames_take(&os->small) != 0 ||
	       toy_frames_take(&os->large) != 0)
		;
}

void toy_os_stop(struct toy_os *os)
{
	for (unsigned int i = 0; i < TOY_PROCESSES; i++)
		if (toy_process_is_alive(&os->process[i]))
			toy_os_exit_process(os, &os->process[i]);
	toy_os_stop_requests(os);
	fake_timer_stop(&os->timer);
	check_end(os);
	for (unsigned int i = 0; i < TOY_PROCESSES; i++)
		toy_process_destroy(&os->process[i]);
	toy_frames_destroy(&os->small);
	toy_frames_destroy(&os->large);
	toy_queue_destroy(&os->queue);
}
