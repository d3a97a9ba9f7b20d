/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host gives the unit another map of memory while devices translate, and
 * spoils and frees the old one as soon as it may.  Meant to be run under the
 * sanitizers too.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fake_timer.h"

#define SID 0x0100
#define ADDRESS UINT64_C(0x7f0012345000)
#define PAGE UINT64_C(0x5000000)
#define DEVICES 2
#define EXCHANGES 150

/* Nothing is to be written: the copies would not have it. */
#define WORD (FS_USER_RW | VTD_FS_A | VTD_FS_D)

/* A copy of the tables, of which the unit is told all or a part. */
struct copy {
	struct vtd_ram_map map;
	struct vtd_ram_range range[2];
	char *memory;
	size_t size;
};

struct stage {
	struct fixture *fixture;
	uint64_t first; /* of the tables */
	uint64_t end;
	_Atomic bool stop;
	_Atomic unsigned int wrong;
	struct device {
		struct stage *stage;
		pthread_t thread;
		/* Calls into the unit that have begun or ended: odd in one. */
		_Atomic unsigned int steps;
	} device[DEVICES];
};

static void build(struct stage *stage)
{
	struct fixture *f = stage->fixture;
	struct fixture_context context = fixture_sm_context(f, SID, 0);
	struct page_table table;

	stage->first = f->root;
	page_table_init(&table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	page_table_map(&table, ADDRESS, PAGE, 12, WORD);
	fixture_pasid_first_stage(f, context.dir, 0, &table);
	stage->end = f->tables.next;
}

/* All, the upper half, or all but a page in the middle. */
static struct copy *make_copy(const struct stage *stage, unsigned int number)
{
	struct copy *copy = calloc(1, sizeof(*copy));
	uint64_t half;

	copy->size = (size_t)(stage->end - stage->first);
	half = copy->size / 2 / 4096 * 4096;
	copy->memory = aligned_alloc(4096, copy->size);
	memcpy(copy->memory,
	       (const char *)stage->fixture->host.ram + stage->first,
	       copy->size);
	copy->range[0] = (struct vtd_ram_range){
		.first = stage->first,
		.length = number % 3 == 0 ? copy->size : half,
		.memory = copy->memory,
	};
	copy->range[1] = (struct vtd_ram_range){
		.first = stage->first + half + 4096,
		.length = copy->size - half - 4096,
		.memory = copy->memory + half + 4096,
	};
	copy->map.range = number % 3 == 1 ? &copy->range[1] : &copy->range[0];
	copy->map.count = number % 3 == 2 ? 2 : 1;
	return copy;
}

/* Until every call that began before has returned, and another. */
static void let_calls_return(struct stage *stage)
{
	for (unsigned int i = 0; i < DEVICES; i++) {
		unsigned int steps = atomic_load(&stage->device[i].steps);

		while (atomic_load(&stage->device[i].steps) - steps < 4)
			sched_yield();
	}
}

static void free_copy(struct copy *copy)
{
	memset(copy->memory, 0, copy->size);
	memset(copy->range, 0, sizeof(copy->range));
	free(copy->memory);
	free(copy);
}

static void *translate(void *opaque)
{
	struct device *device = opaque;
	struct stage *stage = device->stage;

	for (unsigned int i = 0; !atomic_load(&stage->stop); i++) {
		struct vtd_translation result;

		atomic_fetch_add(&device->steps, 1);
		result = fixture_access(stage->fixture, SID, ADDRESS,
					VTD_ACCESS_WRITE);
		atomic_fetch_add(&device->steps, 1);
		if (result.address != PAGE || !result.write)
			atomic_fetch_add(&stage->wrong, 1);
		/* The machine may have fewer processors than we have threads. */
		if (i % 16 == 0)
			sched_yield();
	}
	return NULL;
}

static struct copy *exchange(struct stage *stage, struct copy *copy)
{
	const struct vtd_ram_map *before;

	assert_int_equal(vtd_unit_set_ram(stage->fixture->unit,
					  copy != NULL ? &copy->map : NULL,
					  &before),
			 0);
	/* The first member. */
	return (struct copy *)(uintptr_t)before;
}

/* Every now and then there is no map at all. */
static void exchange_often(struct stage *stage)
{
	for (unsigned int i = 0; i < EXCHANGES; i++) {
		struct copy *copy = i % 7 == 6 ? NULL : make_copy(stage, i);
		struct copy *before = exchange(stage, copy);

		let_calls_return(stage);
		if (before != NULL)
			free_copy(before);
		/* Decode again, too. */
		if (i % 4 == 0)
			regs_queue_flush_and_wait(&stage->fixture->queue);
	}
}

static void start(struct stage *stage)
{
	stage->fixture->host.published = false;
	build(stage);
	fixture_run(stage->fixture, VTD_TTM_SCALABLE);
	/* It sets accessed bits: later ones write nothing. */
	fixture_access(stage->fixture, SID, ADDRESS, VTD_ACCESS_WRITE);
	for (unsigned int i = 0; i < DEVICES; i++) {
		struct device *device = &stage->device[i];

		device->stage = stage;
		assert_int_equal(pthread_create(&device->thread, NULL,
						translate, device),
				 0);
	}
}

static void answers_are_right_when_map_is_exchanged_meanwhile(void **state)
{
	struct stage stage = { .fixture = *state };
	struct fake_timer timer;

	start(&stage);
	fake_timer_start(&timer, &stage.fixture->host);
	exchange_often(&stage);
	atomic_store(&stage.stop, true);
	for (unsigned int i = 0; i < DEVICES; i++)
		pthread_join(stage.device[i].thread, NULL);
	fake_timer_stop(&timer);
	assert_int_equal(stage.wrong, 0);
	free_copy(exchange(&stage, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(answers_are_right_when_map_is_exchanged_meanwhile),
	};

	return RUN_TESTS(tests);
}
