/*
 * ATS and PRI for PCI device models
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_pci.h"
#include "vtd_bus.h"
#include "vtd_trace.h"
#include "qapi/error.h"

#if VTD_QEMU_HAS_PCI_ATS
static bool has_other_iommu(PCIDevice *dev)
{
    uint8_t width;
    uint32_t page_size;

    return pci_iommu_get_iotlb_info(dev, &width, &page_size) == 0;
}
#else
static bool has_other_iommu(PCIDevice *dev)
{
    return false;
}
#endif

bool vtd_pci_check(PCIDevice *dev, Error **errp)
{
    VtdRequester *requester = vtd_memory_requester_of(dev);

    if (requester ? X86_IOMMU_DEVICE(requester->state)->dt_supported
                  : has_other_iommu(dev)) {
        return true;
    }
    error_setg(errp, "%s needs an IOMMU with address translation services; "
               "add %s", object_get_typename(OBJECT(dev)),
               requester ? "device-iotlb=on to intel-iommu"
                         : "-device intel-iommu,device-iotlb=on");
    return false;
}

void vtd_pci_access_opened(PCIDevice *dev, const struct vtd_request *request,
                           const struct vtd_translation *used)
{
    struct vtd_request message;
    VtdRequester *requester;

    if (!vtd_check_is_on()) {
        return;
    }
    requester = vtd_memory_requester_of(dev);
    if (!requester || !requester->state->properties.check) {
        return;
    }
    message = *request;
    message.sid = vtd_requester_sid(requester);
    RCU_READ_LOCK_GUARD();
    vtd_unit_device_tlb_used(requester->state->unit, &message, used);
}

static uint32_t pasid_of(bool present, uint32_t pasid)
{
    return present ? pasid : PCI_NO_PASID;
}

static void refuse(struct vtd_translation *result)
{
    *result = (struct vtd_translation) {
        .status = VTD_STATUS_UNSUPPORTED_REQUEST,
        .size_shift = 12,
        .condition = VTD_PROTOCOL_ERROR,
    };
}

#if VTD_QEMU_HAS_PCI_ATS

static void iotlb_notify(IOMMUNotifier *n, IOMMUTLBEntry *entry)
{
    VtdPciListener *listener = container_of(n, VtdPciListener, iotlb);
    bool pasid_present = listener->pasid != PCI_NO_PASID;
    struct vtd_device_tlb_invalidation invalidation = {
        .sid = pci_get_bdf(listener->dev),
        .pasid_present = pasid_present,
        .pasid = pasid_present ? listener->pasid : 0,
        .first = entry->iova,
        .last = entry->iova + entry->addr_mask,
    };

    listener->invalidate(listener, &invalidation);
}

static enum vtd_response_code response_code(IOMMUPRIResponseCode code)
{
    switch (code) {
    case IOMMU_PRI_RESP_SUCCESS:
        return VTD_RESPONSE_SUCCESS;
    case IOMMU_PRI_RESP_INVALID_REQUEST:
        return VTD_RESPONSE_INVALID;
    default:
        return VTD_RESPONSE_FAILURE;
    }
}

static void pri_notify(IOMMUPRINotifier *notifier, IOMMUPRIResponse *message)
{
    VtdPciListener *listener = container_of(notifier, VtdPciListener, pri);
    bool pasid_present = listener->pasid != PCI_NO_PASID;
    struct vtd_page_group_response response = {
        .sid = pci_get_bdf(listener->dev),
        .pasid_present = pasid_present,
        .pasid = pasid_present ? listener->pasid : 0,
        .prgi = message->prgi,
        .code = response_code(message->response_code),
    };

    listener->response(listener, &response);
}

int vtd_pci_listen(PCIDevice *dev, uint32_t pasid, VtdPciListener *listener)
{
    int ret;

    listener->dev = dev;
    listener->pasid = pasid;
    listener->pri.notify = pri_notify;
    ret = pci_iommu_init_iotlb_notifier(dev, &listener->iotlb, iotlb_notify,
                                        listener);
    if (ret) {
        return ret;
    }
    ret = pci_iommu_register_iotlb_notifier(dev, pasid, &listener->iotlb);
    if (ret) {
        return ret;
    }
    ret = pci_pri_register_notifier(dev, pasid, &listener->pri);
    if (ret) {
        pci_iommu_unregister_iotlb_notifier(dev, pasid, &listener->iotlb);
    }
    return ret;
}

void vtd_pci_unlisten(VtdPciListener *listener)
{
    pci_pri_unregister_notifier(listener->dev, listener->pasid);
    pci_iommu_unregister_iotlb_notifier(listener->dev, listener->pasid,
                                        &listener->iotlb);
}

void vtd_pci_request_translation(PCIDevice *dev,
                                 const struct vtd_request *request,
                                 struct vtd_translation *result)
{
    IOMMUTLBEntry entry;
    uint32_t errors;
    hwaddr offset;
    ssize_t count;

    count = pci_ats_request_translation(
        dev, pasid_of(request->pasid_present, request->pasid),
        request->privileged, request->execute, request->address, 4096,
        request->no_write, &entry, 1, &errors);
    refuse(result);
    if (count != 1) {
        if (count == -EIO) {
            result->status = VTD_STATUS_COMPLETER_ABORT;
        }
        return;
    }

    offset = request->address & entry.addr_mask;
    *result = (struct vtd_translation) {
        .status = VTD_STATUS_SUCCESS,
        .address = entry.translated_addr + offset,
        .size_shift = MIN(cto64(entry.addr_mask), 63),
        .read = entry.perm & IOMMU_RO,
        .write = entry.perm & IOMMU_WO,
        .untranslated_only = entry.perm & IOMMU_UNTRANSLATED_ONLY,
        .privileged = entry.perm & IOMMU_PRIV,
    };
}

int vtd_pci_request_page(PCIDevice *dev, const struct vtd_page_request *request)
{
    return pci_pri_request_page(
        dev, pasid_of(request->pasid_present, request->pasid),
        request->privileged, request->execute, request->address,
        request->last, request->prgi, request->read, request->write);
}

#else

static bool is_allowed(PCIDevice *dev, uint32_t pasid)
{
    return vtd_compat_bus_master(dev) &&
           (pasid == PCI_NO_PASID || pcie_pasid_enabled(dev));
}

static void bus_invalidate(void *opaque,
                           const struct vtd_device_tlb_invalidation *inv)
{
    VtdPciListener *listener = opaque;

    listener->invalidate(listener, inv);
}

static void bus_response(void *opaque,
                         const struct vtd_page_group_response *response)
{
    VtdPciListener *listener = opaque;

    listener->response(listener, response);
}

int vtd_pci_listen(PCIDevice *dev, uint32_t pasid, VtdPciListener *listener)
{
    VtdRequester *requester = vtd_memory_requester_of(dev);
    VtdBusListener on_bus = {
        .opaque = listener,
        .invalidate = bus_invalidate,
        .response = bus_response,
    };

    if (!is_allowed(dev, pasid)) {
        return -EPERM;
    }
    if (!requester) {
        return -ENODEV;
    }
    listener->dev = dev;
    listener->pasid = pasid;
    vtd_bus_listen(requester->state, requester->bus, requester->devfn, pasid,
                   &on_bus);
    return 0;
}

void vtd_pci_unlisten(VtdPciListener *listener)
{
    VtdRequester *requester = vtd_memory_requester_of(listener->dev);

    if (requester) {
        vtd_bus_unlisten(requester->state, listener);
    }
}

void vtd_pci_request_translation(PCIDevice *dev,
                                 const struct vtd_request *request,
                                 struct vtd_translation *result)
{
    VtdRequester *requester = vtd_memory_requester_of(dev);
    struct vtd_request message = *request;

    if (!requester || !pcie_ats_enabled(dev) ||
        !is_allowed(dev, pasid_of(request->pasid_present, request->pasid))) {
        refuse(result);
        return;
    }
    message.sid = vtd_requester_sid(requester);
    message.type = VTD_AT_TRANSLATION;

    WITH_RCU_READ_LOCK_GUARD() {
        vtd_unit_translate(requester->state->unit, &message, result);
    }
    vtd_trace_translation(&message, result);
}

int vtd_pci_request_page(PCIDevice *dev, const struct vtd_page_request *request)
{
    VtdRequester *requester = vtd_memory_requester_of(dev);
    struct vtd_page_request message = *request;

    if (!requester) {
        return -ENODEV;
    }
    if (!requester->state->properties.svm || !pcie_pri_enabled(dev) ||
        !is_allowed(dev, pasid_of(request->pasid_present, request->pasid))) {
        return -EPERM;
    }
    message.sid = vtd_requester_sid(requester);
    return vtd_bus_request_page(requester->state, &message);
}

#endif
