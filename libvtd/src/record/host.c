/* SPDX-License-Identifier: BSD-3-Clause */
/* The host as a recorded unit sees it: each callback leaves a record, and the
 * program's is made. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "record/state.h"
#include "record/values.h"

/* ----------------------------------------- Callbacks that may not call back in */

static void put(struct vtd_record_state *state, enum vtd_record_kind kind,
		const uint64_t *value, unsigned int count)
{
	struct vtd_record record = {
		.kind = kind,
		.count = count,
		.value = value,
	};

	vtd_record_put(state, &record);
}

static void put_memory(struct vtd_record_state *state,
		       enum vtd_record_kind kind, uint64_t address,
		       const void *bytes, size_t length)
{
	struct vtd_record record = {
		.kind = kind,
		.count = 1,
		.value = &address,
		.bytes = bytes,
		.length = length,
	};

	vtd_record_put(state, &record);
}

static int memory_read(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	struct vtd_record_state *state = host;
	int error =
		state->ops.memory_read(state->host, address, buffer, length);

	if (error >= 0)
		put_memory(state, VTD_RECORD_MEMORY_READ, address, buffer,
			   length);
	else
		put(state, VTD_RECORD_MEMORY_READ_FAILED,
		    VTD_RECORDER_LIST(address, length));
	return error;
}

static int memory_write(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	struct vtd_record_state *state = host;
	int error =
		state->ops.memory_write(state->host, address, buffer, length);

	put_memory(state,
		   error >= 0 ? VTD_RECORD_MEMORY_WRITE :
				VTD_RECORD_MEMORY_WRITE_FAILED,
		   address, buffer, length);
	return error;
}

static int memory_compare_exchange(void *host, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	struct vtd_record_state *state = host;
	uint64_t before = le64toh(*expected);
	int swapped = state->ops.memory_compare_exchange(state->host, address,
							 expected, desired);

	put(state, VTD_RECORD_MEMORY_EXCHANGE,
	    VTD_RECORDER_LIST(address, before, le64toh(desired),
			      vtd_record_swapped(swapped),
			      swapped == 0 ? le64toh(*expected) : before));
	return swapped;
}

static void interrupt_message(void *host, uint64_t address, uint32_t data)
{
	struct vtd_record_state *state = host;

	put(state, VTD_RECORD_INTERRUPT_MESSAGE,
	    VTD_RECORDER_LIST(address, data));
	state->ops.interrupt_message(state->host, address, data);
}

static void timer_set(void *host, uint64_t nanoseconds)
{
	struct vtd_record_state *state = host;

	put(state, VTD_RECORD_TIMER_SET, VTD_RECORDER_LIST(nanoseconds));
	state->ops.timer_set(state->host, nanoseconds);
}

static uint64_t clock_of(void *host)
{
	struct vtd_record_state *state = host;
	uint64_t now = state->ops.clock(state->host);

	put(state, VTD_RECORD_CLOCK, VTD_RECORDER_LIST(now));
	return now;
}

/* -------------------------------------------- Callbacks that may call back in */

static void leave(struct vtd_record_state *state, enum vtd_record_kind kind,
		  const struct vtd_values *values)
{
	put(state, kind, values->value, values->count);
	vtd_record_unlock(state);
}

static void come_back(struct vtd_record_state *state, enum vtd_record_kind kind,
		      uint64_t answer)
{
	vtd_record_lock(state);
	put(state, kind + VTD_RECORD_RETURN, &answer, 1);
}

static int
device_tlb_invalidate(void *host,
		      const struct vtd_device_tlb_invalidation *request)
{
	struct vtd_record_state *state = host;
	struct vtd_values values;
	int answer;

	vtd_values_of_invalidation(&values, request);
	leave(state, VTD_RECORD_DEVICE_TLB_INVALIDATE, &values);
	answer = state->ops.device_tlb_invalidate(state->host, request);
	come_back(state, VTD_RECORD_DEVICE_TLB_INVALIDATE,
		  vtd_record_sent(answer));
	return answer;
}

static void page_group_response(void *host,
				const struct vtd_page_group_response *response)
{
	struct vtd_record_state *state = host;
	struct vtd_values values;

	vtd_values_of_response(&values, response);
	leave(state, VTD_RECORD_PAGE_GROUP_RESPONSE, &values);
	state->ops.page_group_response(state->host, response);
	come_back(state, VTD_RECORD_PAGE_GROUP_RESPONSE, 0);
}

/* Asked here, where the answer is recorded as that to the notice; with the lock, as
 * it is promised to exclude other calls. */
static bool wanted(const struct vtd_record_state *state,
		   const struct vtd_mappings_changed *change)
{
	return state->ops.mappings_wanted == NULL ||
	       state->ops.mappings_wanted(state->host, change);
}

static int mappings_changed(void *host,
			    const struct vtd_mappings_changed *change)
{
	struct vtd_record_state *state = host;
	bool is_wanted = wanted(state, change);
	struct vtd_values values;
	int answer;

	vtd_values_of_mappings(&values, change);
	leave(state, VTD_RECORD_MAPPINGS_CHANGED, &values);
	answer = is_wanted ? state->ops.mappings_changed(state->host, change) :
			     0;
	come_back(state, VTD_RECORD_MAPPINGS_CHANGED,
		  answer == VTD_NOTICE_PENDING);
	return answer;
}

static int interrupts_changed(void *host,
			      const struct vtd_interrupts_changed *change)
{
	struct vtd_record_state *state = host;
	struct vtd_values values;
	int answer;

	vtd_values_of_interrupts(&values, change);
	leave(state, VTD_RECORD_INTERRUPTS_CHANGED, &values);
	answer = state->ops.interrupts_changed(state->host, change);
	come_back(state, VTD_RECORD_INTERRUPTS_CHANGED,
		  answer == VTD_NOTICE_PENDING);
	return answer;
}

static void stale_use(void *host, const struct vtd_stale_use *use)
{
	struct vtd_record_state *state = host;
	struct vtd_values values;

	vtd_values_of_stale_use(&values, use);
	leave(state, VTD_RECORD_STALE_USE, &values);
	state->ops.stale_use(state->host, use);
	come_back(state, VTD_RECORD_STALE_USE, 0);
}

static void lint(void *host, const struct vtd_lint_report *report)
{
	struct vtd_record_state *state = host;
	struct vtd_values values;

	vtd_values_of_lint(&values, report);
	leave(state, VTD_RECORD_LINT, &values);
	state->ops.lint(state->host, report);
	come_back(state, VTD_RECORD_LINT, 0);
}

/* A remark: what a later library says need not be the same. */
static void trace(void *host, const char *line)
{
	struct vtd_record_state *state = host;
	struct vtd_record record = {
		.kind = VTD_RECORD_TRACE,
		.bytes = line,
		.length = strlen(line),
	};

	vtd_record_put(state, &record);
	vtd_record_unlock(state);
	state->ops.trace(state->host, line);
	vtd_record_lock(state);
}

/* What the program lacks stays away: the unit behaves otherwise then.  So does
 * mappings_wanted(). */
#define TAKE(name)                           \
	do {                                 \
		if (state->ops.name != NULL) \
			ops->name = name;    \
	} while (0)

void vtd_record_host_ops(struct vtd_record_state *state,
			 struct vtd_host_ops *ops)
{
	*ops = (struct vtd_host_ops){ .size = sizeof(*ops) };
	TAKE(memory_read);
	TAKE(memory_write);
	TAKE(memory_compare_exchange);
	TAKE(interrupt_message);
	TAKE(device_tlb_invalidate);
	TAKE(page_group_response);
	TAKE(timer_set);
	TAKE(mappings_changed);
	TAKE(interrupts_changed);
	TAKE(trace);
	TAKE(stale_use);
	TAKE(lint);
	if (state->ops.clock != NULL)
		ops->clock = clock_of;
}
