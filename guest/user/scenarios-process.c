/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several processes on one device, and several devices in one process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

enum { PROCESSES = 5, COPIES = 60, PORTALS = SVM_PORTALS_MAX + 1 };

static void copy_many(void *arg)
{
	const uint64_t number = (uintptr_t)arg;
	const size_t size = 50000;
	uint8_t *to = map_anonymous(size), *from = map_anonymous(size);
	struct svm svm;

	device_open(&svm);
	for (uint64_t i = 0; i < COPIES; i++)
		copy_and_check(&svm, to, from,
			       1 + pattern_word(number, i) % size,
			       number * COPIES + i);
}

/* fork() gives them the same addresses, so only the PASID tells them apart. */
static void processes(void)
{
	pid_t children[PROCESSES];

	for (uintptr_t i = 0; i < PROCESSES; i++)
		children[i] = child_start(copy_many, (void *)i);
	for (unsigned int i = 0; i < PROCESSES; i++)
		child_join(children[i]);
}

/* Opens all portals that there are; their number. */
static unsigned int open_all(struct svm *svm)
{
	unsigned int count = 0;
	int ret = 0;

	while (count < PORTALS && !(ret = svm_open(&svm[count], device_path)))
		count++;
	CHECK(count && ret == -EBUSY, "after %u opens: %s", count, strerror(-ret));
	return count;
}

static void close_all(struct svm *svm, unsigned int count)
{
	while (count--)
		svm_close(&svm[count]);
}

/*
 * Every portal can be had and works: nothing has been left behind.  A process
 * that is killed while the kernel serves its page request gives its portal back
 * a little after its end, so look again for a while.
 */
void all_portals_work(void)
{
	struct svm svm[PORTALS];
	unsigned int count = open_all(svm);
	uint64_t word;

	for (unsigned int i = 0; i < 200 && count < svm[0].info.portals; i++) {
		close_all(svm, count);
		sleep_ms(100);
		count = open_all(svm);
	}
	CHECK(count == svm[0].info.portals, "%u of %u portals can be opened",
	      count, svm[0].info.portals);
	for (unsigned int i = 0; i < count; i++) {
		CHECK_OK(svm_fill(&svm[i], &word, i, sizeof(word)), "fill");
		CHECK(word == i, "the fill of portal %u has not happened",
		      svm[i].info.portal);
	}
	close_all(svm, count);
}

static void all_portals(void)
{
	all_portals_work();
	all_portals_work();
}

static void second_path(char *path, size_t size)
{
	unsigned int number = 0;

	CHECK(sscanf(device_path, "/dev/svm%u", &number) == 1,
	      "%s has no number", device_path);
	snprintf(path, size, "/dev/svm%u", number ? 0 : 1);
	if (access(path, F_OK))
		SKIP("there is only one device");
}

struct adder {
	const struct svm *svm;
	uint64_t *word;
};

enum { ADDS = 200 };

static void *add_by_device(void *arg)
{
	const struct adder *adder = arg;
	uint64_t old;

	for (unsigned int i = 0; i < ADDS; i++)
		CHECK_OK(svm_atomic_add(adder->svm, adder->word, 1, &old),
			 "add");
	return NULL;
}

/* One address space in two devices: each sees what the other has done. */
static void two_devices(void)
{
	const size_t length = 30000;
	uint8_t *data = malloc(3 * length);
	uint64_t word = 0;
	struct svm first, second;
	struct adder adder = { &second, &word };
	pthread_t thread;
	char path[32];
	int ret;

	second_path(path, sizeof(path));
	device_open(&first);
	ret = svm_open(&second, path);
	CHECK(!ret, "%s: %s", path, strerror(-ret));
	for (uint64_t seed = 1; seed <= 10; seed++) {
		copy_and_check(&first, data + length, data, length, seed);
		CHECK_OK(svm_copy(&second, data + 2 * length, data + length,
				  length),
			 "copy by the second device");
		CHECK_PATTERN(data + 2 * length, length, seed, "last copy");
	}
	pthread_create(&thread, NULL, add_by_device, &adder);
	add_by_device(&(struct adder){ &first, &word });
	pthread_join(thread, NULL);
	CHECK(word == 2 * ADDS, "additions were lost: %llu",
	      (unsigned long long)word);
}

const struct scenario process_scenarios[] = {
	{ "processes-in-parallel", processes },
	{ "all-portals", all_portals },
	{ "two-devices", two_devices },
	{ NULL, NULL },
};
