/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses that the device must not reach: each is answered with an error, none
 * with a hang, and the portal works on afterwards.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scenario.h"

enum { INTERRUPT_RANGE = 0xfee00000 };

/* Refused for reading and for writing, at that address. */
static void must_refuse(const struct svm *svm, uint64_t address,
			const char *what)
{
	uint64_t word = 0x77;
	struct svm_work work;

	svm_prepare_copy(&work, &word, (void *)address, sizeof(word));
	CHECK_STATUS(svm_run(svm, &work), SVM_STATUS_FAULT, what);
	CHECK(work.record.fault_address / page_size == address / page_size,
	      "%s: refused at %#llx instead of %#llx", what,
	      (unsigned long long)work.record.fault_address,
	      (unsigned long long)address);
	CHECK(word == 0x77, "%s: the device has read something", what);

	CHECK_STATUS(svm_fill(svm, (void *)address, 0, 8), SVM_STATUS_FAULT,
		     what);
}

static void bad_pointers(void)
{
	uint8_t *unmapped = map_anonymous(2 * page_size);
	struct svm svm;

	device_open(&svm);
	munmap(unmapped, 2 * page_size);
	must_refuse(&svm, 0, "null");
	must_refuse(&svm, 64, "near null");
	must_refuse(&svm, (uintptr_t)unmapped, "unmapped");
	must_refuse(&svm, 0x00007ffffffff000, "end of user memory");
	must_refuse(&svm, 0x0000800000000000, "behind user memory");
	must_refuse(&svm, 0x0123456789abc000, "non-canonical");
	must_refuse(&svm, 0x8000000000000000, "non-canonical");
	device_must_work(&svm);
}

static void kernel_addresses(void)
{
	struct svm svm;

	device_open(&svm);
	must_refuse(&svm, 0xffffffff81000000, "kernel text");
	must_refuse(&svm, 0xffff888000000000, "kernel's direct map");
	must_refuse(&svm, 0xfffffe0000000000, "kernel's entry area");
	must_refuse(&svm, 0xfffffffffffff000, "end of the address space");
	device_must_work(&svm);
}

/* A copy that runs into a hole: all before it is done, nothing behind it. */
static void hole(void)
{
	const size_t length = 8 * page_size;
	uint8_t *to = map_anonymous(length), *from = malloc(length);
	struct svm_work work;
	struct svm svm;

	device_open(&svm);
	pattern_fill(from, length, 1);
	munmap(to + 5 * page_size, page_size);
	svm_prepare_copy(&work, to + 8, from, 7 * page_size);
	CHECK_STATUS(svm_run(&svm, &work), SVM_STATUS_FAULT, "copy");
	CHECK(work.record.fault_address / page_size ==
		      (uintptr_t)to / page_size + 5,
	      "refused at %#llx instead of %p",
	      (unsigned long long)work.record.fault_address,
	      (void *)(to + 5 * page_size));
	CHECK(work.record.done <= 5 * page_size - 8,
	      "%llu bytes done, more than there is room for",
	      (unsigned long long)work.record.done);
	CHECK_PATTERN(to + 8, work.record.done, 1, "what was done");
	for (size_t i = 6 * page_size; i < length; i++)
		CHECK(!to[i], "the device wrote behind the hole");
}

static const uint8_t constant[2 * 4096] = { 1, 2, 3 };

static void read_only_memory(const struct svm *svm, void *data, size_t length,
			     const char *what)
{
	uint8_t *before = malloc(length), *to = malloc(length);

	memcpy(before, data, length);
	CHECK_OK(svm_copy(svm, to, data, length), what);
	CHECK(!memcmp(before, to, length), "%s: wrong data read", what);
	CHECK_STATUS(svm_fill(svm, data, ~0ull, length & ~7ul),
		     SVM_STATUS_FAULT, what);
	CHECK(!memcmp(before, data, length), "%s: has changed", what);
	free(before);
	free(to);
}

static void read_only(void)
{
	const size_t length = 4 * page_size;
	int fd = make_memfd(length);
	uint8_t *view = map_shared(fd, length), *data;
	struct svm svm;

	device_open(&svm);
	pattern_fill(view, length, 2);
	data = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
	read_only_memory(&svm, data, length, "shared file");
	data = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
	read_only_memory(&svm, data, length, "private file");
	data = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	read_only_memory(&svm, data, length, "zero page");
	read_only_memory(&svm, (void *)constant, sizeof(constant), "constants");
	read_only_memory(&svm, (void *)(uintptr_t)read_only, 64, "code");
	device_must_work(&svm);
}

static uint32_t portal0(const struct svm *svm, struct svm_portal0 command)
{
	int ret = svm_portal0(svm, &command);

	if (ret == -EPERM)
		SKIP("needs CAP_SYS_RAWIO");
	CHECK(!ret, "portal 0: %s", strerror(-ret));
	return command.status;
}

/* By the portal, which is not allowed to ask; by the IOMMU, which must not. */
static void privileged(void)
{
	uint8_t *data = calloc(1, 4096);
	struct svm_portal0 command = {
		.options = SVM_P0_OPT_PRIVILEGED,
		.address = (uintptr_t)data,
		.length = 4096,
		.crc = svm_crc8(data, 4096),
	};
	struct svm_work work;
	struct svm svm;

	device_open(&svm);
	svm_prepare_fill(&work, data, ~0ull, 64);
	work.command.flags = SVM_CMD_PRIVILEGED;
	CHECK_STATUS(svm_run(&svm, &work), SVM_STATUS_DENIED,
		     "privileged command");

	for (uint32_t c = SVM_P0_CMD_WRITE; c <= SVM_P0_CMD_READ; c++) {
		command.command = c;
		CHECK(portal0(&svm, command) == SVM_P0_STATUS_ERROR,
		      "portal 0: privileged command %u went through", c);
		command.address = 0xffffffff81000000;
		CHECK(portal0(&svm, command) == SVM_P0_STATUS_ERROR,
		      "portal 0: command %u reached the kernel", c);
		command.address = (uintptr_t)data;
	}
	for (unsigned int i = 0; i < 4096; i++)
		CHECK(!data[i], "a privileged request has written");
	device_must_work(&svm);
}

/* Without PASID the range belongs to interrupts and is never memory. */
static void interrupt_range(void)
{
	struct svm_portal0 command = {
		.flags = SVM_PORTAL0_NO_PASID,
		.address = INTERRUPT_RANGE,
		.length = 64,
	};
	struct svm svm;

	device_open(&svm);
	for (uint32_t c = SVM_P0_CMD_WRITE; c <= SVM_P0_CMD_READ; c++) {
		command.command = c;
		command.address = INTERRUPT_RANGE;
		CHECK(portal0(&svm, command) == SVM_P0_STATUS_ERROR,
		      "command %u went through at %#x", c, INTERRUPT_RANGE);
		command.address = INTERRUPT_RANGE + 0xff000;
		CHECK(portal0(&svm, command) == SVM_P0_STATUS_ERROR,
		      "command %u went through at the range's end", c);
	}
	must_refuse(&svm, INTERRUPT_RANGE, "with PASID, unmapped");
	device_must_work(&svm);
}

/* With PASID it is an address like any other. */
static void interrupt_range_with_pasid(void)
{
	const size_t length = 4 * page_size;
	uint8_t *to = mmap((void *)(uintptr_t)INTERRUPT_RANGE, length,
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			   -1, 0);
	struct svm svm;

	CHECK(to == (void *)(uintptr_t)INTERRUPT_RANGE, "mmap: %s",
	      strerror(errno));
	device_open(&svm);
	copy_and_check(&svm, to, malloc(length), length, 3);
	copy_and_check(&svm, malloc(length), to, length, 4);
}

const struct scenario refusal_scenarios[] = {
	{ "bad-pointers", bad_pointers },
	{ "kernel-addresses", kernel_addresses },
	{ "hole", hole },
	{ "read-only", read_only },
	{ "privileged", privileged },
	{ "interrupt-range", interrupt_range },
	{ "interrupt-range-with-pasid", interrupt_range_with_pasid },
	{ NULL, NULL },
};
