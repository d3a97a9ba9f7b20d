/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the device can do beside copying.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static void fill(void)
{
	const uint64_t pattern = 0x0123456789abcdef;
	const size_t words = 3000;
	uint64_t *data = calloc(words + 2, sizeof(*data));
	struct svm svm;

	device_open(&svm);
	CHECK_OK(svm_fill(&svm, data + 1, pattern, words * 8), "fill");
	for (size_t i = 1; i <= words; i++)
		CHECK(data[i] == pattern, "word %zu is %#llx", i,
		      (unsigned long long)data[i]);
	CHECK(!data[0] && !data[words + 1], "written outside of the buffer");
}

static uint64_t compare_result(const struct svm *svm, const void *a,
			       const void *b, size_t length)
{
	struct svm_work work = { .command = {
		.operation = SVM_OP_COMPARE,
		.source = (uintptr_t)a,
		.destination = (uintptr_t)b,
		.length = length,
	} };

	CHECK_OK(svm_run(svm, &work), "compare");
	return work.record.result;
}

static void compare(void)
{
	const size_t length = 5 * page_size + 7;
	uint8_t *a = malloc(length), *b = malloc(length);
	struct svm svm;

	device_open(&svm);
	pattern_fill(a, length, 1);
	memcpy(b, a, length);
	CHECK(compare_result(&svm, a, b, length) == length,
	      "equal memory compares different");
	for (unsigned int i = 0; i < 20; i++) {
		size_t at = pattern_word(2, i) % length, found;

		b[at] ^= 1;
		found = compare_result(&svm, a, b, length);
		CHECK(found == at, "first difference at %zu instead of %zu",
		      found, at);
		b[at] ^= 1;
	}
}

static void checksum(void)
{
	uint8_t *data = malloc(100000);
	struct svm svm;

	device_open(&svm);
	pattern_fill(data, 100000, 3);
	for (size_t length = 1; length < 100000; length = length * 3 + 1) {
		struct svm_work work = { .command = {
			.operation = SVM_OP_CHECKSUM,
			.source = (uintptr_t)data + length % 5,
			.length = length,
		} };
		uint8_t want = svm_crc8(data + length % 5, length);

		CHECK_OK(svm_run(&svm, &work), "checksum");
		CHECK(work.record.result == want,
		      "checksum %#llx instead of %#x over %zu bytes",
		      (unsigned long long)work.record.result, want, length);
	}
}

struct node {
	char name[24];
	uint64_t value;
	struct node *next;
};

enum { NODES = 2000 };

/* Nodes all over the heap, linked in an order that is not theirs. */
static struct node *make_list(struct node **nodes, uint64_t *sum)
{
	struct node *head = NULL;

	*sum = 0;
	for (unsigned int i = 0; i < NODES; i++) {
		nodes[i] = malloc(sizeof(struct node) + i % 5000);
		nodes[i]->value = pattern_word(4, i);
		*sum += nodes[i]->value;
	}
	for (unsigned int i = 0; i < NODES; i++) {
		/* 1009 is prime to NODES, so every node is met once. */
		struct node *node = nodes[i * 1009u % NODES];

		node->next = head;
		head = node;
	}
	return head;
}

static struct svm_work list_work(const struct node *head, uint64_t limit)
{
	return (struct svm_work){ .command = {
		.operation = SVM_OP_LIST_SUM,
		.source = (uintptr_t)head,
		.length = limit,
		.operand = { offsetof(struct node, next),
			     offsetof(struct node, value) },
	} };
}

static void list(void)
{
	struct node *nodes[NODES], *head;
	struct svm_work work;
	struct svm svm;
	uint64_t sum;

	device_open(&svm);
	head = make_list(nodes, &sum);
	work = list_work(head, UINT64_MAX);
	CHECK_OK(svm_run(&svm, &work), "list");
	CHECK(work.record.done == NODES, "%llu nodes instead of %d",
	      (unsigned long long)work.record.done, NODES);
	CHECK(work.record.result == sum, "wrong sum");

	head->value++;
	work = list_work(head, 1);
	CHECK_OK(svm_run(&svm, &work), "list of one");
	CHECK(work.record.result == head->value && work.record.done == 1,
	      "wrong sum of the first node");
}

/* A ring ends at the limit, a wild pointer in a fault after what went well. */
static void broken_list(void)
{
	struct node a = { .value = 5 }, b = { .value = 7 };
	struct svm_work work;
	struct svm svm;

	device_open(&svm);
	a.next = &b;
	b.next = &a;
	work = list_work(&a, 1001);
	CHECK_OK(svm_run(&svm, &work), "ring");
	CHECK(work.record.done == 1001 && work.record.result == 500 * 12 + 5,
	      "ring: wrong sum or number of nodes");

	b.next = (struct node *)0x1000;
	work = list_work(&a, 1001);
	CHECK_STATUS(svm_run(&svm, &work), SVM_STATUS_FAULT, "wild pointer");
	CHECK(work.record.done == 2, "%llu nodes before the wild pointer",
	      (unsigned long long)work.record.done);
}

enum { ADDERS = 2, ADDS = 200000, DEVICE_ADDS = 400 };

static void *add_on_cpu(void *word)
{
	for (unsigned int i = 0; i < ADDS; i++)
		__atomic_fetch_add((uint64_t *)word, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* Not one addition of either side is lost. */
static void atomic_add(void)
{
	uint64_t word = 0, old, last = 0;
	pthread_t adders[ADDERS];
	struct svm svm;

	device_open(&svm);
	for (unsigned int i = 0; i < ADDERS; i++)
		pthread_create(&adders[i], NULL, add_on_cpu, &word);
	for (unsigned int i = 0; i < DEVICE_ADDS; i++) {
		CHECK_OK(svm_atomic_add(&svm, &word, 1ull << 32, &old), "add");
		CHECK(old >> 32 == i && (uint32_t)old >= (uint32_t)last,
		      "the old value %#llx is not a past one",
		      (unsigned long long)old);
		last = old;
	}
	for (unsigned int i = 0; i < ADDERS; i++)
		pthread_join(adders[i], NULL);
	CHECK(word == ((uint64_t)DEVICE_ADDS << 32) + ADDERS * ADDS,
	      "additions were lost: %#llx", (unsigned long long)word);
}

static void wait_released(void)
{
	uint64_t word = 1;
	struct svm_work work;
	struct svm svm;

	device_open(&svm);
	svm_prepare_wait(&work, &word, 2, UINT64_MAX);
	svm_submit(&svm, &work);
	sleep_ms(50);
	CHECK_STATUS(svm_peek(&work), SVM_STATUS_PENDING, "wait, too early");
	__atomic_store_n(&word, 2, __ATOMIC_RELEASE);
	CHECK_OK(svm_wait(&svm, &work), "wait");
	CHECK(work.record.result == 2, "wait: wrong last value");
}

static void wait_limit(void)
{
	uint64_t word = 0x1234;
	struct svm_work work;
	struct svm svm;

	device_open(&svm);
	svm_prepare_wait(&work, &word, 1, 100);
	CHECK_STATUS(svm_run(&svm, &work), SVM_STATUS_LIMIT, "wait");
	CHECK(work.record.result == 0x1234, "wait: wrong last value");
}

static void nop(void)
{
	struct svm_work work = { .command = { .operation = SVM_OP_NOP } };
	struct svm svm;
	uint64_t ended;

	device_open(&svm);
	ended = svm_portal_read(&svm, SVM_UP_ENDED);
	for (unsigned int i = 0; i < 50; i++)
		CHECK_OK(svm_run(&svm, &work), "no operation");
	ended = svm_portal_read(&svm, SVM_UP_ENDED) - ended;
	CHECK(ended >= 49 && ended <= 50, "%llu commands ended instead of 50",
	      (unsigned long long)ended);
}

const struct scenario operation_scenarios[] = {
	{ "no-operation", nop },
	{ "fill", fill },
	{ "compare", compare },
	{ "checksum", checksum },
	{ "linked-list", list },
	{ "broken-list", broken_list },
	{ "atomic-add", atomic_add },
	{ "wait-released", wait_released },
	{ "wait-limit", wait_limit },
	{ NULL, NULL },
};
