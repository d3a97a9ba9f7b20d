/*
 * intel-iommu on libvtd: recording what the unit does
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "system/system.h"
#include <vtd/record.h>

/* From any thread, one at a time; a failure ends the recording */
static int write_file(void *opaque, const void *bytes, size_t length)
{
    VtdState *s = opaque;

    if (fwrite(bytes, 1, length, s->record_file) < length ||
        fflush(s->record_file)) {
        int error = errno;

        warn_report("intel-iommu: recording to %s ends: %s",
                    s->properties.record, strerror(error));
        return -error;
    }
    return 0;
}

/* Devices are not unrealized when QEMU ends */
static void end_recording(Notifier *notifier, void *data)
{
    VtdState *s = container_of(notifier, VtdState, record_exit);

    vtd_unit_record_end(s->unit);
    fclose(s->record_file);
}

static bool create_recorded(VtdState *s, const struct vtd_config *config,
                            Error **errp)
{
    const struct vtd_recorder recorder = {
        .size = sizeof(recorder),
        .sink = s,
        .limit = s->properties.record_limit,
        .write = write_file,
    };
    int ret;

    s->record_file = fopen(s->properties.record, "wb");
    if (!s->record_file) {
        error_setg_errno(errp, errno, "x-record=%s cannot be written",
                         s->properties.record);
        return false;
    }
    ret = vtd_unit_create_recorded(config, &vtd_host_ops, s, &recorder,
                                   &s->unit);
    if (ret) {
        error_setg_errno(errp, -ret, "a unit that records to x-record=%s "
                         "cannot be created", s->properties.record);
        fclose(s->record_file);
        return false;
    }
    s->record_exit.notify = end_recording;
    qemu_add_exit_notifier(&s->record_exit);
    return true;
}

bool vtd_record_unit(VtdState *s, const struct vtd_config *config,
                       Error **errp)
{
    int ret;

    if (s->properties.record) {
        return create_recorded(s, config, errp);
    }
    ret = vtd_unit_create(config, &vtd_host_ops, s, &s->unit);
    if (ret) {
        error_setg_errno(errp, -ret, "the remapping unit cannot be created");
        return false;
    }
    return true;
}
