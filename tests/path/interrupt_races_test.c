/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupt remapping while software changes entries: each is read in one piece,
 * and an invalidation waits for what was posted by the old one.  F 5.6, 7.2.
 */
/* For the names of registers in a signal's context. */
#define _GNU_SOURCE

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "control.h"

#define ENTRY 5
#define IEC_GLOBAL 0x04

static uint64_t table;

static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->config.posted_interrupts = true;
	f->host.direct = true;
	table = tables_page(&f->tables);
	fixture_run(f, VTD_TTM_SCALABLE);
	regs_set_interrupt_table(f->unit, table, 7, false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
	return 0;
}

static struct vtd_interrupt send(struct fixture *f, uint16_t sid)
{
	const struct vtd_interrupt_request request = {
		.sid = sid,
		.address = 0xfee00010 | ENTRY << 5,
	};
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	return result;
}

/* ------------------------------------------------------------- In one piece */

/* Vector 30h + sid, for that source-id only. */
static void make_entry(uint64_t words[2], uint16_t sid)
{
	words[0] = VTD_IRTE0_P | (uint64_t)(0x30 + sid) << 16;
	words[1] = sid | UINT64_C(1) << 18;
}

static void put_entry(struct fixture *f, uint16_t sid)
{
	uint64_t words[2];

	make_entry(words, sid);
	tables_put(&f->tables, table + ENTRY * VTD_IRTE_SIZE, words, 2);
}

/* Host memory that is aligned to no more than a word. */
static const void *misaligned_direct(void *host, uint64_t address,
				     size_t length)
{
	static _Alignas(64) uint64_t copy[9];

	memcpy(&copy[1], fake_host_ops.memory_direct(host, address, length),
	       length);
	return &copy[1];
}

static void start_with(struct fixture *f,
		       const void *(*direct)(void *, uint64_t, size_t))
{
	struct vtd_host_ops ops = fake_host_ops;

	vtd_unit_destroy(f->unit);
	ops.memory_direct = direct;
	assert_int_equal(vtd_unit_create(&f->config, &ops, &f->host, &f->unit),
			 0);
	regs_set_interrupt_table(f->unit, table, 7, false);
	regs_command_set(f->unit, UINT32_C(1) << 25);
}

static void
entry_is_read_when_pointers_of_the_host_are_not_aligned(void **state)
{
	struct fixture *f = *state;

	start_with(f, misaligned_direct);
	put_entry(f, 1);
	assert_int_equal(send(f, 1).data & 0xff, 0x31);
	assert_int_equal(send(f, 2).condition, VTD_IR_26);
}

#ifdef __x86_64__
/*
 * Software changes the entry after any one instruction of the unit's: the
 * processor stops after each, from the moment when the unit has the pointer.
 */
#define STEPS 150
#define TRAP_FLAG 0x100

static struct {
	struct fixture *fixture;
	volatile unsigned int step;
	unsigned int change_at;
	volatile bool over;
} walk;

static void stop(int signal, siginfo_t *info, void *opaque)
{
	ucontext_t *context = opaque;

	(void)signal;
	(void)info;
	if (!walk.over && walk.step == walk.change_at)
		put_entry(walk.fixture, 2);
	if (walk.over || walk.step++ == walk.change_at)
		context->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static const void *stepping_direct(void *host, uint64_t address, size_t length)
{
	const void *memory = fake_host_ops.memory_direct(host, address, length);

	/* Below the red zone. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n"
			 "pushfq\n"
			 "orl %0, (%%rsp)\n"
			 "popfq\n"
			 "lea 128(%%rsp), %%rsp\n" ::"i"(TRAP_FLAG)
			 : "cc", "memory");
	return memory;
}

/* The entry becomes that of source-id 2 after instruction `change_at`. */
static struct vtd_interrupt send_stepwise(struct fixture *f, uint16_t sid,
					  unsigned int change_at)
{
	struct vtd_interrupt result;

	put_entry(f, 1);
	walk.fixture = f;
	walk.step = 0;
	walk.change_at = change_at;
	walk.over = false;
	result = send(f, sid);
	walk.over = true;
	return result;
}

static void entry_is_read_in_one_piece_when_software_changes_it(void **state)
{
	const struct sigaction action = {
		.sa_sigaction = stop,
		.sa_flags = SA_SIGINFO,
	};
	struct fixture *f = *state;
	struct sigaction before;

	start_with(f, stepping_direct);
	assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
	for (unsigned int i = 0; i < STEPS; i++) {
		for (uint16_t sid = 1; sid <= 2; sid++) {
			struct vtd_interrupt result = send_stepwise(f, sid, i);

			if (result.blocked)
				assert_int_equal(result.condition, VTD_IR_26);
			else
				assert_int_equal(result.data & 0xff,
						 0x30 + sid);
		}
	}
	sigaction(SIGTRAP, &before, NULL);
}
#else
static void entry_is_read_in_one_piece_when_software_changes_it(void **state)
{
	(void)state;
	skip();
}
#endif

/* ------------------------------------------------------------------ Drained */

/*
 * What software does while the unit uses an entry.  It comes from another
 * thread, as it would: a memory callback must not call into its unit.
 */
struct meanwhile {
	struct fixture *fixture;
	bool happened;
	bool waited_on;
};

static void *invalidate(void *opaque)
{
	struct meanwhile *meanwhile = opaque;

	meanwhile->waited_on =
		!regs_queue_do(&meanwhile->fixture->queue, IEC_GLOBAL, 0);
	return NULL;
}

static void invalidate_once(struct fake_host *host, uint64_t address)
{
	struct meanwhile *meanwhile = host->hook_data;
	pthread_t thread;

	(void)address;
	if (meanwhile->happened)
		return;
	meanwhile->happened = true;
	assert_int_equal(pthread_create(&thread, NULL, invalidate, meanwhile),
			 0);
	pthread_join(thread, NULL);
}

static void wait_is_pending_when_vector_is_being_posted(void **state)
{
	struct meanwhile meanwhile = { .fixture = *state };
	struct fixture *f = *state;
	uint64_t descriptor = tables_page(&f->tables);

	tables_irte(&f->tables, table, ENTRY,
		    VTD_IRTE0_P | VTD_IRTE0_IM | 0x91 << 16 |
			    descriptor >> 6 << 38,
		    0);
	assert_true(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	f->host.hook_data = &meanwhile;
	f->host.before_swap = invalidate_once;
	assert_true(send(f, 1).posted);
	assert_true(meanwhile.happened);
	assert_true(meanwhile.waited_on);
	assert_true(regs_queue_is_done(&f->queue));
}

/* The entry has been looked at, nothing has been made of it yet. */
static void wait_is_pending_when_entry_is_being_used(void **state)
{
	struct meanwhile meanwhile = { .fixture = *state };
	struct fixture *f = *state;

	put_entry(f, 1);
	assert_true(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	f->host.hook_data = &meanwhile;
	f->host.before_read = invalidate_once;
	send(f, 1);
	assert_true(meanwhile.waited_on);
	assert_true(regs_queue_is_done(&f->queue));
}

/* A probe sets up a route: interrupts_changed() tells when it is stale. */
static void wait_completes_when_entry_is_only_probed(void **state)
{
	const struct vtd_interrupt_request request = {
		.address = 0xfee00010 | ENTRY << 5,
	};
	struct meanwhile meanwhile = { .fixture = *state };
	struct fixture *f = *state;
	struct vtd_interrupt result;

	assert_true(regs_queue_do(&f->queue, IEC_GLOBAL, 0));
	f->host.hook_data = &meanwhile;
	f->host.before_read = invalidate_once;
	vtd_unit_interrupt_probe(f->unit, &request, &result);
	assert_true(meanwhile.happened);
	assert_false(meanwhile.waited_on);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(entry_is_read_in_one_piece_when_software_changes_it),
		ON_UNIT(entry_is_read_when_pointers_of_the_host_are_not_aligned),
		ON_UNIT(wait_is_pending_when_vector_is_being_posted),
		ON_UNIT(wait_is_pending_when_entry_is_being_used),
		ON_UNIT(wait_completes_when_entry_is_only_probed),
	};

	return RUN_TESTS(tests);
}
