/*
 * intel-iommu on libvtd: messages of the unit, which need the BQL
 *
 * The unit can be entered from any thread, and from the middle of anything:
 * a device model's DMA, a change of memory.  Interrupts and notifiers need the
 * BQL, which must not be taken here: the thread may be one that a holder of the
 * BQL waits for.  And they change what the caller may be going through.
 *
 * So everything is queued, and delivered in the order in which it came: by who
 * calls the unit from a safe place with the BQL held (vtd_events_attend(), then
 * vtd_events_flush()), otherwise by a bottom half of the main loop.  A notice
 * is pending until then: the unit completes no wait that follows it.
 *
 * Software submits invalidations without bound, and one can lead to a look at
 * very large tables.  So a notice joins one that was queued lately and covers
 * it, notices become coarser when the queue is long, and who has delivered for
 * WORK_MAX leaves the rest to the bottom half: in between the BQL is free.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_trace.h"
#include "qemu/lockable.h"
#include "qemu/main-loop.h"

/* VtdState.queued: from here on notices become coarser */
#define QUEUED_MANY 256
/* Until then, how many of the latest ones a new one may join */
#define JOIN_MAX 8
/* And from here on who delivers does not leave before it is less */
#define QUEUED_MAX (1u << 16)
/* VtdState.work: steps in tables, and one for an event */
#define WORK_MAX (1u << 16)

typedef enum VtdEventKind {
    VTD_EVENT_MESSAGE,
    VTD_EVENT_INVALIDATE,
    VTD_EVENT_RESPONSE,
    VTD_EVENT_MAPPINGS,
    VTD_EVENT_INTERRUPTS,
} VtdEventKind;

struct VtdEvent {
    VtdEventKind kind;
    union {
        VtdMessage message;
        struct vtd_device_tlb_invalidation invalidate;
        struct {
            struct vtd_page_group_response message;
            struct vtd_dma_bracket bracket;
        } response;
        struct vtd_mappings_changed mappings;
        struct vtd_interrupts_changed interrupts;
    };
    QTAILQ_ENTRY(VtdEvent) next;
};

static void notify_interrupts(VtdState *s,
                              const struct vtd_interrupts_changed *change)
{
    uint32_t count = change->last - change->first + 1;
    bool global = count == 0 || count > 0x10000 || !is_power_of_2(count);

    x86_iommu_iec_notify_all(X86_IOMMU_DEVICE(s), global,
                             global ? 0 : change->first,
                             global ? 0 : ctz32(count));
}

static void notice_done(VtdState *s, const struct vtd_notice_ticket *ticket)
{
    RCU_READ_LOCK_GUARD();
    vtd_unit_notice_done(s->unit, ticket);
}

static void perform(VtdState *s, const VtdEvent *event)
{
    switch (event->kind) {
    case VTD_EVENT_MESSAGE:
        vtd_interrupt_send(event->message.address, event->message.data);
        break;
    case VTD_EVENT_INVALIDATE:
        vtd_bus_invalidate(s, &event->invalidate);
        break;
    case VTD_EVENT_RESPONSE:
        vtd_bus_response(s, &event->response.message);
        break;
    case VTD_EVENT_MAPPINGS:
        vtd_notify_mappings(s, &event->mappings);
        break;
    case VTD_EVENT_INTERRUPTS:
        notify_interrupts(s, &event->interrupts);
        break;
    }
}

static void response_done(VtdState *s, const struct vtd_dma_bracket *bracket)
{
    RCU_READ_LOCK_GUARD();
    vtd_unit_dma_end(s->unit, bracket);
}

static void complete(VtdState *s, const VtdEvent *event)
{
    switch (event->kind) {
    case VTD_EVENT_RESPONSE:
        response_done(s, &event->response.bracket);
        break;
    case VTD_EVENT_MAPPINGS:
        notice_done(s, &event->mappings.ticket);
        break;
    case VTD_EVENT_INTERRUPTS:
        notice_done(s, &event->interrupts.ticket);
        break;
    default:
        break;
    }
}

static VtdEvent *take_first(VtdState *s)
{
    VtdEvent *event;

    QEMU_LOCK_GUARD(&s->event_lock);
    event = QTAILQ_FIRST(&s->events);
    if (event) {
        QTAILQ_REMOVE(&s->events, event, next);
        qatomic_set(&s->queued, s->queued - 1);
    }
    if (event == s->newest_mappings) {
        s->newest_mappings = NULL;
    }
    if (event == s->newest_interrupts) {
        s->newest_interrupts = NULL;
    }
    return event;
}

static bool has_worked_enough(VtdState *s)
{
    return s->work >= WORK_MAX && qatomic_read(&s->queued) < QUEUED_MAX;
}

static void deliver_queued(void *opaque)
{
    VtdState *s = opaque;
    VtdEvent *event;

    /* A notifier that leads back here finds the rest in good hands */
    if (s->delivering) {
        return;
    }
    /* What other threads queue meanwhile they leave to the bottom half */
    if (!qatomic_read(&s->queued)) {
        return;
    }
    s->delivering = true;
    s->work = 0;
    while (!has_worked_enough(s) && (event = take_first(s))) {
        s->work++;
        perform(s, event);
        complete(s, event);
        g_free(event);
    }
    s->delivering = false;
    if (has_worked_enough(s)) {
        qemu_bh_schedule(s->event_bh);
    }
}

static bool is_notice(const VtdEvent *event)
{
    return event->kind == VTD_EVENT_MAPPINGS ||
           event->kind == VTD_EVENT_INTERRUPTS;
}

static bool covers_interrupts(const struct vtd_interrupts_changed *a,
                              const struct vtd_interrupts_changed *b)
{
    return a->first <= b->first && a->last >= b->last;
}

/* Whoever deals with @a has dealt with @b */
static bool covers(const VtdEvent *a, const VtdEvent *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case VTD_EVENT_MESSAGE:
        /* An edge that is still on its way */
        return a->message.address == b->message.address &&
               a->message.data == b->message.data;
    case VTD_EVENT_MAPPINGS:
        return vtd_notify_covers(&a->mappings, &b->mappings);
    case VTD_EVENT_INTERRUPTS:
        return covers_interrupts(&a->interrupts, &b->interrupts);
    default:
        return false;
    }
}

/* @queued says what @event does; the ticket stays */
static void widen(VtdEvent *queued, const VtdEvent *event)
{
    struct vtd_notice_ticket ticket;

    if (event->kind == VTD_EVENT_MAPPINGS) {
        ticket = queued->mappings.ticket;
        queued->mappings = event->mappings;
        queued->mappings.ticket = ticket;
    } else if (event->kind == VTD_EVENT_INTERRUPTS) {
        ticket = queued->interrupts.ticket;
        queued->interrupts = event->interrupts;
        queued->interrupts.ticket = ticket;
    }
}

static const VtdEvent all_mappings = {
    .kind = VTD_EVENT_MAPPINGS,
    .mappings = { .scope = VTD_CHANGE_GLOBAL, .last = UINT64_MAX },
};

static const VtdEvent all_interrupts = {
    .kind = VTD_EVENT_INTERRUPTS,
    .interrupts = { .last = UINT16_MAX },
};

/* Returns whether there is a notice of this kind, which covers all now */
static bool widen_newest(VtdState *s, VtdEventKind kind)
{
    bool mappings = kind == VTD_EVENT_MAPPINGS;
    VtdEvent *newest = mappings ? s->newest_mappings : s->newest_interrupts;

    if (newest) {
        widen(newest, mappings ? &all_mappings : &all_interrupts);
    }
    return newest;
}

/*
 * With @event_lock held.  Nobody has begun to deal with what is in the queue,
 * so that what it is told to cover now it will.  Not all of it is looked at:
 * many pages that are invalidated one after another would look at each other.
 */
static bool join(VtdState *s, const VtdEvent *event)
{
    unsigned int looks = JOIN_MAX;
    VtdEvent *queued;

    if (is_notice(event) && s->queued >= QUEUED_MANY) {
        return widen_newest(s, event->kind);
    }
    QTAILQ_FOREACH_REVERSE(queued, &s->events, next) {
        if (!looks--) {
            break;
        }
        if (covers(queued, event)) {
            return true;
        }
        if (is_notice(event) && covers(event, queued)) {
            widen(queued, event);
            return true;
        }
    }
    return false;
}

static void append(VtdState *s, const VtdEvent *event)
{
    VtdEvent *copy = g_memdup2(event, sizeof(*event));

    QTAILQ_INSERT_TAIL(&s->events, copy, next);
    qatomic_set(&s->queued, s->queued + 1);
    if (event->kind == VTD_EVENT_MAPPINGS) {
        s->newest_mappings = copy;
    } else if (event->kind == VTD_EVENT_INTERRUPTS) {
        s->newest_interrupts = copy;
    }
}

/* Returns whether it waits in the queue itself, not as part of another one */
static bool queue(VtdState *s, const VtdEvent *event)
{
    bool joined;

    WITH_QEMU_LOCK_GUARD(&s->event_lock) {
        joined = join(s, event);
        if (!joined) {
            append(s, event);
        }
    }
    if (!bql_locked() || !(s->attending || s->delivering)) {
        qemu_bh_schedule(s->event_bh);
    }
    return !joined;
}

/*
 * What has joined another notice needs no ticket of its own: the other's is
 * older, and any wait that follows this one waits for that, too.
 */
static int queue_notice(VtdState *s, const VtdEvent *event)
{
    /* vtd_events_all_changed() follows */
    if (bql_locked() && s->loading) {
        return 0;
    }
    return queue(s, event) ? VTD_NOTICE_PENDING : 0;
}

void vtd_event_message(void *host, uint64_t address, uint32_t data)
{
    VtdEvent event = {
        .kind = VTD_EVENT_MESSAGE,
        .message = { .address = address, .data = data },
    };

    vtd_trace_message(address, data);
    queue(host, &event);
}

int vtd_event_invalidate(void *host,
                         const struct vtd_device_tlb_invalidation *request)
{
    VtdState *s = host;
    VtdEvent event = {
        .kind = VTD_EVENT_INVALIDATE,
        .invalidate = *request,
    };

    /* While the state is loaded, bridges do not have their bus numbers yet */
    if (bql_locked() && !s->loading &&
        !vtd_bus_has_function(s, request->sid)) {
        return -ENODEV;
    }
    /* If there is no such endpoint after all, the unit's timer finds out */
    queue(s, &event);
    return 0;
}

void vtd_event_response(void *host,
                        const struct vtd_page_group_response *response)
{
    VtdState *s = host;
    VtdEvent event = {
        .kind = VTD_EVENT_RESPONSE,
        .response.message = *response,
    };

    vtd_trace_response(response);
    /* A wait that drains page requests follows the response */
    vtd_unit_dma_begin(s->unit, &event.response.bracket);
    queue(s, &event);
}

/* The unit is locked */
bool vtd_event_wants_mappings(void *host,
                              const struct vtd_mappings_changed *change)
{
    vtd_trace_mappings(change);
    return vtd_notify_needs(host, change);
}

int vtd_event_mappings(void *host, const struct vtd_mappings_changed *change)
{
    VtdEvent event = {
        .kind = VTD_EVENT_MAPPINGS,
        .mappings = *change,
    };

    return queue_notice(host, &event);
}

int vtd_event_interrupts(void *host,
                         const struct vtd_interrupts_changed *change)
{
    VtdEvent event = {
        .kind = VTD_EVENT_INTERRUPTS,
        .interrupts = *change,
    };

    vtd_trace_interrupts(change);
    return queue_notice(host, &event);
}

/* With the BQL held, before and after a call into the unit */
void vtd_events_attend(VtdState *s)
{
    s->attending = true;
}

void vtd_events_flush(VtdState *s)
{
    s->attending = false;
    deliver_queued(s);
}

static void deliver_later(void *opaque)
{
    /* A stopped guest is told nothing new: it may have been saved already */
    if (runstate_is_running()) {
        deliver_queued(opaque);
    }
}

/*
 * What has been said to devices must not get lost between this process and one that
 * goes on with the state.  Those that could add to it have stopped before: they are
 * further away from the root of the tree of devices.
 */
static void deliver_all(VtdState *s)
{
    s->attending = false;
    do {
        deliver_queued(s);
    } while (qatomic_read(&s->queued) && !s->delivering);
}

static void state_changed(void *opaque, bool running, RunState state)
{
    VtdState *s = opaque;

    if (running) {
        qemu_bh_schedule(s->event_bh);
        /* The clock may have jumped; the unit looks for itself */
        timer_mod_ns(s->timer, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL));
    } else {
        deliver_all(s);
    }
}

/*
 * Interrupt messages of while the machine was stopped.  Of the rest nothing needs
 * saving: notices, requests and what waits for them are in the unit's state, and
 * responses have been delivered by who has run the queue.
 */
void vtd_events_save(VtdState *s)
{
    VtdEvent *event;

    s->message_count = 0;
    QEMU_LOCK_GUARD(&s->event_lock);
    QTAILQ_FOREACH(event, &s->events, next) {
        if (event->kind == VTD_EVENT_MESSAGE &&
            s->message_count < ARRAY_SIZE(s->message)) {
            s->message[s->message_count++] = event->message;
        }
    }
}

void vtd_events_load(VtdState *s)
{
    for (uint32_t i = 0; i < s->message_count; i++) {
        vtd_event_message(s, s->message[i].address, s->message[i].data);
    }
}

void vtd_events_init(VtdState *s)
{
    qemu_mutex_init(&s->event_lock);
    QTAILQ_INIT(&s->events);
    s->event_bh = qemu_bh_new(deliver_later, s);
    vtd_compat_state_handler(DEVICE(s), state_changed, s);
}

/* After a reset of the unit: what it said before is void */
void vtd_events_forget(VtdState *s)
{
    VtdEvent *event;

    while ((event = take_first(s))) {
        complete(s, event);
        g_free(event);
    }
}

/* Interrupt messages may have become those of other sources */
void vtd_events_routes_changed(VtdState *s)
{
    perform(s, &all_interrupts);
}

/* Everything may have changed, whether the unit has said so or not */
void vtd_events_all_changed(VtdState *s)
{
    perform(s, &all_mappings);
    vtd_events_routes_changed(s);
}
