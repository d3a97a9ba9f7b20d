/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded: each thread is stopped every 50 to 500 microseconds, wherever it is,
 * lets others run or sleeps for a while.  Code without locks has no call in which
 * a test could yield; with two processors a thread is rarely stopped in the three
 * instructions that matter.  VTD_SEED gives other moments.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct start {
	void *(*routine)(void *);
	void *argument;
};

static _Atomic unsigned int threads;
static _Thread_local timer_t timer;
static _Thread_local uint64_t state;

static unsigned int random_below(unsigned int limit)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(state >> 33) % limit;
}

static void arm(void)
{
	const struct itimerspec next = {
		.it_value.tv_nsec = 50000 + random_below(450000),
	};

	timer_settime(timer, 0, &next, NULL);
}

static void interrupt(int number)
{
	const struct timespec pause = { .tv_nsec = random_below(200000) };

	(void)number;
	if (random_below(2) == 0)
		sched_yield();
	else
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	arm();
}

static void *run(void *opaque)
{
	struct start start = *(struct start *)opaque;
	const char *seed = getenv("VTD_SEED");
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGURG,
	};
	void *result;

	free(opaque);
	state = atomic_fetch_add(&threads, 1) +
		1000 * (seed ? strtoull(seed, NULL, 0) : 1);
	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
		return start.routine(start.argument);
	arm();
	result = start.routine(start.argument);
	timer_delete(timer);
	return result;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
		   void *(*routine)(void *), void *argument)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		      void *);
	struct sigaction action = {
		.sa_handler = interrupt,
		.sa_flags = SA_RESTART,
	};
	struct start *start = malloc(sizeof(*start));

	if (start == NULL)
		return EAGAIN;
	*start = (struct start){ routine, argument };
	sigaction(SIGURG, &action, NULL);
	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	return create(thread, attributes, run, start);
}
