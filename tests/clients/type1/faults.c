/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"
#include "vfio.h"

static int kernel_log(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		fail("/dev/kmsg: %s", strerror(errno));
	return fd;
}

void faults_forget(void)
{
	lseek(kernel_log(), 0, SEEK_END);
}

static bool parse(const char *line, struct fault *fault)
{
	const char *kind = strstr(line, "[DMA ");
	const char *device = strstr(line, "Request device [");
	const char *address = strstr(line, "fault addr 0x");
	const char *reason = strstr(line, "[fault reason 0x");
	unsigned long long value;

	if (!kind || !device || !address || !reason)
		return false;
	fault->write = !strncmp(kind, "[DMA Write", strlen("[DMA Write"));
	if (sscanf(device, "Request device [%15[^]]", fault->device) != 1 ||
	    sscanf(address, "fault addr 0x%llx", &value) != 1 ||
	    sscanf(reason, "[fault reason 0x%x", &fault->reason) != 1)
		return false;
	fault->address = value;
	return true;
}

bool faults_next(struct fault *fault)
{
	char record[2048];

	for (;;) {
		ssize_t length = read(kernel_log(), record, sizeof(record) - 1);

		if (length < 0 && errno == EPIPE)
			continue; /* records were overwritten */
		if (length <= 0)
			return false;
		record[length] = '\0';
		if (parse(record, fault))
			return true;
	}
}
