/* SPDX-License-Identifier: BSD-3-Clause */
/* A process whose first-stage tables a device uses with its PASID. */
#ifndef VTD_TESTS_TRANSLATE_PROCESS_H
#define VTD_TESTS_TRANSLATE_PROCESS_H

#include "check.h"

#define SID 0x0100
#define PASID 0x12345
#define ADDRESS UINT64_C(0x7f0012345000)
#define PAGE UINT64_C(0x5000000)

struct process {
	struct page_table table;
	uint64_t entry; /* PASID entry */
	uint64_t leaf;	/* of ADDRESS, if that is mapped */
};

static inline struct process make_process(struct fixture *fixture,
					  unsigned int levels)
{
	struct fixture_context context = fixture_sm_context(fixture, SID, 0);
	struct process process;

	page_table_init(&process.table, &fixture->tables,
			PAGE_TABLE_FIRST_STAGE, levels);
	process.entry = fixture_pasid_first_stage(fixture, context.dir, PASID,
						  &process.table);
	return process;
}

/* Four levels, and ADDRESS is mapped to PAGE. */
static inline struct process map_process(struct fixture *fixture, uint64_t bits)
{
	struct process process = make_process(fixture, 4);

	process.leaf = page_table_map(&process.table, ADDRESS, PAGE, 12, bits);
	return process;
}

/* The same with the unit running. */
static inline struct process run_process(struct fixture *fixture, uint64_t bits)
{
	struct process process = map_process(fixture, bits);

	fixture_run(fixture, VTD_TTM_SCALABLE);
	return process;
}

static inline struct vtd_translation
access_at(struct fixture *fixture, uint64_t address, enum vtd_access access)
{
	return fixture_access_with_pasid(fixture, SID, PASID, address, access);
}

static inline struct vtd_request read_request(uint64_t address)
{
	return (struct vtd_request){
		.sid = SID,
		.access = VTD_ACCESS_READ,
		.address = address,
		.pasid_present = true,
		.pasid = PASID,
	};
}

static inline enum vtd_page_request_result ask_for_page(struct fixture *fixture,
							uint64_t address)
{
	const struct vtd_page_request request = {
		.sid = SID,
		.pasid_present = true,
		.pasid = PASID,
		.read = true,
		.last = true,
		.address = address,
	};

	return vtd_unit_page_request(fixture->unit, &request);
}

static inline struct vtd_translation ask(struct fixture *fixture,
					 uint64_t address, bool no_write)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = SID,
						  .type = VTD_AT_TRANSLATION,
						  .address = address,
						  .pasid_present = true,
						  .pasid = PASID,
						  .no_write = no_write,
					  });
}

#endif /* VTD_TESTS_TRANSLATE_PROCESS_H */
