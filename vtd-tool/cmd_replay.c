/* SPDX-License-Identifier: BSD-3-Clause */
/* vtd replay: play a recording, and compare. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "replay/player.h"
#include "replay/show.h"
#include "text.h"
#include "tool.h"

static const char help[] =
	"usage: vtd replay [--list] [--until N] FILE\n"
	"Plays a recording of a unit (x-record of QEMU's intel-iommu, or\n"
	"vtd_unit_create_recorded()) against the library that this program runs with,\n"
	"compares all that the unit does, and stops at the first difference.\n"
	"  --list     the records instead, one a line: number, time in ns, thread\n"
	"  --until N  stop before record N\n"
	"Exit status: 0 the same, 3 a difference, 1 it cannot be played, 2 usage.\n";

/* What is asked. */
struct job {
	bool list;
	uint64_t until; /* 0: the end */
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

/* False: said what is wrong, or the help; *status is what to return. */
static bool take_arguments(int argc, char **argv, struct job *job, int *status)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "list", no_argument, NULL, 'l' },
		{ "until", required_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*status = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			*status = EXIT_DONE;
			return false;
		case 'l':
			job->list = true;
			break;
		case 'u':
			if (parse_count(optarg, &job->until) && job->until > 0)
				break;
			complain("--until cannot be '%s'", optarg);
			return false;
		default:
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
	struct job job = { .list = false };
	FILE *file;
	int status;

	if (!take_arguments(argc, argv, &job, &status))
		return status;
	file = strcmp(job.path, "-") == 0 ? stdin : fopen(job.path, "rb");
	if (file == NULL) {
		complain("%s cannot be opened", job.path);
		return EXIT_NOTHING;
	}
	status = job.list ? list(file, job.until) : compare(file, job.until);
	if (file != stdin)
		fclose(file);
	return status;
}
