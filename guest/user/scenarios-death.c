/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Processes that end in the middle of a command, without a goodbye.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario.h"

/* A victim works for ever, once it has told its parent through the pipe. */
struct victim {
	int ready[2];
};

static void tell_ready(const struct victim *victim)
{
	CHECK(write(victim->ready[1], "", 1) == 1, "pipe: %s", strerror(errno));
}

static void wait_for_ever(void *arg)
{
	struct svm_work work;
	uint64_t word = 0;
	struct svm svm;

	device_open(&svm);
	svm_prepare_wait(&work, &word, 1, UINT64_MAX);
	svm_submit(&svm, &work);
	tell_ready(arg);
	pause();
}

static void copy_for_ever(void *arg)
{
	enum { WORKS = 8 };
	const size_t length = 4 << 20;
	static struct svm_work works[WORKS];
	uint8_t *from = map_anonymous(length), *to = map_anonymous(length);
	struct svm svm;

	device_open(&svm);
	tell_ready(arg);
	for (unsigned int i = 0;; i = (i + 1) % WORKS) {
		/* Half of the pages are always new to the device. */
		madvise(to, length / 2, MADV_DONTNEED);
		if (works[i].command.record)
			CHECK_OK(svm_wait(&svm, &works[i]), "copy");
		svm_prepare_copy(&works[i], to, from, length);
		svm_submit(&svm, &works[i]);
	}
}

static void start_and_kill(void (*run)(void *), unsigned int delay_ms)
{
	struct victim victim;
	char byte;
	pid_t pid;

	CHECK(!pipe2(victim.ready, O_NONBLOCK), "pipe: %s", strerror(errno));
	pid = child_start(run, &victim);
	while (read(victim.ready[0], &byte, 1) != 1)
		sleep_ms(1);
	sleep_ms(delay_ms);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	CHECK(waitpid(pid, NULL, 0) == pid, "waitpid: %s", strerror(errno));
	close(victim.ready[0]);
	close(victim.ready[1]);
}

static void killed_waiting(void)
{
	for (unsigned int i = 0; i < 4; i++)
		start_and_kill(wait_for_ever, 20 * i);
	all_portals_work();
}

static void killed_copying(void)
{
	for (unsigned int i = 0; i < 8; i++)
		start_and_kill(copy_for_ever, 7 * i);
	all_portals_work();
}

/* Portal 0 cannot abort: the next user waits for what a dead one has left. */
static void portal0_for_ever(void *arg)
{
	struct svm_portal0 command = {
		.command = SVM_P0_CMD_WRITE,
		.length = 16 << 20,
	};
	struct svm svm;

	command.address = (uintptr_t)map_anonymous(command.length);
	device_open(&svm);
	tell_ready(arg);
	for (;;)
		svm_portal0(&svm, &command);
}

static void killed_in_portal0(void)
{
	struct svm_portal0 command = {
		.command = SVM_P0_CMD_WRITE,
		.length = 1000,
	};
	uint8_t *data = calloc(1, 1000);
	struct svm svm;
	int ret;

	command.address = (uintptr_t)data;
	for (unsigned int i = 0; i < 4; i++)
		start_and_kill(portal0_for_ever, 5 * i);
	device_open(&svm);
	ret = svm_portal0(&svm, &command);
	CHECK(!ret && command.status == SVM_P0_STATUS_OK,
	      "portal 0 does not work any more");
	CHECK(data[999] == 999 % SVM_P0_SEQUENCE, "nothing was written");
}

static void leave(void *arg)
{
	struct victim victim;

	CHECK(!pipe(victim.ready), "pipe: %s", strerror(errno));
	(void)arg;
	signal(SIGALRM, _exit);
	ualarm(100000, 0);
	wait_for_ever(&victim);
}

/* exit() while a command runs; SIGALRM's number is the status. */
static void exited(void)
{
	int status;
	pid_t pid = child_start(leave, NULL);

	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == SIGALRM,
	      "the process did not end as it should");
	all_portals_work();
}

static void exec_with_file(void *arg)
{
	struct svm_work work;
	uint64_t word = 0;
	char number[16];
	struct svm svm;

	(void)arg;
	device_open(&svm);
	svm_prepare_wait(&work, &word, 1, UINT64_MAX);
	svm_submit(&svm, &work);
	fcntl(svm.fd, F_SETFD, 0);
	snprintf(number, sizeof(number), "%d", svm.fd);
	execl("/proc/self/exe", "svm-demo", "--device", device_path,
	      "--after-exec", number, NULL);
	CHECK(0, "exec: %s", strerror(errno));
}

void scenario_after_exec(int fd)
{
	struct svm_info info;
	struct svm svm;
	uint64_t word;

	CHECK(ioctl(fd, SVM_IOC_INFO, &info) == -1 && errno == EPERM,
	      "the file works on in another address space");
	device_open(&svm);
	CHECK_OK(svm_fill(&svm, &word, 3, sizeof(word)), "fill after exec");
	CHECK(word == 3, "the fill after exec has not happened");
}

static void executed(void)
{
	child_join(child_start(exec_with_file, NULL));
	all_portals_work();
}

const struct scenario death_scenarios[] = {
	{ "killed-while-waiting", killed_waiting },
	{ "killed-while-copying", killed_copying },
	{ "killed-in-portal0", killed_in_portal0 },
	{ "exit-while-waiting", exited },
	{ "exec-while-waiting", executed },
	{ NULL, NULL },
};
