/*
 * Guest RAM, and nothing but RAM
 *
 * For accesses that must not reach a device: those of the IOMMU to its tables
 * and queues, and those of endpoints to translated addresses.  Nothing here
 * takes the BQL.  From any thread that RCU knows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef VTD_RAM_H
#define VTD_RAM_H

#include <vtd/vtd.h>

/*
 * Copy.  Aligned units of 4 and 8 bytes are copied as such, and once.
 * Returns 0, or -EFAULT if not all of it is RAM.
 */
int vtd_ram_read(hwaddr address, void *buffer, size_t length);
int vtd_ram_write(hwaddr address, const void *buffer, size_t length);

/* Bytes of RAM that can be written */
typedef struct VtdRamPlace {
    void *pointer;
    MemoryRegion *mr;
    hwaddr offset;      /* in it */
    size_t length;
} VtdRamPlace;

/*
 * Where @length bytes of RAM are; false: they are not, or cannot be written.
 * After the write comes vtd_ram_written(), which tells migration and TCG.  The
 * RCU read lock is held from before the one until after the other.
 */
bool vtd_ram_map(hwaddr address, size_t length, VtdRamPlace *place);
void vtd_ram_written(const VtdRamPlace *place);

/*
 * The largest naturally aligned block around @address, of 2^@shift bytes or
 * less, that is RAM in one piece.  Returns its number of bits; 12 if not even
 * the page is.  With the RCU read lock held.
 */
unsigned int vtd_ram_block_shift(hwaddr address, unsigned int shift);

/* Whether plain loads read what is there */
bool vtd_ram_is_readable(MemoryRegion *mr);

/*
 * vtd_publish.c
 *
 * Tell the unit where RAM is, from now on; once, with the BQL held.  All calls
 * into the unit hold the RCU read lock.
 */
void vtd_ram_publish(struct vtd_unit *unit);

/*
 * What the unit knows of the memory around @address, or NULL; @mr, if it is
 * not NULL, is the region of it.  Valid while the caller holds the RCU read lock
 * that it held before the call.
 */
const struct vtd_ram_range *vtd_ram_find(hwaddr address, MemoryRegion **mr);

#endif /* VTD_RAM_H */
