/*
 * intel-iommu on libvtd: IOMMU notifiers, for vhost and vfio
 *
 * UNMAP alone:      told what was invalidated.
 * DEVIOTLB_UNMAP:   told about device-TLB invalidations.
 * MAP (and UNMAP):  keep a copy of the translations.  An invalidation says
 *                   where to look for what has changed; what they were told
 *                   before is in VtdRequester.mapped.
 *
 * All with the BQL held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "system/dma.h"

int vtd_notify_flag_changed(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old,
                            IOMMUNotifierFlag new, Error **errp)
{
    VtdRequester *requester = container_of(iommu, VtdRequester, iommu);
    VtdState *s = requester->state;

    if ((new & IOMMU_NOTIFIER_MAP) && !s->properties.caching_mode) {
        error_setg(errp, "device %02x.%x needs caching-mode=on of intel-iommu",
                   PCI_SLOT(requester->devfn), PCI_FUNC(requester->devfn));
        return -ENOTSUP;
    }
    if ((new & IOMMU_NOTIFIER_MAP) && s->properties.snoop_control) {
        error_setg(errp, "snoop-control=on of intel-iommu is not possible "
                   "with vfio; use snoop-control=off");
        return -ENOTSUP;
    }
    if ((new & IOMMU_NOTIFIER_DEVIOTLB_UNMAP) &&
        !X86_IOMMU_DEVICE(s)->dt_supported) {
        error_setg(errp, "device %02x.%x needs device-iotlb=on of intel-iommu",
                   PCI_SLOT(requester->devfn), PCI_FUNC(requester->devfn));
        return -ENOTSUP;
    }
    requester->notifier_flags = new;
    return 0;
}

static void notify_one(IOMMUNotifier *n, IOMMUNotifierFlag type, hwaddr iova,
                       hwaddr mask)
{
    IOMMUTLBEvent event = {
        .type = type,
        .entry = vtd_compat_tlb_entry(PCI_NO_PASID),
    };

    event.entry.iova = iova;
    event.entry.addr_mask = mask;
    memory_region_notify_iommu_one(n, &event);
}

/* In naturally aligned blocks, within the range of the notifier */
static void unmap(IOMMUNotifier *n, hwaddr first, hwaddr last)
{
    first = MAX(first, n->start);
    last = MIN(last, n->end);

    while (first <= last) {
        hwaddr mask = dma_aligned_pow2_mask(first, last, 64);

        notify_one(n, IOMMU_NOTIFIER_UNMAP, first, mask);
        if (mask >= last - first) {
            break;
        }
        first += mask + 1;
    }
}

static void forget(VtdRequester *requester, IOMMUNotifier *n, hwaddr first,
                   hwaddr last)
{
    DMAMap range = { .iova = first, .size = last - first };
    const DMAMap *found;

    while ((found = iova_tree_find(requester->mapped, &range))) {
        DMAMap old = *found;

        unmap(n, old.iova, old.iova + old.size);
        iova_tree_remove(requester->mapped, old);
    }
}

static void map(VtdRequester *requester, IOMMUNotifier *n, const DMAMap *wanted)
{
    const DMAMap *found = iova_tree_find(requester->mapped, wanted);
    IOMMUTLBEvent event = {
        .type = IOMMU_NOTIFIER_MAP,
        .entry = vtd_compat_tlb_entry(PCI_NO_PASID),
    };

    if (found && found->iova == wanted->iova && found->size == wanted->size &&
        found->translated_addr == wanted->translated_addr &&
        found->perm == wanted->perm) {
        return;
    }
    forget(requester, n, wanted->iova, wanted->iova + wanted->size);
    iova_tree_insert(requester->mapped, wanted);

    event.entry.iova = wanted->iova;
    event.entry.addr_mask = wanted->size;
    event.entry.translated_addr = wanted->translated_addr;
    event.entry.perm = wanted->perm;
    memory_region_notify_iommu_one(n, &event);
}

static bool probe(VtdRequester *requester, hwaddr address,
                  struct vtd_translation *result)
{
    struct vtd_request request = {
        .sid = vtd_requester_sid(requester),
        .type = VTD_AT_UNTRANSLATED,
        .access = VTD_ACCESS_ZERO_LENGTH_READ,
        .address = address,
        .length = 1,
    };

    RCU_READ_LOCK_GUARD();
    vtd_unit_probe(requester->state->unit, &request, result);
    return result->status == VTD_STATUS_SUCCESS &&
           (result->read || result->write);
}

/* In naturally aligned pieces, as IOMMUTLBEntry wants them */
static void map_block(VtdRequester *requester, IOMMUNotifier *n, DMAMap block)
{
    hwaddr last = block.iova + block.size;

    for (;;) {
        DMAMap piece = block;

        piece.size = dma_aligned_pow2_mask(block.iova, last, 64);
        map(requester, n, &piece);
        if (piece.size >= last - block.iova) {
            break;
        }
        block.iova += piece.size + 1;
        block.translated_addr += piece.size + 1;
    }
}

/*
 * Look at the block of one translation, or of none, around @address.
 * Returns its last byte.
 */
static hwaddr refresh_block(VtdRequester *requester, IOMMUNotifier *n,
                            hwaddr address)
{
    struct vtd_translation result;
    bool present = probe(requester, address, &result);
    hwaddr mask = MAKE_64BIT_MASK(0, MAX(result.size_shift, 12));
    hwaddr first = MAX(address & ~mask, n->start);
    hwaddr last = MIN(address | mask, n->end);

    if (present) {
        map_block(requester, n, (DMAMap) {
            .iova = first,
            .size = last - first,
            .translated_addr = (result.address & ~mask) | (first & mask),
            .perm = IOMMU_ACCESS_FLAG(result.read, result.write),
        });
    } else {
        forget(requester, n, first, last);
    }
    return last;
}

/* Bring the copy that a MAP notifier keeps up to date */
static void refresh(VtdRequester *requester, IOMMUNotifier *n, hwaddr first,
                    hwaddr last)
{
    unsigned int width = requester->state->properties.aw_bits;

    first = MAX(first, n->start);
    last = MIN(last, MIN(n->end, MAKE_64BIT_MASK(0, width)));

    while (first <= last) {
        hwaddr end = refresh_block(requester, n, first);

        if (end >= last) {
            break;
        }
        first = end + 1;
    }
}

void vtd_notify_replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    VtdRequester *requester = container_of(iommu, VtdRequester, iommu);

    if (n->notifier_flags & IOMMU_NOTIFIER_MAP) {
        /* It has nothing yet: forget without telling it */
        iova_tree_remove(requester->mapped,
                         (DMAMap) { .iova = n->start,
                                    .size = n->end - n->start });
        refresh(requester, n, 0, HWADDR_MAX);
    }
}

static void notify_requester(VtdRequester *requester, hwaddr first,
                             hwaddr last)
{
    IOMMUNotifier *n;

    IOMMU_NOTIFIER_FOREACH(n, &requester->iommu) {
        if (n->notifier_flags & IOMMU_NOTIFIER_MAP) {
            refresh(requester, n, first, last);
        } else if (n->notifier_flags & IOMMU_NOTIFIER_UNMAP) {
            unmap(n, first, last);
        }
    }
}

/*
 * Which requesters use a domain is the unit's business, so all are told of
 * changes in one.  It costs nothing where there are no notifiers.
 */
void vtd_notify_mappings(VtdState *s, const struct vtd_mappings_changed *change)
{
    bool range = change->scope == VTD_CHANGE_RANGE;
    VtdRequester *requester;

    QLIST_FOREACH(requester, &s->requesters, next) {
        uint16_t sid;

        if (!(requester->notifier_flags & IOMMU_NOTIFIER_IOTLB_EVENTS)) {
            continue;
        }
        sid = vtd_requester_sid(requester);
        if (change->scope == VTD_CHANGE_DEVICE &&
            ((sid ^ change->sid) & ~change->sid_mask)) {
            continue;
        }
        notify_requester(requester, range ? change->first : 0,
                         range ? change->last : HWADDR_MAX);
    }
}

void vtd_notify_device_tlb(VtdRequester *requester, hwaddr first, hwaddr last)
{
    IOMMUNotifier *n;

    if (!(requester->notifier_flags & IOMMU_NOTIFIER_DEVIOTLB_UNMAP)) {
        return;
    }
    IOMMU_NOTIFIER_FOREACH(n, &requester->iommu) {
        if (n->notifier_flags & IOMMU_NOTIFIER_DEVIOTLB_UNMAP) {
            notify_one(n, IOMMU_NOTIFIER_DEVIOTLB_UNMAP, first, last - first);
        }
    }
}
