/*
 * intel-iommu on libvtd: the QOM type
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_ram.h"
#include "vtd_trace.h"
#include "hw/i386/pc.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qom/object.h"

static uint64_t registers_read(void *opaque, hwaddr offset, unsigned int size)
{
    VtdState *s = opaque;
    uint64_t value;

    vtd_trace_register_read(offset, size);
    vtd_events_attend(s);
    WITH_RCU_READ_LOCK_GUARD() {
        value = vtd_unit_read(s->unit, offset, size);
    }
    /* A read pushes the unit's messages out */
    vtd_events_flush(s);
    return value;
}

static void registers_write(void *opaque, hwaddr offset, uint64_t value,
                            unsigned int size)
{
    VtdState *s = opaque;

    vtd_trace_register_write(offset, size, value);
    vtd_events_attend(s);
    WITH_RCU_READ_LOCK_GUARD() {
        vtd_unit_write(s->unit, offset, value, size);
    }
    vtd_events_flush(s);
    /* The status register follows when notices have been dealt with */
    vtd_trace_status(s, offset);
    vtd_view_switch(s);
}

/* Any access: the unit says what becomes of odd ones */
static const MemoryRegionOps registers_ops = {
    .read = registers_read,
    .write = registers_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {
        .min_access_size = 1,
        .max_access_size = 8,
        .unaligned = true,
    },
    .impl = {
        .min_access_size = 1,
        .max_access_size = 8,
        .unaligned = true,
    },
};

static void unit_timer(void *opaque)
{
    VtdState *s = opaque;

    vtd_events_attend(s);
    WITH_RCU_READ_LOCK_GUARD() {
        vtd_unit_timer_expired(s->unit);
    }
    vtd_events_flush(s);
}

/* Phase exit: devices have ended their DMA in the earlier ones */
static void reset_exit(Object *obj, ResetType type)
{
    VtdState *s = VTD_STATE(obj);

    vtd_trace_reset();
    /* Not to be delivered with the notices of the reset */
    vtd_events_forget(s);
    WITH_RCU_READ_LOCK_GUARD() {
        vtd_unit_reset(s->unit, VTD_RESET_POWER_GOOD);
    }
    /* What the unit said before is void, and that can be until here */
    vtd_events_forget(s);
    vtd_events_all_changed(s);
}

static int pre_save(void *opaque)
{
    VtdState *s = opaque;

    /* RAM and interrupt controllers may be saved already: deliver nothing */
    vtd_events_save(s);
    RCU_READ_LOCK_GUARD();
    s->blob_size = vtd_unit_save(s->unit, s->blob, VTD_STATE_SIZE_MAX);
    return s->blob_size <= VTD_STATE_SIZE_MAX ? 0 : -ENOSPC;
}

static int post_load(void *opaque, int version_id)
{
    VtdState *s = opaque;
    const char *reason;
    int ret;

    vtd_events_forget(s);
    s->loading = true;
    WITH_RCU_READ_LOCK_GUARD() {
        ret = vtd_unit_load(s->unit, s->blob, s->blob_size, &reason);
    }
    s->loading = false;
    if (ret) {
        error_report("intel-iommu: the state cannot be loaded: %s", reason);
        return ret;
    }
    vtd_events_load(s);
    vtd_events_all_changed(s);
    return 0;
}

static bool blob_fits(void *opaque, int version_id)
{
    VtdState *s = opaque;

    return s->blob_size <= VTD_STATE_SIZE_MAX;
}

static bool messages_fit(void *opaque, int version_id)
{
    VtdState *s = opaque;

    return s->message_count <= ARRAY_SIZE(s->message);
}

static const VMStateDescription vtd_message_vmstate = {
    .name = "iommu-intel/message",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(address, VtdMessage),
        VMSTATE_UINT32(data, VtdMessage),
        VMSTATE_END_OF_LIST()
    }
};

/*
 * Version 2: version 1 of this name is the state of QEMU's own intel-iommu,
 * and each refuses the other's.  MIG_PRI_IOMMU: before the devices behind it.
 */
static const VMStateDescription vtd_vmstate = {
    .name = "iommu-intel",
    .version_id = 2,
    .minimum_version_id = 2,
    .priority = MIG_PRI_IOMMU,
    .pre_save = pre_save,
    .post_load = post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(blob_size, VtdState),
        VMSTATE_VALIDATE("size of the unit's state", blob_fits),
        VMSTATE_VBUFFER_UINT32(blob, VtdState, 0, NULL, blob_size),
        VMSTATE_UINT32(message_count, VtdState),
        VMSTATE_VALIDATE("number of messages", messages_fit),
        VMSTATE_STRUCT_VARRAY_UINT32(message, VtdState, message_count, 1,
                                     vtd_message_vmstate, VtdMessage),
        VMSTATE_END_OF_LIST()
    }
};

static bool create_unit(VtdState *s, Error **errp)
{
    struct vtd_config config;

    return vtd_config_make(s, &config, errp) &&
        vtd_record_unit(s, &config, errp);
}

static void realize(DeviceState *dev, Error **errp)
{
    VtdState *s = VTD_STATE(dev);
    MachineState *machine = MACHINE(qdev_get_machine());

    if (!create_unit(s, errp)) {
        return;
    }
    vtd_ram_publish(s->unit);
    qemu_mutex_init(&s->lock);
    s->blob = g_malloc(VTD_STATE_SIZE_MAX);
    s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, unit_timer, s);
    vtd_events_init(s);
    memory_region_init_io(&s->registers, OBJECT(s), &registers_ops, s,
                          "intel_iommu", VTD_REGISTER_SPACE_SIZE);
    memory_region_add_subregion(get_system_memory(),
                                Q35_HOST_BRIDGE_IOMMU_ADDR, &s->registers);
    vtd_memory_init(s);
    vtd_view_start(s);
    vtd_host_device_init(s);
    vtd_bus_init(s, PC_MACHINE(machine)->pcibus);
    X86_MACHINE(machine)->ioapic_as = &s->ioapic_as;
}

static void class_init(ObjectClass *klass, VtdClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    X86IOMMUClass *x86_class = X86_IOMMU_DEVICE_CLASS(klass);
    ResettableClass *rc = RESETTABLE_CLASS(klass);

    rc->phases.exit = reset_exit;
    dc->vmsd = &vtd_vmstate;
    vtd_config_add_properties(dc);
    vtd_look_add_properties(klass);
    vtd_check_add_properties(klass);
    dc->hotpluggable = false;
    dc->desc = "Intel IOMMU (VT-d) DMA Remapping device (libvtd)";
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    x86_class->realize = realize;
    x86_class->int_remap = vtd_interrupt_route;
}

static const TypeInfo vtd_device_types[] = {
    {
        .name = TYPE_INTEL_IOMMU_DEVICE,
        .parent = TYPE_X86_IOMMU_DEVICE,
        .instance_size = sizeof(VtdState),
        .class_init = class_init,
    },
};

DEFINE_TYPES(vtd_device_types)
