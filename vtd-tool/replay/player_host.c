/* SPDX-License-Identifier: BSD-3-Clause */
/* The host of a unit that is played: it gives what the recording's gave. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "player_private.h"

/* -------------------------------- Callbacks that the unit waits for, locked */

static bool is_read(const struct vtd_record *next, uint64_t address,
		    size_t length)
{
	if (value_of(next, 0) != address)
		return false;
	if (next->kind == VTD_RECORD_MEMORY_READ_FAILED)
		return value_of(next, 1) == length;
	return next->kind == VTD_RECORD_MEMORY_READ && next->length == length;
}

static int memory_read(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	struct player *player = host;
	const struct vtd_record came = {
		.kind = VTD_RECORD_MEMORY_READ,
		.count = 1,
		.value = &address,
		.length = length,
	};
	int error = -EFAULT;

	if (player->look != NULL)
		return player->look->read(player->look->opaque, address, buffer,
					  length);
	player_lock(player);
	if (!player->over && !is_read(&player->next, address, length))
		player_differs(player, &came);
	if (!player->over && player->next.kind == VTD_RECORD_MEMORY_READ) {
		memcpy(buffer, player->next.bytes, length);
		error = 0;
	}
	player_unlock(player);
	return error;
}

static int memory_write(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	struct player *player = host;
	bool ram;

	(void)address;
	(void)buffer;
	(void)length;
	player_lock(player);
	ram = !player->over &&
	      player->next.kind != VTD_RECORD_MEMORY_WRITE_FAILED;
	player_unlock(player);
	return ram ? 0 : -EFAULT;
}

static int memory_compare_exchange(void *host, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	struct player *player = host;
	int answer = -EFAULT;

	(void)address;
	(void)desired;
	player_lock(player);
	if (!player->over && player->next.kind == VTD_RECORD_MEMORY_EXCHANGE &&
	    value_of(&player->next, 3) < 2)
		answer = (int)value_of(&player->next, 3);
	if (answer == 0)
		*expected = htole64(value_of(&player->next, 4));
	player_unlock(player);
	return answer;
}

static void interrupt_message(void *host, uint64_t address, uint32_t data)
{
	(void)host;
	(void)address;
	(void)data;
}

static void timer_set(void *host, uint64_t nanoseconds)
{
	(void)host;
	(void)nanoseconds;
}

static uint64_t clock_of(void *host)
{
	struct player *player = host;
	uint64_t now = 0;

	player_lock(player);
	if (!player->over && player->next.kind == VTD_RECORD_CLOCK)
		now = value_of(&player->next, 0);
	player_unlock(player);
	return now;
}

/* ------------------------------------------------ Callbacks that may call back */

/* Make the calls that this thread's callback made.  Then the next record is its
 * return, or it is over. */
static void call_back(struct player *player)
{
	struct worker *worker = this_worker;

	while (player_wait(player, worker) &&
	       recording_is_call(player->next.kind)) {
		if (worker->nesting == NESTING_MAX)
			player_stop(player, PLAY_BROKEN,
				    "more than %d calls inside of each other",
				    NESTING_MAX);
		else
			player_call(player, worker);
	}
}

/* What the callback answered; whether it is its return is seen when the unit
 * goes on. */
static uint64_t answer_of(struct player *player)
{
	uint64_t answer;

	player_lock(player);
	call_back(player);
	answer = player->over ? 0 : value_of(&player->next, 0);
	player_unlock(player);
	return answer;
}

static int
device_tlb_invalidate(void *host,
		      const struct vtd_device_tlb_invalidation *request)
{
	(void)request;
	switch (answer_of(host)) {
	case 0:
		return 0;
	case 1:
		return -EBUSY;
	default:
		return -ENODEV;
	}
}

static void page_group_response(void *host,
				const struct vtd_page_group_response *response)
{
	(void)response;
	answer_of(host);
}

/* The ticket may be given back before the callback has returned. */
static int notice(struct player *player, const struct vtd_notice_ticket *ticket)
{
	struct open_ones *tickets = &player->tickets[this_worker->phase];
	uint64_t answer;
	uint64_t none;

	player_lock(player);
	open_ones_add(player, tickets, ticket->value);
	player_unlock(player);
	answer = answer_of(player);
	if (answer != 0)
		return VTD_NOTICE_PENDING;
	player_lock(player);
	open_ones_take(player, tickets, &none);
	player_unlock(player);
	return 0;
}

static int mappings_changed(void *host,
			    const struct vtd_mappings_changed *change)
{
	return notice(host, &change->ticket);
}

static int interrupts_changed(void *host,
			      const struct vtd_interrupts_changed *change)
{
	return notice(host, &change->ticket);
}

static void stale_use(void *host, const struct vtd_stale_use *use)
{
	(void)use;
	answer_of(host);
}

static void lint(void *host, const struct vtd_lint_report *report)
{
	(void)report;
	answer_of(host);
}

/* It leaves no record of its return. */
static void trace(void *host, const char *line)
{
	struct player *player = host;

	(void)line;
	player_lock(player);
	call_back(player);
	player_unlock(player);
}

const struct vtd_host_ops player_host_ops = {
	.size = sizeof(player_host_ops),
	.memory_read = memory_read,
	.memory_write = memory_write,
	.memory_compare_exchange = memory_compare_exchange,
	.interrupt_message = interrupt_message,
	.device_tlb_invalidate = device_tlb_invalidate,
	.page_group_response = page_group_response,
	.timer_set = timer_set,
	.clock = clock_of,
	.mappings_changed = mappings_changed,
	.interrupts_changed = interrupts_changed,
	.trace = trace,
	.stale_use = stale_use,
	.lint = lint,
};
