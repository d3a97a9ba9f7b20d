/* SPDX-License-Identifier: BSD-3-Clause */
#include "to_c.h"

#include <inttypes.h>
#include <string.h>

#include "show.h"

#define NAME_LENGTH 100
#define BYTES_PER_LINE 16

/* clang-format off */
#define KIND(name) { VTD_RECORD_##name, "VTD_RECORD_" #name }

static const struct {
	uint8_t kind;
	const char *name;
} kinds[] = {
	KIND(CONFIG),
	KIND(READ),
	KIND(WRITE),
	KIND(TRANSLATE),
	KIND(PROBE),
	KIND(REQUESTER),
	KIND(DMA_BEGIN),
	KIND(DMA_END),
	KIND(DEVICE_TLB_COMPLETE),
	KIND(NOTICE_DONE),
	KIND(TIMER_EXPIRED),
	KIND(PAGE_REQUEST),
	KIND(INTERRUPT),
	KIND(INTERRUPT_PROBE),
	KIND(RESET),
	KIND(SAVE),
	KIND(LOAD),
	KIND(DEVICE_TLB_USED),
	KIND(DEVICE_TLB_INVALIDATE),
	KIND(PAGE_GROUP_RESPONSE),
	KIND(MAPPINGS_CHANGED),
	KIND(INTERRUPTS_CHANGED),
	KIND(STALE_USE),
	KIND(LINT),
	KIND(MEMORY_READ),
	KIND(MEMORY_READ_FAILED),
	KIND(MEMORY_WRITE),
	KIND(MEMORY_WRITE_FAILED),
	KIND(MEMORY_EXCHANGE),
	KIND(INTERRUPT_MESSAGE),
	KIND(TIMER_SET),
	KIND(CLOCK),
	KIND(SAVE_WAITS),
};
/* clang-format on */

bool to_c_is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t length = strspn(name, letters);

	return length > 0 && length <= NAME_LENGTH && name[length] == '\0' &&
	       strchr("0123456789", name[0]) == NULL;
}

static const char *name_of(unsigned int kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	return NULL;
}

/* False: this program does not know it. */
static bool put_kind(const struct vtd_record *record, FILE *to)
{
	const char *name = name_of(record->kind);

	if (name != NULL)
		return fputs(name, to) >= 0;
	name = name_of(record->kind - VTD_RECORD_RETURN);
	if (name == NULL || !show_knows(record->kind))
		return false;
	return fprintf(to, "%s + VTD_RECORD_RETURN", name) > 0;
}

/* A text that somebody recorded neither ends a comment nor begins one. */
static void put_comment(const struct vtd_record *record, uint64_t number,
			FILE *to)
{
	char text[SHOW_TEXT_MAX];

	show_record(text, record);
	for (char *at = text; (at = strchr(at, '*')) != NULL;)
		*at = '?';
	fprintf(to, "\t/* %" PRIu64 ": %s */\n", number, text);
}

static void put_values(const struct vtd_record *record, FILE *to)
{
	if (record->count == 0)
		return;
	fputs(",\n\t  REPLAYED_VALUES(", to);
	for (unsigned int i = 0; i < record->count; i++)
		fprintf(to, "%s0x%" PRIx64,
			i == 0	   ? "" :
			i % 4 == 0 ? ",\n\t\t\t  " :
				     ", ",
			record->value[i]);
	fputc(')', to);
}

static void put_bytes(const struct vtd_record *record, FILE *to)
{
	const uint8_t *bytes = record->bytes;

	if (record->length == 0)
		return;
	fputs(",\n\t  REPLAYED_BYTES(\"", to);
	for (size_t i = 0; i < record->length; i++)
		fprintf(to, "%s\\x%02x",
			i > 0 && i % BYTES_PER_LINE == 0 ? "\"\n\t\t\t \"" : "",
			bytes[i]);
	fputs("\")", to);
}

static bool put_record(const struct vtd_record *record, uint64_t number,
		       FILE *to)
{
	put_comment(record, number, to);
	fputs("\t{ .kind = ", to);
	if (!put_kind(record, to))
		return false;
	fprintf(to, ", .thread = %" PRIu32, record->thread);
	put_values(record, to);
	put_bytes(record, to);
	return fputs(" },\n", to) >= 0;
}

static const char *put_records(struct recording *recording, FILE *to)
{
	static char error[RECORDING_TEXT_MAX];
	enum recording_result result;
	struct vtd_record record;
	uint64_t number = 0;

	while ((result = recording_next(recording, &record)) ==
	       RECORDING_RECORD) {
		if (record.kind >= VTD_RECORD_REMARK)
			continue;
		if (++number > TO_C_RECORDS_MAX)
			return "it has too many records: shrink it first";
		if (!put_record(&record, number, to))
			return "it has a record that this program does not "
			       "know, or the test cannot be written";
	}
	snprintf(error, sizeof(error), "%s", recording_error(recording));
	if (result == RECORDING_BROKEN)
		return error;
	return number == 0 ? "it has no records" : NULL;
}

const char *to_c(FILE *from, const char *name, FILE *to)
{
	struct recording *recording = recording_open(from);
	const char *error;

	if (recording == NULL)
		return "no memory";
	fprintf(to,
		"/* SPDX-License-Identifier: BSD-3-Clause */\n"
		"/* A recording of a unit, made into a test by vtd replay --to-c %s.\n"
		" * docs/recording.md says what kinds and values are. */\n"
		"#include \"replayed.h\"\n\n"
		"static const struct vtd_record records[] = {\n",
		name);
	error = put_records(recording, to);
	fprintf(to,
		"};\n\n"
		"static void %s(void **state)\n"
		"{\n"
		"\t(void)state;\n"
		"\treplayed_check(records, sizeof(records) / sizeof(*records));\n"
		"}\n\n"
		"int main(void)\n"
		"{\n"
		"\tconst struct CMUnitTest tests[] = {\n"
		"\t\tcmocka_unit_test(%s),\n"
		"\t};\n\n"
		"\treturn RUN_TESTS(tests);\n"
		"}\n",
		name, name);
	recording_close(recording);
	return error;
}
