/*
 * intel-iommu on libvtd: properties, and what they mean for the unit
 *
 * Property names are those of all QEMU versions, old and new, so that command
 * lines, libvirt and machine types of any version work with any other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "qapi/error.h"
#include "system/kvm.h"
#include "target/i386/cpu.h"
#include "target/i386/kvm/kvm_i386.h"

/* The most that VT-d has */
#define HOST_ADDRESS_WIDTH_MAX 52

#define PROPERTY(name, type, member, value) \
    DEFINE_PROP_##type(name, VtdState, properties.member, value)

static const Property vtd_properties[] = {
    PROPERTY("aw-bits", UINT8, aw_bits, VTD_HOST_ADDRESS_WIDTH),
    PROPERTY("eim", ON_OFF_AUTO, eim, ON_OFF_AUTO_AUTO),
    PROPERTY("x-buggy-eim", BOOL, buggy_eim, false),
    PROPERTY("caching-mode", BOOL, caching_mode, false),
    PROPERTY("x-scalable-mode", BOOL, scalable_mode, false),
    PROPERTY("scalable-mode", BOOL, scalable_mode, false),
    PROPERTY("x-flts", BOOL, first_stage, false),
    PROPERTY("fsts", BOOL, first_stage, false),
    PROPERTY("fs1gp", BOOL, fs1gp, true),
    PROPERTY("snoop-control", BOOL, snoop_control, false),
    PROPERTY("x-pasid-mode", BOOL, pasid_mode, false),
    PROPERTY("pasid-bits", UINT8, pasid_bits, 0),
    PROPERTY("svm", BOOL, svm, false),
#if !VTD_QEMU_PARENT_HAS_DMA_TRANSLATION
    PROPERTY("dma-translation", BOOL, dma_translation, true),
#endif
    PROPERTY("dma-drain", BOOL, dma_drain, true),
    PROPERTY("stale-tm", BOOL, stale_tm, false),
    PROPERTY("x-strict-ioapic-sid", BOOL, strict_ioapic_sid, false),
    PROPERTY("x-iotlb-entries", UINT32, iotlb_entries, 0),
    PROPERTY("x-check", BOOL, check, false),
    PROPERTY("x-check-waits", UINT32, check_waits, VTD_CHECK_WAITS),
    DEFINE_PROP_STRING("x-iotlb", VtdState, properties.iotlb),
    DEFINE_PROP_STRING("x-record", VtdState, properties.record),
    DEFINE_PROP_SIZE("x-record-limit", VtdState, properties.record_limit, 0),
    /* Of no effect: the version register says what the unit is */
    PROPERTY("version", UINT32, version, 0),
};

void vtd_config_add_properties(DeviceClass *dc)
{
    device_class_set_props(dc, vtd_properties);
}

static bool dma_translation(VtdState *s)
{
#if VTD_QEMU_PARENT_HAS_DMA_TRANSLATION
    return X86_IOMMU_DEVICE(s)->dma_translation;
#else
    return s->properties.dma_translation;
#endif
}

static unsigned int pasid_bits(const VtdProperties *p)
{
    return p->pasid_bits ? p->pasid_bits : p->pasid_mode ? VTD_PASID_BITS : 0;
}

static bool decide_eim(VtdState *s, Error **errp)
{
    VtdProperties *p = &s->properties;
    bool remapping = x86_iommu_ir_supported(X86_IOMMU_DEVICE(s));

    if (p->eim == ON_OFF_AUTO_AUTO) {
        p->eim = remapping && (kvm_irqchip_in_kernel() || p->buggy_eim)
                 ? ON_OFF_AUTO_ON : ON_OFF_AUTO_OFF;
    }
    if (p->eim == ON_OFF_AUTO_OFF) {
        return true;
    }
    if (!remapping) {
        error_setg(errp, "eim=on needs interrupt remapping; "
                   "add intremap=on or remove eim=on");
        return false;
    }
    if (!p->buggy_eim && kvm_irqchip_is_split() && !kvm_enable_x2apic()) {
        error_setg(errp, "eim=on needs a KVM with x2APIC (Linux 4.7 or "
                   "later); use eim=off");
        return false;
    }
    return true;
}

static bool check_widths(VtdState *s, Error **errp)
{
    VtdProperties *p = &s->properties;

    if (p->aw_bits != 39 && p->aw_bits != 48 && p->aw_bits != 57) {
        error_setg(errp, "aw-bits=%u is not an address width of VT-d; "
                   "use 39, 48 or 57", p->aw_bits);
        return false;
    }
    if (p->first_stage && p->aw_bits == 39) {
        error_setg(errp, "x-flts=on (fsts=on) needs 4-level tables; "
                   "use aw-bits=48 or 57");
        return false;
    }
    if (p->pasid_bits > VTD_PASID_BITS) {
        error_setg(errp, "pasid-bits=%u is too large; use at most %u",
                   p->pasid_bits, VTD_PASID_BITS);
        return false;
    }
    if (p->pasid_bits && p->pasid_bits < 6) {
        error_setg(errp, "pasid-bits=%u is too small: a PASID table has "
                   "64 entries; use 6 to %u", p->pasid_bits, VTD_PASID_BITS);
        return false;
    }
    return true;
}

static bool check_modes(VtdState *s, Error **errp)
{
    VtdProperties *p = &s->properties;

    if (p->first_stage && !p->scalable_mode) {
        error_setg(errp, "x-flts=on (fsts=on) is only available in scalable "
                   "mode; add x-scalable-mode=on");
        return false;
    }
    if (pasid_bits(p) && !p->scalable_mode) {
        error_setg(errp, "PASIDs are only available in scalable mode; "
                   "add x-scalable-mode=on");
        return false;
    }
    if (p->svm && !p->first_stage) {
        error_setg(errp, "svm=on shares page tables of processes, which are "
                   "first-stage tables; add x-flts=on");
        return false;
    }
    if (p->svm && !dma_translation(s)) {
        error_setg(errp, "svm=on is about translation; remove "
                   "dma-translation=off");
        return false;
    }
    if (p->svm && !pasid_bits(p)) {
        error_setg(errp, "svm=on needs PASIDs; add x-pasid-mode=on or "
                   "pasid-bits=%u", VTD_PASID_BITS);
        return false;
    }
    if (p->svm && !X86_IOMMU_DEVICE(s)->dt_supported) {
        error_setg(errp, "svm=on needs ATS and page requests of devices; "
                   "add device-iotlb=on");
        return false;
    }
    return true;
}

/*
 * What passes through can be any address of the machine, whatever aw-bits says
 * about the addresses that are translated.
 */
static unsigned int host_address_width(const VtdProperties *p)
{
    unsigned int machine = X86_CPU(first_cpu)->phys_bits;

    return MIN(MAX(p->aw_bits, machine), HOST_ADDRESS_WIDTH_MAX);
}

static void make_widths(VtdState *s, struct vtd_config *config)
{
    VtdProperties *p = &s->properties;

    config->host_address_width = host_address_width(p);
    config->guest_address_width = MAX(p->aw_bits, config->host_address_width);
    config->address_widths = 0;
    if (dma_translation(s)) {
        config->address_widths = VTD_WIDTH_39 |
                                 (p->aw_bits >= 48 ? VTD_WIDTH_48 : 0) |
                                 (p->aw_bits >= 57 ? VTD_WIDTH_57 : 0);
    }
}

static void make_translation(VtdState *s, struct vtd_config *config)
{
    VtdProperties *p = &s->properties;
    /* Scalable mode is about translation, and without it there is none */
    bool scalable = p->scalable_mode && dma_translation(s);
    bool first_stage = p->first_stage && scalable;

    config->scalable_mode = scalable;
    config->first_stage = first_stage;
    /*
     * Who keeps copies of second-stage tables writes without setting dirty
     * bits; that this is going to be is known from caching mode only.
     */
    config->second_stage_accessed_dirty = scalable && !p->caching_mode;
    config->nested = first_stage;
    config->first_stage_5_level = first_stage;
    config->first_stage_1g_pages = first_stage && p->fs1gp;
    config->extended_accessed = first_stage;
    config->supervisor_requests = scalable;
    config->dma_draining = p->dma_drain;
    config->transient_mapping = p->stale_tm &&
                                X86_IOMMU_DEVICE(s)->dt_supported;
    config->pass_through = X86_IOMMU_DEVICE(s)->pt_supported;
    config->snoop_control = p->snoop_control;
    config->caching_mode = p->caching_mode;
}

static void make_devices(VtdState *s, struct vtd_config *config)
{
    VtdProperties *p = &s->properties;
    X86IOMMUState *x86_iommu = X86_IOMMU_DEVICE(s);

    config->pasid_bits = config->scalable_mode ? pasid_bits(p) : 0;
    config->device_tlb = x86_iommu->dt_supported;
    config->page_request = p->svm;
    config->no_write_flag = x86_iommu->dt_supported;
    config->interrupt_remapping = x86_iommu_ir_supported(x86_iommu);
    config->extended_interrupt_mode = p->eim == ON_OFF_AUTO_ON;
    config->posted_interrupts = false;
}

bool vtd_config_make(VtdState *s, struct vtd_config *config, Error **errp)
{
    const char *reason;

    if (!decide_eim(s, errp) || !check_widths(s, errp) ||
        !check_modes(s, errp)) {
        return false;
    }

    vtd_config_init(config);
    make_widths(s, config);
    make_translation(s, config);
    make_devices(s, config);
    if (!vtd_check_make(s, config, errp)) {
        return false;
    }

    reason = vtd_config_check(config);
    if (reason) {
        error_setg(errp, "this combination of properties is not possible: %s",
                   reason);
        return false;
    }

    /* What the rest of QEMU looks at: the DMAR table, CPU hot-plug checks */
    s->parent.aw_bits = config->host_address_width;
    s->parent.caching_mode = s->properties.caching_mode;
    return true;
}
