/* SPDX-License-Identifier: BSD-3-Clause */
/* Recordings of a unit that did much else, made small. */
#include <stdlib.h>

#include "control.h"
#include "recorded.h"
#include "shrink.h"

#define PASIDS 8
#define IOTLB_GLOBAL 0x12
#define NO_TYPE 0xf
#define PASID_CACHE_GLOBAL (UINT64_C(7) | UINT64_C(3) << 4)

struct case_of {
	struct fixture_context context;
	struct page_table table;
};

/* Each PASID has its page; with `forget` its entry is read again and again. */
static void use(struct fixture *f, unsigned int rounds, bool forget)
{
	for (unsigned int round = 0; round < rounds; round++)
		for (uint32_t pasid = 1; pasid <= PASIDS; pasid++) {
			struct vtd_translation result =
				fixture_access_with_pasid(f, CONTROL_SID, pasid,
							  0x1000 * pasid,
							  VTD_ACCESS_READ);

			assert_int_equal(result.condition, VTD_CONDITION_NONE);
			assert_true(regs_queue_do(&f->queue, IOTLB_GLOBAL, 0));
			if (forget && pasid == PASIDS / 2)
				assert_true(regs_queue_do(
					&f->queue, PASID_CACHE_GLOBAL, 0));
		}
}

/* A unit that is recorded, and has much to do. */
static struct recorded *record_work(struct fixture *f)
{
	struct recorded *recorded;
	struct case_of c;

	assert_int_equal(
		recorded_create(&recorded, &f->config, &f->host, &f->unit), 0);
	fixture_enable(f, VTD_TTM_SCALABLE);
	c.context = fixture_sm_context(f, CONTROL_SID, 0);
	page_table_init(&c.table, &f->tables, PAGE_TABLE_FIRST_STAGE, 4);
	for (uint32_t pasid = 1; pasid <= PASIDS; pasid++) {
		page_table_map(&c.table, 0x1000 * pasid, 0x200000,
			       VTD_PAGE_SHIFT,
			       VTD_FS_P | VTD_FS_RW | VTD_FS_US);
		fixture_pasid_first_stage(f, c.context.dir, pasid, &c.table);
	}
	use(f, 20, true);
	use(f, 20, false);
	return recorded;
}

/* The last thing that happens is a fault of PASID 1. */
static struct recorded *record_fault(struct fixture *f)
{
	struct recorded *recorded = record_work(f);

	assert_int_equal(fixture_access_with_pasid(f, CONTROL_SID, 1, 0x900000,
						   VTD_ACCESS_READ)
				 .condition,
			 VTD_SFS_2);
	vtd_unit_destroy(f->unit);
	f->unit = NULL;
	return recorded;
}

/* ... is that software sees an error of the queue. */
static struct recorded *record_queue_error(struct fixture *f)
{
	struct recorded *recorded = record_work(f);

	assert_false(regs_queue_do(&f->queue, NO_TYPE, 0));
	assert_true(regs_read_32(f->unit, VTD_REG_FSTS) & VTD_FSTS_IQE);
	vtd_unit_destroy(f->unit);
	f->unit = NULL;
	return recorded;
}

/* The small recording ends as the large one does, and plays; returns how many
 * records it has. */
static uint64_t shrunk(struct recorded *recorded)
{
	FILE *from = fmemopen(recorded->bytes, recorded->size, "rb");
	const struct shrink_goal goal = {
		.keep = recorded_result(recorded).number,
		.plays = 60,
	};
	struct shrink_result result;
	struct play_result played;
	FILE *to = tmpfile();

	shrink(from, to, &goal, &result);
	assert_string_equal(result.text, "no call more can go");
	assert_true(result.done);
	assert_true(result.before > 4000);
	rewind(to);
	play(to, 0, &played);
	assert_int_equal(played.outcome, PLAY_SAME);
	assert_int_equal(played.number, result.records);
	fclose(to);
	fclose(from);
	recorded_free(recorded);
	return result.records;
}

static void fault_is_alone_when_the_queue_is_not_needed(void **state)
{
	/* The fault, what filled caches for it, and what sets the unit up. */
	assert_true(shrunk(record_fault(*state)) < 40);
}

static void queue_begins_late_when_it_is_needed(void **state)
{
	/* A state, the descriptor, and the look at the register. */
	assert_true(shrunk(record_queue_error(*state)) < 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(fault_is_alone_when_the_queue_is_not_needed),
		FIXTURE_TEST(queue_begins_late_when_it_is_needed),
	};

	return RUN_TESTS(tests);
}
