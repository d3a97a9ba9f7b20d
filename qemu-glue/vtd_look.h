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

/* Elements of a list that is shown, and the time for one that can be long */
#define VTD_LIST_MAX 256
#define VTD_LIST_TIME_MAX (5 * SCALE_MS)

/* All of these: in an RCU read section, and bounded */
QDict *vtd_look_explain(struct vtd_unit *unit, const VtdQuestion *question);
QList *vtd_look_explain_text(struct vtd_unit *unit,
                             const VtdQuestion *question);
QDict *vtd_look_mappings(struct vtd_unit *unit, const VtdQuestion *question);
QDict *vtd_look_dump(struct vtd_unit *unit, const VtdDumpFrom *from);

/* The lists of a dump, from their places on: in vtd_look_lists.c */
void vtd_look_put_lists(QDict *value, struct vtd_unit *unit,
                        const VtdDumpFrom *from);

/* Places as a dump tells them: "requesters=00:02.0/0x40 interrupts=256"; false:
 * they are none */
bool vtd_look_dump_from(const char *text, VtdDumpFrom *from);

/* A source-id as text, and back */
#define VTD_SID_FORMAT "%02x:%02x.%x"
#define VTD_SID(sid) PCI_BUS_NUM(sid), PCI_SLOT(sid), PCI_FUNC(sid)
bool vtd_look_parse_sid(const char *text, uint16_t *sid);

/* Whose it is */
void vtd_look_put_who(QDict *value, uint16_t sid, bool pasid_present,
                      uint32_t pasid);
/* A number of 64 bits */
void vtd_look_put(QDict *value, const char *key, uint64_t number);

#endif /* VTD_LOOK_H */
