/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio-check MODE EDU NVME: maps memory for an edu device and an NVMe
 * controller through vfio type1 and checks where their DMA goes, and which
 * faults the kernel tells of.  MODE is how the kernel makes the tables of the
 * functions; EDU and NVME are PCI addresses with vfio-pci as their driver.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"
#include "edu.h"
#include "faults.h"
#include "nvme.h"

enum {
	FAULT_SECONDS = 180, /* the kernel prints a few in five seconds */
	FAULT_POLLS = 10,
};

/* The unit's reason codes: SPEC 7.1.3, tables of fault conditions. */
static const struct mode modes[] = {
	{ "legacy", 0x06, 0x05, 0x05, 0x06 },
	{ "second-stage", 0x79, 0x79, 0x85, 0x86 },
	{ "first-stage", 0x71, 0x71, 0x85, 0 },
	/* Before Linux used its common page tables, what may be written may be
	 * read as well. */
	{ "legacy-6.12", 0x06, 0x05, 0x05, 0 },
	{ "second-stage-6.12", 0x79, 0x79, 0x85, 0 },
};

/* Kernels print it with the segment, and without (6.12). */
static bool is_device(const struct vfio *vfio, const struct fault *fault)
{
	const char *colon = strchr(vfio->address, ':');

	return !strcmp(fault->device, vfio->address) ||
	       (colon && !strcmp(fault->device, colon + 1));
}

void expect_fault(const struct vfio *vfio, uint64_t iova, bool write,
		  unsigned int reason,
		  void (*act)(const struct vfio *vfio, uint64_t iova))
{
	time_t end = time(NULL) + FAULT_SECONDS;
	struct fault fault;

	while (time(NULL) < end) {
		act(vfio, iova);
		for (int i = 0; i < FAULT_POLLS; i++) {
			while (faults_next(&fault)) {
				if (fault.address != iova)
					continue;
				if (!is_device(vfio, &fault) ||
				    fault.write != write ||
				    fault.reason != reason)
					fail("fault of %s, %s, reason %02xh; expected %s, reason %02xh",
					     fault.device,
					     fault.write ? "write" : "read",
					     fault.reason,
					     write ? "write" : "read", reason);
				return;
			}
			usleep(50000);
		}
	}
	fail("no fault at %llx", (unsigned long long)iova);
}

void fill(void *memory, size_t size, unsigned int seed)
{
	uint32_t *word = memory;

	for (size_t i = 0; i < size / sizeof(*word); i++)
		word[i] = (seed << 24) ^ (i * 2654435761u);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void expect_filled(const void *memory, size_t size, unsigned int seed,
		   const char *what)
{
	const uint32_t *word = memory;

	for (size_t i = 0; i < size / sizeof(*word); i++)
		if (__atomic_load_n(&word[i], __ATOMIC_RELAXED) !=
		    ((seed << 24) ^ (uint32_t)(i * 2654435761u)))
			fail("%s does not hold what it should, at %zx", what,
			     i * sizeof(*word));
}

/* No check leaves a fault outside of those that are about faults. */
static void expect_no_fault(const struct vfio *vfio, uint64_t iova)
{
	struct fault fault;

	while (faults_next(&fault))
		if (is_device(vfio, &fault) && fault.address >= iova &&
		    fault.address < iova + ROOM)
			fail("fault at %llx, reason %02xh",
			     (unsigned long long)fault.address, fault.reason);
}

static void run(const char *address, const struct check *check, uint64_t iova,
		const struct mode *mode)
{
	struct vfio vfio;

	for (; check->name; check++, iova += ROOM) {
		printf("check %s\n", check->name);
		faults_forget();
		vfio_open(&vfio, address);
		check->run(&vfio, iova, mode);
		if (!check->faults)
			expect_no_fault(&vfio, iova);
		vfio_close(&vfio);
	}
}

int main(int argc, char **argv)
{
	const struct mode *mode = modes;

	if (argc != 4)
		fail("usage: vfio-check MODE EDU NVME");
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (strcmp(mode->name, argv[1]))
		if (++mode == modes + sizeof(modes) / sizeof(modes[0]))
			fail("no mode '%s'", argv[1]);
	run(argv[2], edu_checks, ROOM, mode);
	run(argv[3], nvme_checks, 0x7f00000000, mode);
	puts("all checks passed");
	return 0;
}
