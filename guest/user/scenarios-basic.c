/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every kind of ordinary memory, through portal 0 and through a user portal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

enum { GUARD = 0x5c, ODD = 77 };

static uint32_t portal0(const struct svm *svm, struct svm_portal0 command)
{
	int ret = svm_portal0(svm, &command);

	CHECK(!ret, "portal 0: %s", strerror(-ret));
	return command.status;
}

/* Not aligned, over several pages, with a guard byte at both ends. */
static void portal0_write(void)
{
	const size_t length = 5 * page_size + 123;
	uint8_t *data = malloc(length + ODD + 1);
	struct svm svm;

	device_open(&svm);
	memset(data, GUARD, length + ODD + 1);
	CHECK(portal0(&svm, (struct svm_portal0){
				    .command = SVM_P0_CMD_WRITE,
				    .address = (uintptr_t)data + ODD,
				    .length = length,
			    }) == SVM_P0_STATUS_OK,
	      "the write command failed");
	for (size_t i = 0; i < length; i++)
		CHECK(data[ODD + i] == i % SVM_P0_SEQUENCE,
		      "byte %zu is %u after the write command", i,
		      data[ODD + i]);
	CHECK(data[ODD - 1] == GUARD && data[ODD + length] == GUARD,
	      "the device wrote outside of the buffer");
}

static void portal0_read(void)
{
	const size_t length = 3 * page_size + 45;
	uint8_t *data = malloc(length);
	struct svm_portal0 command = {
		.command = SVM_P0_CMD_READ,
		.address = (uintptr_t)data,
		.length = length,
	};
	struct svm svm;

	device_open(&svm);
	pattern_fill(data, length, 1);
	command.crc = svm_crc8(data, length);
	CHECK(portal0(&svm, command) == SVM_P0_STATUS_OK,
	      "the device read something else than the CPU wrote");

	data[length / 2] ^= 0x10;
	CHECK(portal0(&svm, command) == SVM_P0_STATUS_ERROR,
	      "a wrong checksum was not noticed");
	data[length / 2] ^= 0x10;
	CHECK(portal0(&svm, command) == SVM_P0_STATUS_OK,
	      "the device read something else than the CPU wrote");
}

static void heap(void)
{
	struct svm svm;

	device_open(&svm);
	for (uint64_t seed = 1; seed <= 20; seed++) {
		size_t length = 1 + pattern_word(seed, 0) % 100000;
		uint8_t *to = malloc(length), *from = malloc(length);

		copy_and_check(&svm, to, from, length, seed);
		free(to);
		free(from);
	}
}

static void stack(void)
{
	uint8_t to[20000], from[sizeof(to)];
	struct svm svm;

	device_open(&svm);
	copy_and_check(&svm, to + 3, from + 5, sizeof(to) - 5, 2);
}

static uint8_t data_to[3 * 4096 + 9] = { 1 };
static uint8_t bss_from[3 * 4096 + 9];
static _Thread_local uint8_t thread_to[sizeof(bss_from)];

static void globals(void)
{
	struct svm svm;

	device_open(&svm);
	copy_and_check(&svm, data_to, bss_from, sizeof(bss_from), 3);
	copy_and_check(&svm, thread_to, data_to, sizeof(bss_from), 4);
}

static void mmap_anonymous(void)
{
	const size_t length = 1 << 20;
	struct svm svm;

	device_open(&svm);
	copy_and_check(&svm, map_anonymous(length), map_anonymous(length),
		       length, 5);
}

/* What the device writes arrives in the file, and in its other mapping. */
static void mmap_file(void)
{
	const size_t length = 64 * page_size;
	int fd = make_memfd(length);
	uint8_t *to = map_shared(fd, length), *other = map_shared(fd, length);
	uint8_t *back = malloc(length);
	struct svm svm;

	device_open(&svm);
	copy_and_check(&svm, to, malloc(length), length, 6);
	CHECK_PATTERN(other, length, 6, "second mapping");
	CHECK(pread(fd, back, length, 0) == (ssize_t)length, "pread: %s",
	      strerror(errno));
	CHECK_PATTERN(back, length, 6, "file");
	pattern_fill(other, length, 7);
	CHECK_OK(svm_copy(&svm, back, to, length), "copy from the file");
	CHECK_PATTERN(back, length, 7, "copy from the file");
}

/* The device writes exactly the bytes it was asked to write. */
static void exact_bounds(void)
{
	uint8_t *to = malloc(4 * page_size), *from = malloc(4 * page_size);
	struct svm svm;

	device_open(&svm);
	pattern_fill(from, 4 * page_size, 8);
	for (unsigned int i = 0; i < 64; i++) {
		size_t at = page_size - 32 + i;
		size_t length = 1 + pattern_word(i, 1) % (2 * page_size);

		memset(to, GUARD, 4 * page_size);
		CHECK_OK(svm_copy(&svm, to + at, from + i, length), "copy");
		CHECK(!memcmp(to + at, from + i, length), "wrong data");
		for (size_t k = 0; k < 4 * page_size; k++)
			CHECK((k >= at && k < at + length) || to[k] == GUARD,
			      "byte %zu outside of %zu+%zu was written", k, at,
			      length);
	}
}

static void interrupt(void)
{
	uint64_t word = 0;
	struct svm_work work;
	struct svm svm;

	device_open(&svm);
	for (unsigned int i = 1; i <= 10; i++) {
		struct pollfd poll_fd = { .fd = svm.fd, .events = POLLIN };
		int64_t count;

		CHECK(poll(&poll_fd, 1, 0) == 0, "an interrupt before time");
		svm_prepare_fill(&work, &word, i, sizeof(word));
		work.command.flags = SVM_CMD_INTERRUPT;
		svm_submit(&svm, &work);
		if (i & 1)
			CHECK(poll(&poll_fd, 1, -1) == 1 &&
				      poll_fd.revents == POLLIN,
			      "poll: %s", strerror(errno));
		count = svm_interrupts(&svm);
		CHECK(count == 1, "%lld interrupts for one command",
		      (long long)count);
		CHECK_OK(svm_peek(&work), "record when the interrupt came");
		CHECK(word == i, "the fill has not happened");
	}
}

const struct scenario basic_scenarios[] = {
	{ "portal0-write", portal0_write },
	{ "portal0-read", portal0_read },
	{ "heap", heap },
	{ "stack", stack },
	{ "globals", globals },
	{ "mmap-anonymous", mmap_anonymous },
	{ "mmap-file", mmap_file },
	{ "exact-bounds", exact_bounds },
	{ "interrupt", interrupt },
	{ NULL, NULL },
};
