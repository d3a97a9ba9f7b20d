/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests of page requests share: a device that may ask for pages, and
 * software's queue of its requests. */
#ifndef VTD_TESTS_PAGE_REQUEST_FIXTURE_H
#define VTD_TESTS_PAGE_REQUEST_FIXTURE_H

#include "control.h"

#define SID 0x0100
#define RID_PASID 7 /* of the device */
#define PQT 0x0c8
#define PQA 0x0d0
#define PRS 0x0dc
#define PPR 1u
#define PRO 2u

struct scene {
	struct fixture_context context;
	struct regs_page_queue queue;
};
static struct scene scene;

/* cmocka setup: the queue runs; what has no PASID passes through, and PASID 5
 * has no entry yet. */
static inline int setup_without_entry(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	fixture_run(f, VTD_TTM_SCALABLE);
	scene.context = fixture_sm_context(f, SID, RID_PASID);
	fixture_pasid_pass_through(f, scene.context.dir, RID_PASID);
	regs_page_queue_start(&scene.queue, f->unit, &f->tables);
	return 0;
}

/* The same, and PASID 5 has a first stage that maps nothing. */
static inline int setup_with_empty_first_stage(void **state)
{
	struct page_table table;
	struct fixture *f;

	if (setup_without_entry(state) != 0)
		return -1;
	f = *state;
	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	fixture_pasid_first_stage(f, scene.context.dir, 5, &table);
	return 0;
}

static const struct vtd_page_request with_pasid = {
	.sid = SID,
	.pasid_present = true,
	.pasid = 5,
	.read = true,
	.last = true,
	.prgi = 3,
	.address = UINT64_C(0x00007fff12345678),
};

static inline void request(struct fixture *f, const struct vtd_page_request *r)
{
	vtd_unit_page_request(f->unit, r);
}

#endif /* VTD_TESTS_PAGE_REQUEST_FIXTURE_H */
