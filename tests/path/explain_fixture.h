/* SPDX-License-Identifier: BSD-3-Clause */
/* A device with PASID whose requests are explained. */
#ifndef VTD_TESTS_EXPLAIN_FIXTURE_H
#define VTD_TESTS_EXPLAIN_FIXTURE_H

#include "check.h"

#define SID 0x0108
#define PASID 5
#define ADDRESS UINT64_C(0x7f0012345000)
#define PAGE UINT64_C(0x5000000)

struct device {
	struct fixture *fixture;
	struct fixture_context context;
	struct page_table first;
	uint64_t leaf;
	uint64_t pasid_entry;
};

static inline struct device make_device(struct fixture *f)
{
	struct device device = { .fixture = f };

	page_table_init(&device.first, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	device.leaf =
		page_table_map(&device.first, ADDRESS, PAGE, 12, FS_USER_RW);
	device.context = fixture_sm_context(f, SID, 0);
	device.pasid_entry = fixture_pasid_first_stage(f, device.context.dir,
						       PASID, &device.first);
	return device;
}

static const struct vtd_request read_request = {
	.sid = SID,
	.access = VTD_ACCESS_READ,
	.address = ADDRESS,
	.length = 8,
	.pasid_present = true,
	.pasid = PASID,
};

struct explained {
	struct vtd_explanation explanation;
	struct vtd_step step[VTD_STEPS_MAX];
};

static inline void explain(struct fixture *f, const struct vtd_request *request,
			   struct explained *explained)
{
	vtd_unit_explain(f->unit, request, &explained->explanation,
			 explained->step, VTD_STEPS_MAX);
}

#endif /* VTD_TESTS_EXPLAIN_FIXTURE_H */
