/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * libvtd: an Intel VT-d remapping unit as a library.
 *
 * Concepts
 *
 *  - unit: One remapping unit: registers, queues, caches.  Any number of them
 *    in a process; they share nothing.
 *  - host: The program that embeds a unit.  It gives the unit memory, a way
 *    to send interrupt messages and a way to reach endpoints
 *    (vtd/host.h), and passes guest register accesses, requests of
 *    devices and interrupt requests in.
 *  - endpoint: A device behind the unit.  vtd/endpoint.h and vtd/atc.h are a
 *    ready-made ATS/PRI side for device models; a unit does not know
 *    whether its endpoints use them.
 *
 * Errors are of three kinds that never mix.  What the guest or a device did
 * wrong is answered as the architecture says (status, fault record, queue
 * error) and is no error of the call.  What the caller did wrong is a negative
 * errno.  What the library did wrong is an assertion.
 *
 * Threads
 *
 *                              create/   registers,  translate,  others
 *                              destroy   save, load  interrupt
 *     create, destroy             -          no          no        no
 *     registers, save, load      no      serialised      yes    serialised
 *     translate, interrupt       no         yes          yes       yes
 *     others                     no      serialised      yes    serialised
 *
 *  "yes": at the same time; "serialised": may be called at the same time, the
 *  unit's lock orders them; "no": the caller must exclude it.
 *
 * Growth
 *
 *  A program that was built with the headers of one release runs with the
 *  library of any later one that has the same soname.  Every structure that can
 *  grow is of one of three kinds; that holds for all headers.
 *
 *  - sized: Begins with `size`, sizeof of the program: what programs set up
 *    once, configurations and callbacks.  Grows at its end.  A member
 *    that the program's headers lack has its default, a callback is
 *    NULL; no default asks more of a program than before.  The
 *    functions that fill in defaults take the size of the program and
 *    write no more.  A program may be newer than the library: then a
 *    configuration is refused if a member is set that the library
 *    lacks, and a callback that it lacks is not called.
 *  - counted: Counters, passed with the size of the program.  Grow at their end;
 *    what the library lacks reads as 0.
 *  - reserved: Ends in `reserved`: messages, requests, results, and what is in
 *    the caller's memory for a while.  Never changes its size; a member
 *    that is added takes room from `reserved`, and 0 in it means what
 *    was before.  Zero-initialise those that you fill in.  An older
 *    library does not look at such a member, and leaves it 0.
 *
 *  Enumerators keep their values, and new ones come after the last.  What cannot
 *  be had this way is a new function, or a new soname.
 */
#ifndef VTD_VTD_H
#define VTD_VTD_H

#include <vtd/check.h>
#include <vtd/explain.h>
#include <vtd/fault.h>
#include <vtd/host.h>
#include <vtd/types.h>
#include <vtd/version.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vtd_unit;

/** Address widths that second-stage (and guest) addresses may have; a set. */
enum vtd_address_widths {
	VTD_WIDTH_39 = 0x2,
	VTD_WIDTH_48 = 0x4,
	VTD_WIDTH_57 = 0x8,
};

/** What a unit caches of tables in memory.  It shows to software that forgets an
 * invalidation, and to no other. */
enum vtd_iotlb_kind {
	/** Translations are read from memory, each time. */
	VTD_IOTLB_LIVE,
	/** Set-associative caches of iotlb_entries translations, as hardware has
	 * them; the oldest entry of a full set goes. */
	VTD_IOTLB_SIZED,
	/** What was used stays until an invalidation covers it.  When there are
	 * iotlb_entries translations, the oldest goes, and is counted. */
	VTD_IOTLB_KEEP,
};

/**
 * What a unit can do; CAP and ECAP follow from it.  Fill it in with
 * vtd_config_init() first, then change what should differ.
 */
struct vtd_config {
	/** sizeof(struct vtd_config) of the program; vtd_config_init() sets it. */
	size_t size;

	/** Bits of a host-physical address, 32..52 (HAW). */
	unsigned int host_address_width;
	/** Bits of a guest address, host_address_width..57 (MGAW). */
	unsigned int guest_address_width;
	/** enum vtd_address_widths (SAGAW).  0: no DMA can be translated; only
	 * without scalable_mode. */
	unsigned int address_widths;

	bool scalable_mode; /**< SMTS */
	bool first_stage;   /**< FSTS; needs scalable_mode */
	bool second_stage;  /**< SSTS in scalable mode; legacy always has it */
	bool nested;	    /**< NEST; needs first_stage and second_stage */
	bool pass_through;  /**< PT */
	bool first_stage_5_level;   /**< FS5LP; needs first_stage */
	bool first_stage_1g_pages;  /**< FS1GP; needs first_stage */
	bool second_stage_2m_pages; /**< SSLPS bit 0 */
	bool second_stage_1g_pages; /**< SSLPS bit 1; needs the 2 MiB pages */
	/** SSADS; needs page_walk_coherency */
	bool second_stage_accessed_dirty;
	bool extended_accessed;	  /**< EAFS; needs first_stage */
	bool page_walk_coherency; /**< C, and SMPWCS in scalable mode */
	bool snoop_control;	  /**< SC */
	/** SRS, RPRIVS; needs scalable_mode */
	bool supervisor_requests;
	bool abort_dma;	       /**< ADMS; needs scalable_mode */
	bool zero_length_read; /**< ZLR */

	/** Bits of a PASID, 0 (no PASID) to 20; needs scalable_mode (PSS). */
	unsigned int pasid_bits;
	bool device_tlb; /**< DT */
	/** PRS, PDS, SMS; needs device_tlb, scalable_mode */
	bool page_request;
	bool no_write_flag; /**< NWFS; needs device_tlb */

	bool interrupt_remapping;     /**< IR */
	bool extended_interrupt_mode; /**< EIM; needs interrupt_remapping */
	bool posted_interrupts;	      /**< PI; needs interrupt_remapping */

	bool caching_mode; /**< CM */
	/** DRD, DWD.  Invalidation waits cover brackets in any case. */
	bool dma_draining;
	/** Bit 62 of second-stage entries is ignored, as units with device-TLBs
	 * had it before Rev. 3.2 (TM), and is reserved otherwise; needs
	 * device_tlb. */
	bool transient_mapping;
	/** SRTP/SIRTP flush caches by themselves (ESRTPS, ESIRTPS). */
	bool self_flush;

	/** Fault recording registers, 1..8 (NFR). */
	unsigned int fault_records;
	/** A fault of a source-id that has a pending record is not recorded
	 * (SPEC 7.2.1 allows it): one device cannot take all records. */
	bool fault_compression;
	/** A device-TLB invalidation that takes longer ends in ITE.
	 * Nanoseconds, not 0. */
	uint64_t device_tlb_timeout;

	enum vtd_iotlb_kind iotlb;
	/** Translations that are cached at most: a power of two, 16..2^20; a
	 * quarter as many paging-structure entries, and as many context and PASID
	 * entries.  0: 512 if sized, 65536 to keep.  About 200 bytes each. */
	unsigned int iotlb_entries;

	/** Each use of an entry that is cached is compared with memory, and told
	 * of if memory has something else (stale_use()); needs iotlb.  What
	 * software should not do is told, too (lint()). */
	bool check;
	/** It is told when so many invalidation waits have completed since the
	 * difference was first seen: before, the invalidation may be on its way.
	 * Software that flushes lazily needs more. */
	unsigned int check_waits;
};

/** What a modern client unit has: all of the above but abort_dma,
 * posted_interrupts, caching_mode, transient_mapping; 48 bits; 20 PASID bits. */
void vtd_config_init_sized(struct vtd_config *config, size_t size);
static inline void vtd_config_init(struct vtd_config *config)
{
	vtd_config_init_sized(config, sizeof(*config));
}

/** Why the configuration cannot be, in words that name its members; or NULL.
 * The string is a constant. */
const char *vtd_config_check(const struct vtd_config *config);

/** Why vtd_unit_create() refuses these, in the same way: vtd_config_check()
 * objects, or a callback that the configuration needs is missing. */
const char *vtd_unit_create_check(const struct vtd_config *config,
				  const struct vtd_host_ops *ops);

/**
 * Make a unit in its power-on state.  `config` and `ops` are copied.
 * Returns 0 and *unit; -EINVAL: vtd_unit_create_check() objects; -ENOMEM.
 */
int vtd_unit_create(const struct vtd_config *config,
		    const struct vtd_host_ops *ops, void *host,
		    struct vtd_unit **unit);

/** The caller makes sure that no other call runs or follows.  NULL is allowed. */
void vtd_unit_destroy(struct vtd_unit *unit);

/**
 * Publish guest RAM: the unit reads what is in `map` by loads of its own, and
 * all else by the host's callbacks.  It writes by callbacks only, so memory in
 * the map may be read-only, and whoever tracks writes is not passed by.  NULL, or
 * a map with count 0: no memory, as after vtd_unit_create().  Reset and load
 * change nothing here.
 *
 * The map, its ranges and the memory stay the host's.  It keeps them, and the
 * map as it is, until another map is in force and every call into the unit that
 * began before that has returned: a grace period of RCU, if calls are inside its
 * read side.  The last map may go after vtd_unit_destroy().  A call that is under
 * way meanwhile reads each word by the one map or by the other.
 *
 * Returns 0, and the map that was in force before in *previous (which may be
 * NULL), or NULL if there was none; -EINVAL, and nothing has changed, if the map
 * is not as host.h has it.
 */
int vtd_unit_set_ram(struct vtd_unit *unit, const struct vtd_ram_map *map,
		     const struct vtd_ram_map **previous);

enum vtd_reset {
	VTD_RESET_POWER_GOOD, /**< everything */
	/** sticky error bits and fault records survive */
	VTD_RESET_WARM,
};

/**
 * Outstanding device-TLB invalidations are forgotten, the timer is cancelled, and
 * the host is told that all mappings and interrupts have changed.  Requests that
 * other threads are making meanwhile leave no trace in the unit after it.
 */
void vtd_unit_reset(struct vtd_unit *unit, enum vtd_reset reset);

/** Bytes of register space, a multiple of 4096. */
#define VTD_REGISTER_SPACE_SIZE 0x1000

/**
 * Guest accesses to the registers.  Any offset, any size: what is not an
 * aligned access of 4 or 8 bytes inside the space reads as 0 and is ignored
 * when written (SPEC 11.2 leaves it undefined).  What a command changes is in
 * force when the write returns; that it has ended (CCMD.ICC, IOTLB.IVT, GSTS)
 * shows when brackets that were open, and notices, have ended as for an
 * invalidation wait.  A host without either sees that at once.
 */
uint64_t vtd_unit_read(struct vtd_unit *unit, uint64_t offset,
		       unsigned int size);
void vtd_unit_write(struct vtd_unit *unit, uint64_t offset, uint64_t value,
		    unsigned int size);

/**
 * Path 1: translate one request.  Faults that the architecture records are
 * recorded.  Always fills in *result.
 *
 * The answer is one that software's tables gave at some moment of the call, and
 * nothing that was read for it was covered by an invalidation wait that had
 * completed by then.  Waits are held up by a call that sets accessed and dirty
 * bits or records a fault, until it has, and by no other: what becomes of the
 * answer is covered by a bracket of the host's own only (vtd_unit_dma_begin()).
 */
void vtd_unit_translate(struct vtd_unit *unit,
			const struct vtd_request *request,
			struct vtd_translation *result);

/**
 * The same look-up in memory, without any trace: no fault is recorded, no
 * accessed or dirty bit is set, nothing is counted.  For hosts that shadow, so it
 * answers what tables say, where vtd_unit_translate() answers one request:
 *  - Write is told for a page that is not dirty yet.  vtd_unit_translate() sets
 *    D for a request that writes, and withholds write from one that does not, so
 *    that no write goes by its answer without D.  Who lets a device write by
 *    this answer answers for D.
 *  - result->size_shift is told for a fault too: it is that of the whole block
 *    of 2^size_shift bytes around the address, as far as this look-up can tell.
 * Debuggers that want to know what a request would get, and why, ask
 * vtd_unit_explain().
 *
 * It holds up no wait: what software frees or changes meanwhile may be in the
 * answer, unless a bracket is open, or a notice is being dealt with.
 */
void vtd_unit_probe(struct vtd_unit *unit, const struct vtd_request *request,
		    struct vtd_translation *result);

/**
 * What the requests of `sid` with this PASID (pasid_present false: without one,
 * `pasid` is ignored) meet now, as long as software invalidates nothing.  No
 * trace is left: no fault, no count.  Takes no lock, so it may be asked from
 * mappings_changed() too.  Always fills in *info.
 */
void vtd_unit_requester(struct vtd_unit *unit, uint16_t sid, bool pasid_present,
			uint32_t pasid, struct vtd_requester_info *info);

/**
 * Bracket the use of addresses that vtd_unit_translate() gave out, if an
 * invalidation wait is to cover those uses too: it completes only after every
 * bracket that was open when the invalidation was processed has closed.
 * Call begin before the translation and end after the last access.  The same
 * goes for vtd_unit_interrupt() and the delivery of its message.  Lock-free
 * unless a wait hangs on it.  Brackets may be open during vtd_unit_reset().
 */
struct vtd_dma_bracket {
	/** The library's. */
	unsigned int index;
	unsigned int reserved[3];
};
void vtd_unit_dma_begin(struct vtd_unit *unit, struct vtd_dma_bracket *bracket);
void vtd_unit_dma_end(struct vtd_unit *unit,
		      const struct vtd_dma_bracket *bracket);

/**
 * Path 2, its way back: endpoint `sid` has ended the invalidations whose ITags
 * are set in `itags`; `count` (1..8) completions are needed for each (one per
 * traffic class).  SPEC 6.5.2.5.  While translation is off the message is an
 * Unsupported Request: the invalidation then ends by time-out.  From any thread.
 */
void vtd_unit_device_tlb_complete(struct vtd_unit *unit, uint16_t sid,
				  uint32_t itags, unsigned int count);

/** The host has dealt with a notice for which it returned VTD_NOTICE_PENDING.
 * From any thread. */
void vtd_unit_notice_done(struct vtd_unit *unit,
			  const struct vtd_notice_ticket *ticket);

/** The time asked for by timer_set() has come: requests that are not answered
 * time out, and the queue goes on. */
void vtd_unit_timer_expired(struct vtd_unit *unit);

/**
 * For hosts of devices with a translation cache, with vtd_config.check: a device
 * has used `used` of its cache for an access.  `request` says which: untranslated,
 * with the address before translation.  It is compared with memory like a use of
 * the unit's caches.  From any thread, within a bracket or not; does nothing
 * without check.
 */
void vtd_unit_device_tlb_used(struct vtd_unit *unit,
			      const struct vtd_request *request,
			      const struct vtd_translation *used);

/**
 * Path 3: an endpoint's page request message.  What the unit answers itself, if
 * the request is the last of its group and no stop marker, comes through
 * page_group_response(), unless request->no_response leaves
 * it to the caller.
 */
enum vtd_page_request_result
vtd_unit_page_request(struct vtd_unit *unit,
		      const struct vtd_page_request *request);

/**
 * Path 4: remap an interrupt request.  The host delivers *result, if it is not
 * blocked.  Faults are recorded.  An invalidation wait covers the look-up and
 * what is posted; see vtd_unit_dma_begin() for the delivery.
 */
void vtd_unit_interrupt(struct vtd_unit *unit,
			const struct vtd_interrupt_request *request,
			struct vtd_interrupt *result);

/** The same without recording, for hosts that set up routes in advance. */
void vtd_unit_interrupt_probe(struct vtd_unit *unit,
			      const struct vtd_interrupt_request *request,
			      struct vtd_interrupt *result);

/** Whether DMA remapping and interrupt remapping are on: already, if GSTS.TES or
 * IRES does not say so yet. */
bool vtd_unit_translation_enabled(struct vtd_unit *unit);
bool vtd_unit_interrupt_remapping_enabled(struct vtd_unit *unit);

#define VTD_STATE_SIZE_MAX 16384
/**
 * The unit's state as one versioned blob, in a byte order of its own, so that
 * it can be loaded on any machine by this or a later library, into a unit with
 * the same configuration.  Caches are not in it.  Device-TLB invalidations on
 * their way are: they are sent again after loading.
 *
 * - save: writes at most `size` bytes, returns the bytes needed (call it with
 *       size 0 to ask), 0..VTD_STATE_SIZE_MAX.  Waits until callbacks that
 *       other threads are in have returned, so that what they deliver is not
 *       lost: not to be called from a callback, nor with a lock held that one
 *       takes (of those that are made with no lock of the unit's held, host.h).
 *       Meanwhile nobody runs the invalidation queue; the timer goes on.  On a
 *       host without timer_set it does run: there, software that keeps
 *       submitting can hold a save up, so stop it first.
 * - load: 0, or -EINVAL with *reason (a constant string; reason may be NULL) and
 *       the unit unchanged.  Like a reset, it tells the host that all has
 *       changed.  Waits that were pending cover that notice.  The invalidation
 *       queue goes on with the first vtd_unit_timer_expired(), which it asks for
 *       by timer_set(1), or register write: requests that are sent again then
 *       have the time that was left to them when they were saved.  So a host
 *       whose clock() changes with the load makes that call when it has, and the
 *       machine runs.  On a host without timer_set it goes on at once.
 */
size_t vtd_unit_save(struct vtd_unit *unit, void *blob, size_t size);
int vtd_unit_load(struct vtd_unit *unit, const void *blob, size_t size,
		  const char **reason);

/** What has happened since creation.  Members are uint64_t. */
struct vtd_counters {
	/** Context and PASID entries that were decoded; those that are found in
	 * the cache are not counted. */
	uint64_t config_cache_misses;
	uint64_t faults_recorded;
	uint64_t faults_dropped; /**< overflow, fault_compression */
	uint64_t descriptors;	 /**< of the invalidation queue */
	uint64_t device_tlb_invalidations;
	uint64_t page_requests;	      /**< queued for software */
	uint64_t page_responses;      /**< from software */
	uint64_t auto_responses;      /**< by the unit itself */
	uint64_t interrupts_remapped; /**< posted ones too */
	/** With vtd_config.iotlb: translations from the cache, those that were
	 * walked, and entries of all caches that gave way to others. */
	uint64_t iotlb_hits;
	uint64_t iotlb_misses;
	uint64_t iotlb_dropped;
	/** With vtd_config.check: uses of entries that memory did not back, and
	 * the entries of these that were reported. */
	uint64_t stale_suspects;
	uint64_t stale_uses;
	uint64_t lints; /**< what was found of enum vtd_lint, told or not */
};
/** `size`: sizeof(*counters).  Not a snapshot: counts move meanwhile. */
void vtd_unit_counters(struct vtd_unit *unit, struct vtd_counters *counters,
		       size_t size);

#ifdef __cplusplus
}
#endif

#endif /* VTD_VTD_H */
