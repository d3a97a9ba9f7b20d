/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device is reset, or the machine suspended, while processes use it: what
 * ends in time goes on as if nothing had happened, the rest is told.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <unistd.h>

#include "scenario.h"

/* What a user of the device and its parent say to each other. */
struct user {
	int ready[2]; /* a byte when it works */
	int stop[2];  /* a byte when it shall end */
};

static void make_pipes(struct user *user)
{
	CHECK(!pipe(user->ready) && !pipe(user->stop), "pipe: %s",
	      strerror(errno));
}

static void tell_ready(const struct user *user)
{
	CHECK(write(user->ready[1], "", 1) == 1, "pipe: %s", strerror(errno));
}

static void wait_ready(const struct user *user)
{
	char byte;

	CHECK(read(user->ready[0], &byte, 1) == 1, "pipe: %s", strerror(errno));
}

static bool must_stop(const struct user *user)
{
	struct pollfd stop = { .fd = user->stop[0], .events = POLLIN };

	return poll(&stop, 1, 0) > 0;
}

/*
 * Commands that end: none of them may notice.  New pages in every round, but
 * few, so that a slow machine ends a command in the time that a pause gives it.
 */
static void copy_until_stopped(void *arg)
{
	const size_t length = 4 * page_size;
	const struct user *user = arg;
	struct svm svm;

	device_open(&svm);
	for (uint64_t seed = 0; !seed || !must_stop(user); seed++) {
		uint8_t *from = map_anonymous(length);
		uint8_t *to = map_anonymous(length);

		pattern_fill(from, length, seed);
		CHECK_OK(svm_copy(&svm, to, from, length), "copy");
		CHECK_PATTERN(to, length, seed, "copy");
		munmap(from, length);
		munmap(to, length);
		if (!seed)
			tell_ready(user);
	}
}

/* The same, asleep until the interrupt. */
static void sleep_until_stopped(void *arg)
{
	const struct user *user = arg;
	struct svm svm;

	device_open(&svm);
	for (uint64_t value = 0; !value || !must_stop(user); value++) {
		uint64_t words[512] = { 0 };
		struct svm_work work;

		svm_prepare_fill(&work, words, value + 1, sizeof(words));
		work.command.flags = SVM_CMD_INTERRUPT;
		svm_submit(&svm, &work);
		while (svm_peek(&work) == SVM_STATUS_PENDING) {
			int64_t count = svm_interrupts(&svm);

			CHECK(count > 0, "read: %s", strerror((int)-count));
		}
		CHECK_OK(svm_peek(&work), "fill");
		CHECK(words[511] == value + 1, "the fill has not happened");
		if (!value)
			tell_ready(user);
	}
}

static void portal0_until_stopped(void *arg)
{
	const struct user *user = arg;
	uint8_t *data = map_anonymous(page_size);
	struct svm svm;

	device_open(&svm);
	for (unsigned int i = 0; !i || !must_stop(user); i++) {
		struct svm_portal0 command = {
			.command = SVM_P0_CMD_WRITE,
			.address = (uintptr_t)data,
			.length = page_size,
		};
		int ret = svm_portal0(&svm, &command);

		CHECK(!ret && command.status == SVM_P0_STATUS_OK,
		      "portal 0: %s, status %u", strerror(-ret),
		      command.status);
		if (!i)
			tell_ready(user);
	}
}

static void must_be_lost(const struct svm *svm)
{
	struct pollfd poller = { .fd = svm->fd };
	struct svm_info info;
	int64_t count;

	count = svm_interrupts(svm);
	CHECK(count == -EIO, "read: %s", strerror((int)-count));
	CHECK(ioctl(svm->fd, SVM_IOC_INFO, &info) == -1 && errno == EIO,
	      "the file works on after its commands are lost");
	CHECK(poll(&poller, 1, -1) == 1 && poller.revents & POLLERR,
	      "poll reports no error");
}

/* A command that does not end, watched by polling the portal. */
static void wait_until_lost(void *arg)
{
	static struct svm svm; /* used after siglongjmp */
	struct svm_work work;
	uint64_t word = 0;

	device_open(&svm);
	if (BUS_ERROR()) {
		must_be_lost(&svm);
		svm_close(&svm);
		device_open(&svm);
		device_must_work(&svm);
		return;
	}
	svm_prepare_wait(&work, &word, 1, UINT64_MAX);
	svm_submit(&svm, &work);
	tell_ready(arg);
	/* An aborted command's record comes first, then the portal goes. */
	for (;;)
		svm_portal_read(&svm, SVM_UP_ENDED);
}

/* The same, asleep. */
static void sleep_until_lost(void *arg)
{
	struct svm_work work;
	uint64_t word = 0;
	struct svm svm;

	device_open(&svm);
	svm_prepare_wait(&work, &word, 1, UINT64_MAX);
	svm_submit(&svm, &work);
	tell_ready(arg);
	must_be_lost(&svm);
}

static void reset_device(void)
{
	char address[64], path[128];

	device_pci_address(address, sizeof(address));
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", address);
	write_file(path, "1");
}

/* Turns all swap space off, or on again. */
static void swap(bool on)
{
	static char path[8][64];
	static unsigned int count;
	char line[256];
	FILE *swaps;

	for (unsigned int i = 0; on && i < count; i++)
		CHECK(!swapon(path[i], 0), "swapon: %s", strerror(errno));
	if (on)
		return;
	swaps = fopen("/proc/swaps", "re");
	count = 0;
	while (swaps && count < 8 && fgets(line, sizeof(line), swaps))
		if (sscanf(line, "/%62s", path[count] + 1) == 1)
			*path[count++] = '/';
	if (swaps)
		fclose(swaps);
	for (unsigned int i = 0; i < count; i++)
		CHECK(!swapoff(path[i]), "swapoff: %s", strerror(errno));
}

/*
 * Hibernates, with nowhere to write the image to: all devices are suspended for
 * the image to be made, and resumed when it cannot be written.  Nothing has to
 * wake the machine up.
 */
void suspend_machine(void)
{
	int fd, error;

	if (!getenv("SVM_SUSPEND"))
		SKIP("set SVM_SUSPEND=1 to have this machine suspended");
	fd = open("/sys/power/state", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || access("/sys/power/disk", F_OK) || geteuid())
		SKIP("no hibernation, or not root");
	swap(false);
	error = write(fd, "disk", 4) < 0 ? errno : 0;
	swap(true);
	close(fd);
	if (error == EPERM || error == EINVAL)
		SKIP("hibernation: %s", strerror(error));
	CHECK(error == ENODEV, "hibernation without swap space: %s",
	      strerror(error));
}

/* A file that is idle meanwhile works on, and its pages are found. */
static void works_on(const struct svm *svm, unsigned int round)
{
	const size_t length = 16 * page_size;

	copy_and_check(svm, map_anonymous(length), map_anonymous(length),
		       length, round);
}

static void pause_under_load(void (*pause_it)(void), unsigned int rounds)
{
	void (*const going_on[])(void *) = { copy_until_stopped,
					     sleep_until_stopped,
					     portal0_until_stopped };
	void (*const lost[])(void *) = { wait_until_lost, sleep_until_lost };
	enum {
		GOING_ON = sizeof(going_on) / sizeof(going_on[0]),
		LOST = sizeof(lost) / sizeof(lost[0])
	};
	pid_t pids[GOING_ON], losers[LOST];
	struct svm idle;
	struct user user;

	device_open(&idle);
	make_pipes(&user);
	for (unsigned int i = 0; i < GOING_ON; i++) {
		pids[i] = child_start(going_on[i], &user);
		wait_ready(&user);
	}
	for (unsigned int round = 0; round < rounds; round++) {
		for (unsigned int i = 0; i < LOST; i++) {
			losers[i] = child_start(lost[i], &user);
			wait_ready(&user);
		}
		pause_it();
		works_on(&idle, round);
		for (unsigned int i = 0; i < LOST; i++)
			child_join(losers[i]);
	}
	CHECK(write(user.stop[1], "", 1) == 1, "pipe: %s", strerror(errno));
	svm_close(&idle);
	for (unsigned int i = 0; i < GOING_ON; i++)
		child_join(pids[i]);
	all_portals_work();
}

static void reset_under_load(void)
{
	pause_under_load(reset_device, 3);
}

static void reset_while_idle(void)
{
	struct svm svm;

	device_open(&svm);
	for (unsigned int round = 0; round < 3; round++) {
		works_on(&svm, round);
		reset_device();
	}
	works_on(&svm, 3);
}

static void suspend_under_load(void)
{
	pause_under_load(suspend_machine, 1);
}

const struct scenario pause_scenarios[] = {
	{ "reset-while-idle", reset_while_idle },
	{ "reset-under-load", reset_under_load },
	{ "suspend-under-load", suspend_under_load },
	{ NULL, NULL },
};
