/* SPDX-License-Identifier: BSD-3-Clause */
#include "svm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
	SPINS = 2000, /* polls of a record before the first sleep */
	SLEEP_NS = 50000,
};

static int fail_open(struct svm *svm, int error)
{
	if (svm->fd >= 0)
		close(svm->fd);
	svm->fd = -1;
	return -error;
}

int svm_open(struct svm *svm, const char *path)
{
	void *portal;

	memset(svm, 0, sizeof(*svm));
	svm->fd = open(path, O_RDWR | O_CLOEXEC);
	if (svm->fd < 0)
		return fail_open(svm, errno);
	if (ioctl(svm->fd, SVM_IOC_INFO, &svm->info))
		return fail_open(svm, errno);
	portal = mmap(NULL, SVM_PORTAL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      svm->fd, 0);
	if (portal == MAP_FAILED)
		return fail_open(svm, errno);
	svm->portal = portal;
	return 0;
}

void svm_close(struct svm *svm)
{
	munmap((void *)svm->portal, SVM_PORTAL_SIZE);
	close(svm->fd);
	svm->fd = -1;
}

uint64_t svm_portal_read(const struct svm *svm, unsigned int offset)
{
	return *(volatile uint64_t *)(svm->portal + offset);
}

void svm_portal_write(const struct svm *svm, unsigned int offset,
		      uint64_t value)
{
	*(volatile uint64_t *)(svm->portal + offset) = value;
}

void svm_prepare_copy(struct svm_work *work, void *to, const void *from,
		      size_t length)
{
	work->command = (struct svm_command){
		.operation = SVM_OP_COPY,
		.source = (uintptr_t)from,
		.destination = (uintptr_t)to,
		.length = length,
	};
}

void svm_prepare_fill(struct svm_work *work, void *to, uint64_t pattern,
		      size_t length)
{
	work->command = (struct svm_command){
		.operation = SVM_OP_FILL,
		.destination = (uintptr_t)to,
		.length = length,
		.operand = { pattern },
	};
}

void svm_prepare_wait(struct svm_work *work, const uint64_t *word,
		      uint64_t value, uint64_t reads)
{
	work->command = (struct svm_command){
		.operation = SVM_OP_WAIT,
		.source = (uintptr_t)word,
		.length = reads,
		.operand = { value },
	};
}

void svm_submit(const struct svm *svm, struct svm_work *work)
{
	if (!work->command.record)
		work->command.record = (uintptr_t)&work->record;
	memset(&work->record, 0, sizeof(work->record));
	/* The device may read the command as soon as it has its address. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	svm_portal_write(svm, SVM_UP_SUBMIT, (uintptr_t)&work->command);
}

enum svm_status svm_peek(const struct svm_work *work)
{
	/* The device writes the status last. */
	return __atomic_load_n(&work->record.status, __ATOMIC_ACQUIRE);
}

static enum svm_status lost_status(const struct svm *svm,
				   const struct svm_work *work)
{
	if (svm_portal_read(svm, SVM_UP_LOST_ADDRESS) !=
	    (uintptr_t)&work->command)
		return SVM_STATUS_PENDING;
	return svm_portal_read(svm, SVM_UP_LOST_STATUS);
}

enum svm_status svm_wait(const struct svm *svm, struct svm_work *work)
{
	const struct timespec pause = { .tv_nsec = SLEEP_NS };
	enum svm_status status;
	unsigned int polls = 0;

	while ((status = svm_peek(work)) == SVM_STATUS_PENDING) {
		if (++polls < SPINS) {
			__builtin_ia32_pause();
			continue;
		}
		status = lost_status(svm, work);
		if (status != SVM_STATUS_PENDING)
			return status;
		nanosleep(&pause, NULL);
	}
	return status;
}

enum svm_status svm_run(const struct svm *svm, struct svm_work *work)
{
	svm_submit(svm, work);
	return svm_wait(svm, work);
}

enum svm_status svm_copy(const struct svm *svm, void *to, const void *from,
			 size_t length)
{
	struct svm_work work;

	svm_prepare_copy(&work, to, from, length);
	return svm_run(svm, &work);
}

enum svm_status svm_fill(const struct svm *svm, void *to, uint64_t pattern,
			 size_t length)
{
	struct svm_work work;

	svm_prepare_fill(&work, to, pattern, length);
	return svm_run(svm, &work);
}

enum svm_status svm_atomic_add(const struct svm *svm, uint64_t *word,
			       uint64_t value, uint64_t *old)
{
	struct svm_work work = { .command = {
		.operation = SVM_OP_ATOMIC_ADD,
		.destination = (uintptr_t)word,
		.length = sizeof(*word),
		.operand = { value },
	} };
	enum svm_status status = svm_run(svm, &work);

	*old = work.record.result;
	return status;
}

int64_t svm_interrupts(const struct svm *svm)
{
	uint64_t count;

	if (read(svm->fd, &count, sizeof(count)) != sizeof(count))
		return -errno;
	return (int64_t)count;
}

static int svm_ioctl(const struct svm *svm, unsigned long request, void *arg)
{
	return ioctl(svm->fd, request, arg) ? -errno : 0;
}

int svm_counters(const struct svm *svm, struct svm_counters *counters)
{
	return svm_ioctl(svm, SVM_IOC_COUNTERS, counters);
}

int svm_portal0(const struct svm *svm, struct svm_portal0 *command)
{
	return svm_ioctl(svm, SVM_IOC_PORTAL0, command);
}

int svm_abort(const struct svm *svm)
{
	return svm_ioctl(svm, SVM_IOC_ABORT, NULL);
}

const char *svm_status_name(enum svm_status status)
{
	static const char *const names[] = {
		[SVM_STATUS_PENDING] = "pending",
		[SVM_STATUS_OK] = "ok",
		[SVM_STATUS_BAD_COMMAND] = "bad command",
		[SVM_STATUS_FAULT] = "fault",
		[SVM_STATUS_UNTRANSLATED_ONLY] = "untranslated only",
		[SVM_STATUS_DENIED] = "denied",
		[SVM_STATUS_ABORTED] = "aborted",
		[SVM_STATUS_LIMIT] = "limit",
		[SVM_STATUS_OFF] = "off",
	};

	if (status >= sizeof(names) / sizeof(names[0]))
		return "unknown status";
	return names[status];
}

uint8_t svm_crc8(const void *data, size_t length)
{
	const uint8_t *byte = data;
	uint8_t crc = SVM_CRC8_INIT;

	for (size_t i = 0; i < length; i++) {
		crc ^= byte[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ SVM_CRC8_POLYNOMIAL : crc >> 1;
	}
	return crc;
}
