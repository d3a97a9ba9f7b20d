/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands that are wrong in themselves.  The device answers all of them.
 */
#include <string.h>
#include <sys/mman.h>

#include "scenario.h"

static void bad_commands(void)
{
	static uint64_t data[64];
	const uintptr_t at = (uintptr_t)data;
	const struct svm_command bad[] = {
		{ .operation = SVM_OPERATIONS },
		{ .operation = ~0u },
		{ .operation = SVM_OP_NOP, .flags = 0x80000000 },
		{ .operation = SVM_OP_NOP, .reserved = 1 },
		{ .operation = SVM_OP_ATOMIC_ADD, .destination = at + 4,
		  .length = 8, .operand = { 1 } },
		{ .operation = SVM_OP_WAIT, .source = at + 1, .length = 10 },
		/* Over the end of the address space. */
		{ .operation = SVM_OP_FILL, .destination = -64ull,
		  .length = 128 },
		{ .operation = SVM_OP_COPY, .source = at, .destination = 64,
		  .length = ~0ull },
		{ .operation = SVM_OP_CHECKSUM, .source = at,
		  .length = 1ull << 63 },
	};
	struct svm svm;

	device_open(&svm);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct svm_work work = { .command = bad[i] };
		enum svm_status status = svm_run(&svm, &work);

		CHECK(status == SVM_STATUS_BAD_COMMAND ||
			      (status == SVM_STATUS_FAULT && i >= 6),
		      "bad command %zu: %s", i, svm_status_name(status));
	}
	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		CHECK(!data[i], "a bad command has written");
	device_must_work(&svm);
}

static void empty_commands(void)
{
	static const uint32_t operations[] = { SVM_OP_COPY, SVM_OP_FILL,
					       SVM_OP_COMPARE, SVM_OP_CHECKSUM,
					       SVM_OP_LIST_SUM };
	uint64_t word = 0x55;
	struct svm svm;

	device_open(&svm);
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		struct svm_work work = { .command = {
			.operation = operations[i],
			.source = (uintptr_t)&word,
			.destination = (uintptr_t)&word,
		} };
		enum svm_status status = svm_run(&svm, &work);

		CHECK(status == SVM_STATUS_OK ||
			      status == SVM_STATUS_BAD_COMMAND,
		      "operation %u of length 0: %s", operations[i],
		      svm_status_name(status));
		CHECK(word == 0x55, "operation %u of length 0 has written",
		      operations[i]);
	}
	device_must_work(&svm);
}

/* The command or its record is where the device cannot reach it. */
static void lost_commands(void)
{
	struct svm_work *work = map_anonymous(page_size);
	struct svm_work sound = { .command = { .operation = SVM_OP_NOP } };
	struct svm svm;
	enum svm_status status;

	device_open(&svm);
	sound.command.record = 64;
	CHECK_STATUS(svm_run(&svm, &sound), SVM_STATUS_FAULT,
		     "record near null");

	munmap(work, page_size);
	svm_portal_write(&svm, SVM_UP_SUBMIT, (uintptr_t)work);
	for (unsigned int i = 0; i < 1000; i++) {
		if (svm_portal_read(&svm, SVM_UP_LOST_ADDRESS) ==
		    (uintptr_t)work)
			break;
		sleep_ms(10);
	}
	CHECK(svm_portal_read(&svm, SVM_UP_LOST_ADDRESS) == (uintptr_t)work,
	      "an unreadable command was not reported");
	status = svm_portal_read(&svm, SVM_UP_LOST_STATUS);
	CHECK_STATUS(status, SVM_STATUS_FAULT, "unreadable command");
	device_must_work(&svm);
}

const struct scenario command_scenarios[] = {
	{ "bad-commands", bad_commands },
	{ "empty-commands", empty_commands },
	{ "lost-commands", lost_commands },
	{ NULL, NULL },
};
