/* SPDX-License-Identifier: BSD-3-Clause */
#include "fixture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorded.h"

/* For tools/fail-accesses: that access to memory of each test fails which is the
 * nth of its unit. */
static const char *failing_access(void)
{
	return getenv("VTD_FAIL_ACCESS");
}

static void fail_access(struct fake_host *host)
{
	if (failing_access() != NULL)
		vtd_kit_host_fail_access(
			host, (unsigned int)strtoul(failing_access(), NULL, 10),
			1);
}

int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (fixture == NULL)
		return -1;
	vtd_config_init(&fixture->config);
	fake_host_init(&fixture->host);
	fail_access(&fixture->host);
	tables_init(&fixture->tables, &fixture->host);
	fixture->root = tables_page(&fixture->tables);
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	bool same;

	vtd_unit_destroy(fixture->unit);
	if (failing_access() != NULL && fixture->host.failed != 0)
		fprintf(stderr, "an access failed\n");
	same = recorded_play(fixture->recorded);
	fake_host_destroy(&fixture->host);
	free(fixture);
	return same ? 0 : -1;
}

void fixture_legacy_only(struct vtd_config *config)
{
	config->scalable_mode = false;
	config->first_stage = false;
	config->nested = false;
	config->first_stage_5_level = false;
	config->first_stage_1g_pages = false;
	config->second_stage_accessed_dirty = false;
	config->extended_accessed = false;
	config->supervisor_requests = false;
	config->pasid_bits = 0;
	config->page_request = false;
}

void fixture_start(struct fixture *fixture)
{
	int error;

	/* The unit before this one is gone. */
	if (!recorded_play(fixture->recorded))
		abort();
	fixture->recorded = NULL;
	if (getenv("VTD_RECORDED") != NULL)
		error = recorded_create(&fixture->recorded, &fixture->config,
					&fixture->host, &fixture->unit);
	else
		error = vtd_kit_unit_create(&fixture->config, &fixture->host,
					    &fixture->unit);

	assert(error == 0);
	(void)error;
}

int fixture_setup_started(void **state)
{
	if (fixture_setup(state) != 0)
		return -1;
	fixture_start(*state);
	return 0;
}

void fixture_enable(struct fixture *fixture, unsigned int ttm)
{
	vtd_kit_enable(&fixture->queue, fixture->unit, &fixture->tables,
		       fixture->root, ttm);
}

void fixture_run(struct fixture *fixture, unsigned int ttm)
{
	fixture_start(fixture);
	fixture_enable(fixture, ttm);
}

struct vtd_kit_sm_context fixture_sm_context(struct fixture *fixture,
					     uint16_t sid, uint32_t rid_pasid)
{
	return vtd_kit_sm_context_set(&fixture->tables, fixture->root, sid,
				      rid_pasid);
}

static struct vtd_kit_translation
translation_by(const struct fixture *fixture,
	       const struct page_table *first_stage,
	       const struct page_table *second_stage)
{
	return (struct vtd_kit_translation){
		.first_stage = first_stage,
		.second_stage = second_stage,
		.did = FIXTURE_DID,
		.supervisor = fixture->config.supervisor_requests,
	};
}

uint64_t fixture_pasid_first_stage(struct fixture *fixture, uint64_t dir,
				   uint32_t pasid,
				   const struct page_table *first_stage)
{
	const struct vtd_kit_translation translation =
		translation_by(fixture, first_stage, NULL);

	return vtd_kit_pasid_set(&fixture->tables, dir, pasid, &translation);
}

uint64_t fixture_pasid_second_stage(struct fixture *fixture, uint64_t dir,
				    uint32_t pasid,
				    const struct page_table *second_stage)
{
	const struct vtd_kit_translation translation =
		translation_by(fixture, NULL, second_stage);

	return vtd_kit_pasid_set(&fixture->tables, dir, pasid, &translation);
}

uint64_t fixture_pasid_pass_through(struct fixture *fixture, uint64_t dir,
				    uint32_t pasid)
{
	const struct vtd_kit_translation translation =
		translation_by(fixture, NULL, NULL);

	return vtd_kit_pasid_set(&fixture->tables, dir, pasid, &translation);
}

void fixture_pasid_nest(struct fixture *fixture, uint64_t entry,
			const struct page_table *first_stage,
			const struct page_table *second_stage)
{
	const struct vtd_kit_translation translation =
		translation_by(fixture, first_stage, second_stage);

	vtd_kit_pasid_put(&fixture->tables, entry, &translation);
}

struct vtd_translation fixture_translate(struct fixture *fixture,
					 struct vtd_request request)
{
	struct vtd_translation result;

	vtd_unit_translate(fixture->unit, &request, &result);
	return result;
}

struct vtd_translation fixture_access(struct fixture *fixture, uint16_t sid,
				      uint64_t address, enum vtd_access access)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = sid,
						  .access = access,
						  .address = address,
					  });
}

struct vtd_translation
fixture_access_with_pasid(struct fixture *fixture, uint16_t sid, uint32_t pasid,
			  uint64_t address, enum vtd_access access)
{
	return fixture_translate(fixture, (struct vtd_request){
						  .sid = sid,
						  .access = access,
						  .address = address,
						  .pasid_present = true,
						  .pasid = pasid,
					  });
}

unsigned int fixture_take_reason(struct fixture *fixture)
{
	struct regs_fault fault;

	return regs_take_fault(fixture->unit, &fault) ? fault.reason : 0;
}
