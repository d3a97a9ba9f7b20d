/*
 * The `svm` demo device: configuration space
 *
 * The registers of the ATS, PASID and PRI capabilities are QEMU's; what they
 * do is the endpoint's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "hw/pci/msi.h"
#include "qapi/error.h"
#include "qemu/range.h"

#define EXPRESS_OFFSET 0x80
#define MSI_MESSAGES_MAX 32
#define ATS_CONTROL (SVM_ATS_OFFSET + PCI_ATS_CTRL)
#define PASID_CONTROL (SVM_PASID_OFFSET + PCI_PASID_CTRL)
#define PRI_CONTROL (SVM_PRI_OFFSET + PCI_PRI_CTRL)
#define PRI_STATUS (SVM_PRI_OFFSET + PCI_PRI_STATUS)
#define PRI_ALLOCATION (SVM_PRI_OFFSET + PCI_PRI_ALLOC_REQ)

typedef struct Write {
    uint32_t address;
    uint32_t value;
    int length;
} Write;

static bool touches(const Write *w, uint32_t offset, int length)
{
    return ranges_overlap(w->address, w->length, offset, length);
}

/* What the 16-bit register at @offset will hold, but for read-only bits */
static uint16_t written(SvmDevice *d, const Write *w, uint32_t offset)
{
    uint16_t value = pci_get_word(PCI_DEVICE(d)->config + offset);

    for (int i = 0; i < 2; i++) {
        int byte = (int)offset + i - (int)w->address;

        if (byte >= 0 && byte < w->length) {
            value = deposit32(value, 8 * i, 8, w->value >> (8 * byte));
        }
    }
    return value;
}

static bool clears(SvmDevice *d, const Write *w, uint32_t offset, uint16_t bit)
{
    return touches(w, offset, 2) &&
           (pci_get_word(PCI_DEVICE(d)->config + offset) & bit) &&
           !(written(d, w, offset) & bit);
}

/* What has to end before the enable bit goes */
static void prepare(SvmDevice *d, const Write *w)
{
    if (clears(d, w, PCI_COMMAND, PCI_COMMAND_MASTER)) {
        svm_portals_quiesce(d);
    }
    if (clears(d, w, PASID_CONTROL, PCI_PASID_CTRL_ENABLE)) {
        svm_portals_quiesce(d);
        svm_listen_stop(d, true);
    }
}

static void apply_ats(SvmDevice *d)
{
    uint16_t control = pci_get_word(PCI_DEVICE(d)->config + ATS_CONTROL);

    vtd_endpoint_ats_control(d->endpoint, control & PCI_ATS_CTRL_ENABLE,
                             PCI_ATS_CTRL_STU(control));
}

static void apply_pasid(SvmDevice *d)
{
    uint16_t control = pci_get_word(PCI_DEVICE(d)->config + PASID_CONTROL);

    vtd_endpoint_pasid_control(d->endpoint, control & PCI_PASID_CTRL_ENABLE,
                               control & PCI_PASID_CTRL_PRIV);
}

/* The reset bit reads as 0 */
static void apply_pri(SvmDevice *d)
{
    uint8_t *control = PCI_DEVICE(d)->config + PRI_CONTROL;
    uint16_t value = pci_get_word(control);

    vtd_endpoint_pri_control(d->endpoint, value & PCI_PRI_CTRL_ENABLE,
                             value & PCI_PRI_CTRL_RESET);
    pci_set_word(control, value & ~PCI_PRI_CTRL_RESET);
}

static void apply_allocation(SvmDevice *d)
{
    uint8_t *config = PCI_DEVICE(d)->config;

    vtd_endpoint_pri_allocation(d->endpoint,
                                pci_get_long(config + PRI_ALLOCATION));
}

static void apply(SvmDevice *d, const Write *w)
{
    if (touches(w, ATS_CONTROL, 2)) {
        apply_ats(d);
    }
    if (touches(w, PRI_ALLOCATION, 4)) {
        apply_allocation(d);
    }
    if (touches(w, PRI_CONTROL, 2)) {
        apply_pri(d);
    }
    if (touches(w, PASID_CONTROL, 2)) {
        apply_pasid(d);
    }
    if (touches(w, PASID_CONTROL, 2) || touches(w, PCI_COMMAND, 2)) {
        svm_listen_refresh(d);
    }
}

/* RW1C bits that are not written must not be taken as written */
static uint16_t written_ones(const Write *w, uint32_t offset)
{
    uint64_t ones = (uint64_t)(w->value & MAKE_64BIT_MASK(0, 8 * w->length));

    return w->address >= offset ? ones << (8 * (w->address - offset))
                                : ones >> (8 * (offset - w->address));
}

void svm_config_write(PCIDevice *dev, uint32_t address, uint32_t value,
                      int length)
{
    SvmDevice *d = SVM_DEVICE(dev);
    Write w = { .address = address, .value = value, .length = length };

    prepare(d, &w);
    if (touches(&w, PRI_STATUS, 2)) {
        vtd_endpoint_pri_status_clear(d->endpoint,
                                      written_ones(&w, PRI_STATUS));
    }
    pci_default_write_config(dev, address, value, length);
    apply(d, &w);
    /* Last: a function level reset undoes all of it */
    pcie_cap_flr_write_config(dev, address, value, length);
}

uint32_t svm_config_read(PCIDevice *dev, uint32_t address, int length)
{
    SvmDevice *d = SVM_DEVICE(dev);

    if (ranges_overlap(address, length, PRI_STATUS, 2)) {
        pci_set_word(dev->config + PRI_STATUS,
                     vtd_endpoint_pri_status(d->endpoint));
    }
    return pci_default_read_config(dev, address, length);
}

/* With the endpoint reset and nobody listening */
void svm_config_reset(SvmDevice *d)
{
    uint8_t *config = PCI_DEVICE(d)->config;

    pci_set_word(config + ATS_CONTROL, 0);
    pci_set_word(config + PASID_CONTROL, 0);
    pci_set_word(config + PRI_CONTROL, 0);
    pci_set_long(config + PRI_ALLOCATION, 0);
    vtd_endpoint_pri_allocation(d->endpoint, 0);
}

void svm_config_normalise(SvmDevice *d)
{
    pci_set_word(PCI_DEVICE(d)->config + PRI_STATUS,
                 PCI_PRI_STATUS_STOPPED | PCI_PRI_STATUS_PASID);
}

/* Not whether there is an IOMMU: it may come later on the command line */
static bool check_bus(PCIBus *bus, Error **errp)
{
    if (!pci_bus_is_express(bus)) {
        error_setg(errp, "svm is a PCI Express endpoint, and its bus is "
                   "conventional PCI; use pcie.0, a root port or a switch");
        return false;
    }
    if (pci_bus_bypass_iommu(bus)) {
        error_setg(errp, "svm needs an IOMMU, and its bus bypasses it; use "
                   "another bus or remove bypass_iommu=on");
        return false;
    }
    return true;
}

bool svm_config_init(SvmDevice *d, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(d);
    unsigned int messages = MIN(pow2ceil(d->portals + 1), MSI_MESSAGES_MAX);

    if (!check_bus(pci_get_bus(dev), errp)) {
        return false;
    }
    if (pcie_endpoint_cap_init(dev, EXPRESS_OFFSET) < 0) {
        error_setg(errp, "svm has no room for its capabilities");
        return false;
    }
    pcie_cap_flr_init(dev);
    pcie_ats_init(dev, SVM_ATS_OFFSET, true);
    pcie_pasid_init(dev, SVM_PASID_OFFSET, VTD_PASID_BITS, false, true);
    pcie_pri_init(dev, SVM_PRI_OFFSET, SVM_PRI_CAPACITY, true);
    return msi_init(dev, 0, messages, true, false, errp) == 0;
}
