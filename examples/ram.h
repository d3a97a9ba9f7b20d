/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory of the examples' guest, and how the unit gets at it: an array of
 * pages, and the three memory callbacks of struct vtd_host_ops.  Each example
 * takes the part of the guest, too, and writes tables straight into the array.
 *
 * The machine that runs them is little-endian, and they have one thread, so
 * memcpy() is good enough.
 */
#ifndef EXAMPLES_RAM_H
#define EXAMPLES_RAM_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define PAGES 16
/* The guest-physical address of a page. */
#define ADDRESS(page) (UINT64_C(0x1000) * (page))

static uint64_t ram[PAGES][512];

static int memory_read(void *host, uint64_t address, void *buffer,
		       size_t length)
{
	if (address >= sizeof(ram))
		return -EFAULT;
	memcpy(buffer, (char *)ram + address, length);
	return 0;
}

static int memory_write(void *host, uint64_t address, const void *buffer,
			size_t length)
{
	if (address >= sizeof(ram))
		return -EFAULT;
	memcpy((char *)ram + address, buffer, length);
	return 0;
}

static int memory_compare_exchange(void *host, uint64_t address,
				   uint64_t *expected, uint64_t desired)
{
	if (address >= sizeof(ram))
		return -EFAULT;
	return __atomic_compare_exchange_n(&ram[0][0] + address / 8, expected,
					   desired, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

#endif /* EXAMPLES_RAM_H */
