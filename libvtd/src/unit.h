/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One remapping unit: who owns what, and the one lock.
 *
 * Lock-free paths (translate, interrupt) read: config, mem, the latched
 * pointers, the status words of the register file, the configuration cache.
 * Everything else is the control plane, under `lock`.
 */
#ifndef VTD_SRC_UNIT_H
#define VTD_SRC_UNIT_H

#include <pthread.h>
#include <stdatomic.h>

#include <vtd/vtd.h>

#include "cache/config_cache.h"
#include "cache/iotlb.h"
#include "dma_drain.h"
#include "effects.h"
#include "invalidate/queue.h"
#include "mem.h"
#include "record/recorder.h"
#include "regs/regfile.h"

/* enum order of struct vtd_counters' members. */
enum vtd_counter {
	VTD_COUNT_CONFIG_CACHE_MISSES,
	VTD_COUNT_FAULTS_RECORDED,
	VTD_COUNT_FAULTS_DROPPED,
	VTD_COUNT_DESCRIPTORS,
	VTD_COUNT_DEVICE_TLB_INVALIDATIONS,
	VTD_COUNT_PAGE_REQUESTS,
	VTD_COUNT_PAGE_RESPONSES,
	VTD_COUNT_AUTO_RESPONSES,
	VTD_COUNT_INTERRUPTS_REMAPPED,
	VTD_COUNT_IOTLB_HITS,
	VTD_COUNT_IOTLB_MISSES,
	VTD_COUNT_IOTLB_DROPPED, /* the cache's own count */
	VTD_COUNT_STALE_SUSPECTS,
	VTD_COUNT_STALE_USES,
	VTD_COUNT_LINTS,
	VTD_COUNTS
};

/* Hot paths count in the shard of their thread, so that no line is shared; who
 * holds the lock counts in one more, which needs no locked addition. */
#define VTD_COUNTER_SHARDS 8
#define VTD_COUNTER_LOCKED VTD_COUNTER_SHARDS
struct vtd_counter_shard {
	_Alignas(64) _Atomic uint64_t count[VTD_COUNTS];
};

/* What an epoch is about (struct vtd_epoch). */
enum vtd_epoch_kind { VTD_EPOCH_TRANSLATION, VTD_EPOCH_INTERRUPTS, VTD_EPOCHS };

struct vtd_unit {
	struct vtd_config config;
	struct vtd_host_ops ops;
	void *host;
	/* NULL: the unit is not recorded.  Otherwise `ops` are the recorder's. */
	struct vtd_record_state *recorder;
	struct vtd_mem mem;

	/* RTADDR and IRTA as SRTP and SIRTP latched them (SPEC 11.4.4). */
	_Atomic uint64_t root;
	_Atomic uint64_t interrupt_table;
	_Atomic uint64_t epoch[VTD_EPOCHS];
	/* Counts, by twos, what makes answers of earlier walks doubtful: every
	 * invalidation of DMA.  Odd while the unit is reset or loaded, and always
	 * in one that is recorded: then no walk is plain.  Written with the lock
	 * held. */
	_Atomic uint64_t changes;
	/* GSTS as it is in force.  The register says so when what was under way
	 * before has ended (invalidate/register_based.h). */
	_Atomic uint32_t status;

	/* NULL: translations are not cached.  If there is one, the configuration
	 * cache stays empty, and so no request takes the plain walk. */
	struct vtd_iotlb *iotlb;
	struct vtd_lint_state *lint; /* NULL: nothing is looked for (lint.h) */
	struct vtd_config_cache config_cache;
	struct vtd_dma_drain drain;
	struct vtd_counter_shard counters[VTD_COUNTER_LOCKED + 1];

	pthread_mutex_t lock;
	/* Under the lock: */
	unsigned int delivering;  /* threads with effects that left the unit */
	pthread_cond_t delivered; /* and now there are none */
	struct vtd_regfile regs;  /* words may be read without it */
	struct vtd_queue queue;
	unsigned int fault_index; /* next fault recording register (7.2.1) */
};

/* What is on, for those who must not see it change. */
static inline uint32_t vtd_unit_status(const struct vtd_unit *unit)
{
	return atomic_load_explicit(&unit->status, memory_order_acquire);
}

static inline bool vtd_unit_is_on(const struct vtd_unit *unit, uint32_t status)
{
	return (vtd_unit_status(unit) & status) != 0;
}

/* The translation table mode in force. */
static inline unsigned int vtd_unit_ttm(struct vtd_unit *unit)
{
	return (unsigned int)vtd_field_get(
		atomic_load_explicit(&unit->root, memory_order_acquire),
		VTD_RTADDR_TTM);
}

/* Whether what software should not do is looked for. */
static inline bool vtd_unit_lints(const struct vtd_unit *unit)
{
	return __builtin_expect(unit->lint != NULL, 0);
}

void vtd_unit_count(struct vtd_unit *unit, enum vtd_counter counter);
/* With the lock held. */
void vtd_unit_count_locked(struct vtd_unit *unit, enum vtd_counter counter,
			   unsigned int number);

static inline void vtd_unit_lock(struct vtd_unit *unit)
{
	pthread_mutex_lock(&unit->lock);
}

static inline void vtd_unit_unlock(struct vtd_unit *unit)
{
	pthread_mutex_unlock(&unit->lock);
}

/* What came of a delivery. */
struct vtd_delivery {
	/* ITags of invalidate requests that the host could not send; only the
	 * queue makes such requests, and looks. */
	uint32_t unsent;
	/* ITags of those that are to be sent again in a while. */
	uint32_t busy;
	/* A drain may have ended: the queue is to be run. */
	bool drained;
};

/* Release the lock, hand the effects to the host, in order, once, and take the lock
 * again. */
struct vtd_delivery vtd_unit_deliver(struct vtd_unit *unit,
				     const struct vtd_effects *effects);
/* The same if there are any; otherwise the lock is not released.  True: a drain may
 * have ended. */
bool vtd_unit_deliver_any(struct vtd_unit *unit,
			  const struct vtd_effects *effects);

/* A bracket (dma_drain.h), opened with the lock held. */
unsigned int vtd_unit_open_bracket(struct vtd_unit *unit);
/* A notice is collected.  It is like a use of what it is about: until the host
 * has dealt with it, a bracket is open.  Lock held. */
struct vtd_notice_ticket vtd_unit_open_notice(struct vtd_unit *unit);

/* vtd_unit_dma_begin() and vtd_unit_dma_end() of the library's own, inside of a
 * call.  The thread came for something else: it does hardly anything for the queue
 * (enum vtd_queue_work). */
void vtd_unit_bracket_begin(struct vtd_unit *unit,
			    struct vtd_dma_bracket *bracket);
void vtd_unit_bracket_end(struct vtd_unit *unit,
			  const struct vtd_dma_bracket *bracket);

/*
 * A look-up outside of the lock belongs to the epoch that was read before it;
 * what it finds is void in the next one.  Epochs of both kinds end under the
 * lock when the unit is reset or loaded, and each when its switch goes off.  An
 * odd one lasts while the unit is reset or loaded: its state is neither old nor
 * new.
 */
struct vtd_epoch {
	enum vtd_epoch_kind kind;
	uint64_t number;
};

static inline struct vtd_epoch vtd_epoch_now(struct vtd_unit *unit,
					     enum vtd_epoch_kind kind)
{
	return (struct vtd_epoch){
		kind,
		atomic_load_explicit(&unit->epoch[kind], memory_order_acquire),
	};
}

/* Whether what was read of the unit since then belongs together. */
static inline bool vtd_epoch_lasts(struct vtd_unit *unit,
				   const struct vtd_epoch *epoch)
{
	return (epoch->number & 1) == 0 &&
	       epoch->number == vtd_epoch_now(unit, epoch->kind).number;
}

static inline void vtd_epoch_end(struct vtd_unit *unit,
				 enum vtd_epoch_kind kind)
{
	atomic_fetch_add(&unit->epoch[kind], 2);
}

/* When a reset or a load begins, and when it ends. */
static inline void vtd_epochs_advance(struct vtd_unit *unit)
{
	for (unsigned int kind = 0; kind < VTD_EPOCHS; kind++)
		atomic_fetch_add(&unit->epoch[kind], 1);
	atomic_fetch_add(&unit->changes, unit->recorder == NULL ? 1 : 2);
}

#endif /* VTD_SRC_UNIT_H */
