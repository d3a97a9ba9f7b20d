/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The process changes its mappings; the device must never reach what a page
 * table said before.  The old pages stay visible to the CPU through a second
 * mapping of their file, so a late write would show.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scenario.h"

enum { PAGES = 64, ROUNDS = 20 };

/* A file, and a view of it that stays. */
struct backing {
	int fd;
	uint8_t *view;
};

static size_t length_of_mapping(void)
{
	return PAGES * page_size;
}

static struct backing make_backing(void)
{
	struct backing backing = { .fd = make_memfd(length_of_mapping()) };

	backing.view = map_shared(backing.fd, length_of_mapping());
	return backing;
}

/* Puts the file at this address, in place of what is there. */
static void map_over(void *at, const struct backing *backing)
{
	void *got = mmap(at, length_of_mapping(), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, backing->fd, 0);

	CHECK(got == at, "mmap: %s", strerror(errno));
}

static void must_unmap(void *at, size_t length)
{
	CHECK(!munmap(at, length), "munmap: %s", strerror(errno));
}

static void remap_between(void)
{
	const size_t length = length_of_mapping();
	struct backing old = make_backing(), new = make_backing();
	uint8_t *at = map_anonymous(length), *from = malloc(length);
	struct svm svm;

	device_open(&svm);
	for (uint64_t seed = 1; seed <= ROUNDS; seed += 2) {
		map_over(at, &old);
		copy_and_check(&svm, at, from, length, seed);
		CHECK_PATTERN(old.view, length, seed, "first file");

		must_unmap(at, length);
		map_over(at, &new);
		copy_and_check(&svm, at, from, length, seed + 1);
		CHECK_PATTERN(new.view, length, seed + 1, "second file");
		CHECK_PATTERN(old.view, length, seed,
			      "first file, whose pages are mapped no more");
	}
}

/* The device reads the new page, too. */
static void remap_between_reads(void)
{
	const size_t length = length_of_mapping();
	struct backing files[2] = { make_backing(), make_backing() };
	uint8_t *at = map_anonymous(length), *to = malloc(length);
	struct svm svm;

	device_open(&svm);
	pattern_fill(files[0].view, length, 30);
	pattern_fill(files[1].view, length, 31);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		map_over(at, &files[i & 1]);
		CHECK_OK(svm_copy(&svm, to, at, length), "copy");
		CHECK_PATTERN(to, length, 30 + (i & 1), "file now mapped");
	}
}

/* Queues fills of the whole mapping, so that the device is busy for a while. */
static size_t queue_fills(const struct svm *svm, struct svm_work *works,
			  size_t limit, void *at)
{
	size_t count = 0;

	while (count < limit && svm_portal_read(svm, SVM_UP_FREE)) {
		svm_prepare_fill(&works[count], at, ~(uint64_t)count,
				 length_of_mapping());
		svm_submit(svm, &works[count++]);
	}
	return count;
}

enum { FILLS = 16 };

/* After mmap() has returned, no byte of the old file may change any more. */
static void remap_during(void)
{
	const size_t length = length_of_mapping();
	struct backing old = make_backing(), new = make_backing();
	uint8_t *at = map_anonymous(length), *snapshot = malloc(length);
	static struct svm_work works[FILLS];
	struct svm svm;
	size_t count;

	device_open(&svm);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		map_over(at, &old);
		memset(old.view, 0, length);
		count = queue_fills(&svm, works, FILLS, at);
		sleep_ms(round % 5);

		map_over(at, &new);
		memcpy(snapshot, old.view, length);
		for (size_t i = 0; i < count; i++)
			CHECK_OK(svm_wait(&svm, &works[i]), "fill");
		CHECK(!memcmp(snapshot, old.view, length),
		      "the device wrote to a page after it was replaced");

		copy_and_check(&svm, at, snapshot, length, round);
		CHECK_PATTERN(new.view, length, round, "new file");
	}
}

static void unmap_during(void)
{
	const size_t length = length_of_mapping();
	struct backing old = make_backing();
	uint8_t *at = map_anonymous(length), *snapshot = malloc(length);
	static struct svm_work works[FILLS];
	unsigned int refused = 0;
	struct svm svm;
	size_t count;

	device_open(&svm);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		map_over(at, &old);
		memset(old.view, 0, length);
		count = queue_fills(&svm, works, FILLS, at);
		sleep_ms(round % 5);

		must_unmap(at, length);
		memcpy(snapshot, old.view, length);
		for (size_t i = 0; i < count; i++) {
			enum svm_status status = svm_wait(&svm, &works[i]);

			CHECK(status == SVM_STATUS_OK ||
				      status == SVM_STATUS_FAULT,
			      "fill: %s", svm_status_name(status));
			refused += status == SVM_STATUS_FAULT;
		}
		CHECK(!memcmp(snapshot, old.view, length),
		      "the device wrote to a page after it was unmapped");
		CHECK_STATUS(svm_fill(&svm, at, 1, page_size),
			     SVM_STATUS_FAULT, "fill of unmapped memory");
	}
	CHECK(refused, "the device was never in the middle of its work");
}

static void unmap_then_access(void)
{
	struct backing old = make_backing();
	uint8_t *at = map_anonymous(length_of_mapping());
	struct svm svm;

	device_open(&svm);
	map_over(at, &old);
	CHECK_OK(svm_fill(&svm, at, 7, length_of_mapping()), "fill");
	must_unmap(at + page_size, page_size);
	CHECK_STATUS(svm_fill(&svm, at + page_size, 8, 8), SVM_STATUS_FAULT,
		     "fill of the hole");
	CHECK_OK(svm_fill(&svm, at, 9, page_size), "fill before the hole");
	CHECK_OK(svm_fill(&svm, at + 2 * page_size, 9, page_size),
		 "fill after the hole");
	CHECK(*(uint64_t *)(old.view + page_size) == 7,
	      "the device reached the page behind the hole");
}

static void discard(void)
{
	const size_t length = length_of_mapping();
	uint8_t *data = map_anonymous(length), *to = malloc(length);
	struct svm svm;

	device_open(&svm);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		CHECK_OK(svm_fill(&svm, data, ~0ull, length), "fill");
		CHECK(!madvise(data, length, MADV_DONTNEED), "madvise: %s",
		      strerror(errno));
		CHECK_OK(svm_copy(&svm, to, data, length), "copy");
		for (size_t k = 0; k < length; k++)
			CHECK(!to[k], "discarded byte %zu came back", k);
	}
}

static void move(void)
{
	const size_t length = length_of_mapping();
	uint8_t *old = map_anonymous(length), *from = malloc(length);
	uint8_t *place = map_anonymous(length), *new;
	struct svm svm;

	device_open(&svm);
	copy_and_check(&svm, old, from, length, 40);
	new = mremap(old, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	CHECK(new == place, "mremap: %s", strerror(errno));
	memset(from, 0, length);
	CHECK_OK(svm_copy(&svm, from, new, length), "copy from the new place");
	CHECK_PATTERN(from, length, 40, "moved memory");
	CHECK_STATUS(svm_fill(&svm, old, 1, 8), SVM_STATUS_FAULT,
		     "fill of the old place");
	CHECK_PATTERN(new, length, 40, "moved memory");
}

static void set_protection(void *data, size_t length, int protection)
{
	CHECK(!mprotect(data, length, protection), "mprotect: %s",
	      strerror(errno));
}

static void protect(void)
{
	const size_t length = length_of_mapping();
	uint8_t *data = map_anonymous(length), *other = malloc(length);
	struct svm svm;

	device_open(&svm);
	for (uint64_t seed = 50; seed < 50 + ROUNDS; seed++) {
		copy_and_check(&svm, data, other, length, seed);
		set_protection(data, length, PROT_READ);
		CHECK_STATUS(svm_fill(&svm, data, 0, length), SVM_STATUS_FAULT,
			     "fill of memory made read-only");
		memset(other, 0, length);
		CHECK_OK(svm_copy(&svm, other, data, length),
			 "copy from memory made read-only");
		CHECK_PATTERN(other, length, seed, "memory made read-only");

		set_protection(data, length, PROT_NONE);
		CHECK_STATUS(svm_copy(&svm, other, data, length),
			     SVM_STATUS_FAULT,
			     "copy from memory without access");
		set_protection(data, length, PROT_READ | PROT_WRITE);
	}
}

const struct scenario mapping_scenarios[] = {
	{ "remap-between-writes", remap_between },
	{ "remap-between-reads", remap_between_reads },
	{ "remap-while-writing", remap_during },
	{ "unmap-while-writing", unmap_during },
	{ "unmap-one-page", unmap_then_access },
	{ "discard", discard },
	{ "move", move },
	{ "protect", protect },
	{ NULL, NULL },
};
