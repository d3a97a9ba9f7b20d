/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VTD_REPLAY_PLAYER_PRIVATE_H
#define VTD_REPLAY_PLAYER_PRIVATE_H

#include <pthread.h>

#include "player.h"

/* Calls that can be under way at the same time. */
#define WORKERS_MAX 256
/* Calls out of callbacks, one inside of the other, on one thread. */
#define NESTING_MAX 32

/* A thread of ours that stands for a recorded one, while that is in a call. */
struct worker {
	struct player *player;
	pthread_t thread;
	pthread_cond_t wake;
	uint32_t number; /* of the recorded thread; 0: idle */
	unsigned int nesting;
	unsigned int phase; /* recorded, of what it opens next */
};

/*
 * Brackets or tickets of one recorded phase that are open.  They are announced when their
 * record is played, and known a moment later, when the call or the callback has
 * what the unit gave out; another thread may close one in between.
 */
struct open_ones {
	size_t announced;
	uint64_t *value;
	size_t count;
	size_t room;
};

/* A call of the recording, taken out of its buffers. */
struct step {
	unsigned int kind;
	unsigned int count;
	uint64_t value[VTD_RECORD_VALUES_MAX];
	size_t length;
	uint8_t *bytes; /* freed by who took it */
};

struct player {
	struct vtd_unit *unit;
	uint64_t until;
	uint8_t *phase;		      /* of struct recording_choice */
	const struct play_look *look; /* once threads are gone; else NULL */

	pthread_mutex_t lock;
	/* Under the lock: */
	struct recording *recording;
	struct vtd_record next; /* unless it is over */
	bool over;
	bool stopped_early;   /* at `until`, with a unit */
	pthread_cond_t known; /* one of the open ones; or it is over */
	struct play_result *result;
	struct open_ones brackets[2];
	struct open_ones tickets[2];
	unsigned int workers;
	struct worker *worker[WORKERS_MAX];
};

extern _Thread_local struct worker *this_worker;

static inline void player_lock(struct player *player)
{
	pthread_mutex_lock(&player->lock);
}

static inline void player_unlock(struct player *player)
{
	pthread_mutex_unlock(&player->lock);
}

/* A value of a record, 0 if an earlier library did not record it. */
static inline uint64_t value_of(const struct vtd_record *record, unsigned int i)
{
	return i < record->count ? record->value[i] : 0;
}

/* Under the lock.  The first to say why it is over is heard. */
void player_stop(struct player *player, enum play_outcome outcome,
		 const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The next record has a phase, which is this one here. */
void player_note_phase(struct player *player, uint64_t index);
/* The unit did this instead of the next record. */
void player_differs(struct player *player, const struct vtd_record *came);
/* Wait until the next record is of this thread.  False: it is over. */
bool player_wait(struct player *player, struct worker *worker);
/* One that was announced is known. */
void open_ones_add(struct player *player, struct open_ones *ones,
		   uint64_t value);
/* Take one out.  False: none is open, or it is over. */
bool open_ones_take(struct player *player, struct open_ones *ones,
		    uint64_t *value);

/* Make the call that is the next record.  Called with the lock held, which it
 * gives up meanwhile. */
void player_call(struct player *player, struct worker *worker);

/* player_config.c: out of VTD_RECORD_CONFIG. */
void player_take_config(const struct vtd_record *record,
			struct vtd_config *config, struct vtd_host_ops *ops);

/* player_host.c */
extern const struct vtd_host_ops player_host_ops;

#endif /* VTD_REPLAY_PLAYER_PRIVATE_H */
