/*
 * intel-iommu on libvtd: finding invalidations that the guest forgets
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/error-report.h"
#include "qom/object.h"

static const struct {
    const char *name;
    enum vtd_iotlb_kind kind;
} iotlb_kinds[] = {
    { "live", VTD_IOTLB_LIVE },
    { "sized", VTD_IOTLB_SIZED },
    { "keep", VTD_IOTLB_KEEP },
};

/* Set before the machine runs, and never taken back */
static bool is_on;

bool vtd_check_is_on(void)
{
    return is_on;
}

bool vtd_check_make(VtdState *s, struct vtd_config *config, Error **errp)
{
    VtdProperties *p = &s->properties;
    const char *name = p->iotlb ? p->iotlb : "live";
    size_t i = 0;

    while (i < ARRAY_SIZE(iotlb_kinds) && strcmp(name, iotlb_kinds[i].name)) {
        i++;
    }
    if (i == ARRAY_SIZE(iotlb_kinds)) {
        error_setg(errp, "x-iotlb=%s is unknown; use live, sized or keep",
                   name);
        return false;
    }
    if (p->check && iotlb_kinds[i].kind == VTD_IOTLB_LIVE) {
        error_setg(errp, "x-check=on compares what is cached with memory; "
                   "add x-iotlb=keep or x-iotlb=sized");
        return false;
    }
    config->iotlb = iotlb_kinds[i].kind;
    config->iotlb_entries = p->iotlb_entries;
    config->check = p->check;
    is_on |= p->check;
    config->check_waits = p->check_waits;
    return true;
}

/* From any thread.  The unit's trace has a line with all of it. */
void vtd_check_stale_use(void *host, const struct vtd_stale_use *use)
{
    warn_report_once("intel-iommu: the guest forgot an invalidation: %04x used "
                     "what %s has of %" PRIx64 "; -d guest_errors logs such "
                     "uses, x-stale-uses counts them", use->request.sid,
                     vtd_cache_name(use->cache), use->request.address);
}

/* From any thread */
void vtd_check_lint(void *host, const struct vtd_lint_report *report)
{
    warn_report_once("intel-iommu: the guest does what it should not: %s (%s); "
                     "-d guest_errors logs such things, x-lints counts them",
                     vtd_lint_name(report->lint), vtd_lint_text(report->lint));
}

static const struct {
    const char *name;
    size_t member;
} counters[] = {
    { "x-iotlb-hits", offsetof(struct vtd_counters, iotlb_hits) },
    { "x-iotlb-misses", offsetof(struct vtd_counters, iotlb_misses) },
    { "x-iotlb-dropped", offsetof(struct vtd_counters, iotlb_dropped) },
    { "x-stale-suspects", offsetof(struct vtd_counters, stale_suspects) },
    { "x-stale-uses", offsetof(struct vtd_counters, stale_uses) },
    { "x-lints", offsetof(struct vtd_counters, lints) },
};

static void get_counter(Object *obj, Visitor *v, const char *name,
                        void *opaque, Error **errp)
{
    VtdState *s = VTD_STATE(obj);
    struct vtd_counters all = { };
    uint64_t value;

    if (s->unit) {
        vtd_unit_counters(s->unit, &all, sizeof(all));
    }
    memcpy(&value, (char *)&all + (uintptr_t)opaque, sizeof(value));
    visit_type_uint64(v, name, &value, errp);
}

void vtd_check_add_properties(ObjectClass *klass)
{
    for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
        object_class_property_add(klass, counters[i].name, "uint64",
                                  get_counter, NULL, NULL,
                                  (void *)(uintptr_t)counters[i].member);
    }
}
