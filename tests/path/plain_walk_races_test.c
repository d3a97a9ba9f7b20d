/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens to what the plain walk reads, after every one of its
 * instructions.  It has no bracket, so that no wait is held up by it. */
#include "cache/config_cache.h"
#include "check.h"
#include "step.h"
#include "translate/plain_walk.h"
#include "unit.h"

#define SID 0x0100
#define PASID 5
#define ADDRESS UINT64_C(0x7f0012345000)
#define PAGE UINT64_C(0x5000000)
#define OTHER_PAGE UINT64_C(0x6000000)
#define USED (FS_USER_RW | VTD_FS_A | VTD_FS_D)
#define THIRD_PAGE UINT64_C(0x7000000)
#define CONTEXT_GLOBAL 0x11
#define IOTLB_GLOBAL 0x12

struct scene {
	struct fixture *fixture;
	struct page_table table;
	const struct page_table *other;
	uint64_t leaf;
	struct vtd_ram_range range;
	struct vtd_ram_map ram;
	uint16_t rival; /* a requester */
	uint64_t dir;	/* of PASIDs */
	bool struck;
	bool waited;
};

static const struct vtd_request request = {
	.sid = SID,
	.access = VTD_ACCESS_WRITE,
	.address = ADDRESS,
	.pasid_present = true,
	.pasid = PASID,
};

static void make_process(struct scene *scene, struct page_table *table,
			 uint16_t sid, uint64_t page)
{
	struct fixture *fixture = scene->fixture;
	struct fixture_context context = fixture_sm_context(fixture, sid, 0);

	page_table_init(table, &fixture->tables, PAGE_TABLE_FIRST_STAGE, 4);
	scene->leaf = page_table_map(table, ADDRESS, page, 12, USED);
	for (unsigned int level = 2; level <= 4; level++)
		tables_change(&fixture->tables,
			      page_table_entry(table, ADDRESS, level), VTD_FS_A,
			      0);
	scene->dir = context.dir;
	fixture_pasid_first_stage(fixture, context.dir, PASID, table);
}

static void publish_ram(struct scene *scene)
{
	scene->range = (struct vtd_ram_range){
		.length = FAKE_HOST_RAM_SIZE,
		.memory = scene->fixture->host.ram,
	};
	scene->ram = (struct vtd_ram_map){ .range = &scene->range, .count = 1 };
	assert_int_equal(
		vtd_unit_set_ram(scene->fixture->unit, &scene->ram, NULL), 0);
}

static struct vtd_translation access_now(const struct scene *scene,
					 uint16_t sid)
{
	struct vtd_request other = request;

	other.sid = sid;
	return fixture_translate(scene->fixture, other);
}

/* Software takes the page away, waits, and has data where the last table was;
 * they look like an entry. */
static void reuse_table(void *opaque)
{
	struct scene *scene = opaque;
	struct fixture *f = scene->fixture;

	scene->struck = true;
	fake_host_set_64(&f->host, page_table_entry(&scene->table, ADDRESS, 2),
			 0);
	scene->waited = regs_queue_do(&f->queue, IOTLB_GLOBAL, 0);
	if (scene->waited)
		fake_host_set_64(&f->host, scene->leaf, OTHER_PAGE | USED);
}

static void undo_reuse(struct scene *scene)
{
	struct fake_host *host = &scene->fixture->host;

	fake_host_set_64(host, page_table_entry(&scene->table, ADDRESS, 2),
			 (scene->leaf & ~UINT64_C(0xfff)) | FS_USER_RW |
				 VTD_FS_A);
	fake_host_set_64(host, scene->leaf, PAGE | USED);
	fixture_take_reason(scene->fixture);
	scene->struck = false;
}

/* Every `stride` instructions. */
static void reuse_at_every_step(struct scene *scene, unsigned int stride)
{
	unsigned int steps = 0;
	bool waited = true;

	do {
		const struct step step = { steps, reuse_table, scene };
		struct vtd_translation result;

		undo_reuse(scene);
		step_arm(&step);
		vtd_unit_translate(scene->fixture->unit, &request, &result);
		step_disarm();
		if (result.status == VTD_STATUS_SUCCESS)
			assert_int_equal(result.address, PAGE);
		else
			assert_int_equal(result.condition, VTD_SFS_2);
		waited = waited && (!scene->struck || scene->waited);
		steps += stride * STEP_STRIDE;
	} while (scene->struck);
	/* A walk that ends well holds up no wait. */
	assert_true(waited);
	assert_true(steps > 50);
}

static void answer_is_of_one_time_when_tables_are_reused_meanwhile(void **state)
{
	struct scene scene = { .fixture = *state };

	make_process(&scene, &scene.table, SID, PAGE);
	fixture_run(scene.fixture, VTD_TTM_SCALABLE);
	assert_int_equal(access_now(&scene, SID).address, PAGE);
	if (!step_begin())
		skip();
	/* The callbacks have more instructions than the walk. */
	reuse_at_every_step(&scene, 29);
	publish_ram(&scene);
	reuse_at_every_step(&scene, 1);
	step_end();
}

/* Software gives the process other tables, waits, and has something else where
 * the old ones lead to. */
static void change_process(void *opaque)
{
	struct scene *scene = opaque;
	struct fixture *f = scene->fixture;

	fixture_pasid_first_stage(f, scene->dir, PASID, scene->other);
	if (regs_queue_do(&f->queue, CONTEXT_GLOBAL, 0))
		fake_host_set_64(&f->host, scene->leaf, THIRD_PAGE | USED);
}

static void
answer_is_of_one_time_when_the_requester_changes_meanwhile(void **state)
{
	struct scene scene = { .fixture = *state };
	struct page_table other;
	unsigned int steps = 0;
	bool happened;

	make_process(&scene, &other, SID, OTHER_PAGE);
	make_process(&scene, &scene.table, SID, PAGE);
	scene.other = &other;
	fixture_run(scene.fixture, VTD_TTM_SCALABLE);
	publish_ram(&scene);
	if (!step_begin())
		skip();
	do {
		const struct step step = { steps, change_process, &scene };
		struct vtd_translation result;

		fake_host_set_64(&scene.fixture->host, scene.leaf, PAGE | USED);
		fixture_pasid_first_stage(scene.fixture, scene.dir, PASID,
					  &scene.table);
		regs_queue_do(&scene.fixture->queue, CONTEXT_GLOBAL, 0);
		assert_int_equal(access_now(&scene, SID).address, PAGE);
		step_arm(&step);
		vtd_unit_translate(scene.fixture->unit, &request, &result);
		happened = step_disarm();
		assert_int_equal(result.status, VTD_STATUS_SUCCESS);
		assert_true(result.address == PAGE ||
			    result.address == OTHER_PAGE);
		steps += 3 * STEP_STRIDE;
	} while (happened);
	assert_true(steps > 50);
	step_end();
}

static void take_place(void *opaque)
{
	struct scene *scene = opaque;

	scene->struck = true;
	assert_int_equal(access_now(scene, scene->rival).address, OTHER_PAGE);
}

/* The next function whose configuration is cached in the same slot. */
static uint16_t find_rival(uint16_t sid)
{
	struct vtd_requester requester = {
		.sid = sid,
		.pasid_present = true,
		.pasid = PASID,
	};
	unsigned int slot =
		vtd_config_cache_index(vtd_config_cache_key(&requester));

	do
		requester.sid++;
	while (vtd_config_cache_index(vtd_config_cache_key(&requester)) !=
	       slot);
	return requester.sid;
}

/* Both places where the requester can be cached are taken, by it and by a
 * neighbour; its rival's process is ready, and not cached yet. */
static void fill_both_places(struct scene *scene)
{
	uint16_t neighbour = find_rival(SID);
	struct page_table other;

	scene->rival = find_rival(neighbour);
	make_process(scene, &scene->table, SID, PAGE);
	make_process(scene, &other, scene->rival, OTHER_PAGE);
	make_process(scene, &other, neighbour, OTHER_PAGE);
	fixture_run(scene->fixture, VTD_TTM_SCALABLE);
	publish_ram(scene);
	access_now(scene, SID);
	access_now(scene, neighbour);
}

static void
answer_is_the_requesters_own_when_its_slot_is_taken_meanwhile(void **state)
{
	struct scene scene = { .fixture = *state };
	unsigned int steps = 0;

	fill_both_places(&scene);
	if (!step_begin())
		skip();
	do {
		const struct step step = { steps, take_place, &scene };
		struct vtd_translation result;

		assert_int_equal(access_now(&scene, SID).address, PAGE);
		scene.struck = false;
		step_arm(&step);
		vtd_unit_translate(scene.fixture->unit, &request, &result);
		step_disarm();
		assert_int_equal(result.status, VTD_STATUS_SUCCESS);
		assert_int_equal(result.address, PAGE);
		steps += STEP_STRIDE;
	} while (scene.struck);
	assert_true(steps > 50);
	step_end();
}

static void look_up_rival(void *opaque)
{
	struct scene *scene = opaque;
	struct vtd_request other = request;
	struct vtd_translation result;

	other.sid = scene->rival;
	vtd_unit_probe(scene->fixture->unit, &other, &result);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_int_equal(result.address, OTHER_PAGE);
}

/* The other way round: while it is being filled in. */
static void
answer_is_the_requesters_own_when_its_slot_is_half_taken(void **state)
{
	struct scene scene = { .fixture = *state };
	unsigned int steps = 0;
	bool happened;

	fill_both_places(&scene);
	if (!step_begin())
		skip();
	do {
		const struct step step = { steps, look_up_rival, &scene };

		assert_int_equal(access_now(&scene, SID).address, PAGE);
		step_arm(&step);
		look_up_rival(&scene);
		happened = step_disarm();
		steps += 5 * STEP_STRIDE;
	} while (happened);
	assert_true(steps > 500);
	step_end();
}

/* What there is then is neither old nor new. */
static void walk_answers_nothing_when_unit_is_being_loaded(void **state)
{
	struct scene scene = { .fixture = *state };
	struct vtd_unit *unit;
	struct vtd_translation result;

	make_process(&scene, &scene.table, SID, PAGE);
	fixture_run(scene.fixture, VTD_TTM_SCALABLE);
	unit = scene.fixture->unit;
	assert_int_equal(access_now(&scene, SID).address, PAGE);
	assert_true(vtd_plain_translate(unit, &request, false, &result));
	vtd_epochs_advance(unit);
	assert_false(vtd_plain_translate(unit, &request, false, &result));
	vtd_epochs_advance(unit);
	assert_true(vtd_plain_translate(unit, &request, false, &result));
}

/*
 * A look-up that has seen translation on decodes when it is off, and keeps that.
 * Software needs to say nothing about tables that it changes while it is off.
 */
#define TE (UINT32_C(1) << 31)

static void switch_off(void *opaque)
{
	struct scene *scene = opaque;

	regs_command_clear(scene->fixture->unit, TE);
}

static void begin_with(const struct scene *scene,
		       const struct page_table *table)
{
	fixture_pasid_first_stage(scene->fixture, scene->dir, PASID, table);
}

static bool is_cached(const struct scene *scene)
{
	const struct vtd_requester requester = {
		.sid = SID,
		.pasid_present = true,
		.pasid = PASID,
	};
	struct vtd_walk_config config;

	return vtd_config_cache_get(&scene->fixture->unit->config_cache,
				    &requester, &config);
}

/* Translation goes off after so many instructions of the look-up. */
static void look_up_when_it_goes_off(struct scene *scene, unsigned int at)
{
	const struct step step = { at, switch_off, scene };
	struct vtd_translation result;

	switch_off(scene);
	begin_with(scene, &scene->table);
	regs_command_set(scene->fixture->unit, TE);
	step_arm(&step);
	vtd_unit_probe(scene->fixture->unit, &request, &result);
	if (!step_disarm())
		switch_off(scene);
}

/* When it has to go off, so that something is kept.  The first time through, code
 * takes more instructions. */
static unsigned int find_when_it_is_kept(struct scene *scene)
{
	unsigned int off = 0;
	unsigned int kept = 0;

	while (kept < 3) {
		look_up_when_it_goes_off(scene, off);
		kept = is_cached(scene) ? kept + 1 : 0;
		off += kept == 0 ? STEP_STRIDE : 0;
		assert_true(off < 2000 * STEP_STRIDE);
	}
	return off;
}

/* Takes no lock, which the command has. */
static void look_up(void *opaque)
{
	struct scene *scene = opaque;
	struct vtd_translation result;

	vtd_unit_probe(scene->fixture->unit, &request, &result);
	assert_int_equal(result.status, VTD_STATUS_SUCCESS);
	assert_true(result.address == ADDRESS || result.address == OTHER_PAGE);
}

static void answer_is_of_tables_of_now_when_translation_goes_on(void **state)
{
	struct scene scene = { .fixture = *state };
	struct page_table other;
	unsigned int off;
	bool happened = true;

	make_process(&scene, &other, SID, OTHER_PAGE);
	make_process(&scene, &scene.table, SID, PAGE);
	fixture_run(scene.fixture, VTD_TTM_SCALABLE);
	publish_ram(&scene);
	if (!step_begin())
		skip();
	off = find_when_it_is_kept(&scene);
	for (unsigned int i = 0; happened; i += 8) {
		const struct step step = { i, look_up, &scene };

		look_up_when_it_goes_off(&scene, off);
		begin_with(&scene, &other);
		step_arm(&step);
		regs_command_set(scene.fixture->unit, TE);
		happened = step_disarm();
		look_up(&scene);
	}
	step_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			answer_is_of_one_time_when_tables_are_reused_meanwhile),
		FIXTURE_TEST(
			answer_is_the_requesters_own_when_its_slot_is_taken_meanwhile),
		FIXTURE_TEST(
			answer_is_the_requesters_own_when_its_slot_is_half_taken),
		FIXTURE_TEST(
			answer_is_of_one_time_when_the_requester_changes_meanwhile),
		FIXTURE_TEST(walk_answers_nothing_when_unit_is_being_loaded),
		FIXTURE_TEST(
			answer_is_of_tables_of_now_when_translation_goes_on),
	};

	return RUN_TESTS(tests);
}
