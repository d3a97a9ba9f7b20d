/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A command waits for a page that does not come, which cannot be cut short: what
 * it works for stays taken until it has ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "scenario.h"

struct stuck {
	struct stuck_page *page;
	int told[2];
};

static void make_stuck(struct stuck *stuck)
{
	CHECK(!pipe(stuck->told), "pipe: %s", strerror(errno));
	stuck->page = stuck_page_make();
}

static void tell(const struct stuck *stuck, uint32_t number)
{
	CHECK(write(stuck->told[1], &number, sizeof(number)) == sizeof(number),
	      "pipe: %s", strerror(errno));
}

static uint32_t told(const struct stuck *stuck)
{
	uint32_t number;

	CHECK(read(stuck->told[0], &number, sizeof(number)) == sizeof(number),
	      "pipe: %s", strerror(errno));
	return number;
}

static int portal0_read(int fd, const void *data, size_t length,
			uint32_t *status)
{
	struct svm_portal0 command = {
		.command = SVM_P0_CMD_READ,
		.address = (uintptr_t)data,
		.length = length,
		.crc = svm_crc8("", length),
	};
	int ret = ioctl(fd, SVM_IOC_PORTAL0, &command) ? -errno : 0;

	*status = command.status;
	return ret;
}

static void no_more(int signal)
{
	(void)signal;
}

/* The portal is not mapped: a page that does not come keeps mappings, too. */
static void interrupt_and_close(void *arg)
{
	const struct sigaction action = { .sa_handler = no_more };
	const struct stuck *stuck = arg;
	struct svm_info info;
	uint32_t status;
	int fd, ret;

	sigaction(SIGUSR1, &action, NULL);
	fd = open(device_path, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0 && !ioctl(fd, SVM_IOC_INFO, &info), "%s: %s", device_path,
	      strerror(errno));
	ret = portal0_read(fd, stuck_page_map(stuck->page), 1, &status);
	CHECK(ret == -EINTR, "portal 0: %s", strerror(-ret));
	close(fd);
	tell(stuck, info.pasid);
	tell(stuck, info.portal);
}

/*
 * The close comes to an end, the process too, and nobody gets the PASID or the
 * portal before the device is done with them.
 */
static void closed(void)
{
	uint32_t pasid, portal;
	struct stuck stuck;
	struct svm svm[2];
	pid_t pid;

	make_stuck(&stuck);
	pid = child_start(interrupt_and_close, &stuck);
	stuck_page_wait(stuck.page);
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	pasid = told(&stuck);
	portal = told(&stuck);
	child_join(pid);
	for (unsigned int i = 0; i < 2; i++) {
		device_open(&svm[i]);
		CHECK(svm[i].info.pasid != pasid, "PASID %u is in use", pasid);
		CHECK(svm[i].info.portal != portal, "portal %u is in use",
		      portal);
		device_must_work(&svm[i]);
	}
	stuck_page_release(stuck.page);
	for (unsigned int i = 0; i < 2; i++)
		svm_close(&svm[i]);
	all_portals_work();
}

static void portal0_until_lost(void *arg)
{
	const struct stuck *stuck = arg;
	struct svm svm;
	uint32_t status;
	int ret;

	device_open(&svm);
	ret = portal0_read(svm.fd, stuck_page_map(stuck->page), 1, &status);
	CHECK(ret == -EIO, "portal 0 of a suspend: %s, status %u",
	      strerror(-ret), status);
}

/*
 * The suspend has to do without a reset.  What runs in portal 0 is lost all the
 * same, and its end is not taken for that of what runs there next.
 */
static void suspended_without_reset(void)
{
	struct stuck stuck;
	uint32_t status;
	struct svm svm;
	pid_t pid;
	int ret;

	make_stuck(&stuck);
	pid = child_start(portal0_until_lost, &stuck);
	stuck_page_wait(stuck.page);
	device_reset_methods(NO_RESET);
	suspend_machine();
	child_join(pid);
	device_open(&svm);
	for (unsigned int i = 0; i < 100; i++) {
		/* Right and wrong in turn. */
		ret = portal0_read(svm.fd, i % 2 ? "x" : "", 1, &status);
		CHECK(!ret && status == i % 2,
		      "portal 0 after it: %s, status %u", strerror(-ret),
		      status);
		if (i == 50)
			stuck_page_release(stuck.page);
	}
	svm_close(&svm);
	/* To look for methods the kernel waits for the device's pages, too. */
	device_reset_methods(ANY_RESET);
	all_portals_work();
}

const struct scenario stuck_scenarios[] = {
	{ "closed-with-stuck-page", closed },
	{ "suspend-without-reset", suspended_without_reset },
	{ NULL, NULL },
};
