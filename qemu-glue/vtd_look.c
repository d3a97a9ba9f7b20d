/*
 * intel-iommu on libvtd: what a monitor can ask a live unit
 *
 * QOM properties, for an overlay cannot add monitor commands:
 *
 *   x-explain-request  who asks for what: "00:02.0 pasid=5 write 0x7000"
 *   x-explain          how that ends, and each structure on the way
 *   x-explain-text     the same as lines for people
 *   x-mappings         what that requester is mapped to, from that address on
 *   x-dump             requesters with entries, caches, interrupt entries, queues
 *   x-dump-from        where its lists begin, if they are longer than a dump
 *
 * The unit is asked without side effects and in bounded parts, so the guest
 * goes on as it would.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_look.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/cutils.h"
#include "qom/object.h"

#include <vtd/explain.h>

bool vtd_look_parse_sid(const char *text, uint16_t *sid)
{
    unsigned int bus, device, function;
    int end = 0;

    if (sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 ||
        text[end] || device > 0x1f || function > 7) {
        return false;
    }
    *sid = PCI_BUILD_BDF(bus, PCI_DEVFN(device, function));
    return true;
}

static bool parse_number(const char *text, uint64_t limit, uint64_t *value)
{
    return text && !qemu_strtou64(text, NULL, 0, value) && *value <= limit;
}

/* "pasid=5" and "privileged", which come before what is asked for */
static bool parse_modifier(const char *word, VtdQuestion *question)
{
    const char *number;
    uint64_t value;

    if (strstart(word, "pasid=", &number) &&
        parse_number(number, VTD_PASID_MAX, &value)) {
        question->request.pasid_present = true;
        question->request.pasid = value;
        return true;
    }
    question->request.privileged = g_str_equal(word, "privileged");
    return question->request.privileged;
}

/* "write 0x7000", or "interrupt 0xfee00010 0": the rest of the words */
static bool parse_access(char **word, VtdQuestion *question)
{
    static const struct {
        const char *name;
        VtdAsked asked;
        enum vtd_address_type type;
        enum vtd_access access;
    } kinds[] = {
        { "read", VTD_ASKED_MEMORY, VTD_AT_UNTRANSLATED, VTD_ACCESS_READ },
        { "write", VTD_ASKED_MEMORY, VTD_AT_UNTRANSLATED, VTD_ACCESS_WRITE },
        { "translate", VTD_ASKED_MEMORY, VTD_AT_TRANSLATION, VTD_ACCESS_READ },
        { "page-request", VTD_ASKED_PAGE },
    };
    unsigned int words = g_strv_length(word);
    uint64_t data;

    if (words == 3 && g_str_equal(word[0], "interrupt")) {
        question->asked = VTD_ASKED_INTERRUPT;
        question->message.address = 0;
        if (!parse_number(word[1], UINT64_MAX, &question->message.address) ||
            !parse_number(word[2], UINT32_MAX, &data)) {
            return false;
        }
        question->message.data = data;
        return true;
    }
    for (unsigned int i = 0; words == 2 && i < ARRAY_SIZE(kinds); i++) {
        if (g_str_equal(word[0], kinds[i].name)) {
            question->asked = kinds[i].asked;
            question->request.type = kinds[i].type;
            question->request.access = kinds[i].access;
            return parse_number(word[1], UINT64_MAX,
                                &question->request.address);
        }
    }
    return false;
}

static bool parse_question(const char *text, VtdQuestion *question)
{
    g_auto(GStrv) word = g_strsplit(text, " ", 8);
    char **rest = word;

    *question = (VtdQuestion) { .request.length = 4 };
    if (!word[0] || !vtd_look_parse_sid(word[0], &question->request.sid)) {
        return false;
    }
    question->message.sid = question->request.sid;
    rest++;
    while (*rest && parse_modifier(*rest, question)) {
        rest++;
    }
    return *rest && parse_access(rest, question);
}

static char *get_request(Object *obj, Error **errp)
{
    VtdState *s = VTD_STATE(obj);

    return g_strdup(s->question_text ?: "");
}

static void set_request(Object *obj, const char *text, Error **errp)
{
    VtdState *s = VTD_STATE(obj);
    VtdQuestion question;

    if (!parse_question(text, &question)) {
        error_setg(errp, "'%s' is no request; one is, for example, "
                   "'00:02.0 pasid=5 write 0x7000', with read, write, "
                   "translate or page-request, or "
                   "'00:02.0 interrupt 0xfee00010 0'", text);
        return;
    }
    g_free(s->question_text);
    s->question_text = g_strdup(text);
    s->question = question;
}

/* What a getter of a value returns; NULL: *errp says why not */
typedef QObject *LookFunction(VtdState *s, Error **errp);

static QObject *explain(VtdState *s, Error **errp)
{
    if (!s->question_text) {
        error_setg(errp, "set x-explain-request first");
        return NULL;
    }
    return QOBJECT(vtd_look_explain(s->unit, &s->question));
}

static QObject *explain_text(VtdState *s, Error **errp)
{
    if (!s->question_text) {
        error_setg(errp, "set x-explain-request first");
        return NULL;
    }
    return QOBJECT(vtd_look_explain_text(s->unit, &s->question));
}

static QObject *mappings(VtdState *s, Error **errp)
{
    if (!s->question_text || s->question.asked == VTD_ASKED_INTERRUPT) {
        error_setg(errp, "set x-explain-request to a request for memory first");
        return NULL;
    }
    return QOBJECT(vtd_look_mappings(s->unit, &s->question));
}

static QObject *dump(VtdState *s, Error **errp)
{
    return QOBJECT(vtd_look_dump(s->unit, &s->dump_from));
}

static char *get_dump_from(Object *obj, Error **errp)
{
    VtdState *s = VTD_STATE(obj);

    return g_strdup(s->dump_from_text ?: "");
}

static void set_dump_from(Object *obj, const char *text, Error **errp)
{
    VtdState *s = VTD_STATE(obj);
    VtdDumpFrom from;

    if (!vtd_look_dump_from(text, &from)) {
        error_setg(errp, "'%s' is no place in a dump; take what x-dump has as "
                   "\"next\", or an empty text to begin", text);
        return;
    }
    g_free(s->dump_from_text);
    s->dump_from_text = g_strdup(text);
    s->dump_from = from;
}

static const struct {
    const char *name;
    const char *description;
    LookFunction *function;
} looks[] = {
    { "x-explain", "how x-explain-request ends, and why", explain },
    { "x-explain-text", "the same as lines of text", explain_text },
    { "x-mappings", "mappings from x-explain-request on", mappings },
    { "x-dump", "requesters, caches and queues of the unit", dump },
};

static void get_look(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    VtdState *s = VTD_STATE(obj);
    LookFunction *function = opaque;
    QObject *value;

    if (!s->unit) {
        error_setg(errp, "there is no unit yet");
        return;
    }
    RCU_READ_LOCK_GUARD();
    value = function(s, errp);
    if (value) {
        visit_type_any(v, name, &value, errp);
        qobject_unref(value);
    }
}

void vtd_look_add_properties(ObjectClass *klass)
{
    object_class_property_add_str(klass, "x-explain-request", get_request,
                                  set_request);
    object_class_property_set_description(klass, "x-explain-request",
        "a request to explain: \"00:02.0 pasid=5 write 0x7000\"");
    object_class_property_add_str(klass, "x-dump-from", get_dump_from,
                                  set_dump_from);
    object_class_property_set_description(klass, "x-dump-from",
        "where x-dump goes on: its \"next\"");
    for (unsigned int i = 0; i < ARRAY_SIZE(looks); i++) {
        object_class_property_add(klass, looks[i].name, "any", get_look, NULL,
                                  NULL, looks[i].function);
        object_class_property_set_description(klass, looks[i].name,
                                              looks[i].description);
    }
}
