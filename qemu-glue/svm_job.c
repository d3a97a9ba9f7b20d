/*
 * The `svm` demo device: a command from its beginning to its end
 *
 * Where a command is stands in its SvmJob and nowhere else, not on the stack of
 * the thread that runs it: a machine that is stopped can be saved, and another
 * process goes on where this one was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/lockable.h"

void svm_job_undo(SvmJob *job)
{
    job->next = job->now;
}

void svm_job_commit(SvmJob *job)
{
    SvmPortal *portal = job->portal;

    QEMU_LOCK_GUARD(&portal->lock);
    /* One that has to end while the machine is stopped is not resumed */
    svm_stop_wait(portal);
    job->now = job->next;
}

static bool is_portal0(const SvmJob *job)
{
    return job->portal->index == 0;
}

/* There will be no record */
static void lose(SvmJob *job, enum svm_status status)
{
    job->next.lost = status;
    job->next.phase = SVM_PHASE_END;
    svm_job_commit(job);
}

static void fetch(SvmJob *job)
{
    enum svm_status status = SVM_STATUS_OK;

    if (is_portal0(job)) {
        job->next.cursor = SVM_CRC8_INIT;
    } else {
        status = svm_command_fetch(job);
    }
    if (status != SVM_STATUS_OK) {
        lose(job, status);
        return;
    }
    job->next.phase = SVM_PHASE_EXECUTE;
    svm_job_commit(job);
}

static void execute(SvmJob *job)
{
    enum svm_status status;

    job->fault_address = 0;
    status = is_portal0(job) ? svm_portal0_execute(job)
                             : svm_command_execute(job);
    job->privileged = false;
    if (status != SVM_STATUS_OK) {
        svm_job_undo(job);
    }
    job->next.record.status = status;
    job->next.record.fault_address = job->fault_address;
    job->next.phase = is_portal0(job) ? SVM_PHASE_END : SVM_PHASE_REPORT;
    svm_job_commit(job);
}

static void report(SvmJob *job)
{
    enum svm_status status;

    job->next.phase = SVM_PHASE_END;
    status = svm_write_record(job);
    if (status != SVM_STATUS_OK) {
        lose(job, status);
    }
}

static void (*const phases[SVM_PHASES])(SvmJob *job) = {
    [SVM_PHASE_FETCH] = fetch,
    [SVM_PHASE_EXECUTE] = execute,
    [SVM_PHASE_REPORT] = report,
};

void svm_job_begin(SvmPortal *portal, uint64_t address)
{
    portal->job = (SvmJob) { .address = address, .awaited = SVM_NO_GROUP };
}

void svm_job_run(SvmPortal *portal)
{
    SvmJob *job = &portal->job;
    uint32_t pasid = portal->listener->pasid;

    job->portal = portal;
    job->endpoint = portal->device->endpoint;
    job->pasid_present = pasid != PCI_NO_PASID;
    job->pasid = job->pasid_present ? pasid : 0;
    svm_job_undo(job);
    while (job->now.phase != SVM_PHASE_END) {
        phases[job->now.phase](job);
    }
}

bool svm_job_is_ok(const SvmJob *job)
{
    return !job->now.lost && job->now.record.status == SVM_STATUS_OK;
}

bool svm_job_has_interrupt(const SvmJob *job)
{
    return is_portal0(job) || job->now.command.flags & SVM_CMD_INTERRUPT;
}
