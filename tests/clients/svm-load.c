/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * svm-load /dev/svmN [ROUNDS]: keeps an svm device busy, for ever or for so
 * many rounds, and checks what it has written.  A round is as many commands as
 * the device takes, seconds of work that need no CPU.  Pages are taken away
 * between rounds, so that the device asks for them again.  Exit status 3: the
 * device has gone, which is no failure of this program.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "svm.h"

enum {
	SIZE = 64 * 1024 * 1024,
	GONE = 3,
};

static const char *path;

static _Noreturn void gone(const char *why)
{
	printf("%s has gone: %s\n", path, why);
	exit(GONE);
}

/* The driver takes portals out of all processes when the device goes. */
static void on_bus_error(int number)
{
	static const char text[] = "the portal has gone\n";
	ssize_t ignored = write(STDOUT_FILENO, text, sizeof(text) - 1);

	(void)number, (void)ignored;
	_exit(GONE);
}

static void expect(const uint64_t *words, uint64_t pattern)
{
	for (size_t i = 0; i < SIZE / sizeof(*words); i++) {
		if (words[i] != pattern) {
			printf("FAIL %s: %llx instead of %llx at %p\n", path,
			       (unsigned long long)words[i],
			       (unsigned long long)pattern,
			       (const void *)&words[i]);
			exit(1);
		}
	}
}

static void wait_for(const struct svm *svm, struct svm_work *work)
{
	enum svm_status status = svm_wait(svm, work);

	if (status == SVM_STATUS_OFF || status == SVM_STATUS_ABORTED)
		gone(svm_status_name(status));
	if (status != SVM_STATUS_OK) {
		printf("FAIL %s: %s\n", path, svm_status_name(status));
		exit(1);
	}
}

/* The commands of a portal are done one after the other: the last one stays. */
static void one_round(const struct svm *svm, struct svm_work *works,
		      void *memory, uint64_t round)
{
	const uint64_t count = svm->info.queue_depth;

	memset(works, 0, count * sizeof(*works));
	for (uint64_t i = 0; i < count; i++) {
		svm_prepare_fill(&works[i], memory, round << 16 | i, SIZE);
		svm_submit(svm, &works[i]);
	}
	for (uint64_t i = 0; i < count; i++)
		wait_for(svm, &works[i]);
	expect(memory, round << 16 | (count - 1));
	madvise((char *)memory + SIZE / 2, SIZE / 2, MADV_DONTNEED);
}

int main(int argc, char **argv)
{
	uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 0) : UINT64_MAX;
	struct svm_work *works;
	struct svm svm;
	void *memory;
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	path = argc > 1 ? argv[1] : "/dev/svm0";
	signal(SIGBUS, on_bus_error);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ret = svm_open(&svm, path);
	if (ret || memory == MAP_FAILED) {
		printf("FAIL %s: %s\n", path, strerror(ret ? -ret : ENOMEM));
		return 1;
	}
	works = aligned_alloc(SVM_COMMAND_ALIGN,
			      svm.info.queue_depth * sizeof(*works));
	if (!works)
		return 1;
	printf("load on %s\n", path);
	for (uint64_t round = 1; round <= rounds; round++)
		one_round(&svm, works, memory, round);
	printf("load on %s: %llu rounds\n", path, (unsigned long long)rounds);
	return 0;
}
