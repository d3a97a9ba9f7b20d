/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 8, MAPPINGS = 8, SCRATCH_PAGES = 16 };

/* Of all threads, without locks: who closes does so under the others' hands. */
static int files[FILES];
static uint8_t *mappings[MAPPINGS];
static uint8_t *scratch;
/* The device never writes here, so that what it does stays in the scratch memory. */
static uint8_t *commands;
static __thread sigjmp_buf fault;

static uint64_t draw(struct hostile *h, uint64_t below)
{
	return pattern_word(h->seed, h->count++) % below;
}

static uint64_t pick(struct hostile *h, const uint64_t *values, size_t count)
{
	return values[draw(h, count)];
}
#define PICK(h, ...)                                                          \
	pick(h, (const uint64_t[]){ __VA_ARGS__ },                            \
	     sizeof((const uint64_t[]){ __VA_ARGS__ }) / 8)

/* An access of the thread's own that has failed. */
static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(fault, 1);
}

void hostile_begin(void)
{
	struct sigaction action = { .sa_handler = on_fault };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	scratch = map_anonymous(SCRATCH_PAGES * page_size);
	commands = map_anonymous(SCRATCH_PAGES * page_size);
	for (unsigned int i = 0; i < FILES; i++)
		files[i] = -1;
}

/*
 * For the kernel to read and write, and for the device: the scratch memory, which
 * comes and goes, or what is nobody's.  Never this program's own.
 */
static uintptr_t place(struct hostile *h)
{
	uintptr_t at = (uintptr_t)scratch + draw(h, SCRATCH_PAGES * page_size);

	if (draw(h, 4))
		return at & ~(uintptr_t)PICK(h, 63, 63, 63, 7, 0);
	return PICK(h, 0, 8, 0xffff800000000000, 0xfffffffffffffff8, 1ull << 47,
		    0xfee00000, (uintptr_t)scratch + SCRATCH_PAGES * page_size - 4);
}

static int file(struct hostile *h)
{
	return __atomic_load_n(&files[draw(h, FILES)], __ATOMIC_RELAXED);
}

static void open_one(struct hostile *h)
{
	int fd = open(device_path, (draw(h, 8) ? O_RDWR : O_RDONLY) | O_NONBLOCK |
					   O_CLOEXEC);
	int old;

	if (fd < 0) {
		CHECK(errno == EBUSY || errno == EMFILE, "open: %s",
		      strerror(errno));
		return;
	}
	old = __atomic_exchange_n(&files[draw(h, FILES)], fd, __ATOMIC_RELAXED);
	if (old >= 0)
		close(old);
}

static void close_one(struct hostile *h)
{
	int old = __atomic_exchange_n(&files[draw(h, FILES)], -1,
				      __ATOMIC_RELAXED);

	if (old >= 0)
		close(old);
}

static void call(struct hostile *h)
{
	unsigned long request = PICK(h, SVM_IOC_INFO, SVM_IOC_COUNTERS,
				     SVM_IOC_ABORT, SVM_IOC_PORTAL0);

	switch (draw(h, 6)) {
	case 0: /* another size, direction or number */
		request ^= 1ul << draw(h, 32);
		break;
	case 1:
		request = pattern_word(h->seed, h->count++);
		break;
	}
	/* Two that every file has, and that would have calls wait or signals come. */
	if (request == FIONBIO || request == FIOASYNC)
		return;
	ioctl(file(h), request, place(h));
}

static void portal0(struct hostile *h)
{
	struct svm_portal0 command = {
		.command = PICK(h, 1, 2, 1, 2, 0, 3, ~0u),
		.options = draw(h, 8) ? 0 : PICK(h, 1, 2, ~0u),
		.address = place(h),
		.length = PICK(h, 0, 1, 4096, 20000, SVM_PORTAL0_LENGTH_MAX + 1ul,
			       1ull << 63),
		.crc = draw(h, 256),
		.flags = draw(h, 8) ? 0 : PICK(h, 1, 2, ~0u),
		.reserved = draw(h, 16) ? 0 : 1,
	};
	bool allowed = !command.options && !command.flags && !command.reserved &&
		       command.length <= SVM_PORTAL0_LENGTH_MAX &&
		       (command.command == 1 || command.command == 2);
	int ret;

	/* It may reach beyond the scratch memory, into what lies behind. */
	if (command.address >= (uintptr_t)scratch &&
	    command.address < (uintptr_t)scratch + SCRATCH_PAGES * page_size &&
	    command.length <= 20000)
		command.address = (uintptr_t)scratch + draw(h, page_size);
	ret = ioctl(file(h), SVM_IOC_PORTAL0, &command);
	CHECK(ret || allowed, "portal 0 has taken a command that is not allowed");
}

static void map_one(struct hostile *h)
{
	size_t length = PICK(h, 1, 1, 1, 1, 0, 2, 1ull << 30) * page_size;
	int kind = PICK(h, MAP_SHARED, MAP_SHARED, MAP_SHARED, MAP_PRIVATE,
			MAP_SHARED | MAP_POPULATE, MAP_SHARED | MAP_LOCKED);
	int rights = PICK(h, 3, 3, 3, PROT_READ, PROT_WRITE, PROT_NONE, 7);
	off_t offset = draw(h, 6) ? 0 : PICK(h, 1, 16, 1ull << 40) * page_size;
	uint8_t *at = mmap(NULL, length, rights, kind, file(h), offset), *old;

	if (at == MAP_FAILED)
		return;
	CHECK(length == page_size && !offset && kind != MAP_PRIVATE,
	      "a mapping of %zu bytes at %lld", length, (long long)offset);
	old = __atomic_exchange_n(&mappings[draw(h, MAPPINGS)], at,
				  __ATOMIC_RELAXED);
	if (old)
		munmap(old, page_size);
}

/* The one that is taken away may be the next thread's by now, a portal or not. */
static void change_mapping(struct hostile *h)
{
	uint8_t **slot = &mappings[draw(h, MAPPINGS)];
	uint8_t *at = __atomic_exchange_n(slot, NULL, __ATOMIC_RELAXED);

	if (!at)
		return;
	switch (draw(h, 5)) {
	case 0:
		mprotect(at, page_size, PICK(h, 0, 1, 3, 7));
		break;
	case 1:
		madvise(at, page_size, PICK(h, MADV_DONTNEED, MADV_DOFORK,
					    MADV_HUGEPAGE, MADV_PAGEOUT, MADV_FREE));
		break;
	case 2:
		CHECK(mremap(at, page_size, 4 * page_size, MREMAP_MAYMOVE) ==
			      MAP_FAILED, "a portal has grown");
		break;
	case 3:
		msync(at, page_size, MS_SYNC);
		mlock(at, page_size);
		break;
	default:
		munmap(at, page_size);
		return;
	}
	at = __atomic_exchange_n(slot, at, __ATOMIC_RELAXED);
	if (at)
		munmap(at, page_size);
}

static void fill_command(struct hostile *h, struct svm_command *command)
{
	*command = (struct svm_command){
		.operation = PICK(h, 0, 1, 2, 3, 4, 5, 6, 7, 8, ~0u),
		.flags = PICK(h, 0, 1, 1, 2, 3, 1u << 31),
		.record = place(h),
		.source = place(h),
		/* In its first half, and at most that long. */
		.destination = (uintptr_t)scratch +
			       draw(h, SCRATCH_PAGES / 2 * page_size),
		.length = PICK(h, 0, 1, 8, 100, 4096, SCRATCH_PAGES / 2 * page_size),
		.operand = { PICK(h, 0, 8, 1ull << 63), draw(h, 64) },
		.reserved = !draw(h, 16),
	};
}

static void submit(struct hostile *h)
{
	uint8_t *at = __atomic_load_n(&mappings[draw(h, MAPPINGS)],
				      __ATOMIC_RELAXED);
	struct svm_command *command =
		(void *)(commands + draw(h, SCRATCH_PAGES * page_size / 64) * 64);

	if (!at || sigsetjmp(fault, 1))
		return;
	fill_command(h, command);
	for (unsigned int i = PICK(h, 1, 1, 3, 40); i; i--)
		*(volatile uint64_t *)at = (uintptr_t)command;
	(void)*(volatile uint64_t *)(at + PICK(h, 8, 16, 24, 32, 40, 0x100, 0xff8));
	*(volatile uint32_t *)(at + draw(h, 1024) * 4) = h->count;
}

/* Gone, and there again as zeros; the place stays the same. */
static void change_scratch(struct hostile *h)
{
	uint8_t *at = (draw(h, 4) ? scratch : commands) +
		      draw(h, SCRATCH_PAGES) * page_size;

	switch (draw(h, 4)) {
	case 0:
		madvise(at, page_size, PICK(h, MADV_DONTNEED, MADV_PAGEOUT));
		break;
	case 1:
		mprotect(at, page_size, PICK(h, 0, 1, 3, 3));
		break;
	default:
		mmap(at, page_size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	}
}

static void read_one(struct hostile *h)
{
	struct pollfd poll_one = { .fd = file(h), .events = PICK(h, POLLIN, ~0u) };
	ssize_t length;

	poll(&poll_one, 1, PICK(h, 0, 1, 3));
	length = read(poll_one.fd, (void *)place(h), PICK(h, 0, 7, 8, 8, 4096));
	CHECK(length <= 8, "read: %zd bytes", length);
}

/* What a file of this kind does not have. */
static void other_call(struct hostile *h)
{
	int fd = file(h), copy;
	char byte = 0;

	switch (draw(h, 6)) {
	case 0:
		CHECK(write(fd, &byte, 1) < 0, "write: it can be written to");
		break;
	case 1:
		CHECK(pread(fd, &byte, 1, 0) < 0, "pread: it has offsets");
		break;
	case 2:
		CHECK(lseek(fd, 0, SEEK_END) < 0, "lseek: it has an end");
		break;
	case 3:
		CHECK(ftruncate(fd, 0), "ftruncate: it can be cut");
		break;
	case 4:
		fsync(fd);
		break;
	default: /* the last close is another one's */
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		ioctl(copy, SVM_IOC_ABORT);
		if (copy >= 0)
			close(copy);
	}
}

/* Nothing of the parent's can be used, and leaving does not hurt it. */
static void child(struct hostile *h)
{
	struct svm_info info;
	uint64_t count;
	pid_t pid = fork();
	int fd = file(h);

	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (pid)
		return;
	if (fd >= 0 && (!ioctl(fd, SVM_IOC_INFO, &info) ||
			mmap(NULL, page_size, 3, MAP_SHARED, fd, 0) != MAP_FAILED ||
			read(fd, &count, 8) >= 0)) {
		static const char text[] = "a child works in its parent's name\n";

		if (write(STDERR_FILENO, text, sizeof(text) - 1) > 0)
			kill(getppid(), SIGABRT);
	}
	_exit(0);
}

void hostile_act(struct hostile *h)
{
	static void (*const acts[])(struct hostile *) = {
		open_one, open_one, open_one, close_one, call, call, portal0,
		map_one, map_one, change_mapping, submit, submit, submit,
		change_scratch, read_one, other_call,
	};

	if (draw(h, 100))
		acts[draw(h, sizeof(acts) / sizeof(acts[0]))](h);
	else
		child(h);
}
