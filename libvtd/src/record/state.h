/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VTD_SRC_RECORD_STATE_H
#define VTD_SRC_RECORD_STATE_H

#include <stdatomic.h>

#include "record/recorder.h"
#include "record/stream.h"

struct vtd_record_state {
	struct vtd_recorder recorder;
	struct vtd_host_ops ops; /* the program's */
	void *host;
	pthread_mutex_t lock;
	/* The thread that holds it, 0: none.  Others read memory, too, to look at
	 * the unit without a trace: that is not recorded. */
	_Atomic uint32_t owner;
	/* Under the lock: */
	bool ended;
	struct vtd_stream stream;
};

/* A record of this thread, if it is in a call.  `record` has kind, values and
 * bytes. */
void vtd_record_put(struct vtd_record_state *state, struct vtd_record *record);

/* Take the lock when it is this thread's turn, and give it up. */
void vtd_record_lock(struct vtd_record_state *state);
void vtd_record_unlock(struct vtd_record_state *state);

#endif /* VTD_SRC_RECORD_STATE_H */
