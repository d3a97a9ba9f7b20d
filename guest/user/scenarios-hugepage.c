/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pages of 2 MiB and 1 GiB: one translation for all of it, and what happens
 * when the kernel breaks one up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <linux/mman.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scenario.h"

#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

/* Bytes of the mapping at this address that lie in transparent huge pages. */
static size_t transparent_size(const void *data)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	uint64_t start, end, kib;
	bool inside = false;
	size_t size = 0;
	char line[512];

	CHECK(file, "/proc/self/smaps: %s", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2)
			inside = (uintptr_t)data >= start &&
				 (uintptr_t)data < end;
		else if (inside &&
			 sscanf(line, "AnonHugePages: %" SCNu64, &kib) == 1)
			size = kib * 1024;
	}
	fclose(file);
	return size;
}

static uint8_t *map_transparent(size_t length)
{
	uint8_t *data = map_aligned(length, 2 * MIB);

	if (madvise(data, length, MADV_HUGEPAGE))
		SKIP("the kernel has no transparent huge pages");
	return data;
}

/* Copies across all of the memory, in pieces that cross its 4 KiB borders. */
static void copy_pieces(const struct svm *svm, uint8_t *data, size_t length,
			size_t stride)
{
	const size_t piece = 3 * page_size + 100;
	uint8_t *from = malloc(piece);

	for (size_t at = page_size - 50; at + piece <= length; at += stride)
		copy_and_check(svm, data + at, from, piece, at);
	for (size_t at = page_size - 50; at + piece <= length; at += stride)
		CHECK_PATTERN(data + at, piece, at, "huge page");
	free(from);
}

static void transparent(void)
{
	const size_t length = 4 * MIB;
	uint8_t *data = map_transparent(length), *from = malloc(length);
	struct svm svm;

	device_open(&svm);
	data[0] = 1;
	data[2 * MIB] = 1;
	if (transparent_size(data) < 2 * MIB)
		SKIP("the kernel found no free 2 MiB page");
	copy_pieces(&svm, data, length, 64 * 1024);
	copy_and_check(&svm, data, from, length, 1);
}

/* The first touch is the device's. */
static void transparent_by_device(void)
{
	const size_t length = 4 * MIB;
	uint8_t *data = map_transparent(length), *from = malloc(length);
	struct svm svm;

	device_open(&svm);
	pattern_fill(from, length, 2);
	CHECK_OK(svm_copy(&svm, data, from, length), "copy");
	CHECK_PATTERN(data, length, 2, "memory first touched by the device");
}

static void split(void)
{
	const size_t length = 2 * MIB;
	uint8_t *data = map_transparent(length), *from = malloc(length);
	struct svm svm;

	device_open(&svm);
	data[0] = 1;
	if (transparent_size(data) < length)
		SKIP("the kernel found no free 2 MiB page");
	copy_and_check(&svm, data, from, length, 3);

	CHECK(!munmap(data + MIB, page_size), "munmap: %s", strerror(errno));
	CHECK(!mprotect(data, page_size, PROT_READ), "mprotect: %s",
	      strerror(errno));
	CHECK_STATUS(svm_fill(&svm, data + MIB, 0, 8), SVM_STATUS_FAULT,
		     "fill of the hole");
	CHECK_STATUS(svm_fill(&svm, data, 0, 8), SVM_STATUS_FAULT,
		     "fill of the read-only part");
	CHECK_PATTERN(data, MIB, 3, "first half");
	copy_pieces(&svm, data + MIB + page_size, MIB - page_size, 64 * 1024);
}

static uint8_t *map_hugetlb(size_t length, int size_flag)
{
	void *data = mmap(NULL, length, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | size_flag,
			  -1, 0);

	if (data == MAP_FAILED)
		SKIP("no such page is reserved: %s", strerror(errno));
	return data;
}

static void hugetlb_2m(void)
{
	const size_t length = 8 * MIB;
	uint8_t *data = map_hugetlb(length, MAP_HUGE_2MB);
	struct svm svm;

	device_open(&svm);
	copy_pieces(&svm, data, length, 128 * 1024);
	copy_and_check(&svm, data, malloc(length), length, 4);
	CHECK(!munmap(data, length), "munmap: %s", strerror(errno));
	CHECK_STATUS(svm_fill(&svm, data, 0, 8), SVM_STATUS_FAULT,
		     "fill after munmap");
}

static void hugetlb_1g(void)
{
	uint8_t *data = map_hugetlb(GIB, MAP_HUGE_1GB);
	struct svm svm;

	device_open(&svm);
	copy_pieces(&svm, data, GIB, 16 * MIB + 4096);
	copy_and_check(&svm, data + GIB - 3 * MIB, data + MIB, 3 * MIB, 5);
	CHECK(!munmap(data, GIB), "munmap: %s", strerror(errno));
	CHECK_STATUS(svm_fill(&svm, data + GIB / 2, 0, 8), SVM_STATUS_FAULT,
		     "fill after munmap");
}

const struct scenario hugepage_scenarios[] = {
	{ "huge-2m-transparent", transparent },
	{ "huge-2m-first-touch", transparent_by_device },
	{ "huge-2m-split", split },
	{ "huge-2m-hugetlb", hugetlb_2m },
	{ "huge-1g-hugetlb", hugetlb_1g },
	{ NULL, NULL },
};
