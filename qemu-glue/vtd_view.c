/*
 * intel-iommu on libvtd: which view of memory a requester has
 *
 * Where the guest's tables translate or block a requester, its address space is
 * an IOMMU region.  Where addresses pass (translation is off, or the tables say
 * pass-through) it is memory itself: no access costs a translation, and vhost
 * and vfio see RAM.
 *
 * A view is looked at again when an invalidation covers what it was decided
 * by, and when bus numbers change; until then it stays.  Without caching mode
 * the guest may make a requester present without an invalidation: then the
 * first translation finds out that it passes through.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_trace.h"
#include "qemu/main-loop.h"
#include "system/runstate.h"

void vtd_view_query(VtdRequester *requester, struct vtd_requester_info *info)
{
    RCU_READ_LOCK_GUARD();
    vtd_unit_requester(requester->state->unit, vtd_requester_sid(requester),
                       false, 0, info);
}

/* Behind a bridge that has no number yet nobody is who it seems to be */
static bool has_number(const VtdRequester *requester)
{
    PCIBus *bus = qatomic_read(&requester->bus);

    return bus && (pci_bus_is_root(bus) || pci_bus_num(bus) != 0);
}

static bool is_translated(VtdRequester *requester)
{
    struct vtd_requester_info info;

    vtd_view_query(requester, &info);
    switch (info.state) {
    case VTD_REQUESTER_OFF:
        return false;
    case VTD_REQUESTER_PASS_THROUGH:
        return !has_number(requester);
    default:
        return true;
    }
}

static void set(VtdRequester *requester)
{
    bool translated = requester->translated;

    vtd_trace_view(requester->sid, translated);
    memory_region_set_enabled(&requester->bypass, !translated);
    memory_region_set_enabled(MEMORY_REGION(&requester->iommu), translated);
}

/* For one that is new in its place, before anybody uses its address space */
void vtd_view_init(VtdRequester *requester)
{
    requester->sid = vtd_requester_sid(requester);
    requester->translated = is_translated(requester);
    set(requester);
}

/* Returns whether there is anything to change */
static bool decide(VtdState *s)
{
    VtdRequester *requester;
    bool any = false;

    s->translating = vtd_unit_translation_enabled(s->unit);
    QLIST_FOREACH(requester, &s->requesters, next) {
        bool translated = is_translated(requester);

        requester->switching = translated != requester->translated;
        if (requester->switching && requester->translated) {
            vtd_notify_drop(requester);
        }
        requester->translated = translated;
        any |= requester->switching;
    }
    return any;
}

/*
 * With the BQL held.  What vhost caches it has asked the view for; nobody else
 * would tell it that the view is another one.
 */
void vtd_view_update(VtdState *s)
{
    VtdRequester *requester;

    if (!decide(s)) {
        return;
    }
    memory_region_transaction_begin();
    QLIST_FOREACH(requester, &s->requesters, next) {
        if (requester->switching) {
            set(requester);
        }
    }
    memory_region_transaction_commit();
    QLIST_FOREACH(requester, &s->requesters, next) {
        if (requester->switching && requester->translated) {
            vtd_notify_drop(requester);
        }
    }
}

/* To be called when the unit may have started or stopped translating */
void vtd_view_switch(VtdState *s)
{
    if (vtd_unit_translation_enabled(s->unit) != s->translating) {
        vtd_view_update(s);
    }
}

/* From any thread: a translation shows it, so the view may be the other one */
void vtd_view_passes_through(VtdRequester *requester)
{
    if (!is_translated(requester)) {
        qemu_bh_schedule(requester->state->view_bh);
    }
}

static void look_again(void *opaque)
{
    vtd_view_update(opaque);
}

static bool take_number(VtdRequester *requester)
{
    uint16_t sid = vtd_requester_sid(requester);

    requester->renumbered = sid != requester->sid;
    requester->sid = sid;
    return requester->renumbered;
}

/* Bus numbers may have changed, and with them all that follows from them */
void vtd_view_renumber(VtdState *s)
{
    VtdRequester *requester;
    bool any = false;

    QLIST_FOREACH(requester, &s->requesters, next) {
        any |= take_number(requester);
    }
    if (!any) {
        return;
    }
    vtd_view_update(s);
    QLIST_FOREACH(requester, &s->requesters, next) {
        if (requester->renumbered && !requester->switching) {
            vtd_notify_all(requester);
        }
    }
    vtd_events_routes_changed(s);
}

/* A migrated machine knows its bus numbers after the unit's state is loaded */
static void run_state_changed(void *opaque, bool running, RunState state)
{
    if (running) {
        vtd_view_renumber(opaque);
    }
}

void vtd_view_start(VtdState *s)
{
    s->view_bh = qemu_bh_new(look_again, s);
    qemu_add_vm_change_state_handler(run_state_changed, s);
}
