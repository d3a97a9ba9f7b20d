/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Requests, results and messages that cross the border between an endpoint, a
 * remapping unit and the host.  Small structures instead of long argument
 * lists; zero-initialise them, so that members added later have a meaning.  They
 * never change their size ("Growth" in vtd/vtd.h).
 *
 * Addresses are byte addresses.  A source-id ("sid") is bus:8 device:5
 * function:3.  A PASID has 20 bits.
 */
#ifndef VTD_TYPES_H
#define VTD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vtd/fault.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VTD_PASID_BITS 20
#define VTD_PASID_MAX 0xfffffU

/** The AT field of a memory request (PCIe ATS; SPEC 4.1). */
enum vtd_address_type {
	VTD_AT_UNTRANSLATED = 0,
	VTD_AT_TRANSLATION = 1, /**< a translation request */
	VTD_AT_TRANSLATED = 2,
};

/** What a memory request does.  Bits, so that a set of rights has the type. */
enum vtd_access {
	VTD_ACCESS_ZERO_LENGTH_READ = 0,
	VTD_ACCESS_READ = 1,
	VTD_ACCESS_WRITE = 2,
	VTD_ACCESS_ATOMIC = 3, /**< both rights */
};

/** One memory or translation request.  It must not cross a 4 KiB boundary. */
struct vtd_request {
	uint16_t sid;
	enum vtd_address_type type;
	/** What an untranslated or translated request does; ignored for a
	 * translation request, which asks for all rights (see no_write). */
	enum vtd_access access;
	uint64_t address;
	/** Bytes, of untranslated and translated requests; only looked at in the
	 * interrupt address range (SPEC 3.14). */
	uint32_t length;
	bool pasid_present;
	uint32_t pasid;	 /**< 0..VTD_PASID_MAX, if pasid_present */
	bool privileged; /**< Privileged Mode Requested, if pasid_present */
	bool execute;	 /**< Execute Requested, if pasid_present */
	bool no_write;	 /**< NW of a translation request */

	uint64_t reserved[2];
};

/** How a request ends on the bus. */
enum vtd_status {
	VTD_STATUS_SUCCESS,
	VTD_STATUS_UNSUPPORTED_REQUEST,
	VTD_STATUS_COMPLETER_ABORT,
	/** Not a memory access: a write to the interrupt address range.  Give it
	 * to vtd_unit_interrupt(). */
	VTD_STATUS_INTERRUPT,
};

/**
 * The answer to a request.  For a translation request it is the content of the
 * completion: success with read and write false means "no access" and is what a
 * recoverable fault looks like to the device.
 */
struct vtd_translation {
	enum vtd_status status;
	/** The address that request.address became.  Undefined unless status is
	 * success and read or write is true. */
	uint64_t address;
	/** The translation holds for the naturally aligned block of
	 * 2^size_shift bytes (12..63) around the address. */
	unsigned int size_shift;
	bool read;
	bool write;
	bool untranslated_only; /**< U: use untranslated requests here */
	bool privileged;	/**< Priv: the rights are privileged rights */
	bool snoop;		/**< N: No-Snoop must be 0 in accesses */
	/** Why the request got less than it asked for; VTD_CONDITION_NONE
	 * otherwise.  Set for recoverable faults too. */
	enum vtd_condition condition;
	/** The structure that is why; all 0 with VTD_CONDITION_NONE. */
	struct vtd_place place;

	uint64_t reserved[2];
};

/** A page request message (PCIe PRI; SPEC 7.4). */
struct vtd_page_request {
	uint16_t sid;
	bool pasid_present;
	uint32_t pasid;
	bool privileged;
	bool execute;
	bool read;
	bool write;
	bool last; /**< last request of its group */
	/** The unit sends no automatic response: the caller answers.  If waits
	 * that drain page requests are to follow that answer, it holds a bracket
	 * (vtd_unit_dma_begin()) around the call and the answer. */
	bool no_response;
	uint16_t prgi;	  /**< page request group index, 9 bits */
	uint64_t address; /**< of the page; bits 11:0 are ignored */

	uint64_t reserved[2];
};

/** Response codes of page group responses (SPEC 7.7.1).  A unit forwards the
 * unused ones too; an endpoint takes them as failure. */
enum vtd_response_code {
	VTD_RESPONSE_SUCCESS = 0x0,
	VTD_RESPONSE_INVALID = 0x1,
	VTD_RESPONSE_FAILURE = 0xf,
};

/** A PRG response message on its way to the endpoint `sid`. */
struct vtd_page_group_response {
	uint16_t sid;
	bool pasid_present;
	uint32_t pasid;
	uint16_t prgi;
	uint8_t code; /**< enum vtd_response_code, 4 bits */

	uint64_t reserved[2];
};

/** An invalidate request message on its way to the endpoint `sid`. */
struct vtd_device_tlb_invalidation {
	uint16_t sid;
	uint16_t pfsid; /**< physical function; 0: the unit has no DIT */
	uint8_t itag;	/**< 0..31, names the completion */
	bool pasid_present;
	uint32_t pasid;
	bool global;	/**< all PASIDs */
	uint64_t first; /**< the range, both ends included */
	uint64_t last;

	uint64_t reserved[2];
};

/** What becomes of the untranslated requests of a requester. */
enum vtd_requester_state {
	VTD_REQUESTER_OFF,	    /**< DMA remapping is off: addresses pass */
	VTD_REQUESTER_BLOCKED,	    /**< all are refused, see `condition` */
	VTD_REQUESTER_PASS_THROUGH, /**< TT=10b, PGTT=100b: addresses pass */
	VTD_REQUESTER_TRANSLATED,   /**< by first stage, second stage or both */
};

/** What a requester is to a unit: vtd_unit_requester(). */
struct vtd_requester_info {
	enum vtd_requester_state state;
	/** Why, if the state is blocked; VTD_CONDITION_NONE otherwise. */
	enum vtd_condition condition;

	/** Passed through or translated; 0 and false otherwise. */
	uint16_t did;
	bool legacy; /**< legacy mode: there is no PASID then */
	/** ATS: translation and translated requests */
	bool translation_requests;
	bool page_requests; /**< PRI */
	uint32_t pasid;	    /**< the request's, or RID_PASID for one without */

	/** Translated.  0 levels: the stage is not used, its root is 0.  With
	 * both the root of the first stage is a guest-physical address that the
	 * second stage translates. */
	unsigned int first_stage_levels;  /**< 4, 5 */
	unsigned int second_stage_levels; /**< 3, 4, 5 */
	uint64_t first_stage_root;
	uint64_t second_stage_root;

	uint64_t reserved[4];
};

/**
 * What an invalidation covered, for hosts that shadow translations of
 * untranslated requests.
 */
enum vtd_change_scope {
	VTD_CHANGE_GLOBAL, /**< everything */
	VTD_CHANGE_DEVICE, /**< `sid`, bits under `sid_mask` ignored */
	VTD_CHANGE_DOMAIN, /**< everything in `did` */
	VTD_CHANGE_RANGE,  /**< first..last in `did`, and `pasid` if present */
};

/** Names a notice to the unit (vtd_unit_notice_done()).  Its content is the
 * unit's; the host copies it. */
struct vtd_notice_ticket {
	uint64_t value;
	uint64_t reserved;
};

struct vtd_mappings_changed {
	struct vtd_notice_ticket ticket;
	enum vtd_change_scope scope;
	uint16_t sid;
	uint16_t sid_mask;
	uint16_t did;
	bool pasid_present;
	uint32_t pasid;
	uint64_t first;
	uint64_t last;

	uint64_t reserved[2];
};

/** Interrupt remapping entries that an invalidation covered, by their indices,
 * both ends included. */
struct vtd_interrupts_changed {
	struct vtd_notice_ticket ticket;
	uint32_t first;
	uint32_t last;
	uint64_t reserved[2];
};

/**
 * An interrupt request: a DWORD write to FEEx_xxxxh.  `sid` is the requester,
 * for IOAPICs and HPETs the source-id of their DMAR device scope.
 */
struct vtd_interrupt_request {
	uint16_t sid;
	/** Who made it is not known.  `sid` appears in fault records only:
	 * entries that verify the source (SVT) take any. */
	bool sid_unknown;
	uint64_t address;
	uint32_t data;

	uint64_t reserved[2];
};

/** The message to deliver to the interrupt controllers instead. */
struct vtd_interrupt {
	/** Faulted: nothing is to be delivered, and only `condition` and
	 * `place` are set besides. */
	bool blocked;
	/** Posted: the vector was posted in memory.  `notify` says whether
	 * address and data hold a notification to deliver. */
	bool posted;
	bool notify;
	bool level; /**< trigger mode of a remapped interrupt */
	uint64_t address;
	uint32_t data;
	enum vtd_condition condition;
	struct vtd_place place; /**< why; as in struct vtd_translation */

	uint64_t reserved[2];
};

/** What becomes of a page request. */
enum vtd_page_request_result {
	VTD_PAGE_REQUEST_QUEUED, /**< software will answer the group */
	/** The queue is full.  Answer: Success, after which the endpoint
	 * translates again, and asks again. */
	VTD_PAGE_REQUEST_OVERFLOWED,
	VTD_PAGE_REQUEST_REFUSED, /**< answer: Invalid Request */
	/** The configuration has no page_request: there is no answer. */
	VTD_PAGE_REQUEST_UNSUPPORTED,
};

#ifdef __cplusplus
}
#endif

#endif /* VTD_TYPES_H */
