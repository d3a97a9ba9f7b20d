/*
 * intel-iommu on libvtd: what is in a live unit, as a value for a monitor
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_look.h"

#include <vtd/dump.h>
#include <vtd/registers.h>

static void put_registers(QDict *value, struct vtd_unit *unit)
{
    const struct vtd_register_info *info;
    QDict *registers = qdict_new();

    for (size_t i = 0; (info = vtd_register_info(i)); i++) {
        vtd_look_put(registers, info->name,
                vtd_unit_read(unit, info->offset, info->size));
    }
    qdict_put(value, "registers", registers);
}

static void put_cache(QDict *value, struct vtd_unit *unit)
{
    struct vtd_dump_cached list[16];
    QList *cache = qlist_new();
    uint32_t cursor = 0;

    while (cursor != VTD_DUMP_END) {
        size_t count = vtd_unit_dump_cache(unit, &cursor, list,
                                           ARRAY_SIZE(list));

        for (size_t i = 0; i < count; i++) {
            QDict *one = qdict_new();

            vtd_look_put_who(one, list[i].sid, list[i].pasid_present,
                             list[i].pasid);
            qdict_put_int(one, "domain", list[i].did);
            qdict_put_bool(one, "pass-through", list[i].pass_through);
            vtd_look_put(one, "first-stage-root", list[i].first_stage_root);
            vtd_look_put(one, "second-stage-root", list[i].second_stage_root);
            qlist_append(cache, one);
        }
    }
    qdict_put(value, "cache", cache);
}

static QDict *wait_value(const struct vtd_dump_wait *wait)
{
    QDict *value = qdict_new();

    qdict_put_bool(value, "interrupt", wait->interrupt);
    qdict_put_bool(value, "write-status", wait->write_status);
    qdict_put_bool(value, "fence", wait->fence);
    qdict_put_bool(value, "drain", wait->drain);
    vtd_look_put(value, "status-address", wait->status_address);
    vtd_look_put(value, "status-data", wait->status_data);
    vtd_look_put(value, "itags", wait->itags);
    return value;
}

static QDict *itag_value(unsigned int number, const struct vtd_dump_itag *itag)
{
    QDict *value = qdict_new();

    qdict_put_int(value, "itag", number);
    vtd_look_put_who(value, itag->request.sid, itag->request.pasid_present,
            itag->request.pasid);
    vtd_look_put(value, "first", itag->request.first);
    vtd_look_put(value, "last", itag->request.last);
    qdict_put_bool(value, "unsent", itag->unsent);
    return value;
}

static void put_queue(QDict *value, struct vtd_unit *unit)
{
    g_autofree struct vtd_dump_queue *queue = g_new(struct vtd_dump_queue, 1);
    QDict *q = qdict_new();
    QList *waits = qlist_new();
    QList *itags = qlist_new();

    vtd_unit_dump_queue(unit, queue);
    qdict_put_bool(q, "on", queue->on);
    vtd_look_put(q, "base", queue->base);
    vtd_look_put(q, "size", queue->size);
    vtd_look_put(q, "head", queue->head);
    vtd_look_put(q, "tail", queue->tail);
    for (unsigned int i = 0; i < queue->waits; i++) {
        qlist_append(waits, wait_value(&queue->wait[i]));
    }
    for (unsigned int i = 0; i < VTD_DUMP_ITAGS; i++) {
        if (queue->itag[i].outstanding) {
            qlist_append(itags, itag_value(i, &queue->itag[i]));
        }
    }
    qdict_put(q, "waits", waits);
    qdict_put(q, "itags", itags);
    qdict_put(value, "queue", q);
}

static void put_page_requests(QDict *value, struct vtd_unit *unit)
{
    g_autofree struct vtd_page_request *list =
        g_new(struct vtd_page_request, VTD_LIST_MAX);
    QList *requests = qlist_new();
    uint32_t cursor = 0;
    size_t count = vtd_unit_dump_page_requests(unit, &cursor, list,
                                               VTD_LIST_MAX);

    for (size_t i = 0; i < count; i++) {
        QDict *one = qdict_new();

        vtd_look_put_who(one, list[i].sid, list[i].pasid_present,
                         list[i].pasid);
        vtd_look_put(one, "address", list[i].address);
        qdict_put_int(one, "prgi", list[i].prgi);
        qdict_put_bool(one, "read", list[i].read);
        qdict_put_bool(one, "write", list[i].write);
        qdict_put_bool(one, "last", list[i].last);
        qlist_append(requests, one);
    }
    qdict_put(value, "page-requests", requests);
}

QDict *vtd_look_dump(struct vtd_unit *unit, const VtdDumpFrom *from)
{
    QDict *value = qdict_new();

    if (!from->goes_on) {
        put_registers(value, unit);
        put_cache(value, unit);
        put_queue(value, unit);
        put_page_requests(value, unit);
    }
    vtd_look_put_lists(value, unit, from);
    return value;
}
