/*
 * intel-iommu on libvtd: the address spaces that devices do DMA in
 *
 * Each requester has one.  Where its addresses pass it is an alias of one
 * region that all share, so that they have one flat view; otherwise it is an
 * IOMMU region (vtd_view.c decides).  The interrupt address range lies on top
 * of both.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "qemu/lockable.h"
#include "qemu/main-loop.h"

static void create_regions(VtdRequester *requester)
{
    VtdState *s = requester->state;
    g_autofree char *name = g_strdup_printf("vtd-%02x.%x",
                                            PCI_SLOT(requester->devfn),
                                            PCI_FUNC(requester->devfn));
    g_autofree char *iommu_name = g_strconcat(name, "-dmar", NULL);

    memory_region_init(&requester->root, OBJECT(s), name, UINT64_MAX);
    memory_region_init_alias(&requester->bypass, OBJECT(s), "vtd-nodmar",
                             &s->bypass, 0, memory_region_size(&s->bypass));
    memory_region_init_iommu(&requester->iommu, sizeof(requester->iommu),
                             TYPE_INTEL_IOMMU_MEMORY_REGION, OBJECT(s),
                             iommu_name, UINT64_MAX);
    vtd_interrupt_window_init(&requester->interrupts, s, requester);
    memory_region_add_subregion_overlap(MEMORY_REGION(&requester->iommu),
                                        VTD_INTERRUPT_WINDOW,
                                        &requester->interrupts, 1);
    memory_region_add_subregion_overlap(&requester->root, 0,
                                        &requester->bypass, 0);
    memory_region_add_subregion_overlap(&requester->root, 0,
                                        MEMORY_REGION(&requester->iommu), 0);
    address_space_init(&requester->as, &requester->root, "vtd-root");
}

static VtdRequester *find(VtdState *s, PCIBus *bus, int devfn)
{
    VtdRequester *requester;

    QEMU_LOCK_GUARD(&s->lock);
    QLIST_FOREACH(requester, &s->requesters, next) {
        if (requester->bus == bus && requester->devfn == devfn) {
            return requester;
        }
    }
    return NULL;
}

/* pci_bus_num() casts objects, which costs more than a translation */
static void set_bus(VtdRequester *requester, PCIBus *bus)
{
    const uint8_t *number = NULL;

    if (bus && pci_bus_is_root(bus)) {
        requester->root_number = pci_bus_num(bus);
        number = &requester->root_number;
    } else if (bus) {
        number = &bus->parent_dev->config[PCI_SECONDARY_BUS];
    }
    qatomic_set(&requester->bus_number, number);
    qatomic_set(&requester->bus, bus);
}

/* Only devices that are still there do DMA, so nobody is in the way */
void vtd_memory_orphan(VtdRequester *requester)
{
    VtdState *s = requester->state;

    memory_region_set_enabled(&requester->root, false);

    QEMU_LOCK_GUARD(&s->lock);
    QLIST_REMOVE(requester, next);
    set_bus(requester, NULL);
    QLIST_INSERT_HEAD(&s->orphans, requester, next);
}

/* One that nobody listens to any more */
static VtdRequester *take_orphan(VtdState *s, int devfn)
{
    VtdRequester *requester;

    QLIST_FOREACH(requester, &s->orphans, next) {
        if (requester->devfn == devfn && !requester->notifier_flags) {
            QLIST_REMOVE(requester, next);
            return requester;
        }
    }
    return NULL;
}

static VtdRequester *create(VtdState *s, int devfn)
{
    VtdRequester *requester = g_new0(VtdRequester, 1);

    requester->state = s;
    requester->devfn = devfn;
    create_regions(requester);
    return requester;
}

/* Makes it if it is not there; that takes the BQL */
VtdRequester *vtd_memory_requester(VtdState *s, PCIBus *bus, int devfn)
{
    VtdRequester *requester = find(s, bus, devfn);

    if (requester) {
        return requester;
    }

    BQL_LOCK_GUARD();
    requester = find(s, bus, devfn);
    if (requester) {
        return requester;
    }
    requester = take_orphan(s, devfn);
    if (!requester) {
        requester = create(s, devfn);
    }
    set_bus(requester, bus);
    vtd_bridge_watch(s, bus);
    vtd_view_init(requester);
    memory_region_set_enabled(&requester->root, true);

    QEMU_LOCK_GUARD(&s->lock);
    QLIST_INSERT_HEAD(&s->requesters, requester, next);
    return requester;
}

/* The requester whose address space @dev uses; NULL if it is not ours */
VtdRequester *vtd_memory_requester_of(PCIDevice *dev)
{
    AddressSpace *as = pci_device_iommu_address_space(dev);
    Object *owner = memory_region_owner(as->root);

    if (!owner || !object_dynamic_cast(owner, TYPE_INTEL_IOMMU_DEVICE)) {
        return NULL;
    }
    return container_of(as, VtdRequester, as);
}

void vtd_memory_init(VtdState *s)
{
    MemoryRegion *memory = get_system_memory();

    QLIST_INIT(&s->requesters);
    QLIST_INIT(&s->orphans);
    memory_region_init(&s->bypass, OBJECT(s), "vtd-nodmar", UINT64_MAX);
    memory_region_init_alias(&s->system, OBJECT(s), "vtd-sys-alias", memory, 0,
                             memory_region_size(memory));
    memory_region_add_subregion_overlap(&s->bypass, 0, &s->system, 0);
    vtd_interrupt_window_init(&s->interrupts, s, NULL);
    memory_region_add_subregion_overlap(&s->bypass, VTD_INTERRUPT_WINDOW,
                                        &s->interrupts, 1);

    /* The IOAPIC does nothing but write interrupts */
    address_space_init(&s->ioapic_as, &s->bypass, "vtd-ioapic");
}
