/* SPDX-License-Identifier: BSD-3-Clause */
#include "explanation.h"

#include <inttypes.h>
#include <stdio.h>

#include <vtd/spec/regs.h>

#include "advice.h"
#include "json.h"
#include "text.h"

static void rights_text(uint8_t rights, char text[4])
{
	snprintf(text, 4, "%s%s%s", rights & VTD_ACCESS_READ ? "r" : "",
		 rights & VTD_ACCESS_WRITE ? "w" : "", rights == 0 ? "-" : "");
}

/* "second-stage entry, level 3, for level 2 of the first stage" */
static void name_step(const struct vtd_step *step, char *text, size_t size)
{
	int at =
		snprintf(text, size, "%s", vtd_structure_name(step->structure));

	if (step->level != 0 && at > 0 && (size_t)at < size)
		at += snprintf(text + at, size - (size_t)at, ", level %u",
			       step->level);
	if (step->for_level != 0 && at > 0 && (size_t)at < size)
		snprintf(text + at, size - (size_t)at,
			 ", for level %u of the first stage", step->for_level);
}

static bool is_paging(const struct vtd_step *step)
{
	return step->structure == VTD_STRUCTURE_FIRST_STAGE_ENTRY ||
	       step->structure == VTD_STRUCTURE_SECOND_STAGE_ENTRY;
}

static size_t fields_of(const struct vtd_step *step,
			struct vtd_structure_field field[VTD_FIELDS_MAX])
{
	size_t count = vtd_structure_fields(step->structure, step->level,
					    step->word, field, VTD_FIELDS_MAX);

	return count < VTD_FIELDS_MAX ? count : VTD_FIELDS_MAX;
}

/* Fields that are not 0, and those with bits in error. */
static void show_fields(const struct vtd_step *step)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = fields_of(step, field);

	fputs("      ", stdout);
	for (size_t i = 0; i < count; i++)
		if (field[i].value != 0 ||
		    (step->error[field[i].word] & field[i].mask) != 0)
			printf(" %s=0x%" PRIx64, field[i].name, field[i].value);
	if (is_paging(step)) {
		char rights[4];

		rights_text(step->rights, rights);
		printf("  (rights left: %s)", rights);
	}
	putchar('\n');
}

/* Names of what is wrong in a word; bits that have no name as they are. */
static void show_error(const struct vtd_step *step)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = fields_of(step, field);

	for (unsigned int w = 0; w < step->words; w++) {
		uint64_t rest = step->error[w];

		if (rest == 0)
			continue;
		fputs("       ^ wrong:", stdout);
		for (size_t i = 0; i < count; i++)
			if (field[i].word == w && (rest & field[i].mask) != 0) {
				printf(" %s=0x%" PRIx64, field[i].name,
				       field[i].value);
				rest &= ~field[i].mask;
			}
		if (rest != 0)
			printf(" bits 0x%" PRIx64 " of word %u", rest, w);
		putchar('\n');
	}
}

static void show_step(const struct vtd_step *step, unsigned int number,
		      bool at_fault)
{
	char name[80];

	name_step(step, name, sizeof(name));
	printf("%s%3u %s", at_fault ? "*" : " ", number, name);
	if (step->guest)
		printf(" at guest-physical 0x%" PRIx64 ", 0x%" PRIx64,
		       step->guest_address, step->address);
	else if (step->address != 0)
		printf(" at 0x%" PRIx64, step->address);
	putchar('\n');
	if (step->words == 0) {
		puts("       cannot be read: there is no memory");
		return;
	}
	fputs("       ", stdout);
	for (unsigned int w = 0; w < step->words; w++)
		printf("%s%016" PRIx64,
		       w != 0 && w % 4 == 0 ? "\n        " : " ",
		       step->word[w]);
	putchar('\n');
	show_fields(step);
	show_error(step);
}

static void step_to_json(const struct vtd_step *step)
{
	struct vtd_structure_field field[VTD_FIELDS_MAX];
	size_t count = fields_of(step, field);
	char rights[4];

	json_open(NULL, '{');
	json_string("structure", vtd_structure_name(step->structure));
	json_count("level", step->level);
	json_count("for_level", step->for_level);
	json_hex("address", step->address);
	if (step->guest)
		json_hex("guest_address", step->guest_address);
	json_bool("readable", step->words != 0);
	json_open("words", '[');
	for (unsigned int w = 0; w < step->words; w++)
		json_hex(NULL, step->word[w]);
	json_close();
	json_open("error_bits", '[');
	for (unsigned int w = 0; w < step->words; w++)
		json_hex(NULL, step->error[w]);
	json_close();
	rights_text(step->rights, rights);
	if (is_paging(step))
		json_string("rights", rights);
	json_open("fields", '{');
	for (size_t i = 0; step->words != 0 && i < count; i++)
		json_hex(field[i].name, field[i].value);
	json_close();
	json_close();
}

static const char *status_text(enum vtd_status status)
{
	switch (status) {
	case VTD_STATUS_SUCCESS:
		return "success";
	case VTD_STATUS_UNSUPPORTED_REQUEST:
		return "unsupported request";
	case VTD_STATUS_COMPLETER_ABORT:
		return "completer abort";
	default:
		return "interrupt request";
	}
}

static const char *recording_text(enum vtd_recording recording)
{
	switch (recording) {
	case VTD_RECORDING_RECORDED:
		return "recorded";
	case VTD_RECORDING_SUPPRESSED:
		return "not recorded: FPD is set on the way";
	default:
		return "not recorded";
	}
}

/* What the image lacks.  The look-up ends there, so the fault may be ours. */
static void show_missing(const struct image *image, bool json)
{
	if (json && image->missed)
		json_hex("missing", image->missing);
	else if (image->missed)
		printf("What is at 0x%" PRIx64
		       " was not given: the rest is as if there were no memory.\n",
		       image->missing);
}

static void show_causes(enum vtd_condition condition,
			const struct message *fault, bool json)
{
	struct message with_reason = *fault;
	struct advice advice;

	with_reason.reason = vtd_condition_code(condition);
	advise_fault(&with_reason, &advice);
	if (json)
		json_open("causes", '[');
	for (size_t i = 0; i < advice.causes; i++)
		if (json)
			json_string(NULL, advice.cause[i]);
		else
			printf("%s %s\n", i == 0 ? "likely: " : "     or:",
			       advice.cause[i]);
	if (json)
		json_close();
}

static void show_condition(enum vtd_condition condition,
			   enum vtd_recording recording, bool json)
{
	if (json) {
		json_string("condition", vtd_condition_name(condition));
		json_string("text", vtd_condition_text(condition));
		json_hex("reason", vtd_condition_code(condition));
		json_string("recording", recording_text(recording));
	} else if (condition != VTD_CONDITION_NONE) {
		printf("%s: %s (fault reason %02xh, %s)\n",
		       vtd_condition_name(condition),
		       vtd_condition_text(condition),
		       vtd_condition_code(condition),
		       recording_text(recording));
	}
}

/* The unit found something else than there is now. */
static void show_contradiction(enum vtd_condition condition, uint8_t recorded,
			       const struct image *image, bool json)
{
	if (recorded == 0 || image->missed ||
	    vtd_condition_code(condition) == recorded)
		return;
	if (json)
		json_bool("contradiction", true);
	else
		printf("The unit recorded fault reason %02xh, and these tables "
		       "do not lead to that:\nthey were not flushed to memory "
		       "(ECAP.C is 0), or a cache was not invalidated, or they "
		       "have changed since.\n",
		       recorded);
}

static void say_request(const struct vtd_request *r, char *text, size_t size)
{
	char pasid[24] = "";

	if (r->pasid_present)
		snprintf(pasid, sizeof(pasid), " with PASID 0x%x", r->pasid);
	snprintf(text, size, "%s of %s%s at 0x%" PRIx64,
		 r->type == VTD_AT_TRANSLATION	? "translation request" :
		 r->access == VTD_ACCESS_WRITE	? "write" :
		 r->access == VTD_ACCESS_ATOMIC ? "atomic access" :
						  "read",
		 sid_text(r->sid).text, pasid, r->address);
}

static void show_result(const struct vtd_translation *result, bool json)
{
	bool translated = result->status == VTD_STATUS_SUCCESS &&
			  (result->read || result->write);
	char rights[4];

	rights_text((result->read ? VTD_ACCESS_READ : 0) |
			    (result->write ? VTD_ACCESS_WRITE : 0),
		    rights);
	if (json) {
		json_string("answer", status_text(result->status));
		json_string("rights", rights);
		if (translated)
			json_hex("translated", result->address);
		return;
	}
	printf("answer: %s", status_text(result->status));
	if (translated)
		printf(", 0x%" PRIx64 " (%s), in a block of 2^%u bytes",
		       result->address, rights, result->size_shift);
	else if (result->status == VTD_STATUS_SUCCESS)
		printf(", no access");
	putchar('\n');
}

static void show_steps(const struct vtd_step *step, uint32_t steps,
		       uint32_t fault_step, bool json)
{
	if (json)
		json_open("steps", '[');
	for (uint32_t i = 0; i < steps; i++)
		if (json)
			step_to_json(&step[i]);
		else
			show_step(&step[i], i + 1, i == fault_step);
	if (!json)
		return;
	json_close();
	if (fault_step != VTD_STEP_NONE)
		json_count("fault_step", fault_step);
}

void explain_request(struct vtd_unit *unit, struct image *image,
		     const struct vtd_request *request, uint8_t recorded,
		     bool json)
{
	const struct message fault = {
		.kind = MESSAGE_DMA_FAULT,
		.sid = request->sid,
		.pasid_present = request->pasid_present,
		.pasid = request->pasid,
		.address = request->address,
	};
	struct vtd_step step[VTD_STEPS_MAX];
	struct vtd_explanation why;
	char sentence[120];

	say_request(request, sentence, sizeof(sentence));
	vtd_unit_explain(unit, request, &why, step, VTD_STEPS_MAX);
	if (json) {
		json_open(NULL, '{');
		json_string("request", sentence);
	} else {
		puts(sentence);
	}
	show_steps(step, why.steps, why.fault_step, json);
	show_condition(why.result.condition, why.recording, json);
	show_result(&why.result, json);
	show_missing(image, json);
	show_contradiction(why.result.condition, recorded, image, json);
	if (!image->missed)
		show_causes(why.result.condition, &fault, json);
	if (json)
		json_close();
}

static void show_interrupt(const struct vtd_interrupt *result, bool json)
{
	if (json) {
		json_bool("blocked", result->blocked);
		json_bool("posted", result->posted);
		json_hex("message_address", result->address);
		json_hex("message_data", result->data);
		return;
	}
	if (result->blocked)
		puts("answer: blocked");
	else if (result->posted && !result->notify)
		puts("answer: posted, no notification");
	else
		printf("answer: %s 0x%x to 0x%" PRIx64 "\n",
		       result->posted ? "posted; notification" : "message",
		       result->data, result->address);
}

void explain_interrupt(struct vtd_unit *unit, struct image *image,
		       const struct vtd_interrupt_request *request, bool json)
{
	struct message fault = {
		.kind = MESSAGE_INTERRUPT_FAULT,
		.sid = request->sid,
	};
	struct vtd_step step[VTD_INTERRUPT_STEPS_MAX];
	struct vtd_interrupt_explanation why;
	char sentence[120];

	snprintf(sentence, sizeof(sentence),
		 "interrupt request of %s: 0x%x to 0x%" PRIx64,
		 sid_text(request->sid).text, request->data, request->address);
	vtd_unit_interrupt_explain(unit, request, &why, step,
				   VTD_INTERRUPT_STEPS_MAX);
	fault.address = why.index;
	if (json) {
		json_open(NULL, '{');
		json_string("request", sentence);
		json_bool("remappable", why.remappable);
		json_count("index", why.index);
	} else {
		puts(sentence);
		if (why.remappable)
			printf("in remappable format, index 0x%x\n", why.index);
	}
	show_steps(step, why.steps, why.fault_step, json);
	show_condition(why.result.condition, why.recording, json);
	show_interrupt(&why.result, json);
	show_missing(image, json);
	if (!image->missed)
		show_causes(why.result.condition, &fault, json);
	if (json)
		json_close();
}
