/*
 * The `svm` demo device: commands of user portals
 *
 * Every loop looks at memory of the process in each round, and so notices an
 * abort there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/bswap.h"
#include "qemu/lockable.h"

#define STEP 4096

/* SVM_OP_WAIT: reads in a row before it begins to pause, and the pause */
#define WAIT_EAGER_READS 64
#define WAIT_PAUSE_US 20

static enum svm_status copy(SvmJob *job, const struct svm_command *c,
                            struct svm_record *r)
{
    g_autofree uint8_t *buffer = g_malloc(STEP);
    enum svm_status status = SVM_STATUS_OK;

    while (r->done < c->length && status == SVM_STATUS_OK) {
        size_t step = svm_step(c->source + r->done, c->length - r->done);

        status = svm_read(job, c->source + r->done, buffer, step);
        if (status == SVM_STATUS_OK) {
            status = svm_write(job, c->destination + r->done, buffer, step);
        }
        if (status == SVM_STATUS_OK) {
            r->done += step;
        }
    }
    return status;
}

static enum svm_status fill(SvmJob *job, const struct svm_command *c,
                            struct svm_record *r)
{
    uint64_t pattern = cpu_to_le64(c->operand[0]);
    const uint8_t *bytes = (const uint8_t *)&pattern;
    g_autofree uint8_t *buffer = g_malloc(STEP);
    enum svm_status status = SVM_STATUS_OK;

    while (r->done < c->length && status == SVM_STATUS_OK) {
        size_t step = svm_step(c->destination + r->done, c->length - r->done);

        for (size_t i = 0; i < step; i++) {
            buffer[i] = bytes[(r->done + i) % sizeof(pattern)];
        }
        status = svm_write(job, c->destination + r->done, buffer, step);
        if (status == SVM_STATUS_OK) {
            r->done += step;
        }
    }
    return status;
}

static size_t equal_bytes(const uint8_t *a, const uint8_t *b, size_t length)
{
    size_t i = 0;

    while (i < length && a[i] == b[i]) {
        i++;
    }
    return i;
}

static enum svm_status compare(SvmJob *job, const struct svm_command *c,
                               struct svm_record *r)
{
    g_autofree uint8_t *buffer = g_malloc(2 * STEP);

    while (r->done < c->length) {
        size_t step = svm_step(c->source + r->done, c->length - r->done);
        enum svm_status status;
        size_t equal;

        status = svm_read(job, c->source + r->done, buffer, step);
        if (status == SVM_STATUS_OK) {
            status = svm_read(job, c->destination + r->done, buffer + STEP,
                              step);
        }
        if (status != SVM_STATUS_OK) {
            return status;
        }
        equal = equal_bytes(buffer, buffer + STEP, step);
        r->done += equal;
        if (equal < step) {
            break;
        }
    }
    r->result = r->done;
    return SVM_STATUS_OK;
}

static enum svm_status checksum(SvmJob *job, const struct svm_command *c,
                                struct svm_record *r)
{
    g_autofree uint8_t *buffer = g_malloc(STEP);
    uint8_t crc = SVM_CRC8_INIT;

    while (r->done < c->length) {
        size_t step = svm_step(c->source + r->done, c->length - r->done);
        enum svm_status status;

        status = svm_read(job, c->source + r->done, buffer, step);
        if (status != SVM_STATUS_OK) {
            return status;
        }
        crc = svm_crc8(crc, buffer, step);
        r->done += step;
    }
    r->result = crc;
    return SVM_STATUS_OK;
}

static enum svm_status atomic_add(SvmJob *job, const struct svm_command *c,
                                  struct svm_record *r)
{
    enum svm_status status;

    if (c->destination % sizeof(uint64_t)) {
        return SVM_STATUS_BAD_COMMAND;
    }
    status = svm_atomic_add(job, c->destination, c->operand[0], &r->result);
    if (status == SVM_STATUS_OK) {
        r->done = sizeof(uint64_t);
    }
    return status;
}

static enum svm_status list_sum(SvmJob *job, const struct svm_command *c,
                                struct svm_record *r)
{
    uint64_t node = c->source;

    while (node && r->done < c->length) {
        enum svm_status status;
        uint64_t value;
        uint64_t next;

        status = svm_read_word(job, node + c->operand[1], &value);
        if (status == SVM_STATUS_OK) {
            status = svm_read_word(job, node + c->operand[0], &next);
        }
        if (status != SVM_STATUS_OK) {
            return status;
        }
        r->result += value;
        r->done++;
        node = next;
    }
    return SVM_STATUS_OK;
}

static enum svm_status wait_for_value(SvmJob *job, const struct svm_command *c,
                                      struct svm_record *r)
{
    if (c->source % sizeof(uint64_t)) {
        return SVM_STATUS_BAD_COMMAND;
    }
    for (uint64_t i = 0; i < c->length; i++) {
        enum svm_status status = svm_read_word(job, c->source, &r->result);

        if (status != SVM_STATUS_OK) {
            return status;
        }
        if (r->result == c->operand[0]) {
            r->done = sizeof(uint64_t);
            return SVM_STATUS_OK;
        }
        if (i >= WAIT_EAGER_READS) {
            g_usleep(WAIT_PAUSE_US);
        }
    }
    return SVM_STATUS_LIMIT;
}

static enum svm_status nop(SvmJob *job, const struct svm_command *c,
                           struct svm_record *r)
{
    return SVM_STATUS_OK;
}

typedef enum svm_status Operation(SvmJob *job, const struct svm_command *c,
                                  struct svm_record *r);

static Operation *const operations[SVM_OPERATIONS] = {
    [SVM_OP_NOP] = nop,
    [SVM_OP_COPY] = copy,
    [SVM_OP_FILL] = fill,
    [SVM_OP_COMPARE] = compare,
    [SVM_OP_CHECKSUM] = checksum,
    [SVM_OP_ATOMIC_ADD] = atomic_add,
    [SVM_OP_LIST_SUM] = list_sum,
    [SVM_OP_WAIT] = wait_for_value,
};

static bool is_valid(const struct svm_command *c)
{
    return c->operation < SVM_OPERATIONS && !c->reserved &&
           !(c->flags & ~(SVM_CMD_INTERRUPT | SVM_CMD_PRIVILEGED));
}

static enum svm_status execute(SvmJob *job, const struct svm_command *c,
                               struct svm_record *r)
{
    enum svm_status status;

    if (!is_valid(c)) {
        return SVM_STATUS_BAD_COMMAND;
    }
    if ((c->flags & SVM_CMD_PRIVILEGED) && !job->portal->privileged) {
        return SVM_STATUS_DENIED;
    }
    job->privileged = c->flags & SVM_CMD_PRIVILEGED;
    status = operations[c->operation](job, c, r);
    job->privileged = false;
    return status;
}

static enum svm_status fetch(SvmJob *job, uint64_t address,
                             struct svm_command *c)
{
    enum svm_status status = svm_check_on(job);

    if (status != SVM_STATUS_OK) {
        return status;
    }
    if (address % SVM_COMMAND_ALIGN) {
        return SVM_STATUS_BAD_COMMAND;
    }
    status = svm_read(job, address, c, sizeof(*c));
    if (status != SVM_STATUS_OK) {
        return status;
    }
    c->operation = le32_to_cpu(c->operation);
    c->flags = le32_to_cpu(c->flags);
    c->record = le64_to_cpu(c->record);
    c->source = le64_to_cpu(c->source);
    c->destination = le64_to_cpu(c->destination);
    c->length = le64_to_cpu(c->length);
    c->operand[0] = le64_to_cpu(c->operand[0]);
    c->operand[1] = le64_to_cpu(c->operand[1]);
    c->reserved = le64_to_cpu(c->reserved);
    return c->record % SVM_RECORD_ALIGN ? SVM_STATUS_BAD_COMMAND
                                        : SVM_STATUS_OK;
}

static void note_lost(SvmPortal *portal, uint64_t address,
                      enum svm_status status)
{
    QEMU_LOCK_GUARD(&portal->lock);
    portal->lost_address = address;
    portal->lost_status = status;
}

void svm_command_run(SvmJob *job, uint64_t address)
{
    struct svm_command command = { 0 };
    struct svm_record record = { 0 };
    enum svm_status status = fetch(job, address, &command);

    if (status == SVM_STATUS_OK) {
        job->fault_address = 0;
        record.status = execute(job, &command, &record);
        record.fault_address = job->fault_address;
        status = svm_write_record(job, command.record, &record);
    }
    if (status != SVM_STATUS_OK) {
        note_lost(job->portal, address, status);
    }
    job->ok = status == SVM_STATUS_OK && record.status == SVM_STATUS_OK;
    job->interrupt = command.flags & SVM_CMD_INTERRUPT;
}
