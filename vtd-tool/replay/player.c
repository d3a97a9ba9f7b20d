/* SPDX-License-Identifier: BSD-3-Clause */
#include "player_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "show.h"

_Thread_local struct worker *this_worker;

/* --------------------------------------------------------------- How it ends */

static void wake_all(struct player *player)
{
	for (unsigned int i = 0; i < player->workers; i++)
		pthread_cond_signal(&player->worker[i]->wake);
	pthread_cond_broadcast(&player->known);
}

void player_stop(struct player *player, enum play_outcome outcome,
		 const char *format, ...)
{
	struct play_result *result = player->result;
	va_list arguments;

	if (player->over)
		return;
	player->over = true;
	result->outcome = outcome;
	result->number = recording_number(player->recording);
	va_start(arguments, format);
	vsnprintf(result->text, sizeof(result->text), format, arguments);
	va_end(arguments);
	wake_all(player);
}

static struct play_deed deed_of(const struct vtd_record *came)
{
	struct play_deed deed = {
		.kind = came->kind,
		.count = came->count,
		.length = came->length,
	};

	for (unsigned int i = 0; i < came->count; i++)
		deed.value[i] = came->value[i];
	if (came->bytes != NULL)
		deed.checksum = vtd_crc32(came->bytes, came->length);
	return deed;
}

void player_differs(struct player *player, const struct vtd_record *came)
{
	char expected[SHOW_TEXT_MAX];
	char here[SHOW_TEXT_MAX];

	if (player->over)
		return;
	player_stop(player, PLAY_DIFFERENT,
		    "record %" PRIu64 " (thread %" PRIu32 ") differs\n"
		    "  recorded: %s\n"
		    "  here:     %s",
		    recording_number(player->recording), player->next.thread,
		    show_record(expected, &player->next),
		    show_record(here, came));
	player->result->came = deed_of(came);
}

/* -------------------------------------------------------------------- Threads */

static void *work(void *opaque)
{
	struct worker *worker = opaque;
	struct player *player = worker->player;

	this_worker = worker;
	player_lock(player);
	while (!player->over) {
		if (worker->number == 0 ||
		    player->next.thread != worker->number) {
			/* It may be idle, or has to wait for others to call
			 * again: then it need not be this one that does. */
			worker->number = 0;
			pthread_cond_wait(&worker->wake, &player->lock);
			continue;
		}
		if (recording_is_call(player->next.kind))
			player_call(player, worker);
		else
			player_stop(player, PLAY_BROKEN,
				    "record %" PRIu64
				    " is inside of no call of thread %" PRIu32,
				    recording_number(player->recording),
				    worker->number);
	}
	player_unlock(player);
	return NULL;
}

bool player_wait(struct player *player, struct worker *worker)
{
	while (!player->over && player->next.thread != worker->number)
		pthread_cond_wait(&worker->wake, &player->lock);
	return !player->over;
}

static struct worker *find_worker(struct player *player, uint32_t number)
{
	for (unsigned int i = 0; i < player->workers; i++)
		if (player->worker[i]->number == number)
			return player->worker[i];
	return NULL;
}

static struct worker *add_worker(struct player *player)
{
	struct worker *worker;

	if (player->workers == WORKERS_MAX)
		return NULL;
	worker = calloc(1, sizeof(*worker));
	if (worker == NULL)
		return NULL;
	worker->player = player;
	pthread_cond_init(&worker->wake, NULL);
	if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
		pthread_cond_destroy(&worker->wake);
		free(worker);
		return NULL;
	}
	player->worker[player->workers++] = worker;
	return worker;
}

/* Let whoever makes the next record do so. */
static void hand_over(struct player *player)
{
	uint32_t number = player->next.thread;
	struct worker *worker = this_worker;

	if (worker == NULL || worker->number != number)
		worker = find_worker(player, number);
	if (worker == NULL && !recording_is_call(player->next.kind)) {
		player_stop(player, PLAY_BROKEN,
			    "record %" PRIu64
			    " is inside of no call of thread %" PRIu32,
			    recording_number(player->recording), number);
		return;
	}
	if (worker == NULL)
		worker = find_worker(player, 0);
	if (worker == NULL)
		worker = add_worker(player);
	if (worker == NULL) {
		player_stop(player, PLAY_BROKEN,
			    "more than %d calls at the same time, or no memory",
			    WORKERS_MAX);
		return;
	}
	worker->number = number;
	if (worker != this_worker)
		pthread_cond_signal(&worker->wake);
}

/* ---------------------------------------------------------------- The records */

static bool is_told_to_stop(const struct player *player)
{
	return player->until != 0 &&
	       recording_number(player->recording) >= player->until;
}

static void advance(struct player *player)
{
	struct recording *recording = player->recording;

	do {
		switch (recording_next(recording, &player->next)) {
		case RECORDING_RECORD:
			break;
		case RECORDING_OVER:
			player_stop(player, PLAY_SAME, "%s",
				    recording_end(recording));
			return;
		case RECORDING_BROKEN:
			player_stop(player, PLAY_BROKEN, "%s",
				    recording_error(recording));
			return;
		}
		if (is_told_to_stop(player)) {
			player->stopped_early = player->unit != NULL;
			player_stop(player, PLAY_SAME,
				    "stopped where it was told to");
			return;
		}
	} while (player->next.kind >= VTD_RECORD_REMARK);
	if (!show_knows(player->next.kind))
		player_stop(player, PLAY_BROKEN,
			    "record %" PRIu64
			    " is of a kind, 0x%02x, that this "
			    "program does not know",
			    recording_number(recording),
			    (unsigned int)player->next.kind);
}

static bool opens(unsigned int kind)
{
	return kind == VTD_RECORD_DMA_BEGIN + VTD_RECORD_RETURN ||
	       kind == VTD_RECORD_MAPPINGS_CHANGED ||
	       kind == VTD_RECORD_INTERRUPTS_CHANGED;
}

static bool has_phase(unsigned int kind)
{
	return opens(kind) || kind == VTD_RECORD_DMA_END ||
	       kind == VTD_RECORD_NOTICE_DONE;
}

/* What a library of another version has more or less of is not compared. */
static bool same(const struct player *player, const struct vtd_record *came)
{
	const struct vtd_record *recorded = &player->next;
	bool any_phase = player->phase != NULL && has_phase(recorded->kind);

	if (recorded->kind != came->kind)
		return false;
	for (unsigned int i = any_phase ? 1 : 0;
	     i < recorded->count && i < came->count; i++)
		if (recorded->value[i] != came->value[i])
			return false;
	/* The configuration has the library's version as text. */
	return recorded->kind == VTD_RECORD_CONFIG ||
	       (recorded->length == came->length &&
		(came->length == 0 ||
		 memcmp(recorded->bytes, came->bytes, came->length) == 0));
}

void player_note_phase(struct player *player, uint64_t index)
{
	if (player->phase != NULL)
		player->phase[recording_number(player->recording) - 1] = index &
									 1;
}

/* What is open from this record on, until it is closed. */
static void announce(struct player *player, const struct vtd_record *came)
{
	unsigned int phase = value_of(&player->next, 0) & 1;

	if (!opens(came->kind))
		return;
	player_note_phase(player, value_of(came, 0));
	if (came->kind == VTD_RECORD_DMA_BEGIN + VTD_RECORD_RETURN)
		player->brackets[phase].announced++;
	else
		player->tickets[phase].announced++;
	if (this_worker != NULL)
		this_worker->phase = phase;
}

/* The unit's recorder: what it does. */
static void record(void *sink, const struct vtd_record *came)
{
	struct player *player = sink;

	if (came->kind >= VTD_RECORD_REMARK)
		return;
	player_lock(player);
	if (!player->over && !same(player, came))
		player_differs(player, came);
	if (!player->over) {
		announce(player, came);
		advance(player);
	}
	/* Of a unit that is being made there is nothing to call yet. */
	if (!player->over && this_worker != NULL)
		hand_over(player);
	player_unlock(player);
}

/* A thread is about to go into the unit. */
static void turn(void *sink)
{
	struct player *player = sink;

	player_lock(player);
	if (this_worker != NULL)
		player_wait(player, this_worker);
	player_unlock(player);
}

void open_ones_add(struct player *player, struct open_ones *ones,
		   uint64_t value)
{
	size_t room = ones->room * 2 + 16;
	uint64_t *more = ones->value;

	if (ones->count == ones->room) {
		more = realloc(more, room * sizeof(*more));
		if (more == NULL) {
			player_stop(player, PLAY_BROKEN, "no memory");
			return;
		}
		ones->value = more;
		ones->room = room;
	}
	more[ones->count++] = value;
	pthread_cond_broadcast(&player->known);
}

bool open_ones_take(struct player *player, struct open_ones *ones,
		    uint64_t *value)
{
	if (ones->announced == 0)
		return false;
	while (ones->count == 0 && !player->over)
		pthread_cond_wait(&player->known, &player->lock);
	if (ones->count == 0)
		return false;
	ones->announced--;
	*value = ones->value[--ones->count];
	return true;
}

/* ------------------------------------------------------------------- The unit */

/* The configuration is the first record, and has been read. */
static void create_unit(struct player *player)
{
	const struct vtd_recorder recorder = {
		.size = sizeof(recorder),
		.sink = player,
		.record = record,
		.turn = turn,
	};
	struct vtd_host_ops ops;
	struct vtd_config config;
	const char *reason;

	player_take_config(&player->next, &config, &ops);
	reason = vtd_unit_create_check(&config, &ops);
	if (reason != NULL)
		player_stop(player, PLAY_BROKEN,
			    "its configuration cannot be: %s", reason);
	else if (vtd_unit_create_recorded(&config, &ops, player, &recorder,
					  &player->unit) != 0)
		player_stop(player, PLAY_BROKEN, "no memory");
	player_lock(player);
	if (!player->over)
		hand_over(player);
	player_unlock(player);
}

static void clean_up(struct player *player, const struct play_look *look)
{
	/* No more threads come once it is over. */
	player_lock(player);
	while (!player->over)
		pthread_cond_wait(&player->known, &player->lock);
	player_unlock(player);
	for (unsigned int i = 0; i < player->workers; i++) {
		pthread_join(player->worker[i]->thread, NULL);
		pthread_cond_destroy(&player->worker[i]->wake);
		free(player->worker[i]);
	}
	if (look != NULL && player->stopped_early) {
		player->look = look;
		look->look(look->opaque, player->unit, &player->next);
	}
	vtd_unit_destroy(player->unit);
	for (unsigned int phase = 0; phase < 2; phase++) {
		free(player->brackets[phase].value);
		free(player->tickets[phase].value);
	}
	recording_close(player->recording);
	pthread_cond_destroy(&player->known);
	pthread_mutex_destroy(&player->lock);
}

static void run(struct player *player, FILE *file,
		const struct recording_choice *choice,
		const struct play_look *look)
{
	struct play_result *result = player->result;

	*result = (struct play_result){ .outcome = PLAY_SAME };
	pthread_mutex_init(&player->lock, NULL);
	pthread_cond_init(&player->known, NULL);
	player->recording = recording_open(file);
	if (player->recording == NULL) {
		result->outcome = PLAY_BROKEN;
		snprintf(result->text, sizeof(result->text), "no memory");
		player->over = true;
		clean_up(player, NULL);
		return;
	}
	recording_choose(player->recording, choice);
	/* What follows is handed to threads, as soon as the unit has said what
	 * it is. */
	advance(player);
	if (!player->over)
		create_unit(player);
	clean_up(player, look);
}

void play(FILE *file, uint64_t until, struct play_result *result)
{
	play_and_look(file, until, NULL, result);
}

void play_choice(FILE *file, const struct recording_choice *choice,
		 struct play_result *result)
{
	struct player player = {
		.result = result,
		.phase = choice != NULL ? choice->phase : NULL,
	};

	run(&player, file, choice, NULL);
}

void play_and_look(FILE *file, uint64_t until, const struct play_look *look,
		   struct play_result *result)
{
	struct player player = { .until = until, .result = result };

	run(&player, file, NULL, look);
}
