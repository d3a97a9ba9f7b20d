/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests that are on their way when the unit is reset or loaded, or when
 * translation or remapping goes off: the unit knows nothing of them after. */
#include <pthread.h>

#include <vtd/spec/descriptors.h>

#include "page_request_fixture.h"

#define TE (UINT32_C(1) << 31)
#define IRE (UINT32_C(1) << 25)

struct ambush {
	struct fixture *f;
	void (*strike)(struct fixture *f);
	bool struck;
	bool again; /* whenever it looks */
	unsigned int times;
};

static struct {
	size_t size;
	uint8_t blob[VTD_STATE_SIZE_MAX];
} fresh;

static int setup(void **state)
{
	struct fixture *f;

	if (setup_with_empty_first_stage(state) != 0)
		return -1;
	f = *state;
	regs_set_interrupt_table(f->unit, tables_pages(&f->tables, 2), 8,
				 false);
	regs_command_set(f->unit, IRE);
	fake_host_forget(&f->host);
	return 0;
}

static void *strike(void *opaque)
{
	struct ambush *ambush = opaque;

	ambush->strike(ambush->f);
	return NULL;
}

/* Another thread comes between: a memory callback must not call its unit. */
static void on_the_way(struct fake_host *host, uint64_t address)
{
	struct ambush *ambush = host->hook_data;
	pthread_t thread;

	(void)address;
	if (ambush->struck && !ambush->again)
		return;
	ambush->struck = true;
	ambush->times++;
	assert_int_equal(pthread_create(&thread, NULL, strike, ambush), 0);
	pthread_join(thread, NULL);
}

static void reset(struct fixture *f)
{
	vtd_unit_reset(f->unit, VTD_RESET_POWER_GOOD);
}

static void load(struct fixture *f)
{
	assert_int_equal(vtd_unit_load(f->unit, fresh.blob, fresh.size, NULL),
			 0);
}

static void stop_translation(struct fixture *f)
{
	regs_command_clear(f->unit, TE);
}

/* Software is back before the request is. */
static void restart_translation(struct fixture *f)
{
	regs_command_clear(f->unit, TE);
	regs_command_set(f->unit, TE);
}

static void stop_remapping(struct fixture *f)
{
	regs_command_clear(f->unit, IRE);
}

static void (*const strikes[])(struct fixture *) = {
	reset,
	load,
	stop_translation,
	restart_translation,
};

/* A unit like this one that nothing has happened to, for load(). */
static void save_fresh(struct fixture *f)
{
	struct vtd_unit *unit;

	assert_int_equal(vtd_unit_create(&f->config, &fake_host_ops, &f->host,
					 &unit),
			 0);
	fresh.size = vtd_unit_save(unit, fresh.blob, sizeof(fresh.blob));
	vtd_unit_destroy(unit);
}

static void lie_in_ambush(struct fixture *f, struct ambush *ambush, size_t i)
{
	*ambush = (struct ambush){ .f = f, .strike = strikes[i] };
	save_fresh(f);
	f->host.hook_data = ambush;
	fake_host_watch_reads(&f->host, on_the_way);
}

static void start_over(void **state)
{
	fixture_teardown(state);
	assert_int_equal(setup(state), 0);
}

static void
page_request_is_not_queued_when_the_unit_changed_meanwhile(void **state)
{
	for (size_t i = 0; i < sizeof(strikes) / sizeof(*strikes); i++) {
		struct fixture *f = *state;
		struct ambush ambush;

		lie_in_ambush(f, &ambush, i);
		request(f, &with_pasid);
		f->host.before_read = NULL;
		assert_true(ambush.struck);
		assert_int_equal(regs_read_64(f->unit, PQT), 0);
		assert_int_equal(regs_read_32(f->unit, PRS), 0);
		assert_int_equal(fake_host_get_64(&f->host, 0), 0);
		assert_int_equal(control_fsts(f) & FSTS_PPF, 0);
		/* As with translation off. */
		assert_int_equal(f->host.responses, 1);
		assert_int_equal(f->host.response[0].code,
				 VTD_RESPONSE_INVALID);
		start_over(state);
	}
}

static void fault_is_not_recorded_when_the_unit_changed_meanwhile(void **state)
{
	for (size_t i = 0; i < sizeof(strikes) / sizeof(*strikes); i++) {
		struct fixture *f = *state;
		struct ambush ambush;

		lie_in_ambush(f, &ambush, i);
		fixture_access(f, 0x4321, 0x5000, VTD_ACCESS_WRITE);
		f->host.before_read = NULL;
		assert_true(ambush.struck);
		assert_int_equal(control_fsts(f), 0);
		start_over(state);
	}
}

static void
interrupt_fault_is_not_recorded_when_remapping_went_off(void **state)
{
	const struct vtd_interrupt_request request = {
		.sid = 1,
		.address = 0xfee00010,
	};
	struct fixture *f = *state;
	struct ambush ambush;
	struct vtd_interrupt result;

	lie_in_ambush(f, &ambush, 0);
	ambush.strike = stop_remapping;
	vtd_unit_interrupt(f->unit, &request, &result);
	f->host.before_read = NULL;
	assert_true(ambush.struck);
	/* It meets the unit as it is now. */
	assert_false(result.blocked);
	assert_int_equal(result.address, request.address);
	assert_int_equal(control_fsts(f), 0);
}

static const struct vtd_interrupt_request by_entry_5 = {
	.sid = 1,
	.address = UINT64_C(0xfee00010) | 5 << 5,
};

static void restart_remapping(struct fixture *f)
{
	regs_command_clear(f->unit, IRE);
	regs_command_set(f->unit, IRE);
}

/* A request by an entry that is struck at while it is read. */
static struct vtd_interrupt
interrupt_into(struct fixture *f, struct ambush *ambush,
	       void (*strike)(struct fixture *f), bool again)
{
	struct vtd_interrupt result;
	uint64_t table = tables_page(&f->tables);

	tables_irte(&f->tables, table, 5, VTD_IRTE0_P | 0x31 << 16, 0);
	regs_set_interrupt_table(f->unit, table, 7, false);
	lie_in_ambush(f, ambush, 0);
	ambush->strike = strike;
	ambush->again = again;
	vtd_unit_interrupt(f->unit, &by_entry_5, &result);
	f->host.before_read = NULL;
	assert_true(ambush->struck);
	return result;
}

/* The entry was that of the unit before. */
static void interrupt_passes_when_remapping_went_off_at_its_entry(void **state)
{
	struct ambush ambush;
	struct vtd_interrupt result =
		interrupt_into(*state, &ambush, stop_remapping, false);

	assert_false(result.blocked);
	assert_int_equal(result.address, by_entry_5.address);
}

static void interrupt_is_blocked_when_remapping_restarts_each_time(void **state)
{
	struct ambush ambush;
	struct vtd_interrupt result =
		interrupt_into(*state, &ambush, restart_remapping, true);

	assert_true(result.blocked);
	assert_int_equal(result.condition, VTD_IR_22);
	assert_int_equal(control_fsts(*state), 0);
	/* Four looks. */
	assert_int_equal(ambush.times, 4);
}

/* No look at it was of one state. */
static void request_is_refused_when_the_unit_changes_all_the_time(void **state)
{
	struct fixture *f = *state;
	struct ambush ambush;
	struct vtd_translation result;

	lie_in_ambush(f, &ambush, 0);
	ambush.strike = restart_translation;
	ambush.again = true;
	result = fixture_access(f, SID, 0x5000, VTD_ACCESS_WRITE);
	f->host.before_read = NULL;
	assert_true(ambush.struck);
	assert_int_equal(result.condition, VTD_PROTOCOL_ERROR);
	assert_int_equal(result.status, VTD_STATUS_UNSUPPORTED_REQUEST);
	assert_int_equal(control_fsts(f), 0);
	/* Four looks at four entries. */
	assert_int_equal(ambush.times, 4 * 4);
}

/* What has nothing to do with interrupts goes on. */
static void page_request_is_queued_when_remapping_went_off(void **state)
{
	struct fixture *f = *state;
	struct ambush ambush;

	lie_in_ambush(f, &ambush, 0);
	ambush.strike = stop_remapping;
	request(f, &with_pasid);
	f->host.before_read = NULL;
	assert_true(ambush.struck);
	assert_int_equal(regs_read_64(f->unit, PQT), VTD_PAGE_REQUEST_SIZE);
}

static void fault_is_recorded_when_remapping_went_off(void **state)
{
	struct fixture *f = *state;
	struct ambush ambush;

	lie_in_ambush(f, &ambush, 0);
	ambush.strike = stop_remapping;
	fixture_access(f, 0x4321, 0x5000, VTD_ACCESS_WRITE);
	f->host.before_read = NULL;
	assert_true(ambush.struck);
	assert_int_equal(control_fsts(f), FSTS_PPF);
}

int main(void)
{
#define ON_UNIT(name) \
	cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		ON_UNIT(page_request_is_not_queued_when_the_unit_changed_meanwhile),
		ON_UNIT(fault_is_not_recorded_when_the_unit_changed_meanwhile),
		ON_UNIT(interrupt_fault_is_not_recorded_when_remapping_went_off),
		ON_UNIT(interrupt_passes_when_remapping_went_off_at_its_entry),
		ON_UNIT(interrupt_is_blocked_when_remapping_restarts_each_time),
		ON_UNIT(request_is_refused_when_the_unit_changes_all_the_time),
		ON_UNIT(page_request_is_queued_when_remapping_went_off),
		ON_UNIT(fault_is_recorded_when_remapping_went_off),
	};

	return RUN_TESTS(tests);
}
