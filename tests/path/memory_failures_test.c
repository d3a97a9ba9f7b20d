/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that fails: every access by callback on every path, one after the other,
 * once, twice and eight times in a row (a unit looks a second time where something
 * is odd).  Nothing is made up, nothing hangs, and the unit works when memory does.
 */
#include "control.h"
#include "random_scene.h"
#include "same_translation.h"

#define SCENES 200
#define REQUESTS 6
#define INVALIDATE_CONTEXTS 0x11

static const unsigned int in_a_row[] = { 1, 2, 8 };
#define IN_A_ROW (sizeof(in_a_row) / sizeof(*in_a_row))

/* How many accesses have failed in all, so that it shows if none does. */
static unsigned long injected;

/* --------------------------------------------------- Translations */

struct tables {
	const struct random_scene *scene;
	uint64_t word[RANDOM_SCENE_ENTRIES_MAX];
	/* After a request that nothing failed. */
	uint64_t used[RANDOM_SCENE_ENTRIES_MAX];
};

static void note_tables(const struct random_scene *scene, uint64_t *word)
{
	for (unsigned int i = 0; i < scene->entries; i++)
		word[i] = fake_host_get_64(&scene->fixture->host,
					   scene->entry[i]);
}

/* As before the first request, and nothing is cached. */
static void restore(const struct tables *tables)
{
	const struct random_scene *scene = tables->scene;
	struct fixture *f = scene->fixture;

	for (unsigned int i = 0; i < scene->entries; i++)
		fake_host_set_64(&f->host, scene->entry[i], tables->word[i]);
	assert_true(regs_queue_do(&f->queue, INVALIDATE_CONTEXTS, 0));
}

static struct vtd_translation ask(struct fixture *f,
				  const struct vtd_request *request)
{
	struct vtd_translation result;

	vtd_unit_translate(f->unit, request, &result);
	regs_drop_faults(f->unit);
	return result;
}

/* Accessed and dirty bits are set. */
static void check_used(const struct tables *tables)
{
	uint64_t word[RANDOM_SCENE_ENTRIES_MAX];

	note_tables(tables->scene, word);
	for (unsigned int i = 0; i < tables->scene->entries; i++)
		assert_true(word[i] == tables->used[i]);
}

/* No right and no address that the tables do not give, and no right without its
 * bits in the tables. */
static void check_not_more(const struct tables *tables,
			   const struct vtd_translation *result,
			   const struct vtd_translation *truth)
{
	if (result->status != VTD_STATUS_SUCCESS)
		return;
	assert_true(!result->read || truth->read);
	assert_true(!result->write || truth->write);
	if (result->read || result->write)
		assert_true(result->address == truth->address);
	if (truth->status == VTD_STATUS_SUCCESS &&
	    result->read == truth->read && result->write == truth->write)
		check_used(tables);
}

/* Whether there is such an access. */
static bool fail_one(const struct tables *tables,
		     const struct vtd_request *request,
		     const struct vtd_translation *truth, unsigned int nth,
		     unsigned int count)
{
	struct fixture *f = tables->scene->fixture;
	struct vtd_translation result;
	unsigned int failed;

	restore(tables);
	f->host.failed = 0;
	vtd_kit_host_fail_access(&f->host, nth, count);
	result = ask(f, request);
	failed = f->host.failed;
	vtd_kit_host_fail_access(&f->host, 0, 0);
	check_not_more(tables, &result, truth);
	injected += failed;

	restore(tables);
	result = ask(f, request);
	check_same_translation(&result, truth);
	return failed != 0;
}

static void fail_all(struct tables *tables, const struct vtd_request *request)
{
	struct vtd_translation truth;

	restore(tables);
	truth = ask(tables->scene->fixture, request);
	note_tables(tables->scene, tables->used);
	for (size_t i = 0; i < IN_A_ROW; i++)
		for (unsigned int nth = 1;
		     fail_one(tables, request, &truth, nth, in_a_row[i]); nth++)
			assert_in_range(nth, 1, 1000);
}

static void translation_is_not_made_up_when_memory_fails(void **state)
{
	struct random_scene scene;
	struct tables tables;
	struct fixture *f;
	void *other;

	(void)state;
	injected = 0;
	for (unsigned int i = 0; i < SCENES; i++) {
		assert_int_equal(fixture_setup(&other), 0);
		f = other;
		random_scene_build(&scene, f);
		/* Tables that nobody has used, or with an oddity. */
		if (i % 2 != 0)
			random_scene_draw_tables(&scene);
		tables.scene = &scene;
		note_tables(&scene, tables.word);
		for (unsigned int j = 0; j < REQUESTS; j++) {
			const struct vtd_request request =
				random_scene_draw_request(&scene);

			fail_all(&tables, &request);
		}
		fixture_teardown(&other);
	}
	print_message("%lu accesses failed\n", injected);
	assert_true(injected > 10000);
}

/* ----------------------------------------- Queues and interrupts */

#define DEVICE_TLB UINT64_C(0x0000010000000003)
#define PASID_DEVICE_TLB UINT64_C(0x0000000501000008)
#define RESPONSE UINT64_C(0x0000000001000009)
#define VECTOR 0x91

struct scene {
	struct regs_page_queue pages;
	uint64_t interrupts;
	uint64_t descriptor;
};

/* What is there when memory begins to fail. */
static void prepare(struct fixture *f, struct scene *scene)
{
	f->config.posted_interrupts = true;
	f->config.device_tlb_timeout = 1000;
	f->host.now = 1;
	control_run(f);
	regs_page_queue_start(&scene->pages, f->unit, &f->tables);
	scene->interrupts = tables_page(&f->tables);
	scene->descriptor = tables_page(&f->tables);
	tables_irte(&f->tables, scene->interrupts, 1, 1 | VECTOR << 16, 0);
	tables_irte(&f->tables, scene->interrupts, 2,
		    1 | VTD_BIT(15) | VECTOR << 16 |
			    scene->descriptor >> 6 << 38,
		    scene->descriptor >> 32 << 32);
	fake_host_set_64(&f->host, scene->descriptor + 32, 0xf2 << 16);
	regs_set_interrupt_table(f->unit, scene->interrupts, 7, true);
	assert_true(regs_queue_do(&f->queue, 0x4, 0));
	f->host.on_invalidation = fake_host_complete_at_once;
}

static void play_queue(struct fixture *f, struct scene *scene)
{
	static const uint64_t first[] = { INVALIDATE_CONTEXTS, 0x12, 0x37, 0x4,
					  0x26 };

	(void)scene;
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		regs_queue_put(&f->queue, first[i], 0);
	regs_queue_put(&f->queue, DEVICE_TLB, 0x7000);
	regs_queue_put_wait(&f->queue, 0x10);
	regs_queue_put(&f->queue, PASID_DEVICE_TLB, 1);
	regs_queue_put(&f->queue, RESPONSE, 0);
	regs_queue_put_wait(&f->queue, 0x40);
	regs_queue_submit(&f->queue);
}

static void play_page_requests(struct fixture *f, struct scene *scene)
{
	struct vtd_page_request request;
	unsigned int answered;

	(void)scene;
	for (unsigned int i = 0; i < 3; i++) {
		answered = f->host.responses;
		request = (struct vtd_page_request){
			.sid = CONTROL_SID,
			.read = true,
			.last = true,
			.prgi = (uint16_t)i,
			.address = UINT64_C(0x1000) * i,
		};
		/* Whoever asks is answered, by software or by the unit. */
		if (vtd_unit_page_request(f->unit, &request) !=
		    VTD_PAGE_REQUEST_QUEUED)
			assert_int_equal(f->host.responses, answered + 1);
	}
}

static void play_interrupts(struct fixture *f, struct scene *scene)
{
	struct vtd_interrupt_request request = { .sid = CONTROL_SID };
	struct vtd_interrupt result;

	(void)scene;
	for (uint32_t i = 0; i < 4; i++) {
		request.address = UINT64_C(0xfee00010) | i << 5;
		vtd_unit_interrupt_probe(f->unit, &request, &result);
		vtd_unit_interrupt(f->unit, &request, &result);
		/* Entries 0 and 3 are not present. */
		if (i == 0 || i == 3)
			assert_true(result.blocked);
	}
}

static void play_looks(struct fixture *f, struct scene *scene)
{
	const struct vtd_request request = {
		.sid = CONTROL_SID,
		.access = VTD_ACCESS_READ,
		.length = 4,
		.address = 0x5000,
	};
	struct vtd_step step[VTD_STEPS_MAX];
	struct vtd_explanation explanation;
	struct vtd_requester_info info;
	struct vtd_translation result;

	(void)scene;
	vtd_unit_probe(f->unit, &request, &result);
	vtd_unit_explain(f->unit, &request, &explanation, step, VTD_STEPS_MAX);
	vtd_unit_requester(f->unit, CONTROL_SID, false, 0, &info);
	vtd_unit_translate(f->unit, &request, &result);
	assert_true(result.status != VTD_STATUS_SUCCESS ||
		    result.address == 0x5000);
}

/* Everything is on its way, and goes on in another machine. */
static void play_load(struct fixture *f, struct scene *scene)
{
	static uint8_t blob[VTD_STATE_SIZE_MAX];
	size_t size;

	f->host.on_invalidation = NULL;
	play_queue(f, scene);
	size = vtd_unit_save(f->unit, blob, sizeof(blob));
	assert_int_equal(vtd_unit_load(f->unit, blob, size, NULL), 0);
	f->host.on_invalidation = fake_host_complete_at_once;
	vtd_unit_timer_expired(f->unit);
}

/* Software clears what is wrong, starts its queue anew, and all works. */
static void check_works(struct fixture *f)
{
	struct scene scene;

	regs_drop_faults(f->unit);
	vtd_unit_device_tlb_complete(f->unit, CONTROL_SID, UINT32_MAX, 1);
	regs_write_32(f->unit, 0x018, 0);
	regs_write_32(f->unit, 0x034, UINT32_MAX);
	assert_int_equal(control_fsts(f) & 0x7f, 0);
	regs_write_32(f->unit, 0x09c, 1);
	regs_write_32(f->unit, 0x0dc, 3);
	regs_queue_start(&f->queue, f->unit, &f->tables, true);
	regs_command_set(f->unit, UINT32_C(1) << 31);
	assert_int_equal(control_translate(f).status, VTD_STATUS_SUCCESS);
	play_queue(f, &scene);
	assert_true(regs_queue_is_done(&f->queue));
	play_page_requests(f, &scene);
}

struct path {
	const char *name;
	void (*play)(struct fixture *f, struct scene *scene);
	unsigned int least; /* accesses that it has */
};

static bool fail_on(const struct path *path, unsigned int nth,
		    unsigned int count)
{
	struct scene scene;
	struct fixture *f;
	unsigned int failed;
	void *state;

	assert_int_equal(fixture_setup(&state), 0);
	f = state;
	prepare(f, &scene);
	f->host.failed = 0;
	vtd_kit_host_fail_access(&f->host, nth, count);
	path->play(f, &scene);
	failed = f->host.failed;
	vtd_kit_host_fail_access(&f->host, 0, 0);
	check_works(f);
	fixture_teardown(&state);
	injected += failed;
	return failed != 0;
}

static void unit_works_when_memory_has_failed(void **state)
{
	static const struct path paths[] = {
		{ "queue", play_queue, 12 },
		{ "page requests", play_page_requests, 3 },
		{ "interrupts", play_interrupts, 10 },
		{ "looks", play_looks, 3 },
		{ "load", play_load, 12 },
	};

	(void)state;
	injected = 0;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		for (size_t j = 0; j < IN_A_ROW; j++) {
			unsigned int nth = 1;

			while (fail_on(&paths[i], nth, in_a_row[j]))
				nth++;
			check_row(paths[i].name, nth > paths[i].least);
		}
	}
	print_message("%lu accesses failed\n", injected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(translation_is_not_made_up_when_memory_fails),
		cmocka_unit_test(unit_works_when_memory_has_failed),
	};

	return RUN_TESTS(tests);
}
