/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small library for programs that give work to the svm device.
 *
 * A struct svm is one open /dev/svmN: this process's address space bound to the
 * device, and one user portal mapped.  Any thread may submit; each command has
 * its own struct svm_work, which must stay where it is until the command ends.
 * It can live on the heap, on the stack or in any mapping, as can the data:
 * the device uses the process's own pointers.
 */
#ifndef SVM_H
#define SVM_H

#include <stddef.h>
#include <stdint.h>

#include <svm_device.h>
#include <svm_ioctl.h>

struct svm {
	int fd;
	volatile uint8_t *portal;
	struct svm_info info;
};

/* A command and where the device writes how it ended. */
struct svm_work {
	struct svm_command command;
	struct svm_record record;
} __attribute__((aligned(SVM_COMMAND_ALIGN)));

/* 0, or a negative errno. */
int svm_open(struct svm *svm, const char *path);
void svm_close(struct svm *svm);

/* A register of the portal, SVM_UP_*. */
uint64_t svm_portal_read(const struct svm *svm, unsigned int offset);
void svm_portal_write(const struct svm *svm, unsigned int offset,
		      uint64_t value);

/* Fill in a command; the caller may change it before svm_submit(). */
void svm_prepare_copy(struct svm_work *work, void *to, const void *from,
		      size_t length);
void svm_prepare_fill(struct svm_work *work, void *to, uint64_t pattern,
		      size_t length);
void svm_prepare_wait(struct svm_work *work, const uint64_t *word,
		      uint64_t value, uint64_t reads);

/* Submitting is one store to the portal. */
void svm_submit(const struct svm *svm, struct svm_work *work);

/*
 * Poll the record until the command has ended.  A command that the device
 * could not read, or whose record it could not write, ends with the status
 * from the portal's lost registers.
 */
enum svm_status svm_wait(const struct svm *svm, struct svm_work *work);
enum svm_status svm_run(const struct svm *svm, struct svm_work *work);
enum svm_status svm_peek(const struct svm_work *work);

/* One command from start to end, its struct svm_work on the stack. */
enum svm_status svm_copy(const struct svm *svm, void *to, const void *from,
			 size_t length);
enum svm_status svm_fill(const struct svm *svm, void *to, uint64_t pattern,
			 size_t length);
enum svm_status svm_atomic_add(const struct svm *svm, uint64_t *word,
			       uint64_t value, uint64_t *old);

/* Sleep until the portal interrupts; the number of interrupts, or -errno. */
int64_t svm_interrupts(const struct svm *svm);

/* 0, or a negative errno. */
int svm_counters(const struct svm *svm, struct svm_counters *counters);
int svm_portal0(const struct svm *svm, struct svm_portal0 *command);
int svm_abort(const struct svm *svm);

const char *svm_status_name(enum svm_status status);

/* The CRC-8 of SVM_OP_CHECKSUM and portal 0. */
uint8_t svm_crc8(const void *data, size_t length);

#endif /* SVM_H */
