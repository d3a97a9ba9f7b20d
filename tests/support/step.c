/* SPDX-License-Identifier: BSD-3-Clause */
/* For the names of registers in a signal's context. */
#define _GNU_SOURCE

#include "step.h"

#include <signal.h>
#include <stddef.h>
#include <ucontext.h>

/* The runtime of ThreadSanitizer must not be interrupted just anywhere. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define TRAP_FLAG 0x100

static struct step current;
static volatile unsigned int passed;
static volatile bool armed;
static struct sigaction before;

static void stop(int signal, siginfo_t *info, void *opaque)
{
	ucontext_t *context = opaque;

	(void)signal;
	(void)info;
	if (armed && passed++ == current.at) {
		armed = false;
		current.happen(current.opaque);
	}
	if (!armed)
		context->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

bool step_begin(void)
{
	const struct sigaction action = {
		.sa_sigaction = stop,
		.sa_flags = SA_SIGINFO,
	};

	return sigaction(SIGTRAP, &action, &before) == 0;
}

void step_end(void)
{
	sigaction(SIGTRAP, &before, NULL);
}

/* Below the red zone. */
#define CHANGE_FLAGS(operation, bits)                          \
	__asm__ volatile("lea -128(%%rsp), %%rsp\n"            \
			 "pushfq\n" operation " %0, (%%rsp)\n" \
			 "popfq\n"                             \
			 "lea 128(%%rsp), %%rsp\n" ::"i"(bits) \
			 : "cc", "memory")

void step_arm(const struct step *step)
{
	current = *step;
	passed = 0;
	armed = true;
	CHANGE_FLAGS("orl", TRAP_FLAG);
}

bool step_disarm(void)
{
	bool happened;

	/* First: it may happen until here. */
	CHANGE_FLAGS("andl", ~TRAP_FLAG);
	happened = !armed;
	armed = false;
	return happened;
}
#else
bool step_begin(void)
{
	return false;
}

void step_end(void)
{
}

void step_arm(const struct step *step)
{
	(void)step;
}

bool step_disarm(void)
{
	return false;
}
#endif
