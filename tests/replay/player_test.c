/* SPDX-License-Identifier: BSD-3-Clause */
/* Playing recordings: what is the same, what differs, and files that are not as
 * they were written. */
#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "record/stream.h"
#include "scenario.h"
#include "show.h"

#define FILE_HEAD 16

static void store(uint8_t *to, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

/* The only chunk is as it is on purpose. */
static void seal(const struct recorded *recorded)
{
	uint8_t *chunk = recorded->bytes + FILE_HEAD;
	size_t size = recorded->size - FILE_HEAD - VTD_STREAM_CHUNK_HEAD;

	store(chunk, size, 4);
	store(chunk + 4, vtd_crc32(chunk + VTD_STREAM_CHUNK_HEAD, size), 4);
}

/* ------------------------------------------------------------------ Playing */

static void replay_is_the_same_when_nothing_has_changed(void **state)
{
	struct recorded *recorded = scenario_record(*state);
	struct play_result result = recorded_result(recorded);

	assert_string_equal(result.text, "it is complete");
	assert_int_equal(result.outcome, PLAY_SAME);
	assert_true(result.number > 150);
	recorded_free(recorded);
}

static void replay_stops_when_it_was_told_to(void **state)
{
	struct recorded *recorded = scenario_record(*state);
	FILE *file = fmemopen(recorded->bytes, recorded->size, "rb");
	struct play_result result;

	play(file, 100, &result);
	assert_int_equal(result.outcome, PLAY_SAME);
	assert_int_equal(result.number, 100);
	fclose(file);
	recorded_free(recorded);
}

/* A unit whose version register was read once. */
static struct recorded *record_version(struct fixture *f)
{
	struct recorded *recorded;

	assert_int_equal(
		recorded_create(&recorded, &f->config, &f->host, &f->unit), 0);
	vtd_unit_read(f->unit, 0, 4);
	vtd_unit_destroy(f->unit);
	f->unit = NULL;
	return recorded;
}

static void difference_is_told_when_a_value_was_another(void **state)
{
	/* Kind, length, thread, time, one value. */
	static const uint8_t returned[] = { 0x11, 4, 1, 1, 1, 0x10 };
	struct recorded *recorded = record_version(*state);
	struct play_result result;
	uint8_t *at = recorded->bytes;

	while (memcmp(at, returned, sizeof(returned)) != 0)
		at++;
	at[5] = 0x11;
	seal(recorded);
	result = recorded_result(recorded);
	assert_int_equal(result.outcome, PLAY_DIFFERENT);
	assert_int_equal(result.number, 3);
	assert_string_equal(result.text, "record 3 (thread 1) differs\n"
					 "  recorded: ... returns value=0x11\n"
					 "  here:     ... returns value=0x10");
	recorded_free(recorded);
}

/* -------------------------------------------------------------- Spoilt files */

static void file_is_refused_when_a_bit_has_flipped(void **state)
{
	struct recorded *recorded = scenario_record(*state);

	for (size_t i = 0; i < recorded->size; i++) {
		struct play_result result;

		recorded->bytes[i] ^= (uint8_t)(1 << i % 8);
		result = recorded_result(recorded);
		recorded->bytes[i] ^= (uint8_t)(1 << i % 8);
		/* A length that reaches beyond the end is like a cut. */
		if (result.outcome == PLAY_SAME)
			assert_non_null(strstr(result.text, "no end mark"));
		else
			assert_int_equal(result.outcome, PLAY_BROKEN);
	}
	recorded_free(recorded);
}

static void file_is_played_safely_when_its_bits_lie(void **state)
{
	struct recorded *recorded = scenario_record(*state);
	unsigned int outcomes[3] = { 0 };

	for (size_t i = FILE_HEAD + VTD_STREAM_CHUNK_HEAD; i < recorded->size;
	     i++) {
		recorded->bytes[i] ^= (uint8_t)(1 << i % 8);
		seal(recorded);
		outcomes[recorded_result(recorded).outcome]++;
		recorded->bytes[i] ^= (uint8_t)(1 << i % 8);
	}
	/* Some are about times, and others about contents that nobody uses. */
	assert_true(outcomes[PLAY_SAME] > 0);
	assert_true(outcomes[PLAY_DIFFERENT] > 0);
	assert_true(outcomes[PLAY_BROKEN] > 0);
	recorded_free(recorded);
}

static void cut_is_told_when_the_file_is_shorter(void **state)
{
	struct recorded *recorded = scenario_record(*state);

	while (recorded->size-- > FILE_HEAD) {
		struct play_result result = recorded_result(recorded);

		assert_int_equal(result.outcome, PLAY_SAME);
		assert_non_null(strstr(result.text, "no end mark"));
	}
	recorded_free(recorded);
}

/* --------------------------------------------------------- Sequences that lie */

static struct recorded hostile;
static struct vtd_stream stream;

static void begin(struct fixture *f)
{
	const struct vtd_recorder recorder = {
		.sink = &hostile,
		.write = recorded_keep,
	};
	struct recorded *recorded = record_version(f);
	FILE *file = fmemopen(recorded->bytes, recorded->size, "rb");
	struct recording *recording = recording_open(file);
	struct vtd_record record;

	hostile = (struct recorded){ .size = 0 };
	stream = (struct vtd_stream){ .used = 0 };
	vtd_stream_begin(&stream, &recorder);
	recording_next(recording, &record);
	vtd_stream_put(&stream, &record);
	recording_close(recording);
	fclose(file);
	recorded_free(recorded);
}

static void put(uint32_t thread, unsigned int kind, uint64_t value)
{
	const struct vtd_record record = {
		.kind = (enum vtd_record_kind)kind,
		.thread = thread,
		.count = 1,
		.value = &value,
	};

	vtd_stream_put(&stream, &record);
}

static void check_broken(const char *why)
{
	struct play_result result;

	vtd_stream_flush(&stream);
	result = recorded_result(&hostile);
	free(hostile.bytes);
	assert_int_equal(result.outcome, PLAY_BROKEN);
	if (strstr(result.text, why) == NULL)
		fail_msg("%s", result.text);
}

static void replay_is_refused_when_a_record_is_in_no_call(void **state)
{
	begin(*state);
	put(1, VTD_RECORD_CLOCK, 0);
	check_broken("inside of no call");
}

static void replay_is_refused_when_a_bracket_is_closed_twice(void **state)
{
	begin(*state);
	put(1, VTD_RECORD_DMA_END, 0);
	check_broken("closes what is not open");
}

static void replay_is_refused_when_the_kind_is_unknown(void **state)
{
	begin(*state);
	put(1, 0x7f, 0);
	check_broken("does not know");
}

static void remark_is_passed_over_when_its_kind_is_unknown(void **state)
{
	struct play_result result;

	begin(*state);
	put(1, 0xfe, 0);
	put(1, VTD_RECORD_END, 0);
	vtd_stream_flush(&stream);
	result = recorded_result(&hostile);
	free(hostile.bytes);
	assert_string_equal(result.text, "it is complete");
	assert_int_equal(result.number, 2);
}

/* The reset has a notice, in which the state is saved. */
static void replay_is_refused_when_a_callback_saves(void **state)
{
	begin(*state);
	put(1, VTD_RECORD_RESET, 0);
	put(1, VTD_RECORD_TIMER_SET, 0);
	put(1, VTD_RECORD_MAPPINGS_CHANGED, 0);
	put(1, VTD_RECORD_SAVE, 0);
	put(1, VTD_RECORD_SAVE_WAITS, 0);
	check_broken("saves out of a callback");
}

/* Each stands for a thread of ours while its call is under way. */
static void replay_is_refused_when_too_many_calls_are_under_way(void **state)
{
	begin(*state);
	for (uint32_t thread = 1; thread < 1000; thread++) {
		put(thread, VTD_RECORD_RESET, 0);
		put(thread, VTD_RECORD_TIMER_SET, 0);
		put(thread, VTD_RECORD_MAPPINGS_CHANGED, 0);
	}
	check_broken("calls at the same time");
}

static void replay_is_refused_when_calls_nest_without_end(void **state)
{
	begin(*state);
	for (unsigned int i = 0; i < 1000; i++) {
		put(1, VTD_RECORD_RESET, 0);
		put(1, VTD_RECORD_TIMER_SET, 0);
		put(1, VTD_RECORD_MAPPINGS_CHANGED, 0);
	}
	check_broken("inside of each other");
}

static void every_kind_has_a_name_when_it_is_played(void **state)
{
	struct recorded *recorded = scenario_record(*state);
	FILE *file = fmemopen(recorded->bytes, recorded->size, "rb");
	struct recording *recording = recording_open(file);
	bool seen[256] = { false };
	struct vtd_record record;
	char text[SHOW_TEXT_MAX];

	while (recording_next(recording, &record) == RECORDING_RECORD) {
		seen[record.kind] = true;
		show_record(text, &record);
		if (strstr(text, "unknown") != NULL)
			fail_msg("%s", text);
	}
	for (unsigned int kind = 0; kind < VTD_RECORD_MEMORY_READ; kind++)
		if (show_knows(kind) && kind != VTD_RECORD_STALE_USE &&
		    kind != VTD_RECORD_LINT)
			assert_true(seen[kind] || kind % 2 != 0);
	recording_close(recording);
	fclose(file);
	recorded_free(recorded);
}

/* `player --write FILE`: the recording of the scenario, for tests/tool. */
static int write_recording(const char *path)
{
	struct recorded *recorded;
	FILE *file = fopen(path, "wb");
	void *state;
	bool done;

	if (file == NULL || fixture_setup(&state) != 0)
		return 1;
	recorded = scenario_record(state);
	done = fwrite(recorded->bytes, recorded->size, 1, file) == 1;
	recorded_free(recorded);
	fixture_teardown(&state);
	return fclose(file) == 0 && done ? 0 : 1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(replay_is_the_same_when_nothing_has_changed),
		FIXTURE_TEST(replay_stops_when_it_was_told_to),
		FIXTURE_TEST(difference_is_told_when_a_value_was_another),
		FIXTURE_TEST(file_is_refused_when_a_bit_has_flipped),
		FIXTURE_TEST(file_is_played_safely_when_its_bits_lie),
		FIXTURE_TEST(cut_is_told_when_the_file_is_shorter),
		FIXTURE_TEST(replay_is_refused_when_a_record_is_in_no_call),
		FIXTURE_TEST(replay_is_refused_when_a_bracket_is_closed_twice),
		FIXTURE_TEST(replay_is_refused_when_the_kind_is_unknown),
		FIXTURE_TEST(remark_is_passed_over_when_its_kind_is_unknown),
		FIXTURE_TEST(replay_is_refused_when_a_callback_saves),
		FIXTURE_TEST(
			replay_is_refused_when_too_many_calls_are_under_way),
		FIXTURE_TEST(replay_is_refused_when_calls_nest_without_end),
		FIXTURE_TEST(every_kind_has_a_name_when_it_is_played),
	};

	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_recording(argv[2]);
	return RUN_TESTS(tests);
}
