/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of a recording.  Results are not looked at: the unit's recorder hands
 * them over for comparison. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "player_private.h"
#include "requests.h"

static void translate(struct vtd_unit *unit, const struct step *step)
{
	const struct vtd_request request = request_of(step->value);
	struct vtd_translation result;

	if (step->kind == VTD_RECORD_PROBE)
		vtd_unit_probe(unit, &request, &result);
	else
		vtd_unit_translate(unit, &request, &result);
}

static void device_tlb_used(struct vtd_unit *unit, const struct step *step)
{
	const struct vtd_request request = request_of(step->value);
	const uint64_t *v = step->value + 7;
	const struct vtd_translation used = {
		.status = (enum vtd_status)v[0],
		.read = has_flag(v[1], 0),
		.write = has_flag(v[1], 1),
		.untranslated_only = has_flag(v[1], 2),
		.privileged = has_flag(v[1], 3),
		.snoop = has_flag(v[1], 4),
		.size_shift = (unsigned int)v[2],
		.address = v[3],
		.condition = (enum vtd_condition)v[4],
	};

	vtd_unit_device_tlb_used(unit, &request, &used);
}

static void interrupt(struct vtd_unit *unit, const struct step *step)
{
	const struct vtd_interrupt_request request =
		interrupt_request_of(step->value);
	struct vtd_interrupt result;

	if (step->kind == VTD_RECORD_INTERRUPT_PROBE)
		vtd_unit_interrupt_probe(unit, &request, &result);
	else
		vtd_unit_interrupt(unit, &request, &result);
}

static void page_request(struct vtd_unit *unit, const struct step *step)
{
	const struct vtd_page_request request = page_request_of(step->value);

	vtd_unit_page_request(unit, &request);
}

static void dma_begin(struct player *player)
{
	struct vtd_dma_bracket bracket = { 0 };

	vtd_unit_dma_begin(player->unit, &bracket);
	player_lock(player);
	open_ones_add(player, &player->brackets[this_worker->phase],
		      bracket.index);
	player_unlock(player);
}

/* One of the open ones with the phase; false: there is none. */
static bool take_open(struct player *player, struct open_ones *ones,
		      const struct step *step, uint64_t *value)
{
	bool there;

	player_lock(player);
	there = open_ones_take(player, &ones[step->value[0] & 1], value);
	if (there)
		player_note_phase(player, *value);
	else
		player_stop(player, PLAY_BROKEN,
			    "record %" PRIu64 " closes what is not open",
			    recording_number(player->recording));
	player_unlock(player);
	return there;
}

static void dma_end(struct player *player, const struct step *step)
{
	struct vtd_dma_bracket bracket = { 0 };
	uint64_t index;

	if (!take_open(player, player->brackets, step, &index))
		return;
	bracket.index = (unsigned int)index;
	vtd_unit_dma_end(player->unit, &bracket);
}

static void notice_done(struct player *player, const struct step *step)
{
	struct vtd_notice_ticket ticket = { 0 };

	if (take_open(player, player->tickets, step, &ticket.value))
		vtd_unit_notice_done(player->unit, &ticket);
}

static void save(struct player *player, const struct step *step)
{
	uint64_t size = step->value[0] < SIZE_MAX ? step->value[0] : SIZE_MAX;
	uint8_t blob[VTD_STATE_SIZE_MAX];

	/* Of a longer one no more is written. */
	vtd_unit_save(player->unit, blob, (size_t)size);
}

static void make(struct player *player, const struct step *step)
{
	struct vtd_unit *unit = player->unit;
	const uint64_t *v = step->value;
	struct vtd_requester_info info;

	switch (step->kind) {
	case VTD_RECORD_READ:
		vtd_unit_read(unit, v[0], (unsigned int)v[1]);
		return;
	case VTD_RECORD_WRITE:
		vtd_unit_write(unit, v[0], v[1], (unsigned int)v[2]);
		return;
	case VTD_RECORD_TRANSLATE:
	case VTD_RECORD_PROBE:
		translate(unit, step);
		return;
	case VTD_RECORD_REQUESTER:
		vtd_unit_requester(unit, (uint16_t)v[0], v[1] != 0,
				   (uint32_t)v[2], &info);
		return;
	case VTD_RECORD_DMA_BEGIN:
		dma_begin(player);
		return;
	case VTD_RECORD_DMA_END:
		dma_end(player, step);
		return;
	case VTD_RECORD_DEVICE_TLB_COMPLETE:
		vtd_unit_device_tlb_complete(unit, (uint16_t)v[0],
					     (uint32_t)v[1],
					     (unsigned int)v[2]);
		return;
	case VTD_RECORD_NOTICE_DONE:
		notice_done(player, step);
		return;
	case VTD_RECORD_TIMER_EXPIRED:
		vtd_unit_timer_expired(unit);
		return;
	case VTD_RECORD_PAGE_REQUEST:
		page_request(unit, step);
		return;
	case VTD_RECORD_INTERRUPT:
	case VTD_RECORD_INTERRUPT_PROBE:
		interrupt(unit, step);
		return;
	case VTD_RECORD_RESET:
		vtd_unit_reset(unit, (enum vtd_reset)v[0]);
		return;
	case VTD_RECORD_SAVE:
		save(player, step);
		return;
	case VTD_RECORD_LOAD:
		vtd_unit_load(unit, step->bytes, step->length, NULL);
		return;
	case VTD_RECORD_DEVICE_TLB_USED:
		device_tlb_used(unit, step);
		return;
	default:
		return;
	}
}

static bool take_step(const struct vtd_record *record, struct step *step)
{
	*step = (struct step){
		.kind = record->kind,
		.count = record->count,
		.length = record->length,
		/* Of its very size, so that a sanitizer sees what is read behind
		 * it. */
		.bytes = malloc(record->length > 0 ? record->length : 1),
	};
	if (step->bytes == NULL)
		return false;
	memcpy(step->value, record->value,
	       record->count * sizeof(*record->value));
	memcpy(step->bytes, record->bytes, record->length);
	return true;
}

void player_call(struct player *player, struct worker *worker)
{
	struct step step;

	/* It would wait for itself. */
	if (worker->nesting > 0 && player->next.kind == VTD_RECORD_SAVE) {
		player_stop(player, PLAY_BROKEN,
			    "record %" PRIu64 " saves out of a callback",
			    recording_number(player->recording));
		return;
	}
	if (!take_step(&player->next, &step)) {
		player_stop(player, PLAY_BROKEN, "no memory");
		return;
	}
	worker->nesting++;
	player_unlock(player);
	make(player, &step);
	player_lock(player);
	worker->nesting--;
	free(step.bytes);
}
