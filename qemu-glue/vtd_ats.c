/*
 * intel-iommu on libvtd: ATS and PRI as PCIIOMMUOps has them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_bus.h"
#include "vtd_trace.h"

#if VTD_QEMU_HAS_PCI_ATS

#define PAGE_SIZE_4K 4096

void vtd_ats_get_iotlb_info(void *opaque, uint8_t *addr_width,
                            uint32_t *min_page_size)
{
    VtdState *s = opaque;

    *addr_width = s->properties.aw_bits;
    *min_page_size = PAGE_SIZE_4K;
}

void vtd_ats_init_iotlb_notifier(PCIBus *bus, void *opaque, int devfn,
                                 IOMMUNotifier *n, IOMMUNotify fn,
                                 void *user_opaque)
{
    n->opaque = user_opaque;
    iommu_notifier_init(n, fn, IOMMU_NOTIFIER_DEVIOTLB_EVENTS, 0, HWADDR_MAX,
                        0);
}

static void notify_invalidate(void *opaque,
                              const struct vtd_device_tlb_invalidation *inv)
{
    IOMMUNotifier *n = opaque;
    IOMMUTLBEvent event = {
        .type = IOMMU_NOTIFIER_DEVIOTLB_UNMAP,
        .entry = vtd_compat_tlb_entry(inv->pasid_present ? inv->pasid
                                                         : PCI_NO_PASID),
    };

    event.entry.iova = inv->first;
    event.entry.addr_mask = inv->last - inv->first;
    memory_region_notify_iommu_one(n, &event);
}

void vtd_ats_register_iotlb_notifier(PCIBus *bus, void *opaque, int devfn,
                                     uint32_t pasid, IOMMUNotifier *n)
{
    VtdBusListener listener = {
        .opaque = n,
        .invalidate = notify_invalidate,
    };

    vtd_bus_listen(opaque, bus, devfn, pasid, &listener);
}

void vtd_ats_unregister_iotlb_notifier(PCIBus *bus, void *opaque, int devfn,
                                       uint32_t pasid, IOMMUNotifier *n)
{
    vtd_bus_unlisten(opaque, n);
}

static void notify_response(void *opaque,
                            const struct vtd_page_group_response *response)
{
    IOMMUPRINotifier *notifier = opaque;
    IOMMUPRIResponse message = { .prgi = response->prgi };

    switch (response->code) {
    case VTD_RESPONSE_SUCCESS:
        message.response_code = IOMMU_PRI_RESP_SUCCESS;
        break;
    case VTD_RESPONSE_INVALID:
        message.response_code = IOMMU_PRI_RESP_INVALID_REQUEST;
        break;
    default:
        message.response_code = IOMMU_PRI_RESP_FAILURE;
        break;
    }
    notifier->notify(notifier, &message);
}

void vtd_ats_register_pri_notifier(PCIBus *bus, void *opaque, int devfn,
                                   uint32_t pasid, IOMMUPRINotifier *notifier)
{
    VtdBusListener listener = {
        .opaque = notifier,
        .response = notify_response,
    };

    vtd_bus_listen(opaque, bus, devfn, pasid, &listener);
}

/* This operation does not say which notifier: there is one at most */
void vtd_ats_unregister_pri_notifier(PCIBus *bus, void *opaque, int devfn,
                                     uint32_t pasid)
{
    vtd_bus_unlisten_responses(opaque, bus, devfn, pasid);
}

static void set_pasid(struct vtd_request *request, uint32_t pasid,
                      bool priv_req, bool exec_req)
{
    request->pasid_present = pasid != PCI_NO_PASID;
    if (request->pasid_present) {
        request->pasid = pasid;
        request->privileged = priv_req;
        request->execute = exec_req;
    }
}

static IOMMUTLBEntry nothing_at(const struct vtd_request *request)
{
    IOMMUTLBEntry entry =
        vtd_compat_tlb_entry(request->pasid_present ? request->pasid
                                                    : PCI_NO_PASID);

    entry.perm = IOMMU_NONE;
    entry.iova = request->address;
    entry.addr_mask = PAGE_SIZE_4K - 1;
    return entry;
}

/* One translation.  An entry without rights is an answer too. */
static int translate(VtdState *s, const struct vtd_request *request,
                     IOMMUTLBEntry *entry)
{
    struct vtd_translation result;
    unsigned int shift = 12;

    WITH_RCU_READ_LOCK_GUARD() {
        vtd_unit_translate(s->unit, request, &result);
    }
    vtd_trace_translation(request, &result);
    if (result.status == VTD_STATUS_UNSUPPORTED_REQUEST) {
        return -EOPNOTSUPP;
    }
    if (result.status != VTD_STATUS_SUCCESS) {
        return -EIO;
    }

    *entry = vtd_compat_tlb_entry(request->pasid_present ? request->pasid
                                                         : PCI_NO_PASID);
    entry->perm = IOMMU_ACCESS_FLAG_FULL(result.read, result.write, false,
                                         result.privileged, false,
                                         result.untranslated_only);
    if (result.read || result.write) {
        shift = result.size_shift;
        entry->translated_addr = result.address & ~MAKE_64BIT_MASK(0, shift);
    }
    entry->iova = request->address & ~MAKE_64BIT_MASK(0, shift);
    entry->addr_mask = MAKE_64BIT_MASK(0, shift);
    return 0;
}

ssize_t vtd_ats_request_translation(PCIBus *bus, void *opaque, int devfn,
                                    uint32_t pasid, bool priv_req,
                                    bool exec_req, hwaddr addr, size_t length,
                                    bool no_write, IOMMUTLBEntry *result,
                                    size_t result_length,
                                    uint32_t *err_count)
{
    struct vtd_request request = {
        .sid = PCI_BUILD_BDF(pci_bus_num(bus), devfn),
        .type = VTD_AT_TRANSLATION,
        .no_write = no_write,
    };
    IOMMUAccessFlags wanted = no_write ? IOMMU_RO : IOMMU_RW;
    hwaddr last = addr + length - 1;
    size_t count = 0;
    int ret;

    set_pasid(&request, pasid, priv_req, exec_req);
    *err_count = 0;
    while (length && count < result_length) {
        request.address = addr & ~(hwaddr)(PAGE_SIZE_4K - 1);
        ret = translate(opaque, &request, &result[count]);
        if (ret && count == 0) {
            return ret;
        }
        if (ret) {
            /* What comes before it was translated, and is */
            result[count] = nothing_at(&request);
        }
        if ((result[count].perm & wanted) != wanted) {
            *err_count += 1;
        }
        addr = result[count].iova | result[count].addr_mask;
        count++;
        if (addr >= last) {
            return count;
        }
        addr++;
    }
    return length ? -ENOMEM : 0;
}

int vtd_ats_request_page(PCIBus *bus, void *opaque, int devfn, uint32_t pasid,
                         bool priv_req, bool exec_req, hwaddr addr, bool lpig,
                         uint16_t prgi, bool is_read, bool is_write)
{
    VtdState *s = opaque;
    bool pasid_present = pasid != PCI_NO_PASID;
    struct vtd_page_request request = {
        .sid = PCI_BUILD_BDF(pci_bus_num(bus), devfn),
        .pasid_present = pasid_present,
        .pasid = pasid_present ? pasid : 0,
        .privileged = pasid_present && priv_req,
        .execute = pasid_present && exec_req,
        .read = is_read,
        .write = is_write,
        .last = lpig,
        .prgi = prgi & PCI_PRI_PRGI_MASK,
        .address = addr,
    };

    if (!s->properties.svm) {
        return -EPERM;
    }
    return vtd_bus_request_page(s, &request);
}

#endif
