/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Recording: everything that goes into a unit and out of it, as a sequence of
 * records that can be played again on any machine (docs/recording.md).
 *
 * A unit is recorded from its creation on.  Its calls and callbacks are put in
 * one order by a lock of the recorder's, which is held from when a call begins
 * until it returns, but for the time of callbacks that may call into the unit.
 * So a recorded unit answers as another would, but threads wait for each other,
 * every walk is a whole one, and guest memory is read by memory_read() only,
 * whatever was published.  mappings_wanted() is asked when the notice would be sent,
 * with the recorder's lock held instead of the unit's.  A unit that is not recorded
 * has no part in it.
 */
#ifndef VTD_RECORD_H
#define VTD_RECORD_H

#include <vtd/vtd.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Of the format: docs/recording.md. */
#define VTD_RECORD_VERSION 1

/**
 * What a record is of.  Calls into the unit have even numbers, and so have the
 * callbacks that may call into it; the number above is that of its return.
 * Values of each are in docs/recording.md.
 */
enum vtd_record_kind {
	VTD_RECORD_CONFIG = 0x01, /**< first: what unit it is */
	VTD_RECORD_END = 0x02,	  /**< last */

	/** Calls. */
	VTD_RECORD_READ = 0x10,
	VTD_RECORD_WRITE = 0x12,
	VTD_RECORD_TRANSLATE = 0x14,
	VTD_RECORD_PROBE = 0x16,
	VTD_RECORD_REQUESTER = 0x18,
	VTD_RECORD_DMA_BEGIN = 0x1a,
	VTD_RECORD_DMA_END = 0x1c,
	VTD_RECORD_DEVICE_TLB_COMPLETE = 0x1e,
	VTD_RECORD_NOTICE_DONE = 0x20,
	VTD_RECORD_TIMER_EXPIRED = 0x22,
	VTD_RECORD_PAGE_REQUEST = 0x24,
	VTD_RECORD_INTERRUPT = 0x26,
	VTD_RECORD_INTERRUPT_PROBE = 0x28,
	VTD_RECORD_RESET = 0x2a,
	VTD_RECORD_SAVE = 0x2c,
	VTD_RECORD_LOAD = 0x2e,
	VTD_RECORD_DEVICE_TLB_USED = 0x30,

	/** Callbacks that may call into the unit. */
	VTD_RECORD_DEVICE_TLB_INVALIDATE = 0x40,
	VTD_RECORD_PAGE_GROUP_RESPONSE = 0x42,
	VTD_RECORD_MAPPINGS_CHANGED = 0x44,
	VTD_RECORD_INTERRUPTS_CHANGED = 0x46,
	VTD_RECORD_STALE_USE = 0x48,
	VTD_RECORD_LINT = 0x4a,

	/** Callbacks that may not, with what came of them. */
	VTD_RECORD_MEMORY_READ = 0x60,
	VTD_RECORD_MEMORY_READ_FAILED = 0x61,
	VTD_RECORD_MEMORY_WRITE = 0x62,
	VTD_RECORD_MEMORY_WRITE_FAILED = 0x63,
	VTD_RECORD_MEMORY_EXCHANGE = 0x64,
	VTD_RECORD_INTERRUPT_MESSAGE = 0x65,
	VTD_RECORD_TIMER_SET = 0x66,
	VTD_RECORD_CLOCK = 0x67,
	/** vtd_unit_save() waits for other threads' callbacks. */
	VTD_RECORD_SAVE_WAITS = 0x68,

	/** From here on: remarks, which whoever plays a recording passes over. */
	VTD_RECORD_REMARK = 0x80,
	VTD_RECORD_TRACE = 0x80,
};

/** Added to the kind of a call or callback: its return. */
#define VTD_RECORD_RETURN 1

/** Why a recording ended: the value of VTD_RECORD_END. */
enum vtd_record_end {
	VTD_RECORD_ENDED, /**< the program wished it, or the unit is gone */
	VTD_RECORD_ENDED_BY_LIMIT, /**< the next record had not fitted */
};

#define VTD_RECORD_VALUES_MAX 48
/** Bytes of one record: a state and 8 more are the longest. */
#define VTD_RECORD_BYTES_MAX 16392

struct vtd_record {
	enum vtd_record_kind kind;
	/** Of the process, in the order in which threads first came: 1, 2, ... */
	uint32_t thread;
	uint64_t time; /**< nanoseconds, from no time in particular */
	unsigned int count;
	const uint64_t *value;
	size_t length;
	const void *bytes; /**< guest memory, a state, text */

	uint64_t reserved[2];
};

/** A sized structure ("Growth" in vtd/vtd.h): zero it, and set its size. */
struct vtd_recorder {
	size_t size; /**< sizeof(struct vtd_recorder) of the program */
	void *sink;  /**< for the callbacks */

	/**
	 * Most bytes to write, 0: any number.  The recording ends, with its end
	 * mark, before it gets longer; the unit goes on.
	 */
	uint64_t limit;

	/**
	 * The recording as bytes, in the order of a file.  Up to 64 KiB are
	 * collected for one call.  A negative errno: the recording ends as it is,
	 * and the unit goes on.
	 */
	int (*write)(void *sink, const void *bytes, size_t length);
	/** The same record by record, for programs that look at once; what it
	 * points to is good until it returns.  One of both is required. */
	void (*record)(void *sink, const struct vtd_record *record);

	/**
	 * A thread is about to call into the unit, or to go on after a callback
	 * that may call into it.  It holds nothing of the unit's, and may be made
	 * to wait: that is how a recording of several threads is played again in
	 * its order.  Optional.
	 */
	void (*turn)(void *sink);

	/** Time in nanoseconds.  NULL: CLOCK_MONOTONIC. */
	uint64_t (*clock)(void *sink);
};

/**
 * vtd_unit_create() of a unit that is recorded.  `recorder` is copied.  write(),
 * record() and clock() are called by one thread at a time, with locks of the
 * unit held: they must not call into it, nor wait for a thread that does.
 * vtd_unit_set_ram() of such a unit checks and keeps the map, and reads nothing
 * by it.  What only looks (vtd_unit_counters(), the two functions that say what is
 * enabled, vtd/dump.h, vtd/explain.h) is not
 * recorded.
 *
 * Returns as vtd_unit_create() does; -EINVAL, too, if `recorder` lacks what it
 * must have; and what write() returned for the head of the file, if that was
 * negative.
 */
int vtd_unit_create_recorded(const struct vtd_config *config,
			     const struct vtd_host_ops *ops, void *host,
			     const struct vtd_recorder *recorder,
			     struct vtd_unit **unit);

/**
 * End the recording of a unit: what is still to be written is, then the end mark;
 * no callback of the recorder but turn() is made after it.  vtd_unit_destroy()
 * does the same.  A unit that is not recorded, or no longer, is left as it is.
 * From any thread, but not from a callback of the recorder, nor from one that
 * must not call into the unit.
 */
void vtd_unit_record_end(struct vtd_unit *unit);

#ifdef __cplusplus
}
#endif

#endif /* VTD_RECORD_H */
