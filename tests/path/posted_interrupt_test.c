/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts posted in a descriptor in memory, and what a probe leaves behind:
 * nothing.  F 7.4, 7.6. */
#include "control.h"

#define IRE (UINT32_C(1) << 25)
#define P 1u
#define IM VTD_BIT(15)
#define URG VTD_BIT(14)
#define ON 1u
#define SN 2u
#define NV 0xf2
#define VECTOR 0x91
#define CONTROL 32 /* bytes to the words after the PIR */
#define ADDRESS (UINT64_C(0xfee00010) | 5 << 5)

static uint64_t table;
static uint64_t descriptor;

static void enable(struct fixture *f, bool eime)
{
	regs_set_interrupt_table(f->unit, table, 7, eime);
	regs_command_set(f->unit, IRE);
}

static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->config.posted_interrupts = true;
	table = tables_page(&f->tables);
	descriptor = tables_page(&f->tables) + 64;
	fixture_run(f, VTD_TTM_SCALABLE);
	enable(f, true);
	return 0;
}

static void entry(struct fixture *f, uint64_t bits)
{
	tables_irte(&f->tables, table, 5,
		    P | IM | bits | VECTOR << 16 | descriptor >> 6 << 38,
		    descriptor >> 32 << 32);
}

static void control(struct fixture *f, uint64_t bits, uint32_t destination)
{
	fake_host_set_64(&f->host, descriptor + CONTROL,
			 bits | NV << 16 | (uint64_t)destination << 32);
}

static uint64_t control_now(struct fixture *f)
{
	return fake_host_get_64(&f->host, descriptor + CONTROL);
}

static bool is_posted(struct fixture *f)
{
	return (fake_host_get_64(&f->host, descriptor + VECTOR / 64 * 8) >>
			VECTOR % 64 &
		1) != 0;
}

static struct vtd_interrupt send(struct fixture *f)
{
	const struct vtd_interrupt_request request = { .address = ADDRESS };
	struct vtd_interrupt result;

	vtd_unit_interrupt(f->unit, &request, &result);
	return result;
}

static struct vtd_interrupt probe(struct fixture *f, uint64_t address)
{
	const struct vtd_interrupt_request request = { .address = address };
	struct vtd_interrupt result;

	vtd_unit_interrupt_probe(f->unit, &request, &result);
	return result;
}

static void notification_is_sent_when_none_is_outstanding(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	entry(f, 0);
	control(f, 0, 0x12345678);
	result = send(f);
	assert_false(result.blocked);
	assert_true(result.posted);
	assert_true(result.notify);
	assert_true(is_posted(f));
	assert_int_equal(control_now(f) & 3, ON);
	/* Fixed, physical, edge. */
	assert_true(result.address ==
		    (UINT64_C(0x123456) << 40 | 0xfee00000 | 0x78 << 12));
	assert_int_equal(result.data, NV);
	assert_false(result.level);
}

static void destination_is_in_bits_15_to_8_when_eime_is_clear(void **state)
{
	struct fixture *f = *state;

	regs_command_clear(f->unit, IRE);
	enable(f, false);
	entry(f, 0);
	control(f, 0, 0x5a00);
	assert_true(send(f).address == (0xfee00000 | 0x5a << 12));
}

static void notification_is_not_sent_when_one_is_outstanding(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	entry(f, URG);
	control(f, ON, 1);
	result = send(f);
	assert_true(result.posted);
	assert_false(result.notify);
	assert_true(result.address == 0);
	assert_int_equal(result.data, 0);
	assert_true(is_posted(f));
}

static void notification_is_not_sent_when_suppressed(void **state)
{
	struct fixture *f = *state;

	entry(f, 0);
	control(f, SN, 1);
	assert_false(send(f).notify);
	assert_true(is_posted(f));
	assert_int_equal(control_now(f) & 3, SN);
}

static void notification_is_sent_when_suppressed_but_urgent(void **state)
{
	struct fixture *f = *state;

	entry(f, URG);
	control(f, SN, 1);
	assert_true(send(f).notify);
	assert_int_equal(control_now(f) & 3, SN | ON);
}

static void other_vectors_stay_when_one_is_posted(void **state)
{
	struct fixture *f = *state;

	entry(f, 0);
	control(f, 0, 1);
	for (unsigned int i = 0; i < 4; i++)
		fake_host_set_64(&f->host, descriptor + 8 * i,
				 UINT64_C(0x8000000000000001));
	send(f);
	for (unsigned int i = 0; i < 4; i++)
		assert_true(fake_host_get_64(&f->host, descriptor + 8 * i) ==
			    (UINT64_C(0x8000000000000001) |
			     (i == VECTOR / 64 ? VTD_BIT(VECTOR % 64) : 0)));
}

/* Processors change the word between the read and the swap. */
static void clear_other_vector(struct fake_host *host, uint64_t address)
{
	if (address != descriptor + VECTOR / 64 * 8)
		return;
	host->before_swap = NULL;
	fake_host_set_64(host, address, 0);
}

static void
vector_taken_meanwhile_stays_taken_when_another_is_posted(void **state)
{
	struct fixture *f = *state;

	entry(f, 0);
	control(f, 0, 1);
	fake_host_set_64(&f->host, descriptor + VECTOR / 64 * 8, 1);
	f->host.before_swap = clear_other_vector;
	assert_false(send(f).blocked);
	assert_true(fake_host_get_64(&f->host, descriptor + VECTOR / 64 * 8) ==
		    VTD_BIT(VECTOR % 64));
}

static void change_control_once(struct fake_host *host, uint64_t address)
{
	unsigned int *swaps = host->hook_data;

	/* The first one only tries whether it can be written. */
	if (address == descriptor + CONTROL && ++*swaps == 2)
		fake_host_set_64(host, address,
				 fake_host_get_64(host, address) ^ 1 << 16);
}

static void
notification_is_sent_when_control_changes_before_the_swap(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;
	unsigned int swaps = 0;

	entry(f, 0);
	control(f, 0, 1);
	f->host.hook_data = &swaps;
	f->host.before_swap = change_control_once;
	result = send(f);
	assert_false(result.blocked);
	assert_true(result.notify);
	/* With what the word says now. */
	assert_int_equal(result.data, NV ^ 1);
	assert_int_equal(control_now(f) & 3, ON);
	assert_int_equal(swaps, 3);
}

/* A guest that never lets the swap succeed does not hold the unit up. */
#define TRIES 64
static unsigned int tries;

static void change_always(struct fake_host *host, uint64_t address)
{
	tries++;
	fake_host_set_64(host, address, fake_host_get_64(host, address) ^ 1);
}

static void request_ends_when_descriptor_changes_all_the_time(void **state)
{
	struct fixture *f = *state;

	entry(f, 0);
	control(f, 0, 1);
	f->host.before_swap = change_always;
	tries = 0;
	assert_true(send(f).blocked);
	/* And the one before all. */
	assert_int_equal(tries, 1 + TRIES);
	assert_int_equal(control_fsts(f), FSTS_PPF);
}

/* With a vector in the PIR that nobody could be told of. */
static void change_control_always(struct fake_host *host, uint64_t address)
{
	tries++;
	if (address == descriptor + CONTROL)
		fake_host_set_64(host, address,
				 fake_host_get_64(host, address) ^ 1 << 16);
}

static void request_is_blocked_when_on_can_never_be_set(void **state)
{
	struct fixture *f = *state;

	entry(f, 0);
	control(f, 0, 1);
	f->host.before_swap = change_control_always;
	tries = 0;
	assert_int_equal(send(f).condition, VTD_IR_27);
	assert_int_equal(tries, 2 + TRIES);
}

static void assert_nothing_but(const struct vtd_interrupt *result,
			       enum vtd_condition condition)
{
	const struct vtd_interrupt expected = {
		.blocked = true,
		.condition = condition,
	};

	assert_int_equal(result->blocked, expected.blocked);
	assert_int_equal(result->condition, expected.condition);
	assert_int_equal(result->posted, expected.posted);
	assert_int_equal(result->notify, expected.notify);
	assert_true(result->address == 0);
	assert_int_equal(result->data, 0);
}

/* F 7.4: HAW is 48; bits 32 to 63 of the address are bits 127:96. */
static void entry_is_reserved_when_descriptor_is_beyond_haw(void **state)
{
	struct fixture *f = *state;

	for (unsigned int bit = 48; bit < 64; bit++) {
		struct vtd_interrupt result;

		tables_irte(&f->tables, table, 5, P | IM | VECTOR << 16,
			    UINT64_C(1) << bit);
		result = send(f);
		assert_nothing_but(&result, VTD_IR_24);
		result = probe(f, ADDRESS);
		assert_nothing_but(&result, VTD_IR_24);
	}
}

static void nothing_is_posted_when_descriptor_is_not_in_memory(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	entry(f, 0);
	fake_host_set_hole(&f->host, descriptor, 64);
	result = send(f);
	assert_nothing_but(&result, VTD_IR_27);
	result = probe(f, ADDRESS);
	assert_nothing_but(&result, VTD_IR_27);
}

static void nothing_is_posted_when_descriptor_has_reserved_bits(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	entry(f, 0);
	control(f, 1 << 2, 1);
	result = send(f);
	assert_nothing_but(&result, VTD_IR_28);
	result = probe(f, ADDRESS);
	assert_nothing_but(&result, VTD_IR_28);
	assert_false(is_posted(f));
}

/* A vector in the PIR that nobody is told of would stay there. */
static void vector_is_not_posted_when_on_cannot_be_set(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	entry(f, 0);
	control(f, 0, 1);
	f->host.read_only = (struct fake_range){ descriptor + CONTROL,
						 descriptor + CONTROL + 7 };
	result = send(f);
	assert_nothing_but(&result, VTD_IR_27);
	assert_false(is_posted(f));
}

static void request_is_blocked_when_any_access_fails(void **state)
{
	struct fixture *f = *state;
	unsigned int nth;

	for (nth = 1;; nth++) {
		struct vtd_interrupt result;

		entry(f, 0);
		control(f, 0, 1);
		f->host.failed = 0;
		vtd_kit_host_fail_access(&f->host, nth, 1);
		result = send(f);
		vtd_kit_host_fail_access(&f->host, 0, 0);
		if (f->host.failed == 0)
			break;
		assert_nothing_but(&result, nth == 1 ? VTD_IR_23 : VTD_IR_27);
	}
	/* The entry; control and PIR, each read and swapped. */
	assert_true(nth > 5);
}

/* ---------------------------------------------------------------- Probe */

static void probe_leaves_descriptor_alone_when_interrupt_is_posted(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	entry(f, 0);
	control(f, 0, 1);
	result = probe(f, ADDRESS);
	assert_false(result.blocked);
	assert_true(result.posted);
	assert_false(is_posted(f));
	assert_int_equal(control_now(f) & 3, 0);
	assert_int_equal(f->host.swaps, 0);
}

static void probe_records_nothing_when_request_faults(void **state)
{
	struct fixture *f = *state;
	struct vtd_counters before, after;
	struct vtd_interrupt result;

	vtd_unit_counters(f->unit, &before, sizeof(before));
	result = probe(f, UINT64_C(0xfee00010) | 6 << 5);
	vtd_unit_counters(f->unit, &after, sizeof(after));
	assert_true(result.blocked);
	assert_int_equal(result.condition, VTD_IR_22);
	assert_int_equal(control_fsts(f), 0);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void probe_gives_the_message_when_interrupt_is_remapped(void **state)
{
	struct fixture *f = *state;
	struct vtd_interrupt result;

	tables_irte(&f->tables, table, 6, P | 0x31 << 16 | UINT64_C(2) << 32,
		    0);
	result = probe(f, UINT64_C(0xfee00010) | 6 << 5);
	assert_false(result.blocked);
	assert_true(result.address == (0xfee00000 | 2 << 12));
	assert_int_equal(result.data & 0xff, 0x31);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(notification_is_sent_when_none_is_outstanding),
		ON_UNIT(destination_is_in_bits_15_to_8_when_eime_is_clear),
		ON_UNIT(notification_is_not_sent_when_one_is_outstanding),
		ON_UNIT(notification_is_not_sent_when_suppressed),
		ON_UNIT(notification_is_sent_when_suppressed_but_urgent),
		ON_UNIT(other_vectors_stay_when_one_is_posted),
		ON_UNIT(vector_taken_meanwhile_stays_taken_when_another_is_posted),
		ON_UNIT(notification_is_sent_when_control_changes_before_the_swap),
		ON_UNIT(request_ends_when_descriptor_changes_all_the_time),
		ON_UNIT(request_is_blocked_when_on_can_never_be_set),
		ON_UNIT(request_is_blocked_when_any_access_fails),
		ON_UNIT(entry_is_reserved_when_descriptor_is_beyond_haw),
		ON_UNIT(nothing_is_posted_when_descriptor_is_not_in_memory),
		ON_UNIT(nothing_is_posted_when_descriptor_has_reserved_bits),
		ON_UNIT(vector_is_not_posted_when_on_cannot_be_set),
		ON_UNIT(probe_leaves_descriptor_alone_when_interrupt_is_posted),
		ON_UNIT(probe_records_nothing_when_request_faults),
		ON_UNIT(probe_gives_the_message_when_interrupt_is_remapped),
	};

	return RUN_TESTS(tests);
}
