/*
 * The `svm` demo device: memory, through libvtd's endpoint and its ATC
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "vtd_ram.h"
#include "qemu/atomic.h"
#include "qemu/bswap.h"
#include "qemu/rcu.h"

#define STEP 4096

/* Invalidations wait for a step, so it stays within a page */
size_t svm_step(uint64_t address, uint64_t remaining)
{
    return MIN(remaining, STEP - (address & (STEP - 1)));
}

static enum svm_status status_of(enum vtd_endpoint_result result)
{
    switch (result) {
    case VTD_ENDPOINT_OK:
        return SVM_STATUS_OK;
    case VTD_ENDPOINT_UNTRANSLATED_ONLY:
        return SVM_STATUS_UNTRANSLATED_ONLY;
    case VTD_ENDPOINT_OFF:
        return SVM_STATUS_OFF;
    case VTD_ENDPOINT_ABORTED:
        return SVM_STATUS_ABORTED;
    default:
        return SVM_STATUS_FAULT;
    }
}

/* What the endpoint does not know of: is anybody listening, bus mastering */
enum svm_status svm_check_on(SvmJob *job)
{
    SvmPortal *portal = job->portal;

    if (!portal->listener->on ||
        !vtd_compat_bus_master(PCI_DEVICE(portal->device))) {
        return SVM_STATUS_OFF;
    }
    return SVM_STATUS_OK;
}

/*
 * The machine may have been stopped while the access waited for its page: then
 * it is given back, because an invalidation would wait for it.
 */
static enum svm_status begin(SvmJob *job, const struct vtd_endpoint_access *a,
                             struct vtd_endpoint_mapping *mapping)
{
    enum svm_status status;

    do {
        status = status_of(vtd_endpoint_access_begin(job->endpoint, a,
                                                     mapping));
        if (status != SVM_STATUS_OK || svm_move_try(job->portal)) {
            return status;
        }
        vtd_endpoint_access_end(job->endpoint, mapping);
    } while (svm_running_wait(job->portal));
    return SVM_STATUS_ABORTED;
}

static struct vtd_endpoint_access access_of(const SvmJob *job, uint64_t address,
                                            enum vtd_access kind)
{
    return (struct vtd_endpoint_access) {
        .address = address,
        .access = kind,
        .pasid_present = job->pasid_present,
        .pasid = job->pasid,
        .privileged = job->privileged,
        .canceller = &job->portal->canceller,
    };
}

static enum svm_status open_access(SvmJob *job, uint64_t address,
                                   enum vtd_access kind,
                                   struct vtd_endpoint_mapping *mapping)
{
    struct vtd_endpoint_access access = access_of(job, address, kind);
    enum svm_status status;

    if (svm_portal_is_aborting(job->portal)) {
        return SVM_STATUS_ABORTED;
    }
    status = begin(job, &access, mapping);
    if (status != SVM_STATUS_OK) {
        job->fault_address = address;
    }
    return status;
}

static enum svm_status close_access(SvmJob *job, uint64_t address, int error,
                                    struct vtd_endpoint_mapping *mapping)
{
    vtd_endpoint_access_end(job->endpoint, mapping);
    svm_move_end(job->portal);
    if (error) {
        /* Translated to something that is not RAM */
        job->fault_address = address;
        return SVM_STATUS_FAULT;
    }
    return SVM_STATUS_OK;
}

static enum svm_status read_step(SvmJob *job, uint64_t address, void *buffer,
                                 size_t length)
{
    struct vtd_endpoint_mapping mapping;
    enum svm_status status = open_access(job, address, VTD_ACCESS_READ,
                                         &mapping);

    if (status != SVM_STATUS_OK) {
        return status;
    }
    return close_access(job, address,
                        vtd_ram_read(mapping.address, buffer, length),
                        &mapping);
}

/* While the access is open, so before the machine stops */
static int commit(SvmJob *job, int error)
{
    if (!error) {
        job->now = job->next;
    }
    return error;
}

enum svm_status svm_write(SvmJob *job, uint64_t address, const void *buffer,
                          size_t length)
{
    struct vtd_endpoint_mapping mapping;
    enum svm_status status = open_access(job, address, VTD_ACCESS_WRITE,
                                         &mapping);

    if (status != SVM_STATUS_OK) {
        return status;
    }
    return close_access(job, address,
                        commit(job, vtd_ram_write(mapping.address, buffer,
                                                  length)),
                        &mapping);
}

enum svm_status svm_read(SvmJob *job, uint64_t address, void *buffer,
                         size_t length)
{
    enum svm_status status = SVM_STATUS_OK;
    size_t done = 0;

    while (done < length && status == SVM_STATUS_OK) {
        size_t step = svm_step(address + done, length - done);

        status = read_step(job, address + done, buffer + done, step);
        done += step;
    }
    return status;
}

enum svm_status svm_read_word(SvmJob *job, uint64_t address, uint64_t *value)
{
    enum svm_status status = svm_read(job, address, value, sizeof(*value));

    *value = le64_to_cpu(*value);
    return status;
}

static int add(hwaddr address, uint64_t addend, uint64_t *old)
{
    VtdRamPlace place;
    uint64_t *word;
    uint64_t found;

    RCU_READ_LOCK_GUARD();
    if (!vtd_ram_map(address, sizeof(*word), &place)) {
        return -EFAULT;
    }
    word = place.pointer;
    do {
        found = qatomic_read(word);
        *old = le64_to_cpu(found);
    } while (qatomic_cmpxchg(word, found,
                             cpu_to_le64(*old + addend)) != found);
    vtd_ram_written(&place);
    return 0;
}

/* Atomic against the guest's CPUs: the same instruction on the same memory */
enum svm_status svm_atomic_add(SvmJob *job, uint64_t address, uint64_t addend,
                               uint64_t *old)
{
    struct vtd_endpoint_mapping mapping;
    enum svm_status status = open_access(job, address, VTD_ACCESS_ATOMIC,
                                         &mapping);

    if (status != SVM_STATUS_OK) {
        return status;
    }
    return close_access(job, address,
                        commit(job, add(mapping.address, addend, old)),
                        &mapping);
}

/*
 * A command that is aborted is read, too, and its record written, as far as
 * that takes no waiting: software that can be told by the record is.
 */
enum svm_status svm_read_command(SvmJob *job, struct svm_command *command)
{
    struct vtd_endpoint_access access = access_of(job, job->address,
                                                  VTD_ACCESS_READ);
    struct vtd_endpoint_mapping mapping;
    enum svm_status status = begin(job, &access, &mapping);

    if (status != SVM_STATUS_OK) {
        return status;
    }
    return close_access(job, job->address,
                        vtd_ram_read(mapping.address, command,
                                     sizeof(*command)),
                        &mapping);
}

static int write_record(hwaddr address, const struct svm_record *record)
{
    uint64_t first = ldq_he_p(record);
    int error;

    error = vtd_ram_write(address + sizeof(first),
                          (const uint8_t *)record + sizeof(first),
                          sizeof(*record) - sizeof(first));
    /* The status says that the rest is there: one store, with release */
    return error ? error : vtd_ram_write(address, &first, sizeof(first));
}

enum svm_status svm_write_record(SvmJob *job)
{
    const struct svm_record *record = &job->next.record;
    uint64_t address = job->next.command.record;
    struct svm_record bytes = {
        .status = cpu_to_le32(record->status),
        .result = cpu_to_le64(record->result),
        .done = cpu_to_le64(record->done),
        .fault_address = cpu_to_le64(record->fault_address),
    };
    struct vtd_endpoint_access access = access_of(job, address,
                                                  VTD_ACCESS_WRITE);
    struct vtd_endpoint_mapping mapping;
    enum svm_status status;

    status = begin(job, &access, &mapping);
    if (status != SVM_STATUS_OK) {
        return status;
    }
    return close_access(job, address,
                        commit(job, write_record(mapping.address, &bytes)),
                        &mapping);
}

uint8_t svm_crc8(uint8_t crc, const uint8_t *bytes, size_t length)
{
    static uint8_t table[256];
    static gsize ready;

    if (g_once_init_enter(&ready)) {
        for (int i = 0; i < 256; i++) {
            uint8_t value = i;

            for (int bit = 0; bit < 8; bit++) {
                value = value >> 1 ^ (value & 1 ? SVM_CRC8_POLYNOMIAL : 0);
            }
            table[i] = value;
        }
        g_once_init_leave(&ready, 1);
    }
    for (size_t i = 0; i < length; i++) {
        crc = table[crc ^ bytes[i]];
    }
    return crc;
}
