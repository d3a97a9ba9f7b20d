/*
 * intel-iommu on libvtd: what the unit asks of its host
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_ram.h"
#include "vtd_trace.h"
#include "qemu/atomic.h"

static int memory_read(void *host, uint64_t address, void *buffer,
                       size_t length)
{
    return vtd_ram_read(address, buffer, length);
}

static int memory_write(void *host, uint64_t address, const void *buffer,
                        size_t length)
{
    return vtd_ram_write(address, buffer, length);
}

static int memory_compare_exchange(void *host, uint64_t address,
                                   uint64_t *expected, uint64_t desired)
{
    VtdRamPlace word;
    uint64_t found;

    /* Who calls the unit holds the RCU read lock */
    if (!vtd_ram_map(address, sizeof(found), &word)) {
        return -EFAULT;
    }
    found = qatomic_cmpxchg((uint64_t *)word.pointer, *expected, desired);
    vtd_ram_written(&word);
    if (found == *expected) {
        return 1;
    }
    *expected = found;
    return 0;
}

static void timer_set(void *host, uint64_t nanoseconds)
{
    VtdState *s = host;

    if (nanoseconds) {
        timer_mod_ns(s->timer, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) +
                               MIN(nanoseconds, INT64_MAX / 2));
    } else {
        timer_del(s->timer);
    }
}

static uint64_t host_clock(void *host)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

const struct vtd_host_ops vtd_host_ops = {
    .size = sizeof(vtd_host_ops),
    .memory_read = memory_read,
    .memory_write = memory_write,
    .memory_compare_exchange = memory_compare_exchange,
    .interrupt_message = vtd_event_message,
    .device_tlb_invalidate = vtd_event_invalidate,
    .page_group_response = vtd_event_response,
    .timer_set = timer_set,
    .clock = host_clock,
    .mappings_wanted = vtd_event_wants_mappings,
    .mappings_changed = vtd_event_mappings,
    .interrupts_changed = vtd_event_interrupts,
    .trace = vtd_trace_line,
    .stale_use = vtd_check_stale_use,
    .lint = vtd_check_lint,
};
