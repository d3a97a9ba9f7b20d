/*
 * ATS and PRI for PCI device models
 *
 * What a device function needs to have an address translation cache: translate
 * an address, ask for a page, be told of invalidations and of responses.  The
 * messages are libvtd's, so that struct vtd_endpoint plugs in directly.
 *
 * With QEMU 10.2 and later this is pci_ats_request_translation() and its
 * relatives, and works with every IOMMU that implements them.  Before that,
 * with intel-iommu of libvtd, and with the same checks of the enable bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VTD_PCI_H
#define VTD_PCI_H

#include "vtd_compat.h"
#include <vtd/types.h>

typedef struct VtdPciListener VtdPciListener;

/*
 * Who is told about one PASID of a device, or about requests without PASID.
 * The two functions are the device's; the rest belongs to vtd_pci.c.
 */
struct VtdPciListener {
    /*
     * Drop the translations.  The invalidation is complete when this returns,
     * so it waits for accesses under way.  Called with the BQL held: nothing
     * that it waits for may need the BQL.
     */
    void (*invalidate)(VtdPciListener *listener,
                       const struct vtd_device_tlb_invalidation *invalidation);
    /*
     * A page group response of software, with the BQL held, also from inside
     * vtd_pci_request_page().  Must not block.
     */
    void (*response)(VtdPciListener *listener,
                     const struct vtd_page_group_response *response);

    PCIDevice *dev;
    uint32_t pasid;
#if VTD_QEMU_HAS_PCI_ATS
    IOMMUNotifier iotlb;
    IOMMUPRINotifier pri;
#endif
};

/*
 * Whether ATS of this device has anybody to talk to; @errp says what to change.
 * Known when all devices of the command line have been made.
 */
bool vtd_pci_check(PCIDevice *dev, Error **errp);

/*
 * Start and end to listen; @pasid may be PCI_NO_PASID.  One listener for each
 * PASID of a device.  With the BQL held, and not from inside a listener.
 * The bus master and PASID bits have to be enabled to begin, and for a PASID
 * still to be so to end.  No function of the listener runs when
 * vtd_pci_unlisten() returns.
 *
 * Returns 0; -EPERM: not enabled; -ENODEV: no IOMMU that can do it.
 */
int vtd_pci_listen(PCIDevice *dev, uint32_t pasid, VtdPciListener *listener);
void vtd_pci_unlisten(VtdPciListener *listener);

/*
 * A translation request, of the 4 KiB page at request->address.  From any
 * thread, without the BQL.  @result is always filled in; the status is
 * "unsupported request" where ATS, the PASID or bus mastering is not enabled.
 */
void vtd_pci_request_translation(PCIDevice *dev,
                                 const struct vtd_request *request,
                                 struct vtd_translation *result);

/*
 * The device has an access open by its translation cache: @used is what
 * request->address became.  With x-check=on that is compared with memory like
 * what the unit has cached, otherwise nothing is done.  From any thread, without
 * the BQL.
 */
void vtd_pci_access_opened(PCIDevice *dev, const struct vtd_request *request,
                           const struct vtd_translation *used);

/*
 * A page request message.  From any thread, with or without the BQL.
 * Returns 0: the response comes to the listener of the PASID.  Otherwise there
 * is no response; -ENOSPC: the queue is full, translate and ask again; -EPERM:
 * PRI, the PASID or bus mastering is not enabled, or the unit refuses it;
 * -ENODEV.
 */
int vtd_pci_request_page(PCIDevice *dev,
                         const struct vtd_page_request *request);

#endif /* VTD_PCI_H */
