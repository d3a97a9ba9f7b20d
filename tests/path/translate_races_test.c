/* SPDX-License-Identifier: BSD-3-Clause */
/* Software that changes tables while they are walked. */
#include <pthread.h>

#include "check.h"
#include "step.h"

#define SID 0x0100
#define PASID 5
#define ADDRESS UINT64_C(0x7f0012345000)
#define PAGE UINT64_C(0x5000000)
#define OTHER_PAGE UINT64_C(0x6000000)

/* What a hook does when the unit comes to an address. */
struct ambush {
	struct fixture *fixture;
	uint64_t entry;
	uint64_t value;	   /* stored in the entry */
	unsigned int hits; /* times it still acts */
	uint64_t pasid_entry;
	struct page_table table;
};

static void make_process(struct fixture *fixture, struct ambush *ambush)
{
	struct fixture_context context = fixture_sm_context(fixture, SID, 0);

	ambush->fixture = fixture;
	page_table_init(&ambush->table, &fixture->tables,
			PAGE_TABLE_FIRST_STAGE, 4);
	ambush->entry =
		page_table_map(&ambush->table, ADDRESS, PAGE, 12, FS_USER_RW);
	ambush->pasid_entry = fixture_pasid_first_stage(fixture, context.dir,
							PASID, &ambush->table);
	fixture->host.hook_data = ambush;
}

static struct vtd_translation access_at(struct fixture *fixture,
					enum vtd_access access)
{
	return fixture_access_with_pasid(fixture, SID, PASID, ADDRESS, access);
}

static void store_before_swap(struct fake_host *host, uint64_t address)
{
	struct ambush *ambush = host->hook_data;

	if (address != ambush->entry || ambush->hits == 0)
		return;
	ambush->hits--;
	fake_host_set_64(host, address, ambush->value);
}

static void
new_page_is_answered_when_entry_changes_before_the_swap(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { .hits = 1, .value = OTHER_PAGE | FS_USER_RW };
	struct vtd_translation result;

	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	fixture->host.before_swap = store_before_swap;
	result = access_at(fixture, VTD_ACCESS_WRITE);
	assert_int_equal(result.condition, VTD_CONDITION_NONE);
	assert_int_equal(result.address, OTHER_PAGE);
	assert_int_equal(fake_host_get_64(&fixture->host, ambush.entry),
			 OTHER_PAGE | FS_USER_RW | VTD_FS_A | VTD_FS_D);
}

static void
write_is_denied_when_entry_becomes_read_only_before_the_swap(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { .hits = 1, .value = PAGE | FS_USER_RO };

	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	fixture->host.before_swap = store_before_swap;
	assert_int_equal(access_at(fixture, VTD_ACCESS_WRITE).condition,
			 VTD_SGN_6);
	assert_int_equal(fake_host_get_64(&fixture->host, ambush.entry),
			 PAGE | FS_USER_RO);
}

static void access_faults_when_entry_goes_away_before_the_swap(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { .hits = 1, .value = 0 };

	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	fixture->host.before_swap = store_before_swap;
	assert_int_equal(access_at(fixture, VTD_ACCESS_READ).condition,
			 VTD_SFS_2);
	assert_int_equal(fake_host_get_64(&fixture->host, ambush.entry), 0);
}

/* The processor sets accessed in the same entry: no need to walk again. */
static void swap_is_repeated_when_only_status_bits_changed(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = {
		.hits = 1,
		.value = PAGE | FS_USER_RW | VTD_FS_A,
	};
	unsigned int reads;

	fixture->host.published = false;
	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	access_at(fixture, VTD_ACCESS_READ);
	fake_host_set_64(&fixture->host, ambush.entry, PAGE | FS_USER_RW);
	fake_host_forget(&fixture->host);
	fixture->host.before_swap = store_before_swap;
	access_at(fixture, VTD_ACCESS_WRITE);
	reads = fixture->host.reads;
	/* The plain walk as far as the entry, and one whole walk. */
	assert_int_equal(reads, 8);
	assert_int_equal(fake_host_get_64(&fixture->host, ambush.entry),
			 PAGE | FS_USER_RW | VTD_FS_A | VTD_FS_D);
}

static void toggle_before_swap(struct fake_host *host, uint64_t address)
{
	struct ambush *ambush = host->hook_data;
	uint64_t word;

	if (address != ambush->entry)
		return;
	word = fake_host_get_64(host, address) ^ (PAGE ^ OTHER_PAGE);
	fake_host_set_64(host, address, word);
}

static void walk_gives_up_when_entry_never_stops_changing(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { 0 };
	struct vtd_translation result;

	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	fixture->host.before_swap = toggle_before_swap;
	result = access_at(fixture, VTD_ACCESS_WRITE);
	assert_int_equal(result.condition, VTD_SFS_10);
	assert_int_equal(result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	assert_false(result.write);
	assert_int_equal(fixture_take_reason(fixture), 0x91);
	assert_false(fake_host_get_64(&fixture->host, ambush.entry) & VTD_FS_D);
}

/*
 * Invalidations while a request is on its way.  They come from another thread,
 * as they would: a memory callback must not call into its unit.
 */
static void *flush(void *opaque)
{
	regs_queue_flush(opaque);
	return NULL;
}

static void flush_from_another_thread(struct ambush *ambush)
{
	pthread_t thread;

	ambush->hits--;
	assert_int_equal(pthread_create(&thread, NULL, flush,
					&ambush->fixture->queue),
			 0);
	pthread_join(thread, NULL);
	/* The request that is on its way is covered by the wait. */
	assert_false(regs_queue_is_done(&ambush->fixture->queue));
}

static void invalidate_after_pasid_entry(struct fake_host *host,
					 uint64_t address)
{
	struct ambush *ambush = host->hook_data;

	/* The top first-stage table is read right after the PASID entry. */
	if ((address & ~UINT64_C(0xfff)) != ambush->table.root ||
	    ambush->hits == 0)
		return;
	tables_change(&ambush->fixture->tables, ambush->pasid_entry, 0,
		      VTD_PASID0_P);
	flush_from_another_thread(ambush);
}

static void decoded_entry_is_forgotten_when_invalidated_after_use(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { .hits = 1 };

	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	fake_host_watch_reads(&fixture->host, invalidate_after_pasid_entry);
	access_at(fixture, VTD_ACCESS_READ);
	assert_int_equal(ambush.hits, 0);
	assert_true(regs_queue_is_done(&fixture->queue));
	assert_int_equal(access_at(fixture, VTD_ACCESS_READ).condition,
			 VTD_SPT_2);
}

static void invalidate_at_pasid_entry(struct fake_host *host, uint64_t address)
{
	struct ambush *ambush = host->hook_data;

	if (address == ambush->pasid_entry && ambush->hits != 0)
		flush_from_another_thread(ambush);
}

static void filling_is_not_kept_when_invalidated_while_decoding(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { .hits = 1 };
	struct vtd_counters counters;

	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	fake_host_watch_reads(&fixture->host, invalidate_at_pasid_entry);
	for (unsigned int i = 0; i < 3; i++)
		access_at(fixture, VTD_ACCESS_READ);
	vtd_unit_counters(fixture->unit, &counters, sizeof(counters));
	assert_int_equal(counters.config_cache_misses, 2);
}

static void invalidate_before_swap(struct fake_host *host, uint64_t address)
{
	struct ambush *ambush = host->hook_data;

	if (address == ambush->entry && ambush->hits != 0)
		flush_from_another_thread(ambush);
}

/* Else software could reuse a page table that the unit still writes to. */
static void
wait_completes_after_the_swap_when_invalidated_before_it(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { .hits = 1 };

	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	fixture->host.before_swap = invalidate_before_swap;
	access_at(fixture, VTD_ACCESS_WRITE);
	assert_int_equal(ambush.hits, 0);
	assert_true(regs_queue_is_done(&fixture->queue));
}

/* Software may repair a missing entry without invalidating (CM=0). */
static void entry_is_seen_at_once_when_it_was_not_present(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { 0 };

	make_process(fixture, &ambush);
	tables_change(&fixture->tables, ambush.pasid_entry, 0, VTD_PASID0_P);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_at(fixture, VTD_ACCESS_READ).condition,
			 VTD_SPT_2);
	tables_change(&fixture->tables, ambush.pasid_entry, VTD_PASID0_P, 0);
	assert_int_equal(access_at(fixture, VTD_ACCESS_READ).condition,
			 VTD_CONDITION_NONE);
}

/* Instructions up to where the unit has seen that translation is on. */
#define STEPS 500

static void switch_off(void *opaque)
{
	struct fixture *fixture = opaque;

	regs_command_clear(fixture->unit, (uint32_t)VTD_GCMD_TE);
}

/* A device would keep the answer. */
static void
translation_is_never_the_address_when_software_switches_off(void **state)
{
	struct fixture *fixture = *state;
	struct ambush ambush = { 0 };
	const struct vtd_request request = {
		.sid = SID,
		.type = VTD_AT_TRANSLATION,
		.address = ADDRESS,
		.pasid_present = true,
		.pasid = PASID,
	};

	make_process(fixture, &ambush);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	if (!step_begin())
		skip();
	for (unsigned int i = 0; i < STEPS; i++) {
		const struct step step = { i, switch_off, fixture };
		struct vtd_translation result;

		regs_command_set(fixture->unit, (uint32_t)VTD_GCMD_TE);
		step_arm(&step);
		vtd_unit_translate(fixture->unit, &request, &result);
		step_disarm();
		if (result.status == VTD_STATUS_SUCCESS)
			assert_true(result.address == PAGE);
		else
			assert_int_equal(result.condition, VTD_PROTOCOL_ERROR);
	}
	step_end();
}

/* What a reset leaves in RTADDR is the address 0, and software has there what
 * it likes. */
static void make_trap_at_0(struct fixture *fixture)
{
	struct vtd_kit_tables *tables = &fixture->tables;
	struct page_table table;
	uint64_t context = tables_legacy_context(tables, 0, SID);

	page_table_init(&table, tables, PAGE_TABLE_SECOND_STAGE, 4);
	page_table_map(&table, ADDRESS, OTHER_PAGE, 12, SS_RW);
	tables_put(tables, context,
		   (const uint64_t[]){
			   table.root | VTD_CONTEXT0_P,
			   vtd_field_make(VTD_CONTEXT1_AW, 2) |
				   vtd_field_make(VTD_CONTEXT1_DID, 1),
		   },
		   2);
}

static void restart(void *opaque)
{
	struct fixture *fixture = opaque;

	vtd_unit_reset(fixture->unit, VTD_RESET_POWER_GOOD);
}

static void root_is_never_0_when_unit_is_reset(void **state)
{
	struct fixture *fixture = *state;
	const struct vtd_request request = {
		.sid = SID,
		.access = VTD_ACCESS_WRITE,
		.address = ADDRESS,
	};

	make_trap_at_0(fixture);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	if (!step_begin())
		skip();
	for (unsigned int i = 0; i < STEPS; i++) {
		const struct step step = { i, restart, fixture };
		struct vtd_translation result;

		regs_set_root_table(fixture->unit, fixture->root,
				    VTD_TTM_SCALABLE);
		regs_command_set(fixture->unit, (uint32_t)VTD_GCMD_TE);
		step_arm(&step);
		vtd_unit_translate(fixture->unit, &request, &result);
		step_disarm();
		assert_true(result.status != VTD_STATUS_SUCCESS ||
			    result.address == ADDRESS);
		vtd_unit_reset(fixture->unit, VTD_RESET_POWER_GOOD);
	}
	step_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			new_page_is_answered_when_entry_changes_before_the_swap),
		FIXTURE_TEST(
			write_is_denied_when_entry_becomes_read_only_before_the_swap),
		FIXTURE_TEST(
			access_faults_when_entry_goes_away_before_the_swap),
		FIXTURE_TEST(swap_is_repeated_when_only_status_bits_changed),
		FIXTURE_TEST(walk_gives_up_when_entry_never_stops_changing),
		FIXTURE_TEST(
			decoded_entry_is_forgotten_when_invalidated_after_use),
		FIXTURE_TEST(
			filling_is_not_kept_when_invalidated_while_decoding),
		FIXTURE_TEST(
			wait_completes_after_the_swap_when_invalidated_before_it),
		FIXTURE_TEST(entry_is_seen_at_once_when_it_was_not_present),
		FIXTURE_TEST(
			translation_is_never_the_address_when_software_switches_off),
		FIXTURE_TEST(root_is_never_0_when_unit_is_reset),
	};

	return RUN_TESTS(tests);
}
