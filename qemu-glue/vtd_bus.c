/*
 * intel-iommu on libvtd: PCIIOMMUOps, and the endpoints that registered there
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_bus.h"
#include "vtd_trace.h"

/*
 * Somebody who listens for a function and PASID.  Everything here happens with
 * the BQL held, and nothing else: listeners come back with page requests, and
 * take what locks they like.
 */
struct VtdEndpoint {
    PCIBus *bus;
    int devfn;
    uint32_t pasid;
    VtdBusListener listener;
    QLIST_ENTRY(VtdEndpoint) next;
};

void vtd_bus_listen(VtdState *s, PCIBus *bus, int devfn, uint32_t pasid,
                    const VtdBusListener *listener)
{
    VtdEndpoint *endpoint = g_new0(VtdEndpoint, 1);

    endpoint->bus = bus;
    endpoint->devfn = devfn;
    endpoint->pasid = pasid;
    endpoint->listener = *listener;
    QLIST_INSERT_HEAD(&s->endpoints, endpoint, next);
}

static void remove_endpoint(VtdEndpoint *endpoint)
{
    QLIST_REMOVE(endpoint, next);
    g_free(endpoint);
}

void vtd_bus_unlisten(VtdState *s, void *opaque)
{
    VtdEndpoint *endpoint;

    QLIST_FOREACH(endpoint, &s->endpoints, next) {
        if (endpoint->listener.opaque == opaque) {
            remove_endpoint(endpoint);
            return;
        }
    }
}

void vtd_bus_unlisten_responses(VtdState *s, PCIBus *bus, int devfn,
                                uint32_t pasid)
{
    VtdEndpoint *endpoint;

    QLIST_FOREACH(endpoint, &s->endpoints, next) {
        if (endpoint->listener.response && endpoint->bus == bus &&
            endpoint->devfn == devfn && endpoint->pasid == pasid) {
            remove_endpoint(endpoint);
            return;
        }
    }
}

/*
 * A bus is going, and what it says about itself is no longer to be asked.
 * Address spaces stay for those who hold them, with nothing in them.
 */
static void forget_bus(VtdState *s, PCIBus *bus)
{
    VtdRequester *requester;
    VtdRequester *next_requester;
    VtdEndpoint *endpoint;
    VtdEndpoint *next_endpoint;

    QLIST_FOREACH_SAFE(requester, &s->requesters, next, next_requester) {
        if (requester->bus == bus) {
            vtd_memory_orphan(requester);
        }
    }

    QLIST_FOREACH_SAFE(endpoint, &s->endpoints, next, next_endpoint) {
        if (endpoint->bus == bus) {
            remove_endpoint(endpoint);
        }
    }
}

/* Whoever still listens for it is part of it */
static void forget_function(VtdState *s, PCIDevice *dev)
{
    VtdEndpoint *endpoint;
    VtdEndpoint *next;

    QLIST_FOREACH_SAFE(endpoint, &s->endpoints, next, next) {
        if (endpoint->bus == pci_get_bus(dev) &&
            endpoint->devfn == dev->devfn) {
            remove_endpoint(endpoint);
        }
    }
}

/* Any device of the machine has ended.  Its buses are there until it goes. */
static void device_unrealized(DeviceListener *listener, DeviceState *dev)
{
    VtdState *s = container_of(listener, VtdState, device_listener);
    BusState *bus;

    QLIST_FOREACH(bus, &dev->child_bus, sibling) {
        if (object_dynamic_cast(OBJECT(bus), TYPE_PCI_BUS)) {
            forget_bus(s, PCI_BUS(bus));
        }
    }
    if (object_dynamic_cast(OBJECT(dev), TYPE_PCI_DEVICE)) {
        forget_function(s, PCI_DEVICE(dev));
        vtd_bridge_forget(s, PCI_DEVICE(dev));
    }
}

static bool is_sid(const VtdEndpoint *endpoint, uint16_t sid)
{
    return PCI_BUILD_BDF(pci_bus_num(endpoint->bus), endpoint->devfn) == sid;
}

static bool concerns(const VtdEndpoint *endpoint,
                     const struct vtd_device_tlb_invalidation *request)
{
    if (!endpoint->listener.invalidate || !is_sid(endpoint, request->sid)) {
        return false;
    }
    if (!request->pasid_present) {
        return endpoint->pasid == PCI_NO_PASID;
    }
    return endpoint->pasid != PCI_NO_PASID &&
           (request->global || endpoint->pasid == request->pasid);
}

/* With the BQL held */
bool vtd_bus_has_function(VtdState *s, uint16_t sid)
{
    VtdRequester *requester;

    QLIST_FOREACH(requester, &s->requesters, next) {
        if (vtd_requester_sid(requester) == sid &&
            pci_find_device(requester->bus, pci_bus_num(requester->bus),
                            requester->devfn)) {
            return true;
        }
    }
    return false;
}

static void tell_regions(VtdState *s,
                         const struct vtd_device_tlb_invalidation *request)
{
    VtdRequester *requester;

    if (request->pasid_present) {
        return;
    }
    QLIST_FOREACH(requester, &s->requesters, next) {
        if (vtd_requester_sid(requester) == request->sid) {
            vtd_notify_device_tlb(requester, request->first, request->last);
        }
    }
}

/* All listeners have ended when they return, and so the invalidation has */
void vtd_bus_invalidate(VtdState *s,
                        const struct vtd_device_tlb_invalidation *request)
{
    VtdEndpoint *endpoint;

    vtd_trace_device_tlb(request);
    if (!vtd_bus_has_function(s, request->sid)) {
        return;
    }
    tell_regions(s, request);
    QLIST_FOREACH(endpoint, &s->endpoints, next) {
        if (concerns(endpoint, request)) {
            endpoint->listener.invalidate(endpoint->listener.opaque, request);
        }
    }
    /* Goes on with the queue; a bottom half comes here without RCU */
    WITH_RCU_READ_LOCK_GUARD() {
        vtd_unit_device_tlb_complete(s->unit, request->sid,
                                     1u << request->itag, 1);
    }
}

void vtd_bus_response(VtdState *s,
                      const struct vtd_page_group_response *response)
{
    uint32_t pasid = response->pasid_present ? response->pasid : PCI_NO_PASID;
    VtdEndpoint *endpoint;

    QLIST_FOREACH(endpoint, &s->endpoints, next) {
        if (endpoint->listener.response && endpoint->pasid == pasid &&
            is_sid(endpoint, response->sid)) {
            endpoint->listener.response(endpoint->listener.opaque, response);
            return;
        }
    }
}

/* From any thread.  What is not queued for software gets no response. */
int vtd_bus_request_page(VtdState *s, const struct vtd_page_request *request)
{
    struct vtd_page_request message = *request;
    enum vtd_page_request_result result;

    message.no_response = true;
    WITH_RCU_READ_LOCK_GUARD() {
        result = vtd_unit_page_request(s->unit, &message);
    }
    vtd_trace_page_request(request, result);
    switch (result) {
    case VTD_PAGE_REQUEST_QUEUED:
        return 0;
    case VTD_PAGE_REQUEST_OVERFLOWED:
        return -ENOSPC;
    default:
        return -EPERM;
    }
}

static AddressSpace *get_address_space(PCIBus *bus, void *opaque, int devfn)
{
    return &vtd_memory_requester(opaque, bus, devfn)->as;
}

static const PCIIOMMUOps bus_ops = {
    .get_address_space = get_address_space,
    .set_iommu_device = vtd_host_device_set,
    .unset_iommu_device = vtd_host_device_unset,
#if VTD_QEMU_HAS_PCI_ATS
    .get_iotlb_info = vtd_ats_get_iotlb_info,
    .init_iotlb_notifier = vtd_ats_init_iotlb_notifier,
    .register_iotlb_notifier = vtd_ats_register_iotlb_notifier,
    .unregister_iotlb_notifier = vtd_ats_unregister_iotlb_notifier,
    .ats_request_translation = vtd_ats_request_translation,
    .pri_register_notifier = vtd_ats_register_pri_notifier,
    .pri_unregister_notifier = vtd_ats_unregister_pri_notifier,
    .pri_request_page = vtd_ats_request_page,
#endif
};

void vtd_bus_init(VtdState *s, PCIBus *bus)
{
    QLIST_INIT(&s->endpoints);
    QLIST_INIT(&s->bridges);
    pci_setup_iommu(bus, &bus_ops, s);
    s->device_listener.unrealize = device_unrealized;
    device_listener_register(&s->device_listener);
}
