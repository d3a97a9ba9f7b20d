/*
 * intel-iommu on libvtd: the IOMMU region of a requester
 *
 * What QEMU's DMA core, vhost and vfio ask.  An answer is for a block of
 * addresses, and they look at the memory behind its start: so a block is RAM in
 * one piece, or it is one page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_ram.h"
#include "vtd_trace.h"

#define PAGE_SHIFT_4K 12

/* No table has pages beyond 1 GiB: a larger block is one that passes through */
#define PAGE_SHIFT_MAX 30

static void translate(VtdRequester *requester, hwaddr address,
                      IOMMUAccessFlags flag, struct vtd_translation *result)
{
    struct vtd_request request = {
        .sid = vtd_requester_sid(requester),
        .type = VTD_AT_UNTRANSLATED,
        .access = flag & IOMMU_WO ? VTD_ACCESS_WRITE : VTD_ACCESS_READ,
        .address = address,
        .length = 1,
    };

    if (flag == IOMMU_NONE) {
        vtd_unit_probe(requester->state->unit, &request, result);
        return;
    }
    vtd_unit_translate(requester->state->unit, &request, result);
    vtd_trace_translation(&request, result);
}

/* How far an answer goes: 2^shift bytes */
static unsigned int block_shift(VtdRequester *requester,
                                const struct vtd_translation *result)
{
    if (likely(result->size_shift == PAGE_SHIFT_4K)) {
        return PAGE_SHIFT_4K;
    }
    if (result->size_shift > PAGE_SHIFT_MAX) {
        vtd_view_passes_through(requester);
    }
    return vtd_ram_block_shift(result->address, result->size_shift);
}

/* In one initialiser: a structure that is filled in and copied stalls */
static inline IOMMUTLBEntry entry(hwaddr address, hwaddr translated,
                                  unsigned int shift, IOMMUAccessFlags perm)
{
    hwaddr mask = MAKE_64BIT_MASK(0, shift);

    return (IOMMUTLBEntry) {
        .target_as = &address_space_memory,
        .iova = address & ~mask,
        .translated_addr = translated & ~mask,
        .addr_mask = mask,
        .perm = perm,
        VTD_COMPAT_TLB_PASID(PCI_NO_PASID)
    };
}

/* From any thread, with or without the BQL */
static IOMMUTLBEntry iommu_translate(IOMMUMemoryRegion *iommu, hwaddr address,
                                     IOMMUAccessFlags flag, int iommu_idx)
{
    VtdRequester *requester = container_of(iommu, VtdRequester, iommu);
    struct vtd_translation result;

    RCU_READ_LOCK_GUARD();
    translate(requester, address, flag, &result);
    if (unlikely(result.status != VTD_STATUS_SUCCESS ||
                 !(result.read || result.write))) {
        return entry(address, 0, PAGE_SHIFT_4K, IOMMU_NONE);
    }
    return entry(address, result.address, block_shift(requester, &result),
                 IOMMU_ACCESS_FLAG(result.read, result.write));
}

static void iommu_class_init(ObjectClass *klass, VtdClassData *data)
{
    IOMMUMemoryRegionClass *imrc = IOMMU_MEMORY_REGION_CLASS(klass);

    imrc->translate = iommu_translate;
    imrc->notify_flag_changed = vtd_notify_flag_changed;
    imrc->replay = vtd_shadow_replay;
}

static const TypeInfo vtd_translate_types[] = {
    {
        .name = TYPE_INTEL_IOMMU_MEMORY_REGION,
        .parent = TYPE_IOMMU_MEMORY_REGION,
        .class_init = iommu_class_init,
    },
};

DEFINE_TYPES(vtd_translate_types)
