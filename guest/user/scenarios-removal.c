/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver leaves the device while processes use it, and comes back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "scenario.h"

enum { USERS = 3, ROUNDS = 3 };

/* The PCI address of /dev/svmN, by its sysfs link. */
static void pci_address(char *address, size_t size)
{
	char path[128], target[256];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/class/misc/%s/device",
		 strrchr(device_path, '/') + 1);
	length = readlink(path, target, sizeof(target) - 1);
	CHECK(length > 0, "%s: %s", path, strerror(errno));
	target[length] = '\0';
	CHECK(strrchr(target, '/'), "%s: no address in %s", path, target);
	snprintf(address, size, "%s", strrchr(target, '/') + 1);
}

static void write_driver_file(const char *name, const char *address)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/svm/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		SKIP("needs root");
	CHECK(fd >= 0, "%s: %s", path, strerror(errno));
	CHECK(write(fd, address, strlen(address)) == (ssize_t)strlen(address),
	      "%s: %s", path, strerror(errno));
	close(fd);
}

static sigjmp_buf portal_gone;

static void on_bus_error(int signal)
{
	(void)signal;
	siglongjmp(portal_gone, 1);
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
	signal(SIGBUS, on_bus_error);
	if (sigsetjmp(portal_gone, 1)) {
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

	pci_address(address, sizeof(address));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		remove_and_return(address);
		device_open(&svm);
		copy_and_check(&svm, to, from, 50000, i);
		svm_close(&svm);
	}
}

const struct scenario removal_scenarios[] = {
	{ "removal-under-load", removal_under_load },
	{ NULL, NULL },
};
