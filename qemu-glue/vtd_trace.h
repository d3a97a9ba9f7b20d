/*
 * intel-iommu on libvtd: what can be seen from outside
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VTD_TRACE_H
#define VTD_TRACE_H

#include "vtd_glue.h"
#include "trace/trace-hw_i386.h"

void vtd_trace_translation_now(const struct vtd_request *request,
                               const struct vtd_translation *result);

static inline void vtd_trace_translation(const struct vtd_request *request,
                                         const struct vtd_translation *result)
{
    if (trace_event_get_state_backends(TRACE_VTD_DMAR_TRANSLATE) ||
        trace_event_get_state_backends(TRACE_VTD_TRANSLATE_PT) ||
        trace_event_get_state_backends(TRACE_VTD_DMAR_FAULT)) {
        vtd_trace_translation_now(request, result);
    }
}

void vtd_trace_mappings(const struct vtd_mappings_changed *change);
void vtd_trace_interrupts(const struct vtd_interrupts_changed *change);
void vtd_trace_view(uint16_t sid, bool translated);
void vtd_trace_notice(const IOMMUNotifier *n, const IOMMUTLBEvent *event);
void vtd_trace_look(const IOMMUNotifier *n, unsigned int steps);
void vtd_trace_device_tlb(const struct vtd_device_tlb_invalidation *request);
void vtd_trace_page_request(const struct vtd_page_request *request, int result);
void vtd_trace_response(const struct vtd_page_group_response *response);
void vtd_trace_remapping(const struct vtd_interrupt_request *request,
                         const struct vtd_interrupt *result);
void vtd_trace_message(uint64_t address, uint32_t data);
void vtd_trace_register_read(uint64_t offset, unsigned int size);
void vtd_trace_register_write(uint64_t offset, unsigned int size,
                              uint64_t value);
/* With the BQL held, after a write to the register at @offset */
void vtd_trace_status(VtdState *s, uint64_t offset);
void vtd_trace_reset(void);

/* vtd_host_ops.trace */
void vtd_trace_line(void *host, const char *line);

#endif /* VTD_TRACE_H */
