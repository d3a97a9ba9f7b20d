/* SPDX-License-Identifier: BSD-3-Clause */
/* vtd explain: why a request ends as it does, from an image of memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explanation.h"
#include "text.h"
#include "tool.h"
#include "unit_options.h"

static const char help[] =
	"usage: vtd explain --image FILE[@ADDRESS]... [UNIT] [REQUEST] [--json]\n"
	"Looks a request up in an image of physical memory, and shows each structure\n"
	"on the way.\n" UNIT_OPTIONS_HELP "The request:\n"
	"  --sid 00:02.0      who makes it\n"
	"  --pasid N          with a PASID (decimal, or 0x...)\n"
	"  --privileged       with that, privileged\n"
	"  --read ADDRESS, --write ADDRESS, --translate ADDRESS\n"
	"  --page-request ADDRESS\n"
	"  --interrupt ADDRESS --data VALUE\n"
	"  --reason CODE      the fault reason that was recorded for it (0x...)\n"
	"  --json             for programs\n";

enum kind { KIND_NONE, KIND_DMA, KIND_PAGE, KIND_INTERRUPT };

struct job {
	struct unit_options unit;
	enum kind kind;
	bool has_sid;
	struct vtd_request request;
	struct vtd_interrupt_request interrupt;
	uint8_t reason;
	bool json;
};

enum {
	OPTION_SID = 1,
	OPTION_PASID,
	OPTION_PRIVILEGED,
	OPTION_READ,
	OPTION_WRITE,
	OPTION_TRANSLATE,
	OPTION_PAGE_REQUEST,
	OPTION_INTERRUPT,
	OPTION_DATA,
	OPTION_REASON,
	OPTION_JSON,
};

static const struct option options[] = {
	UNIT_OPTIONS,
	{ "sid", required_argument, NULL, OPTION_SID },
	{ "pasid", required_argument, NULL, OPTION_PASID },
	{ "privileged", no_argument, NULL, OPTION_PRIVILEGED },
	{ "read", required_argument, NULL, OPTION_READ },
	{ "write", required_argument, NULL, OPTION_WRITE },
	{ "translate", required_argument, NULL, OPTION_TRANSLATE },
	{ "page-request", required_argument, NULL, OPTION_PAGE_REQUEST },
	{ "interrupt", required_argument, NULL, OPTION_INTERRUPT },
	{ "data", required_argument, NULL, OPTION_DATA },
	{ "reason", required_argument, NULL, OPTION_REASON },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static bool take_dma(struct job *job, int option, const char *text)
{
	job->kind = KIND_DMA;
	job->request.type = option == OPTION_TRANSLATE ? VTD_AT_TRANSLATION :
							 VTD_AT_UNTRANSLATED;
	job->request.access = option == OPTION_WRITE ? VTD_ACCESS_WRITE :
						       VTD_ACCESS_READ;
	job->request.length = 4;
	return parse_hex(text, &job->request.address);
}

static bool take_page_request(struct job *job, const char *text)
{
	job->kind = KIND_PAGE;
	return parse_hex(text, &job->request.address);
}

static bool take_interrupt(struct job *job, const char *text)
{
	job->kind = KIND_INTERRUPT;
	return parse_hex(text, &job->interrupt.address);
}

static bool take_data(struct job *job, const char *text)
{
	uint64_t value;

	if (!parse_hex(text, &value) || value > UINT32_MAX)
		return false;
	job->interrupt.data = (uint32_t)value;
	return true;
}

static bool take_pasid(struct job *job, const char *text)
{
	uint64_t value;

	if (!parse_count(text, &value) || value > VTD_PASID_MAX)
		return false;
	job->request.pasid_present = true;
	job->request.pasid = (uint32_t)value;
	return true;
}

static bool take_sid(struct job *job, const char *text)
{
	job->has_sid = parse_sid(text, &job->request.sid);
	job->interrupt.sid = job->request.sid;
	return job->has_sid;
}

static bool take_reason(struct job *job, const char *text)
{
	uint64_t value;

	if (!parse_count(text, &value) || value > UINT8_MAX)
		return false;
	job->reason = (uint8_t)value;
	return true;
}

static bool take_option(void *opaque, int option, const char *text)
{
	struct job *job = opaque;

	switch (option) {
	case OPTION_SID:
		return take_sid(job, text);
	case OPTION_PASID:
		return take_pasid(job, text);
	case OPTION_PRIVILEGED:
		job->request.privileged = true;
		return true;
	case OPTION_READ:
	case OPTION_WRITE:
	case OPTION_TRANSLATE:
		return take_dma(job, option, text);
	case OPTION_PAGE_REQUEST:
		return take_page_request(job, text);
	case OPTION_INTERRUPT:
		return take_interrupt(job, text);
	case OPTION_DATA:
		return take_data(job, text);
	case OPTION_REASON:
		return take_reason(job, text);
	case OPTION_JSON:
		job->json = true;
		return true;
	default:
		return false;
	}
}

static const char *lacks(const void *opaque)
{
	const struct job *job = opaque;

	if (job->kind == KIND_NONE)
		return "a request is missing: --read, --write, --translate, "
		       "--page-request or --interrupt, with an address";
	if (!job->has_sid)
		return "who makes the request is missing: --sid 00:02.0";
	return unit_options_lack(&job->unit, job->kind == KIND_INTERRUPT);
}

/* Which rights it asks for makes no difference. */
static void explain_page(struct job *job, struct vtd_unit *unit)
{
	const struct vtd_request *request = &job->request;
	const struct vtd_page_request page_request = {
		.sid = request->sid,
		.pasid_present = request->pasid_present,
		.pasid = request->pasid,
		.privileged = request->privileged,
		.read = true,
		.last = true,
		.address = request->address,
	};
	const struct page_queue queue = {
		.known = job->unit.source.has_page_queue,
		.overflowed = job->unit.source.page_overflow,
	};

	explain_page_request(unit, &job->unit.image, &page_request, &queue,
			     job->json);
}

static int explain(void *opaque, struct vtd_unit *unit)
{
	struct job *job = opaque;

	if (job->kind == KIND_DMA)
		explain_request(unit, &job->unit.image, &job->request,
				job->reason, job->json);
	else if (job->kind == KIND_PAGE)
		explain_page(job, unit);
	else
		explain_interrupt(unit, &job->unit.image, &job->interrupt,
				  job->json);
	return EXIT_DONE;
}

int cmd_explain(int argc, char **argv)
{
	static const struct unit_command command = {
		.name = "explain",
		.help = help,
		.options = options,
		.take = take_option,
		.lacks = lacks,
		.run = explain,
	};
	struct job job = { .kind = KIND_NONE };

	return unit_command(&command, &job.unit, &job, argc, argv);
}
