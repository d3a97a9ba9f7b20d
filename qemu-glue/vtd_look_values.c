/*
 * intel-iommu on libvtd: what a live unit tells, as values for a monitor
 *
 * The library says what there is (vtd/explain.h, vtd/dump.h); here it gets
 * names.  Lists are bounded, so that a monitor command takes no longer than
 * some milliseconds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_look.h"
#include "qemu/timer.h"
#include "qobject/qnum.h"

#include <vtd/dump.h>
#include <vtd/explain.h>

void vtd_look_put(QDict *value, const char *key, uint64_t number)
{
    qdict_put_obj(value, key, QOBJECT(qnum_from_uint(number)));
}

static QList *words(const uint64_t *word, unsigned int count)
{
    QList *list = qlist_new();

    for (unsigned int i = 0; i < count; i++) {
        qlist_append_obj(list, QOBJECT(qnum_from_uint(word[i])));
    }
    return list;
}

static unsigned int fields_of(const struct vtd_step *step,
                              struct vtd_structure_field *field)
{
    size_t count;

    if (!step->words) {
        return 0;
    }
    count = vtd_structure_fields(step->structure, step->level, step->word,
                                 field, VTD_FIELDS_MAX);
    return MIN(count, VTD_FIELDS_MAX);
}

static QDict *fields(const struct vtd_step *step)
{
    struct vtd_structure_field field[VTD_FIELDS_MAX];
    unsigned int count = fields_of(step, field);
    QDict *value = qdict_new();

    for (unsigned int i = 0; i < count; i++) {
        vtd_look_put(value, field[i].name, field[i].value);
    }
    return value;
}

static QDict *step_value(const struct vtd_step *step)
{
    QDict *value = qdict_new();

    qdict_put_str(value, "structure", vtd_structure_name(step->structure));
    qdict_put_int(value, "level", step->level);
    qdict_put_int(value, "for-level", step->for_level);
    vtd_look_put(value, "address", step->address);
    if (step->guest) {
        vtd_look_put(value, "guest-address", step->guest_address);
    }
    qdict_put(value, "words", words(step->word, step->words));
    qdict_put(value, "error-bits", words(step->error, step->words));
    qdict_put_bool(value, "read", step->rights & VTD_ACCESS_READ);
    qdict_put_bool(value, "write", step->rights & VTD_ACCESS_WRITE);
    qdict_put(value, "fields", fields(step));
    return value;
}

/* What all kinds of requests have in common, and what each has of its own */
typedef struct Explanation {
    struct vtd_step step[VTD_STEPS_MAX];
    uint32_t steps;
    uint32_t fault_step;
    enum vtd_condition condition;
    enum vtd_recording recording;
    struct vtd_translation translation;
    struct vtd_interrupt interrupt;
    struct vtd_page_request_explanation page;
    bool cached, stale;
} Explanation;

static void take_interrupt(struct vtd_unit *unit, const VtdQuestion *question,
                           Explanation *e)
{
    struct vtd_interrupt_explanation why;

    vtd_unit_interrupt_explain(unit, &question->message, &why, e->step,
                               VTD_STEPS_MAX);
    e->steps = why.steps;
    e->fault_step = why.fault_step;
    e->recording = why.recording;
    e->condition = why.result.condition;
    e->interrupt = why.result;
}

/* The rights that it asks for make no difference */
static void take_page(struct vtd_unit *unit, const VtdQuestion *question,
                      Explanation *e)
{
    const struct vtd_request *r = &question->request;
    const struct vtd_page_request request = {
        .sid = r->sid,
        .pasid_present = r->pasid_present,
        .pasid = r->pasid,
        .privileged = r->privileged,
        .read = true,
        .last = true,
        .address = r->address,
    };

    vtd_unit_page_request_explain(unit, &request, &e->page, e->step,
                                  VTD_STEPS_MAX);
    e->steps = e->page.steps;
    e->fault_step = e->page.fault_step;
    e->recording = e->page.recording;
    e->condition = e->page.condition;
}

static void take_memory(struct vtd_unit *unit, const VtdQuestion *question,
                        Explanation *e)
{
    struct vtd_explanation why;

    vtd_unit_explain(unit, &question->request, &why, e->step, VTD_STEPS_MAX);
    e->steps = why.steps;
    e->fault_step = why.fault_step;
    e->recording = why.recording;
    e->condition = why.result.condition;
    e->translation = why.result;
    e->cached = why.cached;
    e->stale = why.stale;
}

static Explanation *take(struct vtd_unit *unit, const VtdQuestion *question)
{
    Explanation *e = g_new0(Explanation, 1);

    switch (question->asked) {
    case VTD_ASKED_INTERRUPT:
        take_interrupt(unit, question, e);
        break;
    case VTD_ASKED_PAGE:
        take_page(unit, question, e);
        break;
    default:
        take_memory(unit, question, e);
        break;
    }
    return e;
}

static const char *page_result_name(enum vtd_page_request_result result)
{
    static const char *const names[] = {
        [VTD_PAGE_REQUEST_QUEUED] = "queued",
        [VTD_PAGE_REQUEST_OVERFLOWED] = "overflowed",
        [VTD_PAGE_REQUEST_REFUSED] = "refused",
        [VTD_PAGE_REQUEST_UNSUPPORTED] = "unsupported",
    };

    return names[result];
}

static const char *status_name(enum vtd_status status)
{
    static const char *const names[] = {
        [VTD_STATUS_SUCCESS] = "success",
        [VTD_STATUS_UNSUPPORTED_REQUEST] = "unsupported-request",
        [VTD_STATUS_COMPLETER_ABORT] = "completer-abort",
        [VTD_STATUS_INTERRUPT] = "interrupt",
    };

    return names[status];
}

static void put_answer(QDict *value, const VtdQuestion *question,
                       const Explanation *e)
{
    const struct vtd_translation *t = &e->translation;

    if (question->asked == VTD_ASKED_INTERRUPT) {
        qdict_put_bool(value, "blocked", e->interrupt.blocked);
        qdict_put_bool(value, "posted", e->interrupt.posted);
        vtd_look_put(value, "message-address", e->interrupt.address);
        vtd_look_put(value, "message-data", e->interrupt.data);
        return;
    }
    if (question->asked == VTD_ASKED_PAGE) {
        qdict_put_str(value, "answer", page_result_name(e->page.result));
        qdict_put_bool(value, "queue-overflowed", e->page.overflowed);
        qdict_put_int(value, "queue-waiting", e->page.waiting);
        qdict_put_int(value, "queue-capacity", e->page.capacity);
        return;
    }
    qdict_put_str(value, "answer", status_name(t->status));
    qdict_put_bool(value, "read", t->read);
    qdict_put_bool(value, "write", t->write);
    if (t->status == VTD_STATUS_SUCCESS && (t->read || t->write)) {
        vtd_look_put(value, "translated", t->address);
    }
    qdict_put_bool(value, "cached", e->cached);
    qdict_put_bool(value, "stale", e->stale);
}

static const char *recording_name(enum vtd_recording recording)
{
    return recording == VTD_RECORDING_RECORDED ? "recorded" :
           recording == VTD_RECORDING_SUPPRESSED ? "suppressed" : "none";
}

QDict *vtd_look_explain(struct vtd_unit *unit, const VtdQuestion *question)
{
    g_autofree Explanation *e = take(unit, question);
    QDict *value = qdict_new();
    QList *steps = qlist_new();

    for (unsigned int i = 0; i < e->steps; i++) {
        qlist_append(steps, step_value(&e->step[i]));
    }
    qdict_put(value, "steps", steps);
    if (e->fault_step != VTD_STEP_NONE) {
        qdict_put_int(value, "fault-step", e->fault_step);
    }
    qdict_put_str(value, "condition", vtd_condition_name(e->condition));
    qdict_put_str(value, "text", vtd_condition_text(e->condition));
    qdict_put_int(value, "reason", vtd_condition_code(e->condition));
    qdict_put_str(value, "recording", recording_name(e->recording));
    put_answer(value, question, e);
    return value;
}

static void append_fields(GString *line, const struct vtd_step *step)
{
    struct vtd_structure_field field[VTD_FIELDS_MAX];
    unsigned int count = fields_of(step, field);

    for (unsigned int i = 0; i < count; i++) {
        bool wrong = step->error[field[i].word] & field[i].mask;

        if (field[i].value || wrong) {
            g_string_append_printf(line, " %s=0x%" PRIx64 "%s", field[i].name,
                                   field[i].value, wrong ? "(wrong)" : "");
        }
    }
}

static void append_step(QList *lines, const struct vtd_step *step, bool fault)
{
    g_autoptr(GString) line = g_string_new(fault ? "* " : "  ");

    g_string_append(line, vtd_structure_name(step->structure));
    if (step->level) {
        g_string_append_printf(line, ", level %u", step->level);
    }
    if (step->for_level) {
        g_string_append_printf(line, " (for level %u)", step->for_level);
    }
    g_string_append_printf(line, " at 0x%" PRIx64 ":", step->address);
    append_fields(line, step);
    if (!step->words) {
        g_string_append(line, " no memory is there");
    }
    qlist_append_str(lines, line->str);
}

/* The queue counts for requests that the tables allow */
static void append_page_answer(GString *line,
                               const struct vtd_page_request_explanation *page)
{
    g_string_append(line, page_result_name(page->result));
    if (page->result == VTD_PAGE_REQUEST_QUEUED ||
        page->result == VTD_PAGE_REQUEST_OVERFLOWED) {
        g_string_append_printf(line, "; %u of %u places of the queue are taken",
                               page->waiting, page->capacity);
    }
    if (page->overflowed) {
        g_string_append(line, "; it takes nothing until PRS.PRO is cleared");
    }
}

static void append_answer(QList *lines, const VtdQuestion *question,
                          const Explanation *e)
{
    g_autoptr(GString) line = g_string_new(NULL);
    const struct vtd_translation *t = &e->translation;

    if (question->asked == VTD_ASKED_PAGE) {
        append_page_answer(line, &e->page);
    } else if (question->asked == VTD_ASKED_INTERRUPT) {
        g_string_printf(line, "%s 0x%x to 0x%" PRIx64,
                        e->interrupt.blocked ? "blocked" :
                        e->interrupt.posted ? "posted" : "message",
                        e->interrupt.data, e->interrupt.address);
    } else if (t->status == VTD_STATUS_SUCCESS && (t->read || t->write)) {
        g_string_printf(line, "success: 0x%" PRIx64 " (%s%s)", t->address,
                        t->read ? "r" : "", t->write ? "w" : "");
    } else {
        g_string_printf(line, "%s", status_name(t->status));
    }
    qlist_append_str(lines, line->str);
}

QList *vtd_look_explain_text(struct vtd_unit *unit,
                             const VtdQuestion *question)
{
    g_autofree Explanation *e = take(unit, question);
    g_autofree char *condition = NULL;
    QList *lines = qlist_new();

    for (unsigned int i = 0; i < e->steps; i++) {
        append_step(lines, &e->step[i], i == e->fault_step);
    }
    if (e->condition != VTD_CONDITION_NONE) {
        condition = g_strdup_printf("%s: %s (fault reason %02xh, %s)",
                                    vtd_condition_name(e->condition),
                                    vtd_condition_text(e->condition),
                                    vtd_condition_code(e->condition),
                                    recording_name(e->recording));
        qlist_append_str(lines, condition);
    }
    append_answer(lines, question, e);
    if (e->stale) {
        qlist_append_str(lines, "the unit goes by what it has cached: "
                         "an invalidation is missing");
    }
    return lines;
}

QDict *vtd_look_mappings(struct vtd_unit *unit, const VtdQuestion *question)
{
    struct vtd_dump_mappings cursor = {
        .sid = question->request.sid,
        .pasid_present = question->request.pasid_present,
        .pasid = question->request.pasid,
        .privileged = question->request.privileged,
        .address = question->request.address,
        .last = UINT64_MAX,
    };
    g_autofree struct vtd_dump_mapping *list =
        g_new(struct vtd_dump_mapping, VTD_LIST_MAX);
    QDict *value = qdict_new();
    QList *mappings = qlist_new();
    int64_t end = qemu_clock_get_ns(QEMU_CLOCK_REALTIME) + VTD_LIST_TIME_MAX;
    size_t count = 0;

    do {
        count += vtd_unit_dump_mappings(unit, &cursor, list + count,
                                        VTD_LIST_MAX - count);
    } while (!cursor.done && count < VTD_LIST_MAX &&
             qemu_clock_get_ns(QEMU_CLOCK_REALTIME) < end);
    for (size_t i = 0; i < count; i++) {
        QDict *mapping = qdict_new();

        vtd_look_put(mapping, "first", list[i].first);
        vtd_look_put(mapping, "last", list[i].last);
        vtd_look_put(mapping, "address", list[i].address);
        qdict_put_bool(mapping, "read", list[i].read);
        qdict_put_bool(mapping, "write", list[i].write);
        qlist_append(mappings, mapping);
    }
    qdict_put(value, "mappings", mappings);
    qdict_put_bool(value, "complete", cursor.done);
    if (!cursor.done) {
        vtd_look_put(value, "next", cursor.address);
    }
    return value;
}
