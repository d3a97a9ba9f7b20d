/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a unit as a blob (blob.h), word by word:
 *
 *   magic and version; CAP; ECAP; host address width   must match the unit
 *   root and interrupt table as latched
 *   fault index
 *   number of registers, then offset and value of each
 *   number of invalidate requests, then 5 words each
 *   number of pending waits, then 3 words each
 *   checksum
 *
 * Requests and waits are in the order of the queue.  Requests have no ITags:
 * they are sent again, under whatever is free then.
 *
 * Version 2, which is still loaded, has no checksum, and 4 words for a request:
 * without the time that is left.
 */
#ifndef VTD_SRC_STATE_H
#define VTD_SRC_STATE_H

#include <vtd/spec/field.h>

#include "blob.h"

#define VTD_STATE_LETTERS 0x53445456u /* "VTDS" */
#define VTD_STATE_VERSION 3u
#define VTD_STATE_VERSION_OLDEST 2u

/* Why a state with this first word cannot be read, or NULL. */
static inline const char *vtd_state_objection(uint64_t magic)
{
	if (VTD_BLOB_LETTERS(magic) != VTD_STATE_LETTERS)
		return "this is no state of a unit";
	if (VTD_BLOB_VERSION(magic) > VTD_STATE_VERSION)
		return "the state is of a later version of libvtd";
	if (VTD_BLOB_VERSION(magic) < VTD_STATE_VERSION_OLDEST)
		return "the state is of a version before the first release";
	return NULL;
}

/* First word of a wait; its status address, and how many of the requests come
 * before it, follow. */
#define VTD_STATE_WAIT_INTERRUPT VTD_BIT(0)
#define VTD_STATE_WAIT_WRITE_STATUS VTD_BIT(1)
#define VTD_STATE_WAIT_FENCE VTD_BIT(2)
#define VTD_STATE_WAIT_PAGE_DRAIN VTD_BIT(3)
#define VTD_STATE_WAIT_DATA VTD_BITS(63, 32)
#define VTD_STATE_WAIT_RESERVED VTD_BITS(31, 4)

/* First word of an invalidate request; first, last, PFSID, and the nanoseconds
 * follow that are left for its answer, 0: all of them. */
#define VTD_STATE_REQUEST_PASID_PRESENT VTD_BIT(8)
#define VTD_STATE_REQUEST_GLOBAL VTD_BIT(9)
#define VTD_STATE_REQUEST_SID VTD_BITS(31, 16)
#define VTD_STATE_REQUEST_PASID VTD_BITS(51, 32)
#define VTD_STATE_REQUEST_RESERVED \
	(VTD_BITS(7, 0) | VTD_BITS(15, 10) | VTD_BITS(63, 52))

#endif /* VTD_SRC_STATE_H */
