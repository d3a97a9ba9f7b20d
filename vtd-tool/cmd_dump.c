/* SPDX-License-Identifier: BSD-3-Clause */
/* vtd dump: who has entries in the tables, and what is mapped; or interrupts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <vtd/dump.h>

#include "dump_interrupts.h"
#include "json.h"
#include "text.h"
#include "tool.h"
#include "unit_options.h"

static const char help[] =
	"usage: vtd dump --image FILE[@ADDRESS]... [UNIT] [--sid 00:02.0]\n"
	"                [--mappings | --interrupts] [--limit N] [--json]\n"
	"Lists the requesters that have entries in the tables of an image of physical\n"
	"memory, and what they are mapped to.\n" UNIT_OPTIONS_HELP
	"What is shown:\n"
	"  --sid 00:02.0      this one only\n"
	"  --mappings         mappings, too\n"
	"  --interrupts       the interrupt remapping table instead\n"
	"  --limit N          so many of each at most (1000)\n"
	"  --json             for programs\n";

#define LIST_MAX 64

struct job {
	struct unit_options unit;
	bool has_sid;
	uint16_t sid;
	bool mappings;
	bool interrupts;
	uint64_t limit;
	bool json;
};

enum {
	OPTION_SID = 1,
	OPTION_MAPPINGS,
	OPTION_INTERRUPTS,
	OPTION_LIMIT,
	OPTION_JSON,
};

static const struct option options[] = {
	UNIT_OPTIONS,
	{ "sid", required_argument, NULL, OPTION_SID },
	{ "mappings", no_argument, NULL, OPTION_MAPPINGS },
	{ "interrupts", no_argument, NULL, OPTION_INTERRUPTS },
	{ "limit", required_argument, NULL, OPTION_LIMIT },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static bool take_option(void *opaque, int option, const char *text)
{
	struct job *job = opaque;

	switch (option) {
	case OPTION_SID:
		job->has_sid = parse_sid(text, &job->sid);
		return job->has_sid;
	case OPTION_LIMIT:
		return parse_count(text, &job->limit);
	case OPTION_MAPPINGS:
		job->mappings = true;
		return true;
	case OPTION_INTERRUPTS:
		job->interrupts = true;
		return true;
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

	if (job->interrupts && (job->has_sid || job->mappings))
		return "--interrupts goes with neither --sid nor --mappings";
	return unit_options_lack(&job->unit, job->interrupts);
}

static void stages_text(const struct vtd_requester_info *info)
{
	if (info->first_stage_levels != 0)
		printf(", first stage of %u levels at 0x%" PRIx64,
		       info->first_stage_levels, info->first_stage_root);
	if (info->second_stage_levels != 0)
		printf(", second stage of %u levels at 0x%" PRIx64,
		       info->second_stage_levels, info->second_stage_root);
}

static const char *state_name(const struct vtd_requester_info *info)
{
	switch (info->state) {
	case VTD_REQUESTER_BLOCKED:
		return "blocked";
	case VTD_REQUESTER_PASS_THROUGH:
		return "passed through";
	case VTD_REQUESTER_TRANSLATED:
		return "translated";
	default:
		return "not remapped";
	}
}

static void requester_text(const struct vtd_dump_requester *r)
{
	printf("%s", sid_text(r->sid).text);
	if (r->pasid_present)
		printf(" PASID 0x%x", r->pasid);
	printf(": %s", state_name(&r->info));
	if (r->info.state == VTD_REQUESTER_BLOCKED) {
		printf(", %s: %s\n", vtd_condition_name(r->info.condition),
		       vtd_condition_text(r->info.condition));
		return;
	}
	printf(", domain 0x%x", r->info.did);
	stages_text(&r->info);
	printf("%s%s\n", r->info.translation_requests ? ", ATS" : "",
	       r->info.page_requests ? ", PRI" : "");
}

static void requester_json(const struct vtd_dump_requester *r)
{
	json_string("sid", sid_text(r->sid).text);
	if (r->pasid_present)
		json_hex("pasid", r->pasid);
	json_string("state", state_name(&r->info));
	json_string("condition", vtd_condition_name(r->info.condition));
	json_hex("domain", r->info.did);
	json_bool("ats", r->info.translation_requests);
	json_bool("pri", r->info.page_requests);
	json_count("first_stage_levels", r->info.first_stage_levels);
	json_hex("first_stage_root", r->info.first_stage_root);
	json_count("second_stage_levels", r->info.second_stage_levels);
	json_hex("second_stage_root", r->info.second_stage_root);
}

static void show_mapping(const struct vtd_dump_mapping *m, bool json)
{
	const char *rights = m->read ? m->write ? "rw" : "r" : "w";

	if (!json) {
		printf("    0x%" PRIx64 "..0x%" PRIx64 " -> 0x%" PRIx64
		       " (%s)\n",
		       m->first, m->last, m->address, rights);
		return;
	}
	json_open(NULL, '{');
	json_hex("first", m->first);
	json_hex("last", m->last);
	json_hex("address", m->address);
	json_string("rights", rights);
	json_close();
}

/* A look at everything ends, however the tables contain themselves: it has no
 * more calls than this. */
#define CALLS_MAX 4096

static void show_mappings(const struct job *job, struct vtd_unit *unit,
			  const struct vtd_dump_requester *r)
{
	struct vtd_dump_mappings cursor = { .sid = r->sid,
					    .pasid_present = r->pasid_present,
					    .pasid = r->pasid,
					    .last = UINT64_MAX };
	struct vtd_dump_mapping list[LIST_MAX];
	uint64_t shown = 0;

	if (job->json)
		json_open("mappings", '[');
	for (unsigned int call = 0;
	     call < CALLS_MAX && !cursor.done && shown < job->limit; call++) {
		uint64_t left = job->limit - shown;
		size_t count = vtd_unit_dump_mappings(
			unit, &cursor, list,
			left < LIST_MAX ? (size_t)left : LIST_MAX);

		for (size_t i = 0; i < count; i++)
			show_mapping(&list[i], job->json);
		shown += count;
	}
	if (job->json)
		json_close();
	if (!cursor.done && !job->json)
		printf("    ... and on from 0x%" PRIx64 "\n", cursor.address);
	if (job->json)
		json_bool("complete", cursor.done);
}

static void show_requester(const struct job *job, struct vtd_unit *unit,
			   const struct vtd_dump_requester *r)
{
	if (job->json) {
		json_open(NULL, '{');
		requester_json(r);
	} else {
		requester_text(r);
	}
	if (job->mappings && r->info.state == VTD_REQUESTER_TRANSLATED)
		show_mappings(job, unit, r);
	if (job->json)
		json_close();
}

static uint64_t list_requesters(const struct job *job, struct vtd_unit *unit)
{
	struct vtd_dump_requesters cursor = { .sid = job->sid };
	struct vtd_dump_requester list[LIST_MAX];
	uint64_t shown = 0;

	while (!cursor.done && shown < job->limit &&
	       (!job->has_sid || cursor.sid == job->sid)) {
		size_t count =
			vtd_unit_dump_requesters(unit, &cursor, list, LIST_MAX);

		for (size_t i = 0; i < count && shown < job->limit; i++) {
			if (job->has_sid && list[i].sid != job->sid)
				break;
			show_requester(job, unit, &list[i]);
			shown++;
		}
	}
	return shown;
}

static uint64_t show_requesters(const struct job *job, struct vtd_unit *unit)
{
	uint64_t shown;

	if (job->json)
		json_open("requesters", '[');
	shown = list_requesters(job, unit);
	if (job->json)
		json_close();
	return shown;
}

static int dump(void *opaque, struct vtd_unit *unit)
{
	struct job *job = opaque;
	struct image *image = &job->unit.image;
	uint64_t shown;

	if (job->json)
		json_open(NULL, '{');
	shown = job->interrupts ? dump_interrupts(unit, job->limit, job->json) :
				  show_requesters(job, unit);
	if (job->json) {
		if (image->missed)
			json_hex("missing", image->missing);
		json_close();
	}
	if (image->missed)
		complain("the image does not have 0x%" PRIx64
			 ", and perhaps more",
			 image->missing);
	if (shown == 0)
		complain("no %s has an entry",
			 job->interrupts ? "interrupt" : "requester");
	return shown == 0 ? EXIT_NOTHING : EXIT_DONE;
}

int cmd_dump(int argc, char **argv)
{
	static const struct unit_command command = {
		.name = "dump",
		.help = help,
		.options = options,
		.take = take_option,
		.lacks = lacks,
		.run = dump,
	};
	struct job job = { .limit = 1000 };

	return unit_command(&command, &job.unit, &job, argc, argv);
}
