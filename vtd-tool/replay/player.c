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

/* What a library of another version has more or less of is not compared. */
static bool same(const struct vtd_record *recorded,
		 const struct vtd_record *came)
{
	if (recorded->kind != came->kind)
		return false;
	for (unsigned int i = 0; i < recorded->count && i < came->count; i++)
		if (recorded->value[i] != came->value[i])
			return false;
	/* The configuration has the library's version as text. */
	return recorded->kind == VTD_RECORD_CONFIG ||
	       (recorded->length == came->length &&
		(came->length == 0 ||
		 memcmp(recorded->bytes, came->bytes, came->length) == 0));
}

/* What is open from this record on, until it is closed. */
static void announce(struct player *player, const struct vtd_record *came)
{
	unsigned int phase = value_of(came, 0) & 1;

	if (came->kind == VTD_RECORD_DMA_BEGIN + VTD_RECORD_RETURN)
		player->brackets[phase].announced++;
	if (came->kind == VTD_RECORD_MAPPINGS_CHANGED ||
	    came->kind == VTD_RECORD_INTERRUPTS_CHANGED)
		player->tickets[phase].announced++;
}

/* The unit's recorder: what it does. */
static void record(void *sink, const struct vtd_record *came)
{
	struct player *player = sink;

	if (came->kind >= VTD_RECORD_REMARK)
		return;
	player_lock(player);
	if (!player->over && !same(&player->next, came))
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

static bool is_on(const struct vtd_record *record, unsigned int i)
{
	return value_of(record, i) != 0;
}

/* In the order of docs/recording.md. */
static void take_config(const struct vtd_record *record,
			struct vtd_config *config)
{
	unsigned int i = 1;

	vtd_config_init(config);
	config->host_address_width = (unsigned int)value_of(record, i++);
	config->guest_address_width = (unsigned int)value_of(record, i++);
	config->address_widths = (unsigned int)value_of(record, i++);
	config->scalable_mode = is_on(record, i++);
	config->first_stage = is_on(record, i++);
	config->second_stage = is_on(record, i++);
	config->nested = is_on(record, i++);
	config->pass_through = is_on(record, i++);
	config->first_stage_5_level = is_on(record, i++);
	config->first_stage_1g_pages = is_on(record, i++);
	config->second_stage_2m_pages = is_on(record, i++);
	config->second_stage_1g_pages = is_on(record, i++);
	config->second_stage_accessed_dirty = is_on(record, i++);
	config->extended_accessed = is_on(record, i++);
	config->page_walk_coherency = is_on(record, i++);
	config->snoop_control = is_on(record, i++);
	config->supervisor_requests = is_on(record, i++);
	config->abort_dma = is_on(record, i++);
	config->zero_length_read = is_on(record, i++);
	config->pasid_bits = (unsigned int)value_of(record, i++);
	config->device_tlb = is_on(record, i++);
	config->page_request = is_on(record, i++);
	config->no_write_flag = is_on(record, i++);
	config->interrupt_remapping = is_on(record, i++);
	config->extended_interrupt_mode = is_on(record, i++);
	config->posted_interrupts = is_on(record, i++);
	config->caching_mode = is_on(record, i++);
	config->dma_draining = is_on(record, i++);
	config->transient_mapping = is_on(record, i++);
	config->self_flush = is_on(record, i++);
	config->fault_records = (unsigned int)value_of(record, i++);
	config->fault_compression = is_on(record, i++);
	config->device_tlb_timeout = value_of(record, i++);
	config->iotlb = (enum vtd_iotlb_kind)value_of(record, i++);
	config->iotlb_entries = (unsigned int)value_of(record, i++);
	config->check = is_on(record, i++);
	config->check_waits = (unsigned int)value_of(record, i++);
}

/* What the program lacked is missing here, too. */
static void take_callbacks(uint64_t mask, struct vtd_host_ops *ops)
{
	*ops = player_host_ops;
	if ((mask & 1) == 0)
		ops->device_tlb_invalidate = NULL;
	if ((mask & 2) == 0)
		ops->page_group_response = NULL;
	if ((mask & 4) == 0)
		ops->timer_set = NULL;
	if ((mask & 8) == 0)
		ops->clock = NULL;
	if ((mask & 16) == 0)
		ops->mappings_changed = NULL;
	if ((mask & 32) == 0)
		ops->interrupts_changed = NULL;
	if ((mask & 64) == 0)
		ops->trace = NULL;
	if ((mask & 128) == 0)
		ops->stale_use = NULL;
	if ((mask & 256) == 0)
		ops->lint = NULL;
}

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

	take_config(&player->next, &config);
	take_callbacks(value_of(&player->next, 0), &ops);
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
	struct player player = { .result = result };

	run(&player, file, choice, NULL);
}

void play_and_look(FILE *file, uint64_t until, const struct play_look *look,
		   struct play_result *result)
{
	struct player player = { .until = until, .result = result };

	run(&player, file, NULL, look);
}
