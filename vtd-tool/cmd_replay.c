/* SPDX-License-Identifier: BSD-3-Clause */
/* vtd replay: play a recording, and compare. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "explanation.h"
#include "replay/known.h"
#include "replay/player.h"
#include "replay/requests.h"
#include "replay/show.h"
#include "replay/shrink.h"
#include "replay/to_c.h"
#include "text.h"
#include "tool.h"

static const char help[] =
	"usage: vtd replay [--list | --explain N [--json]] [--until N] FILE\n"
	"       vtd replay --shrink OUT [--keep N] [--plays N] FILE\n"
	"       vtd replay --to-c NAME FILE\n"
	"Plays a recording of a unit (vtd_unit_create_recorded()) on the library that\n"
	"this program runs with, compares all that the unit does, and stops at the\n"
	"first difference.\n"
	"  --list     the records instead, one a line: number, time in ns, thread\n"
	"  --until N  stop before record N\n"
	"  --explain N  why the request that record N makes ends as it does\n"
	"  --shrink OUT  leave out what is not needed for the difference\n"
	"  --keep N   with that: for record N, with which the small one ends\n"
	"  --plays N  with that: play N times at most (2000)\n"
	"  --to-c NAME  print a test of this name, in C\n"
	"Exit status: 0 the same, 3 a difference, 1 it cannot be played, 2 usage.\n";

/* What is asked. */
struct job {
	bool list;
	uint64_t until; /* 0: the end */
	uint64_t explain;
	bool json;
	const char *shrink; /* to this file; NULL: not */
	struct shrink_goal goal;
	const char *name; /* of a test in C; NULL: none */
	const char *path;
};

static int list(FILE *file, uint64_t until)
{
	struct recording *recording = recording_open(file);
	enum recording_result result = RECORDING_OVER;
	char text[SHOW_TEXT_MAX];
	struct vtd_record record;

	if (recording == NULL) {
		complain("no memory");
		return EXIT_NOTHING;
	}
	while ((until == 0 || recording_number(recording) + 1 < until) &&
	       (result = recording_next(recording, &record)) ==
		       RECORDING_RECORD)
		printf("%" PRIu64 "\t%" PRIu64 "\t%" PRIu32 "\t%s\n",
		       recording_number(recording), record.time, record.thread,
		       show_record(text, &record));
	if (result == RECORDING_BROKEN)
		complain("%s", recording_error(recording));
	else if (result == RECORDING_OVER)
		printf("# %s\n", recording_end(recording));
	recording_close(recording);
	return result == RECORDING_BROKEN ? EXIT_NOTHING : EXIT_DONE;
}

static int compare(FILE *file, uint64_t until)
{
	struct play_result result;

	play(file, until, &result);
	switch (result.outcome) {
	case PLAY_SAME:
		printf("%" PRIu64 " records, no difference; %s\n",
		       result.number, result.text);
		return EXIT_DONE;
	case PLAY_DIFFERENT:
		printf("%s\n", result.text);
		return EXIT_DIFFERENT;
	default:
		complain("%s", result.text);
		return EXIT_NOTHING;
	}
}

/* A unit that is looked at, and its memory. */
struct scene {
	struct known *known;
	struct image image; /* has what is missing, and nothing else */
	bool json;
	bool explained;
};

static int read_known(void *opaque, uint64_t address, void *buffer,
		      size_t length)
{
	struct scene *scene = opaque;
	int error = known_read(scene->known, address, buffer, length);

	if (error != 0 && !scene->image.missed) {
		scene->image.missed = true;
		scene->image.missing = address;
	}
	return error;
}

static void look(void *opaque, struct vtd_unit *unit,
		 const struct vtd_record *next)
{
	uint64_t value[VTD_RECORD_VALUES_MAX] = { 0 };
	const struct page_queue queue = { .known = true };
	struct vtd_interrupt_request interrupt;
	struct vtd_page_request page_request;
	struct scene *scene = opaque;
	struct vtd_request request;

	memcpy(value, next->value, next->count * sizeof(*value));
	request = request_of(value);
	interrupt = interrupt_request_of(value);
	page_request = page_request_of(value);
	scene->explained = true;
	if (next->kind == VTD_RECORD_TRANSLATE ||
	    next->kind == VTD_RECORD_PROBE)
		explain_request(unit, &scene->image, &request, 0, scene->json);
	else if (next->kind == VTD_RECORD_INTERRUPT ||
		 next->kind == VTD_RECORD_INTERRUPT_PROBE)
		explain_interrupt(unit, &scene->image, &interrupt, scene->json);
	else if (next->kind == VTD_RECORD_PAGE_REQUEST)
		explain_page_request(unit, &scene->image, &page_request, &queue,
				     scene->json);
	else
		scene->explained = false;
}

static int explain(FILE *file, const struct job *job)
{
	struct scene scene = { .json = job->json };
	const struct play_look how = {
		.opaque = &scene,
		.read = read_known,
		.look = look,
	};
	struct play_result result;

	if (fseek(file, 0, SEEK_SET) != 0) {
		complain("--explain reads a recording twice, so it has to be a "
			 "file");
		return EXIT_USAGE;
	}
	scene.known = known_of(file, job->explain);
	if (scene.known == NULL) {
		complain("no memory");
		return EXIT_NOTHING;
	}
	rewind(file);
	play_and_look(file, job->explain, &how, &result);
	known_free(scene.known);
	if (scene.explained)
		return EXIT_DONE;
	if (result.outcome != PLAY_SAME)
		complain("before record %" PRIu64 ": %s", job->explain,
			 result.text);
	else
		complain("record %" PRIu64 " makes no request; --list shows "
			 "which do (translate, probe, interrupt, page request)",
			 job->explain);
	return result.outcome == PLAY_DIFFERENT ? EXIT_DIFFERENT : EXIT_NOTHING;
}

static int shrink_to(FILE *file, const struct job *job)
{
	struct shrink_result result;
	FILE *to;

	if (fseek(file, 0, SEEK_SET) != 0) {
		complain("--shrink reads a recording often, so it has to be a "
			 "file");
		return EXIT_USAGE;
	}
	to = fopen(job->shrink, "wbx");
	if (to == NULL) {
		complain("%s is there already, or cannot be written",
			 job->shrink);
		return EXIT_NOTHING;
	}
	shrink(file, to, &job->goal, &result);
	if (fclose(to) != 0)
		result.done = false;
	if (!result.done) {
		remove(job->shrink);
		complain("it cannot be shrunk: %s", result.text);
		return EXIT_NOTHING;
	}
	printf("%" PRIu64 " records instead of %" PRIu64 ", after %" PRIu64
	       " plays; %s\n",
	       result.records, result.before, result.plays, result.text);
	return EXIT_DONE;
}

static int write_test(FILE *file, const char *name)
{
	const char *error = to_c(file, name, stdout);

	if (error != NULL)
		complain("the test is not whole: %s", error);
	return error == NULL ? EXIT_DONE : EXIT_NOTHING;
}

static int run(FILE *file, const struct job *job)
{
	if (job->shrink != NULL)
		return shrink_to(file, job);
	if (job->name != NULL)
		return write_test(file, job->name);
	if (job->explain != 0)
		return explain(file, job);
	return job->list ? list(file, job->until) : compare(file, job->until);
}

static const struct option options[] = {
	{ "explain", required_argument, NULL, 'e' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, 'j' },
	{ "keep", required_argument, NULL, 'k' },
	{ "list", no_argument, NULL, 'l' },
	{ "plays", required_argument, NULL, 'p' },
	{ "shrink", required_argument, NULL, 's' },
	{ "to-c", required_argument, NULL, 'c' },
	{ "until", required_argument, NULL, 'u' },
	{ NULL, 0, NULL, 0 },
};

static bool take_number(const char *text, uint64_t *number)
{
	return parse_count(text, number) && *number > 0;
}

/* False: the value cannot be. */
static bool take_option(struct job *job, int option, const char *text)
{
	switch (option) {
	case 'c':
		job->name = text;
		return to_c_is_name(text);
	case 'e':
		return take_number(text, &job->explain);
	case 'j':
		job->json = true;
		return true;
	case 'k':
		return take_number(text, &job->goal.keep);
	case 'l':
		job->list = true;
		return true;
	case 'p':
		return take_number(text, &job->goal.plays);
	case 's':
		job->shrink = text;
		return true;
	default:
		return take_number(text, &job->until);
	}
}

/* False: said what is wrong, or the help; *status is what to return. */
static bool take_arguments(int argc, char **argv, struct job *job, int *status)
{
	int option;
	int i;

	*status = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "", options, &i)) != -1) {
		if (option == '?')
			return false;
		if (option == 'h') {
			fputs(help, stdout);
			*status = EXIT_DONE;
			return false;
		}
		if (!take_option(job, option, optarg)) {
			complain("--%s cannot be '%s'", options[i].name,
				 optarg);
			return false;
		}
	}
	if (optind + 1 != argc) {
		fputs(help, stderr);
		return false;
	}
	job->path = argv[optind];
	return true;
}

int cmd_replay(int argc, char **argv)
{
	struct job job = { .goal.plays = SHRINK_PLAYS };
	FILE *file;
	int status;

	if (!take_arguments(argc, argv, &job, &status))
		return status;
	file = strcmp(job.path, "-") == 0 ? stdin : fopen(job.path, "rb");
	if (file == NULL) {
		complain("%s cannot be opened", job.path);
		return EXIT_NOTHING;
	}
	status = run(file, &job);
	if (file != stdin)
		fclose(file);
	return status;
}
