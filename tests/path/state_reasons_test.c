/* SPDX-License-Identifier: BSD-3-Clause */
/* Saved states that one word makes impossible, and why they are refused; next to
 * each the word that is just possible. */
#include <stdio.h>

#include "control.h"
#include "saved.h"

#define DEVICE_TLB UINT64_C(0x0000010000000003)
#define PASID_DEVICE_TLB UINT64_C(0x0000000501000008)
#define RECORDS 3

/* Words of a state from its beginning. */
enum { ROOT = 4, INTERRUPT_TABLE, FAULT_INDEX, REGISTERS, REGISTER };
/* And from its end: request, wait, request, wait. */
enum {
	WAIT_1 = 4,
	WAIT_0 = 7,
	WAITS = 8,
	REQUEST_1 = 13,
	REQUEST_0 = 18,
	REQUESTS = 19,
};

static struct saved good;

/* A fault is recorded, and the queue is held up. */
static void make_state(struct fixture *f)
{
	f->config.fault_records = RECORDS;
	control_run(f);
	control_fault(f, 1);
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_put(&f->queue, PASID_DEVICE_TLB, 0x7000);
	regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	good.size = vtd_unit_save(f->unit, good.byte, sizeof(good.byte));
}

static size_t from_end(size_t words)
{
	return good.size / 8 - words;
}

/* Where the value of a register is. */
static size_t of_register(uint64_t offset)
{
	for (size_t i = 0; i < saved_word(&good, REGISTERS); i++)
		if (saved_word(&good, REGISTER + 2 * i) == offset)
			return REGISTER + 2 * i + 1;
	fail_msg("no register at %x", (unsigned int)offset);
	return 0;
}

/* Loading it says `reason`; NULL: it is taken. */
static void check_load(const char *name, struct fixture *f,
		       const struct saved *state, const char *reason)
{
	const char *said = "";
	int error = vtd_unit_load(f->unit, state->byte, state->size, &said);

	if ((error == 0) != (reason == NULL) || (said == NULL) != (error == 0))
		fail_msg("%s: %d, '%s'", name, error, said ? said : "");
	if (reason != NULL && strcmp(said, reason) != 0)
		fail_msg("%s: '%s' instead of '%s'", name, said, reason);
}

/* With one word exchanged. */
static void check_word(const char *name, struct fixture *f, size_t at,
		       uint64_t value, const char *reason)
{
	static struct saved changed;

	changed = good;
	saved_set(&changed, at, value);
	check_load(name, f, &changed, reason);
}

#define ODD_BITS "a register has bits that it cannot have"
#define OTHER_REGISTERS "the state has other registers than the unit"
#define CONTRADICTS "the fault status contradicts the fault records"
#define BEYOND "a fault index is beyond the fault records"
#define ODD_POINTER "a table pointer has bits that it cannot have"
#define QUEUE_OFF "work of an invalidation queue that is off"
#define ODD_REQUEST "an invalidate request is none of a descriptor"
#define ODD_WAIT "a wait is none that software can have asked for"
#define NO_REQUESTS "a wait follows requests that are not there"

/* A bit of a register is the other way. */
static void check_bit(struct fixture *f, uint64_t offset, unsigned int bit,
		      const char *reason)
{
	size_t at = of_register(offset);
	char name[32];

	snprintf(name, sizeof(name), "bit %u of %03x", bit,
		 (unsigned int)offset);
	check_word(name, f, at, saved_word(&good, at) ^ UINT64_C(1) << bit,
		   reason);
}

#define NONE 64 /* as a number of a bit */

static void state_is_refused_when_register_has_odd_bits(void **state)
{
	static const struct {
		uint64_t offset;
		unsigned int taken[3], refused[3];
	} rows[] = {
		{ 0x000, { NONE, NONE, NONE }, { 0, 8, 31 } },
		{ 0x008, { NONE, NONE, NONE }, { 0, 3, 63 } },
		{ 0x010, { NONE, NONE, NONE }, { 2, 9, 63 } },
		{ 0x018, { NONE, NONE, NONE }, { 23, 30, 31 } },
		{ 0x01c, { 31, 30, 25 }, { 22, 29, 27 } },
		{ 0x01c, { 24, 23, NONE }, { 28, 0, NONE } },
		{ 0x020, { 12, 10, 47 }, { 0, 9, 63 } },
		{ 0x028, { 59, 60, 0 }, { 58, 34, NONE } },
		{ 0x034, { 0, 4, 6 }, { 3, 7, 16 } },
		{ 0x038, { 31, 30, NONE }, { 29, 0, NONE } },
		{ 0x080, { 5, 18, NONE }, { 3, 19, 63 } },
		{ 0x09c, { 0, NONE, NONE }, { 1, 31, NONE } },
		{ 0x0a0, { 31, 30, NONE }, { 29, 0, NONE } },
		{ 0x0b0, { 0, 32, 63 }, { NONE, NONE, NONE } },
		{ 0x0dc, { 0, 1, NONE }, { 2, 31, NONE } },
		{ 0x0e0, { 31, 30, NONE }, { 29, 0, NONE } },
		{ 0x0f8, { 57, 58, 32 }, { 59, 31, NONE } },
		{ 0x220, { 0, 12, 63 }, { NONE, NONE, NONE } },
		{ 0x228, { 0, 32, 62 }, { NONE, NONE, NONE } },
	};
	struct fixture *f = *state;

	make_state(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (unsigned int j = 0; j < 3; j++) {
			if (rows[i].taken[j] != NONE)
				check_bit(f, rows[i].offset, rows[i].taken[j],
					  NULL);
			if (rows[i].refused[j] != NONE)
				check_bit(f, rows[i].offset, rows[i].refused[j],
					  ODD_BITS);
		}
}

static void state_is_refused_when_unit_has_no_interrupt_remapping(void **state)
{
	struct fixture *f = *state;

	f->config.interrupt_remapping = false;
	f->config.extended_interrupt_mode = false;
	fixture_run(f, VTD_TTM_SCALABLE);
	good.size = vtd_unit_save(f->unit, good.byte, sizeof(good.byte));
	check_load("as it was", f, &good, NULL);
	for (unsigned int bit = 23; bit <= 25; bit++)
		check_bit(f, 0x01c, bit, ODD_BITS);
}

static void state_is_refused_when_unit_has_other_registers(void **state)
{
	struct fixture *f = *state;
	uint64_t count;

	make_state(f);
	count = saved_word(&good, REGISTERS);
	check_word("one less", f, REGISTERS, count - 1, OTHER_REGISTERS);
	check_word("one more", f, REGISTERS, count + 1, OTHER_REGISTERS);
	for (uint64_t i = 0; i < count; i++)
		check_word("offset", f, REGISTER + 2 * i,
			   saved_word(&good, REGISTER + 2 * i) + 4,
			   OTHER_REGISTERS);
}

static void state_is_refused_when_pointer_is_none(void **state)
{
	struct fixture *f = *state;

	make_state(f);
	check_word("root", f, ROOT, 0x100400, NULL);
	check_word("bit 9 of root", f, ROOT, 0x100200, ODD_POINTER);
	check_word("interrupts", f, INTERRUPT_TABLE, 0x10000f, NULL);
	check_word("bit 4 of interrupts", f, INTERRUPT_TABLE, 0x100010,
		   ODD_POINTER);
}

static void state_is_refused_when_fault_index_is_beyond(void **state)
{
	struct fixture *f = *state;
	size_t at;
	uint64_t status;

	make_state(f);
	at = of_register(0x034);
	status = saved_word(&good, at) & ~UINT64_C(0xff00);
	check_word("index", f, FAULT_INDEX, RECORDS - 1, NULL);
	check_word("index", f, FAULT_INDEX, RECORDS, BEYOND);
	check_word("2^32", f, FAULT_INDEX, UINT64_C(1) << 32, BEYOND);
	check_word("FRI", f, at, status | (RECORDS - 1) << 8, NULL);
	check_word("FRI", f, at, status | RECORDS << 8, BEYOND);
}

static void state_is_refused_when_records_contradict_status(void **state)
{
	const uint64_t pending = UINT64_C(1) << 63;
	struct fixture *f = *state;
	static struct saved moved;
	uint64_t high;

	make_state(f);
	check_bit(f, 0x034, 1, CONTRADICTS);
	check_bit(f, 0x228, 63, CONTRADICTS);
	/* Wherever it is. */
	high = saved_word(&good, of_register(0x228));
	for (unsigned int i = 0; i < RECORDS; i++) {
		moved = good;
		saved_set(&moved, of_register(0x228), high & ~pending);
		saved_set(&moved, of_register(0x228 + 16 * i), pending);
		check_load("moved", f, &moved, NULL);
	}
}

static void state_is_refused_when_request_is_none(void **state)
{
	static const unsigned int reserved[] = { 0, 7, 10, 15, 52, 63 };
	struct fixture *f = *state;
	uint64_t word;
	size_t at;

	make_state(f);
	at = from_end(REQUEST_1);
	word = saved_word(&good, at);
	check_word("as it was", f, at, word, NULL);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		check_word("reserved", f, at, word | VTD_BIT(reserved[i]),
			   ODD_REQUEST);
	check_word("PFSID", f, at + 3, 1, ODD_REQUEST);
	check_word("2^16", f, at + 3, 0x10000, ODD_REQUEST);
	check_word("last", f, at + 2, 0x8fff, ODD_REQUEST);
	check_word("time", f, at + 4, UINT64_MAX, NULL);
	check_word("PASID of none", f, from_end(REQUEST_0), VTD_BIT(32),
		   ODD_REQUEST);
	check_word("global of none", f, from_end(REQUEST_0), VTD_BIT(9),
		   ODD_REQUEST);
	check_word("none", f, from_end(REQUEST_0), 0, NULL);
}

static void state_is_refused_when_there_is_too_much(void **state)
{
	static struct saved longer;
	struct fixture *f = *state;

	make_state(f);
	check_word("requests", f, from_end(REQUESTS), 33,
		   "there are more invalidate requests than ITags");
	check_word("waits", f, from_end(WAITS), 17,
		   "there are more waits than a unit can have");
	longer = good;
	longer.size += 8;
	saved_set(&longer, longer.size / 8 - 2, 0);
	check_load("more", f, &longer, "there is more behind the state");
	longer.size -= 16;
	saved_seal(&longer);
	check_load("less", f, &longer, "the state is cut short");
}

/* As many requests and waits as there can be. */
static void state_is_taken_when_all_places_are_in_use(void **state)
{
	struct fixture *f = *state;

	control_run(f);
	for (unsigned int i = 0; i < 32; i++)
		regs_queue_put(&f->queue, DEVICE_TLB, 0);
	for (unsigned int i = 0; i < 17; i++)
		regs_queue_put_wait(&f->queue, 0);
	regs_queue_submit(&f->queue);
	good.size = vtd_unit_save(f->unit, good.byte, sizeof(good.byte));
	assert_int_equal(saved_word(&good, from_end(16 * 3 + 2)), 16);
	assert_int_equal(saved_word(&good, from_end(16 * 3 + 32 * 5 + 3)), 32);
	check_load("all", f, &good, NULL);
}

static void state_is_refused_when_unit_sends_no_requests(void **state)
{
	struct fixture *f = *state;

	f->config.device_tlb = false;
	f->config.no_write_flag = false;
	f->config.page_request = false;
	fixture_run(f, VTD_TTM_SCALABLE);
	good.size = vtd_unit_save(f->unit, good.byte, sizeof(good.byte));
	check_load("as it was", f, &good, NULL);
	check_word("one", f, from_end(3), 1,
		   "there are more invalidate requests than ITags");
}

static void state_is_refused_when_wait_is_none(void **state)
{
	static const unsigned int reserved[] = { 4, 17, 31 };
	struct fixture *f = *state;
	uint64_t word;
	size_t at;

	make_state(f);
	at = from_end(WAIT_0);
	word = saved_word(&good, at);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		check_word("reserved", f, at, word | VTD_BIT(reserved[i]),
			   ODD_WAIT);
	check_word("interrupt", f, at, word | 1, NULL);
	check_word("page drain", f, at, word | 8, NULL);
	check_word("address", f, at + 1, UINT64_C(0xfffffffffffc), NULL);
	check_word("bit 0", f, at + 1, 1, ODD_WAIT);
	check_word("bit 1", f, at + 1, 2, ODD_WAIT);
	check_word("bit 48", f, at + 1, VTD_BIT(48), ODD_WAIT);
}

static void state_is_refused_when_unit_has_no_page_requests(void **state)
{
	struct fixture *f = *state;

	f->config.page_request = false;
	make_state(f);
	check_load("as it was", f, &good, NULL);
	check_word("page drain", f, from_end(WAIT_0),
		   saved_word(&good, from_end(WAIT_0)) | 8, ODD_WAIT);
}

static void state_is_refused_when_waits_are_out_of_order(void **state)
{
	struct fixture *f = *state;
	static struct saved fenced;
	uint64_t word;

	make_state(f);
	assert_int_equal(saved_word(&good, from_end(WAIT_0) + 2), 1);
	assert_int_equal(saved_word(&good, from_end(WAIT_1) + 2), 2);
	check_word("first of 2", f, from_end(WAIT_0) + 2, 2, NULL);
	check_word("first of 3", f, from_end(WAIT_0) + 2, 3, NO_REQUESTS);
	check_word("second of 1", f, from_end(WAIT_1) + 2, 1, NULL);
	check_word("second of 0", f, from_end(WAIT_1) + 2, 0, NO_REQUESTS);
	check_word("second of 3", f, from_end(WAIT_1) + 2, 3, NO_REQUESTS);

	word = saved_word(&good, from_end(WAIT_0));
	check_word("first is a fence", f, from_end(WAIT_0), word | 4,
		   "a wait follows a fence");
	word = saved_word(&good, from_end(WAIT_1));
	check_word("second is a fence", f, from_end(WAIT_1), word | 4, NULL);
	fenced = good;
	saved_set(&fenced, from_end(WAIT_1), word | 4);
	saved_set(&fenced, from_end(WAIT_1) + 2, 1);
	check_load("request behind a fence", f, &fenced,
		   "an invalidate request follows a fence");
}

/* A wait that a bracket holds up, or a request, or nothing. */
static void state_is_refused_when_queue_is_off(void **state)
{
	struct vtd_dma_bracket bracket;
	struct fixture *f = *state;

	control_run(f);
	good.size = vtd_unit_save(f->unit, good.byte, sizeof(good.byte));
	check_bit(f, 0x01c, 26, NULL);
	vtd_unit_destroy(f->unit);
	control_run(f);
	regs_queue_put(&f->queue, DEVICE_TLB, 0);
	regs_queue_submit(&f->queue);
	good.size = vtd_unit_save(f->unit, good.byte, sizeof(good.byte));
	check_bit(f, 0x01c, 26, QUEUE_OFF);
	vtd_unit_destroy(f->unit);
	control_run(f);
	vtd_unit_dma_begin(f->unit, &bracket);
	regs_queue_do(&f->queue, 0x12, 0);
	good.size = vtd_unit_save(f->unit, good.byte, sizeof(good.byte));
	vtd_unit_dma_end(f->unit, &bracket);
	check_bit(f, 0x01c, 26, QUEUE_OFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(state_is_refused_when_register_has_odd_bits),
		FIXTURE_TEST(
			state_is_refused_when_unit_has_no_interrupt_remapping),
		FIXTURE_TEST(state_is_refused_when_unit_has_other_registers),
		FIXTURE_TEST(state_is_refused_when_pointer_is_none),
		FIXTURE_TEST(state_is_refused_when_fault_index_is_beyond),
		FIXTURE_TEST(state_is_refused_when_records_contradict_status),
		FIXTURE_TEST(state_is_refused_when_request_is_none),
		FIXTURE_TEST(state_is_refused_when_there_is_too_much),
		FIXTURE_TEST(state_is_taken_when_all_places_are_in_use),
		FIXTURE_TEST(state_is_refused_when_unit_sends_no_requests),
		FIXTURE_TEST(state_is_refused_when_wait_is_none),
		FIXTURE_TEST(state_is_refused_when_unit_has_no_page_requests),
		FIXTURE_TEST(state_is_refused_when_waits_are_out_of_order),
		FIXTURE_TEST(state_is_refused_when_queue_is_off),
	};

	return RUN_TESTS(tests);
}
