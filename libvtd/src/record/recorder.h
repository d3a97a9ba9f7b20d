/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The recorder of one unit: its lock, and how calls and callbacks become records.
 *
 * The lock is taken before that of the unit, when a call begins, and given up
 * when it returns; callbacks that may call into the unit are made without it.
 * All other records are made with it held, so the file has one order, in which
 * every thread's calls and callbacks are nested as they were.
 */
#ifndef VTD_SRC_RECORD_RECORDER_H
#define VTD_SRC_RECORD_RECORDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vtd/record.h>

struct vtd_record_state;

/* A unit with `config` and `ops` is to be recorded.  Returns 0 and *state, or a
 * negative errno as vtd_unit_create_recorded() does. */
int vtd_record_create(const struct vtd_recorder *recorder,
		      const struct vtd_config *config,
		      const struct vtd_host_ops *ops, void *host,
		      struct vtd_record_state **state);
/* NULL is allowed, here and below. */
void vtd_record_destroy(struct vtd_record_state *state);
void vtd_record_end(struct vtd_record_state *state);

/* The callbacks that the unit is to make instead, with the state as host. */
void vtd_record_host_ops(struct vtd_record_state *state,
			 struct vtd_host_ops *ops);

/* A call begins, and returns. */
void vtd_record_call(struct vtd_record_state *state, enum vtd_record_kind kind,
		     const uint64_t *value, unsigned int count);
void vtd_record_return(struct vtd_record_state *state,
		       enum vtd_record_kind kind, const uint64_t *value,
		       unsigned int count);
/* The same with bytes, as many as a record can have. */
void vtd_record_call_bytes(struct vtd_record_state *state,
			   enum vtd_record_kind kind, const void *bytes,
			   size_t length);
void vtd_record_return_bytes(struct vtd_record_state *state,
			     enum vtd_record_kind kind, uint64_t value,
			     const void *bytes, size_t length);

/* Wait in a call until `cond` is signalled, or in a replay until it is this
 * thread's turn.  Lock of the unit not held; of those who signal it is. */
void vtd_record_wait(struct vtd_record_state *state, pthread_cond_t *cond);

#define VTD_RECORDER_LIST(...)             \
	(const uint64_t[]){ __VA_ARGS__ }, \
		sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t)

/* What entry points have: one comparison for a unit that is not recorded. */
#define VTD_RECORDED(state) __builtin_expect((state) != NULL, 0)
#define VTD_RECORDER_CALL(state, kind, ...)                              \
	do {                                                             \
		if (VTD_RECORDED(state))                                 \
			vtd_record_call(state, kind,                     \
					VTD_RECORDER_LIST(__VA_ARGS__)); \
	} while (0)
#define VTD_RECORDER_RETURN(state, kind, ...)                              \
	do {                                                               \
		if (VTD_RECORDED(state))                                   \
			vtd_record_return(state, kind,                     \
					  VTD_RECORDER_LIST(__VA_ARGS__)); \
	} while (0)

#endif /* VTD_SRC_RECORD_RECORDER_H */
