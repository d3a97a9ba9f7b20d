/* SPDX-License-Identifier: BSD-3-Clause */
#include "explanation.h"

#include <inttypes.h>
#include <stdio.h>

#include <vtd/spec/regs.h>

#include "advice.h"
#include "json.h"
#include "steps.h"
#include "text.h"

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

static void show_advice(const struct advice *advice, bool json)
{
	if (json)
		json_open("causes", '[');
	for (size_t i = 0; i < advice->causes; i++)
		if (json)
			json_string(NULL, advice->cause[i]);
		else
			printf("%s %s\n", i == 0 ? "likely: " : "     or:",
			       advice->cause[i]);
	if (json)
		json_close();
}

static void show_causes(enum vtd_condition condition,
			const struct message *fault, bool json)
{
	struct message with_reason = *fault;
	struct advice advice;

	with_reason.reason = vtd_condition_code(condition);
	advise_fault(&with_reason, &advice);
	show_advice(&advice, json);
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

#define SENTENCE_MAX 120

/* `fault`: who, and where */
static void say(const char *what, const struct message *fault,
		char text[SENTENCE_MAX])
{
	char pasid[24] = "";

	if (fault->pasid_present)
		snprintf(pasid, sizeof(pasid), " with PASID 0x%x",
			 fault->pasid);
	snprintf(text, SENTENCE_MAX, "%s of %s%s at 0x%" PRIx64, what,
		 sid_text(fault->sid).text, pasid, fault->address);
}

static const char *request_text(const struct vtd_request *r)
{
	return r->type == VTD_AT_TRANSLATION  ? "translation request" :
	       r->access == VTD_ACCESS_WRITE  ? "write" :
	       r->access == VTD_ACCESS_ATOMIC ? "atomic access" :
						"read";
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
	char sentence[SENTENCE_MAX];

	say(request_text(request), &fault, sentence);
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
	char sentence[SENTENCE_MAX];

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

static const char *page_result_text(enum vtd_page_request_result result)
{
	switch (result) {
	case VTD_PAGE_REQUEST_QUEUED:
		return "queued for software";
	case VTD_PAGE_REQUEST_OVERFLOWED:
		return "success without a page: the queue takes nothing";
	case VTD_PAGE_REQUEST_REFUSED:
		return "invalid request";
	default:
		return "none: the unit has no page requests (ECAP.PRS)";
	}
}

/* Of a queue that nobody knows, as of one that does not matter, nothing is said. */
static void show_page_queue(const struct vtd_page_request_explanation *why,
			    const struct page_queue *queue, bool json)
{
	bool asked = why->result == VTD_PAGE_REQUEST_QUEUED ||
		     why->result == VTD_PAGE_REQUEST_OVERFLOWED;

	if (json)
		json_bool("queue_known", queue->known);
	if (json && (queue->known || why->overflowed))
		json_bool("overflowed", why->overflowed);
	if (json && queue->known) {
		json_count("waiting", why->waiting);
		json_count("capacity", why->capacity);
	}
	if (json || !asked)
		return;
	if (!queue->known && !why->overflowed)
		puts("Where the queue is was not given (PQA, PQH, PQT): if it "
		     "has room.");
	if (queue->known)
		printf("queue: %u of %u places are taken\n", why->waiting,
		       why->capacity);
	if (why->overflowed)
		puts("Requests were lost (PRS.PRO): until software clears "
		     "that, the queue takes nothing.");
}

static void show_page_causes(const struct vtd_page_request_explanation *why,
			     const struct message *fault, bool json)
{
	const struct message overflow = { .kind = MESSAGE_PAGE_OVERFLOW };
	struct advice advice;

	if (why->result != VTD_PAGE_REQUEST_OVERFLOWED) {
		show_causes(why->condition, fault, json);
		return;
	}
	advise_queue(&overflow, &advice);
	show_advice(&advice, json);
}

/* The unit of an image cannot have PRO set: hardware does that. */
static void overflow(struct vtd_page_request_explanation *why)
{
	why->overflowed = true;
	if (why->result == VTD_PAGE_REQUEST_QUEUED)
		why->result = VTD_PAGE_REQUEST_OVERFLOWED;
}

void explain_page_request(struct vtd_unit *unit, struct image *image,
			  const struct vtd_page_request *request,
			  const struct page_queue *queue, bool json)
{
	const struct message fault = {
		.kind = MESSAGE_PAGE_REQUEST,
		.sid = request->sid,
		.pasid_present = request->pasid_present,
		.pasid = request->pasid,
		.address = request->address,
	};
	struct vtd_step step[VTD_PAGE_REQUEST_STEPS_MAX];
	struct vtd_page_request_explanation why;
	char sentence[SENTENCE_MAX];

	say("page request", &fault, sentence);
	vtd_unit_page_request_explain(unit, request, &why, step,
				      VTD_PAGE_REQUEST_STEPS_MAX);
	if (queue->overflowed)
		overflow(&why);
	if (json) {
		json_open(NULL, '{');
		json_string("request", sentence);
		json_string("answer", page_result_text(why.result));
	} else {
		puts(sentence);
	}
	show_steps(step, why.steps, why.fault_step, json);
	show_condition(why.condition, why.recording, json);
	if (!json)
		printf("answer: %s\n", page_result_text(why.result));
	show_page_queue(&why, queue, json);
	show_missing(image, json);
	if (!image->missed)
		show_page_causes(&why, &fault, json);
	if (json)
		json_close();
}
