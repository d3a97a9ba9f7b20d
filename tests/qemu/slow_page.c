/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded into QEMU: a page of the guest's RAM at which a thread stops, so that
 * a test has it in the middle of what it does.  From the environment:
 *
 *	SLOW_PAGE_RAM      the file that is the guest's RAM
 *	SLOW_PAGE_CONTROL  a file with two 32-bit words: what the test wants, and
 *			   in native byte order where the page is
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the control word says, in this order. */
enum {
	IDLE,
	ARM, /* by the test */
	ARMED,
	STOPPED, /* a thread is there */
	RELEASE, /* by the test */
};

enum { PAGE = 4096, PAUSE = 1000 };

static struct {
	_Atomic uint32_t word;
	uint32_t offset;
} * control;

static char *page;

static char *find_ram(void)
{
	char *ram = realpath(getenv("SLOW_PAGE_RAM"), NULL);
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start = 0;
	char line[512];

	if (!ram || !maps)
		abort();
	while (fgets(line, sizeof(line), maps) && !strstr(line, ram))
		;
	if (sscanf(line, "%lx-", &start) != 1)
		abort();
	fclose(maps);
	free(ram);
	return (char *)start;
}

static void *watch(void *unused)
{
	while (atomic_load(&control->word) != ARM)
		usleep(PAUSE);
	page = find_ram() + control->offset;
	if (mprotect(page, PAGE, PROT_NONE))
		abort();
	atomic_store(&control->word, ARMED);
	return unused;
}

/* Anything else is a crash, which happens again without this handler. */
static void stop_here(int number, siginfo_t *info, void *unused)
{
	char *address = info->si_addr;

	(void)unused;
	if (!page || address < page || address >= page + PAGE) {
		signal(number, SIG_DFL);
		return;
	}
	atomic_store(&control->word, STOPPED);
	while (atomic_load(&control->word) != RELEASE)
		usleep(PAUSE);
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("SLOW_PAGE_CONTROL");
	struct sigaction action = { .sa_sigaction = stop_here,
				    .sa_flags = SA_SIGINFO };
	pthread_t thread;
	int fd;

	if (!path)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	control = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (control == MAP_FAILED || sigaction(SIGSEGV, &action, NULL) ||
	    pthread_create(&thread, NULL, watch, NULL))
		abort();
	pthread_detach(thread);
	close(fd);
}
