/*
 * intel-iommu on libvtd: what a live unit tells, as values for a monitor
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VTD_LOOK_H
#define VTD_LOOK_H

#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "vtd_glue.h"

/* All of these: in an RCU read section, and bounded */
QDict *vtd_look_explain(struct vtd_unit *unit, const VtdQuestion *question);
QList *vtd_look_explain_text(struct vtd_unit *unit,
                             const VtdQuestion *question);
QDict *vtd_look_mappings(struct vtd_unit *unit, const VtdQuestion *question);
QDict *vtd_look_dump(struct vtd_unit *unit);

/* A number of 64 bits */
void vtd_look_put(QDict *value, const char *key, uint64_t number);

#endif /* VTD_LOOK_H */
