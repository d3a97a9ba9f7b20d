/* SPDX-License-Identifier: BSD-3-Clause */
#include "fixture.h"

#include <assert.h>
#include <stdlib.h>

int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (fixture == NULL)
		return -1;
	vtd_config_init(&fixture->config);
	fake_host_init(&fixture->host);
	tables_init(&fixture->tables, &fixture->host);
	fixture->root = tables_page(&fixture->tables);
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	vtd_unit_destroy(fixture->unit);
	fake_host_destroy(&fixture->host);
	free(fixture);
	return 0;
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
	int error = vtd_unit_create(&fixture->config, &fake_host_ops,
				    &fixture->host, &fixture->unit);

	assert(error == 0);
	(void)error;
	fixture->host.unit = fixture->unit;
	fake_host_publish(&fixture->host);
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
	regs_queue_start(&fixture->queue, fixture->unit, &fixture->tables,
			 fixture->config.scalable_mode);
	regs_set_root_table(fixture->unit, fixture->root, ttm);
	regs_command_set(fixture->unit, (uint32_t)VTD_GCMD_TE);
}

void fixture_run(struct fixture *fixture, unsigned int ttm)
{
	fixture_start(fixture);
	fixture_enable(fixture, ttm);
}

struct fixture_context fixture_sm_context(struct fixture *fixture, uint16_t sid,
					  uint32_t rid_pasid)
{
	/* 2^14 entries of 8 bytes: all 20 bits of a PASID (PDTS = 7). */
	struct fixture_context context = {
		.entry =
			tables_sm_context(&fixture->tables, fixture->root, sid),
		.dir = tables_pages(&fixture->tables, 32),
	};
	const uint64_t words[4] = {
		context.dir | VTD_SM_CONTEXT0_P | VTD_SM_CONTEXT0_DTE |
			VTD_SM_CONTEXT0_PASIDE | VTD_SM_CONTEXT0_PRE |
			vtd_field_make(VTD_SM_CONTEXT0_PDTS, 7),
		rid_pasid,
	};

	tables_put(&fixture->tables, context.entry, words, 4);
	return context;
}

static uint64_t put_pasid_entry(struct fixture *fixture, uint64_t dir,
				uint32_t pasid,
				const uint64_t words[VTD_PASID_ENTRY_WORDS])
{
	uint64_t entry = tables_pasid_entry(&fixture->tables, dir, pasid);

	tables_put(&fixture->tables, entry, words, VTD_PASID_ENTRY_WORDS);
	return entry;
}

static uint64_t first_stage_word(const struct fixture *fixture,
				 const struct page_table *table)
{
	return (table->root + table->gpa_offset) |
	       (fixture->config.supervisor_requests ? VTD_PASID2_SRE : 0) |
	       vtd_field_make(VTD_PASID2_FSPM, table->levels == 5 ?
						       VTD_FSPM_5_LEVEL :
						       VTD_FSPM_4_LEVEL);
}

static uint64_t second_stage_word(const struct page_table *table)
{
	return table->root | vtd_field_make(VTD_PASID0_AW, table->levels - 2);
}

uint64_t fixture_pasid_first_stage(struct fixture *fixture, uint64_t dir,
				   uint32_t pasid,
				   const struct page_table *first_stage)
{
	const uint64_t words[VTD_PASID_ENTRY_WORDS] = {
		VTD_PASID0_P |
			vtd_field_make(VTD_PASID0_PGTT, VTD_PGTT_FIRST_STAGE),
		FIXTURE_DID | VTD_PASID1_PWSNP | VTD_PASID1_PGSNP,
		first_stage_word(fixture, first_stage),
	};

	return put_pasid_entry(fixture, dir, pasid, words);
}

uint64_t fixture_pasid_second_stage(struct fixture *fixture, uint64_t dir,
				    uint32_t pasid,
				    const struct page_table *second_stage)
{
	const uint64_t words[VTD_PASID_ENTRY_WORDS] = {
		VTD_PASID0_P | second_stage_word(second_stage) |
			vtd_field_make(VTD_PASID0_PGTT, VTD_PGTT_SECOND_STAGE),
		FIXTURE_DID | VTD_PASID1_PWSNP,
	};

	return put_pasid_entry(fixture, dir, pasid, words);
}

uint64_t fixture_pasid_pass_through(struct fixture *fixture, uint64_t dir,
				    uint32_t pasid)
{
	const uint64_t words[VTD_PASID_ENTRY_WORDS] = {
		VTD_PASID0_P |
			vtd_field_make(VTD_PASID0_PGTT, VTD_PGTT_PASS_THROUGH),
		FIXTURE_DID,
	};

	return put_pasid_entry(fixture, dir, pasid, words);
}

void fixture_pasid_nest(struct fixture *fixture, uint64_t entry,
			const struct page_table *first_stage,
			const struct page_table *second_stage)
{
	const uint64_t words[3] = {
		VTD_PASID0_P | second_stage_word(second_stage) |
			vtd_field_make(VTD_PASID0_PGTT, VTD_PGTT_NESTED),
		FIXTURE_DID | VTD_PASID1_PWSNP,
		first_stage_word(fixture, first_stage),
	};

	tables_put(&fixture->tables, entry, words, 3);
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
