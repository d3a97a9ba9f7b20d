/*
 * intel-iommu on libvtd: what can be seen from outside
 *
 * Trace events have the names and arguments of QEMU's own intel-iommu where it
 * has one for the matter; the overlay adds the others to hw/i386/trace-events.
 * What the guest does wrong is reported once and logged after that, a few lines
 * a second at most, because a guest can do it without end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_trace.h"
#include "qemu/error-report.h"
#include "qemu/lockable.h"
#include "qemu/log.h"
#include <vtd/spec/regs.h>

#define LOG_LINES_PER_SECOND 20

/* No table has pages beyond 1 GiB: a larger block is one that passes through */
#define PAGE_SHIFT_MAX 30

void vtd_trace_translation_now(const struct vtd_request *request,
                               const struct vtd_translation *result)
{
    bool write = request->access != VTD_ACCESS_READ;
    uint64_t mask = MAKE_64BIT_MASK(0, result->size_shift);

    if (result->status != VTD_STATUS_SUCCESS) {
        trace_vtd_dmar_fault(request->sid,
                             vtd_condition_code(result->condition),
                             request->address, write);
        return;
    }
    if (result->size_shift > PAGE_SHIFT_MAX) {
        trace_vtd_translate_pt(request->sid, request->address);
        return;
    }
    trace_vtd_dmar_translate(PCI_BUS_NUM(request->sid), PCI_SLOT(request->sid),
                             PCI_FUNC(request->sid), request->address & ~mask,
                             result->address & ~mask, mask);
}

void vtd_trace_mappings(const struct vtd_mappings_changed *change)
{
    uint64_t pages = (change->last - change->first) >> 12;
    uint8_t mask = pages ? 64 - clz64(pages) : 0;

    switch (change->scope) {
    case VTD_CHANGE_GLOBAL:
        trace_vtd_inv_desc_iotlb_global();
        break;
    case VTD_CHANGE_DEVICE:
        trace_vtd_inv_desc_cc_devices(change->sid, change->sid_mask);
        break;
    case VTD_CHANGE_DOMAIN:
        trace_vtd_inv_desc_iotlb_domain(change->did);
        break;
    case VTD_CHANGE_RANGE:
        if (!change->pasid_present) {
            trace_vtd_inv_desc_iotlb_pages(change->did, change->first, mask);
        } else if (pages >= UINT64_MAX >> 12) {
            trace_vtd_inv_desc_iotlb_pasid(change->did, change->pasid);
        } else {
            trace_vtd_inv_desc_iotlb_pasid_pages(change->did, change->first,
                                                 mask, change->pasid);
        }
        break;
    }
}

void vtd_trace_interrupts(const struct vtd_interrupts_changed *change)
{
    bool global = change->last - change->first >= UINT16_MAX;

    trace_vtd_inv_desc_iec(!global, change->first,
                           ctz32(change->last - change->first + 1));
}

void vtd_trace_view(uint16_t sid, bool translated)
{
    trace_vtd_switch_address_space(PCI_BUS_NUM(sid), PCI_SLOT(sid),
                                   PCI_FUNC(sid), translated);
}

void vtd_trace_notice(const IOMMUNotifier *n, const IOMMUTLBEvent *event)
{
    trace_vtd_notify(n, event->type, event->entry.iova,
                     event->entry.translated_addr, event->entry.addr_mask,
                     event->entry.perm);
}

void vtd_trace_look(const IOMMUNotifier *n, unsigned int steps)
{
    trace_vtd_look(n, steps);
}

void vtd_trace_device_tlb(const struct vtd_device_tlb_invalidation *request)
{
    trace_vtd_inv_device_tlb(request->sid, request->pasid_present,
                             request->pasid, request->first, request->last);
}

void vtd_trace_page_request(const struct vtd_page_request *request, int result)
{
    trace_vtd_page_request(request->sid, request->pasid_present, request->pasid,
                           request->address, request->read, request->write,
                           request->prgi, request->last, result);
}

void vtd_trace_response(const struct vtd_page_group_response *response)
{
    trace_vtd_page_response(response->sid, response->pasid_present,
                            response->pasid, response->prgi, response->code);
}

void vtd_trace_remapping(const struct vtd_interrupt_request *request,
                         const struct vtd_interrupt *result)
{
    trace_vtd_ir_remap_msi_req(request->address, request->data);
    if (result->blocked) {
        trace_vtd_ir_blocked(request->sid, request->address, request->data,
                             vtd_condition_code(result->condition));
        return;
    }
    trace_vtd_ir_remap_msi(request->address, request->data, result->address,
                           result->data);
}

void vtd_trace_message(uint64_t address, uint32_t data)
{
    trace_vtd_irq_generate(address, data);
}

void vtd_trace_register_read(uint64_t offset, unsigned int size)
{
    trace_vtd_reg_read(offset, size);
}

void vtd_trace_register_write(uint64_t offset, unsigned int size,
                              uint64_t value)
{
    trace_vtd_reg_write(offset, size, value);
    switch (offset) {
    case VTD_REG_IQT:
        trace_vtd_inv_qi_tail(value >> 4);
        break;
    case VTD_REG_IQA:
        trace_vtd_inv_qi_setup(value & VTD_IQA_BASE,
                               256 << vtd_field_get(value, VTD_IQA_QS));
        break;
    case VTD_REG_RTADDR:
        trace_vtd_reg_dmar_root(value & VTD_RTADDR_RTA,
                                vtd_field_get(value, VTD_RTADDR_TTM) ==
                                VTD_TTM_SCALABLE);
        break;
    case VTD_REG_IRTA:
        trace_vtd_reg_ir_root(value & VTD_IRTA_BASE,
                              2 << vtd_field_get(value, VTD_IRTA_S));
        break;
    case VTD_REG_FECTL:
        trace_vtd_reg_write_fectl(value);
        break;
    case VTD_REG_IECTL:
        trace_vtd_reg_write_iectl(value);
        break;
    }
}

static void trace_switch(uint32_t changed, uint32_t status, uint32_t bit,
                         void (*event)(bool))
{
    if (changed & bit) {
        event(status & bit);
    }
}

void vtd_trace_status(VtdState *s, uint64_t offset)
{
    uint32_t status;
    uint32_t changed;

    if (offset != VTD_REG_GCMD) {
        return;
    }
    status = vtd_unit_read(s->unit, VTD_REG_GSTS, 4);
    changed = status ^ s->traced_status;
    s->traced_status = status;
    trace_vtd_reg_write_gcmd(status, changed);
    trace_switch(changed, status, VTD_GSTS_TES, trace_vtd_dmar_enable);
    trace_switch(changed, status, VTD_GSTS_IRES, trace_vtd_ir_enable);
    trace_switch(changed, status, VTD_GSTS_QIES, trace_vtd_inv_qi_enable);
}

void vtd_trace_reset(void)
{
    trace_vtd_reset_exit();
}

/* Room for another line in this second?  Says how many there was none for. */
static bool take_line(VtdState *s, unsigned int *left_out)
{
    int64_t second = qemu_clock_get_ms(QEMU_CLOCK_REALTIME) / 1000;

    QEMU_LOCK_GUARD(&s->event_lock);
    *left_out = 0;
    if (second != s->log_second) {
        s->log_second = second;
        *left_out = s->log_left_out;
        s->log_lines = 0;
        s->log_left_out = 0;
    }
    if (s->log_lines == LOG_LINES_PER_SECOND) {
        s->log_left_out++;
        return false;
    }
    s->log_lines++;
    return true;
}

/* From any thread */
void vtd_trace_line(void *host, const char *line)
{
    unsigned int left_out;

    warn_report_once("intel-iommu: %s; what else the guest causes is logged "
                     "with -d guest_errors", line);
    if (!qemu_loglevel_mask(LOG_GUEST_ERROR) || !take_line(host, &left_out)) {
        return;
    }
    if (left_out) {
        qemu_log("intel-iommu: %u lines left out\n", left_out);
    }
    qemu_log("intel-iommu: %s\n", line);
}
