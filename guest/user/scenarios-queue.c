/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many commands at once: on one portal, from several threads, too many of
 * them, and taken back.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

/* A command that runs until the CPU writes 1 to *gate. */
static void close_gate(const struct svm *svm, struct svm_work *work,
		       uint64_t *gate)
{
	*gate = 0;
	svm_prepare_wait(work, gate, 1, UINT64_MAX);
	svm_submit(svm, work);
	/* The device has begun it when it no longer takes up room in the queue. */
	while (svm_portal_read(svm, SVM_UP_FREE) < svm->info.queue_depth)
		sleep_ms(1);
	CHECK_STATUS(svm_peek(work), SVM_STATUS_PENDING, "gate");
}

static void open_gate(const struct svm *svm, struct svm_work *work,
		      uint64_t *gate)
{
	__atomic_store_n(gate, 1, __ATOMIC_RELEASE);
	CHECK_OK(svm_wait(svm, work), "gate");
}

static struct svm_work *make_works(size_t count)
{
	struct svm_work *works = aligned_alloc(SVM_COMMAND_ALIGN,
					       count * sizeof(*works));

	CHECK(works, "no memory");
	memset(works, 0, count * sizeof(*works));
	return works;
}

static void in_flight(void)
{
	const size_t length = 3 * page_size;
	struct svm svm;

	device_open(&svm);
	for (unsigned int round = 0; round < 5; round++) {
		size_t count = svm_portal_read(&svm, SVM_UP_FREE);
		struct svm_work *works = make_works(count);
		uint8_t *from = malloc(count * length);
		uint8_t *to = malloc(count * length);

		CHECK(count > 1, "room for %zu commands only", count);
		for (size_t i = 0; i < count; i++) {
			pattern_fill(from + i * length, length, i);
			svm_prepare_copy(&works[i], to + i * length,
					 from + i * length, length);
			svm_submit(&svm, &works[i]);
		}
		for (size_t i = 0; i < count; i++) {
			CHECK_OK(svm_wait(&svm, &works[i]), "copy");
			CHECK_PATTERN(to + i * length, length, i, "copy");
		}
		free(works);
		free(from);
		free(to);
	}
}

/* Fills the queue up behind a gate; returns how many commands went in. */
static size_t fill_queue(const struct svm *svm, struct svm_work *works,
			 size_t limit)
{
	size_t count = 0;

	/* The gate itself may still be on its way from queue to execution. */
	for (unsigned int look = 0; look < 3; look++, sleep_ms(20)) {
		while (svm_portal_read(svm, SVM_UP_FREE)) {
			CHECK(count < limit, "a queue without end");
			works[count].command.operation = SVM_OP_NOP;
			svm_submit(svm, &works[count++]);
		}
	}
	return count;
}

static void overflow(void)
{
	enum { TOO_MANY = 5 };
	struct svm_work *works, gate_work;
	uint64_t gate, dropped;
	struct svm svm;
	size_t count;

	device_open(&svm);
	works = make_works(svm.info.queue_depth + 1 + TOO_MANY);
	close_gate(&svm, &gate_work, &gate);
	count = fill_queue(&svm, works, svm.info.queue_depth + 1);
	dropped = svm_portal_read(&svm, SVM_UP_DROPPED);
	for (size_t i = 0; i < TOO_MANY; i++)
		svm_submit(&svm, &works[count + i]);
	dropped = svm_portal_read(&svm, SVM_UP_DROPPED) - dropped;
	CHECK(dropped == TOO_MANY, "%llu dropped instead of %d",
	      (unsigned long long)dropped, TOO_MANY);

	open_gate(&svm, &gate_work, &gate);
	for (size_t i = 0; i < count; i++)
		CHECK_OK(svm_wait(&svm, &works[i]), "a queued command");
	for (size_t i = count; i < count + TOO_MANY; i++)
		CHECK_STATUS(svm_peek(&works[i]), SVM_STATUS_PENDING,
			     "a dropped command");
}

static void abort_commands(void)
{
	struct svm_work gate_work, after;
	uint64_t gate, word = 0;
	struct svm svm;
	int ret;

	device_open(&svm);
	for (unsigned int i = 0; i < 5; i++) {
		close_gate(&svm, &gate_work, &gate);
		svm_prepare_fill(&after, &word, ~0ull, sizeof(word));
		svm_submit(&svm, &after);
		ret = svm_abort(&svm);
		CHECK(!ret, "abort: %s", strerror(-ret));
		/* Its record may be on a page that the kernel moves just now. */
		CHECK_STATUS(svm_wait(&svm, &gate_work), SVM_STATUS_ABORTED,
			     "the running command");
		CHECK(svm_peek(&after) != SVM_STATUS_OK && !word,
		      "a queued command ran on");

		CHECK_OK(svm_fill(&svm, &word, i, sizeof(word)),
			 "fill after abort");
		CHECK(word == i, "fill after abort has not happened");
		word = 0;
	}
}

enum { THREADS = 4, ROUNDS = 50 };

struct thread {
	pthread_t id;
	const struct svm *svm;
	unsigned int number;
};

static void *copy_in_thread(void *arg)
{
	const struct thread *thread = arg;
	const size_t size = 20000;
	uint8_t *to = malloc(size), *from = malloc(size);

	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t seed = thread->number * 1000 + i;

		copy_and_check(thread->svm, to, from,
			       1 + pattern_word(seed, 9) % size, seed);
	}
	return NULL;
}

static void run_threads(struct thread *threads)
{
	for (unsigned int i = 0; i < THREADS; i++) {
		threads[i].number = i;
		CHECK(!pthread_create(&threads[i].id, NULL, copy_in_thread,
				      &threads[i]),
		      "cannot start a thread");
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i].id, NULL);
}

static void threads_on_one_portal(void)
{
	struct thread threads[THREADS];
	struct svm svm;

	device_open(&svm);
	CHECK(svm.info.queue_depth >= THREADS, "the queue is too short");
	for (unsigned int i = 0; i < THREADS; i++)
		threads[i].svm = &svm;
	run_threads(threads);
}

/* Each thread opens the device: as many portals, one address space. */
static void threads_with_portals(void)
{
	struct thread threads[THREADS];
	struct svm svm[THREADS];

	for (unsigned int i = 0; i < THREADS; i++) {
		device_open(&svm[i]);
		threads[i].svm = &svm[i];
	}
	run_threads(threads);
}

const struct scenario queue_scenarios[] = {
	{ "in-flight", in_flight },
	{ "queue-overflow", overflow },
	{ "abort", abort_commands },
	{ "threads-on-one-portal", threads_on_one_portal },
	{ "threads-with-own-portals", threads_with_portals },
	{ NULL, NULL },
};
