/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ats_range FIRST LENGTH ROOM: the operation of PCIIOMMUOps that no device model
 * asks for more than a page.  Linked with the glue's own object; in place of the
 * unit are a few pages.  Prints what the call returns, how many errors it counts,
 * and the translations: address, size, where to, rights.
 */
#include "qemu/osdep.h"
#include "vtd_bus.h"
#include "vtd_trace.h"

AddressSpace address_space_memory;
unsigned long rcu_gp_ctr = 1;
QemuEvent rcu_gp_event;
QEMU_DEFINE_CO_TLS(struct rcu_reader_data, rcu_reader)

enum {
    ROOM_MAX = 16
};

static const struct {
    uint64_t address;
    struct vtd_translation result;
} pages[] = {
    { 0x1000, { .address = 0x81000, .size_shift = 12, .read = true,
                .write = true } },
    { 0x2000, { .address = 0x92000, .size_shift = 12, .read = true } },
    { 0x3000, { .status = VTD_STATUS_COMPLETER_ABORT } },
    { 0x4000, { .address = 0x84000, .size_shift = 12, .read = true,
                .write = true } },
    { 0x5000, { .size_shift = 12 } },
    { 0x6000, { .status = VTD_STATUS_UNSUPPORTED_REQUEST } },
    { 0x200000, { .address = 0x800000, .size_shift = 21, .read = true,
                  .write = true } },
    { UINT64_MAX - 0xFFF, { .address = 0x87000, .size_shift = 12,
                            .read = true, .write = true } },
};

void vtd_unit_translate(struct vtd_unit *unit,
                        const struct vtd_request *request,
                        struct vtd_translation *result)
{
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        if (pages[i].address == request->address) {
            *result = pages[i].result;
            return;
        }
    }
    abort();
}

/* No event is traced */
int trace_events_enabled_count;
uint16_t _TRACE_VTD_DMAR_FAULT_DSTATE;
uint16_t _TRACE_VTD_DMAR_TRANSLATE_DSTATE;
uint16_t _TRACE_VTD_TRANSLATE_PT_DSTATE;

void vtd_trace_translation_now(const struct vtd_request *request,
                               const struct vtd_translation *result)
{
    abort();
}

int pci_bus_num(PCIBus *bus)
{
    return 0;
}

/* What the rest of the object leads to */

void qemu_event_set(QemuEvent *event)
{
    abort();
}

void memory_region_notify_iommu_one(IOMMUNotifier *n,
                                    const IOMMUTLBEvent *event)
{
    abort();
}

void vtd_bus_listen(VtdState *s, PCIBus *bus, int devfn, uint32_t pasid,
                    const VtdBusListener *listener)
{
    abort();
}

void vtd_bus_unlisten(VtdState *s, void *opaque)
{
    abort();
}

void vtd_bus_unlisten_responses(VtdState *s, PCIBus *bus, int devfn,
                                uint32_t pasid)
{
    abort();
}

int vtd_bus_request_page(VtdState *s, const struct vtd_page_request *request)
{
    abort();
}

int main(int argc, char **argv)
{
    IOMMUTLBEntry entries[ROOM_MAX];
    VtdState *state = calloc(1, sizeof(*state));
    uint32_t errors;
    ssize_t count;

    if (argc != 4) {
        return 2;
    }
    count = vtd_ats_request_translation(
        NULL, state, 0, PCI_NO_PASID, false, false, strtoull(argv[1], NULL, 0),
        strtoull(argv[2], NULL, 0), false, entries, strtoul(argv[3], NULL, 0),
        &errors);
    printf("%zd %u\n", count, errors);
    for (ssize_t i = 0; i < count; i++) {
        printf("%#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %d\n", entries[i].iova,
               entries[i].addr_mask + 1, entries[i].translated_addr,
               entries[i].perm & IOMMU_RW);
    }
    return 0;
}
