/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * svm-demo: scenarios of shared virtual memory between processes and the svm
 * device.  See guest/README.md.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario.h"

enum {
	HANG_SECONDS = 120, /* emulated processors are slow */
	KILL_SECONDS = 40, /* longer than the driver waits for a portal */
	POLL_MS = 5,
	STILL_THERE = -1,
};

static const struct scenario *const themes[] = {
	basic_scenarios,    operation_scenarios, queue_scenarios,
	paging_scenarios,   mapping_scenarios,	 fork_scenarios,
	hugepage_scenarios, refusal_scenarios,	 command_scenarios,
	process_scenarios,  death_scenarios,	 removal_scenarios,
	pause_scenarios,    stuck_scenarios,	 hostile_scenarios,
};

static struct {
	unsigned int passed;
	unsigned int failed;
	unsigned int skipped;
} total;

/*
 * Waits for pid; its wait status, or STILL_THERE after so many seconds.  They are
 * counted by looks, not by a clock, which goes on while a busy host runs neither
 * this process nor the scenario.
 */
static int wait_at_most(pid_t pid, unsigned int seconds)
{
	unsigned int looks = seconds * 1000 / POLL_MS;
	int status;

	while (looks-- > 0) {
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return status;
		if (ended < 0)
			return STILL_THERE;
		sleep_ms(POLL_MS);
	}
	return STILL_THERE;
}

static pid_t start(const struct scenario *scenario, int errors)
{
	pid_t pid = fork();

	if (!pid) {
		/* A group of its own, so that no child of it survives. */
		setpgid(0, 0);
		dup2(errors, STDERR_FILENO);
		scenario->run();
		_exit(0);
	}
	setpgid(pid, pid);
	return pid;
}

static void report(const char *name, int status, const char *message)
{
	const char *why = *message ? message : "no message";

	if (status == STILL_THERE) {
		printf("FAIL %s: hangs, more than %d seconds\n", name,
		       HANG_SECONDS);
	} else if (WIFSIGNALED(status)) {
		printf("FAIL %s: ended by signal %d (%s)\n", name,
		       WTERMSIG(status), strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) == EXIT_SKIPPED) {
		printf("skip %s: %s\n", name, why);
		total.skipped++;
		return;
	} else if (WEXITSTATUS(status)) {
		printf("FAIL %s: %s\n", name, why);
	} else {
		printf("ok   %s\n", name);
		total.passed++;
		return;
	}
	total.failed++;
}

/* The first line that the scenario has left in the pipe. */
static void first_line(int fd, char *text, size_t size)
{
	ssize_t length = read(fd, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static void run_scenario(const struct scenario *scenario)
{
	char message[600];
	int errors[2], status;
	pid_t pid;

	fflush(stdout);
	if (pipe2(errors, O_CLOEXEC | O_NONBLOCK)) {
		perror("pipe");
		exit(EXIT_FAILED);
	}
	pid = start(scenario, errors[1]);
	close(errors[1]);
	status = wait_at_most(pid, HANG_SECONDS);
	kill(-pid, SIGKILL);
	if (status == STILL_THERE &&
	    wait_at_most(pid, KILL_SECONDS) == STILL_THERE)
		printf("     %s: process %d cannot even be killed\n",
		       scenario->name, pid);
	first_line(errors[0], message, sizeof(message));
	close(errors[0]);
	report(scenario->name, status, message);
}

static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

/* Calls use(scenario) for all that are named; how many those were. */
static unsigned int for_each(char **names, void (*use)(const struct scenario *))
{
	unsigned int count = 0;

	for (size_t i = 0; i < sizeof(themes) / sizeof(themes[0]); i++) {
		for (const struct scenario *s = themes[i]; s->name; s++) {
			if (wanted(s->name, names)) {
				use(s);
				count++;
			}
		}
	}
	return count;
}

static void print_name(const struct scenario *scenario)
{
	puts(scenario->name);
}

/* The counters in between scenarios, when nobody uses the device. */
static bool read_counters(struct svm_counters *counters)
{
	struct svm svm;
	int ret = svm_open(&svm, device_path);

	if (!ret) {
		ret = svm_counters(&svm, counters);
		svm_close(&svm);
	}
	if (ret)
		printf("svm-demo: %s: %s\n", device_path, strerror(-ret));
	if (ret == -EOPNOTSUPP)
		printf("svm-demo: this kernel refuses SVA; the kernel log says what can be done\n");
	return !ret;
}

static void print_counters(const struct svm_counters *before,
			   const struct svm_counters *after)
{
#define SINCE(counter)                                                        \
	((unsigned long long)(after->value[SVM_COUNTER_##counter] -           \
			      before->value[SVM_COUNTER_##counter]))
	printf("page requests served %llu, refused %llu; translation requests %llu; ATC hits %llu, misses %llu; invalidations %llu\n",
	       SINCE(RESPONSES_SUCCESS),
	       SINCE(RESPONSES_INVALID) + SINCE(RESPONSES_FAILURE),
	       SINCE(TRANSLATION_REQUESTS), SINCE(ATC_HITS), SINCE(ATC_MISSES),
	       SINCE(INVALIDATIONS));
	printf("commands ended well %llu, refused %llu\n", SINCE(COMMANDS_OK),
	       SINCE(COMMANDS_FAILED));
#undef SINCE
}

static int run_demo(char **names)
{
	struct svm_counters before, after;
	bool counted = read_counters(&before);

	if (!counted)
		total.failed++;
	else if (!for_each(names, run_scenario))
		total.failed++, puts("svm-demo: no such scenario, see --list");
	else if (read_counters(&after))
		print_counters(&before, &after);
	else
		total.failed++;

	printf("SVM demo: %u passed, %u failed", total.passed, total.failed);
	if (total.skipped)
		printf(", %u skipped", total.skipped);
	putchar('\n');
	return total.failed || !total.passed ? EXIT_FAILED : 0;
}

static void usage(FILE *out)
{
	fputs("usage: svm-demo [--device /dev/svmN] [--list] [SCENARIO...]\n",
	      out);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		/* Not for users: how a scenario continues after its exec(). */
		{ "after-exec", required_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	bool list = false;
	int option;

	page_size = sysconf(_SC_PAGESIZE);
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			device_path = optarg;
			break;
		case 'l':
			list = true;
			break;
		case 'x':
			scenario_after_exec(atoi(optarg));
			return 0;
		default:
			usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : EXIT_FAILED;
		}
	}
	if (list)
		return !for_each(argv + optind, print_name);
	return run_demo(argv + optind);
}
