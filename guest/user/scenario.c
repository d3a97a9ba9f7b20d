/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *device_path = "/dev/svm0";
size_t page_size = 4096;

/* The message goes to standard error, which main.c reads, in one write. */
void scenario_end(int how, const char *file, int line, const char *format, ...)
{
	char text[512];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text) - 64, format, args);
	va_end(args);
	if (length > (int)sizeof(text) - 65)
		length = sizeof(text) - 65;
	length += snprintf(text + length, 64, " (%s:%d)\n", file, line);
	if (write(STDERR_FILENO, text, length) < 0)
		how = EXIT_FAILED;
	_exit(how);
}

void device_open(struct svm *svm)
{
	int ret = svm_open(svm, device_path);

	CHECK(!ret, "%s: %s", device_path, strerror(-ret));
}

void device_pci_address(char *address, size_t size)
{
	char path[128], target[256];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/class/misc/%s/device",
		 strrchr(device_path, '/') + 1);
	length = readlink(path, target, sizeof(target) - 1);
	CHECK(length > 0, "%s: %s", path, strerror(errno));
	target[length] = '\0';
	CHECK(strrchr(target, '/'), "%s: no address in %s", path, target);
	snprintf(address, size, "%s", strrchr(target, '/') + 1);
}

void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == EACCES)
		SKIP("needs root");
	CHECK(fd >= 0, "%s: %s", path, strerror(errno));
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s",
	      path, strerror(errno));
	close(fd);
}

void device_reset_methods(const char *methods)
{
	char address[64], path[128];

	device_pci_address(address, sizeof(address));
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset_method",
		 address);
	write_file(path, methods);
}

sigjmp_buf bus_error;

void on_bus_error(int signal)
{
	(void)signal;
	siglongjmp(bus_error, 1);
}

struct svm_counters device_counters(const struct svm *svm)
{
	struct svm_counters counters;
	int ret = svm_counters(svm, &counters);

	CHECK(!ret, "counters: %s", strerror(-ret));
	return counters;
}

/* splitmix64: one multiply-and-xor chain per word, no state. */
uint64_t pattern_word(uint64_t seed, uint64_t index)
{
	uint64_t x = (seed << 32) + (index + 1) * 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void pattern_fill(void *data, size_t length, uint64_t seed)
{
	uint8_t *byte = data;

	for (size_t i = 0; i < length; i += 8) {
		uint64_t word = pattern_word(seed, i / 8);

		memcpy(byte + i, &word, length - i < 8 ? length - i : 8);
	}
}

size_t pattern_check(const void *data, size_t length, uint64_t seed)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < length; i += 8) {
		uint64_t word = pattern_word(seed, i / 8);
		size_t n = length - i < 8 ? length - i : 8;

		if (!memcmp(byte + i, &word, n))
			continue;
		for (size_t k = 0; k < n; k++)
			if (byte[i + k] != (uint8_t)(word >> 8 * k))
				return i + k;
	}
	return length;
}

void copy_and_check(const struct svm *svm, void *to, void *from, size_t length,
		    uint64_t seed)
{
	pattern_fill(from, length, seed);
	memset(to, 0xa5, length);
	CHECK_OK(svm_copy(svm, to, from, length), "copy");
	CHECK_PATTERN(to, length, seed, "destination");
	CHECK_PATTERN(from, length, seed, "source after the copy");
}

void device_must_work(const struct svm *svm)
{
	uint8_t *to = malloc(10000), *from = malloc(10000);

	copy_and_check(svm, to, from, 10000, 99);
	free(to);
	free(from);
}

static void *map(size_t length, int flags, int fd)
{
	void *data = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, 0);

	CHECK(data != MAP_FAILED, "mmap of %zu bytes: %s", length,
	      strerror(errno));
	return data;
}

void *map_anonymous(size_t length)
{
	void *data = map(length, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	/* Scenarios that want huge pages use map_aligned(). */
	madvise(data, length, MADV_NOHUGEPAGE);
	return data;
}

void *map_shared(int memfd, size_t length)
{
	return map(length, MAP_SHARED, memfd);
}

/* The surplus at both ends stays mapped; the process is short-lived. */
void *map_aligned(size_t length, size_t alignment)
{
	uintptr_t data = (uintptr_t)map(length + alignment,
					MAP_PRIVATE | MAP_ANONYMOUS, -1);

	return (void *)((data + alignment - 1) & ~(alignment - 1));
}

int make_memfd(size_t length)
{
	int fd = memfd_create("svm-demo", MFD_CLOEXEC);

	CHECK(fd >= 0 && !ftruncate(fd, length), "memfd: %s", strerror(errno));
	return fd;
}

/* Counts the entries of /proc/self/pagemap that have the bit set. */
static size_t count_pages(const void *data, size_t length, unsigned int bit)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t pages = length / page_size, count = 0;
	off_t at = (uintptr_t)data / page_size * 8;
	uint64_t entries[256];

	CHECK(fd >= 0, "/proc/self/pagemap: %s", strerror(errno));
	while (pages) {
		ssize_t size = pages < 256 ? pages * 8 : sizeof(entries);

		CHECK(pread(fd, entries, size, at) == size,
		      "/proc/self/pagemap: %s", strerror(errno));
		for (ssize_t i = 0; i < size / 8; i++)
			count += entries[i] >> bit & 1;
		pages -= size / 8;
		at += size;
	}
	close(fd);
	return count;
}

size_t pages_present(const void *data, size_t length)
{
	return count_pages(data, length, 63);
}

size_t pages_swapped(const void *data, size_t length)
{
	return count_pages(data, length, 62);
}

pid_t child_start(void (*run)(void *), void *arg)
{
	pid_t pid = fork();

	CHECK(pid >= 0, "fork: %s", strerror(errno));
	if (!pid) {
		run(arg);
		_exit(0);
	}
	return pid;
}

void child_join(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status))
		_exit(WEXITSTATUS(status)); /* it has said why */
	CHECK(WIFEXITED(status), "a child was ended by signal %d",
	      WTERMSIG(status));
}

void sleep_ms(unsigned int ms)
{
	struct timespec time = { .tv_sec = ms / 1000,
				 .tv_nsec = ms % 1000 * 1000000l };

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}
