/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver leaves the device while processes use it, and comes back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "scenario.h"

enum { USERS = 3, ROUNDS = 3 };

static void write_driver_file(const char *name, const char *address)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/svm/%s", name);
	write_file(path, address);
}

static void must_be_gone(const struct svm *svm)
{
	struct svm_info info;
	int64_t count;

	do { /* interrupts that came before */
		count = svm_interrupts(svm);
	} while (count > 0);
	CHECK(count == -ENODEV, "read: %s", strerror((int)-count));
	CHECK(ioctl(svm->fd, SVM_IOC_INFO, &info) == -1 && errno == ENODEV,
	      "the file works on after the device has gone");
}

/* Works until the portal goes away under it, which is a bus error. */
static void use_until_gone(void *arg)
{
	const size_t size = 100000;
	static struct svm svm; /* used after siglongjmp */
	uint8_t *to = malloc(size), *from = malloc(size);
	const int *ready = arg;

	device_open(&svm);
	if (BUS_ERROR()) {
		must_be_gone(&svm);
		return;
	}
	CHECK(write(ready[1], "", 1) == 1, "pipe: %s", strerror(errno));
	for (uint64_t seed = 0;; seed++) {
		struct svm_work work;

		pattern_fill(from, size, seed);
		svm_prepare_copy(&work, to, from, size);
		work.command.flags = SVM_CMD_INTERRUPT;
		/* Ends in a record or in a bus error at the portal. */
		if (svm_run(&svm, &work) == SVM_STATUS_OK)
			CHECK_PATTERN(to, size, seed, "copy");
	}
}

/* Sleeps in the driver until the device goes away. */
static void read_until_gone(void *arg)
{
	const int *ready = arg;
	struct svm svm;

	device_open(&svm);
	CHECK(write(ready[1], "", 1) == 1, "pipe: %s", strerror(errno));
	must_be_gone(&svm);
}

static void wait_for_device(void)
{
	struct svm svm;
	int ret = -ENOENT;

	for (unsigned int i = 0; i < 500; i++) {
		ret = svm_open(&svm, device_path);
		if (!ret)
			break;
		sleep_ms(10);
	}
	CHECK(!ret, "the device did not come back: %s", strerror(-ret));
	svm_close(&svm);
}

static void remove_and_return(const char *address)
{
	pid_t users[USERS];
	int ready[2];
	char byte;

	CHECK(!pipe(ready), "pipe: %s", strerror(errno));
	for (unsigned int i = 0; i < USERS; i++)
		users[i] = child_start(i ? use_until_gone : read_until_gone,
				       ready);
	for (unsigned int i = 0; i < USERS; i++)
		CHECK(read(ready[0], &byte, 1) == 1, "pipe: %s",
		      strerror(errno));
	sleep_ms(50);

	write_driver_file("unbind", address);
	for (unsigned int i = 0; i < USERS; i++)
		child_join(users[i]);
	CHECK(access(device_path, F_OK), "%s is still there", device_path);
	write_driver_file("bind", address);
	wait_for_device();
	close(ready[0]);
	close(ready[1]);
}

static void removal_under_load(void)
{
	uint8_t *to = malloc(50000), *from = malloc(50000);
	char address[64];
	struct svm svm;

	device_pci_address(address, sizeof(address));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		remove_and_return(address);
		device_open(&svm);
		copy_and_check(&svm, to, from, 50000, i);
		svm_close(&svm);
	}
}

/* A page that does not come: its abort has to end without it. */
struct stuck {
	struct stuck_page *page;
	int ready[2];
	int told[2];
	char address[64];
};

static void abort_until_gone(void *arg)
{
	const struct stuck *stuck = arg;
	uint8_t to[64];
	struct svm_work work;
	struct svm svm;
	int ret;

	device_open(&svm);
	svm_prepare_copy(&work, to, stuck_page_map(stuck->page), sizeof(to));
	svm_submit(&svm, &work);
	stuck_page_wait(stuck->page);
	CHECK(write(stuck->ready[1], "", 1) == 1, "pipe: %s", strerror(errno));
	ret = svm_abort(&svm);
	CHECK(ret == -ENODEV, "abort: %s", strerror(-ret));
	CHECK(write(stuck->told[1], "", 1) == 1, "pipe: %s", strerror(errno));
}

static void use_and_tell(void *arg)
{
	struct stuck *stuck = arg;

	use_until_gone(stuck->ready);
	CHECK(write(stuck->told[1], "", 1) == 1, "pipe: %s", strerror(errno));
}

static void unbind(void *arg)
{
	const struct stuck *stuck = arg;

	write_driver_file("unbind", stuck->address);
}

/*
 * One process waits for a page that does not come, in an abort.  That keeps
 * nobody from being told that the device goes, itself included.
 */
static void removal_with_stuck_page(void)
{
	void (*const runs[])(void *) = { abort_until_gone, use_and_tell,
					 unbind };
	enum { RUNS = sizeof(runs) / sizeof(runs[0]), TOLD = RUNS - 1 };
	pid_t pids[RUNS];
	struct stuck stuck;
	char byte;

	device_pci_address(stuck.address, sizeof(stuck.address));
	CHECK(!pipe(stuck.ready) && !pipe(stuck.told), "pipe: %s",
	      strerror(errno));
	stuck.page = stuck_page_make();
	for (unsigned int i = 0; i < TOLD; i++)
		pids[i] = child_start(runs[i], &stuck);
	for (unsigned int i = 0; i < TOLD; i++)
		CHECK(read(stuck.ready[0], &byte, 1) == 1, "pipe: %s",
		      strerror(errno));
	sleep_ms(50); /* into the abort */
	pids[TOLD] = child_start(unbind, &stuck);
	for (unsigned int i = 0; i < TOLD; i++)
		CHECK(read(stuck.told[0], &byte, 1) == 1, "pipe: %s",
		      strerror(errno));
	stuck_page_release(stuck.page);
	for (unsigned int i = 0; i < RUNS; i++)
		child_join(pids[i]);
	write_driver_file("bind", stuck.address);
	wait_for_device();
	all_portals_work();
}

/* Nor does it take a reset, neither here nor when the driver comes back. */
static void removal_without_reset(void)
{
	device_reset_methods(NO_RESET);
	removal_with_stuck_page();
	device_reset_methods(ANY_RESET);
}

const struct scenario removal_scenarios[] = {
	{ "removal-under-load", removal_under_load },
	{ "removal-with-stuck-page", removal_with_stuck_page },
	{ "removal-without-reset", removal_without_reset },
	{ NULL, NULL },
};
