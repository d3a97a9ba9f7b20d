/* SPDX-License-Identifier: BSD-3-Clause */
/* Invalidation by registers, in legacy mode.  SPEC 6.5.3, 11.4.6. */
#ifndef VTD_SRC_INVALIDATE_REGISTER_BASED_H
#define VTD_SRC_INVALIDATE_REGISTER_BASED_H

#include "effects.h"

struct vtd_unit;

/* Software set CCMD.ICC or IOTLB.IVT.  Lock held. */
void vtd_context_command(struct vtd_unit *unit, struct vtd_effects *effects);
void vtd_iotlb_command(struct vtd_unit *unit, struct vtd_effects *effects);

#endif /* VTD_SRC_INVALIDATE_REGISTER_BASED_H */
