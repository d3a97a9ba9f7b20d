/*
 * The `svm` demo device: what a monitor can ask its endpoint
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "vtd_look.h"
#include "qapi/error.h"
#include "qapi/visitor.h"

#include <vtd/dump.h>

static void put_switches(QDict *value, const struct vtd_dump_endpoint *endpoint)
{
    qdict_put_bool(value, "ats", endpoint->ats_usable);
    qdict_put_bool(value, "pasids", endpoint->pasid_enabled);
    qdict_put_bool(value, "pri", endpoint->pri_enabled);
    qdict_put_bool(value, "pri-failed", endpoint->pri_failed);
    qdict_put_int(value, "pri-allocation", endpoint->pri_allocation);
    qdict_put_int(value, "pri-outstanding", endpoint->pri_outstanding);
}

static QDict *group_value(const struct vtd_dump_group *group)
{
    QDict *value = qdict_new();

    qdict_put_int(value, "prgi", group->prgi);
    if (group->pasid_present) {
        qdict_put_int(value, "pasid", group->pasid);
    }
    qdict_put_int(value, "messages", group->messages);
    qdict_put_bool(value, "waited", group->waited);
    return value;
}

static void put_endpoint(QDict *value, struct vtd_endpoint *ep)
{
    g_autofree struct vtd_dump_group *group =
        g_new(struct vtd_dump_group, VTD_LIST_MAX);
    struct vtd_dump_endpoint endpoint;
    QList *groups = qlist_new();

    vtd_endpoint_dump(ep, &endpoint, group, VTD_LIST_MAX);
    put_switches(value, &endpoint);
    for (unsigned int i = 0; i < MIN(endpoint.groups, VTD_LIST_MAX); i++) {
        qlist_append(groups, group_value(&group[i]));
    }
    qdict_put(value, "groups", groups);
    qdict_put_int(value, "groups-in-all", endpoint.groups);
}

static QDict *translation_value(const struct vtd_dump_translation *t)
{
    QDict *value = qdict_new();

    if (t->pasid_present) {
        qdict_put_int(value, "pasid", t->pasid);
    }
    qdict_put_bool(value, "privileged", t->privileged);
    vtd_look_put(value, "address", t->address);
    qdict_put_int(value, "size-shift", t->size_shift);
    vtd_look_put(value, "target", t->target);
    qdict_put_bool(value, "read", t->read);
    qdict_put_bool(value, "write", t->write);
    return value;
}

/* The cache has no more entries than are looked at in one call */
static void put_translations(QDict *value, struct vtd_endpoint *ep)
{
    g_autofree struct vtd_dump_translation *list =
        g_new(struct vtd_dump_translation, VTD_LIST_MAX);
    QList *translations = qlist_new();
    uint32_t cursor = 0;
    size_t count = vtd_endpoint_dump_atc(ep, &cursor, list, VTD_LIST_MAX);

    for (size_t i = 0; i < count; i++) {
        qlist_append(translations, translation_value(&list[i]));
    }
    qdict_put(value, "translations", translations);
    qdict_put_bool(value, "translations-complete", cursor == VTD_DUMP_END);
}

static void get_dump(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    SvmDevice *d = SVM_DEVICE(obj);
    QObject *value;

    if (!d->endpoint) {
        error_setg(errp, "there is no endpoint");
        return;
    }
    value = QOBJECT(qdict_new());
    vtd_look_put_who(qobject_to(QDict, value), pci_get_bdf(PCI_DEVICE(d)),
                     false, 0);
    put_endpoint(qobject_to(QDict, value), d->endpoint);
    put_translations(qobject_to(QDict, value), d->endpoint);
    visit_type_any(v, name, &value, errp);
    qobject_unref(value);
}

void svm_look_add_properties(ObjectClass *klass)
{
    object_class_property_add(klass, "x-dump", "any", get_dump, NULL, NULL,
                              NULL);
    object_class_property_set_description(klass, "x-dump",
        "the endpoint: switches, page request groups, cached translations");
}
