/* SPDX-License-Identifier: BSD-3-Clause */
#include "record/recorder.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "record/state.h"
#include "sized.h"

_Static_assert(VTD_RECORD_BYTES_MAX == VTD_STATE_SIZE_MAX + 8,
	       "a number in the header, for readers that cannot compute");
_Static_assert(VTD_PASID_MAX == (1 << VTD_PASID_BITS) - 1, "the same");

static uint32_t this_thread(void)
{
	static _Atomic uint32_t last;
	static _Thread_local uint32_t number;

	if (number == 0)
		number = atomic_fetch_add(&last, 1) + 1;
	return number;
}

static uint64_t now(const struct vtd_recorder *recorder)
{
	struct timespec time;

	if (recorder->clock != NULL)
		return recorder->clock(recorder->sink);
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void vtd_record_put(struct vtd_record_state *state, struct vtd_record *record)
{
	const struct vtd_recorder *recorder = &state->recorder;

	if (atomic_load_explicit(&state->owner, memory_order_relaxed) !=
		    this_thread() ||
	    state->ended)
		return;
	record->thread = this_thread();
	record->time = now(recorder);
	if (recorder->record != NULL)
		recorder->record(recorder->sink, record);
	if (recorder->write == NULL)
		return;
	vtd_stream_put(&state->stream, record);
	state->ended = state->stream.ended;
}

static void take_lock(struct vtd_record_state *state)
{
	pthread_mutex_lock(&state->lock);
	atomic_store_explicit(&state->owner, this_thread(),
			      memory_order_relaxed);
}

void vtd_record_lock(struct vtd_record_state *state)
{
	if (state->recorder.turn != NULL)
		state->recorder.turn(state->recorder.sink);
	take_lock(state);
}

void vtd_record_unlock(struct vtd_record_state *state)
{
	atomic_store_explicit(&state->owner, 0, memory_order_relaxed);
	pthread_mutex_unlock(&state->lock);
}

/* ------------------------------------------------------------ Calls, returns */

void vtd_record_call(struct vtd_record_state *state, enum vtd_record_kind kind,
		     const uint64_t *value, unsigned int count)
{
	struct vtd_record record = {
		.kind = kind,
		.count = count,
		.value = value,
	};

	if (state == NULL)
		return;
	vtd_record_lock(state);
	vtd_record_put(state, &record);
}

void vtd_record_call_bytes(struct vtd_record_state *state,
			   enum vtd_record_kind kind, const void *bytes,
			   size_t length)
{
	struct vtd_record record = {
		.kind = kind,
		.bytes = bytes,
		.length = length < VTD_RECORD_BYTES_MAX ? length :
							  VTD_RECORD_BYTES_MAX,
	};

	if (state == NULL)
		return;
	vtd_record_lock(state);
	vtd_record_put(state, &record);
}

void vtd_record_return(struct vtd_record_state *state,
		       enum vtd_record_kind kind, const uint64_t *value,
		       unsigned int count)
{
	struct vtd_record record = {
		.kind = kind + VTD_RECORD_RETURN,
		.count = count,
		.value = value,
	};

	if (state == NULL)
		return;
	vtd_record_put(state, &record);
	vtd_record_unlock(state);
}

void vtd_record_return_bytes(struct vtd_record_state *state,
			     enum vtd_record_kind kind, uint64_t value,
			     const void *bytes, size_t length)
{
	struct vtd_record record = {
		.kind = kind + VTD_RECORD_RETURN,
		.count = 1,
		.value = &value,
		.bytes = bytes,
		.length = length < VTD_RECORD_BYTES_MAX ? length :
							  VTD_RECORD_BYTES_MAX,
	};

	if (state == NULL)
		return;
	vtd_record_put(state, &record);
	vtd_record_unlock(state);
}

/*
 * Who signals `cond` has the recorder's lock, too, so nothing is missed between
 * the caller's look and the wait.  A replay waits for its turn instead: then
 * what it waited for has been played, or never comes.
 */
void vtd_record_wait(struct vtd_record_state *state, pthread_cond_t *cond)
{
	struct vtd_record record = { .kind = VTD_RECORD_SAVE_WAITS };

	vtd_record_put(state, &record);
	if (state->recorder.turn == NULL) {
		atomic_store_explicit(&state->owner, 0, memory_order_relaxed);
		pthread_cond_wait(cond, &state->lock);
		atomic_store_explicit(&state->owner, this_thread(),
				      memory_order_relaxed);
	} else {
		vtd_record_unlock(state);
		vtd_record_lock(state);
	}
}

/* ---------------------------------------------------------------------- Life */

/* Members of the configuration, in the order of struct vtd_config. */
static unsigned int list_config(const struct vtd_config *c, uint64_t *value)
{
	const uint64_t members[] = {
		c->host_address_width,
		c->guest_address_width,
		c->address_widths,
		c->scalable_mode,
		c->first_stage,
		c->second_stage,
		c->nested,
		c->pass_through,
		c->first_stage_5_level,
		c->first_stage_1g_pages,
		c->second_stage_2m_pages,
		c->second_stage_1g_pages,
		c->second_stage_accessed_dirty,
		c->extended_accessed,
		c->page_walk_coherency,
		c->snoop_control,
		c->supervisor_requests,
		c->abort_dma,
		c->zero_length_read,
		c->pasid_bits,
		c->device_tlb,
		c->page_request,
		c->no_write_flag,
		c->interrupt_remapping,
		c->extended_interrupt_mode,
		c->posted_interrupts,
		c->caching_mode,
		c->dma_draining,
		c->transient_mapping,
		c->self_flush,
		c->fault_records,
		c->fault_compression,
		c->device_tlb_timeout,
		c->iotlb,
		c->iotlb_entries,
		c->check,
		c->check_waits,
	};

	/* A member that is added to the configuration is added here, and to
	 * those that play a recording. */
	_Static_assert(sizeof(*c) - offsetof(struct vtd_config, check_waits) ==
			       sizeof(c->check_waits),
		       "the configuration has members that are not recorded");
	memcpy(value, members, sizeof(members));
	return sizeof(members) / sizeof(*members);
}

/* Callbacks that the program may lack. */
static uint64_t callbacks(const struct vtd_host_ops *ops)
{
	return (ops->device_tlb_invalidate != NULL ? 1 : 0) |
	       (ops->page_group_response != NULL ? 2 : 0) |
	       (ops->timer_set != NULL ? 4 : 0) | (ops->clock != NULL ? 8 : 0) |
	       (ops->mappings_changed != NULL ? 16 : 0) |
	       (ops->interrupts_changed != NULL ? 32 : 0) |
	       (ops->trace != NULL ? 64 : 0) |
	       (ops->stale_use != NULL ? 128 : 0) |
	       (ops->lint != NULL ? 256 : 0);
}

static void put_config(struct vtd_record_state *state,
		       const struct vtd_config *config)
{
	const char *version = vtd_version();
	uint64_t value[VTD_RECORD_VALUES_MAX];
	struct vtd_record record = {
		.kind = VTD_RECORD_CONFIG,
		.value = value,
		.bytes = version,
		.length = strlen(version),
	};

	value[0] = callbacks(&state->ops);
	record.count = 1 + list_config(config, value + 1);
	vtd_record_put(state, &record);
}

int vtd_record_create(const struct vtd_recorder *recorder,
		      const struct vtd_config *config,
		      const struct vtd_host_ops *ops, void *host,
		      struct vtd_record_state **state)
{
	struct vtd_recorder known = { .size = sizeof(known) };
	struct vtd_record_state *s;
	int error = 0;

	if (vtd_sized_take(&known, sizeof(known), recorder) != NULL ||
	    (known.write == NULL && known.record == NULL))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->recorder = known;
	s->ops = *ops;
	s->host = host;
	if (pthread_mutex_init(&s->lock, NULL) != 0)
		error = -ENOMEM;
	else if (known.write != NULL)
		error = vtd_stream_begin(&s->stream, &known);
	if (error != 0) {
		free(s);
		return error;
	}
	take_lock(s);
	put_config(s, config);
	vtd_record_unlock(s);
	*state = s;
	return 0;
}

void vtd_record_end(struct vtd_record_state *state)
{
	static const uint64_t reason = VTD_RECORD_ENDED;
	struct vtd_record record = {
		.kind = VTD_RECORD_END,
		.count = 1,
		.value = &reason,
	};

	if (state == NULL)
		return;
	take_lock(state);
	vtd_record_put(state, &record);
	/* Nothing is in it if nobody writes. */
	if (!state->ended)
		vtd_stream_flush(&state->stream);
	state->ended = true;
	vtd_record_unlock(state);
}

void vtd_record_destroy(struct vtd_record_state *state)
{
	if (state == NULL)
		return;
	vtd_record_end(state);
	pthread_mutex_destroy(&state->lock);
	free(state);
}
