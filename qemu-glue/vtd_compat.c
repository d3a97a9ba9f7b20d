/*
 * The PASID and PRI capabilities for a QEMU that does not have them
 *
 * Same names and meaning as in QEMU 10.2, so that a device model is written
 * once.  The capabilities are found by their ids: PCIExpressDevice of QEMU
 * 10.0 has no place for their offsets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_compat.h"

#if !VTD_QEMU_HAS_PCI_ATS

#define PASID_CONTROL_WRITABLE \
    (PCI_PASID_CTRL_ENABLE | PCI_PASID_CTRL_EXEC | PCI_PASID_CTRL_PRIV)
#define PASID_WIDTH_SHIFT 8

void pcie_pasid_init(PCIDevice *dev, uint16_t offset, uint8_t pasid_width,
                     bool exec_perm, bool priv_mod)
{
    uint16_t capability = pasid_width << PASID_WIDTH_SHIFT;

    capability |= exec_perm ? PCI_PASID_CAP_EXEC : 0;
    capability |= priv_mod ? PCI_PASID_CAP_PRIV : 0;

    pcie_add_capability(dev, PCI_EXT_CAP_ID_PASID, 1, offset,
                        PCI_EXT_CAP_PASID_SIZEOF);
    pci_set_word(dev->config + offset + PCI_PASID_CAP, capability);
    pci_set_word(dev->wmask + offset + PCI_PASID_CTRL,
                 PASID_CONTROL_WRITABLE);
}

void pcie_pri_init(PCIDevice *dev, uint16_t offset,
                   uint32_t outstanding_pr_cap, bool prg_response_pasid_req)
{
    uint16_t status = PCI_PRI_STATUS_STOPPED;

    status |= prg_response_pasid_req ? PCI_PRI_STATUS_PASID : 0;

    pcie_add_capability(dev, PCI_EXT_CAP_ID_PRI, 1, offset,
                        PCI_EXT_CAP_PRI_SIZEOF);
    pci_set_word(dev->config + offset + PCI_PRI_STATUS, status);
    pci_set_long(dev->config + offset + PCI_PRI_MAX_REQ, outstanding_pr_cap);
    pci_set_word(dev->wmask + offset + PCI_PRI_CTRL,
                 PCI_PRI_CTRL_ENABLE | PCI_PRI_CTRL_RESET);
    pci_set_word(dev->w1cmask + offset + PCI_PRI_STATUS,
                 PCI_PRI_STATUS_RF | PCI_PRI_STATUS_UPRGI);
    pci_set_long(dev->wmask + offset + PCI_PRI_ALLOC_REQ, UINT32_MAX);
}

static bool control_bit(const PCIDevice *dev, uint16_t id, int offset,
                        uint16_t bit)
{
    uint16_t capability;

    if (!pci_is_express(dev)) {
        return false;
    }
    capability = pcie_find_capability((PCIDevice *)dev, id);
    return capability &&
           pci_get_word(dev->config + capability + offset) & bit;
}

bool pcie_pri_enabled(const PCIDevice *dev)
{
    return control_bit(dev, PCI_EXT_CAP_ID_PRI, PCI_PRI_CTRL,
                       PCI_PRI_CTRL_ENABLE);
}

bool pcie_pasid_enabled(const PCIDevice *dev)
{
    return control_bit(dev, PCI_EXT_CAP_ID_PASID, PCI_PASID_CTRL,
                       PCI_PASID_CTRL_ENABLE);
}

bool pcie_ats_enabled(const PCIDevice *dev)
{
    return control_bit(dev, PCI_EXT_CAP_ID_ATS, PCI_ATS_CTRL,
                       PCI_ATS_CTRL_ENABLE);
}

#endif
