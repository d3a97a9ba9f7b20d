/* SPDX-License-Identifier: BSD-3-Clause */
/* Context and PASID entries from the caches of a unit that does not read them
 * each time.  SPEC 6.2.2, 6.2.3. */
#ifndef VTD_SRC_TRANSLATE_IOTLB_REQUESTER_H
#define VTD_SRC_TRANSLATE_IOTLB_REQUESTER_H

#include "cache/iotlb.h"
#include "translate/decode.h"
#include "translate/suspects.h"

/* vtd_decode_legacy(), vtd_decode_scalable() and vtd_decode_pasid(), of what is
 * cached if it is. */
enum vtd_condition vtd_cached_legacy(const struct vtd_iotlb_view *view,
				     const struct vtd_decoder *decoder,
				     uint16_t sid,
				     struct vtd_walk_config *config);
enum vtd_condition vtd_cached_scalable(const struct vtd_iotlb_view *view,
				       const struct vtd_decoder *decoder,
				       uint16_t sid,
				       struct vtd_iotlb_config *context);
enum vtd_condition vtd_cached_pasid(const struct vtd_iotlb_view *view,
				    const struct vtd_decoder *decoder,
				    uint16_t sid,
				    struct vtd_iotlb_config *context);

#endif /* VTD_SRC_TRANSLATE_IOTLB_REQUESTER_H */
