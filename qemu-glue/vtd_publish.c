/*
 * Guest RAM, published to the unit
 *
 * Each range of memory that is RAM or ROM, and where it is in this process.
 * What is a device, or less than a page, is not among them.  The memory core
 * says when memory has changed; the list of before, and the regions in it, go
 * when RCU says that nobody looks at it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_compat.h"
#include "vtd_ram.h"
#include "qemu/rcu.h"

#include <vtd/vtd.h>

#define PAGE_SIZE_4K 4096ULL

typedef struct VtdPublished {
    struct rcu_head rcu;
    struct vtd_ram_map map;
    GArray *ranges;             /* struct vtd_ram_range */
    GPtrArray *regions;         /* MemoryRegion, the one of each range */
} VtdPublished;

/* A machine has one unit at most */
static struct vtd_unit *unit;
static MemoryListener listener;
static VtdPublished *published;

static bool add(Int128 start, Int128 length, const MemoryRegion *mr,
                hwaddr offset, void *opaque)
{
    VtdPublished *p = opaque;
    MemoryRegion *region = (MemoryRegion *)mr;
    struct vtd_ram_range range = { 0 };
    hwaddr first = int128_getlo(start);
    hwaddr end = QEMU_ALIGN_DOWN(first + int128_getlo(length), PAGE_SIZE_4K);

    range.first = ROUND_UP(first, PAGE_SIZE_4K);
    range.length = end - range.first;
    if (!vtd_ram_is_readable(region) ||
        int128_getlo(length) < range.first - first + PAGE_SIZE_4K) {
        return false;
    }
    range.memory = memory_region_get_ram_ptr(region) + offset +
                   (range.first - first);
    if (!QEMU_PTR_IS_ALIGNED(range.memory, sizeof(uint64_t))) {
        return false;
    }
    g_array_append_val(p->ranges, range);
    g_ptr_array_add(p->regions, region);
    return false;
}

static VtdPublished *collect(void)
{
    VtdPublished *p = g_new0(VtdPublished, 1);

    p->ranges = g_array_new(false, false, sizeof(struct vtd_ram_range));
    p->regions = g_ptr_array_new();
    WITH_RCU_READ_LOCK_GUARD() {
        flatview_for_each_range(
            address_space_to_flatview(&address_space_memory), add, p);
    }
    p->map.range = (const struct vtd_ram_range *)p->ranges->data;
    p->map.count = p->ranges->len;
    return p;
}

static bool is_same(const VtdPublished *a, const VtdPublished *b)
{
    return a->ranges->len == b->ranges->len &&
           !memcmp(a->ranges->data, b->ranges->data,
                   a->ranges->len * sizeof(struct vtd_ram_range)) &&
           !memcmp(a->regions->pdata, b->regions->pdata,
                   a->regions->len * sizeof(*a->regions->pdata));
}

static void destroy(VtdPublished *p)
{
    g_array_free(p->ranges, true);
    g_ptr_array_free(p->regions, true);
    g_free(p);
}

/* From the RCU thread, which holds the BQL: a region may go with this */
static void forget(VtdPublished *p)
{
    for (unsigned int i = 0; i < p->regions->len; i++) {
        memory_region_unref(g_ptr_array_index(p->regions, i));
    }
    destroy(p);
}

/* With QEMU's own fuzzer the unit asks, for what is read is made then */
static bool is_wanted(void)
{
#ifdef CONFIG_FUZZ
    return !getenv("QEMU_FUZZ_OBJECTS");
#else
    return true;
#endif
}

static void tell_unit(const VtdPublished *p)
{
    int ret = is_wanted() ? vtd_unit_set_ram(unit, &p->map, NULL) : 0;

    assert(!ret);
}

static void memory_changed(MemoryListener *unused)
{
    VtdPublished *now = collect();
    VtdPublished *before = published;

    if (before && is_same(before, now)) {
        destroy(now);
        return;
    }
    for (unsigned int i = 0; i < now->regions->len; i++) {
        memory_region_ref(g_ptr_array_index(now->regions, i));
    }
    tell_unit(now);
    qatomic_rcu_set(&published, now);
    if (before) {
        call_rcu(before, forget, rcu);
    }
}

const struct vtd_ram_range *vtd_ram_find(hwaddr address, MemoryRegion **mr)
{
    const VtdPublished *p = qatomic_rcu_read(&published);
    const struct vtd_ram_range *range = p ? p->map.range : NULL;
    size_t count = p ? p->map.count : 0;

    /* The last of @count from @range on that begins there or before */
    while (count > 1) {
        if (range[count / 2].first <= address) {
            range += count / 2;
        }
        count -= count / 2;
    }
    if (!count || address - range->first >= range->length) {
        return NULL;
    }
    if (mr) {
        *mr = g_ptr_array_index(p->regions, range - p->map.range);
    }
    return range;
}

void vtd_ram_publish(struct vtd_unit *to)
{
    unit = to;
    listener = (MemoryListener) {
        .name = "vtd-ram",
        .commit = memory_changed,
    };
    /* It is told of memory as it is now */
    memory_listener_register(&listener, &address_space_memory);
}
