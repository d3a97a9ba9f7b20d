/*
 * intel-iommu on libvtd: devices of the host, given to the guest by vfio
 *
 * The host's IOMMU has to do what the guest's tables say, so the unit has to be
 * one that can be shadowed.  That is checked when such a device is plugged:
 * later QEMU has no way back.  On a bus that bypasses the IOMMU it is no
 * concern of the unit's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qobject/qdict.h"
#include "system/host_iommu_device.h"
#include "system/system.h"

/* The second is the first's base type, where there is one */
static bool is_host_device(ObjectClass *klass)
{
    return object_class_dynamic_cast(klass, "vfio-pci") ||
           object_class_dynamic_cast(klass, "vfio-pci-device");
}

bool vtd_host_device_possible(VtdState *s, Error **errp)
{
    if (!s->properties.caching_mode) {
        error_setg(errp, "a host device needs caching-mode=on of intel-iommu");
        return false;
    }
    if (s->properties.first_stage) {
        error_setg(errp, "a host device is not possible with first-stage "
                   "translation; use x-flts=off (fsts=off) of intel-iommu");
        return false;
    }
    if (s->properties.snoop_control) {
        error_setg(errp, "a host device is not possible with "
                   "snoop-control=on of intel-iommu");
        return false;
    }
    return true;
}

/* PCIIOMMUOps; a mediated device does not come here */
bool vtd_host_device_set(PCIBus *bus, void *opaque, int devfn,
                         HostIOMMUDevice *hiod, Error **errp)
{
    HostIOMMUDeviceClass *hiodc = HOST_IOMMU_DEVICE_GET_CLASS(hiod);
    VtdState *s = opaque;
    int bits;

    if (!vtd_host_device_possible(s, errp)) {
        return false;
    }
    if (!hiodc->get_cap) {
        error_setg(errp, "the host IOMMU does not say what it can do");
        return false;
    }
    bits = hiodc->get_cap(hiod, HOST_IOMMU_DEVICE_CAP_AW_BITS, errp);
    if (bits < 0) {
        return false;
    }
    if (s->properties.aw_bits > bits) {
        error_setg(errp, "the host IOMMU has addresses of %d bits; use "
                   "aw-bits=%d or less", bits, bits);
        return false;
    }
    return true;
}

void vtd_host_device_unset(PCIBus *bus, void *opaque, int devfn)
{
}

typedef struct BusSearch {
    const char *name;           /* NULL: the first one */
    PCIBus *found;
} BusSearch;

/* Returns whether to go on, which is not less than 0 */
static int compare_bus(BusState *bus, void *opaque)
{
    BusSearch *search = opaque;

    if (!object_dynamic_cast(OBJECT(bus), TYPE_PCI_BUS) ||
        (search->name && strcmp(bus->name, search->name))) {
        return 0;
    }
    search->found = PCI_BUS(bus);
    return -1;
}

/* The bus that a device is to be on, as QEMU finds it; NULL: there is none */
static PCIBus *bus_of(const QDict *options)
{
    const char *path = qdict_get_try_str(options, "bus");
    const char *last = path ? strrchr(path, '/') : NULL;
    BusSearch search = { .name = last ? last + 1 : path };

    qbus_walk_children(sysbus_get_default(), NULL, compare_bus, NULL, NULL,
                       &search);
    return search.found;
}

/* DeviceListener: any device is about to be made.  An error refuses it. */
static bool check_plugged(DeviceListener *listener, const QDict *options,
                          bool from_json, Error **errp)
{
    VtdState *s = container_of(listener, VtdState, plug_listener);
    const char *driver = qdict_get_try_str(options, "driver");
    ObjectClass *klass = driver ? object_class_by_name(driver) : NULL;
    PCIBus *bus;

    if (!klass || !is_host_device(klass)) {
        return false;
    }
    /* Without a bus it fails by itself */
    bus = bus_of(options);
    if (bus && !pci_bus_bypass_iommu(bus)) {
        vtd_host_device_possible(s, errp);
    }
    return false;
}

static int check_device(Object *object, void *opaque)
{
    VtdState *s = opaque;
    Error *error = NULL;

    if (is_host_device(object_get_class(object)) &&
        vtd_memory_requester_of(PCI_DEVICE(object)) &&
        !vtd_host_device_possible(s, &error)) {
        error_report_err(error);
        exit(EXIT_FAILURE);
    }
    return 0;
}

/*
 * vfio has asked for its address space already, and there was no unit to have
 * one.  QEMU's own unit says nothing.
 */
static int warn_early(Object *object, void *opaque)
{
    if (is_host_device(object_get_class(object)) &&
        !pci_bus_bypass_iommu(pci_get_bus(PCI_DEVICE(object)))) {
        warn_report("intel-iommu does not translate what a host device does "
                    "that was made before it; name intel-iommu first");
    }
    return 0;
}

/* What came before the unit on the command line */
static void machine_done(Notifier *notifier, void *data)
{
    VtdState *s = container_of(notifier, VtdState, machine_done);

    object_child_foreach_recursive(object_get_root(), check_device, s);
}

void vtd_host_device_init(VtdState *s)
{
    object_child_foreach_recursive(object_get_root(), warn_early, NULL);
    s->machine_done.notify = machine_done;
    s->plug_listener.hide_device = check_plugged;
    device_listener_register(&s->plug_listener);
    qemu_add_machine_init_done_notifier(&s->machine_done);
}
