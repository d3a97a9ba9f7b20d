/*
 * The `svm` demo device: invalidations and page group responses coming in
 *
 * There is a listener for each PASID that a portal has, and one for requests
 * without PASID.  It is on while the IOMMU and the enable bits allow it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/lockable.h"

typedef struct Drain {
    SvmDevice *device;
    bool done;
} Drain;

static void drained(void *opaque,
                    const struct vtd_device_tlb_invalidation *request)
{
    Drain *drain = opaque;
    SvmDevice *d = drain->device;

    QEMU_LOCK_GUARD(&d->lock);
    drain->done = true;
    qemu_cond_broadcast(&d->drained);
}

/* Returns when no access uses what is covered any more */
static void invalidate(SvmDevice *d,
                       const struct vtd_device_tlb_invalidation *request)
{
    Drain drain = { .device = d };
    struct vtd_atc_invalidation invalidation = {
        .done = drained,
        .opaque = &drain,
    };

    vtd_endpoint_invalidate(d->endpoint, request, &invalidation);
    QEMU_LOCK_GUARD(&d->lock);
    while (!drain.done) {
        qemu_cond_wait(&d->drained, &d->lock);
    }
}

static void on_invalidate(VtdPciListener *l,
                          const struct vtd_device_tlb_invalidation *inv)
{
    SvmListener *listener = container_of(l, SvmListener, listener);

    invalidate(listener->device, inv);
}

static void on_response(VtdPciListener *l,
                        const struct vtd_page_group_response *response)
{
    SvmListener *listener = container_of(l, SvmListener, listener);

    vtd_endpoint_response(listener->device->endpoint, response);
}

static void start(SvmListener *listener)
{
    if (!listener->on) {
        listener->on = !vtd_pci_listen(PCI_DEVICE(listener->device),
                                       listener->pasid, &listener->listener);
    }
}

/* Nobody says any more what becomes invalid, so nothing is kept */
static void stop(SvmListener *listener)
{
    bool pasid_present = listener->pasid != PCI_NO_PASID;
    struct vtd_device_tlb_invalidation all = {
        .pasid_present = pasid_present,
        .pasid = pasid_present ? listener->pasid : 0,
        .last = UINT64_MAX,
    };

    if (listener->on) {
        vtd_pci_unlisten(&listener->listener);
        listener->on = false;
        invalidate(listener->device, &all);
    }
}

/* There are more listeners than portals */
SvmListener *svm_listener_get(SvmDevice *d, uint32_t pasid)
{
    SvmListener *unused = NULL;

    for (int i = 0; i < ARRAY_SIZE(d->listener); i++) {
        SvmListener *listener = &d->listener[i];

        if (!listener->users) {
            unused = listener;
        } else if (listener->pasid == pasid) {
            listener->users++;
            return listener;
        }
    }
    assert(unused);
    unused->users = 1;
    unused->pasid = pasid;
    start(unused);
    return unused;
}

void svm_listener_put(SvmListener *listener)
{
    if (!--listener->users) {
        stop(listener);
    }
}

/* Enable bits have changed */
void svm_listen_refresh(SvmDevice *d)
{
    for (int i = 0; i < ARRAY_SIZE(d->listener); i++) {
        if (d->listener[i].users) {
            start(&d->listener[i]);
        }
    }
}

/* While they can still be stopped; the portals are quiet */
void svm_listen_stop(SvmDevice *d, bool pasids_only)
{
    for (int i = 0; i < ARRAY_SIZE(d->listener); i++) {
        if (!pasids_only || d->listener[i].pasid != PCI_NO_PASID) {
            stop(&d->listener[i]);
        }
    }
}

void svm_listen_init(SvmDevice *d)
{
    for (int i = 0; i < ARRAY_SIZE(d->listener); i++) {
        d->listener[i].device = d;
        d->listener[i].listener.invalidate = on_invalidate;
        d->listener[i].listener.response = on_response;
    }
}
