/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a unit as a blob.  It is a sequence of 64-bit little-endian
 * words:
 *
 *   magic and version; CAP; ECAP; host address width   must match the unit
 *   root and interrupt table as latched
 *   fault index
 *   number of registers, then offset and value of each
 *   number of invalidate requests, then 4 words each
 *   number of pending waits, then 3 words each
 *
 * Requests and waits are in the order of the queue.  Requests have no ITags:
 * they are sent again, under whatever is free then.
 */
#ifndef VTD_SRC_STATE_H
#define VTD_SRC_STATE_H

#include <vtd/spec/field.h>

#define VTD_STATE_MAGIC UINT64_C(0x0000000253445456) /* "VTDS", version 2 */

/* First word of a wait; its status address, and how many of the requests come
 * before it, follow. */
#define VTD_STATE_WAIT_INTERRUPT VTD_BIT(0)
#define VTD_STATE_WAIT_WRITE_STATUS VTD_BIT(1)
#define VTD_STATE_WAIT_FENCE VTD_BIT(2)
#define VTD_STATE_WAIT_PAGE_DRAIN VTD_BIT(3)
#define VTD_STATE_WAIT_DATA VTD_BITS(63, 32)
#define VTD_STATE_WAIT_RESERVED VTD_BITS(31, 4)

/* First word of an invalidate request; first, last and PFSID follow. */
#define VTD_STATE_REQUEST_PASID_PRESENT VTD_BIT(8)
#define VTD_STATE_REQUEST_GLOBAL VTD_BIT(9)
#define VTD_STATE_REQUEST_SID VTD_BITS(31, 16)
#define VTD_STATE_REQUEST_PASID VTD_BITS(51, 32)
#define VTD_STATE_REQUEST_RESERVED \
	(VTD_BITS(7, 0) | VTD_BITS(15, 10) | VTD_BITS(63, 52))

#endif /* VTD_SRC_STATE_H */
