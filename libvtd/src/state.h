/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a unit as a blob.  It is a sequence of 64-bit little-endian
 * words:
 *
 *   magic and version; CAP; ECAP; host address width   must match the unit
 *   root and interrupt table as latched
 *   fault index; pending wait (2 words)
 *   number of registers, then offset and value of each
 *   number of invalidate requests, then 4 words each
 */
#ifndef VTD_SRC_STATE_H
#define VTD_SRC_STATE_H

#include <vtd/spec/field.h>

#define VTD_STATE_MAGIC UINT64_C(0x0000000153445456) /* "VTDS", version 1 */

/* First word of a wait; the second is its status address. */
#define VTD_STATE_WAIT_PENDING VTD_BIT(0)
#define VTD_STATE_WAIT_INTERRUPT VTD_BIT(1)
#define VTD_STATE_WAIT_WRITE_STATUS VTD_BIT(2)
#define VTD_STATE_WAIT_DATA VTD_BITS(63, 32)
#define VTD_STATE_WAIT_RESERVED VTD_BITS(31, 3)

/* First word of an invalidate request; first, last and PFSID follow. */
#define VTD_STATE_ITAG_NUMBER VTD_BITS(4, 0)
#define VTD_STATE_ITAG_PASID_PRESENT VTD_BIT(8)
#define VTD_STATE_ITAG_GLOBAL VTD_BIT(9)
#define VTD_STATE_ITAG_SID VTD_BITS(31, 16)
#define VTD_STATE_ITAG_PASID VTD_BITS(51, 32)
#define VTD_STATE_ITAG_RESERVED \
	(VTD_BITS(7, 5) | VTD_BITS(15, 10) | VTD_BITS(63, 52))

#endif /* VTD_SRC_STATE_H */
