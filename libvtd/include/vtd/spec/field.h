/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fields of registers, memory structures and descriptors.
 *
 * A field is a mask constant inside one 64-bit word (or 32-bit register).  The
 * two helpers below read and write it, so that no layout depends on how a
 * compiler places C bit-fields.
 *
 * Source of all layouts below vtd/spec/: Intel VT-d Architecture Specification,
 * Rev. 5.10 ("SPEC"); section or chapter named at each group.
 */
#ifndef VTD_SPEC_FIELD_H
#define VTD_SPEC_FIELD_H

#include <stdint.h>

/**
 * For masks of one's own.  The constants of these headers are plain literals, with
 * their bits in a comment, so that tools of other languages read them (bindgen,
 * vtd.py), which know no macros with parameters.  They are of 64 bits everywhere
 * (ULL): what is to be printed by PRIx64 takes a cast to uint64_t.
 */
#define VTD_BIT(n) (UINT64_C(1) << (n))
/** Bits high..low of a 64-bit word, both included, 63 >= high >= low >= 0. */
#define VTD_BITS(high, low) \
	((UINT64_MAX >> (63 - (high))) & (UINT64_MAX << (low)))

/** The value of a field, shifted down to bit 0. */
static inline uint64_t vtd_field_get(uint64_t word, uint64_t mask)
{
	return (word & mask) / (mask & (~mask + 1));
}

/** The word with the field replaced; value bits that do not fit are dropped. */
static inline uint64_t vtd_field_set(uint64_t word, uint64_t mask,
				     uint64_t value)
{
	return (word & ~mask) | ((value * (mask & (~mask + 1))) & mask);
}

/** A word that has only this field. */
static inline uint64_t vtd_field_make(uint64_t mask, uint64_t value)
{
	return vtd_field_set(0, mask, value);
}

/**
 * The bits of a source-id that an encoding of 2 bits leaves out of a
 * comparison: FM of context-cache invalidations (SPEC 6.5.2.1, 11.4.6.1), SQ of
 * interrupt remapping entries (SPEC 9.9).
 */
static inline uint16_t vtd_field_function_mask(uint64_t encoding)
{
	static const uint16_t mask[4] = { 0x0, 0x4, 0x6, 0x7 };

	return mask[encoding & 3];
}

#endif /* VTD_SPEC_FIELD_H */
