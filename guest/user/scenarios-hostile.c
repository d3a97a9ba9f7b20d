/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that no sane program makes: any ioctl, mapping and command, from many
 * threads at once, on files that others close meanwhile.
 *
 * What every thread does follows from SVM_SEED (1), how much of it from
 * SVM_ROUNDS; how the threads meet does not.  The processes may end as they like,
 * the kernel and the device may not: afterwards the kernel has complained of
 * nothing, and portals, PASIDs and the module's references are what they were.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"

enum {
	PROCESSES = 3,
	THREADS = 3,
	GENERATIONS = 4, /* each of which begins with new processes */
	ROUNDS = 300,
	PASID_HOLDERS = 8,
};

/*
 * Requests that are privileged, or have no PASID, are not confined to the
 * process; then it would be the kernel's memory that is written to.
 */
static void give_up_raw_io(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	CHECK(!syscall(SYS_capget, &header, data), "capget: %s", strerror(errno));
	data[0].effective &= ~(1u << CAP_SYS_RAWIO);
	data[0].permitted &= ~(1u << CAP_SYS_RAWIO);
	CHECK(!syscall(SYS_capset, &header, data), "capset: %s", strerror(errno));
}

struct thread {
	uint64_t seed;
	unsigned int rounds;
};

static void *act(void *arg)
{
	const struct thread *thread = arg;
	struct hostile h = { .seed = thread->seed };

	for (unsigned int i = 0; i < thread->rounds; i++)
		hostile_act(&h);
	return NULL;
}

static unsigned int number_from(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : otherwise;
}

/* One of them is killed in the middle, from outside. */
static void be_hostile(void *arg)
{
	const uint64_t seed = (uintptr_t)arg;
	struct thread threads[THREADS];
	pthread_t ids[THREADS];

	give_up_raw_io();
	hostile_begin();
	for (unsigned int i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){
			.seed = seed * THREADS + i,
			.rounds = number_from("SVM_ROUNDS", ROUNDS),
		};
		pthread_create(&ids[i], NULL, act, &threads[i]);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
}

static void generation(uint64_t seed)
{
	pid_t children[PROCESSES];

	for (uintptr_t i = 0; i < PROCESSES; i++)
		children[i] = child_start(be_hostile,
					  (void *)(uintptr_t)(seed * PROCESSES + i));
	sleep_ms(pattern_word(seed, 0) % 300);
	kill(children[0], SIGKILL);
	CHECK(waitpid(children[0], NULL, 0) == children[0], "waitpid: %s",
	      strerror(errno));
	for (unsigned int i = 1; i < PROCESSES; i++)
		child_join(children[i]);
}

/* What must not grow */

static int open_kernel_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		SKIP("needs root");
	CHECK(fd >= 0 && lseek(fd, 0, SEEK_END) >= 0, "/dev/kmsg: %s",
	      strerror(errno));
	return fd;
}

static void kernel_must_not_complain(int log)
{
	static const char *const words[] = {
		"BUG", "WARNING:", "Oops", "KASAN", "KFENCE", "UBSAN",
		"refcount_t", "general protection", "INFO: task", "INFO: possible",
		"Internal error", "list_del corruption", "list_add corruption",
	};
	char line[2048];
	ssize_t length;

	while ((length = read(log, line, sizeof(line) - 1)) > 0 ||
	       (length < 0 && errno == EPIPE)) {
		if (length < 0)
			continue; /* lines were lost */
		line[length] = '\0';
		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			CHECK(!strstr(line, words[i]), "the kernel: %.300s", line);
	}
}

static unsigned int module_references(void)
{
	FILE *file = fopen("/sys/module/svm/refcnt", "re");
	unsigned int count;

	CHECK(file && fscanf(file, "%u", &count) == 1,
	      "/sys/module/svm/refcnt: %s", strerror(errno));
	fclose(file);
	return count;
}

static void tell_pasid(void *arg)
{
	const int *ends = arg;
	struct svm svm;
	char byte;

	device_open(&svm);
	CHECK(write(ends[1], &svm.info.pasid, 4) == 4, "pipe: %s",
	      strerror(errno));
	close(ends[1]);
	/* Until the parent closes its end. */
	CHECK(!read(ends[2], &byte, 1), "pipe: %s", strerror(errno));
}

/*
 * The kernel gives out the lowest that is free: the highest of some that are
 * held at the same time is the same again, when none has been left behind.
 */
static uint32_t highest_pasid(void)
{
	pid_t children[PASID_HOLDERS];
	uint32_t pasid, highest = 0;
	int told[2], end[2], ends[3];

	CHECK(!pipe2(told, O_CLOEXEC) && !pipe2(end, O_CLOEXEC), "pipe: %s",
	      strerror(errno));
	memcpy(ends, (int[]){ told[0], told[1], end[0] }, sizeof(ends));
	for (unsigned int i = 0; i < PASID_HOLDERS; i++) {
		children[i] = fork();
		CHECK(children[i] >= 0, "fork: %s", strerror(errno));
		if (!children[i]) {
			close(end[1]);
			tell_pasid(ends);
			_exit(0);
		}
	}
	for (unsigned int i = 0; i < PASID_HOLDERS; i++) {
		CHECK(read(told[0], &pasid, 4) == 4, "pipe: %s", strerror(errno));
		highest = pasid > highest ? pasid : highest;
	}
	close(end[1]);
	for (unsigned int i = 0; i < PASID_HOLDERS; i++)
		child_join(children[i]);
	close(told[0]);
	close(told[1]);
	close(end[0]);
	return highest;
}

/* The kernel may hold the address space of a dead process a little longer. */
static void pasids_must_be_back(uint32_t before)
{
	uint32_t after = highest_pasid();

	for (unsigned int i = 0; i < 100 && after > before; i++) {
		sleep_ms(100);
		after = highest_pasid();
	}
	CHECK(after <= before, "PASIDs were left behind: %u became %u", before,
	      after);
}

/* In a process of its own, for it gets a PASID. */
static void use_all_portals(void *arg)
{
	(void)arg;
	all_portals_work();
}

static void hostile_calls(void)
{
	const uint64_t seed = number_from("SVM_SEED", 1);
	int log = open_kernel_log();
	unsigned int references = module_references();
	uint32_t pasid = highest_pasid();
	struct svm svm;

	for (unsigned int i = 0; i < GENERATIONS; i++) {
		generation(seed * GENERATIONS + i);
		kernel_must_not_complain(log);
	}
	child_join(child_start(use_all_portals, NULL));
	pasids_must_be_back(pasid);
	CHECK(module_references() == references, "%u references became %u",
	      references, module_references());
	device_open(&svm);
	device_must_work(&svm);
	kernel_must_not_complain(log);
}

/* The first page of a mapping that the kernel has made; or the scenario skips. */
static void *kernel_mapping(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[256];
	void *first = NULL;

	CHECK(maps, "/proc/self/maps: %s", strerror(errno));
	while (!first && fgets(line, sizeof(line), maps))
		if (strstr(line, name))
			CHECK(sscanf(line, "%p", &first) == 1, "%s", line);
	fclose(maps);
	if (!first)
		SKIP("there is no %s", name);
	return first;
}

/*
 * Pages that are no memory, with fault handlers that want their own process: they
 * must not be called for a device's page request.
 */
static void clock_pages(void)
{
	int log = open_kernel_log();
	struct svm svm;

	device_open(&svm);
	for (unsigned int i = 0; i < 4; i++) {
		struct svm_work work = { .command = {
			.operation = SVM_OP_CHECKSUM,
			.source = (uintptr_t)kernel_mapping("[vvar") +
				  i * page_size,
			.length = 8,
		} };
		enum svm_status status = svm_run(&svm, &work);

		CHECK(status == SVM_STATUS_OK || status == SVM_STATUS_FAULT,
		      "page %u: %s", i, svm_status_name(status));
	}
	kernel_must_not_complain(log);
	device_must_work(&svm);
}

const struct scenario hostile_scenarios[] = {
	{ "clock-pages", clock_pages },
	{ "hostile-calls", hostile_calls },
	{ 0 },
};
