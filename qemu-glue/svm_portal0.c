/*
 * The `svm` demo device: commands of portal 0
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/atomic.h"
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
    enum svm_status status = SVM_STATUS_OK;
    uint64_t done = 0;

    while (done < command->length && status == SVM_STATUS_OK) {
        uint64_t address = command->address + done;
        size_t step = svm_step(address, command->length - done);

        for (size_t i = 0; i < step; i++) {
            buffer[i] = (done + i) % SVM_P0_SEQUENCE;
        }
        status = svm_write(job, address, buffer, step);
        done += step;
    }
    return status;
}

static enum svm_status check_crc(SvmJob *job, const SvmPortal0 *command)
{
    g_autofree uint8_t *buffer = g_malloc(SVM_PORTAL_SIZE);
    enum svm_status status = SVM_STATUS_OK;
    uint8_t crc = SVM_CRC8_INIT;
    uint64_t done = 0;

    while (done < command->length && status == SVM_STATUS_OK) {
        uint64_t address = command->address + done;
        size_t step = svm_step(address, command->length - done);

        status = svm_read(job, address, buffer, step);
        if (status == SVM_STATUS_OK) {
            crc = svm_crc8(crc, buffer, step);
        }
        done += step;
    }
    if (status == SVM_STATUS_OK && crc != command->crc) {
        status = SVM_STATUS_FAULT;
    }
    return status;
}

static enum svm_status execute(SvmJob *job, const SvmPortal0 *command)
{
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

void svm_portal0_run(SvmJob *job)
{
    SvmDevice *d = job->portal->device;

    job->ok = execute(job, &d->portal0_job) == SVM_STATUS_OK;
    job->interrupt = true;
    qatomic_set(&d->portal0_status,
                job->ok ? SVM_P0_STATUS_OK : SVM_P0_STATUS_ERROR);
}
