/* SPDX-License-Identifier: BSD-3-Clause */
/* Page requests with their responses, and interrupts that are remapped. */
#include <pthread.h>
#include <string.h>

#include "cases.h"
#include "measure.h"
#include "scene.h"

#define SID 0x0010
#define PASID 5
#define RAM_SIZE (UINT64_C(64) << 20)
#define ADDRESS UINT64_C(0x7f0000000000)
#define IRTES 65536u

/* ------------------------------------------------------- page requests */

struct page_requests {
	struct bench_scene scene;
	uint64_t queue; /* 4 KiB */
	uint64_t head;
};

/* What software does: take the request, answer it by a descriptor. */
static void answer(struct page_requests *requests)
{
	struct bench_scene *scene = &requests->scene;
	uint64_t tail = vtd_unit_read(scene->unit, VTD_REG_PQT, 8);
	const uint64_t *at = bench_memory_word(
		&scene->memory, requests->queue + requests->head);

	bench_expect(tail != requests->head, "no page request came");
	bench_queue_put(
		scene,
		VTD_DESC_PAGE_GROUP_RESPONSE | VTD_DESC_PGR0_PP |
			vtd_field_make(VTD_DESC_PGR0_RID,
				       vtd_field_get(at[0], VTD_PRD0_RID)) |
			vtd_field_make(VTD_DESC0_PASID,
				       vtd_field_get(at[0], VTD_PRD0_PASID)),
		at[1] & VTD_DESC_PGR1_PRGI);
	requests->head = tail;
	vtd_unit_write(scene->unit, VTD_REG_PQH, tail, 8);
	bench_queue_submit(scene);
}

static void run_page_requests(void *context, struct bench_random *random,
			      unsigned int count)
{
	struct page_requests *requests = context;
	struct vtd_page_request request = {
		.sid = SID,
		.pasid_present = true,
		.pasid = PASID,
		.read = true,
		.last = true,
	};
	uint64_t before = requests->scene.responses;

	for (unsigned int i = 0; i < count; i++) {
		request.prgi = (uint16_t)(i & 0x1ff);
		request.address =
			ADDRESS + (bench_random(random) & 0xffff) * BENCH_PAGE;
		vtd_unit_page_request(requests->scene.unit, &request);
		answer(requests);
	}
	bench_expect(requests->scene.responses == before + count,
		     "a page request was not answered");
}

/* The bare one: two descriptors are written and read, under a lock each. */
struct bare_requests {
	pthread_mutex_t lock;
	volatile uint64_t slot[8];
};

static void run_bare_requests(void *context, struct bench_random *random,
			      unsigned int count)
{
	struct bare_requests *bare = context;
	uint64_t copy[4];
	uint64_t sum = 0;

	for (unsigned int i = 0; i < 2 * count; i++) {
		volatile uint64_t *slot = &bare->slot[i % 2 * 4];

		pthread_mutex_lock(&bare->lock);
		for (unsigned int n = 0; n < 4; n++)
			slot[n] = bench_random(random);
		memcpy(copy, (const void *)slot, sizeof(copy));
		sum += copy[0] + copy[3];
		pthread_mutex_unlock(&bare->lock);
	}
	bench_sink = sum;
}

static void page_requests(void)
{
	struct page_requests requests = { .head = 0 };
	struct bare_requests bare = { .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct bench_case bench = {
		.name = "page_request.round_trip",
		.size = 1,
		.subject = { "subject", run_page_requests, &requests, NULL },
		.reference = { { "copy_and_lock", run_bare_requests, &bare,
				 NULL } },
		.guarded = true,
	};

	if (!bench_is_wanted(bench.name))
		return;
	bench_scene_init(&requests.scene, RAM_SIZE, true);
	bench_scene_pasid(&requests.scene,
			  bench_scene_scalable(&requests.scene, SID, 0), PASID,
			  NULL, NULL);
	requests.queue = bench_memory_pages(&requests.scene.memory, 1);
	bench_scene_enable(&requests.scene, VTD_TTM_SCALABLE);
	vtd_unit_write(requests.scene.unit, VTD_REG_PQA, requests.queue, 8);
	bench_measure(&bench);
	bench_scene_destroy(&requests.scene);
}

/* ---------------------------------------------------------- interrupts */

struct interrupts {
	struct bench_scene scene;
	const uint64_t *table; /* for the bare one */
	uint32_t mask;
};

static void run_interrupts(void *context, struct bench_random *random,
			   unsigned int count)
{
	struct interrupts *interrupts = context;
	struct vtd_interrupt_request request = { .sid = SID };
	struct vtd_interrupt result;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint32_t index = (uint32_t)bench_random(random) &
				 interrupts->mask;

		/* Remappable format; the handle's bit 15 is bit 2. */
		request.address = 0xfee00010 | (index & 0x7fff) << 5 |
				  index >> 15 << 2;
		vtd_unit_interrupt(interrupts->scene.unit, &request, &result);
		sum += result.data + result.blocked;
	}
	bench_sink = sum;
}

/* An entry is read and checked, and its vector and destination taken. */
static void run_bare_interrupts(void *context, struct bench_random *random,
				unsigned int count)
{
	const struct interrupts *interrupts = context;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		const volatile uint64_t *entry =
			&interrupts->table[2 * (bench_random(random) &
						interrupts->mask)];
		uint64_t low = entry[0];
		uint64_t high = entry[1];

		if ((low & VTD_IRTE0_P) == 0 ||
		    (low & VTD_IRTE0_RESERVED) != 0 ||
		    (high & VTD_IRTE1_RESERVED) != 0 ||
		    (high & VTD_IRTE1_SID) != SID)
			continue;
		sum += vtd_field_get(low, VTD_IRTE0_V) +
		       vtd_field_get(low, VTD_IRTE0_DST);
	}
	bench_sink = sum;
}

static void fill_interrupt_table(struct interrupts *interrupts, uint64_t table)
{
	uint64_t *entry = bench_memory_word(&interrupts->scene.memory, table);

	interrupts->table = entry;
	for (uint32_t i = 0; i < IRTES; i++) {
		entry[2 * i] = VTD_IRTE0_P |
			       vtd_field_make(VTD_IRTE0_V, 0x20 + i % 128) |
			       vtd_field_make(VTD_IRTE0_DST_XAPIC, i % 4);
		entry[2 * i + 1] = SID | vtd_field_make(VTD_IRTE1_SVT, 1);
	}
}

static void measure_interrupts(struct interrupts *interrupts, uint32_t number)
{
	const struct vtd_interrupt_request request = { .sid = SID,
						       .address = 0xfee00010 };
	struct vtd_interrupt result;
	const struct bench_case bench = {
		.name = "interrupt",
		.size = number,
		.subject = { "subject", run_interrupts, interrupts, NULL },
		.reference = { { "load_and_check", run_bare_interrupts,
				 interrupts, NULL } },
		.guarded = number == 512,
	};

	interrupts->mask = number - 1;
	vtd_unit_interrupt(interrupts->scene.unit, &request, &result);
	bench_expect(!result.blocked && (result.data & 0xff) == 0x20,
		     "an interrupt was not remapped");
	bench_measure(&bench);
}

static void interrupts(void)
{
	struct interrupts interrupts = { .mask = 0 };
	uint64_t table;

	if (!bench_is_wanted("interrupt"))
		return;
	bench_scene_init(&interrupts.scene, RAM_SIZE, true);
	table = bench_memory_pages(&interrupts.scene.memory,
				   IRTES * VTD_IRTE_SIZE / BENCH_PAGE);
	fill_interrupt_table(&interrupts, table);
	bench_scene_enable(&interrupts.scene, VTD_TTM_SCALABLE);
	bench_scene_interrupt_table(&interrupts.scene, table, 15);
	measure_interrupts(&interrupts, 512);
	measure_interrupts(&interrupts, IRTES);
	bench_scene_destroy(&interrupts.scene);
}

void bench_message_cases(void)
{
	page_requests();
	interrupts();
}
