/* SPDX-License-Identifier: BSD-3-Clause */
/* The page request thread, as Linux's prq.c. */
#include <assert.h>

#include "toy_os_private.h"

#define EVENT_ADDRESS 0xfee01000
#define EVENT_DATA 0x4031
#define QUEUE_SIZE UINT64_C(4096)

static void wake(struct toy_os *os)
{
	pthread_mutex_lock(&os->lock);
	os->wake = true;
	pthread_cond_broadcast(&os->changed);
	pthread_mutex_unlock(&os->lock);
}

static void on_message(struct fake_host *host, const struct fake_message *item)
{
	if (item->address == EVENT_ADDRESS && item->data == EVENT_DATA)
		wake(host->hook_data);
}

static unsigned int device_of(const struct toy_os *os, uint64_t word)
{
	uint16_t sid = (uint16_t)vtd_field_get(word, VTD_PRD0_RID);
	unsigned int device = 0;

	while (device < TOY_DEVICES && os->sid[device] != sid)
		device++;
	assert(device < TOY_DEVICES);
	return device;
}

static bool is_stop_marker(const uint64_t words[2])
{
	return (words[1] & (VTD_PRD1_RDR | VTD_PRD1_WRR)) == 0;
}

static struct toy_process *process_of(struct toy_os *os,
				      const uint64_t words[2])
{
	uint32_t pasid = (uint32_t)vtd_field_get(words[0], VTD_PRD0_PASID);

	for (unsigned int i = 0; i < TOY_PROCESSES; i++)
		if (os->process[i].pasid == pasid)
			return &os->process[i];
	toy_fail(&os->log, "a page request has a wrong PASID", pasid);
	return &os->process[0];
}

/* False: refused. */
static bool serve_page(struct toy_os *os, struct toy_process *process,
		       const uint64_t words[2])
{
	if (atomic_load(&process->state) != TOY_DEAD)
		return toy_process_fault(process, words[1] & VTD_PRD1_ADDRESS,
					 (words[1] & VTD_PRD1_WRR) != 0,
					 &os->random);
	toy_fail(&os->log, "a page request came after the drain", words[1]);
	return false;
}

static void respond(struct toy_os *os, const uint64_t words[2],
		    enum vtd_response_code code)
{
	struct toy_batch batch = { 0 };

	toy_batch_add(&batch,
		      VTD_DESC_PAGE_GROUP_RESPONSE | VTD_DESC_PGR0_PP |
			      (words[0] &
			       (VTD_DESC_PGR0_RID | VTD_DESC0_PASID)) |
			      vtd_field_make(VTD_DESC_PGR0_RC, code),
		      words[1] & VTD_DESC_PGR1_PRGI);
	toy_queue_do(&os->queue, &batch, 0);
}

static void serve(struct toy_os *os, const uint64_t words[2])
{
	unsigned int device = device_of(os, words[0]);
	struct toy_process *process = process_of(os, words);
	atomic_uint_fast64_t *bad =
		&os->bad[device][vtd_field_get(words[1], VTD_PRD1_PRGI)];
	enum vtd_response_code code = VTD_RESPONSE_SUCCESS;

	if (is_stop_marker(words))
		return;
	if (!serve_page(os, process, words))
		atomic_store(bad, process->serial + 1);
	if ((words[1] & VTD_PRD1_LPIG) == 0)
		return;
	if (atomic_exchange(bad, 0) == process->serial + 1)
		code = VTD_RESPONSE_INVALID;
	if (atomic_exchange(&os->fail_next[device], false))
		code = VTD_RESPONSE_FAILURE;
	atomic_fetch_add(
		code == VTD_RESPONSE_SUCCESS ? &os->served : &os->refused, 1);
	respond(os, words, code);
}

void toy_os_forget_groups(struct toy_os *os, unsigned int device)
{
	for (unsigned int i = 0; i < TOY_PRG_INDICES; i++)
		atomic_store(&os->bad[device][i], 0);
}

/* What is lost to an overflow leaves groups without an end. */
static void end_overflow(struct toy_os *os)
{
	if ((regs_read_32(os->unit, VTD_REG_PRS) & VTD_PRS_PRO) == 0 ||
	    regs_read_64(os->unit, VTD_REG_PQH) !=
		    regs_read_64(os->unit, VTD_REG_PQT))
		return;
	for (unsigned int i = 0; i < TOY_DEVICES; i++)
		toy_os_forget_groups(os, i);
	atomic_fetch_add(&os->overflows, 1);
	regs_write_32(os->unit, VTD_REG_PRS, (uint32_t)VTD_PRS_PRO);
}

/* F 10.5: PPR first, so that what comes later makes a new event. */
static void pass(struct toy_os *os)
{
	uint64_t tail;
	uint64_t head;

	regs_write_32(os->unit, VTD_REG_PRS, (uint32_t)VTD_PRS_PPR);
	tail = regs_read_64(os->unit, VTD_REG_PQT);
	head = regs_read_64(os->unit, VTD_REG_PQH);
	while (head != tail) {
		const uint64_t at = os->requests.base + head;
		const uint64_t words[2] = {
			fake_host_get_64(os->host, at),
			fake_host_get_64(os->host, at + 8),
		};

		serve(os, words);
		head = (head + VTD_PAGE_REQUEST_SIZE) % QUEUE_SIZE;
	}
	regs_write_64(os->unit, VTD_REG_PQH, tail);
	end_overflow(os);
}

static void *serve_requests(void *opaque)
{
	struct toy_os *os = opaque;

	pthread_mutex_lock(&os->lock);
	for (;;) {
		while (!os->stop && (!os->wake || os->paused))
			pthread_cond_wait(&os->changed, &os->lock);
		if (os->stop)
			break;
		os->wake = false;
		os->started++;
		pthread_mutex_unlock(&os->lock);
		pass(os);
		pthread_mutex_lock(&os->lock);
		os->finished++;
		pthread_cond_broadcast(&os->changed);
	}
	pthread_mutex_unlock(&os->lock);
	return NULL;
}

void toy_os_start_requests(struct toy_os *os, uint64_t seed)
{
	os->random.state = seed;
	pthread_mutex_init(&os->lock, NULL);
	pthread_cond_init(&os->changed, NULL);
	os->host->hook_data = os;
	os->host->on_message = on_message;
	regs_page_queue_start(&os->requests, os->unit, &os->fixture->tables);
	regs_set_event(os->unit, VTD_REG_PECTL, EVENT_ADDRESS, EVENT_DATA);
	pthread_create(&os->thread, NULL, serve_requests, os);
}

void toy_os_stop_requests(struct toy_os *os)
{
	pthread_mutex_lock(&os->lock);
	os->stop = true;
	pthread_cond_broadcast(&os->changed);
	pthread_mutex_unlock(&os->lock);
	pthread_join(os->thread, NULL);
	pthread_mutex_destroy(&os->lock);
	pthread_cond_destroy(&os->changed);
}

void toy_os_pause(struct toy_os *os, bool paused)
{
	pthread_mutex_lock(&os->lock);
	os->paused = paused;
	pthread_cond_broadcast(&os->changed);
	while (paused && os->started != os->finished)
		pthread_cond_wait(&os->changed, &os->lock);
	pthread_mutex_unlock(&os->lock);
}

void toy_os_pass(struct toy_os *os)
{
	unsigned int target;

	pthread_mutex_lock(&os->lock);
	target = os->started + 1;
	os->wake = true;
	pthread_cond_broadcast(&os->changed);
	while ((int)(os->finished - target) < 0)
		pthread_cond_wait(&os->changed, &os->lock);
	pthread_mutex_unlock(&os->lock);
}
