/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any thread may translate at any time, while software changes tables and
 * invalidates.  Meant to be run under ThreadSanitizer too.
 */
#include <pthread.h>

#include "check.h"
#include "fake_timer.h"

#define SID 0x0100
#define PASID 5
#define ADDRESS UINT64_C(0x7f0012345000)
#define PAGE UINT64_C(0x5000000)
#define OTHER_PAGE UINT64_C(0x6000000)
#define DEVICES 3
#define ROUNDS 2000

struct stage {
	struct fixture *fixture;
	struct page_table table;
	uint64_t leaf;
	_Atomic bool stop;
	/* Answers that no state of the tables explains. */
	_Atomic unsigned int wrong;
	_Atomic unsigned int writes;
};

static void build(struct fixture *fixture, struct stage *stage)
{
	struct fixture_context context = fixture_sm_context(fixture, SID, 0);

	stage->fixture = fixture;
	page_table_init(&stage->table, &fixture->tables, PAGE_TABLE_FIRST_STAGE,
			4);
	stage->leaf =
		page_table_map(&stage->table, ADDRESS, PAGE, 12, FS_USER_RW);
	fixture_pasid_first_stage(fixture, context.dir, PASID, &stage->table);
}

static bool is_explained(const struct vtd_translation *result)
{
	if (result->condition == VTD_SFS_2)
		return true;
	return result->condition == VTD_CONDITION_NONE &&
	       (result->address == PAGE || result->address == OTHER_PAGE) &&
	       result->write;
}

static void *device(void *opaque)
{
	struct stage *stage = opaque;

	while (!atomic_load(&stage->stop)) {
		struct vtd_translation result = fixture_translate(
			stage->fixture, (struct vtd_request){
						.sid = SID,
						.access = VTD_ACCESS_WRITE,
						.address = ADDRESS,
						.pasid_present = true,
						.pasid = PASID,
					});

		if (!is_explained(&result))
			atomic_fetch_add(&stage->wrong, 1);
		if (result.write)
			atomic_fetch_add(&stage->writes, 1);
	}
	return NULL;
}

/* What an operating system does with a page: map, harvest bits, unmap. */
static void software(struct stage *stage)
{
	struct fake_host *host = &stage->fixture->host;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		fake_host_set_64(host, stage->leaf,
				 (i % 2 != 0 ? PAGE : OTHER_PAGE) | FS_USER_RW);
		fake_host_set_64(host, stage->leaf, 0);
		if (i % 16 == 0)
			regs_queue_flush_and_wait(&stage->fixture->queue);
	}
	fake_host_set_64(host, stage->leaf, PAGE | FS_USER_RW);
	while (atomic_load(&stage->writes) == 0)
		;
}

static void run(struct fixture *fixture)
{
	struct stage stage = { 0 };
	struct fake_timer timer;
	pthread_t thread[DEVICES];

	build(fixture, &stage);
	fixture_run(fixture, VTD_TTM_SCALABLE);
	fake_timer_start(&timer, &fixture->host);
	for (unsigned int i = 0; i < DEVICES; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, device, &stage), 0);
	software(&stage);
	atomic_store(&stage.stop, true);
	for (unsigned int i = 0; i < DEVICES; i++)
		pthread_join(thread[i], NULL);
	fake_timer_stop(&timer);
	assert_int_equal(stage.wrong, 0);
}

static void answers_are_explained_when_tables_change_meanwhile(void **state)
{
	run(*state);
}

static void
answers_are_explained_when_memory_is_published_and_tables_change(void **state)
{
	struct fixture *fixture = *state;

	fixture->host.published = true;
	run(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			answers_are_explained_when_tables_change_meanwhile),
		FIXTURE_TEST(
			answers_are_explained_when_memory_is_published_and_tables_change),
	};

	return RUN_TESTS(tests);
}
