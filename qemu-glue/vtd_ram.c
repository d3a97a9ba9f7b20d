/*
 * Guest RAM, and nothing but RAM
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "vtd_compat.h"
#include "vtd_ram.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"

#define PAGE_SHIFT_4K 12

static const MemTxAttrs ram_only = { .memory = 1 };

bool vtd_ram_is_readable(MemoryRegion *mr)
{
    return memory_region_is_ram(mr) &&
           memory_access_is_direct(mr, false, ram_only);
}

/*
 * RAM that a pointer leads to.  address_space_write() would not do: what is RAM
 * but cannot be written, such as the firmware's, it takes the BQL for, which
 * may be held by somebody who waits for this thread.
 */
static MemoryRegion *find_region(hwaddr address, size_t length, bool write,
                                 hwaddr *offset)
{
    hwaddr contiguous = length;
    MemoryRegion *mr = address_space_translate(&address_space_memory, address,
                                               offset, &contiguous, write,
                                               ram_only);

    if (contiguous < length || !vtd_ram_is_readable(mr) ||
        !memory_access_is_direct(mr, write, ram_only)) {
        return NULL;
    }
    return mr;
}

static bool is_in(const struct vtd_ram_range *range, hwaddr address,
                  hwaddr length)
{
    return address >= range->first &&
           length <= range->first + range->length - address;
}

static const void *find_memory(hwaddr address, size_t length,
                               MemoryRegion **mr)
{
    const struct vtd_ram_range *range = vtd_ram_find(address, mr);
    hwaddr offset;

    if (range && is_in(range, address, length)) {
        return range->memory + (address - range->first);
    }
    *mr = find_region(address, length, false, &offset);
    return *mr ? memory_region_get_ram_ptr(*mr) + offset : NULL;
}

/* QEMU's fuzzer puts something there first; it knows one thread */
static void tell_fuzzer(hwaddr address, size_t length, MemoryRegion *mr)
{
#ifdef CONFIG_FUZZ
    if (bql_locked()) {
        fuzz_dma_read_cb(address, length, mr);
    }
#endif
}

bool vtd_ram_map(hwaddr address, size_t length, VtdRamPlace *place)
{
    MemoryRegion *mr = NULL;
    const struct vtd_ram_range *range = vtd_ram_find(address, &mr);

    if (range && is_in(range, address, length)) {
        if (!memory_access_is_direct(mr, true, ram_only)) {
            return false;
        }
        place->pointer = (char *)range->memory + (address - range->first);
        place->offset = (char *)place->pointer -
                        (char *)memory_region_get_ram_ptr(mr);
    } else {
        mr = find_region(address, length, true, &place->offset);
        if (!mr) {
            return false;
        }
        place->pointer = memory_region_get_ram_ptr(mr) + place->offset;
    }
    place->mr = mr;
    place->length = length;
    return true;
}

/* As for memory that is kept mapped: its region is not looked for again */
void vtd_ram_written(const VtdRamPlace *place)
{
    MemoryRegionCache cache = {
        .ptr = place->pointer,
        .mrs.mr = place->mr,
        .is_write = true,
    };

    address_space_cache_invalidate(&cache, place->offset, place->length);
}

/* RAM, or memory of a device that can be mapped */
static bool is_one_piece(hwaddr address, hwaddr length)
{
    hwaddr contiguous = length;
    hwaddr offset;
    MemoryRegion *mr = address_space_translate(&address_space_memory, address,
                                               &offset, &contiguous, false,
                                               MEMTXATTRS_UNSPECIFIED);

    return memory_region_is_ram(mr) && contiguous == length;
}

unsigned int vtd_ram_block_shift(hwaddr address, unsigned int shift)
{
    const struct vtd_ram_range *range = vtd_ram_find(address, NULL);

    for (; shift > PAGE_SHIFT_4K; shift--) {
        hwaddr length = 1ULL << shift;
        hwaddr first = address & -length;

        if (range ? is_in(range, first, length) : is_one_piece(first, length)) {
            break;
        }
    }
    return shift;
}

/*
 * memmove() may store a word twice.  Whoever polls for it may have reused it
 * by then.
 */
static bool is_word(hwaddr address, size_t length)
{
    return (length == 4 || length == 8) && !(address & (length - 1));
}

static void copy_from(void *buffer, const void *memory, hwaddr address,
                      size_t length)
{
    if (!is_word(address, length)) {
        memcpy(buffer, memory, length);
    } else if (length == 4) {
        stl_he_p(buffer, qatomic_load_acquire((const uint32_t *)memory));
    } else {
        stq_he_p(buffer, qatomic_load_acquire((const uint64_t *)memory));
    }
}

static void copy_to(void *memory, const void *buffer, hwaddr address,
                    size_t length)
{
    if (!is_word(address, length)) {
        memcpy(memory, buffer, length);
    } else if (length == 4) {
        qatomic_store_release((uint32_t *)memory, ldl_he_p(buffer));
    } else {
        qatomic_store_release((uint64_t *)memory, ldq_he_p(buffer));
    }
}

int vtd_ram_read(hwaddr address, void *buffer, size_t length)
{
    const void *memory;
    MemoryRegion *mr;

    RCU_READ_LOCK_GUARD();
    memory = find_memory(address, length, &mr);
    if (!memory) {
        return -EFAULT;
    }
    tell_fuzzer(address, length, mr);
    copy_from(buffer, memory, address, length);
    return 0;
}

int vtd_ram_write(hwaddr address, const void *buffer, size_t length)
{
    VtdRamPlace place;

    RCU_READ_LOCK_GUARD();
    if (!vtd_ram_map(address, length, &place)) {
        return -EFAULT;
    }
    copy_to(place.pointer, buffer, address, length);
    vtd_ram_written(&place);
    return 0;
}
