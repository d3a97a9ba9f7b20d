/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fork() and copy-on-write: the device writes to its process's copy, and only
 * to that one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scenario.h"

enum { PAGES = 32, ROUNDS = 10, OLD = 100, NEW = 200 };

struct family {
	struct svm svm;
	uint8_t *data;
	size_t length;
	uint64_t seed;	/* what the child must find */
	int go[2];	/* a pipe: the parent says when to look */
};

static void make_family(struct family *family)
{
	device_open(&family->svm);
	family->length = PAGES * page_size;
	family->data = map_anonymous(family->length);
	CHECK(!pipe(family->go), "pipe: %s", strerror(errno));
}

static void let_go(const struct family *family)
{
	CHECK(write(family->go[1], "", 1) == 1, "pipe: %s", strerror(errno));
}

static void wait_for_go(const struct family *family)
{
	char byte;

	CHECK(read(family->go[0], &byte, 1) == 1, "pipe: %s", strerror(errno));
}

static void child_looks(void *arg)
{
	struct family *family = arg;

	wait_for_go(family);
	CHECK_PATTERN(family->data, family->length, family->seed,
		      "the child's copy");
}

static void parent_writes(void)
{
	struct family family;
	uint8_t *from;

	make_family(&family);
	from = malloc(family.length);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		pid_t child;

		family.seed = OLD + i;
		/* Leaves writable translations in the device's cache. */
		copy_and_check(&family.svm, family.data, from, family.length,
			       family.seed);
		child = child_start(child_looks, &family);
		copy_and_check(&family.svm, family.data, from, family.length,
			       NEW + i);
		let_go(&family);
		child_join(child);
		CHECK_PATTERN(family.data, family.length, NEW + i,
			      "the parent's copy");
	}
}

static void child_writes_by_cpu(void *arg)
{
	struct family *family = arg;

	pattern_fill(family->data, family->length, NEW);
	wait_for_go(family);
	CHECK_PATTERN(family->data, family->length, NEW, "the child's copy");
}

static void child_writes(void)
{
	struct family family;
	uint8_t *other;
	pid_t child;

	make_family(&family);
	other = malloc(family.length);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		copy_and_check(&family.svm, family.data, other, family.length,
			       OLD + i);
		child = child_start(child_writes_by_cpu, &family);
		memset(other, 0, family.length);
		CHECK_OK(svm_copy(&family.svm, other, family.data,
				  family.length),
			 "copy");
		CHECK_PATTERN(other, family.length, OLD + i,
			      "what the device reads of the parent");
		let_go(&family);
		child_join(child);
	}
}

/* A child that looks twice while the parent's device writes on. */
static void child_looks_twice(void *arg)
{
	struct family *family = arg;
	uint8_t *snapshot = malloc(family->length);

	memcpy(snapshot, family->data, family->length);
	wait_for_go(family);
	CHECK(!memcmp(snapshot, family->data, family->length),
	      "the child's copy changed under it");
}

enum { FILLS = 16 };

static void fork_while_writing(void)
{
	static struct svm_work works[FILLS];
	struct family family;

	make_family(&family);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		size_t count = 0;
		pid_t child;

		while (count < FILLS &&
		       svm_portal_read(&family.svm, SVM_UP_FREE)) {
			svm_prepare_fill(&works[count], family.data,
					 i * FILLS + count, family.length);
			svm_submit(&family.svm, &works[count++]);
		}
		child = child_start(child_looks_twice, &family);
		for (size_t k = 0; k < count; k++)
			CHECK_OK(svm_wait(&family.svm, &works[k]), "fill");
		let_go(&family);
		child_join(child);
	}
}

static void use_own_device(void *arg)
{
	struct family *family = arg;
	uint8_t *from = malloc(family->length);
	struct svm svm;

	device_open(&svm);
	CHECK(svm.info.pasid != family->svm.info.pasid,
	      "parent and child have the same PASID");
	CHECK_PATTERN(family->data, family->length, OLD, "inherited memory");
	copy_and_check(&svm, family->data, from, family->length, NEW);
	wait_for_go(family);
	CHECK_PATTERN(family->data, family->length, NEW, "the child's copy");
}

/* The same addresses in two address spaces at the same time. */
static void both_write(void)
{
	struct family family;
	uint8_t *from;
	pid_t child;

	make_family(&family);
	from = malloc(family.length);
	copy_and_check(&family.svm, family.data, from, family.length, OLD);
	child = child_start(use_own_device, &family);
	for (unsigned int i = 0; i < ROUNDS; i++)
		copy_and_check(&family.svm, family.data, from, family.length,
			       OLD + 1 + i);
	let_go(&family);
	child_join(child);
	CHECK_PATTERN(family.data, family.length, OLD + ROUNDS,
		      "the parent's copy");
}

/* The portal works in the parent's address space: the child gets none of it. */
static void try_inherited(void *arg)
{
	struct family *family = arg;
	unsigned char resident;
	uint64_t count;

	CHECK(ioctl(family->svm.fd, SVM_IOC_INFO, &family->svm.info) == -1 &&
		      errno == EPERM,
	      "the child may use the parent's file");
	CHECK(read(family->svm.fd, &count, sizeof(count)) == -1 &&
		      errno == EPERM,
	      "the child may read the parent's interrupts");
	CHECK(mmap(NULL, SVM_PORTAL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   family->svm.fd, 0) == MAP_FAILED &&
		      errno == EPERM,
	      "the child may map the parent's portal");
	CHECK(mincore((void *)family->svm.portal, page_size, &resident) == -1 &&
		      errno == ENOMEM,
	      "the child inherited the parent's portal");
}

static void nothing_inherited(void)
{
	struct family family;

	make_family(&family);
	child_join(child_start(try_inherited, &family));
	CHECK_OK(svm_fill(&family.svm, family.data, 1, family.length),
		 "fill after the child's end");
}

const struct scenario fork_scenarios[] = {
	{ "fork-parent-writes", parent_writes },
	{ "fork-child-writes", child_writes },
	{ "fork-while-writing", fork_while_writing },
	{ "fork-both-write", both_write },
	{ "fork-inherits-no-portal", nothing_inherited },
	{ NULL, NULL },
};
