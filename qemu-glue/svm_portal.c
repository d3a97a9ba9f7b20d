/*
 * The `svm` demo device: portals, their queues and worker threads
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/atomic.h"
#include "qemu/lockable.h"
#include "qemu/rcu.h"

#define RESPONSE_LOOK_MS 5

/* A job that was loaded, or the next of the queue */
static bool has_work(const SvmPortal *portal)
{
    return (portal->running || portal->queued) &&
           (!portal->stopped || portal->ending);
}

static bool wait_for_work(SvmPortal *portal)
{
    uint64_t address;

    QEMU_LOCK_GUARD(&portal->lock);
    while (!has_work(portal) && !portal->stopping) {
        qemu_cond_wait(&portal->work, &portal->lock);
    }
    if (portal->stopping) {
        return false;
    }
    if (!portal->running) {
        address = portal->queue[portal->queue_head];
        portal->queue_head = (portal->queue_head + 1) % SVM_QUEUE_DEPTH;
        portal->queued--;
        portal->running = true;
        svm_job_begin(portal, address);
    }
    return true;
}

/*
 * A command that was loaded while it waited for a page has asked again, but the
 * response to the first request is still to come, and software may take the PASID
 * back when the command has ended.  Rare, so it only looks now and then.
 */
static void wait_for_response(SvmPortal *portal)
{
    const SvmJob *job = &portal->job;

    while (job->resumed && job->awaited != SVM_NO_GROUP && !portal->ending &&
           vtd_endpoint_is_owed_response(job->endpoint, job->awaited)) {
        qemu_cond_timedwait(&portal->work, &portal->lock, RESPONSE_LOOK_MS);
    }
}

/*
 * Whoever learns that the command has ended, by the interrupt too, finds the
 * portal ready for the next.
 */
static void end_work(SvmPortal *portal)
{
    const SvmJob *job = &portal->job;

    QEMU_LOCK_GUARD(&portal->lock);
    wait_for_response(portal);
    svm_stop_wait(portal);
    portal->running = false;
    portal->ended++;
    if (job->now.lost) {
        portal->lost_address = job->address;
        portal->lost_status = job->now.lost;
    }
    svm_command_ended(portal, svm_job_is_ok(job), svm_job_has_interrupt(job));
    if (portal->aborting) {
        vtd_endpoint_cancel_end(portal->device->endpoint, &portal->canceller);
        qatomic_set(&portal->aborting, false);
        portal->ending = false;
    }
    qemu_cond_broadcast(&portal->idle);
}

static void *worker(void *opaque)
{
    SvmPortal *portal = opaque;

    rcu_register_thread();
    svm_stop_thread(portal);
    while (wait_for_work(portal)) {
        svm_job_run(portal);
        end_work(portal);
    }
    rcu_unregister_thread();
    return NULL;
}

bool svm_portal_is_aborting(SvmPortal *portal)
{
    return qatomic_read(&portal->aborting);
}

bool svm_portal_submit(SvmPortal *portal, uint64_t address)
{
    unsigned int tail;

    QEMU_LOCK_GUARD(&portal->lock);
    if (!portal->enabled || portal->queued == SVM_QUEUE_DEPTH) {
        portal->dropped++;
        return false;
    }
    tail = (portal->queue_head + portal->queued) % SVM_QUEUE_DEPTH;
    portal->queue[tail] = address;
    portal->queued++;
    if (portal->lost_address == address) {
        /* It is not this one that was lost */
        portal->lost_address = 0;
        portal->lost_status = 0;
    }
    qemu_cond_signal(&portal->work);
    return true;
}

/*
 * Software takes the PASID back when the portal is idle.  By then its page
 * requests have to be answered, so one that is on its way is waited for.
 */
void svm_portal_abort(SvmPortal *portal)
{
    QEMU_LOCK_GUARD(&portal->lock);
    portal->queued = 0;
    if (portal->running) {
        qatomic_set(&portal->aborting, true);
        vtd_endpoint_finish(portal->device->endpoint, &portal->canceller);
    }
}

/* For a reset and the like, which cannot wait for the guest */
static void abort_at_once(SvmPortal *portal)
{
    QEMU_LOCK_GUARD(&portal->lock);
    portal->queued = 0;
    if (portal->running) {
        qatomic_set(&portal->aborting, true);
        portal->ending = true;
        vtd_endpoint_cancel(portal->device->endpoint, &portal->canceller);
        qemu_cond_signal(&portal->work);
    }
}

/* Nothing that is under way then takes the BQL or waits for the guest */
void svm_portal_quiesce(SvmPortal *portal)
{
    abort_at_once(portal);

    QEMU_LOCK_GUARD(&portal->lock);
    while (portal->running) {
        qemu_cond_wait(&portal->idle, &portal->lock);
    }
}

void svm_portals_quiesce(SvmDevice *d)
{
    /* All at once, then one by one */
    for (unsigned int i = 0; i <= d->portals; i++) {
        abort_at_once(&d->portal[i]);
    }
    for (unsigned int i = 0; i <= d->portals; i++) {
        svm_portal_quiesce(&d->portal[i]);
    }
}

void svm_portal_enable(SvmPortal *portal, bool enable, bool privileged)
{
    if (!enable) {
        svm_portal_abort(portal);
    }

    QEMU_LOCK_GUARD(&portal->lock);
    if (enable && !portal->enabled) {
        portal->ended = 0;
        portal->dropped = 0;
        portal->lost_address = 0;
        portal->lost_status = 0;
    }
    portal->enabled = enable;
    portal->privileged = privileged;
}

/* @pasid may be PCI_NO_PASID */
void svm_portal_set_pasid(SvmPortal *portal, uint32_t pasid)
{
    SvmListener *old = portal->listener;

    if (old->pasid == pasid) {
        return;
    }
    svm_portal_quiesce(portal);
    portal->listener = svm_listener_get(portal->device, pasid);
    svm_listener_put(old);
}

void svm_portal_init(SvmDevice *d, unsigned int index)
{
    SvmPortal *portal = &d->portal[index];
    g_autofree char *name = g_strdup_printf("svm/%u", index);

    portal->device = d;
    portal->index = index;
    portal->enabled = index == 0;
    portal->listener = svm_listener_get(d, PCI_NO_PASID);
    qemu_mutex_init(&portal->lock);
    qemu_cond_init(&portal->work);
    qemu_cond_init(&portal->idle);
    qemu_thread_create(&portal->thread, name, worker, portal,
                       QEMU_THREAD_JOINABLE);
}

void svm_portal_destroy(SvmPortal *portal)
{
    svm_portal_quiesce(portal);
    WITH_QEMU_LOCK_GUARD(&portal->lock) {
        portal->stopping = true;
        qemu_cond_signal(&portal->work);
    }
    qemu_thread_join(&portal->thread);
    svm_listener_put(portal->listener);
    qemu_cond_destroy(&portal->idle);
    qemu_cond_destroy(&portal->work);
    qemu_mutex_destroy(&portal->lock);
}
