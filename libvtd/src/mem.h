/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest memory as the paths see it: little-endian 64-bit words in host order.
 * Guest memory is hostile and changes meanwhile: a structure is fetched once
 * into a local, checked there, and never looked at again.
 */
#ifndef VTD_SRC_MEM_H
#define VTD_SRC_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vtd/host.h>

struct vtd_mem {
	const struct vtd_host_ops *ops;
	void *host;
};

/*
 * Read `count` words (1..8) at `address`, which is aligned to their size (a
 * power of two), so that they never cross a page.  One word and two are read in
 * one piece; more are not.  False: not RAM.
 */
bool vtd_mem_read(const struct vtd_mem *mem, uint64_t address, uint64_t *words,
		  unsigned int count);

/* Write `count` words likewise. */
bool vtd_mem_write(const struct vtd_mem *mem, uint64_t address,
		   const uint64_t *words, unsigned int count);

/* Write 32 bits at a 4-byte aligned address. */
bool vtd_mem_write_32(const struct vtd_mem *mem, uint64_t address,
		      uint32_t value);

enum vtd_mem_swap {
	VTD_MEM_SWAPPED,
	VTD_MEM_CHANGED, /* *expected now holds what was found */
	VTD_MEM_FAILED,
};

/* Compare-and-swap of the word at an 8-byte aligned address. */
enum vtd_mem_swap vtd_mem_compare_exchange(const struct vtd_mem *mem,
					   uint64_t address, uint64_t *expected,
					   uint64_t desired);

#endif /* VTD_SRC_MEM_H */
