/* SPDX-License-Identifier: BSD-3-Clause */
/* A unit on the fake host that is recorded into memory, and its recording. */
#ifndef VTD_TESTS_RECORDED_H
#define VTD_TESTS_RECORDED_H

#include "fake_host.h"
#include "player.h"

struct recorded {
	uint8_t *bytes;
	size_t size;
	size_t room;
	uint64_t now; /* a nanosecond more each time it is asked for */
};

/* vtd_kit_unit_create() of a unit that is recorded, and where to record, which
 * recorded_play() or recorded_free() frees. */
int recorded_create(struct recorded **recorded, const struct vtd_config *config,
		    struct fake_host *host, struct vtd_unit **unit);
void recorded_free(struct recorded *recorded);

/* The recorder's write(), with a `struct recorded` as sink. */
int recorded_keep(void *sink, const void *bytes, size_t length);

/* Once the unit is gone: what comes of playing it. */
struct play_result recorded_result(const struct recorded *recorded);

/* Once the unit is gone: play the recording, free it, and say what is different.
 * True: nothing, or `recorded` is NULL. */
bool recorded_play(struct recorded *recorded);

#endif /* VTD_TESTS_RECORDED_H */
