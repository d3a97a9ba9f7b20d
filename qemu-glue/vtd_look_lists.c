/*
 * intel-iommu on libvtd: lists of a live unit, part by part
 *
 * Who has entries in the tables of a guest can take long to find out, for tables
 * may be large and contain themselves.  A part takes some milliseconds and ends
 * with where the next one begins.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_look.h"
#include "qemu/cutils.h"
#include "qemu/timer.h"

#include <vtd/check.h>

/* A part under way, until the time is over; each list gets one call at least */
typedef struct Part {
    struct vtd_unit *unit;
    const VtdDumpFrom *from;
    int64_t end;
    QDict *value;
    GString *next;
} Part;

static bool time_is_left(const Part *part)
{
    return qemu_clock_get_ns(QEMU_CLOCK_REALTIME) < part->end;
}

/* "0x40" or "64" */
static bool parse_number(const char *text, uint64_t limit, uint32_t *value)
{
    uint64_t number;

    if (qemu_strtou64(text, NULL, 0, &number) || number > limit) {
        return false;
    }
    *value = number;
    return true;
}

/* "00:02.0", or "00:02.0/0x40" from that PASID on */
static bool parse_requesters(const char *text,
                             struct vtd_dump_requesters *requesters)
{
    g_auto(GStrv) word = g_strsplit(text, "/", 2);

    if (!word[0] || !vtd_look_parse_sid(word[0], &requesters->sid)) {
        return false;
    }
    requesters->in_pasids = word[1];
    return !word[1] ||
           parse_number(word[1], VTD_PASID_MAX, &requesters->pasid);
}

static bool parse_place(const char *text, VtdDumpFrom *from)
{
    const char *rest;

    if (strstart(text, "requesters=", &rest)) {
        from->wanted[VTD_DUMP_REQUESTERS] = true;
        return parse_requesters(rest, &from->requesters);
    }
    if (strstart(text, "interrupts=", &rest)) {
        from->wanted[VTD_DUMP_INTERRUPTS] = true;
        return parse_number(rest, UINT16_MAX, &from->interrupts);
    }
    if (strstart(text, "iotlb=", &rest)) {
        from->wanted[VTD_DUMP_IOTLB] = true;
        return parse_number(rest, VTD_DUMP_END, &from->iotlb);
    }
    return false;
}

bool vtd_look_dump_from(const char *text, VtdDumpFrom *from)
{
    g_auto(GStrv) word = g_strsplit(text, " ", VTD_DUMP_LISTS + 1);

    *from = (VtdDumpFrom) { .goes_on = word[0] };
    for (unsigned int i = 0; word[i]; i++) {
        if (!parse_place(word[i], from)) {
            return false;
        }
    }
    return true;
}

void vtd_look_put_who(QDict *value, uint16_t sid, bool pasid_present,
                      uint32_t pasid)
{
    g_autofree char *text = g_strdup_printf(VTD_SID_FORMAT, VTD_SID(sid));

    qdict_put_str(value, "sid", text);
    if (pasid_present) {
        qdict_put_int(value, "pasid", pasid);
    }
}

static const char *state_name(enum vtd_requester_state state)
{
    return state == VTD_REQUESTER_BLOCKED ? "blocked" :
           state == VTD_REQUESTER_PASS_THROUGH ? "pass-through" :
           state == VTD_REQUESTER_TRANSLATED ? "translated" : "off";
}

static QDict *requester_value(const struct vtd_dump_requester *r)
{
    QDict *value = qdict_new();

    vtd_look_put_who(value, r->sid, r->pasid_present, r->pasid);
    qdict_put_str(value, "state", state_name(r->info.state));
    qdict_put_str(value, "condition", vtd_condition_name(r->info.condition));
    qdict_put_int(value, "domain", r->info.did);
    qdict_put_bool(value, "ats", r->info.translation_requests);
    qdict_put_bool(value, "pri", r->info.page_requests);
    vtd_look_put(value, "first-stage-root", r->info.first_stage_root);
    vtd_look_put(value, "second-stage-root", r->info.second_stage_root);
    return value;
}

static void put_list(Part *part, const char *name, QList *list, bool complete)
{
    g_autofree char *key = g_strconcat(name, "-complete", NULL);

    qdict_put(part->value, name, list);
    qdict_put_bool(part->value, key, complete);
}

/* One whose next part begins at index @at, if it is not over */
static void put_indexed(Part *part, const char *name, QList *list, uint32_t at)
{
    put_list(part, name, list, at == VTD_DUMP_END);
    if (at != VTD_DUMP_END) {
        g_string_append_printf(part->next, " %s=%u", name, at);
    }
}

static void put_requesters(Part *part)
{
    g_autofree struct vtd_dump_requester *list =
        g_new(struct vtd_dump_requester, VTD_LIST_MAX);
    struct vtd_dump_requesters at = part->from->requesters;
    QList *requesters = qlist_new();
    size_t count = 0;

    do {
        count += vtd_unit_dump_requesters(part->unit, &at, list + count,
                                          VTD_LIST_MAX - count);
    } while (!at.done && count < VTD_LIST_MAX && time_is_left(part));
    for (size_t i = 0; i < count; i++) {
        qlist_append(requesters, requester_value(&list[i]));
    }
    put_list(part, "requesters", requesters, at.done);
    if (!at.done) {
        g_string_append_printf(part->next, " requesters=" VTD_SID_FORMAT,
                               VTD_SID(at.sid));
    }
    if (!at.done && at.in_pasids) {
        g_string_append_printf(part->next, "/0x%x", at.pasid);
    }
}

static QDict *interrupt_value(const struct vtd_dump_interrupt *interrupt)
{
    QDict *value = qdict_new();

    qdict_put_int(value, "index", interrupt->index);
    qdict_put_str(value, "condition", vtd_condition_name(interrupt->condition));
    vtd_look_put(value, "entry-low", interrupt->entry[0]);
    vtd_look_put(value, "entry-high", interrupt->entry[1]);
    qdict_put_bool(value, "posted", interrupt->posted);
    if (!interrupt->posted && interrupt->condition == VTD_CONDITION_NONE) {
        vtd_look_put(value, "message-address", interrupt->address);
        vtd_look_put(value, "message-data", interrupt->data);
    }
    return value;
}

static void put_interrupts(Part *part)
{
    g_autofree struct vtd_dump_interrupt *list =
        g_new(struct vtd_dump_interrupt, VTD_LIST_MAX);
    uint32_t at = part->from->interrupts;
    QList *interrupts = qlist_new();
    size_t count = 0;

    do {
        count += vtd_unit_dump_interrupts(part->unit, &at, list + count,
                                          VTD_LIST_MAX - count);
    } while (at != VTD_DUMP_END && count < VTD_LIST_MAX &&
             time_is_left(part));
    for (size_t i = 0; i < count; i++) {
        qlist_append(interrupts, interrupt_value(&list[i]));
    }
    put_indexed(part, "interrupts", interrupts, at);
}

static QDict *kept_value(const struct vtd_dump_kept *kept)
{
    QDict *value = qdict_new();

    qdict_put_str(value, "cache", vtd_cache_name(kept->cache));
    if (!kept->by_domain) {
        vtd_look_put_who(value, kept->sid, false, 0);
    }
    qdict_put_int(value, "domain", kept->did);
    qdict_put_int(value, "pasid", kept->pasid);
    vtd_look_put(value, "address", kept->address);
    qdict_put_int(value, "size-shift", kept->size_shift);
    vtd_look_put(value, "target", kept->target);
    qdict_put_bool(value, "read", kept->read);
    qdict_put_bool(value, "write", kept->write);
    qdict_put_bool(value, "clean", kept->clean);
    vtd_look_put(value, "stale-uses", kept->uses);
    qdict_put_bool(value, "reported", kept->reported);
    return value;
}

static void put_iotlb(Part *part)
{
    g_autofree struct vtd_dump_kept *list =
        g_new(struct vtd_dump_kept, VTD_LIST_MAX);
    uint32_t at = part->from->iotlb;
    QList *iotlb = qlist_new();
    size_t count = 0;

    do {
        count += vtd_unit_dump_iotlb(part->unit, &at, list + count,
                                     VTD_LIST_MAX - count);
    } while (at != VTD_DUMP_END && count < VTD_LIST_MAX &&
             time_is_left(part));
    for (size_t i = 0; i < count; i++) {
        qlist_append(iotlb, kept_value(&list[i]));
    }
    put_indexed(part, "iotlb", iotlb, at);
}

void vtd_look_put_lists(QDict *value, struct vtd_unit *unit,
                        const VtdDumpFrom *from)
{
    static void (*const put[VTD_DUMP_LISTS])(Part *) = {
        [VTD_DUMP_REQUESTERS] = put_requesters,
        [VTD_DUMP_INTERRUPTS] = put_interrupts,
        [VTD_DUMP_IOTLB] = put_iotlb,
    };
    g_autoptr(GString) next = g_string_new(NULL);
    Part part = {
        .unit = unit,
        .from = from,
        .end = qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + VTD_LIST_TIME_MAX,
        .value = value,
        .next = next,
    };

    for (unsigned int i = 0; i < VTD_DUMP_LISTS; i++) {
        if (from->wanted[i] || !from->goes_on) {
            put[i](&part);
        }
    }
    if (next->len) {
        qdict_put_str(value, "next", next->str + 1);
    }
}
