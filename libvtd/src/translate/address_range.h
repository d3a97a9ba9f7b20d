/* SPDX-License-Identifier: BSD-3-Clause */
/* The interrupt address range, FEE0_0000h to FEEF_FFFFh.  SPEC 3.14. */
#ifndef VTD_SRC_TRANSLATE_ADDRESS_RANGE_H
#define VTD_SRC_TRANSLATE_ADDRESS_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#define VTD_INTERRUPT_RANGE_SHIFT 20
#define VTD_INTERRUPT_RANGE UINT64_C(0xfee)

static inline bool vtd_in_interrupt_range(uint64_t address)
{
	return address >> VTD_INTERRUPT_RANGE_SHIFT == VTD_INTERRUPT_RANGE;
}

/* Whether the aligned block of 2^shift bytes (shift < 64) around the address has
 * a part of the range. */
static inline bool vtd_block_meets_interrupt_range(uint64_t address,
						   unsigned int shift)
{
	if (shift < VTD_INTERRUPT_RANGE_SHIFT)
		return vtd_in_interrupt_range(address);
	return address >> shift ==
	       VTD_INTERRUPT_RANGE << VTD_INTERRUPT_RANGE_SHIFT >> shift;
}

/* The largest such block, up to 2^shift bytes, that has none; a page at least. */
static inline unsigned int vtd_block_shift(uint64_t address, unsigned int shift)
{
	uint64_t apart = address >> VTD_INTERRUPT_RANGE_SHIFT ^
			 VTD_INTERRUPT_RANGE;
	unsigned int most;

	/* In the range nothing larger is free of it. */
	if (apart == 0)
		return 12;
	/* A block that does not have the highest bit that differs. */
	most = VTD_INTERRUPT_RANGE_SHIFT + 63 -
	       (unsigned int)__builtin_clzll(apart);
	return shift < most ? shift : most;
}

#endif /* VTD_SRC_TRANSLATE_ADDRESS_RANGE_H */
