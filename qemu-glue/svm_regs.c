/*
 * The `svm` demo device: BAR 0
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "svm_model.h"
#include "qemu/atomic.h"
#include "qemu/lockable.h"

#define NOTHING UINT64_MAX
#define P0_WIDE_END 0x50
#define COUNTERS SVM_DEV_COUNTER(0)
#define COUNTERS_END SVM_DEV_COUNTER(SVM_COUNTERS)
#define CONTROLS SVM_PC(0)
#define CONTROL_SIZE (SVM_PC(1) - SVM_PC(0))

static uint64_t portal0_read(SvmDevice *d, hwaddr offset)
{
    switch (offset) {
    case SVM_P0_COMMAND:
        return SVM_P0_ID;
    case SVM_P0_ADDRESS:
        return qatomic_read(&d->portal0_status);
    default:
        return NOTHING;
    }
}

static void portal0_write(SvmDevice *d, hwaddr offset, uint64_t value)
{
    switch (offset) {
    case SVM_P0_COMMAND:
        svm_portal0_start(d, value);
        break;
    case SVM_P0_ADDRESS:
        d->portal0.address = value;
        break;
    case SVM_P0_CRC:
        d->portal0.crc = value;
        break;
    case SVM_P0_LENGTH:
        d->portal0.length = value;
        break;
    case SVM_P0_OPTIONS:
        d->portal0.options = value;
        break;
    }
}

static uint64_t count(SvmDevice *d, unsigned int index)
{
    struct vtd_endpoint_counters e;
    struct vtd_atc_counters a;

    vtd_endpoint_counters(d->endpoint, &e, sizeof(e));
    vtd_endpoint_atc_counters(d->endpoint, &a, sizeof(a));
    switch (index) {
    case SVM_COUNTER_ATC_HITS:
        return a.hits;
    case SVM_COUNTER_ATC_MISSES:
        return a.misses;
    case SVM_COUNTER_TRANSLATION_REQUESTS:
        return e.translation_requests;
    case SVM_COUNTER_PAGE_REQUESTS:
        return e.page_requests;
    case SVM_COUNTER_RESPONSES_SUCCESS:
        return e.responses_success;
    case SVM_COUNTER_RESPONSES_INVALID:
        return e.responses_invalid;
    case SVM_COUNTER_RESPONSES_FAILURE:
        return e.responses_failure;
    case SVM_COUNTER_INVALIDATIONS:
        return a.invalidations;
    case SVM_COUNTER_COMMANDS_OK:
        return d->commands_ok;
    case SVM_COUNTER_COMMANDS_FAILED:
        return d->commands_failed;
    default:
        return 0;
    }
}

uint64_t svm_counter(SvmDevice *d, unsigned int index)
{
    return count(d, index) +
           (index < SVM_COUNTERS_ENDPOINT ? d->counter_base[index] : 0);
}

static uint64_t counter_read(SvmDevice *d, hwaddr offset)
{
    uint64_t value;

    QEMU_LOCK_GUARD(&d->lock);
    if (offset & 4) {
        return d->counter_high;
    }
    value = svm_counter(d, (offset - COUNTERS) / 8);
    d->counter_high = value >> 32;
    return (uint32_t)value;
}

static uint64_t causes_read(SvmDevice *d, unsigned int shift)
{
    QEMU_LOCK_GUARD(&d->lock);
    return (uint32_t)(d->causes >> shift);
}

static void causes_clear(SvmDevice *d, uint64_t bits)
{
    QEMU_LOCK_GUARD(&d->lock);
    d->causes &= ~bits;
}

static uint64_t status_read(SvmPortal *portal)
{
    QEMU_LOCK_GUARD(&portal->lock);
    return portal->running || portal->queued ? SVM_PC_STS_BUSY : 0;
}

static uint64_t enables_read(SvmPortal *portal)
{
    QEMU_LOCK_GUARD(&portal->lock);
    return (portal->enabled ? SVM_PC_CTL_ENABLE : 0) |
           (portal->privileged ? SVM_PC_CTL_PRIVILEGED : 0);
}

static uint64_t device_read(SvmDevice *d, hwaddr offset)
{
    switch (offset) {
    case SVM_DEV_VERSION:
        return SVM_DEV_VERSION_1;
    case SVM_DEV_PORTALS:
        return d->portals;
    case SVM_DEV_QUEUE_DEPTH:
        return SVM_QUEUE_DEPTH;
    case SVM_DEV_OPERATIONS:
        return (1u << SVM_OPERATIONS) - 1;
    case SVM_DEV_CAUSE_LO:
        return causes_read(d, 0);
    case SVM_DEV_CAUSE_HI:
        return causes_read(d, 32);
    case COUNTERS ... COUNTERS_END - 1:
        return counter_read(d, offset);
    case SVM_PC(0) + SVM_PC_STATUS:
        return status_read(&d->portal[0]);
    default:
        return NOTHING;
    }
}

static bool portal_of_control(SvmDevice *d, hwaddr offset, SvmPortal **portal)
{
    hwaddr index = (offset - CONTROLS) / CONTROL_SIZE;

    if (offset < CONTROLS || index < 1 || index > d->portals) {
        return false;
    }
    *portal = &d->portal[index];
    return true;
}

static uint32_t pasid_read(SvmPortal *portal)
{
    uint32_t pasid = portal->listener->pasid;

    return pasid == PCI_NO_PASID ? SVM_PASID_NONE : pasid;
}

static void pasid_write(SvmPortal *portal, uint32_t value)
{
    if (value <= SVM_PASID_NONE) {
        svm_portal_set_pasid(portal, value == SVM_PASID_NONE ? PCI_NO_PASID
                                                             : value);
    }
}

static uint64_t control_read(SvmPortal *portal, hwaddr offset)
{
    switch (offset % CONTROL_SIZE) {
    case SVM_PC_PASID:
        return pasid_read(portal);
    case SVM_PC_CONTROL:
        return enables_read(portal);
    case SVM_PC_STATUS:
        return status_read(portal);
    default:
        return NOTHING;
    }
}

static void control_write(SvmPortal *portal, hwaddr offset, uint32_t value)
{
    switch (offset % CONTROL_SIZE) {
    case SVM_PC_PASID:
        if (!portal->enabled) {
            pasid_write(portal, value);
        }
        break;
    case SVM_PC_CONTROL:
        if (value & SVM_PC_CTL_ABORT) {
            svm_portal_abort(portal);
        }
        svm_portal_enable(portal, value & SVM_PC_CTL_ENABLE,
                          value & SVM_PC_CTL_PRIVILEGED);
        break;
    }
}

/* The driver's page */
static uint64_t page0_read(SvmDevice *d, hwaddr offset, unsigned int size)
{
    SvmPortal *portal;

    if (offset < P0_WIDE_END) {
        return size == 8 ? portal0_read(d, offset) : NOTHING;
    }
    if (size != 4) {
        return NOTHING;
    }
    if (portal_of_control(d, offset, &portal)) {
        return control_read(portal, offset);
    }
    return device_read(d, offset);
}

static void page0_write(SvmDevice *d, hwaddr offset, uint64_t value,
                        unsigned int size)
{
    SvmPortal *portal;

    if (offset < P0_WIDE_END) {
        if (size == 8) {
            portal0_write(d, offset, value);
        }
    } else if (size != 4) {
        return;
    } else if (offset == SVM_P0_PASID) {
        pasid_write(&d->portal[0], value);
    } else if (offset == SVM_DEV_CAUSE_LO) {
        causes_clear(d, value);
    } else if (offset == SVM_DEV_CAUSE_HI) {
        causes_clear(d, value << 32);
    } else if (portal_of_control(d, offset, &portal)) {
        control_write(portal, offset, value);
    }
}

static uint64_t portal_read(SvmPortal *portal, hwaddr offset)
{
    QEMU_LOCK_GUARD(&portal->lock);
    switch (offset) {
    case SVM_UP_FREE:
        return SVM_QUEUE_DEPTH - portal->queued;
    case SVM_UP_ENDED:
        return portal->ended;
    case SVM_UP_DROPPED:
        return portal->dropped;
    case SVM_UP_LOST_ADDRESS:
        return portal->lost_address;
    case SVM_UP_LOST_STATUS:
        return portal->lost_status;
    default:
        return NOTHING;
    }
}

static uint64_t bar_read(void *opaque, hwaddr offset, unsigned int size)
{
    SvmDevice *d = opaque;
    hwaddr page = offset / SVM_PORTAL_SIZE;
    hwaddr within = offset % SVM_PORTAL_SIZE;

    if (offset % size) {
        return NOTHING;
    }
    if (page == 0) {
        return page0_read(d, within, size);
    }
    if (page > d->portals || size != 8) {
        return NOTHING;
    }
    return portal_read(&d->portal[page], within);
}

static void bar_write(void *opaque, hwaddr offset, uint64_t value,
                      unsigned int size)
{
    SvmDevice *d = opaque;
    hwaddr page = offset / SVM_PORTAL_SIZE;
    hwaddr within = offset % SVM_PORTAL_SIZE;

    if (offset % size) {
        return;
    }
    if (page == 0) {
        page0_write(d, within, value, size);
    } else if (page <= d->portals && size == 8 && within == SVM_UP_SUBMIT) {
        svm_portal_submit(&d->portal[page], value);
    }
}

const MemoryRegionOps svm_regs_ops = {
    .read = bar_read,
    .write = bar_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {
        .min_access_size = 1,
        .max_access_size = 8,
        .unaligned = true,
    },
    .impl = {
        .min_access_size = 1,
        .max_access_size = 8,
        .unaligned = true,
    },
};
