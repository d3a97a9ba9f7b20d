/*
 * intel-iommu on libvtd: copies of translations, for MAP notifiers
 *
 * Each MAP notifier has a copy of its own: one device can be in the containers
 * of several, and each covers a part of the addresses only.  A copy is what its
 * notifier was told, mapping by mapping, because it takes back nothing but
 * what it was told as one, and refuses a mapping over another one.
 *
 * A mapping is a naturally aligned power of 2 of addresses whose memory is RAM
 * in one piece.  What leads to other memory is not mapped.  Nor is memory that
 * the machine has, but has not given to the guest (virtio-mem): vfio would
 * refuse it, and when it is given later, an invalidation after that finds it.
 *
 * What a guest can map without bound (tables that contain themselves) is
 * bounded here: WALK_MAX steps for one look at the tables, and SHADOW_MAX
 * mappings for a notifier.  What is beyond is not mapped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_glue.h"
#include "vtd_trace.h"
#include "qemu/error-report.h"
#include "system/dma.h"

#define SHADOW_MAX (1u << 20)
#define WALK_MAX (1u << 21)
#define PAGE_SIZE_4K 4096ULL

struct VtdShadow {
    IOMMUNotifier *notifier;
    IOVATree *told;
    unsigned int count;
    QLIST_ENTRY(VtdShadow) next;
};

typedef struct Walk {
    VtdRequester *requester;
    VtdShadow *shadow;
    unsigned int steps;
} Walk;

static void tell(VtdShadow *shadow, IOMMUNotifierFlag type,
                 const DMAMap *mapping)
{
    IOMMUTLBEvent event = {
        .type = type,
        .entry = vtd_compat_tlb_entry(PCI_NO_PASID),
    };

    event.entry.iova = mapping->iova;
    event.entry.addr_mask = mapping->size;
    if (type == IOMMU_NOTIFIER_MAP) {
        event.entry.translated_addr = mapping->translated_addr;
        event.entry.perm = mapping->perm;
    }
    vtd_trace_notice(shadow->notifier, &event);
    memory_region_notify_iommu_one(shadow->notifier, &event);
}

/* Takes back whatever overlaps */
static void forget(VtdShadow *shadow, hwaddr first, hwaddr last)
{
    DMAMap range = { .iova = first, .size = last - first };
    const DMAMap *found;

    while ((found = iova_tree_find(shadow->told, &range))) {
        DMAMap old = *found;

        tell(shadow, IOMMU_NOTIFIER_UNMAP, &old);
        iova_tree_remove(shadow->told, old);
        shadow->count--;
    }
}

static void map(VtdShadow *shadow, const DMAMap *wanted)
{
    const DMAMap *found = iova_tree_find(shadow->told, wanted);

    if (found && found->iova == wanted->iova && found->size == wanted->size &&
        found->translated_addr == wanted->translated_addr &&
        found->perm == wanted->perm) {
        return;
    }
    forget(shadow, wanted->iova, wanted->iova + wanted->size);
    if (shadow->count == SHADOW_MAX) {
        warn_report_once("intel-iommu: the guest maps more than %u blocks for "
                         "a host device", SHADOW_MAX);
        return;
    }
    iova_tree_insert(shadow->told, wanted);
    shadow->count++;
    tell(shadow, IOMMU_NOTIFIER_MAP, wanted);
}

/* In naturally aligned pieces */
static void map_ram(VtdShadow *shadow, DMAMap block)
{
    hwaddr last = block.iova + block.size;

    for (;;) {
        DMAMap piece = block;

        piece.size = dma_aligned_pow2_mask(block.iova, last, 64);
        map(shadow, &piece);
        if (piece.size >= last - block.iova) {
            break;
        }
        block.iova += piece.size + 1;
        block.translated_addr += piece.size + 1;
    }
}

static bool is_populated(MemoryRegionSection section, hwaddr bytes)
{
    section.size = int128_make64(bytes);
    return ram_discard_manager_is_populated(
        memory_region_get_ram_discard_manager(section.mr), &section);
}

/*
 * How much of the beginning of @section, which has so many bytes, is given to
 * the guest, or is not.  Halves are tried, down to a unit of all or nothing.
 */
static hwaddr populated_bytes(const MemoryRegionSection *section, hwaddr bytes,
                              bool *populated)
{
    RamDiscardManager *rdm = memory_region_get_ram_discard_manager(section->mr);
    hwaddr unit = ram_discard_manager_get_min_granularity(rdm, section->mr);
    hwaddr least = unit - section->offset_within_region % unit;

    while (!(*populated = is_populated(*section, bytes)) && bytes > least) {
        bytes = MAX(QEMU_ALIGN_DOWN(bytes / 2, PAGE_SIZE_4K), least);
    }
    return bytes;
}

/*
 * The beginning of @block, as far as it is of one kind, in whole pages.
 * Returns how many bytes that was, less 1.
 */
static hwaddr map_section(VtdShadow *shadow, DMAMap block)
{
    MemoryRegionSection section =
        memory_region_find(get_system_memory(), block.translated_addr,
                           block.size + 1);
    hwaddr bytes = block.size + 1;
    bool ram = false;

    if (section.mr) {
        hwaddr gap = section.offset_within_address_space -
                     block.translated_addr;

        bytes = gap ? gap : int128_get64(section.size);
        ram = !gap && memory_region_is_ram(section.mr) && bytes >= PAGE_SIZE_4K;
        bytes = ram ? QEMU_ALIGN_DOWN(bytes, PAGE_SIZE_4K)
                    : QEMU_ALIGN_UP(bytes, PAGE_SIZE_4K);
        if (ram && memory_region_has_ram_discard_manager(section.mr)) {
            bytes = populated_bytes(&section, bytes, &ram);
        }
    }
    block.size = bytes - 1;
    if (ram) {
        map_ram(shadow, block);
    } else {
        forget(shadow, block.iova, block.iova + block.size);
    }
    memory_region_unref(section.mr);
    return block.size;
}

static bool probe(VtdRequester *requester, hwaddr address,
                  struct vtd_translation *result)
{
    struct vtd_request request = {
        .sid = vtd_requester_sid(requester),
        .type = VTD_AT_UNTRANSLATED,
        .access = VTD_ACCESS_ZERO_LENGTH_READ,
        .address = address,
        .length = 1,
    };

    RCU_READ_LOCK_GUARD();
    vtd_unit_probe(requester->state->unit, &request, result);
    return result->status == VTD_STATUS_SUCCESS &&
           (result->read || result->write);
}

/*
 * One step: a block of one translation or of none, or the beginning of it, from
 * @first.  Returns the last byte that was looked at.
 */
static hwaddr step(Walk *walk, hwaddr first, hwaddr last)
{
    struct vtd_translation result;
    bool present = probe(walk->requester, first, &result);
    hwaddr mask = MAKE_64BIT_MASK(0, result.size_shift) | (PAGE_SIZE_4K - 1);

    walk->steps++;
    last = MIN(last, first | mask);
    if (!present) {
        forget(walk->shadow, first, last);
        return last;
    }
    return first + map_section(walk->shadow, (DMAMap) {
        .iova = first,
        .size = last - first,
        .translated_addr = result.address,
        .perm = IOMMU_ACCESS_FLAG(result.read, result.write),
    });
}

/* What was told as one is looked at as one, so that none of it is lost */
static void widen(VtdShadow *shadow, hwaddr *first, hwaddr *last)
{
    DMAMap at_first = { .iova = *first };
    DMAMap at_last = { .iova = *last };
    const DMAMap *found = iova_tree_find(shadow->told, &at_first);

    if (found) {
        *first = found->iova;
    }
    found = iova_tree_find(shadow->told, &at_last);
    if (found) {
        *last = found->iova + found->size;
    }
}

/* Until @last, or the bound of a look.  Returns whether it came so far. */
static bool walk(Walk *walk, hwaddr *first, hwaddr last)
{
    while (walk->steps < WALK_MAX) {
        hwaddr end = step(walk, *first, last);

        if (end >= last) {
            return true;
        }
        *first = end + 1;
    }
    return false;
}

static void refresh(VtdRequester *requester, VtdShadow *shadow, hwaddr first,
                    hwaddr last)
{
    unsigned int width = requester->state->properties.aw_bits;
    Walk look = { .requester = requester, .shadow = shadow };

    first = QEMU_ALIGN_DOWN(MAX(first, shadow->notifier->start),
                            PAGE_SIZE_4K);
    last = MIN(last, MIN(shadow->notifier->end, MAKE_64BIT_MASK(0, width)));
    if (first > last) {
        return;
    }
    widen(shadow, &first, &last);
    if (!walk(&look, &first, last)) {
        forget(shadow, first, last);
        warn_report_once("intel-iommu: the guest's tables are too large for a "
                         "host device");
    }
    vtd_trace_look(shadow->notifier, look.steps);
    requester->state->work += look.steps;
}

static void init(VtdShadow *shadow, IOMMUNotifier *n)
{
    *shadow = (VtdShadow) { .notifier = n, .told = iova_tree_new() };
}

static bool is_registered(VtdRequester *requester, const IOMMUNotifier *n)
{
    IOMMUNotifier *other;

    IOMMU_NOTIFIER_FOREACH(other, &requester->iommu) {
        if (other == n) {
            return true;
        }
    }
    return false;
}

static void discard(VtdShadow *shadow)
{
    QLIST_REMOVE(shadow, next);
    iova_tree_destroy(shadow->told);
    g_free(shadow);
}

/* Nobody says that a notifier has gone */
void vtd_shadow_collect(VtdRequester *requester)
{
    VtdShadow *shadow;
    VtdShadow *following;

    QLIST_FOREACH_SAFE(shadow, &requester->shadows, next, following) {
        if (!is_registered(requester, shadow->notifier)) {
            discard(shadow);
        }
    }
}

static VtdShadow *find(VtdRequester *requester, IOMMUNotifier *n)
{
    VtdShadow *shadow;

    QLIST_FOREACH(shadow, &requester->shadows, next) {
        if (shadow->notifier == n) {
            return shadow;
        }
    }
    return NULL;
}

static VtdShadow *create(VtdRequester *requester, IOMMUNotifier *n)
{
    VtdShadow *shadow = g_new(VtdShadow, 1);

    init(shadow, n);
    QLIST_INSERT_HEAD(&requester->shadows, shadow, next);
    return shadow;
}

/* Bring the copy of @n up to date where @first..@last was invalidated */
void vtd_shadow_refresh(VtdRequester *requester, IOMMUNotifier *n,
                        hwaddr first, hwaddr last)
{
    VtdShadow *shadow = find(requester, n);

    if (!shadow) {
        shadow = create(requester, n);
    }
    refresh(requester, shadow, first, last);
}

/*
 * Tell @n all there is: it has nothing, or has dropped it.  A notifier that is
 * not registered only wants to hear it once.
 */
void vtd_shadow_replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    VtdRequester *requester = container_of(iommu, VtdRequester, iommu);
    VtdShadow *shadow = find(requester, n);

    if (!(n->notifier_flags & IOMMU_NOTIFIER_MAP)) {
        return;
    }
    if (shadow) {
        discard(shadow);
    }
    shadow = create(requester, n);
    refresh(requester, shadow, 0, HWADDR_MAX);
    if (!is_registered(requester, n)) {
        discard(shadow);
    }
}
