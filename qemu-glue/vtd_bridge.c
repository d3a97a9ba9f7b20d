/*
 * intel-iommu on libvtd: bridges, whose bus numbers say who a requester is
 *
 * QEMU tells nobody when software gives a bus another number.  It does so by a
 * write to the configuration space of the bridge, and that goes through a
 * pointer that each PCI device has: here it leads to the bridge's own function
 * and then to a look at the numbers.  What changes them otherwise is the reset
 * of a bridge (the devices behind it are reset as well, and nobody finds them
 * until the number is written) and the loading of a state (vtd_view.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"

struct VtdBridge {
    PCIDevice *dev;
    PCIConfigWriteFunc *config_write;
    QLIST_ENTRY(VtdBridge) next;
};

static VtdBridge *find(VtdState *s, const PCIDevice *dev)
{
    VtdBridge *bridge;

    QLIST_FOREACH(bridge, &s->bridges, next) {
        if (bridge->dev == dev) {
            return bridge;
        }
    }
    return NULL;
}

static void config_write(PCIDevice *dev, uint32_t address, uint32_t value,
                         int length)
{
    VtdState *s = VTD_STATE(x86_iommu_get_default());

    find(s, dev)->config_write(dev, address, value, length);
    vtd_view_renumber(s);
}

void vtd_bridge_watch(VtdState *s, PCIBus *bus)
{
    PCIDevice *dev = pci_bus_is_root(bus) ? NULL : bus->parent_dev;
    VtdBridge *bridge;

    if (!dev || find(s, dev)) {
        return;
    }
    bridge = g_new0(VtdBridge, 1);
    bridge->dev = dev;
    bridge->config_write = dev->config_write;
    dev->config_write = config_write;
    QLIST_INSERT_HEAD(&s->bridges, bridge, next);
}

/* @dev is going; any PCI device */
void vtd_bridge_forget(VtdState *s, PCIDevice *dev)
{
    VtdBridge *bridge = find(s, dev);

    if (bridge) {
        dev->config_write = bridge->config_write;
        QLIST_REMOVE(bridge, next);
        g_free(bridge);
    }
}
