/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The messages between an endpoint and a unit as bytes: for devices in another
 * process or on another machine.  docs/wire.md has the format, which is fixed:
 * each message is 32 bytes, little-endian, and names its version.
 *
 * What carries them keeps their order, in each direction by itself, and loses
 * none (a stream socket, for example).  Memory is not part of it: a device that
 * has a translation gets at guest memory by other means, and its accesses must be
 * seen before what it sends after them.
 */
#ifndef VTD_KIT_WIRE_H
#define VTD_KIT_WIRE_H

#include <vtd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VTD_KIT_WIRE_SIZE 32
#define VTD_KIT_WIRE_VERSION 1

enum vtd_kit_wire_type {
	VTD_KIT_WIRE_HELLO = 1, /**< the first message, both ways */
	/** From the endpoint */
	VTD_KIT_WIRE_TRANSLATION_REQUEST = 2,
	VTD_KIT_WIRE_PAGE_REQUEST = 3,
	VTD_KIT_WIRE_INVALIDATION_COMPLETION = 4,
	/** From the unit */
	VTD_KIT_WIRE_TRANSLATION = 5,
	VTD_KIT_WIRE_PAGE_GROUP_RESPONSE = 6,
	VTD_KIT_WIRE_INVALIDATION = 7,
};

/** What a message says, by its type; members of other types are 0. */
struct vtd_kit_wire_message {
	enum vtd_kit_wire_type type;
	/** TRANSLATION_REQUEST, TRANSLATION: names the request, and comes back with
	 * the answer, as in vtd_endpoint_translation_done(). */
	uint64_t ticket;

	/** HELLO: the source-id of the endpoint.  INVALIDATION_COMPLETION: what
	 * vtd_unit_device_tlb_complete() gets. */
	uint16_t sid;
	uint32_t itags;
	unsigned int count; /**< 1..8 */

	struct vtd_request request; /**< TRANSLATION_REQUEST */
	struct vtd_page_request page_request;
	struct vtd_translation translation;
	struct vtd_page_group_response response;
	struct vtd_device_tlb_invalidation invalidation;

	uint64_t reserved[4];
};

/**
 * Returns 0; -EINVAL: the message has a type or a value that the format has no
 * room for.
 */
int vtd_kit_wire_encode(const struct vtd_kit_wire_message *message,
			uint8_t bytes[VTD_KIT_WIRE_SIZE]);

/**
 * Returns 0, and *message filled in; -EPROTONOSUPPORT: another version;
 * -EBADMSG: not a message of this format (an unknown type, a value out of its
 * range, a reserved bit).  The bytes may be anything.
 */
int vtd_kit_wire_decode(const uint8_t bytes[VTD_KIT_WIRE_SIZE],
			struct vtd_kit_wire_message *message);

#ifdef __cplusplus
}
#endif

#endif /* VTD_KIT_WIRE_H */
