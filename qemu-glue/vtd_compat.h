/*
 * What differs between the QEMU versions that this glue builds with
 *
 * QEMU 10.0 and 10.2 are built and tested; what is known about 11.1 is
 * prepared (docs/qemu-versions.md).  Nothing outside of this file looks at a
 * version, but for VTD_QEMU_HAS_PCI_ATS around the ATS and PRI operations of
 * PCI.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VTD_COMPAT_H
#define VTD_COMPAT_H

#define VTD_QEMU_VERSION (QEMU_VERSION_MAJOR * 100 + QEMU_VERSION_MINOR)

/* PCIIOMMUOps has ATS and PRI, the PCI core checks the enable bits */
#define VTD_QEMU_HAS_PCI_ATS (VTD_QEMU_VERSION >= 1002)

#if VTD_QEMU_VERSION >= 1001
#include "system/memory.h"
#include "system/address-spaces.h"
#else
#include "exec/memory.h"
#include "exec/address-spaces.h"
#endif

/* It has been part of memory.h */
#if __has_include("system/ram-discard-manager.h")
#include "system/ram-discard-manager.h"
#endif

#if VTD_QEMU_VERSION >= 1100
#include "hw/core/qdev-properties.h"
#include "hw/core/sysbus.h"
#else
#include "hw/qdev-properties.h"
#include "hw/sysbus.h"
#endif

#include "hw/pci/pci.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pcie.h"
#include "hw/i386/x86-iommu.h"

#include "system/runstate.h"

static inline VMChangeStateEntry *
vtd_compat_state_handler(DeviceState *dev, VMChangeStateHandler *handler,
                         void *opaque)
{
#if VTD_QEMU_VERSION >= 1002
    return qdev_add_vm_change_state_handler(dev, handler, NULL, opaque);
#else
    return qdev_add_vm_change_state_handler(dev, handler, opaque);
#endif
}

/* The data argument of class_init functions, TypeInfo.interfaces */
#if VTD_QEMU_VERSION >= 1001
typedef const void VtdClassData;
typedef const InterfaceInfo VtdInterfaceInfo;
#else
typedef void VtdClassData;
typedef InterfaceInfo VtdInterfaceInfo;
#endif

#ifndef PCI_NO_PASID
#define PCI_NO_PASID UINT32_MAX
#endif

/* dma-translation moved from intel-iommu to its parent class */
#if VTD_QEMU_VERSION >= 1002
#define VTD_QEMU_PARENT_HAS_DMA_TRANSLATION 1
#else
#define VTD_QEMU_PARENT_HAS_DMA_TRANSLATION 0
#endif

/* 10.0 has ATS, but neither the PASID nor the PRI capability */
#if VTD_QEMU_HAS_PCI_ATS
static inline bool vtd_compat_bus_master(const PCIDevice *dev)
{
    return dev->is_master;
}

#define VTD_COMPAT_TLB_PASID(number) .pasid = (number),
#else
void pcie_pasid_init(PCIDevice *dev, uint16_t offset, uint8_t pasid_width,
                     bool exec_perm, bool priv_mod);
void pcie_pri_init(PCIDevice *dev, uint16_t offset,
                   uint32_t outstanding_pr_cap, bool prg_response_pasid_req);
bool pcie_pri_enabled(const PCIDevice *dev);
bool pcie_pasid_enabled(const PCIDevice *dev);
bool pcie_ats_enabled(const PCIDevice *dev);

static inline bool vtd_compat_bus_master(const PCIDevice *dev)
{
    return pci_get_word(dev->config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

/* In an initialiser of IOMMUTLBEntry */
#define VTD_COMPAT_TLB_PASID(number)
#endif

static inline IOMMUTLBEntry vtd_compat_tlb_entry(uint32_t pasid)
{
    return (IOMMUTLBEntry) {
        .target_as = &address_space_memory,
        VTD_COMPAT_TLB_PASID(pasid)
    };
}

#endif /* VTD_COMPAT_H */
