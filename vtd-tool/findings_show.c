/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vtd/fault.h>
#include <vtd/registers.h>
#include <vtd/spec/descriptors.h>
#include <vtd/spec/regs.h>

#include "advice.h"
#include "findings.h"
#include "json.h"
#include "text.h"

#define SENTENCE_MAX 240

static const char *descriptor_name(uint64_t word)
{
	static const char *const name[] = {
		NULL,
		"context-cache invalidation",
		"IOTLB invalidation",
		"device-TLB invalidation",
		"interrupt entry cache invalidation",
		"invalidation wait",
		"PASID-based IOTLB invalidation",
		"PASID-cache invalidation",
		"PASID-based device-TLB invalidation",
		"page group response",
	};
	uint64_t type = vtd_field_get(word, VTD_DESC0_TYPE_HIGH) << 4 |
			vtd_field_get(word, VTD_DESC0_TYPE_LOW);

	return type < sizeof(name) / sizeof(*name) && type != 0 ?
		       name[type] :
		       "descriptor of an unknown type";
}

static uint16_t descriptor_sid(uint64_t word)
{
	uint64_t type = vtd_field_get(word, VTD_DESC0_TYPE_LOW);

	return (uint16_t)vtd_field_get(word, type == VTD_DESC_DEVICE_TLB ?
						     VTD_DESC_DTLB0_SID :
						     VTD_DESC_PDTLB0_SID);
}

static void say_fault(const struct message *m, char *text)
{
	char pasid[24] = "";

	if (m->pasid_present)
		snprintf(pasid, sizeof(pasid), " with PASID 0x%x", m->pasid);
	if (m->kind == MESSAGE_DMA_FAULT)
		snprintf(text, SENTENCE_MAX,
			 "DMA %s of %s%s at 0x%" PRIx64 " was refused",
			 m->write ? "write" : "read", sid_text(m->sid).text,
			 pasid, m->address);
	else
		snprintf(
			text, SENTENCE_MAX,
			"interrupt request of %s was refused, index 0x%" PRIx64,
			sid_text(m->sid).text, m->address);
}

/* The switches of FSTS that are set, by name. */
static void say_status(const struct message *m, char *text)
{
	const struct vtd_register_info *info = vtd_register_by_name("FSTS");
	size_t at = (size_t)snprintf(text, SENTENCE_MAX,
				     "fault status 0x%" PRIx64 ":", m->value);

	for (size_t i = 0; i < info->fields && at < SENTENCE_MAX; i++)
		if ((m->value & info->field[i].mask & 0xff) != 0)
			at += (size_t)snprintf(text + at, SENTENCE_MAX - at,
					       " %s (%s)", info->field[i].name,
					       info->field[i].text);
}

static const char *queue_error_name(uint64_t value)
{
	const struct vtd_field_info *field =
		&vtd_register_by_name("IQERCD")->field[0];

	return value < field->values ? field->value[value] : "undefined";
}

static void say_descriptor(const struct message *m, char *text)
{
	uint64_t type = vtd_field_get(m->word[0], VTD_DESC0_TYPE_LOW);
	bool device = type == VTD_DESC_DEVICE_TLB ||
		      type == VTD_DESC_PASID_DEVICE_TLB;

	snprintf(text, SENTENCE_MAX,
		 "%s of the invalidation queue: %s%s%s (0x%" PRIx64
		 ", 0x%" PRIx64 ")",
		 m->note, descriptor_name(m->word[0]), device ? " of " : "",
		 device ? sid_text(descriptor_sid(m->word[0])).text : "",
		 m->word[0], m->word[1]);
}

static void say_page_request(const struct message *m, char *text)
{
	uint64_t sid = vtd_field_get(m->word[0], VTD_PRD0_RID);

	if (!m->has_words) {
		snprintf(text, SENTENCE_MAX,
			 "the system refused a page request: %s", m->note);
		return;
	}
	snprintf(text, SENTENCE_MAX,
		 "the system refused a page request (%s): %s, PASID 0x%" PRIx64
		 ", address 0x%" PRIx64,
		 m->note, sid_text((uint16_t)sid).text,
		 vtd_field_get(m->word[0], VTD_PRD0_PASID),
		 (uint64_t)(m->word[1] & VTD_PRD1_ADDRESS));
}

/* What a message says, in one sentence. */
static void say(const struct message *m, char text[SENTENCE_MAX])
{
	switch (m->kind) {
	case MESSAGE_DMA_FAULT:
	case MESSAGE_INTERRUPT_FAULT:
		say_fault(m, text);
		break;
	case MESSAGE_FAULT_STATUS:
		say_status(m, text);
		break;
	case MESSAGE_QUEUE_ERROR:
		snprintf(text, SENTENCE_MAX,
			 "invalidation queue error 0x%" PRIx64 ": %s", m->value,
			 queue_error_name(m->value));
		break;
	case MESSAGE_QUEUE_TIMEOUT:
		snprintf(text, SENTENCE_MAX,
			 "%s did not answer a device-TLB invalidation in time",
			 sid_text(m->sid).text);
		break;
	case MESSAGE_BAD_COMPLETION:
		snprintf(text, SENTENCE_MAX,
			 "%s completed an invalidation that was none of its",
			 sid_text(m->sid).text);
		break;
	case MESSAGE_DESCRIPTOR:
		say_descriptor(m, text);
		break;
	case MESSAGE_PAGE_REQUEST:
		say_page_request(m, text);
		break;
	case MESSAGE_PAGE_OVERFLOW:
		snprintf(text, SENTENCE_MAX,
			 "the page request queue was full, requests were lost");
		break;
	case MESSAGE_SUPPRESSED:
		snprintf(text, SENTENCE_MAX,
			 "%" PRIu64 " interrupts with faults were not printed",
			 m->value);
		break;
	default:
		text[0] = '\0';
		break;
	}
}

/* Conditions that share a code. */
static void show_conditions(uint8_t code, bool json)
{
	if (json)
		json_open("conditions", '[');
	for (unsigned int i = 1; code != 0 && i < VTD_CONDITIONS; i++) {
		enum vtd_condition condition = (enum vtd_condition)i;

		if (vtd_condition_code(condition) != code)
			continue;
		if (json) {
			json_open(NULL, '{');
			json_string("name", vtd_condition_name(condition));
			json_string("text", vtd_condition_text(condition));
			json_close();
		} else {
			printf("    %-7s %s\n", vtd_condition_name(condition),
			       vtd_condition_text(condition));
		}
	}
	if (json)
		json_close();
}

static void show_advice(const struct advice *advice, bool json)
{
	if (json) {
		json_string("entry", advice->entry);
		json_open("causes", '[');
	} else if (advice->entry[0] != '\0') {
		printf("    look at: %s\n", advice->entry);
	}
	for (size_t i = 0; i < advice->causes; i++) {
		if (json)
			json_string(NULL, advice->cause[i]);
		else
			printf("    %s %s\n", i == 0 ? "likely: " : "     or:",
			       advice->cause[i]);
	}
	if (json)
		json_close();
}

static void show_range(const struct finding *f)
{
	printf("    %u times", f->count);
	if (f->lowest != f->highest)
		printf(", from 0x%" PRIx64 " to 0x%" PRIx64, f->lowest,
		       f->highest);
	putchar('\n');
}

static void show_text(const struct finding *f, const char *sentence,
		      bool is_fault)
{
	printf("line %u: %s\n", f->line, sentence);
	if (f->count > 1)
		show_range(f);
	if (!is_fault)
		return;
	if (f->message.has_reason)
		printf("    fault reason %02xh\n", f->message.reason);
	else
		puts("    without a fault reason: its line is missing");
	show_conditions(f->message.reason, false);
}

static void show_json(const struct finding *f, const char *sentence,
		      bool is_fault)
{
	const struct message *m = &f->message;

	json_count("line", f->line);
	json_count("count", f->count);
	json_string("text", sentence);
	if (!is_fault)
		return;
	json_string("type", m->kind == MESSAGE_INTERRUPT_FAULT ? "interrupt" :
			    m->write			       ? "write" :
								 "read");
	json_string("sid", sid_text(m->sid).text);
	if (m->pasid_present)
		json_hex("pasid", m->pasid);
	json_hex("address", m->address);
	json_hex("lowest", f->lowest);
	json_hex("highest", f->highest);
	if (m->has_reason)
		json_hex("reason", m->reason);
	show_conditions(m->reason, true);
}

static void show(const struct finding *f, bool json)
{
	bool is_fault = f->message.kind == MESSAGE_DMA_FAULT ||
			f->message.kind == MESSAGE_INTERRUPT_FAULT;
	char sentence[SENTENCE_MAX];
	struct advice advice;

	say(&f->message, sentence);
	if (is_fault)
		advise_fault(&f->message, &advice);
	else
		advise_queue(&f->message, &advice);
	if (json) {
		json_open(NULL, '{');
		show_json(f, sentence, is_fault);
	} else {
		show_text(f, sentence, is_fault);
	}
	show_advice(&advice, json);
	if (json)
		json_close();
}

void findings_show(const struct findings *findings, bool json)
{
	if (json)
		json_open("findings", '[');
	for (unsigned int i = 0; i < findings->count; i++)
		show(&findings->finding[i], json);
	if (json) {
		json_close();
		json_count("lines", findings->lines);
		json_count("dropped", findings->dropped);
	}
}
