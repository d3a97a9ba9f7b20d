/*
 * The `svm` demo device: what commands of user portals do
 *
 * Every loop looks at memory of the process in each round, and so notices an
 * abort there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/bswap.h"

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
        uint64_t source = c->source + r->done;
        uint64_t destination = c->destination + r->done;
        size_t step = svm_step(source, c->length - r->done);

        step = svm_step(destination, step);
        status = svm_read(job, source, buffer, step);
        if (status == SVM_STATUS_OK) {
            r->done += step;
            status = svm_write(job, destination, buffer, step);
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
        uint64_t destination = c->destination + r->done;
        size_t step = svm_step(destination, c->length - r->done);

        for (size_t i = 0; i < step; i++) {
            buffer[i] = bytes[(r->done + i) % sizeof(pattern)];
        }
        r->done += step;
        status = svm_write(job, destination, buffer, step);
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
        svm_job_commit(job);
    }
    r->result = r->done;
    return SVM_STATUS_OK;
}

static enum svm_status checksum(SvmJob *job, const struct svm_command *c,
                                struct svm_record *r)
{
    g_autofree uint8_t *buffer = g_malloc(STEP);
    uint64_t *crc = &job->next.cursor;

    while (r->done < c->length) {
        size_t step = svm_step(c->source + r->done, c->length - r->done);
        enum svm_status status;

        status = svm_read(job, c->source + r->done, buffer, step);
        if (status != SVM_STATUS_OK) {
            return status;
        }
        *crc = svm_crc8(*crc, buffer, step);
        r->done += step;
        svm_job_commit(job);
    }
    r->result = *crc;
    return SVM_STATUS_OK;
}

static enum svm_status atomic_add(SvmJob *job, const struct svm_command *c,
                                  struct svm_record *r)
{
    if (c->destination % sizeof(uint64_t)) {
        return SVM_STATUS_BAD_COMMAND;
    }
    if (r->done) {
        /* Not twice */
        return SVM_STATUS_OK;
    }
    r->done = sizeof(uint64_t);
    return svm_atomic_add(job, c->destination, c->operand[0], &r->result);
}

static enum svm_status list_sum(SvmJob *job, const struct svm_command *c,
                                struct svm_record *r)
{
    uint64_t *node = &job->next.cursor;

    while (*node && r->done < c->length) {
        enum svm_status status;
        uint64_t value;
        uint64_t next;

        status = svm_read_word(job, *node + c->operand[1], &value);
        if (status == SVM_STATUS_OK) {
            status = svm_read_word(job, *node + c->operand[0], &next);
        }
        if (status != SVM_STATUS_OK) {
            return status;
        }
        r->result += value;
        r->done++;
        *node = next;
        svm_job_commit(job);
    }
    return SVM_STATUS_OK;
}

static enum svm_status wait_for_value(SvmJob *job, const struct svm_command *c,
                                      struct svm_record *r)
{
    uint64_t *reads = &job->next.cursor;

    if (c->source % sizeof(uint64_t)) {
        return SVM_STATUS_BAD_COMMAND;
    }
    while (*reads < c->length) {
        enum svm_status status = svm_read_word(job, c->source, &r->result);

        if (status != SVM_STATUS_OK) {
            return status;
        }
        if (r->result == c->operand[0]) {
            r->done = sizeof(uint64_t);
            return SVM_STATUS_OK;
        }
        if (*reads >= WAIT_EAGER_READS) {
            g_usleep(WAIT_PAUSE_US);
        }
        ++*reads;
        svm_job_commit(job);
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

enum svm_status svm_command_execute(SvmJob *job)
{
    const struct svm_command *c = &job->next.command;
    enum svm_status status;

    if (!is_valid(c)) {
        return SVM_STATUS_BAD_COMMAND;
    }
    if ((c->flags & SVM_CMD_PRIVILEGED) && !job->portal->privileged) {
        return SVM_STATUS_DENIED;
    }
    job->privileged = c->flags & SVM_CMD_PRIVILEGED;
    status = operations[c->operation](job, c, &job->next.record);
    job->privileged = false;
    return status;
}

static uint64_t first_cursor(const struct svm_command *c)
{
    switch (c->operation) {
    case SVM_OP_CHECKSUM:
        return SVM_CRC8_INIT;
    case SVM_OP_LIST_SUM:
        return c->source;
    default:
        return 0;
    }
}

enum svm_status svm_command_fetch(SvmJob *job)
{
    struct svm_command *c = &job->next.command;
    enum svm_status status = svm_check_on(job);

    if (status != SVM_STATUS_OK) {
        return status;
    }
    if (job->address % SVM_COMMAND_ALIGN) {
        return SVM_STATUS_BAD_COMMAND;
    }
    status = svm_read_command(job, c);
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
    job->next.cursor = first_cursor(c);
    return c->record % SVM_RECORD_ALIGN ? SVM_STATUS_BAD_COMMAND
                                        : SVM_STATUS_OK;
}
