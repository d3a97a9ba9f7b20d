/* SPDX-License-Identifier: BSD-3-Clause */
/* What a recorder writes, where it ends, and that the unit goes on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vtd/dump.h>
#include <vtd/explain.h>
#include <vtd/record.h>
#include <vtd/spec/regs.h>

#include "check.h"
#include "fixture.h"
#include "recorded.h"
#include "recording.h"

/* A recorder into memory that writes as much as it is let. */
struct sink {
	struct recorded recorded;
	unsigned int writes_left;
	unsigned int refused;
	uint64_t now;
	uint64_t passes; /* between two looks at the clock, besides 10 */
};

static int write_some(void *opaque, const void *bytes, size_t length)
{
	struct sink *sink = opaque;

	if (sink->writes_left == 0) {
		sink->refused++;
		return -ENOSPC;
	}
	sink->writes_left--;
	return recorded_keep(&sink->recorded, bytes, length);
}

static uint64_t clock_of(void *opaque)
{
	struct sink *sink = opaque;

	return sink->now += 10 + sink->passes;
}

static int create(struct fixture *fixture, struct sink *sink, uint64_t limit)
{
	const struct vtd_recorder recorder = {
		.size = sizeof(recorder),
		.sink = sink,
		.limit = limit,
		.write = write_some,
		.clock = clock_of,
	};

	return vtd_unit_create_recorded(&fixture->config, &fake_host_ops,
					&fixture->host, &recorder,
					&fixture->unit);
}

static uint64_t monotonic(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void end(struct fixture *fixture)
{
	vtd_unit_destroy(fixture->unit);
	fixture->unit = NULL;
}

static struct recording *open_sink(const struct sink *sink, FILE **file)
{
	*file = fmemopen(sink->recorded.bytes, sink->recorded.size, "rb");
	return recording_open(*file);
}

/* The end of a recording that can be read. */
static const char *end_of(const struct sink *sink)
{
	static char text[200];
	struct vtd_record record;
	FILE *file;
	struct recording *recording = open_sink(sink, &file);

	while (recording_next(recording, &record) == RECORDING_RECORD)
		;
	assert_string_equal(recording_error(recording), "");
	snprintf(text, sizeof(text), "%s", recording_end(recording));
	recording_close(recording);
	fclose(file);
	return text;
}

static void read_version(struct fixture *fixture, unsigned int times)
{
	for (unsigned int i = 0; i < times; i++)
		assert_int_equal(vtd_unit_read(fixture->unit, VTD_REG_VER, 4),
				 0x10);
}

static void register_access_is_two_records_when_unit_is_recorded(void **state)
{
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 10 };
	struct vtd_record record;
	struct recording *recording;
	FILE *file;

	assert_int_equal(create(fixture, &sink, 0), 0);
	read_version(fixture, 1);
	end(fixture);
	recording = open_sink(&sink, &file);
	recording_next(recording, &record);
	assert_int_equal(record.kind, VTD_RECORD_CONFIG);
	assert_int_equal(record.time, 10);
	recording_next(recording, &record);
	assert_int_equal(record.kind, VTD_RECORD_READ);
	assert_int_equal(record.count, 2);
	assert_int_equal(record.value[0], VTD_REG_VER);
	assert_int_equal(record.value[1], 4);
	assert_int_equal(record.time, 20);
	recording_next(recording, &record);
	assert_int_equal(record.kind, VTD_RECORD_READ + VTD_RECORD_RETURN);
	assert_int_equal(record.value[0], 0x10);
	assert_int_equal(recording_next(recording, &record), RECORDING_OVER);
	recording_close(recording);
	fclose(file);
	free(sink.recorded.bytes);
}

/* The values of the first record of a kind; how many. */
static size_t find(const struct sink *sink, unsigned int kind, uint64_t *values)
{
	struct vtd_record record = { .kind = 0 };
	FILE *file;
	struct recording *recording = open_sink(sink, &file);

	while (record.kind != kind)
		assert_int_equal(recording_next(recording, &record),
				 RECORDING_RECORD);
	assert_in_range(record.count, 0, VTD_RECORD_VALUES_MAX);
	memcpy(values, record.value, record.count * sizeof(*values));
	recording_close(recording);
	fclose(file);
	return record.count;
}

/* Status, rights, size, address, condition: that a device has found nothing says
 * nothing of where; what it used does, with no rights left. */
static void address_is_recorded_when_a_device_has_used_it(void **state)
{
	const struct vtd_request request = {
		.sid = 0x0208,
		.access = VTD_ACCESS_WRITE,
		.address = 0x7010,
		.length = 4,
	};
	const struct vtd_translation used = { .address = 0x9010,
					      .size_shift = 12 };
	struct vtd_translation result;
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 10 };
	uint64_t value[VTD_RECORD_VALUES_MAX];

	assert_int_equal(create(fixture, &sink, 0), 0);
	vtd_unit_translate(fixture->unit, &request, &result);
	vtd_unit_device_tlb_used(fixture->unit, &request, &used);
	end(fixture);
	assert_int_equal(find(&sink, VTD_RECORD_TRANSLATE + VTD_RECORD_RETURN,
			      value),
			 5);
	assert_true(value[3] == 0x7010); /* translation is off */
	assert_int_equal(find(&sink, VTD_RECORD_DEVICE_TLB_USED, value), 12);
	assert_int_equal(value[0], 0x0208);
	assert_int_equal(value[9], 12);
	assert_true(value[10] == 0x9010);
	free(sink.recorded.bytes);
}

static void line_is_recorded_when_unit_traces(void **state)
{
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 10 };
	uint64_t value[VTD_RECORD_VALUES_MAX];

	assert_int_equal(create(fixture, &sink, 0), 0);
	regs_write_64(fixture->unit, VTD_REG_IQA, 0x800);
	regs_command_set(fixture->unit, VTD_GCMD_QIE);
	regs_write_64(fixture->unit, VTD_REG_IQT, 0x20);
	end(fixture);
	assert_int_equal(find(&sink, VTD_RECORD_TRACE, value), 0);
	free(sink.recorded.bytes);
}

/* vtd/dump.h and vtd/explain.h only look. */
static void nothing_is_recorded_when_unit_is_looked_at(void **state)
{
	struct vtd_dump_mappings mappings = { .last = UINT64_MAX };
	struct vtd_dump_requesters requesters = { .done = false };
	const struct vtd_request request = { .length = 4 };
	struct vtd_explanation explanation;
	struct vtd_dump_requester requester;
	struct vtd_dump_mapping mapping;
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 10 };
	struct vtd_record record;
	struct recording *recording;
	FILE *file;

	assert_int_equal(create(fixture, &sink, 0), 0);
	vtd_unit_dump_requesters(fixture->unit, &requesters, &requester, 1);
	vtd_unit_dump_mappings(fixture->unit, &mappings, &mapping, 1);
	vtd_unit_explain(fixture->unit, &request, &explanation, NULL, 0);
	end(fixture);
	recording = open_sink(&sink, &file);
	recording_next(recording, &record);
	assert_int_equal(record.kind, VTD_RECORD_CONFIG);
	assert_int_equal(recording_next(recording, &record), RECORDING_OVER);
	recording_close(recording);
	fclose(file);
	free(sink.recorded.bytes);
}

static void recording_ends_with_a_mark_when_limit_is_reached(void **state)
{
	/* Within a chunk, and within the third. */
	static const uint64_t limits[] = { 1000, 150000 };
	struct fixture *fixture = *state;

	for (unsigned int i = 0; i < 2; i++) {
		struct sink sink = { .writes_left = 10 };

		assert_int_equal(create(fixture, &sink, limits[i]), 0);
		read_version(fixture, (unsigned int)limits[i] / 10);
		end(fixture);
		assert_true(sink.recorded.size <= limits[i]);
		assert_true(sink.recorded.size >= limits[i] - 200);
		assert_string_equal(end_of(&sink),
				    "it ended at its size limit");
		free(sink.recorded.bytes);
	}
}

static void limit_is_kept_when_it_is_less_than_the_first_record(void **state)
{
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 10 };

	assert_int_equal(create(fixture, &sink, 120), 0);
	read_version(fixture, 1);
	end(fixture);
	assert_true(sink.recorded.size <= 120);
	free(sink.recorded.bytes);
}

struct moments {
	uint64_t time[8];
	unsigned int count;
};

static void note_time(void *sink, const struct vtd_record *record)
{
	struct moments *moments = sink;

	if (moments->count < 8)
		moments->time[moments->count++] = record->time;
}

static void time_is_the_system_s_when_recorder_has_no_clock(void **state)
{
	struct fixture *fixture = *state;
	struct moments moments = { .count = 0 };
	const struct vtd_recorder recorder = {
		.size = sizeof(recorder),
		.sink = &moments,
		.record = note_time,
	};
	uint64_t last = monotonic();

	assert_int_equal(vtd_unit_create_recorded(
				 &fixture->config, &fake_host_ops,
				 &fixture->host, &recorder, &fixture->unit),
			 0);
	read_version(fixture, 1);
	/* The configuration, the call, its return. */
	assert_true(moments.count >= 2);
	for (unsigned int i = 0; i < moments.count; i++) {
		assert_true(moments.time[i] >= last);
		last = moments.time[i];
	}
	assert_true(last <= monotonic());
	end(fixture);
}

static void unit_goes_on_when_recording_cannot_be_written(void **state)
{
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 2 };

	assert_int_equal(create(fixture, &sink, 0), 0);
	/* More than two chunks. */
	read_version(fixture, 20000);
	end(fixture);
	assert_int_equal(sink.writes_left, 0);
	assert_int_equal(sink.refused, 1);
	assert_string_equal(end_of(&sink), "it has no end mark: whatever wrote "
					   "it was cut off");
	free(sink.recorded.bytes);
}

static void creation_fails_when_the_head_cannot_be_written(void **state)
{
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 0 };

	assert_int_equal(create(fixture, &sink, 0), -ENOSPC);
	assert_null(fixture->unit);
}

static void creation_is_refused_when_recorder_has_no_sink(void **state)
{
	struct fixture *fixture = *state;
	const struct vtd_recorder recorder = { .size = sizeof(recorder) };

	assert_int_equal(vtd_unit_create_recorded(
				 &fixture->config, &fake_host_ops,
				 &fixture->host, &recorder, &fixture->unit),
			 -EINVAL);
}

static void recording_is_complete_when_program_ends_it(void **state)
{
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 10 };
	size_t size;

	assert_int_equal(create(fixture, &sink, 0), 0);
	vtd_unit_record_end(fixture->unit);
	size = sink.recorded.size;
	assert_string_equal(end_of(&sink), "it is complete");
	read_version(fixture, 1);
	vtd_unit_record_end(fixture->unit);
	end(fixture);
	assert_int_equal(sink.recorded.size, size);
	free(sink.recorded.bytes);
}

/* Each chunk begins with the time, and times since then are long. */
static void recording_can_be_read_when_much_time_passes(void **state)
{
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 10, .passes = UINT64_C(1) << 50 };

	assert_int_equal(create(fixture, &sink, 0), 0);
	read_version(fixture, 5000);
	end(fixture);
	assert_in_range(sink.writes_left, 0, 6); /* the head, three chunks */
	assert_string_equal(end_of(&sink), "it is complete");
	free(sink.recorded.bytes);
}

static void record_end_is_nothing_when_unit_is_not_recorded(void **state)
{
	struct fixture *fixture = *state;

	fixture_start(fixture);
	vtd_unit_record_end(fixture->unit);
	read_version(fixture, 1);
}

static void map_is_given_back_when_recorded_unit_gets_another(void **state)
{
	struct fixture *fixture = *state;
	struct sink sink = { .writes_left = 10 };
	static const uint64_t page[512];
	const struct vtd_ram_range range = { .first = 0,
					     .length = sizeof(page),
					     .memory = page };
	const struct vtd_ram_map map = { .range = &range, .count = 1 };
	const struct vtd_ram_map *previous = &map;

	assert_int_equal(create(fixture, &sink, 0), 0);
	assert_int_equal(vtd_unit_set_ram(fixture->unit, &map, &previous), 0);
	assert_null(previous);
	assert_int_equal(vtd_unit_set_ram(fixture->unit, NULL, &previous), 0);
	assert_ptr_equal(previous, &map);
	end(fixture);
	free(sink.recorded.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(
			register_access_is_two_records_when_unit_is_recorded),
		FIXTURE_TEST(address_is_recorded_when_a_device_has_used_it),
		FIXTURE_TEST(line_is_recorded_when_unit_traces),
		FIXTURE_TEST(nothing_is_recorded_when_unit_is_looked_at),
		FIXTURE_TEST(recording_ends_with_a_mark_when_limit_is_reached),
		FIXTURE_TEST(
			limit_is_kept_when_it_is_less_than_the_first_record),
		FIXTURE_TEST(time_is_the_system_s_when_recorder_has_no_clock),
		FIXTURE_TEST(unit_goes_on_when_recording_cannot_be_written),
		FIXTURE_TEST(creation_fails_when_the_head_cannot_be_written),
		FIXTURE_TEST(creation_is_refused_when_recorder_has_no_sink),
		FIXTURE_TEST(recording_is_complete_when_program_ends_it),
		FIXTURE_TEST(recording_can_be_read_when_much_time_passes),
		FIXTURE_TEST(record_end_is_nothing_when_unit_is_not_recorded),
		FIXTURE_TEST(map_is_given_back_when_recorded_unit_gets_another),
	};

	return RUN_TESTS(tests);
}
