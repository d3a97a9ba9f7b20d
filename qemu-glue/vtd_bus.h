/*
 * intel-iommu on libvtd: who listens on the bus
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VTD_BUS_H
#define VTD_BUS_H

#include "vtd_glue.h"

/*
 * Either function can be NULL; @opaque names the listener and is unique.  Both
 * are called with the BQL held and no other lock.
 */
typedef struct VtdBusListener {
    void *opaque;
    /* Complete when it returns */
    void (*invalidate)(void *opaque,
                       const struct vtd_device_tlb_invalidation *invalidation);
    void (*response)(void *opaque,
                     const struct vtd_page_group_response *response);
} VtdBusListener;

/* With the BQL held, and not from inside a listener */
void vtd_bus_listen(VtdState *s, PCIBus *bus, int devfn, uint32_t pasid,
                    const VtdBusListener *listener);
void vtd_bus_unlisten(VtdState *s, void *opaque);
void vtd_bus_unlisten_responses(VtdState *s, PCIBus *bus, int devfn,
                                uint32_t pasid);

#if VTD_QEMU_HAS_PCI_ATS
/* vtd_ats.c: members of PCIIOMMUOps */
void vtd_ats_get_iotlb_info(void *opaque, uint8_t *addr_width,
                            uint32_t *min_page_size);
void vtd_ats_init_iotlb_notifier(PCIBus *bus, void *opaque, int devfn,
                                 IOMMUNotifier *n, IOMMUNotify fn,
                                 void *user_opaque);
void vtd_ats_register_iotlb_notifier(PCIBus *bus, void *opaque, int devfn,
                                     uint32_t pasid, IOMMUNotifier *n);
void vtd_ats_unregister_iotlb_notifier(PCIBus *bus, void *opaque, int devfn,
                                       uint32_t pasid, IOMMUNotifier *n);
ssize_t vtd_ats_request_translation(PCIBus *bus, void *opaque, int devfn,
                                    uint32_t pasid, bool priv_req,
                                    bool exec_req, hwaddr addr, size_t length,
                                    bool no_write, IOMMUTLBEntry *result,
                                    size_t result_length,
                                    uint32_t *err_count);
void vtd_ats_register_pri_notifier(PCIBus *bus, void *opaque, int devfn,
                                   uint32_t pasid, IOMMUPRINotifier *notifier);
void vtd_ats_unregister_pri_notifier(PCIBus *bus, void *opaque, int devfn,
                                     uint32_t pasid);
int vtd_ats_request_page(PCIBus *bus, void *opaque, int devfn, uint32_t pasid,
                         bool priv_req, bool exec_req, hwaddr addr, bool lpig,
                         uint16_t prgi, bool is_read, bool is_write);
#endif

#endif /* VTD_BUS_H */
