/* SPDX-License-Identifier: BSD-3-Clause */
/* What each happening adds to the counters of a unit, and that it adds nothing to the
 * others. */
#include "control.h"

#define COUNT(member) offsetof(struct vtd_counters, member)
#define COUNTERS (sizeof(struct vtd_counters) / sizeof(uint64_t))
#define NO_ACCESS_SID 0x0400

static struct regs_page_queue page_queue;

static int setup(void **state)
{
	struct fixture *f;

	if (control_setup(state) != 0)
		return -1;
	f = *state;
	regs_page_queue_start(&page_queue, f->unit, &f->tables);
	control_translate(f); /* the device is known now */
	return 0;
}

static void put(struct fixture *f, uint64_t word0, unsigned int times)
{
	for (; times > 0; times--)
		regs_queue_put(&f->queue, word0, 0);
	regs_queue_submit(&f->queue);
}

static void invalidate(struct fixture *f)
{
	put(f, 0x12, 3);
}

static void invalidate_device_tlb(struct fixture *f)
{
	put(f, 0x3 | (uint64_t)CONTROL_SID << 32, 2);
}

static void respond(struct fixture *f)
{
	put(f, 0x9 | CONTROL_SID << 16, 1);
}

static void fault(struct fixture *f)
{
	control_fault(f, 1);
}

static void fault_too_often(struct fixture *f)
{
	for (uint16_t sid = 1; sid <= 10; sid++)
		control_fault(f, sid);
}

static void request_without_access(struct fixture *f)
{
	const struct vtd_page_request request = {
		.sid = NO_ACCESS_SID,
		.read = true,
		.last = true,
		.address = 0x1000,
	};

	vtd_unit_page_request(f->unit, &request);
}

static void translate_and_translate(struct fixture *f)
{
	control_translate(f);
	control_translate(f);
}

static void flush_contexts(struct fixture *f)
{
	put(f, 0x11, 1);
	translate_and_translate(f);
}

static void flush_pasids(struct fixture *f)
{
	put(f, 0x37, 1);
	translate_and_translate(f);
}

/* Nobody has to find the device once more. */
static void flush_translations(struct fixture *f)
{
	put(f, 0x12, 1);
	put(f, 0x26, 1);
	translate_and_translate(f);
}

static void remap(struct fixture *f)
{
	const struct vtd_interrupt_request request = {
		.address = 0xfee00010 | 3 << 5,
	};
	const uint64_t table = regs_read_64(f->unit, VTD_REG_IRTA) &
			       VTD_IRTA_BASE;
	struct vtd_interrupt result;

	tables_irte(&f->tables, table, 3, VTD_IRTE0_P | 0x31 << 16, 0);
	vtd_unit_interrupt(f->unit, &request, &result);
}

static void read_counters(struct fixture *f, uint64_t count[COUNTERS])
{
	vtd_unit_counters(f->unit, (struct vtd_counters *)count,
			  COUNTERS * sizeof(*count));
}

static void counters_are_zero_when_unit_is_new(void **state)
{
	struct fixture *f = *state;
	uint64_t count[COUNTERS];

	fixture_start(f);
	read_counters(f, count);
	for (size_t i = 0; i < COUNTERS; i++)
		assert_int_equal(count[i], 0);
}

static void
happening_is_counted_where_it_belongs_when_there_are_others(void **state)
{
	static const struct {
		const char *name;
		void (*happen)(struct fixture *f);
		struct {
			size_t member;
			uint64_t added;
		} expected[3];
	} rows[] = {
		{ "descriptors", invalidate, { { COUNT(descriptors), 3 } } },
		{ "device-TLB",
		  invalidate_device_tlb,
		  { { COUNT(descriptors), 2 },
		    { COUNT(device_tlb_invalidations), 2 } } },
		{ "request",
		  control_page_request,
		  { { COUNT(page_requests), 1 } } },
		{ "response",
		  respond,
		  { { COUNT(descriptors), 1 }, { COUNT(page_responses), 1 } } },
		{ "refused",
		  request_without_access,
		  { { COUNT(auto_responses), 1 },
		    { COUNT(faults_recorded), 1 },
		    { COUNT(config_cache_misses), 1 } } },
		{ "remapped", remap, { { COUNT(interrupts_remapped), 1 } } },
		{ "known", translate_and_translate, { { 0, 0 } } },
		{ "contexts",
		  flush_contexts,
		  { { COUNT(descriptors), 1 },
		    { COUNT(config_cache_misses), 1 } } },
		{ "PASIDs",
		  flush_pasids,
		  { { COUNT(descriptors), 1 },
		    { COUNT(config_cache_misses), 1 } } },
		{ "translations",
		  flush_translations,
		  { { COUNT(descriptors), 2 } } },
		{ "fault", fault, { { COUNT(faults_recorded), 1 } } },
		{ "faults",
		  fault_too_often,
		  { { COUNT(faults_recorded), 6 },
		    { COUNT(faults_dropped), 4 } } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t before[COUNTERS], after[COUNTERS];

		read_counters(f, before);
		rows[i].happen(f);
		read_counters(f, after);
		for (unsigned int j = 0; j < 3; j++)
			before[rows[i].expected[j].member / 8] +=
				rows[i].expected[j].added;
		for (size_t c = 0; c < COUNTERS; c++)
			if (before[c] != after[c])
				fail_msg("%s: counter %zu is %d too many",
					 rows[i].name, c,
					 (int)(after[c] - before[c]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(counters_are_zero_when_unit_is_new),
		cmocka_unit_test_setup_teardown(
			happening_is_counted_where_it_belongs_when_there_are_others,
			setup, fixture_teardown),
	};

	return RUN_TESTS(tests);
}
