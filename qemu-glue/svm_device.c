/*
 * The `svm` demo device: the QOM type, reset, interrupts
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "hw/pci/msi.h"
#include "qapi/error.h"
#include "qemu/atomic.h"
#include "qemu/error-report.h"
#include "qemu/lockable.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "system/system.h"

static void bus_translation(void *bus, const struct vtd_request *request,
                            struct vtd_translation *result)
{
    PCIDevice *dev = bus;

    if (!svm_translation_begin()) {
        *result = (struct vtd_translation) {
            .status = VTD_STATUS_COMPLETER_ABORT,
            .size_shift = 12,
        };
        return;
    }
    vtd_pci_request_translation(dev, request, result);
    svm_translation_end();
    if (result->status == VTD_STATUS_UNSUPPORTED_REQUEST &&
        !vtd_compat_bus_master(dev)) {
        /* Not an answer that stops ATS: the request has not left */
        result->status = VTD_STATUS_COMPLETER_ABORT;
    }
}

/* In the place of software, which does not get to see the request */
static void answer(SvmDevice *d, const struct vtd_page_request *request,
                   enum vtd_response_code code)
{
    struct vtd_page_group_response response = {
        .sid = request->sid,
        .pasid_present = request->pasid_present,
        .pasid = request->pasid,
        .prgi = request->prgi,
        .code = code,
    };
    bool marker = !request->read && !request->write;

    if (request->last && !marker) {
        vtd_endpoint_response(d->endpoint, &response);
    }
}

/*
 * While the machine is stopped the access is told to try again, and parks when
 * it does.  A request that cannot leave otherwise gets no response.  Accesses
 * ask page by page, so every group is one message: none is cut in two here.
 */
static void bus_page_request(void *bus, const struct vtd_page_request *request)
{
    SvmDevice *d = SVM_DEVICE(bus);
    int ret;

    if (!svm_message_begin(d)) {
        answer(d, request, VTD_RESPONSE_SUCCESS);
        return;
    }
    ret = vtd_pci_request_page(PCI_DEVICE(d), request);
    svm_message_end(d);
    if (ret) {
        answer(d, request, ret == -ENOSPC ? VTD_RESPONSE_SUCCESS
                                          : VTD_RESPONSE_INVALID);
    }
}

static void bus_access_opened(void *bus, const struct vtd_request *request,
                              const struct vtd_translation *used)
{
    vtd_pci_access_opened(PCI_DEVICE(bus), request, used);
}

static const struct vtd_endpoint_ops endpoint_ops = {
    .size = sizeof(endpoint_ops),
    .translation_request = bus_translation,
    .page_request = bus_page_request,
    .access_opened = bus_access_opened,
};

void svm_interrupts_send(SvmDevice *d)
{
    PCIDevice *dev = PCI_DEVICE(d);
    uint64_t portals;

    WITH_QEMU_LOCK_GUARD(&d->lock) {
        portals = d->interrupts;
        d->interrupts = 0;
    }
    while (portals && msi_enabled(dev)) {
        unsigned int portal = ctz64(portals);

        portals &= portals - 1;
        msi_notify(dev, portal % msi_nr_vectors_allocated(dev));
    }
}

/* Of a machine that is stopped they go with its state, or wait for its start */
static void send_interrupts(void *opaque)
{
    if (runstate_is_running()) {
        svm_interrupts_send(opaque);
    }
}

void svm_command_ended(SvmPortal *portal, bool ok, bool interrupt)
{
    SvmDevice *d = portal->device;
    uint64_t bit = 1ull << portal->index;

    QEMU_LOCK_GUARD(&d->lock);
    if (portal->index == 0) {
        qatomic_set(&d->portal0_status,
                    ok ? SVM_P0_STATUS_OK : SVM_P0_STATUS_ERROR);
    }
    if (ok) {
        d->commands_ok++;
    } else {
        d->commands_failed++;
    }
    if (interrupt) {
        d->causes |= bit;
        d->interrupts |= bit;
        qemu_bh_schedule(d->interrupt_bh);
    }
}

static void reset_portals(SvmDevice *d)
{
    for (unsigned int i = 0; i <= d->portals; i++) {
        SvmPortal *portal = &d->portal[i];

        svm_portal_enable(portal, i == 0, false);
        svm_portal_set_pasid(portal, PCI_NO_PASID);
    }
    memset(&d->portal0, 0, sizeof(d->portal0));
    d->portal0_status = SVM_P0_STATUS_OK;
}

/* Also a function level reset.  Ends all commands before it returns. */
static void reset_hold(Object *obj, ResetType type)
{
    SvmDevice *d = SVM_DEVICE(obj);

    svm_portals_quiesce(d);
    svm_listen_stop(d, false);
    reset_portals(d);
    vtd_endpoint_reset(d->endpoint);
    svm_config_reset(d);

    QEMU_LOCK_GUARD(&d->lock);
    d->causes = 0;
    d->interrupts = 0;
}

static bool create_endpoint(SvmDevice *d, Error **errp)
{
    struct vtd_endpoint_config config;
    int ret;

    vtd_endpoint_config_init(&config);
    config.pasid_bits = VTD_PASID_BITS;
    config.privileged_mode = true;
    config.pri_capacity = SVM_PRI_CAPACITY;
    config.response_pasid_required = true;
    ret = vtd_endpoint_create(&config, &endpoint_ops, d, &d->endpoint);
    if (ret) {
        error_setg_errno(errp, -ret, "svm: no endpoint");
        return false;
    }
    return true;
}

static void machine_done(Notifier *notifier, void *unused)
{
    SvmDevice *d = container_of(notifier, SvmDevice, machine_done);
    Error *err = NULL;

    if (!vtd_pci_check(PCI_DEVICE(d), &err)) {
        error_report_err(err);
        exit(EXIT_FAILURE);
    }
}

static void realize(PCIDevice *dev, Error **errp)
{
    SvmDevice *d = SVM_DEVICE(dev);
    bool is_hotplug = phase_check(PHASE_MACHINE_READY);

    if (d->portals < 1 || d->portals > SVM_PORTALS_MAX) {
        error_setg(errp, "portals=%u is not possible; use 1 to %u",
                   d->portals, SVM_PORTALS_MAX);
        return;
    }
    if (is_hotplug && !vtd_pci_check(dev, errp)) {
        return;
    }
    if (!svm_config_init(d, errp) || !create_endpoint(d, errp)) {
        return;
    }
    d->blob = g_malloc(VTD_ENDPOINT_STATE_SIZE_MAX);
    qemu_mutex_init(&d->lock);
    qemu_cond_init(&d->drained);
    d->interrupt_bh = qemu_bh_new(send_interrupts, d);
    svm_listen_init(d);
    for (unsigned int i = 0; i <= d->portals; i++) {
        svm_portal_init(d, i);
    }
    svm_stop_init(d);
    if (!is_hotplug) {
        /* The IOMMU of a command line may come after the device */
        d->machine_done.notify = machine_done;
        qemu_add_machine_init_done_notifier(&d->machine_done);
    }
    memory_region_init_io(&d->bar, OBJECT(d), &svm_regs_ops, d, "svm",
                          SVM_BAR0_SIZE);
    pci_register_bar(dev, 0, PCI_BASE_ADDRESS_SPACE_MEMORY, &d->bar);
}

static void unrealize(PCIDevice *dev)
{
    SvmDevice *d = SVM_DEVICE(dev);

    if (d->machine_done.notify) {
        qemu_remove_machine_init_done_notifier(&d->machine_done);
    }
    svm_stop_exit(d);
    for (unsigned int i = 0; i <= d->portals; i++) {
        svm_portal_destroy(&d->portal[i]);
    }
    vtd_endpoint_destroy(d->endpoint);
    d->endpoint = NULL;
    qemu_bh_delete(d->interrupt_bh);
    qemu_cond_destroy(&d->drained);
    qemu_mutex_destroy(&d->lock);
    g_free(d->blob);
    msi_uninit(dev);
    pcie_cap_exit(dev);
}

static const Property svm_properties[] = {
    DEFINE_PROP_UINT8("portals", SvmDevice, portals, 16),
};

static void class_init(ObjectClass *klass, VtdClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    ResettableClass *rc = RESETTABLE_CLASS(klass);

    pc->realize = realize;
    pc->exit = unrealize;
    pc->config_read = svm_config_read;
    pc->config_write = svm_config_write;
    pc->vendor_id = SVM_PCI_VENDOR_ID;
    pc->device_id = SVM_PCI_DEVICE_ID;
    pc->revision = SVM_PCI_REVISION;
    pc->class_id = PCI_CLASS_OTHERS;
    rc->phases.hold = reset_hold;
    dc->desc = "Shared virtual memory demo device (libvtd)";
    dc->vmsd = &svm_vmstate;
    device_class_set_props(dc, svm_properties);
    svm_look_add_properties(klass);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
}

static const TypeInfo svm_types[] = {
    {
        .name = TYPE_SVM_DEVICE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(SvmDevice),
        .class_init = class_init,
        .interfaces = (VtdInterfaceInfo[]) {
            { INTERFACE_PCIE_DEVICE },
            { },
        },
    },
};

DEFINE_TYPES(svm_types)
