/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading recordings (docs/recording.md).  Whoever wrote the file is not trusted:
 * everything is checked, and memory does not grow with what the file says.
 */
#ifndef VTD_REPLAY_RECORDING_H
#define VTD_REPLAY_RECORDING_H

#include <stdio.h>

#include <vtd/record.h>

#define RECORDING_TEXT_MAX 400

enum recording_result {
	RECORDING_RECORD, /* here is the next one */
	RECORDING_OVER,	  /* there is none */
	RECORDING_BROKEN, /* recording_error() says why */
};

struct recording;

/* Some of the records of a file, by their numbers in it. */
struct recording_choice {
	uint64_t last;	     /* is not gone; what is behind it is not there */
	const uint8_t *gone; /* [number - 1]: 1, passed over; NULL: none is */
	/*
	 * Not NULL: phases of brackets and tickets (docs/recording.md) are not
	 * compared, as they depend on how many invalidations came before; here
	 * they are, for [number among those that are handed out - 1] and
	 * PHASE_NONE for other records.
	 */
	uint8_t *phase;
};

#define PHASE_NONE 0xff

/* `file` stays the caller's, and is only read.  NULL: no memory. */
struct recording *recording_open(FILE *file);
void recording_close(struct recording *recording);

/* Hand out these only; before the first one.  `choice` stays the caller's. */
void recording_choose(struct recording *recording,
		      const struct recording_choice *choice);

/*
 * The next record, which is good until the next call.  The first is
 * VTD_RECORD_CONFIG; VTD_RECORD_END is not handed out, but ends it.
 */
enum recording_result recording_next(struct recording *recording,
				     struct vtd_record *record);

/* How many records were handed out: the number of the last one, from 1. */
uint64_t recording_number(const struct recording *recording);

const char *recording_error(const struct recording *recording);

/* Once it is over: how it ended, in words. */
const char *recording_end(const struct recording *recording);

/* Whether a record of the kind is a call into the unit. */
static inline bool recording_is_call(unsigned int kind)
{
	return kind >= VTD_RECORD_READ && kind < 0x40 && kind % 2 == 0;
}

/* A callback that may call into the unit. */
static inline bool recording_is_callback(unsigned int kind)
{
	return kind >= 0x40 && kind < 0x60 && kind % 2 == 0;
}

#endif /* VTD_REPLAY_RECORDING_H */
