/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of an endpoint as a blob (blob.h), word by word:
 *
 *   magic and version
 *   configuration   must match the endpoint
 *   control         source-id, switches, PRI status
 *   condition that stopped ATS; 0: it is not stopped
 *   PRI allocation
 *   the latest ticket of a translation request
 *   number of outstanding groups, then one word for each, by ascending index
 *   the free indices, oldest first, four in a word, 0 behind the last
 *   checksum
 */
#ifndef VTD_SRC_ENDPOINT_ENDPOINT_STATE_H
#define VTD_SRC_ENDPOINT_ENDPOINT_STATE_H

#include <vtd/spec/field.h>

#include "blob.h"
#include "endpoint_private.h"

#define VTD_EP_STATE_LETTERS 0x45445456u /* "VTDE" */
#define VTD_EP_STATE_VERSION 1u

#define VTD_EP_STATE_PASID_BITS VTD_BITS(7, 0)
#define VTD_EP_STATE_PRIVILEGED_MODE VTD_BIT(8)
#define VTD_EP_STATE_RESPONSE_PASID VTD_BIT(9)
#define VTD_EP_STATE_PRI_CAPACITY VTD_BITS(63, 32)

#define VTD_EP_STATE_ATS_ENABLED VTD_BIT(0)
#define VTD_EP_STATE_ATS_USABLE VTD_BIT(1)
#define VTD_EP_STATE_PASID_ENABLED VTD_BIT(2)
#define VTD_EP_STATE_PRIVILEGED_ENABLED VTD_BIT(3)
#define VTD_EP_STATE_PRI_ENABLED VTD_BIT(4)
#define VTD_EP_STATE_PRI_FAILED VTD_BIT(5)
#define VTD_EP_STATE_STU VTD_BITS(15, 8)
#define VTD_EP_STATE_SID VTD_BITS(31, 16)
#define VTD_EP_STATE_PRI_STATUS VTD_BITS(47, 32)
#define VTD_EP_STATE_CONTROL_RESERVED (VTD_BITS(7, 6) | VTD_BITS(63, 48))

#define VTD_EP_STATE_GROUP_INDEX VTD_BITS(8, 0)
#define VTD_EP_STATE_GROUP_PASID_PRESENT VTD_BIT(9)
#define VTD_EP_STATE_GROUP_PASID VTD_BITS(31, 12)
#define VTD_EP_STATE_GROUP_MESSAGES VTD_BITS(63, 32)
#define VTD_EP_STATE_GROUP_RESERVED VTD_BITS(11, 10)

#define VTD_EP_STATE_INDICES_IN_A_WORD 4u

/* What must be the same on both sides, as its word. */
static inline uint64_t
vtd_endpoint_state_config(const struct vtd_endpoint_config *config)
{
	return vtd_field_make(VTD_EP_STATE_PASID_BITS, config->pasid_bits) |
	       (config->privileged_mode ? VTD_EP_STATE_PRIVILEGED_MODE : 0) |
	       (config->response_pasid_required ? VTD_EP_STATE_RESPONSE_PASID :
						  0) |
	       vtd_field_make(VTD_EP_STATE_PRI_CAPACITY, config->pri_capacity);
}

#endif /* VTD_SRC_ENDPOINT_ENDPOINT_STATE_H */
