/*
 * The `svm` demo device: a machine that is stopped
 *
 * While the machine is stopped nothing of the guest may change: no memory is
 * written, no message is sent, no command ends.  Portals park between two
 * steps, with no access open, so that an invalidation, a reset or an unplug
 * meanwhile finds nothing to wait for.  What waits for a page goes on waiting.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/lockable.h"
#include "qemu/main-loop.h"

/* Whose command this thread runs */
static __thread SvmPortal *current;

void svm_stop_thread(SvmPortal *portal)
{
    current = portal;
}

/* False: not now */
bool svm_move_try(SvmPortal *portal)
{
    QEMU_LOCK_GUARD(&portal->lock);
    portal->moving = !portal->stopped;
    return portal->moving;
}

void svm_move_end(SvmPortal *portal)
{
    QEMU_LOCK_GUARD(&portal->lock);
    portal->moving = false;
    qemu_cond_broadcast(&portal->idle);
}

/* With the portal's lock.  False: it has to end while the machine is stopped */
bool svm_stop_wait(SvmPortal *portal)
{
    while (portal->stopped && !portal->ending) {
        qemu_cond_wait(&portal->work, &portal->lock);
    }
    return !portal->stopped;
}

bool svm_running_wait(SvmPortal *portal)
{
    QEMU_LOCK_GUARD(&portal->lock);
    return svm_stop_wait(portal);
}

/* For the portal that this thread belongs to */
bool svm_translation_begin(void)
{
    QEMU_LOCK_GUARD(&current->lock);
    current->moving = svm_stop_wait(current);
    return current->moving;
}

void svm_translation_end(void)
{
    svm_move_end(current);
}

/* From any thread, also one that must not wait.  False: not now */
bool svm_message_begin(SvmDevice *d)
{
    QEMU_LOCK_GUARD(&d->lock);
    if (d->stopped) {
        return false;
    }
    d->messages++;
    return true;
}

void svm_message_end(SvmDevice *d)
{
    QEMU_LOCK_GUARD(&d->lock);
    if (!--d->messages) {
        qemu_cond_broadcast(&d->drained);
    }
}

static void set_portals_stopped(SvmDevice *d, bool stopped)
{
    for (unsigned int i = 0; i <= d->portals; i++) {
        SvmPortal *portal = &d->portal[i];

        QEMU_LOCK_GUARD(&portal->lock);
        portal->stopped = stopped;
        qemu_cond_broadcast(&portal->work);
    }
}

static void set_messages_stopped(SvmDevice *d, bool stopped)
{
    QEMU_LOCK_GUARD(&d->lock);
    d->stopped = stopped;
}

/*
 * Portals send messages, so they stop first and go on last: a page request that
 * does not leave is made again, and again.
 */
static void set_stopped(SvmDevice *d, bool stopped)
{
    if (stopped) {
        set_portals_stopped(d, true);
        set_messages_stopped(d, true);
    } else {
        set_messages_stopped(d, false);
        set_portals_stopped(d, false);
    }
}

/* A page of data or a translation each, and none of them needs the BQL */
static void wait_until_still(SvmDevice *d)
{
    for (unsigned int i = 0; i <= d->portals; i++) {
        SvmPortal *portal = &d->portal[i];

        QEMU_LOCK_GUARD(&portal->lock);
        while (portal->moving) {
            qemu_cond_wait(&portal->idle, &portal->lock);
        }
    }

    QEMU_LOCK_GUARD(&d->lock);
    while (d->messages) {
        qemu_cond_wait(&d->drained, &d->lock);
    }
}

static void state_changed(void *opaque, bool running, RunState state)
{
    SvmDevice *d = opaque;

    set_stopped(d, !running);
    if (running) {
        qemu_bh_schedule(d->interrupt_bh);
    } else {
        wait_until_still(d);
        svm_interrupts_send(d);
    }
}

/* After the portals */
void svm_stop_init(SvmDevice *d)
{
    set_stopped(d, !runstate_is_running());
    d->state_entry = vtd_compat_state_handler(DEVICE(d), state_changed, d);
}

void svm_stop_exit(SvmDevice *d)
{
    qemu_del_vm_change_state_handler(d->state_entry);
}
