/*
 * The `svm` demo device: commands of portal 0
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/lockable.h"

/* A command while one runs is lost */
void svm_portal0_start(SvmDevice *d, uint64_t command)
{
    SvmPortal *portal = &d->portal[0];

    WITH_QEMU_LOCK_GUARD(&portal->lock) {
        if (portal->running || portal->queued) {
            portal->dropped++;
            return;
        }
    }
    d->portal0_job = d->portal0;
    d->portal0_job.command = command;
    svm_portal_submit(portal, 0);
}

static enum svm_status fill_sequence(SvmJob *job, const SvmPortal0 *command)
{
    g_autofree uint8_t *buffer = g_malloc(SVM_PORTAL_SIZE);
    uint64_t *done = &job->next.record.done;
    enum svm_status status = SVM_STATUS_OK;

    while (*done < command->length && status == SVM_STATUS_OK) {
        uint64_t address = command->address + *done;
        size_t step = svm_step(address, command->length - *done);

        for (size_t i = 0; i < step; i++) {
            buffer[i] = (*done + i) % SVM_P0_SEQUENCE;
        }
        *done += step;
        status = svm_write(job, address, buffer, step);
    }
    return status;
}

static enum svm_status check_crc(SvmJob *job, const SvmPortal0 *command)
{
    g_autofree uint8_t *buffer = g_malloc(SVM_PORTAL_SIZE);
    SvmProgress *next = &job->next;
    uint64_t *done = &next->record.done;

    while (*done < command->length) {
        uint64_t address = command->address + *done;
        size_t step = svm_step(address, command->length - *done);
        enum svm_status status = svm_read(job, address, buffer, step);

        if (status != SVM_STATUS_OK) {
            return status;
        }
        next->cursor = svm_crc8(next->cursor, buffer, step);
        *done += step;
        svm_job_commit(job);
    }
    return next->cursor == command->crc ? SVM_STATUS_OK : SVM_STATUS_FAULT;
}

enum svm_status svm_portal0_execute(SvmJob *job)
{
    const SvmPortal0 *command = &job->portal->device->portal0_job;
    enum svm_status status = svm_check_on(job);

    if (status != SVM_STATUS_OK) {
        return status;
    }
    job->privileged = command->options & SVM_P0_OPT_PRIVILEGED;
    switch (command->command) {
    case SVM_P0_CMD_WRITE:
        return fill_sequence(job, command);
    case SVM_P0_CMD_READ:
        return check_crc(job, command);
    default:
        return SVM_STATUS_BAD_COMMAND;
    }
}
