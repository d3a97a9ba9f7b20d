/* SPDX-License-Identifier: BSD-3-Clause */
/* Invalidations by the queue, after so many pages have been translated. */
#include <pthread.h>
#include <string.h>

#include "cases.h"
#include "translate.h"

#define SID 0x0010
#define RAM_SIZE (UINT64_C(64) << 20)
#define MANY 255u

struct invalidations {
	struct bench_scene scene;
	struct bench_pages pages;
	unsigned int pages_each; /* before a wait */
};

static void put_page(struct invalidations *invalidations,
		     struct bench_random *random)
{
	bench_queue_put(&invalidations->scene,
			VTD_DESC_PASID_IOTLB |
				vtd_field_make(VTD_DESC0_G,
					       VTD_GRANULARITY_PAGE_IN_PASID) |
				vtd_field_make(VTD_DESC0_DID, 1),
			bench_page(&invalidations->pages,
				   bench_random(random)));
}

static void run_pages(void *context, struct bench_random *random,
		      unsigned int count)
{
	struct invalidations *invalidations = context;

	for (unsigned int i = 0; i < count; i++) {
		for (unsigned int n = 0; n < invalidations->pages_each; n++)
			put_page(invalidations, random);
		bench_queue_wait(&invalidations->scene);
	}
}

static void run_device_tlb(void *context, struct bench_random *random,
			   unsigned int count)
{
	struct invalidations *invalidations = context;

	for (unsigned int i = 0; i < count; i++) {
		bench_queue_put(&invalidations->scene,
				VTD_DESC_PASID_DEVICE_TLB |
					vtd_field_make(VTD_DESC_PDTLB0_SID,
						       SID),
				bench_page(&invalidations->pages,
					   bench_random(random)));
		bench_queue_wait(&invalidations->scene);
	}
}

/* The bare one: take a lock, copy each descriptor out, store a status. */
struct bare {
	pthread_mutex_t lock;
	uint64_t ring[256 * 4];
	volatile uint32_t status;
	unsigned int pages_each;
};

static void run_bare(void *context, struct bench_random *random,
		     unsigned int count)
{
	struct bare *bare = context;
	uint64_t copy[4];
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++) {
		pthread_mutex_lock(&bare->lock);
		for (unsigned int n = 0; n <= bare->pages_each; n++) {
			volatile uint64_t *at = &bare->ring[n % 256 * 4];

			at[0] = bench_random(random);
			at[1] = n;
			memcpy(copy, (const void *)at, sizeof(copy));
			sum += copy[0] + copy[1];
		}
		bare->status = (uint32_t)sum;
		pthread_mutex_unlock(&bare->lock);
	}
	bench_sink = sum;
}

static void translate_all(struct invalidations *invalidations)
{
	struct bench_translations translations = {
		.unit = invalidations->scene.unit,
		.request = { .sid = SID, .access = VTD_ACCESS_READ },
		.pages = invalidations->pages,
	};

	bench_check_translations(&translations, BENCH_OUTPUT);
}

/* `name`: with so many pages before each wait, 0 for a device-TLB. */
static void measure(struct invalidations *invalidations, const char *name,
		    unsigned int pages_each, uint64_t fill)
{
	struct bare bare = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.pages_each = pages_each == 0 ? 1 : pages_each,
	};
	const struct bench_case bench = {
		.name = name,
		.size = fill,
		.subject = { "subject",
			     pages_each == 0 ? run_device_tlb : run_pages,
			     invalidations, NULL },
		.reference = { { "copy_and_lock", run_bare, &bare, NULL } },
		.guarded = fill == 0 && pages_each != MANY,
	};

	invalidations->pages_each = pages_each;
	bench_measure(&bench);
}

static void measure_all(struct invalidations *invalidations, uint64_t fill)
{
	if (fill != 0) {
		invalidations->pages.mask = fill - 1;
		translate_all(invalidations);
	}
	measure(invalidations, "queue.page", 1, fill);
	measure(invalidations, "queue.255_pages", MANY, fill);
	measure(invalidations, "queue.device_tlb_page", 0, fill);
}

void bench_queue_cases(void)
{
	struct invalidations invalidations = {
		.pages = { BENCH_INPUT, BENCH_PAGES_MAX - 1 },
	};
	struct bench_tables tables;

	if (!bench_is_wanted("queue.page") &&
	    !bench_is_wanted("queue.255_pages") &&
	    !bench_is_wanted("queue.device_tlb_page"))
		return;
	bench_scene_init(&invalidations.scene, RAM_SIZE, true);
	bench_tables_init(&tables, &invalidations.scene.memory,
			  BENCH_FIRST_STAGE);
	bench_tables_map(&tables, BENCH_INPUT, BENCH_OUTPUT, BENCH_PAGES_MAX);
	bench_scene_pasid(&invalidations.scene,
			  bench_scene_scalable(&invalidations.scene, SID, 0), 0,
			  &tables, NULL);
	bench_scene_enable(&invalidations.scene, VTD_TTM_SCALABLE);
	measure_all(&invalidations, 0);
	measure_all(&invalidations, 1024);
	measure_all(&invalidations, 65536);
	measure_all(&invalidations, BENCH_PAGES_MAX);
	bench_scene_destroy(&invalidations.scene);
}
