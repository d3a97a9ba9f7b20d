/*
 * intel-iommu on libvtd: IOMMU notifiers, for vhost and vfio
 *
 * UNMAP alone:      told what was invalidated.
 * DEVIOTLB_UNMAP:   told about device-TLB invalidations.
 * MAP (and UNMAP):  keep a copy of the translations (vtd_shadow.c).  An
 *                   invalidation says where to look for what has changed.
 *
 * A requester's notifiers are told about its own domain and PASID: the one that
 * it has, and the one that it was last known to have.  That it has another one
 * is learned from the invalidation of its context or PASID entry, and then all
 * of what they have is void.
 *
 * All with the BQL held, unless it says otherwise.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_trace.h"
#include "qemu/error-report.h"

#define CACHING (IOMMU_NOTIFIER_UNMAP | IOMMU_NOTIFIER_DEVIOTLB_UNMAP)

/*
 * Never refused: where QEMU registers a notifier because translation has been
 * turned on, it has no way back and ends.  vtd_host_device.c refuses devices
 * that need what there is not when they are plugged.
 */
int vtd_notify_flag_changed(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old,
                            IOMMUNotifierFlag new, Error **errp)
{
    VtdRequester *requester = container_of(iommu, VtdRequester, iommu);
    VtdState *s = requester->state;

    if (!old) {
        vtd_view_query(requester, &requester->told);
    }
    qatomic_set(&s->listeners,
                s->listeners + !!new - !!requester->notifier_flags);
    /* Before tables are read: see vtd_notify_needs() */
    smp_mb();
    requester->notifier_flags = new;
    vtd_shadow_collect(requester);
    if ((new & IOMMU_NOTIFIER_MAP) &&
        !vtd_host_device_possible(requester->state, NULL)) {
        warn_report_once("intel-iommu: what a host device may access is not "
                         "complete without caching-mode=on");
    }
    return 0;
}

/* Not in powers of 2: whoever keeps a cache looks at what overlaps */
static void unmap_range(IOMMUNotifier *n, hwaddr first, hwaddr last)
{
    IOMMUTLBEvent event = {
        .type = n->notifier_flags & CACHING,
        .entry = vtd_compat_tlb_entry(PCI_NO_PASID),
    };

    first = MAX(first, n->start);
    last = MIN(last, n->end);
    if (first <= last) {
        event.entry.iova = first;
        event.entry.addr_mask = last - first;
        vtd_trace_notice(n, &event);
        memory_region_notify_iommu_one(n, &event);
    }
}

/*
 * Each half of the address space is told by itself: the end of all of it does
 * not fit into 64 bits, and a back end that adds address and size (DPDK) drops
 * nothing then.  Only a first stage has anything in the upper half.
 */
static void unmap(VtdRequester *requester, IOMMUNotifier *n, hwaddr first,
                  hwaddr last)
{
    const hwaddr half = 1ULL << 63;

    if (first < half) {
        unmap_range(n, first, MIN(last, half - 1));
    }
    if (last >= half && requester->state->properties.first_stage) {
        unmap_range(n, MAX(first, half), last);
    }
}

/* All that is cached is void, device-TLBs included */
void vtd_notify_drop(VtdRequester *requester)
{
    IOMMUNotifier *n;

    vtd_view_query(requester, &requester->told);
    IOMMU_NOTIFIER_FOREACH(n, &requester->iommu) {
        if (!(n->notifier_flags & IOMMU_NOTIFIER_MAP)) {
            unmap(requester, n, 0, HWADDR_MAX);
        }
    }
}

/* Without device-TLBs in the unit no other invalidation will follow */
static bool follows_translations(VtdState *s, const IOMMUNotifier *n)
{
    return (n->notifier_flags & IOMMU_NOTIFIER_UNMAP) ||
           !X86_IOMMU_DEVICE(s)->dt_supported;
}

static void notify(VtdRequester *requester, hwaddr first, hwaddr last)
{
    IOMMUNotifier *n;

    vtd_shadow_collect(requester);
    IOMMU_NOTIFIER_FOREACH(n, &requester->iommu) {
        if (n->notifier_flags & IOMMU_NOTIFIER_MAP) {
            vtd_shadow_refresh(requester, n, first, last);
        } else if (follows_translations(requester->state, n)) {
            unmap(requester, n, first, last);
        }
    }
}

void vtd_notify_all(VtdRequester *requester)
{
    if (requester->notifier_flags) {
        vtd_view_query(requester, &requester->told);
        notify(requester, 0, HWADDR_MAX);
    }
}

static bool is_same(const struct vtd_requester_info *a,
                    const struct vtd_requester_info *b)
{
    return a->state == b->state && a->did == b->did && a->pasid == b->pasid &&
           a->first_stage_levels == b->first_stage_levels &&
           a->first_stage_root == b->first_stage_root &&
           a->second_stage_levels == b->second_stage_levels &&
           a->second_stage_root == b->second_stage_root;
}

static bool is_whole(const struct vtd_mappings_changed *change)
{
    return change->scope != VTD_CHANGE_RANGE ||
           (change->first == 0 && change->last == UINT64_MAX);
}

/* Of a requester that is what it was known to be */
static bool concerns(const struct vtd_mappings_changed *change,
                     VtdRequester *requester)
{
    const struct vtd_requester_info *told = &requester->told;

    switch (change->scope) {
    case VTD_CHANGE_GLOBAL:
        return true;
    case VTD_CHANGE_DEVICE:
        return !((vtd_requester_sid(requester) ^ change->sid) &
                 ~change->sid_mask);
    default:
        break;
    }
    if (told->state != VTD_REQUESTER_TRANSLATED) {
        /* It may have been something in between, without a notice */
        return is_whole(change);
    }
    return change->did == told->did &&
           (!change->pasid_present || change->pasid == told->pasid);
}

/* SPEC 6.5.2.3: pages without PASID are those of second-stage tables */
static bool covers_all(const struct vtd_mappings_changed *change,
                       const struct vtd_requester_info *info)
{
    return is_whole(change) ||
           (!change->pasid_present && info->first_stage_levels);
}

static void notify_requester(VtdRequester *requester,
                             const struct vtd_mappings_changed *change)
{
    struct vtd_requester_info now;

    vtd_view_query(requester, &now);
    if (!is_same(&now, &requester->told)) {
        vtd_notify_all(requester);
    } else if (!concerns(change, requester)) {
        return;
    } else if (covers_all(change, &now)) {
        notify(requester, 0, HWADDR_MAX);
    } else {
        notify(requester, change->first, change->last);
    }
}

void vtd_notify_mappings(VtdState *s, const struct vtd_mappings_changed *change)
{
    VtdRequester *requester;
    bool whole = is_whole(change);

    if (whole) {
        vtd_view_update(s);
    }
    QLIST_FOREACH(requester, &s->requesters, next) {
        /* Who has just come to the view has been told what is in it */
        if (requester->notifier_flags && !(whole && requester->switching)) {
            notify_requester(requester, change);
        }
    }
}

static bool covers_in_domain(const struct vtd_mappings_changed *a,
                             const struct vtd_mappings_changed *b)
{
    if (a->did != b->did || (b->scope != VTD_CHANGE_DOMAIN &&
                             b->scope != VTD_CHANGE_RANGE)) {
        return false;
    }
    if (a->scope == VTD_CHANGE_DOMAIN) {
        return true;
    }
    /* With PASID and without are different questions (covers_all()) */
    return b->scope == VTD_CHANGE_RANGE &&
           a->pasid_present == b->pasid_present &&
           (!a->pasid_present || a->pasid == b->pasid) &&
           a->first <= b->first && a->last >= b->last;
}

/*
 * From any thread: whether vtd_notify_mappings() would do anything.  Without
 * notifiers pages are nobody's matter.  One that is registered meanwhile has
 * asked for nothing yet, and finds tables that have already changed.
 */
bool vtd_notify_needs(VtdState *s, const struct vtd_mappings_changed *change)
{
    return is_whole(change) || qatomic_read(&s->listeners);
}

/* From any thread: no notifier needs to hear @b that hears @a after it */
bool vtd_notify_covers(const struct vtd_mappings_changed *a,
                       const struct vtd_mappings_changed *b)
{
    switch (a->scope) {
    case VTD_CHANGE_GLOBAL:
        return true;
    case VTD_CHANGE_DEVICE:
        return b->scope == VTD_CHANGE_DEVICE && a->sid == b->sid &&
               a->sid_mask == b->sid_mask;
    default:
        return covers_in_domain(a, b);
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
            unmap(requester, n, first, last);
        }
    }
}
