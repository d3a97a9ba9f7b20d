/* SPDX-License-Identifier: BSD-3-Clause */
/* Fetching from the invalidation queue.  SPEC 6.5.1, 6.5.2. */
#include "invalidate/queue.h"

#include <limits.h>

#include "invalidate/descriptors.h"
#include "invalidate/device_tlb.h"
#include "invalidate/register_based.h"
#include "invalidate/timer.h"
#include "invalidate/waits.h"
#include "report/report.h"
#include "unit.h"

/* How the queue looks now, from the registers. */
struct geometry {
	uint64_t base;
	uint64_t size; /* bytes */
	uint64_t head;
	uint64_t tail;
	bool wide; /* 256-bit descriptors */
};

static void read_geometry(const struct vtd_regfile *regs, struct geometry *g)
{
	uint64_t iqa = vtd_reg_get_64(regs, VTD_REG_IQA);

	g->base = iqa & VTD_IQA_BASE;
	g->size = UINT64_C(0x1000) << vtd_field_get(iqa, VTD_IQA_QS);
	g->head = vtd_reg_get_64(regs, VTD_REG_IQH) & VTD_IQH_QH;
	g->tail = vtd_reg_get_64(regs, VTD_REG_IQT) & VTD_IQT_QT;
	g->wide = (iqa & VTD_IQA_DW) != 0;
}

/* SPEC 6.5.1: which descriptor width goes with which translation mode. */
static enum vtd_iqei check_mode(struct vtd_unit *unit, bool wide)
{
	const struct vtd_config *config = &unit->config;
	unsigned int ttm = vtd_unit_ttm(unit);

	/* Nor is there abort-DMA mode. */
	if (wide && !config->scalable_mode)
		return VTD_IQEI_WIDTH_MISMATCH;
	if (ttm == VTD_TTM_RESERVED ||
	    (ttm == VTD_TTM_SCALABLE && !config->scalable_mode) ||
	    (ttm == VTD_TTM_ABORT_DMA && !config->abort_dma))
		return VTD_IQEI_INVALID_TTM;
	if (!wide && ttm != VTD_TTM_LEGACY)
		return VTD_IQEI_WIDTH_MISMATCH;
	return VTD_IQEI_NONE;
}

static enum vtd_iqei check_geometry(struct vtd_unit *unit,
				    const struct geometry *g)
{
	if (g->tail >= g->size)
		return VTD_IQEI_TAIL_BEYOND_QUEUE;
	if (g->wide && g->tail % 32 != 0)
		return VTD_IQEI_TAIL_MISALIGNED;
	/* Software changed IQA under a running queue. */
	if (g->head >= g->size || (g->wide && g->head % 32 != 0))
		return VTD_IQEI_FETCH_ERROR;
	return check_mode(unit, g->wide);
}

/* SPEC 6.5.1, 11.4.9.6: the queue stops at the descriptor in error. */
static void raise_error(struct vtd_unit *unit, enum vtd_iqei error,
			struct vtd_effects *effects)
{
	uint64_t record = vtd_reg_get_64(&unit->regs, VTD_REG_IQERCD);

	vtd_reg_set_64(&unit->regs, VTD_REG_IQERCD,
		       vtd_field_set(record, VTD_IQERCD_IQEI, error));
	vtd_event_set_status(unit, VTD_EVENT_FAULT, VTD_FSTS_IQE);
	vtd_effects_trace(effects, "invalidation queue stops: IQEI %d", error);
}

/* Whether anything is to be fetched. */
static bool can_fetch(const struct vtd_unit *unit, const struct geometry *g)
{
	uint32_t errors = vtd_reg_get_32(&unit->regs, VTD_REG_FSTS) &
			  (VTD_FSTS_IQE | VTD_FSTS_ITE);

	return vtd_unit_is_on(unit, VTD_GSTS_QIES) && errors == 0 &&
	       g->head != g->tail;
}

/*
 * Fetch and execute descriptors from the head on, up to a wait, what cannot go on,
 * or `most`.  Returns how many have been executed; the head is behind them.
 */
static unsigned int execute(struct vtd_unit *unit, struct geometry *g,
			    unsigned int most, struct vtd_effects *effects)
{
	const unsigned int features = vtd_descriptor_features(unit, g->wide);
	const unsigned int count = g->wide ? 4 : 2;
	enum vtd_descriptor_outcome outcome = VTD_DESCRIPTOR_DONE;
	struct vtd_mem_window window = vtd_mem_window(&unit->mem);
	uint64_t words[VTD_DESCRIPTOR_WORDS] = { 0 };
	enum vtd_iqei error;
	unsigned int done = 0;

	while (outcome == VTD_DESCRIPTOR_DONE && done < most &&
	       g->head != g->tail &&
	       vtd_effects_room(effects, VTD_DESCRIPTOR_EFFECTS)) {
		error = VTD_IQEI_FETCH_ERROR;
		if (vtd_mem_read_words(&unit->mem, &window, g->base + g->head,
				       words, count))
			error = vtd_descriptor_check(words, features);
		if (error != VTD_IQEI_NONE) {
			raise_error(unit, error, effects);
			break;
		}
		/* What is found says where. */
		if (vtd_unit_lints(unit))
			vtd_reg_set_64(&unit->regs, VTD_REG_IQH, g->head);
		outcome = vtd_descriptor_execute(unit, words, effects);
		if (outcome == VTD_DESCRIPTOR_DEFERRED)
			break;
		g->head = (g->head + 8 * count) % g->size;
		done++;
	}
	return done;
}

/*
 * A step are the descriptors up to the next wait, `most` at most.  Nothing changes
 * how they are fetched and checked while the lock is held, and nobody sees the head
 * and the counter.  Returns how many have been executed; 0: nothing more to do now.
 */
static unsigned int step(struct vtd_unit *unit, unsigned int most,
			 struct vtd_effects *effects)
{
	enum vtd_iqei error;
	struct geometry g;
	unsigned int done;

	read_geometry(&unit->regs, &g);
	if (!can_fetch(unit, &g))
		return 0;
	error = check_geometry(unit, &g);
	if (error != VTD_IQEI_NONE) {
		raise_error(unit, error, effects);
		return 0;
	}
	done = execute(unit, &g, most, effects);
	vtd_unit_count_locked(unit, VTD_COUNT_DESCRIPTORS, done);
	vtd_reg_set_64(&unit->regs, VTD_REG_IQH, g.head);
	return done;
}

/*
 * Go on until something blocks, the effects are full or no work is left; false:
 * something blocks.
 */
static bool go_on(struct vtd_unit *unit, struct vtd_effects *effects,
		  unsigned int *work)
{
	unsigned int done;

	while (*work != 0) {
		vtd_commands_end(unit);
		if (vtd_waits_first_is_over(unit)) {
			/* The host has what came before it. */
			if (effects->count != 0)
				return true;
			vtd_waits_complete_first(unit, effects);
			*work -= 1;
			continue;
		}
		if (!vtd_device_tlb_resend(unit, effects) ||
		    !vtd_effects_room(effects, VTD_DESCRIPTOR_EFFECTS))
			return true;
		if (vtd_waits_fence(&unit->queue))
			return false;
		done = step(unit, *work, effects);
		if (done == 0)
			return false;
		*work -= done;
	}
	return true;
}

/* Descriptors and waits for which the lock is not released. */
#define ROUND 64

static bool is_held(const struct vtd_unit *unit)
{
	return unit->queue.suspended ||
	       (unit->queue.savers > 0 && unit->ops.timer_set != NULL);
}

/* One round and its delivery; true: there is more to do.  *unsent goes from one
 * round to the next. */
static bool run_round(struct vtd_unit *unit, unsigned int *work,
		      uint32_t *unsent)
{
	struct vtd_queue *queue = &unit->queue;
	unsigned int generation = queue->generation;
	unsigned int left = *work < ROUND ? *work : ROUND;
	struct vtd_delivery delivery;
	struct vtd_effects effects;
	bool more;

	vtd_effects_init(&effects);
	queue->again = false;
	vtd_device_tlb_unsent(unit, *unsent, &effects);
	*work -= left;
	more = is_held(unit) || go_on(unit, &effects, &left);
	*work += left;
	if (!more && effects.count == 0) {
		*unsent = 0;
		return false;
	}
	delivery = vtd_unit_deliver(unit, &effects);
	*unsent = 0;
	if (generation == queue->generation) {
		*unsent = delivery.unsent;
		vtd_device_tlb_busy(unit, delivery.busy);
	}
	return more || queue->again || delivery.drained;
}

/* Whoever saves passes it on to the timer. */
static void leave_rest(struct vtd_unit *unit)
{
	if (is_held(unit))
		unit->queue.left = true;
	else
		vtd_timer_arm(unit, 0);
}

void vtd_queue_run(struct vtd_unit *unit, unsigned int work)
{
	struct vtd_queue *queue = &unit->queue;
	uint32_t unsent = 0;
	bool more;

	if (queue->running) {
		queue->again = true;
		return;
	}
	if (is_held(unit)) {
		leave_rest(unit);
		return;
	}
	queue->running = true;
	do {
		if (unit->ops.timer_set == NULL)
			work = UINT_MAX;
		more = run_round(unit, &work, &unsent);
		/* Notes of other threads are work, too. */
		work -= work > 0;
	} while (unsent != 0 || (more && work > 0 && !is_held(unit)));
	queue->running = false;
	if (more)
		leave_rest(unit);
}

/*
 * The most that a descriptor costs is what a wait can: it is fetched, found not
 * to be over or to have effects before it, these are delivered in a round of
 * their own, and it completes.
 */
#define WORK_A_DESCRIPTOR 4

void vtd_queue_run_all(struct vtd_unit *unit)
{
	struct geometry g;
	uint64_t held;

	read_geometry(&unit->regs, &g);
	held = ((g.tail - g.head) & (g.size - 1)) / 16 + unit->queue.waits;
	vtd_queue_run(unit,
		      VTD_WORK_GUEST + WORK_A_DESCRIPTOR * (unsigned int)held);
}

void vtd_queue_hold(struct vtd_unit *unit)
{
	unit->queue.savers++;
}

void vtd_queue_release(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;

	if (--queue->savers > 0 || !queue->left)
		return;
	queue->left = false;
	vtd_timer_arm(unit, 0);
}

void vtd_queue_suspend(struct vtd_unit *unit)
{
	if (unit->ops.timer_set == NULL)
		return;
	unit->queue.suspended = true;
	vtd_timer_arm(unit, 0);
}

bool vtd_queue_wake(struct vtd_unit *unit)
{
	bool suspended = unit->queue.suspended;

	unit->queue.suspended = false;
	return suspended;
}

void vtd_queue_stop(struct vtd_unit *unit)
{
	struct vtd_queue *queue = &unit->queue;

	queue->suspended = false;
	queue->generation++;
	queue->waits = 0;
	vtd_device_tlb_stop(unit);
	vtd_reg_set_64(&unit->regs, VTD_REG_IQH, 0);
}
