/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports of vtd_config.check. */
#ifndef VTD_SRC_TRANSLATE_STALE_H
#define VTD_SRC_TRANSLATE_STALE_H

#include "translate/suspects.h"

struct vtd_unit;

/* A request that met these got `used`.  No lock is held, no bracket is open. */
void vtd_stale_report(struct vtd_unit *unit, const struct vtd_request *request,
		      const struct vtd_translation *used,
		      const struct vtd_suspects *suspects);

#endif /* VTD_SRC_TRANSLATE_STALE_H */
