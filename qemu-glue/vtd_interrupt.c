/*
 * intel-iommu on libvtd: the interrupt address range
 *
 * A write to FEEx_xxxxh is an interrupt request.  In the memory that all
 * requesters share while translation is off, who made it comes with the
 * transaction; in a requester's own address space it is the requester.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_trace.h"
#include "hw/i386/apic_internal.h"
#include "hw/pci-host/q35.h"
#include "hw/pci/msi.h"

/* Device scope of the IOAPIC in the DMAR table */
#define SID_IOAPIC \
    PCI_BUILD_BDF(Q35_PSEUDO_BUS_PLATFORM, Q35_PSEUDO_DEVFN_IOAPIC)

typedef struct VtdWindow {
    VtdState *state;
    VtdRequester *requester;
} VtdWindow;

void vtd_interrupt_send(uint64_t address, uint32_t data)
{
    MSIMessage message = { .address = address, .data = data };

    apic_get_class(NULL)->send_msi(&message);
}

/* Only the IOAPIC model does not say who it is */
static bool is_ioapic(const VtdWindow *window, MemTxAttrs attrs)
{
    return !window->requester && attrs.unspecified;
}

static uint16_t window_sid(const VtdWindow *window, MemTxAttrs attrs)
{
    if (window->requester) {
        return vtd_requester_sid(window->requester);
    }
    return attrs.unspecified ? SID_IOAPIC : attrs.requester_id;
}

/*
 * Guests exist whose entries name another source than the device scope of the
 * IOAPIC; QEMU's own unit takes them.
 */
static bool is_sid_unknown(const VtdState *s, bool ioapic)
{
    return ioapic && !s->properties.strict_ioapic_sid;
}

/* Nothing can be read there; the unit records whose fault it was */
static MemTxResult refuse(const VtdWindow *window, hwaddr offset,
                          enum vtd_access access, unsigned int size,
                          MemTxAttrs attrs)
{
    struct vtd_request request = {
        .sid = window_sid(window, attrs),
        .type = VTD_AT_UNTRANSLATED,
        .access = access,
        .address = VTD_INTERRUPT_WINDOW + offset,
        .length = size,
    };
    struct vtd_translation result;

    RCU_READ_LOCK_GUARD();
    vtd_unit_translate(window->state->unit, &request, &result);
    return MEMTX_DECODE_ERROR;
}

static MemTxResult window_read(void *opaque, hwaddr offset, uint64_t *data,
                               unsigned int size, MemTxAttrs attrs)
{
    *data = UINT64_MAX;
    return refuse(opaque, offset, VTD_ACCESS_READ, size, attrs);
}

static MemTxResult window_write(void *opaque, hwaddr offset, uint64_t data,
                                unsigned int size, MemTxAttrs attrs)
{
    const VtdWindow *window = opaque;
    struct vtd_interrupt_request request = {
        .sid = window_sid(window, attrs),
        .sid_unknown = is_sid_unknown(window->state,
                                      is_ioapic(window, attrs)),
        .address = VTD_INTERRUPT_WINDOW + offset,
        .data = data,
    };
    struct vtd_interrupt result;

    if (size != 4) {
        return refuse(window, offset, VTD_ACCESS_WRITE, size, attrs);
    }

    WITH_RCU_READ_LOCK_GUARD() {
        vtd_unit_interrupt(window->state->unit, &request, &result);
    }
    vtd_trace_remapping(&request, &result);
    if (result.blocked) {
        return MEMTX_ERROR;
    }
    if (!result.posted || result.notify) {
        vtd_interrupt_send(result.address, result.data);
    }
    return MEMTX_OK;
}

static const MemoryRegionOps window_ops = {
    .read_with_attrs = window_read,
    .write_with_attrs = window_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {
        .min_access_size = 1,
        .max_access_size = 8,
        .unaligned = true,
    },
    .impl = {
        .min_access_size = 1,
        .max_access_size = 8,
        .unaligned = true,
    },
};

/* @requester is NULL for the window that all share */
void vtd_interrupt_window_init(MemoryRegion *mr, VtdState *s,
                               VtdRequester *requester)
{
    VtdWindow *window = g_new0(VtdWindow, 1);

    window->state = s;
    window->requester = requester;
    memory_region_init_io(mr, OBJECT(s), &window_ops, window,
                          "vtd-ir", VTD_INTERRUPT_WINDOW_SIZE);
}

/* X86IOMMUClass.int_remap: KVM sets up a route */
int vtd_interrupt_route(X86IOMMUState *iommu, MSIMessage *origin,
                        MSIMessage *translated, uint16_t sid)
{
    VtdState *s = VTD_STATE(iommu);
    bool ioapic = sid == X86_IOMMU_SID_INVALID;
    struct vtd_interrupt_request request = {
        .sid = ioapic ? SID_IOAPIC : sid,
        .sid_unknown = is_sid_unknown(s, ioapic),
        .address = origin->address,
        .data = origin->data,
    };
    struct vtd_interrupt result;

    RCU_READ_LOCK_GUARD();
    vtd_unit_interrupt_probe(s->unit, &request, &result);
    vtd_trace_remapping(&request, &result);
    if (result.blocked || result.posted) {
        return -EINVAL;
    }
    translated->address = result.address;
    translated->data = result.data;
    return 0;
}
