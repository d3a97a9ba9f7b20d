/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What is in a unit: the requesters that its tables know, their mappings, its
 * caches, its queues, its interrupt remapping table; and in an endpoint.  For debuggers and tools; registers are in
 * vtd/registers.h, and are read with vtd_unit_read().
 *
 * No call has a side effect: no fault is recorded, nothing is counted, cached or
 * set.  Each does a bounded part, whatever the tables say, and goes on in the
 * next call.  Any number of threads at any time.  What other threads change
 * meanwhile may be seen or not: this is no snapshot, but each element was true
 * at some moment of its call.
 */
#ifndef VTD_DUMP_H
#define VTD_DUMP_H

#include <vtd/check.h>
#include <vtd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vtd_unit;
struct vtd_atc;
struct vtd_endpoint;

/** Look-ups that one call makes at most. */
#define VTD_DUMP_STEPS 4096

/** A requester with an entry in the tables. */
struct vtd_dump_requester {
	uint16_t sid;
	bool pasid_present;
	uint32_t pasid;
	struct vtd_requester_info info; /**< vtd_unit_requester() */

	uint64_t reserved[2];
};

/** Where to go on; zero-initialise it to begin. */
struct vtd_dump_requesters {
	bool done;
	/** The library's. */
	bool in_pasids;
	uint16_t sid;
	uint32_t pasid;

	uint64_t reserved[2];
};

/**
 * The next requesters in the order of source-ids, each without PASID and then
 * with those that have an entry.  Writes `room` of them at most and returns how
 * many; it can be 0 before cursor->done is set.  While translation is off there
 * is none.
 */
size_t vtd_unit_dump_requesters(struct vtd_unit *unit,
				struct vtd_dump_requesters *cursor,
				struct vtd_dump_requester *list, size_t room);

/** Addresses that lead to memory in one piece and with the same rights. */
struct vtd_dump_mapping {
	uint64_t first; /**< both ends included */
	uint64_t last;
	uint64_t address; /**< of `first`, translated */
	bool read;
	bool write;
	/** Largest naturally aligned block that one look-up answered for. */
	uint8_t size_shift;

	uint64_t reserved[2];
};

/** Whose mappings, and where to go on: set the first four members and `last` to
 * begin. */
struct vtd_dump_mappings {
	uint16_t sid;
	bool pasid_present;
	bool privileged; /**< of requests with PASID */
	uint32_t pasid;
	uint64_t address; /**< from here on... */
	uint64_t last;	  /**< ...to here */
	bool done;

	uint64_t reserved[2];
};

/** The next mappings, in the order of addresses; as above.  A mapping that goes on
 * where a call ended is two. */
size_t vtd_unit_dump_mappings(struct vtd_unit *unit,
			      struct vtd_dump_mappings *cursor,
			      struct vtd_dump_mapping *list, size_t room);

/** What the cache of context and PASID entries has for a requester. */
struct vtd_dump_cached {
	uint16_t sid;
	bool pasid_present;
	/** The context entry alone, which translated requests need. */
	bool context_only;
	uint32_t pasid;
	uint16_t did;
	bool pass_through;
	uint32_t tag; /**< the PASID that translations are tagged with */
	uint64_t first_stage_root;
	uint64_t second_stage_root;

	uint64_t reserved[2];
};

/** The valid entries from place *cursor on, which begins at 0 and becomes
 * VTD_DUMP_END behind the last one. */
#define VTD_DUMP_END 0xffffffffU
size_t vtd_unit_dump_cache(struct vtd_unit *unit, uint32_t *cursor,
			   struct vtd_dump_cached *list, size_t room);

/** What a unit that does not walk live has cached (vtd_config.iotlb), or, of the
 * cache VTD_CACHE_DEVICE_TLB, what a device was seen to use. */
struct vtd_dump_kept {
	enum vtd_cache cache;
	/** It is found by its domain-id and not by `sid`, which is 0 then. */
	bool by_domain;
	bool pasid_present; /**< of the requests that it serves */
	bool privileged;    /**< likewise */
	uint8_t size_shift; /**< it is about 2^size_shift addresses... */
	uint16_t sid;
	uint16_t did;
	uint32_t pasid;	  /**< the request's, or RID_PASID */
	uint64_t address; /**< ...from here on; context and PASID entries: 0 */
	/** What that becomes; of an entry that leads to a table, where that is; of a
	 * context entry the second-stage root or the PASID directory, of a PASID entry
	 * the first-stage root, if it has one, or the second-stage root. */
	uint64_t target;
	bool read;
	bool write;
	bool clean; /**< D was 0: it serves no write */
	/** With vtd_config.check, since it was first seen to differ from memory: uses,
	 * and waits that have completed; and whether it was reported. */
	bool reported;
	uint64_t uses;
	uint64_t waits;

	uint64_t reserved[2];
};

/** The entries from place *cursor on, as above, in no order.  A unit that walks live
 * has none.  Takes the caches' lock for as long as it copies. */
size_t vtd_unit_dump_iotlb(struct vtd_unit *unit, uint32_t *cursor,
			   struct vtd_dump_kept *list, size_t room);

/** An interrupt remapping table entry that is present, or faults without having been
 * seen. */
struct vtd_dump_interrupt {
	uint32_t index;
	/** As it is in memory: vtd_structure_fields() has its fields.  0 if there
	 * is no memory. */
	uint64_t entry[2];
	/** Why it serves nobody; VTD_CONDITION_NONE: it serves requests of those
	 * source-ids that it names. */
	enum vtd_condition condition;
	bool posted;
	/** The message that a request becomes, if it is remapped. */
	uint64_t address;
	uint32_t data;

	uint64_t reserved[2];
};

/** The next entries in the order of indices, from *cursor on, which is an index,
 * begins at 0 and becomes VTD_DUMP_END behind the last one.  While interrupt remapping
 * is off there is none. */
size_t vtd_unit_dump_interrupts(struct vtd_unit *unit, uint32_t *cursor,
				struct vtd_dump_interrupt *list, size_t room);

#define VTD_DUMP_WAITS_MAX 16
#define VTD_DUMP_ITAGS 32

/** A wait descriptor that is not over. */
struct vtd_dump_wait {
	bool interrupt;	   /**< IF */
	bool write_status; /**< SW */
	bool fence;	   /**< FN */
	bool drain;	   /**< accesses of before have not ended */
	uint32_t status_data;
	uint64_t status_address;
	uint32_t itags; /**< requests that it waits for, a bit each */

	uint64_t reserved[2];
};

/** A device-TLB invalidation that is not answered. */
struct vtd_dump_itag {
	bool outstanding;
	bool unsent; /**< to be sent, or sent again */
	uint8_t completions;
	/** Of the host's clock, when it times out; 0: never. */
	uint64_t deadline;
	struct vtd_device_tlb_invalidation request;

	uint64_t reserved[2];
};

struct vtd_dump_queue {
	bool on;
	bool wide; /**< descriptors of 32 bytes */
	uint64_t base;
	uint64_t size; /**< bytes */
	uint64_t head; /**< bytes from base */
	uint64_t tail;
	uint32_t waits;
	uint32_t outstanding;			       /**< ITags */
	struct vtd_dump_wait wait[VTD_DUMP_WAITS_MAX]; /**< oldest first */
	struct vtd_dump_itag itag[VTD_DUMP_ITAGS];

	uint64_t reserved[4];
};

/** The invalidation queue.  Takes the unit's lock for as long as it copies. */
void vtd_unit_dump_queue(struct vtd_unit *unit, struct vtd_dump_queue *queue);

/**
 * Page requests that software has not taken yet, from the one with number *cursor
 * on, which begins at 0 and becomes VTD_DUMP_END behind the last one.  One that
 * cannot be read ends the list.
 */
size_t vtd_unit_dump_page_requests(struct vtd_unit *unit, uint32_t *cursor,
				   struct vtd_page_request *list, size_t room);

/* A page request group of an endpoint that has no response yet. */
struct vtd_dump_group {
	uint16_t prgi;
	bool pasid_present;
	bool waited; /* an access waits for it */
	uint32_t pasid;
	uint32_t messages; /* what it takes of the allocation */

	uint64_t reserved[2];
};

struct vtd_dump_endpoint {
	uint16_t sid;
	bool ats_enabled;
	bool ats_usable; /* and no request was unsupported since */
	bool pasid_enabled;
	bool pri_enabled;
	bool pri_failed; /* Response Failure: stopped until enabled anew */
	uint16_t pri_status;
	uint32_t pri_allocation;  /* messages that may be outstanding */
	uint32_t pri_outstanding; /* messages that are */
	uint32_t groups;	  /* that have no response yet */

	uint64_t reserved[4];
};

/* An endpoint, and the first `room` of its groups in the order of their indices.
 * Takes the endpoint's lock for as long as it copies. */
void vtd_endpoint_dump(struct vtd_endpoint *ep, struct vtd_dump_endpoint *state,
		       struct vtd_dump_group *group, size_t room);

/** A translation in an address translation cache. */
struct vtd_dump_translation {
	uint64_t address;   /**< 2^size_shift bytes from here on... */
	uint64_t target;    /**< ...become these */
	uint8_t size_shift; /**< 12, 21 or 30 */
	bool pasid_present;
	bool privileged; /**< of privileged requests; only with PASID */
	uint32_t pasid;
	bool read;
	bool write;
	bool snoop;

	uint64_t reserved[2];
};

/** The entries from place *cursor on, which begins at 0 and becomes VTD_DUMP_END
 * behind the last one; in no order.  Takes the cache's lock for as long as it looks
 * at VTD_DUMP_STEPS entries. */
size_t vtd_atc_dump(struct vtd_atc *atc, uint32_t *cursor,
		    struct vtd_dump_translation *list, size_t room);

/** The same of an endpoint's. */
size_t vtd_endpoint_dump_atc(struct vtd_endpoint *ep, uint32_t *cursor,
			     struct vtd_dump_translation *list, size_t room);

#ifdef __cplusplus
}
#endif

#endif /* VTD_DUMP_H */
