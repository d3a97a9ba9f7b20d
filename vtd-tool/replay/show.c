/* SPDX-License-Identifier: BSD-3-Clause */
#include "show.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How a value is written. */
enum form {
	HEX,
	DECIMAL,
	SOURCE_ID,
	CONDITION,
	FLAGS, /* by the names of its bits */
	NAMED, /* by the name of each value */
};

struct value_row {
	const char *name;
	enum form form;
	const char *names[12];
};

struct kind_row {
	uint8_t kind;
	const char *name;
	struct value_row value[24];
};

/* clang-format off */
#define SID { "sid", SOURCE_ID, { NULL } }
#define ADDRESS { "address", HEX, { NULL } }
#define PASID { "pasid", HEX, { NULL } }
#define PHASE { "phase", DECIMAL, { NULL } }
#define REQUEST_VALUES \
	SID, \
	{ "type", NAMED, { "untranslated", "translation", "translated" } }, \
	{ "access", NAMED, { "zero-length read", "read", "write", "atomic" } }, \
	{ "with", FLAGS, { "pasid", "privileged", "execute", "no-write" } }, \
	PASID, ADDRESS, { "length", DECIMAL, { NULL } }
#define REQUEST { REQUEST_VALUES }
#define TRANSLATION_VALUES \
	{ "status", NAMED, { "success", "unsupported request", \
			     "completer abort", "interrupt" } }, \
	{ "rights", FLAGS, { "read", "write", "untranslated-only", \
			     "privileged", "snoop" } }, \
	{ "shift", DECIMAL, { NULL } }, ADDRESS, \
	{ "condition", CONDITION, { NULL } }
#define TRANSLATION { TRANSLATION_VALUES }
#define INTERRUPT_REQUEST { \
	SID, { "with", FLAGS, { "sid-unknown" } }, ADDRESS, \
	{ "data", HEX, { NULL } } }
#define INTERRUPT { \
	{ "is", FLAGS, { "blocked", "posted", "notify", "level" } }, ADDRESS, \
	{ "data", HEX, { NULL } }, { "condition", CONDITION, { NULL } } }
#define NOTICE_ANSWER { { "answer", NAMED, { "dealt with", "pending" } } }

static const struct kind_row rows[] = {
	{ VTD_RECORD_CONFIG, "configuration", { { "callbacks", FLAGS, {
		"device_tlb_invalidate", "page_group_response", "timer_set",
		"clock", "mappings_changed", "interrupts_changed", "trace",
		"stale_use", "lint" } } } },
	{ VTD_RECORD_READ, "read register", {
		{ "offset", HEX, { NULL } }, { "size", DECIMAL, { NULL } } } },
	{ VTD_RECORD_READ + 1, "... returns", { { "value", HEX, { NULL } } } },
	{ VTD_RECORD_WRITE, "write register", {
		{ "offset", HEX, { NULL } }, { "value", HEX, { NULL } },
		{ "size", DECIMAL, { NULL } } } },
	{ VTD_RECORD_WRITE + 1, "... write returns", { { 0 } } },
	{ VTD_RECORD_TRANSLATE, "translate", REQUEST },
	{ VTD_RECORD_TRANSLATE + 1, "... translation", TRANSLATION },
	{ VTD_RECORD_PROBE, "probe", REQUEST },
	{ VTD_RECORD_PROBE + 1, "... translation", TRANSLATION },
	{ VTD_RECORD_REQUESTER, "requester?", {
		SID, { "pasid-present", DECIMAL, { NULL } }, PASID } },
	{ VTD_RECORD_REQUESTER + 1, "... requester", {
		{ "state", NAMED, { "off", "blocked", "pass-through",
				    "translated" } },
		{ "condition", CONDITION, { NULL } },
		{ "did", HEX, { NULL } },
		{ "with", FLAGS, { "legacy", "translation-requests",
				   "page-requests" } },
		PASID,
		{ "first-stage-levels", DECIMAL, { NULL } },
		{ "second-stage-levels", DECIMAL, { NULL } },
		{ "first-stage-root", HEX, { NULL } },
		{ "second-stage-root", HEX, { NULL } } } },
	{ VTD_RECORD_DMA_BEGIN, "DMA begins", { { 0 } } },
	{ VTD_RECORD_DMA_BEGIN + 1, "... bracket", { PHASE } },
	{ VTD_RECORD_DMA_END, "DMA ends", { PHASE } },
	{ VTD_RECORD_DMA_END + 1, "... returns", { { 0 } } },
	{ VTD_RECORD_DEVICE_TLB_COMPLETE, "device-TLB completion", {
		SID, { "itags", HEX, { NULL } }, { "count", DECIMAL, { NULL } } } },
	{ VTD_RECORD_DEVICE_TLB_COMPLETE + 1, "... completion returns",
		{ { 0 } } },
	{ VTD_RECORD_NOTICE_DONE, "notice is dealt with", { PHASE } },
	{ VTD_RECORD_NOTICE_DONE + 1, "... returns", { { 0 } } },
	{ VTD_RECORD_TIMER_EXPIRED, "timer expired", { { 0 } } },
	{ VTD_RECORD_TIMER_EXPIRED + 1, "... returns", { { 0 } } },
	{ VTD_RECORD_PAGE_REQUEST, "page request", {
		SID, { "with", FLAGS, { "pasid", "privileged", "execute", "read",
					"write", "last", "no-response" } },
		PASID, { "prgi", HEX, { NULL } }, ADDRESS } },
	{ VTD_RECORD_PAGE_REQUEST + 1, "... page request", { { "result", NAMED, {
		"queued", "overflowed", "refused", "unsupported" } } } },
	{ VTD_RECORD_INTERRUPT, "interrupt", INTERRUPT_REQUEST },
	{ VTD_RECORD_INTERRUPT + 1, "... interrupt", INTERRUPT },
	{ VTD_RECORD_INTERRUPT_PROBE, "interrupt probe", INTERRUPT_REQUEST },
	{ VTD_RECORD_INTERRUPT_PROBE + 1, "... interrupt", INTERRUPT },
	{ VTD_RECORD_RESET, "reset", {
		{ "kind", NAMED, { "power good", "warm" } } } },
	{ VTD_RECORD_RESET + 1, "... reset returns", { { 0 } } },
	{ VTD_RECORD_SAVE, "save", { { "size", DECIMAL, { NULL } } } },
	{ VTD_RECORD_SAVE + 1, "... state", { { "needed", DECIMAL, { NULL } } } },
	{ VTD_RECORD_LOAD, "load", { { 0 } } },
	{ VTD_RECORD_LOAD + 1, "... load", {
		{ "result", NAMED, { "loaded", "refused" } } } },
	{ VTD_RECORD_DEVICE_TLB_USED, "device used its TLB", {
		REQUEST_VALUES, TRANSLATION_VALUES } },
	{ VTD_RECORD_DEVICE_TLB_USED + 1, "... returns", { { 0 } } },
	{ VTD_RECORD_STALE_USE, "callback: stale use", {
		{ "cache", NAMED, { "context", "pasid", "first-stage table",
				    "second-stage table", "iotlb",
				    "device-TLB" } },
		{ "did", HEX, { NULL } }, PASID, { "uses", DECIMAL, { NULL } },
		{ "waits", DECIMAL, { NULL } }, { "near", DECIMAL, { NULL } },
		REQUEST_VALUES, TRANSLATION_VALUES, TRANSLATION_VALUES } },
	{ VTD_RECORD_LINT, "callback: lint", {
		{ "lint", DECIMAL, { NULL } }, SID, PASID, ADDRESS,
		{ "value", HEX, { NULL } }, { "count", DECIMAL, { NULL } } } },
	{ VTD_RECORD_LINT + 1, "... host returns", { { 0 } } },
	{ VTD_RECORD_STALE_USE + 1, "... host returns", { { 0 } } },
	{ VTD_RECORD_DEVICE_TLB_INVALIDATE, "callback: invalidate device-TLB", {
		SID, { "itag", DECIMAL, { NULL } },
		{ "with", FLAGS, { "pasid", "global" } }, PASID,
		{ "first", HEX, { NULL } }, { "last", HEX, { NULL } },
		{ "pfsid", HEX, { NULL } } } },
	{ VTD_RECORD_DEVICE_TLB_INVALIDATE + 1, "... host", {
		{ "answer", NAMED, { "sent", "busy", "no endpoint" } } } },
	{ VTD_RECORD_PAGE_GROUP_RESPONSE, "callback: page group response", {
		SID, { "with", FLAGS, { "pasid" } }, PASID,
		{ "prgi", HEX, { NULL } }, { "code", HEX, { NULL } } } },
	{ VTD_RECORD_PAGE_GROUP_RESPONSE + 1, "... host returns", { { 0 } } },
	{ VTD_RECORD_MAPPINGS_CHANGED, "callback: mappings changed", {
		PHASE, { "scope", NAMED, { "global", "device", "domain",
					   "range" } },
		SID, { "sid-mask", HEX, { NULL } }, { "did", HEX, { NULL } },
		{ "with", FLAGS, { "pasid" } }, PASID,
		{ "first", HEX, { NULL } }, { "last", HEX, { NULL } } } },
	{ VTD_RECORD_MAPPINGS_CHANGED + 1, "... host", NOTICE_ANSWER },
	{ VTD_RECORD_INTERRUPTS_CHANGED, "callback: interrupts changed", {
		PHASE, { "first", DECIMAL, { NULL } },
		{ "last", DECIMAL, { NULL } } } },
	{ VTD_RECORD_INTERRUPTS_CHANGED + 1, "... host", NOTICE_ANSWER },
	{ VTD_RECORD_MEMORY_READ, "memory read", { ADDRESS } },
	{ VTD_RECORD_MEMORY_READ_FAILED, "memory read, not RAM", {
		ADDRESS, { "length", DECIMAL, { NULL } } } },
	{ VTD_RECORD_MEMORY_WRITE, "memory write", { ADDRESS } },
	{ VTD_RECORD_MEMORY_WRITE_FAILED, "memory write, not RAM", { ADDRESS } },
	{ VTD_RECORD_MEMORY_EXCHANGE, "memory compare-and-swap", {
		ADDRESS, { "expected", HEX, { NULL } },
		{ "desired", HEX, { NULL } },
		{ "outcome", NAMED, { "found another", "swapped", "not RAM" } },
		{ "found", HEX, { NULL } } } },
	{ VTD_RECORD_INTERRUPT_MESSAGE, "interrupt message", {
		ADDRESS, { "data", HEX, { NULL } } } },
	{ VTD_RECORD_TIMER_SET, "timer set", {
		{ "nanoseconds", DECIMAL, { NULL } } } },
	{ VTD_RECORD_CLOCK, "clock", { { "now", DECIMAL, { NULL } } } },
	{ VTD_RECORD_SAVE_WAITS, "save waits for callbacks", { { 0 } } },
};
/* clang-format on */

#define VALUES_SHOWN (sizeof(rows->value) / sizeof(rows->value[0]))
#define NAMES (sizeof(rows->value->names) / sizeof(rows->value->names[0]))

static const struct kind_row *row_of(unsigned int kind)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].kind == kind)
			return &rows[i];
	return NULL;
}

bool show_knows(unsigned int kind)
{
	return row_of(kind) != NULL;
}

static void __attribute__((format(printf, 2, 3)))
add(char *text, const char *format, ...)
{
	size_t at = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + at, SHOW_TEXT_MAX - at, format, arguments);
	va_end(arguments);
}

static void add_flags(char *text, const struct value_row *row, uint64_t value)
{
	const char *between = "";

	if (value == 0)
		add(text, "-");
	for (unsigned int bit = 0; bit < NAMES; bit++) {
		if ((value >> bit & 1) == 0 || row->names[bit] == NULL)
			continue;
		add(text, "%s%s", between, row->names[bit]);
		value &= ~(UINT64_C(1) << bit);
		between = ",";
	}
	if (value != 0)
		add(text, "%s0x%" PRIx64, between, value);
}

static void add_value(char *text, const struct value_row *row, uint64_t value)
{
	add(text, " %s=", row->name);
	switch (row->form) {
	case DECIMAL:
		add(text, "%" PRIu64, value);
		return;
	case SOURCE_ID:
		add(text, "%02x:%02x.%x", (unsigned int)(value >> 8 & 0xff),
		    (unsigned int)(value >> 3 & 0x1f),
		    (unsigned int)(value & 7));
		return;
	case CONDITION:
		add(text, "%s",
		    value > INT32_MAX ?
			    "?" :
			    vtd_condition_name((enum vtd_condition)value));
		return;
	case FLAGS:
		add_flags(text, row, value);
		return;
	case NAMED:
		if (value < NAMES && row->names[value] != NULL) {
			add(text, "%s", row->names[value]);
			return;
		}
		break;
	case HEX:
		break;
	}
	add(text, "0x%" PRIx64, value);
}

static void add_bytes(char *text, const struct vtd_record *record)
{
	const unsigned char *bytes = record->bytes;

	if (record->length == 0)
		return;
	add(text, " %zu bytes", record->length);
	if (bytes == NULL)
		return;
	add(text, ":");
	for (size_t i = 0; i < record->length && i < 64; i++)
		add(text, "%s%02x", i % 8 == 0 ? " " : "", bytes[i]);
	if (record->length > 64)
		add(text, " ...");
}

static void add_text(char *text, const struct vtd_record *record)
{
	const char *bytes = record->bytes;

	add(text, " ");
	for (size_t i = 0; i < record->length && i < 200; i++)
		add(text, "%c",
		    bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '?');
}

const char *show_record(char text[SHOW_TEXT_MAX],
			const struct vtd_record *record)
{
	const struct kind_row *row = row_of(record->kind);

	text[0] = '\0';
	if (record->kind >= VTD_RECORD_REMARK) {
		add(text, "remark:");
		add_text(text, record);
		return text;
	}
	if (row == NULL) {
		add(text, "unknown kind 0x%02x", (unsigned int)record->kind);
		return text;
	}
	add(text, "%s", row->name);
	for (size_t i = 0; i < VALUES_SHOWN && row->value[i].name != NULL; i++)
		add_value(text, &row->value[i],
			  i < record->count ? record->value[i] : 0);
	if (record->kind == VTD_RECORD_CONFIG)
		add_text(text, record);
	else
		add_bytes(text, record);
	return text;
}
