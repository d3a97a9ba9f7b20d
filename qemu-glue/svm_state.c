/*
 * The `svm` demo device: its state in a stream, for migration and snapshots
 *
 * The machine is stopped, so that nothing here changes but by a reset.  The unit
 * comes before the devices behind it (MIG_PRI_IOMMU).  What is not in the
 * stream: cached translations, and accesses that wait for a page, which are part
 * of a step and begin again with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "migration/vmstate.h"
#include "qemu/atomic.h"
#include "qemu/error-report.h"
#include "qemu/lockable.h"

static void save_portal(SvmPortal *portal)
{
    SvmSaved *saved = &portal->saved;
    uint32_t pasid = portal->listener->pasid;

    QEMU_LOCK_GUARD(&portal->lock);
    saved->pasid = pasid == PCI_NO_PASID ? SVM_PASID_NONE : pasid;
    saved->running = portal->running;
    saved->aborting = portal->aborting;
    saved->queued = portal->queued;
    for (unsigned int i = 0; i < portal->queued; i++) {
        saved->queue[i].address =
            portal->queue[(portal->queue_head + i) % SVM_QUEUE_DEPTH];
    }
}

/* Requests are answered in their order, so the last one is enough */
static void save_awaited(SvmPortal *portal)
{
    uint16_t prgi;

    QEMU_LOCK_GUARD(&portal->lock);
    if (portal->running &&
        vtd_endpoint_awaits(portal->device->endpoint, &portal->canceller,
                            &prgi)) {
        portal->job.awaited = prgi;
    }
}

static int pre_save(void *opaque)
{
    SvmDevice *d = opaque;

    d->saved_portals = d->portals + 1;
    for (unsigned int i = 0; i <= d->portals; i++) {
        save_portal(&d->portal[i]);
    }
    svm_config_normalise(d);
    d->blob_size = vtd_endpoint_save(d->endpoint, d->blob,
                                     VTD_ENDPOINT_STATE_SIZE_MAX);
    for (unsigned int i = 0; i <= d->portals; i++) {
        save_awaited(&d->portal[i]);
    }
    for (unsigned int i = 0; i < SVM_COUNTERS_ENDPOINT; i++) {
        d->saved_counter[i] = svm_counter(d, i);
    }
    return d->blob_size <= VTD_ENDPOINT_STATE_SIZE_MAX ? 0 : -ENOSPC;
}

/* A machine that was used before has been reset; nothing hangs on that */
static int pre_load(void *opaque)
{
    SvmDevice *d = opaque;

    svm_portals_quiesce(d);
    svm_listen_stop(d, false);
    svm_config_normalise(d);
    return 0;
}

/* A record must not reach into the next page */
static bool is_sound(const SvmPortal *portal)
{
    const SvmSaved *saved = &portal->saved;
    const SvmProgress *at = &portal->job.now;

    if (saved->pasid > SVM_PASID_NONE) {
        return false;
    }
    return !saved->running ||
           (at->phase < SVM_PHASES &&
            (at->phase != SVM_PHASE_REPORT || portal->index != 0) &&
            at->command.record % SVM_RECORD_ALIGN == 0 &&
            (portal->job.awaited <= UINT16_MAX ||
             portal->job.awaited == SVM_NO_GROUP));
}

static void load_portal(SvmPortal *portal)
{
    const SvmSaved *saved = &portal->saved;

    svm_portal_set_pasid(portal, saved->pasid == SVM_PASID_NONE
                                 ? PCI_NO_PASID : saved->pasid);

    QEMU_LOCK_GUARD(&portal->lock);
    portal->queue_head = 0;
    portal->queued = saved->queued;
    for (unsigned int i = 0; i < saved->queued; i++) {
        portal->queue[i] = saved->queue[i].address;
    }
    if (saved->running) {
        portal->running = true;
        portal->job.resumed = true;
    }
    if (saved->running && saved->aborting) {
        qatomic_set(&portal->aborting, true);
        vtd_endpoint_finish(portal->device->endpoint, &portal->canceller);
    }
    qemu_cond_signal(&portal->work);
}

static int post_load(void *opaque, int version_id)
{
    SvmDevice *d = opaque;
    const char *reason;
    int ret;

    for (unsigned int i = 0; i <= d->portals; i++) {
        if (!is_sound(&d->portal[i])) {
            error_report("svm: the state of portal %u is none that it can have",
                         i);
            return -EINVAL;
        }
    }
    ret = vtd_endpoint_load(d->endpoint, d->blob, d->blob_size, &reason);
    if (ret) {
        error_report("svm: the endpoint's state cannot be loaded: %s", reason);
        return ret;
    }
    for (unsigned int i = 0; i <= d->portals; i++) {
        load_portal(&d->portal[i]);
    }
    for (unsigned int i = 0; i < SVM_COUNTERS_ENDPOINT; i++) {
        d->counter_base[i] += d->saved_counter[i] - svm_counter(d, i);
    }
    svm_listen_refresh(d);
    return 0;
}

static bool portals_fit(void *opaque, int version_id)
{
    SvmDevice *d = opaque;

    return d->saved_portals == d->portals + 1u;
}

static bool blob_fits(void *opaque, int version_id)
{
    SvmDevice *d = opaque;

    return d->blob_size <= VTD_ENDPOINT_STATE_SIZE_MAX;
}

static bool queue_fits(void *opaque, int version_id)
{
    SvmPortal *portal = opaque;

    return portal->saved.queued <= SVM_QUEUE_DEPTH;
}

static bool has_job(void *opaque, int version_id)
{
    SvmPortal *portal = opaque;

    return portal->saved.running;
}

static const VMStateDescription queued_vmstate = {
    .name = "svm/queued",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(address, SvmQueued),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription job_vmstate = {
    .name = "svm/job",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(address, SvmJob),
        VMSTATE_UINT32(awaited, SvmJob),
        VMSTATE_UINT32(now.phase, SvmJob),
        VMSTATE_UINT32(now.lost, SvmJob),
        VMSTATE_UINT32(now.command.operation, SvmJob),
        VMSTATE_UINT32(now.command.flags, SvmJob),
        VMSTATE_UINT64(now.command.record, SvmJob),
        VMSTATE_UINT64(now.command.source, SvmJob),
        VMSTATE_UINT64(now.command.destination, SvmJob),
        VMSTATE_UINT64(now.command.length, SvmJob),
        VMSTATE_UINT64_ARRAY(now.command.operand, SvmJob, 2),
        VMSTATE_UINT64(now.command.reserved, SvmJob),
        VMSTATE_UINT32(now.record.status, SvmJob),
        VMSTATE_UINT64(now.record.result, SvmJob),
        VMSTATE_UINT64(now.record.done, SvmJob),
        VMSTATE_UINT64(now.record.fault_address, SvmJob),
        VMSTATE_UINT64(now.cursor, SvmJob),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription portal_vmstate = {
    .name = "svm/portal",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(saved.pasid, SvmPortal),
        VMSTATE_BOOL(enabled, SvmPortal),
        VMSTATE_BOOL(privileged, SvmPortal),
        VMSTATE_UINT64(ended, SvmPortal),
        VMSTATE_UINT64(dropped, SvmPortal),
        VMSTATE_UINT64(lost_address, SvmPortal),
        VMSTATE_UINT64(lost_status, SvmPortal),
        VMSTATE_UINT32(saved.queued, SvmPortal),
        VMSTATE_VALIDATE("number of queued commands", queue_fits),
        VMSTATE_STRUCT_VARRAY_UINT32(saved.queue, SvmPortal, saved.queued, 1,
                                     queued_vmstate, SvmQueued),
        VMSTATE_BOOL(saved.running, SvmPortal),
        VMSTATE_BOOL(saved.aborting, SvmPortal),
        VMSTATE_STRUCT_TEST(job, SvmPortal, has_job, 1, job_vmstate, SvmJob),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription portal0_vmstate = {
    .name = "svm/portal0",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(command, SvmPortal0),
        VMSTATE_UINT64(address, SvmPortal0),
        VMSTATE_UINT64(crc, SvmPortal0),
        VMSTATE_UINT64(length, SvmPortal0),
        VMSTATE_UINT64(options, SvmPortal0),
        VMSTATE_END_OF_LIST()
    }
};

const VMStateDescription svm_vmstate = {
    .name = TYPE_SVM_DEVICE,
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_load = pre_load,
    .pre_save = pre_save,
    .post_load = post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, SvmDevice),
        VMSTATE_UINT32(saved_portals, SvmDevice),
        VMSTATE_VALIDATE("number of portals", portals_fit),
        VMSTATE_STRUCT_VARRAY_UINT32(portal, SvmDevice, saved_portals, 1,
                                     portal_vmstate, SvmPortal),
        VMSTATE_STRUCT(portal0, SvmDevice, 1, portal0_vmstate, SvmPortal0),
        VMSTATE_STRUCT(portal0_job, SvmDevice, 1, portal0_vmstate, SvmPortal0),
        VMSTATE_UINT64(portal0_status, SvmDevice),
        VMSTATE_UINT64(causes, SvmDevice),
        VMSTATE_UINT64(interrupts, SvmDevice),
        VMSTATE_UINT64(commands_ok, SvmDevice),
        VMSTATE_UINT64(commands_failed, SvmDevice),
        VMSTATE_UINT32(counter_high, SvmDevice),
        VMSTATE_UINT64_ARRAY(saved_counter, SvmDevice, SVM_COUNTERS_ENDPOINT),
        VMSTATE_UINT32(blob_size, SvmDevice),
        VMSTATE_VALIDATE("size of the endpoint's state", blob_fits),
        VMSTATE_VBUFFER_UINT32(blob, SvmDevice, 0, NULL, blob_size),
        VMSTATE_END_OF_LIST()
    }
};
