/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pages that are not there when the device comes for them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scenario.h"

enum { PAGES = 128 };

static void touched_by_device_write(void)
{
	const size_t length = PAGES * page_size;
	uint8_t *to = map_anonymous(length), *from = malloc(length);
	uint64_t requests;
	struct svm svm;

	device_open(&svm);
	pattern_fill(from, length, 1);
	CHECK(!pages_present(to, length), "the memory has pages already");
	requests = device_counters(&svm).value[SVM_COUNTER_RESPONSES_SUCCESS];
	CHECK_OK(svm_copy(&svm, to, from, length), "copy");
	CHECK_PATTERN(to, length, 1, "never-touched memory");
	CHECK(pages_present(to, length) == PAGES, "not all pages came");
	requests = device_counters(&svm).value[SVM_COUNTER_RESPONSES_SUCCESS] -
		   requests;
	CHECK(requests > 0, "no page request was served");
}

static void touched_by_device_read(void)
{
	const size_t length = PAGES * page_size;
	uint8_t *from = map_anonymous(length), *to = malloc(length);
	struct svm svm;

	device_open(&svm);
	memset(to, 0xa5, length);
	CHECK_OK(svm_copy(&svm, to, from, length), "copy");
	for (size_t i = 0; i < length; i++)
		CHECK(!to[i], "byte %zu of never-touched memory is %u", i,
		      to[i]);

	/* The zero page that the reads have mapped must not take the writes. */
	pattern_fill(to, length, 2);
	CHECK_OK(svm_copy(&svm, from, to, length), "copy back");
	CHECK_PATTERN(from, length, 2, "written after it was read");
	CHECK(!*(uint8_t *)map_anonymous(page_size),
	      "the zero page is not zero");
}

static void private_file(void)
{
	const size_t length = PAGES * page_size;
	int fd = make_memfd(length);
	uint8_t *shared = map_shared(fd, length), *to = malloc(length);
	uint8_t *private = mmap(NULL, length, PROT_READ | PROT_WRITE,
				MAP_PRIVATE, fd, 0);
	struct svm svm;

	CHECK(private != MAP_FAILED, "mmap: %s", strerror(errno));
	device_open(&svm);
	pattern_fill(shared, length, 3);
	CHECK_OK(svm_copy(&svm, to, private, length), "copy from the file");
	CHECK_PATTERN(to, length, 3, "copy from the file");
	pattern_fill(to, length, 4);
	CHECK_OK(svm_copy(&svm, private, to, length), "copy to the mapping");
	CHECK_PATTERN(private, length, 4, "private mapping");
	CHECK_PATTERN(shared, length, 3, "file behind the private mapping");
}

static void need_swap(void)
{
	FILE *file = fopen("/proc/swaps", "r");
	char line[256];
	int lines = 0;

	while (file && fgets(line, sizeof(line), file))
		lines++;
	if (file)
		fclose(file);
	if (lines < 2)
		SKIP("no swap space, so the kernel cannot take pages away");
}

static void page_out(void *data, size_t length)
{
	if (madvise(data, length, MADV_PAGEOUT) && errno == EINVAL)
		SKIP("the kernel has no MADV_PAGEOUT");
}

/* Until most pages have really left. */
static void page_out_all(void *data, size_t length)
{
	for (unsigned int i = 0; i < 100; i++) {
		page_out(data, length);
		if (pages_present(data, length) * 4 <= length / page_size)
			break;
		sleep_ms(10);
	}
	CHECK(pages_present(data, length) * 4 <= length / page_size &&
		      pages_swapped(data, length),
	      "the kernel did not take the pages: %zu present, %zu swapped",
	      pages_present(data, length), pages_swapped(data, length));
}

static void paged_out(void)
{
	const size_t length = PAGES * page_size;
	uint8_t *to = map_anonymous(length), *from = map_anonymous(length);
	struct svm svm;

	need_swap();
	device_open(&svm);
	for (uint64_t seed = 10; seed < 14; seed++) {
		/* Leaves translations of all pages in the device's cache. */
		copy_and_check(&svm, to, from, length, seed);
		page_out_all(from, length);
		page_out_all(to, length);
		CHECK_OK(svm_copy(&svm, to, from, length), "copy");
		CHECK_PATTERN(to, length, seed, "copy of swapped pages");
		page_out_all(to, length);
		CHECK_PATTERN(to, length, seed, "copy after swap");
		CHECK_PATTERN(from, length, seed, "source after swap");
	}
}

struct reclaim {
	void *data;
	size_t length;
	bool stop;
	size_t taken;
};

static void *reclaim_pages(void *arg)
{
	struct reclaim *reclaim = arg;

	while (!__atomic_load_n(&reclaim->stop, __ATOMIC_ACQUIRE)) {
		page_out(reclaim->data, reclaim->length);
		reclaim->taken += pages_swapped(reclaim->data, reclaim->length);
	}
	return NULL;
}

static void paged_out_during(void)
{
	const size_t length = PAGES * page_size;
	uint8_t *data = map_anonymous(2 * length);
	uint8_t *from = data, *to = data + length;
	struct reclaim reclaim = { .data = data, .length = 2 * length };
	pthread_t thread;
	struct svm svm;

	need_swap();
	device_open(&svm);
	pattern_fill(from, length, 20);
	pthread_create(&thread, NULL, reclaim_pages, &reclaim);
	for (unsigned int i = 0; i < 20; i++) {
		CHECK_OK(svm_fill(&svm, to, i, length), "fill");
		CHECK(to[0] == i && to[length - 8] == i, "the fill got lost");
		CHECK_OK(svm_copy(&svm, to, from, length), "copy");
		CHECK_PATTERN(to, length, 20, "copy while pages leave");
	}
	__atomic_store_n(&reclaim.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	CHECK_PATTERN(from, length, 20, "source while pages leave");
	CHECK(reclaim.taken, "no page has left");
}

const struct scenario paging_scenarios[] = {
	{ "demand-paging-write", touched_by_device_write },
	{ "demand-paging-read", touched_by_device_read },
	{ "private-file", private_file },
	{ "paged-out", paged_out },
	{ "paged-out-while-working", paged_out_during },
	{ NULL, NULL },
};
